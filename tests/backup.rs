//! Backups and compaction: copies that are the original, of ledgers wherever they lie, and never anything half done.
//!
//! Power cuts, kills and full disks are in `torture/backups.rs`.

// The helpers are tests too, which clippy cannot see.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::ops::{Bound, ControlFlow};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use pacioli::prelude::*;
use pacioli::store::{
    Batch, CommitMode, DEFAULT_PREFIX, MemoryStore, Order, RedbOptions, RedbStore, Store, StoreError, Table,
};
use pacioli::{
    Backup, BackupError, BackupOptions, BackupProgress, Compaction, Hash, LayoutError, PartyRequest, Verification,
};
use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition, TableHandle};

/// The host's own table.
const ORDERS: TableDefinition<'static, u64, &'static str> = TableDefinition::new("orders");

fn kes(minor: i128) -> Money {
    Currency::KES.minor(minor).unwrap()
}

fn person(name: &str) -> NewClient {
    NewClient::individual("KE", Contact::new(name, format!("{name}@x.example"), "+254700000001"))
}

/// A small business: four wallets `7` to `10`, some sales, a client who is there and one who was erased.
fn business(ledger: &Ledger) {
    let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES)).unwrap();
    let client = ledger.register_client(person("Njeri")).unwrap();
    let erased = ledger.register_client(person("Wanjiku")).unwrap();
    for _ in 0..4 {
        ledger.open_account(NewAccount::new(client.id, book.id, AccountType::WORKING)).unwrap();
    }
    ledger.define_service(NewService::new(client.id, book.id, "SALES").narrative_required(false)).unwrap();
    sales(ledger, "first", 40);
    ledger.erase_client(erased.id).unwrap();
}

fn sales(ledger: &Ledger, series: &str, count: u64) {
    let sale =
        |at| Credit::new(AccountId(7 + at % 4), ServiceId(1), kes(100 + i128::from(at)), format!("{series} {at}"));
    let commands = (0..count).map(|at| sale(at).referring("order", format!("{at}")).into()).collect();
    for answer in ledger.submit_batch(commands, Atomicity::Each).unwrap() {
        answer.unwrap();
    }
}

fn verified(ledger: &Ledger) -> Verification {
    let verification = ledger.verify_all().unwrap();
    assert_eq!(verification.finding, None);
    verification
}

/// What is in a ledger, as far as this business goes: the head proves all of it, the rest that it is found and shown.
fn shown(view: &View) -> Vec<String> {
    let mut shown = vec![format!("{:?}", view.trial_balance(BookId(1)).unwrap())];
    for account in (7..=10).map(AccountId) {
        shown.push(format!("{:?}", view.balance(account).unwrap()));
        shown.push(format!("{:?}", view.statement(account).all().unwrap()));
    }
    shown.push(format!("{:?}", view.clients(Listing::default()).unwrap().items));
    shown.push(format!("{:?}", view.entries_referring("order", "3", Listing::default()).unwrap().items));
    shown
}

/// Every row under a prefix, by the names of the tables.
fn rows(database: &Database, prefix: &str) -> BTreeMap<(String, Vec<u8>), Vec<u8>> {
    let transaction = database.begin_read().unwrap();
    let mut rows = BTreeMap::new();
    for table in transaction.list_tables().unwrap().filter(|table| table.name().starts_with(prefix)) {
        let name = table.name().to_owned();
        let table = transaction.open_table(TableDefinition::<&[u8], &[u8]>::new(&name)).unwrap();
        for row in table.iter().unwrap() {
            let (key, value) = row.unwrap();
            let name = name.trim_start_matches(prefix).to_owned();
            rows.insert((name, key.value().to_vec()), value.value().to_vec());
        }
    }
    rows
}

fn listed(directory: &Path) -> Vec<String> {
    let names = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort_unstable();
    names
}

