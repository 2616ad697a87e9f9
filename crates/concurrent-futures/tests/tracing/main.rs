//! The spans of tasks, as a subscriber sees them. A program of its own, since who listens listens to the whole process.

#![expect(
    clippy::unwrap_used,
    reason = "what several tests share is in functions that clippy does not take for tests"
)]

use std::collections::HashMap;
use std::fmt::Debug;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use pythreads_concurrent_futures::{
    Exception, ExecutorExt, InlineExecutor, ThreadPoolExecutor, promise,
};
use pythreads_threading::get_ident;
use test_support::{Flag, watchdog};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber, info_span};
use tracing_core::span::Current;

mod hostile;

/// What became of a span.
#[derive(Clone, Debug, Default)]
struct Seen {
    name: &'static str,
    metadata: Option<&'static Metadata<'static>>,
    parent: Option<u64>,
    fields: HashMap<&'static str, String>,
    entered_in: Vec<u64>,
    is_closed: bool,
}

/// Notes all spans down to a level.
struct Notes {
    down_to: Level,
    last: AtomicU64,
    spans: Mutex<HashMap<u64, Seen>>,
    /// The span that each thread is in, by its ident.
    current: Mutex<HashMap<u64, Vec<u64>>>,
    handles: Mutex<HashMap<u64, usize>>,
    /// The fields of the events.
    events: Mutex<Vec<HashMap<&'static str, String>>>,
}

struct Fields<'a>(&'a mut HashMap<&'static str, String>);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.into());
    }
}

impl Notes {
    fn down_to(down_to: Level) -> Arc<Self> {
        Arc::new(Self {
            down_to,
            last: AtomicU64::new(0),
            spans: Mutex::default(),
            current: Mutex::default(),
            handles: Mutex::default(),
            events: Mutex::default(),
        })
    }

    fn listen<R>(self: &Arc<Self>, f: impl FnOnce() -> R) -> R {
        tracing::subscriber::with_default(Arc::clone(self), f)
    }

    fn all(&self, name: &str) -> Vec<Seen> {
        let spans = self.spans.lock();
        spans
            .values()
            .filter(|seen| seen.name == name)
            .cloned()
            .collect()
    }

    fn only(&self, name: &str) -> Seen {
        let mut all = self.all(name);
        assert_eq!(all.len(), 1, "{all:?}");
        all.remove(0)
    }

    fn id_of(&self, name: &str) -> u64 {
        let spans = self.spans.lock();
        *spans.iter().find(|(_, seen)| seen.name == name).unwrap().0
    }
}

impl Subscriber for Notes {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= &self.down_to
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        // ORDERING: Relaxed, only the number itself must be unique.
        let id = self.last.fetch_add(1, Ordering::Relaxed) + 1;
        let current = self.current.lock();
        let current = current
            .get(&get_ident().get())
            .and_then(|stack| stack.last().copied());
        let mut seen = Seen {
            name: attributes.metadata().name(),
            metadata: Some(attributes.metadata()),
            parent: attributes.parent().map(Id::into_u64).or(current),
            ..Seen::default()
        };
        attributes.record(&mut Fields(&mut seen.fields));
        self.spans.lock().insert(id, seen);
        self.handles.lock().insert(id, 1);
        Id::from_u64(id)
    }

    fn record(&self, id: &Id, values: &Record<'_>) {
        let mut spans = self.spans.lock();
        values.record(&mut Fields(
            &mut spans.get_mut(&id.into_u64()).unwrap().fields,
        ));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = HashMap::new();
        event.record(&mut Fields(&mut fields));
        self.events.lock().push(fields);
    }

    fn enter(&self, id: &Id) {
        let ident = get_ident().get();
        self.current
            .lock()
            .entry(ident)
            .or_default()
            .push(id.into_u64());
        let mut spans = self.spans.lock();
        spans
            .get_mut(&id.into_u64())
            .unwrap()
            .entered_in
            .push(ident);
    }

    fn exit(&self, _: &Id) {
        let ident = get_ident().get();
        self.current.lock().entry(ident).or_default().pop();
    }

    fn clone_span(&self, id: &Id) -> Id {
        *self.handles.lock().entry(id.into_u64()).or_default() += 1;
        id.clone()
    }

    fn try_close(&self, id: Id) -> bool {
        let mut handles = self.handles.lock();
        let left = handles.get_mut(&id.into_u64()).unwrap();
        *left -= 1;
        let is_closed = *left == 0;
        self.spans.lock().get_mut(&id.into_u64()).unwrap().is_closed = is_closed;
        is_closed
    }

    fn current_span(&self) -> Current {
        let current = self.current.lock();
        let stack = current.get(&get_ident().get());
        let Some(id) = stack.and_then(|stack| stack.last()) else {
            return Current::none();
        };
        let metadata = self.spans.lock()[id].metadata;
        Current::new(Id::from_u64(*id), metadata.unwrap())
    }
}

