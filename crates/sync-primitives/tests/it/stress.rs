//! Many threads, many timeouts, many interrupts: nothing gets lost and nobody stays behind.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use fastrand::Rng;
use pythreads_sync_primitives::{
    Condition, Event, Lock, RwLock, Semaphore, interruptible, shielded, thread_record,
};
use test_support::{CheckedThread, Flag, checked_spawn, watchdog};

use crate::waiting::{interrupt, shared};

const THREADS: usize = 6;
const ROUNDS: usize = 1_500;

/// Starts `THREADS` threads that call `work` `ROUNDS` times, and one that keeps interrupting them. Interrupts end `work`
/// early; it is told its thread's number and random numbers that are the same in every run.
fn run(work: impl Fn(usize, &mut Rng) + Copy + Send + 'static) {
    let records = shared(Lock::new(Vec::new()));
    let done = shared(Flag::new());
    let threads: Vec<CheckedThread<()>> = (0..THREADS)
        .map(|number| {
            checked_spawn(move || {
                records.acquire().push(thread_record::current());
                let mut rng = Rng::with_seed(number as u64);
                for _ in 0..ROUNDS {
                    let _interrupted = interruptible(|| work(number, &mut rng));
                }
            })
        })
        .collect();
    let interrupter = checked_spawn(move || {
        let mut rng = Rng::with_seed(99);
        while !done.is_set() {
            let records = records.acquire().clone();
            if let Some(record) = rng.choice(&records) {
                let _caught = Arc::clone(record).raise(interrupt("stop"));
            }
            if rng.u8(..) < 100 {
                let _taken_back = rng.choice(&records).map(|record| record.cancel_raise());
            }
            std::thread::yield_now();
        }
    });
    threads.into_iter().for_each(CheckedThread::join);
    done.set();
    interrupter.join();
}

fn moment(rng: &mut Rng) -> Duration {
    Duration::from_micros(rng.u64(0..200))
}

/// All permits are back in the end, after timeouts and interrupts at all moments.
#[test]
fn permits_are_exact() {
    let _watchdog = watchdog();
    let semaphore = shared(Semaphore::new(2));
    let inside = shared(AtomicUsize::new(0));
    run(|_, rng| {
        let permit = if rng.bool() {
            semaphore.acquire_timeout(moment(rng))
        } else {
            Some(semaphore.acquire())
        };
        if permit.is_some() {
            // ORDERING: Relaxed, only the number counts.
            assert!(inside.fetch_add(1, Ordering::Relaxed) < 2);
            std::thread::yield_now();
            // ORDERING: Relaxed, as above.
            inside.fetch_sub(1, Ordering::Relaxed);
        }
    });
    assert_eq!(semaphore.available(), 2);
}

/// Small and large wishes together: nobody is left asleep beside permits that are enough.
#[test]
fn permits_are_exact_for_large_and_small_wishes() {
    const TOTAL: usize = 5;
    let _watchdog = watchdog();
    let semaphore = shared(Semaphore::new(TOTAL));
    let inside = shared(AtomicUsize::new(0));
    run(|_, rng| {
        let n = rng.usize(1..=TOTAL);
        let permit = match rng.u8(0..4) {
            0 => semaphore.try_acquire_many(n),
            1 | 2 => semaphore.acquire_many_timeout(n, moment(rng)),
            _ => Some(semaphore.acquire_many(n)),
        };
        if permit.is_some() {
            // ORDERING: Relaxed, only the number counts.
            assert!(inside.fetch_add(n, Ordering::Relaxed) + n <= TOTAL);
            if rng.bool() {
                std::thread::yield_now();
            }
            // ORDERING: Relaxed, as above.
            inside.fetch_sub(n, Ordering::Relaxed);
        }
    });
    assert_eq!(semaphore.available(), TOTAL);
}

/// Items that are counted by a semaphore: each release is received once, and the last ones end the receivers.
#[test]
fn no_release_is_lost() {
    const EACH: usize = 3_000;
    let _watchdog = watchdog();
    let items = shared(Semaphore::new(0));
    let receivers = [(); 3].map(|()| {
        checked_spawn(|| {
            let mut rng = Rng::with_seed(5);
            let mut received = 0;
            while received < EACH {
                let n = rng.usize(1..=3).min(EACH - received);
                items.acquire_many(n).forget();
                received += n;
            }
        })
    });
    let senders = [(); 3].map(|()| {
        checked_spawn(|| {
            let mut rng = Rng::with_seed(6);
            let mut sent = 0;
            while sent < EACH {
                let n = rng.usize(1..=4).min(EACH - sent);
                items.release_many(n);
                sent += n;
            }
        })
    });
    senders.into_iter().for_each(CheckedThread::join);
    receivers.into_iter().for_each(CheckedThread::join);
    assert_eq!(items.available(), 0);
}

