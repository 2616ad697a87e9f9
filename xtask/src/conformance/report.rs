//! The account of a module: what became of each rule, and what is wrong.

use std::fmt;

use super::module::Module;
use super::named_test::{self, NamedTest};
use super::page::Page;
use super::rule::{Here, Rule, RuleId};
use crate::repository::Repository;
use crate::violation::Violation;

#[derive(Debug)]
pub(super) struct Report {
    module: &'static str,
    groups: Vec<Group>,
    pub(super) violations: Vec<Violation>,
}

#[derive(Debug)]
struct Group {
    title: &'static str,
    rules: Vec<RuleId>,
}

impl Report {
    pub(super) fn of(module: &Module, repository: &Repository) -> Self {
        let page = Page::of(module, repository);
        let tests = named_test::all(module, repository);
        let mut violations = gaps(&page, &tests);
        violations.extend(strangers(&page, &tests));
        let groups = groups(&page, &tests);
        violations.splice(0..0, page.violations);
        Self {
            module: module.name,
            groups,
            violations,
        }
    }

    /// How many rules there are.
    pub(super) fn total(&self) -> usize {
        self.groups.iter().map(|group| group.rules.len()).sum()
    }

    /// How many of them have a test, and should.
    pub(super) fn tested(&self) -> usize {
        let tested = [Here::Kept, Here::Differs].map(Here::word);
        let groups = self.groups.iter();
        groups
            .filter(|group| tested.contains(&group.title))
            .map(|group| group.rules.len())
            .sum()
    }
}

/// Rules whose row and whose tests contradict each other.
fn gaps(page: &Page, tests: &[NamedTest]) -> Vec<Violation> {
    let gap = |rule: &Rule| {
        let Rule { id, line, here } = rule;
        let message = match (here.needs_test(), test_of(rule.id, tests)) {
            (true, None) => {
                let prefix = id.to_string().to_ascii_lowercase();
                format!("{id} has no test: none has a name that begins with {prefix}_")
            }
            (false, Some(test)) => {
                let (word, NamedTest { name, path, .. }) = (here.word(), test);
                format!("{id} is marked `{word}`, but {name} in {path} tests it")
            }
            (true, Some(_)) | (false, None) => return None,
        };
        Some(Violation::new(&page.path, *line, message))
    };
    page.rules.iter().filter_map(gap).collect()
}

/// Tests named after rules that do not exist.
fn strangers(page: &Page, tests: &[NamedTest]) -> Vec<Violation> {
    let unknown = |test: &NamedTest| {
        let id = test.rules.iter().find(|id| page.rule(**id).is_none())?;
        let message = format!("{} names {id}, which is not in {}", test.name, page.path);
        Some(Violation::new(&test.path, test.line, message))
    };
    tests.iter().filter_map(unknown).collect()
}

fn test_of(id: RuleId, tests: &[NamedTest]) -> Option<&NamedTest> {
    tests.iter().find(|test| test.rules.contains(&id))
}

fn groups(page: &Page, tests: &[NamedTest]) -> Vec<Group> {
    let title = |rule: &Rule| {
        let is_open = rule.here.needs_test() && test_of(rule.id, tests).is_none();
        if is_open { OPEN } else { rule.here.word() }
    };
    let ids = |wanted| {
        let rules = page.rules.iter().filter(move |rule| title(rule) == wanted);
        rules.map(|rule| rule.id).collect()
    };
    let known = [Here::Kept, Here::Differs, Here::NoMeaning, Here::NotBuilt];
    let titles = known.into_iter().map(Here::word).chain([OPEN]);
    let group = |title| Group {
        title,
        rules: ids(title),
    };
    titles.map(group).collect()
}

/// What needs a test and has none.
const OPEN: &str = "NOT COVERED";

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {} rules", self.module, self.total())?;
        for Group { title, rules } in &self.groups {
            let row = format!("  {title:<11} {:>3}  {}", rules.len(), ranges(rules));
            writeln!(f, "{}", row.trim_end())?;
        }
        for violation in &self.violations {
            writeln!(f, "{violation}")?;
        }
        Ok(())
    }
}

/// `L1-L3 L7` for L1, L2, L3 and L7.
fn ranges(rules: &[RuleId]) -> String {
    let runs = rules.chunk_by(|a, b| a.family == b.family && b.follows(Some(*a)));
    let run = |run: &[RuleId]| match run {
        [first, .., last] => format!("{first}-{last}"),
        _ => run[0].to_string(),
    };
    runs.map(run).collect::<Vec<_>>().join(" ")
}
