//! What runs a scenario: one body, whichever checker this is built for.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

pub(crate) use pythreads_sync_primitives::sync::model::thread::{JoinHandle, spawn};
use pythreads_sync_primitives::wait_queue::begin;
pub(crate) use pythreads_sync_primitives::wait_queue::strike;

/// A time limit. It passes when a thread of the scenario calls [`strike`].
pub(crate) const SOON: Duration = Duration::from_secs(1);

/// Makes an object that several threads use. loom wants each atomic in it made before, so it is looked at once.
pub(crate) fn share<T: Debug>(object: T) -> Arc<T> {
    let _looked_at = format!("{object:?}");
    Arc::new(object)
}

/// What the threads return.
pub(crate) fn join<T, const N: usize>(threads: [JoinHandle<T>; N]) -> [T; N] {
    threads.map(|thread| thread.join().unwrap())
}

/// Runs the scenario in every order of its threads that differs, within the bound of `LOOM_MAX_PREEMPTIONS`.
#[cfg(pythreads_loom)]
pub(crate) fn check(scenario: impl Fn() + Send + Sync + 'static) {
    loom::model(move || {
        begin();
        scenario();
    });
}

/// Runs the scenario in many orders, which are chosen in three ways, or in the one that `SHUTTLE_REPLAY` holds.
#[cfg(pythreads_shuttle)]
pub(crate) fn check(scenario: impl Fn() + Send + Sync + 'static) {
    check_orders(2_000, scenario);
}

/// As [`check`], in so many orders of each kind unless `SHUTTLE_ROUNDS` says otherwise: for scenarios that take longer.
#[cfg(pythreads_shuttle)]
pub(crate) fn check_orders(rounds: usize, scenario: impl Fn() + Send + Sync + 'static) {
    use shuttle::scheduler::{PctScheduler, RandomScheduler, ReplayScheduler, UrwRandomScheduler};

    const SEED: u64 = 0; // unless SHUTTLE_RANDOM_SEED is set
    const DEPTH: usize = 3;
    let scenario = Arc::new(scenario);
    if let Ok(schedule) = std::env::var("SHUTTLE_REPLAY") {
        return run(
            ReplayScheduler::new_from_encoded(schedule.trim()),
            &scenario,
        );
    }
    let rounds = std::env::var("SHUTTLE_ROUNDS").map_or(rounds, |rounds| rounds.parse().unwrap());
    run(RandomScheduler::new_from_seed(SEED, rounds), &scenario);
    run(UrwRandomScheduler::new_from_seed(SEED, rounds), &scenario);
    run(PctScheduler::new_from_seed(SEED, DEPTH, rounds), &scenario);
}

#[cfg(pythreads_shuttle)]
fn run(
    scheduler: impl shuttle::scheduler::Scheduler + 'static,
    scenario: &Arc<impl Fn() + Send + Sync + 'static>,
) {
    let scenario = Arc::clone(scenario);
    let mut config = shuttle::Config::new();
    config.silence_warnings = true;
    shuttle::Runner::new(scheduler, config).run(move || {
        begin();
        scenario();
    });
}
