//! An account: a named place where totals are kept, in one currency (the source documents' wallet).

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::words::{UnknownWord, is_code, words};
use super::{
    AccountId, AccountNumber, AccountPath, BookId, Change, ClientId, Metadata, MetadataChange, Sequence, Side,
    Timestamp,
};
use crate::money::{Amount, Currency};

/// What an account is for, by code. The list is open: hosts define their own with [`AccountTypeRule`].
///
/// ```
/// use pacioli::prelude::*;
///
/// assert_eq!(AccountType::WORKING.to_string(), "WORKING");
/// // Built-in types have rules of their own; a type of yours has the one that you define.
/// let rule = AccountType::SETTLEMENT.built_in().ok_or("built in")?;
/// assert!(rule.operator_only && rule.single);
/// assert_eq!(AccountType::new("ESCROW").built_in(), None);
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccountType(pub Cow<'static, str>);

impl AccountType {
    /// Prefunded money to pay out from.
    pub const FLOAT_ACCOUNT: Self = Self(Cow::Borrowed("FLOAT_ACCOUNT"));
    /// Money collected, to be spent.
    pub const AVAILABLE_COLLECTIONS: Self = Self(Cow::Borrowed("AVAILABLE_COLLECTIONS"));
    /// Both float and collections.
    pub const HYBRID_ACCOUNT: Self = Self(Cow::Borrowed("HYBRID_ACCOUNT"));
    /// Security that the acquirer keeps back.
    pub const ACQUIRER_RESERVE: Self = Self(Cow::Borrowed("ACQUIRER_RESERVE"));
    /// Security kept back from each credit and released after a number of days.
    pub const ROLLING_RESERVE: Self = Self(Cow::Borrowed("ROLLING_RESERVE"));
    /// Income from fees.
    pub const COMMISSION_ACCOUNT: Self = Self(Cow::Borrowed("COMMISSION_ACCOUNT"));
    /// Tax due on fees.
    pub const COMMISSION_TAX_ACCOUNT: Self = Self(Cow::Borrowed("COMMISSION_TAX_ACCOUNT"));
    /// Where a client's collections settle: one for each client and book, provisioned by the operator.
    pub const SETTLEMENT: Self = Self(Cow::Borrowed("SETTLEMENT"));
    /// A client's working money; the one type that a client may open itself.
    pub const WORKING: Self = Self(Cow::Borrowed("WORKING"));

    /// A type by its code.
    pub fn new(code: impl Into<String>) -> Self {
        Self(Cow::Owned(code.into()))
    }

    /// Its code.
    pub fn code(&self) -> &str {
        &self.0
    }

    /// The rule of a built-in type; host-defined types have theirs in the ledger.
    pub fn built_in(&self) -> Option<AccountTypeRule> {
        let rule = |class, operator_only, can_disburse, single| AccountTypeRule {
            account_type: self.clone(),
            class,
            normal_side: class.normal_side(),
            operator_only,
            can_disburse,
            single,
        };
        use AccountClass::{Income, Liability};
        Some(match self.code() {
            "FLOAT_ACCOUNT" | "AVAILABLE_COLLECTIONS" | "HYBRID_ACCOUNT" | "WORKING" => {
                rule(Liability, false, true, false)
            }
            "ACQUIRER_RESERVE" | "ROLLING_RESERVE" => rule(Liability, false, false, false),
            "COMMISSION_ACCOUNT" => rule(Income, false, true, false),
            "COMMISSION_TAX_ACCOUNT" => rule(Liability, false, true, false),
            "SETTLEMENT" => rule(Liability, true, true, true),
            _ => return None,
        })
    }
}

impl fmt::Display for AccountType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Reads a code, `[A-Z0-9_]{3,32}`: of a built-in type, a book's own, or one of the host's, whether it is defined or not.
///
/// ```
/// use pacioli::AccountType;
///
/// assert_eq!("WORKING".parse(), Ok(AccountType::WORKING));
/// assert_eq!("ESCROW".parse(), Ok(AccountType::new("ESCROW")));
/// assert_eq!("e-scrow".parse::<AccountType>().unwrap_err().word(), "e-scrow");
/// ```
impl FromStr for AccountType {
    type Err = UnknownWord;

    fn from_str(code: &str) -> Result<Self, UnknownWord> {
        if is_code(code) { Ok(Self::new(code)) } else { Err(UnknownWord::new("account type", &[], code)) }
    }
}

/// Where an account stands in the books.
///
/// ```
/// use pacioli::prelude::*;
///
/// assert_eq!(AccountClass::Asset.normal_side(), Side::Debit);
/// assert_eq!(AccountClass::Liability.normal_side(), Side::Credit); // clients' money
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountClass {
    /// What the book owns or is owed.
    Asset,
    /// What the book owes: clients' money.
    Liability,
    /// What the book has earned.
    Income,
    /// What the book has spent.
    Expense,
    /// What belongs to the owners.
    Equity,
}

impl AccountClass {
    /// The side on which accounts of this class are positive.
    pub const fn normal_side(self) -> Side {
        match self {
            Self::Asset | Self::Expense => Side::Debit,
            Self::Liability | Self::Income | Self::Equity => Side::Credit,
        }
    }
}

/// What an account type fixes for its accounts.
///
/// ```
/// use pacioli::prelude::*;
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// // Cash in a drawer: the book's own money, held for it by a client.
/// ledger.define_account_type(AccountTypeRule::new("CASH_DRAWER", AccountClass::Asset))?;
/// let drawer = ledger.open_account(NewAccount::new(client, book.id, AccountType::new("CASH_DRAWER")))?;
/// assert_eq!((drawer.class, drawer.normal_side), (AccountClass::Asset, Side::Debit));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountTypeRule {
    /// The type, `[A-Z0-9_]{3,32}`.
    pub account_type: AccountType,
    /// Its accounting class.
    pub class: AccountClass,
    /// The side on which its accounts are positive.
    pub normal_side: Side,
    /// Whether only the operator opens such accounts ([`NewAccount::provisioned`]).
    pub operator_only: bool,
    /// Whether money may leave the ledger from such accounts, unless the account says otherwise.
    pub can_disburse: bool,
    /// Whether a client may have one only in each book.
    pub single: bool,
}

