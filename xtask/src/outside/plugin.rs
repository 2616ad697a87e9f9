//! A library that another program loads and closes, which the linker makes and no test is: who waits for its threads.

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};

use super::package::Package;
use crate::command;
use crate::{Result, Workspace};

/// The library and, as an example, the program that loads it: it is not to be linked with what it loads.
const MANIFEST: &str = "\
[lib]
crate-type = ['cdylib']

[dependencies]
pythreads-threading = { path = '{crates}/threading' }

[dev-dependencies]
libc = '0.2'
";

pub(super) fn check(workspace: &Workspace) -> Result<String> {
    if !cfg!(target_os = "linux") {
        return Ok("no plugin is loaded here".to_owned());
    }
    let sources = [
        ("src/lib.rs", include_str!("programs/plugin.rs")),
        ("examples/host.rs", include_str!("programs/host.rs")),
    ];
    let package = Package::generate(workspace, "plugin", MANIFEST, &sources)?;
    command::run(&mut package.cargo(["build"]))?;
    let library = format!("{DLL_PREFIX}plugin{DLL_SUFFIX}");
    let library = package.built().join("debug").join(library);
    let mut host = package.cargo(["run", "--example", "host", "--"]);
    command::run(host.arg(library))?;
    Ok("a program waits for the threads of a library that it loads".to_owned())
}
