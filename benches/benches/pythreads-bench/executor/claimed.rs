//! A task that a worker submits to its own pool and waits for at once, while nobody else could run it.

use std::sync::Arc;

use pythreads::concurrent::futures::ThreadPoolExecutor;

use super::DELIVERED;
use crate::clock::{Elapsed, Reading};
use crate::rivals::{Pool, chili};
use crate::scenario::Scenario;

/// One worker each, so nobody is idle.
pub(super) fn scenario() -> Scenario {
    Scenario::new("executor/claimed", "task", 1)
        .ours(|| {
            let executor = Arc::new(ThreadPoolExecutor::new(1));
            move |iterations| {
                let inner = Arc::clone(&executor);
                let trips = move || {
                    calls(iterations, |number| {
                        inner.submit(move || number + 1).result().expect(DELIVERED)
                    })
                };
                executor.submit(trips).result().expect(DELIVERED)
            }
        })
        .rival("micropool", || {
            let pool = Arc::new(<micropool::ThreadPool as Pool>::new(1));
            move |iterations| {
                let inner = Arc::clone(&pool);
                let trips = move || {
                    calls(iterations, |number| {
                        inner.spawn_owned(move || number + 1).join()
                    })
                };
                pool.spawn_owned(trips).join()
            }
        })
        .floor("rayon join", || {
            let pool = <rayon::ThreadPool as Pool>::new(1);
            move |iterations| {
                pool.install(|| calls(iterations, |number| rayon::join(|| number + 1, || ()).0))
            }
        })
        .floor("chili join", || {
            let pool = chili(1);
            move |iterations| {
                let mut scope = pool.scope();
                calls(iterations, |number| scope.join(|_| number + 1, |_| ()).0)
            }
        })
}

/// One call after the other, each with the result of the last.
fn calls(iterations: u64, mut call: impl FnMut(u64) -> u64) -> Elapsed {
    let start = Reading::now();
    let mut number = 0;
    for _ in 0..iterations {
        let next = call(number);
        assert_eq!(next, number + 1);
        number = next;
    }
    start.elapsed()
}
