//! Each check fires on what it forbids and on nothing else; and this repository is tidy.

use super::{
    Violation, clippy_settings, doctests, forbidden, headers, layers, links, names, orderings,
    sizes, unsafe_list,
};
use crate::repository::Repository;
use crate::workspace::Workspace;

fn repository(files: &[(&str, &str)]) -> Repository {
    let owned = |(path, text): &(&str, &str)| ((*path).to_owned(), (*text).to_owned());
    Repository::of(files.iter().map(owned))
}

/// Where a check fires: `path:line`, in order.
fn places(check: fn(&Repository) -> Vec<Violation>, files: &[(&str, &str)]) -> Vec<String> {
    let violations = check(&repository(files));
    let place = |violation: Violation| format!("{}:{}", violation.path, violation.line);
    violations.into_iter().map(place).collect()
}

/// The rules hold here.
#[test]
fn this_repository_is_tidy() {
    let root = Workspace::find().unwrap().root;
    let violations = super::check(&Repository::read(&root).unwrap());
    let shown: Vec<_> = violations.iter().map(Violation::to_string).collect();
    assert!(shown.is_empty(), "\n{}", shown.join("\n"));
}

/// A violation is shown so that terminals make a link of it.
#[test]
fn violation_is_a_link() {
    let violation = Violation::new("a/b.rs", 3, "too blue");
    assert_eq!(violation.to_string(), "a/b.rs:3: too blue");
}

