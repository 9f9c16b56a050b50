//! One query's eyes: where accounts stand, the newest snapshot, and the journal's blocks read last.
//!
//! The order of reading matters. Where an account stands is asked of the standings first; only what is not there is
//! read from a snapshot taken after that, since what the standings let go of is durable in the rows by then.

use std::sync::Arc;

use crate::layout::journal::{self, Block, Item};
use crate::layout::keys::{JOURNAL, journal_key};
use crate::layout::wire::Malformed;
use crate::layout::{LayoutError, corrupt, load};
use crate::ledger::error::Error;
use crate::ledger::standings::Standing;
use crate::ledger::view::View;
use crate::ledger::writer::Shared;
use crate::model::{Account, AccountId, Book, BookId, Entry, Sequence, Timestamp};
use crate::rules::{Place, Record, Rejection, Reversed, Row, page_of, row_on_page};
use crate::store::Snapshot;

/// How many blocks of the journal a query keeps: lines that lie near one another are read together.
const BLOCKS: usize = 8;

/// What one query reads through.
pub(super) struct Reader<'a> {
    pub shared: &'a Shared,
    /// Nothing recorded after this is seen.
    pub at: Sequence,
    at_time: Timestamp,
    snapshot: Option<Box<dyn Snapshot>>,
    /// The block read last stands last.
    blocks: Vec<Block>,
    entry: Option<Arc<Entry>>,
    /// An entry that stands in a full block in the snapshot, and so do all before it.
    full: Sequence,
    /// Entries of which none has been reversed: after the first, before the second.
    unreversed: Option<(Sequence, Sequence)>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(view: &'a View) -> Self {
        let (shared, at, at_time) = (view.shared(), view.sequence(), view.recorded_at());
        Self {
            shared,
            at,
            at_time,
            snapshot: None,
            blocks: Vec::new(),
            entry: None,
            full: Sequence::ZERO,
            unreversed: None,
        }
    }

    /// The snapshot of this query, taken when it is first needed.
    pub(super) fn snapshot(&mut self) -> Result<&dyn Snapshot, Error> {
        let snapshot = match self.snapshot.take() {
            Some(snapshot) => snapshot,
            None => self.shared.store.snapshot()?,
        };
        Ok(&**self.snapshot.insert(snapshot))
    }

    /// What lay in a place at the view's sequence.
    pub(super) fn record(&mut self, place: &Place) -> Result<Option<Record>, Error> {
        let at = self.at;
        Ok(load::record(self.snapshot()?, place, at)?)
    }

    pub(super) fn account(&mut self, account: AccountId) -> Result<Arc<Account>, Error> {
        match self.record(&Place::Account(account))? {
            Some(Record::Account(record)) => Ok(record),
            _ => Err(Rejection::AccountNotFound { account }.into()),
        }
    }

    /// A book, as it was at the view's sequence.
    pub(super) fn book(&mut self, book: BookId) -> Result<Arc<Book>, Error> {
        if let Some(known) = self.shared.books.get(book, self.at) {
            return Ok(known);
        }
        match self.record(&Place::Book(book))? {
            Some(Record::Book(record)) => {
                self.shared.books.put(&record, self.at);
                Ok(record)
            }
            _ => Err(Rejection::BookNotFound { book }.into()),
        }
    }

    /// How much of an entry was reversed.
    pub(super) fn reversed(&mut self, original: Sequence) -> Result<Option<Reversed>, Error> {
        // Few entries are: what lies between two of them is asked about once.
        let (before, after) = match self.unreversed {
            Some((before, after)) if before < original && original < after => return Ok(None),
            _ => load::reversed_around(self.snapshot()?, original)?,
        };
        if before < original {
            self.unreversed = Some((before, after));
            return Ok(None);
        }
        match self.record(&Place::Reversed(original))? {
            Some(Record::Reversed(reversed)) => Ok(Some(reversed)),
            _ => Ok(None),
        }
    }

    /// The last identifier that was given out at the view's sequence, of those that `place` makes places of; `most` is
    /// the last given out since. Identifiers are given out in the journal's order.
    pub(super) fn last_id(&mut self, most: u64, place: impl Fn(u64) -> Place) -> Result<u64, Error> {
        let (mut known, mut unknown) = (0, most.saturating_add(1));
        let mut probe = most;
        while unknown - known > 1 {
            if self.record(&place(probe))?.is_some() {
                known = probe;
            } else {
                unknown = probe;
            }
            probe = known + (unknown - known) / 2;
        }
        Ok(known)
    }

    /// Where accounts stand, each as far as standings and rows know: perhaps later than the view.
    pub(super) fn latest(&mut self, accounts: &[AccountId]) -> Result<Vec<Standing>, Error> {
        let known: Vec<_> = accounts.iter().map(|account| self.shared.standings.get(*account)).collect();
        // One that is older than the look at the standings may lack their entries, and the rows that they let go of.
        self.snapshot = None;
        self.unreversed = None;
        let mut page = None;
        let mut standings = Vec::with_capacity(accounts.len());
        for (account, known) in accounts.iter().zip(known) {
            standings.push(match known {
                Some(known) => known,
                None => self.stored(*account, &mut page)?,
            });
        }
        Ok(standings)
    }

    /// Where an account stands by its row. One that has none has no postings yet.
    fn stored(&mut self, account: AccountId, kept: &mut Option<(u64, Vec<Row>)>) -> Result<Standing, Error> {
        let number = page_of(account);
        let rows = match kept.take() {
            Some((page, rows)) if page == number => rows,
            _ => load::page(self.snapshot()?, number)?.unwrap_or_default(),
        };
        let standing = row_on_page(&rows, account).map_or_else(Standing::default, |row| Standing {
            balance: row.tally.balance,
            number: row.tally.number,
            last: row.tally.last,
            last_at: row.tally.last_at,
        });
        *kept = Some((number, rows));
        Ok(standing)
    }

    /// The entry at `sequence`, which lies within the view.
    pub(super) fn entry(&mut self, sequence: Sequence) -> Result<Arc<Entry>, Error> {
        if let Some(entry) = self.entry.as_ref().filter(|entry| entry.sequence == sequence) {
            return Ok(Arc::clone(entry));
        }
        let nearest = self.blocks.iter().filter(|block| block.first <= sequence).max_by_key(|block| block.first);
        let mut found = match nearest {
            Some(block) => journal::entry_in(block, sequence)?,
            None => None,
        };
        if found.is_none()
            && let Some(block) = self.block_of(sequence)?
        {
            found = journal::entry_in(&block, sequence)?;
            if self.blocks.len() >= BLOCKS {
                self.blocks.remove(0);
            }
            self.blocks.push(block);
        }
        let entry = Arc::new(found.ok_or_else(|| broken(sequence, "the entry is missing"))?);
        self.entry = Some(Arc::clone(&entry));
        Ok(entry)
    }

    fn block_of(&mut self, sequence: Sequence) -> Result<Option<Block>, Error> {
        if sequence <= self.full {
            return Ok(journal::full_block_of(self.snapshot()?, sequence)?);
        }
        let block = journal::block_of(self.snapshot()?, sequence)?;
        if let Some(block) = block.as_ref().filter(|block| !block.is_open()) {
            self.full = self.full.max(block.first);
        }
        Ok(block)
    }

    /// The last entry recorded before an instant, within the view; zero if there is none.
    ///
    /// Times ascend with sequences, so the journal's blocks are halved until one block tells.
    pub(super) fn last_before(&mut self, instant: Timestamp) -> Result<Sequence, Error> {
        if self.at == Sequence::ZERO || self.at_time < instant {
            return Ok(self.at);
        }
        let (mut before, mut after) = (0, self.at.0);
        while after - before > 1 {
            let middle = Sequence(before + (after - before) / 2);
            let block = journal::block_of(self.snapshot()?, middle)?;
            let block = block.ok_or_else(|| broken(middle, "the entry is missing"))?;
            let span = after - before;
            for item in block.items()? {
                let malformed = |malformed| corrupt(JOURNAL, &journal_key(block.first), malformed);
                if let Item::Entry { sequence, recorded_at, .. } = item.map_err(malformed)? {
                    if recorded_at < instant {
                        before = before.max(sequence.0);
                    } else {
                        after = after.min(sequence.0);
                        break;
                    }
                }
            }
            if after - before >= span {
                return Err(broken(middle, "the entry is missing"));
            }
        }
        Ok(Sequence(before))
    }
}

