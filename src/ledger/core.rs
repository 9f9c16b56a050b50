//! Deciding: one command after another against the desk, into the open batch.
//!
//! There is one core for each ledger, behind one lock. It is ahead of the store: what it has decided is in the open
//! batch, or in a batch that is being committed, and nobody is told of it before that batch is durable.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use smallvec::SmallVec;

use super::decided::{Decided, DecidedMark, Spent};
use super::invariants::Invariants;
use super::receipt::{Currencies, Receipt};
use super::sealing::Sealing;
use super::unlisted::{Change, Step, Unlisted};
use crate::layout::digest::{Fact, digest};
use crate::layout::indices::index_rows;
use crate::layout::keys::{DUE, listed, listed_due, record_key};
use crate::layout::runs::{Digest, Runs};
use crate::layout::sweep::Sweep;
use crate::layout::{LayoutError, journal, load, records, sealed};
use crate::model::{
    AccountId, BookId, ClientId, CounterpartyId, Details, Effect, Entry, Event, Hold, HoldId, InvoiceEvent, Owner,
    Party, Reference, Sequence, ServiceId, Timestamp,
};
use crate::rules::{
    Beside, CodeSource, Command, Credit, Debit, Desk, Held, Moment, Need, NonceSource, Place, Record, Refusal,
    Rejection, Request, Sources, Transfer, Verdict, apply, decide, first_of_page, identify, page_of, parties,
    settlement,
};
use crate::store::{Batch, BatchMark, Snapshot, Store, StoreError};

/// What has been decided and not yet handed to the store.
#[derive(Debug, Default)]
pub(super) struct OpenBatch {
    /// The number of the commit that it will be.
    pub number: u64,
    pub entries: Decided,
    /// Cold records and indices, sealed, and what is to be removed.
    pub records: Batch,
    /// The places of the records: they must stay on the desk until the batch is durable.
    pub touched: Vec<Place>,
    /// How many digests went into the index.
    pub digests: usize,
    /// Whether a book may have changed.
    pub books: bool,
    /// The accounts that may have been opened or changed.
    pub accounts: Vec<AccountId>,
    /// What was done to holds.
    pub steps: Vec<Step>,
}

/// A batch that has been handed over for committing: what is to be written, and what readers learn once it is durable.
#[derive(Debug)]
pub(super) struct Handed {
    pub number: u64,
    pub entries: Arc<Decided>,
    /// What the commit changes beside the journal.
    pub batch: Batch,
    pub books: bool,
    pub accounts: Vec<AccountId>,
    /// What changes of the open holds that are not listed.
    pub holds: Change,
    /// All rows in the store held at least what the journal says up to here when the batch was handed over.
    pub swept: Sequence,
}

/// Where the open batch stood: what comes after can be taken back.
struct Mark {
    entries: DecidedMark,
    records: BatchMark,
    touched: usize,
    steps: usize,
    digests: usize,
    last: Sequence,
    last_at: Timestamp,
}

/// A batch that has been handed to the store: on its way, or durable and still at hand.
#[derive(Debug)]
pub(super) struct Flight {
    pub number: u64,
    pub entries: Arc<Decided>,
    /// Whether it has done something to holds.
    holds: bool,
}

/// The deciding side of a ledger.
#[derive(Debug)]
pub(super) struct Core {
    pub desk: Desk,
    pub runs: Runs,
    pub sweep: Sweep,
    pub unlisted: Unlisted,
    pub open: OpenBatch,
    pub flights: VecDeque<Flight>,
    spent: Spent,
    /// The last entry decided, and its time.
    pub last: Sequence,
    pub last_at: Timestamp,
    pub given: Given,
    /// Where the search for pages to drop goes on.
    pub hand: usize,
    /// Whether the store could not be read while deciding. What is open may then be half of what was asked, and is
    /// never committed.
    pub broken: bool,
    /// How many records may lie on the desk before they are dropped, to be loaded again when they are named.
    pub records_max: usize,
    /// How much of the journal's end is kept at hand while it may be looked back at, by the weight of its entries.
    pub recent_bytes: usize,
    undo: Option<Vec<(Digest, Sequence)>>,
    found: Vec<u64>,
    /// The entries laid on the desk for the command at hand.
    consulted: Vec<Sequence>,
}

