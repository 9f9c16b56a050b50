//! What a book earned in a period, and where it stood at the period's end.

use std::collections::BTreeMap;

use serde::Serialize;

use super::period::Period;
use super::walk::movements;
use crate::export::Accounts;
use crate::ledger::{AccountFilter, Error, Listing, TrialGroup, View};
use crate::model::{Account, AccountClass, AccountType, BookId, Sequence, Side, SystemAccount, Timestamp};
use crate::money::{Currency, Money};

/// What a book earned in a period, and where it stood at the period's end.
///
/// Income counts when it is posted: a fee when the charge is, whether or not the money it was charged on is available
/// yet. Tax on fees is owed, not earned, and exchanging leaves a position, whose worth only a rate can tell
/// ([`View::revaluation`]); both are shown beside the income.
///
/// Invariants: each group's `closing` is its balance in [`View::trial_balance_as_of`] the period's end, and on its normal
/// side `opening` plus the debits and credits of the period; all debits of the period equal all credits; assets are
/// liabilities, equity and `net_to_date` together, so `difference` is zero.
///
/// ```
/// use pacioli::prelude::*;
/// use pacioli::report::{Income, Period};
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
/// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
/// # let priced = NewService::new(client, book.id, "SALES").fee(Fee::fixed(book.amount("10")?));
/// # let priced = ledger.define_service(priced)?.id;
/// # ledger.credit(Credit::new(wallet, priced, book.money("100")?, "sale-1"))?;
/// let income = Income::of(&ledger.view()?, book.id, &Period::all())?;
/// assert_eq!((income.income, income.expense, income.net), (book.money("10")?, book.money("0")?, book.money("10")?));
/// assert!(income.is_balanced() && income.debits == income.credits);
/// let liabilities = income.position.iter().find(|position| position.class == AccountClass::Liability);
/// assert_eq!(liabilities.map(|position| position.balance), Some(book.money("90")?));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Income {
    /// The book.
    pub book: BookId,
    /// Its name.
    pub name: String,
    /// Its currency.
    pub currency: Currency,
    /// The last entry that the view knew of.
    pub at: Sequence,
    /// When that was recorded.
    pub recorded_at: Timestamp,
    /// The period.
    pub period: Period,
    /// The accounts by type, in the order of class and type, with what moved in the period.
    pub groups: Vec<IncomeGroup>,
    /// The sum of all debits of the period.
    pub debits: Money,
    /// The sum of all credits of the period.
    pub credits: Money,
    /// What accounts of the class income gained in the period: fees, commissions, whatever else was posted there.
    pub income: Money,
    /// What accounts of the class expense gained.
    pub expense: Money,
    /// Income less expense.
    pub net: Money,
    /// By how much more tax on fees was owed at the end than at the beginning: what was charged, less what was given back
    /// and paid. Of the accounts of the types `TAX` and `COMMISSION_TAX_ACCOUNT`.
    pub tax: Money,
    /// What clients gave of the book's currency for other currencies, less what was given back.
    pub bought: Money,
    /// What clients were given of the book's currency, less what was given back.
    pub sold: Money,
    /// The balances at the period's end by class, every class that has accounts.
    pub position: Vec<ClassPosition>,
    /// All income less all expense since the book was opened, up to the period's end: the owners', not yet moved to
    /// equity.
    pub net_to_date: Money,
    /// Assets less liabilities, equity and `net_to_date`: zero.
    pub difference: Money,
    /// How many fraction digits the book shows figures with.
    pub text_scale: u8,
}

/// The accounts of one type over a period.
///
/// ```
/// use pacioli::prelude::*;
/// use pacioli::report::{Income, Period};
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
/// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
/// # ledger.credit(Credit::new(wallet, moves, book.money("100")?, "top-up-1"))?;
/// let groups = Income::of(&ledger.view()?, book.id, &Period::all())?.groups;
/// let wallets = groups.iter().find(|group| group.account_type == AccountType::WORKING).ok_or("a wallet")?;
/// assert_eq!((wallets.opening, wallets.credits), (book.money("0")?, book.money("100")?));
/// assert_eq!(wallets.closing, book.money("100")?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct IncomeGroup {
    /// The type.
    pub account_type: AccountType,
    /// Its accounting class.
    pub class: AccountClass,
    /// The side on which its accounts are positive.
    pub normal_side: Side,
    /// How many accounts there are at the end, closed ones too.
    pub accounts: u64,
    /// What they held together before the period, positive on the normal side.
    pub opening: Money,
    /// All that was debited in the period.
    pub debits: Money,
    /// All that was credited in the period.
    pub credits: Money,
    /// What they held together at the end, positive on the normal side.
    pub closing: Money,
}

