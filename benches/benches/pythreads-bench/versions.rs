//! Which version of each rival was built, by the lock file.

const LOCK: &str = include_str!("../../../Cargo.lock");

/// Of the package whose name comes first; of the standard library, the compiler's.
pub(crate) fn version_of(name: &str) -> String {
    let package = name.split(' ').next().unwrap_or(name);
    if package == "std" {
        return env!("CARGO_PKG_RUST_VERSION").to_owned();
    }
    let entry = format!("name = \"{package}\"\nversion = \"");
    let after = LOCK.split_once(&entry).map(|(_, after)| after);
    after
        .and_then(|after| after.split('"').next())
        .unwrap_or_default()
        .to_owned()
}
