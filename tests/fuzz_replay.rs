//! The fuzz targets' corpora, replayed on stable Rust: what the targets do is in `fuzz/bodies`, and the inputs that lead
//! them everywhere they have been so far are in `fuzz/corpus`. An input that failed once is kept there too.
//!
//! `PACIOLI_FUZZ_INPUT=path cargo test --all-features --test fuzz_replay` gives each body that one file.
#![cfg(feature = "json")]
// Each body brings the golden world along, as it is a program by itself elsewhere.
#![allow(clippy::duplicate_mod)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, missing_docs, unreachable_pub)]

#[path = "../fuzz/bodies/approvals.rs"]
mod approvals;
#[path = "../fuzz/bodies/commands.rs"]
mod commands;
#[path = "../fuzz/bodies/dumps.rs"]
mod dumps;
#[path = "../fuzz/bodies/file.rs"]
mod file;
#[path = "../fuzz/bodies/imports.rs"]
mod imports;
#[path = "../fuzz/bodies/lists.rs"]
mod lists;
#[path = "../fuzz/bodies/money.rs"]
mod money;
#[path = "../fuzz/bodies/rows.rs"]
mod rows;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};

/// The inputs of a target, in the order of their names.
fn corpus(target: &str) -> Vec<PathBuf> {
    if let Some(path) = std::env::var_os("PACIOLI_FUZZ_INPUT") {
        return vec![PathBuf::from(path)];
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort_unstable();
    assert!(paths.len() >= 5, "{} has {} inputs", folder.display(), paths.len());
    paths
}

fn replay(target: &str, body: fn(&[u8])) {
    body(&[]);
    for path in corpus(target) {
        let input = std::fs::read(&path).unwrap();
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| body(&input))) {
            println!("{target}: {} fails", path.display());
            resume_unwind(panic);
        }
    }
}

#[test]
fn commands_by_chance_break_nothing() {
    replay("commands", commands::run);
}

#[test]
fn text_as_money_is_refused_or_read() {
    replay("money", money::run);
}

#[test]
fn changed_files_are_told_or_harmless() {
    replay("file", file::run);
}

#[test]
fn changed_rows_are_told_or_harmless() {
    replay("rows", rows::run);
}

#[test]
fn text_as_imports_is_refused_or_taken_in() {
    replay("imports", imports::run);
}

#[test]
fn signatures_that_are_not_the_right_one_count_for_nothing() {
    replay("approvals", approvals::run);
}

#[test]
fn changed_dumps_are_refused_or_harmless() {
    replay("dumps", dumps::run);
}

#[test]
fn text_as_cursors_and_filters_is_answered() {
    replay("lists", lists::run);
}
