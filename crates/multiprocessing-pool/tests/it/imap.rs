//! `imap` and `imap_unordered`.

use std::iter;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use pythreads_multiprocessing_pool::{Exception, ExceptionKind, MapLazy, ThreadPool};
use test_support::{Counter, Flag, checked_spawn, delay, watchdog};

use crate::busy::Busy;

/// What each result was: its value, or the kind of its failure.
pub(crate) fn kinds<I>(map: MapLazy<'_, I, u32>) -> Vec<Result<u32, ExceptionKind>>
where
    I: Iterator<Item: Send + 'static>,
{
    let kind = |exception: Exception| exception.kind();
    map.map(|result| result.map_err(kind)).collect()
}

/// It returns at once and touches no input before the first `next`.
#[test]
fn i1_nothing_is_taken_before_the_first_next() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(1);
    let input = || iter::from_fn(|| -> Option<u8> { panic!("touched") });
    let maps = [
        pool.imap(input(), |n| n),
        pool.chunksize(3).imap_unordered(input(), |n| n),
    ];
    for mut map in maps {
        let exception = map.next().unwrap().unwrap_err();
        assert_eq!(exception.message(), "touched");
    }
}

/// A chunk without an item is refused where it is asked for.
#[test]
#[should_panic(expected = "a chunk needs at least one item")]
fn i1_a_chunksize_of_zero_is_refused() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(1);
    let _map = pool.imap(0..1, |n| n).chunksize(0);
}

/// With chunks as without, results can be waited for with a limit.
#[test]
fn i2_chunks_have_a_next_with_a_limit() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(2);
    let mut map = pool.chunksize(4).imap(0..10, |n| n);
    let mut read = Vec::new();
    while let Some(result) = map.next_timeout(*delay::LONG).unwrap() {
        read.push(result.unwrap());
    }
    assert!(read.into_iter().eq(0..10));
}

/// A chunk is run in order, by one worker.
#[test]
fn i2_a_chunk_is_run_in_order_by_one_worker() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(3);
    let map = pool.chunksize(7).imap(0..100, |n| {
        (n, pythreads_threading::get_ident(), Instant::now())
    });
    let results: Vec<_> = map.map(Result::unwrap).collect();
    for chunk in results.chunks(7) {
        assert!(chunk.iter().all(|(_, worker, _)| *worker == chunk[0].1));
        assert!(chunk.is_sorted_by_key(|(n, _, at)| (*n, *at)));
    }
}

/// Inputs are taken as results are read, and the number of those on their way is bounded also without a size.
#[test]
fn i3_inputs_are_taken_as_results_are_read() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(2);
    let taken = AtomicUsize::new(0);
    // ORDERING: SeqCst here and below, so that the tests do not depend on the orderings of what they test.
    let input = iter::from_fn(|| Some(taken.fetch_add(1, Ordering::SeqCst)));
    let mut map = pool.imap(input, |n| n);
    for n in 0..5_000 {
        assert_eq!(map.next().unwrap().unwrap(), n);
        // ORDERING: as above.
        let ahead = taken.load(Ordering::SeqCst) - n;
        assert!(ahead <= 1_025, "{ahead} at {n}");
    }
}

/// `imap` keeps the order of the inputs, `imap_unordered` that of the ends.
#[test]
fn i4_results_come_in_input_order_or_as_they_end() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(2);
    let go = Arc::new(Flag::new());
    let second_ends_first = |n| {
        let go = Arc::clone(&go);
        move || if n == 0 { go.wait() } else { go.set() }
    };
    let works = [0, 1].map(second_ends_first);
    let mut number = 0..;
    let works = works.map(|work| (number.next().unwrap(), work));
    let map = pool.imap(works, |(n, work)| {
        work();
        n
    });
    assert_eq!(kinds(map), [Ok(0), Ok(1)]);

    let go = Arc::new(Flag::new());
    let waits = Arc::clone(&go);
    let mut map = pool.imap_unordered(0..2, move |n| {
        if n == 0 {
            waits.wait();
        }
        n
    });
    assert_eq!(map.next().unwrap().unwrap(), 1);
    go.set();
    assert_eq!(map.next().unwrap().unwrap(), 0);
    assert!(map.next().is_none());
}

