//! Any text as money, a rate, an identifier or an instant: refused, or printed as it was meant and read back the same.

use arbitrary::{Arbitrary, Unstructured};
use pacioli::money::{Amount, Currency, Decimal, Rate, Rounding, allocate, proportion};
use pacioli::{AccountNumber, Cursor, PostingId, Timestamp, Zone};

/// Reads what the bytes stand for in every way.
pub fn run(data: &[u8]) {
    let given = <(u8, &str, i128, Vec<u64>)>::arbitrary_take_rest(Unstructured::new(data));
    let Ok((scale, text, minor, weights)) = given else { return };
    if let Ok(currency) = Currency::new(text, scale) {
        assert_eq!(Currency::new(currency.code(), currency.scale()), Ok(currency));
    }
    let Ok(currency) = Currency::new("FUZZ", scale) else { return };

    if let Ok(money) = currency.money(text) {
        assert_eq!(currency.money(&money.text()), Ok(money));
        assert_eq!(currency.decimal(money.to_decimal()), Ok(money));
        // What was given and what was read are the same number.
        if let Ok(decimal) = text.trim_start_matches('+').parse::<Decimal>() {
            assert_eq!(decimal, money.to_decimal());
        }
    }
    if let Ok(rate) = Rate::percent_text(text) {
        assert_eq!(Rate::percent(rate.as_percent()), Ok(rate));
        assert_eq!(Rate::percent_text(&rate.as_percent().to_string()), Ok(rate));
        if let Ok(amount) = Amount::minor(minor) {
            let [down, even, up] = [Rounding::Down, Rounding::HalfEven, Rounding::Up].map(|how| rate.of(amount, how));
            assert!(down <= even && even <= up && up <= amount && up.signed() - down.signed() <= 1);
        }
    }
    if let Ok(money) = currency.minor(minor) {
        assert_eq!(currency.money(&money.text()), Ok(money));
    }
    if let Ok(total) = Amount::minor(minor) {
        let weights: Vec<Amount> = weights.iter().filter_map(|weight| Amount::minor((*weight).into()).ok()).collect();
        if let Ok(shares) = allocate(total, &weights) {
            assert_eq!(shares.iter().map(|share| share.signed()).sum::<i128>(), total.signed());
        }
        if let [part, whole, ..] = weights.as_slice()
            && let Ok(share) = proportion(total, *part, *whole)
        {
            assert!(share <= total);
        }
    }

    if let Ok(posting) = text.parse::<PostingId>() {
        assert_eq!(posting.to_string().parse(), Ok(posting));
    }
    if let Ok(number) = text.parse::<AccountNumber>() {
        assert_eq!(number.to_string().parse(), Ok(number));
    }
    if let Ok(instant) = text.parse::<Timestamp>() {
        assert_eq!(instant.to_string().parse(), Ok(instant));
    }
    if let Ok(cursor) = text.parse::<Cursor>() {
        assert_eq!(cursor.to_string(), text);
    }
    if let Ok(zone) = text.parse::<Zone>() {
        assert_eq!(zone.to_string().parse::<Zone>().ok(), Some(zone));
    }
}
