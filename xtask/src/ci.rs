//! The gate: steps in order, each with its time, up to the first failure, then a table.

use std::env;
use std::fmt;
use std::time::{Duration, Instant};

use crate::command::{output_of, run as run_command};
use crate::{
    Result, Workspace, bench, conformance, counts, examples, models, outside, readme, suite, tidy,
};

/// Cheap steps first.
const STEPS: [Step; 12] = [
    Step::new("fmt", check_format),
    Step::new("clippy", check_lints),
    Step::new("tidy", check_tidiness),
    Step::new("conformance", conformance::run_all),
    Step::new("test", suite::test_all),
    Step::new("readme", readme::run_commands),
    Step::new("doc", build_docs),
    Step::new("examples", examples::run_all),
    Step::new("bench", bench::check),
    Step::new("counts", counts::check),
    Step::new("outside", outside::check),
    Step::new("model", models::check),
];

/// Runs the steps named, or all.
pub(crate) fn run(workspace: &Workspace, names: &[String]) -> Result {
    let steps = chosen(names)?;
    let report = Report::of(workspace, &steps);
    println!("\n{report}");
    match report.failure() {
        None => Ok(()),
        Some(step) => Err(format!("step {step} failed").into()),
    }
}

pub(crate) fn step_names() -> Vec<&'static str> {
    STEPS.iter().map(|step| step.name).collect()
}

#[derive(Clone, Copy)]
struct Step {
    name: &'static str,
    /// Returns what the table says about the step besides its time.
    run: fn(&Workspace) -> Result<String>,
}

impl Step {
    const fn new(name: &'static str, run: fn(&Workspace) -> Result<String>) -> Self {
        Self { name, run }
    }
}

fn chosen(names: &[String]) -> Result<Vec<Step>> {
    if names.is_empty() {
        return Ok(STEPS.to_vec());
    }
    names
        .iter()
        .map(|name| {
            let step = STEPS.iter().find(|step| step.name == name).copied();
            step.ok_or_else(|| {
                format!(
                    "there is no step {name}; the steps are {}",
                    step_names().join(", ")
                )
                .into()
            })
        })
        .collect()
}

/// How each step went, in the order of the steps.
struct Report {
    rows: Vec<Row>,
}

struct Row {
    step: &'static str,
    /// `None` if an earlier step failed.
    ended: Option<Ended>,
}

struct Ended {
    elapsed: Duration,
    /// What there is to say, or what went wrong.
    result: std::result::Result<String, String>,
}

impl Report {
    fn of(workspace: &Workspace, steps: &[Step]) -> Self {
        let mut report = Self { rows: Vec::new() };
        for step in steps {
            let is_reached = report.failure().is_none();
            report.rows.push(Row {
                step: step.name,
                ended: is_reached.then(|| run_step(workspace, step)),
            });
        }
        report
    }

    fn failure(&self) -> Option<&'static str> {
        let failed = |row: &&Row| {
            row.ended
                .as_ref()
                .is_some_and(|ended| ended.result.is_err())
        };
        self.rows.iter().find(failed).map(|row| row.step)
    }

    /// What the steps that run tests have to say, for the last line.
    fn tests(&self) -> String {
        let rows = self
            .rows
            .iter()
            .filter(|row| ["test", "readme"].contains(&row.step));
        let notes = rows.filter_map(|row| row.ended.as_ref()?.result.as_ref().ok());
        notes.fold(String::new(), |line, note| line + ", " + note)
    }
}

fn run_step(workspace: &Workspace, step: &Step) -> Ended {
    println!("\n=== {} ===", step.name);
    let start = Instant::now();
    let result = (step.run)(workspace).map_err(|error| error.to_string());
    let elapsed = start.elapsed();
    match &result {
        Ok(_) => println!("=== {}: ok after {} ===", step.name, Seconds(elapsed)),
        Err(error) => println!(
            "=== {}: failed after {}: {error} ===",
            step.name,
            Seconds(elapsed)
        ),
    }
    Ended { elapsed, result }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Row { step, ended } in &self.rows {
            match ended {
                None => writeln!(f, "{step:<11} not run")?,
                Some(Ended { elapsed, result }) => {
                    let (verdict, note) = match result {
                        Ok(note) => ("ok", note),
                        Err(error) => ("FAILED", error),
                    };
                    let row = format!("{step:<11} {verdict:<7} {:>9}  {note}", Seconds(*elapsed));
                    writeln!(f, "{}", row.trim_end())?;
                }
            }
        }
        let ended = self.rows.iter().filter_map(|row| row.ended.as_ref());
        let total = Seconds(ended.map(|ended| ended.elapsed).sum());
        match self.failure() {
            None => write!(f, "all green after {total}{}", self.tests()),
            Some(step) => write!(f, "stopped at {step} after {total}{}", self.tests()),
        }
    }
}

struct Seconds(Duration);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{:.1} s", self.0.as_secs_f64()))
    }
}

fn check_format(workspace: &Workspace) -> Result<String> {
    require_component(workspace, "rustfmt", "fmt")?;
    run_command(&mut workspace.cargo(["fmt", "--all", "--", "--check"]))?;
    Ok(String::new())
}

fn check_lints(workspace: &Workspace) -> Result<String> {
    require_component(workspace, "clippy", "clippy")?;
    run_command(&mut workspace.cargo([
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ]))?;
    Ok(String::new())
}

fn check_tidiness(workspace: &Workspace) -> Result<String> {
    tidy::run(workspace)?;
    Ok(String::new())
}

fn build_docs(workspace: &Workspace) -> Result<String> {
    let flags = env::var("RUSTDOCFLAGS").unwrap_or_default();
    let mut command = workspace.cargo(["doc", "--workspace", "--no-deps"]);
    command.env("RUSTDOCFLAGS", format!("{flags} -Dwarnings"));
    run_command(&mut command)?;
    Ok(String::new())
}

fn require_component(workspace: &Workspace, component: &str, subcommand: &str) -> Result {
    match output_of(&mut workspace.cargo([subcommand, "--version"])) {
        Some(_) => Ok(()),
        None => Err(format!(
            "the toolchain lacks the component {component}: `rustup component add {component}`"
        )
        .into()),
    }
}

#[cfg(test)]
mod tests;
