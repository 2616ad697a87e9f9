//! Scale and limits.

use std::time::{Duration, Instant};

use super::{LONG, MEDIUM, SHORT, elapsed_within, parse_scale};

/// The three delays can be told from each other at every scale.
#[test]
fn delays_are_far_apart() {
    assert!(*MEDIUM >= *SHORT * 10);
    assert!(*LONG >= *MEDIUM * 10);
}

/// A scale is any number above zero.
#[test]
fn scale_is_a_positive_number() {
    assert!((parse_scale("2.5") - 2.5).abs() < f64::EPSILON);
    assert!((parse_scale(" 1 ") - 1.0).abs() < f64::EPSILON);
}

/// A scale that makes no sense is reported, not ignored.
#[test]
#[should_panic(expected = "PYTHREADS_DELAY_SCALE must be a number above 0, not \"-1\"")]
fn negative_scale_is_refused() {
    parse_scale("-1");
}

/// What lies inside the limits passes.
#[test]
fn elapsed_inside_the_limits() {
    elapsed_within(Instant::now(), Duration::ZERO, *LONG);
}

/// What ends too early says so.
#[test]
#[should_panic(expected = "ended too early")]
fn elapsed_too_early() {
    elapsed_within(Instant::now(), *LONG, *LONG);
}

/// What ends too late says so.
#[test]
#[should_panic(expected = "ended too late")]
fn elapsed_too_late() {
    let start = Instant::now();
    while start.elapsed().is_zero() {}
    elapsed_within(start, Duration::ZERO, Duration::ZERO);
}
