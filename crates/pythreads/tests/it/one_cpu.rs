//! All that waits, on a machine with one CPU: who waits must let those run that it waits for.
#![expect(
    clippy::unwrap_used,
    reason = "one test is made of several functions, which clippy does not take for tests"
)]

use std::sync::Arc;
use std::thread::available_parallelism;

use pythreads::concurrent::futures::ThreadPoolExecutor;
use pythreads::multiprocessing::pool::ThreadPool;
use pythreads::queue::{BaseQueue, LifoQueue, PriorityQueue, Queue, SimpleQueue, Storage};
use pythreads::threading::{Barrier, Condition, Event, Lock, RLock, RwLock, Semaphore, spawn};
use test_support::child::{self, Child};
use test_support::{checked_spawn, stay_on_one_cpu, watchdog};

const THREADS: usize = 4;
/// Long enough for many of them to lose the CPU while they hold a lock.
const ROUNDS: usize = 50_000;
/// For what takes a switch of threads each time.
const FEW_ROUNDS: usize = 500;

/// One test of the child: `work`, in several threads, with what they share.
fn together<T: Send + Sync + 'static>(shared: T, work: fn(&T)) -> Arc<T> {
    let shared = Arc::new(shared);
    let threads = [(); THREADS].map(|()| {
        let shared = Arc::clone(&shared);
        checked_spawn(move || work(&shared))
    });
    for thread in threads {
        thread.join();
    }
    shared
}

#[test]
fn one_cpu_is_enough() {
    let _watchdog = watchdog();
    if !child::is_rerun() {
        let child = Child::rerun_test("one_cpu::one_cpu_is_enough");
        return child.run().assert_success();
    }
    stay_on_one_cpu();
    assert_eq!(available_parallelism().unwrap().get(), 1);
    locks();
    conditions();
    queues();
    pools();
}

fn locks() {
    let lock = together(Lock::new(0), |lock| {
        (0..ROUNDS).for_each(|_| *lock.acquire() += 1);
    });
    assert_eq!(*lock.acquire(), THREADS * ROUNDS);
    together(RLock::new(()), |rlock| {
        (0..ROUNDS).for_each(|_| drop((rlock.acquire(), rlock.acquire())));
    });
    let shared = together(RwLock::new(0), |shared| {
        (0..ROUNDS).for_each(|_| {
            let seen = *shared.read();
            *shared.write() += usize::from(seen < usize::MAX);
        });
    });
    assert_eq!(*shared.read(), THREADS * ROUNDS);
    let semaphore = together(Semaphore::new(2), |semaphore| {
        (0..ROUNDS).for_each(|_| drop(semaphore.acquire()));
    });
    assert_eq!(semaphore.available(), 2);
}

fn conditions() {
    // Nobody takes two turns one after the other.
    const TURNS: usize = THREADS * FEW_ROUNDS;
    let turns = (Lock::new(0), Condition::new());
    together(turns, |(turns, changed)| {
        let mut guard = turns.acquire();
        while *guard < TURNS {
            *guard += 1;
            let mine = *guard;
            changed.notify_all(&guard);
            changed.wait_for(&mut guard, |turns| *turns > mine || *turns == TURNS);
        }
    });
    together(Barrier::new(THREADS), |barrier| {
        (0..FEW_ROUNDS).for_each(|_| assert!(barrier.wait().unwrap() < THREADS));
    });
    for _ in 0..FEW_ROUNDS {
        let event = Arc::new(Event::new());
        let waiter = Arc::clone(&event);
        let thread = spawn(move || waiter.wait());
        event.set();
        thread.join().unwrap();
    }
}

/// A storage of a user: the last item first.
struct Pile(Vec<usize>);
impl Storage<usize> for Pile {
    fn put(&mut self, item: usize) {
        self.0.push(item);
    }
    fn get(&mut self) -> Option<usize> {
        self.0.pop()
    }
    fn len(&self) -> usize {
        self.0.len()
    }
}

fn queues() {
    fn put_and_get<S: Storage<usize>>(queue: &BaseQueue<usize, S>) {
        for n in 0..ROUNDS {
            queue.put(n).unwrap();
            queue.get().unwrap();
        }
    }
    for maxsize in [0, 2] {
        together(Queue::with_maxsize(maxsize), put_and_get);
        together(LifoQueue::with_maxsize(maxsize), put_and_get);
        together(PriorityQueue::with_maxsize(maxsize), put_and_get);
        let pile = BaseQueue::with_storage(Pile(Vec::new()), maxsize);
        together(pile, put_and_get);
    }
    together(SimpleQueue::new(), |queue| {
        for n in 0..ROUNDS {
            queue.put(n);
            queue.get();
        }
    });
}

fn pools() {
    let executor = ThreadPoolExecutor::new(THREADS);
    for n in 0..FEW_ROUNDS {
        let doubled = executor.submit(move || 2 * n);
        assert_eq!(doubled.result().unwrap(), 2 * n);
    }
    let mapped = executor.map(0..FEW_ROUNDS, |n| n + 1);
    assert!(mapped.map(Result::unwrap).eq(1..=FEW_ROUNDS));
    executor.shutdown();
    let pool = ThreadPool::new(THREADS);
    let mapped = pool.map(0..FEW_ROUNDS, |n| n + 1).unwrap();
    assert!(mapped.into_iter().eq(1..=FEW_ROUNDS));
    let mapped = pool.imap(0..FEW_ROUNDS, |n| n + 1);
    assert!(mapped.map(Result::unwrap).eq(1..=FEW_ROUNDS));
    pool.close();
    pool.join();
}
