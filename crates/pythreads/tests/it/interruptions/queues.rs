//! Waits for queues.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use pythreads::queue::{Queue, SimpleQueue};

use super::scene::{Scene, Share, endless};

/// Counts the items that are alive.
#[derive(Clone, Default)]
struct Items(Arc<AtomicUsize>);

impl Items {
    fn make(&self) -> Item {
        self.0.fetch_add(1, Ordering::Relaxed);
        Item(self.clone())
    }

    fn alive(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

struct Item(Items);

impl Drop for Item {
    fn drop(&mut self) {
        let before = self.0.0.fetch_sub(1, Ordering::Relaxed);
        assert!(before > 0, "an item is dropped once");
    }
}

/// `Queue::get`.
pub(crate) struct OfGet {
    queue: Queue<Item>,
    items: Items,
}

impl Default for OfGet {
    fn default() -> Self {
        Self {
            queue: Queue::new(),
            items: Items::default(),
        }
    }
}

impl Scene for OfGet {
    const SHARE: Share = Share::One;

    fn wait(&self, patience: Option<Duration>) -> bool {
        let item = match patience {
            Some(patience) => self.queue.get_timeout(patience),
            None => self.queue.get(),
        };
        item.is_ok()
    }

    fn give(&self) {
        assert!(self.queue.put(self.items.make()).is_ok());
    }

    fn assert_at_rest(&self) {
        assert_eq!((self.queue.len(), self.items.alive()), (0, 0));
    }
}

/// `Queue::put` into a full queue: what is not put is dropped with its frame.
pub(crate) struct OfPut {
    queue: Queue<Item>,
    items: Items,
}

impl Default for OfPut {
    fn default() -> Self {
        let (queue, items) = (Queue::with_maxsize(1), Items::default());
        assert!(queue.put(items.make()).is_ok());
        Self { queue, items }
    }
}

impl Scene for OfPut {
    const SHARE: Share = Share::One;

    fn wait(&self, patience: Option<Duration>) -> bool {
        let item = self.items.make();
        let put = match patience {
            Some(patience) => self.queue.put_timeout(item, patience),
            None => self.queue.put(item),
        };
        put.is_ok()
    }

    fn give(&self) {
        assert!(self.queue.get().is_ok());
    }

    fn assert_at_rest(&self) {
        assert_eq!((self.queue.len(), self.items.alive()), (1, 1));
    }
}

/// `Queue::join`.
pub(crate) struct OfTasks(Queue<()>);

impl Default for OfTasks {
    fn default() -> Self {
        Self(Queue::new())
    }
}

impl Scene for OfTasks {
    const SHARE: Share = Share::All;

    fn prepare(&self) {
        assert!(self.0.put(()).is_ok());
        assert_eq!(self.0.get(), Ok(()));
    }

    fn wait(&self, patience: Option<Duration>) -> bool {
        match patience {
            Some(patience) => self.0.join_timeout(patience),
            None => endless(|| self.0.join()),
        }
    }

    fn give(&self) {
        self.0.task_done();
    }

    fn assert_at_rest(&self) {
        assert_eq!(self.0.unfinished_tasks(), 0);
    }
}

/// `SimpleQueue::get`.
pub(crate) struct OfSimpleGet {
    queue: SimpleQueue<Item>,
    items: Items,
}

impl Default for OfSimpleGet {
    fn default() -> Self {
        Self {
            queue: SimpleQueue::new(),
            items: Items::default(),
        }
    }
}

impl Scene for OfSimpleGet {
    const SHARE: Share = Share::One;

    fn wait(&self, patience: Option<Duration>) -> bool {
        let item = match patience {
            Some(patience) => self.queue.get_timeout(patience),
            None => Some(self.queue.get()),
        };
        item.is_some()
    }

    fn give(&self) {
        self.queue.put(self.items.make());
    }

    fn assert_at_rest(&self) {
        assert_eq!((self.queue.len(), self.items.alive()), (0, 0));
    }
}
