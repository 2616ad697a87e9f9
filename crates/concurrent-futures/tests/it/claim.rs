//! Tasks that wait for tasks of their own pool (P23).

use std::sync::Arc;

use pythreads_concurrent_futures::{Future, ReturnWhen, ThreadPoolExecutor, wait, wait_timeout};
use pythreads_threading::{RLock, get_ident};
use test_support::{Flag, delay, watchdog};

fn pool(workers: usize) -> Arc<ThreadPoolExecutor> {
    Arc::new(ThreadPoolExecutor::new(workers))
}

/// Submits a task that submits a task, and so on, and waits for it.
fn nest(executor: &Arc<ThreadPoolExecutor>, depth: usize) -> usize {
    if depth == 0 {
        return 0;
    }
    let below = Arc::clone(executor);
    executor
        .submit(move || nest(&below, depth - 1))
        .result()
        .unwrap()
        + 1
}

/// Nested submit and result end at any depth with one worker.
#[test]
fn p23_nested_results_at_depth_10_000() {
    let _watchdog = watchdog();
    for workers in [1, 2] {
        let executor = pool(workers);
        let outer = Arc::clone(&executor);
        let depth = executor
            .submit(move || nest(&outer, 10_000))
            .result()
            .unwrap();
        assert_eq!(depth, 10_000);
    }
}

fn fib(executor: &Arc<ThreadPoolExecutor>, n: u64) -> u64 {
    if n < 2 {
        return n;
    }
    let submit = |n| {
        let inner = Arc::clone(executor);
        executor.submit(move || fib(&inner, n))
    };
    let (one, two) = (submit(n - 1), submit(n - 2));
    one.result().unwrap() + two.result().unwrap()
}

/// The textbook recursion that hangs a full pool.
#[test]
fn p23_fib_with_any_number_of_workers() {
    let _watchdog = watchdog();
    for workers in [1, 2, 4] {
        let executor = pool(workers);
        let outer = Arc::clone(&executor);
        assert_eq!(
            executor.submit(move || fib(&outer, 15)).result().unwrap(),
            610
        );
    }
}

/// A task may wait for all of a set, and read a map, with one worker.
#[test]
fn p23_waiting_for_all_inside_a_worker() {
    let _watchdog = watchdog();
    let executor = pool(1);
    let inner = Arc::clone(&executor);
    let outer = executor.submit(move || {
        let futures: Vec<_> = (0..10).map(|n| inner.submit(move || n)).collect();
        let finished = wait(futures, ReturnWhen::AllCompleted);
        assert!(finished.not_done.is_empty());
        let sum: i32 = finished.done.into_iter().map(|f| f.result().unwrap()).sum();
        sum + inner
            .map(0..10, |n| n)
            .into_vec()
            .unwrap()
            .iter()
            .sum::<i32>()
    });
    assert_eq!(outer.result().unwrap(), 90);
}

/// Two tasks that wait for each other's children; and one awaited by several workers runs once.
#[test]
fn p23_tasks_wait_for_one_another() {
    const ROUNDS: usize = 200;
    let _watchdog = watchdog();
    let executor = pool(2);
    for _ in 0..ROUNDS {
        let shared = executor.submit(get_ident).shared();
        let readers = [(); 3].map(|()| {
            let (shared, inner) = (shared.clone(), Arc::clone(&executor));
            executor.submit(move || {
                let child = inner.submit(get_ident);
                child.result().unwrap();
                *shared.result().unwrap()
            })
        });
        let ran_in = *shared.result().unwrap();
        for reader in readers {
            assert_eq!(reader.result().unwrap(), ran_in);
        }
    }
}

/// The panic of a claimed task is its own: its waiter lives on and is told.
#[test]
fn p23_a_claimed_tasks_panic_is_its_own() {
    let _watchdog = watchdog();
    let executor = pool(1);
    let inner = Arc::clone(&executor);
    let outer = executor.submit(move || {
        let here = get_ident();
        let claimed = inner.submit(move || -> u8 {
            assert_eq!(get_ident(), here, "it runs in its waiter");
            panic!("claimed")
        });
        claimed.result().unwrap_err().message().to_owned()
    });
    assert_eq!(outer.result().unwrap(), "claimed");
}

