//! Everything at once, and then the books are balanced.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use pythreads_concurrent_futures::{
    Completion, ExceptionKind, Future, ThreadPoolExecutor, as_completed,
};
use pythreads_threading::{Event, Thread, enumerate};
use test_support::{checked_spawn, watchdog};

const THREADS: usize = 8;
const TASKS: usize = 40;
const ROUNDS: u64 = 500;
const MOMENT: Duration = Duration::from_micros(200);

/// Counts that only grow.
#[derive(Default)]
struct Ledger {
    submitted: AtomicUsize,
    ran: AtomicUsize,
    finished: AtomicUsize,
    failed: AtomicUsize,
    cancelled: AtomicUsize,
    /// By a pool that was shut down.
    refused: AtomicUsize,
    /// Not begun before their deadline.
    expired: AtomicUsize,
    /// In the middle of a wait at their deadline.
    overdue: AtomicUsize,
    /// By an interrupt of the worker, in the middle of a wait.
    interrupted: AtomicUsize,
    /// By an interrupt of the task itself.
    task_interrupted: AtomicUsize,
    /// By an interrupt of all that ran.
    all_interrupted: AtomicUsize,
}

/// How a task is interrupted, the other two ways apart.
const ALONE: &str = "the task is not wanted any more";
const BY_WORKER: &str = "the worker is not wanted any more";

fn add(count: &AtomicUsize) {
    // ORDERING: Relaxed, everybody is joined before the counts are read.
    count.fetch_add(1, Ordering::Relaxed);
}

fn get(count: &AtomicUsize) -> usize {
    // ORDERING: Relaxed, as above.
    count.load(Ordering::Relaxed)
}

impl Ledger {
    fn enter(&self, completion: &Completion, has_begun: bool) {
        add(match completion {
            Completion::Finished => &self.finished,
            Completion::Failed(exception) => match exception.kind() {
                ExceptionKind::ShutDown => &self.refused,
                ExceptionKind::DeadlineExceeded if has_begun => &self.overdue,
                ExceptionKind::DeadlineExceeded => &self.expired,
                ExceptionKind::Interrupted => match exception.message() {
                    ALONE => &self.task_interrupted,
                    BY_WORKER => &self.interrupted,
                    _ => &self.all_interrupted,
                },
                ExceptionKind::Panic | ExceptionKind::Error => &self.failed,
                kind => panic!("no task here ends so: {kind:?}"),
            },
            _ => &self.cancelled,
        });
    }

    fn assert_balanced(&self) {
        let interrupted = [
            &self.overdue,
            &self.interrupted,
            &self.task_interrupted,
            &self.all_interrupted,
        ];
        let never_ran = [&self.cancelled, &self.refused, &self.expired];
        let ran: usize = [&self.finished, &self.failed]
            .into_iter()
            .chain(interrupted)
            .map(get)
            .sum();
        let never_ran: usize = never_ran.into_iter().map(get).sum();
        assert_eq!(get(&self.ran), ran);
        assert_eq!(get(&self.submitted), ran + never_ran);
    }

    /// Everything has happened at least once.
    fn assert_eventful(&self) {
        for (what, count) in [
            ("finished", &self.finished),
            ("failed", &self.failed),
            ("cancelled", &self.cancelled),
            ("refused", &self.refused),
            ("expired", &self.expired),
            ("overdue", &self.overdue),
            ("interrupted with its worker", &self.interrupted),
            ("interrupted alone", &self.task_interrupted),
            ("interrupted with all others", &self.all_interrupted),
        ] {
            assert!(get(count) > 0, "no task was {what}");
        }
    }
}

/// A task of one of several kinds, entered in the books.
fn submit(
    executor: &Arc<ThreadPoolExecutor>,
    ledger: &Arc<Ledger>,
    dice: &mut fastrand::Rng,
) -> Future<u32> {
    add(&ledger.submitted);
    let kind = dice.u8(0..12);
    let inner = Arc::clone(executor);
    let books = Arc::clone(ledger);
    let has_begun = Arc::new(AtomicBool::new(false));
    let begins = Arc::clone(&has_begun);
    let task = move || {
        add(&books.ran);
        // ORDERING: Relaxed, the end of the task orders it.
        begins.store(true, Ordering::Relaxed);
        match kind {
            0 => panic!("a task fails"),
            1 => Err("a task returns an error"),
            2 => {
                drop(submit_child(&inner, &books).result());
                Ok(2)
            }
            3 => {
                let children = [(); 2].map(|()| submit_child(&inner, &books));
                as_completed(children).for_each(drop);
                Ok(3)
            }
            4 => {
                // Where an interrupt can hit.
                let _in_time = Event::new().wait_timeout(MOMENT);
                Ok(4)
            }
            n => Ok(u32::from(n)),
        }
    };
    let future = if dice.u8(0..10) == 0 {
        let deadline = Instant::now() + MOMENT * dice.u32(0..3);
        executor.task().deadline(deadline).submit_fallible(task)
    } else {
        executor.submit_fallible(task)
    };
    let books = Arc::clone(ledger);
    let callback_fails = dice.u8(0..10) == 0;
    future.add_done_callback(move |completion| {
        // ORDERING: Relaxed, as above.
        books.enter(completion, has_begun.load(Ordering::Relaxed));
        assert!(!callback_fails, "a callback fails");
    });
    future
}

