//! A worker ends the program in the midst of what it does: that ends for all others, once, and its crew does without it.

use std::sync::Arc;

use pythreads_sync_primitives::{Event, ExceptionKind};
use pythreads_task_engine::crew::{Crew, lose_current_thread};
use pythreads_task_engine::handle::Handle;
use pythreads_task_engine::scope::scope;

use crate::engine::{share, spawn};
use crate::plain::Plain;
use crate::pool::{check, crew, end, submit};
use crate::task::{Dropped, Drops};

/// A task whose thread is lost in its midst, and comes back nevertheless.
fn submit_lost(crew: &Arc<Crew>, drops: &Drops) -> Handle<Dropped> {
    let (captured, result) = (drops.one(), drops.one());
    submit(crew, move || {
        let _captured = captured;
        lose_current_thread();
        result
    })
}

fn is_lost(handle: Handle<Dropped>) -> bool {
    handle.result().unwrap_err().kind() == ExceptionKind::Exit
}

/// Who waits for the task hears of it at once; what is queued is run by the other worker.
#[test]
fn a_task_ends_for_all_others() {
    check(|| {
        let (crew, drops) = (crew(2), Drops::new());
        let lost = submit_lost(&crew, &drops);
        let queued = submit(&crew, || 7);
        assert!(is_lost(lost));
        match queued.result() {
            Ok(number) => assert_eq!(number, 7),
            // No other worker was there yet.
            Err(exception) => assert_eq!(exception.kind(), ExceptionKind::Cancelled),
        }
        // A new one takes its place.
        assert_eq!(submit(&crew, || 8).result().unwrap(), 8);
        end(&crew);
        assert_eq!(drops.count(), 2, "closure and late result");
    });
}

/// The only worker: what is queued is cancelled, unless another one was started for it.
#[test]
fn nothing_is_left_in_the_queue() {
    check(|| {
        let (crew, drops) = (crew(1), Drops::new());
        let lost = submit_lost(&crew, &drops);
        let submitter = spawn({
            let crew = Arc::clone(&crew);
            move || submit(&crew, || 7).result()
        });
        match submitter.join().unwrap() {
            Ok(number) => assert_eq!(number, 7),
            Err(exception) => assert_eq!(exception.kind(), ExceptionKind::Cancelled),
        }
        assert!(is_lost(lost));
        end(&crew);
        assert_eq!(drops.count(), 2);
    });
}

/// The handle goes while the thread is lost: the late result is dropped once.
#[test]
fn a_late_result_is_dropped_once() {
    check(|| {
        let (crew, drops) = (crew(1), Drops::new());
        let lost = submit_lost(&crew, &drops);
        let cancelled = lost.cancel();
        drop(lost);
        end(&crew);
        assert_eq!(drops.count(), 2, "cancelled: {cancelled}");
    });
}

/// Who joins the crew does not wait for the worker that is lost, nor for ever for one that takes its place.
#[test]
fn a_crew_ends_without_it() {
    check(|| {
        let crew = crew(2);
        let go = share(Event::new());
        let gate = Arc::clone(&go);
        let lost = submit(&crew, move || {
            lose_current_thread();
            gate.wait();
        });
        let other = submit(&crew, || 7);
        crew.close();
        assert_eq!(lost.result().unwrap_err().kind(), ExceptionKind::Exit);
        drop(other.result());
        go.set();
        crew.join_shielded();
    });
}

/// A scope does not end before the lost task has come back, since that borrows.
#[test]
fn a_scope_waits_for_it() {
    check(|| {
        let crew = crew(1);
        let (before, after) = (share(Plain::default()), share(Plain::default()));
        let told = scope(&crew, |s| {
            let lost = s.submit(|| {
                before.add(1);
                lose_current_thread();
                after.add(1);
                Ok(())
            });
            lost.result().unwrap_err().kind()
        });
        assert_eq!(told, ExceptionKind::Exit);
        assert_eq!((before.get(), after.get()), (1, 1));
        end(&crew);
    });
}
