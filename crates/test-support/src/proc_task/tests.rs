//! Parsing, and what the kernel says about this very thread.

use super::parse_state;

/// A thread's name may itself contain parentheses and blanks.
#[test]
fn state_is_found_behind_any_name() {
    assert_eq!(parse_state("17 (a b) c) S 1 17 17 0"), Some('S'));
    assert_eq!(parse_state("nonsense"), None);
}

/// The calling thread is among its process's threads, and is running.
#[cfg(target_os = "linux")]
#[test]
fn the_caller_is_listed_as_running() {
    let own = super::current_tid().unwrap();
    let tasks = super::all();
    let task = tasks.iter().find(|task| task.tid == own).unwrap();
    assert!(task.to_string().contains("running"), "{task}");
    assert_eq!(super::sleeps_if_asleep(own), None);
}
