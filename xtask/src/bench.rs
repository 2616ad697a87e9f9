//! The benchmarks: builds their program, runs it, and makes pages of its report.

mod chart;
mod markdown;
mod page;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap::Parser;
use pythreads_benches::Report;
use serde_json::Value;

use crate::command::{output_of, run as run_command};
use crate::workspace::{fresh_folder, read};
use crate::{Result, Workspace};

/// The program, and the bench target that builds it.
const PROGRAM: &str = "pythreads-bench";

/// Measures everything beside its rivals, and writes a report to target/bench-report
#[derive(Debug, Parser)]
#[command(name = "cargo xtask bench")]
struct Options {
    /// Few and short rounds: some minutes for everything
    #[arg(long)]
    quick: bool,

    /// Only scenarios whose names contain this; may be given several times
    #[arg(long, value_name = "SCENARIO")]
    only: Vec<String>,

    /// How many workers pools have; several numbers, as in 1,2,4,8, also draw curves
    #[arg(long, value_name = "N")]
    threads: Option<String>,

    /// Leave Python out
    #[arg(long)]
    no_python: bool,

    /// Only build the program, so that it can be copied to another machine
    #[arg(long)]
    build: bool,

    /// Run nothing, and make pages of a report that is there, from another machine perhaps
    #[arg(long, value_name = "REPORT")]
    render: Option<PathBuf>,
}

/// `cargo xtask bench`.
pub(crate) fn run(workspace: &Workspace, args: &[String]) -> Result {
    let words = ["cargo xtask bench"].into_iter();
    let options = Options::parse_from(words.chain(args.iter().map(String::as_str)));
    let folder = workspace.target.join("bench-report");
    if let Some(report) = &options.render {
        return render(report, &folder);
    }
    fresh_folder(&folder)?;
    let program = folder.join(PROGRAM);
    fs::copy(build(workspace, &["--profile", "bench"])?, &program)?;
    println!("the program is {}", program.display());
    if options.build {
        return Ok(());
    }
    let report = folder.join("report.json");
    run_command(
        options
            .pass_on(&mut Command::new(program))
            .arg("--out")
            .arg(&report),
    )?;
    render(&report, &folder)
}

/// The step of the gate: everything once, untimed, so that each scenario checks its results.
pub(crate) fn check(workspace: &Workspace) -> Result<String> {
    let program = build(workspace, &["--profile", "dev"])?;
    run_command(Command::new(program).arg("--check"))?;
    Ok(String::new())
}

impl Options {
    fn pass_on<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        let switches = [("--quick", self.quick), ("--no-python", self.no_python)];
        let switches = switches.into_iter().filter(|(_, is_set)| *is_set);
        command.args(switches.map(|(switch, _)| switch));
        for only in &self.only {
            command.arg("--only").arg(only);
        }
        if let Some(threads) = &self.threads {
            command.arg("--threads").arg(threads);
        }
        command
    }
}

/// Builds the program and says where it lies.
fn build(workspace: &Workspace, profile: &[&str]) -> Result<PathBuf> {
    let words = [
        "bench",
        "--package",
        "pythreads-benches",
        "--bench",
        PROGRAM,
    ];
    let mut cargo = workspace.cargo(words.into_iter().chain(profile.iter().copied()));
    cargo.args(["--no-run", "--message-format", "json-render-diagnostics"]);
    cargo.env("PYTHREADS_BENCH_COMMIT", commit(workspace));
    cargo.env("PYTHREADS_BENCH_TOOLCHAIN", toolchain());
    let written = output_of(cargo.stderr(Stdio::inherit()));
    let written = written.ok_or("the benchmarks cannot be built")?;
    let program = written.lines().find_map(executable_of);
    program.ok_or_else(|| "cargo does not say where the benchmarks lie".into())
}

/// What a message of cargo's says about where the program lies.
fn executable_of(message: &str) -> Option<PathBuf> {
    let message: Value = serde_json::from_str(message).ok()?;
    let is_program = message["target"]["name"] == PROGRAM;
    let path = message["executable"].as_str().filter(|_| is_program)?;
    Some(path.into())
}

fn commit(workspace: &Workspace) -> String {
    let git =
        |args: &[&str]| output_of(Command::new("git").current_dir(&workspace.root).args(args));
    let Some(commit) = git(&["rev-parse", "--short=12", "HEAD"]) else {
        return "unknown".to_owned();
    };
    let is_clean = git(&["status", "--porcelain"]).is_some_and(|changes| changes.is_empty());
    let commit = commit.trim();
    if is_clean {
        commit.to_owned()
    } else {
        format!("{commit}-dirty")
    }
}

fn toolchain() -> String {
    let version = output_of(Command::new("rustc").arg("--version"));
    version.map_or_else(|| "unknown".to_owned(), |version| version.trim().to_owned())
}

/// Makes the pages of a report.
fn render(report: &Path, folder: &Path) -> Result {
    let report: Report = serde_json::from_str(&read(report)?)?;
    fs::create_dir_all(folder)?;
    fs::write(folder.join("report.md"), markdown::page(&report))?;
    let page = folder.join("index.html");
    fs::write(&page, page::page(&report)?)?;
    println!("written: {}", page.display());
    Ok(())
}

#[cfg(test)]
mod tests;
