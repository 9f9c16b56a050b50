//! A small ledger's file with any bytes changed: see `bodies/file.rs`.
#![no_main]

#[path = "../bodies/file.rs"]
mod body;

use std::panic::{AssertUnwindSafe, catch_unwind};

libfuzzer_sys::fuzz_target!(
    // libFuzzer ends the process at any panic, also at redb's, which the ledger catches.
    init: std::panic::set_hook(Box::new(|_| ())),
    |data: &[u8]| {
        // The hook is silent, so what reached us is told here.
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| body::run(data))) {
            let what = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref().copied());
            eprintln!("a panic reached the caller: {}", what.unwrap_or("of unknown content"));
            std::process::abort();
        }
    }
);
