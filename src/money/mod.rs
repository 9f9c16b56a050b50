//! Money: currencies, exact amounts, rates and allocation. Uses nothing else of the crate.
//!
//! Inside the ledger a figure is an [`Amount`]: a whole number of minor units, never negative, that only `plus` and
//! `minus` change. [`Money`] is the way in and out: a signed figure with its [`Currency`], from and to text or
//! [`Decimal`], exact or refused. Rounding happens only where a [`Rounding`] is named ([`Rate::of`],
//! [`ExchangeRate::convert`]) or where the name says that it rounds down ([`proportion`]); [`allocate`] gives every unit
//! an owner.
//!
//! This layer reads no clock, uses no float, and cannot panic. It must not know what an account or a transaction is.
//!
//! Files in reading order: `currency` (codes and scales, and the errors of the layer), `iso` (the currencies of
//! ISO 4217), `amount`, `decimal` (digits to minor units and back), `money`, `rate`, `exchange`, `allocation`, `of`
//! (money whose currency the compiler knows).
//!
//! ```
//! use pacioli::money::{Currency, Rate, Rounding, allocate};
//!
//! let sale = Currency::KES.money("1234.50")?.amount()?;
//! let fee = Rate::percent_text("1.5")?.of(sale, Rounding::HalfEven);
//! assert_eq!(Currency::KES.amount(fee).to_string(), "KES 18.52");
//!
//! let shares = allocate(fee, &[sale, sale, sale])?;
//! assert_eq!(shares.iter().map(|share| share.signed()).collect::<Vec<_>>(), [618, 617, 617]);
//! # Ok::<(), pacioli::money::MoneyError>(())
//! ```

mod allocation;
mod amount;
mod currency;
mod decimal;
mod exchange;
mod iso;
#[expect(clippy::module_inception, reason = "the file is named for its noun, and so is the layer")]
mod money;
mod of;
mod rate;

pub use allocation::{allocate, proportion};
pub use amount::Amount;
pub use currency::{Currency, MoneyError};
pub use exchange::ExchangeRate;
pub use iso::code;
pub use money::Money;
pub use of::{Of, Unit};
pub use rate::{Rate, Rounding};
/// The exact decimal of `rust_decimal`, which figures may come in and go out as.
pub use rust_decimal::Decimal;
