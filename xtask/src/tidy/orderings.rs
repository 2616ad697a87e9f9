//! Each memory ordering is argued: an `// ORDERING:` comment names its partner or says why there is
//! none.
//!
//! The comment stands on the line or at most six lines above (an expression may be broken over
//! lines), or covers a run: lines that follow each other and all name an ordering.

use crate::repository::Repository;
use crate::source::{Line, Source};
use crate::violation::Violation;

const ORDERINGS: [&str; 5] = ["Relaxed", "Acquire", "Release", "AcqRel", "SeqCst"];
const REACH: usize = 6;

pub(super) fn check(repository: &Repository) -> Vec<Violation> {
    let libraries = repository
        .sources
        .iter()
        .filter(|source| source.is_library());
    libraries.flat_map(check_source).collect()
}

fn check_source(source: &Source) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut is_run_argued = false;
    for (number, line) in source.numbered() {
        if !names_ordering(&line.code) {
            is_run_argued = false;
        } else if line.code.trim_start().starts_with("use ") {
            let message = "import `Ordering`, not its variants: the check looks for `Ordering::`";
            violations.push(Violation::new(&source.path, number, message));
        } else {
            is_run_argued |= is_argued(&source.lines[..number]);
            if !is_run_argued {
                let message =
                    "the ordering needs an `// ORDERING:` comment: its partner, or why none";
                violations.push(Violation::new(&source.path, number, message));
            }
        }
    }
    violations
}

fn names_ordering(code: &str) -> bool {
    let mut after = code.split("Ordering::").skip(1);
    after.any(|after| {
        after.starts_with(['{', '*'])
            || ORDERINGS.iter().any(|ordering| after.starts_with(ordering))
    })
}

/// Whether the last of these lines has the comment in reach.
fn is_argued(lines: &[Line]) -> bool {
    let mut in_reach = lines.iter().rev().take(1 + REACH);
    in_reach.any(|line| line.comment.contains("ORDERING:"))
}
