//! `Barrier`: a number of threads wait for each other.
//!
//! # States
//!
//! | state   | means                                                | arrivals                  | leaves by                     |
//! |---------|------------------------------------------------------|---------------------------|-------------------------------|
//! | Filling | fewer than `parties` threads have arrived            | join the cycle            | the last one arrives, a break |
//! | Acting  | all have arrived; the last one runs the action       | wait at the entrance      | the action ends               |
//! | Broken  | a thread gave up, the action failed, or `abort`      | fail at once              | `reset`                       |
//!
//! `abort` and `reset` end the cycle at once also while Acting. The action then runs to its end and decides nothing; after
//! a `reset`, arrivals wait at the entrance until it has ended. Who gives up at the entrance was to be in the next cycle and
//! breaks that one: the barrier is Broken for arrivals, while the complete cycle sleeps on and passes after its action.
//!
//! # Invariants
//!
//! 1. In the queue are only threads that arrived in the present cycle: a thread enters it before it gives up `state`, and
//!    the end of a cycle selects everybody in it with `state` held.
//! 2. A cycle passes only if all its `parties - 1` sleepers are selected together. So who has left the queue by itself
//!    knows, without having to ask, that its cycle has failed or will fail; and who was selected knows how it ended from
//!    the word it was given. Nobody looks at a state that has moved on, and cycles need not drain.
//! 3. `action` is `None` while it runs, and `acting` says in which thread.
//!
//! # Who may touch what
//!
//! Everything is under `state`. The action runs with no lock held. Threads are woken with `state` held: it is their
//! selection that decides how the cycle ends (invariant 2), and they do not take `state` afterwards.
//!
//! # Memory ordering
//!
//! Arrivals are ordered by `state`, the wake-ups by the queue's lock.
//!
//! # Panics
//!
//! A panic of the action breaks the barrier and passes on in the last thread, with everything consistent.

use std::fmt;
use std::num::NonZeroU64;
use std::panic::{AssertUnwindSafe, RefUnwindSafe, UnwindSafe, catch_unwind, resume_unwind};
use std::time::{Duration, Instant};

use crate::deadline::Deadline;
use crate::error::BrokenBarrierError;
use crate::interrupt::check_interrupt;
use crate::spin::yield_once;
use crate::sync::{Mutex, MutexGuard};
use crate::thread_record;
use crate::wait_queue::{self, Choice, Key, Signal, Wait, WaitEnd, WaitKind};

/// Words for a selected waiter.
const BROKEN: usize = 0;
const PASSED: usize = 1;

/// A point that threads pass together: each waits until `parties` of them have arrived.
///
/// It can be used again and again. A thread more than `parties` belongs to the next cycle.
///
/// A barrier **breaks** when a thread that waits at it gives up, because its time has run out or because it was
/// interrupted; when the action panics; and by [`abort`](Barrier::abort). All its waiters then get a
/// [`BrokenBarrierError`], and so does everybody later until [`reset`](Barrier::reset). A thread that arrives while the
/// action runs belongs to the next cycle; if it gives up, it breaks that one, and the complete cycle passes.
///
/// # Fairness
///
/// All threads of a cycle are woken together.
///
/// # Memory ordering
///
/// What the threads of a cycle did before they arrived happens before the action, and that before any of their waits
/// returns.
///
/// # Differences from Python
///
/// - A thread that arrives while others still leave the previous cycle joins the next one at once. While the action runs
///   it has to wait, but as long as its timeout says, not longer.
/// - The action runs with no lock held. It may call every method of its barrier; `wait` panics there, where Python hangs.
/// - Time that runs out while the action runs breaks the barrier as it does before; Python does not notice it.
/// - A thread whose cycle was complete does not fail because of a later `abort` or `reset`.
///
/// # Examples
///
/// ```
/// use pythreads_sync_primitives::Barrier;
///
/// static BARRIER: Barrier = Barrier::new(2);
///
/// std::thread::scope(|s| {
///     let other = s.spawn(|| BARRIER.wait());
///     let index = BARRIER.wait()?;
///     assert_eq!(index + other.join().unwrap()?, 1); // one is 0, the other 1
///     Ok::<(), pythreads_sync_primitives::BrokenBarrierError>(())
/// })
/// .unwrap();
/// ```
pub struct Barrier {
    parties: usize,
    timeout: Option<Duration>,
    queue: Queue,
    /// Announces "the action has ended, or the barrier is broken". Under `state`; to all, since all may join.
    entrance: Signal,
    state: Mutex<State>,
}

