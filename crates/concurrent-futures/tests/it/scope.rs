//! `ThreadPoolExecutor::scope`.

use std::panic::{AssertUnwindSafe, catch_unwind, panic_any, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use pythreads_concurrent_futures::{
    ExceptionKind, ReturnWhen, ThreadPoolExecutor, as_completed, wait,
};
use pythreads_threading::check_interrupt;
use test_support::{Counter, Flag, checked_spawn, watchdog};

use crate::occupied::Occupied;

/// Says on drop whether what it borrows is still there.
struct Borrows<'a> {
    alive: &'a AtomicBool,
    drops: &'a AtomicUsize,
}

impl Drop for Borrows<'_> {
    fn drop(&mut self) {
        // ORDERING: Relaxed, the scope orders it.
        assert!(self.alive.load(Ordering::Relaxed), "dropped too late");
        self.drops.fetch_add(1, Ordering::Relaxed);
    }
}

fn count(counter: &AtomicUsize) -> usize {
    // ORDERING: Relaxed, the scope has ended.
    counter.load(Ordering::Relaxed)
}

/// Tasks borrow, also mutably and each its own part, and give results back.
#[test]
fn tasks_borrow() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(2);
    let mut numbers: Vec<u32> = (0..100).collect();
    let text = String::from("borrowed");
    let length = executor.scope(|s| {
        for part in numbers.chunks_mut(7) {
            s.execute(move || part.iter_mut().for_each(|n| *n *= 2));
        }
        s.submit(|| text.len()).result().unwrap()
    });
    assert_eq!(length, 8);
    assert!(numbers.iter().copied().eq((0..100).map(|n| n * 2)));
    let words = ["a", "bb"];
    let lengths = executor.scope(|s| s.map(&words, |word| word.len()).into_vec());
    assert_eq!(lengths.unwrap(), [1, 2]);
    let parsed = executor.scope(|s| s.map_fallible(&words, |word| word.parse::<u8>()).into_vec());
    assert!(parsed.unwrap_err().is_error());
    let failed = executor.scope(|s| s.submit_fallible(|| text.parse::<u8>()).result());
    assert!(failed.unwrap_err().is_error());
}

/// All tasks have ended when the scope returns, those nobody waited for too, and those which tasks have handed over.
#[test]
fn all_have_ended_when_it_returns() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(3);
    for _ in 0..100 {
        let ran = AtomicUsize::new(0);
        executor.scope(|s| {
            for _ in 0..10 {
                s.execute(|| {
                    s.execute(|| {
                        ran.fetch_add(1, Ordering::Relaxed);
                    });
                    drop(s.submit(|| ran.fetch_add(1, Ordering::Relaxed)));
                });
            }
        });
        assert_eq!(count(&ran), 20);
    }
}

/// Every borrowing closure and result is dropped before the scope returns: untaken, cancelled, refused or panicked.
#[test]
fn borrowed_things_are_dropped_in_time() {
    const ROUNDS: usize = 200;
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(2);
    for round in 0..ROUNDS {
        let (alive, drops) = (AtomicBool::new(true), AtomicUsize::new(0));
        let make = || Borrows {
            alive: &alive,
            drops: &drops,
        };
        executor.scope(|s| {
            let untaken = make();
            drop(s.submit(move || untaken));
            let cancelled = make();
            s.submit(move || drop(cancelled)).cancel();
            let panics = make();
            drop(s.submit(move || {
                let _panics = panics;
                panic!("drops by unwinding");
            }));
            let late = make();
            let late = s.submit(move || late);
            if round % 2 == 0 {
                late.wait();
            }
            drop(late);
        });
        // ORDERING: Relaxed, the scope orders it.
        alive.store(false, Ordering::Relaxed);
        assert_eq!(count(&drops), 4);
    }
}

/// A future whose result borrows nothing may leave the scope, and be used, cancelled or dropped after it.
#[test]
fn futures_may_leave_the_scope() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let busy = Occupied::one(&executor);
    let local = String::from("local");
    let futures = executor.scope(|s| {
        let futures = [(); 4].map(|()| s.submit(|| local.len()));
        futures[1].cancel();
        busy.release();
        futures
    });
    drop(local);
    let [used, cancelled, dropped, asked] = futures;
    assert_eq!(used.result().unwrap(), 5);
    assert!(cancelled.result().unwrap_err().is_cancelled());
    drop(dropped);
    assert!(!asked.cancel() && asked.done());
}

/// A panic in the closure cancels what has not started, waits for what runs, and goes on.
#[test]
fn a_panic_waits_for_what_runs() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let (started, go) = (Flag::new(), Arc::new(Flag::new()));
    let (ended, ran) = (AtomicBool::new(false), AtomicUsize::new(0));
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        executor.scope(|s| {
            s.execute(|| {
                started.set();
                go.wait();
                // ORDERING: Relaxed, the scope orders it.
                ended.store(true, Ordering::Relaxed);
            });
            let queued = s.submit(|| ran.fetch_add(1, Ordering::Relaxed));
            let go = Arc::clone(&go);
            queued.add_done_callback(move |_| go.set());
            started.wait();
            panic_any("the scope fails");
        })
    }));
    let payload = outcome.unwrap_err();
    assert_eq!(payload.downcast_ref::<&str>(), Some(&"the scope fails"));
    // ORDERING: Relaxed, the scope has ended.
    assert!(ended.load(Ordering::Relaxed));
    assert_eq!(count(&ran), 0, "what was queued has been cancelled");
}

