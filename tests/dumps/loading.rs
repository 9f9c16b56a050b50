//! Dumps of random ledgers, loaded again: the same digests, numbers, texts and balances; and dumps that were changed,
//! which are refused by their line.

use std::path::Path;

use pacioli::prelude::*;
use pacioli::{AccountFilter, Hash, LoadError};

use crate::worlds;

fn dumped(ledger: &Ledger) -> Vec<u8> {
    let mut dump = Vec::new();
    let head = ledger.dump(&mut dump, &mut |_| ()).unwrap();
    assert_eq!(head, verified(ledger));
    dump
}

fn verified(ledger: &Ledger) -> Hash {
    let verification = ledger.verify_all().unwrap();
    assert!(verification.is_sound(), "{verification:?}");
    verification.head
}

fn load(path: &Path, dump: &[u8]) -> Result<Ledger, LoadError> {
    Ledger::builder().load(path, dump, &mut |_| ())
}

/// Everything that the two can be asked for is the same.
fn agree(one: &Ledger, other: &Ledger) {
    assert_eq!((one.identity(), verified(one)), (other.identity(), verified(other)));
    let (one, other) = (one.view().unwrap(), other.view().unwrap());
    assert_eq!(one.sequence(), other.sequence());
    let mut after = None;
    loop {
        let entries = one.entries(after, Listing::MOST).unwrap();
        assert!(entries == other.entries(after, Listing::MOST).unwrap(), "entries after {after:?}");
        for entry in &entries.items {
            let found = other.entry_keyed(entry.client, entry.key.as_deref().unwrap_or_default()).unwrap();
            assert!(entry.key.is_none() || found.as_ref() == Some(entry), "the key of entry {}", entry.sequence);
        }
        after = entries.items.last().map(|entry| entry.sequence);
        if entries.next.is_none() {
            break;
        }
    }
    let pages = |view: &View| {
        let accounts = view.accounts(AccountFilter::All, Listing::first(1_000)).unwrap().items;
        let clients = view.clients(Listing::first(1_000)).unwrap().items;
        let counterparties: Vec<_> =
            clients.iter().map(|client| view.counterparties(client.id, Listing::first(1_000)).unwrap().items).collect();
        (accounts, clients, counterparties, view.books().unwrap())
    };
    assert_eq!(pages(&one), pages(&other));
}

#[test]
fn random_ledgers_are_loaded_as_they_were() {
    for (seed, commands) in worlds() {
        println!("PACIOLI_MODEL_SEED={seed}");
        let (directory, ledger) = crate::ledger(seed, commands);
        let dump = dumped(&ledger);
        let copy = load(&directory.path().join("copy.redb"), &dump).unwrap();
        agree(&ledger, &copy);
        assert_eq!(dumped(&copy), dump, "seed {seed}");
        copy.close().unwrap();
        agree(&ledger, &Ledger::open(directory.path().join("copy.redb")).unwrap());
    }
}

/// A ledger with texts, of which some are erased.
fn small() -> Ledger {
    let ledger = Ledger::in_memory().unwrap();
    let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES)).unwrap();
    let contact = |name: &str| Contact::new(name, "n@shop.example", "+254700000001");
    let njeri = ledger.register_client(NewClient::individual("KE", contact("Njeri"))).unwrap();
    let wanjiku = ledger.register_client(NewClient::individual("KE", contact("Wanjiku"))).unwrap();
    let till = ledger.open_account(NewAccount::new(njeri.id, book.id, AccountType::WORKING)).unwrap();
    let sales = ledger.define_service(NewService::new(njeri.id, book.id, "SALES")).unwrap();
    ledger.credit(Credit::new(till.id, sales.id, book.money("100.00").unwrap(), "SALE-1")).unwrap();
    ledger.erase_client(wanjiku.id).unwrap();
    ledger.credit(Credit::new(till.id, sales.id, book.money("1.00").unwrap(), "SALE-2")).unwrap();
    ledger
}

/// The line that a changed dump is refused for, and why.
fn refused(dump: &str) -> (u64, String) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("copy.redb");
    let error = load(&path, dump.as_bytes()).unwrap_err();
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0, "nothing is left behind");
    match error {
        LoadError::Refused { line, what } => (line, what),
        other => panic!("{other}"),
    }
}

