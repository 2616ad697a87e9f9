//! The table of queues: `parking_lot_core`'s.

#![expect(
    unsafe_code,
    reason = "parking_lot_core's functions are unsafe: their keys must be addresses one controls"
)]

use parking_lot_core::{
    FilterOp, ParkResult, ParkToken, RequeueOp, UnparkResult, UnparkToken, park, unpark_filter,
    unpark_requeue,
};

use super::{Choice, Key, Slept, Waiter, Woken};
use crate::deadline::Deadline;

/// Sleeps in the queue `key` if `enter`, which runs under the queue's lock, lets it.
pub(super) fn sleep(
    key: Key,
    waiter: &Waiter,
    deadline: Deadline,
    enter: impl FnOnce() -> bool,
    before_sleep: impl FnOnce(),
) -> Slept {
    let mut ended_in = key;
    let token = ParkToken(std::ptr::from_ref(waiter).expose_provenance());
    // SAFETY: `key` is the address of a field of ours (`Key::of`), or of our raw lock, which nobody else parks on. The
    // callbacks under the queue's lock only touch atomics (see "Who may touch what") and cannot unwind; `before_sleep`
    // releases a mutex, which may unpark and does not park.
    let result = unsafe {
        park(
            key.0,
            enter,
            before_sleep,
            |address, _last| ended_in = Key(address),
            token,
            deadline.instant(),
        )
    };
    match result {
        ParkResult::Unparked(UnparkToken(word)) => Slept::Selected(word),
        ParkResult::Invalid => Slept::Refused,
        ParkResult::TimedOut => Slept::TimedOut { ended_in },
    }
}

/// See [`wake`](super::wake).
pub(super) fn wake(
    key: Key,
    mut choose: impl FnMut(&Waiter) -> Choice,
    decided: impl FnOnce(Woken) -> usize,
) -> Woken {
    let filter = |ParkToken(address): ParkToken| {
        let waiter: *const Waiter = std::ptr::with_exposed_provenance(address);
        // SAFETY: every thread that parks on a key of ours does so in `sleep` or was moved there from it, with the
        // address of its `Waiter` as token, and by invariant 3 that lives while the thread is in the queue.
        match choose(unsafe { &*waiter }) {
            Choice::Select => FilterOp::Unpark,
            Choice::Skip => FilterOp::Skip,
            Choice::Stop => FilterOp::Stop,
        }
    };
    // SAFETY: as for `park` in `sleep`.
    unsafe { unpark_filter(key.0, filter, |found| UnparkToken(decided(found.into()))) }.into()
}

/// See [`move_waiters`](super::move_waiters).
pub(super) fn move_waiters(from: Key, to: Key, all: bool, prepare: impl FnOnce()) -> usize {
    let validate = || {
        prepare();
        if all {
            RequeueOp::RequeueAll
        } else {
            RequeueOp::RequeueOne
        }
    };
    // SAFETY: as for `park` in `sleep`; both keys are ours.
    unsafe { unpark_requeue(from.0, to.0, validate, |_, _| UnparkToken(0)) }.requeued_threads
}

impl From<UnparkResult> for Woken {
    fn from(result: UnparkResult) -> Self {
        Self {
            selected: result.unparked_threads,
            more: result.have_more_threads,
        }
    }
}
