//! Getting.

use std::sync::Arc;
use std::time::{Duration, Instant};

use pythreads_queue::GetError;
use test_support::{CheckedThread, Counter, delay};

use crate::blocked::blocked;
use crate::kind::{Kind, queue, queue_of};

/// The storage decides the order, and every item comes out once.
pub(crate) fn o1_o2_o3_items_come_out_in_the_order_of_the_storage<K: Kind>() {
    let items = vec![3, 1, 2, 3, 0, 2];
    let queue = queue::<K>(0);
    for item in &items {
        queue.put(*item).unwrap();
    }
    let got: Vec<_> = queue.try_iter().collect();
    assert_eq!(got, K::sorted(items));
}

/// `get` waits while the queue is empty, and a put lets it go on.
pub(crate) fn q7_get_waits_for_an_item<K: Kind>() {
    let queue = queue::<K>(0);
    let getter = blocked({
        let queue = Arc::clone(&queue);
        move || queue.get()
    });
    queue.put(7).unwrap();
    assert_eq!(getter.join(), Ok(7));
}

/// `try_get` returns what is there or says Empty.
pub(crate) fn q8_try_get_never_waits<K: Kind>() {
    let queue = queue::<K>(0);
    assert_eq!(queue.try_get(), Err(GetError::Empty));
    queue.put(1).unwrap();
    assert_eq!(queue.try_get(), Ok(1));
    assert_eq!(queue.try_get(), Err(GetError::Empty));
}

/// Without time, `get` returns what is there or says Empty at once.
pub(crate) fn q9_a_get_without_time_tries_once<K: Kind>() {
    let queue = queue::<K>(0);
    let now = Instant::now();
    assert_eq!(queue.get_timeout(Duration::ZERO), Err(GetError::Empty));
    assert_eq!(queue.get_deadline(now), Err(GetError::Empty));
    queue.put(1).unwrap();
    assert_eq!(queue.get_timeout(Duration::ZERO), Ok(1));
}

/// `get` with a time limit waits that long, not less and not for ever.
pub(crate) fn q9_get_gives_up_when_its_time_is_over<K: Kind>() {
    let queue = queue::<K>(0);
    let start = Instant::now();
    assert_eq!(queue.get_timeout(*delay::SHORT), Err(GetError::Empty));
    delay::elapsed_within(start, *delay::SHORT, *delay::LONG);
    let start = Instant::now();
    let deadline = start + *delay::SHORT;
    assert_eq!(queue.get_deadline(deadline), Err(GetError::Empty));
    delay::elapsed_within(start, *delay::SHORT, *delay::LONG);
}

/// Who is late but finds an item gets it.
pub(crate) fn q11_an_item_is_preferred_to_a_deadline_in_the_past<K: Kind>() {
    let queue = queue_of::<K>(1);
    let past = Instant::now();
    assert_eq!(queue.get_deadline(past), Ok(1));
    assert_eq!(queue.get_deadline(past), Err(GetError::Empty));
}

/// Each put lets one getter go on, and no more.
pub(crate) fn q12_a_put_wakes_one_getter<K: Kind>() {
    let queue = queue::<K>(0);
    let done = Arc::new(Counter::new());
    let getters: Vec<_> = (0..3)
        .map(|_| {
            let (queue, done) = (Arc::clone(&queue), Arc::clone(&done));
            blocked(move || {
                let item = queue.get();
                done.add(1);
                item
            })
        })
        .collect();
    for n in 1..=3 {
        queue.put(5).unwrap();
        done.wait_for(n);
        assert_eq!(done.get(), n);
        assert!(queue.is_empty());
    }
    assert!(
        getters
            .into_iter()
            .map(CheckedThread::join)
            .all(|got| got == Ok(5))
    );
}

/// Whoever is first takes the item. A getter that was woken for it in vain neither fails nor is forgotten.
pub(crate) fn q12_a_newcomer_may_take_the_item_and_the_woken_one_waits_on<K: Kind>() {
    let queue = queue::<K>(0);
    let getter = blocked({
        let queue = Arc::clone(&queue);
        move || queue.get_timeout(*delay::LONG)
    });
    let mut n = 0;
    queue.put(n).unwrap();
    while n < 100 && queue.try_get().is_ok() {
        n += 1;
        queue.put(n).unwrap();
    }
    assert_eq!(getter.join(), Ok(n));
}

/// `try_iter` ends with the items, `iter` with the shutdown; both take the items out.
pub(crate) fn iterators_end_where_they_should<K: Kind>() {
    let queue = queue_of::<K>(3);
    assert_eq!(queue.try_iter().count(), 3);
    assert_eq!(queue.try_iter().count(), 0);
    let reader = blocked({
        let queue = Arc::clone(&queue);
        move || queue.iter().count()
    });
    queue.put_many(0..10).unwrap();
    queue.shutdown();
    assert_eq!(reader.join(), 10);
    assert_eq!((&*queue).into_iter().next(), None);
}
