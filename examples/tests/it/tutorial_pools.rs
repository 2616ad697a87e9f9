//! Both pools, and what a future can be asked.

use pythreads::concurrent::futures::{Exception, ThreadPoolExecutor};
use pythreads::multiprocessing::pool::ThreadPool;
use pythreads::queue::SimpleQueue;
use pythreads::threading::{Event, Thread};
use std::sync::Arc;
use std::time::Duration;
use test_support::watchdog;

const SQUARES: [u64; 10] = [0, 1, 4, 9, 16, 25, 36, 49, 64, 81];

fn square(x: u64) -> u64 {
    x * x
}

/// Create, start, go on, join.
#[test]
fn create_start_join() -> Result<(), Exception> {
    static NUMBERS: SimpleQueue<u32> = SimpleQueue::new();
    fn print_numbers() {
        for i in 1..11 {
            NUMBERS.put(i);
        }
    }

    let _watchdog = watchdog();
    let thread = Thread::new(print_numbers);
    thread.start();
    // Main thread
    thread.join()?;
    assert_eq!((1..11).map(|_| NUMBERS.get()).sum::<u32>(), 55);
    Ok(())
}

/// `pool.map(square, range(10))`
#[test]
fn pool_map() -> Result<(), Exception> {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(4);
    let results = pool.map(0..10, square)?;
    assert_eq!(results, SQUARES);
    Ok(())
}

/// `pool.apply_async(square, (10,)).get()`
#[test]
fn pool_apply_async() -> Result<(), Exception> {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(4);
    let result = pool.apply_async(|| square(10));
    assert_eq!(result.get()?, 100);
    Ok(())
}

/// `pool.close()`
#[test]
fn pool_close() -> Result<(), Exception> {
    let _watchdog = watchdog();
    let pool = ThreadPool::new(4);
    assert_eq!(pool.map(0..10, square)?, SQUARES);
    pool.close();
    Ok(())
}

/// `with ThreadPool(processes=4) as pool: …`, and the results are used after the block.
#[test]
fn pool_with() -> Result<(), Exception> {
    let _watchdog = watchdog();
    let results = {
        let pool = ThreadPool::new(4);
        pool.map(0..10, square)?
    };
    assert_eq!(results, SQUARES);
    Ok(())
}

/// `executor.map(square, range(10))`, and the results are read after the `with` block.
#[test]
fn executor_map() -> Result<(), Exception> {
    let _watchdog = watchdog();
    let results = {
        let executor = ThreadPoolExecutor::new(4);
        executor.map(0..10, square)
    };
    assert_eq!(results.into_vec()?, SQUARES);
    Ok(())
}

/// `executor.submit(square, 10).result()`
#[test]
fn executor_submit() -> Result<(), Exception> {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(4);
    let future = executor.submit(|| square(10));
    assert_eq!(future.result()?, 100);
    Ok(())
}

/// The list of a future's calls, for a running one and a queued one.
#[test]
fn futures() {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(1);
    let go = Arc::new(Event::new());
    let running = executor.submit({
        let go = Arc::clone(&go);
        move || {
            go.wait();
            square(3)
        }
    });
    let queued = executor.submit(|| square(4));
    while !running.running() {
        std::hint::spin_loop();
    }
    assert_eq!((running.cancel(), queued.cancel()), (false, true));
    assert_eq!((running.cancelled(), queued.cancelled()), (false, true));
    assert_eq!((running.running(), queued.running()), (true, false));
    assert_eq!((running.done(), queued.done()), (false, true));

    let late = running
        .result_timeout(Duration::from_millis(5))
        .unwrap_err();
    let running = late.into_inner(); // the future comes back
    assert!(!running.wait_timeout(Duration::from_millis(5)));

    let seen = Arc::new(SimpleQueue::new());
    let callback = Arc::clone(&seen);
    running.add_done_callback(move |how| callback.put(format!("{how:?}")));
    let running = running.shared(); // Python's future: results by reference, callbacks with the value
    let callback = Arc::clone(&seen);
    running.add_done_callback(move |f| callback.put(format!("{:?}", f.result())));
    go.set();
    assert!(running.exception().is_none());
    assert_eq!(*running.result().unwrap(), 9);
    assert_eq!(
        (seen.get(), seen.get()),
        ("Finished".to_owned(), "Ok(9)".to_owned())
    );
    assert!(queued.result().unwrap_err().is_cancelled());
}
