//! What holds for every program here: a question, its Python twin, brevity, a place in the table.

use std::fs;
use std::path::{Path, PathBuf};

/// Every program opens with a question and its Python twin, is short, and stands in README.md.
#[test]
fn form() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let table = fs::read_to_string(package.join("README.md")).unwrap();
    let programs = programs(&package.join("src/bin"));
    assert!(programs.len() > 15, "{programs:?}");
    for (name, file) in programs {
        let text = fs::read_to_string(file).unwrap();
        let question = text
            .lines()
            .next()
            .and_then(|line| line.strip_prefix("//! "));
        assert!(
            question.is_some_and(|line| line.contains('?')),
            "{name} asks no question"
        );
        assert!(
            text.contains("//! ```python\n"),
            "{name} has no Python twin"
        );
        assert!(text.lines().count() < 80, "{name} is too long");
        assert!(
            table.contains(&format!("| [`{name}`](src/bin/{name}")),
            "{name}: README.md"
        );
    }
}

/// The programs of the package, and the file in which each begins.
fn programs(folder: &Path) -> Vec<(String, PathBuf)> {
    let entries = fs::read_dir(folder).unwrap();
    let program = |path: PathBuf| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        (
            name,
            if path.is_dir() {
                path.join("main.rs")
            } else {
                path
            },
        )
    };
    entries
        .map(|entry| program(entry.unwrap().path()))
        .collect()
}