/// What deciding is given besides commands: the ledger's identity, the host's generators of codes and nonces, and its
/// invariants.
#[derive(Clone)]
pub(super) struct Given {
    pub ledger: [u8; 16],
    pub codes: Arc<dyn CodeSource>,
    pub nonces: Arc<dyn NonceSource>,
    pub invariants: Invariants,
    pub secret: [u8; 32],
    pub parties: Option<PartyValidator>,
    /// Of a fork: whose texts had been erased, and when, though the fork's journal ends before that.
    pub erased: Arc<BTreeMap<Owner, Timestamp>>,
}

/// Judges a party; what it says against one goes into the refusal.
pub(super) type PartyValidator = Arc<dyn Fn(&Party) -> Result<(), String> + Send + Sync>;

impl Given {
    fn sources(&self) -> Sources<'_> {
        Sources { ledger: self.ledger, secret: &self.secret, codes: &*self.codes, nonces: &*self.nonces }
    }

    /// What the host's validator says against the parties of a request.
    fn refusal(&self, request: &Request) -> Option<Rejection> {
        let validator = self.parties.as_ref()?;
        parties(request).iter().find_map(|party| {
            // What it broke is its own; the core has not begun to change.
            let judged = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| validator(party)));
            let reason = judged.unwrap_or_else(|_| Err("the validator panicked".to_owned())).err()?;
            Some(Rejection::PartyRefused { reason })
        })
    }
}

impl std::fmt::Debug for Given {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Given")
    }
}

/// The store as a decision sees it: one snapshot, taken when the first record is missing.
pub(super) struct Source<'a> {
    store: &'a dyn Store,
    snapshot: Option<Box<dyn Snapshot>>,
}

impl<'a> Source<'a> {
    pub(super) fn new(store: &'a dyn Store) -> Self {
        Self { store, snapshot: None }
    }

    fn snapshot(&mut self) -> Result<&dyn Snapshot, StoreError> {
        let snapshot = match self.snapshot.take() {
            Some(snapshot) => snapshot,
            None => self.store.snapshot()?,
        };
        Ok(&**self.snapshot.insert(snapshot))
    }
}

impl Core {
    pub(super) fn new(desk: Desk, runs: Runs, sweep: Sweep, given: Given) -> Self {
        Self {
            desk,
            runs,
            sweep,
            unlisted: Unlisted::at(Sequence::ZERO),
            open: OpenBatch { number: 1, ..OpenBatch::default() },
            flights: VecDeque::new(),
            spent: Spent::default(),
            last: Sequence::ZERO,
            last_at: Timestamp::MIN,
            given,
            hand: 0,
            broken: false,
            records_max: RECORDS_MAX,
            recent_bytes: RECENT_BYTES,
            undo: None,
            found: Vec::new(),
            consulted: Vec::new(),
        }
    }

    /// The commit that must be durable before anybody may learn what has been decided so far.
    pub(super) fn needed(&self) -> u64 {
        if self.open.entries.is_empty() { self.open.number.saturating_sub(1) } else { self.open.number }
    }

    /// Carries out one command, into the open batch.
    ///
    /// `Err` is a failure to read the store: the core is broken then.
    pub(super) fn carry_out(
        &mut self,
        source: &mut Source<'_>,
        command: Command,
        now: Timestamp,
    ) -> Result<Result<Receipt, Rejection>, LayoutError> {
        self.carry_out_named(source, command, None, now)
    }

    fn carry_out_named(
        &mut self,
        source: &mut Source<'_>,
        command: Command,
        ahead: Ahead,
        now: Timestamp,
    ) -> Result<Result<Receipt, Rejection>, LayoutError> {
        let outcome = self.judge(source, command, ahead, now);
        self.broken |= outcome.is_err();
        // The journal may be given another entry in the same place: one that was not there yet may come, and one that
        // was may be taken back.
        for sequence in self.consulted.drain(..) {
            self.desk.forget(Place::Entry(sequence));
        }
        self.desk.forget_sealed();
        outcome
    }

