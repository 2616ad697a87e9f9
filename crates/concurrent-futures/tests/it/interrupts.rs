//! Interrupts of running tasks: `Future::interrupt`, `interrupt_running` and deadlines.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use pythreads_concurrent_futures::{
    Exception, ExceptionKind, Executor, ExecutorExt, Future, InlineExecutor, ReturnWhen, Task,
    ThreadPoolExecutor, as_completed, promise, wait,
};
use pythreads_threading::{
    Barrier, Condition, Event, Lock, Semaphore, WaitKind, check_interrupt, shielded, sleep,
};
use test_support::{CheckedThread, Flag, checked_spawn, watchdog};

use crate::named_pool::NamedPool;

mod deadlines;
mod midst;

const LONG: Duration = Duration::from_hours(1);

fn kind<T>(future: Future<T>) -> ExceptionKind {
    future.result().err().unwrap().kind()
}

/// Says when it is dropped.
struct Says(Arc<Flag>);

impl Drop for Says {
    fn drop(&mut self) {
        self.0.set();
    }
}

/// It ends what the task sleeps in, destructors run, and the future tells the cause.
#[test]
fn it_ends_a_wait() {
    let _watchdog = watchdog();
    let pool = NamedPool::new(1);
    let dropped = Arc::new(Flag::new());
    let says = Says(Arc::clone(&dropped));
    let future = pool.executor.submit(move || {
        let _says = says;
        sleep(LONG);
    });
    pool.until_asleep(1, WaitKind::Sleep);
    assert!(future.raise_exception("enough"));
    let exception = future.result().unwrap_err();
    assert!(exception.is_interrupted());
    assert_eq!(exception.message(), "enough");
    assert!(dropped.is_set());
    assert_eq!(pool.executor.submit(|| 7).result().unwrap(), 7);
}

/// Every kind of wait that a task can be in is ended by it.
#[test]
fn it_ends_waits_of_each_kind() {
    type Wait = fn();
    let _watchdog = watchdog();
    let waits: [(WaitKind, Wait); 6] = [
        (WaitKind::Sleep, || sleep(LONG)),
        (WaitKind::Event, || Event::new().wait()),
        (WaitKind::Semaphore, || drop(Semaphore::new(0).acquire())),
        (WaitKind::Condition, || {
            let lock = Lock::new(());
            Condition::new().wait(&mut lock.acquire());
        }),
        (WaitKind::Barrier, || {
            let _broken = Barrier::new(2).wait();
        }),
        (WaitKind::Future, || {
            let (_promise, future) = promise::<()>();
            future.wait();
        }),
    ];
    let pool = NamedPool::new(1);
    for (kind, wait) in waits {
        let future = pool.executor.submit(wait);
        pool.until_asleep(1, kind);
        assert!(future.interrupt(), "{kind:?}");
        let exception = future.result().unwrap_err();
        assert!(exception.is_interrupted(), "{kind:?}: {exception:?}");
    }
}

/// Waits for several futures are ended as well.
#[test]
fn it_ends_waits_for_several() {
    let _watchdog = watchdog();
    let pool = NamedPool::new(1);
    let pairs = [(); 2].map(|()| promise::<()>());
    let (promises, futures): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
    let futures = Arc::new(futures);
    let waited = Arc::clone(&futures);
    let task = pool
        .executor
        .submit(move || drop(wait(waited.iter(), ReturnWhen::AllCompleted)));
    pool.until_asleep(1, WaitKind::Future);
    assert!(task.interrupt());
    assert_eq!(kind(task), ExceptionKind::Interrupted);
    let waited = Arc::clone(&futures);
    let task = pool
        .executor
        .submit(move || as_completed(waited.iter()).count());
    pool.until_asleep(1, WaitKind::Future);
    assert!(task.interrupt());
    assert_eq!(kind(task), ExceptionKind::Interrupted);
    drop(promises);
}

/// A task that does not wait at the moment is interrupted by its next wait, once; what it does then is not affected.
#[test]
fn it_waits_for_the_next_wait() {
    let _watchdog = watchdog();
    let pool = NamedPool::new(1);
    let (started, go) = (Arc::new(Flag::new()), Arc::new(Flag::new()));
    let (says, gate) = (Arc::clone(&started), Arc::clone(&go));
    let future = pool.executor.submit(move || {
        says.set();
        gate.wait(); // a wait of std's
        let caught = catch_unwind(|| sleep(LONG)).unwrap_err();
        assert!(Exception::is_interrupt(&*caught));
        sleep(Duration::from_millis(1));
        check_interrupt();
        7
    });
    started.wait();
    assert!(future.raise_exception("replaced by the next"));
    assert!(future.interrupt());
    go.set();
    assert_eq!(future.result().unwrap(), 7);
}

