//! `diff`: whether two ledgers are the same, and where they first part.

use std::fmt;

use pacioli::{AccountFilter, AccountView, Cursor, Entry, Listing, Sequence, View};
use serde::Serialize;

use crate::failure::Failure;
use crate::input::{self, Source};
use crate::output::{Align, Progress, Table};

/// Compares two ledgers.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Compared are the entries in the order of the journal, the accounts with all that they hold, the books, and the texts of
clients. Exit code 0 when nothing differs, 1 when something does.

Examples:
  pacioli diff shop.redb copy.redb
  pacioli diff shop.redb backup.redb --json")]
pub(crate) struct Diff {
    /// The one ledger's file.
    #[command(flatten)]
    one: Source,
    /// The other ledger's file.
    #[arg(value_name = "OTHER")]
    other: std::path::PathBuf,
}

/// What two ledgers have, and where they differ.
#[derive(Debug, Serialize)]
pub(crate) struct Difference {
    same: bool,
    same_identity: bool,
    entries: [Sequence; 2],
    accounts: [u64; 2],
    /// The first entry that is not the same in both.
    first_entry: Option<Sequence>,
    /// How many entries differ, or are in one alone.
    entries_differing: u64,
    /// The first account that is not the same in both.
    first_account: Option<String>,
    accounts_differing: u64,
    /// The first client whose record or texts are not the same in both.
    first_client: Option<String>,
    clients_differing: u64,
    /// The sums of each book, by name: debits and credits in the one, and in the other.
    books: Vec<BookSums>,
}

/// A book's sums in both ledgers.
#[derive(Debug, Serialize)]
struct BookSums {
    book: String,
    currency: String,
    debits: [Option<String>; 2],
    credits: [Option<String>; 2],
    same: bool,
}

/// What of two lists differs.
#[derive(Debug, Default)]
struct Parted {
    first: Option<String>,
    count: u64,
    lengths: [u64; 2],
}

/// Where a list goes on.
#[derive(Debug, Default)]
struct Place(Option<Cursor>, Sequence);

impl Diff {
    pub(crate) fn run(&self) -> Result<Difference, Failure> {
        let one = self.one.ledger()?;
        let other = input::read(&self.other)?;
        let views = [one.view()?, other.view()?];
        let entries = views.each_ref().map(View::sequence);
        let mut progress = Progress::new("comparing", entries[0].max(entries[1]).0);
        let journal = parted(
            &views,
            |view, place: &mut Place| {
                let page = view.entries(Some(place.1), Listing::MOST)?;
                place.1 = page.items.last().map_or(place.1, |entry: &Entry| entry.sequence);
                progress.at(place.1.0);
                Ok((page.items, page.next.is_some()))
            },
            |entry| entry.sequence.to_string(),
        )?;
        let accounts = parted(
            &views,
            |view, place: &mut Place| {
                let page = view.accounts(AccountFilter::All, listing(place.0))?;
                place.0 = page.next;
                Ok((page.items, place.0.is_some()))
            },
            |account: &AccountView| account.number().to_string(),
        )?;
        let clients = parted(
            &views,
            |view, place: &mut Place| {
                let page = view.clients(listing(place.0))?;
                place.0 = page.next;
                Ok((page.items, place.0.is_some()))
            },
            |client| client.id.to_string(),
        )?;
        let books = books(&views)?;
        let same = journal.count + accounts.count + clients.count == 0 && books.iter().all(|book| book.same);
        Ok(Difference {
            same,
            same_identity: one.identity() == other.identity(),
            entries,
            accounts: accounts.lengths,
            first_entry: journal.first.and_then(|first| first.parse().ok()),
            entries_differing: journal.count,
            first_account: accounts.first,
            accounts_differing: accounts.count,
            first_client: clients.first,
            clients_differing: clients.count,
            books,
        })
    }
}

