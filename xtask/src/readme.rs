//! Executes the commands that the README tells a newcomer to type, so that the two cannot drift.
//!
//! They stand in the first fenced block after a line that says `<!-- commands -->`, one per line.

use std::process::Command;

use crate::Result;
use crate::command;
use crate::workspace::{self, Workspace};

const MARKER: &str = "<!-- commands -->";

/// Says how many commands ran.
pub(crate) fn run_commands(workspace: &Workspace) -> Result<String> {
    let readme = workspace::read(&workspace.root.join("README.md"))?;
    let commands = commands_in(&readme)?;
    for line in &commands {
        let mut shell = Command::new("sh");
        shell.current_dir(&workspace.root).args(["-c", line]);
        command::run(&mut shell)?;
    }
    Ok(format!("{} commands", commands.len()))
}

/// The lines of the block, but for blank lines and comments.
fn commands_in(readme: &str) -> Result<Vec<&str>> {
    let mut lines = readme.lines().map(str::trim);
    if !lines.any(|line| line == MARKER) {
        return Err(format!("README.md has no line `{MARKER}`").into());
    }
    if !lines.any(|line| line.starts_with("```")) {
        return Err(format!("README.md has no fenced block after `{MARKER}`").into());
    }
    let commands: Vec<_> = lines
        .take_while(|line| !line.starts_with("```"))
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect();
    if commands.is_empty() {
        return Err(format!("the block after `{MARKER}` in README.md has no command").into());
    }
    Ok(commands)
}

#[cfg(test)]
mod tests;
