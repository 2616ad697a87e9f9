//! `report.md`: one table, for people and for the README of the benchmarks.

use std::fmt::Write as _;

use pythreads_benches::{Implementation, Report, Role, Scenario};

/// How far from the best rival we call level.
const LEVEL: f64 = 0.05;

/// The report in Markdown.
pub(super) fn page(report: &Report) -> String {
    let machine = &report.machine;
    let kind = if report.quick {
        "quick run"
    } else {
        "full run"
    };
    let mut page = format!(
        "# Benchmarks\n\n{date}, {kind}, commit {commit}, {toolchain}; {cpu}, {threads} threads, {system}, load {load}; \
         Python: {python}.\n\nTimes are medians for one operation, with the tenth and the ninetieth percentile; a ratio \
         below 1 means that we are faster than the best rival. What does less than is asked for stands in brackets and \
         counts as no rival, nor does Python.\n\n",
        date = report.date,
        commit = report.commit,
        toolchain = report.toolchain,
        cpu = machine.cpu,
        threads = machine.threads,
        system = machine.system,
        load = machine.load,
        python = report.python,
    );
    page += "| scenario | one | pythreads | allocs, bytes | best rival | ratio | others |\n|---|---|---|---|---|---|---|\n";
    for scenario in &report.scenarios {
        page += &row(scenario);
    }
    page
}

fn row(scenario: &Scenario) -> String {
    let find = |name: &str| scenario.implementations.iter().find(|one| one.name == name);
    let best = scenario.best_rival.as_deref().and_then(find);
    let ours = scenario
        .implementations
        .iter()
        .find(|one| one.role == Role::Ours);
    let others = scenario.implementations.iter().filter(|one| {
        one.role != Role::Ours && Some(one.name.as_str()) != scenario.best_rival.as_deref()
    });
    let others: Vec<_> = others.map(named).collect();
    let mut row = format!("| `{}` | {} ", scenario.name, scenario.unit);
    let (time, allocation) =
        ours.map_or_else(Default::default, |ours| (spread(ours), allocated(ours)));
    let best = best.map_or_else(
        || "none".to_owned(),
        |best| format!("{} {}", best.name, spread(best)),
    );
    let ratio = scenario.ratio.map_or_else(String::new, |ratio| {
        format!("{ratio:.2}, {}", verdict(scenario))
    });
    let others = others.join(", ");
    writeln!(
        row,
        "| {time} | {allocation} | {best} | {ratio} | {others} |"
    )
    .expect("a string grows");
    row
}

/// A floor stands in brackets.
fn named(one: &Implementation) -> String {
    let text = format!("{} {}", one.name, time(one.median));
    match one.role {
        Role::Floor => format!("({text})"),
        _ => text,
    }
}

fn spread(one: &Implementation) -> String {
    format!(
        "{} ({} to {})",
        time(one.median),
        time(one.low),
        time(one.high)
    )
}

fn allocated(one: &Implementation) -> String {
    let figure = |figure: Option<f64>| {
        figure.map_or_else(|| "-".to_owned(), |figure| format!("{figure:.2}"))
    };
    format!("{}, {}", figure(one.allocs), figure(one.bytes))
}

/// In one word.
pub(super) fn verdict(scenario: &Scenario) -> &'static str {
    match scenario.ratio {
        None => "alone",
        Some(ratio) if ratio < 1.0 - LEVEL => "ahead",
        Some(ratio) if ratio > 1.0 + LEVEL => "behind",
        Some(_) => "level",
    }
}

/// With three digits, in the unit that fits.
pub(super) fn time(nanoseconds: f64) -> String {
    let units = [(1e9, "s"), (1e6, "ms"), (1e3, "µs")];
    let fitting = units
        .into_iter()
        .find(|(unit, _)| nanoseconds >= 0.9995 * unit);
    let (unit, name) = fitting.unwrap_or((1.0, "ns"));
    let figure = nanoseconds / unit;
    let digits = if figure < 9.995 {
        2
    } else {
        usize::from(figure < 99.95)
    };
    format!("{figure:.digits$} {name}")
}
