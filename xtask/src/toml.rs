//! As much of TOML as the manifests and settings of this repository use: tables, keys, comments, and
//! values that may go on over several lines while a bracket is open.

#[derive(Debug, PartialEq)]
pub(crate) struct Entry {
    /// The table it stands in, as written: `dependencies`, `target.'cfg(unix)'.dependencies`.
    pub(crate) table: String,
    pub(crate) key: String,
    /// As written, with runs of white space made one blank.
    pub(crate) value: String,
    /// Of the key, counted from 1.
    pub(crate) line: usize,
}

pub(crate) fn entries(text: &str) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut table = String::new();
    let mut depth = 0;
    for (index, line) in text.lines().enumerate() {
        let line = without_comment(line).trim();
        if depth > 0 {
            let entry = entries
                .last_mut()
                .expect("an open bracket belongs to an entry");
            append(&mut entry.value, line);
            depth += brackets(line);
        } else if let Some(name) = line.strip_prefix('[') {
            let name = name.trim_matches(['[', ']']);
            name.trim().clone_into(&mut table);
        } else if let Some((key, value)) = line.split_once('=') {
            let mut entry = Entry {
                table: table.clone(),
                key: key.trim().to_owned(),
                value: String::new(),
                line: index + 1,
            };
            append(&mut entry.value, value);
            depth = brackets(value);
            entries.push(entry);
        }
    }
    entries
}

fn append(value: &mut String, more: &str) {
    for word in more.split_whitespace() {
        if !value.is_empty() {
            value.push(' ');
        }
        value.push_str(word);
    }
}

fn without_comment(line: &str) -> &str {
    let comment = outside_quotes(line).find(|&(_, c)| c == '#');
    comment.map_or(line, |(at, _)| &line[..at])
}

/// How many more brackets the text opens than it closes.
fn brackets(text: &str) -> i32 {
    outside_quotes(text)
        .map(|(_, c)| match c {
            '[' | '{' => 1,
            ']' | '}' => -1,
            _ => 0,
        })
        .sum()
}

fn outside_quotes(text: &str) -> impl Iterator<Item = (usize, char)> {
    let mut quoted = false;
    text.char_indices().filter(move |&(_, c)| {
        quoted ^= c == '"';
        !quoted
    })
}

#[cfg(test)]
mod tests;
