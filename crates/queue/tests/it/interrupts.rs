//! Waits that another thread ends by raising an exception.

use std::sync::Arc;
use std::sync::mpsc;

use pythreads_queue::{BaseQueue, GetError, Queue, SimpleQueue, Storage};
use pythreads_sync_primitives::thread_record::{self, ThreadRecord};
use pythreads_sync_primitives::{
    Exception, ExceptionKind, check_interrupt, interruptible, shielded,
};
use test_support::{CheckedThread, checked_spawn, watchdog};

use crate::blocked::blocked;
use crate::dice::Dice;

/// What `Thread::raise_exception` would raise.
fn stop() -> Exception {
    Exception::of_kind(ExceptionKind::Interrupted, "stop")
}

/// A thread blocked in `call`, and what it takes to interrupt it.
fn blocked_target<T: Send + 'static>(
    call: impl FnOnce() -> T + Send + 'static,
) -> (CheckedThread<Result<T, Exception>>, Arc<ThreadRecord>) {
    let (sender, receiver) = mpsc::channel();
    let thread = blocked(move || {
        interruptible(|| {
            sender.send(thread_record::current()).unwrap();
            call()
        })
    });
    (thread, receiver.recv().unwrap())
}

/// A blocked getter is interrupted, and takes neither an item nor anybody's wake-up with it.
#[test]
fn m7_a_blocked_get_can_be_interrupted() {
    let _watchdog = watchdog();
    let queue = Arc::new(Queue::new());
    let (first, record) = blocked_target({
        let queue = Arc::clone(&queue);
        move || queue.get()
    });
    let (second, _) = blocked_target({
        let queue = Arc::clone(&queue);
        move || queue.get()
    });
    assert!(record.raise(stop()));
    assert_eq!(first.join().unwrap_err().message(), "stop");
    queue.put(1).unwrap();
    assert_eq!(second.join().unwrap(), Ok(1));
}

/// So are putters, joiners, and getters of a `SimpleQueue`.
#[test]
fn every_wait_can_be_interrupted() {
    let _watchdog = watchdog();
    let queue = Arc::new(Queue::with_maxsize(1));
    queue.put(1).unwrap();
    let calls: [Box<dyn FnOnce() + Send>; 4] = [
        Box::new({
            let queue = Arc::clone(&queue);
            move || drop(queue.put(2))
        }),
        Box::new({
            let queue = Arc::clone(&queue);
            move || drop(queue.put_many([2, 3]))
        }),
        Box::new({
            let queue = Arc::clone(&queue);
            move || queue.join()
        }),
        Box::new(|| SimpleQueue::new().get()),
    ];
    for call in calls {
        let (thread, record) = blocked_target(call);
        assert!(record.raise(stop()));
        assert!(thread.join().is_err());
    }
    assert_eq!((queue.len(), queue.unfinished_tasks()), (1, 1));
    assert_eq!(queue.get(), Ok(1));
}

/// A call that need not wait is not an interruption point, nor is one inside `shielded`.
#[test]
fn an_interrupt_waits_for_a_wait() {
    let _watchdog = watchdog();
    let queue = Queue::with_maxsize(2);
    let outcome = interruptible(|| {
        assert!(thread_record::current().raise(stop()));
        queue.put(1).unwrap();
        assert_eq!(queue.get(), Ok(1));
        let shut = Queue::<u32>::new();
        shut.shutdown();
        assert_eq!(shut.get(), Err(GetError::ShutDown));
        let timeout = std::time::Duration::from_millis(1);
        shielded(|| assert_eq!(queue.get_timeout(timeout), Err(GetError::Empty)));
        queue.get()
    });
    assert_eq!(outcome.unwrap_err().message(), "stop");
}

/// Its second get is where the thread finds that it was interrupted.
#[derive(Default)]
struct Stopping(Vec<u32>, u32);
impl Storage<u32> for Stopping {
    fn put(&mut self, item: u32) {
        self.0.push(item);
    }
    fn get(&mut self) -> Option<u32> {
        self.1 += 1;
        if self.1 == 2 {
            assert!(thread_record::current().raise(stop()));
            check_interrupt();
        }
        self.0.pop()
    }
    fn len(&self) -> usize {
        self.0.len()
    }
}

/// `get_many` keeps the items that it has taken, and leaves the interrupt to the next who can be interrupted.
#[test]
fn m7_an_interrupt_in_a_hook_is_not_lost_by_get_many() {
    let _watchdog = watchdog();
    let queue = BaseQueue::with_storage(Stopping::default(), 0);
    queue.put_many([1, 2, 3]).unwrap();
    let mut got = Vec::new();
    let outcome = interruptible(|| {
        got = queue.get_many(9).unwrap();
        check_interrupt();
    });
    assert_eq!(outcome.unwrap_err().message(), "stop");
    assert_eq!(got, [3, 2, 1]);
}

/// Interrupts at random moments: what was put is got exactly once.
#[test]
fn interrupts_lose_no_item() {
    const ITEMS: u32 = 2_000;
    let _watchdog = watchdog();
    let queue = Arc::new(Queue::with_maxsize(2));
    let (sender, receiver) = mpsc::channel();
    let getters: Vec<_> = (0..3)
        .map(|_| {
            let (queue, sender) = (Arc::clone(&queue), sender.clone());
            checked_spawn(move || {
                let mut got = Vec::new();
                let mut interrupts = 0;
                loop {
                    let outcome = interruptible(|| {
                        sender.send(thread_record::current()).unwrap();
                        for item in &*queue {
                            got.push(item);
                        }
                    });
                    match outcome {
                        Ok(()) => return (got, interrupts),
                        Err(_) => interrupts += 1,
                    }
                }
            })
        })
        .collect();
    let records: Vec<_> = (0..3).map(|_| receiver.recv().unwrap()).collect();
    let putter = checked_spawn({
        let queue = Arc::clone(&queue);
        move || {
            queue.put_many(0..ITEMS).unwrap();
            queue.shutdown();
        }
    });
    let mut dice = Dice::new(9);
    while !putter.is_finished() {
        let target = usize::try_from(dice.below(3)).unwrap();
        records[target].raise(stop());
        std::thread::yield_now();
    }
    putter.join();
    let outcomes: Vec<_> = getters.into_iter().map(CheckedThread::join).collect();
    let mut got: Vec<_> = outcomes.into_iter().flat_map(|(got, _)| got).collect();
    got.sort_unstable();
    assert!(got.into_iter().eq(0..ITEMS));
}
