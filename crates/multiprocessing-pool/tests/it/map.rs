//! `map`, `starmap` and how their input is cut.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use proptest::prelude::{Just, ProptestConfig, Strategy as _, any, prop_assert_eq, proptest};
use pythreads_multiprocessing_pool::{ExceptionKind, ThreadPool};
use pythreads_threading::{Lock, Thread, get_ident};
use test_support::{Counter, Flag, checked_spawn, delay, watchdog};

use crate::busy::Busy;
use crate::tracked::Tracked;

/// The input's panic leaves the call, in the caller's thread, and no item has been touched.
#[test]
fn m1_a_panic_of_the_input_leaves_map_before_anything_runs() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(1);
    let ran = Counter::new();
    let input = (0..10).inspect(|&n| assert!(n < 5, "the input broke"));
    let caught = catch_unwind(AssertUnwindSafe(|| pool.map(input, |_| ran.add(1))));
    let message = *caught.unwrap_err().downcast::<&str>().unwrap();
    assert_eq!((message, ran.get()), ("the input broke", 0));
    assert_eq!(pool.map([1], |n| n).unwrap(), [1]);
}

/// Without a chunk size a slow item delays no other one: Python would have put the first three into one chunk.
#[test]
fn m2_a_slow_item_delays_no_other() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(2);
    let others = Counter::new();
    let results = pool.map(0..17, |n| {
        if n == 0 {
            others.wait_for(16);
        } else {
            others.add(1);
        }
        n
    });
    assert_eq!(results.unwrap(), (0..17).collect::<Vec<_>>());
}

/// Without a chunk size as many workers take part as there are items for.
#[test]
fn m2_all_workers_take_part() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(3);
    let begun = Counter::new();
    let together = |n| {
        begun.add(1);
        begun.wait_for(3);
        n
    };
    assert_eq!(pool.map(0..3, together).unwrap(), [0, 1, 2]);
}

/// Without a chunk size the failure of an item costs that item alone.
#[test]
fn m7_without_a_chunksize_a_failure_costs_its_item() {
    let _watchdog = watchdog();
    for workers in 1..4 {
        let pool = ThreadPool::new(workers);
        for failing in [0, 7, 99] {
            let lost = lost_items(100, failing, |items, f| pool.map(items, f));
            assert_eq!(lost, []);
            let lost = lost_items(100, failing, |items, f| {
                pool.fallible().map(items, raising(f))
            });
            assert_eq!(lost, []);
        }
    }
}

/// `f`, whose panic is an `Err` instead.
fn raising(f: &(dyn Fn(usize) + Sync)) -> impl Fn(usize) -> Result<(), &'static str> {
    |n| catch_unwind(AssertUnwindSafe(|| f(n))).map_err(|_| "it panicked")
}

/// However many items fail, the first in input order is reported.
#[test]
fn m9_the_first_of_many_failures_is_reported() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(3);
    for first in [0, 30, 999] {
        let number = |n: usize| if n < first { Ok(n) } else { Err(n.to_string()) };
        let exception = pool.fallible().map(0..1_000, number).unwrap_err();
        assert_eq!(exception.message(), first.to_string());
    }
}

/// A chunk size of one's own cuts at its multiples.
#[test]
fn m3_chunks_are_cut_at_multiples_of_their_size() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(2);
    let chunked = pool.chunksize(4);
    assert_eq!(
        lost_items(10, 0, |items, f| chunked.map(items, f)),
        [1, 2, 3]
    );
    assert_eq!(lost_items(10, 5, |items, f| chunked.map(items, f)), [6, 7]);
    assert_eq!(lost_items(10, 8, |items, f| chunked.map(items, f)), [9]);
}

/// One worker runs a chunk, in the order of its items.
#[test]
fn m3_a_chunk_is_run_in_order_by_one_worker() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(3);
    let order = Counter::new();
    let results = pool.chunksize(7).map(0..100, |_| {
        order.add(1);
        (get_ident(), order.get())
    });
    for chunk in results.unwrap().chunks(7) {
        assert!(chunk.iter().all(|(worker, _)| *worker == chunk[0].0));
        assert!(chunk.is_sorted_by_key(|(_, order)| *order), "{chunk:?}");
    }
}

