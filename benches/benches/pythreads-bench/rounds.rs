//! Rounds in which all implementations take turns, so that a drifting machine hits all alike.

use std::time::{Duration, Instant};

use pythreads_benches::{Implementation, Role, Scenario as Compared, Spread};
use test_support::counting_alloc::{Traffic, traffic_in_process};

use crate::clock::Elapsed;
use crate::scenario::{Contestant, Run, Scenario};

/// How much is measured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rounds {
    /// How often each implementation has its turn.
    pub(crate) count: usize,
    /// About how long a turn takes; where one iteration takes longer, a turn is one iteration.
    pub(crate) turn: Duration,
}

impl Rounds {
    pub(crate) const QUICK: Self = Self {
        count: 11,
        turn: Duration::from_millis(50),
    };
    pub(crate) const FULL: Self = Self {
        count: 25,
        turn: Duration::from_millis(120),
    };

    /// Measures everybody: first alone, to learn how many iterations make a turn, then in turns, then what they allocate.
    pub(crate) fn compare(&self, scenario: &Scenario) -> Compared {
        let mut lanes: Vec<_> = scenario
            .contestants
            .iter()
            .map(|contestant| Lane::new(contestant, *self))
            .collect();
        for round in 0..self.count_for(&lanes) {
            // Nobody always follows the same neighbour.
            let first = round % lanes.len();
            let (before, after) = lanes.split_at_mut(first);
            for lane in after.iter_mut().chain(before) {
                lane.take_turn();
            }
        }
        let implementations = lanes
            .into_iter()
            .map(|lane| lane.finish(scenario.operations))
            .collect();
        Compared::new(
            scenario.name.clone(),
            scenario.unit.to_owned(),
            implementations,
        )
    }
}

impl Rounds {
    /// Fewer where somebody's single iteration is much longer than a turn, but never fewer than three.
    fn count_for(&self, lanes: &[Lane<'_>]) -> usize {
        let longest = lanes.iter().map(|lane| lane.time).max();
        let budget = self.turn.as_nanos() * self.count as u128 * 2;
        let fitting = budget / longest.unwrap_or(self.turn).max(self.turn).as_nanos();
        usize::try_from(fitting)
            .unwrap_or(self.count)
            .clamp(3, self.count)
    }
}

/// Does one iteration of everything, for its checks.
pub(crate) fn check(scenario: &Scenario) {
    for contestant in &scenario.contestants {
        contestant.open()(1);
    }
}

struct Lane<'a> {
    contestant: &'a Contestant,
    /// In one turn.
    iterations: u64,
    /// How long one turn takes, at least one iteration.
    time: Duration,
    turns: Vec<Elapsed>,
}

impl<'a> Lane<'a> {
    /// Counts with the whole time of an iteration, also what it does before and after it is measured.
    fn new(contestant: &'a Contestant, rounds: Rounds) -> Self {
        let mut run = contestant.open();
        let mut iterations = 1;
        let time = loop {
            let start = Instant::now();
            run(iterations);
            let time = start.elapsed().max(Duration::from_nanos(1));
            if time * 2 > rounds.turn {
                break time;
            }
            iterations *= 2;
        };
        let fitting = rounds.turn.as_nanos() * u128::from(iterations) / time.as_nanos();
        Self {
            contestant,
            iterations: u64::try_from(fitting).unwrap_or(u64::MAX).max(1),
            time,
            turns: Vec::new(),
        }
    }

    /// With everything set up anew, so that nobody's idle pool disturbs the others, and warm.
    fn take_turn(&mut self) {
        let mut run = self.warm();
        self.turns.push(run(self.iterations));
    }

    /// One iteration that is a whole turn warms itself.
    fn warm(&self) -> Run {
        let mut run = self.contestant.open();
        if self.iterations > 1 {
            run(self.iterations.div_ceil(10));
        }
        run
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "what is lost lies far below the noise"
    )]
    fn finish(self, operations: u64) -> Implementation {
        let operations = (self.iterations * operations) as f64;
        let of_one = |time: Duration| time.as_secs_f64() * 1e9 / operations;
        let wall = Spread::of(self.turns.iter().map(|turn| of_one(turn.wall)).collect());
        let cpu = Spread::of(self.turns.iter().map(|turn| of_one(turn.cpu)).collect());
        let traffic = self.count_allocations();
        Implementation {
            name: self.contestant.name.to_owned(),
            version: self.contestant.version.clone(),
            role: self.contestant.role,
            median: wall.median,
            low: wall.low,
            high: wall.high,
            cpu: cpu.median,
            allocs: traffic.map(|traffic| traffic.allocations as f64 / operations),
            bytes: traffic.map(|traffic| traffic.bytes as f64 / operations),
        }
    }

    /// What Python asks of its allocator is not seen here.
    fn count_allocations(&self) -> Option<Traffic> {
        if self.contestant.role == Role::Python {
            return None;
        }
        let mut run = self.warm();
        Some(traffic_in_process(|| run(self.iterations)))
    }
}
