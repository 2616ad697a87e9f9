//! The tests of the workspace.

use std::fmt;

use crate::command::{output_of, run, run_and_read};
use crate::{Result, Workspace};

/// `cargo xtask test`: all tests, or what the arguments say.
pub(crate) fn test(workspace: &Workspace, args: &[String]) -> Result {
    let runner = Runner::of(workspace);
    println!("tests run with {runner}");
    let selection: Vec<_> = match args {
        [] => vec!["--workspace"],
        args => args.iter().map(String::as_str).collect(),
    };
    run(&mut workspace.cargo(runner.command().iter().copied().chain(selection)))
}

/// Every test of the workspace in a process of its own, with a time limit. Says how many passed.
///
/// That takes nextest: without it this would be what the step `readme` does.
pub(crate) fn test_all(workspace: &Workspace) -> Result<String> {
    match Runner::of(workspace) {
        Runner::Nextest => {
            let arguments = ["nextest", "run", "--workspace", "--profile", "ci"];
            let written = run_and_read(&mut workspace.cargo(arguments))?;
            Ok(format!("{} tests passed (cargo nextest)", passed(&written)))
        }
        Runner::CargoTest => {
            println!(
                "cargo nextest is not installed: the step readme runs the tests, by cargo test"
            );
            Ok("skipped: cargo nextest is not installed".to_owned())
        }
    }
}

/// What runs the tests.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Runner {
    Nextest,
    CargoTest,
}

impl Runner {
    pub(crate) fn of(workspace: &Workspace) -> Self {
        match output_of(&mut workspace.cargo(["nextest", "--version"])) {
            Some(_) => Self::Nextest,
            None => Self::CargoTest,
        }
    }

    pub(crate) fn command(self) -> &'static [&'static str] {
        match self {
            Self::Nextest => &["nextest", "run"],
            Self::CargoTest => &["test"],
        }
    }

    /// What lets it pass where no test has the name that was asked for.
    pub(crate) fn none_to_run_is_fine(self) -> &'static [&'static str] {
        match self {
            Self::Nextest => &["--no-tests=pass"],
            Self::CargoTest => &[],
        }
    }

    /// How the profile to build with is named.
    pub(crate) fn profile_option(self) -> &'static str {
        match self {
            Self::Nextest => "--cargo-profile",
            Self::CargoTest => "--profile",
        }
    }
}

impl fmt::Display for Runner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nextest => "cargo nextest",
            Self::CargoTest => "cargo test, since cargo nextest is not installed",
        })
    }
}

/// How many tests passed, by the last words of either runner: `28 tests run: 27 passed, 1 failed`,
/// or, once per binary, `test result: ok. 8 passed; 0 failed`.
pub(crate) fn passed(written: &str) -> usize {
    written
        .lines()
        .filter(|line| {
            let is_summary = line.contains(" tests run: ") || line.contains(" test run: ");
            is_summary || line.starts_with("test result: ")
        })
        .filter_map(|line| {
            let (before, _) = line.split_once(" passed")?;
            before.rsplit(' ').next()?.parse::<usize>().ok()
        })
        .sum()
}

#[cfg(test)]
mod tests;