/// A task that a task hands over, entered by whoever runs it.
fn submit_child(executor: &ThreadPoolExecutor, books: &Arc<Ledger>) -> Future<()> {
    add(&books.submitted);
    let entered = Arc::clone(books);
    let child = executor.submit(move || add(&entered.ran));
    let entered = Arc::clone(books);
    child.add_done_callback(move |completion| entered.enter(completion, false));
    child
}

fn workers(prefix: &str) -> Vec<Thread> {
    let mut threads = enumerate();
    threads.retain(|thread| thread.name().starts_with(prefix));
    threads
}

/// What a thread does with a future.
fn handle(future: Future<u32>, dice: &mut fastrand::Rng) -> Option<Future<u32>> {
    match dice.u8(0..8) {
        0 => drop(future),
        1 => drop(future.result()),
        2 => _ = future.cancel(),
        3 => match future.result_timeout(MOMENT) {
            Ok(result) => drop(result),
            Err(late) => return Some(late.into_inner()),
        },
        4 => assert!(future.cancel() || future.running() || future.done()),
        5 => {
            let _is_stopped = future.cancel() || future.raise_exception(ALONE);
            return Some(future);
        }
        _ => return Some(future),
    }
    None
}

fn round(seed: u64, ledger: &Arc<Ledger>) {
    let prefix = format!("ledger-{seed}-");
    let mut dice = fastrand::Rng::with_seed(seed);
    let mut builder = ThreadPoolExecutor::builder()
        .max_workers(dice.usize(1..5))
        .thread_name_prefix(&*prefix);
    if dice.bool() {
        builder = builder.max_pending(dice.usize(1..20));
    }
    let executor = Arc::new(builder.build().unwrap());
    let ender = dice.usize(0..THREADS);
    let threads: Vec<_> = (0..THREADS)
        .map(|thread| {
            let (executor, ledger) = (Arc::clone(&executor), Arc::clone(ledger));
            let prefix = prefix.clone();
            let mut dice = dice.fork();
            checked_spawn(move || {
                let mut kept = Vec::new();
                for n in 0..TASKS {
                    let future = submit(&executor, &ledger, &mut dice);
                    kept.extend(handle(future, &mut dice));
                    match dice.u8(..) {
                        0..4 => _ = executor.cancel_pending(),
                        4..20 => kept.truncate(kept.len() / 2),
                        20..40 => {
                            for worker in workers(&prefix) {
                                // It may have ended meanwhile.
                                drop(worker.raise_exception(BY_WORKER));
                            }
                        }
                        40..60 => _ = executor.interrupt_running(),
                        60..100 => {
                            for future in &kept {
                                // It may not run.
                                let _is_marked = future.raise_exception(ALONE);
                            }
                        }
                        _ => {}
                    }
                    if thread == ender && n == TASKS / 2 {
                        match dice.u8(0..3) {
                            0 => executor.shutdown(),
                            1 => executor.shutdown_now(),
                            _ => executor.close(),
                        }
                    }
                }
                for future in kept {
                    drop(future.result());
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join();
    }
    executor.close();
    executor.join();
    ledger.assert_balanced();
    let left = workers(&prefix);
    assert!(left.is_empty(), "{left:?}");
}

/// Eight threads submit, cancel, interrupt, wait with and without a limit, drop and shut down at random, and tasks fail in all
/// ways: every task ends once in one way, every callback is called once, and no thread is left.
#[test]
fn every_task_ends_once() {
    let _watchdog = watchdog();
    let ledger = Arc::new(Ledger::default());
    for seed in 0..ROUNDS {
        round(seed, &ledger);
    }
    ledger.assert_eventful();
}
