//! The examples of `threading` and `queue`.

use crate::example::Example;
use std::process;

/// Both threads sleep at the same time, the main thread goes on, and both have ended after `join`.
#[test]
fn start_and_join() {
    Example::run(env!("CARGO_BIN_EXE_start_and_join"))
        .takes_at_least(200)
        .prints_in_any_order(&[
            "sleeping 0.2 s",
            "sleeping 0.1 s",
            "the main thread goes on",
            "slept 0.1 s",
            "slept 0.2 s",
            "both threads have ended",
        ])
        .prints_before("the main thread goes on", "slept 0.1 s")
        .prints_before("slept 0.1 s", "slept 0.2 s")
        .prints_before("slept 0.2 s", "both threads have ended");
}

/// Ten sleeps of a second overlap.
#[test]
fn ten_sleepers() {
    let example = Example::run(env!("CARGO_BIN_EXE_ten_sleepers")).takes_at_least(1000);
    let lines = example.lines();
    let count = |line| lines.iter().filter(|printed| **printed == line).count();
    assert_eq!(
        (count("sleeping 1 s"), count("done sleeping")),
        (10, 10),
        "{lines:?}"
    );
    let finished = lines
        .last()
        .and_then(|line| line.strip_prefix("finished in 1."));
    assert!(finished.is_some() && lines.len() == 21, "{lines:?}");
}

/// The object's fields are read after the thread's end.
#[test]
fn class_based() {
    Example::run(env!("CARGO_BIN_EXE_class_based")).prints(&["counted to 1000000"]);
}

/// Main and another thread differ in name and ids, not in the process.
#[test]
fn current_and_main_thread() {
    let example = Example::run(env!("CARGO_BIN_EXE_current_and_main_thread"));
    let lines = example.lines();
    let [main, other] = lines[..] else {
        panic!("two lines expected: {lines:?}")
    };
    assert!(
        main.starts_with("MainThread: the main thread of process "),
        "{main}"
    );
    assert!(
        other.starts_with("any_name: another thread of process "),
        "{other}"
    );
    let ids = |line: &str| -> Vec<u64> {
        line.split([' ', ','])
            .filter_map(|word| word.parse().ok())
            .collect()
    };
    let (main, other) = (ids(main), ids(other));
    assert_eq!((main.len(), other.len()), (3, 3), "{lines:?}");
    assert_eq!(main[0], other[0], "one process");
    assert_ne!(main[0], u64::from(process::id()), "not ours");
    assert_ne!(main[1], other[1], "idents");
    assert_ne!(main[2], other[2], "native ids");
}

/// What one thread sets no other one sees.
#[test]
fn thread_local_data() {
    Example::run(env!("CARGO_BIN_EXE_thread_local_data")).prints(&[
        "the other thread begins with x = 0",
        "the other thread has x = 20",
        "the main thread still has x = 10",
    ]);
}

/// The normal thread is waited for after `main` has returned, the daemon is not.
#[test]
fn daemon_threads() {
    Example::run(env!("CARGO_BIN_EXE_daemon_threads"))
        .takes_at_least(300)
        .prints(&["the main thread has ended", "the normal thread has ended"]);
}

/// An endless loop ends by an exception from outside, its clean-up runs.
#[test]
fn stop_a_thread() {
    Example::run(env!("CARGO_BIN_EXE_stop_a_thread"))
        .takes_at_least(100)
        .prints(&[
            "the thread cleans up",
            "it ended with Stop",
            "it is not alive",
        ]);
}

/// One of two updates is lost without a lock, always; none with one.
#[test]
fn race_and_lock() {
    Example::run(env!("CARGO_BIN_EXE_race_and_lock"))
        .takes_at_least(100)
        .prints(&["2 updates without a lock: 1", "2 updates with a lock: 2"]);
}

/// Reading and adding at the same time loses and mixes nothing.
#[test]
fn shared_cache() {
    Example::run(env!("CARGO_BIN_EXE_shared_cache")).prints(&["entries: 1100, wrong ones seen: 0"]);
}

/// The result comes out of the queue.
#[test]
fn return_value_by_queue() {
    Example::run(env!("CARGO_BIN_EXE_return_value_by_queue"))
        .takes_at_least(100)
        .prints(&["the thread works ...", "42 from the queue"]);
}

/// All that was produced is consumed, however the two threads run.
#[test]
fn producer_consumer() {
    let example = Example::run(env!("CARGO_BIN_EXE_producer_consumer")).takes_at_least(100);
    let text = example.lines().join("\n");
    let number = |word: &str| word.trim_end_matches(',').parse().ok();
    let produced: u64 = text.split(' ').find_map(number).unwrap();
    let line = format!("produced {produced}, consumed {produced}, left 0");
    example.prints(&[&line]);
}
