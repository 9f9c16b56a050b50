//! Entries one after another, with the books and accounts that they name.

use std::collections::BTreeMap;

use super::{Export, ExportError};
use crate::ledger::{AccountFilter, AccountView, Error, Listing, View};
use crate::model::{Account, AccountId, Book, BookId, Entry, Posted, Posting, Sequence, Side, Stage};
use crate::money::Money;

/// How many accounts are kept in memory at most.
const KEPT_MAX: usize = 65_536;

/// A movement, with those of its lines that are wanted.
pub(super) struct Movement<'a> {
    pub entry: &'a Entry,
    pub posted: &'a Posted,
    pub lines: Vec<Line<'a>>,
}

/// A line with its place in the entry, from 0, and its amount in the book's currency.
#[derive(Clone, Copy)]
pub(super) struct Line<'a> {
    pub place: usize,
    pub posting: &'a Posting,
    pub money: Money,
}

impl Line<'_> {
    /// The amount with all decimals of its currency, and a minus where it stands on the credit side.
    pub(super) fn signed(&self) -> String {
        match self.posting.side {
            Side::Debit => self.money.text(),
            Side::Credit => self.money.negated().text(),
        }
    }

    /// What a line that is not settled does, in words.
    pub(super) fn reserving(&self) -> String {
        let stage = if self.posting.stage == Stage::Held { "held" } else { "released" };
        format!("{stage} {} {}", self.posting.side, self.posting.account.number())
    }
}

impl<'a> Movement<'a> {
    /// The lines that change what is posted.
    pub(super) fn settled(&self) -> impl Iterator<Item = &Line<'a>> {
        self.lines.iter().filter(|line| line.posting.stage.is_settled())
    }

    /// The lines that only reserve, or give up what was reserved.
    pub(super) fn reserved(&self) -> impl Iterator<Item = &Line<'a>> {
        self.lines.iter().filter(|line| !line.posting.stage.is_settled())
    }

    /// What statements call it: `SALE`.
    pub(super) fn kind(&self) -> String {
        self.posted.kind.to_string()
    }

    /// `!` where something has yet to clear, else `*`.
    pub(super) fn mark(&self) -> char {
        if self.lines.iter().any(|line| line.posting.stage == Stage::Clearing) { '!' } else { '*' }
    }

    /// What is told of it beside its lines, by name; of names given by callers, only letters, digits and dashes.
    pub(super) fn tags(&self) -> Vec<(String, String)> {
        let (entry, posted) = (self.entry, self.posted);
        let mut tags = vec![("recorded".to_owned(), entry.recorded_at.to_string()), ("kind".to_owned(), self.kind())];
        let mut add = |tag: &str, value: Option<String>| tags.extend(value.map(|value| (tag.to_owned(), value)));
        add("effective", posted.effective_at.map(|at| at.to_string()));
        add("key", entry.key.as_deref().map(str::to_owned));
        add("client", entry.client.map(|client| client.to_string()));
        add("actor", entry.actor.as_deref().map(str::to_owned));
        add("reverses", posted.reverses.map(|reverses| reverses.original.to_string()));
        add("forced", posted.forced.then(|| "yes".to_owned()));
        if let Some(details) = &posted.details {
            for reference in &details.references {
                add("reference", Some(format!("{} {}", reference.kind, reference.id)));
            }
            for (key, value) in &details.metadata {
                let key: String = key.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
                add(&format!("meta-{key}"), Some(value.clone()));
            }
        }
        tags
    }
}

impl Export<'_> {
    /// Gives every movement that has wanted lines, in the order of the journal.
    pub(super) fn movements(
        &mut self,
        each: &mut dyn FnMut(&Movement<'_>) -> Result<(), ExportError>,
    ) -> Result<(), ExportError> {
        let books = self.books()?;
        let mut after: Option<Sequence> = None;
        loop {
            let page = self.view.entries(after, Listing::MOST)?;
            for entry in &page.items {
                let Some(posted) = entry.posted() else { continue };
                // Books that are not wanted are not among these.
                let lines = entry.postings.iter().enumerate().filter_map(|(place, posting)| {
                    let money = books.get(&posting.book)?.currency.amount(posting.amount);
                    Some(Line { place, posting, money })
                });
                let lines: Vec<_> = lines.collect();
                if !lines.is_empty() {
                    each(&Movement { entry, posted, lines })?;
                }
            }
            after = page.items.last().map(|entry| entry.sequence).or(after);
            if let (Some(told), Some(after)) = (&mut self.progress, after) {
                told(after.0);
            }
            if page.next.is_none() {
                return Ok(());
            }
        }
    }

    /// Gives every wanted account, in the order of opening.
    pub(super) fn accounts(
        &self,
        each: &mut dyn FnMut(&AccountView) -> Result<(), ExportError>,
    ) -> Result<(), ExportError> {
        let filter = self.book.map_or(AccountFilter::All, AccountFilter::OfBook);
        let mut listing = Listing::first(Listing::MOST);
        loop {
            let page = self.view.accounts(filter.clone(), listing)?;
            page.items.iter().try_for_each(&mut *each)?;
            let Some(next) = page.next else { return Ok(()) };
            listing = Listing::first(Listing::MOST).after(next);
        }
    }

    /// The wanted books.
    pub(super) fn books(&self) -> Result<BTreeMap<BookId, Book>, ExportError> {
        match self.book {
            Some(book) => Ok(BTreeMap::from([(book, self.view.book(book)?)])),
            None => Ok(self.view.books()?.into_iter().map(|book| (book.id, book)).collect()),
        }
    }
}

/// What is made of accounts as they are met, made once for each as long as it is kept.
pub(crate) struct Accounts<'a, T> {
    view: &'a View,
    make: &'a dyn Fn(&Account) -> T,
    kept: BTreeMap<AccountId, T>,
}

impl<'a, T> Accounts<'a, T> {
    pub(crate) fn new(view: &'a View, make: &'a dyn Fn(&Account) -> T) -> Self {
        Self { view, make, kept: BTreeMap::new() }
    }

    pub(crate) fn of(&mut self, account: AccountId) -> Result<&T, Error> {
        if self.kept.len() >= KEPT_MAX && !self.kept.contains_key(&account) {
            self.kept.clear();
        }
        match self.kept.entry(account) {
            std::collections::btree_map::Entry::Occupied(kept) => Ok(kept.into_mut()),
            std::collections::btree_map::Entry::Vacant(place) => {
                let record = self.view.account(account)?;
                Ok(place.insert((self.make)(&record)))
            }
        }
    }
}
