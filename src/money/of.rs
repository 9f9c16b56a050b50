//! Money whose currency the compiler knows: sums of two currencies do not compile.
//!
//! [`Of`] is a [`Money`] without its currency, which stands in the type and costs nothing. It serves the host's own
//! code; what crosses into the ledger is [`Money`], and every command takes either.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::allocation;
use super::amount::Amount;
use super::currency::{Currency, MoneyError};
use super::money::Money;
use super::rate::{Rate, Rounding};

/// A type that stands for one currency: those of ISO 4217 are in [`code`](crate::money::code), a host's own are
/// declared with [`declare_currency!`](crate::declare_currency) or by implementing this.
///
/// ```
/// use pacioli::money::{Currency, Of, Unit, code::KES};
///
/// fn label<C: Unit>(price: Of<C>) -> String {
///     format!("{} {}", price.text(), C::CURRENCY)
/// }
/// assert_eq!(KES::CURRENCY, Currency::KES);
/// assert_eq!(label(Of::<KES>::from_text("12.50")?), "12.50 KES");
/// # Ok::<(), pacioli::money::MoneyError>(())
/// ```
pub trait Unit {
    /// The currency that the type stands for.
    const CURRENCY: Currency;
}

/// A signed exact sum in the currency that the type `C` stands for: minor units from -[`Amount::MAX`] to
/// [`Amount::MAX`], both included. It is 16 bytes.
///
/// In serde, as [`Money`]: `{"amount":"1234.50","currency":"KES","scale":2}`; another currency or scale is refused.
///
/// ```
/// use pacioli::money::{Currency, MoneyError, Of, code::{KES, USD}};
///
/// let price: Of<KES> = "1234.50".parse()?;
/// let fee = Of::<KES>::from_minor(50)?;
/// assert_eq!(price.plus(fee)?.to_string(), "KES 1235.00");
/// assert_eq!(price.money(), Currency::KES.money("1234.50")?);
///
/// let paid = Currency::USD.money("3")?;
/// assert_eq!(Of::<USD>::try_from(paid)?.minor(), 300);
/// assert!(matches!(Of::<KES>::try_from(paid), Err(MoneyError::CurrencyMismatch { .. })));
/// # Ok::<(), MoneyError>(())
/// ```
///
/// Two currencies do not add up:
///
/// ```compile_fail,E0308
/// use pacioli::money::{Of, code::{KES, USD}};
///
/// let shillings = Of::<KES>::ZERO;
/// let dollars = Of::<USD>::ZERO;
/// let sum = shillings.plus(dollars);
/// ```
pub struct Of<C> {
    minor: i128,
    unit: PhantomData<fn() -> C>,
}

impl<C: Unit> Of<C> {
    /// No money.
    pub const ZERO: Self = Self::within(0);

    /// The currency that the type stands for.
    pub const CURRENCY: Currency = C::CURRENCY;

    /// The money that a text such as `1234.50`, `-3` or `+0.5` names, as [`Currency::money`] reads it.
    ///
    /// # Errors
    /// As [`Currency::money`].
    pub fn from_text(text: &str) -> Result<Self, MoneyError> {
        C::CURRENCY.money(text).map(|money| Self::within(money.minor()))
    }

    /// So many minor units.
    ///
    /// # Errors
    /// [`MoneyError::OutOfRange`] when further from zero than [`Amount::MAX`].
    pub const fn from_minor(minor: i128) -> Result<Self, MoneyError> {
        match C::CURRENCY.minor(minor) {
            Ok(_) => Ok(Self::within(minor)),
            Err(error) => Err(error),
        }
    }

    /// The money that a decimal of major units names.
    ///
    /// # Errors
    /// As [`Currency::decimal`].
    pub fn from_decimal(decimal: Decimal) -> Result<Self, MoneyError> {
        C::CURRENCY.decimal(decimal).map(|money| Self::within(money.minor()))
    }

    /// An amount as money of this currency.
    pub const fn from_amount(amount: Amount) -> Self {
        Self::within(amount.signed())
    }

    /// The same sum with its currency beside it, as the ledger takes it.
    ///
    /// ```
    /// use pacioli::prelude::*;
    /// use pacioli::money::{Of, code::KES};
    ///
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
    /// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
    /// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
    /// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
    /// // Every command takes it in place of `Money`.
    /// let price: Of<KES> = "96".parse()?;
    /// let sale = ledger.credit(Credit::new(wallet, moves, price, "sale-1"))?;
    /// assert_eq!(sale.activity().map(|line| line.amount), Some(price.money()));
    /// # Ok::<(), Error>(())
    /// ```
    pub const fn money(self) -> Money {
        match C::CURRENCY.minor(self.minor) {
            Ok(money) => money,
            // Never: the figure is within the range of money.
            Err(_) => C::CURRENCY.zero(),
        }
    }

