//! `RwLock`: a writer is alone, and readers see all of what writers did.

use std::sync::Arc;

use pythreads_sync_primitives::RwLock;

use crate::engine::{JoinHandle, SOON, check, share, spawn, strike};
use crate::plain::Plain;

/// Two numbers that are the same whenever no writer holds the lock.
type Pair = Arc<RwLock<[Plain; 2]>>;

fn pair() -> Pair {
    share(RwLock::default())
}

fn spawn_with<T: Send + 'static>(
    pair: &Pair,
    body: impl FnOnce(&RwLock<[Plain; 2]>) -> T + Send + 'static,
) -> JoinHandle<T> {
    let pair = Arc::clone(pair);
    spawn(move || body(&pair))
}

fn write(pair: &RwLock<[Plain; 2]>) {
    let [one, other] = &*pair.write();
    one.add(1);
    other.add(1);
}

fn read(pair: &RwLock<[Plain; 2]>) -> usize {
    let [one, other] = &*pair.read();
    assert_eq!(one.get(), other.get());
    one.get()
}

/// A reader beside two writers never sees half of a change.
#[test]
fn a_reader_sees_whole_changes() {
    check(|| {
        let pair = pair();
        let writer = spawn_with(&pair, write);
        let reader = spawn_with(&pair, read);
        write(&pair);
        writer.join().unwrap();
        assert!(reader.join().unwrap() <= 2);
        assert_eq!(read(&pair), 2);
    });
}

/// Two readers and a writer behind them all get through.
#[test]
fn readers_share_and_let_a_writer_in() {
    check(|| {
        let pair = pair();
        let writer = spawn_with(&pair, write);
        let reader = spawn_with(&pair, read);
        read(&pair);
        writer.join().unwrap();
        assert!(reader.join().unwrap() <= 1);
        assert!(!pair.locked());
    });
}

/// A writer that gives up lets in the readers that queued behind it.
#[test]
fn a_writer_that_gives_up_clears_the_way() {
    check(|| {
        let pair = pair();
        let held = pair.read();
        let writer = spawn_with(&pair, |pair| pair.write_timeout(SOON).is_some());
        let reader = spawn_with(&pair, read);
        strike();
        reader.join().unwrap();
        assert!(!writer.join().unwrap());
        drop(held);
        assert!(!pair.locked());
    });
}
