//! Code, comments and literals apart.

use super::{Line, Source};

fn lines(text: &str) -> Vec<(String, String)> {
    let source = Source::parse("a.rs".to_owned(), text);
    let parts = |Line { code, comment }| (code, comment);
    source.lines.into_iter().map(parts).collect()
}

fn line(code: &str, comment: &str) -> (String, String) {
    (code.to_owned(), comment.to_owned())
}

/// A comment keeps its slashes; a slash alone is code.
#[test]
fn line_comments_end_with_the_line() {
    assert_eq!(
        lines("a / b // c \" d\n/// e\nf\n"),
        [
            line("a / b ", "// c \" d"),
            line("", "/// e"),
            line("f", "")
        ]
    );
}

/// Block comments nest and span lines.
#[test]
fn block_comments_nest() {
    assert_eq!(
        lines("a /* b /* c */\n d */ e"),
        [line("a ", "/* b /* c */"), line(" e", " d */")]
    );
}

/// What a string says is no code, and what looks like its end may be escaped.
#[test]
fn strings_are_emptied() {
    assert_eq!(
        lines(r#"f("a \" // b", "\\", b"c")"#),
        [line(r#"f("", "", b"")"#, "")]
    );
    assert_eq!(
        lines("f(\"a\n  b\")\n"),
        [line("f(\"", ""), line("\")", "")]
    );
}

/// A raw string ends at its own number of hashes; an identifier may end with `r`.
#[test]
fn raw_strings_are_emptied() {
    assert_eq!(lines("f(r#\"a\" // b\"#)"), [line("f(r#\"\"#)", "")]);
    assert_eq!(lines("f(br\"\\\", c)"), [line("f(br\"\", c)", "")]);
    assert_eq!(lines("r#type; for\"x\""), [line("r#type; for\"\"", "")]);
}

/// A quote begins a character or a lifetime.
#[test]
fn characters_are_not_lifetimes() {
    assert_eq!(
        lines(r"f('/', '\'', '\u{1F}', 'ä'); x: &'a str"),
        [line("f('', '', '', ''); x: &'a str", "")]
    );
    assert_eq!(lines("'\"' // c"), [line("'' ", "// c")]);
}
