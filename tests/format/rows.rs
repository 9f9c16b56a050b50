//! A file's rows, as sections 3, 6, 7, 8 and 9 of the page describe them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;

use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition, TableHandle};

use super::grammar::{Form, Grammar};
use super::reader::Reader;

type Table = BTreeMap<Vec<u8>, Vec<u8>>;

/// Every row of every table; values sealed.
#[derive(Debug)]
pub struct Rows(BTreeMap<String, Table>);

impl Rows {
    /// The rows of a ledger's file, which is copied before it is opened: opening writes.
    pub fn of(path: &Path) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let copy = directory.path().join("copy.redb");
        std::fs::copy(path, &copy).unwrap();
        let database = Database::open(copy).unwrap();
        let transaction = database.begin_read().unwrap();
        let mut tables = BTreeMap::new();
        for table in transaction.list_tables().unwrap() {
            let name = table.name().strip_prefix("pacioli.").expect("the table is ours").to_owned();
            let table = transaction.open_table(TableDefinition::<&[u8], &[u8]>::new(table.name())).unwrap();
            let rows: Table = table
                .iter()
                .unwrap()
                .map(|row| {
                    let (key, value) = row.unwrap();
                    (key.value().to_vec(), value.value().to_vec())
                })
                .collect();
            // The mark of a file of its own, named by the prefix alone, is always empty.
            assert!(!name.is_empty() || rows.is_empty());
            if !rows.is_empty() {
                tables.insert(name, rows);
            }
        }
        Self(tables)
    }

    pub fn tables(&self) -> &BTreeMap<String, Table> {
        &self.0
    }

    /// The body of a sealed value, whose checksum is looked at.
    fn body<'v>(table: &str, key: &[u8], value: &'v [u8]) -> &'v [u8] {
        let (content, checksum) = value.split_at(value.len() - 4);
        let sum = crc32c::crc32c_append(crc32c::crc32c_append(crc32c::crc32c(table.as_bytes()), key), content);
        assert_eq!(checksum, sum.to_le_bytes(), "table {table}, key {key:02x?}");
        assert_eq!(content[0], 1, "table {table}, key {key:02x?}");
        &content[1..]
    }

    fn bodies<'r>(&'r self, table: &'r str) -> impl Iterator<Item = (&'r [u8], &'r [u8])> {
        self.0.get(table).into_iter().flatten().map(move |(key, value)| (key.as_slice(), Self::body(table, key, value)))
    }

    /// Everything that is a form by itself: all but the journal, the pages and the index.
    pub fn records(&self, grammar: &Grammar, seen: &mut BTreeSet<String>) {
        for (table, said) in &grammar.tables {
            let form = match table.as_str() {
                "header" => {
                    self.header(grammar);
                    continue;
                }
                "state" => Form::Unsigned(64),
                "journal" | "open_block" | "rows" | "runs" | "filters" | "manifest" => {
                    // Of the index, the seal alone.
                    self.bodies(table).for_each(drop);
                    continue;
                }
                _ => Form::parse(said),
            };
            for (key, body) in self.bodies(table) {
                let read = std::panic::catch_unwind(|| {
                    let mut reader = Reader::new(body, grammar);
                    reader.read(&form);
                    reader.end();
                    reader.seen
                });
                let met = read.unwrap_or_else(|_| panic!("table {table}, key {key:02x?}: {body:02x?} is no {said}"));
                seen.extend(met);
            }
        }
    }

    fn header(&self, grammar: &Grammar) {
        let (key, body) = self.bodies("header").next().unwrap();
        assert_eq!((key, self.bodies("header").count()), (b"ledger".as_slice(), 1));
        let mut reader = Reader::new(body, grammar);
        assert_eq!(reader.bytes(8), b"pacioli\0");
        assert_eq!((reader.unsigned(32), reader.unsigned(32), reader.unsigned(64)), (1, 0, 0));
        reader.bytes(16 + 32);
        reader.signed(64);
        assert_eq!(reader.text(), "BLAKE3");
        reader.text();
        reader.end();
    }

    /// The pages of accounts' rows.
    pub fn pages(&self) {
        let empty = Grammar::default();
        for (key, body) in self.bodies("rows") {
            let number = u64::from_be_bytes(key.try_into().unwrap());
            let mut reader = Reader::new(body, &empty);
            let count = reader.byte();
            assert!(count <= if number == 0 { 47 } else { 48 });
            let mut last = 0;
            (0..count).for_each(|_| row(&mut reader, &mut last));
            reader.end();
        }
    }
}

