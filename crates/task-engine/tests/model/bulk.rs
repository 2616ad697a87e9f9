//! Bulk maps: each item belongs to one thread at a time, is dropped once, and is begun only as long as nobody has stopped it.

use std::num::NonZeroUsize;
use std::sync::Arc;

use pythreads_sync_primitives::{Exception, ExceptionKind};
use pythreads_task_engine::bulk::Bulk;
use pythreads_task_engine::crew::{Crew, Settings};

use crate::engine::{check, join, share, spawn};
use crate::plain::Plain;
use crate::task::{Dropped, Drops};

/// An input or result: what was done to it is seen only if it is ordered before the look.
struct Item {
    number: Plain,
    _dropped: Dropped,
}

impl Item {
    fn new(number: usize, drops: &Drops) -> Self {
        let item = Self {
            number: Plain::default(),
            _dropped: drops.one(),
        };
        item.number.set(number);
        item
    }
}

/// A result that takes the place of its input, since that is of the same layout.
impl AsRef<Item> for Item {
    fn as_ref(&self) -> &Item {
        self
    }
}

/// A result that does not.
struct Large {
    item: Item,
    _more: usize,
}

impl From<Item> for Large {
    fn from(item: Item) -> Self {
        Self { item, _more: 0 }
    }
}

impl AsRef<Item> for Large {
    fn as_ref(&self) -> &Item {
        &self.item
    }
}

/// Doubles the number of an item, and fails for one number.
struct Double {
    results: Drops,
    fails: Option<usize>,
}

impl Double {
    fn call<R: From<Item>>(&self, input: &Item) -> Result<R, Exception> {
        let number = input.number.get();
        if self.fails == Some(number) {
            return Err(Exception::new(number.to_string()));
        }
        Ok(R::from(Item::new(2 * number, &self.results)))
    }
}

fn numbers<R: AsRef<Item>>(items: &[R]) -> Vec<usize> {
    items
        .iter()
        .map(|item| item.as_ref().number.get())
        .collect()
}

/// A crew whose workers the threads of the scenario play.
fn crew() -> Arc<Crew> {
    let two = NonZeroUsize::new(2).unwrap();
    share_crew(Settings::new("model", two).with_daemon(true))
}

fn share_crew(settings: Settings) -> Arc<Crew> {
    let crew = Crew::new(settings);
    let _looked_at = format!("{crew:?}");
    crew
}

/// Two threads, and maybe one that stops them, work on a few items. Returns how many were stopped, and what became of the map.
fn run<R: From<Item> + AsRef<Item> + Send + 'static>(
    count: usize,
    chunksize: Option<usize>,
    fails: Option<usize>,
    stops: bool,
) -> (usize, Result<Vec<usize>, String>) {
    let (inputs, results) = (share(Drops::new()), Drops::new());
    let items = (0..count)
        .map(|number| Item::new(number, &inputs))
        .collect();
    let double = Double {
        results: results.clone(),
        fails,
    };
    let crew = crew();
    let f = move |item| double.call::<R>(&item);
    let bulk = share(Bulk::new(&crew, items, chunksize, f).unwrap());
    let workers = [(); 2].map(|()| {
        let bulk = Arc::clone(&bulk);
        spawn(move || bulk.work())
    });
    let stopped = if stops { crew.cancel_pending() } else { 0 };
    join(workers);
    let doubles = Arc::into_inner(bulk).unwrap().into_results([]);
    let made = doubles.as_ref().map_or(0, Vec::len);
    assert_eq!(inputs.count(), count, "inputs are dropped once");
    if made > 0 {
        assert_eq!(results.count(), 0, "no result is dropped early");
    }
    let numbers = doubles.map(|doubles| numbers(&doubles));
    let numbers = numbers.map_err(|exception| match exception.kind() {
        ExceptionKind::Cancelled => String::from("cancelled"),
        _ => exception.message().to_owned(),
    });
    assert!(
        results.count() >= made && results.count() <= count,
        "results are dropped once"
    );
    (stopped, numbers)
}

/// Every item has its result, in its place.
#[test]
fn each_item_has_its_result() {
    check(|| assert_eq!(run::<Item>(4, None, None, false).1, Ok(vec![0, 2, 4, 6])));
}

/// The same where results have memory of their own.
#[test]
fn each_item_has_its_larger_result() {
    check(|| assert_eq!(run::<Large>(3, None, None, false).1, Ok(vec![0, 2, 4])));
}

/// What fails leaves no result there, either, and its chunk no input.
#[test]
fn one_chunk_has_no_larger_results() {
    check(|| assert_eq!(run::<Large>(3, Some(2), Some(0), false).1, Err("0".into())));
}

/// The same in chunks.
#[test]
fn each_chunk_has_its_results() {
    check(|| assert_eq!(run::<Item>(3, Some(2), None, false).1, Ok(vec![0, 2, 4])));
}

/// What fails leaves no result; those of the others are dropped.
#[test]
fn one_item_fails() {
    check(|| assert_eq!(run::<Item>(3, None, Some(1), false).1, Err("1".into())));
}

/// What fails takes the rest of its chunk along.
#[test]
fn one_chunk_fails() {
    check(|| assert_eq!(run::<Item>(3, Some(2), Some(0), false).1, Err("0".into())));
}

/// What nobody has begun is not begun any more, and if there was any, the map says so.
#[test]
fn the_map_is_stopped() {
    check(|| {
        let (stopped, numbers) = run::<Item>(3, None, None, true);
        let expected = match stopped {
            0 => Ok(vec![0, 2, 4]),
            _ => Err(String::from("cancelled")),
        };
        assert_eq!(numbers, expected);
    });
}

/// A pool that is terminated meanwhile, and one that is closed.
#[cfg(pythreads_shuttle)] // too long for loom
#[test]
fn the_pool_ends() {
    use pythreads_task_engine::bulk::map;

    for terminates in [false, true] {
        crate::pool::check(move || {
            let crew = crate::pool::crew(2);
            let (inputs, results) = (Drops::new(), Drops::new());
            let caller = spawn({
                let (crew, inputs, results) = (Arc::clone(&crew), inputs.clone(), results.clone());
                move || {
                    let items = (0..3).map(|number| Item::new(number, &inputs)).collect();
                    let double = Double {
                        results,
                        fails: None,
                    };
                    let doubles = map(&crew, items, None, |item| double.call::<Item>(&item));
                    let doubles = doubles.map(|doubles| numbers(&doubles));
                    doubles.map_err(|exception| exception.kind())
                }
            });
            crew.close();
            if terminates {
                crew.cancel_pending();
            }
            crew.join_shielded();
            let expected: Result<Vec<usize>, _> = caller.join().unwrap();
            match expected {
                Ok(numbers) => assert_eq!((numbers, results.count()), (vec![0, 2, 4], 3)),
                Err(ExceptionKind::ShutDown) => assert_eq!(results.count(), 0),
                Err(kind) => assert!(terminates && kind == ExceptionKind::Cancelled, "{kind}"),
            }
            assert_eq!(inputs.count(), 3);
        });
    }
}
