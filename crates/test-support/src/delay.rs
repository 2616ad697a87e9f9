//! The few true delays of the tests: named, and all times one scale.
//!
//! A slow machine (an emulator, a sanitizer, a busy laptop) sets `PYTHREADS_DELAY_SCALE` to a number
//! above 1 and every delay and limit grows with it.

use std::env;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// Long enough for a waiting thread to fall asleep, short enough to be waited out in every test.
pub static SHORT: LazyLock<Duration> = LazyLock::new(|| scaled(Duration::from_millis(20)));

/// Ten times [`SHORT`]: clearly apart from it, so that two delays can be told from each other.
pub static MEDIUM: LazyLock<Duration> = LazyLock::new(|| scaled(Duration::from_millis(200)));

/// The limit of a wait that must end early: a passing test never waits it out.
pub static LONG: LazyLock<Duration> = LazyLock::new(|| scaled(Duration::from_secs(10)));

/// How long a `Flag` or a `Counter` is waited for before the wait panics at its own line, well
/// before the watchdog ends the whole process.
pub(crate) static WAIT_LIMIT: LazyLock<Duration> =
    LazyLock::new(|| scaled(Duration::from_secs(30)));

/// How long a whole test may take.
pub(crate) static TEST_LIMIT: LazyLock<Duration> = LazyLock::new(|| scaled(Duration::from_mins(1)));

static SCALE: LazyLock<f64> = LazyLock::new(|| match env::var("PYTHREADS_DELAY_SCALE") {
    Ok(text) => parse_scale(&text),
    Err(_) => 1.0,
});

/// Panics unless between `at_least` and `at_most` have passed since `start`.
///
/// # Panics
///
/// If less than `at_least` or more than `at_most` has passed.
#[track_caller]
pub fn elapsed_within(start: Instant, at_least: Duration, at_most: Duration) {
    let elapsed = start.elapsed();
    assert!(
        elapsed >= at_least,
        "ended too early: after {elapsed:?}, expected at least {at_least:?}"
    );
    assert!(
        elapsed <= at_most,
        "ended too late: after {elapsed:?}, expected at most {at_most:?}"
    );
}

fn scaled(delay: Duration) -> Duration {
    delay.mul_f64(*SCALE)
}

fn parse_scale(text: &str) -> f64 {
    match text.trim().parse::<f64>() {
        Ok(scale) if scale.is_finite() && scale > 0.0 => scale,
        _ => panic!("PYTHREADS_DELAY_SCALE must be a number above 0, not {text:?}"),
    }
}

#[cfg(test)]
mod tests;
