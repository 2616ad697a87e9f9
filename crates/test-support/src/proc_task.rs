//! What Linux tells about the threads of this process, in `/proc/self/task`.
//!
//! On other systems, and where `/proc` is not mounted, every function here finds nothing.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// The kernel's number for the calling thread.
pub(crate) fn current_tid() -> Option<u32> {
    let own = fs::read_link("/proc/thread-self").ok()?;
    own.file_name()?.to_str()?.parse().ok()
}

/// Every thread of this process, by number.
pub(crate) fn all() -> Vec<Task> {
    let Ok(folder) = fs::read_dir("/proc/self/task") else {
        return Vec::new();
    };
    let mut tasks: Vec<_> = folder
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter_map(Task::read)
        .collect();
    tasks.sort_by_key(|task| task.tid);
    tasks
}

/// One thread, as the kernel sees it.
#[derive(Debug)]
pub(crate) struct Task {
    pub(crate) tid: u32,
    name: String,
    state: char,
    /// The kernel function the thread sleeps in; empty where the kernel does not tell.
    wchan: String,
}

impl Task {
    fn read(tid: u32) -> Option<Self> {
        let folder = folder(tid);
        let stat = fs::read_to_string(folder.join("stat")).ok()?;
        Some(Self {
            tid,
            name: trimmed(&folder.join("comm")),
            state: parse_state(&stat)?,
            wchan: trimmed(&folder.join("wchan")),
        })
    }
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            tid, name, state, ..
        } = self;
        let state = match state {
            'R' => "running",
            'S' => "asleep",
            'D' => "in the disk's or a driver's hands",
            'T' | 't' => "stopped",
            'Z' | 'X' => "ended",
            _ => "in an unknown state",
        };
        write!(f, "{tid:>8}  {name:<15}  {state}")?;
        match self.wchan.as_str() {
            "" | "0" => Ok(()),
            wchan => write!(f, " in {wchan}"),
        }
    }
}

/// How often a thread has gone to sleep by itself so far, if it is asleep now.
pub(crate) fn sleeps_if_asleep(tid: u32) -> Option<u64> {
    let status = fs::read_to_string(folder(tid).join("status")).ok()?;
    let is_asleep = field(&status, "State:")?.starts_with('S');
    let sleeps = field(&status, "voluntary_ctxt_switches:")?.parse().ok()?;
    is_asleep.then_some(sleeps)
}

fn folder(tid: u32) -> PathBuf {
    PathBuf::from(format!("/proc/self/task/{tid}"))
}

fn trimmed(path: &Path) -> String {
    fs::read_to_string(path)
        .unwrap_or_default()
        .trim()
        .to_owned()
}

fn field<'a>(status: &'a str, name: &str) -> Option<&'a str> {
    status
        .lines()
        .find_map(|line| line.strip_prefix(name))
        .map(str::trim)
}

/// The state is the first field after the name, which is in parentheses and may contain some.
fn parse_state(stat: &str) -> Option<char> {
    let (_, after_name) = stat.rsplit_once(')')?;
    after_name.trim_start().chars().next()
}

#[cfg(test)]
mod tests;
