//! What a worker submits to its own crew: who runs it, and when.

use std::num::NonZeroUsize;
use std::sync::Arc;

use pythreads_sync_primitives::ExceptionKind;
use pythreads_sync_primitives::sync::Mutex;
use test_support::{Counter, Flag, watchdog};

use crate::crew::{AtProgramEnd, Crew, Settings};
use crate::handle::{self, Handle};

fn crew(max_workers: usize) -> Arc<Crew> {
    let max_workers = NonZeroUsize::new(max_workers).unwrap();
    Crew::new(Settings::new("local-queue-tests", max_workers))
}

fn submit<T: Send + 'static>(
    crew: &Arc<Crew>,
    task: impl FnOnce() -> T + Send + 'static,
) -> Handle<T> {
    let (work, handle) = handle::task(|| Ok(task()), crew.id());
    crew.submit(work);
    handle
}

fn end(crew: &Crew) {
    crew.close();
    crew.join_shielded();
    let roster = crew.roster.lock();
    assert_eq!((roster.alive, roster.queued()), (0, 0), "nothing is left");
    assert!(roster.local_queues.is_empty(), "nor is a queue");
}

/// Runs `task` in a crew that is complete and awake, so that its worker submits to its own queue. The other workers are busy
/// until `task` lets them go.
fn in_a_busy_crew<T: Send + 'static>(
    crew: &Arc<Crew>,
    task: impl FnOnce(&Arc<Crew>, &Flag) -> T + Send + 'static,
) -> T {
    let others = crew.settings().max_workers() - 1;
    let (busy, release) = (Arc::new(Counter::new()), Arc::new(Flag::new()));
    for _ in 0..others {
        let (busy, release) = (Arc::clone(&busy), Arc::clone(&release));
        drop(submit(crew, move || {
            busy.add(1);
            release.wait();
        }));
    }
    busy.wait_for(others);
    let inside = Arc::clone(crew);
    let outcome = submit(crew, move || {
        // The submit that finds the crew complete and awake goes by the roster.
        submit(&inside, || ()).result().unwrap();
        task(&inside, &release)
    });
    outcome.result().unwrap()
}

fn local_length(crew: &Crew) -> usize {
    let roster = crew.roster.lock();
    let lengths = roster.local_queues.iter().map(|queue| queue.len());
    lengths.sum()
}

/// The newest task leaves no shell when its submitter waits for it; an older one leaves one, which is swept.
#[test]
fn what_is_awaited_leaves_the_queue() {
    let _watchdog = watchdog();
    let crew = crew(2);
    in_a_busy_crew(&crew, |crew, release| {
        let (older, newer) = (submit(crew, || 1), submit(crew, || 2));
        assert_eq!(local_length(crew), 2);
        assert_eq!(newer.result().unwrap(), 2);
        assert_eq!(local_length(crew), 1);
        assert_eq!(older.result().unwrap(), 1);
        assert_eq!(local_length(crew), 0);
        for _ in 0..1_000 {
            let (older, newer) = (submit(crew, || 1), submit(crew, || 2));
            assert_eq!(older.result().unwrap() + newer.result().unwrap(), 3);
        }
        assert!(local_length(crew) <= 128, "shells are swept");
        release.set();
    });
    end(&crew);
}

/// A worker that has nothing else to do takes what one submitted that is busy, the oldest first.
#[test]
fn what_a_busy_worker_submits_is_run_by_another_one() {
    let _watchdog = watchdog();
    let crew = crew(2);
    in_a_busy_crew(&crew, |crew, release| {
        let order = Arc::new(Mutex::new(Vec::new()));
        let ran = Arc::new(Counter::new());
        for n in 0..5 {
            let (order, ran) = (Arc::clone(&order), Arc::clone(&ran));
            drop(submit(crew, move || {
                order.lock().push(n);
                ran.add(1);
            }));
        }
        assert_eq!(local_length(crew), 5);
        release.set();
        // Only the other one can run them: this wait claims nothing.
        ran.wait_for(5);
        assert_eq!(*order.lock(), [0, 1, 2, 3, 4]);
    });
    end(&crew);
}