/// A loop that computes asks for it.
#[test]
fn check_interrupt_delivers_it() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let started = Arc::new(Flag::new());
    let says = Arc::clone(&started);
    let future: Future<()> = executor.submit(move || {
        says.set();
        loop {
            check_interrupt();
        }
    });
    started.wait();
    assert!(future.interrupt());
    assert_eq!(kind(future), ExceptionKind::Interrupted);
}

/// A task that never waits is not interrupted, and leaves nothing to the next one.
#[test]
fn a_task_that_never_waits_goes_on() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let (started, go) = (Arc::new(Flag::new()), Arc::new(Flag::new()));
    let (says, gate) = (Arc::clone(&started), Arc::clone(&go));
    let future = executor.submit(move || {
        says.set();
        gate.wait();
        7
    });
    let next = executor.submit(|| {
        check_interrupt();
        sleep(Duration::from_millis(1));
        8
    });
    started.wait();
    assert!(future.interrupt());
    assert_eq!(executor.interrupt_running(), 1);
    go.set();
    assert_eq!(future.result().unwrap(), 7);
    assert_eq!(next.result().unwrap(), 8);
}

/// What does not run is not interrupted: pending, done and cancelled tasks, and what a promise stands for.
#[test]
fn what_does_not_run_is_not_interrupted() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let go = Arc::new(Flag::new());
    let gate = Arc::clone(&go);
    let busy = executor.submit(move || gate.wait());
    let pending = executor.submit(|| sleep(Duration::from_millis(1)));
    assert!(!pending.interrupt());
    let cancelled = executor.submit(|| ());
    assert!(cancelled.cancel());
    assert!(!cancelled.interrupt());
    go.set();
    busy.wait();
    assert!(!busy.interrupt());
    pending.result().unwrap();
    let (mut promise, promised) = promise::<u8>();
    assert!(!promised.interrupt());
    assert!(promise.set_running_or_notify_cancel());
    assert!(promised.running() && !promised.interrupt());
    promise.set_result(7).unwrap();
    assert_eq!(promised.result().unwrap(), 7);
}

/// In a task that waits for another one, which runs on top of it, it is held back until that has ended.
#[test]
fn it_passes_by_a_claimed_task() {
    let _watchdog = watchdog();
    let pool = NamedPool::new(1);
    let (inside, go) = (Arc::new(Flag::new()), Arc::new(Event::new()));
    let (says, gate) = (Arc::clone(&inside), Arc::clone(&go));
    let executor = Arc::clone(&pool.executor);
    let inner_ended = Arc::new(AtomicBool::new(false));
    let ended = Arc::clone(&inner_ended);
    let outer = pool.executor.submit(move || {
        let inner = executor.submit(move || {
            says.set();
            gate.wait();
            check_interrupt();
            7
        });
        assert_eq!(inner.result().unwrap(), 7);
        // ORDERING: Relaxed, the end of the task orders it.
        ended.store(true, Ordering::Relaxed);
        sleep(LONG);
    });
    inside.wait();
    pool.until_asleep(1, WaitKind::Event);
    assert!(outer.interrupt());
    go.set();
    assert_eq!(kind(outer), ExceptionKind::Interrupted);
    // ORDERING: Relaxed, as above.
    assert!(inner_ended.load(Ordering::Relaxed));
}

/// A task that its waiter runs is interrupted alone.
#[test]
fn a_claimed_task_is_interrupted_alone() {
    let _watchdog = watchdog();
    let pool = NamedPool::new(1);
    let executor = Arc::clone(&pool.executor);
    let (promise, inner) = promise();
    let outer = pool.executor.submit(move || {
        let inner = executor.submit(|| sleep(LONG)).shared();
        assert!(promise.set_result(inner.clone()).is_ok());
        let kind = inner.result().unwrap_err().kind();
        sleep(Duration::from_millis(1));
        kind
    });
    let inner = inner.result().unwrap();
    pool.until_asleep(1, WaitKind::Sleep);
    assert!(inner.interrupt());
    assert_eq!(outer.result().unwrap(), ExceptionKind::Interrupted);
}

