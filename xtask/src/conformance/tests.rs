//! Pages and tests made up to fit, or not to.

use super::chosen;
use super::module::Module;
use super::report::Report;
use crate::repository::Repository;

const MODULE: Module = Module {
    name: "queue",
    families: "QZ",
    crates: &["queue", "sync-primitives"],
};

/// Rows of the family Q, then a table that makes the family Z complete.
fn page(rows: &str) -> String {
    let head = "| rule | what Python does | here |\n|---|---|---|\n";
    format!("# Queue\n{head}{rows}\nProse.\n\n{head}| Z1 | shuts down | no meaning: a sample |\n")
}

/// Of a repository with this page and these tests.
fn report(rows: &str, tests: &str) -> Report {
    let files = [
        ("docs/conformance/queue.md", page(rows).as_str()),
        ("crates/queue/tests/it/fifo.rs", tests),
    ]
    .map(|(path, text)| (path.to_owned(), text.to_owned()));
    Report::of(&MODULE, &Repository::of(files))
}

fn violations(rows: &str, tests: &str) -> Vec<String> {
    let violations = report(rows, tests).violations;
    violations.iter().map(ToString::to_string).collect()
}

/// Each rule stands in its group, neighbours together; what needs no test has none.
#[test]
fn account_is_given_by_group() {
    let rows = "\
| Q1 | waits | |
| Q2 | returns | |
| Q3 | raises | differs: returns |
| Q4 | is not re-entrant | no meaning: no signal handlers |
| Q5 | sorts | not built: no sorting |
";
    let tests = "#[test]\nfn q1_q2_waits() {}\n#[test]\nfn q3_returns() {}\n";
    let report = report(rows, tests);
    assert_eq!(
        report.to_string(),
        "\
queue: 6 rules
  covered       2  Q1-Q2
  differs       1  Q3
  no meaning    2  Q4 Z1
  not built     1  Q5
  NOT COVERED   0
"
    );
    assert_eq!((report.tested(), report.total()), (3, 6));
}

/// A rule without a test is reported at its row, whether or not Rust differs.
#[test]
fn untested_rule_is_reported() {
    let rows = "| Q1 | waits | |\n| Q2 | raises | differs: returns |\n";
    assert_eq!(
        violations(rows, "fn q10_waits() {}\nfn waits_q1_() {}\n")[..2],
        [
            "docs/conformance/queue.md:4: Q1 has no test: none has a name that begins with q1_",
            "docs/conformance/queue.md:5: Q2 has no test: none has a name that begins with q2_",
        ]
    );
    let report = report(rows, "").to_string();
    assert!(report.contains("\n  NOT COVERED   2  Q1-Q2\n"), "{report}");
}

/// A test that names a rule which nobody knows is reported where it stands.
#[test]
fn unknown_rule_is_reported() {
    assert_eq!(
        violations("| Q1 | waits | |\n", "//! Tests.\nfn q1_q9_waits() {}\n"),
        [
            "crates/queue/tests/it/fifo.rs:2: q1_q9_waits names Q9, which is not in docs/conformance/queue.md"
        ]
    );
}

/// A rule that needs no test has none, or its row is stale.
#[test]
fn stale_row_is_reported() {
    let rows = "| Q1 | waits | no meaning: a sample |\n| Q2 | raises | not built: later |\n";
    assert_eq!(
        violations(rows, "fn q1_waits() {}\nfn q2_raises() {}\n"),
        [
            "docs/conformance/queue.md:4: Q1 is marked `no meaning`, but q1_waits in crates/queue/tests/it/fifo.rs tests it",
            "docs/conformance/queue.md:5: Q2 is marked `not built`, but q2_raises in crates/queue/tests/it/fifo.rs tests it",
        ]
    );
}

/// Names count wherever the module's crates keep tests, in code only.
#[test]
fn tests_are_found() {
    let files = [
        ("docs/conformance/queue.md", page("| Q1 | waits | |\n")),
        ("crates/queue/src/fifo.rs", "fn q2_x() {}\n".to_owned()),
        (
            "crates/threading/tests/it/a.rs",
            "fn q3_x() {}\n".to_owned(),
        ),
        ("crates/queue/tests/it/a.rs", "// fn q4_x()\n".to_owned()),
        (
            "crates/sync-primitives/src/a/tests.rs",
            "macro_rules! suite {\n    () => { #[test] fn q1_waits() {} };\n}\n".to_owned(),
        ),
    ]
    .map(|(path, text)| (path.to_owned(), text));
    let report = Report::of(&MODULE, &Repository::of(files));
    assert_eq!(report.violations, []);
}

/// What is wrong with a row is said at the row.
#[test]
fn bad_rows_are_reported() {
    for (row, message) in [
        (
            "| Q1 | waits |",
            "a row has three cells, and no `|` within one",
        ),
        (
            "| Q1 | a | b | |",
            "a row has three cells, and no `|` within one",
        ),
        ("| q1 | waits | |", "`q1` is no rule's id, like L10"),
        ("| Q01 | waits | |", "`Q01` is no rule's id, like L10"),
        ("| Q | waits | |", "`Q` is no rule's id, like L10"),
        (
            "| Q2 | waits | |",
            "Q2 after nothing: a family counts from 1, without gaps",
        ),
        ("| Q1 | | |", "Q1 must say what Python does"),
        (
            "| Q1 | waits | perhaps |",
            "the third cell of Q1 is empty, or `differs: …`, `no meaning: …`, `not built: …`",
        ),
        (
            "| Q1 | waits | differs: |",
            "the third cell of Q1 is empty, or `differs: …`, `no meaning: …`, `not built: …`",
        ),
    ] {
        assert_eq!(
            violations(&format!("{row}\n"), "").first().unwrap(),
            &format!("docs/conformance/queue.md:4: {message}"),
        );
    }
}

/// A rule that was skipped, or stands twice, is noticed by its neighbour.
#[test]
fn rules_are_counted() {
    for second in ["Q1", "Q3"] {
        let rows = format!("| Q1 | waits | |\n| {second} | waits | |\n");
        let expected = format!(
            "docs/conformance/queue.md:5: {second} after Q1: a family counts from 1, without gaps"
        );
        assert_eq!(violations(&rows, "").first().unwrap(), &expected);
    }
}

/// A page, and each family of its module, must be there.
#[test]
fn missing_tables_are_reported() {
    let report = Report::of(&MODULE, &Repository::of([]));
    let violations: Vec<_> = report.violations.iter().map(ToString::to_string).collect();
    assert_eq!(
        violations,
        [
            "docs/conformance/queue.md:1: the page does not exist",
            "docs/conformance/queue.md:1: there is no table of the family Q",
            "docs/conformance/queue.md:1: there is no table of the family Z",
        ]
    );
}

/// A module that Python does not have is refused with those that it has.
#[test]
fn unknown_module_is_refused() {
    let error = chosen(&["asyncio".to_owned()]).unwrap_err().to_string();
    assert_eq!(
        error,
        "there is no module asyncio; the modules are threading, queue, concurrent-futures, multiprocessing-pool"
    );
    assert_eq!(chosen(&["queue".to_owned()]).unwrap()[0].name, "queue");
    assert_eq!(chosen(&[]).unwrap().len(), 4);
}
