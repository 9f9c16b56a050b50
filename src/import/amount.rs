//! Amounts as people write them: `-1,000.00 KES`, `KES 10`, `$5`, `10 "USDT.TRC20"`.

use super::item::Sum;
use crate::money::Decimal;

/// The sum at the beginning of a text, and what follows it.
pub(super) fn sum(text: &str) -> Result<(Sum, &str), String> {
    let (negative, rest) = sign(text.trim_start());
    let (before, rest) = commodity(rest)?;
    let (negative_too, rest) = if negative { (false, rest) } else { sign(rest.trim_start()) };
    let (amount, rest) = number(rest.trim_start())?;
    let (code, rest) = match before {
        Some(code) => (code, rest),
        None => match commodity(rest.trim_start_matches([' ', '\t']))? {
            (Some(code), rest) => (code, rest),
            (None, _) => return Err("an amount has no currency".to_owned()),
        },
    };
    let amount = if negative || negative_too { -amount } else { amount };
    Ok((Sum { amount, code }, rest.trim_start()))
}

fn sign(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest.trim_start()),
        None => (false, text.strip_prefix('+').unwrap_or(text).trim_start()),
    }
}

/// A currency's code at the beginning, if there is one.
fn commodity(text: &str) -> Result<(Option<String>, &str), String> {
    for (symbol, code) in [("$", "USD"), ("€", "EUR"), ("£", "GBP"), ("¥", "JPY")] {
        if let Some(rest) = text.strip_prefix(symbol) {
            return Ok((Some(code.to_owned()), rest));
        }
    }
    if let Some(quoted) = text.strip_prefix('"') {
        let (code, rest) = quoted.split_once('"').ok_or("a quote is not closed")?;
        return Ok((Some(code.to_owned()), rest));
    }
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '\'');
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic());
    let end = text.find(|c: char| !fits(c)).unwrap_or(text.len());
    let (code, rest) = text.split_at(if begins { end } else { 0 });
    // As exports write codes that beancount would not take.
    let code = code.strip_suffix("'0").unwrap_or(code);
    Ok(((!code.is_empty()).then(|| code.to_owned()), rest))
}

/// A number at the beginning, with commas between thousands or not.
pub(super) fn number(text: &str) -> Result<(Decimal, &str), String> {
    let end = text.find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | ',')).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    let wrong = || "an amount is not a number".to_owned();
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
    let groups: Vec<&str> = whole.split(',').collect();
    let grouped =
        groups.iter().skip(1).all(|group| group.len() == 3) && groups.first().is_some_and(|first| !first.is_empty());
    if decimals.contains(',') || decimals.contains('.') || (groups.len() > 1 && !grouped) {
        return Err(format!("{digits} can be read in more than one way"));
    }
    let plain = format!("{}.{decimals}", whole.replace(',', ""));
    let plain = plain.trim_end_matches('.');
    if plain.is_empty() || !plain.bytes().any(|byte| byte.is_ascii_digit()) {
        return Err(wrong());
    }
    let plain = if plain.starts_with('.') { format!("0{plain}") } else { plain.to_owned() };
    let amount = Decimal::from_str_exact(&plain).map_err(|_| wrong())?;
    Ok((amount, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_read_as_people_write_them() {
        let read = |text: &str| sum(text).map(|(sum, rest)| format!("{} {}|{rest}", sum.amount, sum.code));
        for (text, expected) in [
            ("10.50 KES", "10.50 KES|"),
            ("-1,000.00 KES @ 2 USD", "-1000.00 KES|@ 2 USD"),
            ("KES -10", "-10 KES|"),
            ("-$5.25", "-5.25 USD|"),
            ("$-5", "-5 USD|"),
            ("3 \"USDT.TRC20\" = 4 X", "3 USDT.TRC20|= 4 X"),
            ("3. TRUE'0", "3 TRUE|"),
            (".5 KES", "0.5 KES|"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(expected), "{text}");
        }
        for wrong in ["", "KES", "10", "1,5 KES", "1.2.3 KES", "1,00.0 KES", "x", "- KES"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
