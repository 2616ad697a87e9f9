//! Public behaviour, a module per subject. Names begin with the rule of Python's `multiprocessing.pool` that they pin.

#![expect(
    clippy::unwrap_used,
    reason = "in helpers as in tests, a failure is a panic"
)]

mod apply;
mod busy;
mod callbacks;
mod closing;
mod fallible;
mod imap;
mod imap_ends;
mod map;
mod map_async;
mod map_drops;
mod tracked;
mod traits;
mod workers;
