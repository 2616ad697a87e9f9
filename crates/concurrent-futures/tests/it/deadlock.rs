//! Waits that would never end are reported, or run what they wait for; and no other ones are (P23).

use std::sync::{Arc, OnceLock};

use pythreads_concurrent_futures::{
    Exception, ExceptionKind, Future, ReturnWhen, SharedFuture, ThreadPoolExecutor, as_completed,
    promise, wait,
};
use pythreads_sync_primitives::Lock;
use pythreads_threading::{WaitKind, get_ident};
use test_support::{Counter, Flag, delay, watchdog};

use crate::named_pool::{NamedPool, until};

mod maps;
mod stress;

type Pool = Arc<ThreadPoolExecutor>;

fn pool(workers: usize) -> Pool {
    Arc::new(ThreadPoolExecutor::new(workers))
}

fn is_deadlock(exception: &Exception) -> bool {
    exception.kind() == ExceptionKind::Deadlock
}

/// Futures that tasks look up once all of them are there.
struct Table<T> {
    futures: Vec<OnceLock<SharedFuture<T>>>,
    complete: Flag,
}

impl<T: Send + Sync + 'static> Table<T> {
    fn of(length: usize) -> Arc<Self> {
        Arc::new(Self {
            futures: (0..length).map(|_| OnceLock::new()).collect(),
            complete: Flag::new(),
        })
    }

    fn enter(&self, at: usize, future: Future<T>) {
        assert!(self.futures[at].set(future.shared()).is_ok());
        if self.futures.iter().all(|future| future.get().is_some()) {
            self.complete.set();
        }
    }

    fn get(&self, at: usize) -> &SharedFuture<T> {
        self.complete.wait();
        self.futures[at % self.futures.len()].get().unwrap()
    }
}

/// Task `n` runs in pool `n`, counted round, and waits for the next one. Returns what each wait came to: tasks that run at the
/// same time, if there are workers enough.
fn ring(pools: &[Pool], length: usize) -> Vec<Result<(), Exception>> {
    let table = Table::of(length);
    for at in 0..length {
        let next = Arc::clone(&table);
        let future = pools[at % pools.len()].submit(move || {
            let next: &SharedFuture<Result<(), Exception>> = next.get(at + 1);
            next.result().map(|_| ())
        });
        table.enter(at, future);
    }
    let ends = (0..length).map(|at| table.get(at).result().unwrap().clone());
    ends.collect()
}

/// One wait of a ring fails, and the others end because of that.
fn assert_one_fails(ends: &[Result<(), Exception>]) {
    let failed: Vec<_> = ends.iter().filter_map(|end| end.as_ref().err()).collect();
    assert_eq!(failed.len(), 1, "{failed:?}");
    assert!(is_deadlock(failed[0]), "{failed:?}");
}

/// A task that waits for itself, two that wait for each other, and more.
#[test]
fn p23_a_ring_of_running_tasks_is_reported() {
    let _watchdog = watchdog();
    for length in 1..=5 {
        assert_one_fails(&ring(&[pool(length)], length));
    }
}

/// The same across pools.
#[test]
fn p23_a_ring_over_several_pools_is_reported() {
    let _watchdog = watchdog();
    for pools in 2..=3 {
        let single: Vec<_> = (0..pools).map(|_| pool(1)).collect();
        assert_one_fails(&ring(&single, pools));
        let double: Vec<_> = (0..pools).map(|_| pool(2)).collect();
        assert_one_fails(&ring(&double, 2 * pools));
    }
}

/// Each worker is busy with a task that waits for one that is queued behind it, or behind the next: nobody can start those.
#[test]
fn p23_pools_that_wait_for_each_others_queues_are_reported() {
    let _watchdog = watchdog();
    for count in 2..=3 {
        let pools: Vec<_> = (0..count).map(|_| pool(1)).collect();
        let queued = Table::of(count);
        let waiting: Vec<_> = (0..count)
            .map(|at| {
                let queued: Arc<Table<usize>> = Arc::clone(&queued);
                pools[at].submit(move || queued.get(at + 1).result().copied())
            })
            .collect();
        for (at, pool) in pools.iter().enumerate() {
            queued.enter(at, pool.submit(move || at));
        }
        let ends: Vec<_> = waiting
            .into_iter()
            .map(|end| end.result().unwrap())
            .collect();
        let failed: Vec<_> = ends.iter().filter_map(|end| end.as_ref().err()).collect();
        assert!(failed.len() == 1 && is_deadlock(failed[0]), "{ends:?}");
        for at in 0..count {
            assert_eq!(*queued.get(at).result().unwrap(), at);
        }
    }
}