/// A backup of this ledger is this ledger, and both go on by themselves.
fn backs_up(ledger: &Ledger) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("copy.redb");
    let before = verified(ledger);
    let backup = ledger.backup(&path).unwrap();
    assert_eq!(listed(directory.path()), ["copy.redb"]);
    assert_eq!((backup.sequence, backup.head), (Sequence(before.entries), before.head));
    assert_eq!(backup.bytes, Some(fs::metadata(&path).unwrap().len()));
    assert!(backup.verified && backup.rows > 30, "{backup:?}");

    let copy = Ledger::builder().existing().check_on_open().open(&path).unwrap();
    assert_eq!((copy.identity(), verified(&copy)), (ledger.identity(), before));
    assert_eq!(shown(&copy.view().unwrap()), shown(&ledger.view().unwrap()));
    // A command of before is known in the copy, a new one is carried out in each.
    let again = Credit::new(AccountId(7), ServiceId(1), kes(100), "first 0").referring("order", "0");
    assert!(copy.credit(again.clone()).unwrap().is_replayed());
    sales(&copy, "copy", 3);
    sales(ledger, "original", 5);
    assert_eq!(verified(&copy).entries + 2, verified(ledger).entries);
    copy.close().unwrap();
}

#[test]
fn ledger_in_a_file_is_backed_up() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(directory.path().join("books.redb")).unwrap();
    business(&ledger);
    backs_up(&ledger);
}

#[test]
fn ledger_in_memory_is_backed_up() {
    let ledger = Ledger::in_memory().unwrap();
    business(&ledger);
    backs_up(&ledger);
}

#[test]
fn ledger_over_a_backend_is_backed_up() {
    let ledger = Ledger::builder().on_backend(redb::backends::InMemoryBackend::new()).unwrap();
    business(&ledger);
    backs_up(&ledger);
}

#[test]
fn ledger_in_the_hosts_database_is_backed_up_without_the_hosts_tables() {
    let directory = tempfile::tempdir().unwrap();
    let host = Arc::new(Database::create(directory.path().join("host.redb")).unwrap());
    let write = host.begin_write().unwrap();
    write.open_table(ORDERS).unwrap().insert(1, "an order of the host's").unwrap();
    write.commit().unwrap();
    let other = Ledger::builder().prefix("other/").within(Arc::clone(&host)).unwrap();
    let ledger = Ledger::builder().prefix("shop/").within(Arc::clone(&host)).unwrap();
    business(&ledger);
    business(&other);
    backs_up(&ledger);

    let path = directory.path().join("copy.redb");
    ledger.backup(&path).unwrap();
    let copy = Database::open(&path).unwrap();
    let theirs = |table: &str| !table.starts_with(DEFAULT_PREFIX);
    assert_eq!(copy.begin_read().unwrap().list_tables().unwrap().filter(|table| theirs(table.name())).count(), 0);
    assert_eq!(rows(&copy, DEFAULT_PREFIX), rows(&host, "shop/"));
}

#[test]
fn ledger_without_entries_is_backed_up() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = Ledger::in_memory().unwrap();
    let backup = ledger.backup(directory.path().join("copy.redb")).unwrap();
    assert_eq!((backup.sequence, backup.head, backup.rows), (Sequence::ZERO, Hash([0; 32]), 1));
    let copy = Ledger::open(directory.path().join("copy.redb")).unwrap();
    assert_eq!(copy.identity(), ledger.identity());
    business(&copy);
}

