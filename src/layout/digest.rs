//! Digests: what names of any length are found by.
//!
//! Keyed with the ledger's secret, so that nobody can choose names that collide. Two names may share a digest all the
//! same: whoever finds something by one compares the name itself.

use super::runs::Digest;

/// The digest of a name in two parts, among the names that `tag` stands for.
pub(crate) fn digest(secret: &[u8; 32], tag: u8, first: &[u8], second: &[u8]) -> Digest {
    let mut hasher = blake3::Hasher::new_keyed(secret);
    // The length of the first part keeps the parts apart.
    hasher.update(&[tag, u8::try_from(first.len()).unwrap_or(u8::MAX)]).update(first).update(second);
    let mut digest = [0; 16];
    digest.copy_from_slice(hasher.finalize().as_bytes().split_at(16).0);
    Digest(digest)
}

/// What accounts, clients and entries are found by, besides keys and references.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fact<'a> {
    /// One of an account's facts: key and value.
    Account(&'a str, &'a str),
    /// One of a client's facts.
    Client(&'a str, &'a str),
    /// A word that an account is grouped by.
    Tag(&'a str),
    /// One of an entry's facts.
    Entry(&'a str, &'a str),
}

impl Fact<'_> {
    pub(crate) fn digest(self, secret: &[u8; 32]) -> Digest {
        let (tag, first, second) = match self {
            Self::Account(key, value) => (24, key, value),
            Self::Client(key, value) => (25, key, value),
            Self::Tag(word) => (26, "", word),
            Self::Entry(key, value) => (27, key, value),
        };
        digest(secret, tag, first.as_bytes(), second.as_bytes())
    }
}
