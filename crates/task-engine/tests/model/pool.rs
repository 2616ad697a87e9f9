//! The workers of a pool: each task ends once, whoever runs, claims, cancels or refuses it, and so does the pool.

use std::num::NonZeroUsize;
use std::sync::Arc;

use pythreads_sync_primitives::{Event, ExceptionKind};
use pythreads_task_engine::crew::{Crew, Settings};
use pythreads_task_engine::handle::{Handle, task};
use pythreads_task_engine::scope::scope;

use crate::engine::{check_orders, share, spawn};
use crate::plain::Plain;
use crate::task::{Asked, Drops, ask_of};

/// A pool has many steps: fewer orders have to do.
pub(crate) fn check(scenario: impl Fn() + Send + Sync + 'static) {
    check_orders(400, scenario);
}

/// The program's end is no part of a scenario, so the workers are daemons.
pub(crate) fn crew(max_workers: usize) -> Arc<Crew> {
    let max_workers = NonZeroUsize::new(max_workers).unwrap();
    Crew::new(Settings::new("model", max_workers).with_daemon(true))
}

pub(crate) fn submit<T: Send + 'static>(
    crew: &Arc<Crew>,
    f: impl FnOnce() -> T + Send + 'static,
) -> Handle<T> {
    let (work, handle) = task(|| Ok(f()), crew.id());
    crew.submit(work);
    handle
}

fn ask(crew: &Arc<Crew>) -> Asked {
    let (work, asked) = ask_of(crew.id());
    crew.submit(work);
    asked
}

/// Ends the pool. A worker that has been forgotten would sleep for ever.
pub(crate) fn end(crew: &Arc<Crew>) {
    crew.close();
    crew.join_shielded();
}

/// Two threads submit, one or two workers run.
#[test]
fn each_task_runs_once() {
    check(|| {
        let crew = crew(2);
        let other = spawn({
            let crew = Arc::clone(&crew);
            move || {
                let asked = [(); 2].map(|()| ask(&crew));
                asked.map(|asked| asked.handle.result().unwrap().number())
            }
        });
        let asked = ask(&crew);
        assert_eq!(asked.handle.result().unwrap().number(), 7);
        assert_eq!(asked.closures.count(), 1);
        assert_eq!(other.join().unwrap(), [7, 7]);
        end(&crew);
    });
}

/// A worker that goes to sleep while somebody submits is not missed.
#[test]
fn an_idle_worker_is_woken() {
    check(|| {
        let crew = crew(1);
        for _ in 0..3 {
            assert_eq!(ask(&crew).handle.result().unwrap().number(), 7);
        }
        end(&crew);
    });
}

/// Nor is one that has seen no task while tasks are put in past it, and those come to an end with it.
#[test]
fn what_is_put_in_past_the_roster_is_run() {
    check(|| {
        let crew = crew(1);
        let other = spawn({
            let crew = Arc::clone(&crew);
            move || [(); 3].map(|()| ask(&crew))
        });
        let mut asked = Vec::from([(); 3].map(|()| ask(&crew)));
        assert_eq!(asked.remove(2).handle.result().unwrap().number(), 7);
        asked.push(ask(&crew));
        asked.extend(other.join().unwrap());
        for asked in asked {
            assert_eq!(asked.handle.result().unwrap().number(), 7);
            assert_eq!(asked.closures.count(), 1);
        }
        end(&crew);
    });
}

/// What is submitted while the pool closes is run or refused; what is queued is run.
#[test]
fn a_pool_closes_while_others_submit() {
    check(|| {
        let crew = crew(2);
        let before = ask(&crew);
        let other = spawn({
            let crew = Arc::clone(&crew);
            move || ask(&crew)
        });
        end(&crew);
        assert_eq!(before.handle.result().unwrap().number(), 7);
        let asked = other.join().unwrap();
        if let Err(exception) = asked.handle.result() {
            assert_eq!(exception.kind(), ExceptionKind::ShutDown);
        }
        assert_eq!((asked.closures.count(), asked.answers.count()), (1, 1));
        let late = ask(&crew).handle.result().unwrap_err();
        assert_eq!(late.kind(), ExceptionKind::ShutDown);
    });
}

/// A closed pool refuses what comes later, also while its workers are awake.
#[test]
fn a_closed_pool_refuses() {
    check(|| {
        let crew = crew(1);
        let before = [(); 2].map(|()| ask(&crew));
        crew.close();
        let late = ask(&crew).handle.result().unwrap_err();
        assert_eq!(late.kind(), ExceptionKind::ShutDown);
        for asked in before {
            assert_eq!(asked.handle.result().unwrap().number(), 7);
        }
        crew.join_shielded();
    });
}

/// What is cancelled in the queue is not run, and the other way round.
#[test]
fn queued_tasks_are_cancelled() {
    check(|| {
        let crew = crew(1);
        let asked = [(); 3].map(|()| ask(&crew));
        let cancelled = crew.cancel_pending();
        end(&crew);
        let kinds = asked.map(|asked| {
            let kind = asked
                .handle
                .result()
                .err()
                .map(|exception| exception.kind());
            assert_eq!((asked.closures.count(), asked.answers.count()), (1, 1));
            kind
        });
        assert!(
            kinds
                .iter()
                .flatten()
                .all(|kind| *kind == ExceptionKind::Cancelled)
        );
        assert_eq!(kinds.iter().flatten().count(), cancelled);
    });
}

