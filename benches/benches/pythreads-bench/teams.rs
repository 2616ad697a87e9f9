//! Threads that start together and are measured until the last has finished.

#![expect(
    clippy::disallowed_types,
    reason = "std's barrier starts all teams alike, ours and the rivals'"
)]

use std::sync::Barrier;
use std::thread;

use crate::clock::{Elapsed, Reading};

/// Runs `part` in a thread for each member, with its number; the first member's is the caller.
pub(crate) fn together<M: Send>(members: &mut [M], part: impl Fn(usize, &mut M) + Sync) -> Elapsed {
    let (start, end) = (&Barrier::new(members.len()), &Barrier::new(members.len()));
    let part = &part;
    let (first, others) = members.split_first_mut().expect("a team has members");
    thread::scope(|scope| {
        for (number, member) in (1..).zip(others) {
            scope.spawn(move || {
                start.wait();
                part(number, member);
                end.wait();
            });
        }
        start.wait();
        let from = Reading::now();
        part(0, first);
        end.wait();
        from.elapsed()
    })
}
