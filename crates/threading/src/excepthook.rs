//! What is done with an exception that ends a thread.
//!
//! # Lock order
//!
//! `HOOK` is a leaf. The hook itself, user code, runs after it has been released.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use parking_lot::Mutex;
use pythreads_sync_primitives::{Exception, ExceptionKind};

use crate::current;
use crate::stderr::say;
use crate::thread::Thread;

type Hook = Arc<dyn Fn(&ExceptHookArgs<'_>) + Send + Sync>;

static HOOK: Mutex<Option<Hook>> = Mutex::new(None);

/// What a hook is told: which exception ended which thread.
#[derive(Clone, Copy)]
pub struct ExceptHookArgs<'hook> {
    exception: &'hook Exception,
    thread: &'hook Thread,
}

impl<'hook> ExceptHookArgs<'hook> {
    /// The exception.
    #[doc(alias = "exc_value")]
    pub fn exception(&self) -> &'hook Exception {
        self.exception
    }

    /// The thread, in which the hook runs.
    pub fn thread(&self) -> &'hook Thread {
        self.thread
    }
}

impl fmt::Debug for ExceptHookArgs<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExceptHookArgs")
            .field("exception", self.exception)
            .field("thread", self.thread)
            .finish()
    }
}

/// Sets what is done with an exception that ends a thread, for the whole process.
///
/// The hook runs in the dying thread, once for every exception, those of kind `Interrupted` and `Exit` included. It sees
/// the exception only; [`Thread::join`] reports it in any case. If the hook panics, or its destructor does, a line on
/// stderr says so and the thread ends as it would have.
///
/// # Differences from Python
///
/// A panic's message has been printed by the time the hook runs, by std's panic hook
/// ([`std::panic::set_hook`] changes that). So without a hook of yours nothing is done for a panic, nor for `Interrupted` and
/// `Exit`, with which threads are ended on purpose; any other exception is printed.
///
/// # Examples
///
/// ```
/// use pythreads_threading::{Event, Exception, Thread, reset_excepthook, set_excepthook};
///
/// static SEEN: Event = Event::new();
///
/// set_excepthook(|args| {
///     assert_eq!(args.exception().message(), "disk full");
///     SEEN.set();
/// });
/// let thread = Thread::new(|| Exception::new("disk full").resume());
/// thread.start();
/// SEEN.wait();
/// reset_excepthook();
/// ```
pub fn set_excepthook(hook: impl Fn(&ExceptHookArgs<'_>) + Send + Sync + 'static) {
    replace(Some(Arc::new(hook)));
}

/// Goes back to what is done without a hook.
#[doc(alias = "__excepthook__")]
pub fn reset_excepthook() {
    replace(None);
}

fn replace(hook: Option<Hook>) {
    let replaced = std::mem::replace(&mut *HOOK.lock(), hook);
    // Its drop is user code: after the lock.
    drop(replaced);
}

/// Reports an exception of the current thread that nobody else will look at, as the end of a thread does.
///
/// For executors of one's own, whose threads outlive what they run.
pub fn excepthook(exception: &Exception) {
    let hook = HOOK.lock().clone();
    let thread = &current::thread();
    let args = ExceptHookArgs { exception, thread };
    let Some(hook) = hook else {
        return report_unless_known(&args);
    };
    report_failure(&args, || hook(&args));
    // This may be its last user, and its drop is user code.
    report_failure(&args, move || drop(hook));
}

fn report_failure(args: &ExceptHookArgs<'_>, part_of_hook: impl FnOnce()) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(part_of_hook)) {
        let failure = Exception::from_panic(payload);
        let (name, exception) = (args.thread.name(), args.exception);
        say(&format!(
            "the excepthook failed with {failure:?} in thread '{name}', which ends with {exception:?}\n"
        ));
    }
}

fn report_unless_known(args: &ExceptHookArgs<'_>) {
    if !matches!(
        args.exception.kind(),
        ExceptionKind::Panic | ExceptionKind::Interrupted | ExceptionKind::Exit
    ) {
        let name = args.thread.name();
        say(&format!(
            "thread '{name}' ended with {:?}\n",
            args.exception
        ));
    }
}
