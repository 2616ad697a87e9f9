//! The only door for automation: `cargo xtask help` lists what it can do.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line program speaks through its streams"
)]

mod bench;
mod ci;
mod command;
mod conformance;
mod counts;
mod examples;
mod models;
mod outside;
mod readme;
mod repository;
mod source;
mod suite;
mod tidy;
mod toml;
mod violation;
mod workspace;

use std::env;
use std::error::Error;
use std::process::ExitCode;

use crate::workspace::Workspace;

/// What every task returns; the error is a sentence for the person at the terminal.
type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    let mut args = env::args().skip(1);
    let task = args.next().unwrap_or_else(|| "help".to_owned());
    let args: Vec<_> = args.collect();
    match run(&task, &args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask {task}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: &str, args: &[String]) -> Result {
    let workspace = Workspace::find()?;
    match task {
        "ci" => ci::run(&workspace, args),
        "test" => suite::test(&workspace, args),
        "bench" => bench::run(&workspace, args),
        "counts" => counts::run(&workspace, args),
        "tidy" => tidy::run(&workspace),
        "model" => models::run(&workspace, args),
        "conformance" => conformance::run(&workspace, args),
        "help" | "--help" | "-h" => {
            println!("{}", help());
            Ok(())
        }
        _ => Err(format!("there is no such task.\n\n{}", help()).into()),
    }
}

fn help() -> String {
    format!(
        "\
Usage: cargo xtask <task>

  ci [step…]    the gate: every step, or those named, up to the first failure
                steps: {steps}
  test [arg…]   all tests, with nextest where it is installed; arguments go to the test runner
  bench [--quick] [--only scenario]… [--threads n,…] [--no-python]
                everything measured beside its rivals, as a report; `bench --help` says more
  counts [arg…] instructions of the uncontended ways, under valgrind; arguments go to gungraun
  tidy          rules that neither the compiler nor clippy knows (STYLE.md)
  conformance [module…]
                which rules of Python's behaviour (docs/conformance) have a test
  model [--loom] [--shuttle] [--mutants] [filter…]
                the scenarios that model checkers run (docs/verification.md); with --mutants,
                whether they find the bugs planted for them
  help          this text",
        steps = ci::step_names().join(", ")
    )
}
