//! Any text as money, a rate, an identifier or an instant: see `bodies/money.rs`.
#![no_main]

#[path = "../bodies/money.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|data: &[u8]| body::run(data));
