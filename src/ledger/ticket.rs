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
#[derive(Debug)]
#[must_use = "the outcome is known only to who waits for it"]
pub struct Ticket(Settling<Result<Receipt, Rejection>>);

/// A batch on its way; see [`Ticket`].
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
    /// # Errors
    /// [`Error::OutcomeUnknown`] or [`Error::Stopped`] when the commit failed.
    pub fn wait(self) -> Result<Vec<Result<Receipt, Rejection>>, Error> {
        self.0.wait()
    }
}

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
