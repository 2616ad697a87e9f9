//! `Local`.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use pythreads_threading::{Local, Thread, current_thread, scope, spawn};
use test_support::{Counter, Flag, checked_spawn, watchdog};

/// Counts how often it is dropped.
struct Counted(Arc<Counter>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.add(1);
    }
}

/// Each thread has its own value, made when it first looks; other locals have others.
#[test]
fn d1_values_are_per_thread_and_object() {
    static ONE: Local<u32> = Local::new(|| 1);
    static OTHER: Local<u32> = Local::new(|| 2);
    let _watchdog = watchdog();
    ONE.set(10);
    assert_eq!((ONE.get(), OTHER.get()), (10, 2));
    let seen = spawn(|| {
        let before = (ONE.get(), OTHER.get());
        OTHER.set(20);
        (before, ONE.get(), OTHER.get())
    });
    assert_eq!(seen.join().unwrap(), ((1, 2), 1, 20));
    assert_eq!((ONE.get(), OTHER.get()), (10, 2));
}

/// The initializer runs once in each thread, at the first touch.
#[test]
fn d2_the_initializer_runs_once_per_thread() {
    let _watchdog = watchdog();
    let runs = Counter::new();
    let local = Local::new(|| runs.add(1));
    assert_eq!(runs.get(), 0);
    scope(|s| {
        for _ in 0..3 {
            s.spawn(|| {
                local.get();
                local.with(|()| ());
            });
        }
    });
    assert_eq!(runs.get(), 3);
    local.clear();
    local.get();
    assert_eq!(runs.get(), 4);
}

/// An initializer that panics leaves nothing behind; the next touch tries again.
#[test]
fn d3_an_initializer_that_panics() {
    let _watchdog = watchdog();
    let fails = AtomicBool::new(true);
    let local = Local::new(|| {
        assert!(!fails.swap(false, Ordering::Relaxed), "not yet");
        7
    });
    let caught = std::panic::catch_unwind(|| local.get());
    assert!(caught.is_err());
    assert_eq!(local.get(), 7);
}

/// A value can be looked at, changed and cleared from within a look.
#[test]
fn looks_can_be_nested() {
    static NESTED: Local<RefCell<Vec<u32>>> = Local::new(RefCell::default);
    let _watchdog = watchdog();
    NESTED.with(|outer| {
        outer.borrow_mut().push(1);
        NESTED.with(|inner| inner.borrow_mut().push(2));
        NESTED.set(RefCell::new(vec![9]));
        NESTED.with(|new| assert_eq!(*new.borrow(), [9]));
        NESTED.clear();
        assert_eq!(
            *outer.borrow(),
            [1, 2],
            "the outer look goes on with the old value"
        );
    });
    NESTED.with(|fresh| assert!(fresh.borrow().is_empty()));
}

/// An initializer may look at other locals.
#[test]
fn initializers_can_look_at_other_locals() {
    static BASE: Local<Cell<u32>> = Local::new(|| Cell::new(20));
    static DERIVED: Local<u32> = Local::new(|| BASE.with(Cell::get) + 1);
    let _watchdog = watchdog();
    BASE.with(|base| base.set(41));
    assert_eq!(DERIVED.get(), 42);
}

/// A thread's value is dropped when the thread ends.
#[test]
fn d7_values_die_with_their_thread() {
    let _watchdog = watchdog();
    let drops = Arc::new(Counter::new());
    let local: Arc<Local<Option<Counted>>> = Arc::new(Local::new(|| None));
    for foreign in [false, true] {
        let (seen, drops_seen) = (Arc::clone(&local), Arc::clone(&drops));
        let before = drops.get();
        let body = move || {
            seen.set(Some(Counted(Arc::clone(&drops_seen))));
            assert_eq!(drops_seen.get(), before);
        };
        if foreign {
            checked_spawn(body).join();
        } else {
            spawn(body).join().unwrap();
        }
        // A foreign thread's locals are destroyed after its join may have returned.
        drops.wait_for(before + 1);
    }
    assert!(local.with(Option::is_none));
    assert_eq!(drops.get(), 2);
}

/// All values are dropped with the object, also those of threads that live on.
#[test]
fn d7_values_die_with_the_object() {
    let _watchdog = watchdog();
    let drops = Arc::new(Counter::new());
    let (ready, go) = (Flag::new(), Flag::new());
    scope(|s| {
        let local: Arc<Local<Option<Counted>>> = Arc::new(Local::new(|| None));
        s.spawn({
            let (local, drops) = (Arc::clone(&local), Arc::clone(&drops));
            let (ready, go) = (&ready, &go);
            move || {
                local.set(Some(Counted(drops)));
                drop(local);
                ready.set();
                go.wait();
            }
        });
        ready.wait();
        assert_eq!(drops.get(), 0);
        drop(local);
        assert_eq!(drops.get(), 1, "the thread lives, its value does not");
        go.set();
    });
}

