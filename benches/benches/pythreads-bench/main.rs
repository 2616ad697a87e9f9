//! All comparisons, as one program: what is measured, in which order, by which options. README.md says what each
//! scenario asks, and why the comparison is fair.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line program speaks through its streams"
)]

mod barrier;
mod clock;
mod condition;
mod event;
mod executor;
mod lock;
mod machine;
mod maps;
mod options;
mod pool;
mod python;
mod queue;
mod rivals;
mod rlock;
mod rounds;
mod rwlock;
mod scenario;
mod semaphore;
mod teams;
mod thread;
mod versions;

use std::fs;
use std::panic;
use std::process;
use std::time::Duration;

use clap::Parser as _;
use criterion::Criterion;
use criterion::measurement::Measurement as _;
use jiff::Timestamp;
use pythreads_benches::{Curve, Point, Report, Scenario as Compared};
use test_support::counting_alloc::CountingAllocator;

use crate::clock::Clock;
use crate::options::Options;
use crate::python::Python;
use crate::rounds::{Rounds, check};
use crate::scenario::{Scenario, Size};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    end_at_the_first_panic();
    let options = Options::parse();
    if options.list {
        scenarios(options.size()).for_each(|scenario| println!("{}", scenario.name));
        return Ok(());
    }
    if options.check {
        chosen(&options, None).for_each(|scenario| check(&scenario));
        if let Ok(python) = find_python(&options) {
            python.check();
        }
        return Ok(());
    }
    if options.criterion {
        by_criterion(&options);
        return Ok(());
    }
    let report = measure(&options);
    if let Some(folder) = options.out.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(&options.out, serde_json::to_string_pretty(&report)?)?;
    println!("written to {}", options.out.display());
    Ok(())
}

/// A check that fails leaves others waiting for its thread.
fn end_at_the_first_panic() {
    panic::set_hook(Box::new(|info| {
        eprintln!("{info}");
        process::exit(101);
    }));
}

/// All scenarios, in the order of the README.
fn scenarios(size: Size) -> impl Iterator<Item = Scenario> {
    [
        lock::scenarios(),
        rlock::scenarios(),
        rwlock::scenarios(),
        condition::scenarios(),
        semaphore::scenarios(),
        event::scenarios(),
        barrier::scenarios(),
        thread::scenarios(),
        queue::scenarios(),
        executor::scenarios(size),
        pool::scenarios(size),
    ]
    .into_iter()
    .flatten()
}

/// What may be done by any number of threads, for the curves.
fn scalable(threads: usize) -> impl Iterator<Item = Scenario> {
    let size = Size {
        threads,
        divisor: 1,
    };
    [
        lock::scalable(threads),
        rlock::scalable(threads),
        semaphore::scalable(threads),
        queue::scalable(threads),
        executor::scalable(size),
        pool::scalable(size),
    ]
    .into_iter()
    .flatten()
}

fn chosen(options: &Options, python: Option<&Python>) -> impl Iterator<Item = Scenario> {
    let size = options.size();
    let chosen = scenarios(size).filter(|scenario| options.chooses(&scenario.name));
    chosen.map(move |scenario| match python {
        Some(python) => python.join(scenario, size.threads),
        None => scenario,
    })
}

/// Says so where Python does not take part.
fn find_python(options: &Options) -> Result<Python, String> {
    let found = if options.no_python {
        Err("left out".to_owned())
    } else {
        Python::find()
    };
    if let Err(why) = &found {
        println!("Python is skipped: {why}");
    }
    found
}

fn measure(options: &Options) -> Report {
    let rounds = options.rounds();
    let date = Timestamp::now().round(jiff::Unit::Second);
    let machine = machine::this();
    let python = find_python(options);
    let compared = chosen(options, python.as_ref().ok()).map(|scenario| {
        let compared = rounds.compare(&scenario);
        print_line(&compared);
        compared
    });
    Report {
        toolchain: option_env!("PYTHREADS_BENCH_TOOLCHAIN")
            .unwrap_or("unknown")
            .to_owned(),
        commit: option_env!("PYTHREADS_BENCH_COMMIT")
            .unwrap_or("unknown")
            .to_owned(),
        date: date.map_or_else(|_| "unknown".to_owned(), |date| date.to_string()),
        quick: options.quick,
        python: python
            .as_ref()
            .map_or_else(|why| format!("skipped: {why}"), Python::describe),
        scenarios: compared.collect(),
        scaling: curves(options, rounds),
        machine,
    }
}

fn print_line(compared: &Compared) {
    let time = |nanoseconds| Clock.formatter().format_value(nanoseconds);
    let rival = compared.best_rival.as_deref().unwrap_or("none");
    let best = compared.ratio.map(|ratio| (compared.ours / ratio, ratio));
    let best = best.map_or_else(String::new, |(best, ratio)| {
        format!("{rival:<18} {:>11}  ratio {ratio:.2}", time(best))
    });
    println!(
        "{:<28} ours {:>11}  best {best}",
        compared.name,
        time(compared.ours)
    );
}

/// One curve for each implementation that took part at all.
fn curves(options: &Options, rounds: Rounds) -> Vec<Curve> {
    let mut curves: Vec<Curve> = Vec::new();
    for threads in options.curve() {
        for scenario in scalable(threads).filter(|scenario| options.chooses(&scenario.name)) {
            let compared = rounds.compare(&scenario);
            for one in compared.implementations {
                let point = Point {
                    threads,
                    median: one.median,
                };
                let known = curves.iter_mut().find(|curve| {
                    curve.scenario == compared.name && curve.implementation == one.name
                });
                match known {
                    Some(curve) => curve.points.push(point),
                    None => curves.push(Curve {
                        scenario: compared.name.clone(),
                        unit: compared.unit.clone(),
                        implementation: one.name,
                        role: one.role,
                        points: vec![point],
                    }),
                }
            }
        }
    }
    curves
}

/// The same scenarios under criterion's own runner: for one implementation, before and after a change.
fn by_criterion(options: &Options) {
    let mut criterion = Criterion::default()
        .with_measurement(Clock)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .sample_size(30);
    for scenario in chosen(options, None) {
        let mut group = criterion.benchmark_group(&scenario.name);
        group.throughput(criterion::Throughput::Elements(scenario.operations));
        for contestant in &scenario.contestants {
            let mut run = contestant.open();
            group.bench_function(contestant.name, |b| b.iter_custom(&mut run));
        }
        group.finish();
    }
}
