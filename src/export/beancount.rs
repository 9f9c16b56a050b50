//! A beancount file.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufWriter, Write};

use super::names::{beancount_account, beancount_commodity};
use super::walk::{Accounts, Movement};
use super::{Export, ExportError};
use crate::model::{Account, AccountId, Side};

/// What is known of an account while transactions are written.
struct Known {
    name: String,
    opened: String,
}

pub(super) fn write(mut export: Export<'_>, out: impl Write) -> Result<u64, ExportError> {
    let mut out = BufWriter::new(out);
    let (view, zone, books) = (export.view, export.zone.clone(), export.books()?);
    writeln!(out, ";; pacioli, after entry {}\noption \"title\" \"pacioli\"", view.sequence())?;
    let codes: BTreeSet<&str> = books.values().map(|book| book.currency.code()).collect();
    for code in &codes {
        writeln!(out, "option \"operating_currency\" \"{}\"", beancount_commodity(code))?;
    }
    let name = |account: &Account| beancount_account(account, books.get(&account.book));
    let known = |account: &Account| Known { name: name(account), opened: zone.day_of(account.opened_at) };
    let mut accounts = Accounts::new(view, &known);
    // Accounts that were used, by back-dating, before the day on which they were opened.
    let mut earlier: BTreeMap<AccountId, String> = BTreeMap::new();
    let (mut transactions, mut last_day) = (0, String::new());
    export.movements(&mut |movement| {
        let day = zone.day_of(movement.entry.effective_at());
        last_day = last_day.as_str().max(&day).to_owned();
        for line in movement.settled() {
            if day < accounts.of(line.posting.account)?.opened {
                let first = earlier.entry(line.posting.account).or_insert_with(|| day.clone());
                *first = first.as_str().min(&day).to_owned();
            }
        }
        transactions += u64::from(transaction(&mut out, movement, &day, &mut accounts)?);
        Ok(())
    })?;
    // A balance is that of the morning.
    let morning = day_after(&zone, &last_day);
    writeln!(out)?;
    export.accounts(&mut |account| {
        let opened = zone.day_of(account.opened_at);
        let day = earlier.get(&account.id).unwrap_or(&opened);
        let commodity = beancount_commodity(account.currency.code());
        writeln!(out, "{day} open {} {commodity}\n  name: {}", name(account), quoted(&account.name))?;
        if account.balance.activity_number > 0 {
            let balance = match account.normal_side {
                Side::Debit => account.balance.current,
                Side::Credit => account.balance.current.negated(),
            };
            writeln!(out, "{morning} balance {}  {} ~ 0 {commodity}", name(account), balance.text())?;
        }
        Ok(())
    })?;
    out.flush()?;
    Ok(transactions)
}

/// The day after a day of our own making.
fn day_after(zone: &crate::ledger::Zone, day: &str) -> String {
    zone.days(day, day).map_or_else(|_| day.to_owned(), |range| zone.day_of(range.end))
}

/// Whether it was a transaction, and not a comment alone.
fn transaction(
    out: &mut impl Write,
    movement: &Movement<'_>,
    day: &str,
    accounts: &mut Accounts<'_, Known>,
) -> Result<bool, ExportError> {
    let (entry, settled) = (movement.entry, movement.settled().next().is_some());
    // What moves nothing is a comment as a whole.
    let (before, indent) = if settled { ("", "  ") } else { (";; ", "") };
    let kind = movement.kind();
    let narrative = quoted(entry.narrative().unwrap_or(&kind));
    write!(out, "\n{before}{day} {} {narrative} ^entry-{}", movement.mark(), entry.sequence)?;
    match movement.posted.reverses {
        Some(reverses) => writeln!(out, " ^entry-{}", reverses.original)?,
        None => writeln!(out)?,
    }
    let mut named: BTreeSet<String> = BTreeSet::new();
    for (tag, value) in movement.tags() {
        // A name that was there already gets a number behind it: each may stand once.
        let (mut name, mut count) = (tag.clone(), 1u32);
        while !named.insert(name.clone()) {
            count = count.saturating_add(1);
            name = format!("{tag}-{count}");
        }
        writeln!(out, "{before}{indent}{name}: {}", quoted(&value))?;
    }
    for line in movement.reserved() {
        let commodity = beancount_commodity(line.money.currency().code());
        writeln!(out, "{indent};; {} {} {commodity}", line.reserving(), line.money.text())?;
    }
    for line in movement.settled() {
        let commodity = beancount_commodity(line.money.currency().code());
        writeln!(out, "  {}  {} {commodity}", accounts.of(line.posting.account)?.name, line.signed())?;
    }
    Ok(settled)
}

/// A text in quotes, on one line.
fn quoted(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callers_texts_stay_in_their_quotes() {
        assert_eq!(quoted("a \"b\" \\\nc"), r#""a \"b\" \\ c""#);
    }
}
