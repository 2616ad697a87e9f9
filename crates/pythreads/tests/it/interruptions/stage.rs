//! One round after the other: two threads wait, one of them is interrupted, and what they wait for may happen meanwhile.

use std::io::{self, Write};
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use fastrand::Rng;
use test_support::{CheckedThread, checked_spawn};

use super::ledger::{Ledger, MOST};
use super::scene::{Scene, Share};
use super::start::{Delay, StartLine};
use super::victim::{End, Order, Victim};

/// Rounds for each kind of wait, with an interruption each at least.
const ROUNDS: usize = 600;

/// The seed of a run, printed when the run fails; `PYTHREADS_SEED` repeats one.
struct Seed(u64);

impl Seed {
    fn new() -> Self {
        let given = std::env::var("PYTHREADS_SEED").ok();
        let given = given.map(|text| text.parse().expect("PYTHREADS_SEED is a number"));
        Self(given.unwrap_or_else(|| fastrand::u64(..)))
    }
}

impl Drop for Seed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            // If it cannot be written, the panic's message is all that is left.
            let _ = writeln!(io::stderr(), "repeat it with PYTHREADS_SEED={}", self.0);
        }
    }
}

/// Plays a scene `ROUNDS` times.
pub(crate) fn play<S: Scene>(scene: S) {
    let seed = Seed::new();
    let scene = Arc::new(scene);
    let _release = Release(Arc::clone(&scene));
    let mut stage = Stage::new(Rng::with_seed(seed.0));
    for _ in 0..ROUNDS {
        stage.round(&scene);
    }
    stage.close();
}

/// Lets go what a failed test has left behind, so that its process can end.
struct Release<S: Scene>(Arc<S>);

impl<S: Scene> Drop for Release<S> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            // It may be the second time, which some scenes refuse.
            let _ = catch_unwind(AssertUnwindSafe(|| self.0.give()));
        }
    }
}

struct Stage {
    rng: Rng,
    target: Victim,
    bystander: Victim,
    helper: Helper,
}

impl Stage {
    fn new(rng: Rng) -> Self {
        Self {
            rng,
            target: Victim::new(),
            bystander: Victim::new(),
            helper: Helper::new(),
        }
    }

    fn close(self) {
        self.target.dismiss();
        self.bystander.dismiss();
        self.helper.dismiss();
    }

    fn round<S: Scene>(&mut self, scene: &Arc<S>) {
        if self.rng.bool() {
            mem::swap(&mut self.target, &mut self.bystander);
        }
        scene.prepare();
        let plan = Plan::new::<S>(&mut self.rng);
        let start = Arc::new(StartLine::new(plan.threads::<S>()));
        let ledger = Arc::new(Ledger::default());
        let raising = self.send(scene, Role::Target(plan), &start, &ledger);
        if S::SHARE != Share::Nothing {
            drop(self.send(scene, Role::Bystander, &start, &ledger));
        }
        let mut account = Account::default();
        if plan.races {
            account.given = 1;
            self.helper
                .give(scene, &start, Delay::random(&mut self.rng));
        }
        let delay = Delay::random(&mut self.rng);
        start.leave(delay);
        let raised = self.raise(&ledger, plan.may_end_otherwise::<S>());
        drop(raising);
        if plan.races {
            self.helper.wait();
        }
        let is_left_alone = raised.iter().all(|raised| raised.was_dropped);
        if S::CAN_GIVE && plan.patience.is_none() && (plan.held_back || is_left_alone) {
            account.give_up_to(S::SHARE.enough_for_all(), &**scene);
        }
        let end = self.target.end();
        plan.assert_allows(end);
        account.got += usize::from(end == End::Got);
        match S::SHARE {
            Share::Nothing => {}
            Share::Together => self.end_bystander(end == End::Got),
            Share::One | Share::All => {
                let taken = if S::SHARE == Share::One {
                    account.got
                } else {
                    0
                };
                account.give_up_to(taken + 1, &**scene);
                self.end_bystander(true);
                account.got += 1;
            }
        }
        if S::SHARE == Share::One {
            assert_eq!(account.given, account.got, "one thread got each one given");
        }
        self.assert_all_delivered(&ledger, end, &raised);
        scene.assert_at_rest();
    }

    fn end_bystander(&self, got: bool) {
        let expected = if got { End::Got } else { End::Failed };
        assert_eq!(self.bystander.end(), expected);
        assert!(self.bystander.late().is_empty(), "nobody aims at it");
    }

    fn send<S: Scene>(
        &mut self,
        scene: &Arc<S>,
        role: Role,
        start: &Arc<StartLine>,
        ledger: &Arc<Ledger>,
    ) -> Sender<()> {
        let (sender, raising) = channel();
        let scene = Arc::clone(scene);
        let (victim, plan) = match role {
            Role::Target(plan) => (&self.target, plan),
            Role::Bystander => (&self.bystander, Plan::default()),
        };
        victim.order(Order {
            wait: Box::new(move || scene.wait(plan.patience)),
            shielded: plan.shielded,
            start: Arc::clone(start),
            delay: Delay::random(&mut self.rng),
            ledger: Arc::clone(ledger),
            raising,
        });
        sender
    }

