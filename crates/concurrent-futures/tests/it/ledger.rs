//! Everything at once, and then the books are balanced.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use pythreads_concurrent_futures::{Completion, ExceptionKind, Future, ThreadPoolExecutor};
use pythreads_threading::enumerate;
use test_support::{checked_spawn, delay, watchdog};

const THREADS: usize = 8;
const TASKS: usize = 150;
const ROUNDS: u64 = 12;

/// Counts that only grow.
#[derive(Default)]
struct Ledger {
    submitted: AtomicUsize,
    ran: AtomicUsize,
    finished: AtomicUsize,
    failed: AtomicUsize,
    cancelled: AtomicUsize,
    refused: AtomicUsize,
}

fn add(count: &AtomicUsize) {
    // ORDERING: Relaxed, everybody is joined before the counts are read.
    count.fetch_add(1, Ordering::Relaxed);
}

fn get(count: &AtomicUsize) -> usize {
    // ORDERING: Relaxed, as above.
    count.load(Ordering::Relaxed)
}

impl Ledger {
    fn enter(&self, completion: &Completion) {
        add(match completion {
            Completion::Finished => &self.finished,
            Completion::Failed(exception) if exception.kind() == ExceptionKind::ShutDown => {
                &self.refused
            }
            Completion::Failed(_) => &self.failed,
            _ => &self.cancelled,
        });
    }

    fn assert_balanced(&self) {
        let ended = [&self.finished, &self.failed, &self.cancelled, &self.refused];
        assert_eq!(get(&self.submitted), ended.into_iter().map(get).sum());
        assert_eq!(get(&self.ran), get(&self.finished) + get(&self.failed));
    }
}

/// A task of one of several kinds, entered in the books.
fn submit(
    executor: &Arc<ThreadPoolExecutor>,
    ledger: &Arc<Ledger>,
    dice: &mut fastrand::Rng,
) -> Future<u32> {
    add(&ledger.submitted);
    let kind = dice.u8(0..10);
    let inner = Arc::clone(executor);
    let books = Arc::clone(ledger);
    let future = executor.submit_fallible(move || {
        add(&books.ran);
        match kind {
            0 => panic!("a task fails"),
            1 => Err("a task returns an error"),
            2 => {
                // A task of its own, entered by whoever runs it.
                add(&books.submitted);
                let entered = Arc::clone(&books);
                let child = inner.submit(move || add(&entered.ran));
                let entered = Arc::clone(&books);
                child.add_done_callback(move |completion| entered.enter(completion));
                drop(child.result());
                Ok(2)
            }
            n => Ok(u32::from(n)),
        }
    });
    let books = Arc::clone(ledger);
    let callback_fails = dice.u8(0..10) == 0;
    future.add_done_callback(move |completion| {
        books.enter(completion);
        assert!(!callback_fails, "a callback fails");
    });
    future
}

/// What a thread does with a future.
fn handle(future: Future<u32>, dice: &mut fastrand::Rng) -> Option<Future<u32>> {
    match dice.u8(0..6) {
        0 => drop(future),
        1 => drop(future.result()),
        2 => _ = future.cancel(),
        3 => match future.result_timeout(*delay::SHORT / 20) {
            Ok(result) => drop(result),
            Err(late) => return Some(late.into_inner()),
        },
        4 => assert!(future.cancel() || future.running() || future.done()),
        _ => return Some(future),
    }
    None
}

fn round(seed: u64) {
    let prefix = format!("ledger-{seed}-");
    let mut dice = fastrand::Rng::with_seed(seed);
    let executor = ThreadPoolExecutor::builder()
        .max_workers(dice.usize(1..5))
        .thread_name_prefix(&*prefix)
        .build()
        .unwrap();
    let executor = Arc::new(executor);
    let ledger = Arc::new(Ledger::default());
    let ender = dice.usize(0..THREADS);
    let threads: Vec<_> = (0..THREADS)
        .map(|thread| {
            let (executor, ledger) = (Arc::clone(&executor), Arc::clone(&ledger));
            let mut dice = dice.fork();
            checked_spawn(move || {
                let mut kept = Vec::new();
                for n in 0..TASKS {
                    let future = submit(&executor, &ledger, &mut dice);
                    kept.extend(handle(future, &mut dice));
                    match dice.u8(..) {
                        0 => _ = executor.cancel_pending(),
                        1..20 => kept.truncate(kept.len() / 2),
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
    let left = enumerate();
    let left: Vec<_> = left
        .iter()
        .filter(|thread| thread.name().starts_with(&prefix))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

/// Eight threads submit, cancel, wait, drop and shut down at random: every task ends once in one way, every callback is
/// called once, and no thread is left.
#[test]
fn every_task_ends_once() {
    let _watchdog = watchdog();
    for seed in 0..ROUNDS {
        round(seed);
    }
}
