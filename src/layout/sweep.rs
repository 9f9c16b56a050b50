//! Writing changed rows back, a bounded slice with each commit.
//!
//! A round takes all pages that are changed at its start and writes them in turn; when it ends, every row holds at
//! least all that the journal said at its start, and the mark that is stored says so. Opening loads rows as they are
//! needed and follows the journal from the mark on. Rows may be newer than the mark: entries are absolute, so following
//! them again ends in the same state.

use super::keys::{ROWS, STATE, page_key};
use super::wire::{Malformed, Reader, Wire};
use super::{LayoutError, corrupt, rows, sealed};
use crate::model::Sequence;
use crate::rules::{Desk, PAGE_ROWS};
use crate::store::{Batch, Snapshot};

const KEY: &[u8] = b"swept";

/// How much is written when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SweepOptions {
    /// A round ends after this many entries at the latest, unless there are so many pages that it takes one entry in
    /// turn for each row.
    pub round_entries: u64,
    /// Fewer pages than this are not worth touching the table for.
    pub slice_pages: usize,
}

impl Default for SweepOptions {
    fn default() -> Self {
        Self { round_entries: 250_000, slice_pages: 32 }
    }
}

/// More pages than this are not written with one commit, whatever is owed.
const SLICE_PAGES_MAX: usize = 4_096;

/// How far the rows in storage are behind the journal, and the round that is catching up.
#[derive(Debug, Default)]
pub(crate) struct Sweep {
    options: SweepOptions,
    /// All rows in storage hold at least what the journal says up to here.
    swept: Sequence,
    /// The pages of this round, and how many are written.
    round: Vec<u64>,
    done: usize,
    /// The journal's end when the round began.
    mark: Sequence,
    /// Entries since the round began.
    entries: u64,
}

impl Sweep {
    /// The mark as it is stored.
    pub(crate) fn read(snapshot: &dyn Snapshot, options: SweepOptions) -> Result<Self, LayoutError> {
        let Some(value) = snapshot.get(STATE, KEY)? else { return Ok(Self { options, ..Self::default() }) };
        let read = || -> Result<Sequence, Malformed> {
            let mut reader = Reader::new(sealed::open(STATE, KEY, &value)?);
            let swept = Sequence::read(&mut reader)?;
            reader.finish()?;
            Ok(swept)
        };
        let swept = read().map_err(|malformed| corrupt(STATE, KEY, malformed))?;
        Ok(Self { options, swept, ..Self::default() })
    }

    pub(crate) fn swept(&self) -> Sequence {
        self.swept
    }

    /// Adds this commit's slice to `batch`. `entries` were decided since the last commit and `last` is the latest of
    /// them; `excess` pages more should be written because memory is short.
    pub(crate) fn slice(
        &mut self,
        desk: &mut Desk,
        entries: usize,
        last: Sequence,
        excess: usize,
        commit: u64,
        batch: &mut Batch,
    ) {
        self.entries = self.entries.saturating_add(entries as u64);
        if self.round.is_empty() {
            self.begin(desk, last);
        }
        let rows = PAGE_ROWS.saturating_mul(self.round.len() as u64);
        let length = self.options.round_entries.max(rows.min(self.options.round_entries.saturating_mul(8)));
        let due = (self.round.len() as u64).saturating_mul(self.entries) / length.max(1);
        let due = usize::try_from(due).unwrap_or(usize::MAX).min(self.round.len());
        let owed = due.saturating_sub(self.done).max(excess.min(self.round.len().saturating_sub(self.done)));
        if self.entries >= length || owed >= self.options.slice_pages || excess > 0 {
            self.write(desk, owed.min(SLICE_PAGES_MAX), commit, batch);
        }
    }

    /// Adds everything that is changed to `batch`: for closing.
    pub(crate) fn all(&mut self, desk: &mut Desk, last: Sequence, commit: u64, batch: &mut Batch) {
        self.write(desk, usize::MAX, commit, batch);
        self.begin(desk, last);
        self.write(desk, usize::MAX, commit, batch);
    }

    fn begin(&mut self, desk: &mut Desk, last: Sequence) {
        self.round = desk.take_dirty();
        // In the order in which they are stored: pages that are written together lie on few branches of the store's.
        self.round.sort_unstable();
        self.done = 0;
        self.mark = last;
        self.entries = 0;
    }

