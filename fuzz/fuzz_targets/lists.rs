//! Any text as a cursor, a filter or a name: see `bodies/lists.rs`.
#![no_main]

#[path = "../bodies/lists.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|data: &[u8]| body::run(data));
