//! `dump`.

use std::sync::Arc;
use std::time::Duration;

use pythreads_threading::{
    Event, Lock, Thread, ThreadReport, ThreadState, WaitKind, current_thread, dump, enumerate,
    get_ident, main_thread, sleep,
};
use test_support::{checked_spawn, delay, watchdog};

/// Waits until the thread waits for something.
fn report_once_it_waits(thread: &Thread) -> ThreadReport {
    loop {
        let dump = dump();
        let mut all = dump.threads().iter();
        let report = all.find(|report| report.ident() == thread.ident());
        if let Some(report) = report.filter(|report| report.waiting().is_some()) {
            return report.clone();
        }
        std::thread::yield_now();
    }
}

/// Each thread shows what it waits for, and since when.
#[test]
fn it_shows_what_threads_wait_for() {
    static NEVER: Event = Event::new();
    static HELD: Lock = Lock::new(());
    let _watchdog = watchdog();
    let held = HELD.acquire();
    let waits: [(fn(), WaitKind, &str); 4] = [
        (|| NEVER.wait(), WaitKind::Event, "an Event"),
        (
            || sleep(Duration::from_mins(1)),
            WaitKind::Sleep,
            "time to pass",
        ),
        (
            || main_thread().join().unwrap(),
            WaitKind::Thread,
            "the end of a thread",
        ),
        (|| drop(HELD.acquire()), WaitKind::Lock, "a Lock"),
    ];
    let mut threads = Vec::new();
    for (wait, kind, words) in waits {
        let thread = Thread::builder().name("waiting").daemon(true).target(wait);
        thread.start();
        let report = report_once_it_waits(&thread);
        let waiting = report.waiting().unwrap();
        assert_eq!(waiting.kind, kind);
        assert!(waiting.elapsed < *delay::LONG);
        assert_eq!(report.name(), "waiting");
        assert_eq!(report.state(), ThreadState::Started);
        assert_eq!(report.native_id(), thread.native_id());
        assert!(report.daemon());
        let line = report.to_string();
        assert!(line.starts_with("waiting (ident "), "{line}");
        assert!(line.contains(", daemon)") && line.contains(words), "{line}");
        threads.push(thread);
    }
    for thread in &threads[..3] {
        thread.interrupt().unwrap();
        assert!(thread.join().is_err());
    }
    drop(held);
    threads[3].join().unwrap();
}

/// A thread that something else has started is there once it has slept in something of ours, handle or not, until it ends.
#[test]
fn it_shows_foreign_threads_that_wait() {
    static HELD: Lock = Lock::new(());
    let _watchdog = watchdog();
    let held = HELD.acquire();
    let (sender, idents) = std::sync::mpsc::channel();
    let threads = [false, true].map(|has_handle| {
        let sender = sender.clone();
        let thread = checked_spawn(move || {
            sender.send(get_ident()).unwrap();
            if has_handle {
                current_thread();
            }
            drop(HELD.acquire());
        });
        (thread, has_handle, idents.recv().unwrap())
    });
    for &(_, has_handle, ident) in &threads {
        let report = loop {
            let dump = dump();
            let mut all = dump.threads().iter().filter(|it| it.ident() == ident);
            if let Some(report) = all.next().filter(|it| it.waiting().is_some()) {
                assert!(all.next().is_none(), "it is there once");
                break report.clone();
            }
            std::thread::yield_now();
        };
        assert_eq!(report.waiting().unwrap().kind, WaitKind::Lock);
        assert_eq!(report.state(), ThreadState::Started);
        assert!(report.daemon() && report.native_id().is_some());
        let line = report.to_string();
        assert!(line.starts_with("Dummy-"), "{line}");
        assert!(line.contains("daemon, foreign) waits"), "{line}");
        let is_listed = enumerate().iter().any(|thread| thread.ident() == ident);
        assert_eq!(is_listed, has_handle);
    }
    drop(held);
    for (thread, _, ident) in threads {
        thread.join();
        let dump = dump();
        assert!(dump.threads().iter().all(|report| report.ident() != ident));
    }
}

/// A line for each thread, main first; a thread that runs says so.
#[test]
fn it_is_displayed() {
    let _watchdog = watchdog();
    let stop = Arc::new(Event::new());
    let runs = Thread::builder().name("busy").target({
        let stop = Arc::clone(&stop);
        move || while !stop.is_set() {}
    });
    runs.start();
    while runs.native_id().is_none() {
        std::thread::yield_now();
    }
    let text = dump().to_string();
    stop.set();
    runs.join().unwrap();
    assert!(text.starts_with("MainThread (ident "), "{text}");
    let busy = text
        .lines()
        .find(|line| line.starts_with("busy ("))
        .unwrap();
    assert!(busy.ends_with(") runs"), "{busy}");
}
