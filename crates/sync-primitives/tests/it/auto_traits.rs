//! The table of auto traits, and the sizes of what is there in great numbers.

use std::cell::Cell;
use std::marker::PhantomData;
use std::mem::size_of;
use std::panic::{RefUnwindSafe, UnwindSafe};

use pythreads_sync_primitives::wait_queue::Signal;
use pythreads_sync_primitives::{
    Barrier, BoundedSemaphore, BrokenBarrierError, Condition, Deadline, Event, Exception,
    ExceptionKind, Lock, LockGuard, Permit, RLock, RLockGuard, Refused, RwLock, RwLockReadGuard,
    RwLockWriteGuard, Semaphore, TimeoutError,
};

/// What the probes say of a type without the trait. Their own constant wins where the type has it.
trait Otherwise {
    const HAS: bool = false;
}

/// A type whose `HAS` says whether `T` has an auto trait.
macro_rules! probe {
    ($probe:ident, $auto:ident) => {
        struct $probe<T: ?Sized>(PhantomData<T>);

        impl<T: ?Sized> Otherwise for $probe<T> {}

        impl<T: ?Sized + $auto> $probe<T> {
            const HAS: bool = true;
        }
    };
}

probe!(IsSend, Send);
probe!(IsSync, Sync);
probe!(IsUnwindSafe, UnwindSafe);
probe!(IsRefUnwindSafe, RefUnwindSafe);

/// `Send` and `Sync` of a type.
macro_rules! send_sync {
    ($type:ty) => {
        (<IsSend<$type>>::HAS, <IsSync<$type>>::HAS)
    };
}

/// `UnwindSafe` and `RefUnwindSafe` of a type.
macro_rules! unwind_safe {
    ($type:ty) => {
        (<IsUnwindSafe<$type>>::HAS, <IsRefUnwindSafe<$type>>::HAS)
    };
}

const BOTH: (bool, bool) = (true, true);
const FIRST: (bool, bool) = (true, false);
const SECOND: (bool, bool) = (false, true);
const NEITHER: (bool, bool) = (false, false);

/// May be sent, may not be shared.
type SendOnly = Cell<u8>;
/// May be shared, may not be sent.
type SyncOnly = std::sync::MutexGuard<'static, u8>;
/// Neither.
type Local = std::rc::Rc<u8>;

/// What can be sent to, and shared with, other threads.
#[test]
fn send_and_sync() {
    assert_eq!(send_sync!(Lock), BOTH);
    assert_eq!(send_sync!(Lock<SendOnly>), BOTH);
    assert_eq!(send_sync!(Lock<SyncOnly>), NEITHER);
    assert_eq!(send_sync!(Lock<Local>), NEITHER);
    assert_eq!(send_sync!(LockGuard<'_, u8>), BOTH);
    assert_eq!(send_sync!(LockGuard<'_, SendOnly>), FIRST);

    assert_eq!(send_sync!(RLock), BOTH);
    assert_eq!(send_sync!(RLock<SendOnly>), BOTH);
    assert_eq!(send_sync!(RLock<SyncOnly>), NEITHER);
    assert_eq!(send_sync!(RLockGuard<'_, u8>), SECOND);
    assert_eq!(send_sync!(RLockGuard<'_, SendOnly>), NEITHER);

    assert_eq!(send_sync!(RwLock<u8>), BOTH);
    assert_eq!(send_sync!(RwLock<SendOnly>), FIRST);
    assert_eq!(send_sync!(RwLock<SyncOnly>), NEITHER);
    assert_eq!(send_sync!(RwLockReadGuard<'_, u8>), SECOND);
    assert_eq!(send_sync!(RwLockReadGuard<'_, SendOnly>), NEITHER);
    assert_eq!(send_sync!(RwLockWriteGuard<'_, u8>), BOTH);
    assert_eq!(send_sync!(RwLockWriteGuard<'_, SendOnly>), NEITHER);

    assert_eq!(send_sync!(Condition), BOTH);
    assert_eq!(send_sync!(Event), BOTH);
    assert_eq!(send_sync!(Barrier), BOTH);
    assert_eq!(send_sync!(Semaphore), BOTH);
    assert_eq!(send_sync!(BoundedSemaphore), BOTH);
    assert_eq!(send_sync!(Permit<'_>), BOTH);
    assert_eq!(send_sync!(Signal), BOTH);

    assert_eq!(send_sync!(Exception), BOTH);
    assert_eq!(send_sync!(ExceptionKind), BOTH);
    assert_eq!(send_sync!(BrokenBarrierError), BOTH);
    assert_eq!(send_sync!(TimeoutError<SendOnly>), BOTH);
    assert_eq!(send_sync!(Refused<SendOnly>), BOTH);
    assert_eq!(send_sync!(Refused<Local>), SECOND);
    assert_eq!(send_sync!(Deadline), BOTH);
}

/// What is shared may be used on both sides of a `catch_unwind`, whatever it holds.
#[test]
fn unwind_safe() {
    assert_eq!(unwind_safe!(Lock<SendOnly>), BOTH);
    assert_eq!(unwind_safe!(RLock<SendOnly>), BOTH);
    assert_eq!(unwind_safe!(RwLock<SendOnly>), BOTH);
    assert_eq!(unwind_safe!(Condition), BOTH);
    assert_eq!(unwind_safe!(Event), BOTH);
    assert_eq!(unwind_safe!(Barrier), BOTH);
    assert_eq!(unwind_safe!(Semaphore), BOTH);
    assert_eq!(unwind_safe!(BoundedSemaphore), BOTH);
    assert_eq!(unwind_safe!(Permit<'_>), BOTH);
    assert_eq!(unwind_safe!(Exception), BOTH);
    assert_eq!(unwind_safe!(BrokenBarrierError), BOTH);
    assert_eq!(unwind_safe!(TimeoutError), BOTH);
    assert_eq!(unwind_safe!(SendOnly), FIRST);
}

/// They are embedded in other things.
#[test]
fn sizes() {
    assert_eq!(size_of::<Event>(), 1);
    assert!(size_of::<Lock>() <= 2);
    assert_eq!(size_of::<Lock<u32>>(), 8);
    assert!(size_of::<RLock>() <= 3 * size_of::<u64>());
    assert!(size_of::<RwLock<()>>() <= 2 * size_of::<usize>());
    assert!(size_of::<Condition>() <= 2 * size_of::<usize>());
    assert!(size_of::<Semaphore>() <= 2 * size_of::<usize>());
    assert!(size_of::<BoundedSemaphore>() <= 3 * size_of::<usize>());
    assert_eq!(size_of::<LockGuard<'_>>(), size_of::<usize>());
    assert_eq!(size_of::<Exception>(), size_of::<usize>());
}

/// Everything can stand in a `static`.
#[test]
fn everything_is_const() {
    static LOCK: Lock = Lock::new(());
    static RLOCK: RLock = RLock::new(());
    static RWLOCK: RwLock<u8> = RwLock::new(0);
    static CONDITION: Condition = Condition::new();
    static EVENT: Event = Event::new();
    static SEMAPHORE: Semaphore = Semaphore::new(1);
    static BOUNDED: BoundedSemaphore = BoundedSemaphore::new(1);
    static BARRIER: Barrier = Barrier::new(1).with_timeout(std::time::Duration::MAX);
    CONDITION.notify_all(&LOCK.acquire());
    CONDITION.notify_all(&RLOCK.acquire());
    EVENT.set();
    drop((SEMAPHORE.acquire(), BOUNDED.acquire(), RWLOCK.read()));
    assert_eq!(BARRIER.wait(), Ok(0));
}
