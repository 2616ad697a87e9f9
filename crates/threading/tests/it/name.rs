//! Names, to humans and to the system.

use std::sync::Arc;
use std::time::Duration;

use pythreads_threading::{Runnable, Thread, Timer, current_thread, main_thread, spawn};
use test_support::child::{self, Child};
use test_support::{Flag, checked_spawn, watchdog};

fn download() {}

struct Crawler;

impl Runnable for Crawler {
    fn run(&mut self) {}
}

/// The number and the rest of an automatic name.
fn parts(name: &str) -> (u64, &str) {
    parts_after("Thread-", name)
}

fn parts_after<'name>(prefix: &str, name: &'name str) -> (u64, &'name str) {
    let numbered = name.strip_prefix(prefix).unwrap();
    let (number, target) = numbered.split_once(' ').unwrap_or((numbered, ""));
    (number.parse().unwrap(), target)
}

/// An automatic name counts, and says what the thread runs as far as that has a name.
#[test]
fn n1_automatic_names() {
    let _watchdog = watchdog();
    let names = [
        Thread::new(download).name(),
        Thread::new(|| ()).name(),
        Thread::new(download as fn()).name(),
        Thread::from_runnable(Crawler).name(),
        Timer::new(Duration::ZERO, download).thread().name(),
    ];
    let numbers: Vec<_> = names.iter().map(|name| parts(name).0).collect();
    assert!(numbers.is_sorted_by(|one, next| one < next), "{names:?}");
    let targets: Vec<_> = names.iter().map(|name| parts(name).1).collect();
    assert_eq!(
        targets,
        [
            "(download)",
            "(n1_automatic_names::{{closure}})",
            "",
            "(Crawler)",
            "(download)"
        ]
    );
}

/// An empty name means automatic; names need not be unique.
#[test]
fn n1_n3_given_names() {
    let _watchdog = watchdog();
    assert_eq!(Thread::builder().name("a b").target(|| ()).name(), "a b");
    assert_eq!(Thread::builder().name("a b").target(|| ()).name(), "a b");
    assert!(
        Thread::builder()
            .name("")
            .target(|| ())
            .name()
            .starts_with("Thread-")
    );
}

/// Threads that something else has started count with ours and with timers; main does not.
#[test]
fn n2_names_of_others() {
    let _watchdog = watchdog();
    if !child::is_rerun() {
        // Threads of other tests count too.
        let outcome = Child::rerun_test("name::n2_names_of_others").run();
        return outcome.assert_success();
    }
    let started = || parts(&Thread::new(download).name()).0;
    let timer = || parts(&Timer::new(Duration::ZERO, download).thread().name()).0;
    let dummy = || {
        let name = checked_spawn(|| current_thread().name()).join();
        parts_after("Dummy-", &name).0
    };
    assert_eq!(main_thread().name(), "MainThread");
    // The harness has started this one.
    let first = parts_after("Dummy-", &current_thread().name()).0;
    let numbers = [started(), dummy(), timer(), dummy(), started()];
    assert_eq!(numbers, [1, 2, 3, 4, 5].map(|more| first + more));
}

/// A name can be changed at any time, and a panic is reported under the newest.
#[test]
fn n3_names_can_change() {
    let _watchdog = watchdog();
    let thread = Thread::new(|| {
        assert_eq!(current_thread().name(), "before");
        current_thread().set_name("within");
        panic!("on purpose");
    });
    thread.set_name("before");
    thread.start();
    assert_eq!(thread.join().unwrap_err().thread_name(), Some("within"));
    thread.set_name("after");
    assert_eq!(thread.name(), "after");
}

/// A name with a NUL, which no system takes.
#[test]
fn t19_a_name_with_nul() {
    let _watchdog = watchdog();
    let handle = Thread::builder()
        .name("a\0b")
        .spawn(|| current_thread().set_name("c\0d"));
    let handle = handle.unwrap();
    let thread = handle.thread().clone();
    handle.join().unwrap();
    assert_eq!(thread.name(), "c\0d");
}

/// The system's name is the beginning of ours, cut between two characters.
#[cfg(target_os = "linux")]
#[test]
fn t19_n3_the_systems_name() {
    fn comm() -> String {
        let name = std::fs::read_to_string("/proc/thread-self/comm").unwrap();
        name.trim_end_matches('\n').to_owned()
    }
    let _watchdog = watchdog();
    for (name, expected) in [
        ("short", "short"),
        ("exactly 15 byte", "exactly 15 byte"),
        ("longer than 15 bytes", "longer than 15 "),
        ("aaaaaaaaaaaaaa\u{fc}", "aaaaaaaaaaaaaa"),
        (
            "\u{1f980}\u{1f980}\u{1f980}\u{1f980}",
            "\u{1f980}\u{1f980}\u{1f980}",
        ),
    ] {
        let handle = Thread::builder().name(name).spawn(comm).unwrap();
        assert_eq!(handle.join().unwrap(), expected);
        let rename = move || {
            current_thread().set_name(name);
            comm()
        };
        assert_eq!(spawn(rename).join().unwrap(), expected);
    }
    // Done by another thread it changes our name only.
    let go = Arc::new(Flag::new());
    let handle = Thread::builder().name("first").spawn({
        let go = Arc::clone(&go);
        move || {
            go.wait();
            comm()
        }
    });
    let handle = handle.unwrap();
    handle.thread().set_name("second");
    go.set();
    assert_eq!(handle.join().unwrap(), "first");
}
