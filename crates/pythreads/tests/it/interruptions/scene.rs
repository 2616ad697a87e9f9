//! What a scene says of a kind of wait.

use std::time::Duration;

/// Whom one `give` lets go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Share {
    /// One waiter, and if nobody waits, the next one.
    One,
    /// All, also those who come later.
    All,
    /// The two wait for each other: both get it or none.
    Together,
    /// There is one thread, and nothing to wait for but time and interrupts.
    Nothing,
}

impl Share {
    /// How often to give so that both threads can go.
    pub(crate) fn enough_for_all(self) -> usize {
        if self == Self::One { 2 } else { 1 }
    }
}

/// A kind of wait. Two threads wait in each round.
pub(crate) trait Scene: Send + Sync + 'static {
    const SHARE: Share;
    const CAN_GIVE: bool = matches!(Self::SHARE, Share::One | Share::All);
    const IS_INTERRUPTIBLE: bool = true;

    /// Makes it so that a wait has to wait.
    fn prepare(&self) {}

    /// Waits; `false` if it had patience and lost it, or the other one did.
    fn wait(&self, patience: Option<Duration>) -> bool;

    /// Brings about what is waited for.
    fn give(&self) {}

    /// Checks, after a round, that nothing is left of it.
    fn assert_at_rest(&self) {}
}

/// A wait without limit, which ends by what it waits for or not at all.
pub(crate) fn endless(wait: impl FnOnce()) -> bool {
    wait();
    true
}
