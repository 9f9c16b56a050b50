//! Balances as of an instant, by either time: when the ledger learned of things, or when they happened.

use serde::{Deserialize, Serialize};

use crate::ledger::error::Error;
use crate::ledger::sealing::Later;
use crate::ledger::view::View;
use crate::model::{AccountId, Sequence, Timestamp};
use crate::money::Money;

/// Two instants that a balance is asked as of, each included; `None` for everything that the view shows.
///
/// Both together: what was known at one instant of what had happened by another. To go by the journal's sequence instead
/// of the time of recording, ask a view of that sequence ([`Ledger::view_at`](crate::Ledger::view_at)).
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
/// let yesterday = ledger.now().plus_ns(-86_400_000_000_000);
/// let forgotten = Credit::new(wallet, moves, book.money("5")?, "till-9").effective(yesterday);
/// ledger.credit(forgotten)?;
/// let view = ledger.view()?;
/// let held = |at| Ok::<_, Error>(view.balance_as_of(wallet, at)?.text());
/// // It happened then, but nobody knew.
/// assert_eq!(held(BalanceAt::effective(yesterday))?, "5.00");
/// assert_eq!(held(BalanceAt::both(yesterday, yesterday))?, "0.00");
/// assert_eq!(held(BalanceAt::default())?, "5.00"); // all that the view shows
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BalanceAt {
    /// Only what was recorded at or before this counts.
    pub recorded: Option<Timestamp>,
    /// Only what happened at or before this counts.
    pub effective: Option<Timestamp>,
}

impl BalanceAt {
    /// As it was known at an instant.
    pub const fn recorded(at: Timestamp) -> Self {
        Self { recorded: Some(at), effective: None }
    }

    /// As it was at an instant, by all that is known of it since.
    pub const fn effective(at: Timestamp) -> Self {
        Self { recorded: None, effective: Some(at) }
    }

    /// As it was known at `recorded` to have been at `effective`.
    pub const fn both(recorded: Timestamp, effective: Timestamp) -> Self {
        Self { recorded: Some(recorded), effective: Some(effective) }
    }
}

/// Balances as of an instant.
impl View {
    /// What an account held as of an instant: its posted total, by what was recorded, and what had happened, by then.
    ///
    /// By the time of recording this costs a few reads, however many postings the account has. By the time at which
    /// things happened, the account's lines are read that were recorded since a day before the instant, which are all
    /// that may have happened after it; so a balance of long ago costs more than one of yesterday.
    ///
    /// ```
    /// use pacioli::{BalanceAt, Credit, Ledger, NewAccount, NewBook, NewClient, NewService, AccountType, Contact};
    /// # use pacioli::money::Currency;
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// # let client = ledger.register_client(NewClient::individual("KE", Contact::new("Njeri", "n@shop.ke", "+254")))?;
    /// # let wallet = ledger.open_account(NewAccount::new(client.id, book.id, AccountType::WORKING))?;
    /// # let sales = ledger.define_service(NewService::new(client.id, book.id, "SALES"))?;
    /// let yesterday = ledger.view()?.recorded_at().plus_ns(-86_400_000_000_000);
    /// let forgotten = Credit::new(wallet.id, sales.id, book.money("5.00")?, "till-9").effective(yesterday);
    /// ledger.credit(forgotten)?;
    ///
    /// let view = ledger.view()?;
    /// assert_eq!(view.balance_as_of(wallet.id, BalanceAt::effective(yesterday))?, book.money("5.00")?);
    /// assert_eq!(view.balance_as_of(wallet.id, BalanceAt::recorded(yesterday))?, book.money("0.00")?);
    /// # Ok::<(), pacioli::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`AccountNotFound`](crate::Rejection::AccountNotFound) when the view shows no such account; before it was opened,
    /// it held nothing.
    pub fn balance_as_of(&self, account: AccountId, at: BalanceAt) -> Result<Money, Error> {
        let record = self.reader().account(account)?;
        let view = self.known_at(at.recorded)?;
        let mut reader = view.reader();
        let (trail, standing) = reader.trail(account)?;
        let mut balance = standing.balance.posted(record.normal_side);
        if let Some(effective) = at.effective {
            let later = Later::new(effective);
            let mut next = if later.reaches(standing.last_at) { trail.latest(&mut reader)? } else { None };
            while let Some(spot) = next.filter(|spot| later.reaches(spot.entry.recorded_at)) {
                if spot.entry.effective_at() > effective {
                    // Cannot overflow: it is part of the total.
                    balance -= spot.posting()?.value();
                }
                next = spot.previous(&mut reader)?;
            }
        }
        Ok(record.currency.minor(balance)?)
    }

    /// What was known at an instant, of what this view shows.
    pub(super) fn known_at(&self, recorded: Option<Timestamp>) -> Result<View, Error> {
        match recorded {
            Some(recorded) if recorded < self.recorded_at() => {
                let sequence: Sequence = self.sequence_at(recorded)?;
                self.earlier(sequence)
            }
            _ => Ok(self.clone()),
        }
    }
}
