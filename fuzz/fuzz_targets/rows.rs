//! Rows of a ledger with any bytes changed and sealed again: see `bodies/rows.rs`.
#![no_main]

#[path = "../bodies/rows.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|data: &[u8]| body::run(data));
