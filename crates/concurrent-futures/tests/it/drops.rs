//! When results, closures and what users left in them are dropped.

use std::panic::panic_any;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use pythreads_concurrent_futures::{Completion, ExceptionKind, ThreadPoolExecutor};
use pythreads_threading::get_ident;
use test_support::{Flag, checked_spawn, watchdog};

use crate::occupied::Occupied;

fn one_worker() -> ThreadPoolExecutor {
    ThreadPoolExecutor::new(1)
}

/// Counts how often it is dropped.
struct Dropped(Arc<AtomicUsize>);

impl Drop for Dropped {
    fn drop(&mut self) {
        // ORDERING: Relaxed, the test waits for the drop by other means.
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Panics when it is dropped.
#[derive(Debug)]
pub(crate) struct PanicsOnDrop;

impl Drop for PanicsOnDrop {
    fn drop(&mut self) {
        panic!("a destructor fails");
    }
}

/// A result is dropped once: by its future, or by the worker if the future went first; never if it was taken.
#[test]
fn results_are_dropped_once() {
    let _watchdog = watchdog();
    let executor = one_worker();
    let drops = Arc::new(AtomicUsize::new(0));
    let result = || {
        let drops = Arc::clone(&drops);
        move || Dropped(drops)
    };
    // ORDERING: Relaxed, the drops happen before the next task ends or in this thread.
    let dropped = || drops.load(Ordering::Relaxed);

    let future = executor.submit(result());
    future.wait();
    assert_eq!(dropped(), 0);
    drop(future);
    assert_eq!(dropped(), 1);

    let busy = Occupied::one(&executor);
    drop(executor.submit(result()));
    busy.release();
    executor.submit(|| ()).result().unwrap();
    assert_eq!(dropped(), 2);

    let taken = executor.submit(result()).result().unwrap();
    assert_eq!(dropped(), 2);
    drop(taken);
    assert_eq!(dropped(), 3);

    let lent = executor.submit(result());
    assert!(lent.result_ref().is_ok() && lent.result_ref().is_ok());
    drop(lent);
    assert_eq!(dropped(), 4);
}

/// The future and the worker may let go of a result at the same time.
#[test]
fn results_are_dropped_once_in_a_race() {
    const ROUNDS: usize = 2_000;
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(2);
    let drops = Arc::new(AtomicUsize::new(0));
    for n in 0..ROUNDS {
        let result = Dropped(Arc::clone(&drops));
        let future = executor.submit(move || result);
        if n % 2 == 0 {
            std::thread::yield_now();
        }
        drop(future);
    }
    drop(executor);
    // ORDERING: Relaxed, the workers have been joined.
    assert_eq!(drops.load(Ordering::Relaxed), ROUNDS);
}

/// A destructor that panics harms nobody: that of a result nobody takes, of a cancelled closure, of a panic's payload.
#[test]
fn panicking_destructors_harm_nobody() {
    let _watchdog = watchdog();
    let executor = one_worker();
    let worker = executor.submit(get_ident).result().unwrap();

    let untaken = executor.submit(|| PanicsOnDrop);
    untaken.wait();
    drop(untaken);

    let busy = Occupied::one(&executor);
    drop(executor.submit(|| PanicsOnDrop));
    let fails = PanicsOnDrop;
    let cancelled = executor.submit(move || drop(fails));
    assert!(cancelled.cancel());
    assert!(cancelled.result().unwrap_err().is_cancelled());
    busy.release();

    let exotic = executor.submit(|| panic_any(PanicsOnDrop));
    let exception = exotic.result().unwrap_err();
    assert!(exception.is_panic() && exception.payload_ref::<PanicsOnDrop>().is_some());
    drop(exception);
    drop(executor.submit(|| panic_any(PanicsOnDrop)));

    assert_eq!(executor.submit(get_ident).result().unwrap(), worker);
}

/// The same at the end of a pool: closures that a shutdown cancels, that a pool refuses because it is shut down or broken, and
/// what callbacks have captured. Each task ends once, in its way, whatever its destructor does.
#[test]
fn p16_p20_panicking_destructors_at_the_end_of_a_pool() {
    let _watchdog = watchdog();
    let holds = || {
        let fails = PanicsOnDrop;
        move || drop(fails)
    };
    let told = Arc::new(AtomicUsize::new(0));
    let tells = || {
        let (told, fails) = (Arc::clone(&told), PanicsOnDrop);
        move |_: &Completion| {
            let _captured = fails;
            // ORDERING: Relaxed, the test waits for the callbacks by other means.
            told.fetch_add(1, Ordering::Relaxed);
        }
    };
    let executor = Arc::new(one_worker());
    let busy = Occupied::one(&executor);
    let cancelled = [(); 3].map(|()| executor.submit(holds()));
    for future in &cancelled {
        future.add_done_callback(tells());
    }
    let ender = checked_spawn({
        let executor = Arc::clone(&executor);
        move || executor.shutdown_now()
    });
    for future in cancelled {
        assert!(future.result().unwrap_err().is_cancelled());
    }
    busy.release();
    ender.join();
    let refused = executor.submit(holds());
    refused.add_done_callback(tells());
    assert_eq!(
        refused.result().unwrap_err().kind(),
        ExceptionKind::ShutDown
    );

    let (begun, go) = (Arc::new(Flag::new()), Arc::new(Flag::new()));
    let (says, gate) = (Arc::clone(&begun), Arc::clone(&go));
    let broken = ThreadPoolExecutor::builder()
        .max_workers(1)
        .initializer(move || {
            says.set();
            gate.wait();
            panic_any(PanicsOnDrop);
        });
    let broken = broken.build().unwrap();
    let queued = [(); 3].map(|()| broken.submit(holds()));
    for future in &queued {
        future.add_done_callback(tells());
    }
    begun.wait();
    go.set();
    for future in queued {
        assert_eq!(
            future.result().unwrap_err().kind(),
            ExceptionKind::BrokenPool
        );
    }
    broken.shutdown();
    // ORDERING: Relaxed, the pools have ended.
    assert_eq!(told.load(Ordering::Relaxed), 7);
}

/// Whatever a task, a callback, a continuation or an item throws, also what panics when it is dropped.
#[test]
fn p9_whatever_is_thrown_the_worker_lives_on() {
    let _watchdog = watchdog();
    let executor = one_worker();
    let worker = executor.submit(get_ident).result().unwrap();
    let number = executor.submit(|| panic_any(7_u8)).result().unwrap_err();
    assert_eq!(number.payload_ref::<u8>(), Some(&7));
    let text = executor.submit(|| panic_any(String::from("text")));
    assert_eq!(text.result().unwrap_err().message(), "text");
    executor.execute(|| panic_any(PanicsOnDrop));
    let told = executor.submit(|| ());
    told.add_done_callback(|_| panic_any(PanicsOnDrop));
    drop(
        executor
            .submit(|| ())
            .then(|_| -> u8 { panic_any(PanicsOnDrop) }),
    );
    executor.submit(|| ()).on_done(|_| panic_any(PanicsOnDrop));
    drop(
        executor
            .map_lazy([0, 1], |_| -> u8 { panic_any(PanicsOnDrop) })
            .next(),
    );
    drop(
        executor
            .map([0, 1], |_| -> u8 { panic_any(PanicsOnDrop) })
            .next(),
    );
    executor.scope(|s| drop(s.submit(|| -> u8 { panic_any(PanicsOnDrop) })));
    assert_eq!(executor.submit(get_ident).result().unwrap(), worker);
}
