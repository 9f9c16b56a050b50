//! What plain-text journals have in common: days, lines that balance, and the order of days.

use std::collections::BTreeMap;
use std::io::Error as IoError;

use super::amount;
use super::item::{Asserted, Found, Item, Items, Part, Sum};
use crate::money::Decimal;

/// A line of a transaction as it is written.
pub(super) struct Written {
    pub account: String,
    /// `None` where the amount was left out.
    pub sum: Option<Sum>,
    /// What it counts for when the transaction is balanced: at its price or cost, if it has one.
    pub weight: Option<Sum>,
    pub asserted: Option<Asserted>,
}

/// A transaction as it is written.
pub(super) struct Draft {
    pub line: u64,
    pub day: String,
    pub narrative: Option<String>,
    pub parts: Vec<Written>,
    /// Why it cannot be read, if a line of it cannot.
    pub wrong: Option<String>,
}

impl Draft {
    pub(super) fn new(line: u64, day: String, narrative: Option<String>) -> Self {
        Self { line, day, narrative, parts: Vec::new(), wrong: None }
    }

    /// Keeps the first reason.
    pub(super) fn take(&mut self, line: u64, part: Result<Written, String>) {
        match part {
            Ok(part) => self.parts.push(part),
            Err(reason) => {
                self.wrong.get_or_insert(if line == self.line { reason } else { format!("line {line}: {reason}") });
            }
        }
    }

    fn item(self) -> Result<Item, String> {
        if let Some(reason) = self.wrong {
            return Err(reason);
        }
        let parts = balanced(self.parts)?;
        Ok(Item::Transaction { key: None, date: self.day, narrative: self.narrative, parts, opening: false })
    }
}

/// The lines with the amount that was left out, if they balance.
fn balanced(written: Vec<Written>) -> Result<Vec<Part>, String> {
    let mut left: BTreeMap<String, Decimal> = BTreeMap::new();
    let mut least: BTreeMap<String, u32> = BTreeMap::new();
    let too_large = || "a sum is too large".to_owned();
    let mut priced = false;
    for part in &written {
        let (Some(sum), Some(weight)) = (&part.sum, &part.weight) else { continue };
        priced |= sum != weight;
        let scale = least.entry(sum.code.clone()).or_insert(sum.amount.scale());
        *scale = (*scale).min(sum.amount.scale());
        let before = left.entry(weight.code.clone()).or_default();
        *before = before.checked_add(weight.amount).ok_or_else(too_large)?;
    }
    left.retain(|_, rest| !rest.is_zero());
    if written.iter().filter(|part| part.sum.is_none()).count() > 1 {
        return Err("two amounts are left out".to_owned());
    }
    let mut parts = Vec::with_capacity(written.len());
    let complete = written.iter().all(|part| part.sum.is_some());
    for part in written {
        match part.sum {
            Some(sum) => parts.push(Part { account: part.account, sum, asserted: part.asserted }),
            None => {
                let rest = std::mem::take(&mut left);
                let fill = |(code, rest): (String, Decimal)| Part {
                    account: part.account.clone(),
                    sum: Sum { amount: -rest, code },
                    asserted: None,
                };
                parts.extend(rest.into_iter().map(fill));
            }
        }
    }
    for (code, rest) in left.iter().filter(|_| complete) {
        // What prices come to is seldom whole: half a unit of the coarsest amount may be left.
        let scale = least.get(code).copied().unwrap_or(2).saturating_add(1);
        let tolerance = if priced { Decimal::new(5, scale.min(28)) } else { Decimal::ZERO };
        if rest.abs() > tolerance {
            return Err(format!("it does not balance: {rest} {code} is left"));
        }
    }
    Ok(parts)
}

/// Reads what may stand behind an account: an amount, its cost and price, an assertion.
pub(super) fn behind(account: String, text: &str) -> Result<Written, String> {
    if text.trim().is_empty() {
        return Ok(Written { account, sum: None, weight: None, asserted: None });
    }
    if text.trim_start().starts_with('=') {
        return Err("a balance is assigned, which cannot be imported".to_owned());
    }
    let (sum, mut rest) = amount::sum(text)?;
    let (mut weight, mut at_cost, mut asserted) = (sum.clone(), false, None);
    while !rest.is_empty() {
        if let Some(cost) = rest.strip_prefix("{{").or_else(|| rest.strip_prefix('{')) {
            let (cost, after) = cost.split_once('}').ok_or("a cost is not closed")?;
            rest = after.trim_start_matches('}').trim_start();
            // A cost may have a day and a label behind it; one that is left out is known to the tool alone.
            if cost.trim().is_empty() {
                return Err("a cost is left out".to_owned());
            }
            let (price, _) = amount::sum(cost)?;
            weight = priced(&sum, &price, text.contains("{{"))?;
            at_cost = true;
        } else if let Some(price) = rest.strip_prefix('@') {
            let (total, price) = price.strip_prefix('@').map_or((false, price), |price| (true, price));
            let (price, after) = amount::sum(price)?;
            rest = after;
            // What was paid at its cost counts at its cost.
            if !at_cost {
                weight = priced(&sum, &price, total)?;
            }
        } else if rest.starts_with("==") {
            return Err("a balance of all currencies is asserted, which cannot be checked".to_owned());
        } else if let Some(stated) = rest.strip_prefix('=') {
            let (below, stated) = stated.strip_prefix('*').map_or((false, stated), |stated| (true, stated));
            let (stated, after) = amount::sum(stated)?;
            asserted = Some(Asserted { sum: stated, below });
            rest = after;
        } else {
            return Err("something stands behind an amount".to_owned());
        }
    }
    Ok(Written { account, sum: Some(sum), weight: Some(weight), asserted })
}

