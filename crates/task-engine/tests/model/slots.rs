//! The slots of a block: each item is started once, and who takes an outcome sees what its thread did.

use std::collections::VecDeque;
use std::sync::Arc;

use pythreads_sync_primitives::Exception;

use self::source::{Cursor, Locked, Slots};
use crate::engine::{check, share, spawn};
use crate::plain::Plain;

// A whole map is too long for loom.
#[expect(dead_code, reason = "a block asks for more")]
#[path = "../../src/eager_map/account.rs"]
mod account;
#[expect(dead_code, reason = "as above")]
#[path = "../../src/eager_map/slots.rs"]
mod source;

const ITEMS: usize = 3;

/// What was done to it is seen only if it is ordered before the look.
struct Item(Plain);

impl Item {
    fn new(number: usize) -> Self {
        let item = Self(Plain::default());
        item.0.set(number);
        item
    }
}

type Items = Slots<Item, Item, ()>;

fn items(count: usize) -> Arc<Items> {
    let slots = share(Slots::new(count, ()));
    let mut locked = slots.lock();
    locked.add((0..count).map(Item::new));
    drop(locked);
    slots
}

fn store(cursor: &Cursor<'_, Item, Item, ()>, input: &Item) {
    cursor.store(Ok(Item::new(10 + input.0.get())));
}

/// A thread that came first, and owns all items.
fn work_alone(slots: &Items) {
    let cursor = Cursor::new(slots);
    assert!(slots.lock().own(&cursor, ITEMS));
    go_on(slots, &cursor);
}

/// What a thread does: as the owner, if it may be one.
fn go_on(slots: &Items, cursor: &Cursor<'_, Item, Item, ()>) {
    loop {
        while let Some(input) = cursor.next_input() {
            store(cursor, &input);
        }
        let mut locked = slots.lock();
        let _entered = locked.settle(cursor);
        locked = locked.revoke();
        let input = locked.start(cursor);
        drop(locked);
        let Some(input) = input else { return };
        store(cursor, &input);
    }
}

fn numbers(locked: &mut Locked<'_, Item, Item, ()>) -> Vec<usize> {
    let mut ready = VecDeque::new();
    locked.fetch(&mut ready);
    let number =
        |outcome: &Result<Item, Exception>| outcome.as_ref().map_or(5, |item| item.0.get());
    ready.iter().map(number).collect()
}

/// Another thread wants an item of an owner's.
#[test]
fn two_share() {
    check(|| {
        let slots = items(ITEMS);
        let owner = spawn({
            let slots = Arc::clone(&slots);
            move || work_alone(&slots)
        });
        // Before the other one owns anything, it can have it all.
        let is_owned = slots.lock().account().is_owned();
        if is_owned {
            go_on(&slots, &Cursor::new(&*slots));
        }
        owner.join().unwrap();
        assert_eq!(numbers(&mut slots.lock()), [10, 11, 12]);
    });
}

/// A reader takes what it sees, and an owner goes on meanwhile.
#[test]
fn outcomes_are_read_early() {
    check(|| {
        let slots = items(ITEMS);
        let owner = spawn({
            let slots = Arc::clone(&slots);
            move || work_alone(&slots)
        });
        let mut read = numbers(&mut slots.lock());
        owner.join().unwrap();
        read.extend(numbers(&mut slots.lock()));
        assert_eq!(read, [10, 11, 12]);
    });
}

/// What waits is cancelled, and no more.
#[test]
fn the_rest_is_cancelled() {
    check(|| {
        let slots = items(ITEMS);
        let owner = spawn({
            let slots = Arc::clone(&slots);
            move || {
                let cursor = Cursor::new(&*slots);
                let owns = slots.lock().own(&cursor, ITEMS);
                if owns {
                    go_on(&slots, &cursor);
                }
            }
        });
        let inputs = slots
            .lock()
            .revoke()
            .end_waiting(&Exception::new("cancelled"));
        owner.join().unwrap();
        let read = numbers(&mut slots.lock());
        let ran = read.iter().filter(|number| **number >= 10).count();
        assert_eq!((read.len(), ran + inputs.len()), (ITEMS, ITEMS));
    });
}
