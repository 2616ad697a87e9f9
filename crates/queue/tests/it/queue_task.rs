//! `QueueTask`: done when dropped.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use pythreads_queue::{GetError, Queue};
use test_support::{checked_spawn, watchdog};

/// It lends its item and counts when dropped, not before.
#[test]
fn a_task_is_done_when_it_is_dropped() {
    let _watchdog = watchdog();
    let queue = Queue::from_iter([String::from("spam")]);
    let mut task = queue.get_task().unwrap();
    task.push('!');
    assert_eq!(*task, "spam!");
    assert_eq!(queue.unfinished_tasks(), 1);
    drop(task);
    assert_eq!(queue.unfinished_tasks(), 0);
    queue.put(String::from("eggs")).unwrap();
    let eggs = queue.get_task().unwrap().consume(|item| {
        assert_eq!(queue.unfinished_tasks(), 1);
        item
    });
    assert_eq!((&*eggs, queue.unfinished_tasks()), ("eggs", 0));
}

/// The whole grid gives tasks.
#[test]
fn every_way_to_get_gives_tasks() {
    let _watchdog = watchdog();
    let queue: Queue<_> = (1..=4).collect();
    let now = Instant::now();
    assert_eq!(*queue.get_task().unwrap(), 1);
    assert_eq!(*queue.try_get_task().unwrap(), 2);
    assert_eq!(*queue.get_task_timeout(Duration::ZERO).unwrap(), 3);
    assert_eq!(*queue.get_task_deadline(now).unwrap(), 4);
    assert_eq!(queue.unfinished_tasks(), 0);
    assert_eq!(queue.try_get_task().err(), Some(GetError::Empty));
    assert_eq!(
        queue.get_task_timeout(Duration::ZERO).err(),
        Some(GetError::Empty)
    );
    assert_eq!(queue.get_task_deadline(now).err(), Some(GetError::Empty));
    queue.shutdown();
    assert_eq!(queue.get_task().err(), Some(GetError::ShutDown));
    assert!(queue.tasks().next().is_none());
}

/// A panic in the work does not leave the joiners waiting.
#[test]
fn a_task_is_done_when_its_work_panics() {
    let _watchdog = watchdog();
    let queue = Queue::from_iter([1, 2]);
    let work = || {
        let _task = queue.get_task();
        resume_unwind(Box::new("the work fails"))
    };
    assert!(catch_unwind(AssertUnwindSafe(work)).is_err());
    let consume = || {
        queue
            .get_task()
            .map(|task| task.consume(|_| resume_unwind(Box::new("too"))))
    };
    assert!(catch_unwind(AssertUnwindSafe(consume)).is_err());
    queue.join();
}

struct Item(Arc<Queue<Item>>, bool);
impl Drop for Item {
    fn drop(&mut self) {
        assert_eq!(self.0.unfinished_tasks(), 1);
        if self.1 {
            resume_unwind(Box::new("the destructor fails"));
        }
    }
}

/// An item is not done before its destructor has run, nor left undone by one that panics.
#[test]
fn a_task_is_done_after_its_item_is_dropped() {
    let _watchdog = watchdog();
    let queue = Arc::new(Queue::new());
    for fails in [false, true] {
        assert!(queue.put(Item(Arc::clone(&queue), fails)).is_ok());
        let task = queue.get_task().unwrap();
        assert_eq!(
            catch_unwind(AssertUnwindSafe(|| drop(task))).is_err(),
            fails
        );
        assert_eq!(queue.unfinished_tasks(), 0);
    }
}

/// Somebody else's surplus `task_done` is not punished in a destructor.
#[test]
fn dropping_a_task_never_panics() {
    let _watchdog = watchdog();
    let queue = Queue::from_iter([1]);
    let task = queue.get_task().unwrap();
    queue.task_done();
    drop(task);
    assert_eq!(queue.unfinished_tasks(), 0);
}

/// Workers that use `tasks` let `join` return and end with the queue.
#[test]
fn workers_end_with_the_queue() {
    let _watchdog = watchdog();
    let queue = Arc::new(Queue::with_maxsize(3));
    let workers: Vec<_> = (0..2)
        .map(|_| {
            let queue = Arc::clone(&queue);
            checked_spawn(move || queue.tasks().map(|task| *task).sum::<u32>())
        })
        .collect();
    queue.put_many(0..100).unwrap();
    queue.join();
    queue.shutdown();
    let sums = workers.into_iter().map(test_support::CheckedThread::join);
    assert_eq!(sums.sum::<u32>(), (0..100).sum());
}
