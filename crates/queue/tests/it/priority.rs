//! The order of a `PriorityQueue`, and what comparisons that fail leave behind.

use std::cell::Cell;
use std::cmp::{Ordering, Reverse};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use pythreads_queue::{GetError, Heap, Prioritized, PriorityQueue, Storage};
use test_support::watchdog;

use crate::blocked::blocked;
use crate::dice::Dice;

/// The smallest comes first; tuples are compared field by field.
#[test]
fn o3_smallest_first() {
    let _watchdog = watchdog();
    let queue = PriorityQueue::from_iter([(2, "b"), (1, "z"), (2, "a"), (1, "y")]);
    let got: Vec<_> = queue.try_iter().collect();
    assert_eq!(got, [(1, "y"), (1, "z"), (2, "a"), (2, "b")]);
}

/// Items that compare as equal keep the order in which they were put.
#[test]
fn o3_equal_items_come_out_in_their_order() {
    let _watchdog = watchdog();
    let mut dice = Dice::new(3);
    let queue = PriorityQueue::new();
    for item in 0..2_000_u32 {
        let priority = dice.below(7);
        queue.put(Prioritized { priority, item }).unwrap();
        if dice.below(3) == 0 {
            queue.get().unwrap();
        }
    }
    let got: Vec<_> = queue
        .try_iter()
        .map(|job| (job.priority, job.item))
        .collect();
    assert!(got.is_sorted(), "{got:?}");
}

fn job<P>(priority: P, item: &str) -> Prioritized<P, &str> {
    Prioritized { priority, item }
}

/// Only priorities are compared, and `Reverse` turns them round.
#[test]
fn o5_prioritized_compares_the_priority_alone() {
    let _watchdog = watchdog();
    assert_eq!(job(1, "a"), job(1, "b"));
    assert!(job(1, "z") < job(2, "a"));
    let queue = PriorityQueue::new();
    queue.put(job(Reverse(1), "low")).unwrap();
    queue.put(job(Reverse(9), "high")).unwrap();
    assert_eq!(queue.get().unwrap().item, "high");
}

/// Compares by `key`; panics instead when `fuel` has run out.
struct Fused {
    key: u32,
    number: u32,
    fuel: Rc<Cell<u64>>,
}

