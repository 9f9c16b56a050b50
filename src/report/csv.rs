//! A document's tables as CSV.

use std::fmt;

use super::document::{Block, Cell, Document, Table};
use crate::export::Row as CsvRow;

/// A document as CSV; made by [`Document::csv`], written by its [`Display`](fmt::Display).
#[derive(Clone, Copy, Debug)]
pub struct Csv<'a> {
    document: &'a Document,
}

impl Document {
    /// All tables as one CSV file (RFC 4180) in which every row has the same number of cells: the section's heading, what
    /// the row is (`head`, `row` or `total`), and the cells of the table, with empty ones up to the widest.
    ///
    /// Figures have all decimals of their currency, times are in UTC; texts that a spreadsheet would take for a formula
    /// have an apostrophe before them. Notes and curves are left out.
    ///
    /// ```
    /// use pacioli::prelude::*;
    /// use pacioli::report::Document;
    ///
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
    /// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
    /// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
    /// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
    /// # ledger.credit(Credit::new(wallet, moves, book.money("100")?, "top-up-1"))?;
    /// let document = Document::new("Books").with(ledger.view()?.trial_balance(book.id)?);
    /// let csv = document.csv().to_string();
    /// assert!(csv.lines().any(|line| line.contains("WORKING") && line.ends_with("100.00")));
    /// # Ok::<(), Error>(())
    /// ```
    pub const fn csv(&self) -> Csv<'_> {
        Csv { document: self }
    }
}

impl<'a> Csv<'a> {
    fn tables(self) -> impl Iterator<Item = (&'a str, &'a Table)> {
        self.document.sections.iter().flat_map(|section| {
            let tables = section.blocks.iter().filter_map(|block| match block {
                Block::Table(table) => Some(table),
                Block::Note(_) | Block::Curve(_) => None,
            });
            tables.map(|table| (section.heading.as_str(), table))
        })
    }
}

impl fmt::Display for Csv<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widest = self.tables().map(|(_, table)| table.columns().len()).max().unwrap_or(0);
        for (heading, table) in self.tables() {
            let mut row = begun(heading, "head");
            table.columns().iter().for_each(|column| row.text(&column.head));
            write!(f, "{}", ended(row, widest.saturating_sub(table.columns().len())))?;
            for line in table.rows() {
                let mut row = begun(heading, if line.is_total() { "total" } else { "row" });
                line.cells().iter().for_each(|cell| write_cell(&mut row, cell));
                write!(f, "{}", ended(row, widest.saturating_sub(line.cells().len())))?;
            }
        }
        Ok(())
    }
}

fn begun(heading: &str, what: &str) -> CsvRow {
    let mut row = CsvRow::default();
    row.text(heading);
    row.text(what);
    row
}

fn ended(mut row: CsvRow, missing: usize) -> CsvRow {
    (0..missing).for_each(|_| row.cell(""));
    row
}

fn write_cell(row: &mut CsvRow, cell: &Cell) {
    match cell {
        Cell::Empty => row.cell(""),
        Cell::Text(text) => row.text(text),
        Cell::Count(count) => row.cell(count.to_string()),
        Cell::Money { money, .. } => row.cell(money.text()),
        Cell::Time { at, .. } => row.cell(at.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::document::{Column, Section};
    use super::*;
    use crate::money::Currency;

    #[test]
    fn every_row_is_as_wide_as_the_widest_table() {
        let mut narrow = Table::new([Column::left("Name")]);
        narrow.row([Cell::text("=1+1")]);
        let mut wide = Table::new([Column::left("A"), Column::right("B"), Column::right("C")]);
        wide.row([Cell::Empty, Cell::Count(2)]);
        wide.total([Cell::text("Sum"), Cell::money(Currency::KES.minor(-150).unwrap(), 0)]);
        let document = Document::new("t").with(Section::new("x").note("left out").table(narrow).table(wide));
        assert_eq!(
            document.csv().to_string(),
            "\"x\",\"head\",\"Name\",,\r\n\"x\",\"row\",\"'=1+1\",,\r\n\"x\",\"head\",\"A\",\"B\",\"C\"\r\n\
             \"x\",\"row\",,2,\r\n\"x\",\"total\",\"Sum\",-1.50,\r\n"
        );
    }
}
