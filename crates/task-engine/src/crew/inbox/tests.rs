//! Both ends of an inbox.

use std::sync::Arc;

use super::Inbox;
use crate::crew::settings::Order;
use crate::handle::{self, Handle};
use crate::node::Work;

fn task() -> (Arc<dyn Work>, Handle<()>) {
    handle::task(|| Ok(()), 0)
}

/// Puts `number` tasks in, and returns them.
fn put(inbox: &Inbox, number: usize) -> Vec<(Arc<dyn Work>, Handle<()>)> {
    let tasks: Vec<_> = (0..number).map(|_| task()).collect();
    for (work, _) in &tasks {
        assert!(
            inbox.push(Arc::clone(work)).is_empty(),
            "there are no shells"
        );
    }
    tasks
}

fn is_next(inbox: &Inbox, expected: &(Arc<dyn Work>, Handle<()>)) -> bool {
    inbox
        .pop()
        .is_some_and(|next| Arc::ptr_eq(&next, &expected.0))
}

/// Tasks leave in the order in which they came, wherever they stand.
#[test]
fn tasks_leave_in_order() {
    let inbox = Inbox::new(Order::Fifo);
    let mut tasks = put(&inbox, 3);
    assert!(is_next(&inbox, &tasks[0]));
    tasks.extend(put(&inbox, 3));
    assert_eq!((inbox.len(), inbox.pending()), (5, 5));
    for expected in &tasks[1..] {
        assert!(is_next(&inbox, expected));
    }
    assert!(inbox.pop().is_none() && inbox.seems_empty());
    assert_eq!(inbox.given(), 6);
}

/// With an order of its own the newest is first, also of those that came before another one left.
#[test]
fn the_newest_leaves_first() {
    let inbox = Inbox::new(Order::Lifo);
    let older = put(&inbox, 2);
    assert!(is_next(&inbox, &older[1]));
    let newer = put(&inbox, 1);
    assert!(!inbox.seems_empty());
    assert!(is_next(&inbox, &newer[0]) && is_next(&inbox, &older[0]));
    assert!(inbox.pop().is_none() && inbox.seems_empty());
}

/// All are taken out at once in their order, from both ends.
#[test]
fn both_ends_are_emptied() {
    let inbox = Inbox::new(Order::Fifo);
    let mut tasks = put(&inbox, 3);
    assert!(is_next(&inbox, &tasks[0]));
    tasks.extend(put(&inbox, 2));
    let taken = inbox.take_all();
    assert_eq!(taken.len(), 4);
    let mut pairs = taken.iter().zip(&tasks[1..]);
    assert!(pairs.all(|(taken, (work, _))| Arc::ptr_eq(taken, work)));
    assert!(inbox.seems_empty() && inbox.len() == 0);
}

/// What is cancelled behind tasks that no worker takes does not pile up, and is not counted.
#[test]
fn shells_are_swept_behind_the_front() {
    let inbox = Inbox::new(Order::Fifo);
    let waiting = put(&inbox, 3);
    assert!(is_next(&inbox, &waiting[0]));
    for _ in 0..10_000 {
        let (work, handle) = task();
        drop(inbox.push(work));
        assert!(handle.cancel());
    }
    assert!(inbox.len() <= 2 + 64);
    assert_eq!(inbox.pending(), 2);
}

/// What may not be put in comes back, and leaves no trace.
#[test]
fn a_refused_task_comes_back() {
    let inbox = Inbox::new(Order::Fifo);
    let (work, _handle) = task();
    let back = inbox.push_if(|| false, Arc::clone(&work));
    assert!(back.is_err_and(|back| Arc::ptr_eq(&back, &work)));
    assert!(inbox.seems_empty() && inbox.given() == 0);
}
