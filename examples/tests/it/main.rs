//! Runs every example as a user would, and checks what it prints, its exit code and its time.
//!
//! The modules `tutorial_*` are programs of a kind that Python tutorials consist of, sample by
//! sample, with shorter times: what they show must be expressible, and do what it does there.

#![expect(
    clippy::unwrap_used,
    reason = "a test fails by a panic, in its helpers too"
)]

mod download_images;
mod example;
mod pools;
mod programs;
mod threads;
mod tutorial_basics;
mod tutorial_downloads;
mod tutorial_pools;
mod tutorial_races;
mod tutorial_results;
mod web_server;
