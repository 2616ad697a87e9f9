//! How do I download many images at once, and how much faster is that than one by one?
//!
//! ```python
//! import sys, time
//! from concurrent.futures import ThreadPoolExecutor
//! from pathlib import Path
//! import requests
//! from tqdm import tqdm
//!
//! def download(url):
//!     answer = requests.get(url, timeout=30)
//!     answer.raise_for_status()
//!     name = Path("target/downloads", url.split("/")[-1])
//!     name.write_bytes(answer.content)
//!     return name
//!
//! def follow(title, names):
//!     start = time.perf_counter()
//!     for name in tqdm(names, title, len(urls)):
//!         tqdm.write(f"{name} is downloaded...")
//!     return time.perf_counter() - start
//!
//! urls = [line.strip() for line in open(sys.argv[1])]
//! one_by_one = follow("one by one", map(download, urls))
//! with ThreadPoolExecutor(len(urls)) as executor:
//!     at_once = follow(f"{len(urls)} at once", executor.map(download, urls))
//! print(f"speed-up: {one_by_one / at_once:.1f} times")
//! ```
//!
//! There the first failure ends all; here it is reported with its reason, the others are saved.

#![expect(clippy::print_stdout, reason = "an example prints")]

mod args;
mod download;
mod image;
mod job;
mod kind;
mod pass;
mod server;

use args::Args;
use clap::Parser;
use download::Downloader;
use pass::Pass;
use pythreads::concurrent::futures::{Exception, ThreadPoolExecutor};
use std::process::ExitCode;

fn main() -> anyhow::Result<ExitCode> {
    let args = Args::parse();
    let urls = match &args.urls {
        Some(list) => job::read_urls(list)?,
        None => server::start()?,
    };
    let jobs = job::plan(urls);
    let workers = args.workers(jobs.len());
    let downloader = Downloader::new(args.out, args.timeout, workers)?;

    let pass = Pass::begin("one by one", jobs.len());
    let alone = pass.follow(
        jobs.iter()
            .map(|job| downloader.save(job).map_err(Exception::new)),
    );

    let pass = Pass::begin(&format!("{workers} at once"), jobs.len());
    let executor = ThreadPoolExecutor::new(workers);
    let together = executor.scope(|s| {
        let saved = s.map_fallible(&jobs, |job| downloader.save(job)); // tasks borrow: no Arc, no clone
        pass.follow(saved.unordered()) // as they finish, so that the bar never stands still for a slow one
    });

    println!(
        "speed-up: {:.1} times",
        alone.seconds() / together.seconds()
    );
    Ok(ExitCode::from(u8::from(
        alone.failed() + together.failed() > 0,
    )))
}
