//! Payouts: one with its items, or those of a book with their sums.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::document::{Cell, Column, Report, Section, Table};
use super::period::Period;
use super::text::write_sections;
use crate::ledger::{Error, Listing, PayoutFilter, View, Zone};
use crate::model::{
    AccountId, AccountNumber, Beneficiary, BookId, ClientId, Payout, PayoutId, PayoutItem, PayoutItemId,
    PayoutItemState, PayoutState, Provider, Sequence, Timestamp, TrackingId,
};
use crate::money::{Amount, Currency, Money};

/// What became of the sums of payouts.
///
/// Invariant: `paid`, `failed`, `cancelled` and `pending` together are `total`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PayoutSums {
    /// How many items there are.
    pub items: u64,
    /// What the beneficiaries were to get.
    pub total: Money,
    /// What they were paid, returned since or not.
    pub paid: Money,
    /// What could not be paid.
    pub failed: Money,
    /// What was called off.
    pub cancelled: Money,
    /// What has not come to its end.
    pub pending: Money,
    /// What of the paid sum came back.
    pub returned: Money,
    /// What the items cost by the tariff.
    pub charge_estimate: Money,
    /// What the items paid have cost, less what was given back with returned ones.
    pub actual_charges: Money,
}

impl PayoutSums {
    /// Whether every sum was paid, or failed, or was called off, or is pending: `paid + failed + cancelled + pending =
    /// total`.
    pub const fn is_whole(&self) -> bool {
        let ends = self.paid.minor() + self.failed.minor() + self.cancelled.minor() + self.pending.minor();
        ends == self.total.minor()
    }
}

/// A payout with its items, at one moment.
///
/// Invariant: `sums` are those of the items, and `states` add up to them; the payout's own record has the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PayoutReport {
    /// The payout.
    pub payout: PayoutId,
    /// What the world outside calls it.
    pub tracking_id: TrackingId,
    /// The last entry that counts.
    pub at: Sequence,
    /// When that was recorded.
    pub recorded_at: Timestamp,
    /// Whose money it is.
    pub client: ClientId,
    /// The account that pays.
    pub source: AccountId,
    /// The number that people call that by.
    pub source_number: AccountNumber,
    /// The book.
    pub book: BookId,
    /// Its name.
    pub book_name: String,
    /// Its currency.
    pub currency: Currency,
    /// Who carries it out.
    pub provider: Provider,
    /// Where it stands.
    pub state: PayoutState,
    /// Why it was cancelled or ended, if that was said.
    pub reason: Option<String>,
    /// How many signatures it has.
    pub signatures: u64,
    /// How many it needs.
    pub signatures_needed: u16,
    /// When it was initiated.
    pub initiated_at: Timestamp,
    /// From when on it can no longer be approved.
    pub expires_at: Timestamp,
    /// The zone in which times are shown.
    pub zone: Zone,
    /// Its items, in order.
    pub items: Vec<PayoutLine>,
    /// The items by where they stand, of those that there are.
    pub states: Vec<StateTotal>,
    /// What became of the items.
    pub sums: PayoutSums,
    /// How many fraction digits the book shows figures with.
    pub text_scale: u8,
}

/// An item of a payout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PayoutLine {
    /// Its identifier, with its number from 1.
    pub item: PayoutItemId,
    /// What the provider calls it.
    pub request_reference_id: TrackingId,
    /// Whom it pays: an account's number, or the party outside as the journal shows it.
    pub beneficiary: String,
    /// The beneficiary's name, if known.
    pub name: Option<String>,
    /// The caller's own name for it.
    pub reference: Option<String>,
    /// How much the beneficiary gets.
    pub amount: Money,
    /// What it costs by the tariff.
    pub charge_estimate: Money,
    /// What it has cost, once it is paid; a charge given back since is still there.
    pub actual_charge: Option<Money>,
    /// Where it stands.
    pub state: PayoutItemState,
    /// The provider's code for what became of it.
    pub code: Option<String>,
    /// Why it failed, was called off or came back, if that was said.
    pub reason: Option<String>,
    /// The entry that paid it.
    pub settled_in: Option<Sequence>,
    /// When it was last changed.
    pub changed_at: Timestamp,
}

/// The items of a payout that stand the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct StateTotal {
    /// Where they stand.
    pub state: PayoutItemState,
    /// How many there are.
    pub count: u64,
    /// The sum of their amounts.
    pub sum: Money,
}

