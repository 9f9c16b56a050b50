//! Files that are not a ledger, cannot be reached, or are open elsewhere: refused by name, and left as they were.

use std::fs;
use std::path::Path;
use std::process::Command as Process;

use pacioli::LayoutError;
use pacioli::prelude::*;
use pacioli::store::StoreError;

use crate::{business, kes};

fn refused(path: &Path) -> StoreError {
    match Ledger::open(path) {
        Err(Error::Failed(LayoutError::Store(error))) => error,
        other => panic!("a failure of the store was expected, not {other:?}"),
    }
}

/// Sees that opening a file of these bytes is refused, and changes none of them.
fn left_alone(path: &Path, bytes: &[u8]) {
    fs::write(path, bytes).unwrap();
    for builder in [Ledger::builder(), Ledger::builder().existing()] {
        let answer = builder.open(path);
        let unusable = matches!(&answer, Err(Error::Failed(LayoutError::Store(StoreError::Unusable { .. }))));
        assert!(unusable, "{} bytes: {answer:?}", bytes.len());
        assert!(fs::read(path).unwrap() == bytes, "the file of {} bytes was changed", bytes.len());
    }
    let others: Vec<_> = fs::read_dir(path.parent().unwrap()).unwrap().collect();
    assert_eq!(others.len(), 1, "{others:?}");
}

/// A ledger with one client, closed.
fn written(path: &Path) {
    let ledger = Ledger::open(path).unwrap();
    let book = ledger.open_book(NewBook::live("shop", Currency::KES)).unwrap();
    let client = ledger.register_client(business("Mama Njeri Shop")).unwrap();
    let account = ledger.open_account(NewAccount::new(client.id, book.id, AccountType::WORKING)).unwrap();
    let service = ledger.define_service(NewService::new(client.id, book.id, "CUSTOM_SERVICE")).unwrap();
    for n in 0..50 {
        ledger.credit(Credit::new(account.id, service.id, kes("1.00"), format!("key {n}"))).unwrap();
    }
    ledger.close().unwrap();
}

#[test]
fn garbage_and_text_are_not_a_ledger() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("books.redb");
    let mut garbage = Vec::new();
    let mut state = 0x9E37_79B9_u32;
    for _ in 0..100_000 {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        garbage.push((state >> 24) as u8);
    }
    left_alone(&path, &garbage);
    left_alone(&path, b"dear diary");
    left_alone(&path, b"SQLite format 3\0");
    left_alone(&path, b"");
    left_alone(&path, b"\0");
    left_alone(&path, &[0; 1 << 20]);
    // What redb's files begin with, and nothing after it.
    left_alone(&path, b"redb\x1a\x0a\xa9\x0d\x0a");
    left_alone(&path, &[b"redb\x1a\x0a\xa9\x0d\x0a".as_slice(), &garbage].concat());
}

#[test]
fn another_programs_database_is_refused_and_unchanged() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("theirs.redb");
    let table = redb::TableDefinition::<&str, u64>::new("visitors");
    let database = redb::Database::create(&path).unwrap();
    let transaction = database.begin_write().unwrap();
    transaction.open_table(table).unwrap().insert("monday", 7).unwrap();
    transaction.commit().unwrap();
    drop(database);
    left_alone(&path, &fs::read(&path).unwrap());
    // An empty database of another program too.
    let empty = tempfile::tempdir().unwrap();
    let path = empty.path().join("empty.redb");
    drop(redb::Database::create(&path).unwrap());
    left_alone(&path, &fs::read(&path).unwrap());
}

#[test]
fn store_without_a_ledger_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.redb");
    let options = pacioli::store::RedbOptions::default();
    let store = pacioli::store::RedbStore::create(&path, &options, |_| Ok::<(), StoreError>(())).unwrap();
    store.close().unwrap();
    let answer = Ledger::open(&path);
    assert!(matches!(answer, Err(Error::Failed(LayoutError::Format { .. }))), "{answer:?}");
}

#[test]
fn directory_is_not_a_ledger() {
    let directory = tempfile::tempdir().unwrap();
    assert!(matches!(refused(directory.path()), StoreError::Unusable { .. }));
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[test]
fn path_that_leads_nowhere_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let missing = directory.path().join("no/such/directory/books.redb");
    assert!(matches!(refused(&missing), StoreError::Io(error) if error.kind() == std::io::ErrorKind::NotFound));
    assert!(!directory.path().join("no").exists());
    // A file stands where a directory should.
    fs::write(directory.path().join("file"), b"text").unwrap();
    assert!(matches!(refused(&directory.path().join("file/books.redb")), StoreError::Io(_)));
    // Only an existing ledger is wanted.
    let path = directory.path().join("books.redb");
    let answer = Ledger::builder().existing().open(&path);
    assert!(matches!(answer, Err(Error::Failed(LayoutError::Store(StoreError::Io(_))))), "{answer:?}");
    assert!(!path.exists());
    for path in ["", "/", "..", "\0"] {
        assert!(Ledger::open(path).is_err(), "{path:?}");
    }
}

