//! How many allocations tasks cost. One test, since the counts are the whole process's.

use std::sync::Arc;

use pythreads_concurrent_futures::ThreadPoolExecutor;
use pythreads_threading::{ThreadReport, WaitKind, dump};
use test_support::counting_alloc::{CountingAllocator, allocations, allocations_in_process};
use test_support::{Flag, delay, watchdog};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

const TASKS: usize = 1_000;

fn a_worker_sleeps() -> bool {
    let dump = dump();
    let mut waits = dump.threads().iter().filter_map(ThreadReport::waiting);
    waits.any(|waiting| waiting.kind == WaitKind::Idle)
}

/// A plain submit is one allocation, closure, queue entry, result and future included; so is `execute`. Waiting, taking the
/// result and dropping are none, and a callback is its box and its list.
#[test]
fn one_allocation_a_task() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    // A queue that has been longer than any that follows.
    let go = Arc::new(Flag::new());
    let gate = Arc::clone(&go);
    executor.execute(move || gate.wait());
    let longest = executor.map(0..2 * TASKS, |n| n);
    go.set();
    assert_eq!(longest.into_vec().unwrap().len(), 2 * TASKS);
    // Both threads have slept: the first time costs their records in the table of wait queues.
    while !a_worker_sleeps() {
        std::thread::yield_now();
    }
    let go = Arc::new(Flag::new());
    let gate = Arc::clone(&go);
    let blocked = executor.submit(move || gate.wait());
    assert!(!blocked.wait_timeout(*delay::SHORT));
    go.set();
    blocked.result().unwrap();

    assert_eq!(allocations(|| executor.submit(|| 1)), 1);
    let text = String::from("captured");
    assert_eq!(allocations(|| executor.submit(move || text)), 1);
    assert_eq!(
        allocations(|| executor.submit_fallible(|| Ok::<_, String>(1))),
        1
    );
    assert_eq!(allocations(|| executor.execute(|| ())), 1);
    executor.submit(|| ()).result().unwrap();

    let in_turn = allocations_in_process(|| {
        for n in 0..TASKS {
            executor.submit(move || n).result().unwrap();
        }
    });
    assert_eq!(in_turn, TASKS);

    let queued = allocations_in_process(|| {
        let go = Flag::new();
        executor.scope(|s| {
            s.execute(|| go.wait());
            for _ in 0..TASKS {
                executor.execute(|| ());
            }
            go.set();
        });
        executor.submit(|| ()).result().unwrap();
    });
    // The scope's own state, its task, and the task that is waited for.
    assert_eq!(queued, TASKS + 3);

    let done = executor.submit(|| ());
    done.wait();
    assert_eq!(allocations(|| done.result()), 0);

    let go = Arc::new(Flag::new());
    let gate = Arc::clone(&go);
    let future = executor.submit(move || gate.wait());
    assert_eq!(allocations(|| future.add_done_callback(|_| ())), 1);
    let text = String::from("captured");
    assert_eq!(
        allocations(|| future.add_done_callback(move |_| drop(text))),
        1
    );
    go.set();
    future.result().unwrap();
}
