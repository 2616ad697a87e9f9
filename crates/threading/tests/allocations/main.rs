//! How many allocations a thread costs. One test, since the counts are the whole process's.

use std::hint::black_box;

use pythreads_threading::{Thread, spawn};
use test_support::counting_alloc::{CountingAllocator, allocations_in_process};
use test_support::watchdog;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

/// What `work` allocates once everything has been used before. Whatever else the process does meanwhile (the test harness
/// has threads of its own, a thread's first sleep has its price) only adds to that, so the least of several counts is it.
fn warm(work: impl Fn()) -> usize {
    const ROUNDS: usize = 20;
    let counts = (0..ROUNDS).map(|_| allocations_in_process(&work));
    counts.min().expect("there are rounds")
}

/// Starting and joining a thread takes at most one allocation more than std's with the same settings, with a result or
/// without, with a name or without.
#[test]
fn one_allocation_more_than_std() {
    const NAME: &str = "download-0123456789";
    let _watchdog = watchdog();
    let number = black_box(42_u64);
    let std = warm(|| {
        let builder = std::thread::Builder::new().name(NAME.to_owned());
        let thread = builder.spawn(move || number).unwrap();
        assert_eq!(thread.join().unwrap(), 42);
    });
    let with_result = warm(|| {
        let thread = Thread::builder().name(NAME).spawn(move || number);
        assert_eq!(thread.unwrap().join().unwrap(), 42);
    });
    assert!(with_result <= std + 1, "{with_result} against {std}");
    let unnamed = warm(|| assert_eq!(spawn(move || number).join().unwrap(), 42));
    assert!(unnamed <= std + 1, "{unnamed} against {std}");
    let without_result = warm(|| {
        let thread = Thread::builder().name(NAME).target(move || {
            black_box(number);
        });
        thread.start();
        thread.join().unwrap();
    });
    assert!(without_result <= std + 1, "{without_result} against {std}");
}
