//! The page and what it changes.

use super::Mutant;
use crate::workspace::{self, Workspace};

const SECTION: &str = "\
# Planted bugs

## lock-forgets

Nobody is woken.

`src/lock.rs`

```diff
 fn release(&self) {
-    wake();
+    ();
```
";

/// A section gives a name, a file and the two sides of a change.
#[test]
fn a_section_is_a_mutant() {
    let mutants = Mutant::on_page("sync-primitives", SECTION).unwrap();
    let [mutant] = mutants.as_slice() else {
        panic!("one section, one mutant");
    };
    assert_eq!(mutant.name, "lock-forgets");
    assert_eq!(mutant.scenarios(), "lock::");
    assert_eq!(mutant.path, "crates/sync-primitives/src/lock.rs");
    let text = "fn release(&self) {\n    wake();\n}\n";
    let planted = mutant.planted_in(text).unwrap();
    assert_eq!(planted, "fn release(&self) {\n    ();\n}\n");
}

/// What does not stand in the file exactly once cannot be replaced.
#[test]
fn a_change_has_one_place() {
    let mutants = Mutant::on_page("sync-primitives", SECTION).unwrap();
    let error = mutants[0].planted_in("").unwrap_err().to_string();
    assert!(
        error.contains("has 0 times what lock-forgets replaces"),
        "{error}"
    );
}

/// A section without a file or a change is refused.
#[test]
fn an_incomplete_section_is_refused() {
    for (gap, complaint) in [
        ("`src/lock.rs`", "names no file"),
        ("-    wake();\n+    ();\n", "changes nothing"),
    ] {
        let error = Mutant::on_page("sync-primitives", &SECTION.replace(gap, ""))
            .unwrap_err()
            .to_string();
        assert!(error.contains(complaint), "{error}");
    }
}

/// Every planted bug still fits the code.
#[test]
fn this_repository_has_a_place_for_each() {
    let workspace = Workspace::find().unwrap();
    for mutant in Mutant::all(&workspace).unwrap() {
        let text = workspace::read(&workspace.root.join(&mutant.path)).unwrap();
        mutant.planted_in(&text).unwrap();
    }
}
