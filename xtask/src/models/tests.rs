//! The arguments, and what the runners say.

use super::double::failure_in;
use super::engine::{ENGINES, Engine};
use super::mutant::Mutant;
use super::{Options, chosen};

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
    assert!(options.filters.is_empty());
}

/// Options and filters may stand in any order.
#[test]
fn options_choose() {
    let options = parse(&["lock::", "--mutants", "event", "--shuttle"]).unwrap();
    assert_eq!(options.engines, [Engine::Shuttle]);
    assert!(options.mutants);
    assert_eq!(options.filters, ["lock::", "event"]);
}

/// A bug is chosen whose name contains one of the filters.
#[test]
fn filters_choose_bugs() {
    let section = |name: &str| format!("\n## {name}\n`src/a.rs`\n```diff\n-a\n+b\n```\n");
    let page = ["lock-a", "event-b", "rlock-c"].map(section).concat();
    let all = || Mutant::on_page("queue", &page).unwrap();
    let names = |filters: &[&str]| {
        let filters: Vec<_> = filters.iter().map(|&filter| filter.to_owned()).collect();
        let chosen = chosen(all(), &filters);
        chosen.into_iter().map(|bug| bug.name).collect::<Vec<_>>()
    };
    assert_eq!(names(&[]), ["lock-a", "event-b", "rlock-c"]);
    assert_eq!(names(&["event", "rlock"]), ["event-b", "rlock-c"]);
    assert!(names(&["evnt"]).is_empty());
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
