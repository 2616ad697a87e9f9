//! Who looks around does so for long enough, and not for too long.

use std::time::Duration;

use pythreads_sync_primitives::Deadline;

use super::{Awaited, YIELDS, look_around};

/// How many looks somebody takes who finds nothing, and how many of them after the deadline.
fn looks(awaited: Awaited, deadline: Deadline) -> (u32, u32) {
    let (mut all, mut late) = (0, 0);
    let found = look_around(awaited, deadline, || {
        all += 1;
        late += u32::from(deadline.has_passed());
        // As if somebody else had the CPU until then.
        while deadline != Deadline::Never && !deadline.has_passed() {}
        None::<()>
    });
    assert_eq!(found, None);
    (all, late)
}

/// Without a deadline all yields are spent; with one that passes meanwhile none is begun any more.
#[test]
fn q6_nobody_yields_after_the_deadline() {
    for awaited in [Awaited::Stretch, Awaited::Step, Awaited::Turn] {
        let (patient, _) = looks(awaited, Deadline::Never);
        assert!(patient >= YIELDS, "{patient}");
        let (all, late) = looks(awaited, Deadline::after(Duration::from_millis(1)));
        assert!(late <= 8, "{late} of {all}");
    }
}
