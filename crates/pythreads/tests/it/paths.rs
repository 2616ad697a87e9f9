//! No name is missing: whatever a crate exports has a call in the test of its module.

use test_support::watchdog;

/// Each crate's page, and the test of the module in which the umbrella shows it.
const MODULES: [(&str, &str, &str); 4] = [
    (
        "threading",
        include_str!("../../../threading/src/lib.rs"),
        include_str!("threading.rs"),
    ),
    (
        "queue",
        include_str!("../../../queue/src/lib.rs"),
        include_str!("queue.rs"),
    ),
    (
        "concurrent_futures",
        include_str!("../../../concurrent-futures/src/lib.rs"),
        include_str!("concurrent_futures.rs"),
    ),
    (
        "multiprocessing_pool",
        include_str!("../../../multiprocessing-pool/src/lib.rs"),
        include_str!("multiprocessing_pool.rs"),
    ),
];

/// Whoever exports a new name adds a call of it here.
#[test]
fn every_exported_name_is_called_through_the_umbrella() {
    let _watchdog = watchdog();
    for (module, page, test) in MODULES {
        let names = exported(page);
        assert!(names.len() > 5, "{module} exports {names:?}");
        for name in names {
            let is_called = words(test).any(|word| word == name);
            assert!(
                is_called,
                "{module}::{name} is not called in crates/pythreads/tests/it/{module}.rs"
            );
        }
    }
}

/// The names in a file's `pub use` items, those that the docs hide left out.
fn exported(page: &str) -> Vec<&str> {
    let (before, items): (Vec<&str>, Vec<&str>) = page
        .match_indices("\npub use ")
        .map(|(at, keyword)| (&page[..at], &page[at + keyword.len()..]))
        .unzip();
    let shown = before
        .into_iter()
        .zip(items)
        .filter(|(before, _)| !before.ends_with("#[doc(hidden)]"));
    shown
        .filter_map(|(_, item)| item.split(';').next())
        .flat_map(|item| match item.split_once('{') {
            Some((_path, names)) => names.split(',').collect(),
            None => item.rsplit("::").take(1).collect::<Vec<_>>(),
        })
        .map(|name| name.trim_matches(|c: char| c.is_whitespace() || c == '}'))
        .filter(|name| !name.is_empty())
        .collect()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
}