    fn judge(
        &mut self,
        source: &mut Source<'_>,
        command: Command,
        ahead: Ahead,
        now: Timestamp,
    ) -> Result<Result<Receipt, Rejection>, LayoutError> {
        // A settlement asks for the entry that placed the hold: one that is at hand is laid there at once.
        if let Some(settlement) = settlement(&command.request)
            && let Some(placed) = self.undurable_entry(settlement.hold.0).map(Arc::clone)
        {
            self.lay_entry(settlement.hold.0, Some(placed));
        }
        let identity = loop {
            match identify(&self.desk, &command) {
                Ok(identity) => break identity,
                Err(Refusal::Rejected(rejection)) => return Ok(Err(rejection)),
                Err(Refusal::Missing(need)) => self.lay(source, &need)?,
            }
        };
        let client = identity.client;
        let digest = match ahead.filter(|(whose, _)| *whose == client) {
            Some((_, digest)) => Some(digest),
            None => identity.key.as_deref().map(|key| key_digest(&self.given.secret, client, key)),
        };
        let original = match (&identity.key, digest) {
            (Some(key), Some(digest)) => self.original(source, client, key, digest)?,
            _ => None,
        };
        // A key that the ledger made, or that stays in the command's content, is kept beside it.
        let own_key = match identity.key {
            Some(key) if movement(&command).is_none() => Some(key.into_owned().into_boxed_str()),
            _ => None,
        };
        let later = self.last_at.0.checked_add(1).map(|next| Timestamp(next).max(now));
        let moment = Moment { sequence: self.last.next(), recorded_at: later.unwrap_or(Timestamp::MAX) };
        let mut draft = loop {
            match decide(&self.desk, &command, original.as_ref(), moment, self.given.sources()) {
                Ok(Verdict::Write(_)) if later.is_none() => return Ok(Err(Rejection::ClockExhausted)),
                Ok(Verdict::Write(draft)) => break draft,
                Ok(Verdict::Replay) => {
                    let currencies = original.as_ref().map(|original| self.currencies(source, original)).transpose()?;
                    // There is a verdict of repetition only where there is an original.
                    let receipt = original.map(|original| Receipt::new(original, true, currencies.unwrap_or_default()));
                    return Ok(receipt.ok_or(Rejection::IdempotencyKeyRequired));
                }
                Err(Refusal::Rejected(rejection)) => return Ok(Err(rejection)),
                Err(Refusal::Missing(need)) => self.lay(source, &need)?,
            }
        };
        // Last, so that the host is asked only about what would be done.
        if let Some(refusal) = self.given.refusal(&command.request) {
            return Ok(Err(refusal));
        }
        let beside = draft.take_beside();
        let entry = draft.into_entry(command, client, own_key, moment);
        if let Err(rejection) = self.given.invariants.hold(&self.desk, &entry) {
            return Ok(Err(rejection));
        }
        self.take_in(&entry, beside, digest);
        let currencies = self.currencies(source, &entry)?;
        Ok(Ok(Receipt::new(entry, false, currencies)))
    }

    /// Carries out commands one after another.
    ///
    /// `Err` is a failure to read the store: the core is broken then.
    pub(super) fn carry_out_each(
        &mut self,
        source: &mut Source<'_>,
        commands: Vec<Command>,
        now: Timestamp,
    ) -> Result<Vec<Result<Receipt, Rejection>>, LayoutError> {
        let mut outcomes = Vec::with_capacity(commands.len());
        let mut commands = commands.into_iter();
        loop {
            let next = commands.as_slice();
            let next = next.get(..AHEAD).unwrap_or(next);
            if next.is_empty() {
                return Ok(outcomes);
            }
            for (ahead, command) in self.look_ahead(next).into_iter().zip(commands.by_ref()) {
                outcomes.push(self.carry_out_named(source, command, ahead, now)?);
            }
        }
    }

    /// Touches what commands will look up, all of a kind together, so that memory is fetched for many at once and not
    /// for one after another; and makes the digests of their keys.
    ///
    /// What is touched decides nothing: whatever is not there yet is looked up again when it is needed.
    fn look_ahead(&self, commands: &[Command]) -> SmallVec<[Ahead; AHEAD]> {
        let mut touched = 0;
        for movement in commands.iter().filter_map(movement) {
            touched ^= self.desk.touch_service(movement.service) ^ self.desk.touch_rows(movement.accounts);
        }
        let ahead: SmallVec<[Ahead; AHEAD]> = commands.iter().map(|command| self.named(command)).collect();
        for (_, digest) in ahead.iter().flatten() {
            touched ^= self.runs.touch(*digest);
        }
        std::hint::black_box(touched);
        ahead
    }

