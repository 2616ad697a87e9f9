//! Tasks that nobody has taken yet: those at one end of a crew's inbox, or of one worker.
//!
//! What it gives back is dropped, run, cancelled or refused after the lock it stands under is released.
//!
//! # Shells
//!
//! A task that is claimed or cancelled elsewhere leaves an empty shell here, which costs nothing but its place. Shells are
//! taken out when the queue has doubled since the last sweep, so a sweep costs each push a constant.

use std::collections::{BTreeMap, VecDeque};
use std::ptr;
use std::sync::Arc;

use super::settings::Order;
use crate::node::Work;
use crate::scope::ScopeState;
use crate::state::Phase;

/// The tasks, in the order of their coming or of their priority.
pub(super) struct RunQueue {
    tasks: Tasks,
    /// Which of the tasks that came one after the other is next: the oldest, or the newest.
    newest_first: bool,
    /// The length at which it is looked through for shells.
    sweep_at: usize,
}

enum Tasks {
    /// The oldest first.
    ByAge(VecDeque<Arc<dyn Work>>),
    /// By priority, and by age among equals.
    ByPriority {
        tasks: BTreeMap<(i32, u64), Arc<dyn Work>>,
        pushed: u64,
    },
}

/// A queue shorter than this is not worth sweeping.
const SWEEP_AT_LEAST: usize = 64;

impl RunQueue {
    pub(super) fn new(order: Order) -> Self {
        let tasks = match order {
            Order::Fifo | Order::Lifo => Tasks::ByAge(VecDeque::new()),
            Order::Priority => Tasks::ByPriority {
                tasks: BTreeMap::new(),
                pushed: 0,
            },
        };
        Self {
            tasks,
            newest_first: order == Order::Lifo,
            sweep_at: SWEEP_AT_LEAST,
        }
    }

    /// How many entries there are, shells included.
    pub(super) fn len(&self) -> usize {
        match &self.tasks {
            Tasks::ByAge(tasks) => tasks.len(),
            Tasks::ByPriority { tasks, .. } => tasks.len(),
        }
    }

    /// How many tasks there are, without shells and runners of eager maps.
    pub(super) fn pending(&self) -> usize {
        let counts = |work: &&Arc<dyn Work>| is_pending(work) && !work.header().is_runner();
        match &self.tasks {
            Tasks::ByAge(tasks) => tasks.iter().filter(counts).count(),
            Tasks::ByPriority { tasks, .. } => tasks.values().filter(counts).count(),
        }
    }

    /// Adds a task, and returns the shells that were swept.
    pub(super) fn push(&mut self, work: Arc<dyn Work>) -> Vec<Arc<dyn Work>> {
        let length = self.len();
        let shells = if length >= self.sweep_at {
            self.sweep_and_shrink()
        } else {
            if length < self.sweep_at / 4 {
                // What was long once is not allowed that many shells for ever.
                self.sweep_at = SWEEP_AT_LEAST.max(self.sweep_at / 2);
            }
            Vec::new()
        };
        self.put(work);
        shells
    }

    #[cold]
    fn sweep_and_shrink(&mut self) -> Vec<Arc<dyn Work>> {
        let shells = self.sweep();
        self.sweep_at = SWEEP_AT_LEAST.max(2 * self.len());
        shells
    }

    fn put(&mut self, work: Arc<dyn Work>) {
        match &mut self.tasks {
            Tasks::ByAge(tasks) => tasks.push_back(work),
            Tasks::ByPriority { tasks, pushed } => {
                *pushed += 1;
                let extras = work.header().extras();
                let priority = extras.and_then(|extras| extras.options().priority);
                tasks.insert((priority.unwrap_or_default(), *pushed), work);
            }
        }
    }

    /// Takes the shells out.
    fn sweep(&mut self) -> Vec<Arc<dyn Work>> {
        match &mut self.tasks {
            Tasks::ByAge(tasks) => {
                // Turned over once, in place.
                let mut shells = Vec::new();
                for _ in 0..tasks.len() {
                    let Some(work) = tasks.pop_front() else {
                        break;
                    };
                    if is_pending(&work) {
                        tasks.push_back(work);
                    } else {
                        shells.push(work);
                    }
                }
                shells
            }
            Tasks::ByPriority { tasks, .. } => {
                let shells = tasks.extract_if(.., |_, work| !is_pending(work));
                shells.map(|(_, work)| work).collect()
            }
        }
    }

    /// Takes out the task that is to be run next, which may be a shell.
    pub(super) fn pop(&mut self) -> Option<Arc<dyn Work>> {
        match &mut self.tasks {
            Tasks::ByAge(tasks) if self.newest_first => tasks.pop_back(),
            Tasks::ByAge(tasks) => tasks.pop_front(),
            Tasks::ByPriority { tasks, .. } => tasks.pop_first().map(|(_, work)| work),
        }
    }

    /// Takes out the newest task, if it is `work`.
    pub(super) fn take_newest(&mut self, work: &dyn Work) -> Option<Arc<dyn Work>> {
        let is_it = |newest: &mut Arc<dyn Work>| ptr::addr_eq(Arc::as_ptr(newest), work);
        match &mut self.tasks {
            Tasks::ByAge(tasks) => tasks.pop_back_if(is_it),
            Tasks::ByPriority { .. } => None,
        }
    }

    /// Takes out the next task of one scope.
    pub(super) fn take_of_scope(&mut self, scope: &Arc<ScopeState>) -> Option<Arc<dyn Work>> {
        let is_of_scope = |work: &Arc<dyn Work>| work.header().is_of_scope(scope);
        match &mut self.tasks {
            Tasks::ByAge(tasks) => {
                let place = if self.newest_first {
                    tasks.iter().rposition(is_of_scope)
                } else {
                    tasks.iter().position(is_of_scope)
                };
                tasks.remove(place?)
            }
            Tasks::ByPriority { tasks, .. } => {
                let (&key, _) = tasks.iter().find(|(_, work)| is_of_scope(work))?;
                tasks.remove(&key)
            }
        }
    }

    /// Whether a task of the scope has not been taken.
    pub(super) fn has_of_scope(&self, scope: &Arc<ScopeState>) -> bool {
        let is_left = |work: &Arc<dyn Work>| work.header().is_of_scope(scope) && is_pending(work);
        match &self.tasks {
            Tasks::ByAge(tasks) => tasks.iter().any(is_left),
            Tasks::ByPriority { tasks, .. } => tasks.values().any(is_left),
        }
    }

    /// Takes all tasks out.
    pub(super) fn take_all(&mut self) -> Vec<Arc<dyn Work>> {
        match &mut self.tasks {
            Tasks::ByAge(tasks) => std::mem::take(tasks).into(),
            Tasks::ByPriority { tasks, .. } => std::mem::take(tasks).into_values().collect(),
        }
    }
}

fn is_pending(work: &Arc<dyn Work>) -> bool {
    work.header().phase() == Phase::Pending
}

#[cfg(test)]
mod tests;
