//! Public behaviour, a module per type. Names begin with the rule of Python's `threading` that they pin; the rules are listed in
//! `docs/conformance/threading.md`.

#![expect(
    clippy::disallowed_macros,
    reason = "destructors of std's thread-locals are what some tests are about"
)]
#![expect(
    clippy::unwrap_used,
    reason = "what tests call is test code too, which clippy does not see"
)]

mod concurrent_tee;
mod dump;
mod excepthook;
mod facts;
mod join;
mod join_handle;
mod local;
mod name;
mod raise;
mod registry;
mod runnable;
mod scope;
mod serialize_iterator;
mod sleep;
mod stack_size;
mod start;
mod thread_hook;
mod timer;
