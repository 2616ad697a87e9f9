//! Cutting the input of a map into chunks.

/// Python's default: four chunks for each worker (M2).
pub(crate) fn default_chunksize(items: usize, workers: usize) -> usize {
    items.div_ceil(workers * 4).max(1)
}

/// Cuts `items` into chunks of `size`, the last one possibly shorter.
pub(crate) fn cut<I>(items: Vec<I>, size: usize) -> Vec<Vec<I>> {
    let mut chunks = Vec::with_capacity(items.len().div_ceil(size));
    let mut items = items.into_iter();
    while items.len() > 0 {
        chunks.push(items.by_ref().take(size).collect());
    }
    chunks
}
