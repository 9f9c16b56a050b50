//! Torture: the power is cut, disks fail, bytes rot, processes die and threads race, at every place there is.
//!
//! ```text
//! cargo test --release --all-features --test torture -- --nocapture            # push: about three minutes
//! PACIOLI_TORTURE=nightly cargo test --release --all-features --test torture -- --nocapture     # hours
//! PACIOLI_TORTURE=soak    cargo test --release --all-features --test torture -- --nocapture     # days
//! PACIOLI_TORTURE_SEED=7  cargo test --release --all-features --test torture power_cuts         # that run again
//! ```
//!
//! Each test ends by printing `torture NAME cases=N failures=0 seed=S seconds=T`; one that fails prints the seed and the
//! case. Without `--release` each does a small part of it.
//!
//! | module | what it does |
//! |---|---|
//! | `tier` | how much of each, random numbers, the line at the end, a watch for what hangs |
//! | `workload` | commands of every kind, and what a ledger that was given only the first of them looks like |
//! | `power` | power cuts at every write, once, twice and three times; in both commit modes; while a file is created |
//! | `failures` | the kth operation of the disk fails, in every way, under every call |
//! | `corruption` | bytes of the file are changed behind the ledger's back |
//! | `memory` | what a ledger that has outgrown its budget keeps in memory |
//! | `processes` | real processes are killed, real disks are full |
//! | `racing` | sixteen threads, one key; money that goes round; readers that sum it up |
//! | `boundaries` | the ends of every range |
//! | `simulation` | whole lives of a ledger with several callers, by seeds: clocks that jump, a disk that fails, answers that are lost |
//! | `clocks` | clocks that stop, jump and go back |
#![cfg(feature = "faults")]
// The helpers are tests too, which clippy cannot see; a torture test says what it has done.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, missing_docs, unreachable_pub)]

mod torture {
    mod boundaries;
    mod clocks;
    mod corruption;
    mod failures;
    mod memory;
    mod power;
    mod processes;
    mod racing;
    // Of which this needs a part.
    #[allow(clippy::field_reassign_with_default, dead_code)]
    #[path = "../model/mod.rs"]
    mod model;
    mod simulation;
    mod tier;
    mod workload;

    use model::random;
}
