//! A program that uses the queues alone: it must build, run, and not drag the pools in.

use super::package::Package;
use crate::command;
use crate::{Result, Workspace};

/// All that a user of the queues builds of ours.
const ALLOWED: [&str; 2] = ["pythreads-queue", "pythreads-sync-primitives"];

const MANIFEST: &str = "\
[dependencies]
pythreads-queue = { path = '{crates}/queue' }
";

pub(super) fn check(workspace: &Workspace) -> Result<String> {
    let sources = [("src/main.rs", include_str!("programs/queue_alone.rs"))];
    let package = Package::generate(workspace, "queue-alone", MANIFEST, &sources)?;
    command::run(&mut package.cargo(["run"]))?;
    let mut tree = package.cargo(["tree", "--edges", "normal", "--prefix", "none"]);
    let tree = command::run_and_read(&mut tree)?;
    match strangers(&tree).as_slice() {
        [] => Ok(format!("builds {} only", ALLOWED.join(" and "))),
        strangers => {
            Err(format!("pythreads-queue alone also builds {}", strangers.join(", ")).into())
        }
    }
}

/// Crates of ours in the output of `cargo tree` that have no place there.
fn strangers(tree: &str) -> Vec<&str> {
    let mut strangers: Vec<_> = tree
        .lines()
        .filter_map(|line| line.split(' ').next())
        .filter(|name| name.starts_with("pythreads") && !ALLOWED.contains(name))
        .collect();
    strangers.sort_unstable();
    strangers.dedup();
    strangers
}

#[cfg(test)]
mod tests;
