//! Which task is next, and for whom.

use std::sync::Arc;

use super::{LocalQueue, Order, Roster};
use crate::handle;
use crate::node::Work;

const CREW: u32 = 1;

/// A roster with so many workers and so many tasks from outside, and the tasks.
fn roster(workers: usize, tasks: usize) -> (Roster, Vec<Arc<LocalQueue>>, Vec<Arc<dyn Work>>) {
    let mut roster = Roster::new(Order::Fifo);
    let new = || Arc::new(LocalQueue::new(CREW, Order::Fifo));
    let queues: Vec<_> = std::iter::repeat_with(new).take(workers).collect();
    roster.local_queues.clone_from(&queues);
    let new = || handle::unwatched_task(|| (), CREW, None);
    let tasks: Vec<_> = std::iter::repeat_with(new).take(tasks).collect();
    for task in &tasks {
        drop(roster.queue.push(Arc::clone(task)));
    }
    (roster, queues, tasks)
}

/// The number of a task.
fn number(tasks: &[Arc<dyn Work>], task: Option<Arc<dyn Work>>) -> Option<usize> {
    let task = task?;
    tasks.iter().position(|other| Arc::ptr_eq(other, &task))
}

/// A worker takes no more than its share, and what it has taken in the order in which it came.
#[test]
fn several_are_fetched_in_their_order() {
    let (mut roster, queues, tasks) = roster(2, 8);
    let first = roster.next_task(&queues[0], false, 64);
    assert_eq!(number(&tasks, first), Some(0));
    assert_eq!((queues[0].len(), roster.queue.len()), (3, 4));
    assert_eq!((roster.queued(), roster.pending()), (7, 7));
    for expected in 1..=3 {
        let (next, has_more) = queues[0].next(false, || ());
        assert_eq!(
            (number(&tasks, next), has_more),
            (Some(expected), expected < 3)
        );
    }
    assert!(queues[0].next(true, || ()).0.is_none());
    let next = roster.next_task(&queues[1], false, 1);
    assert_eq!(number(&tasks, next), Some(4));
    assert_eq!(queues[1].len(), 0, "one was asked for");
}

/// What a worker has fetched is run by others, although there is always something in the run queue, if the worker does not
/// come to it.
#[test]
fn what_is_stuck_is_taken_over() {
    let (mut roster, queues, tasks) = roster(2, 100);
    let (stuck, other) = (&queues[0], &queues[1]);
    let next = roster.next_task(stuck, false, 4);
    assert_eq!(number(&tasks, next), Some(0));
    assert_eq!(stuck.len(), 3);
    let taken: Vec<_> = (0..8)
        .map(|_| number(&tasks, roster.next_task(other, false, 1)).unwrap())
        .collect();
    assert!(taken.contains(&1), "{taken:?}");
    assert_eq!((stuck.len(), other.len()), (0, 2));
}

/// A worker that goes on keeps what it has fetched.
#[test]
fn what_goes_on_is_left_alone() {
    let (mut roster, queues, tasks) = roster(2, 100);
    let (busy, other) = (&queues[0], &queues[1]);
    drop(roster.next_task(busy, false, 8));
    for expected in 1..=7 {
        // Two, for every other look is at its own queue.
        drop(roster.next_task(other, false, 1));
        drop(roster.next_task(other, false, 1));
        let next = busy.next(false, || ()).0;
        assert_eq!(number(&tasks, next), Some(expected));
    }
}

/// What a worker leaves behind is begun before what came later.
#[test]
fn what_was_fetched_is_put_back_first() {
    let (mut roster, queues, tasks) = roster(1, 10);
    drop(roster.next_task(&queues[0], false, 4));
    assert!(roster.retire(&queues[0]).is_empty());
    let left = roster.take_all().into_iter();
    let left: Vec<_> = left.map(|task| number(&tasks, Some(task))).collect();
    assert_eq!(left, (1..10).map(Some).collect::<Vec<_>>());
}
