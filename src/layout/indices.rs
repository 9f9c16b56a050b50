//! The rows by which records are found: by path, fact, word, and by the sets that they are members of.
//!
//! They have no contents and are never removed. A row says that the record has had the name at some time, so whoever
//! finds a record by it looks at the record as of the time that is asked for. That makes looking back right, and a change of names costs the new rows alone.

use super::digest::Fact;
use super::keys::{ACCOUNT_PATHS, FACTS, MEMBERSHIPS, fact_key, membership_key, path_key};
use crate::model::Member;
use crate::rules::{Place, Record};
use crate::store::Table;

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
