//! Views: the ledger at one moment, read without holding anything up.

use std::sync::Arc;

use super::error::Error;
use super::writer::Shared;
use crate::layout::load;
use crate::model::{Account, AccountId, Book, BookId, Client, ClientId, Sequence, Service, ServiceId, Timestamp};
use crate::rules::{Place, Record, Rejection};
use crate::store::Snapshot;

/// The ledger after one entry of its journal.
///
/// A view pins nothing: the journal is never rewritten and records are kept in every version, so looking back needs
/// no copy, and a view that is kept for long costs neither memory nor file space.
#[derive(Clone, Debug)]
pub struct View {
    shared: Arc<Shared>,
    sequence: Sequence,
    recorded_at: Timestamp,
}

impl View {
    pub(super) fn now(shared: &Arc<Shared>) -> Result<Self, Error> {
        let end = *shared.end.lock();
        Ok(Self { shared: Arc::clone(shared), sequence: end.sequence, recorded_at: end.at })
    }

    pub(super) fn at(shared: &Arc<Shared>, sequence: Sequence) -> Result<Self, Error> {
        let end = *shared.end.lock();
        if sequence > end.sequence {
            return Err(Error::BeyondEnd { last: end.sequence, asked: sequence });
        }
        Ok(Self { shared: Arc::clone(shared), sequence, recorded_at: end.at })
    }

    /// The last entry that the view shows.
    pub const fn sequence(&self) -> Sequence {
        self.sequence
    }

    /// When that entry was recorded.
    pub const fn recorded_at(&self) -> Timestamp {
        self.recorded_at
    }

    /// A book.
    ///
    /// # Errors
    /// [`Rejection::BookNotFound`] when there is none.
    pub fn book(&self, book: BookId) -> Result<Book, Error> {
        match self.record(&Place::Book(book))? {
            Some(Record::Book(record)) => Ok((*record).clone()),
            _ => Err(Rejection::BookNotFound { book }.into()),
        }
    }

    /// A client.
    ///
    /// # Errors
    /// [`Rejection::ClientNotFound`] when there is none.
    pub fn client(&self, client: ClientId) -> Result<Client, Error> {
        match self.record(&Place::Client(client))? {
            Some(Record::Client(record)) => Ok((*record).clone()),
            _ => Err(Rejection::ClientNotFound { client }.into()),
        }
    }

    /// An account, without its balances.
    ///
    /// # Errors
    /// [`Rejection::AccountNotFound`] when there is none.
    pub fn account(&self, account: AccountId) -> Result<Account, Error> {
        match self.record(&Place::Account(account))? {
            Some(Record::Account(record)) => Ok((*record).clone()),
            _ => Err(Rejection::AccountNotFound { account }.into()),
        }
    }

    /// A service.
    ///
    /// # Errors
    /// [`Rejection::ServiceNotFound`] when there is none.
    pub fn service(&self, service: ServiceId) -> Result<Service, Error> {
        match self.record(&Place::Service(service))? {
            Some(Record::Service(record)) => Ok((*record).clone()),
            _ => Err(Rejection::ServiceNotFound { service }.into()),
        }
    }

    fn record(&self, place: &Place) -> Result<Option<Record>, Error> {
        Ok(load::record(&*self.snapshot()?, place, self.sequence)?)
    }

    fn snapshot(&self) -> Result<Box<dyn Snapshot>, Error> {
        Ok(self.shared.store.snapshot()?)
    }
}
