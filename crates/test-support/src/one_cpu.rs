//! A machine with one CPU, as far as some threads can tell.

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// From now on the calling thread, and the threads that it starts, share one CPU, and are told that there is no other.
///
/// What a library has asked before stays as it was: so this belongs at the start of a process
/// ([`Child::rerun_test`](crate::child::Child::rerun_test)).
///
/// # Panics
///
/// If the system refuses.
pub fn stay_on_one_cpu() {
    let allowed = sched_getaffinity(None).expect("the system knows the CPUs of a thread");
    let cpu = (0..CpuSet::MAX_CPU)
        .find(|&cpu| allowed.is_set(cpu))
        .expect("a thread that runs has a CPU");
    let mut one = CpuSet::new();
    one.set(cpu);
    sched_setaffinity(None, &one).expect("a thread may do with less");
}
