//! Listeners that panic, or that take their time.

use std::sync::Arc;

use pythreads_concurrent_futures::{ThreadPoolExecutor, as_completed};
use test_support::{Flag, checked_spawn, watchdog};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::{Interest, with_default};
use tracing::{Event, Metadata, Subscriber};

/// Does something when it is asked for a span, and when it is told how one ended.
struct Hostile {
    when_asked: fn(),
    until: Arc<Flag>,
}

impl Subscriber for Hostile {
    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        Interest::sometimes()
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        if metadata.is_span() {
            (self.when_asked)();
        }
        metadata.is_span()
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {
        self.until.wait();
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// A panic of who is asked whether it wants a span stays inside; the task has none.
#[test]
fn a_panic_of_who_is_asked_stays_inside() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let hostile = Hostile {
        when_asked: || panic!("asked"),
        until: Arc::default(),
    };
    let future = with_default(hostile, || executor.submit(|| 1));
    assert_eq!(future.result().unwrap(), 1);
}

/// Who waits among others for a task hears that it was cancelled before its span ends.
#[test]
fn a_cancel_is_told_before_the_span_ends() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let [go, told] = [(); 2].map(|()| Arc::new(Flag::new()));
    let gate = Arc::clone(&go);
    let busy = executor.submit(move || gate.wait());
    let hostile = Hostile {
        when_asked: || (),
        until: Arc::clone(&told),
    };
    let queued = Arc::new(with_default(hostile, || executor.submit(|| 1)));
    let awaited = Arc::clone(&queued);
    let waiter = checked_spawn(move || {
        assert!(as_completed([&*awaited]).next().is_some());
        told.set();
    });
    waiter.wait_until_asleep();
    assert!(queued.cancel());
    waiter.join();
    go.set();
    busy.result().unwrap();
}
