//! How the ledger lies in a store: records as bytes, and where each is kept.
//!
//! Files in reading order: `wire` (values to bytes and back), `entries` (the journal's entries), `rows` (pages of
//! rows), `records` (the cold records), `keys` (tables and keys), `sealed` (version and checksum of every value).
#![allow(dead_code)]

pub(crate) mod entries;
pub(crate) mod keys;
pub(crate) mod records;
pub(crate) mod rows;
pub(crate) mod sealed;
pub(crate) mod wire;
