//! The command line.

use std::iter;
use std::path::PathBuf;
use std::thread;

use clap::Parser;

use crate::rounds::Rounds;
use crate::scenario::Size;

/// Measures pythreads beside its rivals, round by round in turn, and writes report.json.
#[derive(Debug, Parser)]
#[command(name = "pythreads-bench", version)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the command line"
)]
pub(crate) struct Options {
    /// Few and short rounds: some minutes for everything
    #[arg(long)]
    pub(crate) quick: bool,

    /// Only scenarios whose names contain this; may be given several times
    #[arg(long, value_name = "SCENARIO")]
    only: Vec<String>,

    /// How many workers pools have; several numbers, as in 1,2,4,8,16, also draw curves [default: the number of
    /// processors, and for curves, unless it is a quick run, powers of two up to its double]
    #[arg(long, value_delimiter = ',', value_name = "N")]
    threads: Vec<usize>,

    /// Do not look for a python3
    #[arg(long)]
    pub(crate) no_python: bool,

    /// Where the report goes
    #[arg(long, value_name = "FILE", default_value = "report.json")]
    pub(crate) out: PathBuf,

    /// Do everything once, without measuring: each scenario checks what comes out
    #[arg(long)]
    pub(crate) check: bool,

    /// Name the scenarios
    #[arg(long)]
    pub(crate) list: bool,

    /// Let criterion measure, one implementation after the other, and compare with its last run
    #[arg(long)]
    pub(crate) criterion: bool,

    /// What `cargo bench` passes
    #[arg(long, hide = true)]
    bench: bool,
}

impl Options {
    pub(crate) fn chooses(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| name.contains(only.as_str()))
    }

    pub(crate) fn rounds(&self) -> Rounds {
        if self.quick {
            Rounds::QUICK
        } else {
            Rounds::FULL
        }
    }

    /// Where there are several numbers of threads, that of this machine, or else the largest.
    pub(crate) fn size(&self) -> Size {
        let own = default_threads();
        let largest = self.threads.iter().copied().max().unwrap_or(own);
        let has_own = self.threads.contains(&own);
        Size {
            threads: if has_own { own } else { largest },
            divisor: if self.check { 100 } else { 1 },
        }
    }

    /// The numbers of threads of the curves, rising.
    pub(crate) fn curve(&self) -> Vec<usize> {
        let mut numbers = match self.threads.len() {
            0 if self.quick => Vec::new(),
            0 => powers_of_two(2 * default_threads()),
            1 => Vec::new(),
            _ => self.threads.clone(),
        };
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }
}

fn default_threads() -> usize {
    thread::available_parallelism()
        .map_or(2, usize::from)
        .max(2)
}

fn powers_of_two(largest: usize) -> Vec<usize> {
    let powers = iter::successors(Some(1_usize), |power| power.checked_mul(2));
    powers.take_while(|power| *power <= largest).collect()
}
