//! Loading: a ledger built again from its dump, entry by entry, with every digest and every sum proved on the way.
//!
//! What verifying would find wrong with a file is found here, line by line: the entries are followed by a replay that adds
//! every amount up, the digests are those of the chain, personal texts are what the entries committed to, and the file is
//! verified as a whole before it is given to anybody. Entries are not judged again, and only a whole journal can be loaded,
//! into a new file. Whoever makes up a whole journal with digests of its own gets the ledger of it, as by making up a file:
//! compare the head with one that was kept elsewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::io::BufRead;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use super::Ledger;
use super::builder::LedgerBuilder;
use super::core::Given;
use super::dump::{CommitLine, EndLine, EntryLine, Head, Line, PersonalLine, VERSION};
use super::error::Error;
use super::replica::Replica;
use super::verify::{Finding, Progress, REPORT_ENTRIES};
use crate::layout::journal::{Chain, Item};
use crate::layout::{LayoutError, entries};
use crate::model::{Hash, Owner, Personal, Sequence, octets_of};
use crate::rules::{Replay, committed, erased};
use crate::store::{Store, StoreError};

/// The longest line that is read, in bytes: an entry of the greatest size, written out, is below it.
const LINE_BYTES_MAX: u64 = 64 << 20;

/// Why a dump was not loaded. Nothing is left of what was read.
///
/// ```
/// use pacioli::prelude::*;
/// use pacioli::LoadError;
///
/// let dump = "{\"pacioli\":\"dump\"}\n";
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("loaded.redb");
/// match Ledger::builder().load(&path, dump.as_bytes(), &mut |_| ()) {
///     Err(LoadError::Refused { line, .. }) => assert_eq!(line, 1),
///     other => panic!("{other:?}"),
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// A line is not what a dump of this version has there, or was changed since it was written.
    #[error("line {line}: {what}")]
    Refused {
        /// The line, counted from 1.
        line: u64,
        /// What is wrong with it.
        what: String,
    },
    /// All lines were right, and yet the ledger that they make is not.
    #[error("the ledger that was built is not sound: {0}")]
    Unsound(Finding),
    /// The dump cannot be read.
    #[error("reading failed: {0}")]
    Io(#[from] std::io::Error),
    /// The ledger cannot be created or written.
    #[error(transparent)]
    Ledger(#[from] Error),
}

impl From<LayoutError> for LoadError {
    fn from(error: LayoutError) -> Self {
        Self::Ledger(error.into())
    }
}

impl From<StoreError> for LoadError {
    fn from(error: StoreError) -> Self {
        Self::Ledger(error.into())
    }
}

/// Loading.
impl LedgerBuilder {
    /// Builds the ledger that [`Ledger::dump`] has written, in a new file, verifies it and opens it.
    ///
    /// It has the identity of the one that was dumped, as a copy of its file would: signatures for the one count in the
    /// other, so let one of the two go, or keep it to look at. Its secret, under which keys and references are found, is its
    /// own. Memory is needed for the accounts and records of the whole ledger, as for verifying.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// let ledger = Ledger::in_memory()?;
    /// ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// let mut dump = Vec::new();
    /// let head = ledger.dump(&mut dump, &mut |_| ())?;
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("loaded.redb");
    /// let loaded = Ledger::builder().load(&path, dump.as_slice(), &mut |_| ())?;
    /// assert_eq!(loaded.info()?.head, head);
    ///
    /// // A figure that was changed is found by its line, and no file is left.
    /// let forged = String::from_utf8(dump)?.replace("shop.kes", "shop.usd");
    /// # let path = directory.path().join("forged.redb");
    /// assert!(Ledger::builder().load(&path, forged.as_bytes(), &mut |_| ()).is_err() && !path.exists());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`LoadError::Refused`] when a line is not as it was written; when there is something at `path` already, or it
    /// cannot be written. There is no file then.
    pub fn load(
        self,
        path: impl AsRef<Path>,
        dump: impl BufRead,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Ledger, LoadError> {
        let path = path.as_ref();
        let mut dump = Lines { dump, line: 0, text: String::new() };
        let head = dump.head()?;
        let identity = octets_of(&head.identity).ok().and_then(|bytes| <[u8; 16]>::try_from(bytes).ok());
        let identity = identity.ok_or_else(|| dump.refused("the identity is not 16 bytes"))?;
        let ledger = self.create_with(path, (identity, head.created_at), |store, given| {
            Loader::new(store, given)?.load(&mut dump, head.entries, progress)
        })?;
        let verified = ledger.verify(&mut |so_far| {
            progress(so_far);
            ControlFlow::Continue(())
        });
        let finding = match verified {
            Ok(verification) => verification.finding.map(LoadError::Unsound),
            Err(error) => Some(error.into()),
        };
        let Some(error) = finding else { return Ok(ledger) };
        // It is ours and nobody has seen it: it goes as it came.
        drop(ledger.close());
        drop(std::fs::remove_file(path));
        Err(error)
    }
}

/// The dump's lines.
struct Lines<R> {
    dump: R,
    line: u64,
    text: String,
}

impl<R: BufRead> Lines<R> {
    fn refused(&self, what: impl Into<String>) -> LoadError {
        LoadError::Refused { line: self.line, what: what.into() }
    }

    /// The next line; `None` at the end.
    fn next(&mut self) -> Result<Option<&str>, LoadError> {
        self.text.clear();
        self.line = self.line.saturating_add(1);
        let mut limited = std::io::Read::take(&mut self.dump, LINE_BYTES_MAX);
        let read = match limited.read_line(&mut self.text) {
            Ok(read) => read,
            Err(error) if error.kind() == std::io::ErrorKind::InvalidData => {
                return Err(self.refused("it is not text"));
            }
            Err(error) => return Err(error.into()),
        };
        if read as u64 == LINE_BYTES_MAX {
            return Err(self.refused("it is too long"));
        }
        Ok((read > 0).then_some(self.text.as_str()))
    }

    fn head(&mut self) -> Result<Head, LoadError> {
        let head = self.next()?.and_then(|line| serde_json::from_str::<Head>(line).ok());
        match head.filter(|head| head.pacioli == "dump") {
            None => Err(self.refused("it is not the first line of a dump")),
            Some(head) if head.version != VERSION => {
                Err(self.refused(format!("the dump has version {}, this library reads {VERSION}", head.version)))
            }
            Some(head) => Ok(head),
        }
    }
}

/// What has been followed so far.
struct Loader<'a> {
    replica: Replica<'a>,
    replay: Replay,
    chain: Chain,
    last: Sequence,
    /// The texts that the next entry commits to.
    personal: Option<(Owner, Arc<Personal>)>,
    /// The first line of each owner's texts that no entry has erased so far.
    present: BTreeMap<Owner, u64>,
    /// The owners whose texts are not there: an entry that erases them must follow.
    absent: BTreeSet<Owner>,
}

impl<'a> Loader<'a> {
    fn new(store: &'a dyn Store, given: Given) -> Result<Self, LoadError> {
        Ok(Self {
            replica: Replica::begin(store, given)?,
            replay: Replay::default(),
            chain: Chain::new(),
            last: Sequence::ZERO,
            personal: None,
            present: BTreeMap::new(),
            absent: BTreeSet::new(),
        })
    }

    fn load<R: BufRead>(
        mut self,
        dump: &mut Lines<R>,
        of: u64,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), LoadError> {
        let end = loop {
            let parsed = match dump.next()? {
                Some(line) => serde_json::from_str::<Line<serde_json::Value>>(line),
                None => return Err(dump.refused("the dump ends before its last line")),
            };
            let followed = match parsed {
                Ok(Line::End(end)) => break end,
                Ok(Line::Entry(line)) => self.entry(&line, dump.line),
                Ok(Line::Commit(line)) => self.commit(&line),
                Ok(Line::Personal { personal }) => self.texts(*personal),
                Err(_) => Err(Refused::Line("it is not a line of a dump".to_owned())),
            };
            match followed {
                Ok(()) => {}
                Err(Refused::Line(what)) => return Err(dump.refused(what)),
                Err(Refused::Failed(error)) => return Err(error.into()),
            }
            if self.last.0.is_multiple_of(REPORT_ENTRIES) {
                progress(Progress { entries: self.last.0, of });
            }
        };
        self.end(&end, of).map_err(|what| dump.refused(what))?;
        if dump.next()?.is_some() {
            return Err(dump.refused("the dump goes on after its last line"));
        }
        let (last, head) = self.replica.finish()?;
        if (last, Hash(head)) != (Sequence(end.end), end.head) {
            // The entries read the same and are written otherwise: by another version of this library.
            return Err(dump.refused("the entries as this version writes them have another digest"));
        }
        Ok(())
    }

    fn texts(&mut self, line: PersonalLine) -> Result<(), Refused> {
        let owner = line.owner().ok_or_else(|| Refused::line("it does not name whose texts these are"))?;
        let salt = octets_of(&line.salt).ok().and_then(|salt| <[u8; 16]>::try_from(salt).ok());
        let salt = salt.ok_or_else(|| Refused::line("the salt is not 16 bytes"))?;
        if self.personal.is_some() || line.entry != self.last.next() {
            return Err(Refused::line("the texts do not stand before their entry"));
        }
        let personal = Personal { previous: line.previous, salt, texts: line.texts, given: line.given };
        self.personal = Some((owner, Arc::new(personal)));
        Ok(())
    }

    fn entry(&mut self, line: &EntryLine<serde_json::Value>, number: u64) -> Result<(), Refused> {
        let body = octets_of(&line.body).map_err(|_| Refused::line("the body is not bytes in hexadecimal digits"))?;
        let sequence = self.last.next();
        let recorded_at = line.entry.get("recorded_at").and_then(serde_json::Value::as_str);
        let recorded_at = recorded_at.and_then(|at| at.parse().ok());
        let recorded_at = recorded_at.ok_or_else(|| Refused::line("the entry has no time"))?;
        let entry = entries::decode_entry(&body, sequence, recorded_at);
        let entry = entry.map_err(|malformed| Refused::Line(format!("the body is not an entry: {}", malformed.0)))?;
        let entry = Arc::new(entry);
        if serde_json::to_value(&*entry).ok().as_ref() != Some(&line.entry) {
            return Err(Refused::line("the entry does not say what its body says"));
        }
        let item = Item::Entry { sequence, recorded_at, body: &body };
        self.chain.follow(&item).map_err(Refused::line)?;
        let touched = self.replay.follow(&entry);
        touched.map_err(|wrong| Refused::Line(format!("entry {sequence}: {}", wrong.what)))?;
        if let Some(owner) = erased(&entry.event) {
            if let Some(first) = self.present.get(&owner) {
                return Err(Refused::Line(format!("the texts of line {first} are those that this entry has erased")));
            }
            self.absent.remove(&owner);
        }
        let texts = match (committed(&entry.event), self.personal.take()) {
            (None, None) => None,
            (Some((owner, _)), None) => {
                self.absent.insert(owner);
                None
            }
            (Some((owner, commitment)), Some((of, personal))) if owner == of && personal.commitment() == commitment => {
                self.present.entry(owner).or_insert_with(|| number.saturating_sub(1));
                Some(personal)
            }
            (_, Some(_)) => return Err(Refused::line("the texts before it are not what the entry committed to")),
        };
        self.replica.take_in(&entry, texts).map_err(Refused::Failed)?;
        self.last = sequence;
        Ok(())
    }

    fn commit(&mut self, line: &CommitLine) -> Result<(), Refused> {
        if line.through != self.last || self.chain.is_sealed() {
            return Err(Refused::line("the commit is not that of the entries before it"));
        }
        self.chain.follow(&Item::Seal(line.commit.0)).map_err(Refused::line)?;
        self.replica.seal().map_err(Refused::Failed)
    }

    fn end(&self, end: &EndLine, of: u64) -> Result<(), &'static str> {
        if !self.chain.is_sealed() || self.personal.is_some() {
            return Err("the last commit has no digest");
        }
        if (end.end, end.head) != (self.last.0, Hash(self.chain.digest())) || of != self.last.0 {
            return Err("the end is not that of the entries");
        }
        if self.absent.is_empty() { Ok(()) } else { Err("personal texts are missing that no entry has erased") }
    }
}

