//! Each input and each result of a map is dropped once, or handed out, in whatever way the map ends.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use pythreads_multiprocessing_pool::{Exception, ExceptionKind, ThreadPool};
use pythreads_threading::{Thread, check_interrupt};
use test_support::{Counter, Flag, checked_spawn, watchdog};

use crate::busy::Busy;

/// How often each of so many things was made and dropped.
struct Ledger {
    made: Vec<AtomicUsize>,
    dropped: Vec<AtomicUsize>,
}

impl Ledger {
    fn new(things: usize) -> Arc<Self> {
        let zeros = || (0..things).map(|_| AtomicUsize::new(0)).collect();
        Arc::new(Self {
            made: zeros(),
            dropped: zeros(),
        })
    }

    fn make(self: &Arc<Self>, number: usize) -> Thing {
        // ORDERING: SeqCst, here and below, so that the test does not depend on the orderings of what it tests.
        self.made[number].fetch_add(1, Ordering::SeqCst);
        Thing {
            number,
            ledger: Arc::clone(self),
            panics: false,
        }
    }

    fn things(self: &Arc<Self>) -> Vec<Thing> {
        (0..self.made.len())
            .map(|number| self.make(number))
            .collect()
    }

    /// Which things were made, each of them once and dropped once.
    fn settled(&self) -> Vec<usize> {
        let counts = self.made.iter().zip(&self.dropped).enumerate();
        let made = counts.filter_map(|(number, (made, dropped))| {
            // ORDERING: as above.
            let (made, dropped) = (made.load(Ordering::SeqCst), dropped.load(Ordering::SeqCst));
            assert!(made <= 1, "{number} was made {made} times");
            assert_eq!(made, dropped, "{number} was dropped {dropped} times");
            (made == 1).then_some(number)
        });
        made.collect()
    }

    fn all(&self) -> Vec<usize> {
        (0..self.made.len()).collect()
    }
}

/// Says so when it is dropped.
struct Thing {
    number: usize,
    ledger: Arc<Ledger>,
    panics: bool,
}

impl Drop for Thing {
    fn drop(&mut self) {
        // ORDERING: as above.
        self.ledger.dropped[self.number].fetch_add(1, Ordering::SeqCst);
        assert!(!self.panics, "the destructor of {}", self.number);
    }
}

const THINGS: usize = 100;

/// Maps things with `f`, which may look at the number of each before its result is made, in the chunks and the form that
/// `map` chooses. Returns how it ended, and which results were made.
fn settle(
    map: impl FnOnce(Vec<Thing>, &(dyn Fn(Thing) -> Thing + Sync)) -> Result<Vec<Thing>, Exception>,
    f: impl Fn(usize) + Sync,
) -> (Result<usize, Exception>, Vec<usize>) {
    let (inputs, results) = (Ledger::new(THINGS), Ledger::new(THINGS));
    let outcome = map(inputs.things(), &|input| {
        f(input.number);
        results.make(input.number)
    });
    let ended = outcome.map(|things| {
        let in_order = things.iter().map(|thing| thing.number).eq(0..THINGS);
        assert!(in_order, "results in the order of the inputs");
        things.len()
    });
    assert_eq!(inputs.settled(), inputs.all());
    (ended, results.settled())
}

/// All is well: results are handed out, inputs are gone.
#[test]
fn m4_results_are_handed_out_once() {
    let _watchdog = watchdog();
    for workers in 1..4 {
        let pool = ThreadPool::new(workers);
        let (ended, made) = settle(|things, f| pool.map(things, f), |_| ());
        assert_eq!((ended.unwrap(), made.len()), (THINGS, THINGS));
        let (ended, made) = settle(|things, f| pool.chunksize(7).map(things, f), |_| ());
        assert_eq!((ended.unwrap(), made.len()), (THINGS, THINGS));
    }
}