    /// The figure without its currency, as totals are kept.
    ///
    /// # Errors
    /// [`MoneyError::Negative`] below zero.
    pub const fn amount(self) -> Result<Amount, MoneyError> {
        Amount::minor(self.minor)
    }

    /// The exact decimal of major units, at the scale of the currency.
    pub const fn to_decimal(self) -> Decimal {
        self.money().to_decimal()
    }

    /// The figure of major units with all decimals of the currency, without its code: `-3.00`.
    pub fn text(self) -> String {
        self.money().text()
    }

    /// The sum.
    ///
    /// ```
    /// use pacioli::money::{Of, code::KES};
    ///
    /// let (price, tax) = (Of::<KES>::from_minor(100_00)?, Of::<KES>::from_minor(16_00)?);
    /// assert_eq!((price.plus(tax)?.text(), tax.minus(price)?.text()), ("116.00".to_owned(), "-84.00".to_owned()));
    /// assert_eq!(Of::sum([price, tax, tax])?.text(), "132.00");
    /// # Ok::<(), pacioli::money::MoneyError>(())
    /// ```
    ///
    /// # Errors
    /// [`MoneyError::OutOfRange`] when the sum is further from zero than [`Amount::MAX`].
    pub const fn plus(self, other: Self) -> Result<Self, MoneyError> {
        // Cannot overflow: both are within 2^96 of zero.
        Self::from_minor(self.minor + other.minor)
    }

    /// The difference.
    ///
    /// # Errors
    /// As [`Of::plus`].
    pub const fn minus(self, other: Self) -> Result<Self, MoneyError> {
        self.plus(other.negated())
    }

    /// The sum of all.
    ///
    /// # Errors
    /// As [`Of::plus`], as soon as a sum on the way is out of range.
    pub fn sum(all: impl IntoIterator<Item = Self>) -> Result<Self, MoneyError> {
        all.into_iter().try_fold(Self::ZERO, Self::plus)
    }

    /// Splits it by the weights, losing nothing, as [`allocate`](crate::money::allocate) does.
    ///
    /// # Errors
    /// [`MoneyError::Negative`] below zero; else as [`allocate`](crate::money::allocate).
    ///
    /// ```
    /// use pacioli::money::{Amount, Of, code::KES};
    ///
    /// let weight = Amount::minor(1)?;
    /// let shares = Of::<KES>::from_text("1.00")?.allocate(&[weight, weight, weight])?;
    /// assert_eq!(shares.map_text(), ["0.34", "0.33", "0.33"]);
    /// # trait Texts { fn map_text(&self) -> Vec<String>; }
    /// # impl Texts for Vec<Of<KES>> { fn map_text(&self) -> Vec<String> { self.iter().map(|share| share.text()).collect() } }
    /// # Ok::<(), pacioli::money::MoneyError>(())
    /// ```
    pub fn allocate(self, weights: &[Amount]) -> Result<Vec<Self>, MoneyError> {
        Ok(allocation::allocate(self.amount()?, weights)?.into_iter().map(Self::from_amount).collect())
    }

    /// It times `part` divided by `whole`, rounded down, as [`proportion`](crate::money::proportion) does.
    ///
    /// ```
    /// use pacioli::money::{Amount, Of, code::KES};
    ///
    /// // A third of the fee is given back with a third of the price.
    /// let fee = Of::<KES>::from_text("1.00")?;
    /// assert_eq!(fee.proportion(Amount::minor(1)?, Amount::minor(3)?)?.text(), "0.33");
    /// # Ok::<(), pacioli::money::MoneyError>(())
    /// ```
    ///
    /// # Errors
    /// [`MoneyError::Negative`] below zero; else as [`proportion`](crate::money::proportion).
    pub fn proportion(self, part: Amount, whole: Amount) -> Result<Self, MoneyError> {
        allocation::proportion(self.amount()?, part, whole).map(Self::from_amount)
    }

