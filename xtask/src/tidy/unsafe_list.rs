//! UNSAFE.md lists exactly the modules that lift the ban on unsafe code.
//!
//! A row of its table begins with the module's path in backticks.

use crate::repository::Repository;
use crate::source::{Source, words};
use crate::violation::Violation;

const LIST: &str = "UNSAFE.md";

pub(super) fn check(repository: &Repository) -> Vec<Violation> {
    let listed = listed(repository);
    let lifts: Vec<_> = repository.sources.iter().flat_map(lifts_in).collect();
    let wrong = lifts.iter().filter_map(|lift| {
        let message = if !lift.is_of_module {
            "lift the ban for the whole module: `#![expect(unsafe_code, reason = …)]`"
        } else if !listed.iter().any(|(_, path)| *path == lift.path) {
            "the module uses unsafe code and has no row in UNSAFE.md"
        } else {
            return None;
        };
        Some(Violation::new(lift.path, lift.line, message))
    });
    let needless = listed
        .iter()
        .filter(|(_, path)| !lifts.iter().any(|lift| lift.path == *path));
    let needless = needless.map(|(number, path)| {
        let message = format!("{path} does not lift the ban on unsafe code, or does not exist");
        Violation::new(LIST, *number, message)
    });
    wrong.chain(needless).collect()
}

/// A place where the ban is lifted.
struct Lift<'a> {
    path: &'a str,
    line: usize,
    /// As it should be: for the module, by an `expect`, which says when it has become needless.
    is_of_module: bool,
}

fn lifts_in(source: &Source) -> impl Iterator<Item = Lift<'_>> {
    source.numbered().filter_map(|(number, line)| {
        words(&line.code).find(|word| *word == "unsafe_code")?;
        // An attribute may be broken over lines: the nearest one above, or here, is meant.
        let mut above = source.lines[..number].iter().rev();
        let attribute = above.find(|line| line.code.trim_start().starts_with('#'))?;
        let lifts = words(&attribute.code).any(|word| ["expect", "allow"].contains(&word));
        lifts.then(|| Lift {
            path: &source.path,
            line: number,
            is_of_module: attribute.code.trim_start().starts_with("#![expect"),
        })
    })
}

/// The paths in the list, with their lines.
fn listed(repository: &Repository) -> Vec<(usize, &str)> {
    let text = repository.text(LIST).map_or("", |list| &list.text);
    let rows = text.lines().enumerate().filter_map(|(index, line)| {
        let (path, _) = line.strip_prefix("| `")?.split_once('`')?;
        Some((index + 1, path))
    });
    rows.collect()
}
