//! Tables, keys, values.

use super::{Entry, entries};

fn entry(table: &str, key: &str, value: &str, line: usize) -> Entry {
    Entry {
        table: table.to_owned(),
        key: key.to_owned(),
        value: value.to_owned(),
        line,
    }
}

/// Every key is found with its table, its value and its line.
#[test]
fn keys_belong_to_tables() {
    let text = "top = 1 # one\n\n[a.b]\nx.workspace = true\n[c]\ny = \"#=\"\n";
    assert_eq!(
        entries(text),
        [
            entry("", "top", "1", 1),
            entry("a.b", "x.workspace", "true", 4),
            entry("c", "y", "\"#=\"", 6),
        ]
    );
}

/// A value goes on while a bracket is open, comments left out.
#[test]
fn values_span_lines() {
    let text = "list = [\n  { a = \"]\" }, # odd\n  2,\n]\nnext = 3\n";
    assert_eq!(
        entries(text),
        [
            entry("", "list", "[ { a = \"]\" }, 2, ]", 1),
            entry("", "next", "3", 5)
        ]
    );
}
