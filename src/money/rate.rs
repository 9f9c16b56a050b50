//! A rate: an exact percentage of an amount, and the rounding that taking it needs.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::amount::Amount;
use super::currency::MoneyError;
use super::decimal;

/// The parts in one whole: 10^10.
const PARTS_IN_WHOLE: i64 = 10_000_000_000;

/// The decimals of a percentage: 8, so that one part is the last of them.
const PERCENT_SCALE: u8 = 8;

/// Which whole minor unit stands for a figure between two. Figures are never negative, so up is away from zero.
///
/// In serde, the name in snake case: `"half_even"`.
///
/// ```
/// use pacioli::money::{Amount, Rate, Rounding};
///
/// let half: Rate = "50%".parse()?;
/// let of_five = |rounding| Ok::<_, pacioli::money::MoneyError>(half.of(Amount::minor(5)?, rounding).signed());
/// assert_eq!((of_five(Rounding::HalfEven)?, of_five(Rounding::HalfUp)?, of_five(Rounding::HalfDown)?), (2, 3, 2));
/// assert_eq!((of_five(Rounding::Up)?, of_five(Rounding::Down)?), (3, 2));
/// # Ok::<(), pacioli::money::MoneyError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Rounding {
    /// To the nearer; from the middle to the even one, so that many roundings do not drift.
    #[default]
    HalfEven,
    /// To the nearer; from the middle up.
    HalfUp,
    /// To the nearer; from the middle down.
    HalfDown,
    /// Always up, away from zero.
    Up,
    /// Always down, towards zero.
    Down,
}

/// An exact percentage from 0 to 100, both included, with at most 8 decimals.
///
/// Kept as a whole number of parts of 10^10. In serde, the percentage as text: `"1.5"`.
///
/// ```
/// use pacioli::money::{Amount, Rate, Rounding};
///
/// let fee: Rate = "1.5%".parse()?;
/// assert_eq!((fee.to_string().as_str(), Rate::percent_text("1.5")?), ("1.5%", fee));
/// assert_eq!(fee.of(Amount::minor(12_300)?, Rounding::HalfEven).signed(), 184);
/// assert_eq!(fee.of(Amount::minor(12_300)?, Rounding::HalfDown).signed(), 184);
/// assert_eq!(fee.of(Amount::minor(12_300)?, Rounding::Up).signed(), 185);
/// # Ok::<(), pacioli::money::MoneyError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rate(i64);

impl Rate {
    /// Nothing of anything.
    pub const ZERO: Rate = Rate(0);

    /// The rate of this percentage: `1.5` is one and a half percent.
    ///
    /// ```
    /// use pacioli::money::{Decimal, MoneyError, Rate};
    ///
    /// assert_eq!(Rate::percent(Decimal::new(15, 1))?.to_string(), "1.5%");
    /// assert_eq!(Rate::percent(Decimal::from(101)), Err(MoneyError::InvalidRate));
    /// # Ok::<(), MoneyError>(())
    /// ```
    ///
    /// # Errors
    /// [`MoneyError::TooManyDigits`] with more than 8 decimals, trailing zeros apart; [`MoneyError::InvalidRate`] when
    /// it is not from 0 to 100.
    pub fn percent(percent: Decimal) -> Result<Rate, MoneyError> {
        Rate::from_units(decimal::from_decimal(percent, PERCENT_SCALE))
    }

    /// The rate of a percentage in the form `[+-]?digits[.digits]`, without a percent sign.
    ///
    /// ```
    /// use pacioli::money::Rate;
    ///
    /// assert_eq!(Rate::percent_text("1.5")?, "1.5%".parse()?);
    /// # Ok::<(), pacioli::money::MoneyError>(())
    /// ```
    ///
    /// # Errors
    /// [`MoneyError::NotANumber`] when the form is another; [`MoneyError::TooManyDigits`] with more than 8 decimals,
    /// trailing zeros apart; [`MoneyError::InvalidRate`] when it is not from 0 to 100.
    pub fn percent_text(percent: &str) -> Result<Rate, MoneyError> {
        Rate::from_units(decimal::from_text(percent, PERCENT_SCALE))
    }

