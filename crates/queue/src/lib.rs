//! Python's queue module for Rust: FIFO, LIFO, priority and simple queues with timeouts, task tracking and shutdown.
