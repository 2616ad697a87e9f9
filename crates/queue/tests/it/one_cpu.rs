//! Queues on a machine with one CPU: who waits for a lock runs instead of who holds it.

use std::thread::available_parallelism;

use pythreads_queue::{Fifo, Heap, Lifo};
use test_support::child::{self, Child};
use test_support::{checked_spawn, stay_on_one_cpu, watchdog};

use crate::kind::{Kind, LargestFirst, queue};

/// Long enough for hundreds of threads to lose the CPU while they hold a lock.
const ROUNDS: u32 = 30_000;

fn all_get_on<K: Kind>() {
    for maxsize in [0, 2] {
        let queue = queue::<K>(maxsize);
        let threads = [(); 4].map(|()| {
            let queue = queue.clone();
            checked_spawn(move || {
                let sum = |n| {
                    queue.put(n).unwrap();
                    u64::from(queue.get().unwrap())
                };
                (0..ROUNDS).map(sum).sum::<u64>()
            })
        });
        let sum: u64 = threads.into_iter().map(|thread| thread.join()).sum();
        assert_eq!(sum, 4 * (0..u64::from(ROUNDS)).sum::<u64>());
        assert_eq!(
            (queue.len(), queue.unfinished_tasks()),
            (0, 4 * ROUNDS as usize)
        );
    }
}

/// All that is put is got, and nobody waits for ever.
#[test]
fn one_cpu_is_enough() {
    let _watchdog = watchdog();
    if !child::is_rerun() {
        let child = Child::rerun_test("one_cpu::one_cpu_is_enough");
        return child.run().assert_success();
    }
    stay_on_one_cpu();
    assert_eq!(available_parallelism().unwrap().get(), 1);
    all_get_on::<Fifo<u32>>();
    all_get_on::<Lifo<u32>>();
    all_get_on::<Heap<u32>>();
    all_get_on::<LargestFirst>();
}
