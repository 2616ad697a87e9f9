//! Many threads, random moments, and a ledger: what was put is got, drained or left, exactly once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use pythreads_queue::{BaseQueue, Fifo, GetError, Heap, Lifo};
use pythreads_sync_primitives::thread_record::{self, ThreadRecord};
use pythreads_sync_primitives::{Exception, ExceptionKind, interruptible};
use test_support::{CheckedThread, checked_spawn, watchdog};

use crate::dice::Dice;
use crate::kind::{Kind, LargestFirst, Shared, queue};

const PRODUCERS: u32 = 8;
const CONSUMERS: u32 = 8;
const ITEMS: u32 = 60;
/// At least.
const ROUNDS: u64 = 200;

/// What one producer put, and what came back or, if the call was interrupted, was dropped.
#[derive(Default)]
struct Produced {
    put: Vec<u32>,
    refused: Vec<u32>,
    interrupted: Vec<u32>,
    /// Batches whose call was interrupted. The first of their items were put, the others dropped, and nobody says how many.
    cut_short: Vec<Vec<u32>>,
}

/// Each item is put by one of the ways at random; a full queue is tried again, a shut-down one is not.
fn produce<K: Kind>(queue: &BaseQueue<u32, K>, number: u32, mut dice: Dice) -> Produced {
    let mut done = Produced::default();
    let mut items = (number * ITEMS..(number + 1) * ITEMS).collect::<Vec<_>>();
    while let Some(item) = items.pop() {
        let timeout = Duration::from_micros(dice.below(300));
        let outcome = match dice.below(4) {
            0 => interruptible(|| queue.put(item)),
            1 => interruptible(|| queue.try_put(item)),
            2 => interruptible(|| queue.put_timeout(item, timeout)),
            _ => {
                put_some(queue, item, &mut items, timeout, &mut done);
                continue;
            }
        };
        match outcome {
            Ok(Ok(())) => done.put.push(item),
            Ok(Err(error)) if error.is_full() => items.push(error.into_inner()),
            Ok(Err(error)) => done.refused.push(error.into_inner()),
            Err(_interrupt) => done.interrupted.push(item),
        }
    }
    done
}

/// Puts the item and two others.
fn put_some<K: Kind>(
    queue: &BaseQueue<u32, K>,
    item: u32,
    items: &mut Vec<u32>,
    timeout: Duration,
    done: &mut Produced,
) {
    let mut batch = vec![item];
    batch.extend(items.pop());
    batch.extend(items.pop());
    let outcome = interruptible(|| queue.put_many_timeout(batch.iter().copied(), timeout));
    let Ok(outcome) = outcome else {
        return done.cut_short.push(batch);
    };
    let back: Vec<_> = match outcome {
        Ok(()) => Vec::new(),
        Err(error) => {
            let is_full = error.is_full();
            let back: Vec<_> = error.into_inner().collect();
            let home = if is_full { items } else { &mut done.refused };
            home.extend(&back);
            back
        }
    };
    batch.retain(|item| !back.contains(item));
    done.put.extend(batch);
}

/// Gets an item as a task, and puts it once more. If that is interrupted, the item is with the caller.
fn put_again<K: Kind>(
    queue: &BaseQueue<u32, K>,
    timeout: Duration,
) -> Result<Result<Vec<u32>, GetError>, Exception> {
    let task = match interruptible(|| queue.get_task_timeout(timeout))? {
        Ok(task) => task,
        Err(why) => return Ok(Err(why)),
    };
    let item = task.consume(|item| item);
    Ok(Ok(match interruptible(|| queue.put(item)) {
        Ok(Ok(())) => vec![],
        Ok(Err(error)) => vec![error.into_inner()],
        Err(_interrupt) => vec![item],
    }))
}

/// Gets in a random way until the queue is shut down and empty.
fn consume<K: Kind>(queue: &BaseQueue<u32, K>, mut dice: Dice) -> Vec<u32> {
    let mut got = Vec::new();
    loop {
        let timeout = Duration::from_micros(dice.below(300));
        let outcome = match dice.below(5) {
            0 => interruptible(|| queue.get().map(|item| vec![item])),
            1 => interruptible(|| queue.try_get().map(|item| vec![item])),
            2 => interruptible(|| queue.get_timeout(timeout).map(|item| vec![item])),
            3 => interruptible(|| queue.get_many_timeout(3, timeout)),
            _ => put_again(queue, timeout),
        };
        match outcome {
            Ok(Ok(items)) => got.extend(items),
            Ok(Err(GetError::ShutDown)) => return got,
            // Or it was interrupted, and has taken nothing.
            Ok(Err(GetError::Empty)) | Err(_) => std::thread::yield_now(),
        }
    }
}

