//! Verifying: the whole ledger proved by its journal.
//!
//! The journal is replayed into an empty ledger, which adds every amount up again; whatever is stored beside the
//! journal must be what the replay ends with. The first record that is not is reported by its place.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Bound, ControlFlow};

use serde::Serialize;

use super::core::{key_digest, named_by};
use super::error::Error;
use super::sealing::Sealing;
use super::standings::Standing;
use super::unlisted::UNLISTED_ENTRIES;
use super::writer::Shared;
use crate::layout::indices::index_rows;
use crate::layout::journal::{self, Block, Chain, Item};
use crate::layout::keys::{
    DERIVED, DUE, PAYERS, ROWS, is_versioned, journal_key, listed, listed_due, page_key, record_key,
};
use crate::layout::sweep::{Sweep, SweepOptions};
use crate::layout::{LayoutError, corrupt, entries, load, records, sealed};
use crate::model::{
    AccountId, Commitment, CounterpartyId, Entry, Event, Hash, Owner, PeriodClosed, Sequence, Texts, Timestamp, hex,
};
use crate::rules::{
    Discrepancy, Place, Record, Replay, Row, committed, erased, page_of, reference_digest as called_digest,
    row_on_page, value_digest,
};
use crate::store::{Order, Snapshot, Table};

/// How far a verification has come.
///
/// ```
/// use std::ops::ControlFlow;
/// use pacioli::Ledger;
///
/// let ledger = Ledger::in_memory()?;
/// let mut shown = String::new();
/// ledger.verify(&mut |progress| {
///     shown = format!("{} of {} entries", progress.entries, progress.of);
///     ControlFlow::Continue(())
/// })?;
/// # Ok::<(), pacioli::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// Entries proved.
    pub entries: u64,
    /// Entries in all.
    pub of: u64,
}

/// What a verification found.
///
/// ```
/// use pacioli::prelude::*;
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
/// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
/// # ledger.credit(Credit::new(wallet, moves, book.money("100")?, "top-up-1"))?;
/// let proof = ledger.verify_all()?;
/// assert!(proof.is_sound());
/// assert_eq!((proof.entries, proof.accounts), (5, 7));
/// assert_eq!(proof.head, ledger.info()?.head); // kept elsewhere, it shows later that history is unchanged
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verification {
    /// Entries proved.
    pub entries: u64,
    /// Accounts whose totals were proved.
    pub accounts: u64,
    /// The digest of the last commit proved: kept elsewhere, it shows later that history before it is unchanged.
    pub head: Hash,
    /// The first thing that is wrong; `None` when all is right, or when progress broke off before.
    pub finding: Option<Finding>,
}

impl Verification {
    /// Whether everything that was read is right.
    pub const fn is_sound(&self) -> bool {
        self.finding.is_none()
    }
}

/// Something wrong, by its place.
///
/// ```
/// use pacioli::prelude::*;
/// use pacioli::{Finding, Ledger};
///
/// fn report(ledger: &Ledger) -> Result<String, Error> {
///     Ok(match ledger.verify_all()?.finding {
///         None => "sound".to_owned(),
///         // Its table, its key and the entry concerned, in one sentence.
///         Some(finding) => format!("keep the file and restore a backup: {finding}"),
///     })
/// }
/// assert_eq!(report(&Ledger::in_memory()?)?, "sound");
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The table that holds it.
    pub table: String,
    /// Its key, in hexadecimal digits.
    pub key: String,
    /// The entry concerned, where there is one.
    pub entry: Option<Sequence>,
    /// What is wrong.
    pub what: String,
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "table {}, key {}", self.table, self.key)?;
        if let Some(entry) = self.entry {
            write!(f, ", entry {entry}")?;
        }
        write!(f, ": {}", self.what)
    }
}

/// Why a verification ended early.
enum Stop {
    Found(Finding),
    BrokenOff,
    Failed(Error),
}

impl From<LayoutError> for Stop {
    fn from(error: LayoutError) -> Self {
        match error {
            LayoutError::Corrupt { table, key, what } => {
                Self::Found(Finding { table: table.to_owned(), key, entry: None, what: what.to_owned() })
            }
            LayoutError::Store(_) | LayoutError::Format { .. } | LayoutError::Version { .. } => {
                Self::Failed(error.into())
            }
        }
    }
}

