//! A period of a book: once closed, nothing more can happen in it, and what stood in it then is sealed.

use serde::{Deserialize, Serialize};

use super::{AccountClass, AccountType, BookId, SealDigest, Side, Timestamp};
use crate::money::Amount;

/// A period of a book to be closed, by the operator.
///
/// From then on nothing can be effective in the book at or before `through`, whatever service or privilege it runs
/// under. A period is never opened again: what was forgotten is entered in the open period, and says in its narrative
/// which period it belongs to.
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
/// let month_end = ledger.now().plus_ns(-1);
/// let forgotten = Credit::new(wallet, moves, book.money("5")?, "till-9").effective(month_end);
/// ledger.close_period(ClosePeriod::new(book.id, month_end, "close-2026-11"))?;
/// // What was forgotten is entered in the open period, and says so.
/// assert!(ledger.credit(forgotten.clone()).is_err());
/// let late = Credit { effective_at: None, ..forgotten }.narrated("Of November");
/// assert!(ledger.credit(late).is_ok());
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosePeriod {
    /// The book.
    pub book: BookId,
    /// The period's last instant: not after the closing is recorded, and later than the last period's.
    pub through: Timestamp,
    /// The caller's name for the command, among the operator's.
    pub key: Box<str>,
}

impl ClosePeriod {
    /// Closes everything up to `through`, included.
    pub fn new(book: BookId, through: Timestamp, key: impl Into<Box<str>>) -> Self {
        Self { book, through, key: key.into() }
    }
}

/// A period that was closed, with what stood in the book at its end.
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
/// let through = ledger.view()?.recorded_at();
/// let period = ledger.close_period(ClosePeriod::new(book.id, through, "close-1"))?.period;
/// assert_eq!((period.book, period.through, period.after), (book.id, through, None));
/// assert_eq!(period.sealed.accounts, 7);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeriodClosed {
    /// The book.
    pub book: BookId,
    /// The period's last instant.
    pub through: Timestamp,
    /// The end of the period before; `None` for the book's beginning.
    pub after: Option<Timestamp>,
    /// Every account of the book, as of `through` by the times at which things happened.
    pub sealed: SealedTrialBalance,
}

/// Every account of a book at the end of a period, by the side that it stands on.
///
/// Invariants, kept by `rules` and proved by `verify`: the debits equal the credits; it is what the journal up to the
/// closing says of everything effective at or before the period's end. Nothing recorded later changes that, since
/// nothing more can be effective in the period.
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
/// let through = ledger.view()?.recorded_at();
/// let sealed = ledger.close_period(ClosePeriod::new(book.id, through, "close-1"))?.period.sealed;
/// assert_eq!((sealed.debits, sealed.credits), (book.amount("100")?, book.amount("100")?));
/// // Kept elsewhere, this shows later that no account's totals were changed.
/// println!("{}", sealed.digest);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SealedTrialBalance {
    /// How many accounts the book had when the period was closed, its own and closed ones too.
    pub accounts: u64,
    /// The accounts by type, in the order of class, type and side.
    pub groups: Vec<SealedGroup>,
    /// The sum of all accounts that stand on the debit side, in minor units.
    pub debits: Amount,
    /// The sum of all accounts that stand on the credit side, in minor units.
    pub credits: Amount,
    /// The digest of every account's totals, in the order of the accounts.
    pub digest: SealDigest,
}

/// The accounts of one type in a sealed trial balance. Sums are minor units.
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
/// let through = ledger.view()?.recorded_at();
/// let sealed = ledger.close_period(ClosePeriod::new(book.id, through, "close-1"))?.period.sealed;
/// let wallets = sealed.groups.iter().find(|group| group.account_type == AccountType::WORKING);
/// assert_eq!(wallets.map(|group| (group.accounts, group.credits)), Some((1, book.amount("100")?)));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedGroup {
    /// The type.
    pub account_type: AccountType,
    /// Its accounting class.
    pub class: AccountClass,
    /// The side on which its accounts are positive.
    pub normal_side: Side,
    /// How many accounts there are, closed ones too.
    pub accounts: u64,
    /// The sum of those that stand on the debit side.
    pub debits: Amount,
    /// The sum of those that stand on the credit side.
    pub credits: Amount,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_read_as_they_are_written() {
        let digest = SealDigest(std::array::from_fn(|at| at as u8 * 7));
        let text = serde_json::to_string(&digest).unwrap();
        assert_eq!(serde_json::from_str::<SealDigest>(&text).unwrap(), digest);
        for wrong in ["", "00", &"0".repeat(63), &"g".repeat(64), &"é".repeat(32)] {
            assert!(serde_json::from_str::<SealDigest>(&format!("\"{wrong}\"")).is_err(), "{wrong}");
        }
    }
}
