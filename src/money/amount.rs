//! An amount: a count of whole minor units, never negative.
//!
//! Only `plus` and `minus` change one, both checked, so a total is exact or it is not there.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::currency::MoneyError;
use super::decimal;

/// A count of whole minor units: 0 to [`Amount::MAX`], both included.
///
/// Which currency it counts is known to its owner, as every total of a book is in the book's currency. In serde, a
/// string of digits (`"123450"`), because JSON numbers lose digits on their way.
///
/// Our choice: the most is 2^96 - 1, the most that a [`Decimal`](crate::money::Decimal) holds. So every figure goes out
/// exact at any scale, and no sum of two, nor their difference, overflows an `i128`.
///
/// ```
/// use pacioli::money::Amount;
///
/// let fare = Amount::minor(5_000)?;
/// let fee = Amount::minor(75)?;
/// assert_eq!(fare.plus(fee), Some(Amount::minor(5_075)?));
/// assert_eq!(fee.minus(fare), None);
/// # Ok::<(), pacioli::money::MoneyError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(i128);

impl Amount {
    /// Nothing.
    pub const ZERO: Amount = Amount(0);

    /// The most: 2^96 - 1, or 79 228 162 514 264 337 593 543 950 335 minor units.
    pub const MAX: Amount = Amount((1 << 96) - 1);

    /// An amount of so many minor units.
    ///
    /// ```
    /// use pacioli::money::{Amount, MoneyError};
    ///
    /// assert_eq!(Amount::minor(12_50)?.to_string(), "1250"); // the owner knows the currency
    /// assert_eq!(Amount::minor(-1), Err(MoneyError::Negative));
    /// # Ok::<(), MoneyError>(())
    /// ```
    ///
    /// # Errors
    /// [`MoneyError::Negative`] below zero; [`MoneyError::OutOfRange`] above [`Amount::MAX`].
    pub const fn minor(minor: i128) -> Result<Amount, MoneyError> {
        if minor < 0 {
            return Err(MoneyError::Negative);
        }
        if minor > Amount::MAX.0 {
            return Err(MoneyError::OutOfRange);
        }
        Ok(Amount(minor))
    }

    /// The minor units as a signed number, so that two amounts can be subtracted; never negative itself.
    pub const fn signed(self) -> i128 {
        self.0
    }

    /// The sum, or none above [`Amount::MAX`].
    ///
    /// ```
    /// use pacioli::money::Amount;
    ///
    /// let (price, tax) = (Amount::minor(100)?, Amount::minor(16)?);
    /// assert_eq!(price.plus(tax), Some(Amount::minor(116)?));
    /// assert_eq!(Amount::MAX.plus(tax), None);
    /// # Ok::<(), pacioli::money::MoneyError>(())
    /// ```
    pub const fn plus(self, other: Amount) -> Option<Amount> {
        // Cannot overflow: both are below 2^96.
        let sum = self.0 + other.0;
        if sum > Amount::MAX.0 {
            return None;
        }
        Some(Amount(sum))
    }

    /// What is left after `other` is taken away, or none below zero.
    ///
    /// ```
    /// use pacioli::money::Amount;
    ///
    /// let (purse, price) = (Amount::minor(100)?, Amount::minor(116)?);
    /// assert_eq!((price.minus(purse), purse.minus(price)), (Some(Amount::minor(16)?), None));
    /// assert_eq!(purse.signed() - price.signed(), -16);
    /// # Ok::<(), pacioli::money::MoneyError>(())
    /// ```
    pub const fn minus(self, other: Amount) -> Option<Amount> {
        if other.0 > self.0 {
            return None;
        }
        Some(Amount(self.0 - other.0))
    }

    /// Whether it is nothing.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// An amount of so many minor units, which the caller has shown to lie between zero and an existing amount.
    pub(super) const fn within_another(minor: i128) -> Amount {
        debug_assert!(0 <= minor && minor <= Amount::MAX.0);
        Amount(minor)
    }
}

impl fmt::Display for Amount {
    /// The minor units, in digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Amount, D::Error> {
        let text = String::deserialize(deserializer)?;
        if !decimal::is_digits(&text) {
            return Err(D::Error::custom(MoneyError::NotANumber));
        }
        let minor = decimal::from_text(&text, 0).map_err(D::Error::custom)?;
        Amount::minor(minor).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_is_what_a_decimal_holds() {
        assert_eq!(Amount::MAX.signed(), 79_228_162_514_264_337_593_543_950_335);
        assert_eq!(Amount::MAX.signed(), rust_decimal::Decimal::MAX.mantissa());
    }

    #[test]
    fn minor_units_outside_the_range_are_refused() {
        let most = Amount::MAX.signed();
        assert_eq!(Amount::minor(0), Ok(Amount::ZERO));
        assert_eq!(Amount::minor(most), Ok(Amount::MAX));
        assert_eq!(Amount::minor(most + 1), Err(MoneyError::OutOfRange));
        assert_eq!(Amount::minor(i128::MAX), Err(MoneyError::OutOfRange));
        assert_eq!(Amount::minor(-1), Err(MoneyError::Negative));
        assert_eq!(Amount::minor(i128::MIN), Err(MoneyError::Negative));
    }

    #[test]
    fn plus_and_minus_stop_at_the_ends() {
        let one = Amount::minor(1).unwrap();
        assert_eq!(Amount::MAX.plus(one), None);
        assert_eq!(Amount::MAX.plus(Amount::MAX), None);
        assert_eq!(Amount::MAX.plus(Amount::ZERO), Some(Amount::MAX));
        assert_eq!(Amount::ZERO.minus(one), None);
        assert_eq!(Amount::MAX.minus(Amount::MAX), Some(Amount::ZERO));
        assert!(Amount::ZERO.is_zero() && !one.is_zero());
    }

    #[test]
    fn an_amount_shows_its_minor_units() {
        assert_eq!(Amount::minor(123_450).unwrap().to_string(), "123450");
        assert_eq!(Amount::MAX.to_string(), "79228162514264337593543950335");
    }

    #[test]
    fn serde_writes_digits_and_reads_only_digits() {
        let json = serde_json::to_string(&Amount::MAX).unwrap();
        assert_eq!(json, r#""79228162514264337593543950335""#);
        assert_eq!(serde_json::from_str::<Amount>(&json).unwrap(), Amount::MAX);
        for wrong in [
            r#""""#,
            r#""-1""#,
            r#""+1""#,
            r#""1.0""#,
            r#"" 1""#,
            r#""1e3""#,
            r#""79228162514264337593543950336""#,
            "1",
        ] {
            assert!(serde_json::from_str::<Amount>(wrong).is_err(), "{wrong}");
        }
    }
}
