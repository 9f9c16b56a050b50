//! Money: a signed figure in one currency, the way in and out of the ledger.
//!
//! Exact from text, [`Decimal`] or minor units, and exact back. Totals are kept as [`Amount`].

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::amount::Amount;
use super::currency::{Currency, MoneyError};
use super::decimal;

/// A signed exact sum in one currency: minor units from -[`Amount::MAX`] to [`Amount::MAX`], both included.
///
/// In serde, `{"amount":"1234.50","currency":"KES","scale":2}`; as text, `KES 1234.50`, which is read too where the
/// currency is one of ISO 4217.
///
/// ```
/// use pacioli::money::{Currency, MoneyError};
///
/// let price = Currency::KES.money("1234.50")?;
/// assert_eq!(price.minor(), 123_450);
/// assert_eq!(price.to_string(), "KES 1234.50");
/// assert_eq!(
///     Currency::KES.money("1.005"),
///     Err(MoneyError::TooManyDigits { digits: 3, scale: 2 }),
/// );
/// # Ok::<(), MoneyError>(())
/// ```
///
/// Sums of one currency compare; of two sums in different currencies, none is the less.
///
/// ```
/// use pacioli::money::{Amount, Currency, MoneyError};
///
/// let (price, purse) = (Currency::KES.money("12")?, Currency::KES.money("9.50")?);
/// assert!(purse < price);
/// assert_eq!(price.partial_cmp(&Currency::USD.money("1")?), None);
/// assert_eq!(Currency::KES.sum([price, purse])?.to_string(), "KES 21.50");
/// assert_eq!(Amount::try_from(price)?.signed(), 12_00);
/// # Ok::<(), MoneyError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Money {
    minor: i128,
    currency: Currency,
}

/// Figures in this currency.
impl Currency {
    /// The money that a text such as `1234.50`, `-3` or `+0.5` names.
    ///
    /// The form is `[+-]?digits[.digits]`, in ASCII, and nothing else: no exponent, separators or spaces. Zeros beyond
    /// the scale are dropped; other digits there are refused, never rounded.
    ///
    /// ```
    /// use pacioli::money::{Currency, MoneyError};
    ///
    /// assert_eq!(Currency::KES.money("-12.5")?.minor(), -12_50);
    /// assert_eq!(Currency::KES.money("12.500")?.minor(), 12_50); // zeros are dropped
    /// assert_eq!(Currency::KES.money("1,000.00"), Err(MoneyError::NotANumber));
    /// # Ok::<(), MoneyError>(())
    /// ```
    ///
    /// # Errors
    /// In this order: [`MoneyError::NotANumber`] when the form is another; [`MoneyError::TooManyDigits`] when it has
    /// more decimals than the currency; [`MoneyError::OutOfRange`] beyond [`Amount::MAX`] minor units.
    pub fn money(self, text: &str) -> Result<Money, MoneyError> {
        self.minor(decimal::from_text(text, self.scale())?)
    }

    /// So many minor units of this currency.
    ///
    /// ```
    /// use pacioli::money::Currency;
    ///
    /// assert_eq!(Currency::KES.minor(12_50)?.to_string(), "KES 12.50");
    /// assert_eq!(Currency::JPY.minor(1_250)?.to_string(), "JPY 1250");
    /// # Ok::<(), pacioli::money::MoneyError>(())
    /// ```
    ///
    /// # Errors
    /// [`MoneyError::OutOfRange`] when further from zero than [`Amount::MAX`].
    pub const fn minor(self, minor: i128) -> Result<Money, MoneyError> {
        let most = Amount::MAX.signed();
        if minor < -most || minor > most {
            return Err(MoneyError::OutOfRange);
        }
        Ok(Money { minor, currency: self })
    }