/// Waits that have no result to put it in raise it, and the task fails with it.
#[test]
fn p23_every_wait_reports() {
    type Wait = fn(&SharedFuture<()>);
    let _watchdog = watchdog();
    let waits: [(&str, Wait); 6] = [
        ("result", |own| {
            if let Err(deadlock) = own.result() {
                deadlock.resume()
            }
        }),
        ("wait", SharedFuture::wait),
        ("wait for all", |own| {
            _ = wait([own], ReturnWhen::AllCompleted);
        }),
        ("wait for the first", |own| {
            _ = wait([own], ReturnWhen::FirstCompleted);
        }),
        ("wait for a failure", |own| {
            _ = wait([own], ReturnWhen::FirstException);
        }),
        ("as_completed", |own| _ = as_completed([own]).next()),
    ];
    for (name, wait) in waits {
        let table = Table::of(1);
        let own = Arc::clone(&table);
        table.enter(0, pool(1).submit(move || wait(own.get(0))));
        let exception = table.get(0).exception().unwrap();
        assert!(is_deadlock(&exception), "{name}: {exception}");
    }
}

/// The pool goes on after a report.
#[test]
fn p23_a_report_costs_nothing_else() {
    let _watchdog = watchdog();
    let executor = pool(2);
    for _ in 0..100 {
        assert_one_fails(&ring(&[Arc::clone(&executor)], 2));
    }
    assert_eq!(executor.submit(|| 7).result().unwrap(), 7);
}

/// A wait for the first of several tasks of a pool whose workers all wait so.
#[test]
fn p23_waits_for_the_first_on_a_saturated_pool() {
    const TASKS: u64 = 20;
    let _watchdog = watchdog();
    let reads: [fn(&Pool) -> u64; 4] = [
        |pool| {
            let futures = (0..TASKS).map(|n| pool.submit(move || n));
            let futures: Vec<_> = futures.collect();
            as_completed(futures)
                .map(|future| future.result().unwrap())
                .sum()
        },
        |pool| {
            let numbers = pool.map(0..TASKS, |n| n).unordered();
            numbers.map(Result::unwrap).sum()
        },
        |pool| {
            let mut left: Vec<_> = (0..TASKS).map(|n| pool.submit(move || n)).collect();
            let mut sum = 0;
            while !left.is_empty() {
                let sorted = wait(left, ReturnWhen::FirstCompleted);
                sum += sorted
                    .done
                    .into_iter()
                    .map(|done| done.result().unwrap())
                    .sum::<u64>();
                left = sorted.not_done;
            }
            sum
        },
        |pool| {
            let futures = (0..TASKS).map(|n| pool.submit(move || n));
            let sorted = wait(futures, ReturnWhen::FirstException);
            assert!(sorted.not_done.is_empty());
            sorted
                .done
                .into_iter()
                .map(|done| done.result().unwrap())
                .sum()
        },
    ];
    for workers in 1..=3 {
        for read in reads {
            let executor = pool(workers);
            let outer: Vec<_> = (0..2 * workers)
                .map(|_| {
                    let inner = Arc::clone(&executor);
                    executor.submit(move || read(&inner))
                })
                .collect();
            for sum in outer {
                assert_eq!(sum.result().unwrap(), TASKS * (TASKS - 1) / 2);
            }
        }
    }
}

/// What continues a task of the pool is waited for like the task itself.
#[test]
fn p23_continuations_on_a_saturated_pool() {
    let _watchdog = watchdog();
    let executor = pool(1);
    let inner = Arc::clone(&executor);
    let outer = executor.submit(move || {
        let futures: Vec<_> = (0..20)
            .map(|n| inner.submit(move || n).map(|n| n + 1))
            .collect();
        as_completed(futures)
            .map(|future| future.result().unwrap())
            .sum::<u64>()
    });
    assert_eq!(outer.result().unwrap(), 210);
}

/// The claims of one wait after the other cost the same, however many tasks there are.
#[test]
fn p23_many_tasks_on_a_saturated_pool() {
    const TASKS: usize = 30_000;
    let _watchdog = watchdog();
    let executor = pool(1);
    let inner = Arc::clone(&executor);
    let outer = executor.submit(move || {
        let futures: Vec<_> = (0..TASKS).map(|_| inner.submit(|| ())).collect();
        as_completed(futures).count()
    });
    assert_eq!(outer.result().unwrap(), TASKS);
}

