//! How much there is of everything that has an identifier of its own.

use serde::Serialize;

use super::reader::Reader;
use crate::layout::load;
use crate::ledger::error::Error;
use crate::ledger::view::View;
use crate::model::{AccountId, BookId, ClientId, DeviceId, LimitId, MonitorId, PayoutId, ServiceId, SetId};
use crate::rules::Place;

/// How much a view shows of everything that is counted from 1: made by [`View::counts`].
///
/// What was closed, ended or erased is counted too: nothing ever goes.
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
/// let counts = ledger.view()?.counts()?;
/// assert_eq!((counts.clients, counts.services), (1, 1));
/// assert_eq!(counts.accounts, 7); // the wallet, and the book's own six
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LedgerCounts {
    /// Entries of the journal.
    pub entries: u64,
    /// Books.
    pub books: u64,
    /// Clients.
    pub clients: u64,
    /// Accounts, those of the books among them.
    pub accounts: u64,
    /// Services.
    pub services: u64,
    /// Devices.
    pub devices: u64,
    /// Payouts.
    pub payouts: u64,
    /// Limits over time.
    pub limits: u64,
    /// Balance monitors.
    pub monitors: u64,
    /// Sets of accounts.
    pub sets: u64,
}

impl View {
    /// How much there is of everything that is counted from 1. Costs a few reads for each kind, however much there is.
    ///
    /// # Errors
    /// When storage cannot be read.
    ///
    /// ```
    /// use pacioli::{Ledger, NewBook, Sequence, money::Currency};
    ///
    /// let ledger = Ledger::in_memory()?;
    /// ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// let counts = ledger.view()?.counts()?;
    /// assert_eq!((counts.entries, counts.books, counts.accounts, counts.clients), (1, 1, 6, 0));
    /// assert_eq!(ledger.view_at(Sequence::ZERO)?.counts()?.books, 0);
    /// # Ok::<(), pacioli::Error>(())
    /// ```
    pub fn counts(&self) -> Result<LedgerCounts, Error> {
        let mut reader = self.reader();
        let most = load::counters(reader.snapshot()?)?;
        let mut count = |most, place: fn(u64) -> Place| Reader::last_id(&mut reader, most, place);
        Ok(LedgerCounts {
            entries: self.sequence().0,
            books: count(most.book, |id| Place::Book(BookId(id)))?,
            clients: count(most.client, |id| Place::Client(ClientId(id)))?,
            accounts: count(most.account, |id| Place::Account(AccountId(id)))?,
            services: count(most.service, |id| Place::Service(ServiceId(id)))?,
            devices: count(most.device, |id| Place::Device(DeviceId(id)))?,
            payouts: count(most.payout, |id| Place::Payout(PayoutId(id)))?,
            limits: count(most.limit, |id| Place::Limit(LimitId(id)))?,
            monitors: count(most.monitor, |id| Place::Monitor(MonitorId(id)))?,
            sets: count(most.set, |id| Place::Set(SetId(id)))?,
        })
    }
}
