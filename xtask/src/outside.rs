//! Programs outside the workspace, built as no package in it can be.

mod aborting;
mod package;
mod plugin;
mod queue_alone;

use crate::{Result, Workspace};

pub(crate) fn check(workspace: &Workspace) -> Result<String> {
    let notes = [
        queue_alone::check(workspace)?,
        aborting::check(workspace)?,
        plugin::check(workspace)?,
    ];
    Ok(notes.join("; "))
}
