//! Following what a sleeper waits for. All of it under the sleepers' lock.

use std::sync::Arc;

use super::{Awaited, Running, Sleeper, Verdict};
use crate::completions::Tasks;
use crate::eager_map::{Items, Standing};
use crate::node::Work;
use crate::scope::ScopeState;
use crate::state::Phase;

/// The sleepers as seen from the one that is about to sleep.
pub(super) struct Circle<'sleepers> {
    all: &'sleepers [Arc<Sleeper>],
    caller: usize,
    /// Whose wait can end, as far as it has been worked out.
    ends: Vec<bool>,
    /// Whether each of several tasks is looked at, even if it seems in vain.
    is_thorough: bool,
}

impl<'sleepers> Circle<'sleepers> {
    /// Whether the caller's wait can end although all other sleepers slept for ever: a look that is cheap, and nearly always
    /// all there is to do.
    pub(super) fn is_out_of_question(all: &'sleepers [Arc<Sleeper>], caller: usize) -> bool {
        Self::new(all, caller).can_end(caller)
    }

    /// Who must be told what, so that the caller's wait can end; `None` if it can, or if nobody can help.
    pub(super) fn way_out(
        all: &'sleepers [Arc<Sleeper>],
        caller: usize,
    ) -> Option<(usize, Verdict)> {
        let mut circle = Self::new(all, caller);
        circle.work_out();
        match circle.told() {
            Some((_, Verdict::Fail)) => {
                circle.is_thorough = true;
                circle.work_out();
                circle.told()
            }
            told => told,
        }
    }

    fn new(all: &'sleepers [Arc<Sleeper>], caller: usize) -> Self {
        let ends = all.iter().map(|sleeper| sleeper.leaves()).collect();
        Self {
            all,
            caller,
            ends,
            is_thorough: false,
        }
    }

    /// Works out whose wait can end.
    fn work_out(&mut self) {
        let next = |circle: &Self| {
            (0..circle.all.len()).find(|at| !circle.ends[*at] && circle.can_end(*at))
        };
        while let Some(at) = next(self) {
            self.ends[at] = true;
        }
    }

    fn told(&self) -> Option<(usize, Verdict)> {
        if self.ends[self.caller] {
            return None;
        }
        let mut reached = self.reached();
        reached.retain(|at| !self.ends[*at]);
        let claims = |at: &&usize| self.all[**at].may_claim && self.holds_unstarted(**at);
        let claim = reached.iter().find(claims).map(|at| (*at, Verdict::Claim));
        let fails = |at: &&usize| self.all[**at].fails;
        claim.or_else(|| reached.iter().find(fails).map(|at| (*at, Verdict::Fail)))
    }

    /// The sleepers that the caller waits for, itself first.
    fn reached(&self) -> Vec<usize> {
        let mut reached = vec![self.caller];
        let mut next = 0;
        while let Some(at) = reached.get(next).copied() {
            next += 1;
            self.for_each_before(at, &mut |sleeper| {
                if !reached.contains(&sleeper) {
                    reached.push(sleeper);
                }
            });
        }
        reached
    }

    fn can_end(&self, at: usize) -> bool {
        match &self.all[at].awaited {
            Awaited::Task(work) => self.task_can_end(&**work),
            Awaited::FirstOf(completions) => {
                completions.has_ended() || completions.look(|tasks| self.first_can_end(tasks))
            }
            Awaited::ScopeEnd(scope, crew) => {
                scope.is_settled()
                    || (self.runners_in(scope).all(|runner| self.ends[runner])
                        && (self.crew_can_go_on(crew.id()) || !crew.has_of_scope(scope)))
            }
            Awaited::Item(items, position) => match items.standing(*position) {
                Standing::Waiting => self.crew_can_go_on(items.home()),
                Standing::Started => self
                    .runner_of_item(&**items, *position)
                    .is_none_or(|runner| self.ends[runner]),
                Standing::Ended => true,
            },
            Awaited::AnyItem(items) => self.any_item_can_end(&**items),
        }
    }

    /// Whether one of several tasks can end. When none of a crew's workers goes on, none of its tasks ends, running or not,
    /// unless somebody outside ends it at this moment: that is looked for before anybody is told that his wait never ends.
    fn first_can_end(&self, tasks: &Tasks) -> bool {
        tasks.groups().any(|(home, mut group)| {
            let is_in_vain = home.is_queued() && !self.crew_can_go_on(home.crew());
            (self.is_thorough || !is_in_vain) && group.any(|work| self.task_can_end(&**work))
        })
    }

    /// Whether one of the items that are left can end: one that waits, or one that is started, unless it is in the middle of
    /// a sleeper.
    fn any_item_can_end(&self, items: &dyn Items) -> bool {
        let Some(left) = items.left() else {
            return true;
        };
        let stuck = self.runners_of(items).filter(|runner| !self.ends[*runner]);
        left.missing > stuck.count() + left.waiting
            || (left.waiting > 0 && self.crew_can_go_on(items.home()))
    }

    fn task_can_end(&self, work: &dyn Work) -> bool {
        match work.header().phase() {
            Phase::Running => self.runner_of(work).is_none_or(|runner| self.ends[runner]),
            Phase::Pending if !work.needs().is_empty() => {
                work.needs().iter().all(|need| self.task_can_end(&**need))
            }
            Phase::Pending => self.crew_can_go_on(work.header().home()),
            Phase::Finished | Phase::Failed | Phase::Cancelled => true,
        }
    }