#[test]
fn truncated_file_is_refused_or_repaired_and_never_read_wrongly() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("books.redb");
    written(&path);
    let whole = fs::read(&path).unwrap();
    let end = Ledger::open(&path).unwrap().view().unwrap().sequence();
    for part in 0..32 {
        let cut = tempfile::tempdir().unwrap();
        let path = cut.path().join("books.redb");
        let length = whole.len() * part / 32;
        fs::write(&path, &whole[..length]).unwrap();
        match Ledger::open(&path) {
            Err(Error::Failed(LayoutError::Store(StoreError::Unusable { .. }))) => {}
            Err(other) => panic!("{length} bytes: {other:?}"),
            Ok(ledger) => {
                // Free pages at the end may be missing; then everything is there.
                assert_eq!(ledger.view().unwrap().sequence(), end, "{length} of {} bytes", whole.len());
                let verified = ledger.verify_all().unwrap();
                assert!(verified.finding.is_none(), "{:?}", verified.finding);
            }
        }
    }
}

#[test]
fn altered_value_is_refused_by_a_checked_opening() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("books.redb");
    written(&path);
    let whole = fs::read(&path).unwrap();
    // The client's name, wherever it lies: no opening reads it, unless it reads everything.
    let (name, mut altered) = (b"Mama Njeri Shop", whole.clone());
    let places = (0..whole.len() - name.len()).filter(|at| whole[*at..].starts_with(name)).collect::<Vec<_>>();
    assert!(!places.is_empty());
    places.into_iter().for_each(|at| altered[at] ^= 1);
    fs::write(&path, altered).unwrap();
    let answer = Ledger::builder().check_on_open().open(&path);
    let unusable = matches!(&answer, Err(Error::Failed(LayoutError::Store(StoreError::Unusable { .. }))));
    assert!(unusable, "{answer:?}");
    fs::write(&path, whole).unwrap();
    Ledger::builder().check_on_open().open(&path).unwrap().close().unwrap();
}

#[test]
fn file_that_is_open_cannot_be_opened_again() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("books.redb");
    let first = Ledger::open(&path).unwrap();
    let copy = first.clone();
    assert!(matches!(refused(&path), StoreError::AlreadyOpen));
    // The first goes on, and a second handle keeps the file open.
    drop(first);
    copy.open_book(NewBook::live("shop", Currency::KES)).unwrap();
    assert!(matches!(refused(&path), StoreError::AlreadyOpen));
    copy.close().unwrap();
    assert_eq!(Ledger::open(&path).unwrap().view().unwrap().sequence(), Sequence(1));
}

/// The name of the variable that tells this program, run again, which file to try.
const TRY: &str = "PACIOLI_TEST_TRY_TO_OPEN";

#[test]
fn file_that_another_process_has_open_is_refused() {
    if let Some(path) = std::env::var_os(TRY) {
        assert!(matches!(refused(Path::new(&path)), StoreError::AlreadyOpen));
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("books.redb");
    let ledger = Ledger::open(&path).unwrap();
    let mut other = Process::new(std::env::current_exe().unwrap());
    other.args(["--exact", "files::file_that_another_process_has_open_is_refused"]).env(TRY, &path);
    let output = other.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"));
    ledger.open_book(NewBook::live("shop", Currency::KES)).unwrap();
}

#[cfg(unix)]
#[test]
fn directory_that_cannot_be_written_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let locked = directory.path().join("locked");
    fs::create_dir(&locked).unwrap();
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o555)).unwrap();
    // Root may write anywhere, so there is nothing to see.
    let root = fs::write(locked.join("probe"), b"").is_ok();
    if !root {
        let error = refused(&locked.join("books.redb"));
        assert!(matches!(error, StoreError::Io(error) if error.kind() == std::io::ErrorKind::PermissionDenied));
        assert_eq!(fs::read_dir(&locked).unwrap().count(), 0);
    }
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o755)).unwrap();
}

#[cfg(unix)]
#[test]
fn links_and_devices_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    let link = directory.path().join("link.redb");
    std::os::unix::fs::symlink(directory.path().join("nowhere.redb"), &link).unwrap();
    assert!(Ledger::open(&link).is_err());
    assert!(!directory.path().join("nowhere.redb").exists());
    assert!(matches!(refused(Path::new("/dev/null")), StoreError::Unusable { .. }));
}

#[test]
fn closed_ledger_answers_that_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(directory.path().join("books.redb")).unwrap();
    let other = ledger.clone();
    ledger.close().unwrap();
    let book = || NewBook::live("shop", Currency::KES);
    assert!(matches!(other.open_book(book()), Err(Error::Closed)));
    assert!(matches!(other.submit(book()), Err(Error::Closed)));
    assert!(matches!(other.submit_batch(vec![book().into()], Atomicity::All), Err(Error::Closed)));
    assert!(matches!(other.transaction(|ledger| ledger.execute(book())), Err(Error::Closed)));
    other.close().unwrap();
}

#[test]
fn host_database_without_a_prefix_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let database = redb::Database::create(directory.path().join("host.redb")).unwrap();
    let database = std::sync::Arc::new(database);
    let answer = Ledger::builder().prefix("").within(std::sync::Arc::clone(&database));
    assert!(matches!(answer, Err(Error::Failed(_))), "{answer:?}");
    let answer = Ledger::in_memory().unwrap().transaction(|ledger| ledger.tables().map(|_| ()));
    assert!(matches!(answer, Err(Error::NoHostTables)));
}
