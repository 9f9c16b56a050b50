//! `accounts` and `balance`: what there is, and what it holds.

use std::collections::BTreeMap;
use std::fmt;

use pacioli::{AccountFilter, AccountStatus, AccountView, BookId, Cursor, Sequence};
use serde::Serialize;

use crate::failure::Failure;
use crate::input::{self, AccountName, ClientName, Seen};
use crate::listed::Part;
use crate::output::{Align, Table};

/// Lists accounts and what they hold.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pacioli accounts shop.redb
  pacioli accounts shop.redb --book shop.kes --limit 50
  pacioli accounts shop.redb --client 12 --json
  pacioli accounts shop.redb --as-of 2026-10-31
  pacioli accounts shop.redb --with campaign=flood-2026")]
pub(crate) struct Accounts {
    #[command(flatten)]
    seen: Seen,
    /// Accounts of this book only.
    #[arg(long, value_name = "NAME")]
    book: Option<String>,
    /// Accounts of this client only, by its identifier or code.
    #[arg(long, value_name = "CLIENT")]
    client: Option<ClientName>,
    /// Accounts at this path of the book, and below it, only.
    #[arg(long, value_name = "PATH", requires = "book", conflicts_with_all = ["client", "tag", "fact"])]
    path: Option<String>,
    /// Accounts with this word among their tags only.
    #[arg(long, value_name = "WORD", conflicts_with_all = ["client", "book", "fact"])]
    tag: Option<String>,
    /// Accounts with this fact among their metadata only.
    #[arg(long = "with", value_name = "KEY=VALUE", conflicts_with_all = ["client", "book"], value_parser = input::fact)]
    fact: Option<(String, String)>,
    #[command(flatten)]
    part: Part,
}

/// Accounts at one moment.
#[derive(Debug, Serialize)]
pub(crate) struct AccountList {
    /// The last entry that they know of.
    at: Sequence,
    accounts: Vec<AccountView>,
    /// Where the list goes on.
    next: Option<Cursor>,
    #[serde(skip)]
    books: BTreeMap<BookId, String>,
}

impl Accounts {
    pub(crate) fn run(&self) -> Result<AccountList, Failure> {
        let view = self.seen.view()?;
        let book = match &self.book {
            Some(name) => Some(view.book_named(name)?.ok_or_else(|| Failure::NoBook(name.clone()))?.id),
            None => None,
        };
        let client = self.client.as_ref().map(|client| client.find(&view)).transpose()?.map(|client| client.id);
        let filter = match (client, book) {
            (None, None) => self.by_words(),
            (None, Some(book)) if self.path.is_some() => {
                AccountFilter::AtPath(book, self.path.clone().unwrap_or_default().into())
            }
            (Some(client), None) => AccountFilter::OfClient(client),
            (None, Some(book)) => AccountFilter::OfBook(book),
            (Some(client), Some(book)) => AccountFilter::OfClientInBook(client, book),
        };
        let (accounts, next) = self.part.read(|listing| view.accounts(filter.clone(), listing))?;
        let books = view.books()?.into_iter().map(|book| (book.id, book.name)).collect();
        Ok(AccountList { at: view.sequence(), accounts, next, books })
    }

    fn by_words(&self) -> AccountFilter {
        match (&self.tag, &self.fact) {
            (Some(word), _) => AccountFilter::Tagged(word.clone()),
            (None, Some((key, value))) => AccountFilter::With(key.clone(), value.clone()),
            (None, None) => AccountFilter::All,
        }
    }
}

impl fmt::Display for AccountList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new([
            ("Number", Align::Left),
            ("Id", Align::Right),
            ("Client", Align::Right),
            ("Book", Align::Left),
            ("Type", Align::Left),
            ("Name", Align::Left),
            ("Status", Align::Left),
            ("Current", Align::Right),
            ("Available", Align::Right),
            ("", Align::Left),
        ]);
        for account in &self.accounts {
            let scale = account.balance.text_scale;
            table.row([
                account.number().to_string(),
                account.id.to_string(),
                account.client.map(|client| client.to_string()).unwrap_or_default(),
                self.books.get(&account.book).cloned().unwrap_or_default(),
                account.account_type.to_string(),
                account.name.clone(),
                status(account.status).to_owned(),
                account.balance.current.text_at_scale(scale),
                account.balance.available.text_at_scale(scale),
                account.currency.to_string(),
            ]);
        }
        write!(f, "{table}")?;
        if let Some(next) = &self.next {
            writeln!(f, "There are more accounts; go on with --after {next}")?;
        }
        Ok(())
    }
}

pub(crate) const fn status(status: AccountStatus) -> &'static str {
    match status {
        AccountStatus::Active => "active",
        AccountStatus::Inactive => "inactive",
        AccountStatus::Closed => "closed",
    }
}

/// Shows what an account holds.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pacioli balance shop.redb 10000007
  pacioli balance shop.redb 7 --at 1200 --json")]
pub(crate) struct BalanceOf {
    #[command(flatten)]
    seen: Seen,
    /// The account's number of eight digits, or its identifier.
    #[arg(value_name = "ACCOUNT")]
    account: AccountName,
}

impl BalanceOf {
    pub(crate) fn run(&self) -> Result<AccountView, Failure> {
        let view = self.seen.view()?;
        Ok(view.account_view(self.account.0)?)
    }
}