    /// The money that a decimal of major units names: `1234.5` of KES is 123 450 minor units.
    ///
    /// Zeros beyond the scale are dropped; other digits there are refused, never rounded.
    ///
    /// ```
    /// use pacioli::money::{Currency, Decimal, MoneyError};
    ///
    /// let third = Decimal::new(125, 1); // 12.5
    /// assert_eq!(Currency::KES.decimal(third)?, Currency::KES.money("12.50")?);
    /// assert!(matches!(Currency::JPY.decimal(third), Err(MoneyError::TooManyDigits { .. })));
    /// # Ok::<(), MoneyError>(())
    /// ```
    ///
    /// # Errors
    /// [`MoneyError::TooManyDigits`] when it has more decimals than the currency; [`MoneyError::OutOfRange`] when it
    /// is beyond [`Amount::MAX`] minor units.
    pub fn decimal(self, decimal: Decimal) -> Result<Money, MoneyError> {
        self.minor(decimal::from_decimal(decimal, self.scale())?)
    }

    /// An amount as money of this currency.
    ///
    /// ```
    /// use pacioli::money::{Amount, Currency};
    ///
    /// assert_eq!(Currency::KES.amount(Amount::minor(12_50)?).to_string(), "KES 12.50");
    /// # Ok::<(), pacioli::money::MoneyError>(())
    /// ```
    pub const fn amount(self, amount: Amount) -> Money {
        Money { minor: amount.signed(), currency: self }
    }

    /// No money, of this currency.
    ///
    /// ```
    /// use pacioli::money::Currency;
    ///
    /// assert_eq!(Currency::KES.zero(), Currency::KES.money("0")?);
    /// # Ok::<(), pacioli::money::MoneyError>(())
    /// ```
    pub const fn zero(self) -> Money {
        self.amount(Amount::ZERO)
    }

    /// All of these together; nothing if there are none.
    ///
    /// ```
    /// use pacioli::money::{Currency, MoneyError};
    ///
    /// let kes = |text| Currency::KES.money(text);
    /// assert_eq!(Currency::KES.sum([kes("1.50")?, kes("2")?])?, kes("3.50")?);
    /// assert_eq!(Currency::KES.sum([])?, kes("0")?);
    /// assert!(matches!(Currency::USD.sum([kes("1")?]), Err(MoneyError::CurrencyMismatch { .. })));
    /// # Ok::<(), MoneyError>(())
    /// ```
    ///
    /// # Errors
    /// As [`Money::plus`], for the first that cannot be added.
    pub fn sum(self, sums: impl IntoIterator<Item = Money>) -> Result<Money, MoneyError> {
        sums.into_iter().try_fold(self.zero(), Money::plus)
    }
}

impl Money {
    /// The signed count of minor units.
    pub const fn minor(self) -> i128 {
        self.minor
    }

