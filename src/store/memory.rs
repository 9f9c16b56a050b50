//! A store that lives in memory: for tests, simulations and ledgers that need not outlive the process.
//!
//! Each key keeps the versions that some live snapshot can still see, so a snapshot costs nothing to take, a commit
//! costs what it changes, and a version is dropped with the last snapshot that needs it.

use super::{Batch, Order, Pair, Snapshot, Store, StoreError, Table, Visit, holds_nothing};
use parking_lot::RwLock;
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::ops::Bound;
use std::sync::Arc;

/// A store in memory; clones are the same store.
///
/// Nothing survives the last clone: `commit` is atomic and ordered, but durable only as far as memory is.
///
/// ```
/// use pacioli::store::{Batch, MemoryStore, Store, Table};
///
/// let store = MemoryStore::new();
/// let before = store.snapshot()?;
/// let mut batch = Batch::new();
/// batch.put(Table("names"), "a", "Amina");
/// store.clone().commit(&batch)?; // a clone is the same store
/// assert_eq!(before.get(Table("names"), b"a")?, None); // a snapshot never changes
/// assert!(store.snapshot()?.get(Table("names"), b"a")?.is_some());
/// # Ok::<(), pacioli::store::StoreError>(())
/// ```
#[derive(Clone, Default)]
pub struct MemoryStore {
    state: Arc<RwLock<State>>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Contents stay out of logs.
        f.debug_struct("MemoryStore").finish_non_exhaustive()
    }
}

impl Store for MemoryStore {
    fn snapshot(&self) -> Result<Box<dyn Snapshot>, StoreError> {
        let mut state = self.state.write();
        let number = state.committed;
        *state.live.entry(number).or_default() += 1;
        Ok(Box::new(MemorySnapshot { state: Arc::clone(&self.state), number }))
    }

    fn commit(&self, batch: &Batch) -> Result<(), StoreError> {
        let mut state = self.state.write();
        if let Some(expected) = batch.expected() {
            let last = state.at_or_before(expected.table, Bound::Unbounded, state.committed);
            if !expected.holds(last.map(|(key, value)| (&**key, &**value))) {
                return Err(StoreError::Conflict { table: expected.table.0 });
            }
        }
        state.apply(batch);
        state.prune();
        Ok(())
    }
}

type Key = Arc<[u8]>;

/// One value of a key, from the commit with this number on; `None` once removed.
struct Version {
    number: u64,
    value: Option<Arc<[u8]>>,
}

/// All tables, with the versions that live snapshots see.
#[derive(Default)]
struct State {
    /// The number of the last commit.
    committed: u64,
    /// Versions of each key in rising order of number; never empty.
    tables: BTreeMap<Table, BTreeMap<Key, Vec<Version>>>,
    /// How many snapshots look at each commit.
    live: BTreeMap<u64, usize>,
    /// Keys to prune once no snapshot looks at a commit before the number; in rising order of number.
    superseded: VecDeque<(u64, Table, Key)>,
}

impl State {
    fn apply(&mut self, batch: &Batch) {
        self.committed = self.committed.saturating_add(1);
        let number = self.committed;
        for (table, key, value) in batch.changes() {
            let rows = self.tables.entry(table).or_default();
            let Some(versions) = rows.get_mut(key) else {
                if let Some(value) = value {
                    rows.insert(key.into(), vec![Version { number, value: Some(Arc::from(value)) }]);
                }
                continue;
            };
            let value = value.map(Arc::from);
            match versions.last_mut() {
                // A later change of the same batch: nobody has seen the earlier one.
                Some(version) if version.number == number => version.value = value,
                Some(_) | None => versions.push(Version { number, value }),
            }
            self.superseded.push_back((number, table, key.into()));
        }
    }

    /// Drops what no live snapshot and no later one can see.
    fn prune(&mut self) {
        let oldest = self.live.keys().next().copied().unwrap_or(self.committed);
        while self.superseded.front().is_some_and(|(number, ..)| *number <= oldest) {
            let Some((_, table, key)) = self.superseded.pop_front() else {
                return;
            };
            let Some(rows) = self.tables.get_mut(&table) else {
                continue;
            };
            let Some(versions) = rows.get_mut(&key) else {
                continue;
            };
            let unseen = versions.iter().rposition(|version| version.number <= oldest).unwrap_or(0);
            versions.drain(..unseen);
            if let [Version { value: None, number }] = &**versions
                && *number <= oldest
            {
                rows.remove(&key);
            }
        }
    }

    /// The last pair at or before the bound, as of the commit `number`.
    fn at_or_before(&self, table: Table, to: Bound<&[u8]>, number: u64) -> Option<(&Key, &Arc<[u8]>)> {
        let rows = self.tables.get(&table)?;
        rows.range::<[u8], _>((Bound::Unbounded, to))
            .rev()
            .find_map(|(key, versions)| Some((key, visible(versions, number)?)))
    }

