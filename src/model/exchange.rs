//! An exchange: what was given in one book, what was had for it in another, and at which rate.

use serde::{Deserialize, Serialize};

use crate::money::{Amount, ExchangeRate, Rounding};

/// Which side of an exchange the caller named; the other follows from the rate.
///
/// ```
/// use pacioli::prelude::*;
/// use pacioli::ExchangedSide;
///
/// # let ledger = Ledger::in_memory()?;
/// # let usd = ledger.open_book(NewBook::live("shop.usd", Currency::USD))?;
/// # let kes = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// # let dollars = ledger.open_account(NewAccount::new(client, usd.id, AccountType::WORKING))?.id;
/// # let shillings = ledger.open_account(NewAccount::new(client, kes.id, AccountType::WORKING))?.id;
/// # let forex = ledger.define_service(NewService::new(client, usd.id, "FOREX"))?.id;
/// # ledger.credit(Credit::new(dollars, forex, usd.money("50")?, "in-1"))?;
/// # let ten = Exchange::sell(dollars, shillings, forex, usd.money("10")?, "fx-1").at("129.50".parse()?);
/// # ledger.exchange(ten)?;
/// let buy = Exchange::buy(dollars, shillings, forex, kes.money("1295")?, "fx-2").at("129.50".parse()?);
/// let exchanged = ledger.exchange(buy)?.exchanged().ok_or("an exchange")?;
/// assert_eq!((exchanged.named, exchanged.sold), (ExchangedSide::Bought, usd.money("10")?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExchangedSide {
    /// What is given, in the source's currency.
    Sold,
    /// What is had for it, in the destination's currency.
    Bought,
}

/// What an exchange gave for what. Both sums are minor units, each of its own book's currency, and above zero.
///
/// Invariant, kept by `rules`: the side that was not named is the other at the rate, or at its inverse, rounded as said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchanged {
    /// What left the source, without the charge.
    pub sold: Amount,
    /// What reached the destination.
    pub bought: Amount,
    /// Which of the two the caller named.
    pub named: ExchangedSide,
    /// Units of the destination's currency for one unit of the source's.
    pub rate: ExchangeRate,
    /// How the other was rounded to minor units.
    pub rounding: Rounding,
}
