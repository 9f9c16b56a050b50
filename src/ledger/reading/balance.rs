//! What an account holds: the figures that people ask for, read from its totals.

use std::ops::Deref;

use serde::{Serialize, Serializer};

use super::reader::Reader;
use crate::ledger::error::Error;
use crate::ledger::standings::Standing;
use crate::ledger::terms::BalanceTerms;
use crate::ledger::view::View;
use crate::model::{Account, AccountId, AccountNumber, Balance, BookId, Side, Timestamp};
use crate::money::{Amount, Currency, Money};

/// What an account holds.
///
/// Invariants: `current` and `available` are what `totals` say on the account's normal side; `spendable` is
/// `available` less `floor`; there have been `activity_number` postings.
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
/// # let floor = AccountChange { minimum_balance: Some(book.amount("10")?), ..AccountChange::default() };
/// # ledger.change_account(wallet, floor)?;
/// ledger.hold(Debit::new(wallet, moves, book.money("30")?, "room-7"))?;
/// let balance = ledger.view()?.balance(wallet)?; // of an account with a floor of 10.00
/// assert_eq!(balance.current, book.money("100")?); // all that is posted
/// assert_eq!(balance.available, book.money("70")?); // less the holds
/// assert_eq!(balance.spendable, Some(book.money("60")?)); // less the floor
/// assert_eq!((balance.totals.credits_posted.signed(), balance.activity_number), (100_00, 2));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct AccountBalance {
    /// The account.
    pub account: AccountId,
    /// Its book.
    pub book: BookId,
    /// Its currency.
    pub currency: Currency,
    /// The side on which it is positive.
    pub normal_side: Side,
    /// The ledger balance: all that is posted.
    pub current: Money,
    /// The ledger balance, less the holds that would lower it.
    pub available: Money,
    /// How much may be taken out: available, less the floor; below zero when the account stands under its floor, and
    /// `None` when there is no floor. Not more than [`Amount::MAX`] minor units either way.
    pub spendable: Option<Money>,
    /// The lowest available balance that a debit or hold may leave; `None` for any.
    pub floor: Option<Money>,
    /// The four totals that all this is read from, in minor units.
    pub totals: Balance,
    /// The number of the latest activity; zero before the first.
    pub activity_number: u64,
    /// When the latest activity was recorded; `None` before the first.
    pub updated_at: Option<Timestamp>,
    /// How many fraction digits the book shows figures with.
    pub text_scale: u8,
}

/// An account with what it holds, at one moment.
///
/// In serde, the fields of both together, with the account's `number`; an [`Account`] otherwise.
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
/// let account = ledger.view()?.account_view(wallet)?;
/// // An `Account`, and what it holds.
/// assert_eq!((account.status, account.balance.current), (AccountStatus::Active, book.money("100")?));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccountView {
    /// The account.
    pub account: Account,
    /// What it holds.
    pub balance: AccountBalance,
}

impl Deref for AccountView {
    type Target = Account;

    fn deref(&self) -> &Account {
        &self.account
    }
}

impl Serialize for AccountView {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // What both parts have stands once.
        #[derive(Serialize)]
        #[serde(rename = "AccountView")]
        struct Form<'a> {
            number: AccountNumber,
            #[serde(flatten)]
            account: &'a Account,
            current: Money,
            available: Money,
            spendable: Option<Money>,
            floor: Option<Money>,
            totals: Balance,
            activity_number: u64,
            updated_at: Option<Timestamp>,
            text_scale: u8,
        }
        let balance = &self.balance;
        let form = Form {
            number: self.account.number(),
            account: &self.account,
            current: balance.current,
            available: balance.available,
            spendable: balance.spendable,
            floor: balance.floor,
            totals: balance.totals,
            activity_number: balance.activity_number,
            updated_at: balance.updated_at,
            text_scale: balance.text_scale,
        };
        form.serialize(serializer)
    }
}

/// Balances.
impl View {
    /// What an account holds: a few reads, however many postings it has.
    ///
    /// ```
    /// use pacioli::{Ledger, NewBook, SystemAccount, money::Currency};
    ///
    /// let ledger = Ledger::in_memory()?;
    /// let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// let balance = ledger.view()?.balance(book.system(SystemAccount::Suspense))?;
    /// assert_eq!(balance.current.to_string(), "KES 0.00");
    /// # Ok::<(), pacioli::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`AccountNotFound`](crate::Rejection::AccountNotFound) when there is no such account.
    pub fn balance(&self, account: AccountId) -> Result<AccountBalance, Error> {
        let mut reader = self.reader();
        let standing = reader.standing(account)?;
        let terms = reader.terms(account)?;
        reader.figures(account, terms, standing)
    }

    /// An account with what it holds.
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
    /// let account = ledger.view()?.account_view(wallet)?;
    /// let shown = format!("{} {}: {}", account.number(), account.account_type, account.balance.available);
    /// assert_eq!(shown, "10000007 WORKING: KES 100.00");
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`AccountNotFound`](crate::Rejection::AccountNotFound) when there is no such account.
    pub fn account_view(&self, account: AccountId) -> Result<AccountView, Error> {
        self.reader().account_view(account)
    }
}

impl Reader<'_> {
    pub(super) fn account_view(&mut self, account: AccountId) -> Result<AccountView, Error> {
        let standing = self.standing(account)?;
        let record = self.account(account)?;
        self.shown(&record, standing)
    }

    /// An account that stands so, with its figures.
    pub(super) fn shown(&mut self, account: &Account, standing: Standing) -> Result<AccountView, Error> {
        let balance = self.figures(account.id, BalanceTerms::of(account), standing)?;
        Ok(AccountView { account: account.clone(), balance })
    }

    /// The terms of an account, as they were at the view's sequence.
    fn terms(&mut self, account: AccountId) -> Result<BalanceTerms, Error> {
        if let Some(known) = self.shared.terms.get(account, self.at) {
            return Ok(known);
        }
        let terms = BalanceTerms::of(&*self.account(account)?);
        self.shared.terms.put(account, terms, self.at);
        Ok(terms)
    }

    fn figures(
        &mut self,
        account: AccountId,
        terms: BalanceTerms,
        standing: Standing,
    ) -> Result<AccountBalance, Error> {
        let BalanceTerms { book, normal_side, floor } = terms;
        let book = self.book(book)?;
        let currency = book.currency;
        let (current, available) = (standing.balance.posted(normal_side), standing.balance.available(normal_side));
        let most = Amount::MAX.signed();
        let spendable = floor.map(|floor| currency.minor((available - floor).clamp(-most, most))).transpose()?;
        Ok(AccountBalance {
            account,
            book: book.id,
            currency,
            normal_side,
            current: currency.minor(current)?,
            available: currency.minor(available)?,
            spendable,
            floor: floor.map(|floor| currency.minor(floor)).transpose()?,
            totals: standing.balance,
            activity_number: standing.number,
            updated_at: (standing.number > 0).then_some(standing.last_at),
            text_scale: book.text_scale,
        })
    }
}
