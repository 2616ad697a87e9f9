//! How long workers live, what they run last, and how many there are.

use std::sync::Arc;
use std::time::{Duration, Instant};

use pythreads_concurrent_futures::{PoolStats, ThreadPoolExecutor, ThreadPoolExecutorBuilder};
use pythreads_threading::get_ident;
use test_support::{Counter, checked_spawn, delay, watchdog};

use crate::occupied::Occupied;

fn until(executor: &ThreadPoolExecutor, reached: impl Fn(PoolStats) -> bool) {
    while !reached(executor.stats()) {
        std::thread::yield_now();
    }
}

fn builder(max_workers: usize) -> ThreadPoolExecutorBuilder {
    ThreadPoolExecutor::builder().max_workers(max_workers)
}

/// A worker without a task ends after its time, and others are started as tasks come.
#[test]
fn p5_idle_workers_end_after_a_while() {
    let _watchdog = watchdog();
    let executor = builder(3).idle_timeout(*delay::SHORT).build().unwrap();
    let start = Instant::now();
    drop(Occupied::all(&executor, 3));
    until(&executor, |stats| stats.workers == 0);
    assert!(start.elapsed() >= *delay::SHORT);
    for n in 0..20 {
        assert_eq!(executor.submit(move || n).result().unwrap(), n);
    }
    executor.shutdown();
    assert_eq!(executor.stats().workers, 0);
}

/// Tasks that come just when workers give up waiting are neither lost nor kept waiting.
#[test]
fn p6_ends_race_with_submits() {
    let _watchdog = watchdog();
    let executor = Arc::new(
        builder(2)
            .idle_timeout(Duration::from_micros(50))
            .build()
            .unwrap(),
    );
    let producers = [(); 3].map(|()| {
        let executor = Arc::clone(&executor);
        checked_spawn(move || {
            for n in 0..500_u32 {
                assert_eq!(executor.submit(move || n).result().unwrap(), n);
                if n % 3 == 0 {
                    let pause = Instant::now() + Duration::from_micros(u64::from(n % 100));
                    while Instant::now() < pause {
                        std::thread::yield_now();
                    }
                }
            }
        })
    });
    for producer in producers {
        producer.join();
    }
    until(&executor, |stats| stats.workers == 0);
    executor.shutdown();
}

/// No time at all: each worker ends as soon as there is nothing to do.
#[test]
fn p5_no_idle_time() {
    let _watchdog = watchdog();
    let executor = builder(2).idle_timeout(Duration::ZERO).build().unwrap();
    for n in 0..200 {
        assert_eq!(executor.submit(move || n).result().unwrap(), n);
    }
}

/// The finalizer runs once in each worker, in its thread, before the end of the pool has been waited for.
#[test]
fn finalizers_run_once_in_each_worker() {
    let _watchdog = watchdog();
    let idents = Arc::new(parking_lot::Mutex::new((Vec::new(), Vec::new())));
    let (first, last) = (Arc::clone(&idents), Arc::clone(&idents));
    let executor = builder(3)
        .initializer(move || first.lock().0.push(get_ident()))
        .finalizer(move || last.lock().1.push(get_ident()))
        .build()
        .unwrap();
    drop(Occupied::all(&executor, 3));
    executor.shutdown();
    let mut idents = idents.lock().clone();
    idents.0.sort_unstable();
    idents.1.sort_unstable();
    assert_eq!(idents.0.len(), 3);
    assert_eq!(idents.0, idents.1);
}

/// A worker that ends for want of tasks runs it too, and a panic of it harms nobody.
#[test]
fn finalizers_may_panic() {
    let _watchdog = watchdog();
    let ran = Arc::new(Counter::new());
    let counts = Arc::clone(&ran);
    let builder = builder(1).idle_timeout(Duration::ZERO).finalizer(move || {
        counts.add(1);
        panic!("a finalizer fails");
    });
    let executor = builder.build().unwrap();
    assert_eq!(executor.submit(|| 1).result().unwrap(), 1);
    ran.wait_for(1);
    assert_eq!(executor.submit(|| 2).result().unwrap(), 2);
    executor.shutdown();
}

/// A worker whose initializer failed has nothing to finalize.
#[test]
fn p20_no_finalizer_without_initializer() {
    let _watchdog = watchdog();
    let ran = Arc::new(());
    let counts = Arc::clone(&ran);
    let builder = builder(1).initializer(|| panic!("no tools"));
    let builder = builder.finalizer(move || unreachable!("{counts:?}"));
    let executor = builder.build().unwrap();
    assert!(executor.submit(|| ()).result().is_err());
    executor.shutdown();
    drop(executor);
    assert_eq!(Arc::strong_count(&ran), 1);
}

/// An eager pool has all its workers before the first task.
#[test]
fn p3_an_eager_pool_starts_at_once() {
    let _watchdog = watchdog();
    let executor = builder(3).eager(true).build().unwrap();
    assert_eq!(executor.stats().workers, 3);
    assert_eq!(builder(3).build().unwrap().stats().workers, 0);
}

/// The figures are those of the moment.
#[test]
fn stats_are_of_the_moment() {
    let _watchdog = watchdog();
    let executor = builder(2).build().unwrap();
    let figures = || {
        let stats = executor.stats();
        (stats.workers, stats.idle, stats.pending)
    };
    assert_eq!(figures(), (0, 0, 0));
    let busy = Occupied::all(&executor, 2);
    let queued = [(); 3].map(|()| executor.submit(|| ()));
    assert_eq!(figures(), (2, 0, 3));
    assert!(queued[1].cancel());
    assert_eq!(figures(), (2, 0, 2), "what is cancelled is not pending");
    busy.release();
    until(&executor, |stats| stats.idle == 2);
    assert_eq!(figures(), (2, 2, 0));
}
