//! The rows by which records are found: by owner, book, path, fact, word, and by the sets that they are members of.
//!
//! They have no contents and are never removed. A row of [`opening_rows`] is right for ever; one of [`index_rows`]
//! says that the record has had the name at some time, so whoever finds a record by it looks at the record as of the
//! time that is asked for. That makes looking back right, and a change of names costs the new rows alone.

use super::digest::Fact;
use super::keys::{
    ACCOUNT_PATHS, BOOK_ACCOUNTS, CLIENT_ACCOUNTS, FACTS, MEMBERSHIPS, fact_key, membership_key, pair_key, path_key,
};
use crate::model::{Member, Sequence};
use crate::rules::{Place, Record};
use crate::store::Table;

/// The rows of an account's owner and book, if `version` is the entry that opened it.
pub(crate) fn opening_rows(record: &Record, version: Sequence) -> Vec<(Table, Vec<u8>)> {
    match record {
        Record::Account(account) if account.opened_in == version => {
            let mut rows = vec![(BOOK_ACCOUNTS, pair_key(account.book.0, account.id.0).to_vec())];
            rows.extend(account.client.map(|client| (CLIENT_ACCOUNTS, pair_key(client.0, account.id.0).to_vec())));
            rows
        }
        _ => Vec::new(),
    }
}

/// The rows of all names that a record has.
pub(crate) fn index_rows(secret: &[u8; 32], place: &Place, record: &Record) -> Vec<(Table, Vec<u8>)> {
    let fact = |fact: Fact<'_>, id: u64| (FACTS, fact_key(fact.digest(secret), id));
    match record {
        Record::Account(account) => {
            let path = account.path.iter().map(|path| (ACCOUNT_PATHS, path_key(account.book, path, account.id)));
            let words = account.tags.iter().map(|word| fact(Fact::Tag(word), account.id.0));
            let facts = account.metadata.iter().map(|(key, value)| fact(Fact::Account(key, value), account.id.0));
            path.chain(words).chain(facts).collect()
        }
        Record::Client(client) => {
            client.metadata.iter().map(|(key, value)| fact(Fact::Client(key, value), client.id.0)).collect()
        }
        Record::Set(set) => {
            set.sets.iter().map(|member| (MEMBERSHIPS, membership_key(Member::Set(*member), set.id))).collect()
        }
        Record::Member(true) => match place {
            Place::Member(set, account) => vec![(MEMBERSHIPS, membership_key(Member::Account(*account), *set))],
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}
