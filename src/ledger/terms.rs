//! The terms of accounts that were read: every balance asks for them, and they hardly ever change.
//!
//! One word for each account, read without a lock, so that a balance costs no look into the store.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

use crate::model::{Account, AccountId, BookId, Sequence, Side};

/// What a balance asks of its account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BalanceTerms {
    pub book: BookId,
    pub normal_side: Side,
    pub floor: Option<i128>,
}

impl BalanceTerms {
    pub(super) fn of(account: &Account) -> Self {
        Self { book: account.book, normal_side: account.normal_side, floor: account.floor() }
    }

    /// As one word, which is not zero; `None` for floors other than none and zero, which are few.
    fn packed(self) -> Option<u64> {
        let floor = match self.floor {
            None => 0,
            Some(0) => 1,
            Some(_) => return None,
        };
        let side = match self.normal_side {
            Side::Debit => 0,
            Side::Credit => 1,
        };
        let book = Some(self.book.0).filter(|book| *book <= u64::MAX >> 3)?;
        Some(book << 3 | floor << 2 | side << 1 | 1)
    }

    fn unpacked(word: u64) -> Option<Self> {
        let bit = |place: u32| word >> place & 1 == 1;
        bit(0).then(|| Self {
            book: BookId(word >> 3),
            normal_side: if bit(1) { Side::Credit } else { Side::Debit },
            floor: bit(2).then_some(0),
        })
    }
}

/// How many words lie together: they are there once one of them is known.
const PAGE_WORDS: usize = 4_096;

type Page = OnceLock<Box<[AtomicU64]>>;

/// The latest durable terms of accounts that were read.
///
/// Invariant: what is known was read as of an entry not before `changed`, so it is right for every view from there on.
/// Whoever looks back further reads the version of the time.
#[derive(Debug)]
pub(super) struct KnownTerms {
    /// The end of the last commit that opened or changed an account.
    changed: AtomicU64,
    /// Held while words are written.
    writing: Mutex<()>,
    pages: Box<[Page]>,
}

impl KnownTerms {
    /// Of a ledger that was opened with `last` as its last entry: before that, any account may have changed. The accounts
    /// whose words do not fit into the budget are read each time.
    pub(super) fn opened_at(last: Sequence, budget_bytes: usize) -> Self {
        let pages = budget_bytes / (PAGE_WORDS * size_of::<AtomicU64>());
        let pages = std::iter::repeat_with(Page::new).take(pages).collect();
        Self { changed: AtomicU64::new(last.0), writing: Mutex::new(()), pages }
    }

    /// Forgets accounts that a commit which ends with `last` has opened or changed. It is durable, and no view shows it
    /// yet.
    pub(super) fn changed(&self, accounts: &[AccountId], last: Sequence) {
        if accounts.is_empty() {
            return;
        }
        let _writing = self.writing.lock();
        self.changed.store(last.0, Ordering::Release);
        let words = accounts.iter().filter_map(|account| self.word(*account));
        words.for_each(|word| word.store(0, Ordering::Release));
    }

    /// An account's terms as they are for a view of `at`, if they are known.
    pub(super) fn get(&self, account: AccountId, at: Sequence) -> Option<BalanceTerms> {
        let known = BalanceTerms::unpacked(self.word(account)?.load(Ordering::Acquire))?;
        // Asked afterwards: terms that came with a later change came after it was noted.
        (at.0 >= self.changed.load(Ordering::Acquire)).then_some(known)
    }

    /// Keeps the terms that were read for a view of `at`, unless an account has changed since.
    pub(super) fn put(&self, account: AccountId, terms: BalanceTerms, at: Sequence) {
        let (Some(word), Some((page, place))) = (terms.packed(), self.find(account)) else { return };
        let words = page.get_or_init(|| std::iter::repeat_with(AtomicU64::default).take(PAGE_WORDS).collect());
        let _writing = self.writing.lock();
        if at.0 >= self.changed.load(Ordering::Acquire)
            && let Some(kept) = words.get(place)
        {
            kept.store(word, Ordering::Release);
        }
    }

    fn word(&self, account: AccountId) -> Option<&AtomicU64> {
        let (page, place) = self.find(account)?;
        page.get()?.get(place)
    }

    fn find(&self, account: AccountId) -> Option<(&Page, usize)> {
        let id = usize::try_from(account.0).ok()?;
        Some((self.pages.get(id / PAGE_WORDS)?, id % PAGE_WORDS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNT: AccountId = AccountId(7);

    fn terms(floor: Option<i128>) -> BalanceTerms {
        BalanceTerms { book: BookId(3), normal_side: Side::Credit, floor }
    }

    fn known(last: u64) -> KnownTerms {
        KnownTerms::opened_at(Sequence(last), PAGE_WORDS * 8)
    }

    #[test]
    fn terms_come_back_as_they_were_put() {
        let known = known(0);
        for book in [0, 1, u64::MAX >> 3] {
            for normal_side in [Side::Debit, Side::Credit] {
                for floor in [None, Some(0)] {
                    let terms = BalanceTerms { book: BookId(book), normal_side, floor };
                    known.put(ACCOUNT, terms, Sequence(1));
                    assert_eq!(known.get(ACCOUNT, Sequence(1)), Some(terms));
                }
            }
        }
        assert_eq!(known.get(AccountId(8), Sequence(1)), None);
    }

    #[test]
    fn what_does_not_fit_is_not_known() {
        let known = known(0);
        known.put(ACCOUNT, terms(Some(-500)), Sequence(1));
        known.put(ACCOUNT, BalanceTerms { book: BookId(u64::MAX), ..terms(None) }, Sequence(1));
        assert_eq!(known.get(ACCOUNT, Sequence(1)), None);
        for beyond in [PAGE_WORDS as u64, u64::MAX] {
            known.put(AccountId(beyond), terms(None), Sequence(1));
            assert_eq!(known.get(AccountId(beyond), Sequence(1)), None);
        }
    }

    #[test]
    fn what_is_known_is_right_for_the_view_that_asks() {
        let known = known(5);
        // Someone looks back to before the ledger was opened.
        known.put(ACCOUNT, terms(None), Sequence(4));
        assert_eq!(known.get(ACCOUNT, Sequence(5)), None);
        known.put(ACCOUNT, terms(None), Sequence(5));
        assert_eq!(known.get(ACCOUNT, Sequence(7)), Some(terms(None)));
        assert_eq!(known.get(ACCOUNT, Sequence(4)), None);

        // Another account changes: this one stays known, but not to who looks back.
        known.changed(&[AccountId(9)], Sequence(6));
        assert_eq!(known.get(ACCOUNT, Sequence(6)), Some(terms(None)));
        assert_eq!(known.get(ACCOUNT, Sequence(5)), None);

        known.changed(&[ACCOUNT], Sequence(8));
        // One who began before the change comes too late with what it read.
        known.put(ACCOUNT, terms(None), Sequence(7));
        assert_eq!(known.get(ACCOUNT, Sequence(8)), None);
        known.put(ACCOUNT, terms(Some(0)), Sequence(8));
        assert_eq!(known.get(ACCOUNT, Sequence(9)), Some(terms(Some(0))));
        assert_eq!(known.get(ACCOUNT, Sequence(7)), None);
    }
}
