//! How the naive ledger exchanges: as it transfers, but for the books, and by long multiplication and division.

use pacioli::money::Rounding;
use pacioli::{
    AccountId, Effect, EntryKind, Event, Exchange, Exchanged, ExchangedSide, Operation, Posted, Rejection, Role, Side,
    SystemAccount, TransactionSource,
};

use super::arithmetic::{amount, multiplied_and_divided, rounded};
use super::limits::Moved;
use super::movements::{Written, in_business, not_in_future, system, within_limits};
use super::naive::{Judged, Line, Naive, Next, positive};
use super::texts;

impl Naive {
    pub fn exchange(&self, given: &Exchange, next: Next) -> Written {
        let service = self.usable(given.service, Operation::Exchange)?;
        let terms = &service.terms;
        let book = self.book(terms.book)?;
        let (source, destination) = (self.account(given.source)?, self.account(given.destination)?);
        if source.id == destination.id {
            return Err(Rejection::SameAccount { account: source.id });
        }
        self.owned(service, source.id, Some((source, destination)))?;
        self.in_book(source, book)?;
        if destination.book == book.id {
            return Err(Rejection::ExchangeWithinBook { book: book.id });
        }
        let other = self.book(destination.book)?;
        if book.mode != other.mode {
            return Err(Rejection::ModeMismatch { one: book.id, other: other.id });
        }
        in_business(source)?;
        in_business(destination)?;
        let (sold, bought) = sums(given, book.currency, other.currency)?;
        let narrated = given.details.as_ref().and_then(|details| details.narrative.as_ref());
        let narrated = narrated.is_some_and(|narrative| !narrative.trim().is_empty());
        if terms.narrative_required == Some(true) && !narrated {
            return Err(Rejection::NarrativeRequired);
        }
        texts::details(&given.details)?;
        not_in_future(given.effective_at, next)?;
        within_limits(terms, sold)?;
        let position = |book| system(book, SystemAccount::FxPosition);
        let line = |account: AccountId, side, role, minor| Line { account, side, role, minor };
        let mut lines = vec![
            line(source.id, Side::Debit, Role::Principal, sold),
            line(position(book), Side::Credit, Role::Position, sold),
            line(position(other), Side::Debit, Role::Position, bought),
            line(destination.id, Side::Credit, Role::Principal, bought),
        ];
        self.charge(service, book, (source.id, false), sold, &mut lines)?;
        let moved = Moved { operation: Operation::Exchange, account: source.id, book: book.id, minor: sold };
        self.within_limits(service, moved, next)?;
        let posted = Posted {
            operation: Operation::Exchange,
            kind: EntryKind::Exchange,
            source: TransactionSource::Internal,
            service: Some((service.id, service.version)),
            effective_at: given.effective_at,
            forced: false,
            reverses: None,
            effects: vec![Effect::Exchanged(Exchanged {
                sold: amount(sold),
                bought: amount(bought),
                named: given.named,
                rate: given.rate.expect("there are no sums without a rate"),
                rounding: given.rounding,
            })],
            details: given.details.clone(),
            crossed: Vec::new(),
        };
        Ok((Event::Posted(posted), self.posted(&lines, false, next)?))
    }
}

/// What is sold, and what is bought, in minor units.
fn sums(given: &Exchange, from: pacioli::money::Currency, to: pacioli::money::Currency) -> Judged<(i128, i128)> {
    let rate = given.rate.ok_or(Rejection::RateRequired { from, to })?;
    let (units, per) = rate.as_ratio();
    let (of, into, units, per) = match given.named {
        ExchangedSide::Sold => (from, to, units, per),
        ExchangedSide::Bought => (to, from, per, units),
    };
    let named = positive(given.money, of)?;
    let power = |scale: u8| 10_i128.pow(scale.into());
    let (times, by) = (i128::from(units) * power(into.scale()), i128::from(per) * power(of.scale()));
    let other = worth(named, times, by, given.rounding);
    if other > pacioli::money::Amount::MAX.signed() {
        return Err(Rejection::AmountTooLarge);
    }
    if other == 0 {
        return Err(Rejection::NothingExchanged { given: named });
    }
    Ok(match given.named {
        ExchangedSide::Sold => (named, other),
        ExchangedSide::Bought => (other, named),
    })
}

fn worth(minor: i128, times: i128, by: i128, rounding: Rounding) -> i128 {
    let (down, rest) = multiplied_and_divided(minor, times, by);
    rounded(down, rest, by, rounding)
}
