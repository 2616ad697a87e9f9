//! Functions and classes as threads, return values, a shared cache.

use pythreads::queue::SimpleQueue;
use pythreads::threading::{Exception, Lock, Runnable, Thread, sleep, spawn};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use test_support::watchdog;

/// `Thread(target=func_4_thread, args=(10_000_000,))`
#[test]
fn function_based() {
    fn func_4_thread(n_max: u64) {
        let mut n = 0;
        while n < n_max {
            n += 1;
        }
    }

    let _watchdog = watchdog();
    let my_thread = Thread::new(|| func_4_thread(1_000_000));
    my_thread.start();
}

struct MyThread {
    n_max: u64,
    n: u64,
}

impl Runnable for MyThread {
    fn run(&mut self) {
        while self.n < self.n_max {
            self.n += 1;
        }
    }
}

/// `class MyThread(Thread)`, and its attributes after the end: `my_thread.n`
#[test]
fn class_based() -> Result<(), Exception> {
    let _watchdog = watchdog();
    let my_thread = Thread::from_runnable(MyThread {
        n_max: 1_000_000,
        n: 0,
    });
    my_thread.start();
    my_thread.join()?;

    let done = MyThread {
        n_max: 1_000_000,
        n: 0,
    }
    .spawn()
    .join()?;
    assert_eq!(done.n, 1_000_000);
    Ok(())
}

/// The main thread goes on before it joins.
#[test]
fn joining() -> Result<(), Exception> {
    static LINES: SimpleQueue<&str> = SimpleQueue::new();
    fn task() {
        sleep(Duration::from_millis(100));
        LINES.put("This is coming from another thread");
    }

    let _watchdog = watchdog();
    let thread = Thread::new(task);
    thread.start();
    LINES.put("Waiting for the new thread to finish...");
    thread.join()?;
    assert_eq!(LINES.get(), "Waiting for the new thread to finish...");
    assert_eq!(LINES.get(), "This is coming from another thread");
    Ok(())
}

fn func() -> u32 {
    42
}

/// A return value through a queue ...
#[test]
fn by_queue() {
    let _watchdog = watchdog();
    let func_result_queue = Arc::new(SimpleQueue::new());
    let q_out = Arc::clone(&func_result_queue);
    let thread = Thread::new(move || {
        sleep(Duration::from_millis(5));
        q_out.put(func());
    });
    thread.start();
    assert_eq!(func_result_queue.get(), 42);
}

/// ... or directly.
#[test]
fn directly() -> Result<(), Exception> {
    let _watchdog = watchdog();
    assert_eq!(spawn(func).join()?, 42);
    Ok(())
}

/// One endless thread goes through a cache, another one adds to it; both are daemons.
#[test]
fn shared_cache() {
    let _watchdog = watchdog();
    let my_cache: Arc<Lock<HashMap<String, u128>>> =
        Arc::new(Lock::new((0..100).map(|i| (i.to_string(), i)).collect()));
    let start = Instant::now();

    let cache = Arc::clone(&my_cache);
    let check_cache = Thread::builder().daemon(true).target(move || {
        loop {
            for (key, value) in cache.acquire().iter() {
                assert_eq!(*key, value.to_string()); // important work
            }
            sleep(Duration::from_millis(1));
        }
    });
    let cache = Arc::clone(&my_cache);
    let add_to_cache = Thread::builder().daemon(true).target(move || {
        loop {
            let current_time = start.elapsed().as_nanos();
            cache
                .acquire()
                .insert(current_time.to_string(), current_time);
            sleep(Duration::from_millis(1));
        }
    });
    check_cache.start();
    add_to_cache.start();
    while my_cache.acquire().len() < 110 {
        sleep(Duration::from_millis(1));
    }
    assert!(check_cache.is_alive() && add_to_cache.is_alive());
    for endless in [check_cache, add_to_cache] {
        endless.raise_exception("the test is over").unwrap();
        endless.join().unwrap_err();
    }
}
