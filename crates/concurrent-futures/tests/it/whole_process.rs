//! What is set for the whole process: each test is in one of its own.

use std::sync::Arc;

use parking_lot::Mutex;
use pythreads_concurrent_futures::{ExceptionKind, ThreadPoolExecutor};
use pythreads_threading::{add_thread_hook, get_ident, set_excepthook, set_stack_size};
use test_support::child::{self, Child, Outcome};
use test_support::{Flag, watchdog};

fn run_alone(test: &str) -> Outcome {
    Child::rerun_test(&format!("whole_process::{test}")).run()
}

/// The system refuses a thread: without a worker the future holds that, with one the task is run, and later submits try again.
#[test]
fn p14_the_system_refuses_a_thread() {
    const TOO_MUCH: usize = 1 << 46;
    let _watchdog = watchdog();
    if child::is_rerun() {
        set_stack_size(TOO_MUCH);
        let executor = ThreadPoolExecutor::new(2);
        let refused = executor.submit(|| ()).result().unwrap_err();
        assert_eq!(refused.kind(), ExceptionKind::Error, "{refused}");
        let eager = ThreadPoolExecutor::builder().max_workers(1).eager(true);
        let unbuilt = eager.build().unwrap_err();
        assert!(unbuilt.is_refused(), "{unbuilt}");
        assert_eq!(unbuilt.to_string(), refused.to_string());
        set_stack_size(0);
        let (go, busy) = (Arc::new(Flag::new()), Arc::new(Flag::new()));
        let first = executor.submit({
            let (go, busy) = (Arc::clone(&go), Arc::clone(&busy));
            move || {
                busy.set();
                go.wait();
            }
        });
        busy.wait();
        set_stack_size(TOO_MUCH);
        let queued = executor.submit(|| 5);
        assert!(!queued.done());
        go.set();
        assert_eq!(queued.result().unwrap(), 5);
        return first.result().unwrap();
    }
    run_alone("p14_the_system_refuses_a_thread").assert_success();
}

/// A thread hook that panics costs the pool that worker, and leaves nothing pending.
#[test]
fn p14_a_thread_hook_panics() {
    let _watchdog = watchdog();
    if child::is_rerun() {
        let executor = ThreadPoolExecutor::new(1);
        let hook = add_thread_hook(|| panic!("a hook fails"));
        let refused = executor.submit(|| ()).result().unwrap_err();
        assert_eq!(refused.kind(), ExceptionKind::Abandoned);
        hook.remove();
        assert_eq!(executor.submit(|| 5).result().unwrap(), 5);
        return executor.shutdown();
    }
    run_alone("p14_a_thread_hook_panics").assert_success();
}

/// What `execute` fails with reaches the excepthook; what a future holds is silent, whether or not anybody asks.
#[test]
fn f18_execute_reports_and_submit_is_silent() {
    let _watchdog = watchdog();
    if child::is_rerun() {
        static SEEN: Mutex<Vec<String>> = Mutex::new(Vec::new());
        set_excepthook(|args| {
            let exception = args.exception();
            let entry = format!("{}: {}", exception.kind(), exception.message());
            SEEN.lock().push(entry);
            assert_eq!(args.thread().ident(), get_ident());
            panic!("the hook fails");
        });
        let executor = ThreadPoolExecutor::new(1);
        drop(executor.submit(|| panic!("nobody asks")));
        let worker = executor.submit(get_ident).result().unwrap();
        executor.execute(|| panic!("executed"));
        assert_eq!(executor.submit(get_ident).result().unwrap(), worker);
        let cancelled = {
            let (busy, go) = (Arc::new(Flag::new()), Arc::new(Flag::new()));
            let gate = (Arc::clone(&busy), Arc::clone(&go));
            executor.execute(move || {
                gate.0.set();
                gate.1.wait();
            });
            busy.wait();
            executor.execute(|| panic!("a cancelled task ran"));
            let cancelled = executor.cancel_pending();
            go.set();
            cancelled
        };
        assert_eq!(cancelled, 1);
        executor.shutdown();
        executor.execute(|| ());
        let seen = SEEN.lock().clone();
        assert_eq!(seen.len(), 2, "{seen:?}");
        assert_eq!(seen[0], "panic: executed");
        assert!(seen[1].starts_with("shut down: "), "{seen:?}");
        return;
    }
    run_alone("f18_execute_reports_and_submit_is_silent").assert_success();
}
