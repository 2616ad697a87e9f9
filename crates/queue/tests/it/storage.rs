//! Storages of users: hooks that fail, contradict themselves, or hold something already.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use pythreads_queue::{BaseQueue, GetError, Storage};
use test_support::{delay, watchdog};

use crate::blocked::blocked;

/// First in, first out; its hooks panic when told to.
#[derive(Default)]
struct Failing {
    items: VecDeque<u32>,
    fail_put: Arc<AtomicBool>,
    fail_get: Arc<AtomicBool>,
}

impl Storage<u32> for Failing {
    fn put(&mut self, item: u32) {
        if self.fail_put.load(SeqCst) {
            resume_unwind(Box::new("put fails"));
        }
        self.items.push_back(item);
    }
    fn get(&mut self) -> Option<u32> {
        if self.fail_get.load(SeqCst) && !self.items.is_empty() {
            resume_unwind(Box::new("get fails"));
        }
        self.items.pop_front()
    }
    fn len(&self) -> usize {
        self.items.len()
    }
}

fn fails<R>(f: impl FnOnce() -> R) -> bool {
    catch_unwind(AssertUnwindSafe(f)).is_err()
}

/// A failing hook reaches the caller of each verb, and neither counters nor the queue are harmed.
#[test]
fn q17_a_failing_hook_leaves_the_queue_usable() {
    let _watchdog = watchdog();
    let storage = Failing::default();
    let (fail_put, fail_get) = (Arc::clone(&storage.fail_put), Arc::clone(&storage.fail_get));
    let queue = BaseQueue::with_storage(storage, 3);
    queue.put(1).unwrap();
    fail_put.store(true, SeqCst);
    assert!(fails(|| queue.put(2)));
    assert!(fails(|| queue.try_put(2)));
    assert!(fails(|| queue.put_timeout(2, *delay::LONG)));
    assert!(fails(|| queue.put_many([2, 3])));
    assert_eq!((queue.len(), queue.unfinished_tasks()), (1, 1));
    fail_put.store(false, SeqCst);
    queue.put(2).unwrap();
    fail_get.store(true, SeqCst);
    assert!(fails(|| queue.get()));
    assert!(fails(|| queue.try_get()));
    assert!(fails(|| queue.get_timeout(*delay::LONG)));
    assert!(fails(|| queue.get_many(2)));
    assert_eq!((queue.len(), queue.unfinished_tasks()), (2, 2));
    fail_get.store(false, SeqCst);
    assert_eq!(queue.get_many(5), Ok(vec![1, 2]));
}

/// A hook that fails in a call that had to wait: the wait ends with the failure, and the next in line is woken.
#[test]
fn q17_a_failing_hook_passes_its_wake_up_on() {
    let _watchdog = watchdog();
    let storage = Failing::default();
    let fail_get = Arc::clone(&storage.fail_get);
    let queue = Arc::new(BaseQueue::with_storage(storage, 0));
    fail_get.store(true, SeqCst);
    let getters: Vec<_> = (0..3)
        .map(|_| {
            let queue = Arc::clone(&queue);
            blocked(move || fails(|| queue.get()))
        })
        .collect();
    queue.put(1).unwrap();
    for getter in getters {
        assert!(getter.join());
    }
    fail_get.store(false, SeqCst);
    assert_eq!(queue.try_get(), Ok(1));
}

/// A hook that fails in the drain does not undo the shutdown, and nobody is left waiting.
#[test]
fn q17_a_failing_drain_still_shuts_down() {
    let _watchdog = watchdog();
    let storage = Failing::default();
    let fail_get = Arc::clone(&storage.fail_get);
    let queue = Arc::new(BaseQueue::with_storage(storage, 1));
    queue.put(1).unwrap();
    let putter = blocked({
        let queue = Arc::clone(&queue);
        move || queue.put(2).unwrap_err().into_inner()
    });
    fail_get.store(true, SeqCst);
    assert!(fails(|| queue.shutdown_now()));
    assert_eq!(putter.join(), 2);
    fail_get.store(false, SeqCst);
    assert_eq!(queue.get(), Ok(1));
    assert_eq!(queue.get(), Err(GetError::ShutDown));
}

/// What a storage holds from the start counts as put.
#[test]
fn a_filled_storage_is_a_filled_queue() {
    let _watchdog = watchdog();
    let storage = Failing {
        items: [1, 2].into(),
        ..Failing::default()
    };
    let queue = BaseQueue::with_storage(storage, 2);
    assert!(queue.is_full());
    assert_eq!(queue.unfinished_tasks(), 2);
    assert_eq!(queue.shutdown_now(), [1, 2]);
    assert_eq!(queue.unfinished_tasks(), 0);
}

