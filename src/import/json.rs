//! JSON lines: a document for each transaction, opening balance or assertion.

use std::io::{BufRead, Error as IoError};

use serde::Deserialize;

use super::item::{Asserted, FIRST_DAY, Found, Item, Items, Part, Sum, opening};
use super::lines::Lines;
use crate::money::Decimal;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    key: Option<String>,
    date: Option<String>,
    narrative: Option<String>,
    #[serde(default)]
    lines: Vec<Line>,
    opening: Option<Line>,
    balance: Option<Line>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    account: String,
    amount: String,
    currency: String,
}

impl Line {
    fn sum(&self) -> Result<Sum, String> {
        let amount = Decimal::from_str_exact(&self.amount).map_err(|_| "an amount is not a number".to_owned())?;
        Ok(Sum { amount, code: self.currency.clone() })
    }
}

/// Documents as items.
pub(super) struct Documents<R> {
    lines: Lines<R>,
}

impl<R: BufRead> Documents<R> {
    pub(super) const fn new(input: R) -> Self {
        Self { lines: Lines::new(input) }
    }
}

impl<R: BufRead> Items for Documents<R> {
    fn next(&mut self) -> Result<Option<Found>, IoError> {
        let mut text = String::new();
        while self.lines.read(&mut text)? > 0 {
            if !text.trim().is_empty() {
                return Ok(Some(Found { line: self.lines.line, item: item(&text) }));
            }
            text.clear();
        }
        Ok(None)
    }
}

fn item(text: &str) -> Result<Item, String> {
    let document: Document =
        serde_json::from_str(text).map_err(|error| format!("not a document of an import: {error}"))?;
    let date = document.date.clone();
    match (document.opening, document.balance, document.lines.is_empty()) {
        (Some(line), None, true) => {
            let sum = line.sum()?;
            Ok(opening(line.account, sum, date.unwrap_or_else(|| FIRST_DAY.to_owned())))
        }
        (None, Some(line), true) => {
            let asserted = Asserted { sum: line.sum()?, below: false };
            Ok(Item::Balance { account: line.account, asserted })
        }
        (None, None, false) => {
            let date = date.ok_or("it has no date")?;
            let part = |line: Line| Ok(Part { sum: line.sum()?, account: line.account, asserted: None });
            let parts = document.lines.into_iter().map(part).collect::<Result<_, String>>()?;
            Ok(Item::Transaction { key: document.key, date, narrative: document.narrative, parts, opening: false })
        }
        _ => Err("it has not one of lines, opening and balance".to_owned()),
    }
}