    /// The client among whose keys a command's key is, and the key's digest, where they can be told beforehand.
    fn named(&self, command: &Command) -> Ahead {
        let secret = &self.given.secret;
        if let Some(movement) = movement(command) {
            let client = Some(self.desk.service(movement.service).ok()?.terms.client);
            return Some((client, key_digest(secret, client, movement.key)));
        }
        let settlement = settlement(&command.request)?;
        let client = self.undurable_entry(settlement.hold.0)?.client;
        Some((client, key_digest(secret, client, &settlement.key()?)))
    }

    /// Lays a missing record on the desk.
    pub(super) fn lay(&mut self, source: &mut Source<'_>, need: &Need) -> Result<(), LayoutError> {
        if let Need::Record(Place::Entry(sequence)) = need {
            let entry = self.entry(source, *sequence)?;
            self.lay_entry(*sequence, entry);
            return Ok(());
        }
        if let Need::Sealed(book, through) = need {
            let sealed = self.seal(source, *book, *through)?.sealed().ok();
            self.desk.lay_sealed(*book, *through, sealed);
            return Ok(());
        }
        if let Need::Record(place @ Place::Hold(hold)) = need {
            let record = self.hold(source, *hold)?.map(|hold| Record::Hold(Arc::new(hold)));
            self.desk.lay(place.clone(), record);
            return Ok(());
        }
        load::load(&mut self.desk, need, source.snapshot()?)
    }

    /// Lays an entry on the desk, for the command at hand.
    fn lay_entry(&mut self, sequence: Sequence, entry: Option<Arc<Entry>>) {
        self.consulted.push(sequence);
        self.desk.lay(Place::Entry(sequence), entry.map(Record::Entry));
    }

    /// A hold as the journal leaves it: as its entry placed it, or as it was after the last that settled some of it.
    fn hold(&mut self, source: &mut Source<'_>, hold: HoldId) -> Result<Option<Hold>, LayoutError> {
        let Some(placed) = self.entry(source, hold.0)?.and_then(|entry| entry.placed_hold()) else {
            return Ok(None);
        };
        let store = source.store;
        let mut found = Vec::new();
        self.runs.find(hold_digest(&self.given.secret, hold), &|| store.snapshot(), &mut found)?;
        for sequence in found.into_iter().rev().map(Sequence) {
            // Two holds may share a digest: only what the entry says counts.
            if let Some(settled) = self.entry(source, sequence)?.and_then(|entry| entry.settled_hold(&placed)) {
                return Ok(Some(settled));
            }
        }
        Ok(Some(placed))
    }

    /// An entry, durable or not.
    fn entry(&self, source: &mut Source<'_>, sequence: Sequence) -> Result<Option<Arc<Entry>>, LayoutError> {
        match self.undurable_entry(sequence) {
            Some(entry) => Ok(Some(Arc::clone(entry))),
            None => Ok(journal::entry(source.snapshot()?, sequence)?.map(Arc::new)),
        }
    }

    /// The trial balance of a book as of an instant, by all that has been decided, durable or not.
    ///
    /// Looks at each row of the ledger and each account of the book once, and at the entries recorded since a day before
    /// the instant.
    fn seal(&self, source: &mut Source<'_>, book: BookId, through: Timestamp) -> Result<Sealing, LayoutError> {
        let mut sealing = Sealing::new(book, through);
        let mut last = self.last;
        let mut reached = false;
        while let Some(entry) = self.undurable_entry(last) {
            reached |= !sealing.later.reaches(entry.recorded_at);
            if reached {
                break;
            }
            sealing.later.take(entry);
            last = Sequence(last.0.saturating_sub(1));
        }
        let snapshot = source.snapshot()?;
        if !reached {
            sealing.later.follow_back(snapshot, last)?;
        }
        for number in 0..=page_of(AccountId(self.desk.counters.account)) {
            let stored = if self.desk.has_page(number) { None } else { load::page(snapshot, number)? };
            let rows = self.desk.page_rows(number).or(stored.as_deref()).unwrap_or_default();
            let ids = (first_of_page(number).0..).map(AccountId);
            for (account, row) in ids.zip(rows).filter(|(_, row)| row.terms.book == book) {
                let place = Place::Account(account);
                let record = match self.desk.record(&place) {
                    Some(record) => Some(record.clone()),
                    None => load::record(snapshot, &place, Sequence(u64::MAX))?,
                };
                if let Some(Record::Account(record)) = record {
                    sealing.add(&record, &row.tally.balance);
                }
            }
        }
        Ok(sealing)
    }

