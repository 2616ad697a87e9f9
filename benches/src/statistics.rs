//! The middle of a set of measurements, and how far they lie apart.

/// Median and spread of a set of measurements.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// The middle one, or the mean of the two in the middle.
    pub median: f64,
    /// The tenth percentile.
    pub low: f64,
    /// The ninetieth percentile.
    pub high: f64,
}

impl Spread {
    /// Of at least one measurement, in any order.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub fn of(mut measurements: Vec<f64>) -> Self {
        assert!(!measurements.is_empty(), "expected measurements, got none");
        measurements.sort_by(f64::total_cmp);
        Self {
            median: percentile(&measurements, 50),
            low: percentile(&measurements, 10),
            high: percentile(&measurements, 90),
        }
    }
}

/// Between two measurements, their weighted mean.
#[expect(
    clippy::cast_precision_loss,
    reason = "the remainder of a division by 100"
)]
fn percentile(sorted: &[f64], percent: usize) -> f64 {
    let place = (sorted.len() - 1) * percent;
    let (lower, upper) = (sorted[place / 100], sorted[place.div_ceil(100)]);
    lower + (upper - lower) * (place % 100) as f64 / 100.0
}