/// A task may be claimed and panic while its waiter unwinds.
#[test]
fn p23_a_claim_while_unwinding() {
    struct WaitsOnDrop(Option<Future<()>>);
    impl Drop for WaitsOnDrop {
        fn drop(&mut self) {
            let future = self.0.take().unwrap();
            assert_eq!(future.exception().unwrap().message(), "inner");
        }
    }
    let _watchdog = watchdog();
    let executor = pool(1);
    let inner = Arc::clone(&executor);
    let outer = executor.submit(move || {
        let _waits = WaitsOnDrop(Some(inner.submit(|| panic!("inner"))));
        panic!("outer");
    });
    assert_eq!(outer.exception().unwrap().message(), "outer");
}

/// A wait with a limit claims nothing: it keeps its limit, and the task is still there afterwards.
#[test]
fn p23_a_limited_wait_claims_nothing() {
    let _watchdog = watchdog();
    let executor = pool(1);
    let inner = Arc::clone(&executor);
    let outer = executor.submit(move || {
        let child = inner.submit(|| 3);
        assert!(!child.wait_timeout(*delay::SHORT));
        let waited = wait_timeout([&child], ReturnWhen::AllCompleted, *delay::SHORT);
        assert_eq!(waited.not_done.len(), 1);
        assert!(!child.running() && !child.done());
        child
            .result_timeout(std::time::Duration::MAX)
            .unwrap()
            .unwrap()
    });
    assert_eq!(outer.result().unwrap(), 3);
}

/// A wait for the first of a set does not bury the waiter under a task that waits for the waiter.
#[test]
fn p23_waiting_for_the_first_claims_nothing() {
    let _watchdog = watchdog();
    let executor = pool(3);
    let inner = Arc::clone(&executor);
    let outer = executor.submit(move || {
        let go = Arc::new(Flag::new());
        let waits = inner.submit({
            let go = Arc::clone(&go);
            move || go.wait()
        });
        let quick = inner.submit(|| ());
        let first = wait([&waits, &quick], ReturnWhen::FirstCompleted);
        assert!(!first.done.is_empty());
        go.set();
        waits.result().unwrap();
    });
    outer.result().unwrap();
}

/// Only its own pool's workers claim a task: another pool's wait for it, and it runs in its own pool.
#[test]
fn p23_other_pools_do_not_claim() {
    let _watchdog = watchdog();
    let (a, b) = (pool(1), pool(1));
    let ran_in = a.submit({
        let b = Arc::clone(&b);
        move || b.submit(get_ident).result().unwrap()
    });
    assert_eq!(
        ran_in.result().unwrap(),
        b.submit(get_ident).result().unwrap()
    );
}

/// A worker that loops over submit and result does not pile up the shells of what it claimed, nor run a task twice.
#[test]
fn p23_claimed_tasks_leave_no_trace() {
    let _watchdog = watchdog();
    let executor = pool(1);
    let inner = Arc::clone(&executor);
    let sum = executor.submit(move || {
        (0..20_000_u64)
            .map(|n| inner.submit(move || n).result().unwrap())
            .sum::<u64>()
    });
    assert_eq!(sum.result().unwrap(), 19_999 * 20_000 / 2);
    assert_eq!(executor.cancel_pending(), 0);
}

/// In an initializer nothing is claimed: a task would run in a worker that is not ready.
#[test]
fn p23_an_initializer_claims_nothing() {
    use std::sync::OnceLock;
    let _watchdog = watchdog();
    let early: Arc<OnceLock<Future<()>>> = Arc::default();
    let seen = Arc::new(Flag::new());
    let executor = ThreadPoolExecutor::builder()
        .max_workers(1)
        .initializer({
            let (early, seen) = (Arc::clone(&early), Arc::clone(&seen));
            move || {
                seen.wait();
                assert!(!early.get().unwrap().wait_timeout(*delay::SHORT));
            }
        })
        .build()
        .unwrap();
    early.set(executor.submit(|| ())).unwrap();
    seen.set();
    early.get().unwrap().wait();
    assert!(early.get().unwrap().exception().is_none());
}

/// A claimed task runs in its waiter's thread, so it may enter a re-entrant lock that the waiter holds.
#[test]
fn p23_a_claimed_task_enters_its_waiters_rlock() {
    let _watchdog = watchdog();
    let executor = pool(1);
    let inner = Arc::clone(&executor);
    let outer = executor.submit(move || {
        let lock = Arc::new(RLock::new(5));
        let held = lock.acquire();
        let theirs = Arc::clone(&lock);
        let child = inner.submit(move || (*theirs.acquire(), theirs.depth()));
        let seen = child.result().unwrap();
        drop(held);
        seen
    });
    assert_eq!(outer.result().unwrap(), (5, 2));
}
