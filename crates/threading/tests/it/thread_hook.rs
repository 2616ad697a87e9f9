//! `add_thread_hook`.

use std::sync::Arc;

use pythreads_threading::{Lock, Thread, add_thread_hook, current_thread};
use test_support::watchdog;

/// Hooks run in each later thread, before its body, in the order in which they were added, until they are removed.
#[test]
fn g1_hooks_run_before_the_body() {
    let _watchdog = watchdog();
    let seen = Arc::new(Lock::new(Vec::new()));
    let note = |what: &'static str| {
        let seen = Arc::clone(&seen);
        move || {
            // Threads of other tests run the hooks too.
            if current_thread().name() == "hooked" {
                seen.acquire().push(what);
            }
        }
    };
    let run = || {
        let handle = Thread::builder().name("hooked").spawn(note("body"));
        handle.unwrap().join().unwrap();
        std::mem::take(&mut *seen.acquire())
    };
    let first = add_thread_hook(note("first"));
    let second = add_thread_hook(note("second"));
    assert_eq!(run(), ["first", "second", "body"]);
    first.remove();
    assert_eq!(run(), ["second", "body"]);
    second.remove();
    assert_eq!(run(), ["body"]);
}

/// A hook that panics ends the thread, whose body does not run and is dropped.
#[test]
fn a_hook_that_panics_ends_the_thread() {
    let _watchdog = watchdog();
    let hook = add_thread_hook(|| {
        assert!(current_thread().name() != "refused by a hook", "no");
    });
    let captured = Arc::new(());
    let handle = Thread::builder().name("refused by a hook").spawn({
        let captured = Arc::clone(&captured);
        move || drop(captured)
    });
    let exception = handle.unwrap().join().unwrap_err();
    hook.remove();
    assert_eq!(exception.message(), "no");
    assert_eq!(Arc::strong_count(&captured), 1);
}
