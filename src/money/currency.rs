//! A currency: its code and the number of decimals that are kept; and the errors of this layer.
//!
//! The scale is part of the identity: KES kept with 2 decimals and KES kept with 4 are two currencies that never mix.

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The most bytes in a code. With the scale, a currency is 16 bytes.
const CODE_BYTES_MAX: usize = 15;

/// The fewest bytes in a code.
const CODE_BYTES_MIN: usize = 2;

/// The most decimals, as ether has. Figures still reach 79 thousand million major units.
const SCALE_MAX: u8 = 18;

/// A currency, or any other unit that a host counts, with the number of decimals that are kept.
///
/// The code is 2 to 15 of `A-Z`, `0-9`, `_`, `.`, `-`, a letter first; the scale is 0 to 18, and a minor unit is one
/// in the last decimal. Both are checked when the value is built, so every value is valid. Two currencies are equal
/// when code and scale are. They are ordered by code, then scale. In serde, `{"code":"KES","scale":2}`.
///
/// The constants are the currencies of ISO 4217 with their minor units, and parse from their codes; anything else comes
/// from [`Currency::new`].
///
/// ```
/// use pacioli::money::Currency;
///
/// assert_eq!((Currency::KES.scale(), "KES".parse()), (2, Ok(Currency::KES)));
/// let points = Currency::new("POINTS", 0)?;
/// assert_eq!(points.money("250")?.to_string(), "POINTS 250");
/// # Ok::<(), pacioli::money::MoneyError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency {
    /// ASCII, then zeros up to the end.
    code: [u8; CODE_BYTES_MAX],
    scale: u8,
}

impl Currency {
    /// A currency of the host's own: reward points, airtime, a currency that has left ISO 4217.
    ///
    /// ```
    /// use pacioli::money::{Currency, MoneyError};
    ///
    /// const POINTS: Currency = match Currency::new("POINTS", 0) {
    ///     Ok(points) => points,
    ///     Err(_) => panic!("a code and a scale"),
    /// };
    /// assert_eq!((POINTS.code(), POINTS.scale()), ("POINTS", 0));
    /// assert_eq!(Currency::new("points", 0), Err(MoneyError::InvalidCurrency { at: 0, length: 6 }));
    /// ```
    ///
    /// # Errors
    /// [`MoneyError::InvalidCurrency`] when the code is not 2 to 15 of `A-Z`, `0-9`, `_`, `.`, `-`, a letter first;
    /// [`MoneyError::InvalidScale`] when the scale is above 18. The code is judged first.
    pub const fn new(code: &str, scale: u8) -> Result<Currency, MoneyError> {
        let mut padded = [0; CODE_BYTES_MAX];
        let mut free: &mut [u8] = &mut padded;
        let mut rest = code.as_bytes();
        let mut at = 0;
        while let ([byte, rest_after @ ..], [slot, free_after @ ..]) = (rest, free) {
            let allowed = match *byte {
                b'A'..=b'Z' => true,
                b'0'..=b'9' | b'_' | b'.' | b'-' => at > 0,
                _ => false,
            };
            if !allowed {
                break;
            }
            *slot = *byte;
            at += 1;
            (rest, free) = (rest_after, free_after);
        }
        if !rest.is_empty() || at < CODE_BYTES_MIN {
            let length = code.len();
            return Err(MoneyError::InvalidCurrency { at, length });
        }
        let currency = Currency { code: padded, scale: 0 };
        currency.with_scale(scale)
    }

    /// The same code kept with another number of decimals, 0 to 18; for a book that keeps more than ISO 4217 names.
    ///
    /// # Errors
    /// [`MoneyError::InvalidScale`] when the scale is above 18.
    ///
    /// ```
    /// use pacioli::money::Currency;
    ///
    /// let fine = Currency::KES.with_scale(4)?;
    /// assert_eq!(fine.money("0.0125")?.minor(), 125);
    /// assert_ne!(fine, Currency::KES);
    /// # Ok::<(), pacioli::money::MoneyError>(())
    /// ```
    pub const fn with_scale(self, scale: u8) -> Result<Currency, MoneyError> {
        if scale > SCALE_MAX {
            return Err(MoneyError::InvalidScale { scale });
        }
        Ok(Currency { code: self.code, scale })
    }