    /// The entry that has this key already.
    fn original(
        &mut self,
        source: &mut Source<'_>,
        client: Option<ClientId>,
        key: &str,
        digest: Digest,
    ) -> Result<Option<Arc<Entry>>, LayoutError> {
        let store = source.store;
        let mut found = std::mem::take(&mut self.found);
        self.runs.find(digest, &|| store.snapshot(), &mut found)?;
        let mut original = None;
        for sequence in found.drain(..).map(Sequence) {
            let entry = self.entry(source, sequence)?;
            // Two keys may share a digest: only the key itself counts.
            original = entry.filter(|entry| entry.client == client && entry.key.as_deref() == Some(key));
            if original.is_some() {
                break;
            }
        }
        found.clear();
        self.found = found;
        Ok(original)
    }

    /// An entry of the open batch, or of one that is being committed.
    pub(super) fn undurable_entry(&self, sequence: Sequence) -> Option<&Arc<Entry>> {
        let batches = self.flights.iter().map(|flight| &*flight.entries).chain([&self.open.entries]);
        batches.filter_map(|entries| entries.get(sequence)).next()
    }

    /// The currencies of the books that an entry touches.
    fn currencies(&mut self, source: &mut Source<'_>, entry: &Entry) -> Result<Currencies, LayoutError> {
        let mut currencies = Currencies::default();
        let mut before = None;
        for posting in &entry.postings {
            // Neighbours mostly stand in one book.
            if before.replace(posting.book) == Some(posting.book) {
                continue;
            }
            while currencies.of(posting.book).is_none() {
                match self.desk.book(posting.book) {
                    Ok(book) => currencies.add(book.id, book.currency),
                    Err(Refusal::Rejected(_)) => break,
                    Err(Refusal::Missing(need)) => self.lay(source, &need)?,
                }
            }
        }
        Ok(currencies)
    }

    /// Folds a decided entry, and what changes beside it, into the desk, the index and the open batch.
    pub(super) fn take_in(&mut self, entry: &Arc<Entry>, beside: Beside, digest: Option<Digest>) {
        self.spent.let_go_of_one();
        apply(&mut self.desk, entry);
        self.desk.change_beside(beside);
        self.open.entries.push(entry);
        self.last = entry.sequence;
        self.last_at = entry.recorded_at;
        if let Some(digest) = digest {
            self.index(digest, entry.sequence);
        }
        let secret = self.given.secret;
        named_by(entry, &secret, |digest| self.index(digest, entry.sequence));
        for place in self.desk.take_touched() {
            let Some(record) = self.desk.record(&place) else {
                if place.is_beside() {
                    let (table, key) = record_key(&place, entry.sequence);
                    self.open.records.remove(table, key);
                    self.open.touched.push(place);
                }
                continue;
            };
            // The journal has holds, whether or not it is durable yet, and nobody asks for one again once it is settled.
            // Those that stay open are listed.
            if let Record::Hold(hold) = record {
                self.open.steps.push(Step::to(hold));
                if !hold.is_open() {
                    self.desk.forget(place);
                }
                continue;
            }
            if matches!(place, Place::ServiceVersion(..)) {
                // It is stored already, or with this batch, as the version that it was.
                self.open.touched.push(place);
                continue;
            }
            self.open.books |= matches!(place, Place::Book(_));
            if let Place::Account(account) = place {
                self.open.accounts.push(account);
            }
            let (table, key) = record_key(&place, entry.sequence);
            let value = sealed::seal(table, &key, &records::encode_record(record));
            self.open.records.put(table, key, value);
            match listed_due(record) {
                Some((key, true)) => self.open.records.put(DUE, key, sealed::seal_nothing(DUE, &key)),
                Some((key, false)) => self.open.records.remove(DUE, key),
                None => {}
            }
            let names = index_rows(&self.given.secret, &place, record);
            for (table, key) in listed(record, entry.sequence) {
                self.open.records.put(table, key, sealed::seal_nothing(table, &key));
            }
            for (table, key) in names {
                self.open.records.put(table, &key, sealed::seal_nothing(table, &key));
            }
            self.open.touched.push(place);
        }
    }

