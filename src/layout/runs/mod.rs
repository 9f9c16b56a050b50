//! The index of names: which entries name a digest, of a key, a reference, a counterparty, a fact or a settled hold, as
//! sorted immutable runs.
//!
//! A multimap from digest to journal sequence, only ever added to, and derived from the journal: what memory held
//! is inserted again when the ledger is opened. New pairs go to a memtable; full memtables are flushed to runs, and
//! runs are merged in tiers, both in slices that are small beside the commits that carry them. A lookup asks the
//! memtables and each run's filter, and reads storage only where a filter says that the digest may be there.
//!
//! # What is stored
//!
//! | table | key | value |
//! |---|---|---|
//! | `runs` | run (u32), first digest (16), first sequence (u64), big-endian | a chunk: see `chunk` |
//! | `filters` | run (u32), row (u32), big-endian | 62 filter blocks of 64 bytes |
//! | `manifest` | `runs` | every run and its state: see `manifest` |
//!
//! Every value starts with a version and ends with a CRC-32C of its table, its key and itself.
//!
//! # Why nothing is missed
//!
//! A pair is in a memtable until the commit that completes its run is durable; then a single exchange of the shared
//! [`view`] puts the run in the memtable's place. In the same way a merged run takes the place of its inputs. The chunks of an
//! input are removed only when no view that names it is alive, so whoever takes a view, and then a snapshot, finds
//! all that the view names. Each chunk names the pair that follows it, so a lost chunk is noticed.
//!
//! This layer knows no money, reads no clock and starts no thread. Files in reading order: `error`, `pair`,
//! `options`, `seal`, `chunk`, `filter`, `run`, `memtable`, `view` (how readers see all of it),
//! `writer`, `flush`, `merge`, `removal`, `manifest`, `allowance`, `index` (the owner's handle).

mod allowance;
mod chunk;
mod error;
mod filter;
mod flush;
mod index;
mod manifest;
mod memtable;
mod merge;
mod options;
mod pair;
mod removal;
mod run;
mod seal;
mod view;
mod writer;

#[cfg(test)]
mod tests;

#[allow(unused_imports)]
pub(crate) use {error::RunsError, index::Runs, options::RunsOptions, pair::Digest, view::RunsReader, view::Snapshots};