/// Exception, pool and deadline: each is delivered by itself.
#[test]
fn none_takes_another_with_it() {
    fn hit() -> Option<(ExceptionKind, String)> {
        let payload = catch_unwind(check_interrupt).err()?;
        let exception = Exception::from_panic(payload);
        Some((exception.kind(), exception.message().into()))
    }
    let _watchdog = watchdog();
    let pool = NamedPool::new(1);
    let (started, go) = (Arc::new(Flag::new()), Arc::new(Flag::new()));
    let (says, gate) = (Arc::clone(&started), Arc::clone(&go));
    let deadline = Instant::now() + Duration::from_millis(50);
    let future = pool.executor.task().deadline(deadline).submit(move || {
        says.set();
        gate.wait();
        while Instant::now() < deadline {
            std::hint::spin_loop();
        }
        [(); 4].map(|()| hit())
    });
    let begun_or_refused = Arc::clone(&started);
    future.add_done_callback(move |_| begun_or_refused.set());
    started.wait();
    let is_marked = future.raise_exception("alone");
    let at_work = pool.executor.interrupt_running();
    assert!(!is_marked || at_work == 1);
    go.set();
    match future.result() {
        Ok([alone, together, late, none]) => {
            assert_eq!(alone, Some((ExceptionKind::Interrupted, "alone".into())));
            assert_eq!(together.unwrap().0, ExceptionKind::Interrupted);
            assert_eq!(late.unwrap().0, ExceptionKind::DeadlineExceeded);
            assert_eq!(none, None);
        }
        // The machine was so slow that it did not begin in time.
        Err(exception) => assert_eq!(exception.kind(), ExceptionKind::DeadlineExceeded),
    }
}

/// It is held back while the task is shielded.
#[test]
fn a_shielded_task_is_interrupted_afterwards() {
    let _watchdog = watchdog();
    let pool = NamedPool::new(1);
    let go = Arc::new(Event::new());
    let gate = Arc::clone(&go);
    let written = Arc::new(Flag::new());
    let says = Arc::clone(&written);
    let future = pool.executor.submit(move || {
        shielded(|| gate.wait());
        says.set();
        check_interrupt();
    });
    pool.until_asleep(1, WaitKind::Event);
    assert!(future.interrupt());
    go.set();
    assert_eq!(kind(future), ExceptionKind::Interrupted);
    assert!(written.is_set());
}

/// A task of a scope is interrupted as others are, and the scope ends.
#[test]
fn a_task_of_a_scope_is_interrupted() {
    let _watchdog = watchdog();
    let pool = NamedPool::new(2);
    let word = String::from("borrowed");
    pool.executor.scope(|s| {
        let stuck = s.submit(|| {
            sleep(LONG);
            word.len()
        });
        pool.until_asleep(1, WaitKind::Sleep);
        assert!(stuck.interrupt());
        assert_eq!(kind(stuck), ExceptionKind::Interrupted);
    });
}

/// The caller of a scope, a task itself, leaves it, and what has not begun is cancelled first.
#[test]
fn a_task_with_a_scope_is_interrupted() {
    let _watchdog = watchdog();
    let pool = NamedPool::new(1);
    let executor = Arc::clone(&pool.executor);
    let future = pool.executor.submit(move || {
        let word = String::from("borrowed");
        executor.scope(|s| {
            s.execute(|| assert_eq!(word, "never begun"));
            sleep(LONG);
        });
    });
    pool.until_asleep(1, WaitKind::Sleep);
    assert!(future.interrupt());
    assert_eq!(kind(future), ExceptionKind::Interrupted);
}

/// Whoever runs it: the caller of an `InlineExecutor`, or a thread of somebody's own.
#[test]
fn tasks_outside_pools_are_interrupted() {
    #[derive(Default)]
    struct ThreadForEach(Mutex<Vec<CheckedThread<()>>>);
    impl Executor for ThreadForEach {
        fn accept(&self, task: Task) {
            self.0.lock().push(checked_spawn(|| task.run()));
        }
    }
    let _watchdog = watchdog();
    let started = Arc::new(Flag::new());
    let says = Arc::clone(&started);
    let own = ThreadForEach::default();
    let future = own.submit(move || {
        says.set();
        Event::new().wait();
    });
    started.wait();
    assert!(future.interrupt());
    assert_eq!(kind(future), ExceptionKind::Interrupted);
    // Its own thread is not in the midst of a task any more.
    let inline = InlineExecutor::new();
    let soon = Instant::now() + Duration::from_millis(5);
    let late = inline.task().deadline(soon).submit(|| sleep(LONG));
    assert_eq!(kind(late), ExceptionKind::DeadlineExceeded);
    sleep(Duration::from_millis(1));
    check_interrupt();
}

