//! Programs that end in all the ways a program can end.

use std::error::Error;
use std::io::{self, Write};
use std::process::{self, ExitCode};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use pythreads_threading::{
    self as threading, Event, Local, Thread, Timer, main_thread, register_atexit, scope,
    set_exit_timeout, sleep, spawn,
};

use crate::c_library;

/// Long compared with what else happens in a case.
const A_WHILE: Duration = Duration::from_millis(100);

/// Runs one of them as `main`.
pub(crate) fn run(name: &str) -> ExitCode {
    match name {
        "return" => outlive_main(),
        "panic" => {
            outlive_main();
            panic!("main fails");
        }
        "process_exit" => {
            outlive_main();
            process::exit(4);
        }
        "exit_plain" => {
            outlive_main();
            threading::exit(3);
        }
        "process_exit_in_thread" => process_exit_in_thread(),
        "exit_in_thread" => {
            let exception = spawn(|| threading::exit(5)).join().unwrap_err();
            println!("{}: {exception}", exception.kind());
        }
        "failed_thread" => Thread::new(|| panic!("a thread fails")).start(),
        "callbacks" => callbacks(),
        "callbacks_come_first" => callbacks_come_first(),
        "callback_exits" => drop(register_atexit(|| process::exit(1))),
        "exit_in_callback" => end_in_callback(|| threading::exit(7)),
        "shutdown_in_callback" => end_in_callback(threading::shutdown),
        "register_late" => register_late(),
        "start_in_callback" => drop(register_atexit(|| Thread::new(say_late).start())),
        "chain" => chain(3),
        "daemons" => daemons(),
        "timers" => timers(),
        "shutdown_twice" => shutdown_twice(),
        "timeout" => timeout(),
        "slow_callback" => slow_callback(),
        "interrupt_over_end" => interrupt_over_end(),
        "patience" => patience(),
        "local_in_callback" => local_in_callback(),
        "thread_local_destructor" => thread_local_destructor(),
        "lock_over_exit" => lock_over_exit(),
        "stderr_over_end" => stderr_over_end(),
        "stderr_over_callback" => stderr_over_callback(),
        "stderr_over_failure" => stderr_over_failure(),
        "c_library" => c_library(),
        "second_exit" => second_exit(),
        "scoped_exit" => scoped_exit(),
        "shutdown_in_a_scope" => shutdown_in_a_scope(),
        "main_elsewhere" => {
            drop(spawn(|| threading::main(|| ())).join());
            threading::exit(3);
        }
        "exit_after_main" => {
            threading::main(|| ());
            threading::exit(4);
        }
        "exit_now" => exit_now_in_main(),
        "exit_now_while_waiting" => exit_now_while_waiting(),
        wrapped => return in_wrapped_main(wrapped),
    }
    ExitCode::SUCCESS
}

fn in_wrapped_main(case: &str) -> ExitCode {
    match case {
        "wrapped_return" => threading::main(outlive_main),
        "wrapped_error" => threading::main(|| -> Result<(), Box<dyn Error>> {
            outlive_main();
            Err("main has an error")?
        }),
        "wrapped_panic" => threading::main(|| {
            outlive_main();
            panic!("main fails");
        }),
        "wrapped_exit" => threading::main(|| {
            let _bomb = SayOnDrop("main's destructor");
            outlive_main();
            threading::exit(3)
        }),
        "wrapped_c_library" => threading::main(c_library),
        "wrapped_exit_in_callback" => threading::main(|| end_in_callback(|| threading::exit(7))),
        "wrapped_shutdown_in_callback" => threading::main(|| end_in_callback(threading::shutdown)),
        "wrapped_process_exit_in_callback" => {
            threading::main(|| end_in_callback(|| process::exit(7)))
        }
        "main_in_main" => threading::main(|| {
            let _bomb = SayOnDrop("main's destructor");
            threading::main(|| ());
            threading::exit(5)
        }),
        "wrapped_interrupt" => threading::main(|| {
            spawn(|| main_thread().raise_exception("enough"))
                .join()
                .unwrap()
                .unwrap();
            sleep(Duration::MAX);
        }),
        unknown => panic!("there is no case {unknown:?}"),
    }
}