/// The panic of a task nobody waits for leaves the scope after all others have ended.
#[test]
fn a_panic_of_an_executed_task_leaves() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(2);
    let ran = AtomicUsize::new(0);
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        executor.scope(|s| {
            s.execute(|| panic_any("executed"));
            for _ in 0..20 {
                s.execute(|| {
                    ran.fetch_add(1, Ordering::Relaxed);
                });
            }
            drop(s.submit(|| panic_any("nobody asks")));
        });
    }));
    let payload = outcome.unwrap_err();
    assert_eq!(payload.downcast_ref::<&str>(), Some(&"executed"));
    assert_eq!(count(&ran), 20);
}

/// What is executed and cannot run leaves the scope as well: nobody takes undone work for done.
#[test]
fn what_is_executed_runs_or_leaves() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let kind = |outcome: std::thread::Result<()>| {
        let payload = outcome.unwrap_err();
        let exception = payload.downcast::<pythreads_concurrent_futures::Exception>();
        exception.unwrap().kind()
    };
    let busy = Occupied::one(&executor);
    let cancelled = catch_unwind(AssertUnwindSafe(|| {
        executor.scope(|s| {
            s.execute(|| ());
            assert_eq!(executor.cancel_pending(), 1);
        });
    }));
    assert_eq!(kind(cancelled), ExceptionKind::Cancelled);
    busy.release();
    executor.close();
    let refused = catch_unwind(AssertUnwindSafe(|| executor.scope(|s| s.execute(|| ()))));
    assert_eq!(kind(refused), ExceptionKind::ShutDown);
    let refused = executor.scope(|s| s.submit(|| ()).result());
    assert_eq!(refused.unwrap_err().kind(), ExceptionKind::ShutDown);
}

/// An interrupt ends the closure's own waits, which cancels what has not started; what runs is waited for nevertheless.
#[test]
fn an_interrupt_does_not_leave_early() {
    let _watchdog = watchdog();
    let executor = Arc::new(ThreadPoolExecutor::new(1));
    let in_task = Arc::new(Flag::new());
    let borrower = pythreads_threading::spawn({
        let (executor, in_task) = (Arc::clone(&executor), Arc::clone(&in_task));
        move || {
            let (ended, go) = (AtomicBool::new(false), Arc::new(Flag::new()));
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                executor.scope(|s| {
                    let runs = s.submit(|| {
                        in_task.set();
                        go.wait();
                        // ORDERING: Relaxed, the scope orders it.
                        ended.store(true, Ordering::Relaxed);
                    });
                    let cancelled = s.submit(|| ());
                    let go = Arc::clone(&go);
                    cancelled.add_done_callback(move |_| go.set());
                    runs.result()
                })
            }));
            // ORDERING: Relaxed, the scope has ended.
            (outcome.is_err(), ended.load(Ordering::Relaxed))
        }
    });
    in_task.wait();
    borrower.thread().interrupt().unwrap();
    assert_eq!(borrower.join().unwrap(), (true, true));
}

/// An interrupt that comes during the last wait is held back, and delivered after it.
#[test]
fn an_interrupt_during_the_last_wait_is_held_back() {
    let _watchdog = watchdog();
    let executor = Arc::new(ThreadPoolExecutor::new(1));
    let (go, waits) = (Arc::new(Flag::new()), Arc::new(Flag::new()));
    let borrower = pythreads_threading::spawn({
        let (executor, go, waits) = (Arc::clone(&executor), Arc::clone(&go), Arc::clone(&waits));
        move || {
            let ran = AtomicUsize::new(0);
            executor.scope(|s| {
                s.execute(|| {
                    go.wait();
                    ran.fetch_add(1, Ordering::Relaxed);
                });
                waits.set();
            });
            assert_eq!(count(&ran), 1);
            catch_unwind(check_interrupt).is_err()
        }
    });
    waits.wait();
    borrower.thread().interrupt().unwrap();
    go.set();
    assert!(borrower.join().unwrap(), "the interrupt comes afterwards");
}

/// With one worker a task may open a scope, and scopes nest.
#[test]
fn p23_scopes_nest_in_a_worker() {
    fn sum(executor: &ThreadPoolExecutor, numbers: &[u64]) -> u64 {
        if numbers.len() <= 2 {
            return numbers.iter().sum();
        }
        let (left, right) = numbers.split_at(numbers.len() / 2);
        executor.scope(|s| {
            let left = s.submit(|| sum(executor, left));
            let right = s.submit(|| sum(executor, right));
            s.execute(|| ());
            left.result().unwrap() + right.result().unwrap()
        })
    }
    let _watchdog = watchdog();
    for workers in [1, 2] {
        let executor = Arc::new(ThreadPoolExecutor::new(workers));
        let inner = Arc::clone(&executor);
        let numbers: Vec<u64> = (0..256).collect();
        let total = executor.submit(move || sum(&inner, &numbers));
        assert_eq!(total.result().unwrap(), 255 * 256 / 2);
    }
}

