//! Digests: what names of any length are found by.
//!
//! SipHash-1-3 of 128 bits, keyed with the ledger's secret, so that nobody can choose names that collide; whoever finds
//! something by a digest compares the name itself, so that no more is asked of it. What the journal commits to is
//! hashed with BLAKE3.

use siphasher::sip128::SipHasher13;
use smallvec::SmallVec;

use super::runs::Digest;

/// Names up to about so many bytes are put together without memory of their own: most are shorter.
const TOGETHER_BYTES: usize = 128;

/// The digest of a name in two parts, among the names that `tag` stands for:
/// `tag ‖ length of the first part (u8, at most 255) ‖ first part ‖ second part`, under the first half of the secret.
pub(crate) fn digest(secret: &[u8; 32], tag: u8, first: &[u8], second: &[u8]) -> Digest {
    // The length of the first part keeps the parts apart.
    let head = [tag, u8::try_from(first.len()).unwrap_or(u8::MAX)];
    let mut name: SmallVec<[u8; TOGETHER_BYTES]> = SmallVec::new();
    name.extend_from_slice(&head);
    name.extend_from_slice(first);
    name.extend_from_slice(second);
    let (key, _) = secret.split_first_chunk::<16>().unwrap_or((&[0; 16], &[]));
    Digest(SipHasher13::new_with_key(key).hash(&name).as_bytes())
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
    fn parts_and_tags_are_kept_apart() {
        let of = |tag, first: &str, second: &str| digest(&[3; 32], tag, first.as_bytes(), second.as_bytes());
        let long = "x".repeat(1_000);
        let names = [
            of(0, "ab", "c"),
            of(0, "a", "bc"),
            of(1, "ab", "c"),
            of(0, "", "abc"),
            of(0, &long, ""),
            of(0, "", &long),
        ];
        for (at, one) in names.iter().enumerate() {
            assert!(names.iter().skip(at + 1).all(|other| other != one), "{at}");
        }
        assert_ne!(digest(&[4; 32], 0, b"ab", b"c"), names[0]);
    }

    #[test]
    fn a_digest_is_this() {
        // From an implementation written anew from the paper, which gives the paper's vectors too.
        let mut secret = [0; 32];
        secret.iter_mut().zip(0..).for_each(|(byte, place)| *byte = place);
        let hex: String = digest(&secret, 0, &[], b"key").0.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "20c02c4db2c1c7fd1aa136a0fb56513a");
    }
}
