//! A client's accounts as a table for each book.

use std::fmt;

use crate::model::AccountStatus;
use crate::money::Money;
use crate::report::clients::{BookAccounts, ClientAccounts};
use crate::report::document::{Cell, Column, Report, Section, Table};
use crate::report::text::write_sections;

/// A table for each book.
impl fmt::Display for ClientAccounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_sections(self, f)
    }
}

/// A section for each book, or one that says that there are no accounts.
impl Report for ClientAccounts {
    fn sections(&self) -> Vec<Section> {
        let heading = format!("Accounts of client {} {}", self.code, self.name);
        if self.books.is_empty() {
            return vec![Section::new(heading.trim_end()).note("There are none.")];
        }
        let sections = self.books.iter().map(|book| {
            let note = format!("In {} ({}), after entry {}", book.name, book.currency.code(), self.at);
            Section::new(heading.trim_end()).note(note).table(book.table())
        });
        sections.collect()
    }
}

impl BookAccounts {
    fn table(&self) -> Table {
        let show = |money: Money| Cell::money(money, self.text_scale);
        let texts = ["Account", "Name", "Class", "Type", "Status"].map(Column::left);
        let figures = ["Current", "Available"].map(Column::right);
        let mut table = Table::new(texts.into_iter().chain(figures));
        for account in &self.accounts {
            table.row([
                Cell::text(account.number().to_string()),
                Cell::text(account.name.as_str()),
                Cell::text(format!("{:?}", account.class)),
                Cell::text(account.account_type.code()),
                Cell::text(status(account.status)),
                show(account.balance.current),
                show(account.balance.available),
            ]);
        }
        let empty = |count| std::iter::repeat_n(Cell::Empty, count);
        for total in &self.classes {
            let texts = [Cell::text("All"), Cell::Empty, Cell::text(format!("{:?}", total.class))];
            table.total(texts.into_iter().chain(empty(2)).chain([show(total.current), show(total.available)]));
        }
        table.total(std::iter::once(Cell::text("Held for the client")).chain(empty(4)).chain([show(self.held)]));
        table
    }
}

const fn status(status: AccountStatus) -> &'static str {
    match status {
        AccountStatus::Active => "active",
        AccountStatus::Inactive => "inactive",
        AccountStatus::Closed => "closed",
    }
}
