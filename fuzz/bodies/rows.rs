//! Rows of a ledger whose bodies were changed and sealed again, as no accident does: opening, reading and verifying them
//! give typed errors, findings or right answers. So every decoder of entries, records, pages and the index meets any
//! bytes; and an entry that is read is one that the ledger would write in the same bytes, or verifying says so.

use std::collections::BTreeMap;
use std::ops::{Bound, ControlFlow};
use std::sync::{Arc, LazyLock};

use pacioli::prelude::*;
use pacioli::store::{Batch, MemoryStore, Order, Store, Table};
use pacioli::{ManualClock, Verification};

#[path = "tables.rs"]
mod tables;
#[path = "../../tests/golden/world.rs"]
mod world;

use tables::TABLES;

/// The tables whose rows are changed, and their rows as a sound ledger has them.
type Rows = Vec<(Table, Vec<u8>, Vec<u8>)>;

static ORIGINAL: LazyLock<Rows> = LazyLock::new(|| {
    let (store, clock) =
        (Arc::new(MemoryStore::new()), Arc::new(ManualClock::at(Timestamp(1_795_000_000_000_000_000))));
    let ledger = Ledger::builder().clock(Arc::clone(&clock)).nonces(|| [7; 16]);
    let ledger = ledger.over(Arc::clone(&store) as Arc<dyn Store>).expect("memory does not fail");
    world::carry_out(&ledger, &clock);
    ledger.close().expect("memory does not fail");
    let (snapshot, mut rows) = (store.snapshot().expect("memory does not fail"), Rows::new());
    for table in TABLES.iter().copied().map(Table) {
        let read = snapshot.scan(table, Bound::Unbounded, Bound::Unbounded, Order::Ascending, &mut |key, value| {
            rows.push((table, key.to_vec(), value.to_vec()));
            ControlFlow::Continue(())
        });
        read.expect("memory does not fail");
    }
    rows
});

/// Three bytes name a row, and where in it; one says what is done there, and one with what.
fn changed(rows: &mut Rows, change: [u8; 5]) {
    let [high, low, at, how, with] = change;
    let row = usize::from(u16::from_be_bytes([high, low])) % rows.len();
    let (table, key, value) = &mut rows[row];
    let mut body = value[..value.len() - 4].to_vec();
    if body.is_empty() {
        // An earlier change has taken all of it.
        return;
    }
    let at = usize::from(at) % body.len();
    match how % 5 {
        0 => body[at] = with,
        1 => body[at] ^= 1 << (with % 8),
        2 => body.insert(at, with),
        3 => drop(body.remove(at)),
        _ => body.truncate(at),
    }
    let sum = crc32c(crc32c(crc32c(!0, table.0.as_bytes()), key), &body) ^ !0;
    body.extend_from_slice(&sum.to_le_bytes());
    *value = body;
}

/// The checksum of `docs/format.md`, without its final exclusive-or.
fn crc32c(sum: u32, bytes: &[u8]) -> u32 {
    bytes.iter().fold(sum, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| sum >> 1 ^ if sum & 1 == 1 { 0x82f6_3b78 } else { 0 })
    })
}

/// Changes rows as the bytes say, five for each change, and looks at the ledger.
pub fn run(data: &[u8]) {
    let mut rows = ORIGINAL.clone();
    for change in data.chunks_exact(5).take(16) {
        changed(&mut rows, [change[0], change[1], change[2], change[3], change[4]]);
    }
    let sound = rows == *ORIGINAL;
    let store = Arc::new(MemoryStore::new());
    let mut batch = Batch::new();
    for (table, key, value) in rows {
        batch.put(table, key, value);
    }
    store.commit(&batch).expect("memory does not fail");
    let Ok(ledger) = Ledger::builder().memory(8 << 20).over(store) else {
        assert!(!sound, "a sound ledger opens");
        return;
    };
    let verification = ledger.verify_all();
    assert!(!sound || matches!(verification, Ok(Verification { finding: None, .. })), "{verification:?}");
    shown(&ledger);
    drop(ledger.close());
}

/// Asks for everything; what is answered does not matter, so long as it is an answer.
fn shown(ledger: &Ledger) {
    let Ok(view) = ledger.view() else { return };
    let mut answers = BTreeMap::new();
    let mut asked = |what: &'static str, answered: bool| *answers.entry((what, answered)).or_insert(0) += 1;
    for book in (1..4).map(BookId) {
        asked("trial balance", view.trial_balance(book).is_ok());
        asked("periods", view.periods(book).is_ok());
        asked("rollup", view.rollup(book, "").is_ok());
    }
    for account in (1..10).map(AccountId) {
        asked("account", view.account(account).is_ok());
        asked("balance", view.balance(account).is_ok());
        asked("statement", view.statement(account).all().is_ok());
        asked("holds", view.holds(account).is_ok());
        asked("sets", view.sets_of(account).is_ok());
    }
    for client in (1..4).map(ClientId) {
        asked("client", view.client(client).is_ok());
        asked("services", view.services(client).is_ok());
        asked("devices", view.devices(client).is_ok());
        asked("counterparties", view.counterparties(client, Listing::default()).is_ok());
        asked("invoices", view.invoices(InvoiceFilter::of_client(client), Listing::default()).is_ok());
    }
    asked("payout", view.payout(PayoutId(1)).is_ok());
    asked("events", view.events().page().is_ok());
    asked("references", view.entries_referring("deed", "77", Listing::default()).is_ok());
    asked("keys", view.entry_keyed(Some(ClientId(1)), "golden credit").is_ok());
}
