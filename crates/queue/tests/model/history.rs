//! What the threads of a scenario saw is one of the things that could have happened one after the other.
//!
//! Each call is written down with the moments at which it began and ended. A history is explained by an order of its calls
//! that keeps those that did not overlap in their order, and in which a queue without threads gives each call its answer.

use std::collections::VecDeque;
use std::fmt::Debug;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use pythreads_queue::{BaseQueue, Fifo, GetError, Heap, Lifo, PutError, Storage};

use crate::ends::used;
use crate::engine::{SOON, check, spawn, strike};

#[derive(Clone, Copy, Debug)]
enum Call {
    Put(u32),
    TryPut(u32),
    PutSoon(u32),
    Get,
    TryGet,
    GetSoon,
    TaskDone,
    Join,
    Len,
    SetMaxsize(usize),
    Shutdown,
    ShutdownNow,
    /// The time of all that wait is over. No call of the queue.
    Strike,
}

#[derive(Clone, Debug, PartialEq)]
enum Answer {
    Done,
    Item(u32),
    Items(Vec<u32>),
    Len(usize),
    Full,
    Empty,
    ShutDown,
}

#[derive(Debug)]
struct Event {
    call: Call,
    answer: Answer,
    began: usize,
    ended: usize,
}

/// Which item is next; no two are equal.
#[derive(Clone, Copy, Debug)]
enum Order {
    Oldest,
    Newest,
    Smallest,
}

/// A queue without threads: the same calls, one at a time.
#[derive(Clone, Debug)]
struct Plainly {
    items: VecDeque<u32>,
    order: Order,
    maxsize: usize,
    unfinished: usize,
    is_shut: bool,
}

impl Plainly {
    /// Whether the call may have this answer now; if so, it has happened.
    fn answers(&mut self, call: Call, answer: &Answer) -> bool {
        let is_full = self.maxsize != 0 && self.items.len() >= self.maxsize;
        match (call, answer) {
            (Call::Put(_) | Call::TryPut(_) | Call::PutSoon(_), Answer::ShutDown) => self.is_shut,
            (Call::TryPut(_) | Call::PutSoon(_), Answer::Full) => !self.is_shut && is_full,
            (Call::Put(item) | Call::TryPut(item) | Call::PutSoon(item), Answer::Done) => {
                self.items.push_back(item);
                self.unfinished += 1;
                !self.is_shut && !is_full
            }
            (Call::Get | Call::TryGet | Call::GetSoon, Answer::ShutDown) => {
                self.is_shut && self.items.is_empty()
            }
            (Call::TryGet | Call::GetSoon, Answer::Empty) => !self.is_shut && self.items.is_empty(),
            (Call::Get | Call::TryGet | Call::GetSoon, Answer::Item(item)) => {
                self.next() == Some(*item)
            }
            (Call::TaskDone, Answer::Done) => {
                self.unfinished = self.unfinished.wrapping_sub(1);
                self.unfinished != usize::MAX
            }
            (Call::Join, Answer::Done) => self.unfinished == 0,
            (Call::Len, Answer::Len(len)) => self.items.len() == *len,
            (Call::SetMaxsize(maxsize), Answer::Done) => {
                self.maxsize = maxsize;
                true
            }
            (Call::Shutdown, Answer::Done) => {
                self.is_shut = true;
                true
            }
            (Call::ShutdownNow, Answer::Items(drained)) => {
                self.is_shut = true;
                let items: Vec<_> = std::iter::from_fn(|| self.next()).collect();
                self.unfinished -= items.len().min(self.unfinished);
                items == *drained
            }
            (Call::Strike, Answer::Done) => true,
            _ => false,
        }
    }

    fn next(&mut self) -> Option<u32> {
        match self.order {
            Order::Oldest => self.items.pop_front(),
            Order::Newest => self.items.pop_back(),
            Order::Smallest => {
                let smallest = *self.items.iter().min()?;
                self.items.retain(|item| *item != smallest);
                Some(smallest)
            }
        }
    }

    /// Whether some order of the events explains them all.
    fn explains(&self, events: &[&Event]) -> bool {
        let Some(first_end) = events.iter().map(|event| event.ended).min() else {
            return true;
        };
        events.iter().enumerate().any(|(at, event)| {
            let mut then = self.clone();
            let may_be_next = event.began <= first_end;
            may_be_next && then.answers(event.call, &event.answer) && {
                let mut rest = events.to_vec();
                rest.remove(at);
                then.explains(&rest)
            }
        })
    }
}

/// A storage, and its order.
trait Kind: Storage<u32> + Default + Debug + Send + 'static {
    const ORDER: Order;
}

impl Kind for Fifo<u32> {
    const ORDER: Order = Order::Oldest;
}

impl Kind for Lifo<u32> {
    const ORDER: Order = Order::Newest;
}

impl Kind for Heap<u32> {
    const ORDER: Order = Order::Smallest;
}

fn put_answer(outcome: Result<(), PutError<u32>>) -> Answer {
    match outcome.map_err(PutError::discard) {
        Ok(()) => Answer::Done,
        Err(refused) if refused.is_full() => Answer::Full,
        Err(_) => Answer::ShutDown,
    }
}

fn get_answer(outcome: Result<u32, GetError>) -> Answer {
    match outcome {
        Ok(item) => Answer::Item(item),
        Err(GetError::Empty) => Answer::Empty,
        Err(GetError::ShutDown) => Answer::ShutDown,
    }
}

