//! Waits that would never end are reported or run what they wait for, and no other ones.

use std::sync::{Arc, OnceLock};

use pythreads_sync_primitives::{Deadline, Event, Exception, ExceptionKind};
use pythreads_task_engine::completions::Completions;
use pythreads_task_engine::crew::Crew;
use pythreads_task_engine::handle::Handle;
use pythreads_task_engine::pledge::pledge;
use pythreads_task_engine::scope::scope;
use pythreads_task_engine::watch::Sink;

use crate::engine::{share, spawn};
use crate::pool::{check, crew, end, submit};

/// A task per crew, each of which waits for the next one's. How many of their waits failed.
fn ring(crews: &[Arc<Crew>]) -> usize {
    type Ends = Vec<OnceLock<Arc<Handle<bool>>>>;
    let ends: Arc<Ends> = Arc::new(crews.iter().map(|_| OnceLock::new()).collect());
    let complete = share(Event::new());
    for (at, crew) in crews.iter().enumerate() {
        let (others, complete) = (Arc::clone(&ends), Arc::clone(&complete));
        let handle = submit(crew, move || {
            complete.wait();
            let next = others[(at + 1) % others.len()].get().unwrap();
            let failed = next.result_ref().err();
            assert!(failed.iter().all(is_deadlock));
            failed.is_some()
        });
        assert!(ends[at].set(Arc::new(handle)).is_ok());
    }
    complete.set();
    let failed = ends
        .iter()
        .map(|end| *end.get().unwrap().result_ref().unwrap());
    failed.filter(|failed| *failed).count()
}

fn is_deadlock(exception: &Exception) -> bool {
    exception.kind() == ExceptionKind::Deadlock
}

/// Who closes the circle is told, whoever that is.
#[test]
fn one_wait_of_a_ring_fails() {
    check(|| {
        let crew = crew(2);
        assert_eq!(ring(&[Arc::clone(&crew), Arc::clone(&crew)]), 1);
        end(&crew);
    });
}

/// Across pools.
#[test]
fn one_wait_of_a_ring_over_pools_fails() {
    check(|| {
        let crews = [crew(1), crew(1)];
        assert_eq!(ring(&crews), 1);
        crews.iter().for_each(end);
    });
}

/// Waits for the first of several tasks of a pool, until all have ended.
fn read_all(crew: &Arc<Crew>) -> usize {
    let handles = [(); 2].map(|()| submit(crew, || ()));
    let completions: Arc<Completions> = Arc::default();
    let sink = Arc::clone(&completions) as Arc<dyn Sink>;
    for (token, handle) in handles.iter().enumerate() {
        handle.work().header().tell_sink(Arc::clone(&sink), token);
    }
    let mut left = vec![0, 1];
    while !left.is_empty() {
        let tasks = || {
            let tasks = left
                .iter()
                .map(|token| (*token, handles[*token].shared_work()));
            tasks.collect::<Vec<_>>()
        };
        let token = completions.next(Deadline::Never, tasks).unwrap();
        left.retain(|other| *other != token);
    }
    handles
        .into_iter()
        .map(|handle| handle.result().unwrap())
        .count()
}

/// All workers wait for the first of tasks that are queued behind them.
#[test]
fn waits_for_the_first_run_what_nobody_else_can() {
    check(|| {
        let crew = crew(2);
        let outer = [(); 2].map(|()| {
            let inner = Arc::clone(&crew);
            submit(&crew, move || read_all(&inner))
        });
        for read in outer {
            assert_eq!(read.result().unwrap(), 2);
        }
        end(&crew);
    });
}

/// Somebody else may always end it: nobody is told.
#[test]
fn a_thread_outside_can_end_it() {
    check(|| {
        let crews = [crew(1), crew(1)];
        let (pledge, pledged) = pledge();
        let first = submit(&crews[0], move || pledged.result().unwrap());
        let second = submit(&crews[1], move || first.result().unwrap());
        let outside = spawn(move || pledge.end(Ok(7)).unwrap());
        assert_eq!(second.result().unwrap(), 7);
        outside.join().unwrap();
        crews.iter().for_each(end);
    });
}

/// A sleeper that somebody is waking at this moment can go on, and so can who waits for it.
#[test]
fn who_is_being_woken_can_go_on() {
    check(|| {
        let crews = [crew(1), crew(1), crew(1)];
        let far = Arc::clone(&crews[2]);
        let read = submit(&crews[1], move || read_all(&far));
        let waits = submit(&crews[0], move || read.result().unwrap());
        assert_eq!(waits.result().unwrap(), 2);
        crews.iter().for_each(end);
    });
}

/// Who closes the circle has nothing to run, but one in it has, who sleeps.
#[test]
fn another_sleeper_runs_what_nobody_else_can() {
    check(|| {
        let crew = crew(2);
        let inner = Arc::clone(&crew);
        let read = submit(&crew, move || read_all(&inner));
        let waits = submit(&crew, move || read.result().unwrap());
        assert_eq!(waits.result().unwrap(), 2);
        end(&crew);
    });
}

/// The end of a scope waits for a task that waits for the scope's own: the task is told.
#[test]
fn the_end_of_a_scope_is_not_told() {
    check(|| {
        let crew = crew(2);
        let own: Arc<OnceLock<Arc<Handle<bool>>>> = Arc::default();
        let entered = share(Event::new());
        let outer = submit(&crew, {
            let (inner, own, entered) = (Arc::clone(&crew), Arc::clone(&own), Arc::clone(&entered));
            move || {
                entered.wait();
                let outer = own.get().unwrap();
                scope(&inner, |s| {
                    s.submit(|| Ok(outer.result_ref().is_err_and(|e| is_deadlock(&e))))
                })
                .result()
                .unwrap()
            }
        });
        let outer = Arc::new(outer);
        assert!(own.set(Arc::clone(&outer)).is_ok());
        entered.set();
        assert!(*outer.result_ref().unwrap());
        end(&crew);
    });
}
