//! A rule of Python's behaviour, and what became of it here.

use std::fmt;

/// `L10`: the letter of its family, and its number there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RuleId {
    pub(super) family: char,
    pub(super) number: u32,
}

impl RuleId {
    /// `None` if the text is anything but one capital letter and a number.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut chars = text.chars();
        let family = chars.next().filter(char::is_ascii_uppercase)?;
        let digits = chars.as_str();
        let is_number =
            digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
        let number = digits.parse().ok().filter(|_| is_number)?;
        Some(Self { family, number })
    }

    /// Whether it comes next after the other in a list without gaps.
    pub(super) fn follows(self, other: Option<Self>) -> bool {
        match other {
            Some(other) if other.family == self.family => self.number == other.number + 1,
            _ => self.number == 1,
        }
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.family, self.number)
    }
}

/// A row of a page.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) id: RuleId,
    /// Of its row, counted from 1.
    pub(super) line: usize,
    pub(super) here: Here,
}

/// The third column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Here {
    /// Nothing to say: as in Python.
    Kept,
    /// `differs: …`: kept in spirit, with a documented difference.
    Differs,
    /// `no meaning: …`: cannot arise in Rust.
    NoMeaning,
    /// `not built: …`: the feature does not exist yet.
    NotBuilt,
}

impl Here {
    /// `None` if the cell is neither empty nor one of the words with a reason.
    pub(super) fn parse(cell: &str) -> Option<Self> {
        if cell.is_empty() {
            return Some(Self::Kept);
        }
        let (word, reason) = cell.split_once(':')?;
        let known = [Self::Differs, Self::NoMeaning, Self::NotBuilt];
        let here = known.into_iter().find(|here| here.word() == word)?;
        (!reason.trim().is_empty()).then_some(here)
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Kept => "covered",
            Self::Differs => "differs",
            Self::NoMeaning => "no meaning",
            Self::NotBuilt => "not built",
        }
    }

    pub(super) fn needs_test(self) -> bool {
        matches!(self, Self::Kept | Self::Differs)
    }
}
