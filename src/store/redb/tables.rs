//! How our tables are named and typed in redb.

use super::super::{StoreError, Table};

/// The type of every key and value.
pub(super) type Bytes = &'static [u8];

/// The name of a table, under a prefix.
pub(super) fn table_name(prefix: &str, table: Table) -> Result<String, StoreError> {
    if table.0.is_empty() {
        // Also the name of the mark that `create` leaves.
        return Err(StoreError::Engine { reason: "a table has no name".to_owned() });
    }
    Ok(format!("{prefix}{}", table.0))
}
