//! Every file says first what it is.

use crate::repository::Repository;
use crate::violation::Violation;

pub(super) fn check(repository: &Repository) -> Vec<Violation> {
    let silent = repository.sources.iter().filter(|source| {
        let first = source.lines.first();
        !first.is_some_and(|line| line.comment.starts_with("//!"))
    });
    silent
        .map(|source| Violation::new(&source.path, 1, "the file must open with `//!`: what it is"))
        .collect()
}
