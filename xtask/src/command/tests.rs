//! Running programs.

use std::process::Command;

use super::{line_of, output_of, run, run_and_read, without_colours};

/// What is shown is what one would type.
#[test]
fn command_line_is_readable() {
    let mut command = Command::new("/somewhere/bin/cargo");
    command.args(["test", "--workspace"]);
    assert_eq!(line_of(&command), "cargo test --workspace");
}

/// Colours do not hide what a program says.
#[test]
fn colours_are_removed() {
    let coloured = "\x1b[32;1m     Summary\x1b[0m [   0.1s] \x1b[1m28\x1b[0m tests run";
    assert_eq!(
        without_colours(coloured),
        "     Summary [   0.1s] 28 tests run"
    );
}

/// A program that does not exist is named.
#[test]
fn missing_program_is_named() {
    let error = run(&mut Command::new("no-such-program")).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("cannot run `no-such-program`"),
        "{error}"
    );
    assert_eq!(output_of(&mut Command::new("no-such-program")), None);
}

/// Both streams are read, and failure is told.
#[cfg(unix)]
#[test]
fn both_streams_are_read() {
    let shell = |script| {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    };
    let written = run_and_read(&mut shell("echo out; echo err >&2")).unwrap();
    assert_eq!(written, "out\nerr\n");
    let error = run_and_read(&mut shell("exit 3")).unwrap_err();
    assert_eq!(error.to_string(), "`sh -c exit 3` failed: exit status: 3");
}
