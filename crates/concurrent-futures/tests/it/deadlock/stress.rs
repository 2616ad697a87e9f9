//! Waits in all ways, none of which is a circle.

use pythreads_concurrent_futures::{Future, ReturnWhen, SharedFuture, as_completed, wait};
use test_support::watchdog;

use super::{Pool, pool};

/// A task of the stress: waits for some of the tasks before it, in one of all ways.
fn random_task(
    at: usize,
    pools: &[Pool],
    before: &[SharedFuture<u64>],
    mut dice: fastrand::Rng,
) -> u64 {
    let expected: u64 = before.len() as u64;
    let ok = |future: &SharedFuture<u64>| u64::from(*future.result().unwrap() > 0);
    let own = &pools[at % pools.len()];
    let children = |dice: &mut fastrand::Rng| -> Vec<Future<u64>> {
        let count = dice.usize(0..4);
        (0..count).map(|_| own.submit(|| 1)).collect()
    };
    let mut sum = match dice.u8(0..5) {
        0 => before.iter().map(ok).sum(),
        1 => as_completed(before).map(ok).sum(),
        2 => {
            let mut left: Vec<_> = before.iter().enumerate().collect();
            let mut sum = 0;
            while !left.is_empty() {
                let tagged = left.into_iter().map(|(tag, future)| (future, tag));
                let sorted = wait(tagged, ReturnWhen::FirstCompleted);
                sum += sorted
                    .done
                    .iter()
                    .map(|(future, _)| ok(future))
                    .sum::<u64>();
                left = sorted
                    .not_done
                    .into_iter()
                    .map(|(future, tag)| (tag, future))
                    .collect();
            }
            sum
        }
        3 => {
            let sorted = wait(before, ReturnWhen::AllCompleted);
            sorted.done.into_iter().map(ok).sum()
        }
        _ => own.scope(|s| {
            let sums: Vec<_> = before
                .iter()
                .map(|future| s.submit(move || ok(future)))
                .collect();
            as_completed(sums).map(|sum| sum.result().unwrap()).sum()
        }),
    };
    // Duplicates count once, but with tags or in turn.
    assert!(sum <= expected);
    let children = children(&mut dice);
    sum += if dice.bool() {
        as_completed(children)
            .map(|child| child.result().unwrap())
            .sum::<u64>()
    } else {
        children
            .into_iter()
            .map(|child| child.result().unwrap())
            .sum()
    };
    sum + 1
}

/// Tasks that wait for tasks handed over before them, in all ways, over several pools: nothing is deadlocked, and nobody is
/// told so.
#[test]
fn p23_no_false_alarm() {
    const TASKS: usize = 60;
    const ROUNDS: u64 = 150;
    let _watchdog = watchdog();
    for seed in 0..ROUNDS {
        let mut dice = fastrand::Rng::with_seed(seed);
        let pools: Vec<_> = (0..dice.usize(1..4))
            .map(|_| pool(dice.usize(1..4)))
            .collect();
        let mut futures: Vec<SharedFuture<u64>> = Vec::new();
        for at in 0..TASKS {
            let count = if futures.is_empty() {
                0
            } else {
                dice.usize(0..5)
            };
            let before = (0..count).map(|_| futures[dice.usize(..futures.len())].clone());
            let before: Vec<_> = before.collect();
            let (theirs, dice) = (pools.clone(), dice.fork());
            let executor = &pools[at % pools.len()];
            let future = executor.submit(move || random_task(at, &theirs, &before, dice));
            futures.push(future.shared());
        }
        for (at, future) in futures.iter().enumerate() {
            assert!(
                future.exception().is_none(),
                "seed {seed}, task {at}: {:?}",
                future.exception()
            );
        }
    }
}
