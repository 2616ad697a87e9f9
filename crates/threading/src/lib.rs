//! Python's threading module for Rust: threads that are joined at exit, daemon threads, timers, thread-local data and exceptions raised in threads.
