//! What one commit writes: puts and removals in named tables, and what it expects to find.

/// A table's name.
///
/// ```
/// use pacioli::store::{Batch, Table};
///
/// let names = Table("names"); // which a store may put a prefix before
/// let mut batch = Batch::new();
/// batch.put(names, "a", "Amina");
/// assert_eq!(batch.changes().next(), Some((names, &b"a"[..], Some(&b"Amina"[..]))));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Table(pub &'static str);

/// What the end of a table must be for a batch to be written: the fence against a second writer.
///
/// ```
/// use pacioli::store::{Batch, Expected, MemoryStore, Store, StoreError, Table};
///
/// let (store, log) = (MemoryStore::new(), Table("log"));
/// let first = || {
///     let mut batch = Batch::new();
///     batch.put(log, "1", "first");
///     batch.expect(Expected { table: log, last: None }); // only if the table is empty
///     batch
/// };
/// store.commit(&first())?;
/// assert!(matches!(store.commit(&first()), Err(StoreError::Conflict { .. })));
/// # Ok::<(), StoreError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// The table whose last pair is looked at.
    pub table: Table,
    /// The last key, and how its value must end; `None` when the table must be empty.
    pub last: Option<(Vec<u8>, Vec<u8>)>,
}

impl Expected {
    /// Whether the table ends as expected, `last` being its last pair.
    pub fn holds(&self, last: Option<(&[u8], &[u8])>) -> bool {
        match (&self.last, last) {
            (None, None) => true,
            (Some((key, end)), Some((found_key, found_value))) => key == found_key && found_value.ends_with(end),
            (None, Some(_)) | (Some(_), None) => false,
        }
    }
}

/// A change: its key lies in the batch's bytes, and its value right behind the key, unless it is a removal.
#[derive(Clone, Copy, Debug)]
struct Change {
    table: Table,
    at: usize,
    key_bytes: usize,
    value_bytes: Option<usize>,
}

/// Changes that are applied atomically, in the order in which they were added.
///
/// ```
/// use pacioli::store::{Batch, MemoryStore, Store, Table};
///
/// let (store, names) = (MemoryStore::new(), Table("names"));
/// let mut batch = Batch::new();
/// batch.put(names, "a", "Amina");
/// batch.remove(names, "b");
/// assert_eq!(batch.len(), 2);
/// store.commit(&batch)?; // all of it, or nothing
/// assert_eq!(store.snapshot()?.get(names, b"a")?.as_deref(), Some(&b"Amina"[..]));
/// # Ok::<(), pacioli::store::StoreError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Batch {
    expected: Option<Expected>,
    /// All keys and values, one behind the other: many small changes are one block of memory.
    bytes: Vec<u8>,
    changes: Vec<Change>,
}

/// How much was in a batch at some moment; for taking back what came after.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BatchMark {
    bytes: usize,
    changes: usize,
}

impl Batch {
    /// An empty batch.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes the batch conditional on the end of a table.
    pub fn expect(&mut self, expected: Expected) {
        self.expected = Some(expected);
    }

    /// An empty batch with room for as much as another holds.
    pub(crate) fn like(other: &Self) -> Self {
        let (bytes, changes) = (Vec::with_capacity(other.bytes.len()), Vec::with_capacity(other.changes.len()));
        Self { expected: None, bytes, changes }
    }

    /// Writes `value` under `key`.
    pub fn put(&mut self, table: Table, key: impl AsRef<[u8]>, value: impl AsRef<[u8]>) {
        let (at, key, value) = (self.bytes.len(), key.as_ref(), value.as_ref());
        self.bytes.extend_from_slice(key);
        self.bytes.extend_from_slice(value);
        self.changes.push(Change { table, at, key_bytes: key.len(), value_bytes: Some(value.len()) });
    }

    /// Removes `key`, if it is there.
    pub fn remove(&mut self, table: Table, key: impl AsRef<[u8]>) {
        let (at, key) = (self.bytes.len(), key.as_ref());
        self.bytes.extend_from_slice(key);
        self.changes.push(Change { table, at, key_bytes: key.len(), value_bytes: None });
    }

    /// Adds another batch's changes behind these. What the other expects is not taken over.
    pub(crate) fn append(&mut self, other: &Self) {
        let from = self.bytes.len();
        self.bytes.extend_from_slice(&other.bytes);
        self.changes
            .extend(other.changes.iter().map(|change| Change { at: from.saturating_add(change.at), ..*change }));
    }

    pub(crate) fn mark(&self) -> BatchMark {
        BatchMark { bytes: self.bytes.len(), changes: self.changes.len() }
    }

    /// Takes back the changes that were added after the mark.
    pub(crate) fn truncate(&mut self, mark: BatchMark) {
        self.bytes.truncate(mark.bytes);
        self.changes.truncate(mark.changes);
    }

    /// The condition, if there is one.
    pub fn expected(&self) -> Option<&Expected> {
        self.expected.as_ref()
    }

    /// The changes in order: table, key, and the value or `None` for a removal.
    pub fn changes(&self) -> impl Iterator<Item = (Table, &[u8], Option<&[u8]>)> {
        self.changes.iter().map(|change| {
            let pair = self.bytes.get(change.at..).unwrap_or_default();
            let (key, behind) = pair.split_at_checked(change.key_bytes).unwrap_or_default();
            let value = change.value_bytes.map(|bytes| behind.get(..bytes).unwrap_or_default());
            (change.table, key, value)
        })
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// How many changes there are.
    pub fn len(&self) -> usize {
        self.changes.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: Table = Table("rows");

    fn told(batch: &Batch) -> Vec<(&[u8], Option<&[u8]>)> {
        batch.changes().map(|(_, key, value)| (key, value)).collect()
    }

    #[test]
    fn changes_come_back_in_their_order() {
        let mut batch = Batch::new();
        batch.put(ROWS, b"key", b"value");
        batch.remove(ROWS, b"gone");
        batch.put(ROWS, b"", b"");
        let expected: [(&[u8], Option<&[u8]>); 3] = [(b"key", Some(b"value")), (b"gone", None), (b"", Some(b""))];
        assert_eq!((told(&batch), batch.len()), (expected.to_vec(), 3));

        let mut other = Batch::like(&batch);
        assert!(other.is_empty());
        other.put(ROWS, b"first", b"1");
        other.append(&batch);
        assert_eq!((told(&other)[0], &told(&other)[1..]), ((&b"first"[..], Some(&b"1"[..])), &expected[..]));
    }

    #[test]
    fn what_came_after_a_mark_is_taken_back() {
        let mut batch = Batch::new();
        batch.put(ROWS, b"kept", b"1");
        let mark = batch.mark();
        batch.put(ROWS, b"taken back", b"2");
        batch.truncate(mark);
        batch.put(ROWS, b"later", b"3");
        assert_eq!(told(&batch), [(&b"kept"[..], Some(&b"1"[..])), (b"later", Some(b"3"))]);
    }
}
