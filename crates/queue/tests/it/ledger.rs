//! Many threads, random moments, and a ledger: what was put is got, drained or left, exactly once.

use std::sync::Arc;
use std::time::Duration;

use pythreads_queue::{BaseQueue, Fifo, GetError, Heap, Lifo};
use test_support::{CheckedThread, checked_spawn, watchdog};

use crate::dice::Dice;
use crate::kind::{Kind, LargestFirst, Shared, queue};

const PRODUCERS: u32 = 8;
const CONSUMERS: u32 = 8;
const ITEMS: u32 = 150;
const ROUNDS: u64 = 12;

/// What one producer put, and what came back.
#[derive(Default)]
struct Produced {
    put: Vec<u32>,
    refused: Vec<u32>,
}

/// Each item is put by one of the ways at random; a full queue is tried again, a shut-down one is not.
fn produce<K: Kind>(queue: &BaseQueue<u32, K>, number: u32, mut dice: Dice) -> Produced {
    let mut done = Produced::default();
    let mut items = (number * ITEMS..(number + 1) * ITEMS).collect::<Vec<_>>();
    while let Some(item) = items.pop() {
        let timeout = Duration::from_micros(dice.below(300));
        let outcome = match dice.below(4) {
            0 => queue.put(item),
            1 => queue.try_put(item),
            2 => queue.put_timeout(item, timeout),
            _ => {
                let mut batch = vec![item];
                batch.extend(items.pop());
                let all = batch.clone();
                let back: Vec<_> = match queue.put_many_timeout(batch, timeout) {
                    Ok(()) => Vec::new(),
                    Err(error) if error.is_full() => {
                        let back: Vec<_> = error.into_inner().collect();
                        items.extend(&back);
                        back
                    }
                    Err(error) => {
                        let back: Vec<_> = error.into_inner().collect();
                        done.refused.extend(&back);
                        back
                    }
                };
                done.put
                    .extend(all.into_iter().filter(|item| !back.contains(item)));
                continue;
            }
        };
        match outcome {
            Ok(()) => done.put.push(item),
            Err(error) if error.is_full() => items.push(error.into_inner()),
            Err(error) => done.refused.push(error.into_inner()),
        }
    }
    done
}

/// Gets in a random way until the queue is shut down and empty.
fn consume<K: Kind>(queue: &BaseQueue<u32, K>, mut dice: Dice) -> Vec<u32> {
    let mut got = Vec::new();
    loop {
        let timeout = Duration::from_micros(dice.below(300));
        let outcome = match dice.below(5) {
            0 => queue.get().map(|item| vec![item]),
            1 => queue.try_get().map(|item| vec![item]),
            2 => queue.get_timeout(timeout).map(|item| vec![item]),
            3 => queue.get_many_timeout(3, timeout),
            _ => queue.get_task_timeout(timeout).map(|task| {
                let item = task.consume(|item| item);
                queue
                    .put(item)
                    .map_or_else(|error| vec![error.into_inner()], |()| vec![])
            }),
        };
        match outcome {
            Ok(items) => {
                got.extend(items);
            }
            Err(GetError::Empty) => std::thread::yield_now(),
            Err(GetError::ShutDown) => return got,
        }
    }
}

fn balances<K: Kind>() {
    let _watchdog = watchdog();
    for round in 0..ROUNDS {
        let mut dice = Dice::new(round + 1);
        let queue: Shared<K> = queue(4);
        let producers: Vec<_> = (0..PRODUCERS)
            .map(|n| {
                let (queue, dice) = (Arc::clone(&queue), Dice::new(dice.below(u64::MAX)));
                checked_spawn(move || produce(&queue, n, dice))
            })
            .collect();
        let consumers: Vec<_> = (0..CONSUMERS)
            .map(|_| {
                let (queue, dice) = (Arc::clone(&queue), Dice::new(dice.below(u64::MAX)));
                checked_spawn(move || consume(&queue, dice))
            })
            .collect();
        // The end comes after a random number of resizes, and in some rounds only when all is put.
        let moments = dice.below(400);
        let at_the_end = dice.below(3) == 0;
        while dice.below(moments + 1) != 0 || at_the_end {
            queue.set_maxsize(usize::try_from(dice.below(6)).unwrap());
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
        let mut put: Vec<_> = produced
            .iter()
            .flat_map(|p| p.put.iter().copied())
            .collect();
        let refused: usize = produced.iter().map(|p| p.refused.len()).sum();
        assert_eq!(
            put.len() + refused,
            (PRODUCERS * ITEMS) as usize,
            "round {round}"
        );
        put.sort_unstable();
        out.sort_unstable();
        assert_eq!(put, out, "round {round}");
    }
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
