//! What is compared: one piece of work, done by several implementations.

use pythreads_benches::Role;

use crate::clock::{Elapsed, Reading};
use crate::versions::version_of;

/// A piece of work, and who does it.
pub(crate) struct Scenario {
    pub(crate) name: String,
    /// What one operation is.
    pub(crate) unit: &'static str,
    /// How many operations one iteration has.
    pub(crate) operations: u64,
    pub(crate) contestants: Vec<Contestant>,
}

/// One implementation of a scenario.
pub(crate) struct Contestant {
    pub(crate) name: &'static str,
    pub(crate) version: String,
    pub(crate) role: Role,
    open: Box<dyn Fn() -> Run>,
}

/// Does the work so many times, checks what came out, and says how long it took without its set-up.
pub(crate) type Run = Box<dyn FnMut(u64) -> Elapsed>;

/// How large the work is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    /// How many workers pools have.
    pub(crate) threads: usize,
    /// By how much large inputs are divided, where nothing is timed.
    pub(crate) divisor: u64,
}

impl Scenario {
    pub(crate) fn new(name: impl Into<String>, unit: &'static str, operations: u64) -> Self {
        Self {
            name: name.into(),
            unit,
            operations,
            contestants: Vec::new(),
        }
    }

    /// What this project does. `open` sets up, which is not measured.
    pub(crate) fn ours<R>(self, open: impl Fn() -> R + 'static) -> Self
    where
        R: FnMut(u64) -> Elapsed + 'static,
    {
        self.with(
            "pythreads",
            version_of("pythreads-benches"),
            Role::Ours,
            open,
        )
    }

    /// What one would otherwise take; `name` is the package's.
    pub(crate) fn rival<R>(self, name: &'static str, open: impl Fn() -> R + 'static) -> Self
    where
        R: FnMut(u64) -> Elapsed + 'static,
    {
        self.with(name, version_of(name), Role::Rival, open)
    }

    /// What does less than is asked for.
    pub(crate) fn floor<R>(self, name: &'static str, open: impl Fn() -> R + 'static) -> Self
    where
        R: FnMut(u64) -> Elapsed + 'static,
    {
        self.with(name, version_of(name), Role::Floor, open)
    }

    /// The original.
    pub(crate) fn python<R>(self, version: String, open: impl Fn() -> R + 'static) -> Self
    where
        R: FnMut(u64) -> Elapsed + 'static,
    {
        self.with("Python", version, Role::Python, open)
    }

    fn with<R>(
        mut self,
        name: &'static str,
        version: String,
        role: Role,
        open: impl Fn() -> R + 'static,
    ) -> Self
    where
        R: FnMut(u64) -> Elapsed + 'static,
    {
        self.contestants.push(Contestant {
            name,
            version,
            role,
            open: Box::new(move || Box::new(open())),
        });
        self
    }
}

impl Contestant {
    /// Sets up: what this returns holds pools and queues, and gives them back when it is dropped.
    pub(crate) fn open(&self) -> Run {
        (self.open)()
    }
}

/// Measures the whole of each iteration.
pub(crate) fn timed(mut iteration: impl FnMut()) -> impl FnMut(u64) -> Elapsed {
    move |iterations| {
        let start = Reading::now();
        for _ in 0..iterations {
            iteration();
        }
        start.elapsed()
    }
}
