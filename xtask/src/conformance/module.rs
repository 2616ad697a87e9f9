//! The modules of Python, and which crates of ours keep their rules.

use crate::source::Source;

#[derive(Debug)]
pub(super) struct Module {
    /// Also the name of its page.
    pub(super) name: &'static str,
    /// The letters of its families of rules. Another module may use a letter for something else.
    pub(super) families: &'static str,
    /// Folders in `crates/` whose tests count.
    pub(super) crates: &'static [&'static str],
}

pub(super) const MODULES: [Module; 4] = [
    Module {
        name: "threading",
        families: "LRCSVBTNHIXDGK",
        crates: &["sync-primitives", "threading"],
    },
    Module {
        name: "queue",
        families: "QOJZM",
        crates: &["queue"],
    },
    Module {
        name: "concurrent-futures",
        families: "FWAEMPXR",
        crates: &["concurrent-futures", "task-engine"],
    },
    Module {
        name: "multiprocessing-pool",
        families: "YKMIUZ",
        crates: &["multiprocessing-pool"],
    },
];

impl Module {
    pub(super) fn page(&self) -> String {
        format!("docs/conformance/{}.md", self.name)
    }

    /// Whether the file holds tests of the module: `tests/…` or `src/…/tests.rs` of its crates.
    pub(super) fn is_tested_in(&self, source: &Source) -> bool {
        let mut parts = source.path.split('/');
        parts.next() == Some("crates")
            && parts.next().is_some_and(|name| self.crates.contains(&name))
            && match parts.next() {
                Some("tests") => true,
                Some("src") => parts.next_back() == Some("tests.rs"),
                _ => false,
            }
    }
}
