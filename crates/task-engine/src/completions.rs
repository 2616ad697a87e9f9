//! The ends of several tasks, in the order in which they happen.

use std::collections::{BTreeMap, VecDeque, btree_map};
use std::fmt;
use std::sync::Arc;

use pythreads_sync_primitives::sync::Mutex;
use pythreads_sync_primitives::wait_queue::{Signal, Wait, WaitEnd, WaitKind};
use pythreads_sync_primitives::{Deadline, check_interrupt};

use crate::crew::current;
use crate::deadlock::{self, Awaited, Fails, Followed, Verdict};
use crate::node::Work;
use crate::watch::Sink;

/// A queue of the tokens of tasks that have ended, each once. It has one reader.
#[derive(Default)]
pub struct Completions {
    account: Mutex<Account>,
    /// Announces a token, or that the reader was told something. Guarded by `account`; signalled by the thread that ended the
    /// task, or that found that the wait would never end, to the one that waits.
    one_more: Signal,
}

#[derive(Default)]
struct Account {
    ended: VecDeque<usize>,
    /// The tasks whose tokens have not been returned, once a worker had to wait for them: only then somebody follows it.
    awaited: Option<Tasks>,
}

/// Tasks by their home, and by token.
///
/// So a look at those of one crew, none of whose workers will take what is queued, costs nothing, and a look at the others
/// ends with the first of them that is not in the middle of a sleeper's stack.
#[derive(Default)]
pub(crate) struct Tasks {
    groups: BTreeMap<Home, BTreeMap<usize, Arc<dyn Work>>>,
    /// How many tasks had come to a crew when these were sorted.
    homecomings: u64,
}

/// Whose workers may run a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Home {
    crew: u32,
    /// Whether it stands in that crew's run queue, instead of following from the ends of other tasks.
    is_queued: bool,
}

impl Home {
    fn of(work: &dyn Work) -> Self {
        let origin = work.origin().map_or(work, |origin| &**origin);
        Self {
            crew: origin.header().home(),
            is_queued: work.needs().is_empty(),
        }
    }

    pub(crate) fn crew(self) -> u32 {
        self.crew
    }

    pub(crate) fn is_queued(self) -> bool {
        self.is_queued
    }
}

impl Tasks {
    fn add(&mut self, token: usize, work: Arc<dyn Work>) {
        let group = self.groups.entry(Home::of(&*work)).or_default();
        group.insert(token, work);
    }

    /// Sorts those anew that had no home, if tasks have come to a crew since the last time.
    fn sort(&mut self, homecomings: u64) {
        if std::mem::replace(&mut self.homecomings, homecomings) == homecomings {
            return;
        }
        for is_queued in [false, true] {
            let nowhere = Home { crew: 0, is_queued };
            let group = self.groups.remove(&nowhere).unwrap_or_default();
            for (token, work) in group {
                self.add(token, work);
            }
        }
    }

    /// Forgets a task. Its last pointer is not here.
    fn remove(&mut self, token: usize) {
        self.groups.retain(|_, group| {
            group.remove(&token);
            !group.is_empty()
        });
    }

    pub(crate) fn groups(
        &self,
    ) -> impl Iterator<Item = (Home, btree_map::Values<'_, usize, Arc<dyn Work>>)> {
        self.groups
            .iter()
            .map(|(home, group)| (*home, group.values()))
    }

    /// Those that workers of a crew may run.
    pub(crate) fn of_crew(&self, crew: u32) -> impl Iterator<Item = &Arc<dyn Work>> {
        let groups = self.groups().filter(move |(home, _)| home.crew == crew);
        groups.flat_map(|(_, group)| group)
    }
}

impl Completions {
    /// One more task whose end will be told.
    pub fn expect(&self, token: usize, work: impl FnOnce() -> Arc<dyn Work>) {
        if let Some(awaited) = &mut self.account.lock().awaited {
            awaited.add(token, work());
        }
    }

    /// Moves the tokens that are there into `ended`, without waiting.
    pub fn take_ended(&self, ended: &mut VecDeque<usize>) {
        let mut account = self.account.lock();
        if account.awaited.is_none() {
            ended.append(&mut account.ended);
        } else {
            ended.extend(std::iter::from_fn(|| account.pop()));
        }
    }

