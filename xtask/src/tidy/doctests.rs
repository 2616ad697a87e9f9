//! Code in prose is compiled: no fenced block is marked `ignore`.

use crate::repository::{Repository, extension};
use crate::violation::Violation;

pub(super) fn check(repository: &Repository) -> Vec<Violation> {
    let in_sources = repository.sources.iter().flat_map(|source| {
        let ignored = source
            .numbered()
            .filter(|(_, line)| is_ignored_block(line.comment.trim_start_matches(['/', '!'])));
        ignored.map(|(number, _)| violation(&source.path, number))
    });
    let documents = repository
        .texts
        .iter()
        .filter(|text| extension(&text.path) == "md");
    let in_documents = documents.flat_map(|document| {
        let lines = document.text.lines().enumerate();
        let ignored = lines.filter(|(_, line)| is_ignored_block(line));
        ignored.map(|(index, _)| violation(&document.path, index + 1))
    });
    in_sources.chain(in_documents).collect()
}

/// Whether the line opens a fenced block with `ignore`, or `ignore-<platform>`, among its words.
fn is_ignored_block(line: &str) -> bool {
    let info = line.trim().strip_prefix("```").unwrap_or_default();
    info.split([',', ' '])
        .any(|word| word.starts_with("ignore"))
}

fn violation(path: &str, line: usize) -> Violation {
    let message =
        "no doctest is ignored: use `no_run`, `compile_fail`, or `text` for what is not Rust";
    Violation::new(path, line, message)
}