    /// The rate of so many parts of 10^10: 150 000 000 is 1.5 percent.
    ///
    /// ```
    /// use pacioli::money::Rate;
    ///
    /// let rate = Rate::from_parts(150_000_000)?;
    /// assert_eq!((rate.to_string(), rate.parts()), ("1.5%".to_owned(), 150_000_000));
    /// # Ok::<(), pacioli::money::MoneyError>(())
    /// ```
    ///
    /// # Errors
    /// [`MoneyError::InvalidRate`] when it is not from 0 to 10^10.
    pub const fn from_parts(parts: i64) -> Result<Rate, MoneyError> {
        if parts < 0 || parts > PARTS_IN_WHOLE {
            return Err(MoneyError::InvalidRate);
        }
        Ok(Rate(parts))
    }

    /// The rate in parts of 10^10, 0 to 10^10.
    pub const fn parts(self) -> i64 {
        self.0
    }

    /// The percentage, without trailing zeros.
    pub fn as_percent(self) -> Decimal {
        Decimal::new(self.0, u32::from(PERCENT_SCALE)).normalize()
    }

    /// This rate of an amount, in whole minor units, rounded as told; never more than the amount.
    ///
    /// ```
    /// use pacioli::money::{Amount, Rate, Rounding};
    ///
    /// let tax: Rate = "16%".parse()?;
    /// assert_eq!(tax.of(Amount::minor(3_00)?, Rounding::HalfEven), Amount::minor(48)?);
    /// # Ok::<(), pacioli::money::MoneyError>(())
    /// ```
    pub fn of(self, amount: Amount, rounding: Rounding) -> Amount {
        let (parts, whole) = (i128::from(self.0), i128::from(PARTS_IN_WHOLE));
        // Cannot overflow, where the plain product could: parts is at most the whole, so the first product is at most
        // the amount and the second at most 10^20.
        let beyond = (amount.signed() % whole) * parts;
        let floor = (amount.signed() / whole) * parts + beyond / whole;
        // At most the amount: the exact figure is, and the amount is a whole number.
        Amount::within_another(rounding.round(floor, beyond % whole, whole))
    }

    /// The rate of units of the last decimal of a percentage, which are parts.
    fn from_units(units: Result<i128, MoneyError>) -> Result<Rate, MoneyError> {
        match units {
            Ok(units) => i64::try_from(units).map_err(|_| MoneyError::InvalidRate).and_then(Rate::from_parts),
            Err(MoneyError::OutOfRange) => Err(MoneyError::InvalidRate),
            Err(error) => Err(error),
        }
    }

    /// The percentage as text, without trailing zeros or a percent sign.
    fn text(self) -> String {
        decimal::to_text(i128::from(self.0), PERCENT_SCALE, 0)
    }
}

impl Rounding {
    /// The whole number for `floor` and `remainder` parts of `whole`, the remainder being less than the whole.
    pub(super) fn round(self, floor: i128, remainder: i128, whole: i128) -> i128 {
        let above_half = remainder > whole - remainder;
        let at_half = remainder == whole - remainder;
        let up = match self {
            Rounding::HalfEven => above_half || (at_half && floor % 2 == 1),
            Rounding::HalfUp => above_half || at_half,
            Rounding::HalfDown => above_half,
            Rounding::Up => remainder > 0,
            Rounding::Down => false,
        };
        floor + i128::from(up)
    }
}

impl fmt::Display for Rate {
    /// The percentage and its sign: `1.5%`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", self.text())
    }
}

impl FromStr for Rate {
    type Err = MoneyError;

    /// Reads a percentage, with or without its sign: `1.5%`.
    fn from_str(text: &str) -> Result<Rate, MoneyError> {
        Rate::percent_text(text.strip_suffix('%').unwrap_or(text))
    }
}

