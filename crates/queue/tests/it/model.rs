//! Random calls from one thread against a plain list.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use proptest::prelude::{Just, ProptestConfig, Strategy, prop, prop_oneof, proptest};
use pythreads_queue::{BaseQueue, Fifo, GetError, Heap, Lifo, PutError, SimpleQueue};
use test_support::watchdog;

use crate::kind::{Kind, LargestFirst};

#[derive(Clone, Debug)]
enum Call {
    Put(u32),
    PutMany(Vec<u32>),
    Get,
    GetMany(usize),
    SetMaxsize(usize),
    TaskDone,
    Task,
    Shutdown,
    ShutdownNow,
}

fn call() -> impl Strategy<Value = Call> {
    prop_oneof![
        8 => (0..10_u32).prop_map(Call::Put),
        3 => prop::collection::vec(0..10_u32, 0..80).prop_map(Call::PutMany),
        6 => Just(Call::Get),
        3 => (0..60_usize).prop_map(Call::GetMany),
        2 => (0..40_usize).prop_map(Call::SetMaxsize),
        3 => Just(Call::TaskDone),
        3 => Just(Call::Task),
        1 => Just(Call::Shutdown),
        1 => Just(Call::ShutdownNow),
    ]
}

/// What a queue is, without threads.
#[derive(Debug, Default)]
struct Model {
    items: Vec<u32>,
    maxsize: usize,
    unfinished: usize,
    shut: bool,
}

impl Model {
    fn is_full(&self) -> bool {
        self.maxsize != 0 && self.items.len() >= self.maxsize
    }

    fn put(&mut self, item: u32) -> Result<(), GetError> {
        match (self.shut, self.is_full()) {
            (true, _) => Err(GetError::ShutDown),
            (_, true) => Err(GetError::Empty),
            _ => {
                self.items.push(item);
                self.unfinished += 1;
                Ok(())
            }
        }
    }

    fn get<K: Kind>(&mut self) -> Result<u32, GetError> {
        match (self.items.is_empty(), self.shut) {
            (true, true) => Err(GetError::ShutDown),
            (true, false) => Err(GetError::Empty),
            _ => Ok(self.items.remove(K::next_of(&self.items))),
        }
    }
}

/// `Full` as `Empty`, to be compared.
fn why<T>(error: &PutError<T>) -> GetError {
    if error.is_full() {
        GetError::Empty
    } else {
        GetError::ShutDown
    }
}

fn make<K: Kind>(queue: &BaseQueue<u32, K>, model: &mut Model, call: Call) {
    match call {
        Call::Put(item) => {
            let outcome = queue.put_timeout(item, Duration::ZERO);
            assert_eq!(outcome.map_err(|error| why(&error)), model.put(item));
        }
        Call::PutMany(items) => {
            let outcome = queue.try_put_many(items.clone());
            let put = items
                .iter()
                .take_while(|item| model.put(**item).is_ok())
                .count();
            match outcome {
                Ok(()) => assert_eq!(put, items.len()),
                Err(error) => {
                    assert_eq!(error.is_shutdown(), model.shut);
                    assert!(error.into_inner().eq(items[put..].iter().copied()));
                }
            }
        }
        Call::Get => assert_eq!(queue.try_get(), model.get::<K>()),
        Call::GetMany(max) => {
            let outcome = queue.get_many_deadline(max, Instant::now());
            let mut expected = Vec::new();
            let mut end = None;
            while expected.len() < max && end.is_none() {
                match model.get::<K>() {
                    Ok(item) => expected.push(item),
                    Err(why) => end = Some(why),
                }
            }
            match end {
                Some(why) if expected.is_empty() => assert_eq!(outcome, Err(why)),
                _ => assert_eq!(outcome, Ok(expected)),
            }
        }
        Call::SetMaxsize(maxsize) => {
            queue.set_maxsize(maxsize);
            model.maxsize = maxsize;
        }
        Call::TaskDone if model.unfinished > 0 => {
            queue.task_done();
            model.unfinished -= 1;
        }
        Call::TaskDone => queue.join(),
        Call::Task => {
            let outcome = queue.try_get_task().map(|task| *task);
            assert_eq!(outcome, model.get::<K>());
            let counted = usize::from(outcome.is_ok());
            model.unfinished = model.unfinished.saturating_sub(counted);
        }
        Call::Shutdown => {
            queue.shutdown();
            model.shut = true;
        }
        Call::ShutdownNow => {
            let items = std::mem::take(&mut model.items);
            model.unfinished = model.unfinished.saturating_sub(items.len());
            model.shut = true;
            assert_eq!(queue.shutdown_now(), K::sorted(items));
        }
    }
}

