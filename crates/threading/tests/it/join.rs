//! `Thread::join` and its limits.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use pythreads_threading::{Event, ExceptionKind, Thread, current_thread, enumerate, spawn};
use test_support::{Flag, checked_spawn, delay, watchdog};

/// Any number of times, from many threads, during and after; all see the same outcome.
#[test]
fn t9_join_from_many_threads() {
    let _watchdog = watchdog();
    let go = Arc::new(Flag::new());
    let thread = Thread::new({
        let go = Arc::clone(&go);
        move || {
            go.wait();
            panic!("on purpose")
        }
    });
    thread.start();
    let joiners: Vec<_> = (0..8)
        .map(|_| {
            let thread = thread.clone();
            checked_spawn(move || thread.join().unwrap_err().message().to_owned())
        })
        .collect();
    joiners[7].wait_until_asleep();
    go.set();
    for joiner in joiners {
        assert_eq!(joiner.join(), "on purpose");
    }
    for _ in 0..3 {
        assert_eq!(thread.join().unwrap_err().message(), "on purpose");
    }
}

/// A thread that was not started cannot be joined.
#[test]
#[should_panic(expected = "join of a thread that has not been started")]
fn t10_join_before_start() {
    let _watchdog = watchdog();
    drop(Thread::new(|| ()).join());
}

/// A thread cannot join itself, also while others join it.
#[test]
fn t11_join_of_itself() {
    let _watchdog = watchdog();
    let join_myself = || drop(current_thread().join());
    let handle = spawn(join_myself);
    let joiner = checked_spawn({
        let thread = handle.thread().clone();
        move || drop(thread.join())
    });
    let exception = handle.join().unwrap_err();
    assert!(
        exception.message().contains("cannot join itself"),
        "{exception}"
    );
    joiner.join();
}

/// A limited join tells that the time ran out; zero only looks.
#[test]
fn t12_join_with_a_limit() {
    let _watchdog = watchdog();
    let go = Arc::new(Flag::new());
    let thread = Thread::new({
        let go = Arc::clone(&go);
        move || go.wait()
    });
    thread.start();
    let start = Instant::now();
    assert!(thread.join_timeout(*delay::SHORT).is_err());
    delay::elapsed_within(start, *delay::SHORT, *delay::LONG);
    assert!(thread.join_timeout(Duration::ZERO).is_err());
    assert!(thread.join_deadline(start).is_err());
    assert!(thread.is_alive());
    go.set();
    assert!(thread.join_timeout(Duration::MAX).unwrap().is_ok());
    assert!(thread.join_timeout(Duration::ZERO).unwrap().is_ok());
    assert!(thread.join_deadline(start).unwrap().is_ok());
}

/// Destructors of thread-locals belong to the thread: until they have run, it is alive, listed, and joins wait.
#[test]
fn t13_t14_join_waits_for_thread_locals() {
    static DESTROYED: Flag = Flag::new();
    static GO: Flag = Flag::new();
    static TEARING_DOWN: Flag = Flag::new();
    struct Slow;
    impl Drop for Slow {
        fn drop(&mut self) {
            TEARING_DOWN.set();
            GO.wait();
            assert_eq!(current_thread().name(), "slow", "it is still itself");
            DESTROYED.set();
        }
    }
    std::thread_local! {
        static SLOW: Slow = const { Slow };
    }
    let _watchdog = watchdog();
    let thread = Thread::builder().name("slow").target(|| SLOW.with(|_| ()));
    thread.start();
    TEARING_DOWN.wait();
    assert!(thread.join_timeout(*delay::SHORT).is_err());
    assert!(thread.is_alive());
    assert!(enumerate().contains(&thread));
    GO.set();
    thread.join().unwrap();
    assert!(DESTROYED.is_set());
    assert!(!enumerate().contains(&thread));
}

/// Once a thread is not alive, a join does not wait.
#[test]
fn t14_not_alive_means_joined() {
    let _watchdog = watchdog();
    for _ in 0..200 {
        let thread = Thread::new(|| ());
        thread.start();
        while thread.is_alive() {
            std::hint::spin_loop();
        }
        assert!(thread.join_timeout(Duration::ZERO).is_ok());
    }
}

/// A panic is an outcome with message, kind and the thread's name.
#[test]
fn t15_a_panic_is_reported_by_join() {
    let _watchdog = watchdog();
    let thread = Thread::builder()
        .name("failing")
        .target(|| panic!("no {}", "luck"));
    thread.start();
    let exception = thread.join().unwrap_err();
    assert_eq!(exception.kind(), ExceptionKind::Panic);
    assert_eq!(exception.message(), "no luck");
    assert_eq!(exception.thread_name(), Some("failing"));
}

/// What the thread did is seen after the join.
#[test]
fn t13_memory() {
    let _watchdog = watchdog();
    for round in 0..200 {
        let value = Arc::new(AtomicU64::new(0));
        let thread = Thread::new({
            let value = Arc::clone(&value);
            move || value.store(round, Ordering::Relaxed)
        });
        thread.start();
        thread.join().unwrap();
        assert_eq!(value.load(Ordering::Relaxed), round);
    }
}

/// Joiners that give up and joiners that stay, while the thread ends: all get their answer.
#[test]
fn joins_race_with_the_end() {
    let _watchdog = watchdog();
    for round in 0..100 {
        let go = Arc::new(Event::new());
        let thread = Thread::new({
            let go = Arc::clone(&go);
            move || go.wait()
        });
        thread.start();
        let joiners: Vec<_> = (0..4)
            .map(|n| {
                let thread = thread.clone();
                checked_spawn(move || {
                    let limit = Duration::from_micros(n * 40 + round);
                    if thread.join_timeout(limit).is_err() {
                        thread.join().unwrap();
                    }
                })
            })
            .collect();
        go.set();
        drop(joiners);
        assert!(!thread.is_alive());
    }
}
