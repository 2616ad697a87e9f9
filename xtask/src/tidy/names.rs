//! One noun per file: names that say nothing are refused, for files, folders and modules alike.

use crate::repository::Repository;
use crate::source::{Source, words};
use crate::violation::Violation;

/// Not a noun, and what to do instead.
const FORBIDDEN: [(&str, &str); 7] = [
    ("utils", "name the noun"),
    ("util", "name the noun"),
    ("common", "name the noun"),
    ("helpers", "name the noun"),
    ("helper", "name the noun"),
    ("mod", "`x.rs` stands beside `x/`"),
    ("prelude", "users import what they use"),
];

pub(super) fn check(repository: &Repository) -> Vec<Violation> {
    let sources = &repository.sources;
    let of_files = sources.iter().filter_map(check_path);
    let of_modules = sources.iter().flat_map(check_modules);
    of_files.chain(of_modules).collect()
}

fn check_path(source: &Source) -> Option<Violation> {
    let mut parts = source
        .path
        .split('/')
        .map(|part| part.trim_end_matches(".rs"));
    let (part, cure) = parts.find_map(forbidden)?;
    let message = format!("no file or folder is called {part}: {cure}");
    Some(Violation::new(&source.path, 1, message))
}

/// `mod utils`, `pub use … as prelude`.
fn check_modules(source: &Source) -> Vec<Violation> {
    let names = source.numbered().flat_map(|(number, line)| {
        let words: Vec<_> = words(&line.code).collect();
        let named = words
            .windows(2)
            .filter(|pair| ["mod", "as"].contains(&pair[0]));
        let found: Vec<_> = named.filter_map(|pair| forbidden(pair[1])).collect();
        found.into_iter().map(move |found| (number, found))
    });
    names
        .map(|(number, (name, cure))| {
            let message = format!("no module is called {name}: {cure}");
            Violation::new(&source.path, number, message)
        })
        .collect()
}

fn forbidden(name: &str) -> Option<(&'static str, &'static str)> {
    FORBIDDEN
        .into_iter()
        .find(|(forbidden, _)| *forbidden == name)
}