/// What a sum counts for at a price, for each unit or in all.
fn priced(sum: &Sum, price: &Sum, total: bool) -> Result<Sum, String> {
    let amount = if total {
        let magnitude = price.amount.abs();
        if sum.amount.is_sign_negative() { -magnitude } else { magnitude }
    } else {
        sum.amount.checked_mul(price.amount).ok_or("a sum is too large")?
    };
    Ok(Sum { amount, code: price.code.clone() })
}

/// A day as `2026-01-02`, from `2026/1/2` too.
pub(super) fn day(text: &str) -> Result<String, String> {
    let parts: Vec<&str> = text.split(['-', '/', '.']).collect();
    let wrong = || "it does not begin with a day of a year".to_owned();
    let [year, month, day] = parts.as_slice() else { return Err(wrong()) };
    let number = |text: &str, most: usize| {
        let fits = !text.is_empty() && text.len() <= most && text.bytes().all(|byte| byte.is_ascii_digit());
        if fits { text.parse::<u32>().ok() } else { None }
    };
    let year = number(year, 4).filter(|year| *year > 999).ok_or_else(wrong)?;
    let (month, day) = (number(month, 2).ok_or_else(wrong)?, number(day, 2).ok_or_else(wrong)?);
    Ok(format!("{year:04}-{month:02}-{day:02}"))
}

/// A journal in the order of its days.
#[derive(Default)]
pub(super) struct Journal {
    /// Day, place among the items of the day, item.
    items: Vec<(String, u8, Found)>,
}

/// Items of the morning come before those of the day.
const MORNING: u8 = 0;
const DAY: u8 = 1;

impl Journal {
    pub(super) fn transaction(&mut self, draft: Draft) {
        let (day, line) = (draft.day.clone(), draft.line);
        self.items.push((day, DAY, Found { line, item: draft.item() }));
    }

    /// A balance at the beginning of a day.
    pub(super) fn balance(&mut self, line: u64, day: String, account: String, asserted: Asserted) {
        self.items.push((day, MORNING, Found { line, item: Ok(Item::Balance { account, asserted }) }));
    }

    pub(super) fn wrong(&mut self, line: u64, reason: impl Into<String>) {
        self.items.push((String::new(), MORNING, Found { line, item: Err(reason.into()) }));
    }

    /// The items, day by day; those of a day as they were written.
    pub(super) fn sorted(mut self) -> Sorted {
        self.items.sort_by(|one, other| (&one.0, one.1).cmp(&(&other.0, other.1)));
        Sorted(self.items.into_iter())
    }
}

/// Items in the order of their days.
pub(super) struct Sorted(std::vec::IntoIter<(String, u8, Found)>);

impl Items for Sorted {
    fn next(&mut self) -> Result<Option<Found>, IoError> {
        Ok(self.0.next().map(|(_, _, found)| found))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(lines: &[(&str, &str)]) -> Result<Vec<String>, String> {
        let written = lines.iter().map(|(account, text)| behind((*account).to_owned(), text));
        let parts = balanced(written.collect::<Result<_, _>>()?)?;
        Ok(parts.iter().map(|part| format!("{} {} {}", part.account, part.sum.amount, part.sum.code)).collect())
    }

    #[test]
    fn what_is_left_out_is_what_is_left() {
        assert_eq!(parts(&[("a", "1.50 KES"), ("b", "")]), Ok(vec!["a 1.50 KES".into(), "b -1.50 KES".into()]));
        let two = parts(&[("a", "1 KES"), ("b", "2 USD"), ("c", "")]).unwrap();
        assert_eq!(two, ["a 1 KES", "b 2 USD", "c -1 KES", "c -2 USD"]);
        assert!(parts(&[("a", "1 KES"), ("b", ""), ("c", "")]).is_err());
    }

    #[test]
    fn lines_balance_at_their_prices() {
        assert!(parts(&[("a", "10 EUR @ 130.00 KES"), ("b", "-1300.00 KES")]).is_ok());
        assert!(parts(&[("a", "3 EUR @ 1.3333 USD"), ("b", "-4.00 USD")]).is_ok());
        assert!(parts(&[("a", "3 EUR @@ 4.00 USD"), ("b", "-4.00 USD")]).is_ok());
        assert!(parts(&[("a", "-3 EUR {1.00 USD, 2026-01-01} @ 2.00 USD"), ("b", "3.00 USD")]).is_ok());
        assert!(parts(&[("a", "10 EUR @ 130.00 KES"), ("b", "-1301.00 KES")]).is_err());
        assert!(parts(&[("a", "1.001 KES"), ("b", "-1.00 KES")]).is_err());
        assert!(parts(&[("a", "1 EUR"), ("b", "-1 KES")]).is_err());
    }

    #[test]
    fn days_are_written_in_several_ways() {
        assert_eq!(day("2026/1/2"), Ok("2026-01-02".to_owned()));
        assert_eq!(day("2026.11.30"), Ok("2026-11-30".to_owned()));
        for wrong in ["11/30", "26-01-01", "2026-1", "x", "2026-01-02-03"] {
            assert!(day(wrong).is_err(), "{wrong}");
        }
    }
}
