//! `Timer`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use pythreads_threading::{Thread, Timer, sleep};
use test_support::{Counter, Flag, delay, watchdog};

/// What a timer calls, and how often it has.
fn counter() -> (Arc<Counter>, impl Fn() + Send + 'static) {
    let calls = Arc::new(Counter::new());
    let call = {
        let calls = Arc::clone(&calls);
        move || calls.add(1)
    };
    (calls, call)
}

/// It calls once, after its interval.
#[test]
fn i1_it_fires_once() {
    let _watchdog = watchdog();
    let (calls, call) = counter();
    let timer = Timer::new(*delay::SHORT, call);
    let start = Instant::now();
    timer.start();
    timer.join().unwrap();
    delay::elapsed_within(start, *delay::SHORT, *delay::LONG);
    assert_eq!(calls.get(), 1);
    assert!(timer.finished().is_set());
}

/// Cancelled while it waits, before its start, twice: it never calls.
#[test]
fn i2_a_cancelled_timer_does_not_fire() {
    let _watchdog = watchdog();
    let (calls, call) = counter();
    let timer = Timer::new(Duration::from_hours(1), call);
    timer.start();
    timer.cancel();
    timer.cancel();
    timer.join().unwrap();
    let (early_calls, call) = counter();
    let timer = Timer::new(Duration::ZERO, call);
    timer.cancel();
    timer.start();
    timer.join().unwrap();
    assert_eq!((calls.get(), early_calls.get()), (0, 0));
}

/// Cancelled too late, the call goes on.
#[test]
fn i2_cancel_does_not_stop_the_call() {
    let _watchdog = watchdog();
    let (in_call, go) = (Arc::new(Flag::new()), Arc::new(Flag::new()));
    let (calls, call) = counter();
    let timer = Timer::new(Duration::ZERO, {
        let (in_call, go) = (Arc::clone(&in_call), Arc::clone(&go));
        move || {
            in_call.set();
            go.wait();
            call();
        }
    });
    timer.start();
    in_call.wait();
    timer.cancel();
    go.set();
    timer.join().unwrap();
    assert_eq!(calls.get(), 1);
}

/// Zero calls at once; for ever waits until cancelled.
#[test]
fn i3_extreme_intervals() {
    let _watchdog = watchdog();
    let (calls, call) = counter();
    let timer = Timer::new(Duration::ZERO, call);
    timer.start();
    timer.join().unwrap();
    assert_eq!(calls.get(), 1);
    for timer in [
        Timer::new(Duration::MAX, || ()),
        Timer::repeating(Duration::MAX, || ()),
    ] {
        timer.start();
        assert!(timer.join_timeout(*delay::SHORT).is_err());
        timer.cancel();
        timer.join().unwrap();
    }
}

/// `finished` is set after the call, or by cancel; not if the call panics.
#[test]
fn i4_finished() {
    let _watchdog = watchdog();
    let timer = Timer::new(Duration::ZERO, || panic!("on purpose"));
    assert!(!timer.finished().is_set());
    timer.start();
    assert_eq!(timer.join().unwrap_err().message(), "on purpose");
    assert!(!timer.finished().is_set());
    timer.cancel();
    assert!(timer.finished().is_set());
}

/// The daemon flag is inherited and can be set before the start.
#[test]
fn i6_daemon() {
    let _watchdog = watchdog();
    let make = || Timer::new(Duration::ZERO, || ()).thread().daemon();
    for daemon in [true, false] {
        let maker = Thread::builder().daemon(daemon).spawn(make).unwrap();
        assert_eq!(maker.join().unwrap(), daemon);
    }
    let timer = Timer::new(Duration::ZERO, || ());
    timer.thread().set_daemon(true);
    assert!(timer.thread().daemon());
}

/// One start only.
#[test]
fn i7_a_second_start_is_refused() {
    let _watchdog = watchdog();
    let timer = Timer::new(Duration::ZERO, || ());
    timer.start();
    timer.join().unwrap();
    assert!(timer.try_start().unwrap_err().is_already_started());
}

/// A repeating timer fires at fixed times, not before them.
#[test]
fn repeating_has_a_fixed_rate() {
    const TICKS: u32 = 5;
    let _watchdog = watchdog();
    let interval = *delay::SHORT;
    let (calls, call) = counter();
    let timer = Timer::repeating(interval, call);
    let start = Instant::now();
    timer.start();
    calls.wait_for(TICKS as usize);
    delay::elapsed_within(start, interval * TICKS, *delay::LONG);
    timer.cancel();
    timer.join().unwrap();
    assert!(timer.finished().is_set());
}

/// Ticks that pass during a call are skipped: no burst follows.
#[test]
fn repeating_skips_missed_ticks() {
    let _watchdog = watchdog();
    let interval = *delay::SHORT;
    let (begun, begins) = std::sync::mpsc::channel();
    let mut first = true;
    let timer = Timer::repeating(interval, move || {
        begun.send(Instant::now()).unwrap();
        if std::mem::take(&mut first) {
            sleep(interval * 5 + interval / 2);
        }
    });
    timer.start();
    let calls: Vec<_> = begins.iter().take(3).collect();
    timer.cancel();
    // The second comes at the next tick after the call, the third one tick later (less what the second was late by).
    assert!(calls[1] - calls[0] >= interval * 5 + interval / 2);
    assert!(calls[2] > calls[1]);
    let ticks = (calls[2] - calls[0]).as_secs_f64() / interval.as_secs_f64();
    assert!(ticks > 6.0, "{ticks}: the third came in a burst");
    timer.join().unwrap();
}

/// It can be cancelled from within, and ends when its function panics.
#[test]
fn repeating_ends() {
    let _watchdog = watchdog();
    let (sender, receiver) = std::sync::mpsc::channel::<Timer>();
    let (calls, call) = counter();
    let mut own = None;
    let timer = Timer::repeating(Duration::from_millis(1), move || {
        call();
        own.get_or_insert_with(|| receiver.recv().unwrap()).cancel();
    });
    sender.send(timer.clone()).unwrap();
    timer.start();
    timer.join().unwrap();
    assert_eq!(calls.get(), 1);
    let failing = Timer::repeating(Duration::from_millis(1), || panic!("on purpose"));
    failing.start();
    assert!(failing.join().is_err());
}

/// A pause of zero would never let it breathe.
#[test]
#[should_panic(expected = "without a pause")]
fn repeating_needs_a_pause() {
    let _watchdog = watchdog();
    drop(Timer::repeating(Duration::ZERO, || ()));
}

/// Dropping the handle lets the timer go on.
#[test]
fn a_dropped_timer_goes_on() {
    let _watchdog = watchdog();
    let (calls, call) = counter();
    Timer::new(Duration::from_millis(1), call).start();
    calls.wait_for(1);
    // An interrupt ends its thread, which it is.
    let timer = Timer::new(Duration::MAX, || ());
    timer.start();
    timer.thread().interrupt().unwrap();
    assert!(timer.join().unwrap_err().is_interrupted());
}
