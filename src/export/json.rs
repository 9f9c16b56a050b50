//! JSON lines: a document for each movement.

use std::io::{BufWriter, Write};

use serde::Serialize;

use super::csv::balance;
use super::walk::{Accounts, Movement};
use super::{Export, ExportError};
use crate::model::{
    Account, AccountId, AccountNumber, BookId, ClientId, EntryKind, Metadata, Operation, Party, Posting, PostingId,
    Reference, Role, Sequence, Side, Stage, Timestamp,
};
use crate::money::Money;

#[derive(Serialize)]
struct Document<'a> {
    entry: Sequence,
    recorded_at: Timestamp,
    effective_at: Timestamp,
    operation: Operation,
    kind: EntryKind,
    client: Option<ClientId>,
    key: Option<&'a str>,
    actor: Option<&'a str>,
    narrative: Option<&'a str>,
    metadata: Option<&'a Metadata>,
    references: &'a [Reference],
    from: Option<&'a Party>,
    to: Option<&'a Party>,
    reverses: Option<Sequence>,
    forced: bool,
    lines: Vec<LineForm>,
}

#[derive(Serialize)]
struct LineForm {
    posting: PostingId,
    account: AccountId,
    number: AccountNumber,
    name: String,
    book: BookId,
    side: Side,
    role: Role,
    stage: Stage,
    amount: Money,
    balance: Money,
}

pub(super) fn write(mut export: Export<'_>, out: impl Write) -> Result<u64, ExportError> {
    let mut out = BufWriter::new(out);
    let view = export.view;
    let name = |account: &Account| account.name.clone();
    let mut names = Accounts::new(view, &name);
    let mut documents = 0;
    export.movements(&mut |movement| {
        let document = document(movement, &mut names)?;
        serde_json::to_writer(&mut out, &document).map_err(std::io::Error::from)?;
        writeln!(out)?;
        documents += 1;
        Ok(())
    })?;
    out.flush()?;
    Ok(documents)
}

fn document<'a>(movement: &Movement<'a>, names: &mut Accounts<'_, String>) -> Result<Document<'a>, ExportError> {
    let (entry, posted) = (movement.entry, movement.posted);
    let details = posted.details.as_deref();
    let mut lines = Vec::with_capacity(movement.lines.len());
    for line in &movement.lines {
        let posting = line.posting;
        lines.push(LineForm {
            posting: Posting::id(entry.sequence, line.place),
            account: posting.account,
            number: posting.account.number(),
            name: names.of(posting.account)?.clone(),
            book: posting.book,
            side: posting.side,
            role: posting.role,
            stage: posting.stage,
            amount: line.money,
            balance: balance(posting, line.money)?,
        });
    }
    Ok(Document {
        entry: entry.sequence,
        recorded_at: entry.recorded_at,
        effective_at: entry.effective_at(),
        operation: posted.operation,
        kind: posted.kind,
        client: entry.client,
        key: entry.key.as_deref(),
        actor: entry.actor.as_deref(),
        narrative: entry.narrative(),
        metadata: details.map(|details| &details.metadata),
        references: details.map_or(&[], |details| &details.references),
        from: details.and_then(|details| details.from.as_ref()),
        to: details.and_then(|details| details.to.as_ref()),
        reverses: posted.reverses.map(|reverses| reverses.original),
        forced: posted.forced,
        lines,
    })
}
