//! Tasks that nobody has taken yet: those of all workers of a crew, under the roster, or of one.
//!
//! What it gives back is dropped, run, cancelled or refused after the lock it stands under is released.
//!
//! # Shells
//!
//! A task that is claimed or cancelled elsewhere leaves an empty shell here, which costs nothing but its place. Shells are
//! taken out when the queue has doubled since the last sweep, so a sweep costs each push a constant.

use std::collections::VecDeque;
use std::ptr;
use std::sync::Arc;

use crate::node::Work;
use crate::scope::ScopeState;
use crate::state::Phase;

/// The tasks, oldest first.
pub(super) struct RunQueue {
    tasks: VecDeque<Arc<dyn Work>>,
    /// The length at which it is looked through for shells.
    sweep_at: usize,
}

/// A queue shorter than this is not worth sweeping.
const SWEEP_AT_LEAST: usize = 64;

impl RunQueue {
    pub(super) fn new() -> Self {
        Self {
            tasks: VecDeque::new(),
            sweep_at: SWEEP_AT_LEAST,
        }
    }

    /// How many entries there are, shells included.
    pub(super) fn len(&self) -> usize {
        self.tasks.len()
    }

    /// Adds a task, and returns the shells that were swept.
    pub(super) fn push(&mut self, work: Arc<dyn Work>) -> Vec<Arc<dyn Work>> {
        let mut shells = Vec::new();
        let length = self.len();
        if length >= self.sweep_at {
            shells = self.sweep();
            self.sweep_at = SWEEP_AT_LEAST.max(2 * self.len());
        } else if length < self.sweep_at / 4 {
            // What was long once is not allowed that many shells for ever.
            self.sweep_at = SWEEP_AT_LEAST.max(self.sweep_at / 2);
        }
        self.tasks.push_back(work);
        shells
    }

    /// Turns the queue over once, in place, and takes the shells out.
    fn sweep(&mut self) -> Vec<Arc<dyn Work>> {
        let mut shells = Vec::new();
        for _ in 0..self.len() {
            let Some(work) = self.pop() else {
                break;
            };
            if work.header().phase() == Phase::Pending {
                self.tasks.push_back(work);
            } else {
                shells.push(work);
            }
        }
        shells
    }

    /// Takes out the task that is to be run next, which may be a shell.
    pub(super) fn pop(&mut self) -> Option<Arc<dyn Work>> {
        self.tasks.pop_front()
    }

    /// Takes out the newest task, if it is `work`.
    pub(super) fn take_newest(&mut self, work: &dyn Work) -> Option<Arc<dyn Work>> {
        let is_it = |newest: &mut Arc<dyn Work>| ptr::addr_eq(Arc::as_ptr(newest), work);
        self.tasks.pop_back_if(is_it)
    }

    /// Takes out the next task of one scope.
    pub(super) fn take_of_scope(&mut self, scope: &Arc<ScopeState>) -> Option<Arc<dyn Work>> {
        let is_of_scope = |work: &Arc<dyn Work>| work.header().is_of_scope(scope);
        let place = self.tasks.iter().position(is_of_scope)?;
        self.tasks.remove(place)
    }

    /// Whether a task of the scope has not been taken.
    pub(super) fn has_of_scope(&self, scope: &Arc<ScopeState>) -> bool {
        let is_left = |work: &Arc<dyn Work>| {
            work.header().is_of_scope(scope) && work.header().phase() == Phase::Pending
        };
        self.tasks.iter().any(is_left)
    }

    /// Takes all tasks out.
    pub(super) fn take_all(&mut self) -> Vec<Arc<dyn Work>> {
        std::mem::take(&mut self.tasks).into()
    }
}