/// Says its text when it is dropped.
struct SayOnDrop(&'static str);

impl Drop for SayOnDrop {
    fn drop(&mut self) {
        println!("{}", self.0);
    }
}

/// A thread that ends after main.
fn outlive_main() {
    Thread::new(|| {
        main_thread().join().unwrap();
        println!("main has ended");
        sleep(A_WHILE);
        println!("the thread has ended");
    })
    .start();
}

fn say_late() {
    sleep(A_WHILE);
    println!("late");
}

fn process_exit_in_thread() {
    let exiting = Thread::new(|| {
        sleep(A_WHILE);
        process::exit(6);
    });
    exiting.start();
    Thread::new({
        let exiting = exiting.clone();
        move || {
            println!("joined: {}", exiting.join().unwrap_err().kind());
            say_late();
        }
    })
    .start();
    sleep(Duration::MAX);
}

fn callbacks() {
    outlive_main();
    for name in ["first", "second"] {
        register_atexit(move || println!("{name}")).unwrap();
    }
    register_atexit(|| panic!("a callback fails")).unwrap();
    register_atexit(|| println!("last")).unwrap();
    assert!(
        register_atexit(|| println!("unregistered"))
            .unwrap()
            .unregister()
    );
}

/// A callback ends what it can by `end`, before the one that lets a thread end.
fn end_in_callback(end: fn()) {
    static STOP: Event = Event::new();
    Thread::new(|| {
        STOP.wait();
        println!("the thread has ended");
    })
    .start();
    register_atexit(|| STOP.set()).unwrap();
    register_atexit(move || {
        let _bomb = SayOnDrop("the callback's destructor");
        end();
        println!("it goes on");
    })
    .unwrap();
}

fn callbacks_come_first() {
    static STOP: Event = Event::new();
    Thread::new(|| {
        STOP.wait();
        println!("stopped");
    })
    .start();
    register_atexit(|| STOP.set()).unwrap();
}

fn register_late() {
    register_atexit(|| println!("in a callback: {:?}", register_atexit(|| ()).map(|_| ())))
        .unwrap();
    Thread::new(|| {
        main_thread().join().unwrap();
        while register_atexit(|| println!("too early")).is_ok() {}
        println!("in a thread: refused");
    })
    .start();
}

/// A thread that starts a thread that starts a thread.
fn chain(left: u32) {
    Thread::new(move || {
        sleep(A_WHILE / 4);
        println!("{left}");
        if left > 1 {
            chain(left - 1);
        }
    })
    .start();
}

/// All of them compute when main returns.
fn daemons() {
    const COUNT: usize = 40;
    static BUSY: AtomicUsize = AtomicUsize::new(0);
    for _ in 0..COUNT {
        let busy = || {
            BUSY.fetch_add(1, Ordering::Relaxed);
            loop {
                std::hint::spin_loop();
            }
        };
        Thread::builder().daemon(true).target(busy).start();
    }
    while BUSY.load(Ordering::Relaxed) < COUNT {
        std::thread::yield_now();
    }
}

fn timers() {
    static TICKED: Event = Event::new();
    Timer::new(A_WHILE, || println!("the timer has fired")).start();
    let repeating = Timer::repeating(Duration::from_millis(1), || TICKED.set());
    repeating.start();
    TICKED.wait();
    register_atexit(move || println!("still repeating: {}", !repeating.finished().is_set()))
        .unwrap();
}

fn shutdown_twice() {
    static CALLED: Event = Event::new();
    register_atexit(|| {
        println!("callback");
        CALLED.set();
    })
    .unwrap();
    Thread::new(|| {
        CALLED.wait();
        say_late();
    })
    .start();
    threading::shutdown();
    println!("main is alive: {}", main_thread().is_alive());
    Thread::new(say_late).start();
    threading::shutdown();
    println!("the end");
}

fn timeout() {
    set_exit_timeout(A_WHILE);
    Thread::builder()
        .name("sleeper")
        .target(|| sleep(Duration::MAX))
        .start();
}

/// What `set_exit_timeout` says: callbacks have all the time they take.
fn slow_callback() {
    set_exit_timeout(A_WHILE / 10);
    register_atexit(|| {
        sleep(A_WHILE);
        println!("the callback has ended");
    })
    .unwrap();
}

/// What is raised in the thread that ends the program leaves it afterwards.
fn interrupt_over_end() {
    let end_program = || {
        Thread::builder().daemon(false).target(say_late).start();
        threading::current_thread().interrupt().unwrap();
        threading::shutdown();
        println!("shut down");
        let raised = threading::interruptible(threading::check_interrupt);
        println!("then interrupted: {}", raised.is_err());
        threading::exit_now(0);
    };
    Thread::builder().daemon(true).target(end_program).start();
    sleep(Duration::MAX);
}

/// Ends well after the five seconds of the report, which count from the end of main.
fn patience() {
    Thread::new(|| {
        main_thread().join().unwrap();
        sleep(Duration::from_millis(5_700));
    })
    .start();
}

fn local_in_callback() {
    static VALUE: Local<u32> = Local::new(|| 0);
    VALUE.set(7);
    register_atexit(|| println!("{}", VALUE.get())).unwrap();
}

fn thread_local_destructor() {
    static SLOW: Local<Option<SlowDrop>> = Local::new(|| None);
    struct SlowDrop;
    impl Drop for SlowDrop {
        fn drop(&mut self) {
            say_late();
        }
    }
    Thread::new(|| SLOW.set(Some(SlowDrop))).start();
}

/// What `shutdown` warns of: the lock stays held, so the thread cannot print; here the wait is limited.
fn lock_over_exit() {
    set_exit_timeout(A_WHILE);
    let _held = io::stdout().lock();
    Thread::builder()
        .name("printer")
        .target(|| println!("never"))
        .start();
    process::exit(2);
}

/// A thread that holds stderr and is not waited for long.
fn stderr_over_end() {
    static HELD: Event = Event::new();
    set_exit_timeout(A_WHILE);
    let hold = || {
        let _held = io::stderr().lock();
        HELD.set();
        sleep(Duration::MAX);
    };
    Thread::builder().name("holder").target(hold).start();
    HELD.wait();
}

/// A callback fails while a thread holds stderr, which gives it up only after the next callback.
fn stderr_over_callback() {
    static HELD: Event = Event::new();
    static NEXT: Event = Event::new();
    let hold = || {
        let _held = io::stderr().lock();
        HELD.set();
        NEXT.wait();
    };
    Thread::builder().target(hold).start();
    HELD.wait();
    register_atexit(|| {
        println!("the next callback");
        NEXT.set();
    })
    .unwrap();
    register_atexit(|| panic!("a callback fails")).unwrap();
}

/// What the library says of a thread that fails waits for nobody.
fn stderr_over_failure() {
    let held = io::stderr().lock();
    let outcome = Thread::builder()
        .spawn(|| threading::Exception::new("a thread fails").resume())
        .map(threading::JoinHandle::join);
    println!("joined: {}", outcome.unwrap().is_err());
    drop(held);
}

/// What `shutdown` warns of: what is set up after the first thread is torn down before threads are waited for.
fn c_library() {
    outlive_main();
    c_library::set_up();
}

/// What `shutdown` warns of: std parks the second caller for ever; here the wait is limited.
fn second_exit() {
    set_exit_timeout(A_WHILE);
    let exit_too = || {
        main_thread().join().unwrap();
        process::exit(9);
    };
    Thread::builder().name("second").target(exit_too).start();
}

/// The outer scope's caller waits for a thread that waits for the one that exits.
fn scoped_exit() {
    Thread::new(|| {
        scope(|outer| {
            outer.spawn(|| {
                scope(|inner| {
                    let exiting = inner.spawn(|| process::exit(3));
                    println!("joined: {}", exiting.join().unwrap_err().kind());
                });
            });
        });
        println!("left a scope that somebody borrows from");
    })
    .start();
    sleep(Duration::MAX);
}

/// A thread that comes back from `shutdown` still borrows until it is over.
fn shutdown_in_a_scope() {
    let mut said = String::from("before");
    scope(|s| {
        s.spawn(|| {
            println!("{said}");
            threading::shutdown();
            said = String::from("after");
        });
    });
    println!("{said}");
}

fn exit_now_in_main() {
    outlive_main();
    register_atexit(|| println!("not called")).unwrap();
    print!("flushed");
    threading::exit_now(8);
}

fn exit_now_while_waiting() {
    Thread::new(|| sleep(Duration::MAX)).start();
    Thread::new(|| {
        main_thread().join().unwrap();
        sleep(A_WHILE);
        io::stdout().write_all(b"enough").unwrap();
        threading::exit_now(8);
    })
    .start();
}