#[test]
fn what_was_erased_stays_erased() {
    let dump = String::from_utf8(dumped(&small())).unwrap();
    assert!(dump.contains("Njeri") && !dump.contains("Wanjiku"));
    let directory = tempfile::tempdir().unwrap();
    let copy = load(&directory.path().join("copy.redb"), dump.as_bytes()).unwrap();
    let view = copy.view().unwrap();
    let clients = view.clients(Listing::default()).unwrap().items;
    assert!(clients[1].personal.erased_at.is_some());
    assert_eq!(clients[0].contact.name, "Njeri");
}

#[test]
fn every_changed_line_is_refused_by_its_number() {
    let dump = String::from_utf8(dumped(&small())).unwrap();
    let lines: Vec<&str> = dump.lines().collect();
    let with = |at: usize, line: &str| {
        let mut changed: Vec<&str> = lines.clone();
        changed[at] = line;
        changed.join("\n")
    };
    let find = |text: &str| lines.iter().position(|line| line.contains(text)).unwrap();
    // A digit of an amount, in what is read.
    let sale = find("SALE-1");
    let (line, what) = refused(&with(sale, &lines[sale].replacen("\"amount\":\"10000\"", "\"amount\":\"10001\"", 1)));
    assert_eq!((line, what.as_str()), (sale as u64 + 1, "the entry does not say what its body says"));
    // Each line taken away, doubled, or put in another's place.
    for at in 0..lines.len() {
        let mut without = lines.clone();
        without.remove(at);
        refused(&without.join("\n"));
        let mut twice = lines.clone();
        twice.insert(at, lines[at]);
        let told = refused(&twice.join("\n"));
        assert!(told.0 as usize > at, "{told:?}");
    }
    // Each digit of a digest, a body, a salt.
    let commit = find("\"commit\"");
    let (line, what) = refused(&with(commit, &lines[commit].replacen("\"commit\":\"", "\"commit\":\"0", 1)));
    assert_eq!((line, what.as_str()), (commit as u64 + 1, "it is not a line of a dump"));
    // Digests differ from run to run: whatever its first digit is, it becomes another.
    let digest = "{\"commit\":\"".len();
    let other = if lines[commit].as_bytes()[digest] == b'0' { "1" } else { "0" };
    let other = [&lines[commit][..digest], other, &lines[commit][digest + 1..]].concat();
    assert_eq!(refused(&with(commit, &other)).0, commit as u64 + 1);
    let texts = find("Njeri");
    let (line, what) = refused(&with(texts, &lines[texts].replace("Njeri", "Njeru")));
    assert_eq!((line, what.as_str()), (texts as u64 + 2, "the texts before it are not what the entry committed to"));
    // A dump that stops, or goes on.
    let (line, what) = refused(&lines[..lines.len() - 1].join("\n"));
    assert_eq!((line, what.as_str()), (lines.len() as u64, "the dump ends before its last line"));
    let more = format!("{dump}\n");
    assert_eq!(refused(&more).1, "the dump goes on after its last line");
    // Another version, and what is no dump at all.
    assert!(refused(&with(0, &lines[0].replace("\"version\":1", "\"version\":2"))).1.contains("version 2"));
    assert_eq!(refused("").1, "it is not the first line of a dump");
}

#[test]
fn texts_that_were_erased_are_not_brought_back_by_an_old_dump() {
    let ledger = Ledger::in_memory().unwrap();
    let client = NewClient::individual("KE", Contact::new("Wanjiku", "w@shop.example", "+254700000001"));
    let client = ledger.register_client(client).unwrap();
    let before = String::from_utf8(dumped(&ledger)).unwrap();
    ledger.erase_client(client.id).unwrap();
    let after = String::from_utf8(dumped(&ledger)).unwrap();
    let texts = before.lines().find(|line| line.contains("Wanjiku")).unwrap();
    let mut lines: Vec<&str> = after.lines().collect();
    lines.insert(1, texts);
    let (line, what) = refused(&lines.join("\n"));
    assert_eq!((line, what.as_str()), (5, "the texts of line 2 are those that this entry has erased"));
    // And texts that are missing without having been erased are missed.
    let without: Vec<&str> = before.lines().filter(|line| !line.contains("Wanjiku")).collect();
    assert_eq!(refused(&without.join("\n")).1, "personal texts are missing that no entry has erased");
}

#[test]
fn nothing_that_is_there_is_overwritten() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("books.redb");
    std::fs::write(&path, "mine").unwrap();
    assert!(matches!(load(&path, &dumped(&small())), Err(LoadError::Ledger(_))));
    assert_eq!(std::fs::read(&path).unwrap(), b"mine");
}
