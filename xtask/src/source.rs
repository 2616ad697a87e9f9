//! A Rust file, line by line, with its code and its comments apart.
//!
//! The checks look for words, and a word in a string or in a comment is not code. So the text is cut
//! into code, comments and literals, by as much of Rust's lexical grammar as that takes; what a
//! literal contains is left out.

/// A Rust file.
#[derive(Debug)]
pub(crate) struct Source {
    /// From the root, with forward slashes.
    pub(crate) path: String,
    pub(crate) lines: Vec<Line>,
}

#[derive(Debug, Default, PartialEq)]
pub(crate) struct Line {
    /// Literals are empty (`""`), comments left out.
    pub(crate) code: String,
    /// With its slashes.
    pub(crate) comment: String,
}

impl Source {
    pub(crate) fn parse(path: String, text: &str) -> Self {
        let mut lexer = Lexer {
            rest: text,
            lines: vec![Line::default()],
        };
        while lexer.advance() {}
        let mut lines = lexer.lines;
        // What follows the last line end is a line only if there is something.
        if lines.len() > 1 && text.ends_with('\n') {
            lines.pop();
        }
        Self { path, lines }
    }

    /// The lines with their numbers, counted from 1.
    pub(crate) fn numbered(&self) -> impl Iterator<Item = (usize, &Line)> {
        self.lines
            .iter()
            .enumerate()
            .map(|(index, line)| (index + 1, line))
    }

    /// Tests and models lie in files of their own: `tests.rs`, `model.rs`, or below `tests/`.
    pub(crate) fn is_test(&self) -> bool {
        self.path
            .split('/')
            .any(|part| ["tests", "tests.rs", "model", "model.rs"].contains(&part))
    }

    /// Whether it belongs to what a crate in `crates/` gives to others.
    pub(crate) fn is_library(&self) -> bool {
        let mut parts = self.path.split('/');
        parts.next() == Some("crates") && parts.nth(1) == Some("src") && !self.is_test()
    }
}

/// The words of a line of code: identifiers, keywords and numbers.
pub(crate) fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|c: char| !is_word(c))
        .filter(|word| !word.is_empty())
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

struct Lexer<'a> {
    rest: &'a str,
    lines: Vec<Line>,
}

#[derive(Clone, Copy)]
enum Part {
    Code,
    Comment,
    /// What a literal contains: only its line ends count.
    Literal,
}

impl<'a> Lexer<'a> {
    /// Takes one comment, one literal or one character of code. False at the end of the text.
    fn advance(&mut self) -> bool {
        let Some(first) = self.rest.chars().next() else {
            return false;
        };
        if self.rest.starts_with("//") {
            self.take(
                self.rest.find('\n').unwrap_or(self.rest.len()),
                Part::Comment,
            );
        } else if self.rest.starts_with("/*") {
            self.take(block_comment_len(self.rest), Part::Comment);
        } else if let Some(hashes) = self.raw_string() {
            self.take_raw_string(hashes);
        } else if first == '"' {
            self.take_quoted(string_len(&self.rest[1..]));
        } else if let Some(len) = char_literal_len(self.rest) {
            self.take_quoted(len);
        } else {
            self.take(first.len_utf8(), Part::Code);
        }
        true
    }

    fn take(&mut self, len: usize, part: Part) -> &'a str {
        let (taken, rest) = self.rest.split_at(len);
        self.rest = rest;
        for c in taken.chars() {
            let line = self.lines.last_mut().expect("there is always a last line");
            match (c, part) {
                ('\n', _) => self.lines.push(Line::default()),
                (_, Part::Code) => line.code.push(c),
                (_, Part::Comment) => line.comment.push(c),
                (_, Part::Literal) => {}
            }
        }
        taken
    }

    /// Takes a quote, as much content, and the closing quote.
    fn take_quoted(&mut self, content: usize) {
        self.take(1, Part::Code);
        self.take(content, Part::Literal);
        self.take(self.rest.len().min(1), Part::Code);
    }

    /// The number of `#` of the raw string that begins here, if one does.
    fn raw_string(&self) -> Option<usize> {
        let line = self.lines.last().expect("there is always a last line");
        // Else this `r` ends an identifier; `b` and `c` are the prefixes that may stand before it.
        if line.code.trim_end_matches(['b', 'c']).ends_with(is_word) {
            return None;
        }
        let after = self.rest.strip_prefix('r')?;
        let quoted = after.trim_start_matches('#');
        quoted.starts_with('"').then(|| after.len() - quoted.len())
    }

    fn take_raw_string(&mut self, hashes: usize) {
        self.take("r".len() + hashes, Part::Code);
        let closing = format!("\"{}", "#".repeat(hashes));
        let content = &self.rest[1..];
        self.take_quoted(content.find(&closing).unwrap_or(content.len()));
        self.take(hashes.min(self.rest.len()), Part::Code);
    }
}

/// Of the comment that begins here, whose inner comments nest.
fn block_comment_len(text: &str) -> usize {
    let mut depth = 0;
    let mut len = 0;
    while len < text.len() {
        let rest = &text[len..];
        if rest.starts_with("/*") {
            depth += 1;
            len += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            len += 2;
            if depth == 0 {
                break;
            }
        } else {
            len += rest.chars().next().map_or(0, char::len_utf8);
        }
    }
    len
}

/// Of the content of a string whose opening quote has just gone by.
fn string_len(text: &str) -> usize {
    let mut escaped = false;
    let end = text.char_indices().find(|&(_, c)| {
        let is_end = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        is_end
    });
    end.map_or(text.len(), |(at, _)| at)
}

/// Of the content of a character literal, if one begins here: a quote may also begin a lifetime.
fn char_literal_len(text: &str) -> Option<usize> {
    let content = text.strip_prefix('\'')?;
    if let Some(escape) = content.strip_prefix('\\') {
        // The character after the backslash may itself be a quote.
        let escaped = escape.chars().next()?.len_utf8();
        return Some(1 + escaped + escape[escaped..].find('\'')?);
    }
    let len = content.chars().next()?.len_utf8();
    content[len..].starts_with('\'').then_some(len)
}

#[cfg(test)]
mod tests;