/// Keeps the last item only, claims to hold `claim`, and never gives it away twice.
struct Liar {
    item: Option<u32>,
    claim: usize,
}

impl Storage<u32> for Liar {
    fn put(&mut self, item: u32) {
        self.item = Some(item);
    }
    fn get(&mut self) -> Option<u32> {
        self.item.take()
    }
    fn len(&self) -> usize {
        self.claim
    }
}

/// `None` means empty, whatever the length: no get runs or waits for ever where there is a limit, and a shutdown ends all.
#[test]
fn q18_a_storage_is_not_believed() {
    let _watchdog = watchdog();
    for claim in [0, 7, usize::MAX] {
        let queue = Arc::new(BaseQueue::with_storage(Liar { item: None, claim }, 0));
        assert_eq!(queue.try_get(), Err(GetError::Empty));
        assert_eq!(queue.len(), 0, "`None` means empty");
        assert_eq!(queue.get_timeout(*delay::SHORT), Err(GetError::Empty));
        let getter = blocked({
            let queue = Arc::clone(&queue);
            move || queue.get()
        });
        queue.put(1).unwrap();
        assert_eq!(getter.join(), Ok(1));
        queue.put(2).unwrap();
        queue.put(3).unwrap();
        assert_eq!(queue.get_many(10), Ok(vec![3]));
        assert_eq!(queue.shutdown_now(), []);
        assert_eq!(queue.get(), Err(GetError::ShutDown));
    }
}

/// Claims to be nearly endless after each other put or get.
#[derive(Default)]
struct Fickle {
    items: Vec<u32>,
    boasts: bool,
}
impl Storage<u32> for Fickle {
    fn put(&mut self, item: u32) {
        self.boasts = !self.boasts;
        self.items.push(item);
    }
    fn get(&mut self) -> Option<u32> {
        self.boasts = !self.boasts;
        self.items.pop()
    }
    fn len(&self) -> usize {
        if self.boasts { usize::MAX - 1 } else { 0 }
    }
}

/// What a storage says in one call has more served than there are threads, or numbers.
#[test]
fn q18_claims_add_up_to_no_overflow() {
    let _watchdog = watchdog();
    let queue = Arc::new(BaseQueue::with_storage(Fickle::default(), 0));
    queue.put_many(0..5).unwrap();
    queue.set_maxsize(usize::MAX - 1);
    let putter = blocked({
        let queue = Arc::clone(&queue);
        move || queue.put(5).is_ok()
    });
    assert_eq!(queue.get_many(5), Ok(vec![4, 3, 2, 1, 0]));
    assert!(putter.join());
}

/// Its second get panics with what panics again when it is dropped.
#[derive(Default)]
struct Explosive(Vec<u32>, u32);
impl Storage<u32> for Explosive {
    fn put(&mut self, item: u32) {
        self.0.push(item);
    }
    fn get(&mut self) -> Option<u32> {
        self.1 += 1;
        if self.1 == 2 {
            resume_unwind(Box::new(Explosion));
        }
        self.0.pop()
    }
    fn len(&self) -> usize {
        self.0.len()
    }
}

struct Explosion;
impl Drop for Explosion {
    fn drop(&mut self) {
        resume_unwind(Box::new("the payload fails"));
    }
}

/// What was taken before a hook failed is returned, whatever it failed with.
#[test]
fn q17_a_failing_hook_costs_no_items_already_taken() {
    let _watchdog = watchdog();
    let queue = BaseQueue::with_storage(Explosive::default(), 0);
    queue.put_many([1, 2]).unwrap();
    assert_eq!(queue.get_many(2), Ok(vec![2]));
    assert_eq!(queue.get_many(2), Ok(vec![1]));
}

struct Doubling(Vec<u32>);
impl Storage<u32> for Doubling {
    fn put(&mut self, item: u32) {
        self.0.extend([item, item]);
    }
    fn get(&mut self) -> Option<u32> {
        self.0.pop()
    }
    fn len(&self) -> usize {
        self.0.len()
    }
}

/// One put may bring several items: as many getters are woken.
#[test]
fn q18_a_put_that_brings_several_items_serves_several_getters() {
    let _watchdog = watchdog();
    let queue = Arc::new(BaseQueue::with_storage(Doubling(Vec::new()), 0));
    let getters: Vec<_> = (0..2)
        .map(|_| {
            let queue = Arc::clone(&queue);
            blocked(move || queue.get())
        })
        .collect();
    queue.put(4).unwrap();
    for getter in getters {
        assert_eq!(getter.join(), Ok(4));
    }
}