    /// The currency.
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// The figure without its currency, as totals are kept.
    ///
    /// ```
    /// use pacioli::money::{Amount, Currency, MoneyError};
    ///
    /// assert_eq!(Currency::KES.money("12.50")?.amount(), Amount::minor(12_50));
    /// assert_eq!(Currency::KES.money("-12.50")?.amount(), Err(MoneyError::Negative));
    /// # Ok::<(), MoneyError>(())
    /// ```
    ///
    /// # Errors
    /// [`MoneyError::Negative`] below zero.
    pub const fn amount(self) -> Result<Amount, MoneyError> {
        Amount::minor(self.minor)
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

    /// The exact decimal of major units, at the scale of the currency.
    ///
    /// ```
    /// use pacioli::money::{Currency, Decimal};
    ///
    /// assert_eq!(Currency::KES.money("12.50")?.to_decimal(), Decimal::new(1250, 2));
    /// # Ok::<(), pacioli::money::MoneyError>(())
    /// ```
    pub const fn to_decimal(self) -> Decimal {
        // By parts, because every money fits: 96 bits are all that a decimal has, and 18 is below its greatest scale.
        let units = self.minor.unsigned_abs();
        let (low, middle, high) = (units as u32, (units >> 32) as u32, (units >> 64) as u32);
        let scale = self.currency.scale() as u32;
        Decimal::from_parts(low, middle, high, self.is_negative(), scale)
    }

    /// The figure of major units with all decimals of the currency, without its code: `-3.00`.
    ///
    /// ```
    /// use pacioli::money::Currency;
    ///
    /// assert_eq!(Currency::KES.money("-3")?.text(), "-3.00");
    /// # Ok::<(), pacioli::money::MoneyError>(())
    /// ```
    pub fn text(self) -> String {
        self.text_at_scale(self.currency.scale())
    }

    /// The figure of major units with this many decimals, without its code.
    ///
    /// Zeros are added or dropped to reach the scale; other digits are never dropped, so the text may be longer.
    ///
    /// ```
    /// use pacioli::money::Currency;
    ///
    /// let rate = Currency::KES.with_scale(4)?.money("12.5")?;
    /// assert_eq!(rate.text(), "12.5000");
    /// assert_eq!(rate.text_at_scale(2), "12.50");
    /// assert_eq!(rate.text_at_scale(0), "12.5");
    /// # Ok::<(), pacioli::money::MoneyError>(())
    /// ```
    pub fn text_at_scale(self, scale: u8) -> String {
        decimal::to_text(self.minor, self.currency.scale(), scale)
    }

    /// The sum.
    ///
    /// ```
    /// use pacioli::money::{Currency, MoneyError};
    ///
    /// let price = Currency::KES.money("12.50")?;
    /// assert_eq!(price.plus(Currency::KES.money("0.50")?)?.to_string(), "KES 13.00");
    /// assert!(matches!(price.plus(Currency::USD.zero()), Err(MoneyError::CurrencyMismatch { .. })));
    /// # Ok::<(), MoneyError>(())
    /// ```
    ///
    /// # Errors
    /// [`MoneyError::CurrencyMismatch`] when the currencies differ, in code or scale; [`MoneyError::OutOfRange`] when
    /// the sum is further from zero than [`Amount::MAX`].
    pub fn plus(self, other: Money) -> Result<Money, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::CurrencyMismatch { left: self.currency, right: other.currency });
        }
        // Cannot overflow: both are within 2^96 of zero.
        self.currency.minor(self.minor + other.minor)
    }

    /// The difference.
    ///
    /// ```
    /// use pacioli::money::Currency;
    ///
    /// let (purse, price) = (Currency::KES.money("10")?, Currency::KES.money("12.50")?);
    /// assert_eq!(purse.minus(price)?.to_string(), "KES -2.50");
    /// assert!(purse.minus(price)?.is_negative());
    /// # Ok::<(), pacioli::money::MoneyError>(())
    /// ```
    ///
    /// # Errors
    /// As [`Money::plus`].
    pub fn minus(self, other: Money) -> Result<Money, MoneyError> {
        self.plus(other.negated())
    }

    /// The same sum with the other sign.
    ///
    /// ```
    /// use pacioli::money::Currency;
    ///
    /// assert_eq!(Currency::KES.money("2.50")?.negated(), Currency::KES.money("-2.50")?);
    /// # Ok::<(), pacioli::money::MoneyError>(())
    /// ```
    #[must_use]
    pub const fn negated(self) -> Money {
        Money {
            // Cannot overflow: the range is the same on both sides of zero.
            minor: -self.minor,
            currency: self.currency,
        }
    }
}

impl PartialOrd for Money {
    /// By the figures; `None` when the currencies differ, in code or scale.
    fn partial_cmp(&self, other: &Money) -> Option<Ordering> {
        (self.currency == other.currency).then(|| self.minor.cmp(&other.minor))
    }
}

/// The figure without its currency, if it is not below zero.
impl TryFrom<Money> for Amount {
    type Error = MoneyError;

    fn try_from(money: Money) -> Result<Amount, MoneyError> {
        money.amount()
    }
}

impl fmt::Display for Money {
    /// The code and the figure: `KES 1234.50`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{} {}", self.currency, self.text()))
    }
}

impl FromStr for Money {
    type Err = MoneyError;