/// Every row, also of the index and of pages that were swept: with settings under which all of that happens at once.
#[cfg(feature = "faults")]
#[test]
fn every_row_is_copied_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let (original, path) = (directory.path().join("books.redb"), directory.path().join("copy.redb"));
    let ledger = Ledger::builder().tight().open(&original).unwrap();
    business(&ledger);
    sales(&ledger, "more", 700);
    ledger.close().unwrap();
    let ledger = Ledger::builder().tight().open(&original).unwrap();
    let backup = ledger.backup(&path).unwrap();
    ledger.close().unwrap();
    let (original, copy) = (Database::open(original).unwrap(), Database::open(path).unwrap());
    let rows_of = |database| rows(database, DEFAULT_PREFIX);
    assert_eq!(rows_of(&copy).len() as u64, backup.rows);
    assert!(rows_of(&copy) == rows_of(&original));
    for table in ["runs", "filters", "manifest", "rows", "state", "facts"] {
        let has = rows_of(&copy).keys().any(|(name, _)| name == table);
        assert_eq!(has, table != "facts", "{table}");
    }
}

#[test]
fn backup_while_four_threads_write_is_the_view_at_its_end() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(directory.path().join("books.redb")).unwrap();
    business(&ledger);
    let (over, mut backups) = (AtomicBool::new(false), Vec::new());
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (ledger, over) = (&ledger, &over);
            scope.spawn(move || {
                for round in 0..10_000 {
                    if over.load(Ordering::Relaxed) {
                        break;
                    }
                    sales(ledger, &format!("{thread}/{round}"), 1 + thread * 20);
                }
            });
        }
        for number in 0..4 {
            let path = directory.path().join(format!("copy {number}.redb"));
            // Between the snapshot and the copying commands go on for a while.
            let mut waited = false;
            let backup = ledger.backup_with(&path, &BackupOptions::default(), &mut |_| {
                if !std::mem::replace(&mut waited, true) {
                    let end = ledger.view().unwrap().sequence();
                    while ledger.view().unwrap().sequence().0 < end.0 + 100 {
                        std::thread::yield_now();
                    }
                }
                ControlFlow::Continue(())
            });
            backups.push((path, backup.unwrap()));
        }
        over.store(true, Ordering::Relaxed);
    });
    let end = ledger.view().unwrap().sequence();
    for (path, Backup { sequence, head, .. }) in backups {
        assert!(sequence < end, "commands went on");
        let copy = Ledger::open(&path).unwrap();
        let looked_back = ledger.view_at(sequence).unwrap();
        assert_eq!(copy.view().unwrap().sequence(), sequence);
        assert_eq!(shown(&copy.view().unwrap()), shown(&looked_back));
        assert_eq!(verified(&copy).head, head);
        assert_eq!(verified(&looked_back.fork().unwrap()).head, head);
    }
}

#[test]
fn taken_path_is_refused_and_left_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let original = directory.path().join("books.redb");
    let ledger = Ledger::open(&original).unwrap();
    business(&ledger);
    let taken = directory.path().join("taken");
    fs::write(&taken, "a letter").unwrap();
    fs::create_dir(directory.path().join("folder")).unwrap();
    let before = listed(directory.path());
    for name in ["taken", "folder", "books.redb"] {
        let refused = ledger.backup(directory.path().join(name)).unwrap_err();
        assert!(is_io(&refused, ErrorKind::AlreadyExists), "{name}: {refused:?}");
    }
    let refused = ledger.backup(directory.path().join("no/such/folder/copy.redb")).unwrap_err();
    assert!(is_io(&refused, ErrorKind::NotFound), "{refused:?}");
    assert!(ledger.backup("").is_err());
    #[cfg(unix)]
    {
        let link = directory.path().join("link");
        std::os::unix::fs::symlink("nowhere", &link).unwrap();
        let refused = ledger.backup(&link).unwrap_err();
        assert!(matches!(store_error(&refused), Some(StoreError::Unusable { .. })), "{refused:?}");
        fs::remove_file(link).unwrap();
    }
    assert_eq!(fs::read_to_string(&taken).unwrap(), "a letter");
    assert_eq!(listed(directory.path()), before);
    backs_up(&ledger);
}

fn store_error(error: &BackupError) -> Option<&StoreError> {
    match error {
        BackupError::Ledger(Error::Failed(LayoutError::Store(error))) => Some(error),
        _ => None,
    }
}

