//! Any commands against a ledger in memory: see `bodies/commands.rs`.
#![no_main]

#[path = "../bodies/commands.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|data: &[u8]| body::run(data));
