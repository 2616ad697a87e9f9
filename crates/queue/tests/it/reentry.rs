//! User code that calls the queue under whose lock it runs.

use std::cmp::Ordering;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread;

use pythreads_queue::{BaseQueue, GetError, PriorityQueue, Queue, SimpleQueue, Storage};
use test_support::{Flag, checked_spawn, watchdog};

use crate::blocked::blocked;

static QUEUE: PriorityQueue<Nosy> = PriorityQueue::new();
static NOSY: AtomicBool = AtomicBool::new(false);

/// Looks into its own queue when it is compared.
#[derive(Debug, PartialEq, Eq)]
struct Nosy(u32);

impl PartialOrd for Nosy {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Nosy {
    fn cmp(&self, other: &Self) -> Ordering {
        assert!(!QUEUE.is_empty(), "looking at the length needs no lock");
        assert!(!format!("{QUEUE:?}").is_empty(), "nor does Debug");
        if NOSY.load(SeqCst) {
            let _ = QUEUE.try_get(); // the line that is to be blamed
        }
        self.0.cmp(&other.0)
    }
}

static BLAMED: OnceLock<String> = OnceLock::new();

/// A comparison that calls its queue panics, in its own line, and the queue goes on.
#[test]
fn q16_a_comparison_that_calls_its_queue_panics_at_the_call() {
    let _watchdog = watchdog();
    let test = thread::current().id();
    let earlier = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if thread::current().id() == test {
            let file = info.location().map(|place| place.file().to_owned());
            let _ = BLAMED.set(file.unwrap_or_default());
        } else {
            earlier(info);
        }
    }));
    QUEUE.put(Nosy(1)).unwrap();
    NOSY.store(true, SeqCst);
    let payload = catch_unwind(|| QUEUE.put(Nosy(2))).unwrap_err();
    NOSY.store(false, SeqCst);
    let message = payload.downcast_ref::<&str>().unwrap();
    assert!(message.contains("calling itself"), "{message}");
    let file = BLAMED.get().unwrap();
    assert!(file.ends_with("reentry.rs"), "{file}");
    assert_eq!(QUEUE.len(), 1);
    QUEUE.put(Nosy(0)).unwrap();
    assert_eq!(QUEUE.get(), Ok(Nosy(0)));
}

/// A storage whose hook calls the queue it belongs to.
#[derive(Default)]
struct Recursive {
    items: Vec<u32>,
    queue: Arc<OnceLock<std::sync::Weak<BaseQueue<u32, Recursive>>>>,
}

impl Storage<u32> for Recursive {
    fn put(&mut self, item: u32) {
        if let Some(queue) = self.queue.get().and_then(std::sync::Weak::upgrade) {
            queue.task_done();
        }
        self.items.push(item);
    }
    fn get(&mut self) -> Option<u32> {
        self.items.pop()
    }
    fn len(&self) -> usize {
        self.items.len()
    }
}

/// So does a hook of a storage.
#[test]
fn q16_a_hook_that_calls_its_queue_panics() {
    let _watchdog = watchdog();
    let storage = Recursive::default();
    let own = Arc::clone(&storage.queue);
    let queue = Arc::new(BaseQueue::with_storage(storage, 0));
    queue.put(1).unwrap();
    own.set(Arc::downgrade(&queue)).unwrap();
    assert!(catch_unwind(AssertUnwindSafe(|| queue.put(2))).is_err());
    assert_eq!((queue.len(), queue.unfinished_tasks()), (1, 1));
    assert_eq!(queue.get(), Ok(1));
}

/// A storage that can be told what its next hook is to do, in a put or in a get.
#[derive(Default)]
struct Errand {
    items: Vec<u32>,
    errand: Slip,
}

type Slip = Arc<SimpleQueue<Box<dyn FnOnce() + Send>>>;

impl Errand {
    fn run(&self) {
        if let Some(errand) = self.errand.try_get() {
            errand();
        }
    }
}

impl Storage<u32> for Errand {
    fn put(&mut self, item: u32) {
        self.run();
        self.items.push(item);
    }
    fn get(&mut self) -> Option<u32> {
        self.run();
        self.items.pop()
    }
    fn len(&self) -> usize {
        self.items.len()
    }
}

fn with_errands() -> (Arc<BaseQueue<u32, Errand>>, Slip) {
    let storage = Errand::default();
    let errand = Arc::clone(&storage.errand);
    (Arc::new(BaseQueue::with_storage(storage, 0)), errand)
}

