//! What goes to stdout: a table for people, or one JSON document for programs; and the progress line on stderr.

use std::fmt::Display;
use std::io::{ErrorKind, IsTerminal, Write};
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::failure::Failure;

/// Prints `answer` as JSON, or as it displays itself.
pub(crate) fn print<T: Serialize + Display>(json: bool, answer: &T) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    let written = if json {
        serde_json::to_writer_pretty(&mut out, answer).map_err(std::io::Error::from).and_then(|()| writeln!(out))
    } else {
        write!(out, "{answer}")
    };
    written.and_then(|()| out.flush()).map_err(|error| match error.kind() {
        ErrorKind::BrokenPipe => Failure::Unread,
        _ => Failure::Io { doing: "writing to stdout".to_owned(), error },
    })
}

/// A line on stderr that tells how far a long job is; silent unless stderr is a terminal.
#[derive(Debug)]
pub(crate) struct Progress {
    what: &'static str,
    of: u64,
    due: Instant,
    shown: bool,
    terminal: bool,
}

/// How often the line is written.
const PERIOD: Duration = Duration::from_millis(250);

impl Progress {
    pub(crate) fn new(what: &'static str, of: u64) -> Self {
        Self { what, of, due: Instant::now() + PERIOD, shown: false, terminal: std::io::stderr().is_terminal() }
    }

    /// Says that so many are done, if it is time to say so.
    pub(crate) fn at(&mut self, done: u64) {
        if !self.terminal {
            return;
        }
        let now = Instant::now();
        if now < self.due {
            return;
        }
        (self.due, self.shown) = (now + PERIOD, true);
        let percent = u128::from(done) * 100 / u128::from(self.of.max(1));
        // A terminal that is gone needs no progress.
        drop(write!(std::io::stderr(), "\r\x1b[K{}: {done} of {} ({percent} %)", self.what, self.of));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown {
            drop(write!(std::io::stderr(), "\r\x1b[K"));
        }
    }
}