impl From<crate::store::StoreError> for Stop {
    fn from(error: crate::store::StoreError) -> Self {
        LayoutError::Store(error).into()
    }
}

/// Something wrong in a table.
fn found(table: Table, key: &[u8], entry: Option<Sequence>, what: impl Into<String>) -> Stop {
    let key = hex(key);
    Stop::Found(Finding { table: table.0.to_owned(), key, entry, what: what.into() })
}

pub(super) fn verify(
    shared: &Shared,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Verification, Error> {
    shared.accepting()?;
    let snapshot = shared.store.snapshot()?;
    let span = tracing::info_span!("verify");
    let _entered = span.enter();
    let swept = Sweep::read(&*snapshot, SweepOptions::default());
    let mut verifier = Verifier {
        shared,
        snapshot: &*snapshot,
        swept: swept.as_ref().map_or(Sequence::ZERO, Sweep::swept),
        pages: BTreeMap::new(),
        behind: BTreeMap::new(),
        replay: Replay::default(),
        chain: Chain::new(),
        last: Sequence::ZERO,
        end: shared.end.lock().sequence,
        stored: BTreeMap::new(),
        named: BTreeSet::new(),
        commitments: BTreeMap::new(),
    };
    let journal = verifier.journal(progress);
    let outcome = journal.and_then(|()| swept.map(drop).map_err(Stop::from)).and_then(|()| verifier.derived());
    let finding = match outcome {
        Ok(()) | Err(Stop::BrokenOff) => None,
        Err(Stop::Found(finding)) => Some(finding),
        Err(Stop::Failed(error)) => return Err(error),
    };
    let accounts = verifier.replay.desk.counters.account;
    Ok(Verification { entries: verifier.last.0, accounts, head: Hash(verifier.chain.digest()), finding })
}

struct Verifier<'a> {
    shared: &'a Shared,
    snapshot: &'a dyn Snapshot,
    /// Stored rows hold at least what the journal says up to here.
    swept: Sequence,
    /// The stored pages of accounts that have moved since.
    pages: BTreeMap<u64, Vec<Row>>,
    /// The accounts that have moved since, and whether their stored row has been found to be what it was then or later.
    behind: BTreeMap<AccountId, bool>,
    replay: Replay,
    chain: Chain,
    last: Sequence,
    /// The end that was known before the snapshot was taken, so that the snapshot has all of it.
    end: Sequence,
    /// How many rows each table must have.
    stored: BTreeMap<Table, u64>,
    /// The rows that name records, each once.
    named: BTreeSet<(Table, Vec<u8>)>,
    /// The commitments whose texts no entry has erased, in the journal's order.
    commitments: BTreeMap<Owner, Vec<(Sequence, Commitment)>>,
}

/// How many entries pass between two reports of progress.
pub(super) const REPORT_ENTRIES: u64 = 4_096;

