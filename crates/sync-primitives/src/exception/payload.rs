//! What an exception carries besides its message.

#![expect(
    unsafe_code,
    reason = "a panic's payload is not `Sync`, an exception is; see the impl below"
)]

use std::any::Any;
use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::BoxError;

#[derive(Default)]
pub(super) enum Payload {
    #[default]
    Nothing,
    Error(BoxError),
    Panic(PanicValue),
}

pub(super) struct PanicValue(Box<dyn Any + Send>);

// SAFETY: a shared `PanicValue` gives out `&P` for `P: Sync` only, after it has asked for the type's id, which reads
// no byte of the value (`panic_ref`). All else takes it by value or by `&mut`, for which `Send` suffices.
unsafe impl Sync for PanicValue {}

impl Payload {
    pub(super) fn panic(value: Box<dyn Any + Send>) -> Self {
        Self::Panic(PanicValue(value))
    }

    pub(super) fn error(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Error(error) => Some(&**error),
            Self::Nothing | Self::Panic(_) => None,
        }
    }

    pub(super) fn panic_ref<P: Any + Sync>(&self) -> Option<&P> {
        match self {
            Self::Panic(PanicValue(value)) => value.downcast_ref(),
            Self::Nothing | Self::Error(_) => None,
        }
    }

    pub(super) fn take_panic(&mut self) -> Option<Box<dyn Any + Send>> {
        match std::mem::take(self) {
            Self::Panic(PanicValue(value)) => Some(value),
            other => {
                *self = other;
                None
            }
        }
    }
}

/// The text of a panic, as std's hook shows it.
pub(super) fn text_of(value: &(dyn Any + Send)) -> Box<str> {
    let text = value.downcast_ref::<&str>().copied();
    let text = text.or_else(|| value.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("(a panic whose payload is not text)").into()
}

/// Drops what user code made; a panic of its destructor, which may run in any thread of the library, ends here.
pub(super) fn drop_quietly<T>(value: T) {
    if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(value))) {
        std::mem::forget(second);
    }
}
