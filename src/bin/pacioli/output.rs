//! What goes to stdout: a table for people, or one JSON document for programs; and the progress line on stderr.
//!
//! On a terminal headings are bold and sums below zero red; never elsewhere, nor where `NO_COLOR` is set.

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
        let mut text = answer.to_string();
        if !text.ends_with('\n') {
            text.push('\n');
        }
        let text = if is_coloured(out.is_terminal()) { coloured(&text) } else { text };
        out.write_all(text.as_bytes())
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

/// Whether to colour what goes to a terminal, or to none.
fn is_coloured(terminal: bool) -> bool {
    let unwanted = std::env::var_os("NO_COLOR").is_some_and(|set| !set.is_empty());
    terminal && !unwanted && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

const BOLD: &str = "\x1b[1m";
const RED: &str = "\x1b[31m";
const PLAIN: &str = "\x1b[0m";

/// The text with its headings bold, which stand above a rule, and its sums below zero red.
fn coloured(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut lines = text.split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        let is_heading = !is_rule(line) && lines.peek().is_some_and(|next| is_rule(next));
        if is_heading {
            out.extend([BOLD, line.trim_end(), PLAIN, "\n"]);
        } else {
            colour_sums(line, &mut out);
        }
    }
    out
}

fn is_rule(line: &str) -> bool {
    line.len() > 3 && line.trim_end().chars().all(|mark| mark == '-')
}

/// A sum below zero is a word of a minus, digits and a point, nothing else: no day, no identifier.
fn colour_sums(line: &str, out: &mut String) {
    for word in line.split_inclusive(|mark: char| mark.is_whitespace()) {
        let sum = word.trim_end();
        let digits = sum.strip_prefix('-').unwrap_or_default();
        let is_sum = digits.starts_with(|mark: char| mark.is_ascii_digit())
            && digits.chars().all(|mark| mark.is_ascii_digit() || mark == '.');
        if is_sum {
            out.extend([RED, sum, PLAIN, word.strip_prefix(sum).unwrap_or_default()]);
        } else {
            out.push_str(word);
        }
    }
}

/// What serde calls a value that has a name there: `on_hold`, shown as `on hold`.
pub(crate) fn word<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name.replace('_', " "),
        _ => String::new(),
    }
}

/// Names with what each is, a line for each; what is empty is left out.
#[derive(Debug, Default)]
pub(crate) struct Facts(Vec<(&'static str, String)>);

impl Facts {
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }

    pub(crate) fn with(mut self, name: &'static str, what: impl Into<String>) -> Self {
        let what = what.into().replace(char::is_control, " ");
        if !what.is_empty() {
            self.0.push((name, what));
        }
        self
    }
}

impl Display for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.0.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
        self.0.iter().try_for_each(|(name, what)| writeln!(f, "{name:<width$}  {what}"))
    }
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
    #[test]
    fn headings_are_bold_and_sums_below_zero_red() {
        let text = "Day         Sum\n---------------\n2026-11-01  -2.50\n2026-11-02   -a -1\n";
        let bold_and_red = "\x1b[1mDay         Sum\x1b[0m\n---------------\n\
                            2026-11-01  \x1b[31m-2.50\x1b[0m\n2026-11-02   -a \x1b[31m-1\x1b[0m\n";
        assert_eq!(coloured(text), bold_and_red);
        assert!(!is_coloured(false), "nothing is coloured in a pipe");
    }

    #[test]
    fn facts_stand_in_line_and_reach_no_terminal_control() {
        let facts = Facts::new().with("A", "1").with("Empty", "").with("Long", "\x1b[2J");
        assert_eq!(facts.to_string(), "A     1\nLong   [2J\n");
    }
}
