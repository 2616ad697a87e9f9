//! Python's threading, queue, concurrent.futures and multiprocessing.pool.ThreadPool for Rust.