fn is_io(error: &BackupError, kind: ErrorKind) -> bool {
    matches!(store_error(error), Some(StoreError::Io(error)) if error.kind() == kind)
}

/// A backup gets its name by a second link to the file; a process that died before it had removed the first left both, and
/// nobody removed the odd one: whoever came to that path again was refused before looking.
#[test]
fn second_name_that_a_dead_backup_has_left_goes_with_the_next_to_its_path() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(directory.path().join("books.redb")).unwrap();
    business(&ledger);
    let copy = directory.path().join("copy.redb");
    let head = ledger.backup(&copy).unwrap().head;
    let odd = directory.path().join(".copy.redb.7-0.unfinished");
    fs::hard_link(&copy, &odd).unwrap();
    let refused = ledger.backup(&copy).unwrap_err();
    assert!(is_io(&refused, ErrorKind::AlreadyExists), "{refused:?}");
    assert!(!odd.exists());
    // Or with opening it.
    #[cfg(unix)]
    fs::hard_link(&copy, &odd).unwrap();
    let copy = Ledger::builder().existing().open(&copy).unwrap();
    assert!(!odd.exists());
    assert_eq!(verified(&copy).head, head);
}

#[test]
fn backup_that_is_broken_off_leaves_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = Ledger::in_memory().unwrap();
    business(&ledger);
    // More than is verified between two reports.
    sales(&ledger, "many", 20_000);
    let mut told = Vec::new();
    let mut attempt = |verifying: bool| {
        ledger.backup_with(directory.path().join("copy.redb"), &BackupOptions::default(), &mut |progress| {
            told.push(progress);
            match progress {
                BackupProgress::Verifying(_) => ControlFlow::Break(()),
                _ if verifying => ControlFlow::Continue(()),
                _ => ControlFlow::Break(()),
            }
        })
    };
    for verifying in [false, true] {
        let broken_off = attempt(verifying);
        assert!(matches!(broken_off, Err(BackupError::BrokenOff)), "{broken_off:?}");
        assert_eq!(listed(directory.path()), [""; 0]);
    }
    assert!(
        told.iter().any(|progress| matches!(progress, BackupProgress::Verifying(progress) if progress.of > 20_000))
    );
    verified(&ledger);
}

/// Several batches, each of which is told.
#[test]
fn large_ledger_is_copied_in_batches() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = Ledger::in_memory().unwrap();
    business(&ledger);
    let narrative = "rent ".repeat(90);
    for round in 0..20 {
        let sale = |at| Credit::new(AccountId(7), ServiceId(1), kes(100), format!("{round} {at}")).narrated(&narrative);
        ledger.submit_batch((0..1_000).map(|at| sale(at).into()).collect(), Atomicity::Each).unwrap();
    }
    let mut told = Vec::new();
    let options = BackupOptions::default().unverified();
    let backup = ledger
        .backup_with(directory.path().join("copy.redb"), &options, &mut |progress| {
            told.extend(match progress {
                BackupProgress::Copying { rows, bytes } => Some((rows, bytes)),
                _ => None,
            });
            ControlFlow::Continue(())
        })
        .unwrap();
    assert!(!backup.verified);
    assert!(told.len() >= 3 && told.is_sorted() && told.last().unwrap().0 == backup.rows, "{told:?}");
    let (held, bytes) = (told.last().unwrap().1, backup.bytes.unwrap());
    assert!(bytes < held * 5 / 4, "{bytes} bytes of file for {held} bytes of rows");
    let copy = Ledger::open(directory.path().join("copy.redb")).unwrap();
    assert_eq!(verified(&copy), verified(&ledger));
}

/// Pieces of a text in a file, wherever they lie.
fn pieces(path: &Path, text: &str) -> usize {
    let bytes = fs::read(path).unwrap();
    bytes.windows(text.len()).filter(|piece| *piece == text.as_bytes()).count()
}

