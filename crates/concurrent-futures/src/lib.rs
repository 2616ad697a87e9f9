//! Python's concurrent.futures for Rust: ThreadPoolExecutor, Future, wait and as_completed.