    /// Up to `count` pairs between the bounds, as of the commit `number`.
    fn pairs(
        &self,
        table: Table,
        bounds: (Bound<&[u8]>, Bound<&[u8]>),
        order: Order,
        number: u64,
        count: usize,
    ) -> Vec<(Key, Arc<[u8]>)> {
        let Some(rows) = self.tables.get(&table) else {
            return Vec::new();
        };
        let range = rows.range::<[u8], _>(bounds);
        let pair =
            |(key, versions): (&Key, &Vec<Version>)| Some((Arc::clone(key), Arc::clone(visible(versions, number)?)));
        match order {
            Order::Ascending => range.filter_map(pair).take(count).collect(),
            Order::Descending => range.rev().filter_map(pair).take(count).collect(),
        }
    }
}

/// The value as of the commit `number`.
fn visible(versions: &[Version], number: u64) -> Option<&Arc<[u8]>> {
    versions.iter().rev().find(|version| version.number <= number)?.value.as_ref()
}

/// The tables as of one commit.
struct MemorySnapshot {
    state: Arc<RwLock<State>>,
    number: u64,
}

/// How many pairs a scan takes at a time: few at first, for a visit that breaks early.
const SCAN_PAIRS_FIRST: usize = 8;
const SCAN_PAIRS_MAX: usize = 256;

impl Snapshot for MemorySnapshot {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Arc<[u8]>>, StoreError> {
        let state = self.state.read();
        let versions = state.tables.get(&table).and_then(|rows| rows.get(key));
        Ok(versions.and_then(|versions| visible(versions, self.number)).cloned())
    }

    fn scan(
        &self,
        table: Table,
        from: Bound<&[u8]>,
        to: Bound<&[u8]>,
        order: Order,
        visit: &mut Visit<'_>,
    ) -> Result<(), StoreError> {
        let mut count = SCAN_PAIRS_FIRST;
        let mut reached: Option<Key> = None;
        loop {
            let bounds = match (&reached, order) {
                (None, _) => (from, to),
                (Some(key), Order::Ascending) => (Bound::Excluded(&**key), to),
                (Some(key), Order::Descending) => (from, Bound::Excluded(&**key)),
            };
            if holds_nothing(bounds.0, bounds.1) {
                return Ok(());
            }
            // The lock is not held during visits, which may commit to this very store.
            let pairs = self.state.read().pairs(table, bounds, order, self.number, count);
            for (key, value) in &pairs {
                if visit(key, value).is_break() {
                    return Ok(());
                }
            }
            if pairs.len() < count {
                return Ok(());
            }
            reached = pairs.into_iter().next_back().map(|(key, _)| key);
            count = count.saturating_mul(2).min(SCAN_PAIRS_MAX);
        }
    }

    fn at_or_before(&self, table: Table, key: &[u8]) -> Result<Option<Pair>, StoreError> {
        let state = self.state.read();
        let found = state.at_or_before(table, Bound::Included(key), self.number);
        Ok(found.map(|(key, value)| (Box::from(&**key), Arc::clone(value))))
    }
}

impl Drop for MemorySnapshot {
    fn drop(&mut self) {
        let mut state = self.state.write();
        if let Some(count) = state.live.get_mut(&self.number) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                state.live.remove(&self.number);
                state.prune();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: Table = Table("rows");

    fn write(store: &MemoryStore, key: u8, value: Option<u8>) {
        let mut batch = Batch::new();
        match value {
            Some(value) => batch.put(ROWS, [key], [value]),
            None => batch.remove(ROWS, [key]),
        }
        store.commit(&batch).unwrap();
    }

    fn versions(store: &MemoryStore) -> usize {
        let state = store.state.read();
        state.tables.values().flat_map(|rows| rows.values()).map(Vec::len).sum()
    }

    #[test]
    fn versions_go_with_the_snapshots_that_need_them() {
        let store = MemoryStore::new();
        write(&store, 1, Some(1));
        let old = store.snapshot().unwrap();
        for value in 2..10 {
            write(&store, 1, Some(value));
        }
        write(&store, 2, Some(1));
        write(&store, 2, None);
        assert!(versions(&store) > 1);
        assert_eq!(old.get(ROWS, &[1]).unwrap().as_deref(), Some(&[1_u8][..]));
        drop(old);
        assert_eq!(versions(&store), 1);
        assert!(store.state.read().superseded.is_empty());
    }

    #[test]
    fn without_snapshots_only_the_last_version_stays() {
        let store = MemoryStore::new();
        for value in 0..100 {
            write(&store, value % 7, Some(value));
            write(&store, 99, Some(value));
            write(&store, 99, None);
        }
        assert_eq!(versions(&store), 7);
    }
}
