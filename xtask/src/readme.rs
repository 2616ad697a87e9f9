//! Executes the commands that the README tells a newcomer to type, so that the two cannot drift.
//!
//! They stand in the first fenced block after a line that says `<!-- commands -->`, one per line. No
//! other step does what they do: plain cargo runs tests and doctests here only.

use std::process::Command;

use crate::Result;
use crate::command;
use crate::suite;
use crate::workspace::{self, Workspace};

const MARKER: &str = "<!-- commands -->";

/// Says how many commands ran, and how many tests passed in them.
pub(crate) fn run_commands(workspace: &Workspace) -> Result<String> {
    let commands = commands(workspace)?;
    let mut passed = 0;
    for line in &commands {
        let mut shell = Command::new("sh");
        shell.current_dir(&workspace.root).args(["-c", line]);
        passed += suite::passed(&command::run_and_read(&mut shell)?);
    }
    Ok(format!(
        "{passed} tests and doctests passed ({} commands of README.md)",
        commands.len()
    ))
}

/// The commands, as they stand there.
pub(crate) fn commands(workspace: &Workspace) -> Result<Vec<String>> {
    let readme = workspace::read(&workspace.root.join("README.md"))?;
    Ok(commands_in(&readme)?
        .into_iter()
        .map(String::from)
        .collect())
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
