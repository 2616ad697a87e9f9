//! What a scope keeps.

use test_support::watchdog;

use super::scope;

/// A scope that starts many threads one after the other does not keep them all.
#[test]
fn threads_that_have_ended_are_let_go() {
    let _watchdog = watchdog();
    scope(|s| {
        for _ in 0..300 {
            s.spawn(|| ()).join().unwrap();
        }
        assert!(s.tally.kept() < 100);
    });
}
