//! What is done with an exception that ends a thread.

use pythreads_sync_primitives::Exception;

pub(crate) fn excepthook(_exception: &Exception) {}
