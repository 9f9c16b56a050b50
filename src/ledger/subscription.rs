//! Subscriptions: events as they become durable, to whoever waits for them.
//!
//! A subscription is a place in the stream and nothing more: the journal keeps what it has not read yet, so however slow
//! it is, it holds nobody up, costs no memory and misses nothing.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use super::Ledger;
use super::error::Error;
use super::reading::follow;
use super::writer::Shared;
use crate::model::{EventId, LedgerEvent, Sequence};

/// How many entries are read at a time: few, as each may have many lines.
const ENTRIES_AHEAD: usize = 256;

/// The events after a place, each once and in order, for as long as the ledger is open.
///
/// As an iterator it blocks until there is a next event, and ends when the ledger closes. It wakes when a commit is
/// durable and never looks for work in vain. A failure is given once, and ends it; what had been given stays given
/// ([`Subscription::position`]), so a new subscription goes on where this one stopped.
///
/// It does not keep the ledger open: with the last handle, or by [`Ledger::close`], the ledger closes and the
/// subscription ends, even if events were left to be read. Those are read when the ledger is opened again, after the
/// consumer's cursor.
///
/// ```
/// use pacioli::{ChangeKind, EventId, Ledger, NewBook, money::Currency};
///
/// let ledger = Ledger::in_memory()?;
/// let subscription = ledger.subscribe(EventId::START)?;
/// let consumer = std::thread::spawn(move || subscription.map(|event| event.map(|event| event.change.kind())).next());
/// ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// assert_eq!(consumer.join().unwrap().unwrap()?, ChangeKind::BookOpened);
/// # Ok::<(), pacioli::Error>(())
/// ```
#[must_use = "events are given to who asks for them"]
pub struct Subscription {
    shared: Arc<Shared>,
    /// The last event given.
    given: EventId,
    /// Read so far: `ahead` ends there.
    read: EventId,
    /// All entries up to here have been read.
    known: Sequence,
    ahead: VecDeque<LedgerEvent>,
    ended: bool,
}

impl std::fmt::Debug for Subscription {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Subscription").field("position", &self.given).finish_non_exhaustive()
    }
}

impl Ledger {
    /// Follows the events after a place: an event, an entry's sequence, [`EventId::START`], or where a consumer's cursor
    /// stands ([`View::cursor`](crate::View::cursor)).
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
    /// ledger.acknowledge("audit", ledger.view()?.sequence())?;
    /// // After a restart: where the consumer's cursor stands, or at the beginning.
    /// let cursor = ledger.view()?.cursor("audit")?;
    /// let mut subscription = ledger.subscribe(cursor.map_or(EventId::START, |cursor| cursor.at))?;
    /// ledger.credit(Credit::new(wallet, moves, book.money("5")?, "sale-1"))?;
    /// let kinds = subscription.try_next()?.map(|event| event.change.kind());
    /// assert_eq!(kinds, Some(ChangeKind::MoneyMoved));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::BeyondEnd`] when the journal does not reach that far; [`Error::Closed`].
    pub fn subscribe(&self, after: impl Into<EventId>) -> Result<Subscription, Error> {
        let (shared, after) = (Arc::clone(&self.shared), after.into());
        shared.accepting()?;
        let last = shared.end.lock().sequence;
        if after.sequence > last {
            return Err(Error::BeyondEnd { last, asked: after.sequence });
        }
        let all = after.place == EventId::ALL;
        let known = if all { after.sequence } else { Sequence(after.sequence.0.saturating_sub(1)) };
        Ok(Subscription { shared, given: after, read: after, known, ahead: VecDeque::new(), ended: false })
    }
}

impl Subscription {
    /// The last event that was given, or where the subscription began: what to acknowledge, or to begin after next time.
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
    /// let mut subscription = ledger.subscribe(EventId::START)?;
    /// while let Some(event) = subscription.try_next()? {
    ///     assert_eq!(subscription.position(), event.id);
    /// }
    /// ledger.acknowledge("audit", subscription.position())?;
    /// assert_eq!(subscription.position().sequence, Sequence(4));
    /// # Ok::<(), Error>(())
    /// ```
    pub const fn position(&self) -> EventId {
        self.given
    }