/// All that run are interrupted, claimed tasks and those that wait for them among that; what is queued is run.
#[test]
fn all_that_run_are_interrupted() {
    let _watchdog = watchdog();
    let pool = NamedPool::new(2);
    let executor = Arc::clone(&pool.executor);
    let alone = pool.executor.submit(|| sleep(LONG));
    let nested = pool.executor.submit(move || {
        let inner = executor.submit(|| sleep(LONG));
        let inner = inner.result().unwrap_err().kind();
        assert_eq!(inner, ExceptionKind::Interrupted);
        check_interrupt();
    });
    let queued = pool.executor.submit(|| {
        check_interrupt();
        sleep(Duration::from_millis(1));
        7
    });
    pool.until_asleep(2, WaitKind::Sleep);
    assert_eq!(pool.executor.interrupt_running(), 2);
    assert_eq!(kind(alone), ExceptionKind::Interrupted);
    assert_eq!(kind(nested), ExceptionKind::Interrupted);
    assert_eq!(queued.result().unwrap(), 7);
    pool.until_asleep(2, WaitKind::Idle);
    assert_eq!(pool.executor.interrupt_running(), 0);
}

/// A task that interrupts those of its pool goes on.
#[test]
fn the_caller_is_not_interrupted() {
    let _watchdog = watchdog();
    let pool = NamedPool::new(2);
    let stuck = pool.executor.submit(|| sleep(LONG));
    pool.until_asleep(1, WaitKind::Sleep);
    let executor = Arc::clone(&pool.executor);
    let caller = pool.executor.submit(move || {
        let count = executor.interrupt_running();
        check_interrupt();
        sleep(Duration::from_millis(1));
        count
    });
    assert_eq!(caller.result().unwrap(), 1);
    assert_eq!(kind(stuck), ExceptionKind::Interrupted);
}

/// Of a map, the item that is being worked on is interrupted, and no other one of its chunk.
#[test]
fn one_item_of_a_map_is_interrupted() {
    let _watchdog = watchdog();
    let pool = NamedPool::new(1);
    let stuck = |n: u32| {
        if n == 1 {
            sleep(LONG);
        }
        check_interrupt();
        n
    };
    let expected = [Ok(0), Err(ExceptionKind::Interrupted), Ok(2), Ok(3)];
    let lazy = checked_spawn({
        let executor = Arc::clone(&pool.executor);
        move || {
            let map = executor.map_lazy(0..4, stuck).chunksize(4);
            map.map(|item| item.map_err(|it| it.kind())).collect()
        }
    });
    pool.until_asleep(1, WaitKind::Sleep);
    assert_eq!(pool.executor.interrupt_running(), 1);
    let results: Vec<_> = lazy.join();
    assert_eq!(results, expected);
    let eager = pool.executor.map(0..4, stuck);
    pool.until_asleep(1, WaitKind::Sleep);
    assert_eq!(pool.executor.interrupt_running(), 1);
    let results: Vec<_> = eager.map(|item| item.map_err(|it| it.kind())).collect();
    assert_eq!(results, expected);
}

/// A circle of waits that an interrupt opens is no deadlock.
#[test]
fn an_interrupt_opens_a_circle() {
    let _watchdog = watchdog();
    let pools = [(); 2].map(|()| NamedPool::new(1));
    let (promise, first) = promise::<Arc<Future<ExceptionKind>>>();
    let ready = Arc::new(Flag::new());
    let gate = Arc::clone(&ready);
    let begun = Arc::new(Flag::new());
    let begins = Arc::clone(&begun);
    // It is interrupted before it waits for the other one, which waits for it.
    let one = pools[0].executor.submit(move || {
        begins.set();
        let other = first.result().unwrap();
        gate.wait();
        let caught = catch_unwind(AssertUnwindSafe(|| other.wait())).unwrap_err();
        Exception::from_panic(caught).kind()
    });
    let one = Arc::new(one);
    let waited = Arc::clone(&one);
    let two = pools[1].executor.submit(move || {
        waited.wait();
        ExceptionKind::Error
    });
    let two = Arc::new(two);
    assert!(promise.set_result(Arc::clone(&two)).is_ok());
    pools[1].until_asleep(1, WaitKind::Future);
    begun.wait();
    assert!(one.interrupt());
    ready.set();
    assert_eq!(*one.result_ref().unwrap(), ExceptionKind::Interrupted);
    assert_eq!(*two.result_ref().unwrap(), ExceptionKind::Error);
}
