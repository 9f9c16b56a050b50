//! A document: sections of notes, tables and curves, from which each renderer writes its form.

use serde::Serialize;

use super::curve::Curve;
use crate::ledger::Zone;
use crate::model::Timestamp;
use crate::money::Money;

/// A value that can be shown as sections of a [`Document`].
///
/// ```
/// use pacioli::prelude::*;
/// use pacioli::report::{Document, Report, Section};
///
/// /// What a program of your own reports.
/// struct Greeting(String);
///
/// impl Report for Greeting {
///     fn sections(&self) -> Vec<Section> {
///         vec![Section::new("Greeting").note(format!("Dear {}", self.0))]
///     }
/// }
/// let document = Document::new("Letter").with(Greeting("Njeri".to_owned()));
/// assert!(document.to_string().contains("Dear Njeri"));
/// ```
pub trait Report {
    /// What it shows, in order; at least one section.
    fn sections(&self) -> Vec<Section>;
}

/// Sections under one title, to be written as text, CSV or HTML.
///
/// As text it is its [`Display`](std::fmt::Display) form.
///
/// ```
/// use pacioli::report::{Cell, Column, Document, Section, Table};
/// use pacioli::money::Currency;
///
/// let mut table = Table::new([Column::left("Till"), Column::right("Takings")]);
/// table.row([Cell::text("<Town>"), Cell::money(Currency::KES.money("1234.5")?, 2)]);
/// let document = Document::new("Takings").with(Section::new("Today").table(table));
///
/// assert!(document.to_string().contains("<Town>  1234.50\n"));
/// assert!(document.html().to_string().contains("&lt;Town&gt;"));
/// assert_eq!(document.csv().to_string().lines().last(), Some("\"Today\",\"row\",\"<Town>\",1234.50"));
/// # Ok::<(), pacioli::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Document {
    /// What it is called.
    pub title: String,
    /// What is to be said of the whole, a line each.
    pub notes: Vec<String>,
    /// Its sections, in order.
    pub sections: Vec<Section>,
}

impl Document {
    /// A document without sections.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), notes: Vec::new(), sections: Vec::new() }
    }

    /// Says something of the whole.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Adds the sections of a report at the end.
    #[must_use]
    pub fn with(mut self, report: impl Report) -> Self {
        self.add(report);
        self
    }

    /// Adds the sections of a report at the end.
    pub fn add(&mut self, report: impl Report) {
        self.sections.extend(report.sections());
    }
}

/// A heading with what stands under it.
///
/// ```
/// use pacioli::report::{Column, Document, Section, Table};
///
/// let tills = Section::new("Tills").note("Counted at noon.").table(Table::new([Column::left("Till")]));
/// assert_eq!(tills.blocks.len(), 2);
/// assert!(tills.to_string().starts_with("Tills"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Section {
    /// What it is called.
    pub heading: String,
    /// What stands under it, in order.
    pub blocks: Vec<Block>,
}

/// Part of a section.
///
/// ```
/// use pacioli::report::{Block, Column, Section, Table};
///
/// let section = Section::new("Tills").note("Counted at noon.").table(Table::new([Column::left("Till")]));
/// let notes = section.blocks.iter().filter(|block| matches!(block, Block::Note(_))).count();
/// assert_eq!((notes, section.blocks.len()), (1, 2));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Block {
    /// A sentence.
    Note(String),
    /// Rows of cells.
    Table(Table),
    /// A balance over time; HTML draws it, text and CSV leave it out.
    Curve(Curve),
}

impl Section {
    /// A section with nothing under its heading.
    pub fn new(heading: impl Into<String>) -> Self {
        Self { heading: heading.into(), blocks: Vec::new() }
    }

    /// Adds a sentence.
    #[must_use]
    pub fn note(self, note: impl Into<String>) -> Self {
        self.block(Block::Note(note.into()))
    }

    /// Adds a table.
    #[must_use]
    pub fn table(self, table: Table) -> Self {
        self.block(Block::Table(table))
    }

    /// Adds a curve.
    #[must_use]
    pub fn curve(self, curve: Curve) -> Self {
        self.block(Block::Curve(curve))
    }

    fn block(mut self, block: Block) -> Self {
        self.blocks.push(block);
        self
    }
}

/// So that a report can be shown and kept.
impl<R: Report + ?Sized> Report for &R {
    fn sections(&self) -> Vec<Section> {
        (**self).sections()
    }
}

