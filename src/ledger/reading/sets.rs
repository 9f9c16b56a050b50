//! Sets of accounts: what they are, whom they have, and what they hold.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Serialize;

use super::listing::{Cursor, CursorKind, ListOrder, Listing, Page};
use super::reader::Reader;
use super::rollup::{Sums, Totals};
use crate::layout::load;
use crate::ledger::error::Error;
use crate::ledger::view::View;
use crate::model::{AccountId, AccountSet, BookId, Flows, Member, SetId};
use crate::rules::{Name, Place, Record, Rejection};

/// What a set of accounts holds at one moment.
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
/// # let tills = ledger.define_set(NewAccountSet::new(book.id, "tills"))?.id;
/// # ledger.change_set(tills, AccountSetChange::add([wallet]))?;
/// let balance = ledger.view()?.set_balance(tills)?;
/// assert_eq!((balance.set.name.as_str(), balance.totals.accounts), ("tills", 1));
/// assert_eq!(balance.totals.balance(Side::Credit), book.money("100")?);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SetBalance {
    /// The set.
    pub set: AccountSet,
    /// What its accounts hold together with those of the sets that it has; an account that is reached by several ways
    /// counts once.
    pub totals: Totals,
    /// How many fraction digits the book shows figures with.
    pub text_scale: u8,
}

/// How many accounts are looked at together.
const PORTION: usize = 4_096;

/// Sets of accounts, and lists of allowed flows.
impl View {
    /// A set of accounts.
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
    /// # let tills = ledger.define_set(NewAccountSet::new(book.id, "tills"))?.id;
    /// # ledger.change_set(tills, AccountSetChange::add([wallet]))?;
    /// let set = ledger.view()?.set(tills)?;
    /// assert_eq!((set.name.as_str(), set.accounts), ("tills", 1));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`SetNotFound`](Rejection::SetNotFound) when there is none.
    pub fn set(&self, set: SetId) -> Result<AccountSet, Error> {
        self.reader().set(set).map(|record| (*record).clone())
    }

    /// The set of a book with a name.
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
    /// # let tills = ledger.define_set(NewAccountSet::new(book.id, "tills"))?.id;
    /// # ledger.change_set(tills, AccountSetChange::add([wallet]))?;
    /// assert_eq!(ledger.view()?.set_named(book.id, "tills")?.map(|set| set.id), Some(tills));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// When storage cannot be read.
    pub fn set_named(&self, book: BookId, name: &str) -> Result<Option<AccountSet>, Error> {
        let mut reader = self.reader();
        let Some(set) = reader.holder(Name::Set(book, name.to_owned()))? else { return Ok(None) };
        Ok(reader.existing_set(SetId(set))?.map(|record| (*record).clone()))
    }

    /// The sets of a book, in the order of definition.
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
    /// # let tills = ledger.define_set(NewAccountSet::new(book.id, "tills"))?.id;
    /// # ledger.change_set(tills, AccountSetChange::add([wallet]))?;
    /// ledger.define_set(NewAccountSet::new(book.id, "safes"))?;
    /// let names: Vec<_> = ledger.view()?.sets(book.id, Listing::default())?.into_iter().map(|set| set.name).collect();
    /// assert_eq!(names, ["tills", "safes"]);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`BookNotFound`](Rejection::BookNotFound) when there is no such book; [`Error::InvalidCursor`] when the cursor is
    /// of another list.
    pub fn sets(&self, book: BookId, listing: Listing) -> Result<Page<AccountSet>, Error> {
        let mut reader = self.reader();
        reader.book(book)?;
        let after = listing.place(CursorKind::Sets, book.0)?.map(|(set, _)| set);
        let mut ids = load::sets(reader.snapshot()?, book)?;
        ids.sort_unstable();
        listing.order.follow(&mut ids, after.map(SetId));
        let mut sets = Vec::new();
        for id in ids {
            if sets.len() > listing.limit {
                break;
            }
            sets.extend(reader.existing_set(id)?.map(|record| (*record).clone()));
        }
        Ok(Page::cut(sets, listing.limit, |set: &AccountSet| Cursor::new(CursorKind::Sets, book.0, (set.id.0, 0))))
    }