/// An item that panics has no result, and takes the rest of its chunk along, if there are chunks.
#[test]
fn m7_what_fails_leaves_no_result() {
    let _watchdog = watchdog();
    for failing in [0, 51, 99] {
        let pool = ThreadPool::new(2);
        let fails = |number| assert_ne!(number, failing);
        let (ended, made) = settle(|things, f| pool.map(things, f), fails);
        assert!(ended.is_err());
        let others: Vec<_> = (0..THINGS).filter(|number| *number != failing).collect();
        assert_eq!(made, others);
        let (ended, made) = settle(|things, f| pool.chunksize(10).map(things, f), fails);
        assert!(ended.is_err());
        let chunk = failing..(failing / 10 + 1) * 10;
        let others: Vec<_> = (0..THINGS)
            .filter(|number| !chunk.contains(number))
            .collect();
        assert_eq!(made, others);
    }
}

/// Everything fails.
#[test]
fn m7_all_items_fail() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(2);
    let inputs = Ledger::new(THINGS);
    let raise = |input: Thing| -> Result<Thing, String> { Err(input.number.to_string()) };
    let exception = pool.fallible().map(inputs.things(), raise).err().unwrap();
    assert_eq!(exception.message(), "0");
    assert_eq!(inputs.settled(), inputs.all());
    let chunked = pool
        .chunksize(30)
        .fallible()
        .map(Ledger::new(THINGS).things(), raise);
    assert_eq!(chunked.err().unwrap().message(), "0");
}

/// Destructors that panic, in the function, of what a failing chunk leaves, and of results that nobody will have: each costs
/// at most its item.
#[test]
fn m7_destructors_may_panic() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(2);
    let panicking = |mut thing: Thing| {
        thing.panics = true;
        thing
    };
    let (inputs, results) = (Ledger::new(THINGS), Ledger::new(THINGS));
    let things = inputs.things().into_iter().map(panicking);
    // The first input of each chunk is dropped by the function, the others by the pool.
    let ended = pool.chunksize(10).map(things, |input| {
        let number = input.number;
        drop(input);
        results.make(number)
    });
    assert_eq!(ended.err().unwrap().message(), "the destructor of 0");
    assert_eq!(inputs.settled(), inputs.all());
    assert_eq!(results.settled(), []);

    let (inputs, results) = (Ledger::new(THINGS), Ledger::new(THINGS));
    let ended = pool.map(inputs.things(), |input| {
        assert!(input.number < 99, "the last");
        panicking(results.make(input.number))
    });
    assert_eq!(ended.err().unwrap().message(), "the last");
    assert_eq!(inputs.settled(), inputs.all());
    assert_eq!(results.settled(), (0..99).collect::<Vec<_>>());
}

/// A pool that is terminated meanwhile: what was begun has its result, the rest is dropped by the caller.
#[test]
fn z5_what_is_cancelled_is_dropped() {
    let _watchdog = watchdog();
    for chunksize in [None, Some(3)] {
        let pool = ThreadPool::new(2);
        let (begun, cancelled) = (Counter::new(), Flag::new());
        let (ended, made) = std::thread::scope(|scope| {
            scope.spawn(|| {
                begun.wait_for(2);
                pool.terminate();
                cancelled.set();
            });
            let f = |_| {
                begun.add(1);
                cancelled.wait();
            };
            settle(
                |things, f| match chunksize {
                    None => pool.map(things, f),
                    Some(size) => pool.chunksize(size).map(things, f),
                },
                f,
            )
        });
        assert_eq!(ended.unwrap_err().kind(), ExceptionKind::Cancelled);
        assert_eq!(made.len(), 2 * chunksize.unwrap_or(1));
    }
}

