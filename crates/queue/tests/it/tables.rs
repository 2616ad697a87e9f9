//! Facts about the types: auto traits, errors, sizes, names.

use std::cell::Cell;
use std::error::Error;
use std::fmt::Debug;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::rc::Rc;

use pythreads_queue::{
    BaseQueue, Fifo, GetError, Heap, Iter, Lifo, LifoQueue, Prioritized, PriorityQueue, Producer,
    PutError, Queue, QueueTask, SimpleQueue, Storage, Tasks, TryIter, Unput,
};
use test_support::watchdog;

/// Can be sent and shared; not Debug.
struct Plain;
/// Can be sent, not shared.
type SendOnly = Cell<u8>;
/// Neither.
type Local = Rc<u8>;

fn send<T: Send>() {}
fn sync<T: Sync>() {}
fn shared<T: Send + Sync + UnwindSafe + RefUnwindSafe + Debug>() {}
fn error<T: Error + Send + Sync + 'static>() {}

/// `not!(Type: Trait)` compiles only if `Type` is not `Trait`.
macro_rules! not {
    ($type:ty: $bound:path) => {{
        trait Ambiguous<A> {
            fn check() {}
        }
        impl<T: ?Sized> Ambiguous<()> for T {}
        struct Invalid;
        impl<T: ?Sized + $bound> Ambiguous<Invalid> for T {}
        <$type as Ambiguous<_>>::check();
    }};
}

