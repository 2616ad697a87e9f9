//! What does a task cost that does next to nothing?

use criterion::{Bencher, Criterion, Throughput};
use pythreads::concurrent::futures::ThreadPoolExecutor;
use pythreads_benches::{WORKERS, settings};
use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};

/// Tasks in one iteration of a burst, items in one of a map.
const TASKS: u64 = 1_000;
/// Which Fibonacci number is worked out, with one task for each addition.
const FIB: u32 = 20;
const FIB_20: u64 = 6_765;

const DELIVERED: &str = "no task fails";

fn main() {
    let mut criterion = settings();
    burst(&mut criterion);
    round_trip(&mut criterion);
    fib(&mut criterion);
    map(&mut criterion);
    criterion.final_summary();
}

/// One thread submits many tasks and then takes each one's own result.
fn burst(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("executor/burst-1p");
    group.throughput(Throughput::Elements(TASKS));
    let executor = ThreadPoolExecutor::new(WORKERS);
    group.bench_function("pythreads", |b| {
        let submit = |n| executor.submit(move || n);
        burst_of(b, submit, |future| future.result().expect(DELIVERED));
    });
    let pool = threadpool::ThreadPool::new(WORKERS);
    group.bench_function("threadpool", |b| {
        let submit = |n| submit_to_threadpool(&pool, move || n);
        burst_of(b, submit, |receiver| receiver.recv().expect(DELIVERED));
    });
    let pool = rayon_pool();
    group.bench_function("rayon", |b| {
        let submit = |n| submit_to_rayon(&pool, move || n);
        burst_of(b, submit, |receiver| receiver.recv().expect(DELIVERED));
    });
    group.finish();
}

fn burst_of<H>(b: &mut Bencher<'_>, submit: impl Fn(u64) -> H, result: impl Fn(H) -> u64) {
    b.iter(|| {
        let handles: Vec<H> = (0..TASKS).map(&submit).collect();
        let sum: u64 = handles.into_iter().map(&result).sum();
        assert_eq!(sum, TASKS * (TASKS - 1) / 2);
    });
}

/// One task after the other, each waited for; the workers have just been busy.
fn round_trip(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("executor/round-trip-hot");
    let executor = ThreadPoolExecutor::new(WORKERS);
    group.bench_function("pythreads", |b| {
        round_trip_of(b, |n| {
            executor.submit(move || n + 1).result().expect(DELIVERED)
        });
    });
    let pool = threadpool::ThreadPool::new(WORKERS);
    group.bench_function("threadpool", |b| {
        let call = |n| submit_to_threadpool(&pool, move || n + 1).recv();
        round_trip_of(b, |n| call(n).expect(DELIVERED));
    });
    let pool = rayon_pool();
    group.bench_function("rayon", |b| round_trip_of(b, |n| pool.install(|| n + 1)));
    group.finish();
}

fn round_trip_of(b: &mut Bencher<'_>, call: impl Fn(u64) -> u64) {
    let mut number = 0;
    b.iter(|| {
        let next = call(number);
        assert_eq!(next, number + 1);
        number = next;
    });
}

/// Tasks that wait for tasks of their own pool.
fn fib(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("executor/fib-20");
    // The tasks are not bounded by this frame, so neither is the pool.
    let executor: &'static ThreadPoolExecutor =
        Box::leak(Box::new(ThreadPoolExecutor::new(WORKERS)));
    group.bench_function("pythreads", |b| {
        b.iter(|| {
            let root = executor.submit(move || fib_by_tasks(executor, FIB));
            assert_eq!(root.result().expect(DELIVERED), FIB_20);
        });
    });
    let pool = rayon_pool();
    group.bench_function("rayon", |b| {
        b.iter(|| assert_eq!(pool.install(|| fib_by_join(FIB)), FIB_20));
    });
    group.finish();
}

fn fib_by_tasks(executor: &'static ThreadPoolExecutor, n: u32) -> u64 {
    if n < 2 {
        return n.into();
    }
    let other = executor.submit(move || fib_by_tasks(executor, n - 1));
    fib_by_tasks(executor, n - 2) + other.result().expect(DELIVERED)
}

fn fib_by_join(n: u32) -> u64 {
    if n < 2 {
        return n.into();
    }
    let (one, two) = rayon::join(|| fib_by_join(n - 1), || fib_by_join(n - 2));
    one + two
}

/// Many items through one small function.
fn map(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("executor/map-tiny");
    group.throughput(Throughput::Elements(TASKS));
    let executor = ThreadPoolExecutor::new(WORKERS);
    group.bench_function("pythreads", |b| {
        map_of(b, || {
            executor
                .map(0..TASKS, |n| n + 1)
                .into_vec()
                .expect(DELIVERED)
        });
    });
    let pool = threadpool::ThreadPool::new(WORKERS);
    group.bench_function("threadpool", |b| {
        map_of(b, || {
            let submit = |n| submit_to_threadpool(&pool, move || n + 1);
            let receivers: Vec<_> = (0..TASKS).map(submit).collect();
            let results = receivers.into_iter().map(oneshot::Receiver::recv);
            results.collect::<Result<_, _>>().expect(DELIVERED)
        });
    });
    let pool = rayon_pool();
    group.bench_function("rayon", |b| {
        map_of(b, || {
            pool.install(|| (0..TASKS).into_par_iter().map(|n| n + 1).collect())
        });
    });
    group.finish();
}

fn map_of(b: &mut Bencher<'_>, map: impl Fn() -> Vec<u64>) {
    b.iter(|| assert!(map().into_iter().eq(1..=TASKS)));
}

fn rayon_pool() -> rayon::ThreadPool {
    let builder = rayon::ThreadPoolBuilder::new().num_threads(WORKERS);
    builder.build().expect("the system gives two threads")
}

fn submit_to_threadpool(
    pool: &threadpool::ThreadPool,
    task: impl FnOnce() -> u64 + Send + 'static,
) -> oneshot::Receiver<u64> {
    let (sender, receiver) = oneshot::channel();
    pool.execute(move || sender.send(task()).expect(DELIVERED));
    receiver
}

fn submit_to_rayon(
    pool: &rayon::ThreadPool,
    task: impl FnOnce() -> u64 + Send + 'static,
) -> oneshot::Receiver<u64> {
    let (sender, receiver) = oneshot::channel();
    pool.spawn(move || sender.send(task()).expect(DELIVERED));
    receiver
}
