//! Invariants of the host's own: what it wants of every entry beyond the ledger's rules.
//!
//! They are asked last, when the rules have said yes and nothing has been taken in yet, so a no leaves nothing behind.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::model::{AccountId, AccountStatus, Balance, ClientId, Entry, StateChange};
use crate::rules::{Desk, Rejection, changes};

/// The entry that a command would become, shown to the host's invariants
/// ([`LedgerBuilder::invariant`](crate::LedgerBuilder::invariant)).
///
/// Printed with `{:?}`, it shows the entry's place alone.
///
/// ```
/// use pacioli::prelude::*;
///
/// let ledger = Ledger::builder()
///     .invariant("clients keep ten shillings", |proposed| {
///         for posting in proposed.entry().postings.iter() {
///             let owned = proposed.owner(posting.account).is_some();
///             if owned && posting.side == Side::Debit && posting.after.available(posting.normal) < 10_00 {
///                 return Err(format!("{} would be left with less", posting.account.number()));
///             }
///         }
///         Ok(())
///     })
///     .in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
/// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
/// # ledger.credit(Credit::new(wallet, moves, book.money("100")?, "top-up-1"))?;
/// let refused = ledger.debit(Debit::new(wallet, moves, book.money("95")?, "pay-1"));
/// assert!(matches!(refused, Err(Error::Rejected(Rejection::InvariantBroken { .. }))));
/// # Ok::<(), Error>(())
/// ```
pub struct Proposed<'a> {
    desk: &'a Desk,
    entry: &'a Entry,
}

impl std::fmt::Debug for Proposed<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Proposed").field("sequence", &self.entry.sequence).finish_non_exhaustive()
    }
}

impl Proposed<'_> {
    /// The entry, with its postings and each account's totals after them. It has its sequence and time already, which
    /// another command gets if this one is refused.
    pub const fn entry(&self) -> &Entry {
        self.entry
    }

    /// What it would change, as those who follow the ledger would be told.
    pub fn changes(&self) -> Vec<StateChange> {
        changes(self.entry)
    }

    /// The totals, before the entry, of an account that it posts to; of other accounts perhaps.
    pub fn balance_before(&self, account: AccountId) -> Option<Balance> {
        self.desk.resident_row(account).map(|row| row.tally.balance)
    }

    /// The owner of an account that it posts to; `None` for a book's own, and perhaps for accounts that it does not
    /// post to.
    pub fn owner(&self, account: AccountId) -> Option<ClientId> {
        self.desk.resident_row(account)?.terms.client
    }

    /// The status of an account that it posts to; of other accounts perhaps.
    pub fn status(&self, account: AccountId) -> Option<AccountStatus> {
        self.desk.resident_row(account).map(|row| row.terms.status)
    }
}

type Ask = dyn Fn(&Proposed<'_>) -> Result<(), String> + Send + Sync;

/// The host's invariants, in the order in which they are asked.
#[derive(Clone, Default)]
pub(super) struct Invariants(Vec<(String, Arc<Ask>)>);

impl Invariants {
    pub(super) fn add(
        &mut self,
        name: String,
        ask: impl Fn(&Proposed<'_>) -> Result<(), String> + Send + Sync + 'static,
    ) {
        self.0.push((name, Arc::new(ask)));
    }

    pub(super) fn are_none(&self) -> bool {
        self.0.is_empty()
    }

    /// Asks each about an entry; the first no is the answer.
    pub(super) fn hold(&self, desk: &Desk, entry: &Entry) -> Result<(), Rejection> {
        for (name, ask) in &self.0 {
            let proposed = Proposed { desk, entry };
            // What is shown cannot be changed, so a panic leaves nothing half done but the host's own.
            let answer = catch_unwind(AssertUnwindSafe(|| ask(&proposed)));
            let broken = answer.unwrap_or_else(|panic| Err(format!("it panicked: {}", message(&*panic))));
            broken.map_err(|reason| Rejection::InvariantBroken { name: name.clone(), reason })?;
        }
        Ok(())
    }
}

fn message(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a message")
}
