//! A roll-up as a report.

use std::fmt;

use crate::ledger::{Rollup, RollupNode, Totals};
use crate::model::AccountPath;
use crate::money::Money;
use crate::report::document::{Cell, Column, Report, Section, Table};
use crate::report::text::write_sections;

/// A heading and a table: one row for each path, set in below the path that it stands under.
impl fmt::Display for Rollup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_sections(self, f)
    }
}

/// One section.
impl Report for Rollup {
    fn sections(&self) -> Vec<Section> {
        let mut table = Table::new([
            Column::left("Path"),
            Column::right("Accounts"),
            Column::right("Debits"),
            Column::right("Credits"),
        ]);
        rows(&self.root, 0, self.text_scale, &mut table);
        let heading = format!("Chart of {} ({}) after entry {}", self.name, self.currency.code(), self.at);
        vec![Section::new(heading).table(table)]
    }
}

fn rows(node: &RollupNode, depth: usize, scale: u8, table: &mut Table) {
    let show = |money: Money| Cell::money(money, scale);
    let name = match &node.path {
        None => "(the book)",
        Some(path) if depth == 0 => path.as_str(),
        Some(path) => path.segments().last().unwrap_or_default(),
    };
    let Totals { accounts, debit_balance, credit_balance, .. } = node.total;
    let name = format!("{}{name}", "  ".repeat(depth.min(AccountPath::SEGMENTS)));
    table.row([Cell::text(name), Cell::Count(accounts), show(debit_balance), show(credit_balance)]);
    for child in &node.children {
        rows(child, depth.saturating_add(1), scale, table);
    }
}
