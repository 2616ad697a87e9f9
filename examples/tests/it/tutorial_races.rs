//! The daemon flag, a pool's map, races and locks, producer and consumer.

use pythreads::concurrent::futures::{Exception, ThreadPoolExecutor};
use pythreads::queue::{GetError, Queue};
use pythreads::threading::{Event, Lock, Thread, sleep};
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::time::Duration;
use test_support::watchdog;

fn some_func() {}

/// `thread.start()`, code of the main thread, `thread.join()`
#[test]
fn running() -> Result<(), Exception> {
    let _watchdog = watchdog();
    let thread = Thread::new(some_func);
    // code before
    thread.start(); // runs some_func in a separate thread
    // main goes on
    thread.join()
}

/// `daemon=True`, `daemon=False`
#[test]
fn daemon_flag() {
    let _watchdog = watchdog();
    let thread_daemon = Thread::builder().daemon(true).target(some_func);
    let thread_non_daemon = Thread::builder().daemon(false).target(some_func);
    thread_daemon.start();
    thread_non_daemon.start();
    assert!(thread_daemon.daemon() && !thread_non_daemon.daemon());
}

/// `executor.map(some_func, range(3))`
#[test]
fn pooling() -> Result<(), Exception> {
    static SUM: AtomicU32 = AtomicU32::new(0);
    fn some_func(i: u32) {
        SUM.fetch_add(i, SeqCst);
    }

    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(3);
    executor.map(0..3, some_func).into_vec()?;
    assert_eq!(SUM.load(SeqCst), 3);
    Ok(())
}

// A lost update can be written with an atomic ...
static RACY: AtomicU32 = AtomicU32::new(0);

fn racy_update() {
    let local = RACY.load(SeqCst);
    sleep(Duration::from_millis(1));
    RACY.store(local + 1, SeqCst);
}

// ... with the lock the state lives in it, so it cannot be touched without.
static STATE: Lock<u32> = Lock::new(0);

fn locked_update() {
    let mut state = STATE.acquire();
    let local = *state;
    sleep(Duration::from_millis(1));
    *state = local + 1;
}

// The literal port, a lock beside the state:
static LOCK: Lock = Lock::new(());

fn locked_beside() {
    let _held = LOCK.acquire();
    racy_update();
}

/// A lock, around the state or beside it, loses no update.
#[test]
fn races() -> Result<(), Exception> {
    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(4);
    executor.map(0..20, |_| racy_update()).into_vec()?;
    assert!((1..=20).contains(&RACY.swap(0, SeqCst)));
    executor.map(0..20, |_| locked_update()).into_vec()?;
    assert_eq!(*STATE.acquire(), 20);
    executor.map(0..20, |_| locked_beside()).into_vec()?;
    assert_eq!(RACY.load(SeqCst), 20);
    Ok(())
}

fn producer(queue: &Queue<u32>, event: &Event) -> usize {
    let mut n = 0;
    while !event.is_set() {
        let message = fastrand::u32(1..=101);
        if queue.put(message).is_err() {
            break;
        }
        n += 1;
    }
    n
}

fn consumer(queue: &Queue<u32>, event: &Event) -> usize {
    let mut n = 0;
    while !(event.is_set() && queue.is_empty()) {
        // A bare `get()` hangs when the producer stops between the test and the get.
        match queue.get_timeout(Duration::from_millis(10)) {
            Ok(_message) => n += 1,
            Err(GetError::Empty) => {}
            Err(GetError::ShutDown) => break,
        }
    }
    n
}

/// An Event ends both sides; what is produced is consumed or left, never lost.
#[test]
fn producer_consumer() -> Result<(), Exception> {
    let _watchdog = watchdog();
    let pipeline = Queue::with_maxsize(10);
    let event = Event::new();
    let executor = ThreadPoolExecutor::new(2);
    let (produced, consumed) = executor.scope(|s| {
        let produced = s.submit(|| producer(&pipeline, &event));
        let consumed = s.submit(|| consumer(&pipeline, &event));
        sleep(Duration::from_millis(50)); // messages are produced and consumed
        event.set(); // no more messages
        (produced.result(), consumed.result())
    });
    assert_eq!(produced?, consumed? + pipeline.len());
    Ok(())
}

/// The same with statics, in Python's own shape.
#[test]
fn producer_consumer_static() -> Result<(), Exception> {
    static PIPELINE: Queue<u32> = Queue::with_maxsize(10);
    static EVENT: Event = Event::new();
    static PRODUCED: Lock<usize> = Lock::new(0);

    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(2);
    executor.execute(|| *PRODUCED.acquire() = producer(&PIPELINE, &EVENT));
    let consumed = executor.submit(|| consumer(&PIPELINE, &EVENT));
    sleep(Duration::from_millis(50));
    EVENT.set();
    executor.shutdown();
    assert_eq!(*PRODUCED.acquire(), consumed.result()? + PIPELINE.len());
    Ok(())
}

/// Better: `shutdown` instead of a flag; nothing to time out, nothing to lose.
#[test]
fn producer_consumer_shutdown() -> Result<(), Exception> {
    let _watchdog = watchdog();
    let pipeline = Queue::with_maxsize(10);
    let produced = Lock::new(0);
    let executor = ThreadPoolExecutor::new(2);
    let consumed = executor.scope(|s| {
        s.execute(|| {
            while pipeline.put(fastrand::u32(1..=101)).is_ok() {
                *produced.acquire() += 1;
            }
        });
        let consumed = s.submit(|| pipeline.iter().count());
        sleep(Duration::from_millis(50));
        pipeline.shutdown();
        consumed.result()
    })?;
    assert_eq!(*produced.acquire(), consumed);
    Ok(())
}

/// `executor.submit(some_func, *args, **kwargs)`: the closure carries them.
#[test]
fn arguments() -> Result<(), Exception> {
    fn some_func(a: u32, b: &str) -> String {
        format!("{a}{b}")
    }

    let _watchdog = watchdog();
    let executor = ThreadPoolExecutor::new(3);
    let (args, kwargs) = (1, String::from("x"));
    assert_eq!(
        executor.submit(move || some_func(args, &kwargs)).result()?,
        "1x"
    );
    Ok(())
}
