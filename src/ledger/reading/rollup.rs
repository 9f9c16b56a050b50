//! Roll-ups: what the accounts at a path of a book's chart, and at all paths below it, hold together.

use std::collections::BTreeMap;

use serde::Serialize;

use super::listing::ListOrder;
use super::reader::Reader;
use crate::layout::keys::BOOK_ACCOUNTS;
use crate::ledger::error::Error;
use crate::ledger::standings::Standing;
use crate::ledger::view::View;
use crate::model::{Account, AccountId, AccountPath, BookId, Sequence, Side, Timestamp};
use crate::money::{Currency, Money};
use crate::rules::Rejection;

/// What several accounts of one book hold together.
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
/// ledger.debit(Debit::new(wallet, moves, book.money("30")?, "pay-1"))?;
/// let totals = ledger.view()?.rollup(book.id, "")?.root.total; // of the whole book
/// assert_eq!((totals.debits, totals.credits), (book.money("130")?, book.money("130")?)); // all that ever moved
/// assert_eq!((totals.debit_balance, totals.credit_balance), (book.money("70")?, book.money("70")?));
/// assert!(totals.balance(Side::Debit).is_zero()); // as they stand against each other
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Totals {
    /// How many accounts there are, closed ones too.
    pub accounts: u64,
    /// All that was ever debited.
    pub debits: Money,
    /// All that was ever credited.
    pub credits: Money,
    /// The sum of the accounts that stand on the debit side, each with what it has been debited more than credited.
    pub debit_balance: Money,
    /// The sum of the accounts that stand on the credit side.
    pub credit_balance: Money,
}

impl Totals {
    /// What the accounts hold together, positive on this side.
    pub fn balance(&self, side: Side) -> Money {
        let (positive, negative) = match side {
            Side::Debit => (self.debit_balance, self.credit_balance),
            Side::Credit => (self.credit_balance, self.debit_balance),
        };
        // Both are of one currency and not negative, so their difference is within the range of money.
        positive.minus(negative).unwrap_or(positive)
    }
}

/// Part of a book's chart, at one moment: a tree of paths with what the accounts there hold.
///
/// Invariant: of a whole book, the debits equal the credits, and the sums on both sides are those of its
/// [`TrialBalance`](crate::TrialBalance).
///
/// ```
/// use pacioli::prelude::*;
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// # let sales = ledger.define_service(NewService::new(client, book.id, "SALES"))?.id;
/// # for (till, sum) in [("tills:town", "70.00"), ("tills:beach", "5.00")] {
/// #     let till = NewAccount::new(client, book.id, AccountType::WORKING).at_path(till);
/// #     ledger.credit(Credit::new(ledger.open_account(till)?.id, sales, book.money(sum)?, sum))?;
/// # }
/// let rollup = ledger.view()?.rollup(book.id, "tills")?;
/// assert_eq!((rollup.name.as_str(), rollup.root.total.accounts), ("shop.kes", 2));
/// println!("{rollup}"); // the tree with its figures
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Rollup {
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
    /// The path asked for, with all below it.
    pub root: RollupNode,
    /// How many fraction digits the book shows figures with.
    pub text_scale: u8,
}

/// One path of a roll-up.
///
/// ```
/// use pacioli::prelude::*;
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// # let sales = ledger.define_service(NewService::new(client, book.id, "SALES"))?.id;
/// # for (till, sum) in [("tills:town", "70.00"), ("tills:beach", "5.00")] {
/// #     let till = NewAccount::new(client, book.id, AccountType::WORKING).at_path(till);
/// #     ledger.credit(Credit::new(ledger.open_account(till)?.id, sales, book.money(sum)?, sum))?;
/// # }
/// let root = ledger.view()?.rollup(book.id, "tills")?.root; // of tills:town and tills:beach
/// assert_eq!((root.own.accounts, root.children.len()), (0, 2));
/// let beach = root.find("tills:beach").ok_or("a till stands there")?;
/// assert_eq!(beach.total.credit_balance, book.money("5")?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RollupNode {
    /// The path; `None` for the book itself, where the accounts without a path stand.
    pub path: Option<AccountPath>,
    /// What the accounts at this very path hold.
    pub own: Totals,
    /// What they hold together with all below them.
    pub total: Totals,
    /// The paths one segment longer, in the order of their segments.
    pub children: Vec<RollupNode>,
}

impl RollupNode {
    /// The node of a path, here or below.
    pub fn find(&self, path: &str) -> Option<&RollupNode> {
        if self.path.as_ref().is_some_and(|own| own.as_str() == path) {
            return Some(self);
        }
        self.children.iter().find_map(|child| child.find(path))
    }
}

/// Sums in the making, in minor units.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sums {
    accounts: u64,
    debits: i128,
    credits: i128,
    debit_balance: i128,
    credit_balance: i128,
}

impl Sums {
    /// Counts one account in. Cannot overflow: each total is below 2^96, and there are fewer accounts than 2^31.
    pub(super) fn count(&mut self, standing: &Standing) {
        let stands = standing.balance.posted(Side::Debit);
        self.accounts += 1;
        self.debits += standing.balance.debits_posted.signed();
        self.credits += standing.balance.credits_posted.signed();
        self.debit_balance += stands.max(0);
        self.credit_balance += (-stands).max(0);
    }

    fn plus(self, other: Self) -> Self {
        Self {
            accounts: self.accounts + other.accounts,
            debits: self.debits + other.debits,
            credits: self.credits + other.credits,
            debit_balance: self.debit_balance + other.debit_balance,
            credit_balance: self.credit_balance + other.credit_balance,
        }
    }

