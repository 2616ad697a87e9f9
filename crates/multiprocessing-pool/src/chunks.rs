//! Cutting the input of a map into chunks, and putting their results together.

/// Python's default: four chunks for each worker (M2).
fn default_chunksize(items: usize, workers: usize) -> usize {
    items.div_ceil(workers.saturating_mul(4)).max(1)
}

/// Cuts `items` into chunks of `size`, or of the default size, the last one possibly shorter. Takes all items.
///
/// An input that knows its length is cut as it comes. If it lies, the chunks are larger or smaller than they should be,
/// and no item is lost.
pub(crate) fn cut<I>(items: I, size: Option<usize>, workers: usize) -> Vec<Vec<I::Item>>
where
    I: IntoIterator,
{
    let items = items.into_iter();
    match (size, items.size_hint()) {
        (Some(size), _) => cut_at(items, size),
        (None, (least, Some(most))) if least == most => {
            cut_at(items, default_chunksize(least, workers))
        }
        (None, _) => {
            let items: Vec<I::Item> = items.collect();
            let size = default_chunksize(items.len(), workers);
            cut_at(items.into_iter(), size)
        }
    }
}

fn cut_at<I: Iterator>(items: I, size: usize) -> Vec<Vec<I::Item>> {
    let mut items = items.fuse();
    let next = || Some(items.by_ref().take(size).collect());
    std::iter::from_fn(next)
        .take_while(|chunk: &Vec<I::Item>| !chunk.is_empty())
        .collect()
}

/// The results of all chunks, in their order.
pub(crate) fn join<R>(chunks: Vec<Vec<R>>) -> Vec<R> {
    let mut results = Vec::with_capacity(chunks.iter().map(Vec::len).sum());
    for mut chunk in chunks {
        results.append(&mut chunk);
    }
    results
}
