//! Where things lie: the repository, its target folder, cargo itself.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Result;

#[derive(Debug)]
pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    /// Where cargo builds, whichever way it was told so.
    pub(crate) target: PathBuf,
}

impl Workspace {
    pub(crate) fn find() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("..")
            .canonicalize()?;
        // This program is `<target>/<profile>/xtask`.
        let exe = env::current_exe()?;
        let target = exe
            .ancestors()
            .nth(2)
            .ok_or_else(|| format!("{} does not lie in a target folder", exe.display()))?;
        Ok(Self {
            root,
            target: target.to_owned(),
        })
    }

    /// The cargo that runs this program, to be run in the root with these arguments.
    pub(crate) fn cargo(&self, args: impl IntoIterator<Item: AsRef<OsStr>>) -> Command {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command.current_dir(&self.root).args(args);
        command
    }
}

/// The text of a file, or an error that names the file.
pub(crate) fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path)
        .map_err(|error| format!("cannot read {}: {error}", path.display()).into())
}

/// An empty folder at this path, whatever was there.
pub(crate) fn fresh_folder(path: &Path) -> Result {
    let made = match fs::remove_dir_all(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => fs::create_dir_all(path),
    };
    made.map_err(|error| format!("cannot make {}: {error}", path.display()).into())
}