    /// What a set has as members itself: accounts in the order of opening, then sets in the order of definition.
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
    /// # let tills = ledger.define_set(NewAccountSet::new(book.id, "tills"))?.id;
    /// # ledger.change_set(tills, AccountSetChange::add([wallet]))?;
    /// let members = ledger.view()?.members(tills, Listing::default())?;
    /// assert_eq!(members.items, [Member::Account(wallet)]);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`SetNotFound`](Rejection::SetNotFound) when there is no such set; [`Error::InvalidCursor`] when the cursor is of
    /// another list.
    pub fn members(&self, set: SetId, listing: Listing) -> Result<Page<Member>, Error> {
        let mut reader = self.reader();
        let record = reader.set(set)?;
        let after = listing.place(CursorKind::Members, set.0)?.map(|(id, sets)| match sets {
            0 => Member::Account(AccountId(id)),
            _ => Member::Set(SetId(id)),
        });
        let account = match after {
            Some(Member::Account(account)) => Some(account),
            Some(Member::Set(_)) | None => None,
        };
        let accounts = reader.members(set, account, listing.order, listing.limit.saturating_add(1))?;
        let accounts = accounts.into_iter().map(Member::Account);
        let mut members: Vec<_> = accounts.chain(record.sets.iter().copied().map(Member::Set)).collect();
        members.sort_unstable();
        listing.order.follow(&mut members, after);
        members.truncate(listing.limit.saturating_add(1));
        Ok(Page::cut(members, listing.limit, |member| {
            let place = match member {
                Member::Account(account) => (account.0, 0),
                Member::Set(set) => (set.0, 1),
            };
            Cursor::new(CursorKind::Members, set.0, place)
        }))
    }

    /// The sets that have an account as a member themselves, in the order of definition.
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
    /// # let tills = ledger.define_set(NewAccountSet::new(book.id, "tills"))?.id;
    /// # ledger.change_set(tills, AccountSetChange::add([wallet]))?;
    /// let all = ledger.define_set(NewAccountSet::new(book.id, "all"))?.id;
    /// ledger.change_set(all, AccountSetChange::add([tills]))?;
    /// let sets = ledger.view()?.sets_of(wallet)?;
    /// assert_eq!(sets.iter().map(|set| set.id).collect::<Vec<_>>(), [tills]); // not the set that has this one
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`AccountNotFound`](Rejection::AccountNotFound) when there is no such account.
    pub fn sets_of(&self, account: AccountId) -> Result<Vec<AccountSet>, Error> {
        let mut reader = self.reader();
        reader.account(account)?;
        let sets = reader.having_sets(Member::Account(account))?;
        Ok(sets.iter().map(|set| (**set).clone()).collect())
    }

    /// The sets that have an account, themselves or by way of other sets, in the order of definition.
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
    /// # let tills = ledger.define_set(NewAccountSet::new(book.id, "tills"))?.id;
    /// # ledger.change_set(tills, AccountSetChange::add([wallet]))?;
    /// let all = ledger.define_set(NewAccountSet::new(book.id, "all"))?.id;
    /// ledger.change_set(all, AccountSetChange::add([tills]))?;
    /// let sets = ledger.view()?.all_sets_of(wallet)?;
    /// assert_eq!(sets.iter().map(|set| set.id).collect::<Vec<_>>(), [tills, all]);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`AccountNotFound`](Rejection::AccountNotFound) when there is no such account.
    pub fn all_sets_of(&self, account: AccountId) -> Result<Vec<AccountSet>, Error> {
        let mut reader = self.reader();
        reader.account(account)?;
        let (mut found, mut open) = (BTreeMap::new(), vec![Member::Account(account)]);
        while let Some(member) = open.pop() {
            for set in reader.having_sets(member)? {
                if found.insert(set.id, Arc::clone(&set)).is_none() {
                    open.push(Member::Set(set.id));
                }
            }
        }
        Ok(found.values().map(|set| (**set).clone()).collect())
    }

    /// What the accounts of a set hold together, those of the sets that it has too; each account counts once.
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
    /// # let tills = ledger.define_set(NewAccountSet::new(book.id, "tills"))?.id;
    /// # ledger.change_set(tills, AccountSetChange::add([wallet]))?;
    /// let held = ledger.view()?.set_balance(tills)?.totals;
    /// assert_eq!(held.credit_balance, book.money("100")?);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`SetNotFound`](Rejection::SetNotFound) when there is no such set; [`Error::Money`] when a sum is beyond
    /// [`Amount::MAX`](crate::money::Amount::MAX).
    pub fn set_balance(&self, set: SetId) -> Result<SetBalance, Error> {
        let mut reader = self.reader();
        let record = reader.set(set)?;
        let book = reader.book(record.book)?;
        let accounts = reader.reached(set, None, ListOrder::OldestFirst, usize::MAX)?;
        let mut sums = Sums::default();
        for portion in accounts.chunks(PORTION) {
            reader.standings(portion)?.iter().for_each(|standing| sums.count(standing));
        }
        let totals = sums.of(book.currency)?;
        Ok(SetBalance { set: (*record).clone(), totals, text_scale: book.text_scale })
    }

    /// A book's list of allowed flows, as it was last given; `None` when none ever was, which allows everything.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// assert_eq!(ledger.view()?.flows(book.id)?, None); // everything is allowed
    /// let flows = Flows::of(book.id).allow(AccountType::WORKING, AccountType::FLOAT_ACCOUNT);
    /// ledger.define_flows(flows)?;
    /// let flows = ledger.view()?.flows(book.id)?.ok_or("a list was given")?;
    /// assert!(!flows.allows(&AccountType::FLOAT_ACCOUNT, &AccountType::WORKING));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`BookNotFound`](Rejection::BookNotFound) when there is no such book.
    pub fn flows(&self, book: BookId) -> Result<Option<Flows>, Error> {
        let mut reader = self.reader();
        reader.book(book)?;
        match reader.record(&Place::Flows(book))? {
            Some(Record::Flows(record)) => Ok(Some((*record).clone())),
            _ => Ok(None),
        }
    }
}