/// While another worker can run something, a wait for the first runs nothing: the one task waits for the waiter.
#[test]
fn p23_a_wait_for_the_first_claims_only_when_nothing_else_can_run() {
    let _watchdog = watchdog();
    let executor = pool(2);
    for _ in 0..200 {
        let inner = Arc::clone(&executor);
        let outer = executor.submit(move || {
            let here = get_ident();
            let go = Arc::new(Flag::new());
            let first = inner.submit(get_ident);
            let second = inner.submit({
                let go = Arc::clone(&go);
                move || {
                    go.wait();
                    get_ident()
                }
            });
            let mut pending = as_completed([first, second]);
            let first = pending.next().unwrap().result().unwrap();
            go.set();
            let second = pending.next().unwrap().result().unwrap();
            assert!(first != here && second != here);
        });
        outer.result().unwrap();
    }
}

/// A pool that has not started all of its workers can run what is queued, although all workers that it has are asleep.
#[test]
fn p23_a_worker_that_may_be_started_counts() {
    let _watchdog = watchdog();
    for _ in 0..100 {
        let executor = pool(2);
        let inner = Arc::clone(&executor);
        let outer = executor.submit(move || {
            let futures = [(); 2].map(|()| inner.submit(get_ident));
            let ran_in = as_completed(futures).map(|future| future.result().unwrap());
            ran_in.filter(|ident| *ident == get_ident()).count()
        });
        assert_eq!(outer.result().unwrap(), 0);
    }
}

/// Who waits with a limit comes back by himself: he claims nothing, and nobody who waits for him is told that his wait
/// would never end.
#[test]
fn p23_a_wait_with_a_limit_can_end() {
    let _watchdog = watchdog();
    let executor = pool(2);
    let table = Table::of(2);
    for (at, is_limited) in [(0, true), (1, false)] {
        let next = Arc::clone(&table);
        let future = executor.submit(move || {
            let next: &SharedFuture<bool> = next.get(at + 1);
            if is_limited {
                !next.wait_timeout(*delay::SHORT)
            } else {
                *next.result().unwrap()
            }
        });
        table.enter(at, future);
    }
    assert!(*table.get(0).result().unwrap(), "the time ran out");
    assert!(
        *table.get(1).result().unwrap(),
        "and the other one heard of it"
    );
}

/// A thread outside the pools can end what a task waits for, however long that takes.
#[test]
fn p23_a_thread_outside_can_end_it() {
    let _watchdog = watchdog();
    let (a, b) = (pool(1), pool(1));
    let go = Arc::new(Flag::new());
    let asleep = Arc::new(Counter::new());
    let busy = b.submit({
        let go = Arc::clone(&go);
        move || go.wait()
    });
    let queued = b.submit(|| 7).shared();
    let waiting = a.submit({
        let (queued, asleep) = (queued.clone(), Arc::clone(&asleep));
        move || {
            asleep.add(1);
            *queued.result().unwrap()
        }
    });
    asleep.wait_for(1);
    assert!(!waiting.wait_timeout(*delay::SHORT));
    go.set();
    assert_eq!(waiting.result().unwrap(), 7);
    busy.result().unwrap();
}

/// A wait for room in a bounded pool is not followed: somebody outside may make room, as by a cancel. So a circle that leads
/// through one is not reported.
#[test]
fn p23_a_wait_for_room_can_end() {
    let _watchdog = watchdog();
    let one_worker = ThreadPoolExecutor::builder().max_workers(1);
    let full_pool = NamedPool::of(one_worker.max_pending(1));
    let submitting = NamedPool::new(1);
    let full = &full_pool.executor;
    let table = Table::of(2);
    let busy = full.submit({
        let table: Arc<Table<usize>> = Arc::clone(&table);
        move || *table.get(1).result().unwrap()
    });
    // It is begun, and out of the queue.
    until(|| busy.running());
    let queued = full.submit(|| ());
    let submitter = submitting.executor.submit({
        let full = Arc::clone(full);
        move || {
            drop(full.submit(|| ()));
            7
        }
    });
    submitting.until_asleep(1, WaitKind::Queue);
    table.enter(1, submitter);
    table.enter(0, busy);
    let waiting = table.get(0);
    until(|| full_pool.asleep(WaitKind::Future) == 1 || waiting.done());
    assert!(queued.cancel());
    assert_eq!(*waiting.result().unwrap(), 7);
}