impl Verifier<'_> {
    fn journal(&mut self, progress: &mut dyn FnMut(Progress) -> ControlFlow<()>) -> Result<(), Stop> {
        let mut stop = None;
        let mut reported = 0;
        journal::blocks(self.snapshot, Sequence::ZERO, &mut |block| {
            let checked = self.block(&block).and_then(|()| {
                if self.last.0 - reported < REPORT_ENTRIES {
                    return Ok(());
                }
                reported = self.last.0;
                let of = self.end.0.max(self.last.0);
                match progress(Progress { entries: self.last.0, of }) {
                    ControlFlow::Continue(()) => Ok(()),
                    ControlFlow::Break(()) => Err(Stop::BrokenOff),
                }
            });
            Ok(match checked {
                Ok(()) => ControlFlow::Continue(()),
                Err(reason) => {
                    stop = Some(reason);
                    ControlFlow::Break(())
                }
            })
        })?;
        if let Some(stop) = stop {
            return Err(stop);
        }
        let key = journal_key(self.last);
        if self.last < self.end {
            let what = format!("the journal ends at entry {}, entry {} was acknowledged", self.last, self.end);
            return Err(found(journal_table(), &key, Some(self.last), what));
        }
        if !self.chain.is_sealed() {
            return Err(found(journal_table(), &key, Some(self.last), "the journal does not end with a commit"));
        }
        // The journal is read to its end: there is nothing left to break off.
        let _ = progress(Progress { entries: self.last.0, of: self.last.0 });
        Ok(())
    }

    fn block(&mut self, block: &Block) -> Result<(), Stop> {
        let key = journal_key(block.first);
        let mut first = None;
        for item in block.items()? {
            let item = item.map_err(|malformed| corrupt(journal_table(), &key, malformed))?;
            let entry = if let Item::Entry { sequence, .. } = item { Some(sequence) } else { None };
            self.chain.follow(&item).map_err(|what| found(journal_table(), &key, entry, what))?;
            if let Item::Entry { sequence, recorded_at, body } = item {
                self.entry(&key, sequence, recorded_at, body)?;
                first = first.or(Some(sequence));
            }
        }
        // Blocks are read one after another here, and searched for by everybody else: those between are found as these.
        for entry in first.into_iter().flat_map(|first| [first, self.last]) {
            let leads = journal::block_of(self.snapshot, entry)?.is_some_and(|found| found.first == block.first);
            if !leads {
                return Err(found(journal_table(), &key, Some(entry), "a search does not lead to the entry's block"));
            }
        }
        Ok(())
    }

    fn entry(&mut self, key: &[u8], sequence: Sequence, at: Timestamp, body: &[u8]) -> Result<(), Stop> {
        let entry = entries::decode_entry(body, sequence, at).map_err(|what| corrupt(journal_table(), key, what))?;
        let wrong = |Discrepancy { entry, leg, what }| {
            let what = if leg > 0 { format!("line {leg}: {what}") } else { what.to_owned() };
            found(journal_table(), key, Some(entry), what)
        };
        if sequence > self.swept {
            self.before(&entry);
        }
        let touched = self.replay.follow(&entry).map_err(wrong)?;
        if sequence > self.swept {
            self.after(&entry);
        }
        if let Event::PeriodClosed(closed) = &entry.event {
            self.sealed_balance(key, &entry, closed)?;
        }
        self.last = sequence;
        for place in touched {
            self.version(&place, sequence)?;
        }
        if let Some(owner) = erased(&entry.event) {
            self.commitments.remove(&owner);
        }
        if let Some((owner, commitment)) = committed(&entry.event) {
            self.commitments.entry(owner).or_default().push((sequence, commitment));
        }
        self.findable(&entry)
    }

    /// Has the stored rows at hand of what an entry moves, which are perhaps still as they were swept.
    fn before(&mut self, entry: &Entry) {
        for account in entry.postings.iter().map(|line| line.account) {
            // A page of accounts opened since the last round may not be there yet. One that cannot be read is told of
            // when the journal has been followed.
            let stored = || load::page(self.snapshot, page_of(account)).ok().flatten().unwrap_or_default();
            self.pages.entry(page_of(account)).or_insert_with(stored);
            if !self.behind.contains_key(&account) {
                let found = self.is_as_stored(account);
                self.behind.insert(account, found);
            }
        }
    }

    /// Looks whether rows were stored as an entry has left them.
    fn after(&mut self, entry: &Entry) {
        for account in entry.postings.iter().map(|line| line.account) {
            if self.is_as_stored(account) {
                self.behind.insert(account, true);
            }
        }
    }

    fn is_as_stored(&self, account: AccountId) -> bool {
        let stored = self.pages.get(&page_of(account)).and_then(|rows| row_on_page(rows, account));
        let now = self.replay.desk.resident_row(account);
        stored.zip(now).is_some_and(|(stored, now)| stored.tally == now.tally)
    }

    /// What was sealed at the end of a period is what the journal up to its closing says.
    fn sealed_balance(&self, key: &[u8], entry: &Entry, closed: &PeriodClosed) -> Result<(), Stop> {
        let mut sealing = Sealing::new(closed.book, closed.through);
        sealing.later.follow_back(self.snapshot, Sequence(entry.sequence.0.saturating_sub(1)))?;
        let desk = &self.replay.desk;
        for account in (1..=desk.counters.account).map(AccountId) {
            let Some(row) = desk.resident_row(account).filter(|row| row.terms.book == closed.book) else { continue };
            if let Some(Record::Account(record)) = desk.record(&Place::Account(account)) {
                sealing.add(record, &row.tally.balance);
            }
        }
        if sealing.sealed().as_ref() == Ok(&closed.sealed) {
            return Ok(());
        }
        let what = "the sealed trial balance is not what the journal says";
        Err(found(journal_table(), key, Some(entry.sequence), what))
    }

    /// A version of a record is stored under the entry that made it.
    fn version(&mut self, place: &Place, version: Sequence) -> Result<(), Stop> {
        let Some(expected) = self.replay.desk.record(place) else { return Ok(()) };
        if matches!(place, Place::ServiceVersion(..) | Place::Hold(_)) {
            return Ok(());
        }
        let (table, key) = record_key(place, version);
        let named = index_rows(&self.shared.given.secret, place, expected);
        let listed = listed(expected, version);
        let expected = records::encode_record(expected);
        for (table, key) in listed {
            self.sealed(table, &key, version)?;
            *self.stored.entry(table).or_default() += 1;
        }
        // A name that was given up and taken again has one row.
        for (table, key) in named {
            self.sealed(table, &key, version)?;
            self.named.insert((table, key));
        }
        if !is_versioned(place) {
            return Ok(());
        }
        *self.stored.entry(table).or_default() += 1;
        let value = self.sealed(table, &key, version)?;
        if value != expected {
            return Err(found(table, &key, Some(version), "the record is not what the journal says"));
        }
        Ok(())
    }

    /// The body of a stored value that must be there.
    fn sealed(&self, table: Table, key: &[u8], entry: Sequence) -> Result<Vec<u8>, Stop> {
        let missing = || found(table, key, Some(entry), "the record is missing");
        let value = self.snapshot.get(table, key)?.ok_or_else(missing)?;
        let body = sealed::open(table, key, &value).map_err(|malformed| corrupt(table, key, malformed))?;
        Ok(body.to_vec())
    }

    /// Its key and all that it names lead to an entry.
    fn findable(&self, entry: &Entry) -> Result<(), Stop> {
        let secret = &self.shared.given.secret;
        let key = entry.key.as_deref().map(|key| key_digest(secret, entry.client, key));
        let mut digests = Vec::from_iter(key);
        named_by(entry, secret, |digest| digests.push(digest));
        let mut sequences = Vec::new();
        for digest in digests {
            let fresh = || self.shared.store.snapshot();
            self.shared.index.find(digest, entry.sequence.0, &fresh, &mut sequences).map_err(LayoutError::from)?;
            if !sequences.contains(&entry.sequence.0) {
                let table = Table("runs");
                return Err(found(table, &digest.0, Some(entry.sequence), "the index does not lead to the entry"));
            }
        }
        Ok(())
    }

    /// What is stored beside the journal.
    fn derived(&mut self) -> Result<(), Stop> {
        let mut counts = std::mem::take(&mut self.stored);
        for (table, _) in std::mem::take(&mut self.named) {
            *counts.entry(table).or_default() += 1;
        }
        for (place, expected) in self.replay.desk.unversioned() {
            let (table, key) = record_key(&place, Sequence::ZERO);
            *counts.entry(table).or_default() += 1;
            if self.sealed(table, &key, self.last)? != records::encode_record(expected) {
                return Err(found(table, &key, None, "the record is not what the journal says"));
            }
        }
        let listed = self.swept.max(Sequence(self.last.0.saturating_sub(UNLISTED_ENTRIES)));
        for record in self.replay.desk.sparse_records() {
            let Some((key, true)) = listed_due(record) else { continue };
            // A hold that was placed lately is not listed yet, or is.
            let lately = matches!(record, Record::Hold(hold) if hold.id.0 > listed);
            if lately && self.snapshot.get(DUE, &key)?.is_none() {
                continue;
            }
            *counts.entry(DUE).or_default() += 1;
            self.sealed(DUE, &key, self.last)?;
        }
        self.personal(&mut counts)?;
        for table in DERIVED {
            let mut rows = 0u64;
            let bounds = (Bound::Unbounded, Bound::Unbounded);
            self.snapshot.scan(*table, bounds.0, bounds.1, Order::Ascending, &mut |_, _| {
                rows += 1;
                ControlFlow::Continue(())
            })?;
            let expected = counts.get(table).copied().unwrap_or(0);
            if rows != expected {
                let what = format!("{rows} records stored, the journal makes {expected}");
                return Err(found(*table, &[], None, what));
            }
        }
        self.rows()
    }

    /// What lies beside the journal: every text that no entry has erased is there and is what was committed to, and
    /// counterparties are found by theirs. That nothing else is there shows in the counts.
    fn personal(&self, counts: &mut BTreeMap<Table, u64>) -> Result<(), Stop> {
        for (owner, commitments) in &self.commitments {
            let mut last: Option<(Sequence, Texts)> = None;
            for (sequence, commitment) in commitments {
                let (place, previous) = (Place::Personal(*owner, *sequence), last.take());
                let (table, key) = record_key(&place, *sequence);
                if self.shared.given.erased.contains_key(owner) && self.snapshot.get(table, &key)?.is_none() {
                    last = Some((*sequence, Texts::new()));
                    continue;
                }
                let body = self.sealed(table, &key, *sequence)?;
                let record = records::decode_record(&place, &body).map_err(|what| corrupt(table, &key, what))?;
                let Record::Personal(personal) = record else { continue };
                if personal.commitment() != *commitment {
                    return Err(found(table, &key, Some(*sequence), "the texts are not what the entry committed to"));
                }
                if personal.previous != previous.map_or(Sequence::ZERO, |(sequence, _)| sequence) {
                    return Err(found(table, &key, Some(*sequence), "the texts name others than those before"));
                }
                *counts.entry(table).or_default() += 1;
                last = Some((*sequence, personal.texts.clone()));
            }
            if let (Owner::Counterparty(counterparty), Some((sequence, texts))) = (owner, last) {
                *counts.entry(PAYERS).or_default() += self.payers(*counterparty, sequence, &texts)?;
            }
        }
        Ok(())
    }

    /// What a counterparty is found by leads to it.
    fn payers(&self, counterparty: CounterpartyId, sequence: Sequence, texts: &Texts) -> Result<u64, Stop> {
        let Some(Record::Counterparty(record)) = self.replay.desk.record(&Place::Counterparty(counterparty)) else {
            return Ok(0);
        };
        let (secret, client) = (&self.shared.given.secret, record.client);
        let value = texts.get("value").map(|value| value_digest(secret, client, record.party.kind, value));
        let reference = texts.get("reference").map(|reference| called_digest(secret, client, reference));
        let mut rows = 0;
        for digest in value.into_iter().chain(reference) {
            let (table, key) = record_key(&Place::Payer(client, digest), sequence);
            if self.sealed(table, &key, sequence)? != records::encode_record(&Record::Name(counterparty.0)) {
                return Err(found(table, &key, Some(sequence), "it does not lead to the counterparty"));
            }
            rows += 1;
        }
        Ok(rows)
    }

    /// The accounts' rows: those in the store, which may be behind, and the standings that readers are given.
    fn rows(&self) -> Result<(), Stop> {
        let (swept, accounts) = (self.swept, self.replay.desk.counters.account);
        let mut page: (u64, Vec<Row>) = (u64::MAX, Vec::new());
        for account in (1..=accounts).map(AccountId) {
            let Some(expected) = self.replay.desk.resident_row(account) else { continue };
            let number = page_of(account);
            if page.0 != number {
                // A page of accounts opened since the last round may not be there yet.
                page = (number, load::page(self.snapshot, number)?.unwrap_or_default());
            }
            let stored = row_on_page(&page.1, account);
            let wrong = |what: &str| {
                found(ROWS, &page_key(number), Some(expected.tally.last), format!("account {account}: {what}"))
            };
            match stored {
                Some(row) if row.tally == expected.tally => {}
                Some(_) if expected.tally.last > swept && self.behind.get(&account) == Some(&true) => {}
                Some(_) if expected.tally.last > swept => {
                    return Err(wrong("the row is behind, and is not what the journal said since it was swept"));
                }
                Some(_) => return Err(wrong("the totals are not what the journal says")),
                None if swept >= self.opened_in(account) => return Err(wrong("the row is missing")),
                None => {}
            }
            let changed_in = match self.replay.desk.record(&Place::Account(account)) {
                Some(Record::Account(record)) => record.changed_in,
                _ => self.last,
            };
            if stored.is_some_and(|row| row.terms != expected.terms && changed_in <= swept) {
                return Err(wrong("the terms are not what the journal says"));
            }
            let (tally, standing) = (&expected.tally, self.shared.standings.get(account));
            if let Some(standing) = standing.filter(|standing| standing.last <= self.last) {
                let same =
                    Standing { balance: tally.balance, number: tally.number, last: tally.last, last_at: tally.last_at };
                if standing != same {
                    return Err(wrong("the standing that readers see is not what the journal says"));
                }
            } else if standing.is_none() && stored.is_none_or(|row| row.tally != *tally) && tally.last != Sequence::ZERO
            {
                return Err(wrong("readers see a row that is behind the journal"));
            }
        }
        Ok(())
    }

    fn opened_in(&self, account: AccountId) -> Sequence {
        match self.replay.desk.record(&Place::Account(account)) {
            Some(Record::Account(record)) => record.opened_in,
            _ => self.last,
        }
    }
}