/// Section 9; `last` is that of the row before that has a tally.
fn row(reader: &mut Reader<'_>, last: &mut u64) {
    let flags = reader.byte();
    let mut floor = flags >> 5 & 3;
    if floor == 3 {
        let extras = reader.byte();
        assert!(extras & 0x0f != 0 && extras & 0xc0 == 0);
        floor = extras >> 4 & 3;
        assert_ne!(floor, 3);
    }
    if flags & 1 != 0 {
        reader.unsigned(64);
    }
    assert_ne!(flags >> 2 & 3, 3, "no such status");
    reader.signed(64);
    if floor == 2 {
        assert_ne!(reader.signed(128), 0);
    }
    if flags & 0x80 == 0 {
        return;
    }
    let flags = reader.byte();
    let posted = (reader.amount(), reader.amount());
    let pending = if flags & 1 == 0 { (0, 0) } else { (reader.amount(), reader.amount()) };
    assert!(flags & 1 == 0 || pending != (0, 0));
    let number = reader.unsigned(64);
    assert!(number > 0 || posted == (0, 0));
    *last = last.wrapping_add(reader.signed(64) as u64);
    reader.signed(64);
    let marks = (flags >> 1).saturating_sub(1);
    assert!(marks <= 6);
    let mark = (0..marks).map(|_| last.wrapping_sub(reader.unsigned(64) as u64)).last();
    assert_ne!(mark, Some(0), "the last mark that is written is not zero");
}

/// An entry of the journal.
#[derive(Debug)]
pub struct Entry {
    pub at: i64,
    pub body: Vec<u8>,
}

/// A commit: which entries, the digest before it, and its own.
#[derive(Debug)]
pub struct Commit {
    pub entries: Range<usize>,
    pub before: [u8; 32],
    pub digest: [u8; 32],
}

/// The journal, whose chain has been followed and whose entries have been read.
#[derive(Debug, Default)]
pub struct Journal {
    pub entries: Vec<Entry>,
    pub commits: Vec<Commit>,
}

impl Journal {
    pub fn of(grammar: &Grammar, rows: &Rows, seen: &mut BTreeSet<String>) -> Self {
        let mut journal = Self::default();
        assert_eq!(rows.bodies("open_block").count(), 1);
        for (key, body) in rows.bodies("journal").chain(rows.bodies("open_block")) {
            let first = u64::from_be_bytes(key.try_into().unwrap());
            assert_eq!(first, journal.entries.len() as u64 + 1, "there is no gap");
            journal.block(body, grammar);
        }
        assert_eq!(journal.commits.last().unwrap().entries.end, journal.entries.len());
        for (at, entry) in journal.entries.iter().enumerate() {
            let read = std::panic::catch_unwind(|| {
                let mut reader = Reader::new(&entry.body, grammar);
                read_entry(&mut reader, grammar, at as u64 + 1);
                reader.end();
                reader.seen
            });
            seen.extend(read.unwrap_or_else(|_| panic!("entry {}: {:02x?}", at + 1, entry.body)));
        }
        journal
    }

    fn block(&mut self, body: &[u8], grammar: &Grammar) {
        let mut reader = Reader::new(body, grammar);
        let mut at = i64::from_le_bytes(reader.bytes(8).try_into().unwrap());
        while !reader.is_empty() {
            let header = reader.unsigned(64);
            let length = (header >> 1) as usize;
            if header & 1 == 1 {
                self.commit(reader.bytes(length).try_into().unwrap());
                continue;
            }
            at += reader.unsigned(63) as i64;
            assert!(self.entries.last().is_none_or(|before| before.at < at), "times rise");
            self.entries.push(Entry { at, body: reader.bytes(length).to_vec() });
        }
    }