/// Why a line was not followed.
enum Refused {
    Line(String),
    Failed(LayoutError),
}

impl Refused {
    fn line(what: impl Into<String>) -> Self {
        Self::Line(what.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::entries::encode_entry;
    use crate::layout::journal::Tail;
    use crate::model::{
        AccountId, AccountType, Contact, Entry, Event, Few, LimitsEvent, NewAccount, NewBook, NewClient, NewLimit,
        NewMonitor, NewService, ServiceId, SystemAccount, Window, hex,
    };
    use crate::money::{Amount, Currency};
    use crate::rules::{Credit, Debit, Post};
    use crate::store::Batch;

    /// The dump of a ledger, with each entry as `forge` makes it and with digests that are right for these.
    fn forged(dump: &[u8], forge: impl Fn(&mut Entry)) -> String {
        let mut tail = Tail::default();
        let (mut pending, mut lines, mut last) = (Vec::new(), Vec::new(), Sequence::ZERO);
        let mut given = String::from_utf8(dump.to_vec()).unwrap().lines().map(str::to_owned).collect::<Vec<_>>();
        lines.push(given.remove(0));
        for line in given {
            let line = match serde_json::from_str(&line).unwrap() {
                Line::Entry(EntryLine::<serde_json::Value> { entry, .. }) => {
                    let mut entry: Entry = serde_json::from_value(entry).unwrap();
                    last = entry.sequence;
                    forge(&mut entry);
                    let mut body = Vec::new();
                    encode_entry(&entry, &mut body);
                    let written = serde_json::to_value(&entry).unwrap();
                    pending.push(Arc::new(entry));
                    Line::Entry(EntryLine { entry: written, body: hex(&body) })
                }
                Line::Commit(_) => {
                    tail.append(&std::mem::take(&mut pending), &mut Batch::new());
                    Line::Commit(CommitLine { commit: Hash(tail.digest), through: last })
                }
                Line::End(_) => Line::End(EndLine { end: last.0, head: Hash(tail.digest) }),
                texts @ Line::Personal { .. } => texts,
            };
            lines.push(serde_json::to_string(&line).unwrap());
        }
        lines.join("\n")
    }

    #[test]
    fn what_the_sums_deny_is_refused_though_every_digest_is_right() {
        let ledger = Ledger::in_memory().unwrap();
        let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES)).unwrap();
        let (from, to) = (book.system(SystemAccount::External), book.system(SystemAccount::Suspense));
        let money = book.money("10.00").unwrap();
        ledger.post(Post::new("p").debit(from, money).credit(to, money)).unwrap();
        let mut dump = Vec::new();
        ledger.dump(&mut dump, &mut |_| ()).unwrap();
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("forged.redb");
        let load = |dump: String| Ledger::builder().load(&path, dump.as_bytes(), &mut |_| ());
        let refused = |forge: &dyn Fn(&mut Entry)| match load(forged(&dump, forge)) {
            Err(LoadError::Refused { line, what }) => (line, what),
            other => panic!("{other:?}"),
        };
        // The forger's tools are right: what is not changed is loaded.
        load(forged(&dump, |_| ())).unwrap().close().unwrap();
        std::fs::remove_file(&path).unwrap();
        let more = Amount::minor(1_001).unwrap();
        let first = |entry: &mut Entry, change: &dyn Fn(&mut crate::model::Posting)| {
            if let Some(posting) = entry.postings.first_mut() {
                change(posting);
            }
        };
        let unbalanced = refused(&|entry| first(entry, &|posting| posting.amount = more));
        assert!(unbalanced.0 == 4, "{unbalanced:?}");
        let total = refused(&|entry| first(entry, &|posting| posting.after.debits_posted = more));
        assert!(total.0 == 4, "{total:?}");
        let gap = refused(&|entry| first(entry, &|posting| posting.number = 2));
        assert_eq!(gap.1, "entry 2: the activity number is not the next");
        assert!(!path.exists());
    }

