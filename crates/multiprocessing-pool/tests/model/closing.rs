//! `close`, `terminate`, `join` and the drop of a pool, against calls that run, wait, or just come: each call ends once, its
//! callback has run once by then, nothing runs after `join`, and everybody returns.

use std::sync::Arc;

use pythreads_multiprocessing_pool::{AsyncResult, Exception, ExceptionKind, ThreadPool};
use pythreads_sync_primitives::sync::atomic::{AtomicUsize, Ordering};

use crate::engine::{check_orders, share, spawn};
use crate::plain::Plain;

/// A pool has many steps: fewer orders have to do.
fn check(scenario: impl Fn() + Send + Sync + 'static) {
    check_orders(400, scenario);
}

fn pool(processes: usize) -> Arc<ThreadPool> {
    let pool = ThreadPool::builder().processes(processes).build().unwrap();
    Arc::new(pool)
}

/// A call, what it has run, and what its callback was told.
struct Call<T> {
    result: AsyncResult<T>,
    ran: Arc<AtomicUsize>,
    told: Arc<Told>,
}

#[derive(Debug, Default)]
struct Told {
    times: AtomicUsize,
    /// What was told, seen only if the callback is ordered before the look.
    success: Plain,
}

impl Told {
    fn tell<T>(&self, outcome: Result<&T, &Exception>) {
        self.times.fetch_add(1, Ordering::Relaxed);
        self.success.set(usize::from(outcome.is_ok()));
    }
}

fn call(pool: &ThreadPool) -> Call<usize> {
    let (ran, told) = (share(AtomicUsize::new(0)), share(Told::default()));
    let f = {
        let ran = Arc::clone(&ran);
        move || ran.fetch_add(1, Ordering::Relaxed)
    };
    let result = pool.apply_async_with(f, {
        let told = Arc::clone(&told);
        move |outcome| told.tell(outcome)
    });
    Call { result, ran, told }
}

/// Two items, each a chunk.
fn map(pool: &ThreadPool) -> Call<Vec<usize>> {
    let (ran, told) = (share(AtomicUsize::new(0)), share(Told::default()));
    let f = {
        let ran = Arc::clone(&ran);
        move |_| ran.fetch_add(1, Ordering::Relaxed)
    };
    let result = pool.chunksize(1).map_async_with([1, 2], f, {
        let told = Arc::clone(&told);
        move |outcome| told.tell(outcome)
    });
    Call { result, ran, told }
}

impl<T> Call<T> {
    /// Waits for the end, and returns how it was and how much has run.
    fn end(self) -> (Result<(), ExceptionKind>, usize) {
        let end = self.result.get().map(drop);
        // A look that is never late, and that orders nothing.
        let looked = |count: &AtomicUsize| count.fetch_add(0, Ordering::Relaxed);
        assert_eq!(looked(&self.told.times), 1, "the callback runs once");
        let told = self.told.success.get() == 1;
        assert_eq!(told, end.is_ok(), "the callback runs before");
        (end.map_err(|exception| exception.kind()), looked(&self.ran))
    }

    /// The same of a call that must have ended.
    fn ended(self) -> (Result<(), ExceptionKind>, usize) {
        assert!(self.result.ready(), "what was joined has ended");
        self.end()
    }
}

const CANCELLED: Result<(), ExceptionKind> = Err(ExceptionKind::Cancelled);
const REFUSED: Result<(), ExceptionKind> = Err(ExceptionKind::ShutDown);

/// A result is ready when its callback has returned, of a map as well.
#[test]
fn callbacks_run_before_their_results_are_ready() {
    check(|| {
        let pool = pool(2);
        let (one, two) = (call(&pool), map(&pool));
        assert_eq!(one.end(), (Ok(()), 1));
        assert_eq!(two.end(), (Ok(()), 2));
        pool.close();
        pool.join();
    });
}

