//! What is outstanding as two tables: the sums by kind and age, and one by one.

use std::fmt;

use crate::money::Money;
use crate::report::document::{Cell, Column, Report, Section, Table};
use crate::report::outstanding::{Outstanding, OutstandingItem};
use crate::report::text::write_sections;

/// A table of what is outstanding, and one of the sums by kind and age.
impl fmt::Display for Outstanding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_sections(self, f)
    }
}

/// One section with two tables: the sums by kind and age, and what is outstanding, the oldest first.
impl Report for Outstanding {
    fn sections(&self) -> Vec<Section> {
        let heading = format!("Holds and clearing outstanding of {} ({})", self.name, self.currency.code());
        let as_of = format!("As of {}, {}", self.zone.time_of(self.as_of), self.zone);
        vec![Section::new(heading).note(as_of).table(self.by_age()).table(self.one_by_one())]
    }
}

impl Outstanding {
    const fn show(&self, money: Money) -> Cell {
        Cell::money(money, self.text_scale)
    }

    fn by_age(&self) -> Table {
        let texts = ["Kind", "Age"].map(Column::left);
        let mut table = Table::new(texts.into_iter().chain(["Count", "Left"].map(Column::right)));
        for bucket in &self.buckets {
            let texts = [bucket.kind.text(), bucket.age.text()].map(Cell::text);
            table.row(texts.into_iter().chain([Cell::Count(bucket.count), self.show(bucket.sum)]));
        }
        for total in &self.totals {
            let all = Cell::text("all ages");
            table.total([Cell::text(total.kind.text()), all, Cell::Count(total.count), self.show(total.sum)]);
        }
        table
    }

    fn one_by_one(&self) -> Table {
        let texts = ["Kind", "Number", "Accounts", "Since", "Due"].map(Column::left);
        let mut table = Table::new(texts.into_iter().chain(["Days", "Left"].map(Column::right)));
        for item in &self.items {
            let number = match (item.hold, item.payout) {
                (Some(hold), _) => hold.to_string(),
                (None, Some(payout)) => payout.to_string(),
                (None, None) => String::new(),
            };
            table.row([
                Cell::text(item.kind.text()),
                Cell::text(number),
                Cell::text(item.accounts()),
                Cell::time(item.since, &self.zone),
                item.due_at.map_or(Cell::Empty, |due_at| Cell::time(due_at, &self.zone)),
                Cell::Count(item.days),
                self.show(item.left),
            ]);
        }
        let empty = std::iter::repeat_n(Cell::Empty, 5);
        table.total(std::iter::once(Cell::text("Total")).chain(empty).chain([self.show(self.sum)]));
        table
    }
}

impl OutstandingItem {
    /// The clients' accounts that it concerns, or the book's where it concerns none of theirs.
    fn accounts(&self) -> String {
        let numbers = |owned: bool| {
            let mut numbers: Vec<String> = Vec::new();
            for line in self.lines.iter().filter(|line| line.client.is_some() == owned) {
                let number = line.number.to_string();
                if !numbers.contains(&number) {
                    numbers.push(number);
                }
            }
            numbers.join(" ")
        };
        let own = numbers(true);
        if own.is_empty() { numbers(false) } else { own }
    }
}
