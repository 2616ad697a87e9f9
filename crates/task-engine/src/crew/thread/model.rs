//! A checker's thread in the shape of `threading`'s. It has no name, and of the end of the program it
//! knows that threads are lost.

#![expect(
    clippy::unnecessary_wraps,
    clippy::unused_self,
    reason = "the same signatures as `threading`'s"
)]

use std::io;
use std::sync::Arc;
use std::time::Instant;

use pythreads_sync_primitives::TimeoutError;
use pythreads_sync_primitives::sync::Mutex;
use pythreads_sync_primitives::sync::model::thread::{JoinHandle, spawn};

use crate::crew::frames;

#[derive(Clone)]
pub(in crate::crew) struct Thread(Arc<Mutex<Life>>);

enum Life {
    Initial(Box<dyn FnOnce() + Send>),
    Started(JoinHandle<()>),
    /// Somebody joins it, or has.
    Joined,
}

#[derive(PartialEq)]
pub(in crate::crew) enum ThreadState {
    Started,
    Stopped,
}

impl Thread {
    pub(in crate::crew) fn builder() -> Builder {
        Builder
    }

    pub(in crate::crew) fn try_start(&self) -> io::Result<()> {
        let mut life = self.0.lock();
        if let Life::Initial(body) = std::mem::replace(&mut *life, Life::Joined) {
            *life = Life::Started(spawn(body));
        }
        Ok(())
    }

    /// A checker does not tell, so nobody is joined before the end.
    pub(in crate::crew) fn state(&self) -> ThreadState {
        match *self.0.lock() {
            Life::Initial(_) | Life::Started(_) => ThreadState::Started,
            Life::Joined => ThreadState::Stopped,
        }
    }

    /// A thread never joins itself in a scenario.
    pub(in crate::crew) fn ident(&self) -> Option<u64> {
        None
    }

    pub(in crate::crew) fn join(&self) -> io::Result<()> {
        let life = std::mem::replace(&mut *self.0.lock(), Life::Joined);
        if let Life::Started(thread) = life {
            thread.join().expect("a panic ends the execution");
        }
        Ok(())
    }

    pub(in crate::crew) fn join_deadline(&self, _deadline: Instant) -> Result<(), TimeoutError> {
        self.join().map_err(|_| TimeoutError::new(()))
    }
}

impl PartialEq for Thread {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

pub(in crate::crew) struct Builder;

impl Builder {
    pub(in crate::crew) fn name(self, _name: &str) -> Self {
        self
    }

    pub(in crate::crew) fn daemon(self, _daemon: bool) -> Self {
        self
    }

    pub(in crate::crew) fn target(self, body: impl FnOnce() + Send + 'static) -> Thread {
        Thread(Arc::new(Mutex::new(Life::Initial(Box::new(body)))))
    }
}

pub(in crate::crew) fn get_ident() -> Option<u64> {
    Some(0)
}

pub(in crate::crew) fn set_loss_hook(_hook: fn()) {}

/// What the end of the program begins with, in the thread that ends it.
pub fn lose_current_thread() {
    frames::abandon_all();
}
