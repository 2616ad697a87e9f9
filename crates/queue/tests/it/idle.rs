//! What waiting costs.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use pythreads_queue::{GetError, Queue};
use test_support::{checked_spawn, watchdog};

/// For how long the current thread has had a CPU.
fn cpu_time() -> Duration {
    let stat = fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    let nanoseconds = stat.split_whitespace().next().unwrap();
    Duration::from_nanos(nanoseconds.parse().unwrap())
}

/// A consumer that has nothing to do sleeps: it looks around for a moment, and then no more.
#[test]
fn an_idle_consumer_costs_nothing() {
    let _watchdog = watchdog();
    let queue = Arc::new(Queue::<u32>::new());
    let consumer = checked_spawn(move || {
        let before = cpu_time();
        let outcome = queue.get_timeout(Duration::from_secs(2));
        (outcome, cpu_time().saturating_sub(before))
    });
    let (outcome, taken) = consumer.join();
    assert_eq!(outcome, Err(GetError::Empty));
    assert!(taken < Duration::from_millis(2), "{taken:?}");
}