/// A failure comes in its place and costs its item only, in a chunk as well.
#[test]
fn i4_i5_a_failure_costs_its_item_only() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(2);
    for chunksize in [1, 3, 10] {
        let fails = |n: u32| {
            assert_ne!(n, 1, "one");
            n
        };
        let expected = [Ok(0), Err(ExceptionKind::Panic), Ok(2), Ok(3), Ok(4)];
        let chunked = pool.chunksize(chunksize);
        assert_eq!(kinds(chunked.imap(0..5, fails)), expected);
        let mut unordered = kinds(chunked.imap_unordered(0..5, fails));
        unordered.sort_unstable_by_key(|result| result.unwrap_or(1));
        assert_eq!(unordered, expected);
    }
}

/// If the input panics, all results come first, those of a chunk that was not full among them, then the panic, then the end.
#[test]
fn i6_a_panic_of_the_input_comes_last() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(2);
    for chunksize in [1, 3, 100] {
        let input = || (0..10).inspect(|n| assert!(*n < 5, "the input fails"));
        let mut expected: Vec<_> = (0..5).map(Ok).collect();
        expected.push(Err(ExceptionKind::Panic));
        let chunked = pool.chunksize(chunksize);
        assert_eq!(kinds(chunked.imap(input(), |n| n)), expected);
        let mut unordered = kinds(chunked.imap_unordered(input(), |n| n));
        unordered[..5].sort_unstable_by_key(|result| result.unwrap());
        assert_eq!(unordered, expected);
        let mut map = chunked.imap(input(), |n| n);
        assert_eq!(map.by_ref().count(), 6);
        assert!(map.next().is_none() && map.try_next().unwrap().is_none());
    }
}

/// An input that lies about its length gives the items it has, and nobody waits for others.
#[test]
fn i6_m10_an_input_that_lies_about_its_length_is_not_believed() {
    struct Liar(u32, usize);
    impl Iterator for Liar {
        type Item = u32;
        fn next(&mut self) -> Option<u32> {
            self.0 = self.0.checked_sub(1)?;
            Some(self.0)
        }
        fn size_hint(&self) -> (usize, Option<usize>) {
            (self.1, Some(self.1))
        }
    }
    impl ExactSizeIterator for Liar {}
    let _watchdog = watchdog();
    let pool = ThreadPool::new(2);
    for claims in [0, 1, 100, usize::MAX] {
        for chunksize in [1, 2, 7] {
            let chunked = pool.chunksize(chunksize);
            let map = chunked.imap(Liar(3, claims), |n| n);
            assert_eq!(kinds(map), [Ok(2), Ok(1), Ok(0)]);
            let mut unordered = kinds(chunked.imap_unordered(Liar(3, claims), |n| n));
            unordered.sort_unstable_by_key(|result| result.unwrap());
            assert_eq!(unordered, [Ok(0), Ok(1), Ok(2)]);
        }
    }
}

/// Running out of time loses nothing, whatever the limit.
#[test]
fn i7_running_out_of_time_loses_nothing() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(1);
    let busy = Busy::new(&pool, 1);
    let mut map = pool.imap([7, 8, 9], |n| n);
    assert!(map.next_timeout(Duration::ZERO).is_err());
    assert!(map.try_next().is_err());
    let start = Instant::now();
    assert!(map.next_timeout(*delay::SHORT).is_err());
    delay::elapsed_within(start, *delay::SHORT, *delay::LONG);
    assert!(map.next_deadline(start).is_err());
    busy.release();
    let first = map.next_timeout(Duration::MAX).unwrap().unwrap();
    let second = map.next_deadline(Instant::now() + *delay::LONG).unwrap();
    assert_eq!((first.unwrap(), second.unwrap().unwrap()), (7, 8));
    assert_eq!(map.next().unwrap().unwrap(), 9);
    for _ in 0..2 {
        assert!(map.next_timeout(*delay::LONG).unwrap().is_none());
    }
}

