//! What the benchmarks report, and the arithmetic of it. README.md says what each scenario asks, and of whom.

mod report;
mod statistics;

pub use report::{Curve, Implementation, Machine, Point, Report, Role, Scenario};
pub use statistics::Spread;