fn make<K: Kind>(queue: &BaseQueue<u32, K>, call: Call) -> Answer {
    match call {
        Call::Put(item) => put_answer(queue.put(item)),
        Call::TryPut(item) => put_answer(queue.try_put(item)),
        Call::PutSoon(item) => put_answer(queue.put_timeout(item, SOON)),
        Call::Get => get_answer(queue.get()),
        Call::TryGet => get_answer(queue.try_get()),
        Call::GetSoon => get_answer(queue.get_timeout(SOON)),
        Call::Len => Answer::Len(queue.len()),
        Call::ShutdownNow => Answer::Items(queue.shutdown_now()),
        Call::TaskDone => {
            queue.task_done();
            Answer::Done
        }
        Call::Join => {
            queue.join();
            Answer::Done
        }
        Call::SetMaxsize(maxsize) => {
            queue.set_maxsize(maxsize);
            Answer::Done
        }
        Call::Shutdown => {
            queue.shutdown();
            Answer::Done
        }
        Call::Strike => {
            strike();
            Answer::Done
        }
    }
}

/// Makes the calls one after the other; `TaskDone` only if the get before it got something.
fn make_all<K: Kind>(queue: &BaseQueue<u32, K>, clock: &AtomicUsize, calls: &[Call]) -> Vec<Event> {
    let now = || clock.fetch_add(1, Ordering::Relaxed);
    let mut events: Vec<Event> = Vec::new();
    for call in calls {
        let last = events.last().map(|event| &event.answer);
        if matches!(call, Call::TaskDone) && !matches!(last, Some(Answer::Item(_))) {
            continue;
        }
        let began = now();
        let answer = make(queue, *call);
        events.push(Event {
            call: *call,
            answer,
            began,
            ended: now(),
        });
    }
    events
}

/// Each script is one thread's; at the end the queue is drained.
fn check_kind<K: Kind>(maxsize: usize, scripts: &'static [&'static [Call]]) {
    check(move || {
        let queue = used(BaseQueue::with_storage(K::default(), maxsize));
        let clock = Arc::new(AtomicUsize::new(0));
        let threads: Vec<_> = scripts
            .iter()
            .map(|script| {
                let (queue, clock) = (Arc::clone(&queue), Arc::clone(&clock));
                spawn(move || make_all(&queue, &clock, script))
            })
            .collect();
        let mut events: Vec<_> = threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect();
        events.extend(make_all(
            &queue,
            &clock,
            &[Call::Len, Call::ShutdownNow, Call::Len],
        ));
        let start = Plainly {
            items: VecDeque::new(),
            order: K::ORDER,
            maxsize,
            unfinished: 0,
            is_shut: false,
        };
        let all: Vec<_> = events.iter().collect();
        assert!(start.explains(&all), "nothing explains {events:#?}");
    });
}

fn check_kinds(maxsize: usize, scripts: &'static [&'static [Call]]) {
    check_kind::<Fifo<u32>>(maxsize, scripts);
    check_kind::<Lifo<u32>>(maxsize, scripts);
    check_kind::<Heap<u32>>(maxsize, scripts);
}

/// Without a bound; who does not wait finds what is there.
#[test]
fn puts_and_attempts_to_get() {
    check_kinds(
        0,
        &[
            &[Call::Put(1), Call::Put(2), Call::Len],
            &[Call::TryGet, Call::Len, Call::TryGet],
            &[Call::Put(3), Call::TryGet, Call::Len],
        ],
    );
}

/// Full and empty in turns.
#[test]
fn a_bound_of_one() {
    check_kinds(
        1,
        &[
            &[Call::Put(1), Call::Put(2)],
            &[Call::Put(3), Call::TryPut(4), Call::Len],
            &[Call::Get, Call::Get, Call::Get, Call::Len],
        ],
    );
}

/// A shutdown while both ends are at work, or asleep.
#[test]
fn a_shutdown_meanwhile() {
    check_kinds(
        1,
        &[
            &[Call::Put(1), Call::Put(2), Call::TryPut(3)],
            &[Call::Get, Call::Get, Call::TryGet],
            &[Call::Shutdown, Call::Len, Call::Shutdown],
        ],
    );
}

/// A drain while both ends are at work, and a joiner.
#[test]
fn a_drain_meanwhile() {
    check_kinds(
        2,
        &[
            &[Call::Put(1), Call::Put(2), Call::Put(3)],
            &[Call::Get, Call::TaskDone, Call::Get, Call::TaskDone],
            &[Call::ShutdownNow, Call::Join, Call::ShutdownNow],
        ],
    );
}

/// Tasks that are done while others are put.
#[test]
fn joins_and_tasks() {
    check_kinds(
        0,
        &[
            &[Call::Put(1), Call::Put(2), Call::Join],
            &[Call::Get, Call::TaskDone, Call::Get, Call::TaskDone],
            &[Call::Join, Call::Len],
        ],
    );
}

/// The bound moves under who waits for room.
#[test]
fn resizes() {
    check_kinds(
        1,
        &[
            &[Call::Put(1), Call::Put(2), Call::Len],
            &[
                Call::SetMaxsize(2),
                Call::SetMaxsize(1),
                Call::SetMaxsize(0),
            ],
            &[Call::TryGet, Call::TryPut(3), Call::TryPut(4)],
        ],
    );
}

/// Time runs out at any moment.
#[test]
fn timeouts() {
    check_kinds(
        1,
        &[
            &[Call::PutSoon(1), Call::PutSoon(2), Call::PutSoon(3)],
            &[Call::GetSoon, Call::GetSoon],
            &[Call::Strike, Call::Len],
        ],
    );
}
