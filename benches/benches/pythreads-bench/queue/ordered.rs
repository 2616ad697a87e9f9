//! Queues with another order than that of arrival, by two putters and two getters. No crate has such a queue that
//! waits, so the rivals are what one would write: a container behind a mutex, with a condition variable.

#![expect(
    clippy::disallowed_types,
    reason = "queues by std's mutex and condition variable are rivals"
)]

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::{Condvar, Mutex, PoisonError};

use pythreads::queue::{LifoQueue, PriorityQueue};

use super::channel::{Ends, Get, Put, Shared};
use super::{ITEMS, streaming};
use crate::scenario::Scenario;

const OPEN: &str = "nobody shuts the queue down";

pub(super) fn scenarios() -> [Scenario; 2] {
    let lifo = Scenario::new("queue/lifo", "item", ITEMS)
        .ours(|| streaming(ITEMS, checked(LifoQueue::new, [2, 3, 1])))
        .rival("std", || {
            streaming(ITEMS, checked(StdQueue::<Vec<u64>>::default, [2, 3, 1]))
        })
        .rival("parking_lot", || {
            streaming(
                ITEMS,
                checked(ParkingLotQueue::<Vec<u64>>::default, [2, 3, 1]),
            )
        });
    let priority = Scenario::new("queue/priority", "item", ITEMS)
        .ours(|| streaming(ITEMS, checked(PriorityQueue::new, [1, 2, 3])))
        .rival("std", || {
            streaming(ITEMS, checked(StdQueue::<StableHeap>::default, [1, 2, 3]))
        })
        .rival("parking_lot", || {
            streaming(
                ITEMS,
                checked(ParkingLotQueue::<StableHeap>::default, [1, 2, 3]),
            )
        })
        .floor("parking_lot unstable", || {
            streaming(ITEMS, checked(ParkingLotQueue::<Heap>::default, [1, 2, 3]))
        });
    [lifo, priority]
}

/// Two ends on each side of a queue which gives back the 1, 3, 2 that are put in the order that is said.
fn checked<Q>(queue: impl Fn() -> Q, order: [u64; 3]) -> Ends<Shared<Q>, Shared<Q>>
where
    Shared<Q>: Put + Get,
{
    let ends = super::channel::ours(queue(), 2);
    for number in [1, 3, 2] {
        ends.putters[0].put(number);
    }
    assert_eq!([(); 3].map(|()| ends.getters[0].get()), order);
    ends
}

impl Put for Shared<LifoQueue<u64>> {
    fn put(&self, number: u64) {
        self.0.put(number).expect(OPEN);
    }
}

impl Get for Shared<LifoQueue<u64>> {
    fn get(&self) -> u64 {
        self.0.get().expect(OPEN)
    }
}

impl Put for Shared<PriorityQueue<u64>> {
    fn put(&self, number: u64) {
        self.0.put(number).expect(OPEN);
    }
}

impl Get for Shared<PriorityQueue<u64>> {
    fn get(&self) -> u64 {
        self.0.get().expect(OPEN)
    }
}

/// What lies behind the mutex.
trait Store: Default + Send + 'static {
    fn push(&mut self, number: u64);
    fn pop(&mut self) -> Option<u64>;
}

impl Store for Vec<u64> {
    fn push(&mut self, number: u64) {
        self.push(number);
    }

    fn pop(&mut self) -> Option<u64> {
        self.pop()
    }
}

/// Gives back equal numbers in the order of their arrival, as ours does.
#[derive(Default)]
struct StableHeap {
    heap: BinaryHeap<Reverse<(u64, u64)>>,
    arrived: u64,
}

impl Store for StableHeap {
    fn push(&mut self, number: u64) {
        self.arrived += 1;
        self.heap.push(Reverse((number, self.arrived)));
    }

    fn pop(&mut self) -> Option<u64> {
        self.heap.pop().map(|Reverse((number, _))| number)
    }
}

/// Gives back equal numbers in any order.
#[derive(Default)]
struct Heap(BinaryHeap<Reverse<u64>>);

impl Store for Heap {
    fn push(&mut self, number: u64) {
        self.0.push(Reverse(number));
    }

    fn pop(&mut self) -> Option<u64> {
        self.0.pop().map(|Reverse(number)| number)
    }
}

#[derive(Default)]
struct StdQueue<S> {
    store: Mutex<S>,
    filled: Condvar,
}

impl<S: Store> Put for Shared<StdQueue<S>> {
    fn put(&self, number: u64) {
        let store = self.0.store.lock();
        store.unwrap_or_else(PoisonError::into_inner).push(number);
        self.0.filled.notify_one();
    }
}

impl<S: Store> Get for Shared<StdQueue<S>> {
    fn get(&self) -> u64 {
        let mut store = self.0.store.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(number) = store.pop() {
                return number;
            }
            let woken = self.0.filled.wait(store);
            store = woken.unwrap_or_else(PoisonError::into_inner);
        }
    }
}

#[derive(Default)]
struct ParkingLotQueue<S> {
    store: parking_lot::Mutex<S>,
    filled: parking_lot::Condvar,
}

impl<S: Store> Put for Shared<ParkingLotQueue<S>> {
    fn put(&self, number: u64) {
        self.0.store.lock().push(number);
        self.0.filled.notify_one();
    }
}

impl<S: Store> Get for Shared<ParkingLotQueue<S>> {
    fn get(&self) -> u64 {
        let mut store = self.0.store.lock();
        loop {
            if let Some(number) = store.pop() {
                return number;
            }
            self.0.filled.wait(&mut store);
        }
    }
}