    /// This rate of it, rounded as told.
    ///
    /// ```
    /// use pacioli::money::{Of, Rounding, code::KES};
    ///
    /// let price = Of::<KES>::from_text("123.00")?;
    /// assert_eq!(price.rated("1.5%".parse()?, Rounding::Up)?.text(), "1.85");
    /// # Ok::<(), pacioli::money::MoneyError>(())
    /// ```
    ///
    /// # Errors
    /// [`MoneyError::Negative`] below zero.
    pub fn rated(self, rate: Rate, rounding: Rounding) -> Result<Self, MoneyError> {
        Ok(Self::from_amount(rate.of(self.amount()?, rounding)))
    }
}

impl<C> Of<C> {
    /// The minor units are within the range of money.
    const fn within(minor: i128) -> Self {
        Self { minor, unit: PhantomData }
    }

    /// The signed count of minor units.
    pub const fn minor(self) -> i128 {
        self.minor
    }

    /// The same sum with the other sign.
    #[must_use]
    pub const fn negated(self) -> Self {
        // Cannot overflow: the range is the same on both sides of zero.
        Self::within(-self.minor)
    }

    /// Whether it is above zero.
    pub const fn is_positive(self) -> bool {
        self.minor > 0
    }

    /// Whether it is zero.
    pub const fn is_zero(self) -> bool {
        self.minor == 0
    }

    /// Whether it is below zero.
    pub const fn is_negative(self) -> bool {
        self.minor < 0
    }
}

// By hand, because deriving would ask the same of the type that only stands for a currency.

impl<C> Clone for Of<C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<C> Copy for Of<C> {}

impl<C> Default for Of<C> {
    /// No money.
    fn default() -> Self {
        Self::within(0)
    }
}

impl<C> PartialEq for Of<C> {
    fn eq(&self, other: &Self) -> bool {
        self.minor == other.minor
    }
}

impl<C> Eq for Of<C> {}

impl<C> PartialOrd for Of<C> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<C> Ord for Of<C> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.minor.cmp(&other.minor)
    }
}

impl<C> Hash for Of<C> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.minor.hash(state);
    }
}

impl<C: Unit> fmt::Debug for Of<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Of({self})")
    }
}

impl<C: Unit> fmt::Display for Of<C> {
    /// The code and the figure: `KES 1234.50`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.money().fmt(f)
    }
}

impl<C: Unit> FromStr for Of<C> {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        Self::from_text(text)
    }
}

impl<C: Unit> From<Of<C>> for Money {
    fn from(sum: Of<C>) -> Self {
        sum.money()
    }
}

impl<C: Unit> TryFrom<Money> for Of<C> {
    type Error = MoneyError;

    fn try_from(money: Money) -> Result<Self, MoneyError> {
        let (left, right) = (C::CURRENCY, money.currency());
        if left == right { Ok(Self::within(money.minor())) } else { Err(MoneyError::CurrencyMismatch { left, right }) }
    }
}

impl<C: Unit> TryFrom<Decimal> for Of<C> {
    type Error = MoneyError;

    fn try_from(decimal: Decimal) -> Result<Self, MoneyError> {
        Self::from_decimal(decimal)
    }
}

impl<C: Unit> From<Amount> for Of<C> {
    fn from(amount: Amount) -> Self {
        Self::from_amount(amount)
    }
}

impl<C: Unit> Serialize for Of<C> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.money().serialize(serializer)
    }
}

