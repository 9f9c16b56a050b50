//! Any text as a cursor, a filter or a name: a page, a refusal, or nothing found; never a panic, and never twice the same.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use pacioli::prelude::*;
use pacioli::{AccountFilter, ManualClock, Page, PayoutFilter};

#[path = "../../tests/golden/world.rs"]
mod world;

static LEDGER: LazyLock<Ledger> = LazyLock::new(|| {
    let clock = std::sync::Arc::new(ManualClock::at(Timestamp(1_795_000_000_000_000_000)));
    let ledger = Ledger::builder().clock(std::sync::Arc::clone(&clock)).nonces(|| [7; 16]);
    let ledger = ledger.in_memory().expect("memory does not fail");
    world::carry_out(&ledger, &clock);
    ledger
});

/// An answer of the books, be it a refusal.
fn answered<T>(answer: Result<T, Error>) -> Option<T> {
    match answer {
        Ok(answer) => Some(answer),
        Err(Error::Failed(error)) => panic!("memory does not fail: {error}"),
        Err(_) => None,
    }
}

/// Goes through a list from a cursor on, page by page: no item comes twice.
fn walked<T>(
    cursor: Option<Cursor>,
    limit: usize,
    page: impl Fn(Listing) -> Result<Page<T>, Error>,
    name: impl Fn(&T) -> String,
) {
    let (mut seen, mut listing) = (BTreeSet::new(), Listing::first(limit));
    if let Some(cursor) = cursor {
        listing = listing.after(cursor);
    }
    for _ in 0..100 {
        let Some(found) = answered(page(listing)) else { return };
        for item in &found.items {
            assert!(seen.insert(name(item)), "{} comes twice", name(item));
        }
        let Some(next) = found.next else { return };
        listing = Listing::first(limit).after(next);
    }
}

/// The first byte is the length of a page and which number is asked for, the rest is the text.
pub fn run(data: &[u8]) {
    let Some((first, text)) = data.split_first() else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    let view = LEDGER.view().expect("the ledger is open");
    let cursor = text.parse::<Cursor>().ok();
    let (limit, id) = (1 + usize::from(first & 7), u64::from(first >> 3));
    walked(cursor, limit, |listing| view.accounts(AccountFilter::All, listing), |account| account.id.to_string());
    let (kind, value) = text.split_once('=').unwrap_or((text, ""));
    for filter in [
        AccountFilter::AtPath(BookId(id), text.into()),
        AccountFilter::Tagged(text.to_owned()),
        AccountFilter::With(kind.to_owned(), value.to_owned()),
        AccountFilter::InSet(SetId(id)),
        AccountFilter::OfClientInBook(ClientId(1), BookId(id)),
    ] {
        let accounts = |listing| view.accounts(filter.clone(), listing);
        walked(cursor, limit, accounts, |account| account.id.to_string());
    }
    walked(cursor, limit, |listing| view.clients(listing), |client| client.id.to_string());
    walked(cursor, limit, |listing| view.counterparties(ClientId(id), listing), |party| party.id.to_string());
    let invoices = |listing| view.invoices(InvoiceFilter::of_client(ClientId(id)), listing);
    walked(cursor, limit, invoices, |invoice| format!("{:?}", invoice.id));
    let payouts = |listing| view.payouts(PayoutFilter::All, listing);
    walked(cursor, limit, payouts, |payout| format!("{:?}", payout.id));
    let referring = |listing| view.entries_referring(kind, value, listing);
    walked(cursor, limit, referring, |entry| format!("{:?}", entry.sequence));
    answered(view.book_named(text));
    answered(view.entry_keyed(Some(ClientId(id)), text));
    answered(view.entry_keyed(None, text));
    answered(view.rollup(BookId(id), text));
}
