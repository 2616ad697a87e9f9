//! Loads a library that starts a thread, in a process of its own for each way to go on, and looks at how that ends.

use std::env;
use std::ffi::{CStr, CString, c_void};
use std::mem;
use std::process::Command;
use std::thread;

/// What the library says when its thread has been waited for.
const WAITED: &str = "callback\nthe thread has ended\n";

fn main() {
    let arguments: Vec<String> = env::args().collect();
    match arguments.as_slice() {
        [_, library, how] => load(library, how),
        [_, library] => expect_all(library),
        _ => panic!("which library?"),
    }
}

fn expect_all(library: &str) {
    // The library's exit handler waits for its threads …
    expect(library, "return", &format!("main returns\n{WAITED}"));
    // … also after the library has been closed …
    expect(library, "close", &format!("closed\nmain returns\n{WAITED}"));
    // … and runs then, too, if nothing of the library was running any more, so that it could be gone.
    expect(
        library,
        "rest and close",
        "closed\nmain returns\ncallback\n",
    );
    // It may have been told before.
    expect(
        library,
        "end and close",
        &format!("{WAITED}closed\nmain returns\n"),
    );
    // Daemons are not waited for.
    let stdout = run(library, "daemon");
    assert!(stdout.starts_with("main returns\ncallback\n"), "{stdout}");
}

fn expect(library: &str, how: &str, stdout: &str) {
    assert_eq!(run(library, how), stdout, "{how}");
}

fn run(library: &str, how: &str) -> String {
    let program = env::current_exe().expect("the system knows this program's file");
    let run = Command::new(program).args([library, how]).output();
    let output = run.expect("the system runs this program again");
    assert!(output.status.success(), "{how}: {output:?}");
    String::from_utf8(output.stdout).expect("both print text")
}

fn load(library: &str, how: &str) {
    let path = CString::new(library).expect("no path has a NUL");
    // SAFETY: the path is a C string; what the library does when it is loaded is sound.
    let handle = unsafe { libc::dlopen(path.as_ptr(), libc::RTLD_NOW) };
    assert!(!handle.is_null(), "{library} is not loaded");
    if how.contains("rest") {
        let start_and_join = function(handle, c"start_and_join");
        // In a thread that leaves nothing of the library behind.
        let joined = thread::spawn(move || start_and_join()).join();
        assert!(joined.is_ok(), "a call does not panic");
    } else {
        // SAFETY: the library has a function of this name and type.
        let start: extern "C" fn(bool) = unsafe { mem::transmute(symbol(handle, c"start")) };
        start(how.contains("daemon"));
    }
    if how.contains("end") {
        function(handle, c"end")();
    }
    if how.contains("close") {
        // SAFETY: it has been loaded once, and no function of it is called any more.
        let closed = unsafe { libc::dlclose(handle) };
        assert_eq!(closed, 0, "the library is closed");
        println!("closed");
    }
    println!("main returns");
}

fn function(library: *mut c_void, name: &CStr) -> extern "C" fn() {
    // SAFETY: the library has functions of the names that are asked for, and of this type.
    unsafe { mem::transmute(symbol(library, name)) }
}

fn symbol(library: *mut c_void, name: &CStr) -> *mut c_void {
    // SAFETY: the library is loaded, and the name is a C string.
    let symbol = unsafe { libc::dlsym(library, name.as_ptr()) };
    assert!(!symbol.is_null(), "{name:?} is not there");
    symbol
}
