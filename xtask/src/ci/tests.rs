//! The order of the steps and the table.

use super::{Report, Step, chosen};
use crate::workspace::Workspace;

fn report(steps: &[Step]) -> Report {
    Report::of(&Workspace::find().unwrap(), steps)
}

/// Each step stands in the table with its verdict and its note; the last line repeats the tests'.
#[test]
fn green_steps_end_green() {
    let report = report(&[
        Step::new("fmt", |_| Ok(String::new())),
        Step::new("test", |_| Ok("3 tests passed".to_owned())),
    ]);
    assert_eq!(report.failure(), None);
    assert_eq!(
        report.to_string(),
        "fmt         ok          0.0 s\ntest        ok          0.0 s  3 tests passed\nall green after 0.0 s, 3 tests passed"
    );
}

/// What comes after the first failure is not run.
#[test]
fn first_failure_stops() {
    let report = report(&[
        Step::new("first", |_| Err("it broke".into())),
        Step::new("second", |_| unreachable!("a step after a failure")),
    ]);
    assert_eq!(report.failure(), Some("first"));
    assert_eq!(
        report.to_string(),
        "first       FAILED      0.0 s  it broke\nsecond      not run\nstopped at first after 0.0 s"
    );
}

/// A step that does not exist is refused with those that do.
#[test]
fn unknown_step_is_refused() {
    let error = chosen(&["fmt".to_owned(), "paint".to_owned()])
        .err()
        .unwrap();
    let error = error.to_string();
    assert!(
        error.starts_with("there is no step paint; the steps are fmt, clippy,"),
        "{error}"
    );
}
