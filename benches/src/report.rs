//! `report.json`: what was measured, where, of what. Fields are added, never renamed or removed.

use serde::{Deserialize, Serialize};

/// One run of the benchmarks.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Report {
    /// Where it ran.
    pub machine: Machine,
    /// The compiler.
    pub toolchain: String,
    /// The commit of the sources, with `-dirty` where they had been changed.
    pub commit: String,
    /// When it began, in UTC.
    pub date: String,
    /// Whether rounds were few and short.
    pub quick: bool,
    /// Which Python ran beside us, or why none did.
    pub python: String,
    /// All comparisons, in the order of the README.
    pub scenarios: Vec<Scenario>,
    /// How some of them change with the number of threads.
    pub scaling: Vec<Curve>,
}

/// The machine that a report is about.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Machine {
    /// The processor's name.
    pub cpu: String,
    /// How many threads it runs at once, for this process.
    pub threads: usize,
    /// Kernel and architecture.
    pub system: String,
    /// How many tasks wanted to run, over the last minute, when the run began.
    pub load: f64,
}

/// One comparison.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Scenario {
    /// As in the README.
    pub name: String,
    /// What one operation is. All figures are for one.
    pub unit: String,
    /// Who took part, ours first.
    pub implementations: Vec<Implementation>,
    /// Our median, in nanoseconds.
    pub ours: f64,
    /// The fastest rival's name.
    pub best_rival: Option<String>,
    /// Our median, divided by the best rival's: below one, we are faster.
    pub ratio: Option<f64>,
}

/// One contestant of a comparison. Times are nanoseconds for one operation.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Implementation {
    /// The crate, mostly.
    pub name: String,
    /// Of the crate.
    pub version: String,
    /// Who it is to us.
    pub role: Role,
    /// The median of its rounds.
    pub median: f64,
    /// Their tenth percentile.
    pub low: f64,
    /// Their ninetieth percentile.
    pub high: f64,
    /// The median of the processor time that the whole process used.
    pub cpu: f64,
    /// Allocations, where they were counted.
    pub allocs: Option<f64>,
    /// Bytes asked of the allocator, where they were counted.
    pub bytes: Option<f64>,
}

/// Who an implementation is to us.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
#[expect(clippy::exhaustive_enums, reason = "the report's readers are here")]
pub enum Role {
    /// This project.
    Ours,
    /// What one would otherwise take.
    Rival,
    /// What does less than is asked for, to show how far down one could get.
    Floor,
    /// The original.
    Python,
}

/// One implementation of a scenario, over numbers of threads.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Curve {
    /// The family of scenarios.
    pub scenario: String,
    /// What one operation is.
    pub unit: String,
    /// The implementation's name.
    pub implementation: String,
    /// Who it is to us.
    pub role: Role,
    /// By rising numbers of threads.
    pub points: Vec<Point>,
}

/// A point of a curve.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub struct Point {
    /// How many threads took part, or how many workers the pool had.
    pub threads: usize,
    /// Nanoseconds for one operation.
    pub median: f64,
}

impl Scenario {
    /// Compares what was measured.
    ///
    /// # Panics
    ///
    /// If none of the implementations is ours.
    pub fn new(name: String, unit: String, implementations: Vec<Implementation>) -> Self {
        let ours = implementations.iter().find(|one| one.role == Role::Ours);
        let ours = ours.expect("one of the implementations is ours").median;
        let rivals = implementations.iter().filter(|one| one.role == Role::Rival);
        let best = rivals.min_by(|a, b| a.median.total_cmp(&b.median));
        Self {
            name,
            unit,
            ours,
            best_rival: best.map(|best| best.name.clone()),
            ratio: best.map(|best| ours / best.median),
            implementations,
        }
    }
}
