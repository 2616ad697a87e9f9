//! How the [programs](crate::programs) must end.

use std::env::current_exe;

use test_support::child::{Child, Outcome};
use test_support::watchdog;

use crate::PROGRAM;

/// What `outlive_main` prints when the thread was waited for.
const OUTLIVED: &str = "main has ended\nthe thread has ended\n";

/// Every test by its name.
pub(crate) const ALL: &[(&str, fn())] = &[
    ("x1_x6_main_returns", x1_x6_main_returns),
    ("x1_main_panics", x1_main_panics),
    ("x1_main_returns_an_error", x1_main_returns_an_error),
    ("x1_main_exits", x1_main_exits),
    ("main_is_interrupted", main_is_interrupted),
    ("process_exit_in_a_thread", process_exit_in_a_thread),
    (
        "h7_threads_leave_the_exit_code_alone",
        h7_threads_leave_the_exit_code_alone,
    ),
    ("x1_x4_callbacks", x1_x4_callbacks),
    (
        "x1_callbacks_come_before_the_joins",
        x1_callbacks_come_before_the_joins,
    ),
    ("x4_a_callback_that_exits", x4_a_callback_that_exits),
    (
        "x9_a_callback_that_shuts_down",
        x9_a_callback_that_shuts_down,
    ),
    ("a_callback_that_exits_aborts", a_callback_that_exits_aborts),
    (
        "x3_register_after_the_end_has_begun",
        x3_register_after_the_end_has_begun,
    ),
    (
        "x2_x7_threads_started_at_the_end",
        x2_x7_threads_started_at_the_end,
    ),
    ("x8_daemons_are_left", x8_daemons_are_left),
    ("i6_timers", i6_timers),
    ("x9_shutdown_twice", x9_shutdown_twice),
    ("the_wait_can_be_limited", the_wait_can_be_limited),
    (
        "the_limit_holds_whoever_holds_stderr",
        the_limit_holds_whoever_holds_stderr,
    ),
    ("callbacks_are_not_cut_short", callbacks_are_not_cut_short),
    (
        "interrupts_are_held_back_at_the_end",
        interrupts_are_held_back_at_the_end,
    ),
    ("no_failure_waits_for_stderr", no_failure_waits_for_stderr),
    ("a_long_wait_is_explained", a_long_wait_is_explained),
    ("d8_locals_at_the_end", d8_locals_at_the_end),
    (
        "a_thread_of_a_scope_ends_the_program",
        a_thread_of_a_scope_ends_the_program,
    ),
    ("exit_of_main_is_its_own", exit_of_main_is_its_own),
    ("process_exit_has_limits", process_exit_has_limits),
    (
        "the_c_handler_comes_after_later_ones",
        the_c_handler_comes_after_later_ones,
    ),
    ("exit_now_waits_for_nobody", exit_now_waits_for_nobody),
    ("x5_exit_now_ends_the_wait", x5_exit_now_ends_the_wait),
];

fn run(program: &str) -> Outcome {
    Child::new(current_exe().unwrap())
        .env(PROGRAM, program)
        .run()
}

#[track_caller]
fn assert_ends(case: &str, code: i32, stdout: &str) -> Outcome {
    let outcome = run(case);
    assert_eq!(outcome.code, Some(code), "{outcome}");
    assert_eq!(outcome.stdout, stdout, "{outcome}");
    outcome
}

/// Threads are waited for when main returns; main counts as ended meanwhile (X6).
fn x1_x6_main_returns() {
    let _watchdog = watchdog();
    assert_ends("return", 0, OUTLIVED);
    assert_ends("wrapped_return", 0, OUTLIVED);
}

/// … and when it panics.
fn x1_main_panics() {
    let _watchdog = watchdog();
    assert_ends("panic", 101, OUTLIVED);
    assert_ends("wrapped_panic", 101, OUTLIVED);
}

/// … and when it returns an error.
fn x1_main_returns_an_error() {
    let _watchdog = watchdog();
    let outcome = assert_ends("wrapped_error", 1, OUTLIVED);
    assert!(outcome.stderr.contains("main has an error"), "{outcome}");
}

/// … and when it exits: by unwinding under `threading::main`, else on the spot.
fn x1_main_exits() {
    let _watchdog = watchdog();
    let with_destructor = format!("main's destructor\n{OUTLIVED}");
    assert_ends("wrapped_exit", 3, &with_destructor);
    assert_ends("exit_plain", 3, OUTLIVED);
    assert_ends("process_exit", 4, OUTLIVED);
}

