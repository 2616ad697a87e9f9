//! Lazy maps: each input that is taken has one result, whatever becomes of the pool or the map, and nobody sleeps for ever.

use std::sync::Arc;

use pythreads_sync_primitives::{Deadline, Exception, ExceptionKind};
use pythreads_task_engine::crew::{Crew, Settings};
use pythreads_task_engine::lazy_map::LazyMap;

use crate::engine::{share, spawn};
use crate::pool::{check, crew, end, submit};
use crate::task::{Dropped, Drops};

/// The numbers of all results, until the end or the first refusal.
fn read(crew: &Arc<Crew>, inputs: u32, set_up: impl FnOnce(&mut LazyMap<Inputs, u32>)) -> Read {
    let inputs: Inputs = Box::new(0..inputs);
    let mut map = LazyMap::new(crew, inputs, Ok);
    set_up(&mut map);
    let mut results = Vec::new();
    while let Ok(Some(result)) = map.next_until(Deadline::Never) {
        results.push(result.map_err(|exception: Exception| exception.kind()));
    }
    results
}

type Inputs = Box<dyn Iterator<Item = u32> + Send>;
type Read = Vec<Result<u32, ExceptionKind>>;

/// The window is smaller than the input, and there are as many workers as it holds.
#[test]
fn each_input_has_its_result() {
    check(|| {
        let crew = crew(2);
        let results = read(&crew, 4, |map| map.set_buffersize(2));
        assert_eq!(results, [Ok(0), Ok(1), Ok(2), Ok(3)]);
        end(&crew);
    });
}

/// As above, as they come, in chunks.
#[test]
fn each_input_has_its_result_in_whatever_order() {
    check(|| {
        let crew = crew(2);
        let mut results = read(&crew, 5, |map| {
            map.set_chunksize(2);
            map.set_unordered();
        });
        results.sort_unstable_by_key(|result| result.unwrap());
        assert_eq!(results, [Ok(0), Ok(1), Ok(2), Ok(3), Ok(4)]);
        end(&crew);
    });
}

/// A window that widens by itself, and a worker that has other tasks as well.
#[test]
fn the_window_widens() {
    check(|| {
        let crew = crew(1);
        let other = submit(&crew, || 7);
        assert_eq!(read(&crew, 5, |_| ()).len(), 5);
        assert_eq!(other.result().unwrap(), 7);
        end(&crew);
    });
}

/// A pool that closes runs what it has taken; the rest is refused, and the reader is told.
#[test]
fn the_pool_closes() {
    check(|| {
        let crew = crew(2);
        let reader = spawn({
            let crew = Arc::clone(&crew);
            move || read(&crew, 4, |map| map.set_buffersize(2))
        });
        end(&crew);
        let results = reader.join().unwrap();
        let run = results.iter().take_while(|result| result.is_ok()).count();
        let in_order = (0..)
            .zip(&results[..run])
            .all(|(n, result)| *result == Ok(n));
        let refused = |result: &_| *result == Err(ExceptionKind::ShutDown);
        assert!(
            in_order && results[run..].iter().all(refused),
            "{results:?}"
        );
        assert!(run == 4 || run < results.len(), "{results:?}");
    });
}

/// A pool that is terminated cancels what waits, and wakes the reader.
#[test]
fn the_pool_is_terminated() {
    check(|| {
        let crew = crew(1);
        let reader = spawn({
            let crew = Arc::clone(&crew);
            move || read(&crew, 4, |map| map.set_buffersize(3))
        });
        crew.close();
        crew.cancel_pending();
        crew.join_shielded();
        let results = reader.join().unwrap();
        for (n, result) in (0..).zip(&results) {
            let failed = matches!(
                result,
                Err(ExceptionKind::Cancelled | ExceptionKind::ShutDown)
            );
            assert!(*result == Ok(n) || failed, "{results:?}");
        }
        assert!(!results.is_empty(), "{results:?}");
    });
}

/// Inputs and results of a map that is dropped are dropped once each, and the pool can end.
#[test]
fn the_map_is_dropped() {
    check(|| {
        let crew = crew(2);
        let drops = share(Drops::new());
        let inputs = [(); 3].map(|()| drops.one());
        let mut map: LazyMap<_, Dropped> = LazyMap::new(&crew, inputs.into_iter(), Ok);
        drop(map.next_until(Deadline::Never).unwrap());
        drop(map);
        end(&crew);
        assert_eq!(drops.count(), 3);
    });
}

/// A worker that reads a map of its own pool runs what it waits for.
#[test]
fn a_worker_reads() {
    check(|| {
        let crew = crew(1);
        let inner = Arc::downgrade(&crew);
        let sum = submit(&crew, move || {
            let crew = inner.upgrade().unwrap();
            let results = read(&crew, 3, |map| map.set_unordered());
            results.into_iter().map(Result::unwrap).sum::<u32>()
        });
        assert_eq!(sum.result().unwrap(), 3);
        end(&crew);
    });
}

/// Workers that are replaced after each batch leave none behind.
#[test]
fn workers_are_replaced() {
    check(|| {
        let one = std::num::NonZeroUsize::MIN;
        let settings = Settings::new("model", one).with_daemon(true);
        let crew = Crew::new(settings.with_tasks_per_worker(one));
        assert_eq!(read(&crew, 3, |_| ()), [Ok(0), Ok(1), Ok(2)]);
        end(&crew);
    });
}
