//! When the items of a map are begun, beside each other, beside their inputs and beside other tasks.

use std::sync::{Arc, mpsc};

use parking_lot::Mutex;
use pythreads_concurrent_futures::ThreadPoolExecutor;
use test_support::{Counter, Flag, checked_spawn, watchdog};

use crate::occupied::Occupied;

/// An item may wait for a later one, however many there are and however quick the first ones were: another worker goes past it.
#[test]
fn m1_an_item_may_wait_for_a_later_one() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(2);
    for (waits, sets) in [(0, 1), (200, 999), (255, 256), (300, 301)] {
        let flag = Arc::new(Flag::new());
        let map = executor.map(0..1_000, move |n| {
            if n == waits {
                flag.wait();
            } else if n == sets {
                flag.set();
            }
            n
        });
        assert!(map.map(Result::unwrap).eq(0..1_000));
    }
}

/// An input may wait for what becomes of the items before: they are handed over as they come.
#[test]
fn m1_items_run_while_the_input_waits() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let ran = Arc::new(Counter::new());
    let mut taken = 0;
    let input = std::iter::from_fn(|| {
        ran.wait_for(taken);
        taken += 1;
        (taken <= 600).then_some(taken)
    });
    let count = Arc::clone(&ran);
    let map = executor.map(input, move |n| {
        count.add(1);
        n
    });
    assert_eq!(map.into_vec().unwrap(), (1..=600).collect::<Vec<_>>());
}

/// A worker begins the items in their order, also those that come when it has run all before.
#[test]
fn m1_items_are_begun_in_order() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let ran = Arc::new(Counter::new());
    let mut busy = None;
    let items = (0..600).inspect(|n| {
        if *n == 1 {
            ran.wait_for(1);
            busy = Some(Occupied::one(&executor));
        }
    });
    let map = executor.map(items, {
        let (seen, ran) = (Arc::clone(&seen), Arc::clone(&ran));
        move |n| {
            seen.lock().push(n);
            ran.add(1);
        }
    });
    drop(busy);
    assert_eq!(map.into_vec().unwrap().len(), 600);
    assert_eq!(*seen.lock(), (0..600).collect::<Vec<_>>());
}

/// What is submitted while inputs keep coming is begun after those that came before, and before those that come later.
#[test]
fn p7_later_items_stay_behind_a_task() {
    let _watchdog = watchdog();
    for count in [1, 10, 256, 300] {
        let executor = Arc::new(ThreadPoolExecutor::new(1));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let asked = Arc::new(Counter::new());
        let (begun, go) = (Arc::new(Flag::new()), Arc::new(Flag::new()));
        let (feed, inputs) = mpsc::channel();
        let mapping = checked_spawn({
            let (executor, asked) = (Arc::clone(&executor), Arc::clone(&asked));
            let (seen, begun, go) = (Arc::clone(&seen), Arc::clone(&begun), Arc::clone(&go));
            let inputs = std::iter::from_fn(move || {
                asked.add(1);
                inputs.recv().ok()
            });
            move || {
                let map = executor.map(inputs, move |n| {
                    begun.set();
                    go.wait();
                    seen.lock().push(n);
                });
                map.into_vec().unwrap();
            }
        });
        // Who asks for the next input has handed over all before.
        let hand_over = |numbers: std::ops::Range<usize>| {
            let after = numbers.end + 1;
            numbers.for_each(|n| feed.send(n).unwrap());
            asked.wait_for(after);
        };
        hand_over(0..count);
        begun.wait();
        let task = executor.submit({
            let seen = Arc::clone(&seen);
            move || seen.lock().push(usize::MAX)
        });
        hand_over(count..count + 300);
        go.set();
        task.result().unwrap();
        drop(feed);
        mapping.join();
        let before = 0..count;
        let after = count..count + 300;
        let all = before.chain([usize::MAX]).chain(after);
        assert_eq!(*seen.lock(), all.collect::<Vec<_>>());
    }
}

/// What is submitted when all inputs have been handed over is begun after all of them, however long they take.
#[test]
fn p7_a_task_stays_behind_earlier_items() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let busy = Occupied::one(&executor);
    let note = Arc::clone(&seen);
    let map = executor.map(0..600, move |n| note.lock().push(n));
    let note = Arc::clone(&seen);
    let task = executor.submit(move || note.lock().push(600));
    drop(busy);
    task.result().unwrap();
    map.into_vec().unwrap();
    assert_eq!(*seen.lock(), (0..=600).collect::<Vec<_>>());
}
