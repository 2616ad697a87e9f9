//! How often to look again.

use super::{Glance, LockSpin, SEVERAL_CPUS};

/// A glance comes to an end, and begins anew after a reset; on one CPU there is nothing to look for.
#[test]
fn a_glance_ends() {
    let glance = Glance::new();
    let looks = if *SEVERAL_CPUS { Glance::LOOKS } else { 0 };
    for _ in 0..2 {
        assert!((0..looks).all(|_| glance.again()));
        assert!(!glance.again());
        glance.reset();
    }
}

/// As a glance does.
#[test]
fn a_spin_for_a_lock_ends() {
    let spin = LockSpin::default();
    let looks = if *SEVERAL_CPUS { LockSpin::LOOKS } else { 0 };
    for _ in 0..2 {
        assert!((0..looks).all(|_| spin.again()));
        assert!(!spin.again());
        spin.reset();
    }
}
