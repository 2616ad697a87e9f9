//! Room in a bounded pool: who waits for it is let in when there is some, and each task makes room once, however it leaves
//! the queue.

use std::num::NonZeroUsize;
use std::sync::Arc;

use pythreads_sync_primitives::{Deadline, Event, ExceptionKind};
use pythreads_task_engine::crew::{Crew, Settings};
use pythreads_task_engine::handle::task_with;

use crate::engine::{SOON, share, spawn, strike};
use crate::pool::{check, end};
use crate::task::{Asked, ask_with};

/// One worker, and room for one task that it has not begun.
fn crew() -> Arc<Crew> {
    let settings = Settings::new("model", NonZeroUsize::MIN).with_daemon(true);
    Crew::new(settings.with_max_pending(NonZeroUsize::MIN))
}

/// Waits for room.
fn ask(crew: &Arc<Crew>) -> Asked {
    let (work, asked) = ask_with(crew.id(), crew.admit(None));
    crew.submit(work);
    assert!(crew.stats().pending <= 1, "there was no room");
    asked
}

fn assert_answered(asked: Asked) {
    assert_eq!(asked.handle.result().unwrap().number(), 7);
    assert_eq!((asked.closures.count(), asked.answers.count()), (1, 1));
}

/// Two threads submit more than there is room for.
#[test]
fn each_is_let_in() {
    check(|| {
        let crew = crew();
        let other = spawn({
            let crew = Arc::clone(&crew);
            move || [(); 2].map(|()| ask(&crew))
        });
        for asked in [(); 2].map(|()| ask(&crew)) {
            assert_answered(asked);
        }
        other.join().unwrap().into_iter().for_each(assert_answered);
        // All of it has been left: there is as much room as in the beginning, and no more.
        assert!(crew.admit_until(Deadline::after(SOON)).is_ok());
        end(&crew);
    });
}

/// A task that is cancelled, by its owner or with all others, makes room at once.
#[test]
fn a_cancel_makes_room() {
    check(|| {
        let crew = crew();
        let first = ask(&crew);
        let canceller = spawn({
            let crew = Arc::clone(&crew);
            move || crew.cancel_pending()
        });
        let second = ask(&crew);
        let was_cancelled = second.handle.cancel();
        let third = ask(&crew);
        let by_crew = canceller.join().unwrap();
        end(&crew);
        let ends = [first, second, third].map(|asked| {
            let end = asked.handle.result();
            let kind = end.err().map(|exception| exception.kind());
            assert_eq!((asked.closures.count(), asked.answers.count()), (1, 1));
            kind
        });
        let is_cancel = |end: &&Option<_>| **end == Some(ExceptionKind::Cancelled);
        let count = ends.iter().filter(is_cancel).count();
        assert!(ends.iter().flatten().count() == count, "{ends:?}");
        assert!(count >= by_crew && (!was_cancelled || is_cancel(&&ends[1])));
    });
}

/// A closed pool keeps nobody waiting, whatever its worker does: it says no.
#[test]
fn closing_lets_everybody_in() {
    check(|| {
        let crew = crew();
        let go = share(Event::new());
        let gate = Arc::clone(&go);
        let wait = move || {
            gate.wait();
            Ok(())
        };
        let (work, stuck) = task_with(wait, crew.id(), crew.admit(None));
        crew.submit(work);
        let queued = ask(&crew);
        let others = [(); 2].map(|()| {
            let crew = Arc::clone(&crew);
            spawn(move || ask(&crew))
        });
        crew.close();
        for other in others {
            let asked = other.join().unwrap();
            let refused = asked.handle.result().unwrap_err();
            assert_eq!(refused.kind(), ExceptionKind::ShutDown);
            assert_eq!((asked.closures.count(), asked.answers.count()), (1, 1));
        }
        go.set();
        stuck.result().unwrap();
        assert_answered(queued);
        end(&crew);
    });
}

/// Whose time runs out takes no room, and whom it was meant for is not passed over.
#[test]
fn time_runs_out() {
    check(|| {
        let crew = crew();
        let first = ask(&crew);
        let second = ask(&crew);
        let striker = spawn(strike);
        let limited = spawn({
            let crew = Arc::clone(&crew);
            move || match crew.admit_until(Deadline::after(SOON)) {
                Ok(extras) => {
                    let (work, handle) = task_with(|| Ok(7), crew.id(), extras);
                    crew.submit(work);
                    assert_eq!(handle.result().unwrap(), 7);
                }
                Err(late) => drop(late),
            }
        });
        let last = ask(&crew);
        [first, second, last].into_iter().for_each(assert_answered);
        limited.join().unwrap();
        striker.join().unwrap();
        end(&crew);
    });
}
