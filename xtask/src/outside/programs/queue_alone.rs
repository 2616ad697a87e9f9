//! Uses the queues, and nothing else of the workspace they come from.

use pythreads_queue::Queue;

fn main() {
    let queue = Queue::new();
    assert!(queue.put("item").is_ok());
    assert!(matches!(queue.get(), Ok("item")));
}
