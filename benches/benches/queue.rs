//! What does it cost to hand a value to another thread?

#![expect(
    clippy::disallowed_types,
    reason = "std's barrier starts each round, for all queues alike"
)]

use std::sync::{Arc, Barrier, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use criterion::{Bencher, Criterion, Throughput};
use pythreads::queue::{Queue, SimpleQueue};
use pythreads_benches::settings;

/// Items in one iteration of a stream.
const ITEMS: u64 = 10_000;
/// The room of a bounded queue.
const ROOM: usize = 128;
/// There and back, in one iteration.
const ROUND_TRIPS: u64 = 500;

const FULL: &str = "the other side lives as long as the benchmark";

fn main() {
    let mut criterion = settings();
    unbounded(&mut criterion);
    bounded(&mut criterion);
    ping_pong(&mut criterion);
    criterion.final_summary();
}

fn unbounded(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("queue/simple/1p1c");
    group.throughput(Throughput::Elements(ITEMS));
    group.bench_function("pythreads", |b| stream(b, simple_queue));
    group.bench_function("std", |b| stream(b, std_channel));
    group.bench_function("crossbeam", |b| stream(b, crossbeam_channel));
    group.bench_function("flume", |b| {
        stream(b, || {
            let (sender, receiver) = flume::unbounded();
            (
                move |n| sender.send(n).expect(FULL),
                move || receiver.recv().expect(FULL),
            )
        });
    });
    group.finish();
}

fn bounded(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("queue/bounded-128/1p1c");
    group.throughput(Throughput::Elements(ITEMS));
    group.bench_function("pythreads", |b| {
        stream(b, || {
            let getter = Arc::new(Queue::with_maxsize(ROOM));
            let putter = Arc::clone(&getter);
            (
                move |n| putter.put(n).expect(FULL),
                move || getter.get().expect(FULL),
            )
        });
    });
    group.bench_function("std", |b| {
        stream(b, || {
            let (sender, receiver) = mpsc::sync_channel(ROOM);
            (
                move |n| sender.send(n).expect(FULL),
                move || receiver.recv().expect(FULL),
            )
        });
    });
    group.bench_function("crossbeam", |b| {
        stream(b, || {
            let (sender, receiver) = crossbeam_channel::bounded(ROOM);
            (
                move |n| sender.send(n).expect(FULL),
                move || receiver.recv().expect(FULL),
            )
        });
    });
    group.bench_function("flume", |b| {
        stream(b, || {
            let (sender, receiver) = flume::bounded(ROOM);
            (
                move |n| sender.send(n).expect(FULL),
                move || receiver.recv().expect(FULL),
            )
        });
    });
    group.finish();
}

fn ping_pong(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("queue/ping-pong");
    group.throughput(Throughput::Elements(ROUND_TRIPS));
    group.bench_function("pythreads", |b| bounce(b, simple_queue));
    group.bench_function("std", |b| bounce(b, std_channel));
    group.bench_function("crossbeam", |b| bounce(b, crossbeam_channel));
    group.finish();
}

fn simple_queue() -> (impl Fn(u64) + Send, impl Fn() -> u64 + Send) {
    let getter = Arc::new(SimpleQueue::new());
    let putter = Arc::clone(&getter);
    (move |n| putter.put(n), move || getter.get())
}

fn std_channel() -> (impl Fn(u64) + Send, impl Fn() -> u64 + Send) {
    let (sender, receiver) = mpsc::channel();
    (
        move |n| sender.send(n).expect(FULL),
        move || receiver.recv().expect(FULL),
    )
}

fn crossbeam_channel() -> (impl Fn(u64) + Send, impl Fn() -> u64 + Send) {
    let (sender, receiver) = crossbeam_channel::unbounded();
    (
        move |n| sender.send(n).expect(FULL),
        move || receiver.recv().expect(FULL),
    )
}

/// One thread puts [`ITEMS`] numbers, this one gets and adds them. Both start each round together.
fn stream<S, R>(b: &mut Bencher<'_>, queue: impl Fn() -> (S, R))
where
    S: Fn(u64) + Send,
    R: Fn() -> u64,
{
    b.iter_custom(|iterations| {
        let (send, receive) = queue();
        let round = &Barrier::new(2);
        thread::scope(|scope| {
            scope.spawn(move || {
                for _ in 0..iterations {
                    round.wait();
                    (0..ITEMS).for_each(&send);
                }
            });
            let get_all = |_| {
                round.wait();
                let start = Instant::now();
                let sum: u64 = (0..ITEMS).map(|_| receive()).sum();
                let elapsed = start.elapsed();
                assert_eq!(sum, ITEMS * (ITEMS - 1) / 2);
                elapsed
            };
            (0..iterations).map(get_all).sum::<Duration>()
        })
    });
}

/// This thread sends a number, another one sends it back plus one, and so on.
fn bounce<S, R>(b: &mut Bencher<'_>, queue: impl Fn() -> (S, R))
where
    S: Fn(u64) + Send,
    R: Fn() -> u64 + Send,
{
    b.iter_custom(|iterations| {
        let ((send, receive_there), (send_back, receive)) = (queue(), queue());
        let trips = iterations * ROUND_TRIPS;
        thread::scope(|scope| {
            scope.spawn(move || {
                for _ in 0..trips {
                    send_back(receive_there() + 1);
                }
            });
            let start = Instant::now();
            let mut number = 0;
            for _ in 0..trips {
                send(number);
                number = receive();
            }
            let elapsed = start.elapsed();
            assert_eq!(number, trips);
            elapsed
        })
    });
}