/// What the accounts of one class held together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ClassPosition {
    /// The class.
    pub class: AccountClass,
    /// How many accounts there are, closed ones too.
    pub accounts: u64,
    /// Their balance, positive on the side on which accounts of the class are; an account whose own normal side is the
    /// other counts against it.
    pub balance: Money,
}

type Key = (AccountClass, AccountType, Side);

/// Debits and credits in minor units, by the kind of account.
type Moved = BTreeMap<Key, (i128, i128)>;

fn key(account: &Account) -> Key {
    (account.class, account.account_type.clone(), account.normal_side)
}

impl Income {
    /// What `book` earned in `period`, and where it stood at its end, as far as the view knows.
    ///
    /// Reads every account of the book once, and the entries of the period, a page at a time; by effective time the
    /// entries from a day before the period to the view's end. Of a period that has everything the view shows, it reads the
    /// accounts once more and no entry. Memory grows with the types of accounts, not with entries.
    ///
    /// ```
    /// use pacioli::prelude::*;
    /// use pacioli::report::{Income, Period};
    ///
    /// # fn main() -> Result<(), Error> {
    /// let ledger = Ledger::in_memory()?;
    /// let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// let owner = Contact::new("Njeri", "njeri@shop.co.ke", "+254700000001");
    /// let client = ledger.register_client(NewClient::individual("KE", owner))?;
    /// let wallet = ledger.open_account(NewAccount::new(client.id, book.id, AccountType::WORKING))?;
    /// let fee = Fee::percentage(Rate::percent_text("1.5")?);
    /// let sales = ledger.define_service(NewService::new(client.id, book.id, "SALES").fee(fee))?;
    /// ledger.credit(Credit::new(wallet.id, sales.id, book.money("100.00")?, "till-1"))?;
    ///
    /// let income = Income::of(&ledger.view()?, book.id, &Period::all())?;
    /// assert_eq!(income.net, book.money("1.50")?);
    /// assert!(income.is_balanced());
    /// println!("{income}");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`BookNotFound`](crate::Rejection::BookNotFound) when there is no such book, or it was opened after a period by the
    /// time of recording; [`Error::Money`] when a sum is beyond [`Amount::MAX`](crate::money::Amount::MAX).
    pub fn of(view: &View, book: BookId, period: &Period) -> Result<Self, Error> {
        let closing = view.trial_balance_as_of(book, period.end())?;
        let mut moved = moved(view, book, period)?;
        let currency = closing.currency;
        let mut groups = Vec::with_capacity(closing.groups.len());
        for group in closing.groups {
            let sums = moved.remove(&(group.class, group.account_type.clone(), group.normal_side));
            groups.push(over_period(group, sums.unwrap_or_default(), currency)?);
        }
        let of_class = |class| groups.iter().filter(move |group| group.class == class);
        let gained = |class: AccountClass| -> i128 {
            let gains = of_class(class).map(|group| group.gain(class.normal_side()));
            gains.sum()
        };
        let (income, expense) = (gained(AccountClass::Income), gained(AccountClass::Expense));
        let named = |types: &[AccountType]| -> (i128, i128) {
            let found = groups.iter().filter(|group| types.contains(&group.account_type));
            found.fold((0, 0), |(debits, credits), group| {
                (debits + group.debits.minor(), credits + group.credits.minor())
            })
        };
        let tax = named(&[SystemAccount::Tax.account_type(), AccountType::COMMISSION_TAX_ACCOUNT]);
        let (sold, bought) = named(&[SystemAccount::FxPosition.account_type()]);
        let position = position(&groups, currency)?;
        let held = |class| position.iter().find(|held| held.class == class).map_or(0, |held| held.balance.minor());
        let net_to_date = held(AccountClass::Income) - held(AccountClass::Expense);
        let owed = held(AccountClass::Liability) + held(AccountClass::Equity) + net_to_date;
        let sum = |of: fn(&IncomeGroup) -> Money| groups.iter().map(|group| of(group).minor()).sum::<i128>();
        Ok(Self {
            book,
            name: closing.name,
            currency,
            at: view.sequence(),
            recorded_at: view.recorded_at(),
            period: period.clone(),
            debits: currency.minor(sum(|group| group.debits))?,
            credits: currency.minor(sum(|group| group.credits))?,
            income: currency.minor(income)?,
            expense: currency.minor(expense)?,
            net: currency.minor(income - expense)?,
            tax: currency.minor(tax.1 - tax.0)?,
            bought: currency.minor(bought)?,
            sold: currency.minor(sold)?,
            net_to_date: currency.minor(net_to_date)?,
            difference: currency.minor(held(AccountClass::Asset) - owed)?,
            position,
            groups,
            text_scale: closing.text_scale,
        })
    }

