//! `stack_size` and `set_stack_size`.

use std::hint::black_box;

use pythreads_threading::{Thread, ThreadState, set_stack_size, spawn, stack_size};
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

/// A stack of no size is a bug of the line that asks for it.
#[test]
fn a_builder_takes_no_zero() {
    let _watchdog = watchdog();
    if child::is_rerun() {
        Thread::builder().stack_size(0).target(|| ()).start();
        return;
    }
    let outcome = Child::rerun_test("stack_size::a_builder_takes_no_zero").run();
    assert!(outcome.code != Some(0), "{outcome}");
    let place = format!("panicked at {}:", file!());
    assert!(outcome.stderr.contains(&place), "{outcome}");
    assert!(outcome.stderr.contains("a stack of 0 bytes"), "{outcome}");
}

/// No size is too small; one that is too large is refused at the start; and one that was set holds for threads that are started from then on.
#[test]
fn n11_a_size_holds_for_later_threads() {
    let _watchdog = watchdog();
    if !child::is_rerun() {
        let outcome = Child::rerun_test("stack_size::n11_a_size_holds_for_later_threads").run();
        return outcome.assert_success();
    }
    set_stack_size(1);
    spawn(|| ()).join().unwrap();
    let thread = Thread::builder().stack_size(1).target(|| ());
    thread.start();
    thread.join().unwrap();
    let huge = Thread::builder().stack_size(usize::MAX).target(|| ());
    assert!(huge.try_start().unwrap_err().is_refused());
    assert_eq!(huge.state(), ThreadState::Initial);
    set_stack_size(usize::MAX);
    assert!(Thread::new(|| ()).try_start().unwrap_err().is_refused());
    // Far more than std's default.
    set_stack_size(64 << 20);
    assert_eq!(spawn(|| use_pages(1024)).join().unwrap(), 1024);
}

/// Uses so many pages of stack, and returns how many.
fn use_pages(pages: usize) -> usize {
    let page = black_box([1_u8; 4096]);
    match pages {
        0 => 0,
        more => use_pages(more - 1) + usize::from(black_box(page)[0]),
    }
}
