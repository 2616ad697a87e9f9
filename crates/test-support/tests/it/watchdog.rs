//! The watchdog ends a test that hangs, and no other.

use std::time::Duration;

use test_support::child::{self, Child};
use test_support::{Flag, checked_spawn, delay, watchdog, watchdog_for};

/// A hang is reported with the test's name, its line and its threads, then the process is aborted.
#[test]
fn a_hang_is_reported_and_aborted() {
    static NEVER: Flag = Flag::new();
    if child::is_rerun() {
        let _watchdog = watchdog_for(*delay::MEDIUM);
        let _blocked = checked_spawn(|| NEVER.wait());
        NEVER.wait();
    }
    let _watchdog = watchdog();
    let outcome = Child::rerun_test("watchdog::a_hang_is_reported_and_aborted").run();
    assert_ne!(outcome.code, Some(0), "{outcome}");
    for part in ["watchdog: test ", "it/watchdog.rs:", "did not end within"] {
        assert!(outcome.stderr.contains(part), "{part}: {outcome}");
    }
    if cfg!(target_os = "linux") {
        for part in ["  watchdog.rs:", "asleep", "<- the test"] {
            assert!(outcome.stderr.contains(part), "{part}: {outcome}");
        }
    }
}

/// A watchdog that is dropped in time does nothing later, and others are still timed.
#[test]
fn a_dropped_watchdog_is_forgotten() {
    if child::is_rerun() {
        let outer = watchdog_for(*delay::LONG * 100);
        drop(watchdog_for(*delay::SHORT));
        drop(outer);
        let _hangs = watchdog_for(*delay::MEDIUM);
        Flag::new().wait();
    }
    let _watchdog = watchdog();
    let outcome = Child::rerun_test("watchdog::a_dropped_watchdog_is_forgotten").run();
    assert_ne!(outcome.code, Some(0), "{outcome}");
    let expected = format!("did not end within {:?}", *delay::MEDIUM);
    assert!(outcome.stderr.contains(&expected), "{outcome}");
}

/// A limit that the clock cannot express is refused at the line that asks for it.
#[test]
#[should_panic(expected = "the limit of a watchdog lies in the reach of the clock")]
fn an_endless_limit_is_refused() {
    let _watchdog = watchdog_for(Duration::MAX);
}