    fn index(&mut self, digest: Digest, sequence: Sequence) {
        self.runs.insert(digest, sequence.0);
        self.open.digests = self.open.digests.saturating_add(1);
        if let Some(undo) = &mut self.undo {
            undo.push((digest, sequence));
        }
    }

    /// Runs `body`; whatever it decided is kept if it says so, and taken back to the last unit if not.
    pub(super) fn all_or_nothing<T, E>(
        &mut self,
        body: impl FnOnce(&mut Self) -> Result<T, E>,
        keep: impl FnOnce(&T) -> bool,
    ) -> Result<T, E> {
        struct Guard<'a>(&'a mut Core, Option<Mark>);
        impl Drop for Guard<'_> {
            fn drop(&mut self) {
                if let Some(mark) = self.1.take() {
                    self.0.roll_back(&mark);
                }
            }
        }
        let mark = self.begin();
        let mut guard = Guard(self, Some(mark));
        // A panic in the body rolls back too.
        let result = body(guard.0);
        if let Ok(value) = &result
            && keep(value)
        {
            guard.1 = None;
            guard.0.desk.keep();
            guard.0.undo = None;
        }
        drop(guard);
        result
    }

    fn begin(&mut self) -> Mark {
        self.desk.begin();
        self.undo = Some(Vec::new());
        Mark {
            entries: self.open.entries.mark(),
            records: self.open.records.mark(),
            touched: self.open.touched.len(),
            steps: self.open.steps.len(),
            digests: self.open.digests,
            last: self.last,
            last_at: self.last_at,
        }
    }

    fn roll_back(&mut self, mark: &Mark) {
        self.desk.roll_back();
        for (digest, sequence) in self.undo.take().into_iter().flatten().rev() {
            self.runs.remove_last(digest, sequence.0);
        }
        self.open.entries.truncate(mark.entries);
        self.open.records.truncate(mark.records);
        self.open.touched.truncate(mark.touched);
        self.open.steps.truncate(mark.steps);
        self.open.digests = mark.digests;
        self.last = mark.last;
        self.last_at = mark.last_at;
    }

    /// Takes durable batches off those on their way, but for a few of the last: commands look back at what was done last,
    /// and most at holds. Less that is kept is more that stays in the processor's cache.
    fn take_done(&mut self, durable: u64) {
        let holds = self.flights.iter().any(|flight| flight.holds);
        let most = if holds { self.recent_bytes } else { self.recent_bytes / 16 };
        let mut weight: usize = self.flights.iter().map(|flight| flight.entries.weight()).sum();
        while (weight > most || self.flights.len() > RECENT_BATCHES)
            && let Some(flight) = self.flights.front()
            && flight.number <= durable
        {
            weight = weight.saturating_sub(flight.entries.weight());
            if let Some(flight) = self.flights.pop_front() {
                self.spent.add(flight.entries, most);
            }
        }
    }

    /// Drops every record from the desk but those of the open batch, which the store does not have yet.
    fn drop_records(&mut self) {
        let kept: Vec<(Place, Option<Record>)> = std::mem::take(&mut self.open.touched)
            .into_iter()
            .map(|place| (self.desk.record(&place).cloned(), place))
            // What was taken away must stay known to be: the store still has it.
            .filter(|(record, place)| record.is_some() || place.is_beside())
            .map(|(record, place)| (place, record))
            .collect();
        self.desk.drop_records();
        for (place, record) in kept {
            self.desk.lay(place, record);
        }
    }

    /// Lists the open holds for which it is time, and no longer lists those that the open batch has closed.
    fn list_holds(&mut self, batch: &mut Batch) -> Change {
        let mut change = Change::default();
        for step in &self.open.steps {
            self.unlisted.take(step, batch, &mut change);
        }
        self.unlisted.list((self.last, self.sweep.swept()), batch, &mut change);
        change
    }

    /// Takes the open batch for committing, with the derived state that is due; the next batch begins.
    ///
    /// All commits before it must be durable. `closing` writes back everything that is changed.
    pub(super) fn hand_over(
        &mut self,
        store: &dyn Store,
        pages_max: usize,
        closing: bool,
    ) -> Result<Handed, LayoutError> {
        let number = self.open.number;
        let durable = number.saturating_sub(1);
        self.take_done(durable);
        self.runs.durable(durable);
        let swept = self.sweep.swept();
        let records = Batch::like(&self.open.records);
        let mut batch = std::mem::take(&mut self.open.records);
        let count = self.open.entries.len();
        if closing {
            self.sweep.all(&mut self.desk, self.last, number, &mut batch);
        } else {
            self.desk.drop_clean_pages(pages_max, durable, &mut self.hand);
            let excess = self.desk.resident_pages().saturating_sub(pages_max);
            self.sweep.slice(&mut self.desk, count, self.last, excess, number, &mut batch);
        }
        let holds = self.list_holds(&mut batch);
        self.runs.maintain(number, self.open.digests, &|| store.snapshot(), &mut batch)?;
        if self.desk.records() > self.records_max {
            self.drop_records();
        }
        let next = OpenBatch {
            number: number.saturating_add(1),
            // The next batch will be about as large as this one.
            entries: Decided::with_capacity(count),
            records,
            ..OpenBatch::default()
        };
        let OpenBatch { entries, books, accounts, steps, .. } = std::mem::replace(&mut self.open, next);
        let entries = Arc::new(entries);
        self.flights.push_back(Flight { number, entries: Arc::clone(&entries), holds: !steps.is_empty() });
        Ok(Handed { number, entries, batch, books, accounts, holds, swept })
    }
}