    /// Whether somebody of the crew with this number will take what is queued.
    fn crew_can_go_on(&self, crew: u32) -> bool {
        let mut workers = self.workers_of(crew).peekable();
        let Some(&first) = workers.peek() else {
            return true;
        };
        let (count, ends) = workers.fold((0, false), |(count, ends), at| {
            (count + 1, ends || self.ends[at])
        });
        ends || !self.all[first].crew.depends_on(count)
    }

    /// Whether it waits for a task of its own crew that nobody has taken.
    fn holds_unstarted(&self, at: usize) -> bool {
        let crew = self.all[at].crew.id();
        match &self.all[at].awaited {
            Awaited::Task(work) => is_unstarted(&**work, crew),
            Awaited::FirstOf(completions) => completions
                .look(|tasks| tasks.of_crew(crew).any(|work| is_unstarted(&**work, crew))),
            Awaited::ScopeEnd(scope, scopes_crew) => {
                scopes_crew.id() == crew && scopes_crew.has_of_scope(scope)
            }
            Awaited::Item(items, position) => {
                items.home() == crew && items.standing(*position) == Standing::Waiting
            }
            Awaited::AnyItem(items) => {
                items.home() == crew && items.left().is_some_and(|left| left.waiting > 0)
            }
        }
    }

    /// The sleepers on which this one's wait depends directly.
    fn for_each_before(&self, at: usize, f: &mut impl FnMut(usize)) {
        match &self.all[at].awaited {
            Awaited::Task(work) => self.for_each_behind(&**work, f),
            Awaited::FirstOf(completions) => completions.look(|tasks| {
                for (home, group) in tasks.groups() {
                    self.workers_of(home.crew()).for_each(&mut *f);
                    if !home.is_queued() || self.crew_can_go_on(home.crew()) {
                        // All of them are running, in the middle of sleepers.
                        group.for_each(|work| self.for_each_behind(&**work, f));
                    }
                }
            }),
            Awaited::ScopeEnd(scope, crew) => {
                self.runners_in(scope).for_each(&mut *f);
                if crew.has_of_scope(scope) {
                    self.workers_of(crew.id()).for_each(f);
                }
            }
            Awaited::Item(items, position) => match items.standing(*position) {
                Standing::Waiting => self.workers_of(items.home()).for_each(f),
                Standing::Started => self
                    .runner_of_item(&**items, *position)
                    .into_iter()
                    .for_each(f),
                Standing::Ended => {}
            },
            Awaited::AnyItem(items) => {
                self.runners_of(&**items).for_each(&mut *f);
                self.workers_of(items.home()).for_each(f);
            }
        }
    }

    /// The sleepers on which the end of a task depends directly.
    fn for_each_behind(&self, work: &dyn Work, f: &mut impl FnMut(usize)) {
        match work.header().phase() {
            Phase::Running => self.runner_of(work).into_iter().for_each(f),
            Phase::Pending => {
                for need in work.needs() {
                    self.for_each_behind(&**need, f);
                }
                self.workers_of(work.header().home()).for_each(f);
            }
            Phase::Finished | Phase::Failed | Phase::Cancelled => {}
        }
    }

    /// The sleeper that is in the middle of the task, if it is one.
    fn runner_of(&self, work: &dyn Work) -> Option<usize> {
        let address = std::ptr::from_ref(work.header()).addr();
        self.runner_of_what(Running::Task { address })
    }

    /// The sleeper that is in the middle of the item, if it is one.
    fn runner_of_item(&self, items: &dyn Items, position: usize) -> Option<usize> {
        let run = items.address();
        self.runner_of_what(Running::Item { run, position })
    }

    fn runner_of_what(&self, what: Running) -> Option<usize> {
        let runs_it = |sleeper: &Arc<Sleeper>| sleeper.runs.iter().any(|runs| runs.what == what);
        self.all.iter().position(runs_it)
    }

    /// The sleepers that are in the middle of items of an eager map, once for each item.
    fn runners_of(&self, items: &dyn Items) -> impl Iterator<Item = usize> {
        let address = items.address();
        let is_of_it = move |what| matches!(what, Running::Item { run, .. } if run == address);
        let all = self.all.iter().enumerate();
        all.flat_map(move |(at, sleeper)| {
            let runs = sleeper.runs.iter().filter(move |runs| is_of_it(runs.what));
            runs.map(move |_| at)
        })
    }

    /// The sleepers that are in the middle of tasks of the scope.
    fn runners_in(&self, scope: &Arc<ScopeState>) -> impl Iterator<Item = usize> {
        let scope = Some(Arc::as_ptr(scope).addr());
        let all = self.all.iter().enumerate();
        all.filter(move |(_, sleeper)| sleeper.runs.iter().any(|runs| runs.scope == scope))
            .map(|(at, _)| at)
    }

    /// The sleepers that are workers of the crew with this number.
    fn workers_of(&self, crew: u32) -> impl Iterator<Item = usize> {
        let all = self.all.iter().enumerate();
        all.filter(move |(_, sleeper)| sleeper.crew.id() == crew)
            .map(|(at, _)| at)
    }
}

/// Whether the task, or one that it depends on, is one of this crew that nobody has taken.
pub(crate) fn is_unstarted(work: &dyn Work, crew: u32) -> bool {
    if !work.needs().is_empty() {
        return work.needs().iter().any(|need| is_unstarted(&**need, crew));
    }
    work.header().home() == crew && work.header().phase() == Phase::Pending
}