/// Which of `items` items were not run because the item `failing` panicked.
fn lost_items<R: std::fmt::Debug>(
    items: usize,
    failing: usize,
    map: impl FnOnce(std::ops::Range<usize>, &(dyn Fn(usize) + Sync)) -> Result<Vec<()>, R>,
) -> Vec<usize> {
    let ran: Vec<AtomicUsize> = (0..items).map(|_| AtomicUsize::new(0)).collect();
    let result = map(0..items, &|n| {
        // ORDERING: SeqCst, so that the test does not depend on the orderings of what it tests.
        ran[n].fetch_add(1, Ordering::SeqCst);
        assert_ne!(n, failing);
    });
    result.unwrap_err();
    let counts = ran.into_iter().map(AtomicUsize::into_inner);
    counts
        .enumerate()
        .filter_map(|(n, count)| {
            assert!(count <= 1, "item {n} ran {count} times");
            (count == 0).then_some(n)
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Whatever the length, the workers and the chunks: each item runs once, and the results are in input order.
    #[test]
    fn m3_each_item_runs_once_and_results_are_in_order(
        items in 0_usize..200,
        workers in 1_usize..5,
        chunksize in proptest::option::of(1_usize..250),
        asynchronous in any::<bool>(),
    ) {
        let _watchdog = watchdog();
        let pool = ThreadPool::new(workers);
        let runs: Arc<Vec<AtomicUsize>> = Arc::new((0..items).map(|_| AtomicUsize::new(0)).collect());
        let f = {
            let runs = Arc::clone(&runs);
            move |n: usize| {
                // ORDERING: SeqCst, so that the test does not depend on the orderings of what it tests.
                runs[n].fetch_add(1, Ordering::SeqCst);
                n * 10
            }
        };
        let results = match (chunksize, asynchronous) {
            (None, false) => pool.map(0..items, f),
            (None, true) => pool.map_async(0..items, f).get(),
            (Some(size), false) => pool.chunksize(size).map(0..items, f),
            (Some(size), true) => pool.chunksize(size).map_async(0..items, f).get(),
        };
        prop_assert_eq!(results.unwrap(), (0..items).map(|n| n * 10).collect::<Vec<_>>());
        // ORDERING: SeqCst, as above.
        prop_assert_eq!(runs.iter().map(|run| run.load(Ordering::SeqCst)).max(), (items > 0).then_some(1));
        prop_assert_eq!(runs.iter().map(|run| run.load(Ordering::SeqCst)).sum::<usize>(), items);
    }

    /// Whatever the chunks and the failing item: what is not run is the rest of the failing item's chunk.
    #[test]
    fn m7_the_rest_of_a_failing_chunk_is_lost_and_no_more(
        (items, failing) in (1_usize..60).prop_flat_map(|items| (Just(items), 0..items)),
        chunksize in 1_usize..70,
    ) {
        let _watchdog = watchdog();
        let pool = ThreadPool::new(2);
        let lost = lost_items(items, failing, |items, f| pool.chunksize(chunksize).map(items, f));
        let end = items.min((failing / chunksize + 1) * chunksize);
        prop_assert_eq!(lost, (failing + 1..end).collect::<Vec<_>>());
    }
}

/// Results are in input order, whichever chunk ends first; items and results may borrow.
#[test]
fn m4_results_are_in_input_order_whoever_ends_first() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(2);
    let words: Vec<String> = (0..4).map(|n| n.to_string()).collect();
    let others = Counter::new();
    let trimmed = pool.chunksize(1).map(&words, |word| {
        if word == "0" {
            others.wait_for(3);
        } else {
            others.add(1);
        }
        word.as_str()
    });
    assert_eq!(trimmed.unwrap(), words);
}

/// An empty input needs no worker.
#[test]
fn m5_an_empty_input_gives_an_empty_result() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(1);
    let busy = Busy::new(&pool, 1);
    let nothing: [u8; 0] = [];
    assert_eq!(pool.map(nothing, |n| n).unwrap(), []);
    assert_eq!(pool.chunksize(1).map(nothing, |n| n).unwrap(), []);
    assert_eq!(pool.map_async(nothing, |n| n).get().unwrap(), []);
    busy.release();
}

/// Chunks without items are refused at the caller's line (Python: a list of `None`).
#[test]
#[should_panic(expected = "a chunk needs at least one item")]
fn m6_a_chunksize_of_zero_is_refused() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(1);
    let _ = pool.chunksize(0);
}