    /// The next event, if it is durable already.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// let ledger = Ledger::in_memory()?;
    /// let mut subscription = ledger.subscribe(EventId::START)?;
    /// assert!(subscription.try_next()?.is_none()); // nothing yet
    /// ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// assert!(subscription.try_next()?.is_some());
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Closed`] when the ledger has closed; [`Error::Stopped`] when it has stopped; when storage cannot be read.
    pub fn try_next(&mut self) -> Result<Option<LedgerEvent>, Error> {
        let answer = self.durable();
        self.noted(answer)
    }

    /// The next event; `None` if there is none before the time is over.
    ///
    /// ```
    /// use std::time::Duration;
    /// use pacioli::prelude::*;
    ///
    /// let ledger = Ledger::in_memory()?;
    /// let mut subscription = ledger.subscribe(EventId::START)?;
    /// assert!(subscription.next_timeout(Duration::from_millis(1))?.is_none());
    /// ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// let event = subscription.next_timeout(Duration::from_secs(5))?.ok_or("an event")?;
    /// assert_eq!(event.change.kind(), ChangeKind::BookOpened);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Subscription::try_next`]; [`Error::InsideTransaction`] inside a transaction of the ledger, on whose thread
    /// nothing can become durable meanwhile.
    pub fn next_timeout(&mut self, timeout: Duration) -> Result<Option<LedgerEvent>, Error> {
        // A time too long to add up is for ever.
        let answer = self.awaited(Instant::now().checked_add(timeout));
        self.noted(answer)
    }

    /// The next event, or `None` when the ledger has closed; if there is neither yet, `context` is woken when there may
    /// be. What a stream asks for, tied to no runtime:
    ///
    /// ```
    /// # async fn next(mut subscription: pacioli::Subscription) -> Option<Result<pacioli::LedgerEvent, pacioli::Error>> {
    /// std::future::poll_fn(|context| subscription.poll_next(context)).await
    /// # }
    /// ```
    pub fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<LedgerEvent, Error>>> {
        let mut answer = self.durable();
        while matches!(answer, Ok(None)) {
            if !self.shared.poll_end(self.known, context.waker()) {
                return Poll::Pending;
            }
            answer = self.durable();
        }
        Poll::Ready(open_ended(self.noted(answer)))
    }

    /// The next event, once there is one or the instant has come.
    fn awaited(&mut self, until: Option<Instant>) -> Result<Option<LedgerEvent>, Error> {
        loop {
            let answer = self.durable()?;
            if answer.is_some() || !self.shared.await_end(self.known, until)? {
                return Ok(answer);
            }
        }
    }

    /// The next event, if it is durable.
    fn durable(&mut self) -> Result<Option<LedgerEvent>, Error> {
        loop {
            if let Some(event) = self.ahead.pop_front() {
                self.given = event.id;
                return Ok(Some(event));
            }
            if self.ended {
                return Err(Error::Closed);
            }
            let last = self.shared.end.lock().sequence;
            if self.known >= last {
                self.shared.accepting()?;
                return Ok(None);
            }
            self.read_ahead(last)?;
        }
    }

    fn read_ahead(&mut self, last: Sequence) -> Result<(), Error> {
        // The store is not closed underneath.
        let _open = self.shared.following()?;
        let snapshot = self.shared.store.snapshot()?;
        let ahead = &mut self.ahead;
        let read = follow(&*snapshot, self.read, last, ENTRIES_AHEAD, &mut |event| {
            ahead.push_back(event);
            Ok(ControlFlow::Continue(()))
        })?;
        self.known = read.through.sequence;
        // Whole entries were read, so nothing more will come of the last.
        self.read = self.known.into();
        Ok(())
    }

    /// A failure ends the subscription, but for the wrong thread to ask on.
    fn noted(&mut self, answer: Result<Option<LedgerEvent>, Error>) -> Result<Option<LedgerEvent>, Error> {
        self.ended |= answer.as_ref().is_err_and(|error| !matches!(error, Error::InsideTransaction));
        answer
    }
}

/// The end of the ledger is the end of the events, and no failure.
fn open_ended(answer: Result<Option<LedgerEvent>, Error>) -> Option<Result<LedgerEvent, Error>> {
    match answer {
        Err(Error::Closed) => None,
        answer => answer.transpose(),
    }
}

impl Iterator for Subscription {
    type Item = Result<LedgerEvent, Error>;

    /// Blocks until there is a next event; `None` when the ledger has closed.
    fn next(&mut self) -> Option<Self::Item> {
        let answer = self.awaited(None);
        open_ended(self.noted(answer))
    }
}
