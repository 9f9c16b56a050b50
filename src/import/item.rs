//! What the forms have in common: transactions, assertions, and the lines that they stand on.

use crate::money::Decimal;

/// An amount of a currency by its code; above zero for a debit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sum {
    pub amount: Decimal,
    pub code: String,
}

/// A line of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub account: String,
    pub sum: Sum,
    /// What the account has after it, by what the file says.
    pub asserted: Option<Asserted>,
}

/// What an account is said to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asserted {
    pub sum: Sum,
    /// Whether accounts below it count too.
    pub below: bool,
}

/// Something that a file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Item {
    Transaction {
        /// The file's own name for it.
        key: Option<String>,
        /// A day or an instant.
        date: String,
        narrative: Option<String>,
        parts: Vec<Part>,
        /// Whether it sets accounts up.
        opening: bool,
    },
    Balance {
        account: String,
        asserted: Asserted,
    },
}

/// An item, or why there is none, with its line.
pub(super) struct Found {
    pub line: u64,
    pub item: Result<Item, String>,
}

/// Items one after another.
pub(super) trait Items {
    /// The next item; `None` at the end.
    fn next(&mut self) -> Result<Option<Found>, std::io::Error>;
}

/// The account against which opening balances stand.
pub(super) const OPENING: &str = "Equity:Opening-Balances";

/// The transaction that opens an account with a balance.
pub(super) fn opening(account: String, sum: Sum, date: String) -> Item {
    let key = format!("opening {account} {}", sum.code);
    let against = Sum { amount: -sum.amount, code: sum.code.clone() };
    let parts =
        vec![Part { account, sum, asserted: None }, Part { account: OPENING.to_owned(), sum: against, asserted: None }];
    Item::Transaction { key: Some(key), date, narrative: Some("Opening balance".to_owned()), parts, opening: true }
}

/// The day from which opening balances count if none is named.
pub(super) const FIRST_DAY: &str = "1970-01-01";