/// One that has gone to sleep meanwhile is woken: nothing waits beside an idle worker.
#[test]
fn what_is_submitted_beside_a_sleeper_is_run() {
    let _watchdog = watchdog();
    let crew = crew(2);
    in_a_busy_crew(&crew, |crew, release| {
        release.set();
        for round in 0..1_000 {
            if round % 2 == 0 {
                while crew.roster.lock().sleeping == 0 {
                    std::thread::yield_now();
                }
            }
            let ran = Arc::new(Flag::new());
            let flag = Arc::clone(&ran);
            drop(submit(crew, move || flag.set()));
            ran.wait();
        }
    });
    end(&crew);
}

/// What a worker leaves behind when it is replaced is run.
#[test]
fn what_a_replaced_worker_leaves_is_run() {
    let _watchdog = watchdog();
    let settings = Settings::new("local-queue-tests", NonZeroUsize::MIN);
    let crew = Crew::new(settings.with_tasks_per_worker(NonZeroUsize::new(2).unwrap()));
    let ran = Arc::new(Counter::new());
    let (inside, count) = (Arc::clone(&crew), Arc::clone(&ran));
    let first = submit(&crew, move || {
        for _ in 0..10 {
            let count = Arc::clone(&count);
            drop(submit(&inside, move || count.add(1)));
        }
    });
    first.result().unwrap();
    ran.wait_for(10);
    end(&crew);
}

/// A task that submits its successor, and so for ever, does not keep what comes from outside waiting, nor does that keep the
/// other.
#[test]
fn neither_side_keeps_the_other_waiting() {
    fn go_on_until(crew: &Arc<Crew>, stop: &Arc<Flag>, rounds: &Arc<Counter>) {
        if !stop.is_set() {
            rounds.add(1);
            let (crew, stop, rounds) = (Arc::clone(crew), Arc::clone(stop), Arc::clone(rounds));
            let inside = Arc::clone(&crew);
            drop(submit(&crew, move || go_on_until(&inside, &stop, &rounds)));
        }
    }
    let _watchdog = watchdog();
    let crew = crew(1);
    let (stop, rounds) = (Arc::new(Flag::new()), Arc::new(Counter::new()));
    go_on_until(&crew, &stop, &rounds);
    for _ in 0..100 {
        submit(&crew, || ()).result().unwrap();
    }
    // A backlog from outside, and the chain goes on before all of it is done.
    let (begun, gate) = (Arc::new(Flag::new()), Arc::new(Flag::new()));
    let (begins, wait) = (Arc::clone(&begun), Arc::clone(&gate));
    drop(submit(&crew, move || {
        begins.set();
        wait.wait();
    }));
    begun.wait();
    let before = rounds.get();
    let backlog: Vec<_> = (0..100)
        .map(|_| {
            let rounds = Arc::clone(&rounds);
            submit(&crew, move || rounds.get())
        })
        .collect();
    gate.set();
    let seen: Vec<usize> = backlog
        .into_iter()
        .map(|task| task.result().unwrap())
        .collect();
    assert!(seen[99] > before, "the chain waits for all of {seen:?}");
    stop.set();
    end(&crew);
}

/// What is queued there is cancelled like everything else, and a closed crew refuses more.
#[test]
fn closing_and_cancelling_reach_it() {
    let _watchdog = watchdog();
    let settings = Settings::new("local-queue-tests", NonZeroUsize::new(2).unwrap());
    let crew = Crew::new(settings.with_at_program_end(AtProgramEnd::CancelQueue));
    in_a_busy_crew(&crew, |crew, release| {
        let queued: Vec<_> = (0..3).map(|n| submit(crew, move || n)).collect();
        assert_eq!(crew.cancel_pending(), 3);
        for task in queued {
            assert!(task.result().unwrap_err().is_cancelled());
        }
        let left = submit(crew, || 7);
        crew.close();
        let refused = submit(crew, || 8).result().unwrap_err();
        assert_eq!(refused.kind(), ExceptionKind::ShutDown);
        release.set();
        assert_eq!(left.result().unwrap(), 7);
    });
    end(&crew);
}
