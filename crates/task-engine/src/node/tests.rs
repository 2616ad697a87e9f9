//! What a task costs.

use super::{Node, Nothing};

/// Beside its closure and its result, which share their place, the one allocation of a task takes 64 bytes at most.
#[test]
fn a_node_is_small() {
    const COUNTS: usize = 2 * size_of::<usize>();
    let over = |node: usize, content: usize| COUNTS + node - content;
    assert!(over(size_of::<Node<[u64; 8], ()>>(), 64) <= 64);
    assert!(over(size_of::<Node<[u64; 2], u64>>(), 16) <= 64);
    assert!(over(size_of::<Node<(), [u64; 8], Nothing>>(), 64) <= 64);
}
