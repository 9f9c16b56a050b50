//! What exchanging has left in each book, and what that is worth in one currency.

use serde::Serialize;

use crate::ledger::error::Error;
use crate::ledger::view::View;
use crate::model::{AccountId, BookId, Mode, SystemAccount};
use crate::money::{Currency, ExchangeRate, Money, MoneyError, Rounding};
use crate::rules::Rejection;

/// What exchanging has left in a book: the balance of its FX position account, as the house sees it.
///
/// In the trial balance the account stands on the credit side while the house is long, and on the debit side while it is
/// short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Position {
    /// The book.
    pub book: BookId,
    /// Its name.
    pub name: String,
    /// Whether it keeps real money.
    pub mode: Mode,
    /// Its FX position account.
    pub account: AccountId,
    /// What clients have given of the book's currency for other currencies, in all: the account's credits.
    pub bought: Money,
    /// What clients have been given of it, in all: the account's debits.
    pub sold: Money,
    /// `bought` less `sold`: above zero, the house is long of the currency by so much; below, it is short.
    pub position: Money,
}

/// Positions, each converted into one currency. The sum of their values is what exchanging has gained, at these rates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Revaluation {
    /// Which books were looked at.
    pub mode: Mode,
    /// The currency that all is converted into.
    pub into: Currency,
    /// How each value was rounded.
    pub rounding: Rounding,
    /// The positions of the books of that mode, in the order of opening.
    pub positions: Vec<RevaluedPosition>,
    /// The sum of the values: above zero a gain, below a loss.
    pub gain: Money,
}

/// A position and what it is worth.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RevaluedPosition {
    /// The position.
    #[serde(flatten)]
    pub position: Position,
    /// The rate used; `None` where there is no position, so that none was needed.
    pub rate: Option<ExchangeRate>,
    /// What it is worth in the currency asked for.
    pub value: Money,
}

/// Positions.
impl View {
    /// What exchanging has left in each book, live and test, in the order of opening.
    ///
    /// # Errors
    /// When storage cannot be read.
    pub fn positions(&self) -> Result<Vec<Position>, Error> {
        let mut reader = self.reader();
        let mut positions = Vec::new();
        for book in self.books()? {
            let account = book.system(SystemAccount::FxPosition);
            let totals = reader.standing(account)?.balance;
            let (bought, sold) =
                (book.currency.amount(totals.credits_posted), book.currency.amount(totals.debits_posted));
            let position = bought.minus(sold)?;
            positions.push(Position {
                book: book.id,
                name: book.name,
                mode: book.mode,
                account,
                bought,
                sold,
                position,
            });
        }
        Ok(positions)
    }

    /// What the positions of the books of one mode are worth in one currency, at these rates; it changes nothing.
    ///
    /// A rate says how many units of `into` one unit of the currency beside it is worth. Positions in `into` itself, at
    /// whatever number of decimals, need none.
    ///
    /// # Errors
    /// [`RateRequired`](crate::Rejection::RateRequired) when there is a position without a rate; [`Error::Money`] when a
    /// value or the sum passes [`Amount::MAX`](crate::money::Amount::MAX) minor units.
    pub fn revaluation(
        &self,
        mode: Mode,
        into: Currency,
        rates: &[(Currency, ExchangeRate)],
        rounding: Rounding,
    ) -> Result<Revaluation, Error> {
        let of_mode = self.positions()?.into_iter().filter(|position| position.mode == mode);
        let positions: Vec<RevaluedPosition> =
            of_mode.map(|position| revalued(position, into, rates, rounding)).collect::<Result<_, Error>>()?;
        let gain = positions.iter().try_fold(into.zero(), |sum, position| sum.plus(position.value));
        let gain = gain.map_err(|_| MoneyError::OutOfRange)?;
        Ok(Revaluation { mode, into, rounding, positions, gain })
    }
}

fn revalued(
    position: Position,
    into: Currency,
    rates: &[(Currency, ExchangeRate)],
    rounding: Rounding,
) -> Result<RevaluedPosition, Error> {
    let held = position.position;
    if held.is_zero() {
        return Ok(RevaluedPosition { position, rate: None, value: into.zero() });
    }
    let from = held.currency();
    let known = rates.iter().find(|(currency, _)| currency.code() == from.code()).map(|(_, rate)| *rate);
    let rate = if from.code() == into.code() { Some(ExchangeRate::ONE) } else { known };
    let rate = rate.ok_or(Rejection::RateRequired { from, to: into })?;
    Ok(RevaluedPosition { position, rate: Some(rate), value: rate.convert(held, into, rounding)? })
}
