//! `scope`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use pythreads_threading::{
    Exception, ExceptionKind, Local, Thread, ThreadState, WaitKind, add_thread_hook,
    current_thread, dump, enumerate, exit, scope, sleep, spawn,
};
use test_support::{Counter, Flag, delay, watchdog};

/// What `f` panics with.
fn panic_of<R>(f: impl FnOnce() -> R) -> String {
    let payload = catch_unwind(AssertUnwindSafe(f)).map(drop).unwrap_err();
    Exception::from_panic(payload).message().to_owned()
}

/// When a scope ends its threads have: their locals have been destroyed, and they are no longer listed.
#[test]
fn a_scope_waits_for_the_ends_of_its_threads() {
    static SLOW: Local<Option<SlowDrop>> = Local::new(|| None);
    static DROPPED: AtomicU32 = AtomicU32::new(0);
    struct SlowDrop;
    impl Drop for SlowDrop {
        fn drop(&mut self) {
            sleep(*delay::SHORT);
            DROPPED.fetch_add(1, Ordering::Relaxed);
        }
    }
    let _watchdog = watchdog();
    let threads = scope(|s| {
        [0; 3].map(|_| {
            let thread = s.spawn(|| SLOW.set(Some(SlowDrop)));
            thread.thread().clone()
        })
    });
    assert_eq!(DROPPED.load(Ordering::Relaxed), 3);
    let alive = enumerate();
    assert!(threads.iter().all(|thread| !alive.contains(thread)));
}

/// Threads may borrow, mutably too, and give back what borrows.
#[test]
fn threads_may_borrow() {
    let _watchdog = watchdog();
    let words = ["one", "two", "three"].map(String::from);
    let mut longest = "";
    let total = scope(|s| {
        let lengths = s.spawn(|| words.iter().map(String::len).sum::<usize>());
        s.spawn(|| longest = words.iter().max_by_key(|word| word.len()).unwrap());
        let first: &str = s.spawn(|| words[0].as_str()).join().unwrap();
        assert_eq!(first, "one");
        lengths.join().unwrap()
    });
    assert_eq!((total, longest), (11, "three"));
}

/// Threads may start threads of the same scope.
#[test]
fn threads_may_start_threads() {
    let _watchdog = watchdog();
    let runs = Counter::new();
    scope(|s| {
        s.spawn(|| {
            s.spawn(|| {
                s.spawn(|| runs.add(1));
                runs.add(1);
            });
            runs.add(1);
        });
    });
    assert_eq!(runs.get(), 3);
}

/// All have ended when it returns, those too whose handles were dropped.
#[test]
fn it_waits_for_all() {
    let _watchdog = watchdog();
    for _ in 0..50 {
        let done = AtomicU32::new(0);
        scope(|s| {
            for _ in 0..4 {
                drop(s.spawn(|| {
                    sleep(Duration::from_micros(50));
                    done.fetch_add(1, Ordering::Relaxed);
                }));
            }
        });
        assert_eq!(done.load(Ordering::Relaxed), 4);
    }
}

/// A failed thread that nobody joined makes it panic; one that was joined does not.
#[test]
fn failures_must_be_looked_at() {
    let _watchdog = watchdog();
    let unseen = panic_of(|| {
        scope(|s| {
            Thread::builder()
                .name("failing")
                .spawn_scoped(s, || panic!("unseen"))
                .unwrap();
        });
    });
    assert_eq!(unseen, "thread 'failing' of the scope failed: unseen");
    let seen = scope(|s| {
        let handle: pythreads_threading::ScopedJoinHandle<'_, u32> = s.spawn(|| panic!("seen"));
        handle.join().unwrap_err()
    });
    assert_eq!(
        (seen.kind(), seen.message()),
        (ExceptionKind::Panic, "seen")
    );
}

/// A thread that exits is no failure; one that was interrupted is.
#[test]
fn exits_are_no_failures() {
    let _watchdog = watchdog();
    scope(|s| {
        s.spawn(|| exit(1));
    });
    let interrupted = panic_of(|| {
        scope(|s| {
            let handle = s.spawn(|| sleep(Duration::MAX));
            handle.thread().raise_exception("enough").unwrap();
        });
    });
    assert!(interrupted.ends_with("enough"), "{interrupted}");
}

/// A thread that a hook keeps from running has failed, whatever the hook ends it with.
#[test]
fn a_body_that_a_hook_keeps_from_running_is_a_failure() {
    const NAME: &str = "kept from running";
    let _watchdog = watchdog();
    for hook in [|| panic!("the hook's"), || exit(1)] {
        let hook: fn() = hook;
        let hook = add_thread_hook(move || {
            // Threads of other tests run the hooks too.
            if current_thread().name() == NAME {
                hook();
            }
        });
        let kept = || Thread::builder().name(NAME);
        let ran = Flag::new();
        let unseen = panic_of(|| {
            scope(|s| drop(kept().spawn_scoped(s, || ran.set()).unwrap()));
        });
        let seen = scope(|s| {
            let handle = kept().spawn_scoped(s, || ran.set()).unwrap();
            handle.join().unwrap_err()
        });
        hook.remove();
        assert!(unseen.contains("a thread hook"), "{unseen}");
        assert!(!seen.message().contains("a thread hook"), "{seen}");
        assert!(!ran.is_set());
    }
}

