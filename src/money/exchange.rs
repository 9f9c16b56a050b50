//! An exchange rate: the exact ratio at which one currency is given for another, and the rounding that converting needs.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::amount::Amount;
use super::currency::{Currency, MoneyError};
use super::decimal;
use super::money::Money;
use super::rate::Rounding;

/// The most decimals of a rate.
const SCALE: u8 = 18;

/// The bits in [`Amount::MAX`].
const AMOUNT_BITS: u32 = 96;

/// How many units of one currency are given for one unit of another: above zero, and exact.
///
/// Kept as a ratio of two whole numbers of at most 64 bits, in lowest terms; so a decimal of 19 digits is exact, and so
/// is every [`inverse`](Self::inverse). Units are major ones, as people quote them: 130.25 shillings for one dollar,
/// however many decimals either currency has. In serde, and as text, a decimal of at most 18 decimals where there is
/// one, else the ratio: `"130.25"`, `"1/130"`.
///
/// ```
/// use pacioli::money::{Currency, ExchangeRate, Rounding};
///
/// let rate: ExchangeRate = "130.25".parse()?;
/// let dollars = Currency::USD.money("10.00")?;
/// assert_eq!(rate.convert(dollars, Currency::KES, Rounding::HalfEven)?, Currency::KES.money("1302.50")?);
///
/// let back = rate.inverse();
/// assert_eq!(back.to_string(), "4/521");
/// let shillings = Currency::KES.money("1000.00")?;
/// assert_eq!(back.convert(shillings, Currency::USD, Rounding::Down)?, Currency::USD.money("7.67")?);
/// # Ok::<(), pacioli::money::MoneyError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ExchangeRate {
    units: u64,
    per: u64,
}

impl ExchangeRate {
    /// As many for as many.
    pub const ONE: ExchangeRate = ExchangeRate { units: 1, per: 1 };

    /// `units` of the currency given for every `per` of the other.
    ///
    /// ```
    /// use pacioli::money::ExchangeRate;
    ///
    /// // Three for a hundred and thirty, which no decimal says exactly.
    /// let rate = ExchangeRate::ratio(6, 260)?;
    /// assert_eq!((rate.as_ratio(), rate.to_string()), ((3, 130), "3/130".to_owned()));
    /// # Ok::<(), pacioli::money::MoneyError>(())
    /// ```
    ///
    /// # Errors
    /// [`MoneyError::InvalidExchangeRate`] when either is zero.
    pub const fn ratio(units: u64, per: u64) -> Result<ExchangeRate, MoneyError> {
        if units == 0 || per == 0 {
            return Err(MoneyError::InvalidExchangeRate);
        }
        // A divisor of both fits as they do.
        let common = common_divisor(units as u128, per as u128) as u64;
        Ok(ExchangeRate { units: units / common, per: per / common })
    }

    /// The rate that a decimal says: `130.25` for one.
    ///
    /// ```
    /// use pacioli::money::{Decimal, ExchangeRate};
    ///
    /// assert_eq!(ExchangeRate::decimal(Decimal::new(13025, 2))?, "130.25".parse()?);
    /// # Ok::<(), pacioli::money::MoneyError>(())
    /// ```
    ///
    /// # Errors
    /// [`MoneyError::TooManyDigits`] with more than 18 decimals, trailing zeros apart;
    /// [`MoneyError::InvalidExchangeRate`] when it is not above zero, or has more digits than are kept: 19 always are.
    pub fn decimal(rate: Decimal) -> Result<ExchangeRate, MoneyError> {
        ExchangeRate::from_parts(decimal::from_decimal(rate.normalize(), SCALE))
    }

    /// The ratio in lowest terms: units given, for how many of the other; both above zero.
    pub const fn as_ratio(self) -> (u64, u64) {
        (self.units, self.per)
    }

    /// The rate of the same exchange seen from the other side; exact.
    ///
    /// ```
    /// use pacioli::money::ExchangeRate;
    ///
    /// let rate: ExchangeRate = "130".parse()?;
    /// assert_eq!((rate.inverse().to_string(), rate.inverse().inverse()), ("1/130".to_owned(), rate));
    /// # Ok::<(), pacioli::money::MoneyError>(())
    /// ```
    #[must_use]
    pub const fn inverse(self) -> ExchangeRate {
        ExchangeRate { units: self.per, per: self.units }
    }

