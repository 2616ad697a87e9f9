//! A program built with `panic = "abort"`, which no test is: how it ends, and what cannot be raised in it.

use super::package::Package;
use crate::command;
use crate::{Result, Workspace};

const MANIFEST: &str = "\
[dependencies]
pythreads-threading = { path = '{crates}/threading' }

[profile.dev]
panic = \"abort\"
";

pub(super) fn check(workspace: &Workspace) -> Result<String> {
    let sources = [("src/main.rs", include_str!("programs/aborting.rs"))];
    let package = Package::generate(workspace, "aborting", MANIFEST, &sources)?;
    command::run(&mut package.cargo(["run"]))?;
    Ok("a program whose panics abort ends as it should".to_owned())
}
