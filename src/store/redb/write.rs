//! Writing a batch into a redb transaction.

use super::super::{Batch, StoreError, Table};
use super::errors;
use super::tables::{Bytes, table_name};
use ::redb::{ReadableTable, TableDefinition, WriteTransaction};

/// Checks the batch's expectation and writes its changes, opening each table once.
pub(super) fn write(transaction: &WriteTransaction, prefix: &str, batch: &Batch) -> Result<(), StoreError> {
    let mut tables = Tables { transaction, prefix, open: Vec::new() };
    if let Some(expected) = batch.expected() {
        let last = tables.open(expected.table)?.last().map_err(errors::storage)?;
        if !expected.holds(last.as_ref().map(|(key, value)| (key.value(), value.value()))) {
            return Err(StoreError::Conflict { table: expected.table.0 });
        }
    }
    for (table, key, value) in batch.changes() {
        let rows = tables.open(table)?;
        match value {
            Some(value) => rows.insert(key, value).map_err(errors::storage)?,
            None => rows.remove(key).map_err(errors::storage)?,
        };
    }
    Ok(())
}

/// The tables that a write transaction has opened so far.
struct Tables<'t> {
    transaction: &'t WriteTransaction,
    prefix: &'t str,
    open: Vec<(Table, ::redb::Table<'t, Bytes, Bytes>)>,
}

impl<'t> Tables<'t> {
    fn open(&mut self, table: Table) -> Result<&mut ::redb::Table<'t, Bytes, Bytes>, StoreError> {
        // From the end: a change most often goes to the table of the one before.
        let place = match self.open.iter().rposition(|(name, _)| *name == table) {
            Some(place) => place,
            None => {
                let name = table_name(self.prefix, table)?;
                let rows = self.transaction.open_table(TableDefinition::new(&name)).map_err(errors::table)?;
                self.open.push((table, rows));
                self.open.len().saturating_sub(1)
            }
        };
        match self.open.get_mut(place) {
            Some((_, rows)) => Ok(rows),
            None => Err(StoreError::Engine { reason: "an open table is missing".to_owned() }),
        }
    }
}
