//! Every rule of Python's behaviour is kept by a test that is named after it.
//!
//! The rules are listed in `docs/conformance/`, a page per module of Python; the tests lie in the
//! crates that give Rust that module. A test whose name begins with `l10_` covers L10; one whose name
//! begins with `l3_l4_` covers both. A rule that cannot arise in Rust, or whose feature is not built,
//! says so on the page, and then has no test.

mod module;
mod named_test;
mod page;
mod report;
mod rule;

use crate::Result;
use crate::repository::Repository;
use crate::workspace::Workspace;
use module::{MODULES, Module};
use report::Report;

/// `cargo xtask conformance`: the account of the modules named, or of all.
pub(crate) fn run(workspace: &Workspace, names: &[String]) -> Result {
    account(workspace, &chosen(names)?).map(drop)
}

/// The account of all modules. Says how many rules are tested.
pub(crate) fn run_all(workspace: &Workspace) -> Result<String> {
    account(workspace, &chosen(&[])?)
}

fn account(workspace: &Workspace, modules: &[&Module]) -> Result<String> {
    let repository = Repository::read(&workspace.root)?;
    let reports = modules
        .iter()
        .map(|module| Report::of(module, &repository))
        .collect::<Vec<_>>();
    for report in &reports {
        println!("{report}");
    }
    match reports.iter().map(|report| report.violations.len()).sum() {
        0 => {
            let tested: usize = reports.iter().map(Report::tested).sum();
            let total: usize = reports.iter().map(Report::total).sum();
            Ok(format!("{tested} of {total} rules are tested"))
        }
        1 => Err("1 gap between the pages in docs/conformance and the tests".into()),
        n => Err(format!("{n} gaps between the pages in docs/conformance and the tests").into()),
    }
}

fn chosen(names: &[String]) -> Result<Vec<&'static Module>> {
    if names.is_empty() {
        return Ok(MODULES.iter().collect());
    }
    let module = |name: &String| {
        let module = MODULES.iter().find(|module| module.name == name);
        module.ok_or_else(|| {
            let known = MODULES.map(|module| module.name).join(", ");
            format!("there is no module {name}; the modules are {known}").into()
        })
    };
    names.iter().map(module).collect()
}

#[cfg(test)]
mod tests;
