//! The task's node: one thread runs it or cancels it, one owner gets the result, and everybody who wants to hear of the
//! end hears of it once.

use std::sync::Arc;
use std::task::{Poll, Wake, Waker};

use pythreads_sync_primitives::{Deadline, Event, Exception, ExceptionKind};
use pythreads_task_engine::node::Work;
use pythreads_task_engine::watch::{Completion, Sink};

use crate::engine::{JoinHandle, SOON, check, join, share, spawn, strike};
use crate::plain::Plain;
use crate::task::{Drops, ask};

fn spawn_running(work: Arc<dyn Work>) -> JoinHandle<bool> {
    spawn(move || work.run())
}

/// Who waits is woken, and sees what the task did.
#[test]
fn the_owner_gets_the_result() {
    check(|| {
        let (work, asked) = ask(true);
        let runner = spawn_running(work);
        let answer = asked.handle.result().unwrap();
        assert_eq!(answer.number(), 7);
        assert!(runner.join().unwrap());
        drop(answer);
        assert_eq!((asked.closures.count(), asked.answers.count()), (1, 1));
    });
}

/// Several threads may wait for the same task.
#[test]
fn all_who_wait_are_woken() {
    check(|| {
        let (work, asked) = ask(true);
        let asked = Arc::new(asked);
        let waiter = spawn({
            let asked = Arc::clone(&asked);
            move || {
                assert!(asked.handle.wait(Deadline::Never));
                asked.handle.result_ref().unwrap().number()
            }
        });
        let runner = spawn_running(work);
        assert_eq!(asked.handle.result_ref().unwrap().number(), 7);
        assert_eq!(waiter.join().unwrap(), 7);
        assert!(runner.join().unwrap());
    });
}

/// A task that two threads want to run is run by one of them.
#[test]
fn it_runs_once() {
    check(|| {
        let (work, asked) = ask(true);
        let runners = [Arc::clone(&work), work].map(spawn_running);
        let ran = join(runners);
        assert_ne!(ran[0], ran[1]);
        assert_eq!(asked.handle.result().unwrap().number(), 7);
        assert_eq!((asked.closures.count(), asked.answers.count()), (1, 1));
    });
}

/// It is run or cancelled, never both; who waits hears of either, and the closure is dropped once.
#[test]
fn it_runs_or_is_cancelled() {
    check(|| {
        let (work, asked) = ask(true);
        let runner = spawn_running(Arc::clone(&work));
        let other = spawn(move || work.cancel());
        let outcome = asked.handle.result();
        let (ran, cancelled) = (runner.join().unwrap(), other.join().unwrap());
        assert_ne!(ran, cancelled);
        match outcome {
            Ok(answer) => assert!(ran && answer.number() == 7),
            Err(exception) => {
                assert_eq!(exception.kind(), ExceptionKind::Cancelled);
                assert!(cancelled);
            }
        }
        assert_eq!((asked.closures.count(), asked.answers.count()), (1, 1));
    });
}

/// A pool that refuses what somebody else cancels: the task ends in one way.
#[test]
fn it_is_refused_or_cancelled() {
    check(|| {
        let (work, asked) = ask(true);
        let refuser = spawn({
            let work = Arc::clone(&work);
            move || work.refuse(Exception::of_kind(ExceptionKind::ShutDown, "too late"))
        });
        let is_cancelled = work.cancel();
        let kind = asked.handle.result().unwrap_err().kind();
        let is_refused = kind == ExceptionKind::ShutDown;
        assert_ne!(is_cancelled, is_refused, "{kind:?}");
        refuser.join().unwrap();
        assert_eq!(asked.closures.count(), 1);
    });
}

/// A result that nobody will take is dropped by whoever comes last, and once.
#[test]
fn an_unwanted_result_is_dropped_once() {
    check(|| {
        let (work, asked) = ask(true);
        let runner = spawn_running(Arc::clone(&work));
        drop(asked.handle);
        runner.join().unwrap();
        // The node is still there: nobody has left the answer in it.
        assert_eq!((asked.closures.count(), asked.answers.count()), (1, 1));
        drop(work);
        assert_eq!(asked.answers.count(), 1);
    });
}

