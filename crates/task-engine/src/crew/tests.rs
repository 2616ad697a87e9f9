//! The account of workers, where a place is given up.

use std::num::NonZeroUsize;
use std::sync::Arc;

use pythreads_sync_primitives::{Exception, ExceptionKind};
use test_support::{Flag, checked_spawn, watchdog};

use super::place::Place;
use super::{AtProgramEnd, Crew, Settings, current};
use crate::handle::{self, Handle};

fn crew(max_workers: usize) -> Arc<Crew> {
    let max_workers = NonZeroUsize::new(max_workers).unwrap();
    let settings = Settings::new("crew-tests", max_workers);
    Crew::new(settings.with_at_program_end(AtProgramEnd::CancelQueue))
}

fn submit<T: Send + 'static>(
    crew: &Arc<Crew>,
    task: impl FnOnce() -> T + Send + 'static,
) -> Handle<T> {
    let (work, handle) = handle::task(|| Ok(task()), crew.id());
    crew.submit(work);
    handle
}

fn refusal() -> Exception {
    Exception::of_kind(ExceptionKind::Error, "no more threads")
}

/// Going to sleep is nothing a worker announces.
fn wait_until_one_sleeps(crew: &Crew) {
    while crew.roster.lock().sleeping == 0 {
        std::thread::yield_now();
    }
}

fn end(crew: &Crew) {
    crew.close();
    crew.join_shielded();
    let roster = crew.roster.lock();
    assert_eq!(
        (roster.alive, roster.looking, roster.sleeping),
        (0, 0, 0),
        "nobody is left"
    );
    assert!(roster.queued() == 0 && roster.threads.is_empty());
    assert!(
        roster.local_queues.is_empty(),
        "each worker has taken its queue along"
    );
}

/// A task that counts on a worker whose thread the system then refuses is run by one that has gone to sleep meanwhile.
#[test]
fn p14_a_refused_worker_is_stood_in_for() {
    let _watchdog = watchdog();
    let crew = crew(2);
    submit(&crew, || ()).result().unwrap();
    wait_until_one_sleeps(&crew);
    assert!(crew.reserve_place(&mut crew.roster.lock()));
    let counts_on_it = submit(&crew, || 7);
    crew.worker_not_started(&refusal());
    assert_eq!(counts_on_it.result().unwrap(), 7);
    end(&crew);
}

/// Without any worker what is queued fails with what the system said, and a later submit tries again.
#[test]
fn p14_without_a_worker_tasks_are_refused() {
    let _watchdog = watchdog();
    let crew = crew(1);
    assert!(crew.reserve_place(&mut crew.roster.lock()));
    let stranded = submit(&crew, || 7);
    crew.worker_not_started(&refusal());
    assert_eq!(stranded.result().unwrap_err().message(), "no more threads");
    assert_eq!(submit(&crew, || 8).result().unwrap(), 8);
    end(&crew);
}

/// A body that is dropped instead of being run gives its place up.
#[test]
fn a_dropped_place_is_given_up() {
    let _watchdog = watchdog();
    let crew = crew(1);
    assert!(crew.reserve_place(&mut crew.roster.lock()));
    let place = Place::new(&crew);
    let stranded = submit(&crew, || 7);
    drop(place);
    let exception = stranded.result().unwrap_err();
    assert_eq!(exception.kind(), ExceptionKind::Abandoned);
    end(&crew);
}

/// A worker that finds it has code of users to run gives back the task that counted on it.
#[test]
fn p6_a_callback_keeps_no_task_waiting() {
    let _watchdog = watchdog();
    let crew = crew(2);
    for _ in 0..200 {
        let go = Arc::new(Flag::new());
        let added = Arc::new(Flag::new());
        let first = submit(&crew, {
            let added = Arc::clone(&added);
            move || added.wait()
        });
        first.add_done_callback({
            let go = Arc::clone(&go);
            move |_| go.wait()
        });
        added.set();
        first.result().unwrap();
        submit(&crew, move || go.set()).result().unwrap();
    }
    end(&crew);
    assert_eq!(crew.finishing.load(super::Ordering::Relaxed), 0);
}

/// Workers that are replaced after each task leave no trace.
#[test]
fn replaced_workers_are_let_go() {
    let _watchdog = watchdog();
    let settings = Settings::new("crew-tests", NonZeroUsize::MIN);
    let crew = Crew::new(settings.with_tasks_per_worker(NonZeroUsize::MIN));
    for n in 0..200 {
        assert_eq!(submit(&crew, move || n).result().unwrap(), n);
    }
    // A thread that has run its task takes a moment to end.
    while crew.roster.lock().threads.len() > 10 {
        submit(&crew, || ()).result().unwrap();
    }
    end(&crew);
}

/// Tasks from outside are begun in the order in which they come, also behind quick ones. So one worker is enough for what
/// each task that waits waits for, if that comes before the next that waits.
#[test]
fn what_waits_for_the_next_one_does_not_pile_up() {
    let _watchdog = watchdog();
    let crew = crew(2);
    for _ in 0..200 {
        let mut tasks = Vec::new();
        for _ in 0..20 {
            tasks.extend((0..20).map(|_| submit(&crew, || ())));
            let flag = Arc::new(Flag::new());
            let awaited = Arc::clone(&flag);
            tasks.push(submit(&crew, move || awaited.wait()));
            tasks.push(submit(&crew, || ()));
            tasks.push(submit(&crew, move || flag.set()));
        }
        for task in tasks {
            task.result().unwrap();
        }
    }
    end(&crew);
}

/// A scope all of whose tasks have ended looks for none, however many tasks of others are queued.
#[test]
fn who_ends_a_scope_without_tasks_looks_into_no_queue() {
    let _watchdog = watchdog();
    let crew = crew(1);
    checked_spawn(move || {
        current::enter(crew.id);
        current::begin_tasks();
        let scope = Arc::default();
        let roster = crew.roster.lock();
        crew.help_scope(&scope);
        crew.cancel_of_scope(&scope);
        drop(roster);
    })
    .join();
}