    /// What a sum is worth in another currency at this rate, in whole minor units, rounded as told.
    ///
    /// A sum below zero is worth the opposite of what its opposite is worth, so up is away from zero on both sides.
    ///
    /// ```
    /// use pacioli::money::{Currency, ExchangeRate, Rounding};
    ///
    /// let rate: ExchangeRate = "129.505".parse()?;
    /// let dollar = Currency::USD.money("1")?;
    /// let worth = |rounding| rate.convert(dollar, Currency::KES, rounding).map(|money| money.text());
    /// assert_eq!((worth(Rounding::HalfEven)?, worth(Rounding::Down)?), ("129.50".to_owned(), "129.50".to_owned()));
    /// assert_eq!(worth(Rounding::Up)?, "129.51");
    /// # Ok::<(), pacioli::money::MoneyError>(())
    /// ```
    ///
    /// # Errors
    /// [`MoneyError::OutOfRange`] when it is worth more than [`Amount::MAX`] minor units.
    pub fn convert(self, money: Money, into: Currency, rounding: Rounding) -> Result<Money, MoneyError> {
        let worth = self.worth(money.minor().unsigned_abs(), money.currency().scale(), into.scale(), rounding)?;
        let worth = into.amount(worth);
        Ok(if money.is_negative() { worth.negated() } else { worth })
    }

    /// What so many minor units at one scale are worth in minor units at another.
    fn worth(self, minor: u128, from: u8, to: u8, rounding: Rounding) -> Result<Amount, MoneyError> {
        let power = |scale: u8, less: u8| 10_u128.saturating_pow(u32::from(scale.saturating_sub(less)));
        // Cannot overflow: below 2^64 times at most 10^18, which is below 2^124.
        let (times, by) = (u128::from(self.units) * power(to, from), u128::from(self.per) * power(from, to));
        let (floor, remainder) = match minor.checked_mul(times) {
            Some(product) => (product / by, product % by),
            None => divided_by_bits(minor, times, by)?,
        };
        let signed = |number: u128| i128::try_from(number).map_err(|_| MoneyError::OutOfRange);
        let floor = Amount::minor(signed(floor)?)?;
        Amount::minor(rounding.round(floor.signed(), signed(remainder)?, signed(by)?))
    }

    /// The rate of units of the last decimal.
    fn from_parts(parts: Result<i128, MoneyError>) -> Result<ExchangeRate, MoneyError> {
        let parts = match parts {
            Ok(parts) => parts,
            Err(MoneyError::OutOfRange) => return Err(MoneyError::InvalidExchangeRate),
            Err(error) => return Err(error),
        };
        let parts = u128::try_from(parts).map_err(|_| MoneyError::InvalidExchangeRate)?;
        let whole = 10_u128.pow(u32::from(SCALE));
        // In lowest terms first: what fits then is not refused for the zeros behind it.
        let common = common_divisor(parts, whole);
        let number = |number: u128| u64::try_from(number / common).map_err(|_| MoneyError::InvalidExchangeRate);
        ExchangeRate::ratio(number(parts)?, number(whole)?)
    }

    /// The decimals that write it exactly, as units of the last one; none where more than 18 would be needed.
    fn parts(self) -> Option<i128> {
        let whole = 10_i128.pow(u32::from(SCALE));
        let per = i128::from(self.per);
        // Cannot overflow: below 2^64 times at most 10^18.
        (whole % per == 0).then(|| i128::from(self.units) * (whole / per))
    }
}

/// `minor` times `times` divided by `by`, and what is left over, by long multiplication, a bit at a time, dividing as it
/// goes; for products of up to 220 bits.
fn divided_by_bits(minor: u128, times: u128, by: u128) -> Result<(u128, u128), MoneyError> {
    let most = Amount::MAX.signed().unsigned_abs();
    let (whole, beyond) = (times / by, times % by);
    let (mut units, mut remainder) = (0, 0);
    for bit in (0..AMOUNT_BITS).rev() {
        // Cannot overflow: the units stay within an amount, all else below 2^124, and the remainder below three times that.
        units *= 2;
        remainder *= 2;
        if minor >> bit & 1 == 1 {
            units += whole;
            remainder += beyond;
        }
        while remainder >= by {
            units += 1;
            remainder -= by;
        }
        if units > most {
            return Err(MoneyError::OutOfRange);
        }
    }
    Ok((units, remainder))
}

