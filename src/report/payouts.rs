//! The payouts of a book, with what has become of them.

use serde::Serialize;

use super::payout_sums::{PayoutSums, Sums};
use super::period::Period;
use crate::ledger::{Error, Listing, PayoutFilter, View};
use crate::model::{
    AccountId, BookId, ClientId, Payout, PayoutId, PayoutState, Provider, Sequence, Timestamp, TrackingId,
};
use crate::money::Currency;

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