impl AccountTypeRule {
    /// A type of the host's own: accounts of `class`, opened by anybody, disbursing, any number of them.
    pub fn new(code: impl Into<String>, class: AccountClass) -> Self {
        Self {
            account_type: AccountType::new(code),
            class,
            normal_side: class.normal_side(),
            operator_only: false,
            can_disburse: true,
            single: false,
        }
    }
}

/// The accounts that every book opens for itself.
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
/// let outside = book.system(SystemAccount::External);
/// // What came in stands on the debit side of the world outside.
/// assert_eq!(ledger.view()?.balance(outside)?.current, book.money("100")?);
/// assert_eq!(ledger.view()?.account(outside)?.client, None);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SystemAccount {
    /// The world outside: what came in stands on its debit side.
    External,
    /// Fees earned.
    FeeIncome,
    /// Tax owed on fees.
    Tax,
    /// The book's half of exchanges with other books.
    FxPosition,
    /// Money on its way.
    Clearing,
    /// Money whose owner is not yet known.
    Suspense,
}

/// All system accounts, in the order in which a book opens them.
///
/// ```
/// use pacioli::SYSTEM_ACCOUNTS;
/// use pacioli::prelude::*;
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// let types = SYSTEM_ACCOUNTS.map(|account| (book.system(account), account.account_type()));
/// assert_eq!(types[0], (AccountId(1), AccountType::new("EXTERNAL")));
/// # Ok::<(), Error>(())
/// ```
pub const SYSTEM_ACCOUNTS: [SystemAccount; 6] = [
    SystemAccount::External,
    SystemAccount::FeeIncome,
    SystemAccount::Tax,
    SystemAccount::FxPosition,
    SystemAccount::Clearing,
    SystemAccount::Suspense,
];

impl SystemAccount {
    /// Its place among the system accounts of its book, from 0.
    pub const fn place(self) -> u64 {
        match self {
            Self::External => 0,
            Self::FeeIncome => 1,
            Self::Tax => 2,
            Self::FxPosition => 3,
            Self::Clearing => 4,
            Self::Suspense => 5,
        }
    }