    /// Waits for the next token; `None` if the deadline passed first. An interruption point.
    ///
    /// A worker that waits without a deadline runs one of the tasks itself, if it is of its own crew and nobody else can run
    /// anything. `tasks` are those whose tokens have not been returned.
    ///
    /// # Panics
    ///
    /// With an exception of kind Deadlock, as an interrupt does, if the wait would never end.
    pub fn next<I>(self: &Arc<Self>, deadline: Deadline, tasks: impl Fn() -> I) -> Option<usize>
    where
        I: IntoIterator<Item = (usize, Arc<dyn Work>)>,
    {
        let how = Wait::interruptible(WaitKind::Future, deadline);
        let mut followed = Followed::new(deadline, Fails::ByUnwinding);
        let mut account = self.account.lock();
        loop {
            if followed.is_sleeper() && account.has_ended() {
                // Who follows this wait sees a token until it is followed no more.
                drop(account);
                followed.stop();
                account = self.account.lock();
            }
            if let Some(token) = account.pop() {
                return Some(token);
            }
            if followed.has_to_look() {
                drop(account);
                self.keep_account_of(&tasks);
                followed.look(|| Awaited::FirstOf(Arc::clone(self)));
                account = self.account.lock();
                continue;
            }
            if followed.is_told() {
                drop(account);
                match followed.take_verdict() {
                    Some(Verdict::Fail) => deadlock::exception().resume(),
                    Some(Verdict::Claim) => self.claim_one(),
                    None => {}
                }
                account = self.account.lock();
                continue;
            }
            let end;
            (account, end) = self.one_more.wait(account, how);
            match end {
                WaitEnd::TimedOut { .. } => return account.pop(),
                WaitEnd::Interrupted => {
                    drop(account);
                    followed.stop();
                    check_interrupt();
                    account = self.account.lock();
                }
                _ => {}
            }
        }
    }

    /// Enters the tasks, the first time, so that others can follow this wait.
    fn keep_account_of<I>(&self, tasks: impl Fn() -> I)
    where
        I: IntoIterator<Item = (usize, Arc<dyn Work>)>,
    {
        if self.account.lock().awaited.is_none() {
            let mut awaited = Tasks::default();
            for (token, work) in tasks() {
                awaited.add(token, work);
            }
            self.account.lock().awaited = Some(awaited);
        }
    }

    /// Runs the first of the tasks of this worker's crew that nobody has taken.
    fn claim_one(&self) {
        let crew = current::crew_id();
        let first = self.look(|awaited| {
            let mut own = awaited.of_crew(crew);
            own.find(|work| deadlock::is_unstarted(&***work, crew))
                .cloned()
        });
        if let Some(work) = first {
            work.help();
        }
    }

    /// Whether there is a token.
    pub(crate) fn has_ended(&self) -> bool {
        self.account.lock().has_ended()
    }

    /// Sorts the tasks by the homes that they have by now.
    pub(crate) fn sort(&self, homecomings: u64) {
        if let Some(awaited) = &mut self.account.lock().awaited {
            awaited.sort(homecomings);
        }
    }

    /// Looks at the tasks that are waited for.
    pub(crate) fn look<R: Default>(&self, look: impl FnOnce(&Tasks) -> R) -> R {
        let account = self.account.lock();
        account.awaited.as_ref().map(look).unwrap_or_default()
    }

    /// Wakes the reader, after `tell` under the lock.
    pub(crate) fn tell(&self, tell: impl FnOnce()) {
        {
            let _account = self.account.lock();
            tell();
        }
        self.one_more.notify_one();
    }
}

impl Account {
    fn has_ended(&self) -> bool {
        !self.ended.is_empty()
    }

    fn pop(&mut self) -> Option<usize> {
        let token = self.ended.pop_front()?;
        if let Some(awaited) = &mut self.awaited {
            awaited.remove(token);
        }
        Some(token)
    }
}

impl Sink for Completions {
    fn completed(&self, token: usize) -> bool {
        let mut account = self.account.lock();
        account.ended.push_back(token);
        self.one_more.is_awaited()
    }

    fn wake(&self) {
        self.one_more.notify_one();
    }
}

impl fmt::Debug for Completions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Completions").finish_non_exhaustive()
    }
}