/// Two thousand clients, half of whom are erased; closed.
fn half_erased(path: &Path) {
    let ledger = Ledger::open(path).unwrap();
    business(&ledger);
    let clients = (0..2_000).map(|_| person("Achieng").into()).collect();
    let clients = ledger.submit_batch(clients, Atomicity::Each).unwrap();
    let clients = clients.into_iter().map(|answer| answer.unwrap().client().unwrap());
    let erase = |client| Command::from(PartyRequest::Erase(Erase::Client(client)));
    ledger.submit_batch(clients.step_by(2).map(erase).collect(), Atomicity::Each).unwrap();
    ledger.close().unwrap();
}

#[test]
fn erased_texts_are_in_neither_a_backup_nor_a_compacted_file() {
    let directory = tempfile::tempdir().unwrap();
    let (path, copy) = (directory.path().join("books.redb"), directory.path().join("copy.redb"));
    half_erased(&path);
    let before = fs::metadata(&path).unwrap().len();
    // Of each in four texts: name and address, of the client and of the contact.
    let held = 4 * 1_000;
    assert!(pieces(&path, "Achieng") > held, "the engine leaves what was erased in freed pages");
    let ledger = Ledger::open(&path).unwrap();
    ledger.backup(&copy).unwrap();
    let head = verified(&ledger).head;
    ledger.close().unwrap();
    assert_eq!((pieces(&copy, "Achieng"), pieces(&copy, "Wanjiku")), (held, 0));
    assert!(fs::metadata(&copy).unwrap().len() < before);

    // Why the engine's own compaction is not what compacts a ledger.
    let in_place = directory.path().join("in place.redb");
    fs::copy(&path, &in_place).unwrap();
    Database::open(&in_place).unwrap().compact().unwrap();
    assert!(pieces(&in_place, "Achieng") > held);

    let compaction = Ledger::builder().compact(&path).unwrap();
    assert_eq!((pieces(&path, "Achieng"), pieces(&path, "Wanjiku")), (held, 0));
    let Compaction { bytes_before, bytes_after, head: now, verified: proved, .. } = compaction;
    assert!(proved && now == head && bytes_before == before && bytes_after < before);
    assert_eq!(bytes_after, fs::metadata(&path).unwrap().len());
    let ledger = Ledger::open(&path).unwrap();
    assert_eq!(verified(&ledger).head, head);
    sales(&ledger, "after", 10);
    assert!(verified(&ledger).is_sound());
}

#[test]
fn compacted_file_has_the_same_rows_and_is_never_longer() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("books.redb");
    let ledger = Ledger::open(&path).unwrap();
    business(&ledger);
    ledger.close().unwrap();
    let read = || rows(&Database::open(&path).unwrap(), DEFAULT_PREFIX);
    let before = read();
    let first = Ledger::builder().compact(&path).unwrap();
    assert!(first.bytes_after <= first.bytes_before, "{first:?}");
    assert!(read() == before);
    let second = Ledger::builder().compact(&path).unwrap();
    assert!(second.bytes_after <= second.bytes_before, "{second:?}");
    assert!(read() == before);
    assert_eq!(listed(directory.path()), ["books.redb"]);
}

#[test]
fn ledger_that_is_open_is_not_compacted() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("books.redb");
    let ledger = Ledger::open(&path).unwrap();
    business(&ledger);
    let refused = Ledger::builder().compact(&path).unwrap_err();
    assert!(matches!(store_error(&refused), Some(StoreError::AlreadyOpen)), "{refused:?}");
    verified(&ledger);
    ledger.close().unwrap();
    // Nor can one that is being compacted be opened.
    let mut tried = 0;
    let compacted = Ledger::builder().compact_with(&path, &BackupOptions::default(), &mut |_| {
        let opened = Ledger::open(&path);
        assert!(matches!(opened, Err(Error::Failed(LayoutError::Store(StoreError::AlreadyOpen)))), "{opened:?}");
        tried += 1;
        ControlFlow::Continue(())
    });
    compacted.unwrap();
    assert!(tried > 0);
}

