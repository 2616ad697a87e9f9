//! One pass over all URLs: the progress bar, a line per finished file, the time.

use crate::download::Saved;
use indicatif::{ProgressBar, ProgressIterator, ProgressStyle};
use pythreads::concurrent::futures::Exception;
use std::time::{Duration, Instant};

/// A pass that has begun. The bar is on stderr and only on a terminal, the lines are on stdout.
#[derive(Debug)]
pub(crate) struct Pass {
    title: String,
    bar: ProgressBar,
    start: Instant,
}

/// How a pass went.
#[derive(Debug)]
pub(crate) struct Summary {
    failed: usize,
    took: Duration,
}

impl Pass {
    pub(crate) fn begin(title: &str, files: usize) -> Pass {
        let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {elapsed}");
        let bar = ProgressBar::new(files as u64).with_message(title.to_owned());
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Pass {
            title: title.to_owned(),
            bar,
            start: Instant::now(),
        }
    }

    pub(crate) fn follow(
        self,
        outcomes: impl ExactSizeIterator<Item = Result<Saved, Exception>>,
    ) -> Summary {
        let (mut saved, mut failed) = (0, 0);
        for outcome in outcomes.progress_with(self.bar.clone()) {
            self.bar.suspend(|| match outcome {
                Ok(file) => {
                    println!("saved   {file}");
                    saved += 1;
                }
                Err(reason) => {
                    println!("failed  {reason}");
                    failed += 1;
                }
            });
        }
        let took = self.start.elapsed();
        self.bar.finish_and_clear();
        println!(
            "{}: {saved} of {} in {:.2} s",
            self.title,
            saved + failed,
            took.as_secs_f64()
        );
        Summary { failed, took }
    }
}

impl Summary {
    pub(crate) fn failed(&self) -> usize {
        self.failed
    }

    pub(crate) fn seconds(&self) -> f64 {
        self.took.as_secs_f64()
    }
}
