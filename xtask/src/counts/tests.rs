//! Reading `Cargo.lock`.

use super::locked_version;

/// The library's version is found among those of its parts.
#[test]
fn the_library_is_found() {
    let lock = "\
[[package]]
name = \"gungraun-macros\"
version = \"1.2.3\"

[[package]]
name = \"gungraun\"
version = \"4.5.6\"
source = \"…\"
";
    assert_eq!(locked_version(lock).unwrap(), "4.5.6");
}

/// A lock file without it is an error.
#[test]
fn an_absent_library_is_an_error() {
    assert!(locked_version("[[package]]\n").is_err());
}