/// Only the host could copy its own tables, and a compaction that left them out would lose them.
#[test]
fn file_with_tables_of_the_hosts_own_is_backed_up_and_not_compacted() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("books.redb");
    let ledger = Ledger::open(&path).unwrap();
    business(&ledger);
    let multimap = redb::MultimapTableDefinition::<u64, u64>::new("customers of orders");
    let with_theirs = |ledger: &Ledger, which: usize| {
        ledger.transaction(|transaction| {
            let tables = transaction.tables()?;
            match which {
                0 => drop(tables.open_table(ORDERS)?.insert(1, "an order of the host's")?),
                _ => {
                    tables.delete_table(ORDERS)?;
                    tables.open_multimap_table(multimap)?.insert(1, 2)?;
                }
            }
            Ok::<_, Error>(())
        })
    };
    let mut ledger = Some(ledger);
    for (which, name) in ["orders", "customers of orders"].into_iter().enumerate() {
        let opened = ledger.take().unwrap_or_else(|| Ledger::open(&path).unwrap());
        with_theirs(&opened, which).unwrap();
        opened.backup(directory.path().join("copy.redb")).unwrap();
        fs::remove_file(directory.path().join("copy.redb")).unwrap();
        opened.close().unwrap();
        let before = fs::metadata(&path).unwrap().len();
        let refused = Ledger::builder().compact(&path).unwrap_err();
        assert!(
            matches!(store_error(&refused), Some(StoreError::HostsTables { table }) if table == name),
            "{refused:?}"
        );
        assert_eq!(
            (listed(directory.path()), fs::metadata(&path).unwrap().len()),
            (vec!["books.redb".to_owned()], before)
        );
    }
    let database = Database::open(&path).unwrap();
    let theirs = database.begin_read().unwrap().open_multimap_table(multimap).unwrap();
    assert_eq!(redb::ReadableTableMetadata::len(&theirs).unwrap(), 1);
}

#[test]
fn what_is_no_ledger_is_not_compacted() {
    let directory = tempfile::tempdir().unwrap();
    let missing = Ledger::builder().compact(directory.path().join("missing")).unwrap_err();
    assert!(is_io(&missing, ErrorKind::NotFound), "{missing:?}");
    let letter = directory.path().join("letter");
    fs::write(&letter, "dear diary").unwrap();
    let refused = Ledger::builder().compact(&letter).unwrap_err();
    assert!(matches!(store_error(&refused), Some(StoreError::Unusable { .. })), "{refused:?}");
    assert_eq!(fs::read_to_string(&letter).unwrap(), "dear diary");
    // A store without a ledger.
    let store = directory.path().join("store");
    RedbStore::create(&store, &RedbOptions::default(), |_| Ok::<(), StoreError>(())).unwrap().close().unwrap();
    let refused = Ledger::builder().compact(&store).unwrap_err();
    assert!(matches!(refused, BackupError::Ledger(Error::Failed(LayoutError::Format { .. }))), "{refused:?}");
    assert_eq!(listed(directory.path()), ["letter", "store"]);
}

#[cfg(unix)]
#[test]
fn permissions_and_links_are_kept() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let directory = tempfile::tempdir().unwrap();
    let (path, link) = (directory.path().join("books.redb"), directory.path().join("link.redb"));
    let ledger = Ledger::open(&path).unwrap();
    business(&ledger);
    ledger.backup(directory.path().join("copy.redb")).unwrap();
    ledger.close().unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    assert_eq!((mode(&path), mode(&directory.path().join("copy.redb"))), (0o600, 0o600));
    Ledger::builder().compact(&path).unwrap();
    assert_eq!(mode(&path), 0o600);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    symlink("books.redb", &link).unwrap();
    Ledger::builder().compact(&link).unwrap();
    assert_eq!(mode(&path), 0o640);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(listed(directory.path()), ["books.redb", "copy.redb", "link.redb"]);
    verified(&Ledger::open(&link).unwrap());
}

