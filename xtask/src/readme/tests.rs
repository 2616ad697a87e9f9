//! Finding the commands.

use super::commands_in;

/// Only the marked block counts, without its comments.
#[test]
fn marked_block_is_found() {
    let readme = "# Title\n```sh\ncargo doc\n```\n<!-- commands -->\n\n```sh\n# tests\ncargo test\n\ncargo run\n```\n```sh\ncargo bench\n```\n";
    assert_eq!(commands_in(readme).unwrap(), ["cargo test", "cargo run"]);
}

/// A README that lost its marker, its block or its commands says which.
#[test]
fn what_is_missing_is_named() {
    for (readme, missing) in [
        ("# Title\n", "has no line"),
        ("<!-- commands -->\n# Next\n", "has no fenced block"),
        ("<!-- commands -->\n```sh\n# later\n```\n", "has no command"),
    ] {
        let error = commands_in(readme).unwrap_err().to_string();
        assert!(error.contains(missing), "{error}");
    }
}
