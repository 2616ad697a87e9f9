//! Blocks: the pieces in which storages allocate, so that growing neither copies items nor needs the room twice.

use pythreads_sync_primitives::sync::IS_MODEL;

/// How many items make a block: 256, but fewer if they are large, and never fewer than 16. Always a power of two. In a model
/// 2, so that few items need several.
pub(crate) const fn block_len<T>() -> usize {
    if IS_MODEL {
        return 2;
    }
    match size_of::<T>() {
        0..=64 => 256,
        65..=128 => 128,
        129..=256 => 64,
        257..=512 => 32,
        513.. => 16,
    }
}

/// An emptied storage keeps its list of blocks if that has room for no more than so many.
pub(crate) const SHORT: usize = 16;
