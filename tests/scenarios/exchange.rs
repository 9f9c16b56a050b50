//! The verbs of exchanges and of closing periods.

use pacioli::ClosePeriod;
use pacioli::prelude::*;

use crate::runner::Words;

/// `buys` names the sum that is wanted instead of the one that is given.
pub(crate) fn exchange(
    words: &Words<'_>,
    (from, to): (AccountId, AccountId),
    service: ServiceId,
    sum: Money,
    key: String,
) -> Exchange {
    let exchange = match words.has("buys") {
        true => Exchange::buy(from, to, service, sum, key),
        false => Exchange::sell(from, to, service, sum, key),
    };
    match words.named("rate") {
        Some(rate) => exchange.at(rate.parse().unwrap()),
        None => exchange,
    }
}

pub(crate) fn close(words: &Words<'_>, book: BookId, key: String) -> ClosePeriod {
    ClosePeriod::new(book, instant(words.at(3)), key)
}

/// The instants that scenarios know, by the clock that stands still.
pub(crate) fn instant(word: &str) -> Timestamp {
    let text = match word {
        "yesterday" => "2026-11-21T08:30:00Z",
        "start" => "2026-11-22T08:30:00Z",
        "tomorrow" => "2026-11-23T08:30:00Z",
        "tomorrow+1" => "2026-11-24T08:30:00Z",
        other => panic!("{other} is not a time"),
    };
    text.parse().unwrap()
}
