//! What does a thread cost that does nothing?

use std::thread::Builder;

use pythreads::threading::Thread;

use crate::scenario::{Scenario, timed};

const STARTED: &str = "the system gives one thread";
const ENDED: &str = "the thread does not fail";

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![spawn_join()]
}

/// One thread after the other is started, named, and joined for its result.
fn spawn_join() -> Scenario {
    let mut number = 0_u64;
    let ours = move || {
        timed(move || {
            let thread = Thread::builder().name("measured");
            let thread = thread.spawn(move || number + 1).expect(STARTED);
            let next = thread.join().expect(ENDED);
            assert_eq!(next, number + 1);
            number = next;
        })
    };
    let std = move || {
        timed(move || {
            let thread = Builder::new().name("measured".to_owned());
            let thread = thread.spawn(move || number + 1).expect(STARTED);
            let next = thread.join().expect(ENDED);
            assert_eq!(next, number + 1);
            number = next;
        })
    };
    Scenario::new("thread/spawn-join", "thread", 1)
        .ours(ours)
        .rival("std", std)
        .floor("tokio spawn_blocking", || {
            let runtime = crate::rivals::tokio_runtime(1);
            let mut number = 0_u64;
            timed(move || {
                let task = runtime.spawn_blocking(move || number + 1);
                let next = runtime.block_on(task).expect(ENDED);
                assert_eq!(next, number + 1);
                number = next;
            })
        })
}
