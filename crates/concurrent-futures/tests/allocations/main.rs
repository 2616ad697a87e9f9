//! How many allocations tasks cost. One test, since the counts are the whole process's.

use std::hint::black_box;
use std::sync::Arc;

use pythreads_concurrent_futures::{Exception, ThreadPoolExecutor};
use pythreads_threading::{ThreadReport, WaitKind, current_thread, dump};
use test_support::counting_alloc::{
    CountingAllocator, allocations, allocations_in_process, memory,
};
use test_support::{Flag, watchdog};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

const TASKS: usize = 1_000;

/// Until a thread sleeps that waits for such a thing.
fn until_one_sleeps(kind: WaitKind) {
    let sleeps = |thread: &ThreadReport| thread.waiting().is_some_and(|wait| wait.kind == kind);
    while !dump().threads().iter().any(sleeps) {
        std::thread::yield_now();
    }
}

/// How many all threads make together. The threads of the test harness make one now and then, but not each time.
fn least_allocations(work: impl Fn()) -> usize {
    let counts = (0..5).map(|_| allocations_in_process(&work));
    counts.min().unwrap_or_default()
}

/// What a task takes beside its closure and its outcome, which have the same place.
fn overhead<T: Send + 'static>(
    executor: &ThreadPoolExecutor,
    closure: impl FnOnce() -> T + Send + 'static,
) -> usize {
    let content = size_of_val(&closure).max(size_of::<Result<T, Exception>>());
    let mut future = None;
    let memory = memory(|| future = Some(executor.submit(closure)));
    // So that the queue is as long as before.
    future.expect("it was submitted").wait();
    memory.most - content
}

/// Both ends of the queue have been longer than any that follows: while tasks of one are run, the other is filled.
fn lengthen_queue(executor: &ThreadPoolExecutor) {
    let fill = || (0..2 * TASKS).for_each(|_| executor.execute(|| ()));
    let stop = || {
        let (has_come, go) = (Arc::new(Flag::new()), Arc::new(Flag::new()));
        let (come, gate) = (Arc::clone(&has_come), Arc::clone(&go));
        executor.execute(move || {
            come.set();
            gate.wait();
        });
        (has_come, go)
    };
    let (has_come, go) = stop();
    has_come.wait();
    fill();
    let (has_come, go_on) = stop();
    go.set();
    has_come.wait();
    fill();
    go_on.set();
    executor.submit(|| ()).result().expect("it does not fail");
}

/// A plain submit takes at most 64 bytes beside the closure and the result; the outcome of one that returns nothing is 8.
fn assert_small(executor: &ThreadPoolExecutor) {
    let (word, page) = (black_box(1_u64), black_box([1_u64; 512]));
    let overheads = [
        overhead(executor, || ()),
        overhead(executor, || 1_u8),
        overhead(executor, || 1_u64),
        overhead(executor, move || _ = black_box(word)),
        overhead(executor, move || word),
        overhead(executor, move || vec![word]),
        overhead(executor, move || _ = black_box(page)),
        overhead(executor, || black_box([1_u64; 512])),
        overhead(executor, move || page),
    ];
    assert!(overheads.iter().all(|bytes| *bytes <= 64), "{overheads:?}");
}

/// A plain submit is one allocation, closure, queue entry, result and future included; so is `execute`. Waiting, taking the
/// result and dropping are none; a callback is its place in a list, and its box if it captures anything; `then` is the new
/// future and its place in the list.
#[test]
fn one_allocation_a_task() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    lengthen_queue(&executor);
    // Both threads have slept: the first time costs their records, and room in the table of wait queues.
    let _listed = current_thread();
    until_one_sleeps(WaitKind::Idle);
    let woken = executor.submit(|| until_one_sleeps(WaitKind::Future));
    woken.result().unwrap();

    assert_eq!(allocations(|| executor.submit(|| 1)), 1);
    let text = String::from("captured");
    assert_eq!(allocations(|| executor.submit(move || text)), 1);
    assert_eq!(
        allocations(|| executor.submit_fallible(|| Ok::<_, String>(1))),
        1
    );
    assert_eq!(allocations(|| executor.execute(|| ())), 1);
    executor.submit(|| ()).result().unwrap();

    assert_small(&executor);

    let in_turn = least_allocations(|| {
        for n in 0..TASKS {
            executor.submit(move || n).result().unwrap();
        }
    });
    assert_eq!(in_turn, TASKS);

    let queued = least_allocations(|| {
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
        2
    );
    let mut next = None;
    let text = String::from("captured");
    assert_eq!(allocations(|| next = Some(future.map(move |()| text))), 2);
    go.set();
    assert_eq!(next.unwrap().result().unwrap(), "captured");
}