/// Workers that are replaced after a task hand on what they leave.
#[test]
fn replaced_workers_leave_nothing() {
    check(|| {
        let settings = Settings::new("model", NonZeroUsize::MIN).with_daemon(true);
        let crew = Crew::new(settings.with_tasks_per_worker(NonZeroUsize::MIN));
        let asked = [(); 3].map(|()| ask(&crew));
        end(&crew);
        for asked in asked {
            assert_eq!(asked.handle.result().unwrap().number(), 7);
        }
    });
}

/// A task waits for a task of its own pool: the waiter runs it, or another worker does, once.
#[test]
fn a_task_waits_for_its_own() {
    check(|| {
        let crew = crew(2);
        let inner = Arc::clone(&crew);
        let outer = submit(&crew, move || {
            let asked = [(); 2].map(|()| ask(&inner));
            asked.map(|asked| asked.handle.result().unwrap().number())
        });
        let beside = ask(&crew);
        assert_eq!(outer.result().unwrap(), [7, 7]);
        assert_eq!(beside.handle.result().unwrap().number(), 7);
        end(&crew);
    });
}

/// A task that a worker submits is run by another one that is about to have nothing to do: here its submitter waits for it in
/// a way that runs nothing.
#[test]
fn a_workers_own_queue_is_seen_by_others() {
    check(|| {
        let crew = crew(2);
        let inner = Arc::clone(&crew);
        let beside = ask(&crew);
        let outer = submit(&crew, move || {
            let ran = share(Event::new());
            let child = submit(&inner, {
                let ran = Arc::clone(&ran);
                move || ran.set()
            });
            ran.wait();
            child.result().unwrap();
        });
        outer.result().unwrap();
        assert_eq!(beside.handle.result().unwrap().number(), 7);
        end(&crew);
    });
}

/// A task waits for what stands behind it: another worker runs that, whether it lingers, sleeps or is busy when it comes.
#[test]
fn a_task_waits_for_later_ones() {
    check(|| {
        let crew = crew(2);
        let ran = [(); 2].map(|()| share(Event::new()));
        let quick = [(); 2].map(|()| ask(&crew));
        let waits = submit(&crew, {
            let ran = ran.clone();
            move || ran.iter().for_each(|event| event.wait())
        });
        let [sets, comes_later] = ran.map(|event| {
            let beside = ask(&crew);
            let sets = submit(&crew, move || event.set());
            (sets, beside)
        });
        waits.result().unwrap();
        for (sets, beside) in [sets, comes_later] {
            sets.result().unwrap();
            assert_eq!(beside.handle.result().unwrap().number(), 7);
        }
        for asked in quick {
            assert_eq!(asked.handle.result().unwrap().number(), 7);
            assert_eq!(asked.closures.count(), 1);
        }
        end(&crew);
    });
}

/// Tasks that come together and wait for each other: the worker that is woken for one of them wakes another one.
#[test]
fn tasks_that_come_together_run_together() {
    check(|| {
        let crew = crew(2);
        crew.start_all().unwrap();
        let begun = [(); 2].map(|()| share(Event::new()));
        let tasks = [0, 1].map(|number| {
            let begun = begun.clone();
            let meet = move || {
                begun[number].set();
                begun[1 - number].wait();
                Ok(())
            };
            task(meet, crew.id())
        });
        let (works, handles): (Vec<_>, Vec<_>) = tasks.into_iter().unzip();
        crew.submit_all(works);
        for handle in handles {
            handle.result().unwrap();
        }
        end(&crew);
    });
}

/// Tasks that a task leaves behind in its worker's own queue are run, also when the pool closes meanwhile.
#[test]
fn a_workers_own_queue_is_emptied() {
    check(|| {
        let crew = crew(2);
        let inner = Arc::clone(&crew);
        let outer = submit(&crew, move || [(); 2].map(|()| ask(&inner)));
        let children = outer.result().unwrap();
        end(&crew);
        for child in children {
            if let Err(exception) = child.handle.result() {
                assert_eq!(exception.kind(), ExceptionKind::ShutDown);
            }
            assert_eq!(child.closures.count(), 1);
        }
    });
}

/// A scope returns after its tasks have ended, and what they borrow is theirs no more.
#[test]
fn a_scope_ends_after_its_tasks() {
    check(|| {
        let crew = crew(2);
        let number = share(Plain::default());
        let closures = Drops::new();
        scope(&crew, |s| {
            for _ in 0..2 {
                let closure = closures.one();
                let number = &number;
                s.execute(move || {
                    let _closure = closure;
                    number.set(7);
                });
            }
        });
        assert_eq!((number.get(), closures.count()), (7, 2));
        end(&crew);
    });
}

/// A scope that fails cancels what has not begun, and ends after the rest.
#[test]
fn a_scope_in_a_task_ends_after_its_tasks() {
    check(|| {
        let crew = crew(2);
        let inner = Arc::clone(&crew);
        let outer = submit(&crew, move || {
            let closures = Drops::new();
            scope(&inner, |s| {
                for _ in 0..2 {
                    let closure = closures.one();
                    s.execute(move || drop(closure));
                }
            });
            closures.count()
        });
        assert_eq!(outer.result().unwrap(), 2);
        end(&crew);
    });
}