/// Whoever has a promise can keep it.
#[test]
fn p23_a_promise_can_end_it() {
    let _watchdog = watchdog();
    let executor = pool(1);
    let (promise, promised) = promise();
    let waiting = executor.submit(move || promised.result().unwrap());
    assert!(!waiting.wait_timeout(*delay::SHORT));
    promise.set_result(7).unwrap();
    assert_eq!(waiting.result().unwrap(), 7);
}

/// A worker of a pool never runs a task inside `submit`: it may hold what the task needs.
#[test]
fn p23_a_submitter_may_hold_a_lock_that_its_task_needs() {
    let _watchdog = watchdog();
    let executor = pool(1);
    let inner = Arc::clone(&executor);
    let outer = executor.submit(move || {
        let lock = Arc::new(Lock::new(0));
        let mut guard = lock.acquire();
        let children: Vec<_> = (0..100)
            .map(|_| {
                let lock = Arc::clone(&lock);
                inner.submit(move || *lock.acquire() += 1)
            })
            .collect();
        *guard += 1;
        drop(guard);
        for child in children {
            child.result().unwrap();
        }
        *lock.acquire()
    });
    assert_eq!(outer.result().unwrap(), 101);
}

/// The end of a scope cannot fail, for its tasks borrow: who is in the circle with it does.
#[test]
fn p23_the_end_of_a_scope_is_never_the_victim() {
    let _watchdog = watchdog();
    for workers in 1..=2 {
        let executor = pool(workers);
        let table = Table::of(1);
        let (inner, own) = (Arc::clone(&executor), Arc::clone(&table));
        let outer = executor.submit(move || {
            let outer: &SharedFuture<bool> = own.get(0);
            let mut was_told = false;
            inner.scope(|s| {
                s.execute(|| was_told = is_deadlock(&outer.result().unwrap_err()));
            });
            was_told
        });
        table.enter(0, outer);
        assert!(*table.get(0).result().unwrap());
    }
}

/// Scopes end on a pool whose workers all are at the end of one, with tasks that were handed over late.
#[test]
fn p23_scopes_on_a_saturated_pool() {
    let _watchdog = watchdog();
    for workers in 1..=3 {
        let executor = pool(workers);
        let outer: Vec<_> = (0..2 * workers)
            .map(|_| {
                let inner = Arc::clone(&executor);
                executor.submit(move || {
                    let ran = Counter::new();
                    inner.scope(|s| {
                        for _ in 0..4 {
                            s.execute(|| {
                                ran.add(1);
                                s.execute(|| ran.add(1));
                            });
                        }
                    });
                    ran.get()
                })
            })
            .collect();
        for ran in outer {
            assert_eq!(ran.result().unwrap(), 8);
        }
    }
}

/// An initializer runs no tasks, and one that waits for its own pool is told.
#[test]
fn p23_an_initializer_that_waits_for_its_pool_is_reported() {
    let _watchdog = watchdog();
    let early = Table::of(1);
    let executor = ThreadPoolExecutor::builder()
        .max_workers(1)
        .initializer({
            let early: Arc<Table<()>> = Arc::clone(&early);
            move || early.get(0).wait()
        })
        .build()
        .unwrap();
    early.enter(0, executor.submit(|| ()));
    let exception = early.get(0).exception().unwrap();
    assert_eq!(exception.kind(), ExceptionKind::BrokenPool);
    assert!(exception.message().contains("never end"), "{exception}");
}

/// A destructor that runs while its task unwinds cannot raise: another one in the circle is told.
#[test]
fn p23_who_unwinds_is_not_the_victim() {
    struct WaitsOnDrop(Arc<Table<bool>>);
    impl Drop for WaitsOnDrop {
        fn drop(&mut self) {
            self.0.get(1).wait();
        }
    }
    let _watchdog = watchdog();
    let executor = pool(2);
    let table = Table::of(2);
    let waits = WaitsOnDrop(Arc::clone(&table));
    let unwinds = executor.submit(move || {
        let _waits = waits;
        panic!("unwinds")
    });
    let told = executor.submit({
        let table = Arc::clone(&table);
        move || is_deadlock(&table.get(0).result().unwrap_err())
    });
    table.enter(1, told);
    table.enter(0, unwinds);
    let unwound = table.get(0).exception().unwrap();
    let told = *table.get(1).result().unwrap();
    // Who sleeps last looks for a victim; if that is the one that may fail, all is as it would be without the destructor.
    assert_eq!(unwound.message(), "unwinds");
    assert!(told);
}
