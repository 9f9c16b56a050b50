//! Changes collected before they join the owner's batch, so that a failure leaves the batch as it was.

use crate::store::{Batch, Table};

/// Puts and removals in order.
#[derive(Debug, Default)]
pub(super) struct Writes(Vec<(Table, Vec<u8>, Option<Vec<u8>>)>);

impl Writes {
    /// Writes `value` under `key`.
    pub(super) fn put(&mut self, table: Table, key: Vec<u8>, value: Vec<u8>) {
        self.0.push((table, key, Some(value)));
    }

    /// Removes `key`.
    pub(super) fn remove(&mut self, table: Table, key: Vec<u8>) {
        self.0.push((table, key, None));
    }

    /// Moves all changes to the end of `batch`.
    pub(super) fn join(self, batch: &mut Batch) {
        for (table, key, value) in self.0 {
            match value {
                Some(value) => batch.put(table, key, value),
                None => batch.remove(table, key),
            }
        }
    }
}
