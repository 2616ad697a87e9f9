//! What is to be downloaded, and under which name.

use crate::kind::Kind;
use anyhow::Context;
use std::collections::HashSet;
use std::fs;
use std::path::Path;
use ureq::http::Uri;

/// One URL and the name of the file that it becomes.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) url: String,
    /// Without an extension when the URL has none: the image then decides.
    pub(crate) name: String,
}

/// The URLs of a list, one a line; a line that starts with `#` is a comment.
pub(crate) fn read_urls(list: &Path) -> anyhow::Result<Vec<String>> {
    let text =
        fs::read_to_string(list).with_context(|| format!("cannot read {}", list.display()))?;
    let lines = text.lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    let urls: Vec<String> = lines.map(String::from).collect();
    anyhow::ensure!(!urls.is_empty(), "no URL in {}", list.display());
    Ok(urls)
}

/// Gives each URL a file name that no other has, also where `A.png` and `a.png` are one file.
pub(crate) fn plan(urls: Vec<String>) -> Vec<Job> {
    let mut taken = HashSet::new();
    let mut job = |url: String| {
        let wanted = file_name(&url);
        let (stem, extension) = wanted.split_at(wanted.rfind('.').unwrap_or(wanted.len()));
        let numbered = (2..).map(|n| format!("{stem}-{n}{extension}"));
        let mut names = std::iter::once(wanted.clone()).chain(numbered);
        let name = names.find(|name| claims(name).iter().all(|claim| !taken.contains(claim)))?;
        taken.extend(claims(&name));
        Some(Job { url, name })
    };
    urls.into_iter().filter_map(&mut job).collect()
}

/// The files which a job of this name may write.
fn claims(name: &str) -> Vec<String> {
    let name = name.to_lowercase();
    if name.contains('.') {
        vec![name]
    } else {
        Kind::EXTENSIONS
            .map(|extension| format!("{name}.{extension}"))
            .into()
    }
}

/// The last segment of the URL's path, with nothing in it that means something to a file system.
fn file_name(url: &str) -> String {
    let path = url
        .parse()
        .map(|uri: Uri| uri.path().to_owned())
        .unwrap_or_default();
    let segment = path
        .trim_end_matches('/')
        .rsplit('/')
        .next()
        .unwrap_or_default();
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || "-_.".contains(c) {
            c
        } else {
            '_'
        }
    };
    let name: String = segment.chars().map(plain).take(100).collect();
    match name.trim_start_matches('.') {
        "" => String::from("image"),
        name => name.to_owned(),
    }
}
