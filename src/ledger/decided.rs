//! The entries that have been decided and are not durable yet.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::layout::entries::encode_entry;
use crate::model::{Details, Effect, Entry, Event, Sequence};

/// The entries of one batch, in order. They are shared with the receipts, and made bytes when the batch is written.
#[derive(Debug, Default)]
pub(super) struct Decided {
    entries: Vec<Arc<Entry>>,
    /// About how many bytes they will be.
    weight: usize,
}

/// How much had been decided at some moment; for taking back what came after.
#[derive(Clone, Copy, Debug)]
pub(super) struct DecidedMark {
    entries: usize,
    weight: usize,
}

impl Decided {
    pub(super) fn with_capacity(entries: usize) -> Self {
        Self { entries: Vec::with_capacity(entries), weight: 0 }
    }

    pub(super) fn push(&mut self, entry: &Arc<Entry>) {
        self.weight = self.weight.saturating_add(weight(entry));
        self.entries.push(Arc::clone(entry));
    }

    pub(super) const fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// About how many bytes the entries will be.
    pub(super) const fn weight(&self) -> usize {
        self.weight
    }

    pub(super) fn entries(&self) -> &[Arc<Entry>] {
        &self.entries
    }

    pub(super) fn into_entries(self) -> std::vec::IntoIter<Arc<Entry>> {
        self.entries.into_iter()
    }

    /// The entry of a sequence, if it is one of these.
    pub(super) fn get(&self, sequence: Sequence) -> Option<&Arc<Entry>> {
        let first = self.entries.first()?.sequence;
        self.entries.get(usize::try_from(sequence.0.checked_sub(first.0)?).ok()?)
    }

    pub(super) const fn mark(&self) -> DecidedMark {
        DecidedMark { entries: self.entries.len(), weight: self.weight }
    }

    pub(super) fn truncate(&mut self, mark: DecidedMark) {
        self.entries.truncate(mark.entries);
        self.weight = mark.weight;
    }
}

/// The entries of batches that nobody looks back at any more.
///
/// They are let go of one by one as others come, by the thread that makes these: it uses their memory again while it is
/// warm, and asks for none that another thread is giving back. What is too much to be kept for that goes while the core
/// is locked.
#[derive(Debug, Default)]
pub(super) struct Spent {
    /// What each batch weighed, and what is left of it.
    batches: VecDeque<(usize, std::vec::IntoIter<Arc<Entry>>)>,
    weight: usize,
}

impl Spent {
    /// Takes a batch over, and lets go at once of the oldest of those that weigh more than `most` together: entries
    /// that come may be much larger than those that go for them.
    pub(super) fn add(&mut self, batch: Arc<Decided>, most: usize) {
        // Whoever else has the batch lets go of it.
        if let Ok(batch) = Arc::try_unwrap(batch) {
            self.weight = self.weight.saturating_add(batch.weight());
            self.batches.push_back((batch.weight(), batch.into_entries()));
        }
        while self.weight > most && !self.batches.is_empty() {
            self.pop();
        }
    }

    pub(super) fn let_go_of_one(&mut self) {
        while let Some((_, entries)) = self.batches.front_mut() {
            if entries.next().is_some() {
                return;
            }
            self.pop();
        }
    }

    fn pop(&mut self) {
        let weight = self.batches.pop_front().map_or(0, |(weight, _)| weight);
        self.weight = self.weight.saturating_sub(weight);
    }
}

/// About how many bytes an entry will be, which is some fifth of what it takes in memory. What may be large is measured;
/// the rest has small bounds.
fn weight(entry: &Entry) -> usize {
    const ENTRY: usize = 64;
    /// Of records, few bytes are many fields in memory, most of them empty.
    const RECORD: usize = 192;
    const POSTING: usize = 48;
    const EFFECT: usize = 64;
    match &entry.event {
        Event::Posted(posted) if posted.effects.iter().all(is_small) => {
            let texts = posted.details.as_deref().map_or(0, texts);
            let names = entry.key.as_deref().map_or(0, str::len) + entry.actor.as_deref().map_or(0, str::len);
            let lines = entry.postings.len().saturating_mul(POSTING);
            let effects = (posted.effects.len() + posted.crossed.len()).saturating_mul(EFFECT);
            [ENTRY, names, texts, lines, effects].into_iter().fold(0, usize::saturating_add)
        }
        _ => {
            let mut bytes = Vec::new();
            encode_entry(entry, &mut bytes);
            bytes.len().saturating_add(RECORD)
        }
    }
}

