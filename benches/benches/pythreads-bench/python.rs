//! The same scenarios under the `python3` that is found here: the scripts in benches/python, each served by a process of
//! its own that waits for its turn.

use std::cell::RefCell;
use std::fs;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::rc::Rc;
use std::time::Duration;

use serde::Deserialize;
use tempfile::TempDir;

use crate::clock::Elapsed;
use crate::scenario::Scenario;

/// They travel within this program.
const SCRIPTS: [(&str, &str); 7] = [
    ("main.py", include_str!("../../python/main.py")),
    ("measure.py", include_str!("../../python/measure.py")),
    ("locks.py", include_str!("../../python/locks.py")),
    ("threads.py", include_str!("../../python/threads.py")),
    ("queues.py", include_str!("../../python/queues.py")),
    ("executors.py", include_str!("../../python/executors.py")),
    ("pools.py", include_str!("../../python/pools.py")),
];

/// A Python that runs the scripts.
pub(crate) struct Python {
    about: About,
    /// Holds the scripts, as long as this lives.
    folder: TempDir,
}

#[derive(Debug, Deserialize)]
struct About {
    name: String,
    version: String,
    gil: bool,
    scenarios: Vec<String>,
}

impl Python {
    /// The `python3` of this machine, or why there is none.
    pub(crate) fn find() -> Result<Self, String> {
        let folder =
            scripts().map_err(|error| format!("the scripts cannot be written: {error}"))?;
        let output = command(&folder).output();
        let output = output.map_err(|error| format!("there is no python3: {error}"))?;
        if !output.status.success() {
            return Err(format!(
                "python3 does not run the scripts: {}",
                output.status
            ));
        }
        let about = serde_json::from_slice(&output.stdout);
        let about = about.map_err(|error| format!("python3 is not understood: {error}"))?;
        Ok(Self { about, folder })
    }

    pub(crate) fn describe(&self) -> String {
        let gil = if self.about.gil {
            "with the GIL"
        } else {
            "free-threaded"
        };
        format!("{} {}, {gil}", self.about.name, self.about.version)
    }

    /// Runs each script once, for its checks.
    pub(crate) fn check(&self) {
        let status = command(&self.folder).arg("check").status();
        let is_right = status.is_ok_and(|status| status.success());
        assert!(is_right, "a script in benches/python fails");
    }

    /// Takes part where there is a script for it.
    pub(crate) fn join(&self, scenario: Scenario, workers: usize) -> Scenario {
        if !self.about.scenarios.contains(&scenario.name) {
            return scenario;
        }
        let arguments = [
            scenario.name.clone(),
            scenario.operations.to_string(),
            workers.to_string(),
        ];
        let folder = self.folder.path().to_owned();
        let session = Rc::new(RefCell::new(None));
        scenario.python(self.about.version.clone(), move || {
            let session = Rc::clone(&session);
            let (folder, arguments) = (folder.clone(), arguments.clone());
            move |iterations| {
                let mut session = session.borrow_mut();
                let session =
                    session.get_or_insert_with(|| Session::start(folder.clone(), &arguments));
                session.run(iterations).expect("the scripts answer")
            }
        })
    }
}

fn scripts() -> io::Result<TempDir> {
    let folder = TempDir::new()?;
    for (name, text) in SCRIPTS {
        fs::write(folder.path().join(name), text)?;
    }
    Ok(folder)
}

fn command(folder: impl AsRef<std::path::Path>) -> Command {
    let mut command = Command::new("python3");
    command.arg(folder.as_ref().join("main.py"));
    command
}

/// A process that serves one scenario, and ends with its standard input.
struct Session {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Session {
    fn start(folder: PathBuf, arguments: &[String]) -> Self {
        let mut command = command(folder);
        command
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = command.spawn().expect("python3 ran before");
        let input = child.stdin.take();
        let output = child.stdout.take().expect("it is piped");
        Self {
            child,
            input,
            output: BufReader::new(output),
        }
    }

    fn run(&mut self, iterations: u64) -> io::Result<Elapsed> {
        let input = self.input.as_mut().expect("it is taken at the end");
        writeln!(input, "{iterations}")?;
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        let mut times = line.split_whitespace().map(str::parse);
        match (times.next(), times.next()) {
            (Some(Ok(wall)), Some(Ok(cpu))) => Ok(Elapsed {
                wall: Duration::from_nanos(wall),
                cpu: Duration::from_nanos(cpu),
            }),
            _ => Err(io::Error::other(format!(
                "expected two times, got {line:?}"
            ))),
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        drop(self.input.take());
        // What it has to say it has said to the terminal.
        let _status = self.child.wait();
    }
}
