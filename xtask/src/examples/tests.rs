//! Which programs are examples.

use std::env;
use std::fs;

use super::{is_told, programs_in};
use crate::workspace::fresh_folder;

/// A file is a program, and so is a folder with a `main.rs`; nothing else is.
#[test]
fn files_and_folders_are_programs() {
    let folder = env::temp_dir().join("xtask-files-and-folders-are-programs");
    fresh_folder(&folder.join("large")).unwrap();
    fresh_folder(&folder.join("data")).unwrap();
    fs::write(folder.join("large/main.rs"), "").unwrap();
    fs::write(folder.join("small.rs"), "").unwrap();
    fs::write(folder.join("README.md"), "").unwrap();
    assert_eq!(programs_in(&folder).unwrap(), ["large", "small"]);
    fs::remove_dir_all(folder).unwrap();
}

/// Only what a command runs by its whole name is left to the README.
#[test]
fn programs_of_the_readme_are_left_out() {
    let commands = ["cargo run --release --bin large", "cargo test --bin small"].map(String::from);
    assert!(is_told("large", &commands));
    assert!(!is_told("larg", &commands));
    assert!(!is_told("small", &commands));
}
