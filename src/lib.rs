//! An embeddable, in-process double-entry ledger engine: SQLite for money.

pub mod layout;
pub mod money;
pub mod store;
