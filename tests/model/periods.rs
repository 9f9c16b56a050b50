//! How the naive ledger closes periods: it adds up all that is effective in them, account after account.

use std::collections::BTreeMap;

use pacioli::money::Amount;
use pacioli::{
    Account, AccountClass, AccountId, AccountType, BookId, ClosePeriod, Event, PeriodClosed, Rejection, SealDigest,
    SealedGroup, SealedTrialBalance, Side, Stage, Timestamp,
};

use super::arithmetic::amount;
use super::movements::not_in_future;
use super::naive::{Judged, Naive, Next};

impl Naive {
    /// A movement happens neither in the future nor in a closed period.
    pub fn timely(
        &self,
        accounts: impl IntoIterator<Item = AccountId>,
        effective_at: Option<Timestamp>,
        next: Next,
    ) -> Judged<()> {
        not_in_future(effective_at, next)?;
        let Some(effective_at) = effective_at else { return Ok(()) };
        for account in accounts {
            let book = self.book(self.account(account)?.book)?;
            if let Some(through) = book.closed_through.filter(|through| effective_at <= *through) {
                return Err(Rejection::PeriodClosed { book: book.id, through, effective_at });
            }
        }
        Ok(())
    }

    pub fn close_period(&mut self, given: &ClosePeriod, next: Next) -> Judged<Event> {
        let (book, through) = (self.book(given.book)?, given.through);
        if through > next.at {
            return Err(Rejection::PeriodNotOver { through, latest: next.at });
        }
        let after = book.closed_through;
        if let Some(closed_through) = after.filter(|closed_through| through <= *closed_through) {
            return Err(Rejection::PeriodAlreadyClosed { book: book.id, closed_through, through });
        }
        let sealed = self.sealed(given.book, through)?;
        let closed = PeriodClosed { book: given.book, through, after, sealed };
        for book in self.books.iter_mut().filter(|book| book.id == given.book) {
            book.closed_through = Some(through);
        }
        Ok(Event::PeriodClosed(Box::new(closed)))
    }

    /// What has happened on an account until then: debits and credits.
    fn until(&self, account: AccountId, through: Timestamp) -> (i128, i128) {
        let in_time = self.entries.iter().filter(|entry| entry.effective_at() <= through);
        let lines = in_time.flat_map(|entry| &entry.postings).filter(|line| line.account == account);
        let moved = lines.filter(|line| ![Stage::Held, Stage::Released].contains(&line.stage));
        moved.fold((0, 0), |(debits, credits), line| match line.side {
            Side::Debit => (debits + line.amount.signed(), credits),
            Side::Credit => (debits, credits + line.amount.signed()),
        })
    }

    fn sealed(&self, book: BookId, through: Timestamp) -> Judged<SealedTrialBalance> {
        let mut hasher = blake3::Hasher::new_derive_key("pacioli sealed trial balance v1");
        hasher.update(&book.0.to_le_bytes()).update(&through.0.to_le_bytes());
        let mut groups: BTreeMap<(AccountClass, AccountType, Side), (u64, i128, i128)> = BTreeMap::new();
        let accounts: Vec<&Account> = self.accounts.iter().filter(|account| account.book == book).collect();
        for account in &accounts {
            let (debits, credits) = self.until(account.id, through);
            hasher.update(&account.id.0.to_le_bytes());
            hasher.update(&debits.to_le_bytes()).update(&credits.to_le_bytes());
            let key = (account.class, account.account_type.clone(), account.normal_side);
            let group = groups.entry(key).or_default();
            group.0 += 1;
            // An account stands on one side only.
            group.1 += (debits - credits).max(0);
            group.2 += (credits - debits).max(0);
        }
        // All accounts together may have more than one may.
        let sum = |sums: Vec<i128>| Amount::minor(sums.iter().sum()).map_err(|_| Rejection::AmountTooLarge);
        let mut sealed = SealedTrialBalance::default();
        sealed.accounts = accounts.len() as u64;
        sealed.debits = sum(groups.values().map(|(_, debits, _)| *debits).collect())?;
        sealed.credits = sum(groups.values().map(|(_, _, credits)| *credits).collect())?;
        let group = |((class, account_type, normal_side), (accounts, debits, credits))| SealedGroup {
            account_type,
            class,
            normal_side,
            accounts,
            debits: amount(debits),
            credits: amount(credits),
        };
        sealed.groups = groups.into_iter().map(group).collect();
        sealed.digest = SealDigest(*hasher.finalize().as_bytes());
        Ok(sealed)
    }
}