/// Starts a thread that can be interrupted, and says how.
fn spawn_target<T: Send + 'static>(
    targets: &mpsc::Sender<Arc<ThreadRecord>>,
    body: impl FnOnce() -> T + Send + 'static,
) -> CheckedThread<T> {
    let targets = targets.clone();
    checked_spawn(move || {
        targets.send(thread_record::current()).unwrap();
        drop(targets);
        body()
    })
}

/// In all rounds together.
static INTERRUPTED_PUTS: AtomicUsize = AtomicUsize::new(0);
static INTERRUPTED_BATCHES: AtomicUsize = AtomicUsize::new(0);

fn balances<K: Kind>() {
    let _watchdog = watchdog();
    let happened = |count: &AtomicUsize| count.load(Ordering::Relaxed) > 0;
    let mut round = 0;
    // Threads that look around before they sleep are rarely hit, and which ones, chance decides.
    while round < ROUNDS || !(happened(&INTERRUPTED_PUTS) && happened(&INTERRUPTED_BATCHES)) {
        play::<K>(round);
        round += 1;
    }
}

fn play<K: Kind>(round: u64) {
    let mut dice = Dice::new(round + 1);
    let queue: Shared<K> = queue(4);
    let (sender, receiver) = mpsc::channel();
    let producers: Vec<_> = (0..PRODUCERS)
        .map(|n| {
            let (queue, dice) = (Arc::clone(&queue), Dice::new(dice.below(u64::MAX)));
            spawn_target(&sender, move || produce(&queue, n, dice))
        })
        .collect();
    let consumers: Vec<_> = (0..CONSUMERS)
        .map(|_| {
            let (queue, dice) = (Arc::clone(&queue), Dice::new(dice.below(u64::MAX)));
            spawn_target(&sender, move || consume(&queue, dice))
        })
        .collect();
    drop(sender);
    let targets: Vec<_> = receiver.iter().collect();
    // The end comes after a random number of resizes and interrupts, and in some rounds only when all is put.
    let moments = dice.below(400);
    let at_the_end = dice.below(3) == 0;
    while dice.below(moments + 1) != 0 || at_the_end {
        queue.set_maxsize(usize::try_from(dice.below(6)).unwrap());
        let target = usize::try_from(dice.below(16)).unwrap();
        let _in_vain =
            targets[target].raise(Exception::of_kind(ExceptionKind::Interrupted, "stop"));
        std::thread::yield_now();
        if producers.iter().all(CheckedThread::is_finished) {
            break;
        }
    }
    let mut out = if dice.below(2) == 0 {
        queue.shutdown_now()
    } else {
        queue.shutdown();
        Vec::new()
    };
    let produced: Vec<_> = producers.into_iter().map(CheckedThread::join).collect();
    out.extend(consumers.into_iter().flat_map(CheckedThread::join));
    out.extend(queue.try_iter());
    let all_of = |list: fn(&Produced) -> &Vec<u32>| -> Vec<u32> {
        produced.iter().flat_map(list).copied().collect()
    };
    let (mut put, mut interrupted) = (all_of(|p| &p.put), all_of(|p| &p.interrupted));
    for batch in produced.iter().flat_map(|p| &p.cut_short) {
        let (came, lost) = batch.split_at(batch.partition_point(|item| out.contains(item)));
        put.extend(came);
        interrupted.extend(lost);
        INTERRUPTED_BATCHES.fetch_add(1, Ordering::Relaxed);
    }
    let refused = all_of(|p| &p.refused).len() + interrupted.len();
    assert_eq!(
        put.len() + refused,
        (PRODUCERS * ITEMS) as usize,
        "round {round}"
    );
    put.sort_unstable();
    out.sort_unstable();
    assert_eq!(put, out, "round {round}");
    INTERRUPTED_PUTS.fetch_add(interrupted.len(), Ordering::Relaxed);
}

/// First in, first out.
#[test]
fn the_ledger_of_a_queue_balances() {
    balances::<Fifo<u32>>();
}

/// Last in, first out.
#[test]
fn the_ledger_of_a_lifo_queue_balances() {
    balances::<Lifo<u32>>();
}

/// Smallest first.
#[test]
fn the_ledger_of_a_priority_queue_balances() {
    balances::<Heap<u32>>();
}

/// A user's storage.
#[test]
fn the_ledger_of_a_users_queue_balances() {
    balances::<LargestFirst>();
}
