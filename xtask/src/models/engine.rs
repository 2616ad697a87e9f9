//! The model checkers, and how each runs the scenarios.

use std::env;
use std::fmt;
use std::path::Path;
use std::process::Command;

use crate::suite::Runner;
use crate::workspace::Workspace;

pub(super) const ENGINES: [Engine; 2] = [Engine::Loom, Engine::Shuttle];

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Engine {
    Loom,
    Shuttle,
}

impl Engine {
    fn name(self) -> &'static str {
        match self {
            Self::Loom => "loom",
            Self::Shuttle => "shuttle",
        }
    }

    pub(super) fn option(self) -> String {
        format!("--{self}")
    }

    /// The command that runs the scenarios of these crates of the workspace in `root`. Each checker builds in a folder of
    /// its own, because its flag reaches every dependency.
    pub(super) fn tests(
        self,
        workspace: &Workspace,
        root: &Path,
        runner: Runner,
        crates: &[&str],
    ) -> Command {
        let mut command = self.cargo(workspace, runner.command(), crates);
        command
            .current_dir(root)
            .args([runner.profile_option(), "model", "--test", "model"])
            // Some scenarios are for one of the checkers alone.
            .args(runner.none_to_run_is_fine());
        if self == Self::Loom {
            set_unless_set(&mut command, "LOOM_MAX_PREEMPTIONS", "2");
            set_unless_set(&mut command, "LOOM_MAX_BRANCHES", "10000");
        }
        command
    }

    /// The command that runs clippy over what only this checker builds.
    pub(super) fn lints(self, workspace: &Workspace, crates: &[&str]) -> Command {
        let mut command = self.cargo(workspace, &["clippy"], crates);
        command
            .args(["--profile", "model", "--lib", "--test", "model"])
            .args(["--", "-D", "warnings"]);
        command
    }

    fn cargo(self, workspace: &Workspace, words: &[&str], crates: &[&str]) -> Command {
        let mut command = workspace.cargo(words);
        let flags = env::var("RUSTFLAGS").unwrap_or_default();
        command
            .args(
                crates
                    .iter()
                    .map(|name| format!("--package=pythreads-{name}")),
            )
            .env(
                "RUSTFLAGS",
                format!("{flags} --cfg pythreads_{self}").trim(),
            )
            .env(
                "CARGO_TARGET_DIR",
                workspace.target.join(format!("model-{self}")),
            );
        command
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

fn set_unless_set(command: &mut Command, name: &str, value: &str) {
    if env::var_os(name).is_none() {
        command.env(name, value);
    }
}
