//! Views: the ledger at one moment, read without holding anything up.

use std::sync::Arc;

use super::error::Error;
use super::handle::Handle;
use super::writer::Shared;
use crate::layout::journal;
use crate::model::{Sequence, Timestamp};
use crate::rules::Rejection;

/// The ledger after one entry of its journal.
///
/// A view pins nothing: the journal is never rewritten and records are kept in every version, so looking back needs
/// no copy, and a view that is kept for long costs neither memory nor file space. What it shows never changes, and
/// reading it never waits for the writer.
///
/// ```
/// use pacioli::{Credit, Ledger, NewAccount, NewBook, NewClient, NewService, AccountType, Contact, money::Currency};
///
/// let ledger = Ledger::in_memory()?;
/// let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// let owner = Contact::new("Njeri", "njeri@shop.co.ke", "+254700000001");
/// let client = ledger.register_client(NewClient::individual("KE", owner))?;
/// let wallet = ledger.open_account(NewAccount::new(client.id, book.id, AccountType::WORKING))?;
/// let sales = ledger.define_service(NewService::new(client.id, book.id, "SALES"))?;
///
/// let before = ledger.view()?;
/// ledger.credit(Credit::new(wallet.id, sales.id, book.money("100.00")?, "till-1"))?;
/// assert_eq!(before.balance(wallet.id)?.current, book.money("0")?);
///
/// let now = ledger.view()?;
/// assert_eq!(now.balance(wallet.id)?.current, book.money("100.00")?);
/// let page = now.activities(wallet.id).limit(10).page()?;
/// assert_eq!(page.items[0].current_balance, book.money("100.00")?);
/// println!("{}", now.statement(wallet.id).all()?);
/// println!("{}", now.trial_balance(book.id)?);
/// # Ok::<(), pacioli::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct View {
    // Keeps the ledger open as long as the view is kept.
    handle: Arc<Handle>,
    sequence: Sequence,
    recorded_at: Timestamp,
}

impl View {
    pub(super) fn now(handle: &Arc<Handle>) -> Result<Self, Error> {
        let end = *handle.0.end.lock();
        Ok(Self { handle: Arc::clone(handle), sequence: end.sequence, recorded_at: end.at })
    }

    pub(super) fn at(handle: &Arc<Handle>, sequence: Sequence) -> Result<Self, Error> {
        let shared = &handle.0;
        let end = *shared.end.lock();
        if sequence > end.sequence {
            return Err(Error::BeyondEnd { last: end.sequence, asked: sequence });
        }
        let recorded_at = match sequence {
            sequence if sequence == end.sequence => end.at,
            Sequence::ZERO => Timestamp::MIN,
            sequence => {
                let entry = journal::entry(&*shared.store.snapshot()?, sequence)?;
                entry.ok_or(Rejection::EntryNotFound { entry: sequence })?.recorded_at
            }
        };
        Ok(Self { handle: Arc::clone(handle), sequence, recorded_at })
    }

    /// The ledger as it was after an entry that this view shows.
    pub(super) fn earlier(&self, sequence: Sequence) -> Result<Self, Error> {
        Self::at(&self.handle, sequence)
    }

    /// The last entry that the view shows.
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
    /// let seen = ledger.view()?;
    /// ledger.debit(Debit::new(wallet, moves, book.money("30")?, "pay-1"))?;
    /// assert_eq!(ledger.view()?.sequence(), seen.sequence().next());
    /// assert_eq!(seen.balance(wallet)?.current, book.money("100")?); // still
    /// # Ok::<(), Error>(())
    /// ```
    pub const fn sequence(&self) -> Sequence {
        self.sequence
    }

    /// When that entry was recorded; [`Timestamp::MIN`] before the first.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// let ledger = Ledger::in_memory()?;
    /// assert_eq!(ledger.view()?.recorded_at(), Timestamp::MIN);
    /// let opened = ledger.execute(NewBook::live("shop.kes", Currency::KES))?;
    /// assert_eq!(ledger.view()?.recorded_at(), opened.recorded_at());
    /// # Ok::<(), Error>(())
    /// ```
    pub const fn recorded_at(&self) -> Timestamp {
        self.recorded_at
    }

    pub(super) fn shared(&self) -> &Shared {
        &self.handle.0
    }
}
