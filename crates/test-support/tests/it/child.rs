//! Processes with a time limit.

use std::io::{self, Write as _};
use std::process;
use std::thread;
use std::time::{Duration, Instant};

use test_support::child::{self, Child, ChildError};
use test_support::{delay, watchdog};

/// Code and both streams reach the caller.
#[test]
fn outcome_has_code_and_output() {
    let _watchdog = watchdog();
    if child::is_rerun() {
        println!("to stdout");
        eprintln!("to stderr");
        process::exit(3);
    }
    let outcome = Child::rerun_test("child::outcome_has_code_and_output").run();
    assert_eq!((outcome.code, outcome.signal), (Some(3), None), "{outcome}");
    assert!(outcome.stdout.contains("to stdout\n"), "{outcome}");
    assert!(outcome.stderr.contains("to stderr\n"), "{outcome}");
}

/// A signal is told from a code.
#[cfg(unix)]
#[test]
fn outcome_has_signal() {
    let _watchdog = watchdog();
    if child::is_rerun() {
        process::abort();
    }
    let outcome = Child::rerun_test("child::outcome_has_signal").run();
    assert_eq!(outcome.code, None, "{outcome}");
    assert!(outcome.signal.is_some(), "{outcome}");
}

/// More output than a pipe holds does not block the child.
#[test]
fn much_output_does_not_block() {
    const LINES: usize = 40_000;
    let _watchdog = watchdog();
    if child::is_rerun() {
        let mut out = io::stdout().lock();
        for _ in 0..LINES {
            writeln!(out, "0123456789").unwrap();
        }
        process::exit(0);
    }
    let outcome = Child::rerun_test("child::much_output_does_not_block").run();
    outcome.assert_success();
    assert_eq!(outcome.stdout.matches("0123456789\n").count(), LINES);
}

/// A child that does not end is killed, and what it wrote so far is kept.
#[test]
fn child_that_hangs_is_killed() {
    let _watchdog = watchdog();
    if child::is_rerun() {
        println!("before the hang");
        hang();
    }
    let start = Instant::now();
    let error = Child::rerun_test("child::child_that_hangs_is_killed")
        .limit(*delay::MEDIUM)
        .try_run()
        .unwrap_err();
    delay::elapsed_within(start, *delay::MEDIUM, *delay::LONG);
    let ChildError::TimedOut { limit, outcome, .. } = error else {
        panic!("expected a timeout, got {error}");
    };
    assert_eq!(limit, *delay::MEDIUM);
    assert_eq!(outcome.code, None, "{outcome}");
}

/// A program that does not exist is an error that names it.
#[test]
fn missing_program_is_named() {
    let _watchdog = watchdog();
    let error = Child::new("no-such-program").try_run().unwrap_err();
    assert!(
        error.to_string().starts_with("cannot run no-such-program:"),
        "{error}"
    );
}

#[expect(
    clippy::disallowed_methods,
    reason = "plays a program that does not end by itself"
)]
fn hang() {
    thread::sleep(Duration::MAX);
}
