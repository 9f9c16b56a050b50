//! A trial balance as text.

use std::fmt;

use super::table::{Align, Table, plain};
use crate::ledger::TrialBalance;
use crate::money::Money;

/// A heading and a table: one row for each type of account, and the sums.
impl fmt::Display for TrialBalance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let show = |money: Money| money.text_at_scale(self.text_scale);
        writeln!(f, "Trial balance of {} ({}) after entry {}", plain(&self.name), self.currency.code(), self.at)?;
        let mut table = Table::new([
            ("Class", Align::Left),
            ("Type", Align::Left),
            ("Accounts", Align::Right),
            ("Debits", Align::Right),
            ("Credits", Align::Right),
        ]);
        for group in &self.groups {
            table.row([
                format!("{:?}", group.class),
                group.account_type.to_string(),
                group.accounts.to_string(),
                show(group.debits),
                show(group.credits),
            ]);
        }
        table.rule();
        let accounts: u64 = self.groups.iter().map(|group| group.accounts).sum();
        let verdict =
            if self.is_balanced() { "balanced".to_owned() } else { format!("off by {}", show(self.difference)) };
        table.row(["Total".to_owned(), verdict, accounts.to_string(), show(self.debits), show(self.credits)]);
        write!(f, "{table}")
    }
}
