//! Any signatures and keys for a payout: see `bodies/approvals.rs`.
#![no_main]

#[path = "../bodies/approvals.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|data: &[u8]| body::run(data));
