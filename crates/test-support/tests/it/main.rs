//! What the other crates' tests rely on.

mod checked_thread;
mod child;
mod counting_alloc;
mod facts;
mod watchdog;
