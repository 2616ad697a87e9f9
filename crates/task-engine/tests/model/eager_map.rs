//! Eager maps: each item is run once, its reader is woken, and who waits for one is followed.
//!
//! That a reader is told of a circle is not here: it would unwind, which all threads of a checker share.

use std::sync::Arc;

use pythreads_sync_primitives::{Deadline, Event};
use pythreads_task_engine::crew::Crew;
use pythreads_task_engine::eager_map::EagerMap;
use pythreads_task_engine::scope::scope;

use crate::engine::spawn;
use crate::pool::{check, crew, end, submit};

const ITEMS: usize = 3;

fn map(crew: &Arc<Crew>) -> EagerMap<usize> {
    EagerMap::new(crew, 0..ITEMS, Ok)
}

/// All results, one after the other.
fn read(mut map: EagerMap<usize>) -> Vec<usize> {
    let next = || map.next_until(Deadline::Never).unwrap();
    std::iter::from_fn(next).map(Result::unwrap).collect()
}

/// As they end.
fn read_unordered(mut map: EagerMap<usize>) -> Vec<usize> {
    map.give_up_order();
    let mut results = read(map);
    results.sort_unstable();
    results
}

const READS: [fn(EagerMap<usize>) -> Vec<usize>; 3] =
    [read, read_unordered, |map| map.into_vec().unwrap()];

/// Two workers share the items, and a thread outside reads.
#[test]
fn a_reader_outside_gets_all() {
    for read in READS {
        check(move || {
            let crew = crew(2);
            assert_eq!(read(map(&crew)), [0, 1, 2]);
            end(&crew);
        });
    }
}

/// Each worker reads a map of its own pool, which nobody else has time for.
#[test]
fn readers_in_a_saturated_pool_get_all() {
    for read in READS {
        check(move || {
            let crew = crew(2);
            let outer = [(); 2].map(|()| {
                let inner = Arc::clone(&crew);
                submit(&crew, move || read(map(&inner)))
            });
            for results in outer {
                assert_eq!(results.result().unwrap(), [0, 1, 2]);
            }
            end(&crew);
        });
    }
}

/// A worker of another pool reads.
#[test]
fn a_reader_in_another_pool_gets_all() {
    for read in READS {
        check(move || {
            let (own, other) = (crew(1), crew(1));
            let map = map(&own);
            let results = submit(&other, move || read(map));
            assert_eq!(results.result().unwrap(), [0, 1, 2]);
            end(&own);
            end(&other);
        });
    }
}

/// The reader gets each result when it is there, although the next item waits for that.
#[test]
fn an_item_waits_for_its_reader() {
    check(|| {
        let crew = crew(1);
        let read = Arc::new(Event::new());
        let is_read = Arc::clone(&read);
        let mut map = EagerMap::new(&crew, 0..ITEMS, move |number| {
            if number > 0 {
                is_read.wait();
            }
            Ok(number)
        });
        assert_eq!(
            map.next_until(Deadline::Never).unwrap().unwrap().unwrap(),
            0
        );
        read.set();
        assert_eq!(self::read(map), [1, 2]);
        end(&crew);
    });
}

/// A worker of the pool waits for the end of a scope whose map it does not read.
#[test]
fn a_scope_ends_after_its_map() {
    check(|| {
        let crew = crew(1);
        let inner = Arc::clone(&crew);
        let sum = submit(&crew, move || {
            let numbers = [1, 2, 3];
            let map = scope(&inner, |s| s.map(&numbers, |n| Ok(*n)));
            map.into_vec().unwrap().into_iter().sum::<i32>()
        });
        assert_eq!(sum.result().unwrap(), 6);
        end(&crew);
    });
}

/// What is cancelled meanwhile has ended for the reader as well.
#[test]
fn items_are_cancelled_while_they_are_read() {
    for is_unordered in [false, true] {
        check(move || {
            let crew = crew(1);
            let mut map = map(&crew);
            let other = spawn({
                let crew = Arc::clone(&crew);
                move || crew.cancel_pending()
            });
            if is_unordered {
                map.give_up_order();
            }
            let next = || map.next_until(Deadline::Never).unwrap();
            let ran = std::iter::from_fn(next).flatten().count();
            assert_eq!(ran + other.join().unwrap(), ITEMS);
            end(&crew);
        });
    }
}
