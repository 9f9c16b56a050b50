//! A trial balance as a report.

use std::fmt;

use crate::ledger::TrialBalance;
use crate::money::Money;
use crate::report::document::{Cell, Column, Report, Section, Table};
use crate::report::text::write_sections;

/// A heading and a table: one row for each type of account, and the sums.
impl fmt::Display for TrialBalance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_sections(self, f)
    }
}

/// One section.
impl Report for TrialBalance {
    fn sections(&self) -> Vec<Section> {
        let show = |money: Money| Cell::money(money, self.text_scale);
        let mut table = Table::new([
            Column::left("Class"),
            Column::left("Type"),
            Column::right("Accounts"),
            Column::right("Debits"),
            Column::right("Credits"),
        ]);
        for group in &self.groups {
            table.row([
                Cell::text(format!("{:?}", group.class)),
                Cell::text(group.account_type.code()),
                Cell::Count(group.accounts),
                show(group.debits),
                show(group.credits),
            ]);
        }
        let accounts: u64 = self.groups.iter().map(|group| group.accounts).sum();
        let verdict = if self.is_balanced() {
            "balanced".to_owned()
        } else {
            format!("off by {}", self.difference.text_at_scale(self.text_scale))
        };
        let sums = [Cell::text("Total"), Cell::text(verdict), Cell::Count(accounts), show(self.debits)];
        table.total(sums.into_iter().chain([show(self.credits)]));
        let heading = format!("Trial balance of {} ({}) after entry {}", self.name, self.currency.code(), self.at);
        vec![Section::new(heading).table(table)]
    }
}