/// What the journal says of itself does not fit together.
pub(super) fn broken(sequence: Sequence, what: &'static str) -> Error {
    let error: LayoutError = corrupt(JOURNAL, &journal_key(sequence), Malformed(what));
    error.into()
}

#[cfg(all(test, feature = "faults"))]
mod tests {
    use super::*;
    use crate::ledger::standings::SHARDS;
    use crate::ledger::{Atomicity, Ledger};
    use crate::model::{AccountType, Contact, NewAccount, NewBook, NewClient, NewService};
    use crate::money::Currency;
    use crate::rules::{Credit, PAGE_ROWS};

    #[test]
    fn query_reads_rows_from_after_its_look_at_the_standings() {
        let ledger = Ledger::builder().tight().in_memory().unwrap();
        let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES)).unwrap();
        let owner = Contact::new("Njeri", "njeri@shop.co.ke", "+254700000001");
        let client = ledger.register_client(NewClient::individual("KE", owner)).unwrap();
        let opening = (0..2 * SHARDS * PAGE_ROWS).map(|_| NewAccount::new(client.id, book.id, AccountType::WORKING));
        let opened = ledger.submit_batch(opening.map(Into::into).collect(), Atomicity::Each).unwrap();
        assert!(opened.iter().all(Result::is_ok));
        let service = ledger.define_service(NewService::new(client.id, book.id, "SALES")).unwrap().id;
        let mut keys = 0;
        let mut credit = |page: u64| {
            keys += 1;
            let (account, money) = (AccountId(page * PAGE_ROWS), book.money("1").unwrap());
            let given = Credit::new(account, service, money, format!("{keys}"));
            (account, page, ledger.credit(given).unwrap().sequence())
        };
        // A row that is behind: only the standings know of the posting.
        let behind = (2..SHARDS).map(&mut credit).find(|(account, _, posted)| {
            let row = Reader::new(&ledger.view().unwrap()).stored(*account, &mut None).unwrap();
            let standing = ledger.shared.standings.get(*account);
            row.last < *posted && standing.is_some_and(|standing| standing.last == *posted)
        });
        let (account, page, posted) = behind.unwrap();
        let view = ledger.view().unwrap();
        // Only the first of these two has a snapshot from before the row is written back and its standing let go of.
        let (mut early, mut late) = (Reader::new(&view), Reader::new(&view));
        assert!(early.stored(account, &mut None).unwrap().last < posted);
        let others: Vec<_> = (2..SHARDS).filter(|other| *other != page).map(&mut credit).collect();
        assert_eq!(others.len() as u64, SHARDS - 3);
        credit(page + SHARDS);
        assert_eq!(ledger.shared.standings.get(account), None, "nothing was let go of");
        for reader in [&mut late, &mut early] {
            let latest = reader.latest(&[account]).unwrap();
            assert_eq!((latest[0].last, latest[0].number), (posted, 1));
        }
    }
}
