//! The per-thread slots from which everything else that is per thread hangs.

use std::cell::{Cell, OnceCell};

use super::foreign::Resident;
use crate::sync::thread_local;

thread_local! {
    /// Has no destructor, so it also works while a thread is being torn down and in exit handlers.
    pub(super) static IDENT: Cell<u64> = const { Cell::new(0) };
    pub(super) static RECORD: OnceCell<Resident> = const { OnceCell::new() };
}