/// Its address names the queue of the threads that wait for the others.
struct Queue(#[expect(dead_code, reason = "it is there for its address")] u8);

struct State {
    /// The number of the present cycle.
    cycle: u64,
    /// How many threads have arrived in it.
    arrived: usize,
    /// Whether arrivals fail.
    broken: bool,
    /// The thread that runs the action.
    acting: Option<NonZeroU64>,
    action: Option<Action>,
}

type Action = Box<dyn FnMut() + Send>;

impl UnwindSafe for Barrier {}
impl RefUnwindSafe for Barrier {}

impl Barrier {
    /// A barrier for `parties` threads.
    ///
    /// # Panics
    ///
    /// If `parties` is 0.
    #[track_caller]
    pub const fn new(parties: usize) -> Self {
        assert!(parties > 0, "a Barrier is for at least one thread");
        Self {
            parties,
            timeout: None,
            queue: Queue(0),
            entrance: Signal::new(),
            state: Mutex::new(State {
                cycle: 0,
                arrived: 0,
                broken: false,
                acting: None,
                action: None,
            }),
        }
    }

    /// Runs `action` once in each cycle, in the thread that arrives last, before any of them goes on.
    ///
    /// # Examples
    ///
    /// ```
    /// use pythreads_sync_primitives::Barrier;
    ///
    /// let mut rounds = 0;
    /// let barrier = Barrier::new(1).with_action(move || {
    ///     rounds += 1;
    ///     println!("round {rounds}");
    /// });
    /// assert_eq!(barrier.wait(), Ok(0));
    /// ```
    #[must_use]
    pub fn with_action(mut self, action: impl FnMut() + Send + 'static) -> Self {
        self.state.get_mut().action = Some(Box::new(action));
        self
    }

    /// Limits each [`wait`](Self::wait) to `timeout`.
    #[must_use]
    pub const fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Waits until `parties` threads have arrived, and returns the place of this one: 0 for the first, `parties - 1` for
    /// the last.
    ///
    /// # Blocking and timeouts
    ///
    /// Waits as long as [`with_timeout`](Self::with_timeout) says, or without limit. An interruption point, if it has to
    /// wait; an interrupt breaks the barrier.
    ///
    /// # Errors
    ///
    /// If the barrier is broken, or breaks or is reset meanwhile.
    ///
    /// # Panics
    ///
    /// A panic of the action passes through in the thread that ran it. It panics if it is called by the action.
    #[track_caller]
    pub fn wait(&self) -> Result<usize, BrokenBarrierError> {
        self.wait_until(self.timeout.map_or(Deadline::Never, Deadline::after))
    }

    /// As [`wait`](Self::wait), but at most `timeout`; then the barrier breaks.
    ///
    /// # Blocking and timeouts
    ///
    /// Zero breaks the barrier, unless this thread is the last to arrive; `Duration::MAX` waits without limit. An
    /// interruption point, if it has to wait; an interrupt breaks the barrier.
    ///
    /// # Errors
    ///
    /// If the time ran out, or if the barrier is broken, or breaks or is reset meanwhile.
    ///
    /// # Panics
    ///
    /// As [`wait`](Self::wait).
    #[track_caller]
    pub fn wait_timeout(&self, timeout: Duration) -> Result<usize, BrokenBarrierError> {
        self.wait_until(Deadline::after(timeout))
    }

    /// As [`wait`](Self::wait), but until `deadline` at the latest; then the barrier breaks.
    ///
    /// # Blocking and timeouts
    ///
    /// A deadline in the past breaks the barrier, unless this thread is the last to arrive. An interruption point, if it
    /// has to wait; an interrupt breaks the barrier.
    ///
    /// # Errors
    ///
    /// If the time ran out, or if the barrier is broken, or breaks or is reset meanwhile.
    ///
    /// # Panics
    ///
    /// As [`wait`](Self::wait).
    #[track_caller]
    pub fn wait_deadline(&self, deadline: Instant) -> Result<usize, BrokenBarrierError> {
        self.wait_until(deadline.into())
    }

    /// Makes the barrier empty and usable again. Threads that wait at it get a [`BrokenBarrierError`].
    pub fn reset(&self) {
        let mut state = self.state.lock();
        state.broken = false;
        self.end_cycle(&mut state, |_selected| BROKEN);
    }

    /// Breaks the barrier. Threads that wait at it, and everybody later until [`reset`](Self::reset), get a
    /// [`BrokenBarrierError`].
    pub fn abort(&self) {
        self.break_down(self.state.lock());
    }

    /// How many threads pass together.
    pub fn parties(&self) -> usize {
        self.parties
    }

    /// How many threads have arrived and wait for the others; stale as soon as it returns.
    pub fn n_waiting(&self) -> usize {
        self.state.lock().arrived
    }

    /// Whether the barrier is broken; stale as soon as it returns.
    pub fn broken(&self) -> bool {
        self.state.lock().broken
    }

    #[track_caller]
    fn wait_until(&self, deadline: Deadline) -> Result<usize, BrokenBarrierError> {
        let mut state = self.enter(deadline)?;
        let index = state.arrived;
        state.arrived += 1;
        let passed = if state.arrived == self.parties {
            self.complete(state)
        } else {
            self.wait_for_the_others(state, deadline)
        };
        if passed {
            Ok(index)
        } else {
            Err(BrokenBarrierError::new())
        }
    }

    /// Waits until no action runs.
    #[track_caller]
    fn enter(&self, deadline: Deadline) -> Result<MutexGuard<'_, State>, BrokenBarrierError> {
        let mut state = self.state.lock();
        loop {
            if state.broken {
                return Err(BrokenBarrierError::new());
            }
            let Some(actor) = state.acting else {
                return Ok(state);
            };
            assert!(
                actor != thread_record::current_ident(),
                "the action of a Barrier waits at its own barrier"
            );
            let how = Wait::interruptible(WaitKind::Barrier, deadline);
            let (again, end) = self.entrance.wait(state, how);
            state = again;
            let gave_up = match end {
                // It tries once more, if there is anything new to try.
                WaitEnd::TimedOut { .. } => state.acting.is_some(),
                WaitEnd::Interrupted => true,
                WaitEnd::Selected(_) | WaitEnd::NotNeeded => false,
            };
            if gave_up {
                state.broken = true;
                drop(state);
                self.entrance.notify_all();
                deliver(end);
                return Err(BrokenBarrierError::new());
            }
        }
    }

    /// Sleeps until the cycle has ended; whether it has passed.
    fn wait_for_the_others(&self, state: MutexGuard<'_, State>, deadline: Deadline) -> bool {
        let cycle = state.cycle;
        let mut held = Some(state);
        let how = Wait::interruptible(WaitKind::Barrier, deadline);
        let let_others_arrive = || {
            drop(held.take());
            yield_once();
        };
        let end = wait_queue::wait(self.key(), how, || true, let_others_arrive);
        if let WaitEnd::Selected(word) = end {
            return word == PASSED;
        }
        // By invariant 2 the cycle does not pass.
        let state = held.unwrap_or_else(|| self.state.lock());
        if state.cycle == cycle {
            self.break_down(state);
        } else {
            drop(state);
        }
        deliver(end);
        false
    }

    /// The last thread has arrived: runs the action and ends the cycle; whether it has passed.
    fn complete<'state>(&'state self, mut state: MutexGuard<'state, State>) -> bool {
        let cycle = state.cycle;
        if let Some(mut action) = state.action.take() {
            state.acting = Some(thread_record::current_ident());
            drop(state);
            let outcome = catch_unwind(AssertUnwindSafe(&mut action));
            state = self.state.lock();
            state.action = Some(action);
            state.acting = None;
            if let Err(payload) = outcome {
                self.fail(state, cycle);
                resume_unwind(payload);
            }
        }
        let mut passed = false;
        if state.cycle == cycle {
            let sleepers = self.parties - 1;
            self.end_cycle(&mut state, |selected| {
                passed = selected == sleepers;
                if passed { PASSED } else { BROKEN }
            });
            // Somebody at the entrance may have broken it for the next cycle.
            state.broken |= !passed;
        }
        drop(state);
        self.entrance.notify_all();
        passed
    }

    /// The action of `cycle` has panicked.
    fn fail(&self, state: MutexGuard<'_, State>, cycle: u64) {
        if state.cycle == cycle {
            self.break_down(state);
        } else {
            drop(state);
            self.entrance.notify_all();
        }
    }

    fn break_down(&self, mut state: MutexGuard<'_, State>) {
        state.broken = true;
        self.end_cycle(&mut state, |_selected| BROKEN);
        drop(state);
        self.entrance.notify_all();
    }

    /// Wakes everybody who sleeps in this cycle with the word that `decide` gives for so many, and begins the next one.
    fn end_cycle(&self, state: &mut State, decide: impl FnOnce(usize) -> usize) {
        wait_queue::wake(
            self.key(),
            |_waiter| Choice::Select,
            |woken| decide(woken.selected),
        );
        state.cycle += 1;
        state.arrived = 0;
    }

    fn key(&self) -> Key {
        Key::of(&self.queue)
    }
}

/// Delivers the interrupt that ended a wait, if one did and it was not taken back.
fn deliver(end: WaitEnd) {
    if end == WaitEnd::Interrupted {
        check_interrupt();
    }
}

impl fmt::Debug for Barrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Barrier")
            .field("parties", &self.parties)
            .field("n_waiting", &self.n_waiting())
            .field("broken", &self.broken())
            .finish_non_exhaustive()
    }
}