    fn commit(&mut self, digest: [u8; 32]) {
        let (begin, before) = self.commits.last().map_or((0, [0; 32]), |last| (last.entries.end, last.digest));
        let entries = begin..self.entries.len();
        let mut hasher = blake3::Hasher::new_derive_key("pacioli journal chain v1");
        hasher.update(&before).update(&(begin as u64 + 1).to_le_bytes()).update(&(entries.len() as u64).to_le_bytes());
        for entry in &self.entries[entries.clone()] {
            hasher.update(&entry.at.to_le_bytes()).update(&(entry.body.len() as u32).to_le_bytes()).update(&entry.body);
        }
        assert_eq!(*hasher.finalize().as_bytes(), digest, "the digest after entry {}", entries.end);
        self.commits.push(Commit { entries, before, digest });
    }
}

/// Section 7.
fn read_entry(reader: &mut Reader<'_>, grammar: &Grammar, sequence: u64) {
    let (tag, flags) = (reader.byte(), reader.byte());
    reader.seen.insert(format!("event {tag}"));
    if flags & 1 != 0 {
        reader.text();
    }
    if flags & 2 != 0 {
        reader.unsigned(64);
    }
    if flags & 4 != 0 {
        reader.text();
    }
    if tag == 1 {
        posted(reader, flags);
    } else {
        assert_eq!(flags & 0xf8, 0, "flags of a posted entry");
        let fields = grammar.events.get(&tag).unwrap_or_else(|| panic!("there is no event {tag}"));
        reader.fields(fields);
    }
    let count = reader.count(1_024);
    assert!(tag == 1 || count == 0, "postings of event {tag}");
    let (mut book, mut amount) = (0, 0);
    for _ in 0..count {
        (book, amount) = posting(reader, sequence, book, amount);
    }
}

fn posted(reader: &mut Reader<'_>, flags: u8) {
    let first = reader.byte();
    assert!(first & 0x80 == 0 && first & 0x0f <= 8, "no such operation");
    assert!(reader.byte() <= 14, "no such kind");
    if flags & 0x08 != 0 {
        reader.unsigned(64);
        reader.unsigned(32);
    }
    if flags & 0x10 != 0 {
        reader.signed(64);
    }
    if flags & 0x20 != 0 {
        let parts = reader.byte();
        assert!(parts <= 3);
        reader.unsigned(64);
        if parts & 1 != 0 {
            reader.amount();
        }
        reader.amount();
    }
    if flags & 0x40 != 0 {
        reader.named("Details");
    }
    if first & 0x20 != 0 {
        let count = reader.count(16);
        assert!(count >= 1);
        (0..count).for_each(|_| drop(reader.named("Effect")));
    }
    if first & 0x40 != 0 {
        let count = reader.count(65_536);
        assert!(count >= 1);
        (0..count).for_each(|_| drop(reader.named("Crossing")));
    }
}

fn posting(reader: &mut Reader<'_>, sequence: u64, book: u128, amount: u128) -> (u128, u128) {
    let flags = reader.byte();
    let role = flags >> 2 & 7;
    if role == 7 {
        let stage = reader.byte();
        assert!(stage & 0x0f <= 5 && (1..=4).contains(&(stage >> 4)), "no such stage");
    } else {
        assert!(role <= 5, "no such role");
    }
    reader.unsigned(64);
    let book = if flags & 0x40 == 0 {
        book
    } else {
        let own = reader.unsigned(64);
        assert_ne!(own, book);
        own
    };
    let amount = if flags & 0x20 != 0 {
        amount
    } else {
        let own = reader.amount();
        assert_ne!(own, amount);
        own
    };
    assert!(book > 0 && amount > 0);
    reader.amount();
    reader.amount();
    if flags & 0x80 != 0 {
        assert_ne!((reader.amount(), reader.amount()), (0, 0));
    }
    let number = reader.unsigned(64);
    assert!(number > 0);
    let back = |reader: &mut Reader<'_>| assert!(reader.unsigned(64) <= u128::from(sequence));
    back(reader);
    for level in 1..=6 {
        let step = 16u128.pow(level);
        if !number.is_multiple_of(step) || number == step {
            break;
        }
        back(reader);
    }
    (book, amount)
}
