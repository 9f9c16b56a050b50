//! The trial balance: every account of a book, by the side that it stands on.

use serde::Serialize;

use super::as_of::BalanceAt;
use super::listing::ListOrder;
use crate::layout::keys::BOOK_ACCOUNTS;
use crate::ledger::error::Error;
use crate::ledger::sealing::{Groups, Later};
use crate::ledger::view::View;
use crate::model::{AccountClass, AccountType, BookId, Sequence, Side, Timestamp};
use crate::money::{Currency, Money};

/// Every account of a book at one moment, by the side that it stands on.
///
/// Invariant of every book: the debits equal the credits.
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
/// let trial_balance = ledger.view()?.trial_balance(book.id)?;
/// assert!(trial_balance.is_balanced() && trial_balance.difference.is_zero());
/// let clients = trial_balance.groups.iter().find(|group| group.account_type == AccountType::WORKING);
/// assert_eq!(clients.map(|group| group.balance), Some(book.money("100")?));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TrialBalance {
    /// The book.
    pub book: BookId,
    /// Its name.
    pub name: String,
    /// Its currency.
    pub currency: Currency,
    /// The last entry that counts.
    pub at: Sequence,
    /// When that was recorded.
    pub recorded_at: Timestamp,
    /// Only what had happened by then counts, if the balance was asked as of an instant.
    pub effective: Option<Timestamp>,
    /// The accounts by type, in the order of class and type.
    pub groups: Vec<TrialGroup>,
    /// The sum of all accounts that stand on the debit side.
    pub debits: Money,
    /// The sum of all accounts that stand on the credit side.
    pub credits: Money,
    /// Debits less credits: zero.
    pub difference: Money,
    /// How many fraction digits the book shows figures with.
    pub text_scale: u8,
}

/// The accounts of one type in a trial balance.
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
/// for group in ledger.view()?.trial_balance(book.id)?.groups {
///     println!("{:<12} {:>12} {:>12}", group.account_type, group.debits.text(), group.credits.text());
///     assert!(group.accounts > 0);
/// }
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TrialGroup {
    /// The type.
    pub account_type: AccountType,
    /// Its accounting class.
    pub class: AccountClass,
    /// The side on which its accounts are positive.
    pub normal_side: Side,
    /// How many accounts there are, closed ones too.
    pub accounts: u64,
    /// The sum of those that stand on the debit side.
    pub debits: Money,
    /// The sum of those that stand on the credit side.
    pub credits: Money,
    /// What they hold together, positive on the normal side.
    pub balance: Money,
}

impl TrialBalance {
    /// Whether debits equal credits, as they must.
    pub const fn is_balanced(&self) -> bool {
        self.difference.is_zero()
    }
}

/// How many accounts are looked at together.
const PORTION: usize = 4_096;

/// Trial balances.
impl View {
    /// Every account of a book, by the side that it stands on. Reads each account of the book once.
    ///
    /// An account that has received more debits than credits stands on the debit side with the difference, whatever
    /// its normal side; so an overdrawn client appears among the debits of its type.
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
    /// let trial_balance = ledger.view()?.trial_balance(book.id)?;
    /// assert!(trial_balance.is_balanced());
    /// assert_eq!((trial_balance.debits, trial_balance.credits), (book.money("100")?, book.money("100")?));
    /// println!("{trial_balance}");
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`BookNotFound`](crate::Rejection::BookNotFound) when there is no such book; [`Error::Money`] when a sum is
    /// beyond [`Amount::MAX`](crate::money::Amount::MAX).
    pub fn trial_balance(&self, book: BookId) -> Result<TrialBalance, Error> {
        self.trial_balance_by(book, None)
    }

    /// Every account of a book as of an instant, by what was recorded, and what had happened, by then.
    ///
    /// By the time at which things happened, all entries are read that were recorded since a day before the instant.
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
    /// ledger.credit(Credit::new(wallet, moves, book.money("5")?, "till-9").effective(yesterday))?;
    /// ledger.credit(Credit::new(wallet, moves, book.money("2")?, "till-10"))?;
    /// let then = ledger.view()?.trial_balance_as_of(book.id, BalanceAt::effective(yesterday))?;
    /// assert_eq!((then.debits, then.credits), (book.money("5")?, book.money("5")?));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`View::trial_balance`]; [`BookNotFound`](crate::Rejection::BookNotFound) also when the book was not known then.
    pub fn trial_balance_as_of(&self, book: BookId, at: BalanceAt) -> Result<TrialBalance, Error> {
        self.known_at(at.recorded)?.trial_balance_by(book, at.effective)
    }

    fn trial_balance_by(&self, book: BookId, effective: Option<Timestamp>) -> Result<TrialBalance, Error> {
        let mut reader = self.reader();
        let record = reader.book(book)?;
        let currency = record.currency;
        let mut later = Later::new(effective.unwrap_or(Timestamp::MAX));
        if later.reaches(self.recorded_at()) {
            later.follow_back(reader.snapshot()?, self.sequence())?;
        }
        let mut groups = Groups::default();
        let mut after = None;
        loop {
            let ids = reader.indexed(BOOK_ACCOUNTS, book.0, None, after, ListOrder::OldestFirst, PORTION)?;
            after = ids.last().map(|account| account.0);
            let standings = reader.standings(&ids)?;
            for (id, standing) in ids.iter().zip(standings) {
                groups.add(&*reader.account(*id)?, later.before(*id, &standing.balance));
            }
            if ids.len() < PORTION {
                break;
            }
        }
        let (debits, credits) = (groups.total(|sums| sums.debits), groups.total(|sums| sums.credits));
        let groups = groups.0.into_iter().map(|((class, account_type, normal_side), sums)| {
            let balance = match normal_side {
                Side::Debit => sums.debits - sums.credits,
                Side::Credit => sums.credits - sums.debits,
            };
            Ok(TrialGroup {
                account_type,
                class,
                normal_side,
                accounts: sums.accounts,
                debits: currency.minor(sums.debits)?,
                credits: currency.minor(sums.credits)?,
                balance: currency.minor(balance)?,
            })
        });
        Ok(TrialBalance {
            book,
            name: record.name.clone(),
            currency,
            at: self.sequence(),
            recorded_at: self.recorded_at(),
            effective,
            groups: groups.collect::<Result<_, Error>>()?,
            debits: currency.minor(debits)?,
            credits: currency.minor(credits)?,
            difference: currency.minor(debits - credits)?,
            text_scale: record.text_scale,
        })
    }
}