/// Several threads share one map through a lock: each result comes once, and nobody runs out of a time it was not given.
#[test]
fn i8_several_threads_read_one_map() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(2);
    let shared = pythreads_threading::serialize_iterator(pool.imap(0..1_000_u64, |n| n));
    let sums = pythreads_threading::scope(|scope| {
        let readers = [0; 4].map(|_| scope.spawn(|| shared.iter().map(Result::unwrap).sum()));
        readers.map(|reader| -> u64 { reader.join().unwrap() })
    });
    assert_eq!(sums.into_iter().sum::<u64>(), (0..1_000).sum());
}

/// What was taken when the pool is closed is run and can be read.
#[test]
fn i9_i12_what_was_taken_is_run_after_close() {
    let _watchdog = watchdog();
    for chunksize in [1, 2] {
        let pool = ThreadPool::new(1);
        let taken = AtomicUsize::new(0);
        // ORDERING: SeqCst, as above.
        let input = iter::repeat_with(|| taken.fetch_add(1, Ordering::SeqCst));
        let busy = Busy::new(&pool, 1);
        let mut map = pool.chunksize(chunksize).imap(input, |n| n).buffersize(3);
        assert!(map.next_timeout(*delay::SHORT).is_err());
        pool.close();
        busy.release();
        for n in 0..3 * chunksize {
            assert_eq!(map.next().unwrap().unwrap(), n);
        }
        assert_eq!(
            map.next().unwrap().unwrap_err().kind(),
            ExceptionKind::ShutDown
        );
        assert!(map.next().is_none());
        // ORDERING: SeqCst, as above.
        assert_eq!(
            taken.load(Ordering::SeqCst),
            3 * chunksize + 1,
            "one is refused"
        );
        pool.join();
    }
}

/// A map whose inputs had all been taken ends without a failure.
#[test]
fn i12_close_after_the_last_input_is_no_failure() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(1);
    let mut map = pool.imap(0..3, |n| n);
    assert_eq!(map.next().unwrap().unwrap(), 0);
    let left: Vec<_> = map.by_ref().map(Result::unwrap).collect();
    assert_eq!(left, [1, 2]);
    pool.close();
    assert!(map.next().is_none());
}

/// A map of a pool that is closed already is refused, and takes one input.
#[test]
fn i12_a_closed_pool_refuses() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(1);
    pool.close();
    assert_eq!(
        kinds(pool.imap(0..5, |n| n)),
        [Err(ExceptionKind::ShutDown)]
    );
    assert_eq!(kinds(pool.imap_unordered(0..0, |n| n)), []);
}

/// After `terminate` what waited is cancelled, each in its place, what ran has its result, and nobody waits for ever.
#[test]
fn i9_a_terminated_pool_hangs_nobody() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(1);
    let (running, release) = (Arc::new(Flag::new()), Arc::new(Flag::new()));
    let mut map = pool
        .imap(0.., {
            let (running, release) = (Arc::clone(&running), Arc::clone(&release));
            move |n| {
                running.set();
                release.wait();
                n
            }
        })
        .buffersize(3);
    assert!(map.next_timeout(*delay::SHORT).is_err());
    running.wait();
    pool.terminate();
    release.set();
    let (cancelled, refused) = (ExceptionKind::Cancelled, ExceptionKind::ShutDown);
    assert_eq!(
        kinds(map),
        [Ok(0), Err(cancelled), Err(cancelled), Err(refused)]
    );
    pool.join();
}