    /// Its account type, which no caller can open.
    pub const fn account_type(self) -> AccountType {
        AccountType(Cow::Borrowed(match self {
            Self::External => "EXTERNAL",
            Self::FeeIncome => "FEE_INCOME",
            Self::Tax => "TAX",
            Self::FxPosition => "FX_POSITION",
            Self::Clearing => "CLEARING",
            Self::Suspense => "SUSPENSE",
        }))
    }

    /// Its accounting class.
    pub const fn class(self) -> AccountClass {
        match self {
            Self::External | Self::FxPosition | Self::Clearing => AccountClass::Asset,
            Self::FeeIncome => AccountClass::Income,
            Self::Tax | Self::Suspense => AccountClass::Liability,
        }
    }
}

/// Whether an account takes part in business.
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
/// let inactive = AccountChange::status(AccountStatus::Inactive, "documents missing");
/// let account = ledger.change_account(wallet, inactive)?;
/// assert_eq!(account.status.to_string(), "Inactive");
/// assert_eq!(account.status_description.as_deref(), Some("documents missing"));
/// assert!(ledger.credit(Credit::new(wallet, moves, book.money("5")?, "sale-1")).is_err());
/// // Printed and read by the same words.
/// assert_eq!("Closed".parse(), Ok(AccountStatus::Closed));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountStatus {
    /// In business.
    Active,
    /// No new business; reversals still reach it.
    Inactive,
    /// Ended for good, at a balance of zero.
    Closed,
}

words! {
    /// What people read.
    AccountStatus, "account status":
    Active => "Active",
    Inactive => "Inactive",
    Closed => "Closed",
}

/// An account to be opened.
///
/// ```
/// use pacioli::prelude::*;
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// let till = NewAccount::new(client, book.id, AccountType::WORKING)
///     .named("Till 7")
///     .identified("till-7") // your own name for it, found by `View::account_identified`
///     .at_path("tills:town")
///     .tagged("till")
///     .with("cashier", "Amina")
///     .floor(book.amount("50")?) // no debit or hold goes below
///     .keyed("till-7");
/// let till = ledger.open_account(till)?;
/// assert_eq!((till.name.as_str(), till.floor()), ("Till 7", Some(50_00)));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewAccount {
    /// Its owner.
    pub client: ClientId,
    /// The book that keeps it, which gives it its currency.
    pub book: BookId,
    /// What it is for.
    pub account_type: AccountType,
    /// Its name; the type's code without one.
    pub name: Option<String>,
    /// A short label; a client's first account is labelled `default` without one.
    pub label: Option<String>,
    /// The caller's own identifier, unique in the ledger.
    pub external_id: Option<String>,
    /// Words to group accounts by.
    pub tags: Vec<String>,
    /// The caller's facts.
    pub metadata: Metadata,
    /// Where it stands in the book's chart; nowhere but in the book without one.
    pub path: Option<AccountPath>,
    /// The floor in minor units: no debit or hold takes the available balance below it. Credits are never refused by it.
    pub minimum_balance: Amount,
    /// Whether the balance may go below zero.
    pub can_overdraw: bool,
    /// How far below zero, in minor units, if it may; `None` for any distance.
    pub overdraft_limit: Option<Amount>,
    /// Whether money may leave the ledger from it; the type's rule without.
    pub can_disburse: Option<bool>,
    /// Active or inactive at first.
    pub active: bool,
    /// Why it has that status.
    pub status_description: Option<String>,
    /// Whether the operator opens it, as some types require.
    pub provisioned: bool,
    /// The caller's name for the command: giving it again under the same name replays it.
    pub key: Option<String>,
}

impl NewAccount {
    /// An active account with a floor of zero.
    pub fn new(client: ClientId, book: BookId, account_type: AccountType) -> Self {
        Self {
            client,
            book,
            account_type,
            name: None,
            label: None,
            external_id: None,
            tags: Vec::new(),
            metadata: Metadata::new(),
            path: None,
            minimum_balance: Amount::ZERO,
            can_overdraw: false,
            overdraft_limit: None,
            can_disburse: None,
            active: true,
            status_description: None,
            provisioned: false,
            key: None,
        }
    }