fn behaves_as_the_model<K: Kind>(maxsize: usize, calls: Vec<Call>) {
    let queue = BaseQueue::with_storage(K::default(), maxsize);
    let mut model = Model {
        maxsize,
        ..Model::default()
    };
    for call in calls {
        make(&queue, &mut model, call);
        assert_eq!(queue.len(), model.items.len());
        assert_eq!(queue.is_full(), model.is_full());
        assert_eq!(queue.is_shutdown(), model.shut);
        assert_eq!(queue.unfinished_tasks(), model.unfinished);
    }
}

macro_rules! models {
    ($($name:ident: $storage:ty),* $(,)?) => {
        $(#[test]
        fn $name() {
            let _watchdog = watchdog();
            proptest!(
                ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) },
                |(maxsize in 0..5_usize, calls in prop::collection::vec(call(), 0..60))| {
                    behaves_as_the_model::<$storage>(maxsize, calls);
                }
            );
        })*
    };
}

models! {
    a_queue_behaves_as_its_model: Fifo<u32>,
    a_lifo_queue_behaves_as_its_model: Lifo<u32>,
    a_priority_queue_behaves_as_its_model: Heap<u32>,
    a_users_queue_behaves_as_its_model: LargestFirst,
}

#[derive(Clone, Debug)]
enum SimpleCall {
    Put(u32),
    Extend(Vec<u32>),
    Get,
    TryGet,
    GetTimeout,
    TryIter(usize),
}

fn simple_call() -> impl Strategy<Value = SimpleCall> {
    prop_oneof![
        4 => (0..10_u32).prop_map(SimpleCall::Put),
        2 => prop::collection::vec(0..10_u32, 0..400).prop_map(SimpleCall::Extend),
        3 => Just(SimpleCall::Get),
        2 => Just(SimpleCall::TryGet),
        2 => Just(SimpleCall::GetTimeout),
        2 => (0..300_usize).prop_map(SimpleCall::TryIter),
    ]
}

fn make_simple(queue: &mut SimpleQueue<u32>, model: &mut VecDeque<u32>, call: SimpleCall) {
    match call {
        SimpleCall::Put(item) => {
            queue.put(item);
            model.push_back(item);
        }
        SimpleCall::Extend(items) => {
            queue.extend(items.iter().copied());
            model.extend(items);
        }
        // It would wait for ever.
        SimpleCall::Get if model.is_empty() => {}
        SimpleCall::Get => assert_eq!(Some(queue.get()), model.pop_front()),
        SimpleCall::TryGet => assert_eq!(queue.try_get(), model.pop_front()),
        SimpleCall::GetTimeout => {
            assert_eq!(queue.get_timeout(Duration::ZERO), model.pop_front());
        }
        SimpleCall::TryIter(most) => {
            let expected = model.drain(..most.min(model.len()));
            assert!(queue.try_iter().take(most).eq(expected));
        }
    }
}

/// M1, M2: a row of any length, without a bound and without an end.
#[test]
fn a_simple_queue_behaves_as_its_model() {
    let _watchdog = watchdog();
    proptest!(
        ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) },
        |(calls in prop::collection::vec(simple_call(), 0..60))| {
            let mut queue = SimpleQueue::new();
            let mut model = VecDeque::new();
            for call in calls {
                make_simple(&mut queue, &mut model, call);
                assert_eq!((queue.len(), queue.is_empty()), (model.len(), model.is_empty()));
            }
        }
    );
}