/// How many commands are looked at together before they are carried out: so few that what was fetched for the first is
/// still there for the last.
const AHEAD: usize = 16;

/// The client among whose keys a command's key is, and its digest, if they are known beforehand.
type Ahead = Option<(Option<ClientId>, Digest)>;

/// What a plain movement looks up, whether it happens at once or is held.
struct Movement<'a> {
    service: ServiceId,
    accounts: [AccountId; 2],
    key: &'a str,
}

impl<'a> From<&'a Credit> for Movement<'a> {
    fn from(given: &'a Credit) -> Self {
        let accounts = [given.account, given.counter.unwrap_or(given.account)];
        Self { service: given.service, accounts, key: &given.key }
    }
}

impl<'a> From<&'a Debit> for Movement<'a> {
    fn from(given: &'a Debit) -> Self {
        let accounts = [given.account, given.counter.unwrap_or(given.account)];
        Self { service: given.service, accounts, key: &given.key }
    }
}

impl<'a> From<&'a Transfer> for Movement<'a> {
    fn from(given: &'a Transfer) -> Self {
        Self { service: given.service, accounts: [given.source, given.destination], key: &given.key }
    }
}

fn movement(command: &Command) -> Option<Movement<'_>> {
    match &command.request {
        Request::Credit(given) => Some(given.into()),
        Request::Debit(given) => Some(given.into()),
        Request::Transfer(given) => Some(given.into()),
        Request::PlaceHold(given) => match &given.movement {
            Held::Credit(given) => Some(given.into()),
            Held::Debit(given) => Some(given.into()),
            Held::Transfer(given) => Some(given.into()),
            Held::Post(_) | Held::Exchange(_) => None,
        },
        _ => None,
    }
}

/// How much of the journal's end is kept at hand: so many batches, and so much by the weight of their entries, which is
/// about a fifth of what they take in memory; a sixteenth of that where nothing was done to holds.
const RECENT_BATCHES: usize = 32;
pub(super) const RECENT_BYTES: usize = 4 << 20;

