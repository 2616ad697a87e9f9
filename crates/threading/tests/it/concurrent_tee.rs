//! `concurrent_tee`.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;

use pythreads_threading::{concurrent_tee, spawn};
use test_support::watchdog;

/// Every view sees every item in order, whoever pulls.
#[test]
fn k3_every_view_sees_all() {
    let _watchdog = watchdog();
    let views = concurrent_tee(0..2_000_u32, 4);
    let readers: Vec<_> = views
        .into_iter()
        .map(|view| spawn(|| view.collect::<Vec<_>>()))
        .collect();
    for reader in readers {
        assert!(reader.join().unwrap().into_iter().eq(0..2_000));
    }
}

/// An item is pulled when the first view asks, once.
#[test]
fn k3_items_are_pulled_on_demand() {
    let _watchdog = watchdog();
    let pulled = Rc::new(Cell::new(0));
    let count = Rc::clone(&pulled);
    let mut views = concurrent_tee((0..10).inspect(move |_| count.set(count.get() + 1)), 2);
    let (mut second, mut first) = (views.pop().unwrap(), views.pop().unwrap());
    assert_eq!(pulled.get(), 0);
    assert_eq!(first.by_ref().take(3).collect::<Vec<_>>(), [0, 1, 2]);
    assert_eq!(pulled.get(), 3);
    assert_eq!(second.by_ref().take(4).collect::<Vec<_>>(), [0, 1, 2, 3]);
    assert_eq!(pulled.get(), 4);
    assert_eq!(first.next(), Some(3));
    assert_eq!(pulled.get(), 4);
}

/// No views: nothing to do. A view that is gone keeps nothing.
#[test]
fn k3_views_that_are_not_there() {
    let _watchdog = watchdog();
    assert!(concurrent_tee(0..3, 0).is_empty());
    let item = Arc::new(());
    let mut views = concurrent_tee(vec![Arc::clone(&item); 3], 2);
    let (late, mut reader) = (views.pop().unwrap(), views.pop().unwrap());
    drop(reader.next());
    assert_eq!(
        Arc::strong_count(&item),
        4,
        "two in the source, one for the other view"
    );
    drop(late);
    assert_eq!(Arc::strong_count(&item), 3);
    drop(reader.next());
    assert_eq!(Arc::strong_count(&item), 2);
    drop(reader);
    assert_eq!(Arc::strong_count(&item), 1);
}

/// A tee of a view.
#[test]
fn k3_a_tee_of_a_tee() {
    let _watchdog = watchdog();
    let mut outer = concurrent_tee(0..3, 2);
    let inner = concurrent_tee(outer.pop().unwrap(), 2);
    for view in inner {
        assert!(view.eq(0..3));
    }
    assert!(outer.pop().unwrap().eq(0..3));
}

/// A source that panics, or ends, stores nothing: the other views pull again.
#[test]
fn k4_a_source_that_fails() {
    let _watchdog = watchdog();
    let mut views = concurrent_tee((1..=3).inspect(|n| assert!(*n != 2, "two")), 2);
    let (mut second, mut first) = (views.pop().unwrap(), views.pop().unwrap());
    assert_eq!(first.next(), Some(1));
    assert!(catch_unwind(AssertUnwindSafe(|| first.next())).is_err());
    assert!(second.by_ref().eq([1, 3]));
    assert!(first.by_ref().eq([3]));
    assert_eq!((first.next(), second.next()), (None, None));
}
