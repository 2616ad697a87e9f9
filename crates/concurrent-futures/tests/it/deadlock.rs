//! Waits that would never end are reported, or run what they wait for; and no other ones are (P23).

use std::sync::{Arc, OnceLock};

use pythreads_concurrent_futures::{
    Exception, ExceptionKind, Future, Map, ReturnWhen, SharedFuture, ThreadPoolExecutor,
    as_completed, promise, wait,
};
use pythreads_sync_primitives::Lock;
use pythreads_threading::{ThreadReport, WaitKind, dump, get_ident};
use test_support::{Counter, Flag, delay, watchdog};

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

/// Whether a worker of the pool of that name sleeps for such a thing.
fn one_sleeps(name: &str, kind: WaitKind) -> bool {
    let sleeps = |thread: &ThreadReport| {
        thread.name().starts_with(name) && thread.waiting().is_some_and(|wait| wait.kind == kind)
    };
    dump().threads().iter().any(sleeps)
}

fn until(condition: impl Fn() -> bool) {
    while !condition() {
        std::thread::yield_now();
    }
}

/// A wait for room in a bounded pool is not followed: somebody outside may make room, as by a cancel. So a circle that leads
/// through one is not reported.
#[test]
fn p23_a_wait_for_room_can_end() {
    let _watchdog = watchdog();
    let named = |name| {
        ThreadPoolExecutor::builder()
            .max_workers(1)
            .thread_name_prefix(name)
    };
    let submitting: Pool = Arc::new(named("submits to a full pool").build().unwrap());
    let full = named("is full").max_pending(1).build();
    let full: Pool = Arc::new(full.unwrap());
    let table = Table::of(2);
    let busy = full.submit({
        let table: Arc<Table<usize>> = Arc::clone(&table);
        move || *table.get(1).result().unwrap()
    });
    // It is begun, and out of the queue.
    until(|| busy.running());
    let queued = full.submit(|| ());
    let submitter = submitting.submit({
        let full = Arc::clone(&full);
        move || {
            drop(full.submit(|| ()));
            7
        }
    });
    until(|| one_sleeps("submits to a full pool", WaitKind::Queue));
    table.enter(1, submitter);
    table.enter(0, busy);
    let waiting = table.get(0);
    until(|| one_sleeps("is full", WaitKind::Future) || waiting.done());
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

/// A task of the stress: waits for some of the tasks before it, in one of all ways.
fn random_task(
    at: usize,
    pools: &[Pool],
    before: &[SharedFuture<u64>],
    mut dice: fastrand::Rng,
) -> u64 {
    let expected: u64 = before.len() as u64;
    let ok = |future: &SharedFuture<u64>| u64::from(*future.result().unwrap() > 0);
    let own = &pools[at % pools.len()];
    let children = |dice: &mut fastrand::Rng| -> Vec<Future<u64>> {
        let count = dice.usize(0..4);
        (0..count).map(|_| own.submit(|| 1)).collect()
    };
    let mut sum = match dice.u8(0..5) {
        0 => before.iter().map(ok).sum(),
        1 => as_completed(before).map(ok).sum(),
        2 => {
            let mut left: Vec<_> = before.iter().enumerate().collect();
            let mut sum = 0;
            while !left.is_empty() {
                let tagged = left.into_iter().map(|(tag, future)| (future, tag));
                let sorted = wait(tagged, ReturnWhen::FirstCompleted);
                sum += sorted
                    .done
                    .iter()
                    .map(|(future, _)| ok(future))
                    .sum::<u64>();
                left = sorted
                    .not_done
                    .into_iter()
                    .map(|(future, tag)| (tag, future))
                    .collect();
            }
            sum
        }
        3 => {
            let sorted = wait(before, ReturnWhen::AllCompleted);
            sorted.done.into_iter().map(ok).sum()
        }
        _ => own.scope(|s| {
            let sums: Vec<_> = before
                .iter()
                .map(|future| s.submit(move || ok(future)))
                .collect();
            as_completed(sums).map(|sum| sum.result().unwrap()).sum()
        }),
    };
    // Duplicates count once, but with tags or in turn.
    assert!(sum <= expected);
    let children = children(&mut dice);
    sum += if dice.bool() {
        as_completed(children)
            .map(|child| child.result().unwrap())
            .sum::<u64>()
    } else {
        children
            .into_iter()
            .map(|child| child.result().unwrap())
            .sum()
    };
    sum + 1
}

/// Tasks that wait for tasks handed over before them, in all ways, over several pools: nothing is deadlocked, and nobody is
/// told so.
#[test]
fn p23_no_false_alarm() {
    const TASKS: usize = 60;
    const ROUNDS: u64 = 150;
    let _watchdog = watchdog();
    for seed in 0..ROUNDS {
        let mut dice = fastrand::Rng::with_seed(seed);
        let pools: Vec<_> = (0..dice.usize(1..4))
            .map(|_| pool(dice.usize(1..4)))
            .collect();
        let mut futures: Vec<SharedFuture<u64>> = Vec::new();
        for at in 0..TASKS {
            let count = if futures.is_empty() {
                0
            } else {
                dice.usize(0..5)
            };
            let before = (0..count).map(|_| futures[dice.usize(..futures.len())].clone());
            let before: Vec<_> = before.collect();
            let (theirs, dice) = (pools.clone(), dice.fork());
            let executor = &pools[at % pools.len()];
            let future = executor.submit(move || random_task(at, &theirs, &before, dice));
            futures.push(future.shared());
        }
        for (at, future) in futures.iter().enumerate() {
            assert!(
                future.exception().is_none(),
                "seed {seed}, task {at}: {:?}",
                future.exception()
            );
        }
    }
}

/// A worker that reads a map of its own pool is told what it would be told of tasks: an item waits for the reader.
#[test]
fn p23_a_map_whose_item_waits_for_its_reader_is_reported() {
    let _watchdog = watchdog();
    let reads: [fn(Map<bool>) -> Vec<bool>; 3] = [
        |map| map.map(Result::unwrap).collect(),
        |map| map.unordered().map(Result::unwrap).collect(),
        |map| map.into_vec().unwrap(),
    ];
    for workers in 1..=3 {
        for read in reads {
            for items in [1, 3, 600] {
                let executor = pool(workers);
                let table = Table::of(1);
                let (inner, of_item) = (Arc::clone(&executor), Arc::clone(&table));
                let reader = executor.submit(move || {
                    let items = inner.map(0..items, move |n| {
                        n + 1 == items
                            && of_item
                                .get(0)
                                .result()
                                .is_err_and(|exception| is_deadlock(&exception))
                    });
                    read(items).into_iter().filter(|told| *told).count()
                });
                table.enter(0, reader);
                let told = match table.get(0).result() {
                    Ok(told) => *told,
                    Err(exception) => usize::from(is_deadlock(&exception)),
                };
                assert_eq!(told, 1, "{workers} workers, {items} items");
                assert_eq!(executor.submit(|| 7).result().unwrap(), 7);
            }
        }
    }
}

/// The same if the map was made elsewhere, and read by a worker of another pool.
#[test]
fn p23_a_map_that_another_pool_reads_is_reported() {
    let _watchdog = watchdog();
    for unordered in [false, true] {
        let (own, other) = (pool(2), pool(1));
        let table = Table::of(1);
        let of_item = Arc::clone(&table);
        let map = own.map(0..10, move |n| {
            n == 5
                && of_item
                    .get(0)
                    .result()
                    .is_err_and(|exception| is_deadlock(&exception))
        });
        let reader = other.submit(move || {
            if unordered {
                map.unordered()
                    .filter(|told| *told.as_ref().unwrap())
                    .count()
            } else {
                map.filter(|told| *told.as_ref().unwrap()).count()
            }
        });
        table.enter(0, reader);
        let told = match table.get(0).result() {
            Ok(told) => *told,
            Err(exception) => usize::from(is_deadlock(&exception)),
        };
        assert_eq!(told, 1);
    }
}

/// The claims of one wait for any item after the other cost the same, however many items there are.
#[test]
fn p23_many_items_on_a_saturated_pool() {
    const ITEMS: usize = 100_000;
    let _watchdog = watchdog();
    let executor = pool(1);
    let inner = Arc::clone(&executor);
    let outer = executor.submit(move || inner.map(0..ITEMS, |n| n).unordered().count());
    assert_eq!(outer.result().unwrap(), ITEMS);
}

/// Items that wait for a thread outside are no circle, whoever reads them and from wherever.
#[test]
fn p23_items_that_wait_for_somebody_outside_are_left_alone() {
    let _watchdog = watchdog();
    for round in 0..12_usize {
        let (workers, unordered) = (1 + round % 3, round % 2 == 0);
        let executor = pool(workers);
        let (go, begun) = (Arc::new(Flag::new()), Arc::new(Counter::new()));
        let inner = Arc::clone(&executor);
        let outer = executor.submit({
            let (go, begun) = (Arc::clone(&go), Arc::clone(&begun));
            move || {
                let map = inner.map(0..300, move |n| {
                    begun.add(1);
                    go.wait();
                    n
                });
                let sum = |results: &mut dyn Iterator<Item = _>| -> Result<u64, Exception> {
                    results.sum()
                };
                if unordered {
                    sum(&mut map.unordered())
                } else {
                    sum(&mut { map })
                }
            }
        });
        begun.wait_for(1);
        pythreads_threading::sleep(*delay::SHORT); // the others fall asleep
        go.set();
        assert_eq!(outer.result().unwrap().unwrap(), 300 * 299 / 2);
    }
}

/// A map inside each item of a map, over a scope, on pools with fewer workers than maps.
#[test]
fn p23_maps_inside_maps_end() {
    let _watchdog = watchdog();
    for workers in 1..=3 {
        let executor = pool(workers);
        let sum = executor.scope(|s| {
            let executor = &executor;
            let items = s.map(0..20_u64, move |n| {
                let inner: u64 =
                    executor.scope(|s| s.map(0..n, |m| m).unordered().map(Result::unwrap).sum());
                inner + executor.map(0..n, |m| m).map(Result::unwrap).sum::<u64>()
            });
            items.unordered().map(Result::unwrap).sum::<u64>()
        });
        assert_eq!(sum, (0..20).map(|n: u64| n * n.saturating_sub(1)).sum());
    }
}
