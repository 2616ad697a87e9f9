//! Python's multiprocessing.pool.ThreadPool for Rust, without its hangs.
