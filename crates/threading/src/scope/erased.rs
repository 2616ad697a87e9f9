//! The one place where a borrow is hidden from the compiler.

#![expect(
    unsafe_code,
    reason = "a thread's body is `'static` to the system; that of a scope's thread borrows, and the scope waits for it"
)]

/// What a scope's thread runs, as far as the system knows.
pub(super) type Body = Box<dyn FnOnce() + Send>;

/// Hides what `body` borrows. To be called by [`tally::Body::lend`](super::tally::Body::lend) only, which keeps
/// the promise below.
pub(super) fn erase<'scope>(body: Box<dyn FnOnce() + Send + 'scope>) -> Body {
    // SAFETY: the two types differ in a lifetime only, so their layout is the same. What the lifetime promises is kept by
    // the scope: `running` was raised before this body could be called and goes down after it has been called or dropped
    // (invariant 1 of `tally`), and `scope` neither returns nor unwinds before that (invariant 2), while all that outlives
    // `'scope` still stands.
    unsafe { std::mem::transmute::<Box<dyn FnOnce() + Send + 'scope>, Body>(body) }
}