const fn journal_table() -> Table {
    crate::layout::keys::JOURNAL
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::layout::rows;
    use crate::ledger::Ledger;
    use crate::model::{AccountType, Contact, NewAccount, NewBook, NewClient, NewService, SystemAccount};
    use crate::money::{Amount, Currency};
    use crate::rules::Credit;
    use crate::store::{Batch, MemoryStore, Store};

    /// A ledger at work, whose rows in the store are behind: closed after the first payment, opened again, and paid into.
    struct Behind {
        store: Arc<MemoryStore>,
        ledger: Ledger,
        paid: AccountId,
        /// Opened since the store was last brought up to date.
        young: AccountId,
    }

    fn behind() -> Behind {
        let store = Arc::new(MemoryStore::new());
        let open = || Ledger::builder().over(Arc::clone(&store) as Arc<dyn Store>).unwrap();
        let ledger = open();
        let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES)).unwrap();
        let owner = Contact::new("Njeri", "njeri@shop.co.ke", "+254700000001");
        let client = ledger.register_client(NewClient::individual("KE", owner)).unwrap().id;
        let wallet = || NewAccount::new(client, book.id, AccountType::WORKING);
        let paid = ledger.open_account(wallet()).unwrap().id;
        let service = ledger.define_service(NewService::new(client, book.id, "SALES")).unwrap().id;
        let pay = |ledger: &Ledger, account, key| {
            drop(ledger.credit(Credit::new(account, service, book.money("1").unwrap(), key)).unwrap());
        };
        pay(&ledger, paid, "1");
        ledger.close().unwrap();
        let ledger = open();
        let young = ledger.open_account(wallet()).unwrap().id;
        pay(&ledger, paid, "2");
        pay(&ledger, young, "3");
        let external = ledger.view().unwrap().book(book.id).unwrap().system(SystemAccount::External);
        assert!([paid, young, external].into_iter().all(|account| page_of(account) == 0));
        Behind { store, ledger, paid, young }
    }

    impl Behind {
        fn found(&self) -> Option<String> {
            let verification = self.ledger.verify_all().unwrap();
            verification.finding.map(|finding| finding.what)
        }

        fn rows(&self) -> Vec<Row> {
            load::page(&*self.store.snapshot().unwrap(), 0).unwrap().unwrap()
        }

        /// Writes the page of rows over, with the checksum that it should have.
        fn write(&self, rows: &[Row]) {
            let (mut batch, key) = (Batch::new(), page_key(0));
            batch.put(ROWS, key, sealed::seal(ROWS, &key, &rows::encode_rows(rows)));
            self.store.commit(&batch).unwrap();
        }

        /// What is found when the row of the account that was paid is another; it is put back.
        fn found_when(&self, change: impl FnOnce(&mut Row)) -> Option<String> {
            let before = self.rows();
            let mut rows = before.clone();
            // The first page begins with account 1.
            change(&mut rows[self.paid.0 as usize - 1]);
            self.write(&rows);
            let found = self.found();
            self.write(&before);
            found
        }

        fn of(&self, account: AccountId, what: &str) -> Option<String> {
            Some(format!("account {account}: {what}"))
        }
    }

    #[test]
    fn row_that_is_behind_must_be_what_it_was_once() {
        let behind = behind();
        let now = behind.ledger.view().unwrap().sequence();
        assert_eq!((behind.found(), behind.rows()[behind.paid.0 as usize - 1].tally.number), (None, 1));
        let never = behind.of(behind.paid, "the row is behind, and is not what the journal said since it was swept");
        let one = Amount::minor(1).unwrap();
        assert_eq!(behind.found_when(|row| row.tally.balance.debits_posted = one), never);
        assert_eq!(behind.found_when(|row| row.tally.balance.credits_pending = one), never);
        assert_eq!(behind.found_when(|row| row.tally.number += 1), never);
        assert_eq!(behind.found_when(|row| row.tally.last = row.tally.last.next()), never);
        assert_eq!(behind.found_when(|row| row.tally.last = now.next()), never);
        assert_eq!(behind.found_when(|row| row.tally.last_at = row.tally.last_at.plus_ns(1)), never);
        // Where the next skips lead, which the next entries would have taken over.
        assert_eq!(behind.found_when(|row| row.tally.marks.set(0, Sequence(1))), never);
        // Totals without a number or an entry; and what it was before its first posting, which was swept since.
        assert_eq!(behind.found_when(|row| row.tally.last = Sequence::ZERO), never);
        let nameless = |row: &mut Row| (row.tally.last, row.tally.number) = (Sequence::ZERO, 0);
        assert_eq!(behind.found_when(nameless), never);
        assert_eq!(behind.found_when(|row| row.tally = Default::default()), never);
        let terms = behind.of(behind.paid, "the terms are not what the journal says");
        assert_eq!(behind.found_when(|row| row.terms.floor = Some(-1).into()), terms);
        assert_eq!(behind.found(), None);
    }

    #[test]
    fn row_that_is_missing_is_found_unless_its_account_is_young() {
        let behind = behind();
        let (before, young) = (behind.rows(), behind.young.0 as usize);
        assert!(before.len() < young && behind.found().is_none(), "the young account has a row");
        behind.write(&before[..before.len() - 1]);
        assert_eq!(behind.found(), behind.of(behind.paid, "the row is missing"));
        let mut batch = Batch::new();
        batch.remove(ROWS, page_key(0));
        behind.store.commit(&batch).unwrap();
        assert_eq!(behind.found(), behind.of(AccountId(1), "the row is missing"));
        behind.write(&before);
        assert_eq!(behind.found(), None);
    }

    #[test]
    fn standing_that_readers_see_must_be_what_the_journal_says() {
        let behind = behind();
        let standings = &behind.ledger.shared.standings;
        let one = Amount::minor(1).unwrap();
        let otherwise = "the standing that readers see is not what the journal says";
        for account in [behind.paid, behind.young] {
            let right = standings.get(account).unwrap();
            let mut wrong = [right; 4];
            wrong[0].balance.credits_posted = one;
            wrong[1].balance.debits_pending = one;
            wrong[2].number += 1;
            wrong[3].last_at = wrong[3].last_at.plus_ns(-1);
            for wrong in wrong {
                standings.put(&[(account, wrong)], Sequence::ZERO);
                assert_eq!(behind.found(), behind.of(account, otherwise), "{wrong:?}");
            }
            // One that is gone, though the row does not have it yet: readers would see the row.
            standings.put(&[(account, Standing { number: 0, ..right })], Sequence::ZERO);
            assert_eq!(standings.get(account), None);
            assert_eq!(behind.found(), behind.of(account, "readers see a row that is behind the journal"));
            standings.put(&[(account, right)], Sequence::ZERO);
            assert_eq!(behind.found(), None);
        }
    }
}