/// One thread at a time, whatever the others do.
#[test]
fn a_lock_excludes() {
    let _watchdog = watchdog();
    let lock = shared(Lock::new((0_usize, 0_usize)));
    let entered = shared(AtomicUsize::new(0));
    run(|_, rng| {
        let guard = match rng.u8(0..3) {
            0 => lock.try_acquire(),
            1 => lock.acquire_timeout(moment(rng)),
            _ => Some(lock.acquire()),
        };
        if let Some(mut guard) = guard {
            guard.0 += 1;
            if rng.u8(..) < 20 {
                std::thread::yield_now();
            }
            guard.1 += 1;
            assert_eq!(guard.0, guard.1);
            // ORDERING: Relaxed, only the number counts.
            entered.fetch_add(1, Ordering::Relaxed);
        }
    });
    // ORDERING: Relaxed, all threads have been joined.
    let entered = entered.load(Ordering::Relaxed);
    assert_eq!(*lock.acquire(), (entered, entered));
}

/// Readers never see half a write.
#[test]
fn an_rwlock_excludes() {
    let _watchdog = watchdog();
    let lock = shared(RwLock::new((0_usize, 0_usize)));
    let writes = shared(AtomicUsize::new(0));
    run(|_, rng| {
        if rng.u8(0..3) == 0 {
            let guard = match rng.u8(0..3) {
                0 => lock.try_write(),
                1 => lock.write_timeout(moment(rng)),
                _ => Some(lock.write()),
            };
            if let Some(mut guard) = guard {
                guard.0 += 1;
                if rng.u8(..) < 20 {
                    std::thread::yield_now();
                }
                guard.1 += 1;
                // ORDERING: Relaxed, only the number counts.
                writes.fetch_add(1, Ordering::Relaxed);
            }
        } else {
            let guard = match rng.u8(0..3) {
                0 => lock.try_read(),
                1 => lock.read_timeout(moment(rng)),
                _ => Some(lock.read()),
            };
            if let Some(guard) = guard {
                assert_eq!(guard.0, guard.1);
            }
        }
    });
    // ORDERING: Relaxed, all threads have been joined.
    let writes = writes.load(Ordering::Relaxed);
    assert_eq!(*lock.read(), (writes, writes));
    assert!(!lock.locked());
}

/// A small store between putters and getters: what was put is got, or still there.
#[test]
fn a_condition_loses_nothing() {
    struct Store {
        items: Lock<usize>,
        changed: Condition,
    }
    let _watchdog = watchdog();
    let store = shared(Store {
        items: Lock::new(0),
        changed: Condition::new(),
    });
    let put = shared(AtomicUsize::new(0));
    let got = shared(AtomicUsize::new(0));
    run(move |number, rng| {
        let putter = number % 2 == 0;
        let mut items = store.items.acquire();
        let may = |items: &usize| if putter { *items < 3 } else { *items > 0 };
        if store.changed.wait_for_timeout(&mut items, moment(rng), may) {
            let count = if putter { put } else { got };
            // ORDERING: Relaxed, only the number counts.
            count.fetch_add(1, Ordering::Relaxed);
            *items = if putter { *items + 1 } else { *items - 1 };
            if rng.bool() {
                store.changed.notify_one(&items);
            } else {
                store.changed.notify_all(&items);
            }
        }
    });
    // ORDERING: Relaxed, all threads have been joined.
    let left = put.load(Ordering::Relaxed) - got.load(Ordering::Relaxed);
    assert_eq!(*store.items.acquire(), left);
}

/// Without timeouts: every one of these notifications is needed.
#[test]
fn no_notification_is_lost() {
    const EACH: usize = 2_000;
    let _watchdog = watchdog();
    let items = shared(Lock::new(0_usize));
    let not_empty = shared(Condition::new());
    let not_full = shared(Condition::new());
    let putters = [(); 3].map(|()| {
        checked_spawn(|| {
            for _ in 0..EACH {
                let mut items = items.acquire();
                not_full.wait_for(&mut items, |items| *items < 2);
                *items += 1;
                not_empty.notify_one(&items);
            }
        })
    });
    let getters = [(); 3].map(|()| {
        checked_spawn(|| {
            for _ in 0..EACH {
                let mut items = items.acquire();
                not_empty.wait_for(&mut items, |items| *items > 0);
                *items -= 1;
                not_full.notify_one(&items);
            }
        })
    });
    putters.into_iter().for_each(CheckedThread::join);
    getters.into_iter().for_each(CheckedThread::join);
    assert_eq!(*items.acquire(), 0);
}

/// Waits for an event that is set and cleared all the time return, at the latest when it stays set.
#[test]
fn an_event_wakes_everybody_in_the_end() {
    let _watchdog = watchdog();
    let event = shared(Event::new());
    let done = shared(Flag::new());
    let setter = checked_spawn(|| {
        while !done.is_set() {
            event.set();
            event.clear();
            std::thread::yield_now();
        }
    });
    run(|_, rng| {
        if rng.bool() {
            let _set = event.wait_timeout(moment(rng));
        } else {
            shielded(|| event.wait());
        }
    });
    done.set();
    setter.join();
}
