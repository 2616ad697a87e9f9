//! Runs a program, or one test of this binary again, in a process of its own with a time limit.
//!
//! A test of something that ends the process runs itself again and plays both parts:
//!
//! ```no_run
//! use test_support::child::{self, Child};
//!
//! # fn in_a_test() {
//! if child::is_rerun() {
//!     std::process::exit(3);
//! }
//! let outcome = Child::rerun_test("exit::the_code_reaches_the_system").run();
//! assert_eq!(outcome.code, Some(3), "{outcome}");
//! # }
//! ```

use std::env;
use std::error::Error;
use std::ffi::OsStr;
use std::fmt;
use std::io::{self, ErrorKind, Read};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::{Duration, Instant};

use shared_child::SharedChild;

use crate::delay;

/// Set in the environment of a test that runs again in a child process.
const RERUN: &str = "PYTHREADS_RERUN_OF_TEST";

/// Whether this process was started by [`Child::rerun_test`].
pub fn is_rerun() -> bool {
    env::var_os(RERUN).is_some()
}

/// A process to be started: what to run, how, and for how long at most.
#[derive(Debug)]
#[must_use = "nothing is started before `run`"]
pub struct Child {
    command: Command,
    limit: Duration,
}

impl Child {
    /// The program `exe`, with [`LONG`](delay::LONG) as its limit.
    pub fn new(exe: impl AsRef<OsStr>) -> Self {
        Self {
            command: Command::new(exe),
            limit: *delay::LONG,
        }
    }

    /// One test of the calling test binary, by its full path (`module::name`).
    ///
    /// There [`is_rerun`] is true, and what the test prints is not captured by the test harness.
    ///
    /// # Panics
    ///
    /// If the system does not tell where this program lies.
    pub fn rerun_test(test: &str) -> Self {
        let exe = env::current_exe().expect("the system knows this program's file");
        Self::new(exe)
            .args([test, "--exact", "--nocapture"])
            .env(RERUN, test)
    }

    /// Adds an argument.
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.command.arg(arg);
        self
    }

    /// Adds several arguments.
    pub fn args(mut self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.command.args(args);
        self
    }

    /// Sets an environment variable.
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Sets the folder in which it runs.
    pub fn current_dir(mut self, folder: impl AsRef<Path>) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Sets how long it may run before it is killed.
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Runs it to its end, whatever its exit code.
    ///
    /// # Panics
    ///
    /// If it cannot be started or does not end within the limit.
    #[track_caller]
    pub fn run(self) -> Outcome {
        self.try_run().unwrap_or_else(|error| panic!("{error}"))
    }

    /// Runs it to its end, whatever its exit code.
    ///
    /// # Errors
    ///
    /// [`ChildError::Refused`] if the system does not run it, [`ChildError::TimedOut`] if it did not
    /// end within the limit; by then it has been killed.
    pub fn try_run(mut self) -> Result<Outcome, ChildError> {
        let program = self.command.get_program().display().to_string();
        let start = Instant::now();
        let (ended, outcome) = self
            .run_and_kill(start)
            .map_err(|error| ChildError::Refused {
                program: program.clone(),
                error,
            })?;
        match ended {
            Ended::ByItself => Ok(outcome),
            Ended::Killed => Err(ChildError::TimedOut {
                program,
                limit: self.limit,
                outcome: Box::new(outcome),
            }),
        }
    }

    fn run_and_kill(&mut self, start: Instant) -> io::Result<(Ended, Outcome)> {
        self.command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let child = Arc::new(SharedChild::spawn(&mut self.command)?);
        let stdout = Drain::start(child.take_stdout())?;
        let stderr = Drain::start(child.take_stderr())?;
        let (ended, status) = wait_or_kill(&child, self.limit)?;
        let outcome = Outcome {
            code: status.code(),
            signal: signal_of(status),
            elapsed: start.elapsed(),
            stdout: stdout.finish(),
            stderr: stderr.finish(),
        };
        Ok((ended, outcome))
    }
}

