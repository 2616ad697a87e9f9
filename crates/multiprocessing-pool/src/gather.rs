//! A call that consists of several tasks, or of one and a callback: counts the tasks that end, and then puts their results
//! together.
//!
//! # Invariants
//!
//! 1. Each task counts down once, when it has ended in whatever way: run, panicked, cancelled or refused.
//! 2. The one that counts down last runs the finish, which so finds all results there and runs exactly once. No lock is
//!    held meanwhile.

use std::sync::Arc;

use pythreads_concurrent_futures::Future;
use pythreads_sync_primitives::Exception;
use pythreads_sync_primitives::sync::Mutex;
use pythreads_task_engine::contain::contain;
use pythreads_task_engine::crew::Crew;
use pythreads_task_engine::handle::{self, Handle};
use pythreads_task_engine::node::Work;

use crate::async_result::AsyncResult;

/// Hands `tasks` to `crew`, which takes all of them or none. When all have ended, `put_together` makes the result of theirs,
/// `callback` is told, and the result is ready.
pub(crate) fn submit<P, T, F>(
    crew: &Arc<Crew>,
    tasks: impl IntoIterator<Item = F>,
    put_together: impl FnOnce(Vec<Handle<P>>) -> Result<T, Exception> + Send + 'static,
    callback: impl FnOnce(Result<&T, &Exception>) + Send + 'static,
) -> AsyncResult<T>
where
    P: Send + 'static,
    T: Send + 'static,
    F: FnOnce() -> Result<P, Exception> + Send + 'static,
{
    let (works, handles): (Vec<_>, Vec<_>) = tasks
        .into_iter()
        .map(|task| handle::task(task, crew.id()))
        .unzip();
    let countdown = Arc::new(Countdown::new(handles.len()));
    for handle in &handles {
        let countdown = Arc::clone(&countdown);
        handle.add_done_callback(move |_| countdown.one_ended());
    }
    let finish = move || {
        let outcome = contain(|| put_together(handles)).and_then(|outcome| outcome);
        match contain(|| callback(outcome.as_ref())) {
            Ok(()) => outcome,
            Err(raised) => Err(match outcome {
                Ok(_) => raised,
                Err(failure) => raised.in_handling(failure),
            }),
        }
    };
    let (finish, handle) = handle::task_of_parts(finish, crew.id(), works.clone());
    handle.work().header().failure_is_seen(); // by the callback
    if works.is_empty() {
        finish.run();
    } else {
        countdown.set_finish(finish);
    }
    crew.submit_all(works);
    AsyncResult::new(Future::new(handle))
}

/// The result of a call that the pool does not take; `callback` is told here and now.
pub(crate) fn refuse<T: Send + 'static>(
    crew: &Arc<Crew>,
    refusal: Exception,
    callback: impl FnOnce(Result<&T, &Exception>) + Send + 'static,
) -> AsyncResult<T> {
    let no_tasks: [fn() -> Result<(), Exception>; 0] = [];
    submit(crew, no_tasks, |_| Err(refusal), callback)
}

/// The result of a call that consists of one task.
pub(crate) fn the_one_result<T>(tasks: Vec<Handle<T>>) -> Result<T, Exception> {
    let task = tasks.into_iter().next();
    task.expect("a call consists of a task").result()
}

struct Countdown {
    progress: Mutex<Progress>,
}

struct Progress {
    left: usize,
    finish: Option<Arc<dyn Work>>,
}

impl Countdown {
    fn new(tasks: usize) -> Self {
        let progress = Progress {
            left: tasks,
            finish: None,
        };
        Self {
            progress: Mutex::new(progress),
        }
    }

    /// What the last task runs; to be said before any task can end.
    fn set_finish(&self, finish: Arc<dyn Work>) {
        self.progress.lock().finish = Some(finish);
    }

    fn one_ended(&self) {
        let finish = {
            let mut progress = self.progress.lock();
            progress.left -= 1;
            if progress.left > 0 {
                return;
            }
            progress.finish.take()
        };
        if let Some(finish) = finish {
            finish.run();
        }
    }
}
