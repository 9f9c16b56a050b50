//! Sets of accounts: groups with a name, of accounts and of other sets.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{AccountId, BookId, Sequence, SetId, Timestamp};

/// What a set has: accounts and other sets, all of its book.
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
/// // Sets have accounts and other sets, each counted once.
/// let all = ledger.define_set(NewAccountSet::new(book.id, "all"))?.id;
/// ledger.change_set(all, AccountSetChange::add([Member::from(tills), Member::from(wallet)]))?;
/// assert_eq!(ledger.view()?.set_balance(all)?.totals.accounts, 1);
/// let members = ledger.view()?.members(all, Listing::default())?;
/// assert_eq!(members.items, [Member::Account(wallet), Member::Set(tills)]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Member {
    /// An account.
    Account(AccountId),
    /// Another set, with all that it has.
    Set(SetId),
}

impl From<AccountId> for Member {
    fn from(account: AccountId) -> Self {
        Self::Account(account)
    }
}

impl From<SetId> for Member {
    fn from(set: SetId) -> Self {
        Self::Set(set)
    }
}

impl fmt::Display for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(account) => write!(f, "account {account}"),
            Self::Set(set) => write!(f, "set {set}"),
        }
    }
}

/// A set of accounts to be defined, without members at first.
///
/// ```
/// use pacioli::prelude::*;
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// let tills = NewAccountSet::new(book.id, "tills").described("All drawers of the shop").keyed("tills");
/// let tills = ledger.define_set(tills)?;
/// assert_eq!((tills.name.as_str(), tills.accounts), ("tills", 0));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewAccountSet {
    /// The book whose accounts it groups.
    pub book: BookId,
    /// Its name, unique among the sets of the book and never given up.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// The caller's name for the command: giving it again under the same name replays it.
    pub key: Option<String>,
}

impl NewAccountSet {
    /// A set of this name.
    pub fn new(book: BookId, name: impl Into<String>) -> Self {
        Self { book, name: name.into(), description: None, key: None }
    }

    /// Says what it is for.
    #[must_use]
    pub fn described(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Names the command, so that giving it again replays it.
    #[must_use]
    pub fn keyed(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }
}

/// What to change of a set's members: those to leave leave first, then those to come come in.
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
/// # let savings = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
/// let set = ledger.define_set(NewAccountSet::new(book.id, "wallets"))?.id;
/// assert_eq!(ledger.change_set(set, AccountSetChange::add([wallet, savings]))?.accounts, 2);
/// assert_eq!(ledger.change_set(set, AccountSetChange::remove([savings]).keyed("closed"))?.accounts, 1);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountSetChange {
    /// Members that leave; each must be one.
    pub remove: Vec<Member>,
    /// Members that come in; none may be one already.
    pub add: Vec<Member>,
    /// The caller's name for the command: giving it again under the same name replays it.
    pub key: Option<String>,
}

impl AccountSetChange {
    /// Brings members in.
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
    /// # let savings = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
    /// let set = ledger.define_set(NewAccountSet::new(book.id, "wallets"))?.id;
    /// assert_eq!(ledger.change_set(set, AccountSetChange::add([wallet, savings]))?.accounts, 2);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn add<M: Into<Member>>(members: impl IntoIterator<Item = M>) -> Self {
        Self { add: members.into_iter().map(Into::into).collect(), ..Self::default() }
    }

    /// Lets members leave.
    pub fn remove<M: Into<Member>>(members: impl IntoIterator<Item = M>) -> Self {
        Self { remove: members.into_iter().map(Into::into).collect(), ..Self::default() }
    }

    /// Names the command, so that giving it again replays it.
    #[must_use]
    pub fn keyed(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }
}

/// A set of accounts, as it stands after its last change. Its accounts are listed apart, since there may be many.
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
/// let all = ledger.change_set(all, AccountSetChange::add([tills]))?;
/// assert_eq!((all.name.as_str(), all.sets, all.accounts), ("all", vec![tills], 0));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountSet {
    /// Its identifier.
    pub id: SetId,
    /// The book whose accounts it groups.
    pub book: BookId,
    /// Its name, unique among the sets of the book.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// The sets that it has as members, in the order of their identifiers.
    pub sets: Vec<SetId>,
    /// How many accounts it has as members itself, not by way of other sets.
    pub accounts: u64,
    /// When it was defined.
    pub defined_at: Timestamp,
    /// When its members last changed.
    pub changed_at: Timestamp,
    /// The entry that last changed it.
    pub changed_in: Sequence,
}

/// A way from set to set, each a member of the one before: `3 > 5 > 3`.
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
/// // A set in itself: the refusal says by which way, from the set that would come in.
/// let refused = ledger.change_set(tills, AccountSetChange::add([all])).unwrap_err();
/// match refused.rejection() {
///     Some(Rejection::SetCycle { path, .. }) => assert_eq!(path.to_string(), "2 > 1"),
///     other => panic!("{other:?}"),
/// }
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SetPath(pub Vec<SetId>);

impl fmt::Display for SetPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, set) in self.0.iter().enumerate() {
            write!(f, "{}{set}", if at == 0 { "" } else { " > " })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_through_sets_is_written_in_order() {
        assert_eq!(SetPath(vec![SetId(3), SetId(5), SetId(3)]).to_string(), "3 > 5 > 3");
    }
}
