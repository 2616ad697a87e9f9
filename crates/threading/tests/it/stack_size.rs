//! `stack_size` and `set_stack_size`.

use pythreads_threading::{set_stack_size, stack_size};
use test_support::child::{self, Child};
use test_support::watchdog;

/// Reading does not change it; setting returns what was set before.
#[test]
fn n10_stack_size_only_reads() {
    let _watchdog = watchdog();
    if !child::is_rerun() {
        // The size is that of the whole process.
        let outcome = Child::rerun_test("stack_size::n10_stack_size_only_reads").run();
        return outcome.assert_success();
    }
    assert_eq!(stack_size(), 0);
    assert_eq!(set_stack_size(1 << 20), 0);
    assert_eq!(stack_size(), 1 << 20);
    assert_eq!(stack_size(), 1 << 20);
    assert_eq!(set_stack_size(0), 1 << 20);
}