/// An exception raised in main ends it, and is printed.
fn main_is_interrupted() {
    let _watchdog = watchdog();
    let outcome = assert_ends("wrapped_interrupt", 1, "");
    assert!(outcome.stderr.contains("enough"), "{outcome}");
}

/// A thread that ends the process counts as ended, so that others can join it and are waited for.
fn process_exit_in_a_thread() {
    let _watchdog = watchdog();
    assert_ends("process_exit_in_thread", 6, "joined: exit\nlate\n");
}

/// What ends a thread does not end the program, nor change its exit code.
fn h7_threads_leave_the_exit_code_alone() {
    let _watchdog = watchdog();
    assert_ends("exit_in_thread", 0, "exit: exit with code 5\n");
    assert_ends("failed_thread", 0, "");
}

/// Callbacks run last registered first; one that fails stops neither the others nor the joins.
fn x1_x4_callbacks() {
    let _watchdog = watchdog();
    let outcome = run("callbacks");
    assert_eq!(outcome.code, Some(0), "{outcome}");
    let lines: Vec<_> = outcome.stdout.lines().collect();
    let callbacks: Vec<_> = lines
        .iter()
        .filter(|line| !OUTLIVED.contains(**line))
        .collect();
    assert_eq!(callbacks, [&"last", &"second", &"first"], "{outcome}");
    assert!(lines.contains(&"the thread has ended"), "{outcome}");
    assert!(outcome.stderr.contains("a callback fails"), "{outcome}");
}

/// Callbacks run before threads are joined, so they can tell threads to end.
fn x1_callbacks_come_before_the_joins() {
    let _watchdog = watchdog();
    assert_ends("callbacks_come_first", 0, "stopped\n");
}

/// It ends that callback and nothing else; the exit code stays what it is.
fn x4_a_callback_that_exits() {
    let _watchdog = watchdog();
    let ended = "the callback's destructor\nthe thread has ended\n";
    assert_ends("exit_in_callback", 0, ended);
    assert_ends("wrapped_exit_in_callback", 0, ended);
    // This one unwinds nothing, and ends the process before main's wrapper returns.
    assert_ends(
        "wrapped_process_exit_in_callback",
        7,
        "the thread has ended\n",
    );
}

/// The program is being shut down by the thread that asks for it.
fn x9_a_callback_that_shuts_down() {
    let _watchdog = watchdog();
    let went_on = "it goes on\nthe callback's destructor\nthe thread has ended\n";
    assert_ends("shutdown_in_callback", 0, went_on);
    assert_ends("wrapped_shutdown_in_callback", 0, went_on);
}

/// A limit, pinned: std refuses to exit within an exit.
fn a_callback_that_exits_aborts() {
    let _watchdog = watchdog();
    let outcome = run("callback_exits");
    assert!(outcome.code != Some(0), "{outcome}");
    assert!(outcome.stderr.contains("re-entrantly"), "{outcome}");
}

/// Once the end has begun, callbacks are refused.
fn x3_register_after_the_end_has_begun() {
    let _watchdog = watchdog();
    let outcome = run("register_late");
    assert_eq!(outcome.code, Some(0), "{outcome}");
    assert!(
        outcome
            .stdout
            .contains("in a callback: Err(AtExitError(..))\n"),
        "{outcome}"
    );
    assert!(
        outcome.stdout.contains("in a thread: refused\n"),
        "{outcome}"
    );
}

/// Threads that are started meanwhile are waited for too.
fn x2_x7_threads_started_at_the_end() {
    let _watchdog = watchdog();
    assert_ends("chain", 0, "3\n2\n1\n");
    assert_ends("start_in_callback", 0, "late\n");
}

/// Daemons are not waited for, however busy.
fn x8_daemons_are_left() {
    let _watchdog = watchdog();
    assert_ends("daemons", 0, "");
}

/// A timer that is to fire once is waited for; one that repeats is stopped.
fn i6_timers() {
    let _watchdog = watchdog();
    let outcome = run("timers");
    assert_eq!(outcome.code, Some(0), "{outcome}");
    for line in ["still repeating: true\n", "the timer has fired\n"] {
        assert!(outcome.stdout.contains(line), "{outcome}");
    }
}

