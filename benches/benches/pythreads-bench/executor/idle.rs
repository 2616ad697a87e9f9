//! What does a pool cost that has nothing to do? Processor time, not wall time.

use std::time::Duration;

use pythreads::threading::sleep;

use crate::clock::{Elapsed, Reading};
use crate::rivals::{Pool, Work, with_all_pools};
use crate::scenario::Scenario;

const WORKERS: usize = 32;
/// How long the pool is watched in one iteration, after it has had time to fall asleep.
const WATCHED: Duration = Duration::from_millis(100);
const FALLING_ASLEEP: Duration = Duration::from_millis(20);

pub(super) fn scenario() -> Scenario {
    let scenario = Scenario::new("executor/idle-cpu", "idle tenth of a second", 1);
    with_all_pools(scenario, Idle).floor("no pool", || watch)
}

/// Counts what the process uses meanwhile, the watcher's own part included.
fn watch(iterations: u64) -> Elapsed {
    let start = Reading::now();
    (0..iterations).for_each(|_| sleep(WATCHED));
    let Elapsed { cpu, .. } = start.elapsed();
    Elapsed { wall: cpu, cpu }
}

#[derive(Clone, Copy)]
struct Idle;

impl Work for Idle {
    fn open<P: Pool>(self) -> impl FnMut(u64) -> Elapsed + 'static {
        let pool = P::new(WORKERS);
        // All workers have been busy once.
        let numbers = 0..10 * WORKERS as u64;
        let waits = numbers.clone().map(|number| pool.submit(move || number));
        let waits: Vec<_> = waits.collect();
        let sum: u64 = waits.into_iter().map(|wait| wait()).sum();
        assert_eq!(sum, numbers.sum::<u64>());
        sleep(FALLING_ASLEEP);
        move |iterations| {
            let elapsed = watch(iterations);
            // It must still be there.
            assert_eq!(pool.submit(|| 1)(), 1);
            elapsed
        }
    }
}