impl PartialEq for Fused {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}
impl Eq for Fused {}
impl PartialOrd for Fused {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Fused {
    fn cmp(&self, other: &Self) -> Ordering {
        match self.fuel.get().checked_sub(1) {
            Some(left) => self.fuel.set(left),
            None => resume_unwind(Box::new("out of fuel")),
        }
        self.key.cmp(&other.key)
    }
}

/// A comparison that panics in `put` or `get` changes nothing, whichever one it is: the queue against a sorted list.
#[test]
fn o4_a_panicking_comparison_changes_nothing() {
    let _watchdog = watchdog();
    let fuel = Rc::new(Cell::new(0));
    let queue = PriorityQueue::new();
    let mut model: Vec<(u32, u32)> = Vec::new();
    let mut dice = Dice::new(4);
    let mut panics = 0;
    for number in 0..20_000 {
        fuel.set(dice.below(12));
        if dice.below(100) < 55 {
            let key = u32::try_from(dice.below(40)).unwrap();
            let fuel = Rc::clone(&fuel);
            let item = Fused { key, number, fuel };
            match catch_unwind(AssertUnwindSafe(|| queue.put(item))) {
                Ok(outcome) => {
                    outcome.unwrap();
                    model.push((key, number));
                }
                Err(_) => panics += 1,
            }
        } else {
            match catch_unwind(AssertUnwindSafe(|| queue.try_get())) {
                Ok(Ok(item)) => {
                    let first = *model.iter().min().unwrap();
                    assert_eq!((item.key, item.number), first);
                    model.retain(|entry| *entry != first);
                }
                Ok(Err(_)) => assert!(model.is_empty()),
                Err(_) => panics += 1,
            }
        }
        assert_eq!(queue.len(), model.len());
    }
    assert!(panics > 1_000, "{panics}");
    fuel.set(u64::MAX);
    model.sort_unstable();
    let left: Vec<_> = queue
        .try_iter()
        .map(|item| (item.key, item.number))
        .collect();
    assert_eq!(left, model);
}

/// A put that panicked is not counted as a task.
#[test]
fn o4_a_failed_put_is_not_counted() {
    let _watchdog = watchdog();
    let fuel = Rc::new(Cell::new(0));
    let queue = PriorityQueue::new();
    let item = |number| Fused {
        key: 1,
        number,
        fuel: Rc::clone(&fuel),
    };
    queue.put(item(1)).unwrap();
    assert!(catch_unwind(AssertUnwindSafe(|| queue.put(item(2)))).is_err());
    assert_eq!((queue.len(), queue.unfinished_tasks()), (1, 1));
    assert_eq!(Rc::strong_count(&fuel), 2, "the refused item is dropped");
}

const MANY: u32 = 1_000;

/// So many items, of the keys from 0, that there is something to compare in each get.
fn many_fused(fuel: &Rc<Cell<u64>>) -> PriorityQueue<Fused> {
    // 37 and MANY have no divisor in common.
    let item = |n| Fused {
        key: n * 37 % MANY,
        number: n,
        fuel: Rc::clone(fuel),
    };
    (0..MANY).map(item).collect()
}

/// What `get_many` has taken before a comparison panics is returned, and the rest stays.
#[test]
fn o4_get_many_loses_nothing_to_a_panic() {
    let _watchdog = watchdog();
    let fuel = Rc::new(Cell::new(u64::MAX));
    let queue = many_fused(&fuel);
    fuel.set(9);
    let some = queue.get_many(MANY as usize).unwrap();
    assert!((1..MANY as usize).contains(&some.len()), "{}", some.len());
    assert_eq!(queue.len(), MANY as usize - some.len());
    fuel.set(u64::MAX);
    let keys: Vec<_> = some
        .into_iter()
        .chain(queue.try_iter())
        .map(|item| item.key)
        .collect();
    assert_eq!(keys, (0..MANY).collect::<Vec<_>>());
}

/// A comparison that panics while the drained items are put in order does not undo the shutdown.
#[test]
fn o4_a_panic_while_draining_still_shuts_down() {
    let _watchdog = watchdog();
    let fuel = Rc::new(Cell::new(u64::MAX));
    let queue = many_fused(&fuel);
    fuel.set(3);
    assert!(catch_unwind(AssertUnwindSafe(|| queue.shutdown_now())).is_err());
    assert!(queue.is_shutdown());
    assert_eq!(queue.try_get().err(), Some(GetError::ShutDown));
    queue.join();
    assert_eq!(Rc::strong_count(&fuel), 1, "all items are dropped");
}

#[derive(Eq)]
struct Fickle(u64, Rc<Cell<u64>>);
impl PartialEq for Fickle {
    fn eq(&self, _: &Self) -> bool {
        false
    }
}
impl PartialOrd for Fickle {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Fickle {
    fn cmp(&self, _: &Self) -> Ordering {
        let mut dice = Dice::new(self.1.get());
        self.1.set(dice.below(u64::MAX));
        [Ordering::Less, Ordering::Equal, Ordering::Greater]
            [usize::try_from(self.1.get() % 3).unwrap()]
    }
}

/// Comparisons that contradict themselves cost the order, but no item.
#[test]
fn contradicting_comparisons_lose_nothing() {
    let _watchdog = watchdog();
    let mood = Rc::new(Cell::new(5));
    let mut heap = Heap::new();
    for n in 0..1_000 {
        heap.put(Fickle(n, Rc::clone(&mood)));
    }
    let mut numbers: Vec<_> = std::iter::from_fn(|| heap.get())
        .map(|item| item.0)
        .collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (0..1_000).collect::<Vec<_>>());
}

/// Panics in comparisons while `BROKEN`.
#[derive(Debug)]
struct Brittle(u32);

static BROKEN: AtomicBool = AtomicBool::new(false);

impl PartialEq for Brittle {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}
impl Eq for Brittle {}
impl PartialOrd for Brittle {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Brittle {
    fn cmp(&self, other: &Self) -> Ordering {
        if BROKEN.load(SeqCst) {
            resume_unwind(Box::new("broken"));
        }
        self.0.cmp(&other.0)
    }
}

/// A putter that was woken and whose comparison panics does not take the wake-up of the next one with it.
#[test]
fn a_panicking_comparison_passes_its_wake_up_on() {
    let _watchdog = watchdog();
    let queue = Arc::new(PriorityQueue::with_maxsize(2));
    queue.put(Brittle(1)).unwrap();
    queue.put(Brittle(2)).unwrap();
    let putters: Vec<_> = (3..=4)
        .map(|n| {
            let queue = Arc::clone(&queue);
            blocked(move || catch_unwind(AssertUnwindSafe(|| queue.put(Brittle(n)))).is_ok())
        })
        .collect();
    BROKEN.store(true, SeqCst);
    assert_eq!(queue.get().unwrap().0, 1); // compares nothing, and wakes one putter for one place
    for putter in putters {
        assert!(!putter.join());
    }
    BROKEN.store(false, SeqCst);
    assert_eq!(queue.get().unwrap().0, 2);
}
