//! An account and what it holds, as text.

use std::fmt;

use crate::ledger::AccountView;
use crate::model::AccountStatus;
use crate::report::text::plain;

/// A few lines: what the account is, and its figures at the book's number of digits.
impl fmt::Display for AccountView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (account, balance) = (&self.account, &self.balance);
        let status = match account.status {
            AccountStatus::Active => "active",
            AccountStatus::Inactive => "inactive",
            AccountStatus::Closed => "closed",
        };
        let show = |money: crate::money::Money| money.text_at_scale(balance.text_scale);
        let figures = [
            ("Current", Some(show(balance.current))),
            ("Available", Some(show(balance.available))),
            ("Floor", balance.floor.map(show)),
            ("Spendable", balance.spendable.map(show)),
        ];
        let widest = figures.iter().filter_map(|(_, figure)| figure.as_ref()).map(String::len).max().unwrap_or(0);
        writeln!(f, "Account {} {} ({})", account.number(), plain(&account.name), account.account_type)?;
        write!(f, "Status  {status}")?;
        match &account.status_description {
            Some(reason) => writeln!(f, ": {}", plain(reason))?,
            None => writeln!(f)?,
        }
        for (name, figure) in figures {
            let figure = figure.unwrap_or_else(|| "none".to_owned());
            writeln!(f, "{name:<9} {figure:>widest$} {}", account.currency.code())?;
        }
        Ok(())
    }
}