    /// The code, 2 to 15 ASCII bytes.
    pub fn code(&self) -> &str {
        let padded = std::str::from_utf8(&self.code).unwrap_or_default();
        padded.trim_end_matches('\0')
    }

    /// The number of decimals, 0 to 18.
    pub const fn scale(&self) -> u8 {
        self.scale
    }
}

impl fmt::Display for Currency {
    /// The code alone.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

impl FromStr for Currency {
    type Err = MoneyError;

    /// Reads the code of a currency of ISO 4217, in capitals, with the decimals that the standard gives it.
    ///
    /// A code says nothing of the decimals of a currency of the host's own, nor of one that is kept with others than the
    /// standard's: those are made by [`Currency::new`] and [`Currency::with_scale`].
    ///
    /// # Errors
    /// [`MoneyError::InvalidCurrency`] when it is no code; [`MoneyError::UnknownCurrency`] when ISO 4217 has none of it.
    ///
    /// ```
    /// use pacioli::money::{Currency, MoneyError};
    ///
    /// assert_eq!("KES".parse(), Ok(Currency::KES));
    /// let points = Currency::new("POINTS", 0)?;
    /// assert_eq!("POINTS".parse::<Currency>(), Err(MoneyError::UnknownCurrency { code: points }));
    /// # Ok::<(), MoneyError>(())
    /// ```
    fn from_str(code: &str) -> Result<Self, MoneyError> {
        let formed = Self::new(code, 0)?;
        Self::iso(code).ok_or(MoneyError::UnknownCurrency { code: formed })
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Currency({}, {})", self.code(), self.scale)
    }
}

/// What serde writes and reads.
#[derive(Serialize, Deserialize)]
#[serde(rename = "Currency")]
struct Form<Code> {
    code: Code,
    scale: u8,
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let form = Form { code: self.code(), scale: self.scale };
        form.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Currency, D::Error> {
        let form = Form::<String>::deserialize(deserializer)?;
        Currency::new(&form.code, form.scale).map_err(D::Error::custom)
    }
}

/// Why a figure, a currency or a rate could not be built.
///
/// Found before anything reaches the ledger: the caller fixes what it passed. No variant holds the caller's text or
/// figures, only codes of currencies, so an error may be logged. It stands beside [`Currency`] because it names currencies and they return it.
///
/// ```
/// use pacioli::money::{Currency, MoneyError};
///
/// let error = Currency::KES.money("12.505").unwrap_err();
/// assert_eq!(error, MoneyError::TooManyDigits { digits: 3, scale: 2 });
/// assert_eq!(error.to_string(), "3 decimals given, 2 kept");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MoneyError {
    /// The text is not digits, with a sign before or one point between, if any.
    #[error("not a number: only digits, one sign before them and one point between them may stand")]
    NotANumber,
    /// The figure has more decimals than are kept; nothing is rounded unasked.
    #[error("{digits} decimals given, {scale} kept")]
    TooManyDigits {
        /// Decimals given, without trailing zeros.
        digits: u32,
        /// Decimals that the currency or the rate keeps.
        scale: u8,
    },
    /// The figure or the result is further from zero than [`Amount::MAX`](crate::money::Amount::MAX).
    #[error("more than 79228162514264337593543950335 minor units")]
    OutOfRange,
    /// An amount would be below zero.
    #[error("an amount is never negative")]
    Negative,
    /// Two currencies where there must be one. The scale counts.
    #[error("{left} with {} decimals and {right} with {} decimals do not mix", .left.scale(), .right.scale())]
    CurrencyMismatch {
        /// The currency of the figure that was asked.
        left: Currency,
        /// The currency of the other.
        right: Currency,
    },
    /// The code of a currency is not 2 to 15 of `A-Z`, `0-9`, `_`, `.`, `-`, a letter first.
    #[error(
        "a currency code of {length} bytes goes wrong at byte {at}: it is 2 to 15 of A-Z 0-9 _ . -, a letter first"
    )]
    InvalidCurrency {
        /// The first byte that breaks the rule, or is missing; counted from 0.
        at: usize,
        /// Bytes in the code.
        length: usize,
    },
    /// More decimals than a currency may keep.
    #[error("{scale} decimals asked, at most 18 can be kept")]
    InvalidScale {
        /// Decimals asked.
        scale: u8,
    },
    /// A rate is below 0 or above 100 percent.
    #[error("a rate is from 0 to 100 percent")]
    InvalidRate,
    /// An exchange rate is not above zero, or has more digits than are kept.
    #[error("an exchange rate is above zero and a ratio of whole numbers of 64 bits")]
    InvalidExchangeRate,
    /// A proportion has nothing to be a part of, or a part greater than the whole.
    #[error("a proportion needs a whole above zero and a part no greater than the whole")]
    InvalidProportion,
    /// There is no weight, or every weight is zero, so nobody can be given the total.
    #[error("an allocation needs a weight above zero")]
    NoWeight,
    /// A text names a currency that ISO 4217 does not have; one of the host's own needs its number of decimals too.
    #[error("{code} is no currency of ISO 4217: one of your own is made with its number of decimals")]
    UnknownCurrency {
        /// The code, with no decimals.
        code: Currency,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn currency_is_sixteen_bytes() {
        assert_eq!(size_of::<Currency>(), 16);
    }

    #[test]
    fn codes_within_the_rule_are_kept_as_written() {
        for code in ["KES", "AB", "A-1_B.C", "ABCDEFGHIJKLMNO", "B0"] {
            let currency = Currency::new(code, 18).unwrap();
            assert_eq!((currency.code(), currency.scale()), (code, 18));
        }
    }

    #[test]
    fn codes_outside_the_rule_are_refused_with_the_place() {
        for (code, at) in [
            ("", 0),
            ("A", 1),
            ("1A", 0),
            ("kES", 0),
            ("KEs", 2),
            ("KE S", 2),
            ("KE\0", 2),
            ("KÉS", 1),
            ("_AB", 0),
            ("ABCDEFGHIJKLMNOP", 15),
            ("ABCDEFGHIJKLMNO*", 15),
        ] {
            let length = code.len();
            assert_eq!(Currency::new(code, 2), Err(MoneyError::InvalidCurrency { at, length }), "{code:?}");
        }
    }

    #[test]
    fn scale_above_eighteen_is_refused() {
        let refused = Err(MoneyError::InvalidScale { scale: 19 });
        assert_eq!(Currency::new("POINTS", 19), refused);
        assert_eq!(Currency::KES.with_scale(19), refused);
        assert_eq!(Currency::KES.with_scale(18).unwrap().scale(), 18);
    }

    #[test]
    fn currencies_are_ordered_by_code_then_scale() {
        let short = Currency::new("KE", 9).unwrap();
        let fine = Currency::KES.with_scale(4).unwrap();
        assert!(short < Currency::KES && Currency::KES < fine && fine < Currency::NZD);
    }

    #[test]
    fn serde_keeps_code_and_scale_and_checks_both() {
        let json = serde_json::to_string(&Currency::KES).unwrap();
        assert_eq!(json, r#"{"code":"KES","scale":2}"#);
        assert_eq!(serde_json::from_str::<Currency>(&json).unwrap(), Currency::KES);
        assert!(serde_json::from_str::<Currency>(r#"{"code":"kes","scale":2}"#).is_err());
        assert!(serde_json::from_str::<Currency>(r#"{"code":"KES","scale":19}"#).is_err());
    }

    #[test]
    fn codes_of_iso_4217_are_read_and_others_refused() {
        for code in ["", "A", "kes", "KES ", " KES", "KÉS", "ABCDEFGHIJKLMNOP"] {
            assert!(matches!(code.parse::<Currency>(), Err(MoneyError::InvalidCurrency { .. })), "{code:?}");
        }
        for code in ["POINTS", "XXX", "KE", "KESX"] {
            let error = code.parse::<Currency>().unwrap_err();
            assert_eq!(error.to_string().strip_prefix(code).map(|rest| &rest[..6]), Some(" is no"));
        }
    }

    #[test]
    fn currency_shows_its_code_and_debug_its_scale() {
        assert_eq!(Currency::UGX.to_string(), "UGX");
        assert_eq!(format!("{:?}", Currency::UGX), "Currency(UGX, 0)");
    }

    #[test]
    fn mismatch_names_both_scales() {
        let error = MoneyError::CurrencyMismatch { left: Currency::KES, right: Currency::UGX };
        assert_eq!(error.to_string(), "KES with 2 decimals and UGX with 0 decimals do not mix");
    }
}