impl Reader<'_> {
    pub(super) fn set(&mut self, set: SetId) -> Result<Arc<AccountSet>, Error> {
        self.existing_set(set)?.ok_or_else(|| Rejection::SetNotFound { set }.into())
    }

    fn existing_set(&mut self, set: SetId) -> Result<Option<Arc<AccountSet>>, Error> {
        match self.record(&Place::Set(set))? {
            Some(Record::Set(record)) => Ok(Some(record)),
            _ => Ok(None),
        }
    }

    /// At most `count` accounts after `after` that a set has as members itself.
    fn members(
        &mut self,
        set: SetId,
        after: Option<AccountId>,
        order: ListOrder,
        count: usize,
    ) -> Result<Vec<AccountId>, Error> {
        let at = self.at;
        Ok(load::members(self.snapshot()?, set, at, after, order.way(), count)?)
    }

    /// At most `count` accounts after `after` of a set and of all sets that it has, each once.
    pub(super) fn reached(
        &mut self,
        set: SetId,
        after: Option<AccountId>,
        order: ListOrder,
        count: usize,
    ) -> Result<Vec<AccountId>, Error> {
        let (mut accounts, mut seen, mut open) = (BTreeSet::new(), BTreeSet::from([set]), vec![set]);
        while let Some(set) = open.pop() {
            // The first of all are among the first of each.
            accounts.extend(self.members(set, after, order, count)?);
            let sets = &self.set(set)?.sets;
            open.extend(sets.iter().filter(|inner| seen.insert(**inner)));
        }
        let mut accounts: Vec<_> = accounts.into_iter().collect();
        order.follow(&mut accounts, None);
        accounts.truncate(count);
        Ok(accounts)
    }

    /// The sets that have a member themselves, by identifier.
    fn having_sets(&mut self, member: Member) -> Result<Vec<Arc<AccountSet>>, Error> {
        let mut having = Vec::new();
        for set in load::memberships(self.snapshot()?, member)? {
            let Some(record) = self.existing_set(set)? else { continue };
            let has = match member {
                Member::Set(inner) => record.sets.contains(&inner),
                Member::Account(account) => {
                    matches!(self.record(&Place::Member(set, account))?, Some(Record::Member(true)))
                }
            };
            if has {
                having.push(record);
            }
        }
        Ok(having)
    }
}
