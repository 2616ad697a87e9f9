//! A program whose panics abort. It runs itself again, once for each way to end, and looks at how that went.

use std::env;
use std::process::{Command, ExitCode, Output};

use pythreads_threading::{self as threading, Event, Thread, main_thread, register_atexit};

fn main() -> ExitCode {
    match env::args().nth(1).as_deref() {
        None => expect_all(),
        Some("raise") => raise(),
        Some("return") => outlive_main(),
        Some("exit") => {
            outlive_main();
            threading::exit(3);
        }
        Some("wrapped_exit") => {
            return threading::main(|| {
                outlive_main();
                threading::exit(3)
            });
        }
        Some("panic") => {
            outlive_main();
            panic!("main fails");
        }
        Some("panic_in_thread") => {
            let _outcome = Thread::builder()
                .spawn(|| panic!("a thread fails"))
                .map(|thread| thread.join());
        }
        Some("exit_in_thread") => {
            let _outcome = Thread::builder()
                .spawn(|| threading::exit(3))
                .map(|thread| thread.join());
        }
        Some("exit_in_callback") => drop(register_atexit(|| threading::exit(3))),
        Some(unknown) => panic!("there is no case {unknown}"),
    }
    ExitCode::SUCCESS
}

fn expect_all() {
    // Nobody could catch what is raised, so raising is refused.
    expect_end("raise", 0, "refused, refused\nnot interrupted: Ok(())\n");
    // Threads are waited for, whether main returns or exits.
    expect_end("return", 0, "the thread has ended\n");
    expect_end("exit", 3, "the thread has ended\n");
    expect_end("wrapped_exit", 3, "the thread has ended\n");
    // A panic ends the process, with its message and without waiting for anybody.
    expect_abort("panic", "main fails");
    expect_abort("panic_in_thread", "a thread fails");
    // A thread, and a callback, could be left by unwinding alone.
    expect_abort("exit_in_thread", "panic = \"abort\"");
    expect_abort("exit_in_callback", "panic = \"abort\"");
}

fn raise() {
    static GO: Event = Event::new();
    let thread = Thread::new(|| {
        GO.wait();
        print!("not interrupted");
    });
    thread.start();
    let refused = |thread: &Thread| match thread.raise_exception("stop") {
        Err(error) if error.is_unsupported() => "refused",
        _ => "raised",
    };
    println!("{}, {}", refused(&thread), refused(&main_thread()));
    GO.set();
    println!(": {:?}", thread.join());
}

/// A thread that ends after main.
fn outlive_main() {
    Thread::new(|| {
        let _main_has_ended = main_thread().join();
        println!("the thread has ended");
    })
    .start();
}

fn run(case: &str) -> Output {
    let program = env::current_exe().expect("the system knows this program's file");
    Command::new(program)
        .arg(case)
        .output()
        .expect("the system runs this program again")
}

fn expect_end(case: &str, code: i32, stdout: &str) {
    let output = run(case);
    assert_eq!(output.status.code(), Some(code), "{case}: {output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), stdout, "{case}");
}

fn expect_abort(case: &str, message: &str) {
    let output = run(case);
    assert!(
        !output.status.success() && output.status.code() != Some(3),
        "{case}: {output:?}"
    );
    assert!(
        String::from_utf8_lossy(&output.stderr).contains(message),
        "{case}: {output:?}"
    );
    assert_eq!(output.stdout, b"", "{case}");
}