/// How many records lie on the desk of a ledger with the usual budget.
const RECORDS_MAX: usize = 32_768;

/// The counterparties that an entry's movement names, each once.
pub(crate) fn counterparties(entry: &Entry) -> impl Iterator<Item = CounterpartyId> {
    let details = entry.posted().and_then(|posted| posted.details.as_deref());
    let named = |party: fn(&Details) -> &Option<Party>| party(details?).as_ref()?.counterparty;
    let (from, to) = (named(|details| &details.from), named(|details| &details.to));
    from.into_iter().chain(to.filter(|_| to != from))
}

/// What entries that name a counterparty are found by.
pub(crate) fn counterparty_digest(secret: &[u8; 32], counterparty: CounterpartyId) -> Digest {
    digest(secret, 2, &counterparty.0.to_le_bytes(), &[])
}

/// What an entry is found by, beside its key: the counterparties that it names, its references and facts, and the holds
/// that it settles.
pub(crate) fn named_by(entry: &Entry, secret: &[u8; 32], mut name: impl FnMut(Digest)) {
    counterparties(entry).for_each(|counterparty| name(counterparty_digest(secret, counterparty)));
    references(entry).iter().for_each(|reference| name(reference_digest(secret, reference)));
    indexed_facts(entry).for_each(|fact| name(fact.digest(secret)));
    for effect in entry.posted().map_or(&[][..], |posted| &posted.effects) {
        if let Effect::HoldSettled { hold, .. } = effect {
            name(hold_digest(secret, *hold));
        }
    }
}

/// What the entries are found by that settle a hold.
pub(crate) fn hold_digest(secret: &[u8; 32], hold: HoldId) -> Digest {
    digest(secret, 3, &hold.0.0.to_le_bytes(), &[])
}

/// The references of an entry.
pub(crate) fn references(entry: &Entry) -> &[Reference] {
    match &entry.event {
        Event::Posted(posted) => posted.details.as_deref().map_or(&[], |details| &details.references),
        Event::Invoice(event) => match &**event {
            InvoiceEvent::Issued { given, .. } => &given.references,
            _ => &[],
        },
        _ => &[],
    }
}

/// What the key of a fact begins with that entries are found by.
pub(crate) const INDEXED: char = '#';

/// The facts that an entry is found by: those whose key begins with [`INDEXED`].
pub(crate) fn indexed_facts(entry: &Entry) -> impl Iterator<Item = Fact<'_>> {
    let details = entry.posted().and_then(|posted| posted.details.as_deref());
    let facts = details.into_iter().flat_map(|details| &details.metadata);
    facts.filter(|(key, _)| key.starts_with(INDEXED)).map(|(key, value)| Fact::Entry(key, value))
}

/// What an idempotency key is found by. Keyed with the ledger's secret, so that nobody can choose keys that collide.
pub(crate) fn key_digest(secret: &[u8; 32], client: Option<ClientId>, key: &str) -> Digest {
    digest(secret, 0, &client.map_or(0, |client| client.0).to_le_bytes(), key.as_bytes())
}

/// What a reference is found by.
pub(crate) fn reference_digest(secret: &[u8; 32], reference: &Reference) -> Digest {
    digest(secret, 1, reference.kind.as_bytes(), reference.id.as_bytes())
}

#[cfg(all(test, feature = "faults"))]
mod tests {
    use super::*;
    use crate::ledger::Ledger;
    use crate::model::NewBook;
    use crate::money::Currency;
    use crate::rules::PAGE_ROWS;

    #[test]
    fn pages_and_records_beyond_the_budget_are_let_go() {
        let ledger = Ledger::builder().tight().in_memory().unwrap();
        // Each book has six accounts of its own.
        for at in 0..4 * PAGE_ROWS {
            ledger.open_book(NewBook::live(format!("book {at}"), Currency::KES)).unwrap();
        }
        let core = ledger.shared.core().unwrap();
        let (pages, resident) = (page_of(AccountId(core.desk.counters.account)), core.desk.resident_pages());
        assert!(pages >= 20 && resident <= 6, "{resident} of {pages} pages");
        assert!(core.desk.records() <= 64, "{} records, {} allowed", core.desk.records(), core.records_max);
    }
}
