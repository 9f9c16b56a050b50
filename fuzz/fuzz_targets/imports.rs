//! Any text as an import in each form: see `bodies/imports.rs`.
#![no_main]

#[path = "../bodies/imports.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|data: &[u8]| body::run(data));
