//! The settings of a `ThreadPoolExecutor`.

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use pythreads_task_engine::crew::{Crew, Order, Settings};

use super::{ThreadPoolExecutor, default_name, default_workers};
use crate::error::BuildError;

/// What a pool does with queued tasks when it is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum OnDrop {
    /// It runs them, as Python's `with` does.
    #[default]
    RunPending,
    /// It cancels them.
    CancelPending,
}

/// Makes a [`ThreadPoolExecutor`] with settings of one's own.
///
/// # Examples
///
/// ```
/// use pythreads_concurrent_futures::ThreadPoolExecutor;
///
/// let executor = ThreadPoolExecutor::builder().max_workers(3).thread_name_prefix("fetch").build().unwrap();
/// let name = executor.submit(|| pythreads_threading::current_thread().name());
/// assert_eq!(name.result().unwrap(), "fetch_0");
/// ```
#[must_use = "a builder does nothing before `build`"]
#[derive(Default)]
pub struct ThreadPoolExecutorBuilder {
    max_workers: Option<usize>,
    thread_name_prefix: Option<String>,
    initializer: Option<Arc<dyn Fn() + Send + Sync>>,
    daemon: bool,
    finalizer: Option<Arc<dyn Fn() + Send + Sync>>,
    idle_timeout: Option<Duration>,
    max_pending: Option<usize>,
    order: Order,
    eager: bool,
    inherit_span: bool,
    on_drop: OnDrop,
}

impl ThreadPoolExecutorBuilder {
    /// The largest number of workers; `min(32, cpus + 4)` by default.
    pub fn max_workers(self, max_workers: usize) -> Self {
        Self {
            max_workers: Some(max_workers),
            ..self
        }
    }

    /// What the workers' names begin with; `ThreadPoolExecutor-N` by default. They are `PREFIX_0`, `PREFIX_1`, and so on.
    pub fn thread_name_prefix(self, prefix: impl Into<String>) -> Self {
        Self {
            thread_name_prefix: Some(prefix.into()),
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

    /// Whether the program may end while the workers work. A pool of daemons is not waited for either.
    pub fn daemon(self, daemon: bool) -> Self {
        Self { daemon, ..self }
    }

    /// What each worker runs after its last task: when the pool ends, or after [`idle_timeout`](Self::idle_timeout). A panic
    /// of it is logged. The end of the pool is waited for until it has run.
    pub fn finalizer(self, finalizer: impl Fn() + Send + Sync + 'static) -> Self {
        Self {
            finalizer: Some(Arc::new(finalizer)),
            ..self
        }
    }

    /// How long a worker waits for a task before it ends; without a limit by default. Others are started as tasks come.
    pub fn idle_timeout(self, timeout: Duration) -> Self {
        Self {
            idle_timeout: Some(timeout),
            ..self
        }
    }

    /// In which order tasks are begun; in order of submission by default.
    ///
    /// A task that a worker waits for is begun at once, whatever the order.
    pub fn order(self, order: Order) -> Self {
        Self { order, ..self }
    }

    /// Whether all workers are started at once, instead of as tasks come.
    pub fn eager(self, eager: bool) -> Self {
        Self { eager, ..self }
    }

    /// Whether a task runs in the `tracing` span of who submitted it, instead of one of its own inside that.
    pub fn inherit_span(self, inherit_span: bool) -> Self {
        Self {
            inherit_span,
            ..self
        }
    }

    /// How many tasks at most wait for a worker; without a limit by default. When there are so many, who submits waits, or
    /// gets the task back: see [`try_submit`](ThreadPoolExecutor::try_submit). A [lazy map](ThreadPoolExecutor::map_lazy) does
    /// not count: it has a bound of its own, [`buffersize`](crate::MapLazy::buffersize).
    pub fn max_pending(self, max_pending: usize) -> Self {
        Self {
            max_pending: Some(max_pending),
            ..self
        }
    }

    /// What happens to queued tasks when the pool is dropped.
    pub fn on_drop(self, on_drop: OnDrop) -> Self {
        Self { on_drop, ..self }
    }

    /// Makes the pool. No thread is started yet, unless it is [eager](Self::eager).
    ///
    /// # Errors
    ///
    /// If `max_workers` or `max_pending` is 0, or if the system refuses one of the threads of an eager pool.
    pub fn build(self) -> Result<ThreadPoolExecutor, BuildError> {
        let max_workers = match self.max_workers {
            None => default_workers(),
            Some(number) => NonZeroUsize::new(number).ok_or(BuildError::new(
                "a ThreadPoolExecutor needs at least one worker",
            ))?,
        };
        let name = self.thread_name_prefix.unwrap_or_else(default_name);
        let mut settings = Settings::new(&name, max_workers)
            .with_daemon(self.daemon)
            .with_order(self.order)
            .with_inherited_span(self.inherit_span);
        if let Some(finalizer) = self.finalizer {
            settings = settings.with_finalizer(finalizer);
        }
        if let Some(timeout) = self.idle_timeout {
            settings = settings.with_idle_timeout(timeout);
        }
        if let Some(initializer) = self.initializer {
            settings = settings.with_initializer(initializer);
        }
        if let Some(number) = self.max_pending {
            let max_pending = NonZeroUsize::new(number).ok_or(BuildError::new(
                "a ThreadPoolExecutor needs room for at least one pending task",
            ))?;
            settings = settings.with_max_pending(max_pending);
        }
        let executor = ThreadPoolExecutor {
            crew: Crew::new(settings),
            on_drop: self.on_drop,
        };
        if self.eager {
            executor.crew.start_all().map_err(BuildError::refused)?;
        }
        Ok(executor)
    }
}

impl fmt::Debug for ThreadPoolExecutorBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ThreadPoolExecutorBuilder")
            .field("max_workers", &self.max_workers)
            .field("thread_name_prefix", &self.thread_name_prefix)
            .field("daemon", &self.daemon)
            .field("max_pending", &self.max_pending)
            .field("order", &self.order)
            .field("on_drop", &self.on_drop)
            .finish_non_exhaustive()
    }
}
