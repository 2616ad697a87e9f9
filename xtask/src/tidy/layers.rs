//! Arrows between our crates point down only, and one table holds every version and path.

use crate::repository::{Repository, Text};
use crate::toml::{self, Entry};
use crate::violation::Violation;

/// Folder in `crates/`, and the crates of ours that it may use. A crate stands below what uses it.
const LAYERS: [(&str, &[&str]); 8] = [
    ("test-support", &[]),
    ("sync-primitives", &[]),
    ("threading", &["pythreads-sync-primitives"]),
    ("queue", &["pythreads-sync-primitives"]),
    (
        "task-engine",
        &["pythreads-sync-primitives", "pythreads-threading"],
    ),
    (
        "concurrent-futures",
        &[
            "pythreads-sync-primitives",
            "pythreads-threading",
            "pythreads-task-engine",
        ],
    ),
    (
        "multiprocessing-pool",
        &[
            "pythreads-sync-primitives",
            "pythreads-threading",
            "pythreads-task-engine",
            "pythreads-concurrent-futures",
        ],
    ),
    (
        "pythreads",
        &[
            "pythreads-sync-primitives",
            "pythreads-threading",
            "pythreads-queue",
            "pythreads-task-engine",
            "pythreads-concurrent-futures",
            "pythreads-multiprocessing-pool",
        ],
    ),
];

pub(super) fn check(repository: &Repository) -> Vec<Violation> {
    let manifests = repository
        .texts
        .iter()
        .filter(|text| text.path.ends_with("/Cargo.toml"));
    manifests.flat_map(check_manifest).collect()
}

fn check_manifest(manifest: &Text) -> Vec<Violation> {
    let entries = toml::entries(&manifest.text);
    let mut violations = check_versions(manifest, &entries);
    let folder = manifest
        .path
        .strip_prefix("crates/")
        .and_then(|path| path.strip_suffix("/Cargo.toml"));
    if let Some(folder) = folder {
        violations.extend(check_arrows(manifest, &entries, folder));
        violations.extend(check_name(manifest, &entries, folder));
    }
    violations
}

/// A dependency says `name.workspace = true`, or `{ workspace = true, … }`.
fn check_versions(manifest: &Text, entries: &[Entry]) -> Vec<Violation> {
    let own = dependencies(entries).filter(|(_, entry)| {
        !entry.key.ends_with(".workspace") && !entry.value.contains("workspace = true")
    });
    own.map(|(name, entry)| {
        let message = format!("{name} must inherit version and path: `{name}.workspace = true`");
        Violation::new(&manifest.path, entry.line, message)
    })
    .collect()
}

fn check_arrows(manifest: &Text, entries: &[Entry], folder: &str) -> Vec<Violation> {
    let Some((_, allowed)) = LAYERS.iter().find(|(layer, _)| *layer == folder) else {
        let message =
            format!("{folder} has no place in the table of layers (xtask/src/tidy/layers.rs)");
        return vec![Violation::new(&manifest.path, 1, message)];
    };
    let upward = dependencies(entries).filter(|(name, entry)| match *name {
        "test-support" => !entry.table.ends_with("dev-dependencies"),
        name => name.starts_with("pythreads") && !allowed.contains(&name),
    });
    upward
        .map(|(name, entry)| {
            let message =
                format!("{folder} may not use {name}: arrows point down only (ARCHITECTURE.md)");
            Violation::new(&manifest.path, entry.line, message)
        })
        .collect()
}

/// `crates/queue` is the package `pythreads-queue`, so that a folder is found from a name.
fn check_name(manifest: &Text, entries: &[Entry], folder: &str) -> Option<Violation> {
    let name = entries
        .iter()
        .find(|entry| entry.table == "package" && entry.key == "name")?;
    let expected = match folder {
        "pythreads" | "test-support" => folder.to_owned(),
        folder => format!("pythreads-{folder}"),
    };
    let message = format!("the package in crates/{folder} is called {expected}");
    (name.value.trim_matches('"') != expected)
        .then(|| Violation::new(&manifest.path, name.line, message))
}

/// The names of what a package depends on, whether in a table of all or in a table of their own.
fn dependencies(entries: &[Entry]) -> impl Iterator<Item = (&str, &Entry)> {
    entries.iter().filter_map(|entry| {
        let (_, own_table) = entry.table.split_once("dependencies")?;
        let name = own_table.strip_prefix('.').unwrap_or(&entry.key);
        Some((name.split('.').next()?, entry))
    })
}
