//! An exit at once, while the exit handler begins.

use std::sync::Arc;

use pythreads_threading::model::AtOnce;

use crate::engine::{check, share, spawn};

/// If the handler goes on to wait for threads, who wants an exit at once ends the process; std would park it.
#[test]
fn an_exit_at_once_is_not_parked() {
    check(|| {
        let at_once = share(AtOnce::new());
        let asker = spawn({
            let at_once = Arc::clone(&at_once);
            move || at_once.asker_ends_process()
        });
        let goes_on = at_once.handler_goes_on();
        let ends_process = asker.join().unwrap();
        assert!(ends_process || !goes_on);
    });
}
