//! A thread that waits and is interrupted, round by round.

use std::cell::Cell;
use std::iter;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use pythreads::threading::{Event, Lock, Thread, check_interrupt, interruptible, shielded};

use super::ledger::{Ledger, MOST};
use super::start::{Delay, StartLine};

/// How long a round may take; one that takes longer hangs.
const LIMIT: Duration = Duration::from_secs(30);

/// What a victim does in a round.
pub(crate) struct Order {
    /// Returns whether it got what it waited for; `false` means that the time ran out.
    pub(crate) wait: Box<dyn FnOnce() -> bool + Send>,
    pub(crate) shielded: bool,
    pub(crate) start: Arc<StartLine>,
    pub(crate) delay: Delay,
    pub(crate) ledger: Arc<Ledger>,
    /// Closed when all that is raised in this round has been raised.
    pub(crate) raising: Receiver<()>,
}

/// How a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Got,
    Failed,
    /// By the exception of this number.
    Interrupted(usize),
}

enum Report {
    End(End),
    /// The round is over, and these exceptions came after the wait.
    Over(Vec<usize>),
}

pub(crate) struct Victim {
    pub(crate) thread: Thread,
    orders: Sender<Order>,
    reports: Receiver<Report>,
}

impl Victim {
    pub(crate) fn new() -> Self {
        let (orders, incoming) = channel();
        let (outgoing, reports) = channel();
        let live = move || {
            for order in incoming {
                obey(order, &outgoing);
            }
        };
        // One that is stuck must not keep a failed test from ending.
        let thread = Thread::builder().daemon(true).target(live);
        thread.start();
        Self {
            thread,
            orders,
            reports,
        }
    }

    pub(crate) fn order(&self, order: Order) {
        self.orders.send(order).expect("the victim lives");
    }

    /// How its wait ended; waits for that.
    pub(crate) fn end(&self) -> End {
        match self.reports.recv_timeout(LIMIT) {
            Ok(Report::End(end)) => end,
            Ok(Report::Over(_)) => panic!("the victim's wait ended without a report"),
            Err(error) => panic!("the victim is stuck or failed: {error}"),
        }
    }

    /// What was delivered after the wait; waits for the end of the round.
    pub(crate) fn late(&self) -> Vec<usize> {
        match self.reports.recv_timeout(LIMIT) {
            Ok(Report::Over(late)) => late,
            Ok(Report::End(end)) => panic!("the victim's wait ended twice, then by {end:?}"),
            Err(error) => panic!("the victim is stuck or failed: {error}"),
        }
    }

    pub(crate) fn dismiss(self) {
        drop(self.orders);
        self.thread.join().expect("the victim ends well");
    }
}

fn obey(order: Order, reports: &Sender<Report>) {
    let unwound = Cell::new(0);
    let report = |end| reports.send(Report::End(end)).expect("the test listens");
    let outcome = interruptible(|| {
        let _frame = Frame(&unwound);
        order.start.leave(order.delay);
        let got = if order.shielded {
            shielded(order.wait)
        } else {
            (order.wait)()
        };
        report(if got { End::Got } else { End::Failed });
    });
    if let Err(exception) = outcome {
        report(End::Interrupted(order.ledger.deliver(&exception)));
    }
    assert_eq!(unwound.get(), 1, "each frame is left once");
    let closed = order.raising.recv();
    assert!(closed.is_err(), "nothing is sent, the channel is closed");
    let late = iter::from_fn(|| interruptible(check_interrupt).err())
        .take(MOST + 1)
        .map(|exception| order.ledger.deliver(&exception))
        .collect();
    reports.send(Report::Over(late)).expect("the test listens");
}

/// A frame whose destructor waits, as cleaning up often does: it must not be interrupted while it unwinds.
struct Frame<'round>(&'round Cell<u32>);

impl Drop for Frame<'_> {
    fn drop(&mut self) {
        static NEVER: Event = Event::new();
        static LOCK: Lock<()> = Lock::new(());
        self.0.set(self.0.get() + 1);
        if std::thread::panicking() {
            drop(LOCK.acquire());
            assert!(!NEVER.wait_timeout(Duration::from_micros(20)));
            check_interrupt();
        }
    }
}
