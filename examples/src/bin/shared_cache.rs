//! How do I share a cache that one thread goes through while another adds to it?
//!
//! ```python
//! import threading
//!
//! my_cache = {i: i for i in range(100)}
//! lock = threading.Lock()
//! full = threading.Event()
//! wrong = 0
//!
//! def check_cache():
//!     global wrong
//!     while not full.is_set():
//!         with lock:  # without it: "dictionary changed size during iteration"
//!             for key, value in my_cache.items():
//!                 wrong += key != value
//!
//! def add_to_cache():
//!     for i in range(100, 1100):
//!         with lock:
//!             my_cache[i] = i
//!     full.set()
//!
//! threads = [threading.Thread(target=check_cache), threading.Thread(target=add_to_cache)]
//! for t in threads: t.start()
//! for t in threads: t.join()
//! print(f"entries: {len(my_cache)}, wrong ones seen: {wrong}")
//! ```

#![expect(clippy::print_stdout, reason = "an example prints")]

use pythreads::threading::{Event, Exception, Lock, scope};
use std::collections::HashMap;

fn check_cache(my_cache: &Lock<HashMap<u32, u32>>, full: &Event) -> usize {
    let mut wrong = 0;
    while !full.is_set() {
        let cache = my_cache.acquire(); // without it, the map cannot be reached at all
        wrong += cache.iter().filter(|(key, value)| key != value).count();
    }
    wrong
}

fn add_to_cache(my_cache: &Lock<HashMap<u32, u32>>, full: &Event) {
    for i in 100..1100 {
        my_cache.acquire().insert(i, i);
    }
    full.set();
}

fn main() -> Result<(), Exception> {
    let my_cache = Lock::new((0..100).map(|i| (i, i)).collect());
    let full = Event::new();
    let wrong = scope(|s| {
        let check = s.spawn(|| check_cache(&my_cache, &full));
        s.spawn(|| add_to_cache(&my_cache, &full));
        check.join()
    })?;
    println!(
        "entries: {}, wrong ones seen: {wrong}",
        my_cache.acquire().len()
    );
    Ok(())
}