/// A reader that is asleep is woken by `terminate`.
#[test]
fn i9_terminate_wakes_the_reader() {
    let _watchdog = watchdog();
    let pool = Arc::new(ThreadPool::new(1));
    let busy = Busy::new(&pool, 1);
    let reader = checked_spawn({
        let pool = Arc::clone(&pool);
        move || kinds(pool.imap(0..2, |n| n))
    });
    reader.wait_until_asleep();
    pool.terminate();
    assert_eq!(reader.join(), [Err(ExceptionKind::Cancelled); 2]);
    busy.release();
}

/// At most so many are on their way, and one more is taken for each that is handed out.
#[test]
fn i10_a_buffer_bounds_what_is_taken() {
    let _watchdog = watchdog();
    let pool = Arc::new(ThreadPool::new(4));
    for (unordered, chunksize) in [(false, 1), (true, 1), (false, 2), (true, 2)] {
        let (taken, release) = (Arc::new(Counter::new()), Arc::new(Counter::new()));
        let reader = checked_spawn({
            let (pool, taken, release) =
                (Arc::clone(&pool), Arc::clone(&taken), Arc::clone(&release));
            move || {
                let counted = Arc::clone(&taken);
                let input = iter::repeat_with(move || counted.add(1));
                let gate = Arc::clone(&release);
                let map = pool
                    .chunksize(chunksize)
                    .imap(input, move |()| gate.wait_for(1));
                let map = if unordered { map.unordered() } else { map };
                let mut map = map.buffersize(3);
                map.next().unwrap().unwrap();
                let after_one = taken.get();
                map.next().unwrap().unwrap();
                (after_one, taken.get())
            }
        });
        taken.wait_for(3 * chunksize);
        reader.wait_until_asleep();
        assert_eq!(taken.get(), 3 * chunksize);
        release.add(1);
        assert_eq!(reader.join(), (3 * chunksize, 3 * chunksize + 1));
    }
}

/// A buffer without room for an item is refused where it is asked for.
#[test]
#[should_panic(expected = "a buffer needs room for at least one item")]
fn i10_a_buffer_of_zero_is_refused() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(1);
    let _map = pool.imap(0..1, |n| n).buffersize(0);
}

/// … and so is one that comes too late.
#[test]
#[should_panic(expected = "a lazy map is set up before its first `next`")]
fn i10_a_buffer_that_comes_too_late_is_refused() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(1);
    let mut map = pool.imap(0..2, |n| n);
    map.next().unwrap().unwrap();
    let _map = map.buffersize(1);
}

/// The largest buffer and the largest chunk do not overflow.
#[test]
fn i10_the_largest_sizes_hold_everything() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(1);
    let map = pool.imap(0..9, |n| n).buffersize(usize::MAX);
    assert_eq!(
        kinds(map.chunksize(usize::MAX)),
        (0..9).map(Ok).collect::<Vec<_>>()
    );
}

/// A map whose buffer is full, or whose input waits, keeps no worker from the jobs of others.
#[test]
fn i11_a_full_buffer_or_a_slow_input_delays_nobody_else() {
    let _watchdog = watchdog();
    let pool = Arc::new(ThreadPool::new(1));
    let mut throttled = pool.imap(0.., |n| n).buffersize(2);
    assert_eq!(throttled.next().unwrap().unwrap(), 0);
    assert_eq!(pool.apply(|| 1).unwrap(), 1);

    let (asked, go) = (Arc::new(Flag::new()), Arc::new(Flag::new()));
    let reader = checked_spawn({
        let (pool, asked, go) = (Arc::clone(&pool), Arc::clone(&asked), Arc::clone(&go));
        move || {
            let input = iter::from_fn(|| {
                asked.set();
                go.wait();
                None::<u32>
            });
            kinds(pool.imap([1, 2].into_iter().chain(input), |n| n))
        }
    });
    asked.wait();
    assert_eq!(pool.apply(|| 2).unwrap(), 2);
    assert_eq!(pool.map(0..3, |n| n).unwrap(), [0, 1, 2]);
    go.set();
    assert_eq!(reader.join(), [Ok(1), Ok(2)]);
}