impl Serialize for Rate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text())
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Rate, D::Error> {
        let text = String::deserialize(deserializer)?;
        Rate::percent_text(&text).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALL: [Rounding; 5] = [Rounding::HalfEven, Rounding::HalfUp, Rounding::HalfDown, Rounding::Up, Rounding::Down];

    fn amount(minor: i128) -> Amount {
        Amount::minor(minor).unwrap()
    }

    #[test]
    fn each_rounding_has_its_own_answer() {
        let tenth = Rate::percent_text("10").unwrap();
        for (minor, answers) in [
            (20, [2, 2, 2, 2, 2]),
            (21, [2, 2, 2, 3, 2]),
            (24, [2, 2, 2, 3, 2]),
            (25, [2, 3, 2, 3, 2]),
            (26, [3, 3, 3, 3, 2]),
            (35, [4, 4, 3, 4, 3]),
            (5, [0, 1, 0, 1, 0]),
            (0, [0, 0, 0, 0, 0]),
        ] {
            let given = ALL.map(|rounding| tenth.of(amount(minor), rounding).signed());
            assert_eq!(given, answers, "{minor}");
        }
    }

    #[test]
    fn whole_of_the_most_is_the_most_and_nothing_of_it_is_nothing() {
        let whole = Rate::percent_text("100").unwrap();
        let almost = Rate::from_parts(PARTS_IN_WHOLE - 1).unwrap();
        for rounding in ALL {
            assert_eq!(whole.of(Amount::MAX, rounding), Amount::MAX);
            assert_eq!(Rate::ZERO.of(Amount::MAX, rounding), Amount::ZERO);
            assert!(almost.of(Amount::MAX, rounding) < Amount::MAX);
        }
        assert_eq!(almost.of(amount(1), Rounding::Up), amount(1));
    }

    #[test]
    fn rates_outside_the_range_are_refused() {
        for text in ["-0.00000001", "100.00000001", "101", &"9".repeat(50)] {
            assert_eq!(Rate::percent_text(text), Err(MoneyError::InvalidRate), "{text}");
        }
        for decimal in [Decimal::MAX, Decimal::MIN] {
            assert_eq!(Rate::percent(decimal), Err(MoneyError::InvalidRate));
        }
        for parts in [i64::MIN, -1, PARTS_IN_WHOLE + 1, i64::MAX] {
            assert_eq!(Rate::from_parts(parts), Err(MoneyError::InvalidRate));
        }
        let digits = Err(MoneyError::TooManyDigits { digits: 9, scale: 8 });
        assert_eq!(Rate::percent_text("0.000000001"), digits);
        assert_eq!(Rate::percent(Decimal::new(1, 9)), digits);
        assert_eq!(Rate::percent_text("1.5%"), Err(MoneyError::NotANumber));
    }

    #[test]
    fn percentage_is_shown_without_trailing_zeros() {
        for (given, shown) in [("1.50", "1.5"), ("100", "100"), ("0", "0"), ("0.00000001", "0.00000001")] {
            let rate = Rate::percent_text(given).unwrap();
            assert_eq!(rate.to_string(), format!("{shown}%"));
            assert_eq!(rate.as_percent().to_string(), shown);
            assert_eq!(Rate::percent(rate.as_percent()), Ok(rate));
        }
    }

    #[test]
    fn serde_writes_the_percentage_and_the_name() {
        let rate = Rate::percent_text("1.5").unwrap();
        assert_eq!(serde_json::to_string(&rate).unwrap(), r#""1.5""#);
        assert_eq!(serde_json::from_str::<Rate>(r#""1.5""#).unwrap(), rate);
        assert!(serde_json::from_str::<Rate>(r#""101""#).is_err());
        assert_eq!(serde_json::to_string(&Rounding::HalfEven).unwrap(), r#""half_even""#);
    }

    proptest! {
        #[test]
        fn rate_of_an_amount_is_the_plain_product_where_that_fits(
            minor in 0..=i128::from(u64::MAX),
            parts in 0..=PARTS_IN_WHOLE,
        ) {
            let rate = Rate::from_parts(parts).unwrap();
            let whole = i128::from(PARTS_IN_WHOLE);
            let (floor, rest) = (minor * i128::from(parts) / whole, minor * i128::from(parts) % whole);
            prop_assert_eq!(rate.of(amount(minor), Rounding::Down).signed(), floor);
            prop_assert_eq!(rate.of(amount(minor), Rounding::Up).signed(), floor + i128::from(rest > 0));
            prop_assert_eq!(rate.of(amount(minor), Rounding::HalfUp).signed(), floor + i128::from(2 * rest >= whole));
        }

        #[test]
        fn rate_of_an_amount_is_never_more_than_it(
            minor in 0..=Amount::MAX.signed(),
            parts in 0..=PARTS_IN_WHOLE,
        ) {
            let rate = Rate::from_parts(parts).unwrap();
            for rounding in ALL {
                prop_assert!(rate.of(amount(minor), rounding) <= amount(minor));
            }
        }
    }
}
