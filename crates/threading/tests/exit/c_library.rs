//! A C library that is torn down at the end of the process.

#![expect(
    unsafe_code,
    reason = "`atexit`, by which C libraries are torn down, is a C function"
)]

/// Registers what the library does at the end of the process.
pub(crate) fn set_up() {
    // SAFETY: the function takes any `extern "C" fn()` that is there until the process ends, and a function is. It does not
    // unwind: to print is all it does.
    let refused = unsafe { libc::atexit(tear_down) };
    assert_eq!(refused, 0, "the C library has room for one more handler");
}

extern "C" fn tear_down() {
    println!("torn down");
}
