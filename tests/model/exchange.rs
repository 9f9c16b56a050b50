//! How the naive ledger exchanges: both sums by long division, each balancing in its own book.

use pacioli::money::{Amount, Currency, ExchangeRate, Rounding};
use pacioli::{Account, Book, Exchange, Exchanged, ExchangedSide, Rejection, Role, Side, SystemAccount};

use super::arithmetic::{amount, multiplied_and_divided, rounded};
use super::movements::system;
use super::naive::{Judged, Line, Naive, positive};

impl Naive {
    /// The book of the account that is bought into.
    pub fn other_book(&self, book: &Book, destination: &Account) -> Judged<&Book> {
        if destination.book == book.id {
            return Err(Rejection::ExchangeWithinBook { book: book.id });
        }
        let other = self.book(destination.book)?;
        if other.mode == book.mode { Ok(other) } else { Err(Rejection::ModeMismatch { one: book.id, other: other.id }) }
    }
}

/// Both sums: the one named, and the one that follows.
pub fn sums(given: &Exchange, from: Currency, to: Currency) -> Judged<Exchanged> {
    let rate = given.rate.ok_or(Rejection::RateRequired { from, to })?;
    let (units, per) = rate.as_ratio();
    let (named, follows) = match given.named {
        ExchangedSide::Sold => {
            let named = positive(given.money, from)?;
            (named, worth(named, (from.scale(), to.scale()), (units, per), given.rounding))
        }
        ExchangedSide::Bought => {
            let named = positive(given.money, to)?;
            (named, worth(named, (to.scale(), from.scale()), (per, units), given.rounding))
        }
    };
    if follows > Amount::MAX.signed() {
        return Err(Rejection::AmountTooLarge);
    }
    if follows == 0 {
        return Err(Rejection::NothingExchanged { given: named });
    }
    let (sold, bought) = match given.named {
        ExchangedSide::Sold => (named, follows),
        ExchangedSide::Bought => (follows, named),
    };
    let (sold, bought) = (amount(sold), amount(bought));
    Ok(Exchanged { sold, bought, named: given.named, rate, rounding: given.rounding })
}

/// So many minor units at one scale, in minor units at another.
fn worth(minor: i128, (from, to): (u8, u8), (units, per): (u64, u64), rounding: Rounding) -> i128 {
    let times = i128::from(units) * 10i128.pow(to.into());
    let by = i128::from(per) * 10i128.pow(from.into());
    let (down, rest) = multiplied_and_divided(minor, times, by);
    rounded(down, rest, by, rounding)
}

/// Both halves, against the books' positions.
pub fn lines(source: &Account, destination: &Account, (book, other): (&Book, &Book), sums: &Exchanged) -> Vec<Line> {
    let (sold, bought) = (sums.sold.signed(), sums.bought.signed());
    let position = |book| system(book, SystemAccount::FxPosition);
    vec![
        Line::posted(source.id, Side::Debit, Role::Principal, sold),
        Line::posted(position(book), Side::Credit, Role::Position, sold),
        Line::posted(position(other), Side::Debit, Role::Position, bought),
        Line::posted(destination.id, Side::Credit, Role::Principal, bought),
    ]
}

/// The rates of these worlds.
pub const RATES: [&str; 8] = ["129.5", "1/130", "1", "0.0077", "1/3", "1000000", "0.000001", "2/7"];

pub fn rate(text: &str) -> ExchangeRate {
    text.parse().expect("a rate")
}