/// The greatest number that divides both, which are not both zero.
const fn common_divisor(mut one: u128, mut other: u128) -> u128 {
    while other != 0 {
        (one, other) = (other, one % other);
    }
    one
}

impl fmt::Display for ExchangeRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.parts() {
            Some(parts) => f.write_str(&decimal::to_text(parts, SCALE, 0)),
            None => write!(f, "{}/{}", self.units, self.per),
        }
    }
}

impl FromStr for ExchangeRate {
    type Err = MoneyError;

    /// Reads `[+-]?digits[.digits]`, or `digits/digits`.
    fn from_str(text: &str) -> Result<ExchangeRate, MoneyError> {
        let Some((units, per)) = text.split_once('/') else {
            return ExchangeRate::from_parts(decimal::from_text(text, SCALE));
        };
        if !decimal::is_digits(units) || !decimal::is_digits(per) {
            return Err(MoneyError::NotANumber);
        }
        let number = |digits: &str| digits.parse().map_err(|_| MoneyError::InvalidExchangeRate);
        ExchangeRate::ratio(number(units)?, number(per)?)
    }
}

impl Serialize for ExchangeRate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ExchangeRate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<ExchangeRate, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALL: [Rounding; 5] = [Rounding::HalfEven, Rounding::HalfUp, Rounding::HalfDown, Rounding::Up, Rounding::Down];

    fn rate(text: &str) -> ExchangeRate {
        text.parse().unwrap()
    }

    #[test]
    fn rates_are_read_as_they_are_written() {
        for text in
            ["1", "130.25", "0.000000000000000001", "18446744073709551615", "1/3", "4/521", "18.446744073709551615"]
        {
            assert_eq!(rate(text).to_string(), text);
            assert_eq!(serde_json::from_str::<ExchangeRate>(&format!("\"{text}\"")).unwrap(), rate(text));
        }
        assert_eq!(rate("130.250000000000000000000"), rate("130.25"));
        // As a decimal it takes more than 64 bits to write, in lowest terms it fits.
        let halves = ExchangeRate::ratio(u64::MAX, 2).unwrap();
        assert_eq!((halves.to_string().as_str(), rate("9223372036854775807.5")), ("9223372036854775807.5", halves));
        assert_eq!(rate("2/6"), rate("1/3"));
        assert_eq!(rate("2/4").to_string(), "0.5");
        assert_eq!((rate("130.25").as_ratio(), rate("2/6").as_ratio()), ((521, 4), (1, 3)));
        assert_eq!(ExchangeRate::decimal(Decimal::new(13_025, 2)), Ok(rate("130.25")));
    }

    #[test]
    fn what_is_not_above_zero_or_not_kept_is_refused() {
        let invalid = Err(MoneyError::InvalidExchangeRate);
        for text in ["0", "-1", "-0.5", "0/1", "1/0", "18446744073709551616", "1/18446744073709551616"] {
            assert_eq!(text.parse::<ExchangeRate>(), invalid, "{text}");
        }
        // More digits than 64 bits hold.
        assert_eq!("123456789.123456789123456789".parse::<ExchangeRate>(), invalid);
        assert_eq!("999999999999999999999999999999999999999".parse::<ExchangeRate>(), invalid);
        for text in ["", "/", "1/", "/1", "1/2/3", "-1/2", "1.5/2", "1e3", "x"] {
            assert_eq!(text.parse::<ExchangeRate>(), Err(MoneyError::NotANumber), "{text}");
        }
        let digits = Err(MoneyError::TooManyDigits { digits: 19, scale: 18 });
        assert_eq!("0.0000000000000000001".parse::<ExchangeRate>(), digits);
        assert_eq!(ExchangeRate::decimal(Decimal::ZERO), invalid);
        assert_eq!(ExchangeRate::decimal(Decimal::NEGATIVE_ONE), invalid);
    }

    #[test]
    fn each_rounding_has_its_own_answer_and_signs_mirror_it() {
        let half = rate("0.5");
        for (minor, answers) in [(3, [2, 2, 1, 2, 1]), (5, [2, 3, 2, 3, 2]), (4, [2, 2, 2, 2, 2])] {
            for (rounding, answer) in ALL.into_iter().zip(answers) {
                let worth = |minor| half.convert(Currency::KES.minor(minor).unwrap(), Currency::USD, rounding);
                assert_eq!(worth(minor).unwrap().minor(), answer, "{minor} {rounding:?}");
                assert_eq!(worth(-minor).unwrap().minor(), -answer, "-{minor} {rounding:?}");
            }
        }
    }

    #[test]
    fn decimals_of_the_currencies_do_not_count() {
        let yen = Currency::JPY.money("1500").unwrap();
        assert_eq!(rate("0.85").convert(yen, Currency::KES, Rounding::HalfEven), Currency::KES.money("1275.00"));
        let shillings = Currency::KES.money("1275.00").unwrap();
        assert_eq!(rate("20/17").convert(shillings, Currency::JPY, Rounding::HalfEven), Currency::JPY.money("1500"));
        let fine = Currency::KES.with_scale(18).unwrap();
        let cent = Currency::KES.money("0.01").unwrap();
        assert_eq!(ExchangeRate::ONE.convert(cent, fine, Rounding::Down), fine.money("0.01"));
    }

    #[test]
    fn the_ends_of_the_range_are_exact_or_refused() {
        let most = Currency::KES.amount(Amount::MAX);
        assert_eq!(ExchangeRate::ONE.convert(most, Currency::KES, Rounding::Up), Ok(most));
        let (great, small) = (rate("18446744073709551615"), rate("18446744073709551615").inverse());
        assert_eq!(great.convert(most, Currency::USD, Rounding::Down), Err(MoneyError::OutOfRange));
        // 2^96 - 1 = (2^64 - 1) * 2^32 + 2^32 - 1
        let worth = small.convert(most, Currency::USD, Rounding::Down).unwrap();
        assert_eq!(worth.minor(), 1 << 32);
        assert_eq!(great.convert(worth, Currency::KES, Rounding::Down).unwrap().minor(), most.minor() - (1 << 32) + 1);
        let fine = Currency::USD.with_scale(18).unwrap();
        assert_eq!(ExchangeRate::ONE.convert(most, fine, Rounding::Down), Err(MoneyError::OutOfRange));
        assert_eq!(small.convert(fine.amount(Amount::MAX), Currency::JPY, Rounding::Up), Currency::JPY.money("1"));
    }

    #[test]
    fn long_division_reaches_the_greatest_amount_and_nothing_above_it() {
        let most = Amount::MAX.signed().unsigned_abs();
        assert_eq!(divided_by_bits(most, 7, 7), Ok((most, 0)));
        assert_eq!(divided_by_bits(most, 8, 7), Err(MoneyError::OutOfRange));
    }

    proptest! {
        #[test]
        fn long_division_says_what_short_division_says(minor in 0..1_u128 << 60, times in 1..1_u128 << 60, by in 1..1_u128 << 60) {
            let product = minor * times;
            let short = (product / by, product % by);
            let long = divided_by_bits(minor, times, by);
            if short.0 <= Amount::MAX.signed().unsigned_abs() {
                prop_assert_eq!(long, Ok(short));
            } else {
                prop_assert_eq!(long, Err(MoneyError::OutOfRange));
            }
        }

        #[test]
        fn down_and_up_enclose_the_exact_worth(minor in 0..=Amount::MAX.signed(), units in 1_u64.., per in 1_u64..) {
            let rate = ExchangeRate::ratio(units, per).unwrap();
            let money = Currency::KES.minor(minor).unwrap();
            let worth = |rounding| rate.convert(money, Currency::USD, rounding);
            if let (Ok(down), Ok(up)) = (worth(Rounding::Down), worth(Rounding::Up)) {
                prop_assert!(up.minor() - down.minor() <= 1);
                // Back again, nothing is won.
                let back = rate.inverse().convert(down, Currency::KES, Rounding::Down).unwrap();
                prop_assert!(back.minor() <= minor);
            }
        }

        #[test]
        fn texts_come_back(units in 1_u64.., any in 1_u64.., twos in 0..19_u32, fives in 0..19_u32, decimal: bool) {
            // Ratios that are decimals are rare among all.
            let per = if decimal { 2_u64.pow(twos) * 5_u64.pow(fives) } else { any };
            let rate = ExchangeRate::ratio(units, per).unwrap();
            prop_assert_eq!(rate.to_string().parse::<ExchangeRate>(), Ok(rate));
            prop_assert_eq!(rate.inverse().inverse(), rate);
        }
    }
}