/// The payouts of a book that were initiated in a period, with what has become of them since.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Payouts {
    /// The book.
    pub book: BookId,
    /// Its name.
    pub name: String,
    /// Its currency.
    pub currency: Currency,
    /// The last entry that counts.
    pub at: Sequence,
    /// When that was recorded.
    pub recorded_at: Timestamp,
    /// The period, of which the time of recording counts.
    pub period: Period,
    /// The payouts, in the order of initiation.
    pub payouts: Vec<PayoutRow>,
    /// What became of all of them.
    pub sums: PayoutSums,
    /// How many fraction digits the book shows figures with.
    pub text_scale: u8,
}

/// A payout without its items.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PayoutRow {
    /// The payout.
    pub payout: PayoutId,
    /// What the world outside calls it.
    pub tracking_id: TrackingId,
    /// Whose money it is.
    pub client: ClientId,
    /// The account that pays.
    pub source: AccountId,
    /// Who carries it out.
    pub provider: Provider,
    /// Where it stands.
    pub state: PayoutState,
    /// When it was initiated.
    pub initiated_at: Timestamp,
    /// What became of its items.
    #[serde(flatten)]
    pub sums: PayoutSums,
}

/// Sums in the making, in minor units.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    items: u64,
    total: i128,
    paid: i128,
    failed: i128,
    cancelled: i128,
    pending: i128,
    returned: i128,
    charge_estimate: i128,
    actual_charges: i128,
}

impl Sums {
    /// What a payout's record says.
    fn of_record(payout: &Payout) -> Self {
        Self {
            items: payout.items.into(),
            total: payout.total.signed(),
            paid: payout.paid_total.signed(),
            failed: payout.failed_total.signed(),
            cancelled: payout.cancelled_total.signed(),
            pending: payout.pending_total().signed(),
            returned: payout.returned_total.signed(),
            charge_estimate: payout.charge_estimate.signed(),
            actual_charges: payout.actual_charges.signed(),
        }
    }

    /// What a payout's items say. Whether a charge was given back with an item is told by the record alone.
    fn of_items(payout: &Payout, items: &[PayoutItem]) -> Self {
        let begun = Self { actual_charges: payout.actual_charges.signed(), ..Self::default() };
        items.iter().fold(begun, |mut sums, item| {
            let amount = item.amount.signed();
            sums.items += 1;
            sums.total += amount;
            sums.charge_estimate += item.charge.total().map_or(0, Amount::signed);
            match item.state {
                PayoutItemState::Pending | PayoutItemState::Processing | PayoutItemState::Unknown => {
                    sums.pending += amount;
                }
                PayoutItemState::Successful => sums.paid += amount,
                PayoutItemState::Returned => {
                    sums.paid += amount;
                    sums.returned += amount;
                }
                PayoutItemState::Failed => sums.failed += amount,
                PayoutItemState::Cancelled => sums.cancelled += amount,
            }
            sums
        })
    }

    /// Cannot overflow: each is below 2^96, and there are fewer payouts than 2^31.
    fn plus(self, other: Self) -> Self {
        Self {
            items: self.items + other.items,
            total: self.total + other.total,
            paid: self.paid + other.paid,
            failed: self.failed + other.failed,
            cancelled: self.cancelled + other.cancelled,
            pending: self.pending + other.pending,
            returned: self.returned + other.returned,
            charge_estimate: self.charge_estimate + other.charge_estimate,
            actual_charges: self.actual_charges + other.actual_charges,
        }
    }

    fn shown(self, currency: Currency) -> Result<PayoutSums, Error> {
        Ok(PayoutSums {
            items: self.items,
            total: currency.minor(self.total)?,
            paid: currency.minor(self.paid)?,
            failed: currency.minor(self.failed)?,
            cancelled: currency.minor(self.cancelled)?,
            pending: currency.minor(self.pending)?,
            returned: currency.minor(self.returned)?,
            charge_estimate: currency.minor(self.charge_estimate)?,
            actual_charges: currency.minor(self.actual_charges)?,
        })
    }
}

