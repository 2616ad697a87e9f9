//! What an example did: its lines, its exit code, its time.

use std::time::Duration;
use test_support::child::{Child, Outcome};
use test_support::{Watchdog, watchdog};

/// An example that has run and ended with code 0.
#[derive(Debug)]
pub(crate) struct Example {
    outcome: Outcome,
    _watchdog: Watchdog,
}

impl Example {
    #[track_caller]
    pub(crate) fn run(program: &str) -> Example {
        let watchdog = watchdog();
        let outcome = Child::new(program).run();
        outcome.assert_success();
        Example {
            outcome,
            _watchdog: watchdog,
        }
    }

    /// Not less than it must sleep; and not much more, on a machine that may be busy.
    #[track_caller]
    pub(crate) fn takes_at_least(self, milliseconds: u64) -> Example {
        let (least, slack) = (Duration::from_millis(milliseconds), Duration::from_secs(4));
        let elapsed = self.outcome.elapsed;
        assert!(
            elapsed >= least,
            "too fast, at least {least:?} expected: {}",
            self.outcome
        );
        assert!(
            elapsed < least + slack,
            "too slow, {least:?} expected: {}",
            self.outcome
        );
        self
    }

    #[track_caller]
    pub(crate) fn prints(self, lines: &[&str]) -> Example {
        assert_eq!(self.lines(), lines, "{}", self.outcome);
        self
    }

    /// For lines that several threads print.
    #[track_caller]
    pub(crate) fn prints_in_any_order(self, lines: &[&str]) -> Example {
        let (mut printed, mut expected) = (self.lines(), lines.to_vec());
        printed.sort_unstable();
        expected.sort_unstable();
        assert_eq!(printed, expected, "{}", self.outcome);
        self
    }

    /// Of lines that several threads print, those whose order is certain.
    #[track_caller]
    pub(crate) fn prints_before(self, earlier: &str, later: &str) -> Example {
        let place = |line| self.lines().iter().rposition(|printed| *printed == line);
        let (first, second) = (place(earlier), place(later));
        assert!(
            first.is_some() && first < second,
            "{earlier:?}, {later:?}: {}",
            self.outcome
        );
        self
    }

    pub(crate) fn lines(&self) -> Vec<&str> {
        self.outcome.stdout.lines().collect()
    }
}
