//! An hledger journal.

use std::collections::BTreeMap;
use std::io::{BufWriter, Write};

use super::names::{hledger_account, hledger_commodity};
use super::walk::{Accounts, Movement};
use super::{Export, ExportError};
use crate::model::{Account, Book, BookId, Side};
use crate::money::Currency;

/// How many balances are asserted in one transaction.
const ASSERTED: usize = 1_000;

pub(super) fn write(mut export: Export<'_>, out: impl Write) -> Result<u64, ExportError> {
    let mut out = BufWriter::new(out);
    let (view, zone, books) = (export.view, export.zone.clone(), export.books()?);
    writeln!(out, "; pacioli, after entry {}\ndecimal-mark .\n", view.sequence())?;
    for currency in currencies(&books) {
        let zero = currency.zero().text();
        // Without decimals a mark must stand all the same.
        let mark = if zero.contains('.') { "" } else { "." };
        writeln!(out, "commodity 1000{}{mark} {}", zero.trim_start_matches('0'), hledger_commodity(currency.code()))?;
    }
    writeln!(out)?;
    let name = |account: &Account| hledger_account(account, books.get(&account.book));
    export.accounts(&mut |account| Ok(writeln!(out, "account {}", name(account))?))?;
    let mut names = Accounts::new(view, &name);
    let (mut transactions, mut last_day) = (0, String::new());
    export.movements(&mut |movement| {
        let day = zone.day_of(movement.entry.effective_at());
        last_day = last_day.as_str().max(&day).to_owned();
        transactions += u64::from(transaction(&mut out, movement, &day, &mut names)?);
        Ok(())
    })?;
    let mut asserted = 0;
    export.accounts(&mut |account| {
        if account.balance.activity_number == 0 {
            return Ok(());
        }
        if asserted % ASSERTED == 0 {
            writeln!(out, "\n{last_day} * balances after entry {}", view.sequence())?;
        }
        asserted += 1;
        let balance = match account.normal_side {
            Side::Debit => account.balance.current,
            Side::Credit => account.balance.current.negated(),
        };
        let commodity = hledger_commodity(account.currency.code());
        let zero = account.currency.zero().text();
        Ok(writeln!(out, "    {}  {zero} {commodity} = {} {commodity}", name(account), balance.text())?)
    })?;
    out.flush()?;
    Ok(transactions)
}

/// The currencies of these books, each code once, with as many decimals as any of them has.
fn currencies(books: &BTreeMap<BookId, Book>) -> Vec<Currency> {
    let mut finest: BTreeMap<&str, Currency> = BTreeMap::new();
    for book in books.values() {
        let kept = finest.entry(book.currency.code()).or_insert(book.currency);
        if kept.scale() < book.currency.scale() {
            *kept = book.currency;
        }
    }
    finest.into_values().collect()
}

/// Whether it was a transaction, and not a comment alone.
fn transaction(
    out: &mut impl Write,
    movement: &Movement<'_>,
    day: &str,
    names: &mut Accounts<'_, String>,
) -> Result<bool, ExportError> {
    let (entry, settled) = (movement.entry, movement.settled().next().is_some());
    // What moves nothing is a comment as a whole.
    let (before, indent) = if settled { ("", "    ") } else { ("; ", "; ") };
    let narrative = entry.narrative().map_or_else(|| movement.kind(), description);
    writeln!(out, "\n{before}{day} {} ({}) {narrative}", movement.mark(), entry.sequence)?;
    for (tag, value) in movement.tags() {
        writeln!(out, "{indent}; {tag}: {}", tag_value(&value))?;
    }
    for line in movement.reserved() {
        let commodity = hledger_commodity(line.money.currency().code());
        writeln!(out, "{indent}; {} {} {commodity}", line.reserving(), line.money.text())?;
    }
    for line in movement.settled() {
        let commodity = hledger_commodity(line.money.currency().code());
        writeln!(out, "    {}  {} {commodity}", names.of(line.posting.account)?, line.signed())?;
    }
    Ok(settled)
}

/// A text without what would end the description, or make a payee of its first half.
fn description(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() || c.is_whitespace() { ' ' } else { c }).collect();
    text.trim().replace(';', ",").replace('|', "/")
}

/// A text as a tag's value: commas end it, and so do lines.
fn tag_value(text: &str) -> String {
    let mut value = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, ',' | '%') || character.is_control() || matches!(character, '\u{2028}' | '\u{2029}') {
            let mut bytes = [0; 4];
            character.encode_utf8(&mut bytes).bytes().for_each(|byte| value.push_str(&format!("%{byte:02X}")));
        } else {
            value.push(character);
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callers_texts_stay_where_they_are() {
        assert_eq!(description("Rent; May\n  | x"), "Rent, May   / x");
        assert_eq!(tag_value("a, reverses: 5\n100 %"), "a%2C reverses: 5%0A100 %25");
    }
}
