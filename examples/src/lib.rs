//! The programs are in `src/bin`. This library holds nothing but the README's code, so that it is compiled and run.

/// The front page.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
#[expect(missing_debug_implementations, reason = "it carries a text")]
pub struct Readme;
