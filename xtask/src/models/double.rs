//! A copy of the workspace in which bugs are planted, so that no mistake can leave one in the original.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::engine::Engine;
use super::mutant::Mutant;
use crate::Result;
use crate::suite::Runner;
use crate::workspace::{self, Workspace};

pub(super) struct Double<'workspace> {
    workspace: &'workspace Workspace,
    root: PathBuf,
    engines: Vec<Engine>,
    runner: Runner,
}

impl<'workspace> Double<'workspace> {
    pub(super) fn of(workspace: &'workspace Workspace, engines: &[Engine]) -> Result<Self> {
        let root = workspace.target.join("model-mutants");
        workspace::fresh_folder(&root)?;
        copy(&workspace.root, &root)?;
        Ok(Self {
            workspace,
            root,
            engines: engines.to_vec(),
            runner: Runner::of(workspace),
        })
    }

    /// Which checkers find the bug, and by which scenario of those for what it is in.
    pub(super) fn finders_of(&self, mutant: &Mutant) -> Result<Vec<String>> {
        let path = self.root.join(&mutant.path);
        let text = workspace::read(&path)?;
        write(&path, &mutant.planted_in(&text)?)?;
        let mut finders = Vec::new();
        for engine in &self.engines {
            let failure = self.first_failure(*engine, &[mutant.home], &mutant.scenarios())?;
            finders.extend(failure.map(|scenario| format!("{engine}: {scenario}")));
        }
        write(&path, &text)?;
        Ok(finders)
    }

    /// The first scenario of these crates that fails, of those whose names contain the filter, if one does.
    pub(super) fn first_failure(
        &self,
        engine: Engine,
        crates: &[&str],
        filter: &str,
    ) -> Result<Option<String>> {
        let built = output(self.tests(engine, crates).arg("--no-run"))?;
        if !built.status.success() {
            let errors = String::from_utf8_lossy(&built.stderr).into_owned();
            return Err(format!(
                "the copy in {} does not build:\n{errors}",
                self.root.display()
            )
            .into());
        }
        let run = output(self.tests(engine, crates).arg(filter))?;
        if run.status.success() {
            return Ok(None);
        }
        let [stdout, stderr] =
            [&run.stdout, &run.stderr].map(|bytes| String::from_utf8_lossy(bytes));
        let written = format!("{stdout}\n{stderr}");
        match failure_in(&written) {
            Some(scenario) => Ok(Some(scenario)),
            // The scenarios of a whole crate are one process, which a watchdog ends.
            None if self.runner == Runner::CargoTest => {
                Ok(Some("a scenario that did not end".to_owned()))
            }
            None => Err(format!("no scenario has failed, but the runner has:\n{written}").into()),
        }
    }

    fn tests(&self, engine: Engine, crates: &[&str]) -> Command {
        let mut command = engine.tests(self.workspace, &self.root, self.runner, crates);
        // Not the original's folder: cargo tells workspaces apart by their shape, not by their place, and would take what it
        // finds there, a planted bug included, for up to date.
        let target = self
            .workspace
            .target
            .join(format!("model-mutants-{engine}"));
        command
            .env("CARGO_TERM_COLOR", "never")
            .env("CARGO_TARGET_DIR", target);
        command
    }
}

/// The name of the first test that failed, by the words of either runner: `FAIL [ 0.1s] (1/9) package::model
/// lock::alone`, where the verdict may also be a signal, or `test lock::alone ... FAILED`.
pub(super) fn failure_in(written: &str) -> Option<String> {
    let failed = |line: &str| {
        let mut words = line.split_whitespace();
        let name = match words.next()? {
            "FAIL" | "SIGABRT" | "SIGSEGV" | "TIMEOUT" => words.last(),
            "test" if line.ends_with("FAILED") => words.next(),
            _ => None,
        };
        name.map(str::to_owned)
    };
    written.lines().find_map(failed)
}

fn output(command: &mut Command) -> Result<Output> {
    let output = command.output();
    output.map_err(|error| format!("cannot run cargo: {error}").into())
}

fn write(path: &Path, text: &str) -> Result {
    fs::write(path, text)
        .map_err(|error| format!("cannot write {}: {error}", path.display()).into())
}

/// Copies all that cargo needs.
fn copy(from: &Path, to: &Path) -> Result {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name();
        let target = to.join(&name);
        if entry.file_type()?.is_dir() {
            if name != ".git" && name != "target" {
                fs::create_dir_all(&target)?;
                copy(&entry.path(), &target)?;
            }
        } else if name != ".git" {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