    /// Raises up to three times and now and then takes one back: of several not the last one, and one alone only if the wait
    /// `may_end_otherwise`.
    fn raise(&mut self, ledger: &Arc<Ledger>, may_end_otherwise: bool) -> Vec<Raised> {
        let count = if self.rng.bool() { 1 } else { MOST };
        let mut raised: Vec<Raised> = Vec::new();
        for number in 0..count {
            if number > 0 {
                Delay::random(&mut self.rng).spin();
            }
            let outcome = self.target.thread.raise_exception(ledger.mark(number));
            outcome.expect("the target is one of our threads, and alive");
            // The one before has been caught, is being caught, or was replaced and dropped.
            if let Some(before) = raised.last_mut() {
                before.was_dropped |= ledger.is_dropped(number - 1);
            }
            let may_take_back = number + 1 < count || (count == 1 && may_end_otherwise);
            if may_take_back {
                Delay::random(&mut self.rng).spin();
            }
            let taken_back =
                may_take_back && self.rng.u8(0..3) == 0 && self.target.thread.cancel_interrupt();
            assert!(!taken_back || ledger.is_dropped(number));
            raised.push(Raised {
                was_dropped: taken_back,
            });
        }
        raised
    }

    /// Each one raised was either delivered, once, or was replaced or taken back at the time.
    fn assert_all_delivered(&self, ledger: &Ledger, end: End, raised: &[Raised]) {
        let mut delivered = match end {
            End::Interrupted(number) => vec![number],
            End::Got | End::Failed => vec![],
        };
        delivered.extend(self.target.late());
        assert!(delivered.is_sorted(), "{delivered:?}");
        let last = raised.len() - 1;
        for (number, &Raised { was_dropped }) in raised.iter().enumerate() {
            let came = delivered.contains(&number);
            assert_eq!(came, ledger.is_delivered(number));
            assert_eq!(
                came, !was_dropped,
                "number {number} of {last}: {delivered:?}"
            );
        }
        assert!(!self.target.thread.cancel_interrupt(), "nothing is left");
    }
}

struct Raised {
    was_dropped: bool,
}

#[derive(Clone, Copy)]
enum Role {
    Target(Plan),
    Bystander,
}

/// How the target waits.
#[derive(Clone, Copy, Default)]
struct Plan {
    patience: Option<Duration>,
    shielded: bool,
    held_back: bool,
    /// What is waited for comes at the same time.
    races: bool,
}

impl Plan {
    fn new<S: Scene>(rng: &mut Rng) -> Self {
        let shielded = rng.u8(0..6) == 0;
        let held_back = shielded || !S::IS_INTERRUPTIBLE;
        let endless = held_back && S::SHARE == Share::Nothing;
        let patience = Duration::from_micros(rng.u64(0..300));
        Self {
            patience: (endless || rng.u8(0..4) == 0).then_some(patience),
            shielded,
            held_back,
            races: S::CAN_GIVE && rng.bool(),
        }
    }

    /// How many take part in a round: the test, the target, and those that are not always there.
    fn threads<S: Scene>(self) -> usize {
        2 + usize::from(S::SHARE != Share::Nothing) + usize::from(self.races)
    }

    /// Whether the wait comes to an end without an interrupt.
    fn may_end_otherwise<S: Scene>(self) -> bool {
        S::SHARE != Share::Nothing || self.patience.is_some()
    }

    fn assert_allows(self, end: End) {
        match end {
            End::Got => {}
            End::Failed => assert!(self.patience.is_some(), "it waited without limit"),
            End::Interrupted(_) => assert!(!self.held_back, "it was not to be interrupted"),
        }
    }
}

/// How often what is waited for was given, and got.
#[derive(Default)]
struct Account {
    given: usize,
    got: usize,
}

impl Account {
    fn give_up_to(&mut self, wanted: usize, scene: &impl Scene) {
        while self.given < wanted {
            scene.give();
            self.given += 1;
        }
    }
}

/// A thread that brings about what the victims wait for.
struct Helper {
    thread: CheckedThread<()>,
    jobs: Sender<Box<dyn FnOnce() + Send>>,
    done: Receiver<()>,
}

impl Helper {
    fn new() -> Self {
        let (jobs, incoming) = channel::<Box<dyn FnOnce() + Send>>();
        let (outgoing, done) = channel();
        let thread = checked_spawn(move || {
            for job in incoming {
                job();
                outgoing.send(()).expect("the test listens");
            }
        });
        Self { thread, jobs, done }
    }

    fn give<S: Scene>(&self, scene: &Arc<S>, start: &Arc<StartLine>, delay: Delay) {
        let (scene, start) = (Arc::clone(scene), Arc::clone(start));
        let job = move || {
            start.leave(delay);
            scene.give();
        };
        self.jobs.send(Box::new(job)).expect("the helper lives");
    }

    /// Waits until it has done what it was asked for.
    fn wait(&self) {
        self.done.recv().expect("the helper lives");
    }

    fn dismiss(self) {
        drop(self.jobs);
        self.thread.join();
    }
}
