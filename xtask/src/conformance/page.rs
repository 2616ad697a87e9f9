//! A page of `docs/conformance/`: the rules in its tables.
//!
//! A table begins with the row `| rule | what Python does | here |`; each further row is a rule.

use super::module::Module;
use super::rule::{Here, Rule, RuleId};
use crate::repository::Repository;
use crate::violation::Violation;

const HEADER: [&str; 3] = ["rule", "what Python does", "here"];

#[derive(Debug)]
pub(super) struct Page {
    pub(super) path: String,
    pub(super) rules: Vec<Rule>,
    /// What is wrong with the page itself.
    pub(super) violations: Vec<Violation>,
}

impl Page {
    pub(super) fn of(module: &Module, repository: &Repository) -> Self {
        let mut page = Self {
            path: module.page(),
            rules: Vec::new(),
            violations: Vec::new(),
        };
        match repository.text(&page.path) {
            None => page.complain(1, "the page does not exist"),
            Some(text) => page.read(&text.text),
        }
        for family in module.families.chars() {
            if !page.rules.iter().any(|rule| rule.id.family == family) {
                page.complain(1, format!("there is no table of the family {family}"));
            }
        }
        page
    }

    pub(super) fn rule(&self, id: RuleId) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id)
    }

    fn read(&mut self, text: &str) {
        let mut is_in_table = false;
        for (index, line) in text.lines().enumerate() {
            let cells = cells(line);
            if cells.is_empty() {
                is_in_table = false;
            } else if cells == HEADER {
                is_in_table = true;
            } else if is_in_table && !is_separator(&cells) {
                self.read_row(index + 1, &cells);
            }
        }
    }

    fn read_row(&mut self, line: usize, cells: &[&str]) {
        let &[id, behaviour, here] = cells else {
            let message = "a row has three cells, and no `|` within one";
            return self.complain(line, message);
        };
        let Some(id) = RuleId::parse(id) else {
            return self.complain(line, format!("`{id}` is no rule's id, like L10"));
        };
        let last = self.rules.last().map(|rule| rule.id);
        if !id.follows(last) {
            let last = last.map_or("nothing".to_owned(), |last| last.to_string());
            let message = format!("{id} after {last}: a family counts from 1, without gaps");
            self.complain(line, message);
        }
        if behaviour.is_empty() {
            self.complain(line, format!("{id} must say what Python does"));
        }
        let here = Here::parse(here).unwrap_or_else(|| {
            let message = format!(
                "the third cell of {id} is empty, or `differs: …`, `no meaning: …`, `not built: …`"
            );
            self.complain(line, message);
            Here::Kept
        });
        self.rules.push(Rule { id, line, here });
    }

    fn complain(&mut self, line: usize, message: impl Into<String>) {
        self.violations
            .push(Violation::new(&self.path, line, message));
    }
}

/// Of a row of a table; nothing for any other line.
fn cells(line: &str) -> Vec<&str> {
    let inner = line.trim().strip_prefix('|');
    let inner = inner.and_then(|row| row.strip_suffix('|'));
    inner.map_or(Vec::new(), |row| row.split('|').map(str::trim).collect())
}

/// The row between a table's head and its body.
fn is_separator(cells: &[&str]) -> bool {
    let is_rule = |cell: &&str| cell.bytes().all(|byte| b"-:".contains(&byte));
    cells.iter().all(is_rule)
}