    fn write(&mut self, desk: &mut Desk, pages: usize, commit: u64, batch: &mut Batch) {
        let end = self.done.saturating_add(pages).min(self.round.len());
        for number in self.round.get(self.done..end).unwrap_or_default() {
            if let Some(rows) = desk.page_rows(*number) {
                let key = page_key(*number);
                batch.put(ROWS, key, sealed::seal(ROWS, &key, &rows::encode_rows(rows)));
            }
            desk.written_back(*number, commit);
        }
        self.done = end;
        if self.done < self.round.len() {
            return;
        }
        // The round has ended, whether or not it moves the mark.
        self.round.clear();
        self.done = 0;
        if self.mark > self.swept {
            self.swept = self.mark;
            let mut body = Vec::new();
            self.swept.write(&mut body);
            batch.put(STATE, KEY, sealed::seal(STATE, KEY, &body));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, VecDeque};

    use super::*;
    use crate::layout::wire::samples::dice;
    use crate::model::{AccountChange, AccountId, BookId, Entry, Event, NewBook, Timestamp};
    use crate::money::{Amount, Currency};
    use crate::rules::{apply, page_of};
    use crate::store::{MemoryStore, Store};
    use proptest::prelude::*;

    #[test]
    fn round_that_moves_no_mark_ends_all_the_same() {
        // A round begun by a commit without entries used to stay for ever: nothing was swept any more.
        let options = SweepOptions { round_entries: 1, slice_pages: 1 };
        let mut sweep = Sweep { options, swept: Sequence(5), round: vec![7], mark: Sequence(5), ..Sweep::default() };
        let mut desk = Desk::default();
        sweep.slice(&mut desk, 8, Sequence(13), 0, 1, &mut Batch::new());
        // The next commit begins a round of its own.
        assert!(sweep.round.is_empty());
        assert_eq!(sweep.done, 0);
    }

    const OPTIONS: SweepOptions = SweepOptions { round_entries: 40, slice_pages: 3 };

    /// A desk with so many pages of system accounts, all written back.
    fn desk_of(pages: u64) -> Desk {
        let mut desk = Desk::default();
        for book in 1.. {
            let first = desk.counters.account + 1;
            if page_of(AccountId(first + 5)) >= pages {
                break;
            }
            let given = Box::new(NewBook::live(format!("book {book}"), Currency::KES));
            let event = Event::BookOpened { given, book: BookId(book), system_first: AccountId(first) };
            apply(&mut desk, &entry(Sequence(book), event));
        }
        desk.take_dirty().into_iter().for_each(|page| desk.written_back(page, 0));
        desk
    }

    fn entry(sequence: Sequence, event: Event) -> Entry {
        let recorded_at = Timestamp(sequence.0 as i64);
        Entry { sequence, recorded_at, actor: None, client: None, key: None, event, postings: Default::default() }
    }

    /// Changes a row of a page.
    fn touch(desk: &mut Desk, page: u64, sequence: Sequence) {
        let minimum = Amount::minor(i128::from(sequence.0)).unwrap();
        let given = Box::new(AccountChange { minimum_balance: Some(minimum), ..AccountChange::default() });
        let account = AccountId((page * PAGE_ROWS).max(1));
        apply(desk, &entry(sequence, Event::AccountChanged { given, account }));
    }

    /// The pages that a batch writes, and the mark if it moves it; each page is written as it lies on the desk.
    fn written(batch: &Batch, desk: &Desk) -> (Vec<u64>, Option<Sequence>) {
        let (mut pages, mut mark) = (Vec::new(), None);
        for (table, key, value) in batch.changes() {
            if table == STATE {
                let value = value.unwrap();
                let mut reader = Reader::new(sealed::open(STATE, KEY, value).unwrap());
                assert_eq!((key, mark.replace(Sequence::read(&mut reader).unwrap())), (KEY, None));
                continue;
            }
            let page = u64::from_be_bytes(key.try_into().unwrap());
            let rows = rows::decode_rows(sealed::open(ROWS, key, value.unwrap()).unwrap()).unwrap();
            assert_eq!((table, desk.page_rows(page)), (ROWS, Some(rows.as_slice())));
            pages.push(page);
        }
        (pages, mark)
    }

    proptest! {
        #[test]
        fn rounds_write_all_that_was_changed_in_time_and_never_much(mut dice in dice(), seed: u64) {
            let pages = 1 + seed % 30;
            let (mut desk, mut sweep) = (desk_of(pages), Sweep { options: OPTIONS, ..Sweep::default() });
            let (mut last, mut end) = (Sequence::ZERO, Sequence::ZERO);
            // What is changed and not in the round; the round as far as it is not written; the round's length.
            let (mut changed, mut round, mut length) = (BTreeSet::new(), VecDeque::new(), 0);
            let mut since = 0;
            for commit in 1..60 {
                let entries = dice.below(9) as usize;
                for _ in 0..entries {
                    last = last.next();
                    let page = dice.below(pages);
                    touch(&mut desk, page, last);
                    // One that is still to be written in this round is written with this change, too.
                    if !round.contains(&page) {
                        changed.insert(page);
                    }
                }
                let excess = if dice.below(5) == 0 { dice.below(4) as usize } else { 0 };
                let mut batch = Batch::new();
                sweep.slice(&mut desk, entries, last, excess, commit, &mut batch);
                since += entries as u64;
                if round.is_empty() {
                    round.extend(changed.iter().copied());
                    changed.clear();
                    (length, since, end) = (round.len(), 0, last);
                }
                let (wrote, mark) = written(&batch, &desk);
                // One of the round's pages for each part of the round that has passed; so as not to write for a few of
                // them alone, unless memory is short or the round is over.
                let allowed = OPTIONS.round_entries.max((PAGE_ROWS * length as u64).min(8 * OPTIONS.round_entries));
                let due = (length as u64 * since / allowed).min(length as u64) as usize;
                let done = length - round.len();
                prop_assert!(wrote.len() <= due.saturating_sub(done).max(excess), "{} pages", wrote.len());
                prop_assert!(wrote.is_empty() || wrote.len() >= OPTIONS.slice_pages || excess > 0 || since >= allowed);
                prop_assert!(due < done + wrote.len() + OPTIONS.slice_pages);
                prop_assert!(wrote.len() >= excess.min(round.len()));
                let mut left: BTreeSet<u64> = round.drain(..).collect();
                for page in &wrote {
                    prop_assert!(left.remove(page), "page {page} is not of this round, or was written before");
                }
                round.extend(left);
                if since >= allowed {
                    prop_assert!(round.is_empty());
                }
                // The mark moves when the last page is written, to where the journal ended when the round began.
                let moves = round.is_empty() && (length > 0 && !wrote.is_empty() || since >= allowed || excess > 0);
                prop_assert!(mark.is_none() || moves, "a mark before the round's end");
                if let Some(mark) = mark {
                    prop_assert_eq!((mark, sweep.swept()), (end, end));
                }
                if length > 0 && round.is_empty() {
                    prop_assert_eq!(sweep.swept(), end);
                }
            }
            // Closing writes what is left, each page once, and the mark is the journal's end.
            let mut batch = Batch::new();
            sweep.all(&mut desk, last, 60, &mut batch);
            let (wrote, _) = written_twice(&batch);
            let left: BTreeSet<u64> = changed.into_iter().chain(round).collect();
            prop_assert_eq!(wrote, left);
            prop_assert_eq!((sweep.swept(), desk.take_dirty()), (last, vec![]));
            // With nothing new there is nothing to write.
            let mut batch = Batch::new();
            sweep.all(&mut desk, last, 61, &mut batch);
            prop_assert!(batch.is_empty());
        }
    }

    /// The pages of a batch that may end two rounds.
    fn written_twice(batch: &Batch) -> (BTreeSet<u64>, usize) {
        let (mut pages, mut rows) = (BTreeSet::new(), 0);
        for (_, key, _) in batch.changes().filter(|(table, ..)| *table == ROWS) {
            pages.insert(u64::from_be_bytes(key.try_into().unwrap()));
            rows += 1;
        }
        (pages, rows)
    }

    #[test]
    fn mark_is_read_as_it_was_stored_with_the_options_that_are_given() {
        let (store, mut desk) = (MemoryStore::new(), desk_of(2));
        let read = |swept| {
            let sweep = Sweep::read(&*store.snapshot().unwrap(), OPTIONS).unwrap();
            assert_eq!(
                (sweep.swept(), sweep.options.round_entries, sweep.options.slice_pages),
                (Sequence(swept), 40, 3)
            );
        };
        read(0);
        touch(&mut desk, 1, Sequence(9));
        let mut batch = Batch::new();
        Sweep { options: OPTIONS, ..Sweep::default() }.all(&mut desk, Sequence(9), 1, &mut batch);
        store.commit(&batch).unwrap();
        read(9);
    }
}
