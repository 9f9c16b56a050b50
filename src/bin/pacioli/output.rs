//! What goes to stdout: a table for people, or one JSON document for programs; and the progress line on stderr.

use std::fmt::{self, Display};
use std::io::{BufWriter, ErrorKind, IsTerminal, Write};
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
    told(written.and_then(|()| out.flush()))
}

/// Writes a text to stdout as it is.
pub(crate) fn write(text: &dyn Display) -> Result<(), Failure> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    told(write!(out, "{text}").and_then(|()| out.flush()))
}

fn told(written: std::io::Result<()>) -> Result<(), Failure> {
    written.map_err(|error| match error.kind() {
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
    began: Instant,
    due: Instant,
    shown: bool,
    terminal: bool,
}

/// How often the line is written.
const PERIOD: Duration = Duration::from_millis(250);

impl Progress {
    pub(crate) fn new(what: &'static str, of: u64) -> Self {
        let began = Instant::now();
        Self { what, of, began, due: began + PERIOD, shown: false, terminal: std::io::stderr().is_terminal() }
    }

    /// A line about a job of several parts, of which it is not known yet how long they are.
    pub(crate) fn counting(what: &'static str) -> Self {
        Self::new(what, 0)
    }

    /// Says that so many of a part are done, out of so many if that is known.
    pub(crate) fn say(&mut self, what: &'static str, done: u64, of: Option<u64>) {
        if self.what != what {
            self.began = Instant::now();
        }
        (self.what, self.of) = (what, of.unwrap_or(0));
        self.at(done);
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
        let how_far = how_far(done, self.of, now.duration_since(self.began));
        // A terminal that is gone needs no progress.
        drop(write!(std::io::stderr(), "\r\x1b[K{}: {how_far}", self.what));
    }
}

/// A bar, how much of it that is, and how long the rest will take if it goes on so; the count alone where no end is known.
fn how_far(done: u64, of: u64, took: Duration) -> String {
    const BAR: u128 = 24;
    if of == 0 {
        return done.to_string();
    }
    let (part, whole) = (u128::from(done.min(of)), u128::from(of));
    let filled = usize::try_from(part * BAR / whole).unwrap_or_default();
    let bar = format!("{:-<1$}", "#".repeat(filled), BAR as usize);
    let left = (whole - part).saturating_mul(took.as_millis()) / part.max(1) / 1_000;
    format!("[{bar}] {} %, {done} of {of}, {left} s left", part * 100 / whole)
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown {
            drop(write!(std::io::stderr(), "\r\x1b[K"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_tell_how_much_is_done_and_how_long_the_rest_takes() {
        let took = Duration::from_secs(10);
        assert_eq!(how_far(250, 1_000, took), "[######------------------] 25 %, 250 of 1000, 30 s left");
        assert_eq!(how_far(0, 10, took), "[------------------------] 0 %, 0 of 10, 100 s left");
        assert_eq!(how_far(11, 10, took), "[########################] 100 %, 11 of 10, 0 s left");
        assert_eq!(how_far(7, 0, took), "7");
    }
}
