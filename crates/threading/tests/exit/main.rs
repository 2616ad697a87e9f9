//! The end of the program, on programs that end.
//!
//! Under the usual test harness no test runs as `main`, so this binary has a `main` of its own, which plays two parts. With
//! the variable [`PROGRAM`] set it is one of the [`programs`]. Without, it is as much of a test harness as cargo and
//! nextest ask for: it lists its tests or runs those whose names are given, all at the same time.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test prints and unwraps, which clippy cannot tell without the usual harness"
)]

mod c_library;
mod expectations;
mod programs;

use std::env;
use std::panic::catch_unwind;
use std::process::ExitCode;

use test_support::checked_spawn;

/// The environment variable that names a program.
const PROGRAM: &str = "PYTHREADS_EXIT_PROGRAM";

fn main() -> ExitCode {
    if let Ok(program) = env::var(PROGRAM) {
        return programs::run(&program);
    }
    let arguments: Vec<String> = env::args().skip(1).collect();
    let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
    let wanted = Wanted {
        names: names(&arguments),
        exact: has("--exact"),
    };
    // None of the tests is an ignored one.
    let none = has("--ignored");
    let tests = expectations::ALL
        .iter()
        .filter(|(name, _)| !none && wanted.includes(name));
    if has("--list") {
        tests.for_each(|(name, _)| println!("{name}: test"));
        return ExitCode::SUCCESS;
    }
    let start = |(name, test): &'static (&str, fn())| {
        let passes = checked_spawn(move || catch_unwind(test).is_ok());
        (name, passes)
    };
    let running: Vec<_> = tests.map(start).collect();
    let mut all_pass = true;
    for (name, passes) in running {
        let passes = passes.join();
        println!("test {name} ... {}", if passes { "ok" } else { "FAILED" });
        all_pass &= passes;
    }
    if all_pass {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// The arguments that are names of tests: neither an option nor the value of one.
fn names(arguments: &[String]) -> Vec<&String> {
    const WITH_VALUE: [&str; 4] = ["--format", "--color", "--test-threads", "--logfile"];
    let mut names = Vec::new();
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        if WITH_VALUE.contains(&argument.as_str()) {
            arguments.next();
        } else if !argument.starts_with('-') {
            names.push(argument);
        }
    }
    names
}

/// Which tests are asked for: all, if no name is given.
struct Wanted<'arguments> {
    names: Vec<&'arguments String>,
    exact: bool,
}

impl Wanted<'_> {
    fn includes(&self, test: &str) -> bool {
        let is_meant = |name: &&String| {
            if self.exact {
                test == **name
            } else {
                test.contains(name.as_str())
            }
        };
        self.names.is_empty() || self.names.iter().any(is_meant)
    }
}
