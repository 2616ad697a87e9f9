//! Tasks that wait for tasks of their own pool.

use pythreads::concurrent::futures::ThreadPoolExecutor;

use super::DELIVERED;
use crate::clock::Elapsed;
use crate::rivals::{Pool, chili};
use crate::scenario::{Scenario, Size, timed};

/// Which Fibonacci number is worked out, with a task for each addition.
const N: u32 = 24;
const FIB: u64 = 46_368;
/// How many additions that takes.
const ADDITIONS: u64 = 75_024;

pub(super) fn scenario(name: &str, size: Size) -> Scenario {
    let threads = size.threads;
    Scenario::new(name, "task", ADDITIONS)
        .ours(move || by_tasks(threads))
        .rival("rayon scope", move || {
            let pool = <rayon::ThreadPool as Pool>::new(threads);
            timed(move || assert_eq!(pool.install(|| by_scope(N)), FIB))
        })
        .floor("rayon join", move || {
            let pool = <rayon::ThreadPool as Pool>::new(threads);
            timed(move || assert_eq!(pool.install(|| by_rayon_join(N)), FIB))
        })
        .floor("parkring join", move || {
            let pool = parkring::ThreadPool::new(threads);
            timed(move || assert_eq!(pool.install(|| by_parkring_join(N)), FIB))
        })
        .floor("micropool join", move || {
            let pool = <micropool::ThreadPool as Pool>::new(threads);
            timed(move || assert_eq!(pool.install(|| by_micropool_join(N)), FIB))
        })
        .floor("chili join", move || {
            let pool = chili(threads);
            timed(move || assert_eq!(by_chili_join(&mut pool.scope(), N), FIB))
        })
}

/// A pool for ever: its tasks are not bounded by any frame. Its threads end with it all the same.
struct Forever(&'static ThreadPoolExecutor);

impl Forever {
    fn new(threads: usize) -> Self {
        Self(Box::leak(Box::new(ThreadPoolExecutor::new(threads))))
    }

    /// By this method a closure captures the whole, and so keeps it.
    fn executor(&self) -> &'static ThreadPoolExecutor {
        self.0
    }
}

impl Drop for Forever {
    fn drop(&mut self) {
        self.0.shutdown();
    }
}

fn by_tasks(threads: usize) -> impl FnMut(u64) -> Elapsed {
    let forever = Forever::new(threads);
    timed(move || {
        let executor = forever.executor();
        let root = executor.submit(move || by_submit(executor, N));
        assert_eq!(root.result().expect(DELIVERED), FIB);
    })
}

fn by_submit(executor: &'static ThreadPoolExecutor, n: u32) -> u64 {
    if n < 2 {
        return n.into();
    }
    let other = executor.submit(move || by_submit(executor, n - 1));
    by_submit(executor, n - 2) + other.result().expect(DELIVERED)
}

/// One task for each addition, too.
fn by_scope(n: u32) -> u64 {
    if n < 2 {
        return n.into();
    }
    let mut other = 0;
    let one = rayon::scope(|scope| {
        scope.spawn(|_| other = by_scope(n - 1));
        by_scope(n - 2)
    });
    one + other
}

fn by_rayon_join(n: u32) -> u64 {
    if n < 2 {
        return n.into();
    }
    let (one, two) = rayon::join(|| by_rayon_join(n - 1), || by_rayon_join(n - 2));
    one + two
}

fn by_parkring_join(n: u32) -> u64 {
    if n < 2 {
        return n.into();
    }
    let (one, two) = parkring::join(|| by_parkring_join(n - 1), || by_parkring_join(n - 2));
    one + two
}

fn by_micropool_join(n: u32) -> u64 {
    if n < 2 {
        return n.into();
    }
    let (one, two) = micropool::join(|| by_micropool_join(n - 1), || by_micropool_join(n - 2));
    one + two
}

fn by_chili_join(scope: &mut chili::Scope<'_>, n: u32) -> u64 {
    if n < 2 {
        return n.into();
    }
    let (one, two) = scope.join(|s| by_chili_join(s, n - 1), |s| by_chili_join(s, n - 2));
    one + two
}