/// A task runs in a span of its own inside that of its submitter, in the worker, and the span closes with the task, while
/// the future is there still.
#[test]
fn a_task_has_a_span_inside_its_submitters() {
    let _watchdog = watchdog();
    let notes = Notes::down_to(Level::DEBUG);
    let executor = ThreadPoolExecutor::builder()
        .max_workers(1)
        .thread_name_prefix("spans");
    let executor = executor.build().unwrap();
    let future = notes.listen(|| {
        let request = info_span!("request");
        request.in_scope(|| executor.task().name("resize").submit(get_ident))
    });
    future.wait();
    let task = notes.only("task");
    assert_eq!(task.parent, Some(notes.id_of("request")));
    assert_eq!(task.fields["name"], "resize");
    assert_eq!(task.fields["pool"], "spans");
    assert_eq!(task.fields["outcome"], "finished");
    assert!(task.fields.contains_key("queue_time"));
    assert!(task.is_closed, "it ends with the task, not with its future");
    assert_eq!(task.entered_in, [future.result().unwrap().get()]);
}

/// However a task ends, its span says so and is closed.
#[test]
fn each_end_is_told() {
    let _watchdog = watchdog();
    let notes = Notes::down_to(Level::DEBUG);
    let executor = ThreadPoolExecutor::new(1);
    let futures = notes.listen(|| {
        let go = Arc::new(Flag::new());
        let gate = Arc::clone(&go);
        let busy = executor.submit(move || gate.wait());
        let panicked = executor.submit(|| panic!("inside"));
        let failed = executor.submit_fallible(|| Err::<(), _>("no"));
        let cancelled = executor.submit(|| ());
        assert!(cancelled.cancel());
        let any = ExecutorExt::submit(&executor, || ());
        let scoped = executor.scope(|s| {
            let scoped = s.submit(|| ());
            go.set();
            scoped
        });
        [busy, panicked, failed, cancelled, any, scoped]
    });
    for future in &futures {
        future.wait();
    }
    executor.shutdown();
    notes.listen(|| executor.submit(|| ()).wait());
    let mut outcomes: Vec<String> = notes
        .all("task")
        .into_iter()
        .map(|mut task| {
            assert!(task.is_closed, "{task:?}");
            task.fields.remove("outcome").unwrap()
        })
        .collect();
    outcomes.sort_unstable();
    let finished = ["finished"; 3];
    let expected = [
        &["cancelled", "error"][..],
        &finished,
        &["panic", "shut down"],
    ]
    .concat();
    assert_eq!(outcomes, expected);
}

/// With `inherit_span` a task runs in its submitter's span, and has none of its own.
#[test]
fn a_span_is_inherited() {
    let _watchdog = watchdog();
    let notes = Notes::down_to(Level::DEBUG);
    let executor = ThreadPoolExecutor::builder()
        .max_workers(1)
        .inherit_span(true);
    let executor = executor.build().unwrap();
    let ident = notes.listen(|| {
        let request = info_span!("request");
        request
            .in_scope(|| executor.submit(get_ident))
            .result()
            .unwrap()
    });
    assert!(notes.all("task").is_empty());
    let request = notes.only("request");
    assert_eq!(request.entered_in.len(), 2, "by its owner and by the task");
    assert!(request.entered_in.contains(&ident.get()));
    let without = notes.listen(|| executor.submit(|| 1).result());
    assert_eq!(without.unwrap(), 1);
}