fn listing(after: Option<Cursor>) -> Listing {
    let first = Listing::first(Listing::MOST);
    match after {
        Some(cursor) => first.after(cursor),
        None => first,
    }
}

/// Reads a list of both ledgers page by page, and compares what stands in the same place.
fn parted<T: PartialEq>(
    views: &[View; 2],
    mut page: impl FnMut(&View, &mut Place) -> Result<(Vec<T>, bool), pacioli::Error>,
    name: impl Fn(&T) -> String,
) -> Result<Parted, Failure> {
    let mut parted = Parted::default();
    let (mut places, mut more) = ([Place::default(), Place::default()], [true, true]);
    while more[0] || more[1] {
        let mut items = [Vec::new(), Vec::new()];
        for side in [0, 1] {
            if more[side] {
                (items[side], more[side]) = page(&views[side], &mut places[side])?;
            }
            parted.lengths[side] += items[side].len() as u64;
        }
        for at in 0..items[0].len().max(items[1].len()) {
            let (one, other) = (items[0].get(at), items[1].get(at));
            if one != other {
                parted.count += 1;
                if parted.first.is_none() {
                    parted.first = one.or(other).map(&name);
                }
            }
        }
    }
    Ok(parted)
}

/// The sums of all books, those of the one first, by name.
fn books(views: &[View; 2]) -> Result<Vec<BookSums>, Failure> {
    let mut names: Vec<(String, String)> = Vec::new();
    for view in views {
        for book in view.books()? {
            let named = (book.name, book.currency.to_string());
            if !names.contains(&named) {
                names.push(named);
            }
        }
    }
    let mut sums = Vec::new();
    for (book, currency) in names {
        let (mut debits, mut credits) = ([None, None], [None, None]);
        for (side, view) in views.iter().enumerate() {
            let found = view.book_named(&book)?.filter(|found| found.currency.to_string() == currency);
            if let Some(found) = found {
                let balance = view.trial_balance(found.id)?;
                (debits[side], credits[side]) = (Some(balance.debits.text()), Some(balance.credits.text()));
            }
        }
        let same = debits[0] == debits[1] && credits[0] == credits[1];
        sums.push(BookSums { book, currency, debits, credits, same });
    }
    Ok(sums)
}

impl Difference {
    /// The complaint, if something differs.
    pub(crate) fn verdict(&self) -> Result<(), Failure> {
        if self.same { Ok(()) } else { Err(Failure::Found("the ledgers differ".to_owned())) }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [one, other] = self.entries;
        if self.same {
            let identity = if self.same_identity { "" } else { ", but for their identities" };
            return writeln!(f, "no difference{identity}: {one} entries, {} accounts", self.accounts[0]);
        }
        writeln!(f, "Entries    {one} and {other}, {} differ", self.entries_differing)?;
        if let Some(first) = self.first_entry {
            writeln!(f, "           the first is entry {first}")?;
        }
        writeln!(f, "Accounts   {} and {}, {} differ", self.accounts[0], self.accounts[1], self.accounts_differing)?;
        if let Some(first) = &self.first_account {
            writeln!(f, "           the first is account {first}")?;
        }
        if let Some(first) = &self.first_client {
            writeln!(f, "Clients    {} differ, the first is client {first}", self.clients_differing)?;
        }
        let columns = ["Debits", "Credits", "Debits of the other", "Credits of the other"];
        let [a, b, c, d] = columns.map(|name| (name, Align::Right));
        let mut table = Table::new([("Book", Align::Left), ("", Align::Left), a, b, c, d, ("", Align::Left)]);
        for book in &self.books {
            let text = |figure: &Option<String>| figure.clone().unwrap_or_else(|| "-".to_owned());
            table.row([
                book.book.clone(),
                book.currency.clone(),
                text(&book.debits[0]),
                text(&book.credits[0]),
                text(&book.debits[1]),
                text(&book.credits[1]),
                if book.same { String::new() } else { "differs".to_owned() },
            ]);
        }
        write!(f, "{table}")
    }
}
