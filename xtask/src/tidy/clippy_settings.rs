//! A `clippy.toml` in a crate's folder replaces the root's wholly, so it must repeat it.
//!
//! The lists of what is disallowed are the reason to have one: they must be there, and may differ.

use crate::repository::{Repository, Text};
use crate::toml::{self, Entry};
use crate::violation::Violation;

const SETTINGS: &str = "clippy.toml";

pub(super) fn check(repository: &Repository) -> Vec<Violation> {
    let Some(root) = repository.text(SETTINGS) else {
        return vec![Violation::new(SETTINGS, 1, "the root has no clippy.toml")];
    };
    let root = toml::entries(&root.text);
    let nearer = repository
        .texts
        .iter()
        .filter(|text| text.path.ends_with("/clippy.toml"));
    nearer.flat_map(|text| compare(&root, text)).collect()
}

fn compare(root: &[Entry], nearer: &Text) -> Vec<Violation> {
    let own = toml::entries(&nearer.text);
    let differing = root.iter().filter_map(|setting| {
        let own = own.iter().find(|own| own.key == setting.key);
        match own {
            None => Some((1, setting)),
            Some(own) if setting.key.starts_with("disallowed-") || own.value == setting.value => {
                None
            }
            Some(own) => Some((own.line, setting)),
        }
    });
    differing
        .map(|(line, setting)| {
            let message = format!(
                "must repeat `{}` as the root's clippy.toml has it",
                setting.key
            );
            Violation::new(&nearer.path, line, message)
        })
        .collect()
}