/// Setting and clearing drop the old value at once.
#[test]
fn set_and_clear_drop_the_old_value() {
    let _watchdog = watchdog();
    let drops = Arc::new(Counter::new());
    let local: Local<Option<Counted>> = Local::new(|| None);
    local.set(Some(Counted(Arc::clone(&drops))));
    local.set(Some(Counted(Arc::clone(&drops))));
    assert_eq!(drops.get(), 1);
    local.clear();
    assert_eq!(drops.get(), 2);
}

/// Values can be read by destructors of other thread-locals, whenever those were first used.
#[test]
fn d8_values_can_be_read_during_teardown() {
    static VALUE: Local<u32> = Local::new(|| 0);
    static SEEN: AtomicU32 = AtomicU32::new(0);
    struct Reader;
    impl Drop for Reader {
        fn drop(&mut self) {
            SEEN.store(VALUE.get(), Ordering::Relaxed);
        }
    }
    std::thread_local! {
        static READER: Reader = const { Reader };
    }
    let _watchdog = watchdog();
    let reader_first = || {
        READER.with(|_| ());
        VALUE.set(7);
    };
    let value_first = || {
        VALUE.set(7);
        READER.with(|_| ());
    };
    for body in [reader_first as fn(), value_first] {
        SEEN.store(0, Ordering::Relaxed);
        spawn(body).join().unwrap();
        assert_eq!(SEEN.load(Ordering::Relaxed), 7);
    }
}

/// A value that was handed to another thread stays what it was.
#[test]
fn d9_a_value_handed_over_stays() {
    static NAME: Local<&str> = Local::new(|| "nobody");
    let _watchdog = watchdog();
    NAME.set("here");
    let handed = NAME.get();
    let there = spawn(move || {
        NAME.set("there");
        (handed, NAME.get())
    });
    NAME.set("changed");
    assert_eq!(there.join().unwrap(), ("here", "there"));
}

/// The destructor of a value may touch locals, its own too, and panic: the thread ends all the same.
#[test]
fn destructors_of_values_are_user_code() {
    static OTHER: Local<u32> = Local::new(|| 5);
    static UNRULY: Local<Unruly> = Local::new(|| Unruly);
    struct Unruly;
    impl Drop for Unruly {
        fn drop(&mut self) {
            OTHER.with(|five| assert_eq!(*five, 5));
            assert!(
                current_thread().name() != "unruly",
                "a destructor that panics"
            );
        }
    }
    let _watchdog = watchdog();
    let thread = Thread::builder()
        .name("unruly")
        .target(|| UNRULY.with(|_| ()));
    thread.start();
    thread.join().unwrap();
}

/// The values of all threads that live and have one.
#[test]
fn snapshot_sees_living_threads() {
    static TALLY: Local<AtomicU32> = Local::new(AtomicU32::default);
    let _watchdog = watchdog();
    let (ready, go) = (Counter::new(), Flag::new());
    let sum = || {
        let values = TALLY.snapshot();
        values
            .iter()
            .map(|tally| tally.load(Ordering::Relaxed))
            .sum::<u32>()
    };
    assert_eq!(sum(), 0);
    let handles = scope(|s| {
        let handles: Vec<_> = (1..=3)
            .map(|n| {
                let (ready, go) = (&ready, &go);
                let handle = s.spawn(move || {
                    TALLY.with(|tally| tally.store(n, Ordering::Relaxed));
                    ready.add(1);
                    go.wait();
                });
                handle.thread().clone()
            })
            .collect();
        ready.wait_for(3);
        assert_eq!(sum(), 6);
        assert_eq!(TALLY.snapshot().len(), 3);
        go.set();
        handles
    });
    for handle in handles {
        handle.join().unwrap();
    }
    assert!(TALLY.snapshot().is_empty());
}

/// Objects that come and go leave nothing in threads that stay.
#[test]
fn many_short_lived_locals() {
    let _watchdog = watchdog();
    let drops = Arc::new(Counter::new());
    for n in 1..=1_000 {
        let local: Local<Option<Counted>> = Local::new(|| None);
        local.set(Some(Counted(Arc::clone(&drops))));
        drop(local);
        assert_eq!(drops.get(), n);
    }
}