/// The largest chunk size there is makes one chunk.
#[test]
fn m6_the_largest_chunksize_makes_one_chunk() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(2);
    let chunked = pool.chunksize(usize::MAX);
    assert_eq!(
        lost_items(5, 1, |items, f| chunked.map(items, f)),
        [2, 3, 4]
    );
}

/// `map` returns when all chunks have ended, also if the first one fails at once.
#[test]
fn m8_a_failure_is_reported_when_all_chunks_have_ended() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(2);
    let (failed, ended) = (Flag::new(), Counter::new());
    let result = pool.chunksize(1).map(0..4, |n| {
        if n == 0 {
            failed.set();
            panic!("at once");
        }
        failed.wait();
        ended.add(1);
    });
    assert_eq!((result.unwrap_err().message(), ended.get()), ("at once", 3));
}

/// Of several failures the first in input order is reported, although a later one came first.
#[test]
fn m9_the_first_failure_in_input_order_is_reported() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(2);
    let second_failed = Flag::new();
    let result = pool.chunksize(1).map(0..2, |n| {
        if n == 0 {
            second_failed.wait();
            panic!("slow");
        }
        second_failed.set();
        panic!("fast");
    });
    assert_eq!(result.unwrap_err().message(), "slow");
}

/// An input that lies about its length gives the items it has (Python: a hang, or garbage).
#[test]
fn m10_an_input_that_lies_about_its_length_is_not_believed() {
    struct Liar {
        left: usize,
        claims: usize,
    }
    impl Iterator for Liar {
        type Item = usize;
        fn next(&mut self) -> Option<usize> {
            self.left = self.left.checked_sub(1)?;
            Some(self.left)
        }
        fn size_hint(&self) -> (usize, Option<usize>) {
            (self.claims, Some(self.claims))
        }
    }
    impl ExactSizeIterator for Liar {}
    let _watchdog = watchdog();
    let pool = ThreadPool::new(2);
    for claims in [0, 1, 100] {
        let items = || Liar { left: 3, claims };
        assert_eq!(pool.map(items(), |n| n).unwrap(), [2, 1, 0]);
        assert_eq!(pool.map_async(items(), |n| n).get().unwrap(), [2, 1, 0]);
    }
}

/// A sized input that panics half-way leaves the call (Python: a hang, unless in the last chunk).
#[test]
fn m10_a_sized_input_that_panics_does_not_hang() {
    struct Breaks {
        has: usize,
        claims: usize,
    }
    impl Iterator for Breaks {
        type Item = usize;
        fn next(&mut self) -> Option<usize> {
            assert!(self.has > 0, "broke");
            self.has -= 1;
            Some(self.has)
        }
        fn size_hint(&self) -> (usize, Option<usize>) {
            (self.claims, Some(self.claims))
        }
    }
    let _watchdog = watchdog();
    let pool = ThreadPool::new(1);
    let chunked = pool.chunksize(1);
    // At its first item (Python's bpo-28699), half-way, and where its end should be.
    for (has, claims) in [(0, 1), (2, 10), (2, 2)] {
        let caught = catch_unwind(|| chunked.map_async(Breaks { has, claims }, |n| n));
        assert!(caught.is_err());
        let caught = catch_unwind(|| pool.map(Breaks { has, claims }, |n| n));
        assert!(caught.is_err());
    }
    assert_eq!(pool.map([1, 2], |n| n).unwrap(), [1, 2]);
}

/// `starmap` calls functions of two to eight parameters with the fields of its items.
#[test]
fn m11_starmap_unpacks_tuples() {
    type N = u32;
    fn two(tens: N, ones: N) -> N {
        tens * 10 + ones
    }
    #[expect(
        clippy::too_many_arguments,
        clippy::many_single_char_names,
        reason = "as many as there can be"
    )]
    fn eight(a: N, b: N, c: N, d: N, e: N, f: N, g: N, h: N) -> N {
        [c, d, e, f, g, h].into_iter().fold(two(a, b), two)
    }
    let _watchdog = watchdog();
    let pool = ThreadPool::new(2);
    assert_eq!(pool.starmap([(1, 2), (3, 4)], two).unwrap(), [12, 34]);
    let digits = [(1, 2, 3, 4, 5, 6, 7, 8)];
    assert_eq!(pool.starmap(digits, eight).unwrap(), [12_345_678]);
    let chunked = pool.chunksize(1);
    assert_eq!(chunked.starmap([(1, 2), (3, 4)], two).unwrap(), [12, 34]);
    assert_eq!(pool.starmap_async([(5, 6)], two).get().unwrap(), [56]);
    assert_eq!(chunked.starmap_async([(7, 8)], two).get().unwrap(), [78]);
}

