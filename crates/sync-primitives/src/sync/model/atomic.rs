//! Atomics that the checker makes on first use.

use std::cell::Cell;
use std::fmt;
use std::ops::Deref;
use std::sync::OnceLock;
pub use std::sync::atomic::Ordering;

#[cfg(pythreads_loom)]
use loom::sync::atomic as checker;
#[cfg(pythreads_shuttle)]
use shuttle::sync::atomic as checker;

use super::checker_thread_local;

/// As std's.
pub type AtomicBool = OnFirstUse<checker::AtomicBool, bool>;
/// As std's.
pub type AtomicU8 = OnFirstUse<checker::AtomicU8, u8>;
/// As std's.
pub type AtomicU32 = OnFirstUse<checker::AtomicU32, u32>;
/// As std's.
pub type AtomicU64 = OnFirstUse<checker::AtomicU64, u64>;
/// As std's.
pub type AtomicUsize = OnFirstUse<checker::AtomicUsize, usize>;

/// The checker's object, made from a value when it is first touched.
#[derive(Default)]
pub struct OnFirstUse<A, V> {
    initial: V,
    object: OnceLock<A>,
}

impl<A, V> OnFirstUse<A, V> {
    /// An object with this value.
    pub const fn new(initial: V) -> Self {
        Self {
            initial,
            object: OnceLock::new(),
        }
    }
}

impl<A: From<V>, V: Copy> Deref for OnFirstUse<A, V> {
    type Target = A;

    fn deref(&self) -> &A {
        self.object.get_or_init(|| A::from(self.initial))
    }
}

/// Looking at it is a use.
impl<A: From<V> + fmt::Debug, V: Copy> fmt::Debug for OnFirstUse<A, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

// What loom gets wrong is put right here, for the types where it matters:
//
// - It takes sequentially consistent accesses for acquire and release, but it knows the fence. So there is one between such
//   a store and the next such load of a thread.
// - It lets a store come between a read-modify-write operation and what that has read, which the language does not. So a
//   store is a swap.

impl AtomicU8 {
    /// As std's.
    #[track_caller]
    pub fn store(&self, value: u8, order: Ordering) {
        self.swap(value, order);
    }
}

impl AtomicBool {
    /// As std's.
    #[track_caller]
    pub fn load(&self, order: Ordering) -> bool {
        before_load(order);
        (**self).load(order)
    }

    /// As std's.
    #[track_caller]
    pub fn store(&self, value: bool, order: Ordering) {
        self.swap(value, order);
        after_store(order);
    }
}

impl AtomicUsize {
    /// As std's.
    #[track_caller]
    pub fn load(&self, order: Ordering) -> usize {
        before_load(order);
        (**self).load(order)
    }

    /// As std's.
    #[track_caller]
    pub fn store(&self, value: usize, order: Ordering) {
        self.swap(value, order);
        after_store(order);
    }
}

checker_thread_local! {
    static HAS_STORED: Cell<bool> = Cell::new(false);
}

fn after_store(order: Ordering) {
    if order == Ordering::SeqCst {
        HAS_STORED.with(|stored| stored.set(true));
    }
}

fn before_load(order: Ordering) {
    if order == Ordering::SeqCst && HAS_STORED.with(Cell::take) {
        checker::fence(Ordering::SeqCst);
    }
}
