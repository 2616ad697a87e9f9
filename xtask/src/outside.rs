//! A crate outside the workspace that uses one of ours alone: it must build, run, and not drag the
//! pools in.

use std::fs;
use std::path::Path;

use crate::Result;
use crate::command;
use crate::workspace::{self, Workspace};

/// All that a user of the queues builds of ours.
const ALLOWED: [&str; 2] = ["pythreads-queue", "pythreads-sync-primitives"];

const PROGRAM: &str = r#"//! Uses the queues, and nothing else of the workspace they come from.

use pythreads_queue::Queue;

fn main() {
    let queue = Queue::new();
    assert!(queue.put("item").is_ok());
    assert!(matches!(queue.get(), Ok("item")));
}
"#;

pub(crate) fn check(workspace: &Workspace) -> Result<String> {
    let folder = workspace.target.join("outside");
    generate(workspace, &folder)?;
    command::run(workspace.cargo(["run"]).current_dir(&folder))?;
    let mut tree = workspace.cargo(["tree", "--edges", "normal", "--prefix", "none"]);
    let tree = command::run_and_read(tree.current_dir(&folder))?;
    match strangers(&tree).as_slice() {
        [] => Ok(format!("builds {} only", ALLOWED.join(" and "))),
        strangers => {
            Err(format!("pythreads-queue alone also builds {}", strangers.join(", ")).into())
        }
    }
}

/// The workspace's lock file goes with it, so that it builds with the versions that were tested, and
/// without a network.
fn generate(workspace: &Workspace, folder: &Path) -> Result {
    workspace::fresh_folder(&folder.join("src"))?;
    fs::write(folder.join("Cargo.toml"), manifest(&workspace.root))?;
    fs::write(folder.join("src/main.rs"), PROGRAM)?;
    fs::copy(workspace.root.join("Cargo.lock"), folder.join("Cargo.lock"))?;
    Ok(())
}

/// The empty `[workspace]` keeps it out of the workspace in whose target folder it lies.
fn manifest(root: &Path) -> String {
    format!(
        "\
[package]
name = \"outside\"
version = \"0.0.0\"
edition = \"2024\"

[workspace]

[dependencies]
pythreads-queue = {{ path = '{}' }}
",
        root.join("crates/queue").display()
    )
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
