//! What the command line says.

use clap::Parser;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

/// Downloads images twice, one by one and then many at once, and compares the times.
///
/// The exit code is 0 when every file was saved, 1 when any was not, 2 when the command line is wrong.
#[derive(Debug, Parser)]
#[command(
    after_help = "An image is checked in memory, written to a `.part` file beside its place and renamed, so what \
                  has an image's name is whole. Ctrl-C ends the program at once; at worst a `.part` file stays, \
                  which can be deleted."
)]
pub(crate) struct Args {
    /// Text file with a URL on each line; lines that are empty or start with # are left out
    /// [default: 15 pictures drawn and served by this program itself on 127.0.0.1]
    #[arg(long, value_name = "FILE")]
    pub(crate) urls: Option<PathBuf>,

    /// How many downloads run at once [default: as many as there are URLs, at most 32]
    #[arg(long, value_name = "N")]
    workers: Option<NonZeroUsize>,

    /// Folder for the images, made if it is not there; files of the same name are replaced
    #[arg(long, value_name = "DIR", default_value = "target/downloads")]
    pub(crate) out: PathBuf,

    /// Time limit for one file, from the connection to its last byte, in seconds
    #[arg(long, value_name = "SECS", default_value = "30", value_parser = seconds)]
    pub(crate) timeout: Duration,
}

impl Args {
    /// Downloads wait for the network and not for a CPU, so their number has nothing to do with the number of CPUs.
    pub(crate) fn workers(&self, urls: usize) -> usize {
        self.workers.map_or(urls.clamp(1, 32), NonZeroUsize::get)
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| String::from("not a number"))?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(limit) if !limit.is_zero() => Ok(limit),
        _ => Err(String::from("must be more than 0")),
    }
}