/// Destructors of borrowing closures and results that panic, and exotic panics, leave the scope as it should be.
#[test]
fn panicking_destructors_harm_nobody() {
    struct PanicsOnDrop<'a>(&'a AtomicUsize);
    impl Drop for PanicsOnDrop<'_> {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::Relaxed);
            panic!("a destructor fails");
        }
    }
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let drops = AtomicUsize::new(0);
    executor.scope(|s| {
        drop(s.submit(|| PanicsOnDrop(&drops)));
        let busy = Occupied::one(&executor);
        let fails = PanicsOnDrop(&drops);
        let cancelled = s.submit(move || drop(fails));
        assert!(cancelled.cancel());
        busy.release();
        let fails = PanicsOnDrop(&drops);
        let panicked = s.submit(move || drop(fails));
        assert!(panicked.result().unwrap_err().is_panic());
    });
    assert_eq!(count(&drops), 3);
}

/// `wait`, `as_completed` and unordered maps serve borrowing tasks.
#[test]
fn waits_serve_borrowing_tasks() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(2);
    let words = [String::from("one"), String::from("three")];
    executor.scope(|s| {
        let futures = words.each_ref().map(|word| s.submit(move || word.as_str()));
        let waited = wait(&futures, ReturnWhen::AllCompleted);
        assert_eq!(waited.done.len(), 2);
        let total: usize = as_completed(futures)
            .map(|f| f.result().unwrap().len())
            .sum();
        assert_eq!(total, 8);
        let lengths = s.map(&words, String::len).unordered();
        assert_eq!(lengths.map(Result::unwrap).sum::<usize>(), 8);
    });
}

/// Many scopes at once on one pool, from several threads, with cancels, keep their tasks apart.
#[test]
fn scopes_share_a_pool() {
    const THREADS: usize = 4;
    const ROUNDS: usize = 100;
    let _watchdog = watchdog();
    let executor = Arc::new(ThreadPoolExecutor::new(2));
    let total = Arc::new(Counter::new());
    let borrowers: Vec<_> = (0..THREADS)
        .map(|thread| {
            let (executor, total) = (Arc::clone(&executor), Arc::clone(&total));
            checked_spawn(move || {
                for round in 0..ROUNDS {
                    let ran = AtomicUsize::new(0);
                    let outcome = catch_unwind(AssertUnwindSafe(|| {
                        executor.scope(|s| {
                            for _ in 0..10 {
                                drop(s.submit(|| ran.fetch_add(1, Ordering::Relaxed)));
                            }
                            assert!((thread + round) % 5 != 0, "leaves by a panic");
                        });
                    }));
                    assert!(outcome.is_err() || count(&ran) == 10);
                    total.add(1);
                }
            })
        })
        .collect();
    for borrower in borrowers {
        borrower.join();
    }
    assert_eq!(total.get(), THREADS * ROUNDS);
    assert_eq!(executor.cancel_pending(), 0);
}

/// A map may be read after its scope, and a scope ends when all of its items have, read or not.
#[test]
fn a_map_is_over_when_its_scope_is() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(2);
    let words: Vec<String> = (0..600).map(|n| n.to_string()).collect();
    let ran = Counter::new();
    let unread = executor.scope(|s| {
        drop(s.map(&words, |_| ran.add(1)));
        s.map(&words, String::len)
    });
    assert_eq!(ran.get(), 600);
    let lengths = unread.into_vec().unwrap();
    assert!(lengths.into_iter().eq(words.iter().map(String::len)));
}

/// A panic of the scope's closure cancels what its maps have not started, and waits for what runs.
#[test]
fn a_panic_cancels_the_maps_of_a_scope() {
    let _watchdog = watchdog();
    let executor = Arc::new(ThreadPoolExecutor::new(1));
    let [reached, panics, go] = [(); 3].map(|()| Arc::new(Flag::new()));
    let caller = checked_spawn({
        let executor = Arc::clone(&executor);
        let (panics, go) = (Arc::clone(&panics), Arc::clone(&go));
        move || {
            let ran = Counter::new();
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                executor.scope(|s| {
                    let _unread = s.map(0..600, |n| {
                        ran.add(1);
                        if n == 300 {
                            reached.set();
                            go.wait();
                        }
                    });
                    reached.wait();
                    panics.set();
                    // Nothing else that it could sleep for: no message.
                    resume_unwind(Box::new("the closure"));
                });
            }));
            assert!(outcome.is_err());
            ran.get()
        }
    });
    panics.wait();
    caller.wait_until_asleep();
    go.set();
    assert_eq!(caller.join(), 301);
    assert_eq!(executor.submit(|| 7).result().unwrap(), 7);
}