    /// Reads a sum of a currency of ISO 4217 as it is shown: the code, a space, and what [`Currency::money`] reads.
    ///
    /// The text of a sum does not say how many decimals its currency keeps. What a book with other decimals than the
    /// standard's shows is read as the same sum with the standard's, or refused, never as another sum; where the book is
    /// known, [`Book::money`](crate::Book::money) reads the figure alone.
    ///
    /// # Errors
    /// [`MoneyError::NotANumber`] without a space; else as the currency is read, and then as [`Currency::money`].
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// let fare: Money = "KES 12.50".parse()?;
    /// assert_eq!((fare.minor(), fare.to_string().parse()), (12_50, Ok(fare)));
    /// assert_eq!("KES 12.505".parse::<Money>(), Err(MoneyError::TooManyDigits { digits: 3, scale: 2 }));
    /// assert_eq!("12.50".parse::<Money>(), Err(MoneyError::NotANumber));
    /// # Ok::<(), MoneyError>(())
    /// ```
    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let (code, figure) = text.split_once(' ').ok_or(MoneyError::NotANumber)?;
        code.parse::<Currency>()?.money(figure)
    }
}

/// What serde writes and reads.
#[derive(Serialize, Deserialize)]
#[serde(rename = "Money")]
struct Form<Code> {
    amount: String,
    currency: Code,
    scale: u8,
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let form = Form { amount: self.text(), currency: self.currency.code(), scale: self.currency.scale() };
        form.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Money, D::Error> {
        let form = Form::<String>::deserialize(deserializer)?;
        Currency::new(&form.currency, form.scale)
            .and_then(|currency| currency.money(&form.amount))
            .map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn minor_units_outside_the_range_are_refused() {
        let most = Amount::MAX.signed();
        for minor in [i128::MIN, -most - 1, most + 1, i128::MAX] {
            assert_eq!(Currency::KES.minor(minor), Err(MoneyError::OutOfRange));
        }
        for minor in [-most, 0, most] {
            assert_eq!(Currency::KES.minor(minor).unwrap().minor(), minor);
        }
    }

    #[test]
    fn texts_that_name_no_sum_are_refused() {
        use MoneyError::{InvalidCurrency, NotANumber, TooManyDigits, UnknownCurrency};
        let read = |text: &str| text.parse::<Money>().unwrap_err();
        for text in ["", "12.50", "KES", "KES ", "KES 1,000.00", "KES  1", "KES 1 ", "KES 1 KES"] {
            assert_eq!(read(text), NotANumber, "{text:?}");
        }
        for text in [" 1", "kes 1", "K 1", "12.50 KES"] {
            assert!(matches!(read(text), InvalidCurrency { .. }), "{text:?}");
        }
        assert!(matches!(read("POINTS 250"), UnknownCurrency { .. }));
        assert_eq!(read("JPY 12.5"), TooManyDigits { digits: 1, scale: 0 });
        assert_eq!(read("KES 0.0125"), TooManyDigits { digits: 4, scale: 2 });
    }

    #[test]
    fn a_finer_currency_is_read_as_the_same_sum_of_the_standard_one() {
        let fine = Currency::KES.with_scale(4).unwrap().money("12.5").unwrap();
        assert_eq!(fine.to_string().parse(), Currency::KES.money("12.50"));
    }

    #[test]
    fn sums_fill_a_column() {
        let sum = Currency::KES.money("12.50").unwrap();
        assert_eq!(format!("{sum:>12}|{sum:<12}|"), "   KES 12.50|KES 12.50   |");
    }

    #[test]
    fn range_is_the_same_for_text_decimals_and_minor_units() {
        let whole = Currency::JPY;
        assert_eq!(whole.money("79228162514264337593543950335").unwrap(), whole.amount(Amount::MAX));
        assert_eq!(whole.decimal(Decimal::MAX).unwrap(), whole.amount(Amount::MAX));
        assert_eq!(whole.decimal(Decimal::MIN).unwrap(), whole.amount(Amount::MAX).negated());
        assert_eq!(whole.money("79228162514264337593543950336"), Err(MoneyError::OutOfRange));
        assert_eq!(Currency::KES.decimal(Decimal::MAX), Err(MoneyError::OutOfRange));
        assert_eq!(Currency::KES.decimal(Decimal::MIN), Err(MoneyError::OutOfRange));
    }

    #[test]
    fn currencies_that_differ_in_code_or_scale_do_not_mix() {
        let left = Currency::KES;
        for right in [Currency::USD, left.with_scale(4).unwrap()] {
            let refused = Err(MoneyError::CurrencyMismatch { left, right });
            assert_eq!(left.zero().plus(right.zero()), refused);
            assert_eq!(left.zero().minus(right.zero()), refused);
            assert_eq!(left.sum([left.zero(), right.zero()]), refused);
            assert_eq!(left.zero().partial_cmp(&right.zero()), None);
        }
    }

    #[test]
    fn sums_stop_at_the_ends() {
        let most = Currency::KES.amount(Amount::MAX);
        assert_eq!(most.plus(most), Err(MoneyError::OutOfRange));
        assert_eq!(most.negated().minus(most), Err(MoneyError::OutOfRange));
        assert_eq!(most.minus(most).unwrap(), Currency::KES.zero());
        assert_eq!(Currency::KES.sum([most, most.negated(), most]), Ok(most));
        assert_eq!(Currency::KES.sum([]), Ok(Currency::KES.zero()));
        assert!(most.negated() < Currency::KES.zero() && Currency::KES.zero() < most);
    }

    #[test]
    fn only_money_at_or_above_zero_is_an_amount() {
        let debt = Currency::KES.money("-0.01").unwrap();
        assert!(debt.is_negative() && !debt.is_zero() && !debt.is_positive());
        assert_eq!(debt.amount(), Err(MoneyError::Negative));
        assert_eq!(debt.negated().amount(), Amount::minor(1));
        assert!(Currency::KES.zero().is_zero() && debt.negated().is_positive());
        let none = Currency::KES.zero();
        assert!(!none.is_negative() && !none.is_positive());
    }

    #[test]
    fn money_shows_its_code_and_all_decimals() {
        assert_eq!(Currency::KES.money("-3").unwrap().to_string(), "KES -3.00");
        assert_eq!(Currency::UGX.money("500").unwrap().to_string(), "UGX 500");
        assert_eq!(Currency::KES.money("-0").unwrap().text(), "0.00");
    }

    #[test]
    fn serde_keeps_figure_code_and_scale() {
        let money = Currency::KES.money("1234.5").unwrap();
        let json = serde_json::to_string(&money).unwrap();
        assert_eq!(json, r#"{"amount":"1234.50","currency":"KES","scale":2}"#);
        assert_eq!(serde_json::from_str::<Money>(&json).unwrap(), money);
        for wrong in [
            r#"{"amount":"1.005","currency":"KES","scale":2}"#,
            r#"{"amount":"1","currency":"kes","scale":2}"#,
            r#"{"amount":"1","currency":"KES"}"#,
            r#"{"amount":1,"currency":"KES","scale":2}"#,
        ] {
            assert!(serde_json::from_str::<Money>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn errors_do_not_repeat_the_figure() {
        for text in ["770077x", "770077.770077", &"770077".repeat(9)] {
            let error = Currency::KES.money(text).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("770077"), "{error}");
        }
    }

    proptest! {
        #[test]
        fn sums_of_iso_currencies_are_read_as_they_are_shown(minor in any::<i128>(), which in any::<usize>()) {
            let currency = [Currency::KES, Currency::JPY, Currency::KWD, Currency::USD][which % 4];
            let most = Amount::MAX.signed();
            let money = currency.minor(minor % (most + 1)).unwrap();
            prop_assert_eq!(money.to_string().parse(), Ok(money));
        }

        #[test]
        fn every_money_goes_out_and_comes_back(
            minor in -Amount::MAX.signed()..=Amount::MAX.signed(),
            scale in 0_u8..=18,
        ) {
            let currency = Currency::new("POINTS", scale).unwrap();
            let money = currency.minor(minor).unwrap();
            prop_assert_eq!(money.to_decimal().mantissa(), minor);
            prop_assert_eq!(money.to_decimal().to_string(), money.text());
            prop_assert_eq!(currency.decimal(money.to_decimal()), Ok(money));
            prop_assert_eq!(currency.money(&money.text()), Ok(money));
        }
    }
}
