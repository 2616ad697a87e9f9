//! `map_lazy` and `MapLazy`.

use std::iter;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use pythreads_concurrent_futures::{Exception, ExceptionKind, MapLazy, ThreadPoolExecutor};
use pythreads_threading::Thread;
use test_support::child::{self, Child};
use test_support::{Counter, Flag, checked_spawn, delay, watchdog};

use crate::occupied::Occupied;

fn kinds<I>(map: MapLazy<'_, I, usize>) -> Vec<Result<usize, ExceptionKind>>
where
    I: Iterator<Item: Send + 'static>,
{
    let kind = |exception: Exception| exception.kind();
    map.map(|result| result.map_err(kind)).collect()
}

/// Any number of inputs, zipped by the caller; the shortest counts.
#[test]
fn m2_lazy_inputs_are_zipped() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(2);
    let inputs = (1..).zip([10, 20, 30]).zip(iter::repeat(100));
    let sums = executor.map_lazy(inputs, |((a, b), c)| a + b + c);
    assert_eq!(kinds(sums), [Ok(111), Ok(122), Ok(133)]);
    assert_eq!(kinds(executor.map_lazy(0..0, |n| n)), []);
}

/// A buffer is at least one item large, and is set up before the first `next`.
#[test]
#[should_panic(expected = "a buffer needs room for at least one item")]
fn m13_a_buffer_of_zero_is_refused() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let _map = executor.map_lazy(0..1, |n| n).buffersize(0);
}

/// Nothing is taken, and no worker started, before the first `next`.
#[test]
fn m13_nothing_is_submitted_before_the_first_next() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let input = iter::from_fn(|| -> Option<usize> { panic!("touched") });
    let map = executor.map_lazy(input, |n| n).buffersize(3);
    assert_eq!(map.size_hint(), (0, None));
    assert!(
        format!("{executor:?}").contains("workers: 0"),
        "{executor:?}"
    );
}

/// Each `next` takes another input before it waits; what is on its way fills the buffer and no more.
#[test]
fn m14_each_next_takes_another_input_before_it_waits() {
    let _watchdog = watchdog();
    let executor = Arc::new(ThreadPoolExecutor::new(4));
    let (taken, gate) = (Arc::new(Counter::new()), Arc::new(Counter::new()));
    let reader = checked_spawn({
        let (executor, taken, gate) =
            (Arc::clone(&executor), Arc::clone(&taken), Arc::clone(&gate));
        move || {
            let counted = Arc::clone(&taken);
            let input = (0..).inspect(move |_| counted.add(1));
            let mut map = executor
                .map_lazy(input, move |n| {
                    gate.wait_for(n + 1);
                    n
                })
                .buffersize(3);
            [0, 1].map(|expected| {
                assert_eq!(map.next().unwrap().unwrap(), expected);
                taken.get()
            })
        }
    });
    reader.wait_until_asleep();
    assert_eq!(taken.get(), 3);
    gate.add(1);
    taken.wait_for(4);
    reader.wait_until_asleep();
    assert_eq!(taken.get(), 4);
    gate.add(1);
    assert_eq!(reader.join(), [3, 4]);
    gate.add(10);
}

/// A panic of the input loses no result: it comes after all of them.
#[test]
fn m15_a_panic_of_the_input_comes_after_all_results() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(2);
    for map in [
        executor.map_lazy(failing_input(), |n| n),
        executor.map_lazy(failing_input(), |n| n).buffersize(2),
        executor.map_lazy(failing_input(), |n| n).chunksize(4),
    ] {
        let mut expected: Vec<_> = (0..6).map(Ok).collect();
        expected.push(Err(ExceptionKind::Panic));
        assert_eq!(kinds(map), expected);
    }
}

fn failing_input() -> impl Iterator<Item = usize> {
    (0..).inspect(|n| assert!(*n < 6, "the input fails"))
}

/// … and so does a pool that is shut down in between.
#[test]
fn m15_m16_a_pool_that_is_shut_down_is_the_last_result() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let busy = Occupied::one(&executor);
    let mut map = executor.map_lazy(0.., |n: usize| n).buffersize(3);
    assert!(map.try_next().is_err());
    assert!(map.next_timeout(Duration::ZERO).is_err());
    executor.close();
    busy.release();
    let refused = Err(ExceptionKind::ShutDown);
    assert_eq!(kinds(map), [Ok(0), Ok(1), refused]);
}

/// `cancel_pending` cancels what was taken and not started, and counts it; the map goes on.
#[test]
fn m8_cancelled_items_come_in_their_place() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let busy = Occupied::one(&executor);
    let mut map = executor.map_lazy(0..5, |n: usize| n).buffersize(3);
    assert!(map.next_timeout(*delay::SHORT).is_err());
    assert_eq!(executor.cancel_pending(), 3);
    busy.release();
    let cancelled = Err(ExceptionKind::Cancelled);
    assert_eq!(kinds(map), [cancelled, cancelled, cancelled, Ok(3), Ok(4)]);
}

