//! One download: fetch, check, save.

use crate::job::Job;
use crate::kind::Kind;
use anyhow::Context;
use std::fmt;
use std::fs;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::time::Duration;
use thiserror::Error;
use ureq::Agent;
use ureq::http::StatusCode;

const LARGEST: u64 = 64 << 20;

/// Downloads images into one folder. All threads share it, and with it the open connections.
#[derive(Debug)]
pub(crate) struct Downloader {
    agent: Agent,
    folder: PathBuf,
    timeout: Duration,
}

/// A file that is there, whole.
#[derive(Debug)]
pub(crate) struct Saved {
    path: PathBuf,
    kind: Kind,
    bytes: usize,
}

/// Why a file is not there. Names its URL, so that the report needs nothing else.
#[derive(Debug, Error)]
#[error("{url}: {reason}")]
pub(crate) struct DownloadError {
    url: String,
    reason: Reason,
}

#[derive(Debug, Error)]
enum Reason {
    #[error("the server answered {0}")]
    Status(StatusCode),
    #[error("not complete after {} s", .0.as_secs_f64())]
    TimedOut(Duration),
    #[error("truncated: {received} of {announced} bytes came")]
    Truncated { received: usize, announced: u64 },
    #[error("not an image that can be read")]
    NotAnImage,
    #[error("cannot download: {0}")]
    Http(ureq::Error),
    #[error("cannot save: {0}")]
    Save(io::Error),
}

impl Downloader {
    pub(crate) fn new(folder: PathBuf, timeout: Duration, workers: usize) -> anyhow::Result<Self> {
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let config = Agent::config_builder()
            .timeout_global(Some(timeout))
            .http_status_as_error(false)
            .max_idle_connections(workers)
            .max_idle_connections_per_host(workers)
            .build();
        Ok(Downloader {
            agent: config.into(),
            folder,
            timeout,
        })
    }

    pub(crate) fn save(&self, job: &Job) -> Result<Saved, DownloadError> {
        self.try_save(job).map_err(|reason| DownloadError {
            url: job.url.clone(),
            reason,
        })
    }

    fn try_save(&self, job: &Job) -> Result<Saved, Reason> {
        let content = self.fetch(&job.url)?;
        let kind = Kind::of(&content).ok_or(Reason::NotAnImage)?;
        let mut path = self.folder.join(&job.name);
        if path.extension().is_none() {
            path.set_extension(kind.extension());
        }
        // Renamed when whole, so that no half-written file has an image's name; dropped earlier, it is removed.
        let mut part = self.part().map_err(Reason::Save)?;
        part.write_all(&content).map_err(Reason::Save)?;
        part.persist(&path)
            .map_err(|refused| Reason::Save(refused.error))?;
        Ok(Saved {
            path,
            kind,
            bytes: content.len(),
        })
    }

    fn fetch(&self, url: &str) -> Result<Vec<u8>, Reason> {
        let mut answer = self
            .agent
            .get(url)
            .call()
            .map_err(|error| self.reason(error))?;
        if !answer.status().is_success() {
            return Err(Reason::Status(answer.status()));
        }
        let announced = answer.body().content_length();
        let mut content = Vec::new();
        let body = answer
            .body_mut()
            .with_config()
            .limit(LARGEST)
            .reader()
            .read_to_end(&mut content);
        let received = content.len();
        match (body.map_err(ureq::Error::from), announced) {
            (Ok(_), Some(announced)) if announced == received as u64 => Ok(content),
            (Ok(_), None) => Ok(content),
            (Ok(_) | Err(ureq::Error::Io(_)), Some(announced)) => Err(Reason::Truncated {
                received,
                announced,
            }),
            (Err(error), _) => Err(self.reason(error)),
        }
    }

    fn reason(&self, error: ureq::Error) -> Reason {
        match error {
            ureq::Error::Timeout(_) => Reason::TimedOut(self.timeout),
            error => Reason::Http(error),
        }
    }

    /// A file in the same folder, hence in the same file system: only there can it be renamed to its place.
    fn part(&self) -> io::Result<tempfile::NamedTempFile> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(".download-").suffix(".part");
        #[cfg(unix)] // as any new file, where a temporary one would be for its owner only
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        builder.tempfile_in(&self.folder)
    }
}

impl fmt::Display for Saved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} ({}, {} bytes)",
            self.path.display(),
            self.kind,
            self.bytes
        )
    }
}
