//! The queue kinds that every general rule is checked for.

use std::collections::BTreeMap;
use std::sync::Arc;

use pythreads_queue::{BaseQueue, Fifo, Heap, Lifo, Storage};

/// A storage, and the order it is meant to have.
pub(crate) trait Kind: Storage<u32> + Default + Send + 'static {
    /// Which of the items, in the order they were put, comes out next.
    fn next_of(items: &[u32]) -> usize;

    /// The items in the order they come out.
    fn sorted(mut items: Vec<u32>) -> Vec<u32> {
        let mut sorted = Vec::new();
        while !items.is_empty() {
            sorted.push(items.remove(Self::next_of(&items)));
        }
        sorted
    }
}

pub(crate) type Shared<K> = Arc<BaseQueue<u32, K>>;

pub(crate) fn queue<K: Kind>(maxsize: usize) -> Shared<K> {
    Arc::new(BaseQueue::with_storage(K::default(), maxsize))
}

/// A queue without a bound that holds 1, 2, …, `n`.
pub(crate) fn queue_of<K: Kind>(n: u32) -> Shared<K> {
    Arc::new((1..=n).collect())
}

impl Kind for Fifo<u32> {
    fn next_of(_: &[u32]) -> usize {
        0
    }
}

impl Kind for Lifo<u32> {
    fn next_of(items: &[u32]) -> usize {
        items.len() - 1
    }
}

impl Kind for Heap<u32> {
    fn next_of(items: &[u32]) -> usize {
        let smallest = items.iter().min().unwrap();
        items.iter().position(|item| item == smallest).unwrap()
    }
}

/// A user's own storage: hands out the largest item.
#[derive(Debug, Default)]
pub(crate) struct LargestFirst {
    counts: BTreeMap<u32, usize>,
    len: usize,
}

impl Storage<u32> for LargestFirst {
    fn put(&mut self, item: u32) {
        *self.counts.entry(item).or_default() += 1;
        self.len += 1;
    }

    fn get(&mut self) -> Option<u32> {
        let mut largest = self.counts.last_entry()?;
        self.len -= 1;
        *largest.get_mut() -= 1;
        if *largest.get() == 0 {
            return Some(largest.remove_entry().0);
        }
        Some(*largest.key())
    }

    fn len(&self) -> usize {
        self.len
    }
}

impl Kind for LargestFirst {
    fn next_of(items: &[u32]) -> usize {
        let largest = items.iter().max().unwrap();
        items.iter().position(|item| item == largest).unwrap()
    }
}
