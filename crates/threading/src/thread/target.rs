//! What a thread runs, as a name for humans.

use std::any::type_name;

/// Finds the name of what a thread runs; called only if the thread has no other name.
pub(crate) type Target = fn() -> Option<&'static str>;

/// The name of the function or closure `F` inside an automatic thread name; `None` for function pointers and boxes.
///
/// | `F`                               | name                   |
/// |-----------------------------------|------------------------|
/// | the function `app::load`          | `load`                 |
/// | the function `app::load::<u8>`    | `load`                 |
/// | a closure in `app::load`          | `load::{{closure}}`    |
/// | a closure in `app::load::<u8>`    | `load`                 |
pub(crate) fn target_of<F>() -> Option<&'static str> {
    let path = type_name::<F>();
    // A function's own type has no size; whatever else can be called, and is no closure, has a name that says nothing.
    let says_something = size_of::<F>() == 0 || path.ends_with(CLOSURE);
    says_something.then(|| short_name(path)).flatten()
}

/// The name of the type `R`, without its path and parameters.
pub(crate) fn class_of<R>() -> Option<&'static str> {
    short_name(type_name::<R>())
}

const CLOSURE: &str = "::{{closure}}";

fn short_name(path: &str) -> Option<&str> {
    let (head, closures) = path.split_at(path.find(CLOSURE).unwrap_or(path.len()));
    let item = without_generics(head);
    let start = item.rfind("::")? + "::".len();
    if item.len() == head.len() && !closures.is_empty() {
        return path.get(start..);
    }
    item.get(start..)
}

/// Cuts the `<…>` at the end, in which `->` closes nothing.
fn without_generics(path: &str) -> &str {
    if !path.ends_with('>') {
        return path;
    }
    let mut depth = 0_usize;
    for (at, byte) in path.bytes().enumerate().rev() {
        match byte {
            b'>' if at == 0 || path.as_bytes()[at - 1] != b'-' => depth += 1,
            b'<' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return path[..at].trim_end_matches("::");
        }
    }
    path
}

#[cfg(test)]
mod tests;
