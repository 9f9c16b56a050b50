//! Digits to minor units and back, exact in both directions.
//!
//! No float and no rounding: what does not fit is refused.

use rust_decimal::Decimal;

use super::currency::MoneyError;

/// Whether the text is one ASCII digit or more, and nothing else.
pub(super) fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The units of `[+-]?digits[.digits]` with `scale` decimals; the form is judged first, then the digits, then the size.
pub(super) fn from_text(text: &str, scale: u8) -> Result<i128, MoneyError> {
    let (negative, figure) = match text.as_bytes().first() {
        Some(b'-') => (true, text.get(1..).unwrap_or_default()),
        Some(b'+') => (false, text.get(1..).unwrap_or_default()),
        Some(_) | None => (false, text),
    };
    let (whole, decimals) = match figure.split_once('.') {
        Some((whole, decimals)) if is_digits(decimals) => (whole, decimals),
        Some(_) => return Err(MoneyError::NotANumber),
        None => (figure, ""),
    };
    if !is_digits(whole) {
        return Err(MoneyError::NotANumber);
    }
    let decimals = decimals.trim_end_matches('0');
    let padding = usize::from(scale).checked_sub(decimals.len()).ok_or_else(|| MoneyError::TooManyDigits {
        digits: u32::try_from(decimals.len()).unwrap_or(u32::MAX),
        scale,
    })?;
    let digits = whole.bytes().chain(decimals.bytes());
    let units = digits
        .chain(std::iter::repeat_n(b'0', padding))
        .try_fold(0_i128, |units, digit| {
            let digit = i128::from(digit.checked_sub(b'0')?);
            units.checked_mul(10)?.checked_add(digit)
        })
        .ok_or(MoneyError::OutOfRange)?;
    // Cannot overflow: the units are not below zero.
    Ok(if negative { -units } else { units })
}

/// The units of a decimal with `scale` decimals. Trailing zeros beyond the scale are dropped, other digits refused.
pub(super) fn from_decimal(decimal: Decimal, scale: u8) -> Result<i128, MoneyError> {
    let scale_kept = u32::from(scale);
    let (mut units, mut scale_now) = (decimal.mantissa(), decimal.scale());
    while scale_now > scale_kept {
        if units % 10 != 0 {
            let digits = scale_now;
            return Err(MoneyError::TooManyDigits { digits, scale });
        }
        units /= 10;
        scale_now -= 1;
    }
    10_i128
        .checked_pow(scale_kept - scale_now)
        .and_then(|factor| units.checked_mul(factor))
        .ok_or(MoneyError::OutOfRange)
}

/// The units of `scale` decimals as text with `shown` decimals, or more when the digits are not zeros.
pub(super) fn to_text(units: i128, scale: u8, shown: u8) -> String {
    let (scale, shown) = (usize::from(scale), usize::from(shown));
    let mut text = format!("{:0>width$}", units.unsigned_abs(), width = scale + 1);
    let point = text.len() - scale;
    text.insert(point, '.');
    let (least, full) = (point + 1 + shown, text.len());
    let wanted = text.trim_end_matches('0').len().max(least);
    text.truncate(wanted);
    text.extend(std::iter::repeat_n('0', wanted.saturating_sub(full)));
    if text.ends_with('.') {
        text.pop();
    }
    if units < 0 {
        text.insert(0, '-');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn text_of_this_form_is_read() {
        for (text, scale, units) in [
            ("0", 0, 0),
            ("-0", 2, 0),
            ("-0.00", 2, 0),
            ("+7", 0, 7),
            ("7", 2, 700),
            ("7.5", 2, 750),
            ("7.50000", 2, 750),
            ("7.000", 0, 7),
            ("-1234.50", 2, -123_450),
            ("0000000000000000000000000000000000000000000012", 1, 120),
            ("0.000000000000000001", 18, 1),
        ] {
            assert_eq!(from_text(text, scale), Ok(units), "{text}");
        }
    }

    #[test]
    fn text_of_another_form_is_refused() {
        for text in [
            "", "+", "-", ".", "1.", ".5", "-.5", "--1", "+-1", "1-", "1 ", " 1", "1,000", "1_000", "1e3", "1.2.3",
            "1.-2", "1.+2", "0x10", "NaN", "inf", "१", "1\n", "é", "-é", "1.é",
        ] {
            assert_eq!(from_text(text, 2), Err(MoneyError::NotANumber), "{text:?}");
        }
    }

    #[test]
    fn form_is_judged_before_digits_and_digits_before_size() {
        let nines = "9".repeat(60);
        let digits = |digits| Err(MoneyError::TooManyDigits { digits, scale: 2 });
        assert_eq!(from_text(&format!("{nines}.123x"), 2), Err(MoneyError::NotANumber));
        assert_eq!(from_text(&format!("{nines}.1230"), 2), digits(3));
        assert_eq!(from_text(&nines, 2), Err(MoneyError::OutOfRange));
        assert_eq!(from_text(&format!("-{nines}"), 2), Err(MoneyError::OutOfRange));
    }

    #[test]
    fn decimal_at_any_scale_is_read_or_refused() {
        for decimal in [Decimal::MAX, Decimal::MIN, Decimal::ONE, Decimal::ZERO] {
            for decimal_scale in 0..=28 {
                let mut decimal = decimal;
                decimal.set_scale(decimal_scale).unwrap();
                for scale in 0..=18 {
                    let text = decimal.to_string();
                    assert_eq!(from_decimal(decimal, scale), from_text(&text, scale), "{text}");
                }
            }
        }
    }

    #[test]
    fn zeros_beyond_the_scale_are_dropped() {
        assert_eq!(from_decimal(Decimal::new(15_000, 4), 2), Ok(150));
        assert_eq!(from_decimal(Decimal::new(15_010, 4), 2), Err(MoneyError::TooManyDigits { digits: 3, scale: 2 }));
        assert_eq!(from_decimal(Decimal::from_parts(0, 0, 0, true, 28), 0), Ok(0));
    }

    #[test]
    fn text_shows_the_decimals_asked_for_and_never_rounds() {
        for (units, scale, shown, text) in [
            (0, 2, 2, "0.00"),
            (0, 0, 0, "0"),
            (-300, 2, 2, "-3.00"),
            (-300, 2, 0, "-3"),
            (-305, 2, 0, "-3.05"),
            (350, 2, 1, "3.5"),
            (350, 2, 0, "3.5"),
            (5, 2, 4, "0.0500"),
            (1000, 0, 0, "1000"),
            (1000, 0, 2, "1000.00"),
            (1000, 3, 0, "1"),
            (-1, 18, 2, "-0.000000000000000001"),
        ] {
            assert_eq!(to_text(units, scale, shown), text);
        }
        assert_eq!(to_text(7, 0, u8::MAX).len(), 257);
        assert_eq!(to_text(i128::MIN, 0, 0), i128::MIN.to_string());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_without_a_panic(text in "\\PC*", scale in 0_u8..=18) {
            let _ = from_text(&text, scale);
        }

        #[test]
        fn text_written_is_read_back(units in -(1_i128 << 96)..(1 << 96), scale in 0_u8..=18, shown: u8) {
            prop_assert_eq!(from_text(&to_text(units, scale, shown), scale), Ok(units));
        }
    }
}
