//! A source file of more than 600 lines asks for a split into things with names of their own. Tests
//! are not counted; functions are clippy's part (`too_many_lines`).

use crate::repository::Repository;
use crate::violation::Violation;

const LIMIT: usize = 600;

pub(super) fn check(repository: &Repository) -> Vec<Violation> {
    let sources = repository.sources.iter().filter(|source| !source.is_test());
    let large = sources.filter(|source| source.lines.len() > LIMIT);
    large
        .map(|source| {
            let message = format!(
                "{} lines; split what has more than {LIMIT} into things with names of their own",
                source.lines.len()
            );
            Violation::new(&source.path, LIMIT + 1, message)
        })
        .collect()
}
