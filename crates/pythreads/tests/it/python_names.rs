//! No name of Python's is forgotten: the README says of each what it is called here, or why there is none.

use test_support::watchdog;

/// What Python's documentation lists as public, module by module.
const NAMES: [(&str, &[&str]); 4] = [
    (
        "threading",
        &[
            "Barrier",
            "BoundedSemaphore",
            "BrokenBarrierError",
            "Condition",
            "Event",
            "ExceptHookArgs",
            "Lock",
            "RLock",
            "Semaphore",
            "TIMEOUT_MAX",
            "Thread",
            "ThreadError",
            "Timer",
            "active_count",
            "concurrent_tee",
            "current_thread",
            "enumerate",
            "excepthook",
            "get_ident",
            "get_native_id",
            "getprofile",
            "gettrace",
            "local",
            "main_thread",
            "serialize_iterator",
            "setprofile",
            "setprofile_all_threads",
            "settrace",
            "settrace_all_threads",
            "stack_size",
            "synchronized_iterator",
        ],
    ),
    (
        "queue",
        &[
            "Empty",
            "Full",
            "LifoQueue",
            "PriorityQueue",
            "Queue",
            "ShutDown",
            "SimpleQueue",
        ],
    ),
    (
        "concurrent.futures",
        &[
            "ALL_COMPLETED",
            "BrokenExecutor",
            "CancelledError",
            "Executor",
            "FIRST_COMPLETED",
            "FIRST_EXCEPTION",
            "Future",
            "InterpreterPoolExecutor",
            "InvalidStateError",
            "ProcessPoolExecutor",
            "ThreadPoolExecutor",
            "TimeoutError",
            "as_completed",
            "wait",
        ],
    ),
    (
        "multiprocessing.pool",
        &[
            "ApplyResult",
            "AsyncResult",
            "IMapIterator",
            "MapResult",
            "Pool",
            "ThreadPool",
        ],
    ),
];

/// The methods and attributes of their classes.
const METHODS: [(&str, &[&str]); 10] = [
    (
        "threading.Thread",
        &[
            "daemon",
            "getName",
            "ident",
            "isDaemon",
            "is_alive",
            "join",
            "name",
            "native_id",
            "run",
            "setDaemon",
            "setName",
            "start",
        ],
    ),
    ("threading.Lock", &["acquire", "locked", "release"]),
    (
        "threading.Condition",
        &["notify", "notify_all", "wait", "wait_for"],
    ),
    ("threading.Event", &["clear", "is_set", "set", "wait"]),
    (
        "threading.Barrier",
        &["abort", "broken", "n_waiting", "parties", "reset", "wait"],
    ),
    (
        "queue.Queue",
        &[
            "empty",
            "full",
            "get",
            "get_nowait",
            "join",
            "put",
            "put_nowait",
            "qsize",
            "shutdown",
            "task_done",
        ],
    ),
    (
        "concurrent.futures.Executor",
        &["map", "shutdown", "submit"],
    ),
    (
        "concurrent.futures.Future",
        &[
            "add_done_callback",
            "cancel",
            "cancelled",
            "done",
            "exception",
            "result",
            "running",
            "set_exception",
            "set_result",
            "set_running_or_notify_cancel",
        ],
    ),
    (
        "multiprocessing.pool.ThreadPool",
        &[
            "apply",
            "apply_async",
            "close",
            "imap",
            "imap_unordered",
            "join",
            "map",
            "map_async",
            "starmap",
            "starmap_async",
            "terminate",
        ],
    ),
    (
        "multiprocessing.pool.AsyncResult",
        &["get", "next", "ready", "successful", "wait"],
    ),
];

/// Each stands in the first column of a table, as a word of its own.
#[test]
fn the_readme_has_a_row_for_every_name_of_python() {
    let _watchdog = watchdog();
    let rows = include_str!("../../../../README.md").lines();
    let columns = rows.filter_map(|row| row.strip_prefix("| ")?.split(" | ").next());
    let words: Vec<&str> = columns
        .flat_map(|column| column.split(|c: char| !c.is_alphanumeric() && c != '_'))
        .collect();
    for (module, names) in NAMES.into_iter().chain(METHODS) {
        for name in names {
            assert!(words.contains(name), "{module}.{name} has no row");
        }
    }
}
