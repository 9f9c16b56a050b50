//! What one commit writes: puts and removals in named tables, and what it expects to find.

use std::sync::Arc;

/// A table's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Table(pub &'static str);

/// What the end of a table must be for a batch to be written: the fence against a second writer.
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

/// A table, a key, and the value or `None` for a removal.
type Change = (Table, Box<[u8]>, Option<Arc<[u8]>>);

/// Changes that are applied atomically, in the order in which they were added.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    expected: Option<Expected>,
    changes: Vec<Change>,
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

    /// Writes `value` under `key`.
    pub fn put(&mut self, table: Table, key: impl Into<Box<[u8]>>, value: impl Into<Arc<[u8]>>) {
        self.changes.push((table, key.into(), Some(value.into())));
    }

    /// Removes `key`, if it is there.
    pub fn remove(&mut self, table: Table, key: impl Into<Box<[u8]>>) {
        self.changes.push((table, key.into(), None));
    }

    /// The condition, if there is one.
    pub fn expected(&self) -> Option<&Expected> {
        self.expected.as_ref()
    }

    /// The changes in order: table, key, and the value or `None` for a removal.
    pub fn changes(&self) -> impl Iterator<Item = (Table, &[u8], Option<&Arc<[u8]>>)> {
        self.changes.iter().map(|(table, key, value)| (*table, &**key, value.as_ref()))
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
