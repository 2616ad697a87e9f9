//! The scenarios that model checkers run (`docs/verification.md`), and the bugs planted to see that these find some.

mod double;
mod engine;
mod mutant;

use crate::command;
use crate::suite::{self, Runner};
use crate::{Result, Workspace};
use double::Double;
use engine::{ENGINES, Engine};
use mutant::{CRATES, Mutant};

/// `cargo xtask model`: the scenarios whose names contain one of the filters, or all, or the bugs likewise.
pub(crate) fn run(workspace: &Workspace, args: &[String]) -> Result {
    let options = Options::parse(args)?;
    let summary = if options.mutants {
        find_mutants(workspace, &options.engines, &options.filters)?
    } else {
        check_scenarios(workspace, &options.engines, &options.filters)?
    };
    println!("{summary}");
    Ok(())
}

/// Every scenario, with every checker, and clippy over what only they build. Says how many passed.
pub(crate) fn check(workspace: &Workspace) -> Result<String> {
    for engine in ENGINES {
        command::run(&mut engine.lints(workspace, &CRATES))?;
    }
    check_scenarios(workspace, &ENGINES, &[])
}

#[derive(Debug, PartialEq)]
struct Options {
    engines: Vec<Engine>,
    mutants: bool,
    /// A name is chosen that contains one of them, or any if there is none.
    filters: Vec<String>,
}

impl Options {
    fn parse(args: &[String]) -> Result<Self> {
        let mut options = Self {
            engines: Vec::new(),
            mutants: false,
            filters: Vec::new(),
        };
        for arg in args {
            let engine = ENGINES.into_iter().find(|engine| *arg == engine.option());
            match (engine, arg.as_str()) {
                (Some(engine), _) => options.engines.push(engine),
                (None, "--mutants") => options.mutants = true,
                (None, unknown) if unknown.starts_with('-') => {
                    return Err(format!("there is no option {unknown}").into());
                }
                (None, filter) => options.filters.push(filter.to_owned()),
            }
        }
        if options.engines.is_empty() {
            options.engines = ENGINES.to_vec();
        }
        Ok(options)
    }
}

fn check_scenarios(
    workspace: &Workspace,
    engines: &[Engine],
    filters: &[String],
) -> Result<String> {
    let runner = Runner::of(workspace);
    let mut notes = Vec::new();
    for engine in engines {
        let mut command = engine.tests(workspace, &workspace.root, runner, &CRATES);
        let written = command::run_and_read(command.args(filters))?;
        notes.push(format!("{} with {engine}", suite::passed(&written)));
    }
    Ok(format!("scenarios passed: {}", notes.join(", ")))
}

/// Plants one bug after the other in a copy of the workspace. Each must make a checker fail there, and without any
/// of them all must pass.
fn find_mutants(workspace: &Workspace, engines: &[Engine], filters: &[String]) -> Result<String> {
    let mutants = chosen(Mutant::all(workspace)?, filters);
    if mutants.is_empty() {
        return Err(format!("no planted bug is named {}", filters.join(" or ")).into());
    }
    let is_home = |name: &&str| mutants.iter().any(|mutant| mutant.home == *name);
    let homes: Vec<_> = CRATES.into_iter().filter(is_home).collect();
    let double = Double::of(workspace, engines)?;
    for engine in engines {
        if let Some(scenario) = double.first_failure(*engine, &homes, "")? {
            return Err(
                format!("{scenario} fails with {engine} also without a planted bug").into(),
            );
        }
    }
    let mut missed = Vec::new();
    let mut found = 0;
    for mutant in &mutants {
        let finders = double.finders_of(mutant)?;
        println!("{:<36} {}", mutant.name, finders.join(", "));
        if finders.is_empty() {
            missed.push(mutant.name.as_str());
        } else {
            found += 1;
        }
    }
    match missed.as_slice() {
        [] => Ok(format!("{found} planted bugs found")),
        missed => Err(format!("not found: {}", missed.join(", ")).into()),
    }
}

fn chosen(mut mutants: Vec<Mutant>, filters: &[String]) -> Vec<Mutant> {
    let is_chosen = |name: &str| filters.iter().any(|filter| name.contains(filter));
    mutants.retain(|mutant| filters.is_empty() || is_chosen(&mutant.name));
    mutants
}

#[cfg(test)]
mod tests;