    /// Gives it a name.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Gives it a label.
    #[must_use]
    pub fn labelled(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Adds a word to group accounts by.
    #[must_use]
    pub fn tagged(mut self, tag: impl Into<String>) -> Self {
        self.tags.push(tag.into());
        self
    }

    /// Adds one of the caller's facts, by which it can be found.
    #[must_use]
    pub fn with(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.metadata.insert(key.into(), value.into());
        self
    }

    /// Places it in the book's chart: `assets:bank:mpesa`.
    #[must_use]
    pub fn at_path(mut self, path: impl Into<AccountPath>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// Gives it the caller's own identifier.
    #[must_use]
    pub fn identified(mut self, external_id: impl Into<String>) -> Self {
        self.external_id = Some(external_id.into());
        self
    }

    /// Sets the floor, in minor units.
    #[must_use]
    pub fn floor(mut self, minimum_balance: Amount) -> Self {
        self.minimum_balance = minimum_balance;
        self
    }

    /// Lets the balance go below zero, by at most `limit` minor units if there is one.
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
    /// let credit_line = NewAccount::new(client, book.id, AccountType::WORKING).overdraft(Some(book.amount("20")?));
    /// let credit_line = ledger.open_account(credit_line)?.id;
    /// ledger.debit(Debit::new(credit_line, moves, book.money("20")?, "pay-1"))?;
    /// assert_eq!(ledger.view()?.balance(credit_line)?.current, book.money("-20")?);
    /// assert!(ledger.debit(Debit::new(credit_line, moves, book.money("1")?, "pay-2")).is_err());
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn overdraft(mut self, limit: Option<Amount>) -> Self {
        self.can_overdraw = true;
        self.overdraft_limit = limit;
        self
    }

    /// Says whether money may leave the ledger from it.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
    /// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
    /// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
    /// let vault = NewAccount::new(client, book.id, AccountType::WORKING).disburses(false);
    /// let vault = ledger.open_account(vault)?.id;
    /// ledger.credit(Credit::new(vault, moves, book.money("10")?, "in-1"))?;
    /// // Nothing leaves the ledger from it; it may still be moved within.
    /// assert!(ledger.debit(Debit::new(vault, moves, book.money("10")?, "out-1")).is_err());
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn disburses(mut self, can_disburse: bool) -> Self {
        self.can_disburse = Some(can_disburse);
        self
    }

    /// Opens it inactive, with the reason.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
    /// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
    /// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
    /// let waiting = NewAccount::new(client, book.id, AccountType::WORKING).inactive("documents missing");
    /// let waiting = ledger.open_account(waiting)?;
    /// assert_eq!(waiting.status, AccountStatus::Inactive);
    /// assert!(ledger.credit(Credit::new(waiting.id, moves, book.money("10")?, "in-1")).is_err());
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn inactive(mut self, reason: impl Into<String>) -> Self {
        self.active = false;
        self.status_description = Some(reason.into());
        self
    }

    /// Opens it as the operator, as settlement accounts must be.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
    /// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
    /// let settlement = NewAccount::new(client, book.id, AccountType::SETTLEMENT);
    /// assert!(ledger.open_account(settlement.clone()).is_err()); // the operator alone opens these
    /// let settlement = ledger.open_account(settlement.provisioned())?;
    /// assert_eq!(settlement.account_type, AccountType::SETTLEMENT);
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn provisioned(mut self) -> Self {
        self.provisioned = true;
        self
    }

    /// Names the command, so that giving it again replays it.
    #[must_use]
    pub fn keyed(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }
}

/// What to change of an account; what is `None` or kept stays.
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
/// let change = AccountChange { minimum_balance: Some(book.amount("10")?), ..AccountChange::to_path("tills:town") };
/// let account = ledger.change_account(wallet, change.tagged(["till"]).with("cashier", "Amina"))?;
/// assert_eq!((account.floor(), account.tags.len()), (Some(10_00), 1));
/// // Nothing out for now; what comes in still does.
/// ledger.change_account(wallet, AccountChange::block(Side::Debit, "card lost"))?;
/// assert!(ledger.debit(Debit::new(wallet, moves, book.money("5")?, "pay-1")).is_err());
/// ledger.change_account(wallet, AccountChange::unblock(Side::Debit))?;
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountChange {
    /// A new name.
    pub name: Option<String>,
    /// A new label, or none.
    pub label: Change<String>,
    /// A new status. Closing needs a balance of zero and is final.
    pub status: Option<AccountStatus>,
    /// Why: kept with every change of status.
    pub status_description: Option<String>,
    /// A new floor, in minor units.
    pub minimum_balance: Option<Amount>,
    /// Whether the balance may go below zero, and how far in minor units.
    pub overdraft: Option<(bool, Option<Amount>)>,
    /// Whether money may leave the ledger from it.
    pub can_disburse: Option<bool>,
    /// New words to group accounts by, in place of all there were.
    pub tags: Option<Vec<String>>,
    /// Facts to be set or taken away.
    pub metadata: MetadataChange,
    /// A new place in the book's chart, or none.
    pub path: Change<AccountPath>,
    /// Blocks debits, with the reason, or lets them through again.
    pub debits_blocked: Change<String>,
    /// Blocks credits, with the reason, or lets them through again.
    pub credits_blocked: Change<String>,
    /// The caller's name for the command: giving it again under the same name replays it.
    pub key: Option<String>,
}

impl AccountChange {
    /// A change of status, with its reason.
    pub fn status(status: AccountStatus, reason: impl Into<String>) -> Self {
        Self { status: Some(status), status_description: Some(reason.into()), ..Self::default() }
    }

    /// Refuses new business on one side of the account, for a reason; the other side stays as it is.
    pub fn block(side: Side, reason: impl Into<String>) -> Self {
        Self::default().blocking(side, Change::Set(reason.into()))
    }

    /// Lets business through again on one side of the account.
    pub fn unblock(side: Side) -> Self {
        Self::default().blocking(side, Change::Unset)
    }

    fn blocking(mut self, side: Side, change: Change<String>) -> Self {
        match side {
            Side::Debit => self.debits_blocked = change,
            Side::Credit => self.credits_blocked = change,
        }
        self
    }

    /// A new place in the book's chart.
    pub fn to_path(path: impl Into<AccountPath>) -> Self {
        Self { path: Change::Set(path.into()), ..Self::default() }
    }

    /// Replaces the words to group accounts by.
    #[must_use]
    pub fn tagged<T: Into<String>>(mut self, tags: impl IntoIterator<Item = T>) -> Self {
        self.tags = Some(tags.into_iter().map(Into::into).collect());
        self
    }

    /// Sets one of the caller's facts; the others stay.
    #[must_use]
    pub fn with(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.metadata.insert(key.into(), Some(value.into()));
        self
    }

    /// Takes one of the caller's facts away; the others stay.
    #[must_use]
    pub fn without(mut self, key: impl Into<String>) -> Self {
        self.metadata.insert(key.into(), None);
        self
    }

    /// Whether it changes only how the account is grouped, and nothing of what it may do.
    pub(crate) fn only_groups(&self) -> bool {
        let grouping = Self {
            tags: self.tags.clone(),
            metadata: self.metadata.clone(),
            path: self.path.clone(),
            key: self.key.clone(),
            ..Self::default()
        };
        *self == grouping
    }

    /// Names the command, so that giving it again replays it.
    #[must_use]
    pub fn keyed(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }
}

/// Why a side of an account is blocked, side by side.
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
/// let account = ledger.change_account(wallet, AccountChange::block(Side::Debit, "card lost"))?;
/// assert_eq!(account.blocks.reason(Side::Debit), Some("card lost"));
/// assert_eq!(account.blocks.reason(Side::Credit), None);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blocks {
    /// Why nothing may be debited; `None` when it may.
    pub debits: Option<String>,
    /// Why nothing may be credited; `None` when it may.
    pub credits: Option<String>,
}

impl Blocks {
    /// Why a side is blocked, if it is.
    pub fn reason(&self, side: Side) -> Option<&str> {
        match side {
            Side::Debit => self.debits.as_deref(),
            Side::Credit => self.credits.as_deref(),
        }
    }
}

/// What movements must look up before they use an account; mostly nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Extras {
    /// Nothing may be debited.
    pub blocked_debits: bool,
    /// Nothing may be credited.
    pub blocked_credits: bool,
    /// Limits over time apply to it.
    pub limited: bool,
    /// Its balance is watched.
    pub monitored: bool,
}

