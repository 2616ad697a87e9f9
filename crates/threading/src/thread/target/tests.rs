//! Paths as the compiler spells them.

use super::{class_of, short_name, target_of};

fn plain() {}

fn generic<T>() {
    let _: Option<T> = None;
}

fn name_of<F: FnOnce()>(_: F) -> Option<&'static str> {
    target_of::<F>()
}

/// The table of `target_of`, on what the compiler really writes.
#[test]
fn functions_and_closures_have_names() {
    assert_eq!(name_of(plain), Some("plain"));
    assert_eq!(name_of(generic::<fn() -> Vec<u8>>), Some("generic"));
    assert_eq!(
        name_of(|| ()),
        Some("functions_and_closures_have_names::{{closure}}")
    );
    assert_eq!(name_of(plain as fn()), None);
    assert_eq!(name_of(Box::new(plain)), None);
    assert_eq!(class_of::<Vec<u8>>(), Some("Vec"));
}

/// Spellings that are hard to provoke.
#[test]
fn paths_are_cut_at_the_last_segment() {
    assert_eq!(short_name("<a::T as b::Run<c::D>>::run"), Some("run"));
    assert_eq!(short_name("a::b<c::D<e::F>, fn(u8) -> g::H>"), Some("b"));
    assert_eq!(short_name("a::b<c::D>::{{closure}}"), Some("b"));
    assert_eq!(
        short_name("a::b::{{closure}}::{{closure}}"),
        Some("b::{{closure}}::{{closure}}")
    );
    assert_eq!(short_name("u8"), None);
    assert_eq!(short_name(">"), None);
}