    pub(super) fn of(self, currency: Currency) -> Result<Totals, Error> {
        Ok(Totals {
            accounts: self.accounts,
            debits: currency.minor(self.debits)?,
            credits: currency.minor(self.credits)?,
            debit_balance: currency.minor(self.debit_balance)?,
            credit_balance: currency.minor(self.credit_balance)?,
        })
    }
}

/// A path in the making: what stands there, and below it by the next segment.
#[derive(Debug, Default)]
struct Branch {
    own: Sums,
    below: BTreeMap<String, Branch>,
}

impl Branch {
    /// What stands at the path that these segments lead to.
    fn at<'a>(&mut self, segments: impl Iterator<Item = &'a str>) -> &mut Sums {
        let mut branch = self;
        for segment in segments {
            branch = branch.below.entry(segment.to_owned()).or_default();
        }
        &mut branch.own
    }

    /// No deeper than a path has segments.
    fn node(self, path: Option<AccountPath>, currency: Currency) -> Result<(RollupNode, Sums), Error> {
        let (mut total, mut children) = (self.own, Vec::with_capacity(self.below.len()));
        for (segment, branch) in self.below {
            let below = match &path {
                Some(path) => format!("{path}{}{segment}", AccountPath::SEPARATOR),
                None => segment,
            };
            let (child, sums) = branch.node(Some(AccountPath::new(below)), currency)?;
            total = total.plus(sums);
            children.push(child);
        }
        Ok((RollupNode { path, own: self.own.of(currency)?, total: total.of(currency)?, children }, total))
    }
}

/// How many accounts are looked at together.
const PORTION: usize = 4_096;

/// Roll-ups.
impl View {
    /// What the accounts at a path hold, and at all paths below it, as a tree; with `""`, the whole book.
    ///
    /// Looks at the accounts that stand, or once stood, at these paths, once each, and at no others. The book's own
    /// accounts stand without a path, at the root of the whole book, unless they were given one.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// # fn main() -> Result<(), Error> {
    /// let ledger = Ledger::in_memory()?;
    /// let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// let owner = Contact::new("Njeri", "njeri@shop.co.ke", "+254700000001");
    /// let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
    /// let sales = ledger.define_service(NewService::new(client, book.id, "SALES"))?.id;
    /// for (till, sum) in [("tills:town", "70.00"), ("tills:beach", "5.00")] {
    ///     let till = NewAccount::new(client, book.id, AccountType::WORKING).at_path(till);
    ///     let till = ledger.open_account(till)?.id;
    ///     ledger.credit(Credit::new(till, sales, book.money(sum)?, sum))?;
    /// }
    /// let tills = ledger.view()?.rollup(book.id, "tills")?.root;
    /// assert_eq!(tills.total.credit_balance, book.money("75.00")?);
    /// assert_eq!(tills.children.len(), 2);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`BookNotFound`](Rejection::BookNotFound) when there is no such book; [`MalformedPath`](Rejection::MalformedPath)
    /// when the text is not a path; [`Error::Money`] when a sum is beyond [`Amount::MAX`](crate::money::Amount::MAX).
    pub fn rollup(&self, book: BookId, path: &str) -> Result<Rollup, Error> {
        let mut reader = self.reader();
        let record = reader.book(book)?;
        let mut branch = Branch::default();
        let root = if path.is_empty() {
            reader.whole_book(book, &mut branch)?;
            None
        } else {
            let root = AccountPath::from(path);
            let stand = reader.ever_within(book, &root)?;
            reader.portions(&stand, Some(&root), &mut branch)?;
            Some(root)
        };
        let (root, _) = branch.node(root, record.currency)?;
        Ok(Rollup {
            book,
            name: record.name.clone(),
            currency: record.currency,
            at: self.sequence(),
            recorded_at: self.recorded_at(),
            root,
            text_scale: record.text_scale,
        })
    }
}

impl Reader<'_> {
    fn whole_book(&mut self, book: BookId, branch: &mut Branch) -> Result<(), Error> {
        let mut after = None;
        loop {
            let ids = self.indexed(BOOK_ACCOUNTS, book.0, None, after, ListOrder::OldestFirst, PORTION)?;
            after = ids.last().map(|account| account.0);
            self.portions(&ids, None, branch)?;
            if ids.len() < PORTION {
                return Ok(());
            }
        }
    }

    /// Counts those of the accounts in that stand within `root` at the view's sequence.
    fn portions(&mut self, ids: &[AccountId], root: Option<&AccountPath>, branch: &mut Branch) -> Result<(), Error> {
        for ids in ids.chunks(PORTION) {
            let mut accounts = Vec::with_capacity(ids.len());
            for id in ids {
                accounts.extend(self.existing(*id)?.filter(|account| stands_within(account, root)));
            }
            let ids: Vec<_> = accounts.iter().map(|account| account.id).collect();
            for (account, standing) in accounts.iter().zip(self.standings(&ids)?) {
                let above = root.map_or(0, |root| root.segments().count());
                let segments = account.path.iter().flat_map(AccountPath::segments).skip(above);
                branch.at(segments).count(&standing);
            }
        }
        Ok(())
    }
}

/// Whether an account stands at a path or below it; everywhere is within the book itself.
pub(super) fn stands_within(account: &Account, root: Option<&AccountPath>) -> bool {
    root.is_none_or(|root| account.path.as_ref().is_some_and(|path| path.is_within(root)))
}

/// A path that is one.
pub(super) fn well_formed(path: &AccountPath) -> Result<(), Error> {
    if path.is_well_formed() { Ok(()) } else { Err(Rejection::MalformedPath.into()) }
}
