//! Ends a test that hangs, and says where its threads are.
//!
//! One monitor thread serves all tests of a process. It is started by the first watchdog and sleeps
//! until the nearest deadline.
//!
//! # Invariants
//! 1. `deadlines` holds exactly the watchdogs that are alive.
//! 2. The monitor sleeps at most until the nearest deadline: it looked under the lock before it went
//!    to sleep, and an earlier deadline that comes later wakes it.
//!
//! # Lock order
//! Takes no other lock and runs no user code.
#![expect(
    clippy::disallowed_types,
    reason = "must not stand on the locks under test (see the crate's page)"
)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::panic::Location;
use std::process;
use std::sync::{Condvar, Mutex, MutexGuard, Once, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::{delay, proc_task};

/// Guards the calling test for as long as tests usually may take: 60 s times the delay scale.
///
/// Stands in the first line of every test: `let _watchdog = watchdog();`
#[track_caller]
pub fn watchdog() -> Watchdog {
    watchdog_for(*delay::TEST_LIMIT)
}

/// Guards the calling test for `limit`.
///
/// # Panics
///
/// If the limit lies beyond what the clock can express.
#[track_caller]
pub fn watchdog_for(limit: Duration) -> Watchdog {
    let now = Instant::now();
    let deadline = now
        .checked_add(limit)
        .expect("the limit of a watchdog lies in the reach of the clock");
    let watched = Watched {
        test: thread::current().name().unwrap_or("unnamed").to_owned(),
        tid: proc_task::current_tid(),
        place: Location::caller(),
        limit,
    };
    MONITOR.start_once();
    Watchdog {
        key: MONITOR.watch(deadline, watched),
    }
}

/// While it lives, its test is timed; a test that outlives its limit ends the process.
#[derive(Debug)]
#[must_use = "the watchdog watches only while it is alive: `let _watchdog = watchdog();`"]
pub struct Watchdog {
    key: Key,
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        MONITOR.lock().deadlines.remove(&self.key);
    }
}

/// Deadline first, so that the smallest key is the next to expire; then a number that makes it unique.
type Key = (Instant, u64);

#[derive(Debug)]
struct Watched {
    test: String,
    tid: Option<u32>,
    place: &'static Location<'static>,
    limit: Duration,
}

static MONITOR: Monitor = Monitor {
    started: Once::new(),
    state: Mutex::new(State {
        deadlines: BTreeMap::new(),
        next_number: 0,
    }),
    nearer: Condvar::new(),
};

struct Monitor {
    started: Once,
    state: Mutex<State>,
    /// Announces "the nearest deadline is now nearer". Guarded by `state`; signalled by `watch`, to
    /// the one thread that ever waits here.
    nearer: Condvar,
}

struct State {
    deadlines: BTreeMap<Key, Watched>,
    next_number: u64,
}

impl Monitor {
    fn start_once(&'static self) {
        self.started.call_once(|| {
            thread::Builder::new()
                .name("watchdog".to_owned())
                .spawn(|| self.run())
                .expect("the system can start one more thread");
        });
    }

    fn watch(&self, deadline: Instant, watched: Watched) -> Key {
        let mut state = self.lock();
        let key = (deadline, state.next_number);
        state.next_number += 1;
        state.deadlines.insert(key, watched);
        if state.deadlines.first_key_value().map(|(first, _)| *first) == Some(key) {
            self.nearer.notify_one();
        }
        key
    }

    fn run(&self) -> ! {
        let mut state = self.lock();
        loop {
            let nearest = state.deadlines.first_key_value();
            let Some((&(deadline, _), watched)) = nearest else {
                state = self
                    .nearer
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                watched.report_and_abort();
            }
            (state, _) = self
                .nearer
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watched {
    fn report_and_abort(&self) -> ! {
        // Written to the stream itself: what the print macros write is captured by the test
        // harness, and lost when the process aborts. If it cannot be written, aborting is all
        // that is left to do.
        let _ = io::stderr().write_all(self.report().as_bytes());
        process::abort()
    }

    fn report(&self) -> String {
        let Self {
            test, place, limit, ..
        } = self;
        let mut report = format!(
            "\nwatchdog: test {test} ({place}) did not end within {limit:?}. Its process has these threads:\n"
        );
        for task in proc_task::all() {
            let is_test = Some(task.tid) == self.tid;
            let mark = if is_test { "  <- the test" } else { "" };
            writeln!(report, "  {task}{mark}").expect("writing to a String cannot fail");
        }
        report
    }
}
