//! What must not be committed: unfinished code, tests that do not run, settings that break builds.

use crate::repository::Repository;
use crate::source::Line;
use crate::violation::Violation;

/// In parts, so that a search for leftovers does not find this file.
const UNFINISHED: [&str; 2] = ["todo", "unimplemented"];
pub(super) const REMINDER: &str = concat!("FIX", "ME");

pub(super) fn check(repository: &Repository) -> Vec<Violation> {
    let sources = repository.sources.iter();
    sources
        .flat_map(|source| {
            let found = source
                .numbered()
                .filter_map(|(number, line)| Some((number, forbidden(line)?)));
            found.map(|(number, message)| Violation::new(&source.path, number, message))
        })
        .collect()
}

fn forbidden(line: &Line) -> Option<String> {
    let code = line.code.trim();
    if let Some(name) = UNFINISHED
        .iter()
        .find(|name| code.contains(&format!("{name}!")))
    {
        return Some(format!(
            "`{name}!` is unfinished code: finish it or leave it out"
        ));
    }
    if line.comment.contains(REMINDER) {
        return Some("a reminder is for an issue, not for the source".to_owned());
    }
    if code.starts_with("#[ignore") {
        return Some(
            "a test that does not run proves nothing: make it run or remove it".to_owned(),
        );
    }
    if code.contains("deny(warnings)") {
        return Some("warnings are errors by a flag in CI, never in the source".to_owned());
    }
    declares_static_mut(code)
        .then(|| "no mutable static: use an atomic, a lock or a cell".to_owned())
}

/// `&'static mut T` is a lifetime, not a declaration.
fn declares_static_mut(code: &str) -> bool {
    code.match_indices("static mut ")
        .any(|(at, _)| !code[..at].ends_with('\''))
}
