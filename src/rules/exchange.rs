//! The law of exchanges: money of one book for money of another, at a rate that the caller names.
//!
//! An exchange is a movement whose two halves meet in no account: each balances in its own book, against the book's FX
//! position. What the positions hold is what the house has gained or owes by exchanging.

use std::sync::Arc;

use super::command::Exchange;
use super::desk::{Desk, Refusal, Terms};
use super::lines::Line;
use super::rejection::Rejection;
use crate::model::{AccountId, Book, Exchanged, ExchangedSide, Role, SystemAccount};
use crate::money::{Amount, Currency, ExchangeRate};

/// The book of the account that is bought into: another than the source's, and of the same mode.
pub(super) fn other_book<'a>(desk: &'a Desk, book: &Book, destination: &Terms) -> Result<&'a Arc<Book>, Refusal> {
    if destination.book == book.id {
        return Err(Rejection::ExchangeWithinBook { book: book.id }.into());
    }
    let other = desk.book(destination.book)?;
    if other.mode != book.mode {
        return Err(Rejection::ModeMismatch { one: book.id, other: other.id }.into());
    }
    Ok(other)
}

/// Both sums of an exchange between currencies, given the one that the caller named.
pub(super) fn sums(
    given: &Exchange,
    rate: ExchangeRate,
    named: Amount,
    (from, to): (Currency, Currency),
) -> Result<Exchanged, Rejection> {
    let follows = match given.named {
        ExchangedSide::Sold => rate.convert(from.amount(named), to, given.rounding),
        ExchangedSide::Bought => rate.inverse().convert(to.amount(named), from, given.rounding),
    };
    let follows = follows.and_then(|sum| sum.amount()).map_err(|_| Rejection::AmountTooLarge)?;
    if follows.is_zero() {
        return Err(Rejection::NothingExchanged { given: named.signed() });
    }
    let (sold, bought) = match given.named {
        ExchangedSide::Sold => (named, follows),
        ExchangedSide::Bought => (follows, named),
    };
    Ok(Exchanged { sold, bought, named: given.named, rate, rounding: given.rounding })
}

/// The two halves, the source's first.
pub(super) fn lines(
    (source, destination): (AccountId, AccountId),
    (book, other): (&Book, &Book),
    exchanged: &Exchanged,
) -> [Line; 4] {
    let Exchanged { sold, bought, .. } = *exchanged;
    [
        Line::debit(source, Role::Principal, sold),
        Line::credit(book.system(SystemAccount::FxPosition), Role::Position, sold),
        Line::debit(other.system(SystemAccount::FxPosition), Role::Position, bought),
        Line::credit(destination, Role::Principal, bought),
    ]
}
