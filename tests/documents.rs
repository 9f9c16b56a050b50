//! The documents lead nowhere that is not there. Their programs run with the documentation's tests (`src/lib.rs`).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::fs;
use std::path::{Path, PathBuf};

/// All documents below a folder.
fn documents(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            found.extend(documents(&path));
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    }
    found
}

/// What a document links to, without pages elsewhere.
fn links(text: &str) -> Vec<&str> {
    let ends = text.match_indices("](").map(|(at, _)| &text[at + 2..]);
    let links = ends.filter_map(|rest| rest.split_once(')')).map(|(link, _)| link);
    links.filter(|link| !link.contains("://") && !link.contains(char::is_whitespace)).collect()
}

/// A heading as the places in a page are called.
fn anchor(heading: &str) -> String {
    let words = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = words.chars().filter(|letter| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_'));
    kept.map(|letter| if letter == ' ' { '-' } else { letter }).collect()
}

#[test]
fn every_link_leads_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut followed = 0;
    for document in documents(root) {
        let text = fs::read_to_string(&document).unwrap();
        for link in links(&text) {
            let (file, place) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { document.clone() } else { document.parent().unwrap().join(file) };
            let story = format!("{} links to {link}", document.display());
            assert!(target.exists(), "{story}, which is not there");
            if !place.is_empty() {
                let there = fs::read_to_string(&target).unwrap();
                let headings = there.lines().filter(|line| line.starts_with('#')).map(anchor);
                assert!(headings.into_iter().any(|heading| heading == place), "{story}: there is no such heading");
            }
            followed += 1;
        }
    }
    assert!(followed > 20, "only {followed} links were found");
}

/// The sources of the library, but for the inspector's.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("bin") {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// The public functions of a type in a source file, each with whether its documentation has an example.
fn calls(source: &str, of: &str) -> Vec<(String, bool)> {
    let (mut found, mut within, mut example) = (Vec::new(), false, false);
    for line in source.lines() {
        if line.starts_with("impl") {
            within = line.starts_with(&format!("impl {of}")) && line.ends_with('{');
        } else if line == "}" {
            within = false;
        }
        let text = line.trim_start();
        if text.starts_with("///") {
            example |= text.starts_with("/// ```");
        } else if let Some((_, function)) = text.split_once("fn ") {
            if within && text.starts_with("pub ") {
                let name = function.split(|letter: char| !(letter.is_alphanumeric() || letter == '_')).next();
                found.push((name.unwrap().to_owned(), example));
            }
            example = false;
        } else if !text.starts_with("#[") && !text.starts_with(')') {
            example = false;
        }
    }
    found
}

#[test]
fn every_call_of_the_handles_has_an_example() {
    let files = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    let texts: Vec<String> = files.into_iter().map(|file| fs::read_to_string(file).unwrap()).collect();
    let handles =
        ["Ledger {", "LedgerBuilder {", "View {", "Transaction<", "Ticket {", "BatchTicket {", "Subscription {"];
    for handle in handles {
        let calls: Vec<(String, bool)> = texts.iter().flat_map(|text| calls(text, handle)).collect();
        assert!(!calls.is_empty(), "{handle} has no calls");
        let bare: Vec<&String> = calls.iter().filter(|(_, example)| !example).map(|(name, _)| name).collect();
        assert!(bare.is_empty(), "without an example: {bare:?} of {handle}");
    }
}
