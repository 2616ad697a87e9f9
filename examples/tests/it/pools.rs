//! The examples of `concurrent.futures` and `multiprocessing.pool`.

use crate::example::Example;
use std::fs;
use test_support::child::Child;
use test_support::watchdog;

/// Both functions run at the same time; their results come from the futures.
#[test]
fn executor_submit() {
    Example::run(env!("CARGO_BIN_EXE_executor_submit"))
        .takes_at_least(200)
        .prints_in_any_order(&[
            "sleeping 0.2 s",
            "sleeping 0.1 s",
            "both are submitted",
            "done sleeping 0.2 s",
            "done sleeping 0.1 s",
        ])
        .prints_before("both are submitted", "done sleeping 0.2 s")
        .prints_before("done sleeping 0.2 s", "done sleeping 0.1 s");
}

/// The results stand in the order of the values, and the longest sleep is the whole time.
#[test]
fn executor_map() {
    let example = Example::run(env!("CARGO_BIN_EXE_executor_map")).takes_at_least(500);
    let lines = example.lines();
    let results = ["0.5", "0.4", "0.3", "0.2", "0.1"].map(|s| format!("done sleeping {s} s"));
    assert_eq!(lines[..5], results, "{lines:?}");
    let finished = lines[5]
        .strip_prefix("finished in ")
        .and_then(|line| line.strip_suffix(" s"));
    let seconds: Option<f64> = finished.and_then(|seconds| seconds.parse().ok());
    assert!(
        seconds.is_some_and(|s| (0.5..1.5).contains(&s)),
        "1.5 s one by one: {lines:?}"
    );
}

/// The shortest sleep comes first.
#[test]
fn as_completed() {
    Example::run(env!("CARGO_BIN_EXE_as_completed"))
        .takes_at_least(500)
        .prints(&[
            "0.1: done sleeping 0.1 s",
            "0.3: done sleeping 0.3 s",
            "0.5: done sleeping 0.5 s",
        ]);
}

/// A running future, a cancelled one and one that failed answer as Python's do.
#[test]
fn future_methods() {
    Example::run(env!("CARGO_BIN_EXE_future_methods")).prints_in_any_order(&[
        "running: true false",
        "cancel: false true",
        "cancelled: false true",
        "done: false true",
        "no result yet",
        "callback: 9",
        "exception: None",
        "result: 9",
        "exception: no luck",
    ]);
}

/// Results, callbacks and error callbacks of the pool's calls.
#[test]
fn thread_pool() {
    Example::run(env!("CARGO_BIN_EXE_thread_pool")).prints(&[
        "apply: 9",
        "map: [0, 1, 4, 9, 16]",
        "apply_async: 100",
        "callback: [1, 2]",
        "error callback: 3 is odd",
        "closed and joined",
    ]);
}

/// Each file is counted, and what is not text is reported with its reason.
#[test]
fn count_lines() {
    let _watchdog = watchdog();
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("two.txt"), "a\nb\n").unwrap();
    fs::write(folder.path().join("three.txt"), "a\nb\nc").unwrap();
    fs::write(folder.path().join("binary"), [0xFF, 0xFE]).unwrap();
    let outcome = Child::new(env!("CARGO_BIN_EXE_count_lines"))
        .arg(folder.path())
        .run();
    outcome.assert_success();
    for (count, name) in [("     2", "two.txt"), ("     3", "three.txt")] {
        let line = format!("{count}  {}", folder.path().join(name).display());
        assert!(
            outcome.stdout.lines().any(|printed| printed == line),
            "{outcome}"
        );
    }
    assert_eq!(
        outcome.stdout.lines().last(),
        Some("     5  total"),
        "{outcome}"
    );
    assert!(outcome.stderr.contains("binary: "), "{outcome}");
}

/// The bars go to stderr, what is computed to stdout.
#[test]
fn progress_bars() {
    Example::run(env!("CARGO_BIN_EXE_progress_bars")).prints(&["285", "285"]);
}

/// The trace is a list of events, with the six tasks in it, by name.
#[test]
fn trace_a_pool() {
    let _watchdog = watchdog();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("trace.json");
    let program = Child::new(env!("CARGO_BIN_EXE_trace_a_pool"));
    program.arg(&file).run().assert_success();
    let trace = fs::read_to_string(file).unwrap();
    assert!(
        trace.starts_with('[') && trace.trim_end().ends_with(']'),
        "{trace}"
    );
    for n in 1..=6 {
        assert!(trace.contains(&format!("sleep {n}0 ms")), "{trace}");
    }
    assert!(trace.contains("pythreads::task"), "{trace}");
}
