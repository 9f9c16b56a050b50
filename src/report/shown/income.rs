//! Income and position as three tables.

use std::fmt;

use crate::model::AccountClass;
use crate::money::Money;
use crate::report::document::{Cell, Column, Report, Section, Table};
use crate::report::income::{Income, IncomeGroup};
use crate::report::text::write_sections;

/// Three tables: what moved, what was earned, and where that leaves the book.
impl fmt::Display for Income {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_sections(self, f)
    }
}

/// Three sections: what moved by account type, what was earned, and the position at the end.
impl Report for Income {
    fn sections(&self) -> Vec<Section> {
        let book = format!("{} ({})", self.name, self.currency.code());
        let period = self.period.to_string();
        vec![
            Section::new(format!("Movements of {book}")).note(period.clone()).table(self.movements()),
            Section::new(format!("Income of {book}")).note(period.clone()).table(self.earned()),
            Section::new(format!("Position of {book} at the end")).note(period).table(self.standing()),
        ]
    }
}

impl Income {
    const fn show(&self, money: Money) -> Cell {
        Cell::money(money, self.text_scale)
    }

    fn movements(&self) -> Table {
        let texts = ["Class", "Type"].map(Column::left);
        let figures = ["Accounts", "Opening", "Debits", "Credits", "Closing"].map(Column::right);
        let mut table = Table::new(texts.into_iter().chain(figures));
        for group in &self.groups {
            table.row([
                Cell::text(format!("{:?}", group.class)),
                Cell::text(group.account_type.code()),
                Cell::Count(group.accounts),
                self.show(group.opening),
                self.show(group.debits),
                self.show(group.credits),
                self.show(group.closing),
            ]);
        }
        let accounts = groups_total(&self.groups);
        let sums = [self.show(self.debits), self.show(self.credits), Cell::Empty];
        let total = [Cell::text("Total"), Cell::Empty, Cell::Count(accounts), Cell::Empty];
        table.total(total.into_iter().chain(sums));
        table
    }

    fn earned(&self) -> Table {
        let mut table = Table::new([Column::left("Type"), Column::right("Sum")]);
        for (class, word) in [(AccountClass::Income, ""), (AccountClass::Expense, "less ")] {
            for group in self.groups.iter().filter(|group| group.class == class) {
                let gain = self.currency.minor(group.gain(class.normal_side()));
                let gain = gain.map_or(Cell::Empty, |gain| self.show(gain));
                table.row([Cell::text(format!("{word}{}", group.account_type)), gain]);
            }
        }
        table.total([Cell::text("Income less expense"), self.show(self.net)]);
        let beside = [
            ("Tax on fees, owed more than before", self.tax),
            ("Bought by exchange", self.bought),
            ("Sold by exchange", self.sold),
        ];
        beside.into_iter().for_each(|(name, sum)| table.row([Cell::text(name), self.show(sum)]));
        table
    }

    fn standing(&self) -> Table {
        let mut table = Table::new([Column::left("Class"), Column::right("Accounts"), Column::right("Balance")]);
        let standing = |class| matches!(class, AccountClass::Asset | AccountClass::Liability | AccountClass::Equity);
        for held in self.position.iter().filter(|held| standing(held.class)) {
            let name = Cell::text(format!("{:?}", held.class));
            table.row([name, Cell::Count(held.accounts), self.show(held.balance)]);
        }
        table.row([Cell::text("Income less expense to date"), Cell::Empty, self.show(self.net_to_date)]);
        let verdict = if self.difference.is_zero() { "Balanced" } else { "Off by" };
        table.total([Cell::text(verdict), Cell::Empty, self.show(self.difference)]);
        table
    }
}

fn groups_total(groups: &[IncomeGroup]) -> u64 {
    groups.iter().map(|group| group.accounts).sum()
}
