//! How a crew stands.

use super::{Crew, source};

/// How a crew stands at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolStats {
    /// Workers, being started ones included.
    pub workers: usize,
    /// Those of them that have no task.
    pub idle: usize,
    /// Tasks that nobody has begun, each item of an eager map among them.
    pub pending: usize,
}

impl Crew {
    /// How the crew stands at this moment.
    pub fn stats(&self) -> PoolStats {
        let (mut stats, sources) = {
            let roster = self.roster.lock();
            let stats = PoolStats {
                workers: roster.alive,
                idle: roster.sleeping + roster.looking,
                pending: roster.pending(),
            };
            (stats, roster.sources.all())
        };
        stats.pending += source::waiting(sources);
        stats
    }
}
