//! Wall time and processor time, read together.

use std::ops::AddAssign;
use std::time::{Duration, Instant};

use criterion::measurement::{Measurement, ValueFormatter, WallTime};
use rustix::time::{ClockId, clock_gettime};

/// How long something took.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Elapsed {
    pub(crate) wall: Duration,
    /// Of all threads of the process.
    pub(crate) cpu: Duration,
}

/// A point in both times.
#[derive(Clone, Copy)]
pub(crate) struct Reading {
    wall: Instant,
    cpu: Duration,
}

impl Reading {
    pub(crate) fn now() -> Self {
        Self {
            cpu: cpu_time(),
            wall: Instant::now(),
        }
    }

    pub(crate) fn elapsed(self) -> Elapsed {
        Elapsed {
            wall: self.wall.elapsed(),
            cpu: cpu_time().saturating_sub(self.cpu),
        }
    }
}

impl AddAssign for Elapsed {
    fn add_assign(&mut self, other: Self) {
        self.wall += other.wall;
        self.cpu += other.cpu;
    }
}

fn cpu_time() -> Duration {
    let used = clock_gettime(ClockId::ProcessCPUTime);
    Duration::try_from(used).expect("no process has used a negative time")
}

/// Criterion's way to measure by both clocks; it analyses the wall time.
pub(crate) struct Clock;

impl Measurement for Clock {
    type Intermediate = Reading;
    type Value = Elapsed;

    fn start(&self) -> Reading {
        Reading::now()
    }

    fn end(&self, start: Reading) -> Elapsed {
        start.elapsed()
    }

    fn add(&self, one: &Elapsed, other: &Elapsed) -> Elapsed {
        let mut sum = *one;
        sum += *other;
        sum
    }

    fn zero(&self) -> Elapsed {
        Elapsed::default()
    }

    fn to_f64(&self, value: &Elapsed) -> f64 {
        WallTime.to_f64(&value.wall)
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        WallTime.formatter()
    }
}
