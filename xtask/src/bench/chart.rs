//! Charts of a report, drawn by plotters as SVG. Their colours are names: page.css says what they mean by day and by night.

use plotters::chart::ChartBuilder;
use plotters::coord::Shift;
use plotters::coord::combinators::IntoLogRange as _;
use plotters::drawing::{DrawingArea, IntoDrawingArea as _};
use plotters::element::{Circle, PathElement, Rectangle, Text};
use plotters::prelude::SVGBackend;
use plotters::style::{Color as _, IntoTextStyle as _, RGBColor, TRANSPARENT};
use pythreads_benches::{Curve, Implementation, Role, Scenario};

use super::markdown::time;
use crate::Result;

/// Also in page.css.
const INK: RGBColor = RGBColor(0x11, 0x11, 0x11);
const GRID: RGBColor = RGBColor(0xdd, 0xdd, 0xdd);

/// Text is legible also when a phone shows the whole width.
const WIDTH: u32 = 420;
const TEXT: u32 = 19;
const ROW: u32 = 46;
const AXIS: u32 = 34;

/// A bar for each implementation, ours first, on a logarithmic scale; a thin line from low to high.
pub(super) fn bars(scenario: &Scenario) -> Result<String> {
    let implementations = in_order(scenario);
    let lows = implementations.iter().map(|one| one.low.min(one.median));
    let highs = implementations.iter().map(|one| one.high.max(one.median));
    let from = power_of_ten(lows.fold(f64::INFINITY, f64::min), f64::floor);
    let to = power_of_ten(highs.fold(from * 1.1, f64::max), f64::ceil);
    let rows = u32::try_from(implementations.len())?;
    draw((WIDTH, rows * ROW + AXIS), |area| {
        let mut chart = ChartBuilder::on(area)
            .margin_right(36)
            .margin_left(36)
            .x_label_area_size(AXIS)
            .build_cartesian_2d((from..to).log_scale(), f64::from(rows)..0.0)?;
        chart
            .configure_mesh()
            .disable_y_mesh()
            .disable_y_axis()
            .light_line_style(TRANSPARENT)
            .bold_line_style(GRID)
            .axis_style(GRID)
            .x_labels(4)
            .x_label_formatter(&|nanoseconds| time_of_axis(*nanoseconds))
            .label_style(("sans-serif", TEXT - 2, &INK))
            .draw()?;
        for (row, one) in (0_u32..).zip(&implementations) {
            let top = f64::from(row);
            let bar = [(from, top + 0.52), (one.median, top + 0.88)];
            chart.draw_series([Rectangle::new(bar, colour(one.role).filled())])?;
            let spread = [(one.low, top + 0.7), (one.high, top + 0.7)];
            chart.draw_series([PathElement::new(spread, INK.stroke_width(1))])?;
            let text = format!("{}  {}", one.name, time(one.median));
            let style = ("sans-serif", TEXT, &INK).into_text_style(area);
            chart.draw_series([Text::new(text, (from, top + 0.04), style)])?;
        }
        Ok(())
    })
}

/// A line for each implementation over numbers of threads, both logarithmic.
pub(super) fn lines(curves: &[&Curve]) -> Result<String> {
    let points = || curves.iter().flat_map(|curve| &curve.points);
    let medians = || points().map(|point| point.median);
    let from = power_of_ten(medians().fold(f64::INFINITY, f64::min), f64::floor);
    let to = power_of_ten(medians().fold(from * 1.1, f64::max), f64::ceil);
    let most = points().map(|point| point.threads).max().unwrap_or(1);
    let most = f64::from(u32::try_from(most)?).max(2.0);
    draw((WIDTH, 300), |area| {
        let mut chart = ChartBuilder::on(area)
            .margin(8)
            .margin_right(20)
            .x_label_area_size(AXIS)
            .y_label_area_size(78)
            .build_cartesian_2d((1.0..most).log_scale().base(2.0), (from..to).log_scale())?;
        chart
            .configure_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(GRID)
            .axis_style(GRID)
            .y_labels(4)
            .y_label_formatter(&|nanoseconds| time_of_axis(*nanoseconds))
            .x_label_formatter(&|threads| format!("{threads:.0}"))
            .label_style(("sans-serif", TEXT - 2, &INK))
            .draw()?;
        for (number, curve) in curves.iter().enumerate() {
            let colour = line_colour(number, curve.role);
            let width = if curve.role == Role::Ours { 4 } else { 2 };
            let points = curve.points.iter().map(|point| {
                let threads = u32::try_from(point.threads).unwrap_or(u32::MAX);
                (f64::from(threads), point.median)
            });
            let points: Vec<_> = points.collect();
            let dots = points
                .iter()
                .map(|&point| Circle::new(point, 3, colour.filled()));
            chart.draw_series(dots)?;
            chart.draw_series([PathElement::new(points.clone(), colour.stroke_width(width))])?;
        }
        Ok(())
    })
}

fn draw(
    size: (u32, u32),
    paint: impl FnOnce(&DrawingArea<SVGBackend<'_>, Shift>) -> Result,
) -> Result<String> {
    let mut svg = String::new();
    let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
    paint(&area)?;
    area.present()?;
    drop(area);
    Ok(svg)
}

/// Ours, then the rivals, then the floors, then Python, the fastest of each first.
fn in_order(scenario: &Scenario) -> Vec<&Implementation> {
    let place = |role| match role {
        Role::Ours => 0,
        Role::Rival => 1,
        Role::Floor => 2,
        Role::Python => 3,
    };
    let mut implementations: Vec<_> = scenario.implementations.iter().collect();
    implementations.sort_by(|a, b| {
        let by_role = place(a.role).cmp(&place(b.role));
        by_role.then(a.median.total_cmp(&b.median))
    });
    implementations
}

fn colour(role: Role) -> RGBColor {
    match role {
        Role::Ours => RGBColor(0x1f, 0x6f, 0xeb),
        Role::Rival => RGBColor(0x8b, 0x94, 0x9e),
        Role::Floor => RGBColor(0xc8, 0xcd, 0xd3),
        Role::Python => RGBColor(0xd4, 0xa0, 0x17),
    }
}

/// Of a curve's line: ours as in the bars, the others by their number.
pub(super) fn line_colour(number: usize, role: Role) -> RGBColor {
    const OTHERS: [(u8, u8, u8); 8] = [
        (0xe0, 0x6c, 0x2b),
        (0x2d, 0xa4, 0x4e),
        (0xa4, 0x75, 0xf9),
        (0xd6, 0x3a, 0x7a),
        (0x1b, 0x9e, 0x9e),
        (0x9a, 0x67, 0x00),
        (0x8b, 0x94, 0x9e),
        (0xcf, 0x22, 0x2e),
    ];
    let (red, green, blue) = OTHERS[number % OTHERS.len()];
    match role {
        Role::Ours => colour(role),
        _ => RGBColor(red, green, blue),
    }
}

fn power_of_ten(nanoseconds: f64, round: impl Fn(f64) -> f64) -> f64 {
    10_f64.powf(round(nanoseconds.max(1e-3).log10()))
}

/// Without the zeros that its labels do not need.
fn time_of_axis(nanoseconds: f64) -> String {
    let text = time(nanoseconds);
    let (figure, unit) = text.split_once(' ').unwrap_or((&text, ""));
    let figure = if figure.contains('.') {
        figure.trim_end_matches('0').trim_end_matches('.')
    } else {
        figure
    };
    format!("{figure} {unit}")
}
