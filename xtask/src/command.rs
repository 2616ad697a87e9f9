//! Runs other programs: each is printed before it starts, and its failure names it.

use std::io::{self, BufRead as _, BufReader, IsTerminal as _, Read};
use std::iter;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use crate::Result;

/// Runs the command with this terminal, to success.
pub(crate) fn run(command: &mut Command) -> Result {
    announce(command);
    let status = command
        .status()
        .map_err(|error| format!("cannot run `{}`: {error}", line_of(command)))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("`{}` failed: {status}", line_of(command)).into())
    }
}

/// Runs the command to success, shows what it writes, and returns that without colours.
pub(crate) fn run_and_read(command: &mut Command) -> Result<String> {
    announce(command);
    if io::stderr().is_terminal() {
        command.env("CARGO_TERM_COLOR", "always");
    }
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cannot run `{}`: {error}", line_of(command)))?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let written = thread::scope(|scope| -> Result<String> {
        let stderr = scope.spawn(|| copy_lines(stderr, |line| eprint!("{line}")));
        let mut written = copy_lines(stdout, |line| print!("{line}"))?;
        written += &stderr.join().expect("copying lines does not panic")?;
        Ok(written)
    })?;
    let status = child.wait()?;
    if status.success() {
        Ok(without_colours(&written))
    } else {
        Err(format!("`{}` failed: {status}", line_of(command)).into())
    }
}

/// What the command writes to its standard output; nothing is shown. `None` if it cannot be run or
/// fails, for programs that may be absent.
pub(crate) fn output_of(command: &mut Command) -> Option<String> {
    let output = command.output().ok()?;
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    output.status.success().then_some(stdout)
}

fn announce(command: &Command) {
    println!("$ {}", line_of(command));
}

/// As one would type it, so with the program's name alone.
fn line_of(command: &Command) -> String {
    let program = Path::new(command.get_program());
    iter::once(program.file_name().unwrap_or_default())
        .chain(command.get_args())
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Shows line by line, so that two streams mix at line ends only, and returns all of it.
fn copy_lines(from: Option<impl Read>, show: impl Fn(&str)) -> io::Result<String> {
    let mut written = String::new();
    let Some(from) = from else {
        return Ok(written);
    };
    let mut from = BufReader::new(from);
    let mut line = Vec::new();
    while from.read_until(b'\n', &mut line)? > 0 {
        let text = String::from_utf8_lossy(&line);
        show(&text);
        written += &text;
        line.clear();
    }
    Ok(written)
}

/// Removes the escape sequences that set colours: `ESC [ … m`.
fn without_colours(text: &str) -> String {
    let mut pieces = text.split("\x1b[");
    let first = pieces.next().unwrap_or_default();
    pieces.fold(first.to_owned(), |plain, piece| {
        plain + piece.split_once('m').map_or(piece, |(_, rest)| rest)
    })
}

#[cfg(test)]
mod tests;