fn set(slip: &Slip, errand: impl FnOnce() + Send + 'static) {
    slip.put(Box::new(errand));
}

/// A drain of a user's storage holds the locks of both ends: what wants either is refused.
#[test]
fn q16_a_hook_that_calls_its_queue_in_a_drain_panics() {
    let _watchdog = watchdog();
    let calls: [fn(&BaseQueue<u32, Errand>); 3] = [
        |queue| queue.set_maxsize(1),
        |queue| queue.shutdown(),
        |queue| drop(queue.shutdown_now()),
    ];
    for call in calls {
        let (queue, errand) = with_errands();
        queue.put(1).unwrap();
        let own = Arc::clone(&queue);
        set(&errand, move || call(&own));
        let payload = catch_unwind(AssertUnwindSafe(|| queue.shutdown_now())).unwrap_err();
        let message = payload.downcast_ref::<&str>().unwrap();
        assert!(message.contains("calling itself"), "{message}");
        assert!(queue.is_shutdown());
        assert_eq!(queue.shutdown_now(), [1]);
    }
}

/// It is refused before it waits for a lock that somebody holds who waits for the hook to end.
#[test]
fn q16_a_hook_is_refused_before_it_waits_for_another_thread() {
    let _watchdog = watchdog();
    let (queue, errand) = with_errands();
    let (in_hook, go_on) = (Arc::new(Flag::new()), Arc::new(Flag::new()));
    set(&errand, {
        let (queue, in_hook) = (Arc::clone(&queue), Arc::clone(&in_hook));
        let go_on = Arc::clone(&go_on);
        move || {
            in_hook.set();
            go_on.wait();
            queue.shutdown();
        }
    });
    let putter = checked_spawn({
        let queue = Arc::clone(&queue);
        move || catch_unwind(AssertUnwindSafe(|| queue.put(1))).is_err()
    });
    in_hook.wait();
    // It holds the head's lock and waits for the tail's.
    let other = blocked({
        let queue = Arc::clone(&queue);
        move || queue.set_maxsize(1)
    });
    go_on.set();
    assert!(putter.join());
    other.join();
    assert!(!queue.is_shutdown());
}

/// A destructor should not panic: the last producer shuts the queue down from inside a hook as well.
#[test]
fn q16_the_last_producer_may_be_dropped_in_a_hook() {
    let _watchdog = watchdog();
    let (queue, errand) = with_errands();
    let producer = queue.producer_owned();
    let getters = [(); 2].map(|()| {
        let queue = Arc::clone(&queue);
        blocked(move || queue.get())
    });
    set(&errand, move || drop(producer));
    queue.put(1).unwrap();
    let mut got = getters.map(|getter| getter.join());
    got.sort_by_key(Result::is_err);
    assert_eq!(got, [Ok(1), Err(GetError::ShutDown)]);

    // In a drain, and while the hook panics.
    let (queue, errand) = with_errands();
    queue.put(1).unwrap();
    let producer = queue.producer_owned();
    set(&errand, move || {
        let _producer = producer;
        resume_unwind(Box::new("the hook fails"));
    });
    let payload = catch_unwind(AssertUnwindSafe(|| queue.shutdown_now())).unwrap_err();
    assert_eq!(payload.downcast_ref::<&str>(), Some(&"the hook fails"));
    assert_eq!(queue.shutdown_now(), [1]);
}

/// Nor should the destructor of a task: it is done, and the joiners are told.
#[test]
fn q16_a_task_may_be_dropped_in_a_hook() {
    let _watchdog = watchdog();
    let (queue, errand) = with_errands();
    queue.put_many([1, 2]).unwrap();
    let [first, second] = [(); 2].map(|()| {
        let queue: &'static _ = Box::leak(Box::new(Arc::clone(&queue)));
        queue.get_task().unwrap()
    });
    set(&errand, move || drop(first));
    let _nothing = queue.try_get();
    assert_eq!(queue.unfinished_tasks(), 1);
    let joiner = blocked({
        let queue = Arc::clone(&queue);
        move || queue.join()
    });
    // While the hook panics.
    set(&errand, move || {
        let _second = second;
        resume_unwind(Box::new("the hook fails"));
    });
    let payload = catch_unwind(AssertUnwindSafe(|| queue.put(3))).unwrap_err();
    assert_eq!(payload.downcast_ref::<&str>(), Some(&"the hook fails"));
    joiner.join();
    assert_eq!(queue.unfinished_tasks(), 0);
}