/// A ledger in a store of which something was changed, or taken away, behind its back.
fn tampered(change: impl FnOnce(&mut Batch)) -> Ledger {
    let store = Arc::new(MemoryStore::new());
    let ledger = Ledger::builder().over(Arc::clone(&store) as Arc<dyn Store>).unwrap();
    business(&ledger);
    let mut batch = Batch::new();
    change(&mut batch);
    store.commit(&batch).unwrap();
    ledger
}

#[test]
fn damaged_ledger_has_no_backup() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("copy.redb");
    let name = [&[5u8], b"no such account".as_slice()].concat();
    let ledger = tampered(|batch| batch.put(Table("names"), name, *b"not a sealed value"));
    let refused = ledger.backup(&path).unwrap_err();
    let corrupt = matches!(&refused, BackupError::Ledger(Error::Failed(LayoutError::Corrupt { table: "names", .. })));
    assert!(corrupt, "{refused:?}");
    // A record that is missing breaks no checksum: the verification finds it, and only that.
    let ledger =
        tampered(|batch| batch.remove(Table("clients"), [[0, 0, 0, 0, 0, 0, 0, 1], [0, 0, 0, 0, 0, 0, 0, 2]].concat()));
    let refused = ledger.backup(&path).unwrap_err();
    assert!(matches!(&refused, BackupError::Unsound(finding) if finding.table == "clients"), "{refused:?}");
    assert_eq!(listed(directory.path()), [""; 0]);
    let unverified = BackupOptions::default().unverified();
    ledger.backup_with(&path, &unverified, &mut |_| ControlFlow::Continue(())).unwrap();
    // And so a file is not compacted away with what is wrong with it.
    let before = fs::read(&path).unwrap();
    let refused = Ledger::builder().compact(&path).unwrap_err();
    assert!(matches!(&refused, BackupError::Unsound(finding) if finding.table == "clients"), "{refused:?}");
    assert_eq!(listed(directory.path()), ["copy.redb"]);
    assert_eq!(fs::read(&path).unwrap().len(), before.len());
}

#[test]
fn closed_ledger_has_no_backup() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = Ledger::in_memory().unwrap();
    let other = ledger.clone();
    ledger.close().unwrap();
    let refused = other.backup(directory.path().join("copy.redb")).unwrap_err();
    assert!(matches!(refused, BackupError::Ledger(Error::Closed)), "{refused:?}");
    assert_eq!(listed(directory.path()), [""; 0]);
}

#[test]
fn fork_is_backed_up_unless_it_lacks_texts() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = Ledger::in_memory().unwrap();
    let client = ledger.register_client(person("Njeri")).unwrap();
    let before = ledger.view().unwrap().sequence();
    ledger.fork_at(before).unwrap().backup(directory.path().join("before.redb")).unwrap();
    ledger.erase_client(client.id).unwrap();
    let refused = ledger.fork_at(before).unwrap().backup(directory.path().join("lacking.redb")).unwrap_err();
    assert!(matches!(refused, BackupError::OfFork), "{refused:?}");
    ledger.view().unwrap().fork().unwrap().backup(directory.path().join("after.redb")).unwrap();
    assert_eq!(listed(directory.path()), ["after.redb", "before.redb"]);
}

