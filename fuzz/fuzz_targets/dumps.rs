//! A dump with any lines changed: see `bodies/dumps.rs`.
#![no_main]

#[path = "../bodies/dumps.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|data: &[u8]| body::run(data));
