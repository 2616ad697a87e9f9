//! `add_thread_hook`.

use std::sync::Arc;

use pythreads_threading::{Lock, Thread, ThreadHook, add_thread_hook, current_thread};
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

/// A hook that panics while it is the last user of another one, whose destructor panics, ends the thread and no more.
#[test]
fn a_hook_and_a_destructor_that_panic_end_the_thread() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("the destructor");
        }
    }
    const NAME: &str = "ended twice over";
    let _watchdog = watchdog();
    let last = Arc::new(Lock::new(None::<ThreadHook>));
    let first = add_thread_hook({
        let last = Arc::clone(&last);
        move || {
            if current_thread().name() == NAME {
                // Not the end of the other hook: it is about to run.
                let other = last.acquire().take();
                other.into_iter().for_each(ThreadHook::remove);
                panic!("the hook");
            }
        }
    });
    let bomb = Bomb;
    *last.acquire() = Some(add_thread_hook(move || {
        let _bomb = &bomb;
    }));
    let handle = Thread::builder().name(NAME).spawn(|| ());
    let exception = handle.unwrap().join().unwrap_err();
    first.remove();
    assert_eq!(exception.message(), "the hook");
}