impl PayoutReport {
    /// A payout with its items. Times are shown in `zone`.
    ///
    /// Reads the payout and each of its items, of which there are at most 500.
    ///
    /// ```no_run
    /// use pacioli::report::PayoutReport;
    /// use pacioli::{Ledger, PayoutId, Zone};
    ///
    /// let ledger = Ledger::open("shop.redb")?;
    /// let report = PayoutReport::of(&ledger.view()?, PayoutId(1), &Zone::named("Africa/Nairobi")?)?;
    /// assert!(report.sums.is_whole());
    /// println!("{report}");
    /// # Ok::<(), pacioli::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`BatchNotFound`](crate::Rejection::BatchNotFound) when there is no such payout.
    pub fn of(view: &View, payout: PayoutId, zone: &Zone) -> Result<Self, Error> {
        let found = view.payout(payout)?;
        let (payout, items) = (found.payout, found.items);
        let (book, currency) = (view.book(payout.book)?, payout.currency);
        let mut states: BTreeMap<PayoutItemState, (u64, i128)> = BTreeMap::new();
        for item in &items {
            let (count, sum) = states.entry(item.state).or_default();
            *count += 1;
            *sum += item.amount.signed();
        }
        let states = states.into_iter();
        let states = states.map(|(state, (count, sum))| Ok(StateTotal { state, count, sum: currency.minor(sum)? }));
        Ok(Self {
            at: view.sequence(),
            recorded_at: view.recorded_at(),
            states: states.collect::<Result<_, Error>>()?,
            sums: Sums::of_items(&payout, &items).shown(currency)?,
            items: items.into_iter().map(|item| line(item, currency)).collect(),
            payout: payout.id,
            tracking_id: payout.tracking_id,
            client: payout.client,
            source: payout.source,
            source_number: payout.source.number(),
            book: book.id,
            book_name: book.name,
            currency,
            provider: payout.provider,
            state: payout.state,
            reason: payout.reason,
            // Each of a few dozen devices signs once.
            signatures: payout.approvals.len() as u64,
            signatures_needed: payout.approvers.needed,
            initiated_at: payout.initiated_at,
            expires_at: payout.expires_at,
            zone: zone.clone(),
            text_scale: book.text_scale,
        })
    }
}

fn line(item: PayoutItem, currency: Currency) -> PayoutLine {
    // A charge that was held is within the range of amounts.
    let charge = |charge: crate::model::Charge| currency.amount(charge.total().unwrap_or_default());
    PayoutLine {
        item: item.id,
        request_reference_id: item.request_reference_id,
        beneficiary: match &item.beneficiary {
            Beneficiary::External(party) => party.display.clone(),
            Beneficiary::Account(account) => account.number().to_string(),
        },
        name: item.name,
        reference: item.reference,
        amount: currency.amount(item.amount),
        charge_estimate: charge(item.charge),
        actual_charge: item.actual_charge.map(charge),
        state: item.state,
        code: item.code,
        reason: item.reason,
        settled_in: item.settled_in,
        changed_at: item.changed_at,
    }
}

impl Payouts {
    /// The payouts of `book` that were initiated in `period`, with what has become of them at the view.
    ///
    /// Reads every payout of the ledger once, without its items.
    ///
    /// # Errors
    /// [`BookNotFound`](crate::Rejection::BookNotFound) when there is no such book; [`Error::Money`] when a sum is beyond
    /// [`Amount::MAX`](crate::money::Amount::MAX).
    pub fn of(view: &View, book: BookId, period: &Period) -> Result<Self, Error> {
        let book = view.book(book)?;
        let (mut payouts, mut all) = (Vec::new(), Sums::default());
        let mut listing = Listing::first(Listing::MOST);
        loop {
            let page = view.payouts(PayoutFilter::All, listing)?;
            for payout in page.items {
                if payout.book == book.id && period.holds(payout.initiated_at) {
                    let sums = Sums::of_record(&payout);
                    all = all.plus(sums);
                    payouts.push(row(payout, sums.shown(book.currency)?));
                }
            }
            let Some(next) = page.next else { break };
            listing = Listing::first(Listing::MOST).after(next);
        }
        Ok(Self {
            book: book.id,
            currency: book.currency,
            at: view.sequence(),
            recorded_at: view.recorded_at(),
            period: period.clone(),
            payouts,
            sums: all.shown(book.currency)?,
            text_scale: book.text_scale,
            name: book.name,
        })
    }
}

fn row(payout: Payout, sums: PayoutSums) -> PayoutRow {
    PayoutRow {
        payout: payout.id,
        tracking_id: payout.tracking_id,
        client: payout.client,
        source: payout.source,
        provider: payout.provider,
        state: payout.state,
        initiated_at: payout.initiated_at,
        sums,
    }
}

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