/// Callbacks run once; a second call waits for later threads.
fn x9_shutdown_twice() {
    let _watchdog = watchdog();
    assert_ends(
        "shutdown_twice",
        0,
        "callback\nlate\nmain is alive: false\nlate\nthe end\n",
    );
}

/// The wait can be limited, and whom it gave up is said.
fn the_wait_can_be_limited() {
    let _watchdog = watchdog();
    let outcome = assert_ends("timeout", 0, "");
    assert!(
        outcome.stderr.contains("without having waited"),
        "{outcome}"
    );
    assert!(outcome.stderr.contains("sleeper"), "{outcome}");
    assert!(outcome.stderr.contains("time to pass"), "{outcome}");
}

/// What it says at the end needs no lock that a thread may hold.
fn the_limit_holds_whoever_holds_stderr() {
    let _watchdog = watchdog();
    let outcome = assert_ends("stderr_over_end", 0, "");
    assert!(outcome.stderr.contains("holder"), "{outcome}");
}

/// A limit, pinned: that of the wait is not one of the callbacks.
fn callbacks_are_not_cut_short() {
    let _watchdog = watchdog();
    assert_ends("slow_callback", 0, "the callback has ended\n");
}

/// An interrupt does not end the wait for threads; it is there afterwards.
fn interrupts_are_held_back_at_the_end() {
    let _watchdog = watchdog();
    let stdout = "late\nshut down\nthen interrupted: true\n";
    assert_ends("interrupt_over_end", 0, stdout);
}

/// Neither std's message of a panic nor what the library says needs a lock that a thread may hold.
fn no_failure_waits_for_stderr() {
    let _watchdog = watchdog();
    let outcome = assert_ends("stderr_over_callback", 0, "the next callback\n");
    assert!(outcome.stderr.contains("a callback fails"), "{outcome}");
    let outcome = assert_ends("stderr_over_failure", 0, "joined: true\n");
    assert!(outcome.stderr.contains("a thread fails"), "{outcome}");
}

/// After five seconds it says whom it waits for, once.
fn a_long_wait_is_explained() {
    let _watchdog = watchdog();
    let outcome = assert_ends("patience", 0, "");
    assert_eq!(
        outcome.stderr.matches("will end when").count(),
        1,
        "{outcome}"
    );
    assert_eq!(outcome.stderr.matches("Thread-1").count(), 1, "{outcome}");
}

/// Main's values can be read at the end; a thread's destructors are waited for.
fn d8_locals_at_the_end() {
    let _watchdog = watchdog();
    assert_ends("local_in_callback", 0, "7\n");
    assert_ends("thread_local_destructor", 0, "late\n");
}

/// A thread of a scope ends the program, in a scope of a scope too: those who wait at the ends of the scopes are not waited for.
fn a_thread_of_a_scope_ends_the_program() {
    let _watchdog = watchdog();
    assert_ends("scoped_exit", 3, "joined: exit\n");
    assert_ends("shutdown_in_a_scope", 0, "before\nafter\n");
}

/// What catches an exit of main is there only while main runs under it.
fn exit_of_main_is_its_own() {
    let _watchdog = watchdog();
    assert_ends("main_elsewhere", 3, "");
    assert_ends("exit_after_main", 4, "");
    assert_ends("main_in_main", 5, "main's destructor\n");
}

/// Limits of `std::process::exit`, pinned: it unwinds nothing, and parks a second caller.
fn process_exit_has_limits() {
    let _watchdog = watchdog();
    let outcome = assert_ends("lock_over_exit", 2, "");
    assert!(outcome.stderr.contains("printer"), "{outcome}");
    let outcome = assert_ends("second_exit", 0, "");
    assert!(outcome.stderr.contains("second"), "{outcome}");
}

/// A limit, pinned: a C library that was set up later is torn down before threads are waited for. `main` has no such limit.
fn the_c_handler_comes_after_later_ones() {
    let _watchdog = watchdog();
    assert_ends("c_library", 0, &format!("torn down\n{OUTLIVED}"));
    assert_ends("wrapped_c_library", 0, &format!("{OUTLIVED}torn down\n"));
}

/// It waits for nobody, whenever it is called.
fn exit_now_waits_for_nobody() {
    let _watchdog = watchdog();
    assert_ends("exit_now", 8, "flushed");
}

/// … also while threads are waited for, as on a second Ctrl-C.
fn x5_exit_now_ends_the_wait() {
    let _watchdog = watchdog();
    assert_ends("exit_now_while_waiting", 8, "enough");
}