/// A panic of the closure waits for the threads first and goes before theirs.
#[test]
fn a_panic_of_the_closure_waits() {
    let _watchdog = watchdog();
    let ended = Flag::new();
    let message = panic_of(|| {
        scope(|s| {
            s.spawn(|| {
                sleep(*delay::SHORT);
                ended.set();
                panic!("the thread's");
            });
            panic!("the closure's");
        })
    });
    assert_eq!(message, "the closure's");
    assert!(ended.is_set());
}

/// An interrupt does not end the wait at the end; it is delivered after it.
#[test]
fn an_interrupt_waits() {
    let _watchdog = watchdog();
    let handle = spawn(|| {
        let ended = Flag::new();
        let me = current_thread();
        scope(|s| {
            s.spawn(|| {
                me.raise_exception("enough").unwrap();
                sleep(*delay::SHORT);
                ended.set();
            });
        });
        assert!(ended.is_set());
        sleep(Duration::MAX);
    });
    assert_eq!(handle.join().unwrap_err().message(), "enough");
}

/// The wait at the end shows in a dump.
#[test]
fn the_wait_is_visible() {
    let _watchdog = watchdog();
    let handle = spawn(|| {
        let me = current_thread();
        scope(|s| {
            s.spawn(|| {
                let waits = || {
                    let dump = dump();
                    let mut all = dump.threads().iter();
                    let report = all.find(|report| report.ident() == me.ident()).unwrap();
                    report
                        .waiting()
                        .is_some_and(|waiting| waiting.kind == WaitKind::Pool)
                };
                while !waits() {
                    sleep(Duration::from_micros(100));
                }
            });
        });
    });
    handle.join().unwrap();
}

/// When the time runs out the handle comes back; joining again works.
#[test]
fn a_limited_join_gives_the_handle_back() {
    let _watchdog = watchdog();
    let go = Flag::new();
    scope(|s| {
        let handle = s.spawn(|| {
            go.wait();
            7
        });
        let handle = handle.join_timeout(*delay::SHORT).unwrap_err().into_inner();
        assert!(handle.is_alive());
        go.set();
        assert_eq!(handle.join_timeout(Duration::MAX).unwrap().unwrap(), 7);
    });
}

/// A refused thread is an error, its body is dropped, and the scope goes on.
#[test]
fn a_refused_thread_is_an_error() {
    struct Counted<'counter>(&'counter Counter);
    impl Drop for Counted<'_> {
        fn drop(&mut self) {
            self.0.add(1);
        }
    }
    let _watchdog = watchdog();
    let value = String::from("borrowed");
    let dropped = Counter::new();
    scope(|s| {
        let counted = Counted(&dropped);
        let borrow = || {
            let _counted = counted;
            value.len()
        };
        let refused = Thread::builder()
            .stack_size(1 << 50)
            .spawn_scoped(s, borrow);
        assert!(refused.unwrap_err().is_refused());
        assert_eq!(dropped.get(), 1);
        assert_eq!(s.spawn(|| value.len()).join().unwrap(), 8);
    });
}

/// Who finds a thread while the system is asked for it cannot start it afterwards, so its body never runs.
#[test]
fn a_stranger_starts_no_refused_thread() {
    const NAME: &str = "refused, scoped";
    let _watchdog = watchdog();
    let over = AtomicBool::new(false);
    let found = Counter::new();
    scope(|s| {
        let stranger = s.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                for thread in enumerate().iter().filter(|thread| thread.name() == NAME) {
                    found.add(1);
                    while thread.state() != ThreadState::Stopped {
                        assert!(thread.try_start().unwrap_err().is_already_started());
                    }
                }
            }
        });
        while found.get() < 50 && stranger.is_alive() {
            let builder = Thread::builder().name(NAME).stack_size(1 << 50);
            let refused = scope(|inner| builder.spawn_scoped(inner, || ()).map(drop));
            assert!(refused.unwrap_err().is_refused());
        }
        over.store(true, Ordering::Relaxed);
        stranger.join().unwrap();
    });
}

/// A result that nobody takes is dropped before the scope ends.
#[test]
fn untaken_results_are_dropped_in_time() {
    struct Reads<'data>(&'data AtomicU32);
    impl Drop for Reads<'_> {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    let _watchdog = watchdog();
    let data = AtomicU32::new(0);
    scope(|s| {
        drop(s.spawn(|| Reads(&data)));
        let _kept = s.spawn(|| Reads(&data));
    });
    assert_eq!(data.into_inner(), 2);
}
