//! Instructions counted under callgrind: builds what the benchmark `counts` needs, and runs it.

use std::env;
use std::process::Command;
use std::time::Instant;

use crate::command::{output_of, run as run_command, run_and_read};
use crate::{Result, Workspace, workspace};

/// The program that runs the benchmarks under valgrind; of the library's own version, or it refuses.
const RUNNER: &str = "gungraun-runner";

/// `cargo xtask counts`: all counts, or those the arguments name.
pub(crate) fn run(workspace: &Workspace, args: &[String]) -> Result {
    if !valgrind_is_installed() {
        return Err("valgrind is not installed".into());
    }
    count(workspace, args).map(drop)
}

/// The step of the gate. Says how many were counted.
pub(crate) fn check(workspace: &Workspace) -> Result<String> {
    if valgrind_is_installed() {
        count(workspace, &[])
    } else {
        println!("valgrind is not installed: nothing is counted");
        Ok("skipped: valgrind is not installed".to_owned())
    }
}

fn valgrind_is_installed() -> bool {
    output_of(Command::new("valgrind").arg("--version")).is_some()
}

fn count(workspace: &Workspace, args: &[String]) -> Result<String> {
    let tools = workspace.target.join("tools");
    let bin = tools.join("bin");
    let version = locked_version(&workspace::read(&workspace.root.join("Cargo.lock"))?)?;
    let present = output_of(Command::new(bin.join(RUNNER)).arg("--version"));
    if present.is_none_or(|text| text.split_whitespace().last() != Some(&version)) {
        let mut install = workspace.cargo(["install", RUNNER, "--locked", "--force"]);
        install.arg("--version").arg(format!("={version}"));
        install.arg("--root").arg(&tools);
        // It only starts valgrind and reads a file, so what counts is how long it takes to build.
        install.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0");
        install.env("CARGO_PROFILE_RELEASE_LTO", "off");
        install.env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
        let start = Instant::now();
        run_command(&mut install)?;
        let seconds = start.elapsed().as_secs();
        println!("installed {RUNNER} {version} in {seconds} s");
    }
    let mut paths = vec![bin];
    paths.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
    let words = ["bench", "-p", "pythreads-benches", "--bench", "counts"];
    let mut bench = workspace.cargo(words);
    bench.arg("--").args(args);
    bench.env("PATH", env::join_paths(paths)?);
    let written = run_and_read(&mut bench)?;
    let counted = written.matches("Instructions:").count();
    Ok(format!("{counted} counts"))
}

/// The version of the library in `Cargo.lock`.
fn locked_version(lock: &str) -> Result<String> {
    let (_, after) = lock
        .split_once("name = \"gungraun\"\nversion = \"")
        .ok_or("Cargo.lock does not name gungraun")?;
    let version = after.split('"').next().unwrap_or_default();
    Ok(version.to_owned())
}

#[cfg(test)]
mod tests;
