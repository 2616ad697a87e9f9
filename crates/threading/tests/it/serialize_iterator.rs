//! `serialize_iterator`.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use pythreads_threading::{SerializedIterator, scope, serialize_iterator};
use test_support::watchdog;

/// Each item goes to one consumer.
#[test]
fn k1_each_item_once() {
    let _watchdog = watchdog();
    let shared = serialize_iterator(0..10_000);
    let mut all: Vec<u32> = scope(|s| {
        let consumers: Vec<_> = (0..4)
            .map(|_| s.spawn(|| shared.iter().collect()))
            .collect();
        let taken = consumers
            .into_iter()
            .map(|consumer| consumer.join().unwrap());
        taken.flat_map(|items: Vec<u32>| items).collect()
    });
    all.sort_unstable();
    assert!(all.into_iter().eq(0..10_000));
    assert_eq!(shared.next(), None);
}

/// A panic passes through, and the next draw gets what the source does next.
#[test]
fn k1_k4_panics_pass_through() {
    let _watchdog = watchdog();
    let shared = serialize_iterator((1..=3).inspect(|n| assert!(*n != 2, "two")));
    assert_eq!(shared.next(), Some(1));
    assert!(catch_unwind(|| shared.next()).is_err());
    assert_eq!(shared.next(), Some(3));
    assert_eq!(shared.into_inner().next(), None);
}

/// An iterator that draws from itself is told, instead of waiting for itself for ever.
#[test]
fn k1_drawing_from_within_panics() {
    std::thread_local! {
        static OWN: Cell<Option<&'static SerializedIterator<Reentrant>>> = const { Cell::new(None) };
    }
    struct Reentrant;
    impl Iterator for Reentrant {
        type Item = u32;
        fn next(&mut self) -> Option<u32> {
            OWN.get()?.next()
        }
    }
    let _watchdog = watchdog();
    let shared: &'static _ = Box::leak(Box::new(serialize_iterator(Reentrant)));
    OWN.set(Some(shared));
    assert!(catch_unwind(AssertUnwindSafe(|| shared.next())).is_err());
    OWN.set(None);
    assert_eq!(shared.next(), None, "the lock is free again");
}
