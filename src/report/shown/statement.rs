//! A statement as a report: its lines, and the balance over its range.

use std::fmt;

use crate::ledger::{ActivityLine, Axis, Statement};
use crate::model::Side;
use crate::money::Money;
use crate::report::curve::Curve;
use crate::report::document::{Cell, Column, Report, Section, Table};
use crate::report::period::Period;
use crate::report::text::write_sections;

/// A heading and a table: one row for each line, with the balance carried forward and the balance at the end. Times are
/// those of the statement's zone.
impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_sections(self, f)
    }
}

/// One section: the lines, and the curve of the balance if the statement has all lines of its range.
impl Report for Statement {
    fn sections(&self) -> Vec<Section> {
        let account = &self.account.account;
        let code = account.currency.code();
        let heading = format!("Statement of account {} {} ({code})", account.number(), account.name);
        let mut section = Section::new(heading).note(Period::of_statement(self).to_string());
        if let Some(curve) = Curve::of_statement(self) {
            section = section.curve(curve);
        }
        section = section.table(self.table());
        if self.filtered {
            section = section.note("Some kinds only; the balances and totals are those of all lines.");
        }
        if self.more.is_some() {
            section = section.note("There are more lines.");
        }
        vec![section]
    }
}

impl Statement {
    fn table(&self) -> Table {
        // Most accounts have all of their balance available, always.
        let parts =
            self.axis == Axis::Recorded && self.lines.iter().any(|line| line.available_balance != line.current_balance);
        let time = match self.axis {
            Axis::Recorded => "Recorded",
            Axis::Effective => "Effective",
        };
        let mut columns = vec![
            Column::right("No."),
            Column::left(time),
            Column::left("Kind"),
            Column::left("Narrative"),
            Column::right("Debit"),
            Column::right("Credit"),
            Column::right("Balance"),
        ];
        if parts {
            columns.push(Column::right("Available"));
        }
        let mut table = Table::new(columns);
        let empty = || Cell::Empty;
        let carried = |text: &str, (debits, credits), balance| {
            [empty(), empty(), empty(), Cell::text(text), debits, credits, self.show(balance)]
        };
        table.row(carried("Opening balance", (empty(), empty()), self.opening));
        self.lines.iter().for_each(|line| table.row(self.line(line, parts)));
        let sums = (self.show(self.debits), self.show(self.credits));
        table.total(carried("Closing balance", sums, self.closing));
        table
    }

    fn line(&self, line: &ActivityLine, parts: bool) -> Vec<Cell> {
        let (debit, credit) = match line.side {
            // What is reserved or given up moves nothing: it shows in what is available.
            _ if !line.stage.is_settled() => (Cell::Empty, Cell::Empty),
            Side::Debit => (self.show(line.amount), Cell::Empty),
            Side::Credit => (Cell::Empty, self.show(line.amount)),
        };
        let (at, balance) = match self.axis {
            Axis::Recorded => (line.recorded_at, self.show(line.current_balance)),
            // In this order the balances of the lines do not follow from one another.
            Axis::Effective => (line.effective_at, Cell::Empty),
        };
        let mut cells = vec![
            Cell::Count(line.number),
            Cell::time(at, &self.zone),
            Cell::text(line.kind.to_string()),
            Cell::optional(line.narrative.clone()),
            debit,
            credit,
            balance,
        ];
        if parts {
            cells.push(self.show(line.available_balance));
        }
        cells
    }

    const fn show(&self, money: Money) -> Cell {
        Cell::money(money, self.account.balance.text_scale)
    }
}
