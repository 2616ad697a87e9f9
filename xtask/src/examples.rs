//! Runs every example program once: each must end by itself, with code 0, within a limit.
//!
//! A program that the README tells to run is left to the step `readme`, so that none runs twice.

use std::env::consts::EXE_SUFFIX;
use std::fs;
use std::path::Path;
use std::time::Duration;

use test_support::child::Child;

use crate::Result;
use crate::command;
use crate::readme;
use crate::workspace::{self, Workspace};

const LIMIT: Duration = Duration::from_mins(1);

/// Says how many programs ran.
pub(crate) fn run_all(workspace: &Workspace) -> Result<String> {
    command::run(&mut workspace.cargo([
        "build",
        "--release",
        "--package",
        "pythreads-examples",
        "--bins",
    ]))?;
    let mut programs = programs_in(&workspace.root.join("examples/src/bin"))?;
    let commands = readme::commands(workspace)?;
    for told in programs.extract_if(.., |program| is_told(program, &commands)) {
        println!("  {told}: left to the step readme, since README.md tells to run it");
    }
    let failed: Vec<_> = programs
        .iter()
        .filter(|program| !runs(workspace, program))
        .map(String::as_str)
        .collect();
    match (programs.len(), failed.as_slice()) {
        (0, _) => Err("there is no example in examples/src/bin".into()),
        (n, []) => Ok(format!("{n} programs")),
        (n, failed) => Err(format!(
            "{} of {n} examples failed: {}",
            failed.len(),
            failed.join(", ")
        )
        .into()),
    }
}

/// Cargo's rule: `name.rs` or `name/main.rs`.
fn programs_in(folder: &Path) -> Result<Vec<String>> {
    let mut programs = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let is_program = path.extension().is_some_and(|extension| extension == "rs")
            || path.join("main.rs").is_file();
        if let Some(name) = path.file_stem().filter(|_| is_program) {
            programs.push(name.to_string_lossy().into_owned());
        }
    }
    programs.sort();
    Ok(programs)
}

/// Whether one of these commands runs the program.
fn is_told(program: &str, commands: &[String]) -> bool {
    commands.iter().any(|command| {
        let words: Vec<_> = command.split_whitespace().collect();
        words.starts_with(&["cargo", "run"])
            && words.windows(2).any(|pair| pair == ["--bin", program])
    })
}

/// Runs one program in an empty folder of its own and shows how it ended.
fn runs(workspace: &Workspace, program: &str) -> bool {
    match try_run(workspace, program) {
        Ok(seconds) => {
            println!("  {program}: {seconds:.1} s");
            true
        }
        Err(error) => {
            println!("  {program}: {error}");
            false
        }
    }
}

fn try_run(workspace: &Workspace, program: &str) -> Result<f64> {
    let exe = workspace
        .target
        .join("release")
        .join(format!("{program}{EXE_SUFFIX}"));
    let folder = workspace.target.join("example-runs").join(program);
    workspace::fresh_folder(&folder)?;
    let outcome = Child::new(exe).current_dir(folder).limit(LIMIT).try_run()?;
    match outcome.code {
        Some(0) => Ok(outcome.elapsed.as_secs_f64()),
        _ => Err(outcome.to_string().into()),
    }
}

#[cfg(test)]
mod tests;
