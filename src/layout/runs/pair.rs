//! A digest, and the pair of a digest and the sequence of an entry that names it.

/// A uniformly hashed name. The caller hashes; with a secret key, if names come from people who might choose them to collide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Digest(pub(crate) [u8; 16]);

impl Digest {
    /// The digest as a number of the same order.
    pub(super) fn number(self) -> u128 {
        u128::from_be_bytes(self.0)
    }
}

/// A digest, and the sequence of one entry that names it; ordered by digest, then sequence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Pair {
    /// The digest as a number.
    pub(super) digest: u128,
    /// The entry's place in the journal.
    pub(super) sequence: u64,
}

/// Bytes in a stored pair.
pub(super) const PAIR_BYTES: usize = 24;

impl Pair {
    /// The greatest pair below this one, if there is one.
    pub(super) fn before(self) -> Option<Self> {
        match self.sequence.checked_sub(1) {
            Some(sequence) => Some(Self { sequence, ..self }),
            None => Some(Self { digest: self.digest.checked_sub(1)?, sequence: u64::MAX }),
        }
    }

    /// Appends the pair in its stored form, which sorts as the pair does.
    pub(super) fn write(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.digest.to_be_bytes());
        out.extend_from_slice(&self.sequence.to_be_bytes());
    }

    /// The upper and lower half of a digest.
    pub(super) fn halves(digest: u128) -> (u64, u64) {
        ((digest >> 64) as u64, digest as u64)
    }
}
