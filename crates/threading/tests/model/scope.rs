//! A scope returns after everything that borrows is gone.

use pythreads_sync_primitives::sync::atomic::{AtomicBool, Ordering};
use pythreads_threading::model::scope;

use crate::engine::check;
use crate::plain::Plain;

/// Something that bodies borrow.
fn lent() -> Plain {
    let number = Plain::default();
    let _looked_at = number.get();
    number
}

fn never_lost() {
    panic!("no thread ends the program");
}

/// All bodies are over, and what they did is seen.
#[test]
fn bodies_are_over() {
    check(|| {
        let (one, other) = (lent(), lent());
        scope(
            |s| {
                s.spawn(|_| one.add(1));
                s.spawn(|_| other.add(1));
            },
            never_lost,
        );
        assert_eq!((one.get(), other.get()), (1, 1));
    });
}

/// So are those of threads that a thread of the scope has started.
#[test]
fn bodies_of_bodies_are_over() {
    check(|| {
        let (one, other) = (&lent(), &lent());
        scope(
            |s| {
                let inner = s.clone();
                s.spawn(move |_| {
                    inner.spawn(|_| other.add(1));
                    one.add(1);
                });
            },
            never_lost,
        );
        assert_eq!((one.get(), other.get()), (1, 1));
    });
}

/// A thread that ends the program is not waited for, but what it borrows is: the scope's caller is lost first.
#[test]
fn a_body_that_ends_the_program_keeps_what_it_borrows() {
    check(|| {
        let number = lent();
        let lost = AtomicBool::new(false);
        scope(
            |s| {
                s.spawn(|thread| {
                    thread.announce();
                    number.add(1);
                });
            },
            // ORDERING: Relaxed, one thread uses it.
            || assert!(!lost.swap(true, Ordering::Relaxed), "it is lost once"),
        );
        assert_eq!(number.get(), 1);
    });
}

/// A body that nobody runs is gone, with what it owns, before the scope returns.
#[test]
fn a_refused_body_is_dropped_before() {
    struct Adds<'env>(&'env Plain);

    impl Drop for Adds<'_> {
        fn drop(&mut self) {
            self.0.add(1);
        }
    }

    check(|| {
        let number = lent();
        scope(
            |s| {
                let adds = Adds(&number);
                s.refuse(move || drop(adds));
            },
            || (),
        );
        assert_eq!(number.get(), 1);
    });
}
