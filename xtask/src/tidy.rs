//! The rules of STYLE.md that neither the compiler nor clippy knows.
//!
//! Each check is a function from the repository's files to violations, in a module named after what
//! it looks at. All run as one ordinary test, too (`tidy::tests::this_repository_is_tidy`).

mod clippy_settings;
mod doctests;
mod forbidden;
mod headers;
mod layers;
mod links;
mod names;
mod orderings;
mod sizes;
mod unsafe_list;

use crate::Result;
use crate::repository::Repository;
use crate::violation::Violation;
use crate::workspace::Workspace;

/// `cargo xtask tidy`: shows every violation.
pub(crate) fn run(workspace: &Workspace) -> Result {
    let violations = check(&Repository::read(&workspace.root)?);
    for violation in &violations {
        println!("{violation}");
    }
    match violations.len() {
        0 => Ok(()),
        1 => Err("1 violation of STYLE.md".into()),
        n => Err(format!("{n} violations of STYLE.md").into()),
    }
}

const CHECKS: [fn(&Repository) -> Vec<Violation>; 10] = [
    layers::check,
    sizes::check,
    headers::check,
    names::check,
    unsafe_list::check,
    clippy_settings::check,
    orderings::check,
    forbidden::check,
    doctests::check,
    links::check,
];

fn check(repository: &Repository) -> Vec<Violation> {
    CHECKS.iter().flat_map(|check| check(repository)).collect()
}

#[cfg(test)]
mod tests;
