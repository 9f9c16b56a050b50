//! Dumps: a whole ledger as JSON lines, from which `load` builds it again. [`Ledger::dump`] documents the form.

use std::collections::BTreeMap;
use std::io::{BufWriter, Write};
use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

use super::Ledger;
use super::error::Error;
use super::verify::{Progress, REPORT_ENTRIES};
use super::writer::Shared;
use crate::layout::header::Header;
use crate::layout::journal::{self, Item};
use crate::layout::keys::{JOURNAL, journal_key};
use crate::layout::{LayoutError, corrupt, entries, load};
use crate::model::{ClientId, CounterpartyId, Entry, Hash, Owner, Personal, Sequence, Timestamp, hex};
use crate::rules::{Place, Record, committed};
use crate::store::Snapshot;

/// The version of the form that this library writes.
pub(super) const VERSION: u32 = 1;

/// Why a ledger could not be dumped; what was written so far cannot be loaded.
///
/// ```
/// use pacioli::prelude::*;
/// use pacioli::DumpError;
///
/// let ledger = Ledger::in_memory()?;
/// ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// // Too little room.
/// let mut room = [0; 16];
/// let refused = ledger.dump(&mut room[..], &mut |_| ());
/// assert!(matches!(refused, Err(DumpError::Io(_))));
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DumpError {
    /// The ledger cannot be read.
    #[error(transparent)]
    Ledger(#[from] Error),
    /// What was to take the dump failed.
    #[error("writing failed: {0}")]
    Io(#[from] std::io::Error),
    /// The ledger is a fork whose original has erased texts that the fork's journal commits to: dump the original.
    #[error("the fork lacks texts that its journal has not erased: dump the original")]
    OfFork,
}

impl From<LayoutError> for DumpError {
    fn from(error: LayoutError) -> Self {
        Self::Ledger(error.into())
    }
}

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Head {
    pub pacioli: String,
    pub version: u32,
    pub identity: String,
    pub created_at: Timestamp,
    pub entries: u64,
}

/// Any line after it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Line<E> {
    Entry(EntryLine<E>),
    Commit(CommitLine),
    Personal { personal: Box<PersonalLine> },
    End(EndLine),
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EntryLine<E> {
    pub entry: E,
    pub body: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CommitLine {
    pub commit: Hash,
    pub through: Sequence,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EndLine {
    pub end: u64,
    pub head: Hash,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PersonalLine {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<ClientId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counterparty: Option<CounterpartyId>,
    pub entry: Sequence,
    pub previous: Sequence,
    pub salt: String,
    pub texts: BTreeMap<String, String>,
    pub given: Vec<String>,
}

impl PersonalLine {
    fn new(owner: Owner, entry: Sequence, personal: &Personal) -> Self {
        let (client, counterparty) = match owner {
            Owner::Client(client) => (Some(client), None),
            Owner::Counterparty(counterparty) => (None, Some(counterparty)),
        };
        let (previous, salt) = (personal.previous, hex(&personal.salt));
        let (texts, given) = (personal.texts.clone(), personal.given.clone());
        Self { client, counterparty, entry, previous, salt, texts, given }
    }

    /// Whose the texts are, if the line names one owner.
    pub(super) const fn owner(&self) -> Option<Owner> {
        match (self.client, self.counterparty) {
            (Some(client), None) => Some(Owner::Client(client)),
            (None, Some(counterparty)) => Some(Owner::Counterparty(counterparty)),
            (Some(_), Some(_)) | (None, None) => None,
        }
    }
}

/// Dumps.
impl Ledger {
    /// Writes everything as JSON lines, from which [`LedgerBuilder::load`](crate::LedgerBuilder::load) builds an identical
    /// ledger: the same entries with the same digests, numbers, identifiers and identity. Returns the digest of the last
    /// commit, which is the head that both ledgers' verifications tell.
    ///
    /// Each line is one JSON document:
    ///
    /// ```text
    /// {"pacioli":"dump","version":1,"identity":"<16 bytes>","created_at":"2026-11-01T09:00:00Z","entries":41}
    /// {"personal":{"client":1,"entry":2,"previous":0,"salt":"<16 bytes>","texts":{"email":"…"},"given":["email"]}}
    /// {"entry":{"sequence":2,"recorded_at":"…","actor":null,"client":null,"key":null,"event":{…},"postings":[]},"body":"<bytes>"}
    /// {"commit":"<32 bytes>","through":2}
    /// …
    /// {"end":41,"head":"<32 bytes>"}
    /// ```
    ///
    /// Bytes are written in hexadecimal digits. `body` is the entry as the journal holds it, and what digests are made of;
    /// `entry` says the same for readers and programs, and loading refuses one that says anything else. `commit` is the
    /// digest of the chain after the entries before it. Personal texts stand before the entry that commits to them, with
    /// the salt that the commitment is made with and the sequence of the texts before them; `counterparty` stands in place
    /// of `client` where they are a counterparty's. Those that have been erased are not there.
    ///
    /// Of what is secret only the personal texts are in a dump: keep it as you keep the ledger.
    ///
    /// # Errors
    /// When the ledger cannot be read or `out` not written.
    ///
    /// ```
    /// use pacioli::{Ledger, NewBook, money::Currency};
    ///
    /// let ledger = Ledger::in_memory()?;
    /// ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// let mut dump = Vec::new();
    /// ledger.dump(&mut dump, &mut |_| ())?;
    ///
    /// let directory = std::env::temp_dir().join(format!("pacioli-{}", std::process::id()));
    /// let copy = Ledger::builder().load(&directory, dump.as_slice(), &mut |_| ())?;
    /// assert_eq!(copy.identity(), ledger.identity());
    /// assert_eq!(copy.view()?.book_named("shop.kes")?, ledger.view()?.book_named("shop.kes")?);
    /// # copy.close()?;
    /// # std::fs::remove_file(directory)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn dump(&self, out: impl Write, progress: &mut dyn FnMut(Progress)) -> Result<Hash, DumpError> {
        self.shared.accepting().map_err(DumpError::from)?;
        if !self.shared.given.erased.is_empty() {
            return Err(DumpError::OfFork);
        }
        Dumper::new(&self.shared)?.dump(&mut BufWriter::new(out), progress)
    }
}

struct Dumper {
    snapshot: Box<dyn Snapshot>,
    header: Header,
    entries: u64,
}

impl Dumper {
    fn new(shared: &Shared) -> Result<Self, DumpError> {
        let snapshot = shared.store.snapshot().map_err(LayoutError::from)?;
        let missing = || LayoutError::Format { what: "the store does not hold a ledger".to_owned() };
        let header = Header::read(&*snapshot)?.ok_or_else(missing)?;
        let entries = journal::Tail::read(&*snapshot)?.last.0;
        Ok(Self { snapshot, header, entries })
    }

    fn dump(self, out: &mut impl Write, progress: &mut dyn FnMut(Progress)) -> Result<Hash, DumpError> {
        let (identity, created_at) = (hex(&self.header.id), self.header.created_at);
        let head = Head { pacioli: "dump".to_owned(), version: VERSION, identity, created_at, entries: self.entries };
        put(out, &head)?;
        // The journal is shown by a function that knows of reading alone.
        let mut failed = None;
        let snapshot = self.snapshot.as_ref();
        let (mut last, mut hash) = (Sequence::ZERO, Hash([0; 32]));
        journal::blocks(snapshot, Sequence::ZERO, &mut |block| {
            let malformed = |malformed| corrupt(JOURNAL, &journal_key(block.first), malformed);
            for item in block.items()? {
                let written = match item.map_err(malformed)? {
                    Item::Entry { sequence, recorded_at, body } => {
                        let entry = entries::decode_entry(body, sequence, recorded_at).map_err(malformed)?;
                        last = sequence;
                        if sequence.0.is_multiple_of(REPORT_ENTRIES) {
                            progress(Progress { entries: sequence.0, of: self.entries });
                        }
                        put_entry(out, snapshot, &entry, body)
                    }
                    Item::Seal(digest) => {
                        hash = Hash(digest);
                        put(out, &Line::<Entry>::Commit(CommitLine { commit: hash, through: last }))
                    }
                };
                if let Err(error) = written {
                    failed = Some(error);
                    return Ok(ControlFlow::Break(()));
                }
            }
            Ok(ControlFlow::Continue(()))
        })?;
        if let Some(error) = failed {
            return Err(error);
        }
        put(out, &Line::<Entry>::End(EndLine { end: last.0, head: hash }))?;
        out.flush()?;
        progress(Progress { entries: last.0, of: self.entries });
        Ok(hash)
    }
}

fn put_entry(out: &mut impl Write, snapshot: &dyn Snapshot, entry: &Entry, body: &[u8]) -> Result<(), DumpError> {
    if let Some((owner, _)) = committed(&entry.event) {
        let place = Place::Personal(owner, entry.sequence);
        if let Some(Record::Personal(personal)) = load::record(snapshot, &place, entry.sequence)? {
            let personal = Box::new(PersonalLine::new(owner, entry.sequence, &personal));
            put(out, &Line::<Entry>::Personal { personal })?;
        }
    }
    put(out, &Line::Entry(EntryLine { entry, body: hex(body) }))
}

fn put(out: &mut impl Write, line: &impl Serialize) -> Result<(), DumpError> {
    serde_json::to_writer(&mut *out, line).map_err(std::io::Error::from)?;
    Ok(out.write_all(b"\n")?)
}
