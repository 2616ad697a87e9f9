//! The lists of planted bugs: a page for each crate that has scenarios, with a section for each bug.
//!
//! A section names the bug in its heading, which begins with the module of its scenarios, and the file, from the crate's folder, in a line of its own, in backticks.
//! Its `diff` block says what is there and what comes in its place.

use crate::Result;

use crate::workspace::{self, Workspace};

/// The crates that have scenarios and a page of bugs.
pub(super) const CRATES: [&str; 5] = [
    "sync-primitives",
    "threading",
    "queue",
    "task-engine",
    "multiprocessing-pool",
];

#[derive(Debug, PartialEq)]
pub(super) struct Mutant {
    pub(super) name: String,
    /// The crate it is planted in, whose scenarios have to find it.
    pub(super) home: &'static str,
    /// From the root.
    pub(super) path: String,
    right: String,
    wrong: String,
}

impl Mutant {
    /// Those of all crates.
    pub(super) fn all(workspace: &Workspace) -> Result<Vec<Self>> {
        let mut mutants = Vec::new();
        for home in CRATES {
            let page = workspace::read(&workspace.root.join(page_of(home)))?;
            mutants.extend(Self::on_page(home, &page)?);
        }
        Ok(mutants)
    }

    pub(super) fn on_page(home: &'static str, page: &str) -> Result<Vec<Self>> {
        let sections = page.split("\n## ").skip(1);
        sections.map(|section| Self::parse(home, section)).collect()
    }

    fn parse(home: &'static str, section: &str) -> Result<Self> {
        let (text, block) = section.split_once("\n```diff\n").unwrap_or((section, ""));
        let name = text.lines().next().unwrap_or_default().trim().to_owned();
        let file = text.lines().find_map(in_backticks);
        let page = page_of(home);
        let file = file.ok_or_else(|| format!("{page}: {name} names no file"))?;
        let change: Vec<_> = block.lines().take_while(|line| *line != "```").collect();
        let mutant = Self {
            home,
            path: format!("crates/{home}/{file}"),
            right: side(&change, '-'),
            wrong: side(&change, '+'),
            name,
        };
        if mutant.right.is_empty() || mutant.right == mutant.wrong {
            return Err(format!("{page}: {} changes nothing", mutant.name).into());
        }
        Ok(mutant)
    }

    /// What the names of the scenarios contain that have to find it: `lock::` for `lock-released-relaxed`.
    pub(super) fn scenarios(&self) -> String {
        let (module, _) = self.name.split_once('-').unwrap_or((&self.name, ""));
        format!("{module}::")
    }

    /// The text of the file with the bug in it.
    pub(super) fn planted_in(&self, text: &str) -> Result<String> {
        match text.matches(&self.right).count() {
            1 => Ok(text.replace(&self.right, &self.wrong)),
            count => {
                let Self { name, path, .. } = self;
                let page = page_of(self.home);
                Err(format!("{path} has {count} times what {name} replaces ({page})").into())
            }
        }
    }
}

/// From the root.
fn page_of(home: &str) -> String {
    format!("crates/{home}/tests/model/mutants.md")
}

fn in_backticks(line: &str) -> Option<&str> {
    line.strip_prefix('`')?.strip_suffix('`')
}

/// The lines of a change that belong to one of its sides.
fn side(change: &[&str], sign: char) -> String {
    let lines = change
        .iter()
        .filter_map(|line| line.strip_prefix(sign).or_else(|| line.strip_prefix(' ')));
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests;
