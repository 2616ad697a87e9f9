//! Why something ended without a result: one type for panics, errors, cancellation and interrupts.

mod into_exception;
mod payload;

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, RefUnwindSafe, UnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

pub use self::into_exception::{BoxError, IntoException};
use self::payload::Payload;
use crate::thread_record;

/// What kind of thing an [`Exception`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ExceptionKind {
    /// Code panicked.
    Panic,
    /// Code returned, or somebody raised, an error value.
    Error,
    /// The task was cancelled before it ran.
    Cancelled,
    /// The task's own deadline passed, before it began or while it waited.
    DeadlineExceeded,
    /// Somebody raised an exception in the thread that ran the code.
    Interrupted,
    /// The program, or the thread, was asked to exit (Python's `SystemExit`).
    Exit,
    /// The pool was shut down before it took the task.
    ShutDown,
    /// The pool cannot run tasks, because its initializer failed.
    BrokenPool,
    /// Who had promised the result went away without giving one.
    Abandoned,
    /// The wait would never have ended: tasks wait for each other in a circle.
    Deadlock,
}

impl fmt::Display for ExceptionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Panic => "panic",
            Self::Error => "error",
            Self::Cancelled => "cancelled",
            Self::DeadlineExceeded => "deadline exceeded",
            Self::Interrupted => "interrupted",
            Self::Exit => "exit",
            Self::ShutDown => "shut down",
            Self::BrokenPool => "broken pool",
            Self::Abandoned => "abandoned",
            Self::Deadlock => "deadlock",
        })
    }
}

/// Why something ended without a result.
///
/// One counted pointer: cheap to clone, and `Result<(), Exception>` is eight bytes. It is an [`Error`] that is
/// `Send + Sync + 'static`, so `?` takes it into `anyhow::Error`, `Box<dyn Error + Send + Sync>` and enums of one's own.
///
/// It has no `From` impl on purpose: with one, `?` inside closures could not tell which error type is meant. Values
/// become exceptions through [`Exception::new`] and [`IntoException`].
///
/// # Differences from Python
///
/// Any handle may be read from any thread; nothing accumulates on it when it is looked at again.
///
/// # Examples
///
/// ```
/// use pythreads_sync_primitives::{Exception, ExceptionKind};
///
/// let exception = Exception::new("disk full");
/// assert_eq!(exception.kind(), ExceptionKind::Error);
/// assert_eq!(exception.to_string(), "disk full");
/// ```
#[derive(Clone)]
pub struct Exception {
    inner: Arc<Inner>,
}

// Nothing can be changed through a handle, and a payload comes from an unwinding anyway.
impl UnwindSafe for Exception {}
impl RefUnwindSafe for Exception {}

struct Inner {
    kind: ExceptionKind,
    message: Box<str>,
    thread_name: Option<Box<str>>,
    task_name: Option<Arc<str>>,
    payload: Payload,
    /// What was being handled when this was raised.
    context: Option<Exception>,
}

impl Exception {
    /// An exception of kind [`Error`](ExceptionKind::Error) made from an error, a message, or an exception, which stays
    /// what it is.
    pub fn new(value: impl IntoException) -> Self {
        value.into_exception()
    }

    /// An exception that carries only its kind and a message.
    #[doc(hidden)]
    pub fn of_kind(kind: ExceptionKind, message: &str) -> Self {
        Self::build(kind, message.into(), None, Payload::Nothing)
    }

    /// What a thread or task that was left by unwinding reports, seen from the thread that caught it.
    #[doc(hidden)]
    pub fn from_panic(payload: Box<dyn Any + Send>) -> Self {
        match payload.downcast::<Self>() {
            Ok(raised) => *raised,
            Err(payload) => {
                let message = payload::text_of(&*payload);
                let thread_name = thread_record::current().name().into();
                Self::build(
                    ExceptionKind::Panic,
                    message,
                    Some(thread_name),
                    Payload::panic(payload),
                )
            }
        }
    }

    /// What [`raise_exception`](crate::thread_record::ThreadRecord::raise) delivers: of kind `Interrupted`, around `cause`.
    #[doc(hidden)]
    pub fn interrupted(cause: Self) -> Self {
        if matches!(
            cause.kind(),
            ExceptionKind::Interrupted | ExceptionKind::Exit
        ) {
            return cause;
        }
        let message = cause.message().into();
        Self::build(
            ExceptionKind::Interrupted,
            message,
            None,
            Payload::Error(Box::new(cause)),
        )
    }

    fn from_error(error: BoxError) -> Self {
        Self::around(ExceptionKind::Error, error)
    }

    /// An exception of this kind, around an error that [`downcast_ref`](Self::downcast_ref) finds.
    #[doc(hidden)]
    pub fn around(kind: ExceptionKind, error: BoxError) -> Self {
        // Their `Display` is user code.
        let message = catch_unwind(AssertUnwindSafe(|| error.to_string()));
        let message = message.unwrap_or_else(|payload| {
            payload::drop_quietly(payload);
            String::from("(an error whose message panicked)")
        });
        Self::build(kind, message.into(), None, Payload::Error(error))
    }