/// A caller that is interrupted at any moment: what was begun is waited for and dropped, as is the rest.
#[test]
fn m8_what_an_interrupted_map_has_is_dropped() {
    let _watchdog = watchdog();
    let pool = Arc::new(ThreadPool::new(2));
    let mut interrupted = 0;
    for round in 0..100 {
        let (inputs, results) = (Ledger::new(THINGS), Ledger::new(THINGS));
        let begun = Arc::new(Counter::new());
        let caller = Thread::new({
            let (inputs, results) = (Arc::clone(&inputs), Arc::clone(&results));
            let (pool, begun) = (Arc::clone(&pool), Arc::clone(&begun));
            move || {
                let ended = pool.map(inputs.things(), |input| {
                    begun.add(1);
                    results.make(input.number)
                });
                assert_eq!(ended.unwrap().len(), THINGS);
                check_interrupt();
            }
        });
        caller.start();
        begun.wait_for(round % 20);
        // It may have ended.
        let _refused = caller.raise_exception("enough");
        if let Err(exception) = caller.join() {
            assert_eq!(exception.kind(), ExceptionKind::Interrupted);
            interrupted += 1;
        }
        assert_eq!(inputs.settled(), inputs.all());
        assert_eq!(results.settled().len(), begun.get());
    }
    assert!(interrupted > 0, "none was interrupted");
}

/// A pool that refuses: nothing is run, the input is not even asked.
#[test]
fn z2_a_refused_map_takes_no_input() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(2);
    pool.close();
    let inputs = Ledger::new(THINGS);
    let asked = Counter::new();
    let things = inputs.things();
    let refused = pool.map(things.into_iter().inspect(|_| asked.add(1)), |thing| thing);
    assert_eq!(refused.err().unwrap().kind(), ExceptionKind::ShutDown);
    assert_eq!((inputs.settled(), asked.get()), (inputs.all(), 0));
}

/// The same without a borrow, for each way in which a map that nobody waits for can end.
#[test]
fn u8_what_an_asynchronous_map_has_is_dropped() {
    let _watchdog = watchdog();
    let ended: [fn(&ThreadPool) -> bool; 4] = [
        |_| false,
        |pool| {
            pool.terminate();
            true
        },
        |pool| {
            pool.close();
            false
        },
        |pool| pool.apply(|| panic!("something else")).is_ok(),
    ];
    for end in ended {
        for is_dropped in [false, true] {
            let pool = ThreadPool::new(2);
            let (inputs, results) = (Ledger::new(THINGS), Ledger::new(THINGS));
            let busy = Busy::new(&pool, 1);
            let map = pool.map_async(inputs.things(), {
                let results = Arc::clone(&results);
                move |input: Thing| results.make(input.number)
            });
            let may_be_cancelled = end(&pool);
            if is_dropped {
                drop(map);
            } else {
                match map.get() {
                    Ok(things) => assert!(things.iter().map(|thing| thing.number).eq(0..THINGS)),
                    Err(exception) => {
                        assert!(may_be_cancelled && exception.kind() == ExceptionKind::Cancelled);
                    }
                }
            }
            busy.release();
            pool.close();
            pool.join();
            drop(pool);
            assert_eq!(inputs.settled(), inputs.all());
            let _made = results.settled();
        }
    }
}

/// Items and results of no size at all are as good as others.
#[test]
fn m4_items_may_have_no_size() {
    static DROPPED: AtomicUsize = AtomicUsize::new(0);
    struct Nothing;
    impl Drop for Nothing {
        fn drop(&mut self) {
            // ORDERING: as above.
            DROPPED.fetch_add(1, Ordering::SeqCst);
        }
    }
    let _watchdog = watchdog();
    let pool = ThreadPool::new(2);
    let calls = Counter::new();
    let nothings = (0..THINGS).map(|_| Nothing).collect::<Vec<_>>();
    let results = pool.map(nothings, |_nothing| {
        calls.add(1);
        Nothing
    });
    assert_eq!((results.unwrap().len(), calls.get()), (THINGS, THINGS));
    // ORDERING: as above.
    assert_eq!(DROPPED.load(Ordering::SeqCst), 2 * THINGS);
}

