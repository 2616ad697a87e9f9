//! A relative link in a document leads to a file or a folder of the repository, and its anchor to a
//! heading there.
//!
//! What leads elsewhere is not followed, and what stands in code is no link. Hidden files do not
//! count as files of the repository.

use crate::repository::{Repository, Text, extension};
use crate::violation::Violation;

pub(super) fn check(repository: &Repository) -> Vec<Violation> {
    let documents = repository
        .texts
        .iter()
        .filter(|text| extension(&text.path) == "md");
    documents
        .flat_map(|document| check_document(repository, document))
        .collect()
}

fn check_document(repository: &Repository, document: &Text) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (number, line) in prose(&document.text) {
        let prose: String = line.split('`').step_by(2).collect();
        for link in links_in(&prose).filter(|link| !leads_elsewhere(link)) {
            if let Err(message) = follow(repository, document, link) {
                violations.push(Violation::new(&document.path, number, message));
            }
        }
    }
    violations
}

/// The lines outside fenced blocks, with their numbers.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut is_fenced = false;
    let lines = text.lines().enumerate().filter(move |(_, line)| {
        let is_fence = line.trim_start().starts_with("```");
        is_fenced ^= is_fence;
        !is_fenced && !is_fence
    });
    lines.map(|(index, line)| (index + 1, line))
}

/// The targets of `[…](target)`, `[…](target "title")` and `[…]: target`.
fn links_in(line: &str) -> impl Iterator<Item = &str> {
    let inline = line.split("](").skip(1);
    let defined = line
        .strip_prefix('[')
        .and_then(|line| line.split_once("]: "));
    inline
        .chain(defined.map(|(_, target)| target))
        .filter_map(|target| target.split([')', ' ']).next())
}

fn leads_elsewhere(link: &str) -> bool {
    link.contains("://") || link.starts_with("mailto:")
}

/// Or says what is not there.
fn follow(repository: &Repository, from: &Text, link: &str) -> Result<(), String> {
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    let missing = || format!("the link {link} leads to nothing in the repository");
    let path = match path {
        "" => from.path.clone(),
        path => resolve(&from.path, path).ok_or_else(missing)?,
    };
    let is_there = |there: &str| {
        let below = there.strip_prefix(&path);
        below.is_some_and(|below| path.is_empty() || below.is_empty() || below.starts_with('/'))
    };
    if !repository.paths().any(is_there) {
        return Err(missing());
    }
    match repository.text(&path) {
        Some(to) if !anchor.is_empty() && !anchors(&to.text).any(|there| there == anchor) => {
            Err(format!("{path} has no heading #{anchor}"))
        }
        _ => Ok(()),
    }
}

/// From the root; `None` if the link leads out of it.
fn resolve(document: &str, link: &str) -> Option<String> {
    let mut parts: Vec<_> = document.split('/').collect();
    parts.pop();
    for part in link.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// What the headings are called in links: in small letters, without punctuation, with hyphens for
/// blanks.
fn anchors(text: &str) -> impl Iterator<Item = String> {
    let headings = prose(text).filter(|(_, line)| line.starts_with('#'));
    headings.map(|(_, line)| {
        let heading = line.trim_start_matches('#').trim().to_lowercase();
        let kept = heading.chars().filter_map(|c| match c {
            ' ' => Some('-'),
            c => (c.is_alphanumeric() || "-_".contains(c)).then_some(c),
        });
        kept.collect()
    })
}
