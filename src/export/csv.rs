//! CSV of postings and of entries.

use std::collections::BTreeMap;
use std::io::{BufWriter, Write};

use super::cells::Row;
use super::walk::{Accounts, Movement};
use super::{Export, ExportError};
use crate::model::{Account, BookId, Side};
use crate::money::Money;

const POSTINGS: &[&str] = &[
    "entry",
    "posting",
    "recorded_at",
    "effective_at",
    "day",
    "kind",
    "operation",
    "book",
    "account",
    "name",
    "side",
    "role",
    "stage",
    "debit",
    "credit",
    "currency",
    "balance",
    "narrative",
    "client",
    "key",
    "actor",
    "reverses",
    "references",
    "metadata",
];

const ENTRIES: &[&str] = &[
    "entry",
    "recorded_at",
    "effective_at",
    "day",
    "kind",
    "operation",
    "book",
    "amount",
    "currency",
    "lines",
    "narrative",
    "client",
    "key",
    "actor",
    "reverses",
    "references",
    "metadata",
];

pub(super) fn postings(mut export: Export<'_>, out: impl Write) -> Result<u64, ExportError> {
    let mut out = BufWriter::new(out);
    let (view, zone, books) = (export.view, export.zone.clone(), export.books()?);
    write!(out, "{}\r\n", POSTINGS.join(","))?;
    let name = |account: &Account| account.name.clone();
    let mut names = Accounts::new(view, &name);
    let mut rows = 0;
    export.movements(&mut |movement| {
        for line in &movement.lines {
            let (entry, posting) = (movement.entry, line.posting);
            let mut row = Row::default();
            row.cell(entry.sequence.to_string());
            row.cell(crate::model::Posting::id(entry.sequence, line.place).to_string());
            times(&mut row, movement, &zone);
            row.text(books.get(&posting.book).map(|book| book.name.as_str()).unwrap_or_default());
            row.cell(posting.account.number().to_string());
            row.text(names.of(posting.account)?);
            row.cell(posting.side.to_string());
            row.cell(posting.role.to_string());
            row.cell(posting.stage.to_string());
            let amount = line.money.text();
            row.cell(if posting.side == Side::Debit { amount.as_str() } else { "" });
            row.cell(if posting.side == Side::Credit { amount.as_str() } else { "" });
            row.cell(line.money.currency().code());
            row.cell(balance(posting, line.money)?.text());
            facts(&mut row, movement);
            write!(out, "{row}")?;
            rows += 1;
        }
        Ok(())
    })?;
    out.flush()?;
    Ok(rows)
}

/// The account's posted balance after a line.
pub(super) fn balance(posting: &crate::model::Posting, money: Money) -> Result<Money, ExportError> {
    let posted = posting.after.posted(posting.normal);
    Ok(money.currency().minor(posted).map_err(crate::ledger::Error::from)?)
}

pub(super) fn entries(mut export: Export<'_>, out: impl Write) -> Result<u64, ExportError> {
    let mut out = BufWriter::new(out);
    let (zone, books) = (export.zone.clone(), export.books()?);
    write!(out, "{}\r\n", ENTRIES.join(","))?;
    let mut rows = 0;
    export.movements(&mut |movement| {
        // What only reserves has the sum of what it reserves.
        let settled = movement.settled().next().is_some();
        let mut sums: BTreeMap<BookId, (Money, u32)> = BTreeMap::new();
        for line in &movement.lines {
            let sum = sums.entry(line.posting.book).or_insert((line.money.currency().zero(), 0));
            sum.1 += 1;
            let counts = settled == line.posting.stage.is_settled() && line.posting.side == Side::Debit;
            if counts {
                sum.0 = sum.0.plus(line.money).map_err(crate::ledger::Error::from)?;
            }
        }
        for (book, (sum, lines)) in sums {
            let mut row = Row::default();
            row.cell(movement.entry.sequence.to_string());
            times(&mut row, movement, &zone);
            row.text(books.get(&book).map(|book| book.name.as_str()).unwrap_or_default());
            row.cell(sum.text());
            row.cell(sum.currency().code());
            row.cell(lines.to_string());
            facts(&mut row, movement);
            write!(out, "{row}")?;
            rows += 1;
        }
        Ok(())
    })?;
    out.flush()?;
    Ok(rows)
}

fn times(row: &mut Row, movement: &Movement<'_>, zone: &crate::ledger::Zone) {
    let entry = movement.entry;
    row.cell(entry.recorded_at.to_string());
    row.cell(entry.effective_at().to_string());
    row.cell(zone.day_of(entry.effective_at()));
    row.cell(movement.kind());
    row.cell(movement.posted.operation.to_string());
}

fn facts(row: &mut Row, movement: &Movement<'_>) {
    let (entry, details) = (movement.entry, movement.posted.details.as_deref());
    row.text(entry.narrative().unwrap_or_default());
    row.cell(entry.client.map(|client| client.to_string()).unwrap_or_default());
    row.text(entry.key.as_deref().unwrap_or_default());
    row.text(entry.actor.as_deref().unwrap_or_default());
    row.cell(movement.posted.reverses.map(|reverses| reverses.original.to_string()).unwrap_or_default());
    let references = details.into_iter().flat_map(|details| &details.references);
    let references: Vec<String> = references.map(|reference| format!("{}={}", reference.kind, reference.id)).collect();
    row.text(&references.join("; "));
    let metadata = details.into_iter().flat_map(|details| &details.metadata);
    let metadata: Vec<String> = metadata.map(|(key, value)| format!("{key}={value}")).collect();
    row.text(&metadata.join("; "));
}