#[test]
fn backup_is_restored_into_the_hosts_database() {
    let directory = tempfile::tempdir().unwrap();
    let original = Ledger::in_memory().unwrap();
    business(&original);
    original.backup(directory.path().join("copy.redb")).unwrap();
    let backup = Ledger::open(directory.path().join("copy.redb")).unwrap();
    let host = Arc::new(Database::create(directory.path().join("host.redb")).unwrap());
    let store = || Arc::new(RedbStore::within(Arc::clone(&host), "shop/", CommitMode::Auto).unwrap());
    let copy = || backup.copy_into(store(), &BackupOptions::default(), &mut |_| ControlFlow::Continue(()));
    let copied = copy().unwrap();
    assert_eq!((copied.bytes, copied.verified), (None, true));
    let refused = copy().unwrap_err();
    assert!(matches!(refused, BackupError::Taken { table: "open_block" }), "{refused:?}");
    let restored = Ledger::builder().prefix("shop/").within(Arc::clone(&host)).unwrap();
    assert_eq!(verified(&restored), verified(&original));
    assert_eq!(shown(&restored.view().unwrap()), shown(&original.view().unwrap()));
    backs_up(&restored);
}

/// A file that is replaced while another opens it would be written to without a name: what was told to be durable there
/// would be gone. Whoever opens it then is told that it is open elsewhere.
#[test]
fn nothing_is_lost_between_compacting_and_opening() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("books.redb");
    let ledger = Ledger::open(&path).unwrap();
    business(&ledger);
    ledger.close().unwrap();
    let (over, compacted, mut acknowledged) = (AtomicBool::new(false), AtomicU64::new(0), 0);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                let options = BackupOptions::default().unverified();
                let done = Ledger::builder().compact_with(&path, &options, &mut |_| ControlFlow::Continue(()));
                compacted.fetch_add(u64::from(done.is_ok()), Ordering::Relaxed);
            }
        });
        let began = Instant::now();
        while acknowledged < 50 || compacted.load(Ordering::Relaxed) < 10 {
            match Ledger::open(&path) {
                Ok(ledger) => {
                    sales(&ledger, &format!("between {acknowledged}"), 1);
                    acknowledged += 1;
                    ledger.close().unwrap();
                    std::thread::yield_now();
                }
                Err(Error::Failed(LayoutError::Store(StoreError::AlreadyOpen))) => std::thread::yield_now(),
                Err(other) => panic!("{other:?}"),
            }
            if began.elapsed() > Duration::from_secs(30) {
                break;
            }
        }
        over.store(true, Ordering::Relaxed);
    });
    let compacted = compacted.into_inner();
    let view = Ledger::open(&path).unwrap();
    let found =
        |at: u64| view.view().unwrap().entry_keyed(Some(ClientId(1)), &format!("between {at} 0")).unwrap().is_some();
    assert!((0..acknowledged).all(found), "{acknowledged} acknowledged, {compacted} compactions");
    assert!(acknowledged > 0 && compacted > 0, "{acknowledged} acknowledged, {compacted} compactions");
    verified(&view);
}

/// Rows of a snapshot do not change under a scan that writes to the very store that it copies into.
#[test]
fn copy_between_stores_in_memory_is_the_same() {
    let (from, to) = (Arc::new(MemoryStore::new()), Arc::new(MemoryStore::new()));
    let ledger = Ledger::builder().over(Arc::clone(&from) as Arc<dyn Store>).unwrap();
    business(&ledger);
    let options = BackupOptions::default();
    ledger.copy_into(Arc::clone(&to) as Arc<dyn Store>, &options, &mut |_| ControlFlow::Continue(())).unwrap();
    let count = |store: &MemoryStore| {
        let (snapshot, mut count) = (store.snapshot().unwrap(), 0);
        for table in ["journal", "open_block", "header", "clients", "names", "personal", "client_accounts"] {
            let bounds = (Bound::Unbounded, Bound::Unbounded);
            snapshot
                .scan(Table(table), bounds.0, bounds.1, Order::Ascending, &mut |_, _| {
                    count += 1;
                    ControlFlow::Continue(())
                })
                .unwrap();
        }
        count
    };
    assert_eq!(count(&from), count(&to));
    assert!(count(&to) > 10);
}
