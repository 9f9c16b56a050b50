//! A picture of the tables, over one redb read transaction.
//!
//! Each table is opened when it is first asked for, and once; a table that nobody has written reads as empty.

use super::super::{Order, Pair, Snapshot, StoreError, Table, Visit, holds_nothing};
use super::errors::{self, Stop};
use super::tables::{Bytes, table_name};
use ::redb::{ReadOnlyTable, ReadTransaction, TableDefinition, TableError};
use parking_lot::RwLock;
use std::ops::Bound;
use std::sync::Arc;

type Rows = Option<Arc<ReadOnlyTable<Bytes, Bytes>>>;

/// The tables as of one commit.
pub(super) struct RedbSnapshot {
    transaction: ReadTransaction,
    prefix: Arc<str>,
    opened: RwLock<Vec<(Table, Rows)>>,
    stop: Stop,
}

impl RedbSnapshot {
    pub(super) fn new(transaction: ReadTransaction, prefix: Arc<str>, stop: Stop) -> Self {
        Self { transaction, prefix, opened: RwLock::default(), stop }
    }

    fn rows(&self, table: Table) -> Result<Rows, StoreError> {
        if let Some((_, rows)) = self.opened.read().iter().find(|(name, _)| *name == table) {
            return Ok(rows.clone());
        }
        let name = table_name(&self.prefix, table)?;
        let rows =
            self.stop.at_damage(|| match self.transaction.open_table(TableDefinition::<Bytes, Bytes>::new(&name)) {
                Ok(rows) => Ok(Some(Arc::new(rows))),
                Err(TableError::TableDoesNotExist(_)) => Ok(None),
                Err(error) => Err(errors::table(error)),
            })?;
        let mut opened = self.opened.write();
        // Two threads may have opened it at once: both see the same rows, one copy is kept.
        if !opened.iter().any(|(name, _)| *name == table) {
            opened.push((table, rows.clone()));
        }
        Ok(rows)
    }
}

impl Snapshot for RedbSnapshot {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Arc<[u8]>>, StoreError> {
        let Some(rows) = self.rows(table)? else {
            return Ok(None);
        };
        self.stop.at_damage(|| {
            let value = rows.get(key).map_err(errors::storage)?;
            Ok(value.map(|value| Arc::from(value.value())))
        })
    }

    fn scan(
        &self,
        table: Table,
        from: Bound<&[u8]>,
        to: Bound<&[u8]>,
        order: Order,
        visit: &mut Visit<'_>,
    ) -> Result<(), StoreError> {
        if holds_nothing(from, to) {
            return Ok(());
        }
        let Some(rows) = self.rows(table)? else {
            return Ok(());
        };
        let mut range = self.stop.at_damage(|| rows.range::<&[u8]>((from, to)).map_err(errors::storage))?;
        loop {
            let pair = self.stop.at_damage(|| match order {
                Order::Ascending => range.next().transpose().map_err(errors::storage),
                Order::Descending => range.next_back().transpose().map_err(errors::storage),
            })?;
            let Some((key, value)) = pair else {
                return Ok(());
            };
            let (key, value) = self.stop.at_damage(|| Ok((key.value(), value.value())))?;
            if visit(key, value).is_break() {
                return Ok(());
            }
        }
    }

    fn at_or_before(&self, table: Table, key: &[u8]) -> Result<Option<Pair>, StoreError> {
        let Some(rows) = self.rows(table)? else {
            return Ok(None);
        };
        self.stop.at_damage(|| {
            let mut range = rows.range::<&[u8]>(..=key).map_err(errors::storage)?;
            let pair = range.next_back().transpose().map_err(errors::storage)?;
            Ok(pair.map(|(key, value)| (Box::from(key.value()), Arc::from(value.value()))))
        })
    }
}
