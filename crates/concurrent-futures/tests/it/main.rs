//! What `concurrent.futures` promises, a module per type. Names begin with the rule of Python's behaviour that they pin, or
//! say what they pin.

#![expect(
    clippy::unwrap_used,
    reason = "what several tests share is in functions that clippy does not take for tests"
)]

mod any_executor;
mod as_completed;
mod awaiting;
mod callbacks;
mod claim;
mod continuation;
mod deadlock;
mod drops;
mod executor;
mod exit;
mod future;
mod idle;
mod initializer;
mod interrupts;
mod ledger;
mod map;
mod map_lazy;
mod max_pending;
mod named_pool;
mod occupied;
mod order;
mod promise;
mod runtimes;
mod scope;
mod shared_future;
mod shutdown;
mod task_builder;
mod traits;
mod traps;
mod wait;
mod whole_process;
mod workers;
