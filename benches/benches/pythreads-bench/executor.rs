//! What does a task cost that does next to nothing, and a map?

mod claimed;
mod fib;
mod idle;
mod map;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use pythreads::concurrent::futures::{Future, ThreadPoolExecutor, as_completed};
use pythreads::threading::sleep;

use crate::clock::{Elapsed, Reading};
use crate::rivals::{Pool, Work, tokio_runtime, with_all_pools, with_pools};
use crate::scenario::{Scenario, Size, timed};
use crate::teams::together;

const DELIVERED: &str = "no task fails";

pub(crate) fn scenarios(size: Size) -> Vec<Scenario> {
    let mut scenarios = vec![
        burst("executor/burst-1p", 1, size),
        burst("executor/burst-4p", 4, size),
        round_trip_hot(size),
        round_trip_cold(size),
        claimed::scenario(),
        fib::scenario("executor/fib-24", size),
    ];
    scenarios.extend(map::scenarios(size));
    scenarios.extend([as_completed_100k(size), scope(size), idle::scenario()]);
    scenarios
}

pub(crate) fn scalable(size: Size) -> Vec<Scenario> {
    let mut scenarios = vec![
        burst("executor/burst-1p", 1, size),
        burst("executor/burst-4p", 4, size),
        fib::scenario("executor/fib-24", size),
    ];
    scenarios.extend(map::scenarios(size));
    scenarios
}

/// 100,000 tasks are submitted by so many threads, each of which then takes the results of its own.
fn burst(name: &str, producers: usize, size: Size) -> Scenario {
    let tasks = 100_000 / size.divisor;
    let burst = Burst {
        producers,
        share: tasks / producers as u64,
        threads: size.threads,
    };
    with_all_pools(Scenario::new(name, "task", tasks), burst)
}

#[derive(Clone, Copy)]
struct Burst {
    producers: usize,
    /// Tasks of each producer.
    share: u64,
    threads: usize,
}

impl Work for Burst {
    fn open<P: Pool>(self) -> impl FnMut(u64) -> Elapsed + 'static {
        let pool = P::new(self.threads);
        let submit_all = move |_, (): &mut ()| {
            let waits = (0..self.share).map(|number| pool.submit(move || number));
            let waits: Vec<_> = waits.collect();
            let sum: u64 = waits.into_iter().map(|wait| wait()).sum();
            assert_eq!(sum, self.share * (self.share - 1) / 2);
        };
        move |iterations| {
            let mut elapsed = Elapsed::default();
            for _ in 0..iterations {
                elapsed += together(&mut vec![(); self.producers], &submit_all);
            }
            elapsed
        }
    }
}

/// One task after the other, each waited for; the workers have just been busy.
fn round_trip_hot(size: Size) -> Scenario {
    let threads = size.threads;
    let hot = Hot { threads };
    with_pools(Scenario::new("executor/round-trip-hot", "task", 1), hot)
        .floor("micropool claims", move || {
            hot.open::<micropool::ThreadPool>()
        })
        .floor("rayon install", move || {
            let pool = <rayon::ThreadPool as Pool>::new(threads);
            trips(move |number| pool.install(|| number + 1))
        })
        .floor("parkring install", move || {
            let pool = parkring::ThreadPool::new(threads);
            trips(move |number| pool.install(|| number + 1))
        })
}

#[derive(Clone, Copy)]
struct Hot {
    threads: usize,
}

impl Work for Hot {
    fn open<P: Pool>(self) -> impl FnMut(u64) -> Elapsed + 'static {
        let pool = P::new(self.threads);
        trips(move |number| pool.submit(move || number + 1)())
    }
}

/// Each call with the result of the last.
fn trips(call: impl Fn(u64) -> u64) -> impl FnMut(u64) -> Elapsed {
    let mut number = 0;
    timed(move || {
        let next = call(number);
        assert_eq!(next, number + 1);
        number = next;
    })
}

/// The same, 10 ms after the last task: the workers sleep.
fn round_trip_cold(size: Size) -> Scenario {
    let threads = size.threads;
    let cold = Cold { threads };
    with_pools(Scenario::new("executor/round-trip-cold", "task", 1), cold)
        .floor("micropool claims", move || {
            cold.open::<micropool::ThreadPool>()
        })
}

