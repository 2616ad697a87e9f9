//! A model checker's, in the shape of the system's.
//!
//! loom makes its objects in the middle of an execution only, but what the crate makes is const. So an object here holds
//! its first value and becomes the checker's on first use. That is done with std's cells, which is sound and adds no
//! ordering: a checker runs one thread at a time, and switches only inside its own objects.

#[cfg(pythreads_loom)]
use loom as checker;
#[cfg(pythreads_shuttle)]
use shuttle as checker;

mod access_check;
pub mod asymmetric_fence;
pub mod atomic;
pub mod clock;
mod mutex;

pub use self::access_check::AccessCheck;
pub use self::checker::lazy_static;
pub(crate) use self::checker::sync::Condvar;
pub use self::checker::thread;
pub use self::mutex::{Mutex, MutexGuard};

/// As std's, with the initial values that std asks for; the checker's macro knows other ones.
#[doc(hidden)]
#[macro_export]
macro_rules! model_thread_local {
    ($($(#[$attribute:meta])* $vis:vis static $name:ident: $type:ty = const { $initial:expr };)*) => {
        $crate::sync::model::checker_thread_local! {
            $($(#[$attribute])* $vis static $name: $type = $initial;)*
        }
    };
}

/// A static for all threads of an execution.
#[doc(hidden)]
#[macro_export]
macro_rules! model_global {
    ($(#[$attribute:meta])* static $name:ident: $type:ty = const { $initial:expr };) => {
        $crate::sync::model::lazy_static! {
            $(#[$attribute])* static ref $name: $type = $initial;
        }
    };
}

#[doc(hidden)]
pub use self::checker::thread_local as checker_thread_local;
pub use crate::model_global as global;
pub use crate::model_thread_local as thread_local;
