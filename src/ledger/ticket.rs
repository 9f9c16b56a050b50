//! Tickets: what `submit` gives at once, and what they turn into when the commit is durable.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::error::Error;
use super::receipt::Receipt;
use super::writer::Shared;
use crate::rules::Rejection;

/// A command on its way. It has been decided, and will be durable whether or not anybody waits for it.
///
/// Wait for it with [`Ticket::wait`], or await it: it is a [`Future`] tied to no runtime.
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
/// let credit = Credit::new(wallet, moves, book.money("100")?, "top-up-1");
/// let ticket = ledger.submit(credit)?;
/// // Something else is done here, and then it is asked whether the money is safe.
/// let receipt = ticket.wait()?;
/// assert_eq!(receipt.activity().map(|line| line.current_balance), Some(book.money("100")?));
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug)]
#[must_use = "the outcome is known only to who waits for it"]
pub struct Ticket(Settling<Result<Receipt, Rejection>>);

/// A batch on its way; see [`Ticket`].
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
/// let sales: Vec<Command> = (1..=3)
///     .map(|n| Ok(Credit::new(wallet, moves, book.money("2")?, format!("sale-{n}")).into()))
///     .collect::<Result<_, Error>>()?;
/// let ticket = ledger.enqueue(sales, Atomicity::All)?;
/// // The next batch is put together meanwhile.
/// let receipts = ticket.wait()?.into_iter().collect::<Result<Vec<_>, Rejection>>()?;
/// let last = receipts.last().and_then(Receipt::activity);
/// assert_eq!(last.map(|line| line.current_balance), Some(book.money("6")?));
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug)]
#[must_use = "the outcome is known only to who waits for it"]
pub struct BatchTicket(Settling<Vec<Result<Receipt, Rejection>>>);

/// An outcome that must not be told before a commit is durable.
struct Settling<T> {
    shared: Arc<Shared>,
    commit: u64,
    outcome: Option<T>,
}

impl<T> std::fmt::Debug for Settling<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settling").field("commit", &self.commit).finish_non_exhaustive()
    }
}

impl<T> Settling<T> {
    fn wait(self) -> Result<T, Error> {
        self.shared.settle(self.commit)?;
        self.outcome.ok_or(Error::Closed)
    }

    fn poll(&mut self, context: &Context<'_>) -> Poll<Result<T, Error>> {
        match self.shared.poll(self.commit, context.waker()) {
            None => Poll::Pending,
            Some(Ok(())) => Poll::Ready(self.outcome.take().ok_or(Error::Closed)),
            Some(Err(error)) => Poll::Ready(Err(error)),
        }
    }
}

impl Ticket {
    pub(super) const fn new(shared: Arc<Shared>, commit: u64, outcome: Result<Receipt, Rejection>) -> Self {
        Self(Settling { shared, commit, outcome: Some(outcome) })
    }

    /// Blocks until the outcome is durable.
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
    /// let ticket = ledger.submit(Debit::new(wallet, moves, book.money("900")?, "pay-1"))?;
    /// // The refusal is told by the ticket, as it may rest on commands that were not durable yet.
    /// assert!(matches!(ticket.wait(), Err(Error::Rejected(Rejection::InsufficientFunds { .. }))));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Rejected`] when the books said no; [`Error::OutcomeUnknown`] or [`Error::Stopped`] when the commit
    /// failed.
    pub fn wait(self) -> Result<Receipt, Error> {
        Ok(self.0.wait()??)
    }
}

impl BatchTicket {
    pub(super) const fn new(shared: Arc<Shared>, commit: u64, outcome: Vec<Result<Receipt, Rejection>>) -> Self {
        Self(Settling { shared, commit, outcome: Some(outcome) })
    }

    /// Blocks until all outcomes are durable: one for each command, in order.
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
    /// let pay = |amount, key| Ok::<Command, Error>(Debit::new(wallet, moves, book.money(amount)?, key).into());
    /// let ticket = ledger.enqueue(vec![pay("60", "pay-1")?, pay("60", "pay-2")?], Atomicity::Each)?;
    /// let outcomes = ticket.wait()?;
    /// assert!(outcomes[0].is_ok() && outcomes[1].is_err());
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::OutcomeUnknown`] or [`Error::Stopped`] when the commit failed.
    pub fn wait(self) -> Result<Vec<Result<Receipt, Rejection>>, Error> {
        self.0.wait()
    }
}

/// Awaited in any runtime:
///
/// ```
/// use pacioli::prelude::*;
///
/// async fn top_up(ledger: &Ledger, credit: Credit) -> Result<Receipt, Error> {
///     ledger.submit(credit)?.await
/// }
/// ```
impl Future for Ticket {
    type Output = Result<Receipt, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.poll(context).map(|outcome| Ok(outcome??))
    }
}

impl Future for BatchTicket {
    type Output = Result<Vec<Result<Receipt, Rejection>>, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.poll(context)
    }
}