#[derive(Clone, Copy)]
struct Cold {
    threads: usize,
}

impl Work for Cold {
    fn open<P: Pool>(self) -> impl FnMut(u64) -> Elapsed + 'static {
        let pool = P::new(self.threads);
        pool.submit(|| 0)();
        move |iterations| {
            let mut elapsed = Elapsed::default();
            for number in 0..iterations {
                sleep(Duration::from_millis(10));
                let start = Reading::now();
                let next = pool.submit(move || number + 1)();
                elapsed += start.elapsed();
                assert_eq!(next, number + 1);
            }
            elapsed
        }
    }
}

/// The results of 100,000 tasks, in the order in which they come.
fn as_completed_100k(size: Size) -> Scenario {
    let (tasks, threads) = (100_000 / size.divisor, size.threads);
    let expected = tasks * (tasks - 1) / 2;
    Scenario::new("executor/as-completed-100k", "task", tasks)
        .ours(move || {
            let executor = ThreadPoolExecutor::new(threads);
            timed(move || {
                let futures = (0..tasks).map(|number| executor.submit(move || number));
                let futures: Vec<_> = futures.collect();
                let results = as_completed(futures).map(Future::result);
                let sum = results.sum::<Result<u64, _>>().expect(DELIVERED);
                assert_eq!(sum, expected);
            })
        })
        .rival("crossbeam-channel threadpool", move || {
            let pool = threadpool::ThreadPool::new(threads);
            timed(move || {
                let (sender, receiver) = crossbeam_channel::unbounded();
                for number in 0..tasks {
                    let sender = sender.clone();
                    pool.execute(move || sender.send(number).expect(DELIVERED));
                }
                drop(sender);
                assert_eq!(receiver.into_iter().sum::<u64>(), expected);
            })
        })
        .rival("tokio JoinSet", move || {
            let runtime = tokio_runtime(threads);
            timed(move || {
                let sum = runtime.block_on(async {
                    let mut set = tokio::task::JoinSet::new();
                    for number in 0..tasks {
                        set.spawn_blocking(move || number);
                    }
                    let mut sum = 0;
                    while let Some(number) = set.join_next().await {
                        sum += number.expect(DELIVERED);
                    }
                    sum
                });
                assert_eq!(sum, expected);
            })
        })
}

/// 1,000 tasks that borrow a counter, waited for together.
fn scope(size: Size) -> Scenario {
    const TASKS: u64 = 1_000;
    let threads = size.threads;
    let add = |sum: &AtomicU64, number| {
        // ORDERING: Relaxed, the end of the scope orders it.
        sum.fetch_add(number, Ordering::Relaxed);
    };
    let check = |sum: AtomicU64| assert_eq!(sum.into_inner(), TASKS * (TASKS - 1) / 2);
    Scenario::new("executor/scope-1k", "task", TASKS)
        .ours(move || {
            let executor = ThreadPoolExecutor::new(threads);
            timed(move || {
                let sum = AtomicU64::new(0);
                let shared = &sum;
                executor.scope(|scope| {
                    (0..TASKS).for_each(|number| scope.execute(move || add(shared, number)));
                });
                check(sum);
            })
        })
        .rival("rayon", move || {
            let pool = <rayon::ThreadPool as Pool>::new(threads);
            timed(move || {
                let sum = AtomicU64::new(0);
                let shared = &sum;
                pool.in_place_scope(|scope| {
                    (0..TASKS).for_each(|number| scope.spawn(move |_| add(shared, number)));
                });
                check(sum);
            })
        })
        .rival("scoped_threadpool", move || {
            let threads = u32::try_from(threads).expect("a number of threads");
            let mut pool = scoped_threadpool::Pool::new(threads);
            timed(move || {
                let sum = AtomicU64::new(0);
                let shared = &sum;
                pool.scoped(|scope| {
                    (0..TASKS).for_each(|number| scope.execute(move || add(shared, number)));
                });
                check(sum);
            })
        })
}
