//! The umbrella's paths: each name is there, under Python's path, and does what it says.

mod concurrent_futures;
mod interruptions;
mod multiprocessing_pool;
#[cfg(target_os = "linux")]
mod one_cpu;
mod one_type;
mod paths;
mod python_names;
mod queue;
mod threading;
