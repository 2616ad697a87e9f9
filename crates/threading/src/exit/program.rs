//! How a program's `main` and its threads are left.

use std::error::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::process::{ExitCode, Termination};
use std::sync::atomic::{AtomicBool, Ordering};

use pythreads_sync_primitives::{Exception, ExceptionKind, interruptible};

use super::{handler, runs_callbacks, shutdown};
use crate::registry;
use crate::stderr::say;

/// Whether an `Exit` that is raised in main is caught at its base.
static MAIN_CATCHES: AtomicBool = AtomicBool::new(false);

/// What [`exit`] raises, as the cause of the exception of kind [`Exit`](ExceptionKind::Exit).
///
/// # Examples
///
/// ```
/// use pythreads_threading::{SystemExit, exit, spawn};
///
/// let exception = spawn(|| exit(3)).join().unwrap_err();
/// assert_eq!(exception.downcast_ref::<SystemExit>().unwrap().code(), 3);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SystemExit {
    code: i32,
}

impl SystemExit {
    /// The exit code that was asked for.
    pub fn code(self) -> i32 {
        self.code
    }
}

impl Error for SystemExit {}

impl fmt::Display for SystemExit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "exit with code {}", self.code)
    }
}

/// Runs `f` as the program's main, does what the [end of the program](shutdown) does, and returns the exit code.
///
/// A program that wraps its main so ends in ordinary Rust code, before thread-locals are gone and C libraries are torn down;
/// [`exit`] leaves `f` in order, and others may raise exceptions in it. The code is that of `f`'s result, the one given to
/// [`exit`] (its lowest byte), 101 after a panic, and 1 after an exception that was raised in main, which is printed.
///
/// # Examples
///
/// ```
/// use pythreads_threading as threading;
/// use std::process::ExitCode;
///
/// fn run() -> Result<(), threading::Exception> {
///     threading::spawn(|| ()).join()
/// }
///
/// fn main() -> ExitCode {
///     threading::main(run)
/// }
/// ```
pub fn main<R: Termination>(f: impl FnOnce() -> R) -> ExitCode {
    // Elsewhere `exit` raises anyway.
    let before = registry::is_main().then(|| set_main_catches(true));
    let run_and_report = AssertUnwindSafe(|| interruptible(|| f().report()));
    let code = match catch_unwind(run_and_report) {
        Ok(Ok(code)) => code,
        Ok(Err(exception)) => code_of(&exception),
        Err(payload) => {
            drop(Exception::from_panic(payload));
            ExitCode::from(101)
        }
    };
    before.map(set_main_catches);
    shutdown();
    code
}

/// Returns what was set before.
fn set_main_catches(catches: bool) -> bool {
    // ORDERING: Relaxed, main alone reads and writes it.
    MAIN_CATCHES.swap(catches, Ordering::Relaxed)
}

fn code_of(exception: &Exception) -> ExitCode {
    if let Some(exit) = exception.downcast_ref::<SystemExit>() {
        return ExitCode::from(exit.code.to_le_bytes()[0]);
    }
    say(&format!("main was ended by an exception: {exception}\n"));
    ExitCode::FAILURE
}

/// Leaves the current thread by an exception of kind [`Exit`](ExceptionKind::Exit): Python's `sys.exit`.
///
/// Destructors run and locks are released. Under [`threading::main`](main) it ends the program with this code; in a thread
/// it ends that thread, whose handle reports it. In a main that is not wrapped nobody would catch the exception: there
/// it does what the [end of the program](shutdown) does and then ends the process, without destructors.
///
/// In an [exit callback](crate::register_atexit) it ends that callback and nothing else: the exit code stays what it is.
///
/// # Panics
///
/// In a program built with `panic = "abort"` nothing can be left by unwinding. There main ends as one that is not wrapped,
/// and in a thread or an exit callback it panics, which ends the process.
///
/// # Differences from Python
///
/// As in Python a thread that exits does not end the program. Its handle tells that it exited.
///
/// # Examples
///
/// ```
/// use pythreads_threading::{ExceptionKind, exit, spawn};
///
/// let thread = spawn(|| exit(0));
/// assert_eq!(thread.join().unwrap_err().kind(), ExceptionKind::Exit);
/// ```
#[doc(alias = "SystemExit")]
pub fn exit(code: i32) -> ! {
    // ORDERING: Relaxed, main reads what main has written.
    let main_catches = || cfg!(panic = "unwind") && MAIN_CATCHES.load(Ordering::Relaxed);
    if registry::is_main() && !main_catches() && !runs_callbacks() {
        shutdown();
        std::process::exit(code);
    }
    if cfg!(not(panic = "unwind")) {
        panic_instead();
    }
    let cause = Box::new(SystemExit { code });
    resume_unwind(Box::new(Exception::around(ExceptionKind::Exit, cause)))
}

/// Says why the process aborts.
fn panic_instead() -> ! {
    panic!("only main can exit in a program built with panic = \"abort\"")
}

/// Ends the process with this code and waits for nobody: no exit callback of ours runs, no thread is joined.
///
/// For what a program does on a second Ctrl-C. Standard output is flushed. It ends the process also while the end of the
/// program is waiting for a thread. Not to be called from a signal handler itself.
pub fn exit_now(code: i32) -> ! {
    handler::exit_now(code)
}