/// How a process ended, and what it wrote.
#[derive(Debug)]
pub struct Outcome {
    /// The exit code; `None` if a signal ended the process.
    pub code: Option<i32>,
    /// The signal that ended the process; always `None` where there are no signals.
    pub signal: Option<i32>,
    /// What it wrote to its standard output; bytes that are not UTF-8 are replaced.
    pub stdout: String,
    /// What it wrote to its standard error; bytes that are not UTF-8 are replaced.
    pub stderr: String,
    /// From just before its start to its end.
    pub elapsed: Duration,
}

impl Outcome {
    /// Panics, with everything it wrote, unless it ended with code 0.
    ///
    /// # Panics
    ///
    /// If the process failed.
    #[track_caller]
    pub fn assert_success(&self) {
        assert_eq!(self.code, Some(0), "{self}");
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.code, self.signal) {
            (Some(code), _) => write!(f, "ended with code {code}")?,
            (None, Some(signal)) => write!(f, "ended by signal {signal}")?,
            (None, None) => f.write_str("ended without a code")?,
        }
        writeln!(f, " after {:?}", self.elapsed)?;
        writeln!(f, "--- stdout ---\n{}", self.stdout)?;
        write!(f, "--- stderr ---\n{}", self.stderr)
    }
}

/// Why a child process has no outcome of its own.
#[derive(Debug)]
#[non_exhaustive]
pub enum ChildError {
    /// The system did not start it or could not wait for it.
    Refused {
        /// What was to be run.
        program: String,
        /// The system's reason.
        error: io::Error,
    },
    /// It did not end within its limit and was killed.
    TimedOut {
        /// What was run.
        program: String,
        /// The time it was given.
        limit: Duration,
        /// What it had written by then.
        outcome: Box<Outcome>,
    },
}

impl fmt::Display for ChildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { program, error } => write!(f, "cannot run {program}: {error}"),
            Self::TimedOut {
                program,
                limit,
                outcome,
            } => write!(
                f,
                "{program} did not end within {limit:?}; killed, it {outcome}"
            ),
        }
    }
}

impl Error for ChildError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Refused { error, .. } => Some(error),
            Self::TimedOut { .. } => None,
        }
    }
}

#[derive(Debug)]
enum Ended {
    ByItself,
    Killed,
}

fn wait_or_kill(child: &Arc<SharedChild>, limit: Duration) -> io::Result<(Ended, ExitStatus)> {
    let (sender, receiver) = mpsc::channel();
    thread::Builder::new()
        .name("wait for child".to_owned())
        .spawn({
            let child = Arc::clone(child);
            // Nobody listens only if the caller has panicked meanwhile.
            move || drop(sender.send(child.wait()))
        })?;
    if let Ok(status) = receiver.recv_timeout(limit) {
        return Ok((Ended::ByItself, status?));
    }
    child.kill()?;
    Ok((Ended::Killed, child.wait()?))
}

/// Reads a pipe to its end in a thread of its own, so that the writer never waits for room.
struct Drain {
    chunks: Receiver<Vec<u8>>,
}

impl Drain {
    fn start(pipe: Option<impl Read + Send + 'static>) -> io::Result<Self> {
        let (sender, chunks) = mpsc::channel();
        if let Some(pipe) = pipe {
            thread::Builder::new()
                .name("drain pipe".to_owned())
                .spawn(move || send_chunks(pipe, &sender))?;
        }
        Ok(Self { chunks })
    }

    /// What was read up to the end of the pipe, or until nothing has come for a while: a grandchild
    /// that outlives the child keeps the pipe open.
    fn finish(self) -> String {
        let mut bytes = Vec::new();
        while let Ok(chunk) = self.chunks.recv_timeout(*delay::LONG) {
            bytes.extend(chunk);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

fn send_chunks(mut pipe: impl Read, sender: &Sender<Vec<u8>>) {
    let mut buffer = [0; 4096];
    loop {
        match pipe.read(&mut buffer) {
            Ok(0) => return,
            Ok(n) if sender.send(buffer[..n].to_vec()).is_err() => return,
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}

#[cfg(unix)]
fn signal_of(status: ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

#[cfg(not(unix))]
fn signal_of(_: ExitStatus) -> Option<i32> {
    None
}
