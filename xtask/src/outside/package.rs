//! A package that is generated in the target folder, and so belongs to no workspace but its own.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Result;
use crate::workspace::{self, Workspace};

pub(super) struct Package<'workspace> {
    workspace: &'workspace Workspace,
    folder: PathBuf,
}

impl<'workspace> Package<'workspace> {
    /// A package of this name, whose manifest goes on with `manifest`, with these sources: paths and texts.
    ///
    /// The workspace's lock file goes with it, so that it builds with the versions that were tested, and without a network.
    pub(super) fn generate(
        workspace: &'workspace Workspace,
        name: &str,
        manifest: &str,
        sources: &[(&str, &str)],
    ) -> Result<Self> {
        let folder = workspace.target.join("outside").join(name);
        workspace::fresh_folder(&folder)?;
        fs::write(
            folder.join("Cargo.toml"),
            manifest_of(name, manifest, &workspace.root),
        )?;
        for (path, text) in sources {
            let path = folder.join(path);
            path.parent().map(fs::create_dir_all).transpose()?;
            fs::write(path, text)?;
        }
        fs::copy(workspace.root.join("Cargo.lock"), folder.join("Cargo.lock"))?;
        Ok(Self { workspace, folder })
    }

    /// Cargo, in its folder. All of them share what they build.
    pub(super) fn cargo(&self, args: impl IntoIterator<Item: AsRef<OsStr>>) -> Command {
        let mut command = self.workspace.cargo(args);
        command
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", self.built());
        command
    }

    /// Where cargo puts what it builds.
    pub(super) fn built(&self) -> PathBuf {
        self.workspace.target.join("outside").join("target")
    }
}

/// The empty `[workspace]` keeps it out of the workspace in whose target folder it lies; `{crates}` is where ours are.
fn manifest_of(name: &str, manifest: &str, root: &Path) -> String {
    let manifest = manifest.replace("{crates}", &root.join("crates").display().to_string());
    format!(
        "\
[package]
name = \"{name}\"
version = \"0.0.0\"
edition = \"2024\"

[workspace]

{manifest}"
    )
}
