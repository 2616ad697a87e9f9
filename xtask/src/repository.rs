//! The files that the checks look at, read once.

use std::fs;
use std::path::Path;

use crate::Result;
use crate::source::Source;
use crate::workspace;

#[derive(Debug)]
pub(crate) struct Repository {
    /// Every Rust file.
    pub(crate) sources: Vec<Source>,
    /// Every `.md` and `.toml` file.
    pub(crate) texts: Vec<Text>,
    /// The paths of all other files, whose text nobody asks for.
    pub(crate) others: Vec<String>,
}

#[derive(Debug)]
pub(crate) struct Text {
    /// From the root, with forward slashes.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Repository {
    /// Reads everything below the root but hidden and generated folders.
    pub(crate) fn read(root: &Path) -> Result<Self> {
        let mut files = Vec::new();
        collect(root, "", &mut files)?;
        files.sort();
        Ok(Self::of(files))
    }

    /// A repository of these files: path and text.
    pub(crate) fn of(files: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut repository = Self {
            sources: Vec::new(),
            texts: Vec::new(),
            others: Vec::new(),
        };
        for (path, text) in files {
            match extension(&path) {
                "rs" => repository.sources.push(Source::parse(path, &text)),
                "md" | "toml" => repository.texts.push(Text { path, text }),
                _ => repository.others.push(path),
            }
        }
        repository
    }

    pub(crate) fn text(&self, path: &str) -> Option<&Text> {
        self.texts.iter().find(|text| text.path == path)
    }

    /// The paths of all files.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> {
        let sources = self.sources.iter().map(|source| source.path.as_str());
        let texts = self.texts.iter().map(|text| text.path.as_str());
        sources
            .chain(texts)
            .chain(self.others.iter().map(String::as_str))
    }
}

/// What stands behind the last dot.
pub(crate) fn extension(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(_, extension)| extension)
}

fn collect(folder: &Path, prefix: &str, files: &mut Vec<(String, String)>) -> Result {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        if entry.file_type()?.is_dir() {
            if !name.starts_with('.') && name != "target" {
                collect(&entry.path(), &format!("{path}/"), files)?;
            }
        } else if ["rs", "md", "toml"].contains(&extension(&name)) {
            files.push((path, workspace::read(&entry.path())?));
        } else {
            files.push((path, String::new()));
        }
    }
    Ok(())
}