struct Slow(Vec<u32>, Arc<Queue<()>>);
impl Storage<u32> for Slow {
    fn put(&mut self, item: u32) {
        self.1.get().unwrap();
        self.0.push(item);
    }
    fn get(&mut self) -> Option<u32> {
        self.0.pop()
    }
    fn len(&self) -> usize {
        self.0.len()
    }
}

/// The thread that runs a hook is told from others: those wait, as ever.
#[test]
fn q16_other_threads_wait_while_a_hook_runs() {
    let _watchdog = watchdog();
    let gate = Arc::new(Queue::new());
    let queue = Arc::new(BaseQueue::with_storage(
        Slow(Vec::new(), Arc::clone(&gate)),
        0,
    ));
    let in_hook = blocked({
        let queue = Arc::clone(&queue);
        move || queue.put(1).unwrap()
    });
    let other = blocked({
        let queue = Arc::clone(&queue);
        move || queue.try_get()
    });
    gate.put(()).unwrap();
    in_hook.join();
    assert_eq!(other.join(), Ok(1));
}

static MAIN: PriorityQueue<Caller> = PriorityQueue::with_maxsize(3);
static BREAK: AtomicBool = AtomicBool::new(false);
#[derive(PartialEq, Eq, Debug)]
struct Caller(u32);
impl PartialOrd for Caller {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Caller {
    fn cmp(&self, other: &Self) -> Ordering {
        if BREAK.load(SeqCst) {
            resume_unwind(Box::new("broken"));
        }
        self.0.cmp(&other.0)
    }
}
impl Drop for Caller {
    fn drop(&mut self) {
        if self.0 < 100 {
            if let Some(queue) = CHOOSY.get() {
                let _ = queue.unfinished_tasks();
                let _ = queue.try_put(Caller(100));
            }
            // Takes the lock: would wait for itself if it were held.
            let _ = MAIN.unfinished_tasks();
            if !BREAK.load(SeqCst) {
                let _ = MAIN.try_put(Caller(100));
            }
        }
    }
}

/// Takes no item that is compared to be too small: it panics, or leaves it where it is.
#[derive(Default)]
struct Choosy {
    items: Vec<Caller>,
    leaves: Arc<AtomicBool>,
}
impl Storage<Caller> for Choosy {
    fn put(&mut self, item: Caller) {
        self.items.push(item);
    }
    fn put_from(&mut self, item: &mut Option<Caller>) {
        if self.leaves.load(SeqCst) {
            return;
        }
        assert!(item.as_ref().is_some_and(|item| item.0 >= 50), "too small");
        self.items.extend(item.take());
    }
    fn get(&mut self) -> Option<Caller> {
        self.items.pop()
    }
    fn len(&self) -> usize {
        self.items.len()
    }
}

static CHOOSY: OnceLock<BaseQueue<Caller, Choosy>> = OnceLock::new();

/// An item's destructor runs outside the lock wherever the queue drops it or hands it out, so it may call the queue.
#[test]
fn q16_destructors_run_outside_the_lock() {
    let _watchdog = watchdog();
    MAIN.put(Caller(1)).unwrap();
    BREAK.store(true, SeqCst);
    assert!(catch_unwind(|| MAIN.put(Caller(2))).is_err());
    assert!(catch_unwind(|| MAIN.put_many([Caller(2), Caller(3)])).is_err());
    BREAK.store(false, SeqCst);
    while MAIN.try_put(Caller(4)).is_ok() {}
    drop(MAIN.get_many(2));
    drop(MAIN.shutdown_now());
    drop(MAIN.try_put(Caller(5)));
    assert!(MAIN.is_empty());

    let storage = Choosy::default();
    let leaves = Arc::clone(&storage.leaves);
    let choosy = CHOOSY.get_or_init(|| BaseQueue::with_storage(storage, 0));
    assert!(catch_unwind(|| choosy.put(Caller(6))).is_err());
    assert!(catch_unwind(|| choosy.put_many([Caller(50), Caller(7), Caller(8)])).is_err());
    leaves.store(true, SeqCst);
    choosy.put(Caller(9)).unwrap();
    choosy
        .put_many([Caller(10), Caller(11), Caller(12)])
        .unwrap();
    leaves.store(false, SeqCst);
    let mut left: Vec<_> = choosy.shutdown_now().iter().map(|item| item.0).collect();
    left.retain(|&number| number != 100);
    assert_eq!(left, [50]);
}