/// Results that are larger or smaller than their inputs, and so lie elsewhere, or that are aligned otherwise: each is dropped
/// once, as they are.
#[test]
fn m4_results_may_be_of_any_size() {
    #[repr(align(64))]
    struct Wide(Thing);
    struct Small(#[expect(dead_code, reason = "it is dropped")] Arc<()>);
    let _watchdog = watchdog();
    for (workers, failing) in [(1, 7), (2, 50), (3, 99), (2, THINGS)] {
        let pool = ThreadPool::new(workers);
        let (inputs, results) = (Ledger::new(THINGS), Ledger::new(THINGS));
        let wide = pool.map(inputs.things(), |input| {
            assert_ne!(input.number, failing);
            Wide(results.make(input.number))
        });
        let numbers = wide.map(|wide| wide.iter().map(|Wide(thing)| thing.number).collect());
        let others: Vec<usize> = (0..THINGS).filter(|number| *number != failing).collect();
        match numbers {
            Ok::<Vec<_>, _>(numbers) => assert_eq!(numbers, inputs.all()),
            Err(_) => assert!(failing < THINGS),
        }
        assert_eq!(inputs.settled(), inputs.all());
        assert_eq!(results.settled(), others);

        let (inputs, small) = (Ledger::new(THINGS), Arc::new(()));
        let results = pool.chunksize(10).map(inputs.things(), |input| {
            assert_ne!(input.number, failing);
            Small(Arc::clone(&small))
        });
        let held = Arc::strong_count(&small) - 1;
        assert_eq!(held, results.map_or(0, |results| results.len()));
        assert_eq!(inputs.settled(), inputs.all());
        assert_eq!(Arc::strong_count(&small), 1);
    }
}

/// Where a result takes the place of its input, inputs that fail, or are left, and results are told from each other.
#[test]
fn m4_results_take_the_places_of_their_inputs() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(2);
    let inputs: Vec<Box<usize>> = (0..THINGS).map(Box::new).collect();
    let place = inputs.as_ptr().addr();
    let texts = pool.map(inputs, |number| {
        Box::new(number.to_string().into_boxed_str())
    });
    let texts = texts.unwrap();
    assert!(
        texts
            .iter()
            .map(|text| text.parse::<usize>().unwrap())
            .eq(0..THINGS)
    );
    assert_eq!(texts.as_ptr().addr(), place);
}

/// Maps that end in all these ways at once, in a pool whose workers are replaced after each run.
#[test]
fn m4_many_maps_share_a_pool() {
    let _watchdog = watchdog();
    let pool = ThreadPool::builder()
        .processes(2)
        .maxtasksperchild(1)
        .build();
    let pool = Arc::new(pool.unwrap());
    let callers = [0, 1, 2].map(|caller| {
        let pool = Arc::clone(&pool);
        checked_spawn(move || {
            for round in 0..10 {
                let fails = |number| assert!(caller == 0 || number != 9 * round);
                let map = |things: Vec<Thing>, f: &(dyn Fn(Thing) -> Thing + Sync)| {
                    pool.chunksize(10).map(things, f)
                };
                let (ended, made) = settle(map, fails);
                assert_eq!(ended.is_ok(), caller == 0);
                assert!(made.len() > 80, "{made:?}");
            }
        })
    });
    for caller in callers {
        caller.join();
    }
}

/// An input whose iterator panics half-way: what it has given is dropped, and nothing was run.
#[test]
fn m1_what_a_broken_input_has_given_is_dropped() {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(1);
    let inputs = Ledger::new(THINGS);
    let things = inputs.things().into_iter();
    let broken = things.inspect(|thing| assert!(thing.number < 50, "the input broke"));
    let caught = catch_unwind(AssertUnwindSafe(|| pool.map(broken, |thing| thing.number)));
    assert!(caught.is_err());
    assert_eq!(inputs.settled(), inputs.all());
}
