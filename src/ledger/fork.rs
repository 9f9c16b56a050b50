//! Forks: a ledger of its own in memory, with another's journal up to some entry.
//!
//! The journal's entries are followed as they are and everything else is derived from them again; no command is judged.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::Ledger;
use super::builder::{LedgerBuilder, random};
use super::error::Error;
use super::replica::Replica;
use super::view::View;
use super::writer::Shared;
use crate::layout::journal::{self, Item};
use crate::layout::keys::{JOURNAL, journal_key};
use crate::layout::{LayoutError, corrupt, entries, load};
use crate::model::{Entry, Owner, Personal, Sequence, Timestamp};
use crate::rules::{Place, Record, committed, erased};
use crate::store::{MemoryStore, Snapshot};

/// Forks.
impl Ledger {
    /// A ledger in memory with exactly the entries up to `sequence`, to try out what would happen: from there on the two
    /// go their own ways, and neither sees what is written to the other.
    ///
    /// Entries with their digests, identifiers, numbers and balances are the same; keys and cursors are too. The fork has
    /// an identity of its own, so nothing that was signed for one ledger counts in the other, and its head
    /// ([`Verification::head`](crate::Verification::head)) is the original's if the original's commit ended there. It has
    /// the original's clock, sources of codes and nonces, validator, invariants and memory budget.
    ///
    /// Personal texts come along as far as they have not been erased since: a fork brings nothing back.
    ///
    /// It costs time and memory in proportion to the entries: they are all read and their state is built again, some
    /// microseconds for each. The original goes on meanwhile; its file grows by what it rewrites until this returns.
    ///
    /// # Errors
    /// [`Error::BeyondEnd`] when there is no such entry yet; when the journal cannot be read.
    ///
    /// ```
    /// use pacioli::{Ledger, NewBook, money::Currency};
    ///
    /// let ledger = Ledger::in_memory()?;
    /// ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// let fork = ledger.view()?.fork()?;
    /// fork.open_book(NewBook::live("shop.usd", Currency::USD))?;
    /// assert_eq!((fork.view()?.books()?.len(), ledger.view()?.books()?.len()), (2, 1));
    /// # Ok::<(), pacioli::Error>(())
    /// ```
    pub fn fork_at(&self, sequence: Sequence) -> Result<Self, Error> {
        let last = self.shared.end.lock().sequence;
        if sequence > last {
            return Err(Error::BeyondEnd { last, asked: sequence });
        }
        fork(&self.shared, sequence)
    }
}

/// Forks.
impl View {
    /// A ledger in memory with exactly the entries that the view shows. See [`Ledger::fork_at`].
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
    /// // What would the books say if everybody were paid?
    /// let trial = ledger.view()?.fork()?;
    /// trial.debit(Debit::new(wallet, moves, book.money("100")?, "pay-1"))?;
    /// assert!(trial.view()?.balance(wallet)?.current.is_zero());
    /// assert_eq!(ledger.view()?.balance(wallet)?.current, book.money("100")?);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn fork(&self) -> Result<Ledger, Error> {
        fork(self.shared(), self.sequence())
    }
}

fn fork(shared: &Shared, through: Sequence) -> Result<Ledger, Error> {
    shared.accepting()?;
    let span = tracing::info_span!("fork");
    let _entered = span.enter();
    let snapshot = shared.store.snapshot()?;
    let mut builder = LedgerBuilder::like(shared);
    let store = Arc::new(MemoryStore::new());
    // The secret is what things are found by; only the identity tells the two apart.
    builder.begin(&*store, (random(), shared.given.secret))?;
    let mut gone = Gone((*shared.given.erased).clone());
    let mut copy = Replica::begin(&*store, shared.given.clone())?;
    journal::blocks(&*snapshot, Sequence::ZERO, &mut |block| {
        let malformed = |malformed| corrupt(JOURNAL, &journal_key(block.first), malformed);
        for item in block.items()? {
            match item.map_err(malformed)? {
                Item::Entry { sequence, .. } if sequence > through => return Ok(ControlFlow::Break(())),
                Item::Entry { sequence, recorded_at, body } => {
                    let entry = Arc::new(entries::decode_entry(body, sequence, recorded_at).map_err(malformed)?);
                    let texts = gone.texts(&entry, &*snapshot)?;
                    copy.take_in(&entry, texts)?;
                }
                // Commits end where they ended, so that the chain of digests is the same.
                Item::Seal(_) => copy.seal()?,
            }
        }
        Ok(ControlFlow::Continue(()))
    })?;
    let last = copy.finish()?.0;
    if last != through {
        return Err(LayoutError::Format { what: format!("the journal ends at entry {last}") }.into());
    }
    builder.erased = Arc::new(gone.0);
    builder.over(store)
}

/// Whose texts are gone, and when that was recorded, if not by the entries followed so far.
struct Gone(BTreeMap<Owner, Timestamp>);

impl Gone {
    /// The personal texts that an entry commits to, as far as the original has them still.
    fn texts(&mut self, entry: &Entry, original: &dyn Snapshot) -> Result<Option<Arc<Personal>>, LayoutError> {
        if let Some(owner) = erased(&entry.event) {
            self.0.remove(&owner);
        }
        let Some((owner, _)) = committed(&entry.event) else { return Ok(None) };
        let place = Place::Personal(owner, entry.sequence);
        if let Some(Record::Personal(texts)) = load::record(original, &place, entry.sequence)? {
            return Ok(Some(texts));
        }
        if let Some(erased_at) = load::erased_at(original, owner)? {
            self.0.insert(owner, erased_at);
        }
        Ok(None)
    }
}