/// A section is a report of its own.
impl Report for Section {
    fn sections(&self) -> Vec<Section> {
        vec![self.clone()]
    }
}

/// On which side of its column a cell stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Align {
    /// Texts.
    Left,
    /// Figures.
    Right,
}

/// A column of a table.
///
/// ```
/// use pacioli::report::{Align, Column};
///
/// assert_eq!((Column::left("Till").align, Column::right("Takings").align), (Align::Left, Align::Right));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Column {
    /// What stands above it.
    pub head: String,
    /// Where its cells stand.
    pub align: Align,
}

impl Column {
    /// A column of texts.
    pub fn left(head: impl Into<String>) -> Self {
        Self { head: head.into(), align: Align::Left }
    }

    /// A column of figures.
    pub fn right(head: impl Into<String>) -> Self {
        Self { head: head.into(), align: Align::Right }
    }
}

/// Rows of cells under the same columns.
///
/// Invariant: every row has as many cells as there are columns.
///
/// ```
/// use pacioli::report::{Cell, Column, Section, Table};
///
/// let mut table = Table::new([Column::left("Till"), Column::right("Customers")]);
/// table.row([Cell::text("Town"), Cell::Count(12)]);
/// table.row([Cell::text("Beach"), Cell::Count(30)]);
/// table.total([Cell::text("All"), Cell::Count(42)]);
/// assert_eq!((table.rows().len(), table.rows()[2].is_total()), (3, true));
/// assert_eq!(table.rows()[2].cells()[1].shown(), "42");
/// println!("{}", Section::new("Today").table(table));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Table {
    columns: Vec<Column>,
    rows: Vec<Row>,
}

/// A row of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    cells: Vec<Cell>,
    total: bool,
}

impl Row {
    /// Its cells, one for each column.
    pub fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// Whether it sums up what stands above it.
    pub const fn is_total(&self) -> bool {
        self.total
    }
}

impl Table {
    /// A table without rows.
    pub fn new(columns: impl IntoIterator<Item = Column>) -> Self {
        Self { columns: columns.into_iter().collect(), rows: Vec::new() }
    }

    /// Adds a row; empty cells stand in for those that are missing, and cells beyond the last column are left out.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.push(cells, false);
    }

    /// Adds a row that sums up those above it.
    pub fn total(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.push(cells, true);
    }

    fn push(&mut self, cells: impl IntoIterator<Item = Cell>, total: bool) {
        let mut cells: Vec<Cell> = cells.into_iter().collect();
        cells.resize(self.columns.len(), Cell::Empty);
        self.rows.push(Row { cells, total });
    }

    /// The columns.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The rows, in order.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }
}

/// What stands in one place of a table.
///
/// ```
/// use pacioli::{Zone, money::Currency, report::Cell};
///
/// assert_eq!(Cell::money(Currency::KES.money("12.5")?, 2).shown(), "12.50");
/// assert_eq!(Cell::optional(None::<String>).shown(), "");
/// let noon = Cell::time("2026-11-22T12:00:00Z".parse()?, &Zone::named("Africa/Nairobi")?);
/// assert!(noon.shown().starts_with("2026-11-22 15:00"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Cell {
    /// Nothing.
    Empty,
    /// A text, of anybody's.
    Text(String),
    /// A number of things.
    Count(u64),
    /// A sum, shown to people with at least this many decimals, and to programs with all of its currency's.
    Money {
        /// The sum.
        money: Money,
        /// How many decimals people see at least.
        scale: u8,
    },
    /// An instant, shown to people in a zone, and to programs in UTC.
    Time {
        /// The instant.
        at: Timestamp,
        /// The zone.
        zone: Zone,
    },
}

impl Cell {
    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A text, or nothing.
    pub fn optional(text: Option<impl Into<String>>) -> Self {
        text.map_or(Self::Empty, |text| Self::Text(text.into()))
    }

    /// A sum, at the number of decimals that its book shows.
    pub const fn money(money: Money, scale: u8) -> Self {
        Self::Money { money, scale }
    }

    /// An instant, to be shown in a zone.
    pub fn time(at: Timestamp, zone: &Zone) -> Self {
        Self::Time { at, zone: zone.clone() }
    }

    /// As people see it.
    pub fn shown(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) => text.clone(),
            Self::Count(count) => count.to_string(),
            Self::Money { money, scale } => money.text_at_scale(*scale),
            Self::Time { at, zone } => zone.time_of(*at),
        }
    }
}
