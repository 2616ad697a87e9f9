//! The rings in which a queue keeps its items: what is in them is neither lost, nor dropped twice, nor forgotten.

use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::rc::Rc;
use std::sync::Arc;
use std::thread;

use pythreads_queue::{Fifo, Queue, SimpleQueue, Storage};
use test_support::child::{self, Child};
use test_support::{checked_spawn, watchdog};

/// Any length, across the borders of rings and around them, keeps the order.
#[test]
fn items_keep_their_order_at_any_length() {
    let _watchdog = watchdog();
    for len in [1, 2, 255, 256, 257, 511, 512, 513, 3_000] {
        let queue = SimpleQueue::new();
        let mut expected = 0..;
        for n in 0..10_000 {
            queue.put(n);
            if n >= len {
                assert_eq!(queue.try_get(), expected.next());
            }
        }
        assert!(queue.try_iter().eq(expected.take(len)), "{len}");
        assert!(queue.is_empty());
    }
}

/// A queue takes no more of the stack for a large item than handing it over does, which where nothing is optimised is some
/// twenty times its size.
#[test]
#[expect(
    clippy::large_stack_arrays,
    reason = "it is about items that are passed on the stack"
)]
fn large_items_take_little_stack() {
    const SIZE: usize = 1 << 16;
    const STACK: usize = 2 << 20;
    let _watchdog = watchdog();
    if !child::is_rerun() {
        let outcome = Child::rerun_test("ring::large_items_take_little_stack").run();
        assert_eq!(outcome.code, Some(0), "{outcome}");
        return;
    }
    let pass = || {
        let queue = Queue::<[u8; SIZE]>::new();
        for n in 0..3 {
            queue.put([n; SIZE]).unwrap();
        }
        for n in 0..3 {
            assert_eq!(queue.get().unwrap()[SIZE - 1], n);
        }
    };
    let thread = thread::Builder::new().stack_size(STACK).spawn(pass);
    thread.unwrap().join().unwrap();
}

/// Items of any size, and of none.
#[test]
fn items_of_any_size() {
    fn check<const SIZE: usize>() {
        let queue = Queue::new();
        let items = || (0..=u8::MAX).cycle().zip(0..1_000);
        for (byte, n) in items() {
            queue.put(([byte; SIZE], n)).unwrap();
        }
        for (byte, n) in items() {
            assert_eq!(queue.try_get(), Ok(([byte; SIZE], n)));
        }
    }
    let _watchdog = watchdog();
    check::<1>();
    check::<60>();
    check::<100>();
    check::<200>();
    check::<400>();
    check::<5_000>();
    let queue = Queue::from_iter([(); 1_000]);
    assert_eq!(queue.try_iter().count(), 1_000);
}

/// What nobody got is dropped with the queue, in however many rings it is.
#[test]
fn what_is_left_is_dropped_once() {
    let _watchdog = watchdog();
    for (put, got) in [(0, 0), (1, 0), (1, 1), (300, 0), (300, 299), (1_000_000, 3)] {
        let witness = Arc::new(());
        let queue = SimpleQueue::new();
        (0..put).for_each(|_| queue.put(Arc::clone(&witness)));
        queue.try_iter().take(got).for_each(drop);
        assert_eq!(Arc::strong_count(&witness), 1 + put - got);
        drop(queue);
        assert_eq!(Arc::strong_count(&witness), 1);
    }
}

/// A destructor that panics does not keep the others from being run.
#[test]
fn a_panicking_destructor_takes_no_other_item_with_it() {
    struct Fails {
        fails: bool,
        _witness: Rc<()>,
    }
    impl Drop for Fails {
        fn drop(&mut self) {
            if self.fails {
                panic_any("a destructor fails");
            }
        }
    }
    let _watchdog = watchdog();
    let witness = Rc::new(());
    let queue = Queue::new();
    for n in 0..600 {
        let item = Fails {
            fails: n == 100,
            _witness: Rc::clone(&witness),
        };
        queue.put(item).unwrap();
    }
    drop(queue.get());
    assert!(catch_unwind(AssertUnwindSafe(|| drop(queue))).is_err());
    assert_eq!(Rc::strong_count(&witness), 1);
}

/// A storage by itself, that nobody has taken apart.
#[test]
fn a_fifo_is_a_storage() {
    let _watchdog = watchdog();
    let mut fifo = Fifo::new();
    assert_eq!((fifo.get(), fifo.len()), (None::<u32>, 0));
    (0..1_000).for_each(|n| fifo.put(n));
    assert_eq!((fifo.get(), fifo.len()), (Some(0), 999));
    assert_eq!(format!("{fifo:?}"), "Fifo { len: 999, .. }");
    assert!(std::iter::from_fn(|| fifo.get()).eq(1..1_000));
    assert!(fifo.is_empty());
}

/// A putter and a getter at full speed: each item once, in order, and dropped once.
#[test]
fn nothing_is_lost_between_two_threads() {
    let _watchdog = watchdog();
    let len = if cfg!(miri) { 2_000 } else { 200_000 };
    for bound in [0, 1, 3, 300] {
        let queue = Arc::new(Queue::with_maxsize(bound));
        let putter = checked_spawn({
            let queue = Arc::clone(&queue);
            move || {
                (0..len).for_each(|n| queue.put(Box::new(n)).unwrap());
                queue.shutdown();
            }
        });
        assert!(queue.iter().map(|item| *item).eq(0..len));
        putter.join();
    }
}