/// A pool that is closed runs what it has taken, and refuses the rest; several threads join it.
#[test]
fn a_pool_is_closed_while_others_call_and_join() {
    check(|| {
        let pool = pool(2);
        let before = map(&pool);
        let caller = spawn({
            let pool = Arc::clone(&pool);
            move || (call(&pool), map(&pool))
        });
        let joiner = spawn({
            let pool = Arc::clone(&pool);
            move || {
                pool.close();
                pool.join();
            }
        });
        pool.close();
        pool.join();
        assert_eq!(before.ended(), (Ok(()), 2));
        joiner.join().unwrap();
        let (one, two) = caller.join().unwrap();
        let (one, two) = (one.ended(), two.ended());
        assert!(one == (Ok(()), 1) || one == (REFUSED, 0), "{one:?}");
        assert!(two == (Ok(()), 2) || two == (REFUSED, 0), "{two:?}");
    });
}

/// A pool that is terminated finishes what runs, and cancels or refuses the rest; several threads terminate and join it.
#[test]
fn a_pool_is_terminated_while_others_call_and_join() {
    check(|| {
        let pool = pool(1);
        let before = (call(&pool), map(&pool));
        let caller = spawn({
            let pool = Arc::clone(&pool);
            move || call(&pool)
        });
        let joiner = spawn({
            let pool = Arc::clone(&pool);
            move || {
                pool.terminate();
                pool.join();
            }
        });
        pool.terminate();
        pool.join();
        // It may be about to cancel what was waiting.
        joiner.join().unwrap();
        let (one, two) = (before.0.ended(), before.1.ended());
        assert!(one == (Ok(()), 1) || one == (CANCELLED, 0), "{one:?}");
        let (end, ran) = two;
        assert!(
            (end, ran) == (Ok(()), 2) || end == CANCELLED && ran < 2,
            "{two:?}"
        );
        let late = caller.join().unwrap().ended();
        let expected = [(Ok(()), 1), (CANCELLED, 0), (REFUSED, 0)];
        assert!(expected.contains(&late), "{late:?}");
    });
}

/// One thread closes the pool and waits for all that is queued; another one terminates it meanwhile.
#[test]
fn a_pool_is_terminated_while_another_thread_joins() {
    check(|| {
        let pool = pool(2);
        let calls = [(); 3].map(|()| call(&pool));
        let joiner = spawn({
            let pool = Arc::clone(&pool);
            move || {
                pool.close();
                pool.join();
            }
        });
        pool.terminate();
        joiner.join().unwrap();
        for call in calls {
            let end = call.ended();
            assert!(end == (Ok(()), 1) || end == (CANCELLED, 0), "{end:?}");
        }
    });
}

/// A call that borrows ends before its caller goes on, whatever becomes of the pool.
#[test]
fn a_pool_is_terminated_while_a_call_borrows() {
    check(|| {
        let pool = pool(2);
        let caller = spawn({
            let pool = Arc::clone(&pool);
            move || {
                let numbers = [(); 2].map(|()| Plain::default());
                let set = |number: &Plain| number.set(7);
                let one = pool.apply(|| set(&numbers[0])).map_err(|e| e.kind());
                assert_eq!(one.is_ok(), numbers[0].get() == 7, "{one:?}");
                let all = pool.map(&numbers, set).map_err(|e| e.kind());
                assert!(all.is_err() || numbers.iter().all(|number| number.get() == 7));
                for kind in [one.err(), all.err()].into_iter().flatten() {
                    let expected = [ExceptionKind::Cancelled, ExceptionKind::ShutDown];
                    assert!(expected.contains(&kind), "{kind}");
                }
            }
        });
        pool.terminate();
        pool.join();
        caller.join().unwrap();
    });
}

/// A task terminates its own pool: its result is kept, what waits is cancelled.
#[test]
fn a_task_terminates_its_pool() {
    check(|| {
        let pool = pool(2);
        let terminates = pool.apply_async({
            let pool = Arc::clone(&pool);
            move || pool.terminate()
        });
        let beside = call(&pool);
        terminates.get().unwrap();
        pool.join();
        let end = beside.ended();
        let expected = [(Ok(()), 1), (CANCELLED, 0), (REFUSED, 0)];
        assert!(expected.contains(&end), "{end:?}");
    });
}

/// A pool that is dropped waits for what runs and cancels the rest; its results outlive it.
#[test]
fn a_pool_is_dropped() {
    check(|| {
        let pool = pool(2);
        let calls = [(); 3].map(|()| call(&pool));
        drop(pool);
        for call in calls {
            let end = call.ended();
            assert!(end == (Ok(()), 1) || end == (CANCELLED, 0), "{end:?}");
        }
    });
}