impl<'de, C: Unit> Deserialize<'de> for Of<C> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::try_from(Money::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// Declares types that stand for currencies of the host's own, for [`Of`](crate::money::Of).
///
/// A code or scale that cannot be does not compile.
///
/// ```
/// use pacioli::money::Of;
///
/// pacioli::declare_currency! {
///     /// Reward points.
///     pub Points = "POINTS", 0;
///     /// Shillings, kept with four decimals.
///     FineShillings = "KES", 4;
/// }
///
/// assert_eq!(Of::<Points>::from_text("250")?.to_string(), "POINTS 250");
/// assert_eq!(Of::<FineShillings>::from_text("0.0125")?.minor(), 125);
/// # Ok::<(), pacioli::money::MoneyError>(())
/// ```
///
/// ```compile_fail
/// pacioli::declare_currency! { Wrong = "wrong", 0; }
/// ```
#[macro_export]
macro_rules! declare_currency {
    ($($(#[$doc:meta])* $visibility:vis $name:ident = $code:literal, $scale:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $visibility enum $name {}

        impl $crate::money::Unit for $name {
            #[allow(clippy::panic)]
            const CURRENCY: $crate::money::Currency = match $crate::money::Currency::new($code, $scale) {
                Ok(currency) => currency,
                Err(_) => panic!("not a currency"),
            };
        }

        // An associated constant alone is judged only where it is used.
        const _: $crate::money::Currency = <$name as $crate::money::Unit>::CURRENCY;
    )*};
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::code::{JPY, KES, USD};
    use proptest::prelude::*;
    use std::hash::BuildHasher as _;

    #[test]
    fn the_currency_costs_nothing() {
        assert_eq!(size_of::<Of<KES>>(), size_of::<i128>());
        assert_eq!(Of::<JPY>::CURRENCY, Currency::JPY);
    }

    #[test]
    fn another_currency_or_scale_is_refused() {
        let left = Currency::KES;
        for right in [Currency::USD, left.with_scale(4).unwrap()] {
            let refused = Err(MoneyError::CurrencyMismatch { left, right });
            assert_eq!(Of::<KES>::try_from(right.zero()), refused);
            let json = serde_json::to_string(&right.zero()).unwrap();
            assert!(serde_json::from_str::<Of<KES>>(&json).is_err());
        }
    }

    #[test]
    fn it_reads_shows_and_stops_where_money_does() {
        let most = Of::<KES>::from_amount(Amount::MAX);
        assert_eq!(most.plus(most), Err(MoneyError::OutOfRange));
        assert_eq!(most.negated().minus(most), Err(MoneyError::OutOfRange));
        assert_eq!(Of::sum([most, most.negated(), most]), Ok(most));
        assert_eq!("1.005".parse::<Of<KES>>(), Err(MoneyError::TooManyDigits { digits: 3, scale: 2 }));
        let debt = Of::<KES>::from_text("-0.01").unwrap();
        assert_eq!(
            (debt.amount(), debt.to_string(), format!("{debt:?}")),
            (Err(MoneyError::Negative), "KES -0.01".to_owned(), "Of(KES -0.01)".to_owned())
        );
        assert!(debt < Of::ZERO && debt.is_negative() && debt.allocate(&[Amount::MAX]).is_err());
        assert_eq!(Of::<USD>::default(), Of::ZERO);
    }

    #[test]
    fn a_sum_is_below_at_or_above_zero_and_only_one_of_them() {
        for (minor, signs) in [(-1, [true, false, false]), (0, [false, true, false]), (1, [false, false, true])] {
            let sum = Of::<KES>::from_minor(minor).unwrap();
            assert_eq!([sum.is_negative(), sum.is_zero(), sum.is_positive()], signs, "{minor}");
        }
    }

    #[test]
    fn a_copy_is_the_same_sum_and_another_sum_is_not() {
        let (fare, fee) = (Of::<KES>::from_minor(5_000).unwrap(), Of::<KES>::from_minor(75).unwrap());
        assert_eq!(Some(&fare).cloned(), Some(fare));
        assert_ne!(fare, fee);
        let hasher = std::hash::BuildHasherDefault::<std::hash::DefaultHasher>::default();
        assert_eq!(hasher.hash_one(fare), hasher.hash_one(fee.plus(fare.minus(fee).unwrap()).unwrap()));
        assert_ne!(hasher.hash_one(fare), hasher.hash_one(fee));
        assert_eq!(Of::<KES>::from(fare.amount().unwrap()), fare);
    }

    #[test]
    fn parts_are_those_of_amounts() {
        let (part, whole) = (Amount::minor(1).unwrap(), Amount::minor(3).unwrap());
        let sum = Of::<KES>::from_minor(100).unwrap();
        assert_eq!(sum.proportion(part, whole).unwrap().minor(), 33);
        let shares = sum.allocate(&[part, part, part]).unwrap();
        assert_eq!(shares.iter().map(|share| share.minor()).collect::<Vec<_>>(), [34, 33, 33]);
        assert_eq!(sum.rated(Rate::percent_text("1.5").unwrap(), Rounding::Up).unwrap().minor(), 2);
    }

    proptest! {
        #[test]
        fn it_goes_in_and_out_as_money(minor in -Amount::MAX.signed()..=Amount::MAX.signed()) {
            let sum = Of::<KES>::from_minor(minor).unwrap();
            let money = Currency::KES.minor(minor).unwrap();
            prop_assert_eq!(Money::from(sum), money);
            prop_assert_eq!(Of::try_from(money), Ok(sum));
            prop_assert_eq!(Of::try_from(sum.to_decimal()), Ok(sum));
            prop_assert_eq!(sum.text().parse(), Ok(sum));
            let json = serde_json::to_string(&sum).unwrap();
            prop_assert_eq!(&json, &serde_json::to_string(&money).unwrap());
            prop_assert_eq!(serde_json::from_str::<Of<KES>>(&json).unwrap(), sum);
        }
    }
}