const fn is_small(effect: &Effect) -> bool {
    !matches!(effect, Effect::Payout { .. })
}

fn texts(details: &Details) -> usize {
    const PARTY: usize = 1 << 10;
    let narrative = details.narrative.as_deref().map_or(0, str::len);
    let facts = details.metadata.iter().map(|(key, value)| key.len().saturating_add(value.len()));
    let references = details.references.iter().map(|reference| reference.kind.len().saturating_add(reference.id.len()));
    let parties = details.from.iter().chain(&details.to).map(|_| PARTY);
    facts.chain(references).chain(parties).fold(narrative, usize::saturating_add)
}

#[cfg(test)]
mod tests {
    use std::sync::Weak;

    use super::*;
    use crate::ledger::{Atomicity, Ledger};
    use crate::model::NewBook;
    use crate::money::Currency;

    /// Batches of so many entries, each committed by itself, and how many of all these entries are still in memory.
    fn alive_after(batches: usize, entries: usize) -> usize {
        let ledger = Ledger::in_memory().unwrap();
        let mut all: Vec<Weak<Entry>> = Vec::new();
        for batch in 0..batches {
            let books = (0..entries).map(|at| NewBook::live(format!("book {batch} {at}"), Currency::KES).into());
            let opened = ledger.submit_batch(books.collect(), Atomicity::Each).unwrap();
            assert!(opened.iter().all(Result::is_ok));
            let core = ledger.shared.core().unwrap();
            all.extend(core.flights.iter().last().unwrap().entries.entries().iter().map(Arc::downgrade));
        }
        assert_eq!(all.len(), batches * entries);
        all.iter().filter(|entry| entry.strong_count() > 0).count()
    }

    #[test]
    fn entries_of_batches_that_are_long_durable_are_let_go_of() {
        // The last 32 batches are kept, and there may be one on its way.
        for (batches, entries) in [(40, 1), (200, 1), (100, 7)] {
            let alive = alive_after(batches, entries);
            assert!((32 * entries..=34 * entries).contains(&alive), "{alive} of {batches} batches of {entries}");
        }
    }

    #[test]
    fn spent_entries_are_bounded_though_larger_ones_come_for_smaller_ones() {
        let ledger = Ledger::in_memory().unwrap();
        let opened = |name: String| ledger.execute(NewBook::live(name, Currency::KES)).unwrap().entry().clone();
        let (small, large) = (opened("a".to_owned()), opened("b".repeat(200)));
        let batch = |entry: &Entry, count: usize| {
            let mut batch = Decided::default();
            (0..count).for_each(|_| batch.push(&Arc::new(entry.clone())));
            Arc::new(batch)
        };
        let (mut spent, most) = (Spent::default(), 100 * weight(&small));
        spent.add(batch(&small, 90), most);
        let mut all: Vec<Weak<Entry>> = Vec::new();
        for _ in 0..500 {
            // One goes, one comes.
            spent.let_go_of_one();
            let batch = batch(&large, 1);
            all.extend(batch.entries().iter().map(Arc::downgrade));
            spent.add(batch, most);
            let alive = all.iter().filter(|entry| entry.strong_count() > 0).count();
            assert!(alive * weight(&large) <= most, "{alive} large entries");
        }
        assert!(all.iter().any(|entry| entry.strong_count() > 0));
        // A batch that is too large by itself goes at once.
        let batch = batch(&large, 100);
        let last = Arc::downgrade(&batch.entries()[99]);
        spent.add(batch, most);
        assert_eq!((last.strong_count(), spent.weight, spent.batches.len()), (0, 0, 0));
    }
}
