//! All queues of numbers, behind two traits.

use std::sync::Arc;
use std::sync::mpsc;

use crossfire::flavor::Flavor;
use crossfire::{MRx, MTx, Rx, Tx, mpmc, spsc};
use pythreads::queue::{Queue, SimpleQueue};

const OPEN: &str = "the other side lives as long as the benchmark";

/// The end that puts.
pub(super) trait Put: Send + 'static {
    fn put(&self, number: u64);
}

/// The end that gets.
pub(super) trait Get: Send + 'static {
    fn get(&self) -> u64;
}

/// The ends of one queue, one for each thread.
pub(super) struct Ends<P, G> {
    pub(super) putters: Vec<P>,
    pub(super) getters: Vec<G>,
}

impl<P: Clone, G: Clone> Ends<P, G> {
    fn shared((putter, getter): (P, G), side: usize) -> Self {
        Self {
            putters: vec![putter; side],
            getters: vec![getter; side],
        }
    }
}

impl<P, G> Ends<P, G> {
    fn single((putter, getter): (P, G)) -> Self {
        Self {
            putters: vec![putter],
            getters: vec![getter],
        }
    }
}

/// Either end of a queue that both sides share.
pub(super) struct Shared<Q>(pub(super) Arc<Q>);

impl<Q> Clone for Shared<Q> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

pub(super) fn ours<Q>(queue: Q, side: usize) -> Ends<Shared<Q>, Shared<Q>> {
    let queue = Shared(Arc::new(queue));
    Ends::shared((queue.clone(), queue), side)
}

impl Put for Shared<SimpleQueue<u64>> {
    fn put(&self, number: u64) {
        self.0.put(number);
    }
}

impl Get for Shared<SimpleQueue<u64>> {
    fn get(&self) -> u64 {
        self.0.get()
    }
}

impl Put for Shared<Queue<u64>> {
    fn put(&self, number: u64) {
        self.0.put(number).expect(OPEN);
    }
}

impl Get for Shared<Queue<u64>> {
    fn get(&self) -> u64 {
        self.0.get().expect(OPEN)
    }
}

pub(super) fn std() -> Ends<mpsc::Sender<u64>, mpsc::Receiver<u64>> {
    Ends::single(mpsc::channel())
}

pub(super) fn std_bounded(room: usize) -> Ends<mpsc::SyncSender<u64>, mpsc::Receiver<u64>> {
    Ends::single(mpsc::sync_channel(room))
}

impl Put for mpsc::Sender<u64> {
    fn put(&self, number: u64) {
        self.send(number).expect(OPEN);
    }
}

impl Put for mpsc::SyncSender<u64> {
    fn put(&self, number: u64) {
        self.send(number).expect(OPEN);
    }
}

impl Get for mpsc::Receiver<u64> {
    fn get(&self) -> u64 {
        self.recv().expect(OPEN)
    }
}

pub(super) fn crossbeam(
    room: Option<usize>,
    side: usize,
) -> Ends<crossbeam_channel::Sender<u64>, crossbeam_channel::Receiver<u64>> {
    let ends = room.map_or_else(crossbeam_channel::unbounded, crossbeam_channel::bounded);
    Ends::shared(ends, side)
}

impl Put for crossbeam_channel::Sender<u64> {
    fn put(&self, number: u64) {
        self.send(number).expect(OPEN);
    }
}

impl Get for crossbeam_channel::Receiver<u64> {
    fn get(&self) -> u64 {
        self.recv().expect(OPEN)
    }
}

pub(super) fn flume(
    room: Option<usize>,
    side: usize,
) -> Ends<flume::Sender<u64>, flume::Receiver<u64>> {
    Ends::shared(room.map_or_else(flume::unbounded, flume::bounded), side)
}

impl Put for flume::Sender<u64> {
    fn put(&self, number: u64) {
        self.send(number).expect(OPEN);
    }
}

impl Get for flume::Receiver<u64> {
    fn get(&self) -> u64 {
        self.recv().expect(OPEN)
    }
}

pub(super) fn kanal(
    room: Option<usize>,
    side: usize,
) -> Ends<kanal::Sender<u64>, kanal::Receiver<u64>> {
    Ends::shared(room.map_or_else(kanal::unbounded, kanal::bounded), side)
}

impl Put for kanal::Sender<u64> {
    fn put(&self, number: u64) {
        self.send(number).expect(OPEN);
    }
}

impl Get for kanal::Receiver<u64> {
    fn get(&self) -> u64 {
        self.recv().expect(OPEN)
    }
}

/// Rounds its capacity up.
pub(super) fn parkring(
    room: usize,
    side: usize,
) -> Ends<parkring::channel::Sender<u64>, parkring::channel::Receiver<u64>> {
    Ends::shared(parkring::channel::bounded(room), side)
}

impl Put for parkring::channel::Sender<u64> {
    fn put(&self, number: u64) {
        self.send(number).expect(OPEN);
    }
}

impl Get for parkring::channel::Receiver<u64> {
    fn get(&self) -> u64 {
        self.recv().expect(OPEN)
    }
}

/// For one thread on each side.
pub(super) fn crossfire_single() -> Ends<impl Put, impl Get> {
    Ends::single(spsc::unbounded_blocking())
}

/// For one thread on each side.
pub(super) fn crossfire_single_bounded(room: usize) -> Ends<impl Put, impl Get> {
    Ends::single(spsc::bounded_blocking(room))
}

/// For one thread on each side, and room for one.
pub(super) fn crossfire_single_one() -> Ends<impl Put, impl Get> {
    Ends::single(spsc::new::<spsc::One<u64>, Tx<_>, Rx<_>>())
}

pub(super) fn crossfire(side: usize) -> Ends<impl Put, impl Get> {
    Ends::shared(mpmc::unbounded_blocking(), side)
}

pub(super) fn crossfire_bounded(room: usize, side: usize) -> Ends<impl Put, impl Get> {
    Ends::shared(mpmc::bounded_blocking(room), side)
}

/// With room for one.
pub(super) fn crossfire_one(side: usize) -> Ends<impl Put, impl Get> {
    Ends::shared(mpmc::new::<mpmc::One<u64>, MTx<_>, MRx<_>>(), side)
}

impl<F: Flavor<Item = u64> + 'static> Put for Tx<F> {
    fn put(&self, number: u64) {
        self.send(number).expect(OPEN);
    }
}

impl<F: Flavor<Item = u64> + 'static> Get for Rx<F> {
    fn get(&self) -> u64 {
        self.recv().expect(OPEN)
    }
}

impl<F: Flavor<Item = u64> + 'static> Put for MTx<F> {
    fn put(&self, number: u64) {
        self.send(number).expect(OPEN);
    }
}

impl<F: Flavor<Item = u64> + 'static> Get for MRx<F> {
    fn get(&self) -> u64 {
        self.recv().expect(OPEN)
    }
}
