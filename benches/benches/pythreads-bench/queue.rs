//! What does it cost to hand a value to another thread?

mod channel;
mod ordered;

use std::sync::atomic::{AtomicU64, Ordering};

use pythreads::queue::{Queue, SimpleQueue};

use self::channel::{Ends, Get, Put};
use crate::clock::Elapsed;
use crate::scenario::Scenario;
use crate::teams::together;

/// Items in one iteration of a stream.
const ITEMS: u64 = 20_000;
/// And where each is handed over by itself, which takes long.
const ITEMS_ONE_BY_ONE: u64 = 2_000;

/// Which of our queues takes part.
#[derive(Clone, Copy, Debug)]
enum Ours {
    Simple,
    Queue,
}

pub(crate) fn scenarios() -> Vec<Scenario> {
    let rooms = [
        ("simple", Ours::Simple, None),
        ("unbounded", Ours::Queue, None),
        ("bounded-1", Ours::Queue, Some(1)),
        ("bounded-16", Ours::Queue, Some(16)),
        ("bounded-128", Ours::Queue, Some(128)),
        ("bounded-1024", Ours::Queue, Some(1024)),
    ];
    let mut scenarios = Vec::new();
    for (room_name, ours, room) in rooms {
        for side in [1, 2, 4] {
            let name = format!("queue/{room_name}/{side}p{side}c");
            scenarios.push(stream(name, ours, room, side));
        }
    }
    scenarios.push(ping_pong());
    scenarios.extend(ordered::scenarios());
    scenarios
}

pub(crate) fn scalable(threads: usize) -> Vec<Scenario> {
    vec![
        stream("queue/simple".to_owned(), Ours::Simple, None, threads),
        stream(
            "queue/bounded-128".to_owned(),
            Ours::Queue,
            Some(128),
            threads,
        ),
    ]
}

/// `side` threads put numbers, as many get and add them.
fn stream(name: String, ours: Ours, room: Option<usize>, side: usize) -> Scenario {
    let items = items(room);
    let mut scenario = Scenario::new(name, "item", items);
    scenario = match ours {
        Ours::Simple => {
            scenario.ours(move || streaming(items, channel::ours(SimpleQueue::new(), side)))
        }
        Ours::Queue => {
            let queue = move || Queue::with_maxsize(room.unwrap_or(0));
            scenario.ours(move || streaming(items, channel::ours(queue(), side)))
        }
    };
    scenario = scenario
        .rival("crossbeam-channel", move || {
            streaming(items, channel::crossbeam(room, side))
        })
        .rival("flume", move || {
            streaming(items, channel::flume(room, side))
        })
        .rival("kanal", move || {
            streaming(items, channel::kanal(room, side))
        });
    if side == 1 {
        scenario = match room {
            None => scenario.rival("std", move || streaming(items, channel::std())),
            Some(room) => {
                scenario.rival("std", move || streaming(items, channel::std_bounded(room)))
            }
        };
    }
    scenario = with_crossfire(scenario, room, side);
    match room {
        Some(room) => scenario.rival("parkring", move || {
            streaming(items, channel::parkring(room, side))
        }),
        None => scenario,
    }
}

/// Crossfire has a queue of its own for one thread on each side, and one with room for one.
fn with_crossfire(scenario: Scenario, room: Option<usize>, side: usize) -> Scenario {
    let (name, items) = ("crossfire", items(room));
    match (room, side) {
        (None, 1) => scenario.rival(name, move || streaming(items, channel::crossfire_single())),
        (None, _) => scenario.rival(name, move || streaming(items, channel::crossfire(side))),
        (Some(1), 1) => scenario.rival(name, move || {
            streaming(items, channel::crossfire_single_one())
        }),
        (Some(1), _) => {
            scenario.rival(name, move || streaming(items, channel::crossfire_one(side)))
        }
        (Some(room), 1) => scenario.rival(name, move || {
            streaming(items, channel::crossfire_single_bounded(room))
        }),
        (Some(room), _) => scenario.rival(name, move || {
            streaming(items, channel::crossfire_bounded(room, side))
        }),
    }
}

/// One end of a queue, in a thread of its own.
enum End<P, G> {
    Putter(P),
    Getter(G),
}

fn items(room: Option<usize>) -> u64 {
    match room {
        Some(1) => ITEMS_ONE_BY_ONE,
        _ => ITEMS,
    }
}

/// So many items between all putters, and between all getters.
fn streaming<P: Put, G: Get>(items: u64, ends: Ends<P, G>) -> impl FnMut(u64) -> Elapsed {
    let shares = [ends.putters.len(), ends.getters.len()].map(|side| items / side as u64);
    let getters = ends.getters.into_iter().map(End::Getter);
    // The first is the caller, so a single getter has finished when everything has.
    let mut members: Vec<_> = getters
        .chain(ends.putters.into_iter().map(End::Putter))
        .collect();
    move |iterations| {
        let mut elapsed = Elapsed::default();
        for _ in 0..iterations {
            let sum = AtomicU64::new(0);
            elapsed += together(&mut members, |_, end| match end {
                End::Putter(putter) => (0..shares[0]).for_each(|number| putter.put(number)),
                End::Getter(getter) => {
                    let share: u64 = (0..shares[1]).map(|_| getter.get()).sum();
                    // ORDERING: Relaxed, the team's end orders it.
                    sum.fetch_add(share, Ordering::Relaxed);
                }
            });
            let putters = items / shares[0];
            assert_eq!(sum.into_inner(), putters * shares[0] * (shares[0] - 1) / 2);
        }
        elapsed
    }
}

/// One thread sends a number, another one sends it back plus one, and so on.
fn ping_pong() -> Scenario {
    Scenario::new("queue/ping-pong", "round trip", 1)
        .ours(|| bouncing(|| channel::ours(SimpleQueue::new(), 1)))
        .rival("std", || bouncing(channel::std))
        .rival("crossbeam-channel", || {
            bouncing(|| channel::crossbeam(None, 1))
        })
        .rival("flume", || bouncing(|| channel::flume(None, 1)))
        .rival("kanal", || bouncing(|| channel::kanal(Some(1), 1)))
        .rival("crossfire", || bouncing(channel::crossfire_single_one))
        .rival("parkring", || bouncing(|| channel::parkring(1, 1)))
}

fn bouncing<P: Put, G: Get>(queue: impl Fn() -> Ends<P, G>) -> impl FnMut(u64) -> Elapsed {
    let (there, back) = (queue(), queue());
    let caller = (there.putters, back.getters);
    let mut members = [caller, (back.putters, there.getters)];
    move |trips| {
        together(&mut members, |member, (putters, getters)| {
            let (putter, getter) = (&putters[0], &getters[0]);
            if member == 0 {
                let last = (0..trips).fold(0, |number, _| {
                    putter.put(number);
                    getter.get()
                });
                assert_eq!(last, trips);
            } else {
                (0..trips).for_each(|_| putter.put(getter.get() + 1));
            }
        })
    }
}
