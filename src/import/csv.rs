//! CSV as RFC 4180 has it, with a heading that tells what the columns are.

use std::io::{BufRead, Error as IoError};

use super::error::ImportError;
use super::item::{FIRST_DAY, Found, Item, Items, Part, Sum, opening};
use super::lines::Lines;
use crate::money::Decimal;

/// The most bytes of one record.
const RECORD_BYTES_MAX: usize = 1 << 20;

/// What a heading makes of the records below it: the places of its columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// A transaction on each line: date, debit, credit, amount, currency.
    Pairs([usize; 5]),
    /// A line of a transaction on each line: key, date, account, amount, currency.
    Lines([usize; 5]),
    /// An opening balance on each line: account, currency, balance.
    Opening([usize; 3]),
}

/// Where the columns that may be missing are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Others {
    key: Option<usize>,
    date: Option<usize>,
    narrative: Option<usize>,
}

/// Records as items.
pub(super) struct Rows<R> {
    records: Records<R>,
    shape: Shape,
    others: Others,
    /// A record that was read and not used.
    ahead: Option<(u64, Vec<String>)>,
}

impl<R: BufRead> Rows<R> {
    pub(super) fn new(input: R) -> Result<Self, ImportError> {
        let mut records = Records(Lines::new(input));
        let (_, heading) = records.next()?.unwrap_or_default();
        let heading: Vec<String> = heading.iter().map(|name| name.trim().to_lowercase()).collect();
        let at = |name: &str| heading.iter().position(|column| column == name);
        let all = |names: [&str; 5]| {
            let places = names.map(at);
            places.iter().all(Option::is_some).then(|| places.map(Option::unwrap_or_default))
        };
        let opening = || Some([at("account")?, at("currency")?, at("balance")?]);
        let shape = all(["date", "debit", "credit", "amount", "currency"])
            .map(Shape::Pairs)
            .or_else(|| all(["key", "date", "account", "amount", "currency"]).map(Shape::Lines))
            .or_else(|| opening().map(Shape::Opening));
        let what = "the heading names neither date, debit, credit, amount, currency; nor key, date, account, amount, \
                    currency; nor account, currency, balance";
        let shape = shape.ok_or_else(|| ImportError::Form { what: what.to_owned() })?;
        let others = Others { key: at("key"), date: at("date"), narrative: at("narrative") };
        Ok(Self { records, shape, others, ahead: None })
    }

    fn record(&mut self) -> Result<Option<(u64, Vec<String>)>, IoError> {
        match self.ahead.take() {
            Some(record) => Ok(Some(record)),
            None => self.records.next(),
        }
    }

    /// The item that begins with a record.
    fn item(&mut self, record: &[String]) -> Result<Result<Item, String>, IoError> {
        let cell = |place: usize| record.get(place).map(|cell| cell.trim()).unwrap_or_default();
        let other = |place: Option<usize>| place.map(cell).filter(|cell| !cell.is_empty()).map(str::to_owned);
        let narrative = other(self.others.narrative);
        match self.shape {
            Shape::Pairs([date, debit, credit, amount, currency]) => Ok(sum(cell(amount), cell(currency)).map(|sum| {
                let against = Sum { amount: -sum.amount, code: sum.code.clone() };
                let part = |account: &str, sum: Sum| Part { account: account.to_owned(), sum, asserted: None };
                let parts = vec![part(cell(debit), sum), part(cell(credit), against)];
                let (key, date) = (other(self.others.key), cell(date).to_owned());
                Item::Transaction { key, date, narrative, parts, opening: false }
            })),
            Shape::Opening([account, currency, balance]) => {
                let date = other(self.others.date).unwrap_or_else(|| FIRST_DAY.to_owned());
                Ok(sum(cell(balance), cell(currency)).map(|sum| opening(cell(account).to_owned(), sum, date)))
            }
            Shape::Lines(places) => {
                let [key, date, ..] = places;
                let (key, date) = (cell(key).to_owned(), cell(date).to_owned());
                if key.is_empty() {
                    return Ok(Err("it has no key".to_owned()));
                }
                self.lines(record, places, key, date, narrative)
            }
        }
    }

    /// The transaction that a record begins, with the records after it that have its key.
    fn lines(
        &mut self,
        first: &[String],
        places: [usize; 5],
        key: String,
        date: String,
        narrative: Option<String>,
    ) -> Result<Result<Item, String>, IoError> {
        let [key_place, _, account, amount, currency] = places;
        let part = |record: &[String]| {
            let cell = |place: usize| record.get(place).map(|cell| cell.trim()).unwrap_or_default();
            sum(cell(amount), cell(currency)).map(|sum| Part { account: cell(account).to_owned(), sum, asserted: None })
        };
        let mut parts = vec![part(first)];
        while let Some((line, record)) = self.records.next()? {
            if record.get(key_place).map(|cell| cell.trim()) != Some(key.as_str()) {
                self.ahead = Some((line, record));
                break;
            }
            parts.push(part(&record));
        }
        let parts: Result<Vec<Part>, String> = parts.into_iter().collect();
        Ok(parts.map(|parts| Item::Transaction { key: Some(key), date, narrative, parts, opening: false }))
    }
}

