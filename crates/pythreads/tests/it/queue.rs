//! `pythreads::queue`.

use pythreads::queue::{
    BaseQueue, Fifo, GetError, Heap, Iter, Lifo, LifoQueue, Prioritized, PriorityQueue, Producer,
    PutError, Queue, QueueTask, SimpleQueue, Storage, Tasks, TryIter, Unput,
};
use test_support::watchdog;

/// The four queues and their orders.
#[test]
fn the_queues_do_what_they_say() {
    static QUEUE: Queue<u32> = Queue::new();
    let _watchdog = watchdog();
    QUEUE.put(1).unwrap();
    assert_eq!(QUEUE.get().unwrap(), 1);
    let lifo: LifoQueue<u32> = LifoQueue::new();
    lifo.put_many([1, 2]).unwrap();
    assert_eq!(lifo.get().unwrap(), 2);
    let priority: PriorityQueue<Prioritized<u32, &str>> = PriorityQueue::new();
    for (priority_of_item, item) in [(2, "later"), (1, "first")] {
        priority
            .put(Prioritized {
                priority: priority_of_item,
                item,
            })
            .unwrap();
    }
    assert_eq!(priority.get().unwrap().item, "first");
    let simple = SimpleQueue::new();
    simple.put(1);
    assert_eq!(simple.get(), 1);
    let one: BaseQueue<u32, OnlyOne> = BaseQueue::with_storage(OnlyOne(None), 1);
    one.put(3).unwrap();
    assert_eq!(one.try_put(4).unwrap_err().into_inner(), 4);
}

/// An order of one's own.
struct OnlyOne(Option<u32>);

impl Storage<u32> for OnlyOne {
    fn put(&mut self, item: u32) {
        self.0 = Some(item);
    }

    fn get(&mut self) -> Option<u32> {
        self.0.take()
    }

    fn len(&self) -> usize {
        usize::from(self.0.is_some())
    }
}

/// What the queues return.
#[test]
fn the_handles_and_errors_do_what_they_say() {
    let _watchdog = watchdog();
    let queue: Queue<u32> = Queue::with_maxsize(2);
    let unput: PutError<Unput<std::array::IntoIter<u32, 3>>> =
        queue.try_put_many([1, 2, 3]).unwrap_err();
    assert_eq!(unput.into_inner().collect::<Vec<_>>(), [3]);
    let items: TryIter<'_, u32, Fifo<u32>> = queue.try_iter();
    assert_eq!(items.collect::<Vec<_>>(), [1, 2]);
    assert_eq!(queue.try_get(), Err(GetError::Empty));
    for _ in 0..2 {
        queue.task_done();
    }
    queue.put(4).unwrap();
    let task: QueueTask<'_, u32, Fifo<u32>> = queue.get_task().unwrap();
    drop(task);
    queue.join();
    let producer: Producer<'_, u32, Fifo<u32>> = queue.producer();
    producer.put(5).unwrap();
    drop(producer);
    let tasks: Tasks<'_, u32, Fifo<u32>> = queue.tasks();
    assert_eq!(tasks.map(|task| *task).collect::<Vec<_>>(), [5]);
    let lifo = LifoQueue::new();
    lifo.put(6).unwrap();
    lifo.shutdown();
    let items: Iter<'_, u32, Lifo<u32>> = lifo.iter();
    assert_eq!(items.collect::<Vec<_>>(), [6]);
    let heap: BaseQueue<u32, Heap<u32>> = PriorityQueue::new();
    assert!(heap.is_empty());
}
