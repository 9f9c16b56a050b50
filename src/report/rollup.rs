//! A roll-up as text.

use std::fmt;

use super::table::{Align, Table, plain};
use crate::ledger::{Rollup, RollupNode, Totals};
use crate::model::AccountPath;
use crate::money::Money;

/// A heading and a table: one row for each path, set in below the path that it stands under.
impl fmt::Display for Rollup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let book = plain(&self.name);
        writeln!(f, "Chart of {book} ({}) after entry {}", self.currency.code(), self.at)?;
        let mut table = Table::new([
            ("Path", Align::Left),
            ("Accounts", Align::Right),
            ("Debits", Align::Right),
            ("Credits", Align::Right),
        ]);
        rows(&self.root, 0, self.text_scale, &mut table);
        write!(f, "{table}")
    }
}

fn rows(node: &RollupNode, depth: usize, scale: u8, table: &mut Table<4>) {
    let show = |money: Money| money.text_at_scale(scale);
    let name = match &node.path {
        None => "(the book)",
        Some(path) if depth == 0 => path.as_str(),
        Some(path) => path.segments().last().unwrap_or_default(),
    };
    let Totals { accounts, debit_balance, credit_balance, .. } = node.total;
    let name = format!("{}{name}", "  ".repeat(depth.min(AccountPath::SEGMENTS)));
    table.row([name, accounts.to_string(), show(debit_balance), show(credit_balance)]);
    for child in &node.children {
        rows(child, depth.saturating_add(1), scale, table);
    }
}
