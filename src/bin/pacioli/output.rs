//! What goes to stdout: a table for people, or one JSON document for programs; and the progress line on stderr.

use std::fmt::{self, Display};
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

/// On which side of its column a cell stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Right,
}

/// Rows of cells under the same columns, each as wide as its widest cell.
#[derive(Debug)]
pub(crate) struct Table<const N: usize> {
    columns: [(&'static str, Align); N],
    rows: Vec<[String; N]>,
}

impl<const N: usize> Table<N> {
    pub(crate) const fn new(columns: [(&'static str, Align); N]) -> Self {
        Self { columns, rows: Vec::new() }
    }

    pub(crate) fn row(&mut self, cells: [String; N]) {
        // Callers' texts may hold anything, and must not break the table or reach the terminal's controls.
        self.rows.push(cells.map(|cell| cell.replace(char::is_control, " ")));
    }
}

impl<const N: usize> Display for Table<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let heads = self.columns.map(|(head, _)| head.to_owned());
        let mut widths = [0; N];
        for cells in std::iter::once(&heads).chain(&self.rows) {
            widths.iter_mut().zip(cells).for_each(|(widest, cell)| *widest = cell.chars().count().max(*widest));
        }
        let line = |cells: &[String; N]| {
            let padded = cells.iter().zip(self.columns).zip(widths).map(|((cell, (_, align)), width)| match align {
                Align::Left => format!("{cell:<width$}"),
                Align::Right => format!("{cell:>width$}"),
            });
            padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        };
        writeln!(f, "{}", line(&heads))?;
        writeln!(f, "{}", "-".repeat(widths.iter().sum::<usize>() + 2 * N.saturating_sub(1)))?;
        self.rows.iter().try_for_each(|cells| writeln!(f, "{}", line(cells)))
    }
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