/// Queues are shared if their items can be sent, whether or not these can be shared, compared or shown.
#[test]
fn queues_are_shared_if_their_items_can_be_sent() {
    let _watchdog = watchdog();
    shared::<Queue<Plain>>();
    shared::<LifoQueue<Plain>>();
    shared::<PriorityQueue<Plain>>();
    shared::<SimpleQueue<Plain>>();
    shared::<Queue<SendOnly>>();
    shared::<PriorityQueue<SendOnly>>();
    shared::<SimpleQueue<SendOnly>>();
    shared::<Queue<Box<dyn FnOnce() + Send>>>();
    shared::<Producer<'_, SendOnly, Fifo<SendOnly>>>();
    shared::<Iter<'_, SendOnly, Fifo<SendOnly>>>();
    shared::<TryIter<'_, SendOnly, Fifo<SendOnly>>>();
    shared::<Tasks<'_, SendOnly, Fifo<SendOnly>>>();
    not!(Queue<Local>: Send);
    not!(Queue<Local>: Sync);
    not!(LifoQueue<Local>: Sync);
    not!(PriorityQueue<Local>: Sync);
    not!(SimpleQueue<Local>: Send);
    not!(SimpleQueue<Local>: Sync);
    not!(Producer<'static, Local, Fifo<Local>>: Send);
}

/// A task is as its item, and gives it only to who can have it.
#[test]
fn a_task_is_as_its_item() {
    let _watchdog = watchdog();
    send::<QueueTask<'_, SendOnly, Fifo<SendOnly>>>();
    sync::<QueueTask<'_, Plain, Fifo<Plain>>>();
    not!(QueueTask<'static, SendOnly, Fifo<SendOnly>>: Sync);
    not!(QueueTask<'static, Local, Fifo<Local>>: Send);
}

/// Errors pass through `?` into anything, whatever they carry.
#[test]
fn errors_are_errors() {
    let _watchdog = watchdog();
    error::<GetError>();
    error::<PutError<()>>();
    error::<PutError<SendOnly>>();
    error::<PutError<Box<dyn FnOnce() + Send>>>();
    error::<PutError<Unput<std::vec::IntoIter<SendOnly>>>>();
    not!(PutError<Local>: Send);
    assert_eq!(GetError::Empty.to_string(), "the queue is empty");
    assert_eq!(
        GetError::ShutDown.to_string(),
        "the queue has been shut down"
    );
    let queue = Queue::with_maxsize(1);
    queue.put(Plain).unwrap();
    let full = queue.try_put(Plain).unwrap_err();
    assert_eq!(
        (full.to_string(), format!("{full:?}")),
        ("the queue is full".into(), "Full(..)".into())
    );
    queue.shutdown();
    let shut = queue.try_put(Plain).unwrap_err().discard();
    assert_eq!(shut.to_string(), "the queue has been shut down");
    assert_eq!(format!("{shut:?}"), "ShutDown(..)");
    assert!(GetError::Empty.is_empty() && GetError::ShutDown.is_shutdown());
}

fn post(queue: &Queue<Box<dyn FnOnce() + Send>>) -> Result<(), Box<dyn Error + Send + Sync>> {
    queue.put(Box::new(|| ()))?;
    Ok(())
}

/// `?` takes a refused closure into a boxed error.
#[test]
fn a_refused_closure_passes_through_the_question_mark() {
    let _watchdog = watchdog();
    let queue = Queue::new();
    post(&queue).unwrap();
    queue.shutdown();
    assert_eq!(
        post(&queue).unwrap_err().to_string(),
        "the queue has been shut down"
    );
}

/// Everything can be shown without showing the items.
#[test]
fn debug_asks_nothing_of_the_items() {
    let _watchdog = watchdog();
    let queue = Queue::from_iter([Plain]);
    assert_eq!(
        format!("{queue:?}"),
        "BaseQueue { len: 1, maxsize: 0, is_shutdown: false, .. }"
    );
    let simple = SimpleQueue::from_iter([Plain]);
    assert_eq!(format!("{simple:?}"), "SimpleQueue { len: 1, .. }");
    let mut storages: (Fifo<_>, Lifo<_>) = (Fifo::new(), Lifo::default());
    storages.0.put(Plain);
    storages.1.put(Plain);
    assert_eq!(
        format!("{storages:?}"),
        "(Fifo { len: 1, .. }, Lifo { len: 1, .. })"
    );
    assert_eq!(format!("{:?}", Heap::<Plain>::new()), "Heap { len: 0, .. }");
    for text in [
        format!("{:?}", queue.producer_like()),
        format!(
            "{:?} {:?} {:?}",
            queue.iter(),
            queue.try_iter(),
            queue.tasks()
        ),
        format!("{:?}", queue.get_task()),
    ] {
        assert!(text.contains("len: "), "{text}");
    }
}

trait ProducerLike {
    /// A producer that never shuts the queue down.
    fn producer_like(&self) -> std::mem::ManuallyDrop<Producer<'_, Plain, Fifo<Plain>>>;
}

impl ProducerLike for Queue<Plain> {
    fn producer_like(&self) -> std::mem::ManuallyDrop<Producer<'_, Plain, Fifo<Plain>>> {
        std::mem::ManuallyDrop::new(self.producer())
    }
}

/// Constructors are const, so queues can be statics, of any kind.
#[test]
fn queues_can_be_statics() {
    static Q: Queue<String> = Queue::with_maxsize(1);
    static L: LifoQueue<String> = LifoQueue::new();
    static P: PriorityQueue<Prioritized<u8, String>> = PriorityQueue::with_maxsize(2);
    static S: SimpleQueue<String> = SimpleQueue::new();
    let _watchdog = watchdog();
    assert_eq!((Q.maxsize(), L.maxsize(), P.maxsize()), (1, 0, 2));
    S.put("spam".to_owned());
    assert_eq!(S.get(), "spam");
}

/// A queue needs cache lines for each of its ends and for its tasks; a closed outcome costs no word.
#[test]
fn sizes() {
    let _watchdog = watchdog();
    assert!(
        size_of::<Queue<u64>>() <= 576,
        "{}",
        size_of::<Queue<u64>>()
    );
    assert_eq!(size_of::<Result<(), PutError<Box<u8>>>>(), 16);
    assert_eq!(size_of::<GetError>(), 1);
    let by_default = BaseQueue::<u8, Heap<u8>>::default();
    assert_eq!(by_default.maxsize(), 0);
}