impl<R: BufRead> Items for Rows<R> {
    fn next(&mut self) -> Result<Option<Found>, IoError> {
        loop {
            let Some((line, record)) = self.record()? else { return Ok(None) };
            if record.iter().all(|cell| cell.trim().is_empty()) {
                continue;
            }
            let item = self.item(&record)?;
            return Ok(Some(Found { line, item }));
        }
    }
}

/// An amount and a currency from cells of their own.
fn sum(amount: &str, code: &str) -> Result<Sum, String> {
    if code.is_empty() {
        return Err("it has no currency".to_owned());
    }
    let (negative, digits) = match amount.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, amount.strip_prefix('+').unwrap_or(amount)),
    };
    let (amount, rest): (Decimal, &str) = super::amount::number(digits)?;
    if !rest.is_empty() {
        return Err("an amount is not a number".to_owned());
    }
    Ok(Sum { amount: if negative { -amount } else { amount }, code: code.to_owned() })
}

/// Records of cells, one after another.
struct Records<R>(Lines<R>);

impl<R: BufRead> Records<R> {
    /// The next record with its first line.
    fn next(&mut self) -> Result<Option<(u64, Vec<String>)>, IoError> {
        let (mut text, mut quotes) = (String::new(), 0usize);
        let first = self.0.line.saturating_add(1);
        loop {
            let read = self.0.read(&mut text)?;
            if read == 0 {
                return Ok((!text.is_empty()).then(|| (first, cells(&text))));
            }
            // Of the line alone: counted from the record's beginning, its lines would cost their number squared.
            let marks = text.bytes().rev().take(read).filter(|byte| *byte == b'"').count();
            quotes = quotes.saturating_add(marks);
            // A quote that is open goes on in the next line.
            if quotes.is_multiple_of(2) {
                return Ok(Some((first, cells(&text))));
            }
            if text.len() > RECORD_BYTES_MAX {
                let what = format!("line {first}: a record is too long");
                return Err(IoError::new(std::io::ErrorKind::InvalidData, what));
            }
        }
    }
}

/// The cells of a record.
fn cells(record: &str) -> Vec<String> {
    let record = record.strip_suffix('\n').unwrap_or(record);
    let record = record.strip_suffix('\r').unwrap_or(record).trim_start_matches('\u{feff}');
    let (mut cells, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    let mut characters = record.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                cell.push('"');
                characters.next();
            }
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(std::mem::take(&mut cell)),
            other => cell.push(other),
        }
    }
    cells.push(cell);
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(u64, Result<Item, String>)> {
        let mut rows = Rows::new(text.as_bytes()).ok().unwrap();
        std::iter::from_fn(|| rows.next().unwrap()).map(|found| (found.line, found.item)).collect()
    }

    #[test]
    fn quotes_hold_commas_lines_and_quotes() {
        assert_eq!(cells("a,\"b, \"\"c\"\"\nd\",\r\n"), ["a", "b, \"c\"\nd", ""]);
        let items = read(
            "Date,debit,credit,amount,currency,narrative\n2026-01-01,A,B,\"1,000.00\",KES,\"two\nlines\"\n\nx,,,,\n",
        );
        assert_eq!(items.len(), 2);
        assert_eq!((items[0].0, items[1].0), (2, 5));
        assert!(matches!(&items[0].1, Ok(Item::Transaction { narrative: Some(text), .. }) if text == "two\nlines"));
        assert_eq!(items[1].1, Err("it has no currency".to_owned()));
    }

    #[test]
    fn neighbours_of_one_key_are_one_transaction() {
        let items = read("key,date,account,amount,currency\nt1,d,A,1,KES\nt1,d,B,-1,KES\nt2,d,A,1,KES\n");
        let parts = |item: &Result<Item, String>| match item {
            Ok(Item::Transaction { parts, .. }) => parts.len(),
            _ => 0,
        };
        assert_eq!(items.iter().map(|(_, item)| parts(item)).collect::<Vec<_>>(), [2, 1]);
        assert_eq!((items[0].0, items[1].0), (2, 4));
    }

    #[test]
    fn headings_that_tell_nothing_are_refused() {
        assert!(matches!(Rows::new("a,b\n".as_bytes()), Err(ImportError::Form { .. })));
        assert!(matches!(Rows::new("".as_bytes()), Err(ImportError::Form { .. })));
    }
}
