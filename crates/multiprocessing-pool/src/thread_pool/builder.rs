//! The settings of a `ThreadPool`.

use std::error::Error;
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use pythreads_sync_primitives::Exception;
use pythreads_sync_primitives::sync::IS_MODEL;
use pythreads_task_engine::crew::{AtProgramEnd, Crew, Settings};

use super::ThreadPool;

/// Makes a [`ThreadPool`] with settings of one's own.
///
/// # Examples
///
/// ```
/// use pythreads_multiprocessing_pool::ThreadPool;
///
/// let pool = ThreadPool::builder().processes(2).maxtasksperchild(100).build().unwrap();
/// assert_eq!(pool.apply(|| 1 + 1).unwrap(), 2);
/// ```
#[must_use = "a builder does nothing before `build`"]
#[derive(Default)]
pub struct ThreadPoolBuilder {
    processes: Option<usize>,
    initializer: Option<Arc<dyn Fn() + Send + Sync>>,
    maxtasksperchild: Option<usize>,
    thread_name_prefix: Option<String>,
}

impl ThreadPoolBuilder {
    /// The number of threads; by default as many as CPUs this process may use.
    pub fn processes(self, processes: usize) -> Self {
        Self {
            processes: Some(processes),
            ..self
        }
    }

    /// What each worker runs before its first task. If it panics, the pool is broken: queued and later tasks end with an
    /// exception of kind `BrokenPool`. The queued ones end in that worker, one after the other, with their callbacks and the
    /// destructors of what they captured: these must not wait for another of them.
    pub fn initializer(self, initializer: impl Fn() + Send + Sync + 'static) -> Self {
        Self {
            initializer: Some(Arc::new(initializer)),
            ..self
        }
    }

    /// After how many tasks (chunks, in a map) a worker is replaced by a new thread.
    pub fn maxtasksperchild(self, tasks: usize) -> Self {
        Self {
            maxtasksperchild: Some(tasks),
            ..self
        }
    }

    /// What the workers' names begin with; `ThreadPool-N` by default. They are `PREFIX_0`, `PREFIX_1`, and so on.
    pub fn thread_name_prefix(self, prefix: impl Into<String>) -> Self {
        Self {
            thread_name_prefix: Some(prefix.into()),
            ..self
        }
    }

    /// Makes the pool and starts its threads.
    ///
    /// # Errors
    ///
    /// If `processes` or `maxtasksperchild` is 0, or if the system refuses a thread.
    pub fn build(self) -> Result<ThreadPool, BuildError> {
        let processes = positive(self.processes, "a ThreadPool needs at least one worker")?;
        let tasks = positive(self.maxtasksperchild, "maxtasksperchild must be at least 1")?;
        let name = self.thread_name_prefix.unwrap_or_else(default_name);
        let mut settings = Settings::new(&name, processes.unwrap_or_else(default_processes))
            .with_at_program_end(AtProgramEnd::CancelQueue)
            // A scenario has no end of the program.
            .with_daemon(IS_MODEL);
        if let Some(initializer) = self.initializer {
            settings = settings.with_initializer(initializer);
        }
        if let Some(tasks) = tasks {
            settings = settings.with_tasks_per_worker(tasks);
        }
        // A pool from here on, so that a refused thread ends the others.
        let pool = ThreadPool {
            crew: Crew::new(settings),
        };
        pool.crew.start_all().map_err(|exception| BuildError {
            cause: Cause::Refused(exception),
        })?;
        Ok(pool)
    }
}

fn positive(
    number: Option<usize>,
    expected: &'static str,
) -> Result<Option<NonZeroUsize>, BuildError> {
    let checked = number.map(|number| {
        NonZeroUsize::new(number).ok_or(BuildError {
            cause: Cause::Setting(expected),
        })
    });
    checked.transpose()
}

pub(super) fn default_processes() -> NonZeroUsize {
    std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

/// `ThreadPool-0`, and so on.
fn default_name() -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    // ORDERING: Relaxed, only the number itself must be unique.
    format!("ThreadPool-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

impl fmt::Debug for ThreadPoolBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ThreadPoolBuilder")
            .field("processes", &self.processes)
            .field("maxtasksperchild", &self.maxtasksperchild)
            .field("thread_name_prefix", &self.thread_name_prefix)
            .finish_non_exhaustive()
    }
}

/// The pool could not be made.
#[derive(Debug)]
pub struct BuildError {
    cause: Cause,
}

#[derive(Debug)]
enum Cause {
    Setting(&'static str),
    Refused(Exception),
}

impl BuildError {
    /// Whether the system refused a thread, so that trying again later may help.
    pub fn is_refused(&self) -> bool {
        matches!(self.cause, Cause::Refused(_))
    }
}

impl Error for BuildError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.cause {
            Cause::Setting(_) => None,
            Cause::Refused(exception) => exception.source(),
        }
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.cause {
            Cause::Setting(expected) => f.write_str(expected),
            Cause::Refused(exception) => exception.fmt(f),
        }
    }
}
