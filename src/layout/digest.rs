//! Digests: what names of any length are found by.
//!
//! Keyed with the ledger's secret, so that nobody can choose names that collide. Two names may share a digest all the
//! same: whoever finds something by one compares the name itself.

use super::runs::Digest;

/// Up to so many bytes are hashed together: most keys are shorter.
const TOGETHER_BYTES: usize = 128;

/// The digest of a name in two parts, among the names that `tag` stands for.
pub(crate) fn digest(secret: &[u8; 32], tag: u8, first: &[u8], second: &[u8]) -> Digest {
    // The length of the first part keeps the parts apart.
    let head = [tag, u8::try_from(first.len()).unwrap_or(u8::MAX)];
    let mut buffer = [0; TOGETHER_BYTES];
    let end = first.len().saturating_add(second.len()).saturating_add(head.len());
    let hash = match buffer.get_mut(..end) {
        // Bytes that lie together are hashed at once, which costs less than piece by piece.
        Some(together) => {
            // As long as the three are together.
            let (to_head, rest) = together.split_at_mut(head.len());
            let (to_first, to_second) = rest.split_at_mut(first.len());
            to_head.copy_from_slice(&head);
            to_first.copy_from_slice(first);
            to_second.copy_from_slice(second);
            blake3::keyed_hash(secret, together)
        }
        None => blake3::Hasher::new_keyed(secret).update(&head).update(first).update(second).finalize(),
    };
    let mut digest = [0; 16];
    digest.copy_from_slice(hash.as_bytes().split_at(16).0);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_short_and_long_are_hashed_alike() {
        for length in [0, 1, 40, 117, 118, 119, 500] {
            let (first, second) = ([7; 8], vec![9; length]);
            let mut hasher = blake3::Hasher::new_keyed(&[3; 32]);
            hasher.update(&[5, 8]).update(&first).update(&second);
            assert_eq!(digest(&[3; 32], 5, &first, &second).0, hasher.finalize().as_bytes()[..16], "{length}");
        }
    }
}
