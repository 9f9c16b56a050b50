//! Payouts as tables: the items of one and what became of them, and the payouts of a book.

use std::fmt;

use crate::money::Money;
use crate::report::document::{Cell, Column, Report, Section, Table};
use crate::report::payout::PayoutReport;
use crate::report::payout_sums::PayoutSums;
use crate::report::payouts::Payouts;
use crate::report::text::write_sections;

/// A table of the items, and one of the sums.
impl fmt::Display for PayoutReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_sections(self, f)
    }
}

/// One section with two tables: the items, and what became of their sums.
impl Report for PayoutReport {
    fn sections(&self) -> Vec<Section> {
        let heading = format!("Payout {} {} ({})", self.payout, self.tracking_id, self.currency.code());
        let time = |at| self.zone.time_of(at);
        let state = format!(
            "{}, {} of {} signatures, by {} from account {} in {}",
            self.state, self.signatures, self.signatures_needed, self.provider, self.source_number, self.book_name
        );
        let times = format!(
            "Initiated {}, to be approved before {}, {}; as it stood after entry {}",
            time(self.initiated_at),
            time(self.expires_at),
            self.zone,
            self.at
        );
        let mut section = Section::new(heading).note(state).note(times);
        if let Some(reason) = &self.reason {
            section = section.note(reason.clone());
        }
        vec![section.table(self.lines()).table(self.totals())]
    }
}

impl PayoutReport {
    fn lines(&self) -> Table {
        let show = |money: Money| Cell::money(money, self.text_scale);
        let texts = ["Beneficiary", "Name", "State", "Code", "Reason"].map(Column::left);
        let figures = ["Amount", "Estimate", "Charge"].map(Column::right);
        let mut table = Table::new([Column::right("No.")].into_iter().chain(texts).chain(figures));
        for line in &self.items {
            table.row([
                Cell::Count(line.item.number.into()),
                Cell::text(line.beneficiary.as_str()),
                Cell::optional(line.name.as_deref()),
                Cell::text(line.state.text()),
                Cell::optional(line.code.as_deref()),
                Cell::optional(line.reason.as_deref()),
                show(line.amount),
                show(line.charge_estimate),
                line.actual_charge.map_or(Cell::Empty, show),
            ]);
        }
        let empty = std::iter::repeat_n(Cell::Empty, 4);
        let figures = [self.sums.total, self.sums.charge_estimate, self.sums.actual_charges].map(show);
        let named = [Cell::Count(self.sums.items), Cell::text("Total")];
        table.total(named.into_iter().chain(empty).chain(figures));
        table
    }

    fn totals(&self) -> Table {
        let sums = [
            ("Paid", self.sums.paid),
            ("Failed", self.sums.failed),
            ("Cancelled", self.sums.cancelled),
            ("Pending", self.sums.pending),
        ];
        let show = |money: Money| Cell::money(money, self.text_scale);
        let mut table = Table::new([Column::left("What became of it"), Column::right("Sum")]);
        sums.into_iter().for_each(|(name, sum)| table.row([Cell::text(name), show(sum)]));
        table.total([Cell::text("Total"), show(self.sums.total)]);
        table.row([Cell::text("Returned, of what was paid"), show(self.sums.returned)]);
        table
    }
}

/// A table: one row for each payout, and the sums.
impl fmt::Display for Payouts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_sections(self, f)
    }
}

/// One section: a row for each payout, and the sums.
impl Report for Payouts {
    fn sections(&self) -> Vec<Section> {
        let texts = ["Payout", "Initiated", "Source", "Provider", "State"].map(Column::left);
        let figures = ["Items", "Total", "Paid", "Failed", "Cancelled", "Pending", "Returned", "Estimate", "Charges"];
        let mut table = Table::new(texts.into_iter().chain(figures.map(Column::right)));
        for payout in &self.payouts {
            let texts = [
                Cell::text(payout.payout.to_string()),
                Cell::time(payout.initiated_at, &self.period.zone),
                Cell::text(payout.source.number().to_string()),
                Cell::text(payout.provider.code()),
                Cell::text(payout.state.text()),
            ];
            table.row(texts.into_iter().chain(self.figures(&payout.sums)));
        }
        let empty = std::iter::repeat_n(Cell::Empty, 4);
        table.total(std::iter::once(Cell::text("Total")).chain(empty).chain(self.figures(&self.sums)));
        let heading = format!("Payouts of {} ({})", self.name, self.currency.code());
        vec![Section::new(heading).note(self.period.to_string()).table(table)]
    }
}

impl Payouts {
    fn figures(&self, sums: &PayoutSums) -> impl Iterator<Item = Cell> + use<> {
        let money = [
            sums.total,
            sums.paid,
            sums.failed,
            sums.cancelled,
            sums.pending,
            sums.returned,
            sums.charge_estimate,
            sums.actual_charges,
        ];
        let scale = self.text_scale;
        std::iter::once(Cell::Count(sums.items)).chain(money.into_iter().map(move |money| Cell::money(money, scale)))
    }
}