/// Each item of a map has a span, or runs in its caller's, while somebody listens.
#[test]
fn each_item_of_a_map_has_a_span() {
    let _watchdog = watchdog();
    for inherits in [false, true] {
        let notes = Notes::down_to(Level::DEBUG);
        let executor = ThreadPoolExecutor::builder()
            .max_workers(1)
            .inherit_span(inherits);
        let executor = executor.build().unwrap();
        notes.listen(|| {
            let request = info_span!("request");
            let map = || executor.map(0..3, |n| n).into_vec().unwrap();
            let scoped = || executor.scope(|s| s.map(0..2, |n| n).into_vec().unwrap());
            request.in_scope(|| drop((map(), scoped())));
        });
        executor.shutdown();
        let tasks = notes.all("task");
        let request = notes.only("request");
        let entered = if inherits { 1 + 5 } else { 1 };
        assert_eq!(tasks.len(), if inherits { 0 } else { 5 });
        assert_eq!(request.entered_in.len(), entered);
        let parent = notes.id_of("request");
        assert!(tasks.iter().all(|task| task.parent == Some(parent)));
    }
}

/// Who listens to INFO only gets none, and nothing is made for it.
#[test]
fn no_span_below_the_level() {
    let _watchdog = watchdog();
    let notes = Notes::down_to(Level::INFO);
    let executor = ThreadPoolExecutor::new(1);
    notes.listen(|| executor.submit(|| 1).result().unwrap());
    assert!(notes.all("task").is_empty());
}

/// A span that a task opens inside is a child of the task's.
#[test]
fn spans_inside_a_task_are_its_children() {
    let _watchdog = watchdog();
    let notes = Notes::down_to(Level::DEBUG);
    let executor = ThreadPoolExecutor::new(1);
    let listening = Arc::clone(&notes);
    let nested = notes.listen(|| {
        executor.submit_fallible(move || {
            listening.listen(|| drop(info_span!("inner")));
            Ok::<_, Exception>(())
        })
    });
    nested.result().unwrap();
    assert_eq!(notes.only("inner").parent, Some(notes.id_of("task")));
}

/// A failure that nobody has asked for is an event, when the last one who could have is gone.
#[test]
fn f18_an_unseen_failure_is_an_event() {
    let _watchdog = watchdog();
    let notes = Notes::down_to(Level::WARN);
    notes.listen(|| {
        let executor = InlineExecutor::new();
        drop(executor.task().name("lost").submit(|| panic!("first")));
        let shared = executor.submit(|| panic!("second")).shared();
        drop(shared.clone());
        drop(shared);
        let (promise, future) = promise::<()>();
        drop(future);
        promise.set_exception("third").unwrap();
    });
    let told = |event: &HashMap<_, String>| {
        ["exception", "kind", "task"].map(|field| event.get(field).cloned())
    };
    let expected = [
        ("first", "panic", Some("lost")),
        ("second", "panic", None),
        ("third", "error", None),
    ];
    let expected = expected.map(|(exception, kind, task)| {
        [
            Some(exception.into()),
            Some(kind.into()),
            task.map(String::from),
        ]
    });
    let events: Vec<_> = notes.events.lock().iter().map(told).collect();
    assert_eq!(events, expected);
}

/// A failure that somebody has seen in whatever way, a cancel, and a result are none.
#[test]
fn f18_a_seen_failure_is_no_event() {
    let _watchdog = watchdog();
    let notes = Notes::down_to(Level::WARN);
    let executor = InlineExecutor::new();
    let fails = || executor.submit(|| panic!("seen"));
    notes.listen(|| {
        assert!(fails().result().is_err());
        assert!(fails().try_result().unwrap().is_err());
        assert!(fails().exception().is_some());
        assert!(fails().shared().result().is_err());
        assert!(format!("{:?}", fails()).contains("seen"));
        assert!(futures_executor::block_on(fails()).is_err());
        fails().add_done_callback(|_| ());
        fails().on_done(|outcome| assert!(outcome.is_err()));
        let (given, future) = promise::<()>();
        future.add_done_callback(|_| ());
        drop(future);
        given.set_exception("told").unwrap();
        let (given, future) = promise::<()>();
        assert!(future.cancel());
        drop((given, future));
        drop(executor.submit(|| 7));
    });
    let events = notes.events.lock();
    assert!(events.is_empty(), "{events:?}");
}