    fn build(
        kind: ExceptionKind,
        message: Box<str>,
        thread_name: Option<Box<str>>,
        payload: Payload,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                kind,
                message,
                thread_name,
                task_name: None,
                payload,
                context: None,
            }),
        }
    }

    /// The same, with the name of the task that ended with it, unless another task has signed it before.
    #[doc(hidden)]
    #[must_use]
    pub fn in_task(mut self, name: &Arc<str>) -> Self {
        if self.inner.task_name.is_some() {
            return self;
        }
        if let Some(inner) = Arc::get_mut(&mut self.inner) {
            inner.task_name = Some(Arc::clone(name));
        } else if matches!(self.inner.payload, Payload::Nothing) {
            // Somebody else has it as well, but there is nothing that could not be said again.
            let again = Self::of_kind(self.kind(), self.message());
            return again.in_task(name);
        }
        self
    }

    /// The same, raised while `handled` was being handled, which becomes the last of its sources: Python's `__context__`.
    /// One that others hold as well, or that has a context, stays what it is.
    #[doc(hidden)]
    #[must_use]
    pub fn in_handling(mut self, handled: Self) -> Self {
        if let Some(inner) = Arc::get_mut(&mut self.inner) {
            inner.context.get_or_insert(handled);
        }
        self
    }

    /// What kind of thing it is.
    pub fn kind(&self) -> ExceptionKind {
        self.inner.kind
    }

    /// Whether code panicked.
    pub fn is_panic(&self) -> bool {
        self.kind() == ExceptionKind::Panic
    }

    /// Whether it is an error value.
    pub fn is_error(&self) -> bool {
        self.kind() == ExceptionKind::Error
    }

    /// Whether the task was cancelled before it ran.
    pub fn is_cancelled(&self) -> bool {
        self.kind() == ExceptionKind::Cancelled
    }

    /// Whether somebody raised it in the thread.
    pub fn is_interrupted(&self) -> bool {
        self.kind() == ExceptionKind::Interrupted
    }

    /// The message: the panic's text, or what the error displays.
    pub fn message(&self) -> &str {
        &self.inner.message
    }

    /// The name, at that time, of the thread in which code panicked.
    pub fn thread_name(&self) -> Option<&str> {
        self.inner.thread_name.as_deref()
    }

    /// The name of the task that ended with it, if that has one. What was handed on from another task keeps that one's name.
    pub fn task_name(&self) -> Option<&str> {
        self.inner.task_name.as_deref()
    }

    /// The first `E` among the error and its sources.
    ///
    /// # Examples
    ///
    /// ```
    /// use pythreads_sync_primitives::Exception;
    /// use std::io;
    ///
    /// let exception = Exception::new(io::Error::from(io::ErrorKind::NotFound));
    /// assert_eq!(exception.downcast_ref::<io::Error>().unwrap().kind(), io::ErrorKind::NotFound);
    /// ```
    pub fn downcast_ref<E: Error + 'static>(&self) -> Option<&E> {
        let mut link: Option<&(dyn Error + 'static)> = self.inner.payload.error();
        while let Some(error) = link {
            if let Some(found) = error.downcast_ref() {
                return Some(found);
            }
            if let Some(nested) = error.downcast_ref::<Self>() {
                return nested.downcast_ref();
            }
            link = error.source();
        }
        self.inner.context.as_ref()?.downcast_ref()
    }

    /// The value code panicked with, if it is a `P` that threads may share.
    pub fn payload_ref<P: Any + Sync>(&self) -> Option<&P> {
        self.inner.payload.panic_ref()
    }

    /// Takes out the value code panicked with.
    ///
    /// # Errors
    ///
    /// The exception comes back if it is not a panic, or if there are other handles to it.
    pub fn into_panic(mut self) -> Result<Box<dyn Any + Send>, Self> {
        Arc::get_mut(&mut self.inner)
            .and_then(|inner| inner.payload.take_panic())
            .ok_or(self)
    }

    /// Lets it go on as a panic of the current thread, without a second message from the panic hook.
    pub fn resume(self) -> ! {
        resume_unwind(
            self.into_panic()
                .unwrap_or_else(|exception| Box::new(exception)),
        )
    }

    /// Whether what a `catch_unwind` caught is an interrupt, which is better passed on with
    /// [`resume_unwind`](std::panic::resume_unwind).
    pub fn is_interrupt(payload: &(dyn Any + Send)) -> bool {
        let raised = payload.downcast_ref::<Self>();
        raised.is_some_and(|raised| {
            matches!(
                raised.kind(),
                ExceptionKind::Interrupted | ExceptionKind::Exit | ExceptionKind::DeadlineExceeded
            )
        })
    }
}

impl Error for Exception {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        // Transparent: what it displays is the error's own message, so the chain goes on behind the error.
        let source = self.inner.payload.error().and_then(Error::source);
        source.or_else(|| Some(self.inner.context.as_ref()?))
    }
}

impl fmt::Display for Exception {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl fmt::Debug for Exception {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Exception({}: {:?})", self.kind(), self.message())
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        payload::drop_quietly(std::mem::take(&mut self.payload));
    }
}
