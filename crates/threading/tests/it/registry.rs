//! `current_thread`, `main_thread`, `enumerate` and their kin.

use std::sync::Arc;

use pythreads_threading::{
    Thread, active_count, current_thread, enumerate, get_ident, get_native_id, main_thread, spawn,
};
use test_support::child::{self, Child};
use test_support::{Flag, checked_spawn, watchdog};

/// Started threads are listed until they are joined; main always, and first.
#[test]
fn n4_enumerate() {
    let _watchdog = watchdog();
    let go = Arc::new(Flag::new());
    let threads: Vec<_> = (0..5)
        .map(|_| {
            let go = Arc::clone(&go);
            Thread::new(move || go.wait())
        })
        .collect();
    assert!(!enumerate().iter().any(|thread| threads.contains(thread)));
    threads.iter().for_each(Thread::start);
    let listed = enumerate();
    assert_eq!(listed[0], main_thread());
    assert!(threads.iter().all(|thread| listed.contains(thread)));
    go.set();
    for thread in &threads {
        thread.join().unwrap();
    }
    assert!(!enumerate().iter().any(|thread| threads.contains(thread)));
}

/// The count is that of the list.
#[test]
fn n5_active_count() {
    let _watchdog = watchdog();
    if !child::is_rerun() {
        // Alone in its process, or threads of other tests would come and go.
        let outcome = Child::rerun_test("registry::n5_active_count").run();
        return outcome.assert_success();
    }
    assert_eq!(active_count(), 1);
    let me = current_thread();
    assert_eq!(active_count(), 2);
    let go = Arc::new(Flag::new());
    let handle = spawn({
        let go = Arc::clone(&go);
        move || go.wait()
    });
    assert_eq!(
        enumerate(),
        [main_thread(), me.clone(), handle.thread().clone()]
    );
    assert_eq!(active_count(), 3);
    go.set();
    handle.join().unwrap();
    assert_eq!(enumerate(), [main_thread(), me]);
}

/// Listing from a destructor that runs in a thread's teardown, and while threads come and go.
#[test]
fn n6_enumerate_from_destructors() {
    struct Lister;
    impl Drop for Lister {
        fn drop(&mut self) {
            assert!(enumerate().contains(&current_thread()));
        }
    }
    std::thread_local! {
        static LISTER: Lister = const { Lister };
    }
    let _watchdog = watchdog();
    let handles: Vec<_> = (0..100).map(|_| spawn(|| LISTER.with(|_| ()))).collect();
    for handle in handles {
        handle.join().unwrap();
    }
}

/// A thread that something else has started: a daemon, alive, listed until it ends. Other than in Python it can be joined.
#[test]
fn n7_foreign_threads() {
    let _watchdog = watchdog();
    let go = Arc::new(Flag::new());
    let ready = Arc::new(Flag::new());
    let (sender, receiver) = std::sync::mpsc::channel();
    let foreign = checked_spawn({
        let (go, ready) = (Arc::clone(&go), Arc::clone(&ready));
        move || {
            assert_eq!(current_thread(), current_thread());
            sender.send(current_thread()).unwrap();
            ready.set();
            go.wait();
        }
    });
    ready.wait();
    let thread = receiver.recv().unwrap();
    assert!(thread.daemon() && thread.is_alive());
    assert!(thread.native_id().is_some());
    assert!(enumerate().contains(&thread));
    assert!(thread.try_start().unwrap_err().is_already_started());
    let joiner = checked_spawn({
        let thread = thread.clone();
        move || thread.join().unwrap()
    });
    joiner.wait_until_asleep();
    go.set();
    joiner.join();
    foreign.join();
    assert!(!thread.is_alive());
    assert!(!enumerate().contains(&thread));
}

/// A foreign thread that never asks who it is leaves no trace.
#[test]
fn n7_foreign_threads_that_do_not_ask() {
    let _watchdog = watchdog();
    let ident = checked_spawn(get_ident).join();
    assert!(!enumerate().iter().any(|thread| thread.ident() == ident));
}

/// Main is the same for all, alive, and no daemon.
#[test]
fn n8_main_thread() {
    let _watchdog = watchdog();
    let main = main_thread();
    assert!(main.is_alive() && !main.daemon());
    assert_eq!(spawn(main_thread).join().unwrap(), main);
    assert_eq!(spawn(main_thread).join().unwrap().ident(), main.ident());
    assert_ne!(current_thread(), main, "tests do not run in main");
    #[cfg(target_os = "linux")]
    assert_eq!(main.native_id(), Some(u64::from(std::process::id())));
}

/// Inside the thread all ways to ask agree; idents are never used again.
#[test]
fn n9_idents() {
    let _watchdog = watchdog();
    let mut seen = std::collections::HashSet::new();
    for _ in 0..100 {
        let handle = spawn(|| (get_ident(), get_native_id(), current_thread()));
        let thread = handle.thread().clone();
        let (ident, native_id, current) = handle.join().unwrap();
        assert_eq!(current, thread);
        assert_eq!(ident, thread.ident());
        assert_eq!(Some(native_id), thread.native_id());
        assert!(seen.insert(ident));
    }
}

/// Who is asked in a destructor of the thread's locals is still the thread.
#[test]
fn the_current_thread_in_destructors() {
    struct Asker;
    impl Drop for Asker {
        fn drop(&mut self) {
            assert_eq!(current_thread().name(), "asked");
            assert!(current_thread().is_alive());
        }
    }
    std::thread_local! {
        static ASKER: Asker = const { Asker };
    }
    let _watchdog = watchdog();
    let handle = Thread::builder().name("asked").spawn(|| ASKER.with(|_| ()));
    handle.unwrap().join().unwrap();
}