/// The queue may use the ground floor, but neither threads nor anything above it.
#[test]
fn layers_point_down() {
    let manifest = "\
[package]
name = \"pythreads-queue\"
[dependencies]
parking_lot.workspace = true
pythreads-sync-primitives.workspace = true
pythreads-threading.workspace = true
[target.'cfg(unix)'.dependencies]
pythreads = { workspace = true, features = [\"x\"] }
";
    assert_eq!(
        places(layers::check, &[("crates/queue/Cargo.toml", manifest)]),
        ["crates/queue/Cargo.toml:6", "crates/queue/Cargo.toml:8"]
    );
}

/// Test support is for tests.
#[test]
fn layers_keep_test_support_in_tests() {
    let manifest = "\
[dependencies]
test-support.workspace = true
[dev-dependencies]
test-support.workspace = true
";
    assert_eq!(
        places(layers::check, &[("crates/queue/Cargo.toml", manifest)]),
        ["crates/queue/Cargo.toml:2"]
    );
}

/// Versions and paths stand in the root's table only, which itself may name them.
#[test]
fn layers_inherit_versions() {
    let files = [
        ("Cargo.toml", "[workspace.dependencies]\nlibc = \"0.2\"\n"),
        ("xtask/Cargo.toml", "[dependencies]\nlibc = \"0.2\"\n"),
        (
            "benches/Cargo.toml",
            "[dependencies.libc]\nversion = \"0.2\"\n",
        ),
    ];
    assert_eq!(
        places(layers::check, &files),
        ["xtask/Cargo.toml:2", "benches/Cargo.toml:2"]
    );
}

/// A crate has a place in the table, and the name of its folder.
#[test]
fn layers_know_every_crate() {
    let files = [
        (
            "crates/novel/Cargo.toml",
            "[package]\nname = \"pythreads-novel\"\n",
        ),
        ("crates/queue/Cargo.toml", "[package]\nname = \"queue\"\n"),
        (
            "crates/test-support/Cargo.toml",
            "[package]\nname = \"test-support\"\n",
        ),
    ];
    assert_eq!(
        places(layers::check, &files),
        ["crates/novel/Cargo.toml:1", "crates/queue/Cargo.toml:2"]
    );
}

/// 600 lines are enough, except for tests.
#[test]
fn sizes_are_limited() {
    let (most, more) = ("\n".repeat(600), "\n".repeat(601));
    let files = [
        ("crates/queue/src/a.rs", most.as_str()),
        ("crates/queue/src/b.rs", more.as_str()),
        ("crates/queue/src/b/tests.rs", more.as_str()),
        ("crates/queue/tests/it/b.rs", more.as_str()),
        ("xtask/src/c.rs", more.as_str()),
    ];
    assert_eq!(
        places(sizes::check, &files),
        ["crates/queue/src/b.rs:601", "xtask/src/c.rs:601"]
    );
}

/// A file says first what it is: in a comment of its own, not of its first item.
#[test]
fn headers_come_first() {
    let files = [
        ("a.rs", "//! What a is.\n"),
        ("b.rs", "\n//! What b is.\n"),
        ("c.rs", "/// What d is.\nstruct D;\n"),
        ("e.rs", ""),
    ];
    assert_eq!(
        places(headers::check, &files),
        ["b.rs:1", "c.rs:1", "e.rs:1"]
    );
}

/// Names that say nothing are refused wherever they stand.
#[test]
fn names_say_something() {
    let files = [
        ("crates/queue/src/utils.rs", ""),
        ("crates/queue/src/fifo/mod.rs", ""),
        ("crates/queue/tests/common/fifo.rs", ""),
        (
            "a.rs",
            "mod fifo;\nmod helpers;\n// mod utils;\npub use fifo as prelude;\n",
        ),
        ("crates/queue/src/common_errors.rs", "mod fifo;\n"),
    ];
    assert_eq!(
        places(names::check, &files),
        [
            "crates/queue/src/utils.rs:1",
            "crates/queue/src/fifo/mod.rs:1",
            "crates/queue/tests/common/fifo.rs:1",
            "a.rs:2",
            "a.rs:4",
        ]
    );
}

/// Every module with unsafe code is in the list.
#[test]
fn unsafe_code_is_listed() {
    let list = "| module | why |\n|---|---|\n| `a.rs` | speed |\n";
    let files = [
        ("UNSAFE.md", list),
        ("a.rs", "#![expect(unsafe_code, reason = \"speed\")]\n"),
        (
            "b.rs",
            "#![expect(\n    unsafe_code,\n    reason = \"speed\"\n)]\n",
        ),
        (
            "c.rs",
            "#![forbid(unsafe_code)]\n// #![expect(unsafe_code)]\n",
        ),
    ];
    assert_eq!(places(unsafe_list::check, &files), ["b.rs:2"]);
}

/// The list names nothing else.
#[test]
fn unsafe_list_has_no_dead_rows() {
    let list = "| `a.rs` | speed |\n| `gone.rs` | speed |\n";
    let files = [("UNSAFE.md", list), ("a.rs", "//! Safe by now.\n")];
    assert_eq!(
        places(unsafe_list::check, &files),
        ["UNSAFE.md:1", "UNSAFE.md:2"]
    );
}

/// The ban is lifted for a module, and so that the compiler says when that has become needless.
#[test]
fn unsafe_code_is_expected_by_the_module() {
    let list = "| `a.rs` | speed |\n| `b.rs` | speed |\n";
    let files = [
        ("UNSAFE.md", list),
        (
            "a.rs",
            "#[expect(unsafe_code, reason = \"speed\")]\nfn f() {}\n",
        ),
        ("b.rs", "#![allow(unsafe_code)]\n"),
    ];
    assert_eq!(places(unsafe_list::check, &files), ["a.rs:1", "b.rs:1"]);
}

/// A nearer file repeats the root's settings; what it disallows is its own.
#[test]
fn clippy_settings_are_repeated() {
    let files = [
        (
            "clippy.toml",
            "limit = 70\nquiet = true\ndisallowed-types = [\"A\"]\n",
        ),
        (
            "crates/a/clippy.toml",
            "limit = 70\nquiet = true\ndisallowed-types = []\n",
        ),
        (
            "crates/b/clippy.toml",
            "disallowed-types = [\n]\nlimit = 90\n",
        ),
    ];
    assert_eq!(
        places(clippy_settings::check, &files),
        ["crates/b/clippy.toml:3", "crates/b/clippy.toml:1"]
    );
}

/// An ordering without a comment in reach is found; comparison's orderings are not meant.
#[test]
fn orderings_are_argued() {
    let text = "\
use std::sync::atomic::Ordering;
x.load(Ordering::Relaxed); // ORDERING: a statistic
// ORDERING: pairs with the Release in `g`.
let seen = x
    .load(Ordering::Acquire);






x.load(Ordering::SeqCst);
a.cmp(&b) == Ordering::Less;
";
    let files = [
        ("crates/queue/src/a.rs", text),
        ("crates/queue/src/a/tests.rs", text),
        ("crates/queue/tests/it/a.rs", text),
        ("examples/src/bin/a.rs", text),
    ];
    assert_eq!(
        places(orderings::check, &files),
        ["crates/queue/src/a.rs:12"]
    );
}

/// One comment covers a run of lines, however long, and no further.
#[test]
fn orderings_share_a_comment_in_a_run() {
    let run = "x.store(1, Ordering::Relaxed);\n".repeat(10);
    let text = format!("// ORDERING: nobody else sees these yet.\n{run}\n{run}");
    assert_eq!(
        places(orderings::check, &[("crates/queue/src/a.rs", &text)])
            .first()
            .unwrap(),
        "crates/queue/src/a.rs:13"
    );
}

/// Imported variants would escape the check.
#[test]
fn orderings_are_not_imported() {
    let text = "use std::sync::atomic::Ordering::{Acquire, Release};\n";
    assert_eq!(
        places(orderings::check, &[("crates/queue/src/a.rs", text)]),
        ["crates/queue/src/a.rs:1"]
    );
}

/// Each leftover is found in code, and only there.
#[test]
fn leftovers_are_forbidden() {
    let unfinished = ["todo", "unimplemented"].map(|name| format!("    {name}!();\n"));
    let reminder = format!("// {}: later\n", forbidden::REMINDER);
    for text in [
        unfinished[0].as_str(),
        unfinished[1].as_str(),
        reminder.as_str(),
        "#[ignore = \"slow\"]\n",
        "#![deny(warnings)]\n",
        "pub static mut X: u8 = 0;\n",
    ] {
        assert_eq!(
            places(forbidden::check, &[("a.rs", text)]),
            ["a.rs:1"],
            "{text}"
        );
    }
    let harmless = "x: &'static mut u8; // static mut is forbidden\nlet s = \"deny(warnings)\";\n";
    assert_eq!(places(forbidden::check, &[("a.rs", harmless)]), [""; 0]);
}

/// A block that nobody compiles is found in docs and in documents.
#[test]
fn doctests_are_compiled() {
    let files = [
        (
            "a.rs",
            "//! ```ignore\n//! f()\n//! ```\n/// ```rust,ignore\n/// ```no_run\nlet s = \"```ignore\";\n",
        ),
        (
            "README.md",
            "```text\nwe ignore this\n```\n```rust, ignore\n",
        ),
    ];
    assert_eq!(
        places(doctests::check, &files),
        ["a.rs:1", "a.rs:4", "README.md:4"]
    );
}

/// A link that leads to nothing is found, whichever form it has; code is no link.
#[test]
fn links_lead_somewhere() {
    let document = "\
[file](LICENSE), [folder](../docs/), [root](../README.md), [elsewhere](https://example.org/x.md)
[gone](gone.md) and [of the root](README.md)
[out](../../README.md)
[reference]: gone.md
`[code](gone.md)`, [`code`](gone.rs \"title\")
```text
[block](gone.md)
```
![image](b.rs)
";
    let files = [
        ("README.md", "[docs](docs), [source](docs/b.rs)\n"),
        ("docs/a.md", document),
        ("docs/b.rs", ""),
        ("docs/LICENSE", ""),
    ];
    assert_eq!(
        places(links::check, &files),
        [
            "docs/a.md:2",
            "docs/a.md:2",
            "docs/a.md:3",
            "docs/a.md:4",
            "docs/a.md:5"
        ]
    );
}

/// An anchor is a heading of the document it leads to.
#[test]
fn links_find_headings() {
    let files = [
        (
            "a.md",
            "# What `a` is, and why\n[here](#what-a-is-and-why)\n[gone](#gone)\n",
        ),
        (
            "b.md",
            "[there](a.md#what-a-is-and-why)\n[gone](a.md#gone)\n",
        ),
    ];
    assert_eq!(places(links::check, &files), ["a.md:3", "b.md:2"]);
}
