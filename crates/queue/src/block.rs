//! Blocks: the pieces in which storages allocate, so that growing neither copies items nor needs the room twice.

/// How many items make a block: 256, but fewer if they are large, and never fewer than 16.
pub(crate) const fn block_len<T>() -> usize {
    const BYTES: usize = 16 * 1024;
    match size_of::<T>() {
        0..=64 => 256,
        size @ 65..1024 => BYTES / size,
        1024.. => 16,
    }
}

/// An emptied storage keeps its list of blocks if that has room for no more than so many.
pub(crate) const SHORT: usize = 16;