impl Extras {
    /// Nothing.
    pub const NONE: Self = Self { blocked_debits: false, blocked_credits: false, limited: false, monitored: false };

    /// Whether there is nothing to look up.
    pub const fn is_none(self) -> bool {
        !(self.blocked_debits | self.blocked_credits | self.limited | self.monitored)
    }
}

/// An account as it stands after its last change; its totals are kept apart, in its tally.
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
/// let account = ledger.view()?.account(wallet)?;
/// assert_eq!((account.number().to_string(), account.currency), ("10000007".to_owned(), Currency::KES));
/// assert_eq!((account.class, account.status), (AccountClass::Liability, AccountStatus::Active));
/// assert_eq!(account.label.as_deref(), Some("default")); // the client's first
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Its identifier.
    pub id: AccountId,
    /// Its owner; `None` for a book's system accounts.
    pub client: Option<ClientId>,
    /// The book that keeps it.
    pub book: BookId,
    /// Its currency: the book's, for ever.
    pub currency: Currency,
    /// What it is for.
    pub account_type: AccountType,
    /// Its accounting class.
    pub class: AccountClass,
    /// The side on which it is positive.
    pub normal_side: Side,
    /// Its name.
    pub name: String,
    /// Its label.
    pub label: Option<String>,
    /// The caller's own identifier.
    pub external_id: Option<String>,
    /// Words to group accounts by.
    pub tags: Vec<String>,
    /// The caller's facts.
    pub metadata: Metadata,
    /// Where it stands in the book's chart.
    pub path: Option<AccountPath>,
    /// The sides that new business is refused on, with the reasons. Reversals go through.
    pub blocks: Blocks,
    /// The floor, in minor units, when it may not be overdrawn.
    pub minimum_balance: Amount,
    /// Whether the balance may go below zero.
    pub can_overdraw: bool,
    /// How far below zero, in minor units; `None` for any distance.
    pub overdraft_limit: Option<Amount>,
    /// Whether money may leave the ledger from it.
    pub can_disburse: bool,
    /// Whether it takes part in business.
    pub status: AccountStatus,
    /// Why it has that status.
    pub status_description: Option<String>,
    /// What movements must look up before they use it.
    pub extras: Extras,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// The entry that opened it.
    pub opened_in: Sequence,
    /// When it was last changed (other than by postings).
    pub changed_at: Timestamp,
    /// The entry that last changed it.
    pub changed_in: Sequence,
}

impl Account {
    /// The number that people call it by.
    pub const fn number(&self) -> AccountNumber {
        self.id.number()
    }

    /// The lowest available balance that a debit or hold may leave, in minor units; `None` for any.
    ///
    /// The minimum balance if it may not be overdrawn; else the overdraft limit below zero.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
    /// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
    /// let floored = NewAccount::new(client, book.id, AccountType::WORKING).floor(book.amount("10")?);
    /// assert_eq!(ledger.open_account(floored)?.floor(), Some(10_00));
    /// let overdrawn = NewAccount::new(client, book.id, AccountType::WORKING).overdraft(Some(book.amount("20")?));
    /// assert_eq!(ledger.open_account(overdrawn)?.floor(), Some(-20_00));
    /// let boundless = NewAccount::new(client, book.id, AccountType::WORKING).overdraft(None);
    /// assert_eq!(ledger.open_account(boundless)?.floor(), None);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn floor(&self) -> Option<i128> {
        if self.can_overdraw {
            self.overdraft_limit.map(|limit| -limit.signed())
        } else {
            Some(self.minimum_balance.signed())
        }
    }
}
