//! The books and accounts that an import's names stand for, opened when they are first met.

use std::collections::BTreeMap;

use super::error::ImportError;
use super::give::Giver;
use crate::ledger::Error;
use crate::model::{
    AccountClass, AccountId, AccountNumber, AccountType, AccountTypeRule, Book, BookId, ClientId, Contact, Limits,
    NewAccount, NewBook, NewClient,
};
use crate::money::Currency;
use crate::rules::Rejection;

/// The decimals of a currency that nothing is known of.
const SCALE: u8 = 8;

/// The fewest digits of an account's number.
const NUMBER_DIGITS: usize = 8;

/// What is known of names so far.
pub(super) struct Places<'a> {
    under: &'a str,
    currencies: &'a BTreeMap<String, Currency>,
    client: Option<ClientId>,
    types: BTreeMap<AccountClass, AccountType>,
    books: BTreeMap<String, Book>,
    accounts: BTreeMap<(String, BookId), AccountId>,
}

/// The ledger's own account that a text names by its number.
pub(super) fn numbered(name: &str) -> Option<AccountId> {
    let digits = name.len() >= NUMBER_DIGITS && name.bytes().all(|byte| byte.is_ascii_digit());
    if digits { name.parse().ok().and_then(AccountNumber::account) } else { None }
}

/// A name that cannot be longer than a key.
pub(super) fn key(under: &str, name: &str) -> String {
    let key = format!("{under}:{name}");
    if key.len() <= Limits::KEY_BYTES { key } else { format!("{under}:{}", blake3::hash(name.as_bytes()).to_hex()) }
}

impl<'a> Places<'a> {
    pub(super) fn new(under: &'a str, currencies: &'a BTreeMap<String, Currency>) -> Self {
        let (types, books, accounts) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Self { under, currencies, client: None, types, books, accounts }
    }

    /// The import's own book of a currency.
    pub(super) fn book(&mut self, give: &mut dyn Giver, code: &str) -> Result<Result<Book, String>, ImportError> {
        if let Some(book) = self.books.get(code) {
            return Ok(Ok(book.clone()));
        }
        let known = self.currencies.get(code).copied().or_else(|| Currency::iso(code));
        let currency = match known.map_or_else(|| Currency::new(code, SCALE), Ok) {
            Ok(currency) => currency,
            Err(error) => return Ok(Err(format!("currency {code:?}: {error}"))),
        };
        let name = format!("{}.{}", self.under, code.to_lowercase());
        let new = NewBook::live(name, currency).keyed(key(self.under, &format!("book:{code}")));
        let receipt = match give.give(new.into())? {
            Ok(receipt) => receipt,
            Err(rejection) => return Ok(Err(rejection.to_string())),
        };
        let book = give.book(receipt.opened_book().unwrap_or_default())?;
        self.books.insert(code.to_owned(), book.clone());
        Ok(Ok(book))
    }

    /// What names an account outside of the ledger.
    pub(super) fn identified(&self, name: &str, book: BookId) -> String {
        key(self.under, &format!("{book}:{name}"))
    }

    /// The import's own account of a name in a book.
    pub(super) fn account(
        &mut self,
        give: &mut dyn Giver,
        name: &str,
        book: BookId,
    ) -> Result<Result<AccountId, String>, ImportError> {
        let place = (name.to_owned(), book);
        if let Some(account) = self.accounts.get(&place) {
            return Ok(Ok(*account));
        }
        let account_type = self.account_type(give, class(name))?;
        let client = match self.client(give)? {
            Ok(client) => client,
            Err(reason) => return Ok(Err(reason)),
        };
        let new = NewAccount::new(client, book, account_type)
            .named(name)
            .identified(self.identified(name, book))
            .overdraft(None)
            .keyed(key(self.under, &format!("account:{book}:{name}")));
        Ok(match give.give(new.into())? {
            Ok(receipt) => {
                let account = receipt.account().unwrap_or_default();
                self.accounts.insert(place, account);
                Ok(account)
            }
            Err(rejection) => Err(rejection.to_string()),
        })
    }

    fn client(&mut self, give: &mut dyn Giver) -> Result<Result<ClientId, String>, ImportError> {
        if let Some(client) = self.client {
            return Ok(Ok(client));
        }
        let contact = Contact::new(self.under, "-", "-");
        let new = NewClient::business(self.under, "-", "-", contact).keyed(key(self.under, "client"));
        Ok(match give.give(new.into())? {
            Ok(receipt) => {
                let client = receipt.client().unwrap_or_default();
                self.client = Some(client);
                Ok(client)
            }
            Err(rejection) => Err(rejection.to_string()),
        })
    }

    fn account_type(&mut self, give: &mut dyn Giver, class: AccountClass) -> Result<AccountType, ImportError> {
        if let Some(account_type) = self.types.get(&class) {
            return Ok(account_type.clone());
        }
        let code = match class {
            AccountClass::Asset => "IMPORTED_ASSET",
            AccountClass::Liability => "IMPORTED_LIABILITY",
            AccountClass::Income => "IMPORTED_INCOME",
            AccountClass::Expense => "IMPORTED_EXPENSE",
            AccountClass::Equity => "IMPORTED_EQUITY",
        };
        match give.give(AccountTypeRule::new(code, class).into())? {
            // An earlier import has defined it.
            Ok(_) | Err(Rejection::AccountTypeTaken { .. }) => {}
            Err(rejection) => return Err(Error::from(rejection).into()),
        }
        let account_type = AccountType::new(code);
        self.types.insert(class, account_type.clone());
        Ok(account_type)
    }
}

/// The class that a name's first part tells; assets where it tells none.
fn class(name: &str) -> AccountClass {
    match name.split(':').next().unwrap_or_default().to_lowercase().as_str() {
        "liability" | "liabilities" | "debt" | "debts" => AccountClass::Liability,
        "equity" => AccountClass::Equity,
        "income" | "incomes" | "revenue" | "revenues" => AccountClass::Income,
        "expense" | "expenses" => AccountClass::Expense,
        _ => AccountClass::Asset,
    }
}
