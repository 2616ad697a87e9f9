//! The list of planted bugs: a page with a section for each.
//!
//! A section names the bug in its heading, which begins with the module of its scenarios, and the file, from the crate's folder, in a line of its own, in backticks.
//! Its `diff` block says what is there and what comes in its place.

use crate::Result;

/// From the root.
pub(super) const PAGE: &str = "crates/sync-primitives/tests/model/mutants.md";
const CRATE: &str = "crates/sync-primitives";

#[derive(Debug, PartialEq)]
pub(super) struct Mutant {
    pub(super) name: String,
    /// From the root.
    pub(super) path: String,
    right: String,
    wrong: String,
}

impl Mutant {
    pub(super) fn all(page: &str) -> Result<Vec<Self>> {
        page.split("\n## ").skip(1).map(Self::parse).collect()
    }

    fn parse(section: &str) -> Result<Self> {
        let (text, block) = section.split_once("\n```diff\n").unwrap_or((section, ""));
        let name = text.lines().next().unwrap_or_default().trim().to_owned();
        let file = text.lines().find_map(in_backticks);
        let file = file.ok_or_else(|| format!("{PAGE}: {name} names no file"))?;
        let change: Vec<_> = block.lines().take_while(|line| *line != "```").collect();
        let mutant = Self {
            path: format!("{CRATE}/{file}"),
            right: side(&change, '-'),
            wrong: side(&change, '+'),
            name,
        };
        if mutant.right.is_empty() || mutant.right == mutant.wrong {
            return Err(format!("{PAGE}: {} changes nothing", mutant.name).into());
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
                Err(format!("{path} has {count} times what {name} replaces ({PAGE})").into())
            }
        }
    }
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