/// A failure comes in its place and the iteration goes on, in chunks as well.
#[test]
fn m8_failures_of_a_lazy_map_come_in_their_place() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(2);
    for chunksize in [1, 3] {
        let fails = |n: usize| {
            assert_ne!(n, 1, "one");
            n
        };
        let map = executor.map_lazy(0..4, fails).chunksize(chunksize);
        assert_eq!(kinds(map), [Ok(0), Err(ExceptionKind::Panic), Ok(2), Ok(3)]);
    }
}

/// One deadline for all, and running out of time loses nothing.
#[test]
fn m5_m6_a_lazy_map_keeps_a_deadline_and_loses_nothing() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let busy = Occupied::one(&executor);
    let mut map = executor.map_lazy(0..3, |n: usize| n);
    let start = Instant::now();
    assert!(map.next_deadline(start + *delay::SHORT).is_err());
    delay::elapsed_within(start, *delay::SHORT, *delay::LONG);
    busy.release();
    let mut sum = 0;
    while let Some(n) = map.next_deadline(start + *delay::LONG).unwrap() {
        sum += n.unwrap();
    }
    assert_eq!(sum, 3);
}

/// Closed or dropped, it cancels what nobody has started, and waits for nothing.
#[test]
fn m9_m10_a_lazy_map_that_is_dropped_cancels_the_rest() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let ran = Arc::new(AtomicUsize::new(0));
    for closes in [false, true] {
        let busy = Occupied::one(&executor);
        let count = Arc::clone(&ran);
        // ORDERING: SeqCst, so that the test does not depend on the orderings of what it tests.
        let mut map = executor.map_lazy(0.., move |_: usize| count.fetch_add(1, Ordering::SeqCst));
        assert!(map.try_next().is_err());
        if closes {
            map.close();
        } else {
            drop(map);
        }
        assert_eq!(executor.cancel_pending(), 0);
        busy.release();
    }
    executor.shutdown();
    // ORDERING: as above.
    assert_eq!(ran.load(Ordering::SeqCst), 0);
}

/// Chunks mean something to a lazy map: neighbours are run by one worker.
#[test]
fn m12_a_chunk_of_a_lazy_map_is_run_by_one_worker() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(3);
    let map = executor.map_lazy(0..60, |_| pythreads_threading::get_ident());
    let workers: Vec<_> = map.chunksize(5).map(Result::unwrap).collect();
    assert!(
        workers
            .chunks(5)
            .all(|chunk| chunk.iter().all(|worker| *worker == chunk[0]))
    );
}

/// It keeps nothing that it has yielded.
#[test]
fn m17_a_lazy_map_keeps_nothing_it_has_yielded() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let value = Arc::new(());
    let mut map = executor.map_lazy(iter::repeat_n(Arc::clone(&value), 4), |value| value);
    for _ in 0..4 {
        map.next().unwrap().unwrap();
    }
    assert!(map.next().is_none());
    assert_eq!(Arc::strong_count(&value), 1);
}

/// How many results there will be is known as well as the input knows it.
#[test]
fn the_size_is_that_of_the_input() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let mut map = executor.map_lazy(0..3, |n: usize| n).buffersize(2);
    assert_eq!(map.size_hint(), (0, Some(3)));
    map.next().unwrap().unwrap();
    assert_eq!(map.size_hint().1, Some(2));
    assert_eq!(map.by_ref().count(), 2);
    assert_eq!(map.size_hint(), (0, Some(0)));
}

/// A reader learns of an item that ends the program, and does not wait for it.
#[test]
fn x1_an_item_that_ends_the_program_fails() {
    let _watchdog = watchdog();
    if child::is_rerun() {
        // The thread of a test is a daemon to us, and so would be what it starts.
        let read = || {
            let executor = ThreadPoolExecutor::new(2);
            let ends = |n: usize| if n == 1 { std::process::exit(3) } else { n };
            let ends: Vec<_> = kinds(executor.map_lazy(0..3, ends).chunksize(2));
            println!("{ends:?}");
        };
        Thread::builder().daemon(false).target(read).start();
        loop {
            pythreads_threading::sleep(Duration::MAX);
        }
    }
    let outcome = Child::rerun_test("map_lazy::x1_an_item_that_ends_the_program_fails").run();
    assert_eq!(outcome.code, Some(3), "{outcome}");
    assert_eq!(
        outcome
            .stdout
            .matches("[Err(Exit), Err(Exit), Ok(2)]")
            .count(),
        1,
        "{outcome}"
    );
}

/// A lazy map of small items keeps the readers of others going: one pool, several maps at a time.
#[test]
fn several_lazy_maps_share_a_pool() {
    let _watchdog = watchdog();
    let executor = Arc::new(ThreadPoolExecutor::new(2));
    let done = Arc::new(Flag::new());
    let readers = [0, 1, 2].map(|_| {
        let (executor, done) = (Arc::clone(&executor), Arc::clone(&done));
        checked_spawn(move || {
            let map = executor.map_lazy(0..20_000, |n: usize| n).chunksize(3);
            assert!(map.map(Result::unwrap).eq(0..20_000));
            done.set();
        })
    });
    done.wait();
    for reader in readers {
        reader.join();
    }
}
