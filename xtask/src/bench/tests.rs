//! Reports, and the pages made of them.

use std::path::PathBuf;

use pythreads_benches::{Curve, Implementation, Machine, Point, Report, Role, Scenario, Spread};

use super::executable_of;
use super::markdown::{self, time};

/// A report of two scenarios: we are ahead in one and behind in the other.
pub(super) fn report() -> Report {
    Report {
        machine: Machine {
            cpu: "Test".to_owned(),
            threads: 2,
            system: "Linux".to_owned(),
            load: 0.5,
        },
        toolchain: "rustc".to_owned(),
        commit: "0123".to_owned(),
        date: "2026-01-01T00:00:00Z".to_owned(),
        quick: true,
        python: "none".to_owned(),
        scenarios: vec![
            scenario(
                "lock/uncontended",
                &[("pythreads", Role::Ours, 10.0), ("std", Role::Rival, 20.0)],
            ),
            scenario(
                "queue/simple/1p1c",
                &[
                    ("pythreads", Role::Ours, 3_000.0),
                    ("slow", Role::Rival, 4_000.0),
                    ("fast", Role::Rival, 1_000.0),
                    ("park", Role::Floor, 5.0),
                ],
            ),
        ],
        scaling: vec![curve("pythreads", Role::Ours), curve("std", Role::Rival)],
    }
}

fn curve(implementation: &str, role: Role) -> Curve {
    let points = [(1, 10.0), (2, 30.0), (4, 90.0)];
    let points = points.map(|(threads, median)| Point { threads, median });
    Curve {
        scenario: "lock/contended".to_owned(),
        unit: "section".to_owned(),
        implementation: implementation.to_owned(),
        role,
        points: points.into(),
    }
}

fn scenario(name: &str, medians: &[(&str, Role, f64)]) -> Scenario {
    let implementations = medians.iter().map(|(name, role, median)| Implementation {
        name: (*name).to_owned(),
        version: "1.0.0".to_owned(),
        role: *role,
        median: *median,
        low: median * 0.9,
        high: median * 1.5,
        cpu: *median,
        allocs: Some(1.0),
        bytes: Some(64.0),
    });
    Scenario::new(
        name.to_owned(),
        "item".to_owned(),
        implementations.collect(),
    )
}

/// The best rival is the fastest, and what does less than is asked for is none.
#[test]
fn best_rival_is_the_fastest() {
    let report = report();
    let [ahead, behind] = report.scenarios.as_slice() else {
        panic!("expected two scenarios");
    };
    assert_eq!(
        (ahead.best_rival.as_deref(), ahead.ratio),
        (Some("std"), Some(0.5))
    );
    assert_eq!(
        (behind.best_rival.as_deref(), behind.ratio),
        (Some("fast"), Some(3.0))
    );
}

/// Without a rival there is nothing to be compared with.
#[test]
fn no_rival_no_ratio() {
    let alone = scenario(
        "a",
        &[
            ("pythreads", Role::Ours, 1.0),
            ("CPython", Role::Python, 9.0),
        ],
    );
    assert_eq!((alone.best_rival, alone.ratio), (None, None));
}

/// Median, and a spread that leaves out a tenth on either side.
#[test]
fn spread_is_of_percentiles() {
    let spread = Spread::of((0..=10).rev().map(f64::from).collect());
    assert_eq!(
        spread,
        Spread {
            median: 5.0,
            low: 1.0,
            high: 9.0
        }
    );
    let even = Spread::of(vec![2.0, 1.0]);
    assert!((even.median - 1.5).abs() < 1e-9, "{even:?}");
}

/// The report has the fields that its readers know, and is read back as it was written.
#[test]
fn json_has_its_fields() {
    let text = serde_json::to_string(&report()).unwrap();
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    for field in ["machine", "toolchain", "commit", "date", "scenarios"] {
        assert!(value.get(field).is_some(), "{field}");
    }
    let scenario = &value["scenarios"][1];
    assert_eq!(scenario["name"], "queue/simple/1p1c");
    assert_eq!(
        (&scenario["ours"], &scenario["best_rival"]),
        (&3_000.0.into(), &"fast".into())
    );
    for field in [
        "name", "version", "median", "low", "high", "cpu", "allocs", "bytes",
    ] {
        assert!(
            scenario["implementations"][0].get(field).is_some(),
            "{field}"
        );
    }
    let again: Report = serde_json::from_str(&text).unwrap();
    assert_eq!(serde_json::to_string(&again).unwrap(), text);
}

/// Each scenario has a row with our figure, the best rival's and the ratio.
#[test]
fn markdown_has_a_row_for_each_scenario() {
    let page = markdown::page(&report());
    let row = "| `queue/simple/1p1c` | item | 3.00 µs (2.70 µs to 4.50 µs) | 1.00, 64.00 | fast 1.00 µs (900 ns to 1.50 µs) | 3.00, behind | slow 4.00 µs, (park 5.00 ns) |";
    assert!(page.contains(row), "{page}");
    assert!(page.contains("| `lock/uncontended` |"), "{page}");
}

/// Times have three digits.
#[test]
fn times_have_three_digits() {
    let cases = [
        (0.123, "0.12 ns"),
        (999.9, "1.00 µs"),
        (999.4, "999 ns"),
        (1_500.0, "1.50 µs"),
        (12_340_000.0, "12.3 ms"),
        (2e9, "2.00 s"),
    ];
    for (nanoseconds, expected) in cases {
        assert_eq!(time(nanoseconds), expected);
    }
}

/// Of cargo's messages, only that about the program names it.
#[test]
fn program_is_found_among_messages() {
    let program =
        r#"{"target":{"name":"pythreads-bench"},"executable":"/t/deps/pythreads-bench-1"}"#;
    assert_eq!(
        executable_of(program),
        Some(PathBuf::from("/t/deps/pythreads-bench-1"))
    );
    let library = r#"{"target":{"name":"pythreads-bench"},"executable":null}"#;
    assert_eq!(executable_of(library), None);
    assert_eq!(executable_of("not a message"), None);
}
