//! How an `imap` ends before its input does: dropped, interrupted, with its worker or with its pool.

use std::iter;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use pythreads_multiprocessing_pool::{Exception, ExceptionKind, ThreadPool};
use pythreads_threading::Thread;
use test_support::{Counter, Flag, checked_spawn, delay, watchdog};

use crate::busy::Busy;
use crate::imap::kinds;

/// Dropped, a map drops what nobody has started, waits for nothing, and its function goes when the last item has ended.
#[test]
fn u8_a_dropped_map_drops_what_has_not_started() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(1);
    let (running, release) = (Arc::new(Flag::new()), Arc::new(Flag::new()));
    let (captured, ran) = (Arc::new(()), Arc::new(Counter::new()));
    let mut map = pool.imap(iter::repeat_with(|| Arc::clone(&captured)), {
        let (running, release, ran) =
            (Arc::clone(&running), Arc::clone(&release), Arc::clone(&ran));
        move |item| {
            running.set();
            release.wait();
            ran.add(1);
            item
        }
    });
    assert!(map.next_timeout(*delay::SHORT).is_err());
    running.wait();
    drop(map);
    assert_eq!(Arc::strong_count(&captured), 2, "the one that runs");
    release.set();
    pool.close();
    pool.join();
    assert_eq!((Arc::strong_count(&captured), ran.get()), (1, 1));
    assert_eq!(Arc::strong_count(&ran), 1, "the function is gone");
}

/// Inputs and results whose destructors panic end no worker, and leave neither `drop` nor `terminate`.
#[test]
fn u8_destructors_that_panic_reach_nobody() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("dropped");
        }
    }
    let _watchdog = watchdog();
    let pool = ThreadPool::new(1);
    let busy = Busy::new(&pool, 1);
    let mut map = pool
        .imap(iter::repeat_with(|| Bomb), |bomb| bomb)
        .buffersize(3);
    assert!(map.try_next().is_err());
    drop(map);
    busy.release();
    let mut map = pool.imap(0.., |_| Bomb).buffersize(3);
    std::mem::forget(map.next());
    pool.apply(|| ()).unwrap();
    drop(map);
    let busy = Busy::new(&pool, 1);
    let mut map = pool
        .imap(iter::repeat_with(|| Bomb), std::mem::forget)
        .buffersize(3);
    assert!(map.next_timeout(*delay::SHORT).is_err());
    pool.terminate();
    busy.release();
    assert_eq!(
        map.next().unwrap().unwrap_err().kind(),
        ExceptionKind::Cancelled
    );
}

/// A reader that is interrupted loses nothing, in its wait as in its input.
#[test]
fn i7_an_interrupt_loses_nothing() {
    let _watchdog = watchdog();
    for in_input in [false, true] {
        let pool = Arc::new(ThreadPool::new(1));
        let busy = Busy::new(&pool, 1);
        let waits = Arc::new(Flag::new());
        let reader = Thread::new({
            let (pool, waits) = (Arc::clone(&pool), Arc::clone(&waits));
            move || {
                let mut asked = 0;
                let input = iter::from_fn(|| {
                    asked += 1;
                    if in_input && asked == 2 {
                        waits.set();
                        pythreads_threading::sleep(Duration::MAX);
                    }
                    (asked < 4).then_some(asked)
                });
                let mut map = pool.imap(input, |n| n);
                waits.set();
                let interrupted = pythreads_threading::interruptible(|| map.next());
                assert_eq!(interrupted.unwrap_err().message(), "enough");
                pool.terminate();
                let left = kinds(map);
                assert!(!left.is_empty(), "{left:?}");
            }
        });
        reader.start();
        waits.wait();
        while reader.raise_exception("enough").is_err() {}
        reader.join().unwrap();
        busy.release();
    }
}

/// What is raised in a worker hits the item that it runs, and not the next one.
#[test]
fn y6_an_exception_raised_in_a_worker_ends_its_item_only() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(1);
    let worker = pool.apply(pythreads_threading::current_thread).unwrap();
    let running = Arc::new(Flag::new());
    let map = pool.imap(0..3, {
        let running = Arc::clone(&running);
        move |n| {
            if n == 0 {
                running.set();
                pythreads_threading::sleep(Duration::MAX);
            }
            pythreads_threading::check_interrupt();
            n
        }
    });
    let raiser = checked_spawn(move || {
        running.wait();
        worker.raise_exception("stop").unwrap();
    });
    assert_eq!(kinds(map), [Err(ExceptionKind::Interrupted), Ok(1), Ok(2)]);
    raiser.join();
}

/// Workers are replaced after their share of chunks, and no item is lost.
#[test]
fn y4_workers_are_replaced_between_the_chunks_of_an_imap() {
    let _watchdog = watchdog();
    let builder = ThreadPool::builder().processes(1).maxtasksperchild(2);
    let pool = builder.build().unwrap();
    let map = pool.imap(0..20, |_| pythreads_threading::get_ident());
    let mut workers: Vec<_> = map.map(Result::unwrap).collect();
    assert_eq!(workers.len(), 20);
    workers.dedup();
    assert_eq!(workers.len(), 10);
}

/// A pool whose initializer fails is the failure of what was taken.
#[test]
fn y4_a_failing_initializer_is_the_failure_of_an_imap() {
    let _watchdog = watchdog();
    let builder = ThreadPool::builder().processes(1);
    let pool = builder.initializer(|| panic!("broken")).build().unwrap();
    let kinds = kinds(pool.imap(0.., |n| n));
    let expected = Err(ExceptionKind::BrokenPool);
    assert!(!kinds.is_empty() && kinds.iter().all(|kind| *kind == expected));
}

/// Maps that race with the end of their pool: each input that was taken has one result, and nobody waits for ever.
#[test]
fn i9_i12_imaps_race_with_close_and_terminate() {
    let _watchdog = watchdog();
    for round in 0..200 {
        let pool = Arc::new(ThreadPool::new(2));
        let begun = Arc::new(Counter::new());
        let readers = [1, 3].map(|chunksize| {
            let (pool, begun) = (Arc::clone(&pool), Arc::clone(&begun));
            checked_spawn(move || {
                let taken = AtomicUsize::new(0);
                // ORDERING: SeqCst, so that the test does not depend on the orderings of what it tests.
                let input = iter::repeat_with(|| taken.fetch_add(1, Ordering::SeqCst));
                let map = pool.chunksize(chunksize).imap(input, |n| n);
                let mut last = None;
                let mut results = 0;
                for result in map {
                    last = result.as_ref().err().map(Exception::kind);
                    match result {
                        Ok(n) => assert_eq!(n, results),
                        Err(exception) => assert!(
                            exception.is_cancelled() || last == Some(ExceptionKind::ShutDown),
                            "{exception:?}"
                        ),
                    }
                    results += 1;
                    begun.add(1);
                }
                // ORDERING: as above.
                (last, taken.load(Ordering::SeqCst) - results)
            })
        });
        begun.wait_for(round % 50);
        if round % 2 == 0 {
            pool.close();
        } else {
            pool.terminate();
        }
        for reader in readers {
            let (end, unaccounted) = reader.join();
            assert_eq!(end, Some(ExceptionKind::ShutDown));
            assert_eq!(unaccounted, 0, "inputs without a result");
        }
        pool.join();
    }
}
