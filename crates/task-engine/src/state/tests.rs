//! The table of transitions, cell by cell.

use super::{Audience, Cancel, Completed, Phase, State};

const NOBODY: Audience = Audience {
    sleeps: false,
    watches: false,
};

fn in_phase(phase: Phase) -> State {
    let state = State::new();
    match phase {
        Phase::Pending => {}
        Phase::Cancelled => assert_eq!(state.cancel(), Cancel::Done(NOBODY)),
        Phase::Running => assert!(state.claim()),
        Phase::Finished | Phase::Failed => {
            assert!(state.claim());
            let completed = state.complete(phase == Phase::Failed, || ());
            assert_eq!(
                completed,
                Completed {
                    audience: NOBODY,
                    orphaned: false
                }
            );
        }
    }
    assert_eq!(state.phase(), phase);
    state
}

/// F table: only a pending task can be claimed.
#[test]
fn f_claim_only_from_pending() {
    for phase in [
        Phase::Running,
        Phase::Finished,
        Phase::Failed,
        Phase::Cancelled,
    ] {
        let state = in_phase(phase);
        assert!(!state.claim(), "claimed from {phase:?}");
        assert_eq!(state.phase(), phase);
    }
    assert!(in_phase(Phase::Pending).claim());
}

/// F table: cancel works before the start, says so again afterwards, and is too late in all other phases.
#[test]
fn f_cancel_in_each_phase() {
    assert_eq!(in_phase(Phase::Pending).cancel(), Cancel::Done(NOBODY));
    assert_eq!(in_phase(Phase::Cancelled).cancel(), Cancel::Already);
    for phase in [Phase::Running, Phase::Finished, Phase::Failed] {
        let state = in_phase(phase);
        assert_eq!(state.cancel(), Cancel::TooLate, "cancelled from {phase:?}");
        assert_eq!(state.phase(), phase);
    }
}

/// Invariant 3: of completing and orphaning, the later one learns of the other.
#[test]
fn later_of_complete_and_orphan_sees_the_other() {
    let state = in_phase(Phase::Running);
    assert_eq!(state.orphan(), Phase::Running);
    assert!(state.complete(false, || ()).orphaned);

    assert_eq!(in_phase(Phase::Finished).orphan(), Phase::Finished);
}

/// Who announces a wait before the end is told to the thread that completes or cancels.
#[test]
fn announced_waits_are_reported() {
    let state = in_phase(Phase::Running);
    assert!(state.announce_waiting());
    assert!(state.complete(true, || ()).audience.sleeps);
    assert!(!state.announce_waiting(), "done: nothing to wait for");

    let state = in_phase(Phase::Pending);
    assert!(state.announce_waiting());
    let sleeper = Audience {
        sleeps: true,
        watches: false,
    };
    assert_eq!(state.cancel(), Cancel::Done(sleeper));
}

/// Invariant 4: how a task ended is noted if a callback came before the end, and no callback is taken after it.
#[test]
fn later_of_complete_and_watch_sees_the_other() {
    let state = in_phase(Phase::Running);
    assert!(state.watch());
    let mut noted = 0;
    let _completed = state.complete(false, || noted += 1);
    assert!(noted > 0);

    let state = in_phase(Phase::Running);
    let _completed = state.complete(false, || unreachable!("nobody wants to hear"));
    assert!(!state.watch());
}

/// Invariant 5: who enters the list of watchers before the end is told to the thread that completes or cancels.
#[test]
fn later_of_the_end_and_listen_sees_the_other() {
    for enter in [State::listen, State::watch] {
        let state = in_phase(Phase::Running);
        assert!(enter(&state));
        assert!(state.complete(false, || ()).audience.watches);
        assert!(!enter(&state), "done: nobody would look");

        let state = in_phase(Phase::Pending);
        assert!(enter(&state));
        let watcher = Audience {
            sleeps: false,
            watches: true,
        };
        assert_eq!(state.cancel(), Cancel::Done(watcher));
        assert!(!enter(&state), "cancelled: nobody would look");
    }
}