/// A map with no end of small items makes room for the jobs of others.
#[test]
fn i11_an_endless_map_makes_room_for_others() {
    let _watchdog = watchdog();
    let pool = Arc::new(ThreadPool::new(1));
    let (stop, begun) = (Arc::new(Flag::new()), Arc::new(Flag::new()));
    let reader = checked_spawn({
        let (pool, stop, begun) = (Arc::clone(&pool), Arc::clone(&stop), Arc::clone(&begun));
        move || {
            let mut map = pool.imap(0.., |n: u64| n);
            while !stop.is_set() {
                map.next().unwrap().unwrap();
                begun.set();
            }
        }
    });
    begun.wait();
    for n in 0..50 {
        assert_eq!(pool.apply(|| n).unwrap(), n);
    }
    stop.set();
    reader.join();
}

/// Maps may be nested, with one worker and at any depth.
#[test]
fn k3_nested_imaps_end_with_one_worker() {
    fn depth(pool: &Arc<ThreadPool>, left: u32, unordered: bool) -> u32 {
        if left == 0 {
            return 0;
        }
        let again = Arc::clone(pool);
        let map = pool.imap([left - 1, 0], move |left| depth(&again, left, unordered));
        let map = if unordered { map.unordered() } else { map };
        1 + map.map(Result::unwrap).max().unwrap()
    }
    let _watchdog = watchdog();
    for unordered in [false, true] {
        let pool = Arc::new(ThreadPool::new(1));
        let again = Arc::clone(&pool);
        let nested = pool.apply(|| depth(&again, 100, unordered));
        assert_eq!(nested.unwrap(), 100);
    }
}

/// A wait with a limit, in the only worker, ends when the time is over.
#[test]
fn k3_a_nested_imap_with_a_limit_ends_in_time() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(1);
    let late = pool.apply(|| {
        let start = Instant::now();
        let late = pool.imap(0..1, |n| n).next_timeout(*delay::SHORT).is_err();
        delay::elapsed_within(start, *delay::SHORT, *delay::LONG);
        late
    });
    assert!(late.unwrap());
}

/// Items that wait for each other run at the same time, also if earlier ones took no time: none is held back by a neighbour.
#[test]
fn y5_items_may_wait_for_each_other() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(2);
    let met = Arc::new(pythreads_threading::Barrier::new(2));
    let map = pool.imap(0..10_000_u32, move |n| {
        if n >= 9_000 {
            met.wait().unwrap();
        }
        n
    });
    assert!(map.map(Result::unwrap).eq(0..10_000));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Whatever the length, the workers, the chunks and the buffer: each item is run once, each result comes once, and in
    /// input order if asked for.
    #[test]
    fn i4_each_item_runs_once_and_each_result_comes_once(
        items in 0_usize..300,
        workers in 1_usize..5,
        chunksize in 1_usize..50,
        buffersize in proptest::option::of(1_usize..50),
        unordered in any::<bool>(),
    ) {
        let _watchdog = watchdog();
        let pool = ThreadPool::new(workers);
        let runs: Arc<Vec<AtomicUsize>> = Arc::new((0..items).map(|_| AtomicUsize::new(0)).collect());
        let map = pool.imap(0..items, {
            let runs = Arc::clone(&runs);
            move |n: usize| {
                // ORDERING: SeqCst, so that the test does not depend on the orderings of what it tests.
                runs[n].fetch_add(1, Ordering::SeqCst);
                n
            }
        });
        let map = map.chunksize(chunksize);
        let map = if unordered { map.unordered() } else { map };
        let map = if let Some(size) = buffersize { map.buffersize(size) } else { map };
        let mut results: Vec<usize> = map.map(Result::unwrap).collect();
        if unordered {
            results.sort_unstable();
        }
        prop_assert!(results.into_iter().eq(0..items));
        // ORDERING: SeqCst, as above.
        prop_assert!(runs.iter().all(|run| run.load(Ordering::SeqCst) == 1));
    }
}
