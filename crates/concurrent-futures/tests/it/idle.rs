//! What an idle pool costs.

use std::fs;
use std::time::Duration;

use pythreads_concurrent_futures::ThreadPoolExecutor;
use pythreads_threading::{Thread, WaitKind, dump, enumerate};
use test_support::watchdog;

use crate::occupied::Occupied;

const PREFIX: &str = "idle-pool";
const WORKERS: usize = 32;

fn workers() -> Vec<Thread> {
    let mut threads = enumerate();
    threads.retain(|thread| thread.name().starts_with(PREFIX));
    threads
}

/// For how long the workers have had a CPU, all together; other threads of the process are none of it.
fn cpu_time() -> Duration {
    let of_worker = |worker: Thread| {
        let tid = worker.native_id().expect("it has run");
        let stat = fs::read_to_string(format!("/proc/self/task/{tid}/schedstat")).unwrap();
        let nanoseconds = stat.split_whitespace().next().unwrap();
        Duration::from_nanos(nanoseconds.parse().unwrap())
    };
    workers().into_iter().map(of_worker).sum()
}

fn asleep() -> usize {
    let dump = dump();
    let is_idle = |thread: &&pythreads_threading::ThreadReport| {
        thread.name().starts_with(PREFIX)
            && thread
                .waiting()
                .is_some_and(|wait| wait.kind == WaitKind::Idle)
    };
    dump.threads().iter().filter(is_idle).count()
}

/// 32 workers that have nothing to do take less than 5 ms of CPU time in 5 s.
#[test]
fn an_idle_pool_costs_nothing() {
    let _watchdog = watchdog();
    let builder = ThreadPoolExecutor::builder();
    let builder = builder.max_workers(WORKERS).thread_name_prefix(PREFIX);
    let executor = builder.build().unwrap();
    Occupied::all(&executor, WORKERS).release();
    while asleep() < WORKERS {
        std::thread::yield_now();
    }
    let before = cpu_time();
    pythreads_threading::sleep(Duration::from_secs(5));
    let taken = cpu_time().saturating_sub(before);
    assert_eq!((workers().len(), asleep()), (WORKERS, WORKERS));
    assert!(taken < Duration::from_millis(5), "{taken:?}");
}
