//! A test that is named after rules.

use super::module::Module;
use super::rule::RuleId;
use crate::repository::Repository;
use crate::source::{Source, words};

#[derive(Debug)]
pub(super) struct NamedTest {
    pub(super) name: String,
    /// At least one.
    pub(super) rules: Vec<RuleId>,
    pub(super) path: String,
    /// Counted from 1.
    pub(super) line: usize,
}

/// All that the crates of the module have.
///
/// A suite gives its tests names in a macro, far from `#[test]`. So each function in a file of tests
/// counts: the compiler tells of those that nothing runs.
pub(super) fn all(module: &Module, repository: &Repository) -> Vec<NamedTest> {
    let sources = repository.sources.iter();
    sources
        .filter(|source| module.is_tested_in(source))
        .flat_map(in_source)
        .collect()
}

fn in_source(source: &Source) -> Vec<NamedTest> {
    let mut tests = Vec::new();
    for (line, text) in source.numbered() {
        let words: Vec<_> = words(&text.code).collect();
        let functions = words.windows(2).filter(|pair| pair[0] == "fn");
        for name in functions.map(|pair| pair[1]) {
            let rules = rules_in(name);
            if !rules.is_empty() {
                tests.push(NamedTest {
                    name: name.to_owned(),
                    rules,
                    path: source.path.clone(),
                    line,
                });
            }
        }
    }
    tests
}

/// L3 and L4 for `l3_l4_bad_timeouts_are_refused`.
fn rules_in(name: &str) -> Vec<RuleId> {
    let mut rules = Vec::new();
    let mut rest = name;
    while let Some((group, after)) = rest.split_once('_') {
        let Some(rule) = RuleId::parse(&group.to_ascii_uppercase()) else {
            break;
        };
        rules.push(rule);
        rest = after;
    }
    rules
}