/// A wait with a limit ends, and what comes later is not lost.
#[test]
fn a_timeout_loses_nothing() {
    check(|| {
        let (work, asked) = ask(true);
        let runner = spawn_running(work);
        let striker = spawn(strike);
        let _in_time = asked.handle.wait(Deadline::after(SOON));
        assert_eq!(asked.handle.result().unwrap().number(), 7);
        runner.join().unwrap();
        striker.join().unwrap();
    });
}

/// A callback that is added while the task ends is called once, and told how it ended, whatever the owner has taken by then.
#[test]
fn a_callback_is_told_once_how_it_ended() {
    check(|| {
        let (work, asked) = ask(false);
        let told = share(Plain::default());
        let called = Drops::new();
        let runner = spawn_running(work);
        asked.handle.add_done_callback({
            let (told, called) = (Arc::clone(&told), called.one());
            move |completion| {
                let Completion::Failed(exception) = completion else {
                    panic!("it failed: {completion:?}");
                };
                assert_eq!(exception.message(), "no answer");
                told.add(1);
                drop(called);
            }
        });
        assert!(asked.handle.result().is_err());
        runner.join().unwrap();
        assert_eq!((told.get(), called.count()), (1, 1));
    });
}

/// Counts the ends that it is told of.
#[derive(Debug)]
struct Ends(Plain);

impl Sink for Ends {
    fn completed(&self, token: usize) -> bool {
        self.0.add(token);
        false
    }

    fn wake(&self) {}
}

/// Who waits for several tasks is told of each once, also of one that ends while he begins to listen.
#[test]
fn a_sink_is_told_once() {
    check(|| {
        let (work, asked) = ask(true);
        let ends = share(Ends(Plain::default()));
        let runner = spawn_running(Arc::clone(&work));
        let sink = Arc::clone(&ends) as Arc<dyn Sink>;
        work.header().tell_sink(sink, 3);
        runner.join().unwrap();
        assert_eq!(ends.0.get(), 3);
        drop(asked);
    });
}

/// Who has stopped to listen before the task ends is told nothing; who stops meanwhile is told at most once.
#[test]
fn a_sink_may_stop_to_listen() {
    check(|| {
        let (work, asked) = ask(true);
        let ends = share(Ends(Plain::default()));
        let sink = Arc::clone(&ends) as Arc<dyn Sink>;
        work.header().tell_sink(Arc::clone(&sink), 3);
        let runner = spawn_running(Arc::clone(&work));
        work.header().forget_sink(&sink);
        let had_ended = asked.handle.phase().is_done();
        runner.join().unwrap();
        assert!(ends.0.get() == 0 || ends.0.get() == 3);
        assert!(
            had_ended || ends.0.get() == 0,
            "it was told after it had left"
        );
    });
}

struct Sets(Arc<Event>);

impl Wake for Sets {
    fn wake(self: Arc<Self>) {
        self.0.set();
    }
}

/// A poll that finds the task not done is followed by a wake-up.
#[test]
fn a_waker_is_woken() {
    check(|| {
        let (work, mut asked) = ask(true);
        let woken = share(Event::new());
        let waker = Waker::from(Arc::new(Sets(Arc::clone(&woken))));
        let runner = spawn_running(work);
        let answer = match asked.handle.poll(&waker) {
            Poll::Ready(answer) => answer,
            Poll::Pending => {
                woken.wait();
                match asked.handle.poll(&waker) {
                    Poll::Ready(answer) => answer,
                    Poll::Pending => panic!("it was woken before the task had ended"),
                }
            }
        };
        assert_eq!(answer.unwrap().number(), 7);
        runner.join().unwrap();
    });
}
