//! `index.html`: the report as one page that needs nothing else, drawn without a script; a script sorts and filters.

use std::fmt::Write as _;

use pythreads_benches::{Curve, Report, Role, Scenario};

use super::chart;
use super::markdown::{time, verdict};
use crate::Result;

const STYLE: &str = include_str!("page/page.css");
const SCRIPT: &str = include_str!("page/page.js");

/// The whole page.
pub(super) fn page(report: &Report) -> Result<String> {
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>pythreads: benchmarks</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n"
    );
    page += &header(report);
    page += &table(report);
    page += &sections(report)?;
    page += &scaling(report)?;
    write!(page, "<script>\n{SCRIPT}</script>\n</body>\n</html>\n")?;
    Ok(page)
}

fn header(report: &Report) -> String {
    let machine = &report.machine;
    let count = |which| {
        report
            .scenarios
            .iter()
            .filter(|one| verdict(one) == which)
            .count()
    };
    format!(
        "<header>\n<h1>pythreads beside its rivals</h1>\n\
         <p class=\"counts\"><b>{}</b> ahead <b>{}</b> level <b>{}</b> behind, of {} scenarios</p>\n\
         <p>{}, {}, commit {}, {}; {}, {} threads, {}, load {}; Python: {}.</p>\n\
         <p>Medians for one operation, on logarithmic scales: shorter bars are faster. The thin line goes from the tenth to \
         the ninetieth percentile. A ratio below 1 means that we are faster than the best rival, whatever lies within 5 % is \
         called level. <span class=\"key ours\">pythreads</span> <span class=\"key rival\">rivals</span> \
         <span class=\"key floor\">floors, which do less than is asked for</span> <span class=\"key python\">Python</span></p>\n</header>\n",
        count("ahead"),
        count("level"),
        count("behind"),
        report.scenarios.len(),
        escaped(&report.date),
        if report.quick {
            "quick run"
        } else {
            "full run"
        },
        escaped(&report.commit),
        escaped(&report.toolchain),
        escaped(&machine.cpu),
        machine.threads,
        escaped(&machine.system),
        machine.load,
        escaped(&report.python),
    )
}

/// Each cell that is sorted by a number carries it.
fn table(report: &Report) -> String {
    let heads = [
        "scenario",
        "ours",
        "best rival",
        "its time",
        "ratio",
        "verdict",
        "CPU",
        "allocs",
        "bytes",
    ];
    let button = |head| format!("<th scope=\"col\"><button type=\"button\">{head}</button></th>");
    let heads: String = heads.map(button).concat();
    let mut table = format!(
        "<section>\n<h2>All scenarios</h2>\n\
         <label>Filter <input id=\"filter\" type=\"search\" placeholder=\"queue, behind, rayon …\"></label>\n\
         <div class=\"scroll\"><table id=\"table\">\n<thead><tr>{heads}</tr></thead>\n<tbody>\n"
    );
    for scenario in &report.scenarios {
        table += &row(scenario);
    }
    table + "</tbody>\n</table></div>\n</section>\n"
}

fn row(scenario: &Scenario) -> String {
    let ours = scenario
        .implementations
        .iter()
        .find(|one| one.role == Role::Ours);
    let best = scenario.ratio.map(|ratio| scenario.ours / ratio);
    let number = |number: Option<f64>, text: &dyn Fn(f64) -> String| match number {
        Some(number) => format!("<td data-value=\"{number}\">{}</td>", text(number)),
        None => "<td>-</td>".to_owned(),
    };
    let plain = |number: f64| format!("{number:.2}");
    let name = escaped(&scenario.name);
    [
        format!(
            "<tr class=\"{}\"><td><a href=\"#{name}\">{name}</a></td>",
            verdict(scenario)
        ),
        number(Some(scenario.ours), &time),
        format!(
            "<td>{}</td>",
            escaped(scenario.best_rival.as_deref().unwrap_or("none"))
        ),
        number(best, &time),
        number(scenario.ratio, &plain),
        format!("<td>{}</td>", verdict(scenario)),
        number(ours.map(|ours| ours.cpu), &time),
        number(ours.and_then(|ours| ours.allocs), &plain),
        number(ours.and_then(|ours| ours.bytes), &plain),
        "</tr>\n".to_owned(),
    ]
    .concat()
}

/// One section for each crate, one figure for each scenario.
fn sections(report: &Report) -> Result<String> {
    let mut sections = String::new();
    for family in report
        .scenarios
        .chunk_by(|a, b| family(&a.name) == family(&b.name))
    {
        let name = escaped(self::family(&family[0].name));
        write!(
            sections,
            "<section>\n<h2>{name}</h2>\n<div class=\"figures\">\n"
        )?;
        for scenario in family {
            sections += &figure(scenario)?;
        }
        sections += "</div>\n</section>\n";
    }
    Ok(sections)
}

fn family(name: &str) -> &str {
    name.split('/').next().unwrap_or(name)
}

fn figure(scenario: &Scenario) -> Result<String> {
    let name = escaped(&scenario.name);
    let ratio = scenario.ratio.map_or_else(String::new, |ratio| {
        format!(
            " <span class=\"ratio {}\">{ratio:.2}</span>",
            verdict(scenario)
        )
    });
    let versions = scenario
        .implementations
        .iter()
        .map(|one| format!("{} {}", one.name, one.version));
    let versions = escaped(&versions.collect::<Vec<_>>().join(", "));
    let unit = escaped(&scenario.unit);
    let chart = chart::bars(scenario)?;
    Ok(format!(
        "<figure class=\"scenario\" id=\"{name}\" data-name=\"{name}\">\n\
         <figcaption><b>{name}</b>{ratio}<br><small title=\"{versions}\">for one {unit}</small></figcaption>\n{chart}\n</figure>\n"
    ))
}

/// The curves of one family together.
fn scaling(report: &Report) -> Result<String> {
    if report.scaling.is_empty() {
        return Ok(String::new());
    }
    let mut section =
        "<section>\n<h2>Over numbers of threads</h2>\n<div class=\"figures\">\n".to_owned();
    let mut names: Vec<_> = report
        .scaling
        .iter()
        .map(|curve| curve.scenario.as_str())
        .collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        let curves: Vec<_> = report
            .scaling
            .iter()
            .filter(|curve| curve.scenario == name)
            .collect();
        section += &curves_of(name, &curves)?;
    }
    section += "</div>\n</section>\n";
    Ok(section)
}

fn curves_of(name: &str, curves: &[&Curve]) -> Result<String> {
    let key = curves.iter().enumerate().map(|(number, curve)| {
        let colour = chart::line_colour(number, curve.role);
        let colour = format!("#{:02x}{:02x}{:02x}", colour.0, colour.1, colour.2);
        format!(
            "<span class=\"key\" style=\"--key: {colour}\">{}</span> ",
            escaped(&curve.implementation)
        )
    });
    let key: String = key.collect();
    let unit = curves.first().map_or("", |curve| curve.unit.as_str());
    Ok(format!(
        "<figure class=\"curves\" data-name=\"{name}\">\n<figcaption><b>{name}</b><br><small>for one {unit}, by threads</small>\
         </figcaption>\n{chart}\n<p>{key}</p>\n</figure>\n",
        name = escaped(name),
        unit = escaped(unit),
        chart = chart::lines(curves)?,
    ))
}

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests;
