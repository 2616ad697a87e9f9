//! Of two who store and then look, one sees the other.

use std::hint;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::thread::yield_now;

use test_support::{checked_spawn, watchdog};

use super::{heavy, light};

#[derive(Default)]
struct Pair {
    stored: [AtomicU32; 2],
    /// What each of the two saw of the other one, in this round.
    seen: [AtomicU32; 2],
    arrived: AtomicUsize,
    both_missed: AtomicBool,
}

impl Pair {
    fn meet(&self, count: usize) {
        self.arrived.fetch_add(1, Ordering::SeqCst);
        let mut looks = 0;
        while self.arrived.load(Ordering::SeqCst) < count {
            looks += 1;
            if looks % 256 == 0 {
                yield_now();
            }
            hint::spin_loop();
        }
    }

    fn play(&self, me: usize, rounds: u32, fence: impl Fn()) {
        for round in 1..=rounds {
            let met = 4 * (round as usize - 1);
            self.meet(met + 2);
            self.stored[me].store(round, Ordering::Relaxed);
            fence();
            let seen = self.stored[1 - me].load(Ordering::Relaxed);
            self.seen[me].store(seen, Ordering::Relaxed);
            self.meet(met + 4);
            if self
                .seen
                .iter()
                .all(|seen| seen.load(Ordering::Relaxed) < round)
            {
                self.both_missed.store(true, Ordering::Relaxed);
            }
        }
    }
}

/// Whether there was a round in which neither saw the other.
fn both_missed(light: fn(), heavy: fn()) -> bool {
    const ROUNDS: u32 = 30_000;
    let pair = Arc::new(Pair::default());
    let other = checked_spawn({
        let pair = Arc::clone(&pair);
        move || pair.play(0, ROUNDS, light)
    });
    pair.play(1, ROUNDS, heavy);
    other.join();
    pair.both_missed.load(Ordering::Relaxed)
}

#[test]
fn one_of_the_two_sees_the_other() {
    let _watchdog = watchdog();
    let heavy = || assert!(heavy(), "the system keeps its promise");
    assert!(!both_missed(light, heavy));
}
