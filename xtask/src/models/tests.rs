//! The arguments, and what the runners say.

use super::double::failure_in;
use super::engine::{ENGINES, Engine};
use super::{Options, some};

fn parse(args: &[&str]) -> super::Result<Options> {
    let args: Vec<_> = args.iter().map(|arg| (*arg).to_owned()).collect();
    Options::parse(&args)
}

/// Without arguments every checker runs every scenario.
#[test]
fn all_is_the_default() {
    let options = parse(&[]).unwrap();
    assert_eq!(options.engines, ENGINES);
    assert!(!options.mutants);
    assert_eq!(some(&options.filter), None);
}

/// Options and a filter may stand in any order.
#[test]
fn options_choose() {
    let options = parse(&["lock::", "--mutants", "--shuttle"]).unwrap();
    assert_eq!(options.engines, [Engine::Shuttle]);
    assert!(options.mutants);
    assert_eq!(some(&options.filter), Some("lock::"));
}

/// A misspelt option is no filter.
#[test]
fn unknown_option_is_refused() {
    let error = parse(&["--mutant"]).unwrap_err();
    assert_eq!(error.to_string(), "there is no option --mutant");
}

/// Both runners name what failed; a deadlock that aborts the process is a failure, too.
#[test]
fn first_failure_is_named() {
    let nextest = "        PASS [   0.1s] (1/3) p::model a::b\n     SIGABRT [   0.2s] (2/3) p::model lock::alone\n        FAIL [   0.2s] (3/3) p::model c\n";
    assert_eq!(failure_in(nextest).as_deref(), Some("lock::alone"));
    let harness = "test a::b ... ok\ntest lock::alone ... FAILED\n";
    assert_eq!(failure_in(harness).as_deref(), Some("lock::alone"));
    assert_eq!(failure_in("signal: 6"), None);
}
