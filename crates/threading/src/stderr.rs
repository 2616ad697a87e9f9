//! What this library says on standard error.
//!
//! Without std's lock: whoever holds that, perhaps a thread that is being waited for, holds nobody up.

use std::io;

/// Writes the text; there is nobody to tell that it could not be written.
pub(crate) fn say(text: &str) {
    let _ = io::Write::write_all(&mut Stderr, text.as_bytes());
}

struct Stderr;

impl io::Write for Stderr {
    #[cfg(unix)]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(rustix::io::write(io::stderr(), bytes)?)
    }

    #[cfg(not(unix))]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        io::stderr().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