/// Tuples that are lent are read where they are, fields that borrow among them.
#[test]
fn m11_starmap_unpacks_tuples_that_are_lent() {
    static PAIRS: [(u32, u32); 2] = [(2, 3), (3, 2)];
    let _watchdog = watchdog();
    let pool = ThreadPool::new(2);
    let words = [String::from("one"), String::from("two")];
    let pairs = [(&words[0], 1), (&words[1], 2)];
    let letter = |word: &String, n: usize| word.as_bytes()[n];
    let letters = [b'n', b'o'];
    assert_eq!(pool.starmap(&pairs, letter).unwrap(), letters);
    assert_eq!(pool.chunksize(1).starmap(&pairs, letter).unwrap(), letters);
    let get = |word: &String, n: usize| word.as_bytes().get(n).copied().ok_or("too short");
    assert_eq!(pool.fallible().starmap(&pairs, get).unwrap(), letters);
    let powers = pool.starmap_async(&PAIRS, u32::pow);
    assert_eq!(powers.get().unwrap(), [8, 9]);
}

/// A map inside a map of the same pool ends although the pool has one worker.
#[test]
fn k3_nested_map_ends_with_one_worker() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(1);
    let table = pool.chunksize(1).map(0..5, |row| {
        let cells = pool.chunksize(1).map(0..5, |column| row * column);
        cells.unwrap()
    });
    let expected: Vec<Vec<i32>> = (0..5)
        .map(|row| (0..5).map(|n| row * n).collect())
        .collect();
    assert_eq!(table.unwrap(), expected);
}

/// Maps inside maps, with more items than workers on each level, all end.
#[test]
fn k3_deeply_nested_maps_end() {
    fn leaves(pool: &ThreadPool, depth: usize) -> usize {
        if depth == 0 {
            return 1;
        }
        let below = pool.chunksize(1).map(0..3, |_| leaves(pool, depth - 1));
        below.unwrap().into_iter().sum()
    }
    let _watchdog = watchdog();
    for workers in 1..4 {
        assert_eq!(leaves(&ThreadPool::new(workers), 6), 729);
    }
}

/// An input that blocks delays its own caller and nobody else.
#[test]
fn y10_an_input_that_blocks_delays_nobody_else() {
    let _watchdog = watchdog();
    let pool = Arc::new(ThreadPool::new(1));
    let (blocks, release) = (Arc::new(Flag::new()), Arc::new(Flag::new()));
    let caller = checked_spawn({
        let (pool, blocks, release) =
            (Arc::clone(&pool), Arc::clone(&blocks), Arc::clone(&release));
        move || {
            let input = (0..3).inspect(|_| {
                blocks.set();
                release.wait();
            });
            pool.map(input, |n| n)
        }
    });
    blocks.wait();
    assert_eq!(pool.apply(|| 1).unwrap(), 1);
    assert_eq!(pool.map([2], |n| n).unwrap(), [2]);
    release.set();
    assert_eq!(caller.join().unwrap(), [0, 1, 2]);
}

/// A map that borrows, terminated by another thread: what runs is waited for, what does not is never run.
#[test]
fn z5_a_borrowing_map_is_terminated_by_another_thread() {
    let _watchdog = watchdog();
    let pool = Arc::new(ThreadPool::new(2));
    let (running, release) = (Arc::new(Counter::new()), Arc::new(Flag::new()));
    let caller = checked_spawn({
        let pool = Arc::clone(&pool);
        let (running, release) = (Arc::clone(&running), Arc::clone(&release));
        move || {
            let (frame, ran) = (Tracked::new(), Counter::new());
            let result = pool.chunksize(1).map(0..100, |_| {
                running.add(1);
                release.wait();
                frame.look();
                ran.add(1);
            });
            (result.unwrap_err().kind(), ran.get())
        }
    });
    running.wait_for(2);
    pool.terminate();
    caller.wait_until_asleep();
    assert_eq!(running.get(), 2);
    release.set();
    assert_eq!(caller.join(), (ExceptionKind::Cancelled, 2));
    pool.join();
}

