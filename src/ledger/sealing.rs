//! Trial balances as of the time at which things happened: today's totals, less what happened later.
//!
//! What is effective up to an instant cannot be told from a total. But nothing is effective more than a day after it is
//! recorded, so only entries recorded later than a day before the instant can be effective after it; those are walked
//! from the last back and taken off. Everything before counts, and so does everything back-dated.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use crate::layout::{LayoutError, journal};
use crate::model::{
    Account, AccountClass, AccountId, AccountType, Balance, BookId, Entry, SealDigest, SealedGroup, SealedTrialBalance,
    Sequence, Side, Timestamp,
};
use crate::money::{Amount, MoneyError};
use crate::rules::EFFECTIVE_SKEW_NS;
use crate::store::Snapshot;

/// What happened to accounts after an instant, in posted debits and credits.
#[derive(Debug)]
pub(super) struct Later {
    than: Timestamp,
    sums: BTreeMap<AccountId, (i128, i128)>,
}

impl Later {
    pub(super) const fn new(than: Timestamp) -> Self {
        Self { than, sums: BTreeMap::new() }
    }

    /// Whether an entry recorded then, or one recorded before, may have happened later.
    pub(super) const fn reaches(&self, recorded_at: Timestamp) -> bool {
        recorded_at.plus_ns(EFFECTIVE_SKEW_NS).0 > self.than.0
    }

    pub(super) fn take(&mut self, entry: &Entry) {
        if entry.effective_at() <= self.than {
            return;
        }
        for posting in entry.postings.iter().filter(|posting| posting.stage.is_settled()) {
            let (debits, credits) = self.sums.entry(posting.account).or_default();
            // Cannot overflow: these are parts of totals below 2^96.
            match posting.side {
                Side::Debit => *debits += posting.amount.signed(),
                Side::Credit => *credits += posting.amount.signed(),
            }
        }
    }

    /// Takes all entries from `last` back, as far as there may be later ones.
    pub(super) fn follow_back(&mut self, snapshot: &dyn Snapshot, last: Sequence) -> Result<(), LayoutError> {
        journal::entries_back(snapshot, last, &mut |entry| {
            if !self.reaches(entry.recorded_at) {
                return ControlFlow::Break(());
            }
            self.take(entry);
            ControlFlow::Continue(())
        })
    }

    /// Posted debits and credits without what happened later.
    pub(super) fn before(&self, account: AccountId, now: &Balance) -> (i128, i128) {
        let (debits, credits) = self.sums.get(&account).copied().unwrap_or_default();
        (now.debits_posted.signed() - debits, now.credits_posted.signed() - credits)
    }
}

/// What the accounts of one type sum up to, by the side on which each stands.
#[derive(Debug, Default)]
pub(super) struct Sums {
    pub accounts: u64,
    pub debits: i128,
    pub credits: i128,
}

/// The accounts of a book by class, type and normal side.
#[derive(Debug, Default)]
pub(super) struct Groups(pub BTreeMap<(AccountClass, AccountType, Side), Sums>);

impl Groups {
    pub(super) fn add(&mut self, account: &Account, (debits, credits): (i128, i128)) {
        let key = (account.class, account.account_type.clone(), account.normal_side);
        let sums = self.0.entry(key).or_default();
        let stands = debits - credits;
        // Cannot overflow: each is below 2^96, and there are fewer accounts than 2^31.
        sums.accounts += 1;
        sums.debits += stands.max(0);
        sums.credits += (-stands).max(0);
    }

    pub(super) fn total(&self, of: fn(&Sums) -> i128) -> i128 {
        self.0.values().map(of).sum()
    }
}

/// A trial balance to be sealed: later entries first, then every account of the book in order.
#[derive(Debug)]
pub(super) struct Sealing {
    pub later: Later,
    groups: Groups,
    hasher: blake3::Hasher,
}

impl Sealing {
    pub(super) fn new(book: BookId, through: Timestamp) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key("pacioli sealed trial balance v1");
        hasher.update(&book.0.to_le_bytes()).update(&through.0.to_le_bytes());
        Self { later: Later::new(through), groups: Groups::default(), hasher }
    }

    /// The book's next account, with all its totals.
    pub(super) fn add(&mut self, account: &Account, now: &Balance) {
        let (debits, credits) = self.later.before(account.id, now);
        self.hasher.update(&account.id.0.to_le_bytes());
        self.hasher.update(&debits.to_le_bytes()).update(&credits.to_le_bytes());
        self.groups.add(account, (debits, credits));
    }

    /// The trial balance of all that was added.
    ///
    /// # Errors
    /// When a sum passes the greatest amount.
    pub(super) fn sealed(self) -> Result<SealedTrialBalance, MoneyError> {
        let (debits, credits) = (self.groups.total(|sums| sums.debits), self.groups.total(|sums| sums.credits));
        let mut sealed = SealedTrialBalance {
            accounts: 0,
            groups: Vec::with_capacity(self.groups.0.len()),
            debits: Amount::minor(debits)?,
            credits: Amount::minor(credits)?,
            digest: SealDigest(*self.hasher.finalize().as_bytes()),
        };
        for ((class, account_type, normal_side), sums) in self.groups.0 {
            let (debits, credits) = (Amount::minor(sums.debits)?, Amount::minor(sums.credits)?);
            sealed.accounts = sealed.accounts.saturating_add(sums.accounts);
            sealed.groups.push(SealedGroup {
                account_type,
                class,
                normal_side,
                accounts: sums.accounts,
                debits,
                credits,
            });
        }
        Ok(sealed)
    }
}
