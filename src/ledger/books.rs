//! Books that were read: nearly every question asks for one, and they hardly ever change.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::RwLock;

use crate::model::{Book, BookId, Sequence};

/// The latest durable version of each book that was read.
///
/// Invariant: what is known was read as of an entry not before `changed`, so it is right for every view from there on.
/// Whoever looks back further reads the version of the time.
#[derive(Debug)]
pub(super) struct Books {
    /// The end of the last commit that changed a book.
    changed: AtomicU64,
    known: RwLock<BTreeMap<BookId, Arc<Book>>>,
}

impl Books {
    /// Of a ledger that was opened with `last` as its last entry: before that, any book may have changed.
    pub(super) fn opened_at(last: Sequence) -> Self {
        Self { changed: AtomicU64::new(last.0), known: RwLock::default() }
    }

    /// Forgets all: a commit that ends with `last` has changed a book. It is durable, and no view shows it yet.
    pub(super) fn changed(&self, last: Sequence) {
        self.changed.store(last.0, Ordering::Release);
        self.known.write().clear();
    }

    /// A book as it is for a view of `at`, if it is known.
    pub(super) fn get(&self, book: BookId, at: Sequence) -> Option<Arc<Book>> {
        let known = self.known.read();
        // Asked while the lock is held: after a change, what is known is of before it until it is forgotten.
        let current = at.0 >= self.changed.load(Ordering::Acquire);
        known.get(&book).filter(|_| current).cloned()
    }

    /// Keeps a book that was read for a view of `at`, unless one has changed since.
    pub(super) fn put(&self, book: &Arc<Book>, at: Sequence) {
        let mut known = self.known.write();
        if at.0 >= self.changed.load(Ordering::Acquire) {
            known.insert(book.id, Arc::clone(book));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AccountId, Mode, Timestamp};
    use crate::money::Currency;

    fn book(closed_through: Option<Timestamp>) -> Arc<Book> {
        Arc::new(Book {
            id: BookId(1),
            name: "shop.kes".to_owned(),
            currency: Currency::KES,
            mode: Mode::Live,
            accounts_max: 0,
            text_scale: 2,
            system_first: AccountId(1),
            opened_at: Timestamp(1),
            opened_in: Sequence(1),
            closed_through,
        })
    }

    #[test]
    fn what_is_known_is_right_for_the_view_that_asks() {
        let (books, open, closed) = (Books::opened_at(Sequence(5)), book(None), book(Some(Timestamp(9))));
        // Someone looks back to before the ledger was opened.
        books.put(&open, Sequence(4));
        assert_eq!(books.get(BookId(1), Sequence(5)), None);
        books.put(&open, Sequence(5));
        assert_eq!(books.get(BookId(1), Sequence(7)), Some(Arc::clone(&open)));
        assert_eq!(books.get(BookId(1), Sequence(4)), None);

        books.changed(Sequence(8));
        // One who began before the change comes too late with what it read.
        books.put(&open, Sequence(7));
        assert_eq!(books.get(BookId(1), Sequence(8)), None);
        books.put(&closed, Sequence(8));
        assert_eq!(books.get(BookId(1), Sequence(9)), Some(closed));
        assert_eq!(books.get(BookId(1), Sequence(7)), None);
    }
}
