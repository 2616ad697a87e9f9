//! The threads that workers are: `threading`'s, or those of a model checker, which knows no others.

#[cfg(any(pythreads_loom, pythreads_shuttle))]
mod model;

#[cfg(not(any(pythreads_loom, pythreads_shuttle)))]
pub use pythreads_threading::lose_current_thread;
#[cfg(not(any(pythreads_loom, pythreads_shuttle)))]
pub(super) use pythreads_threading::{Thread, ThreadState, get_ident, set_loss_hook};

#[cfg(any(pythreads_loom, pythreads_shuttle))]
pub use self::model::lose_current_thread;
#[cfg(any(pythreads_loom, pythreads_shuttle))]
pub(super) use self::model::{Thread, ThreadState, get_ident, set_loss_hook};
