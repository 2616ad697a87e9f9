//! `Scope`: tasks of a pool that borrow from the caller's stack.

#![expect(unsafe_code, reason = "one cast between a struct and its only field")]

use std::fmt;
use std::sync::Arc;

use pythreads_sync_primitives::{Exception, IntoException};
use pythreads_task_engine::crew::Crew;
use pythreads_task_engine::scope;

use crate::future::Future;
use crate::map::Map;

/// Hands tasks that may borrow to a pool; see [`ThreadPoolExecutor::scope`](crate::ThreadPoolExecutor::scope).
#[repr(transparent)]
pub struct Scope<'scope, 'env> {
    scope: scope::Scope<'scope, 'env>,
}

/// Runs `f` with a scope on `crew`.
pub(crate) fn run<'env, R>(
    crew: &'env Arc<Crew>,
    f: impl for<'scope> FnOnce(&'scope Scope<'scope, 'env>) -> R,
) -> R {
    scope::scope(crew, |scope| {
        let scope = std::ptr::from_ref(scope).cast();
        // SAFETY: `Scope` is `repr(transparent)` around the engine's scope, of which this is a valid reference with the
        // same lifetimes.
        f(unsafe { &*scope })
    })
}

impl<'scope> Scope<'scope, '_> {
    /// Hands over a task that nobody waits for. Its panic leaves the scope, and so does an exception that says why it was
    /// not run: the pool refused it, or somebody cancelled it.
    pub fn execute(&'scope self, task: impl FnOnce() + Send + 'scope) {
        self.scope.execute(task);
    }

    /// Hands over a task and returns the future of its result. It, and the other verbs of a scope that hand tasks over, block
    /// as [`ThreadPoolExecutor::submit`](crate::ThreadPoolExecutor::submit) does.
    pub fn submit<T: Send + 'scope>(
        &'scope self,
        task: impl FnOnce() -> T + Send + 'scope,
    ) -> Future<T> {
        Future::new(self.scope.submit(|| Ok(task())))
    }

    /// Hands over a task that may fail: its `Err` becomes the future's exception.
    pub fn submit_fallible<T, E>(
        &'scope self,
        task: impl FnOnce() -> Result<T, E> + Send + 'scope,
    ) -> Future<T>
    where
        T: Send + 'scope,
        E: IntoException,
    {
        Future::new(self.scope.submit(|| task().map_err(E::into_exception)))
    }

    /// Calls `f` with each item; see [`ThreadPoolExecutor::map`](crate::ThreadPoolExecutor::map).
    pub fn map<I, R, F>(&'scope self, items: I, f: F) -> Map<R>
    where
        I: IntoIterator,
        I::Item: Send + 'scope,
        R: Send + 'scope,
        F: Fn(I::Item) -> R + Send + Sync + 'scope,
    {
        self.map_outcomes(items, move |item| Ok(f(item)))
    }

    /// As [`map`](Self::map), for a function that may fail: its `Err` becomes the item's exception.
    pub fn map_fallible<I, R, E, F>(&'scope self, items: I, f: F) -> Map<R>
    where
        I: IntoIterator,
        I::Item: Send + 'scope,
        R: Send + 'scope,
        E: IntoException,
        F: Fn(I::Item) -> Result<R, E> + Send + Sync + 'scope,
    {
        self.map_outcomes(items, move |item| f(item).map_err(E::into_exception))
    }

    fn map_outcomes<I, R, F>(&'scope self, items: I, f: F) -> Map<R>
    where
        I: IntoIterator,
        I::Item: Send + 'scope,
        R: Send + 'scope,
        F: Fn(I::Item) -> Result<R, Exception> + Send + Sync + 'scope,
    {
        if self.scope.shares_maps() {
            return Map::together(self.scope.map(items, f));
        }
        let f = Arc::new(f);
        let submit = |item| {
            let f = Arc::clone(&f);
            Future::new(self.scope.submit(move || f(item)))
        };
        Map::of_tasks(items.into_iter().map(submit).collect())
    }
}

impl fmt::Debug for Scope<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.scope.fmt(f)
    }
}