    /// A client's account with 9.00 in it, after something was defined for it, and a service of its client.
    fn shop(define: impl FnOnce(&Ledger, AccountId)) -> (Ledger, AccountId, ServiceId) {
        let ledger = Ledger::in_memory().unwrap();
        let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES)).unwrap();
        let contact = Contact::new("Jane", "jane@emali.example", "0722000001");
        let client = ledger.register_client(NewClient::individual("Kenya", contact)).unwrap().id;
        let service = ledger.define_service(NewService::new(client, book.id, "SALES")).unwrap().id;
        let account = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING)).unwrap().id;
        define(&ledger, account);
        ledger.credit(Credit::new(account, service, book.money("9.00").unwrap(), "sale")).unwrap();
        (ledger, account, service)
    }

    #[test]
    fn a_movement_beyond_a_limit_is_refused_though_every_digest_is_right() {
        let (ledger, account, service) = shop(|ledger, account| {
            ledger.define_limit(NewLimit::new(account, Window::last_hours(24)).count(3)).unwrap();
        });
        for key in ["a", "b", "c"] {
            ledger.debit(Debit::new(account, service, Currency::KES.minor(100).unwrap(), key)).unwrap();
        }
        let mut dump = Vec::new();
        ledger.dump(&mut dump, &mut |_| ()).unwrap();
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("forged.redb");
        let load = |count_max: u64| {
            let dump = forged(&dump, |entry| {
                if let Event::Limits(event) = &mut entry.event
                    && let LimitsEvent::Defined { given, .. } = &mut **event
                {
                    given.count_max = Some(count_max);
                }
            });
            Ledger::builder().load(&path, dump.as_bytes(), &mut |_| ())
        };
        match load(2) {
            Err(LoadError::Refused { what, .. }) => assert_eq!(what, "entry 9: it passes a limit over time"),
            other => panic!("{other:?}"),
        }
        load(3).unwrap().close().unwrap();
    }

    #[test]
    fn a_crossing_that_is_kept_quiet_is_refused_though_every_digest_is_right() {
        let (ledger, ..) = shop(|ledger, account| {
            ledger.define_monitor(NewMonitor::new(account, Currency::KES.minor(500).unwrap())).unwrap();
        });
        let mut dump = Vec::new();
        ledger.dump(&mut dump, &mut |_| ()).unwrap();
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("forged.redb");
        let quiet = forged(&dump, |entry| {
            if let Event::Posted(posted) = &mut entry.event {
                assert_eq!(posted.crossed.len(), 1);
                posted.crossed = Few::default();
            }
        });
        match Ledger::builder().load(&path, quiet.as_bytes(), &mut |_| ()) {
            Err(LoadError::Refused { what, .. }) => {
                assert_eq!(what, "entry 6: the thresholds crossed are not those of its totals");
            }
            other => panic!("{other:?}"),
        }
    }
}
