//! Fees and tax as two tables: by service, and by account.

use std::fmt;

use crate::report::document::{Cell, Column, Report, Section, Table};
use crate::report::fees::{Charged, Fees};
use crate::report::text::write_sections;

/// Two tables: by service, and by account.
impl fmt::Display for Fees {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_sections(self, f)
    }
}

/// One section with two tables: by service, and by account.
impl Report for Fees {
    fn sections(&self) -> Vec<Section> {
        let heading = format!("Fees and tax of {} ({})", self.name, self.currency.code());
        let section = Section::new(heading).note(self.period.to_string());
        vec![section.table(self.by_service()).table(self.by_account())]
    }
}

const FIGURES: [&str; 5] = ["Charges", "Charged", "Refunds", "Refunded", "Net"];

impl Fees {
    fn figures(&self, sums: &Charged) -> [Cell; 5] {
        let show = |money| Cell::money(money, self.text_scale);
        let Charged { charges, charged, refunds, refunded, net } = *sums;
        [Cell::Count(charges), show(charged), Cell::Count(refunds), show(refunded), show(net)]
    }

    fn by_service(&self) -> Table {
        let texts = ["Service", "Name", "Kind"].map(Column::left);
        let mut table = Table::new(texts.into_iter().chain(FIGURES.map(Column::right)));
        for charged in &self.services {
            let texts = [charged.code.as_str(), charged.name.as_str(), charged.kind.text()].map(Cell::text);
            table.row(texts.into_iter().chain(self.figures(&charged.sums)));
        }
        self.totals(&mut table, 3);
        table
    }

    fn by_account(&self) -> Table {
        let texts = ["Account", "Name", "Type", "Kind"].map(Column::left);
        let mut table = Table::new(texts.into_iter().chain(FIGURES.map(Column::right)));
        for charged in &self.accounts {
            let number = charged.number.to_string();
            let texts = [number.as_str(), charged.name.as_str(), charged.account_type.code(), charged.kind.text()];
            table.row(texts.map(Cell::text).into_iter().chain(self.figures(&charged.sums)));
        }
        self.totals(&mut table, 4);
        table
    }

    fn totals(&self, table: &mut Table, texts: usize) {
        for (name, sums) in [("All fees", &self.fees), ("All tax", &self.taxes)] {
            let empty = std::iter::repeat_n(Cell::Empty, texts.saturating_sub(1));
            table.total(std::iter::once(Cell::text(name)).chain(empty).chain(self.figures(sums)));
        }
    }
}
