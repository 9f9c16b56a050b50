//! How the ledger's records lie in the store: keys, values and the structures derived from the journal.

#[allow(dead_code)]
pub(crate) mod runs;