/// Borrowing maps against a pool that is terminated at any moment: nobody looks at a frame that is gone, and each map
/// ends with all results or as cancelled or refused.
#[test]
fn z5_borrowing_maps_race_with_terminate() {
    let _watchdog = watchdog();
    for _ in 0..100 {
        let pool = Arc::new(ThreadPool::new(2));
        let callers = [0, 1].map(|_| {
            let pool = Arc::clone(&pool);
            checked_spawn(move || {
                loop {
                    let frame = Tracked::new();
                    let words = vec![String::from("word"); 8];
                    let result = pool.chunksize(1).map(&words, |word| {
                        frame.look();
                        word.clone()
                    });
                    match result {
                        Ok(copies) => assert_eq!(copies, words),
                        Err(exception) => return exception.kind(),
                    }
                }
            })
        });
        pool.terminate();
        for caller in callers {
            let kind = caller.join();
            assert!(
                matches!(kind, ExceptionKind::Cancelled | ExceptionKind::ShutDown),
                "{kind}"
            );
        }
    }
}

/// A thread that is interrupted in `map` unwinds when the chunks that run have ended; the others are not run.
#[test]
fn m8_an_interrupted_map_waits_for_what_runs() {
    let _watchdog = watchdog();
    let pool = Arc::new(ThreadPool::new(2));
    let (running, release, ran) = (
        Arc::new(Counter::new()),
        Arc::new(Flag::new()),
        Arc::new(Counter::new()),
    );
    let caller = Thread::new({
        let (pool, running, release, ran) = (
            Arc::clone(&pool),
            Arc::clone(&running),
            Arc::clone(&release),
            Arc::clone(&ran),
        );
        move || {
            let frame = Tracked::new();
            let result = pool.chunksize(1).map(0..100, |_| {
                running.add(1);
                release.wait();
                frame.look();
                ran.add(1);
            });
            unreachable!("interrupted, and not {result:?}");
        }
    });
    caller.start();
    running.wait_for(2);
    caller.raise_exception("enough").unwrap();
    let early = caller.join_timeout(*delay::SHORT);
    assert!(early.is_err(), "it did not wait: {early:?}");
    release.set();
    let exception = caller.join().unwrap_err();
    assert_eq!(
        (exception.kind(), exception.message(), ran.get()),
        (ExceptionKind::Interrupted, "enough", 2)
    );
    assert_eq!(pool.apply(|| 1).unwrap(), 1);
}

/// Interrupts that hit a map at any moment: it ends as interrupted or with all results, and nobody looks at a frame that
/// is gone.
#[test]
fn m8_interrupts_race_with_maps() {
    let _watchdog = watchdog();
    let pool = Arc::new(ThreadPool::new(2));
    for _ in 0..200 {
        let begun = Arc::new(Flag::new());
        let caller = Thread::new({
            let (pool, begun) = (Arc::clone(&pool), Arc::clone(&begun));
            move || {
                begun.set();
                loop {
                    let frame = Tracked::new();
                    let result = pool.chunksize(1).map(0..8, |n| {
                        frame.look();
                        n
                    });
                    assert_eq!(result.unwrap(), [0, 1, 2, 3, 4, 5, 6, 7]);
                    pythreads_threading::check_interrupt();
                }
            }
        });
        caller.start();
        begun.wait();
        caller.raise_exception("enough").unwrap();
        assert_eq!(caller.join().unwrap_err().message(), "enough");
    }
    pool.close();
    assert!(pool.join_timeout(Duration::MAX));
}

/// The results of a failed map are dropped once each, and a panic of their destructors leaves the caller's `map`.
#[test]
fn m8_results_of_a_failed_map_are_dropped_once() {
    struct Counted<'a>(&'a Counter);
    impl Drop for Counted<'_> {
        fn drop(&mut self) {
            self.0.add(1);
        }
    }
    let _watchdog = watchdog();
    let pool = ThreadPool::new(2);
    let (made, dropped) = (Counter::new(), Counter::new());
    let order = Lock::new(Vec::new());
    let result = pool.chunksize(2).map(0..9, |n| {
        assert_ne!(n, 5, "five");
        made.add(1);
        order.acquire().push(n);
        Counted(&dropped)
    });
    assert_eq!(result.err().unwrap().kind(), ExceptionKind::Panic);
    assert_eq!((made.get(), dropped.get()), (8, 8));
    let mut order = order.into_inner();
    order.sort_unstable();
    assert_eq!(order, [0, 1, 2, 3, 4, 6, 7, 8]);
}
