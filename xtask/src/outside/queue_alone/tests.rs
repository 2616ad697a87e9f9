//! Reading `cargo tree`.

use super::strangers;

/// The queue may bring the ground floor with it.
#[test]
fn ground_floor_is_allowed() {
    let tree = "outside v0.0.0 (/x)\npythreads-queue v0.1.0 (/y)\npythreads-sync-primitives v0.1.0 (/z)\nparking_lot v0.13.0\n";
    assert_eq!(strangers(tree), [""; 0]);
}

/// A pool crate is named, once.
#[test]
fn pool_is_a_stranger() {
    let tree = "pythreads-queue v0.1.0 (/y)\npythreads-task-engine v0.1.0 (/z)\npythreads-task-engine v0.1.0 (/z) (*)\n";
    assert_eq!(strangers(tree), ["pythreads-task-engine"]);
}