    /// Whether the position balances, and the period's debits equal its credits, as they must.
    pub fn is_balanced(&self) -> bool {
        self.difference.is_zero() && self.debits == self.credits
    }
}

impl IncomeGroup {
    /// What its accounts gained in the period on a side, in minor units.
    pub(super) const fn gain(&self, side: Side) -> i128 {
        match side {
            Side::Debit => self.debits.minor() - self.credits.minor(),
            Side::Credit => self.credits.minor() - self.debits.minor(),
        }
    }
}

/// What was debited and credited in a period, by the kind of account.
fn moved(view: &View, book: BookId, period: &Period) -> Result<Moved, Error> {
    if period.has_all_of(view) { ever_moved(view, book) } else { moved_within(view, book, period) }
}

/// All that the view shows: what the totals of the accounts say.
fn ever_moved(view: &View, book: BookId) -> Result<Moved, Error> {
    let (mut moved, mut listing) = (Moved::new(), Listing::first(Listing::MOST));
    loop {
        let page = view.accounts(AccountFilter::OfBook(book), listing)?;
        for account in &page.items {
            let totals = &account.balance.totals;
            let (debits, credits) = moved.entry(key(account)).or_default();
            // Cannot overflow: each is below 2^96, and there are fewer accounts than 2^31.
            *debits += totals.debits_posted.signed();
            *credits += totals.credits_posted.signed();
        }
        let Some(next) = page.next else { return Ok(moved) };
        listing = Listing::first(Listing::MOST).after(next);
    }
}

/// What the entries of a part say.
fn moved_within(view: &View, book: BookId, period: &Period) -> Result<Moved, Error> {
    let mut accounts = Accounts::new(view, &key);
    let mut moved = Moved::new();
    movements(view, period, &mut |entry, _| {
        let settled = entry.postings.iter().filter(|posting| posting.book == book && posting.stage.is_settled());
        for posting in settled {
            let key = accounts.of(posting.account)?;
            if !moved.contains_key(key) {
                moved.insert(key.clone(), (0, 0));
            }
            let Some((debits, credits)) = moved.get_mut(key) else { continue };
            // Cannot overflow: together they are part of the totals of the accounts.
            match posting.side {
                Side::Debit => *debits += posting.amount.signed(),
                Side::Credit => *credits += posting.amount.signed(),
            }
        }
        Ok(())
    })?;
    Ok(moved)
}

fn over_period(group: TrialGroup, (debits, credits): (i128, i128), currency: Currency) -> Result<IncomeGroup, Error> {
    let gain = match group.normal_side {
        Side::Debit => debits - credits,
        Side::Credit => credits - debits,
    };
    Ok(IncomeGroup {
        account_type: group.account_type,
        class: group.class,
        normal_side: group.normal_side,
        accounts: group.accounts,
        opening: currency.minor(group.balance.minor() - gain)?,
        debits: currency.minor(debits)?,
        credits: currency.minor(credits)?,
        closing: group.balance,
    })
}

fn position(groups: &[IncomeGroup], currency: Currency) -> Result<Vec<ClassPosition>, Error> {
    let mut classes: BTreeMap<AccountClass, (u64, i128)> = BTreeMap::new();
    for group in groups {
        let (accounts, balance) = classes.entry(group.class).or_default();
        *accounts += group.accounts;
        let counts = group.closing.minor();
        *balance += if group.normal_side == group.class.normal_side() { counts } else { -counts };
    }
    let positions = classes
        .into_iter()
        .map(|(class, (accounts, balance))| Ok(ClassPosition { class, accounts, balance: currency.minor(balance)? }));
    positions.collect()
}
