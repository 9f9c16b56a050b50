//! The seal of every stored value: `version ‖ body ‖ checksum`.
//!
//! The version is one byte, 1. The checksum is the CRC-32C, 4 bytes, the lowest first, of the table's name, the key,
//! and version and body. So a value that was changed is found, and one that was put under another key or into another
//! table. No table's name begins with another's, so name and key are told apart.

use super::wire::Malformed;
use crate::store::Table;

/// The version of the values that are written.
pub(crate) const VERSION: u8 = 1;

const CHECKSUM_BYTES: usize = 4;

/// The sealed value of a body.
pub(crate) fn seal(table: Table, key: &[u8], body: &[u8]) -> Vec<u8> {
    let mut buffer = Vec::with_capacity(body.len().saturating_add(1 + CHECKSUM_BYTES));
    begin(&mut buffer);
    buffer.extend_from_slice(body);
    finish(table, key, &mut buffer);
    buffer
}

/// The sealed value of an empty body.
pub(crate) fn seal_nothing(table: Table, key: &[u8]) -> [u8; 1 + CHECKSUM_BYTES] {
    let [a, b, c, d] = checksum(table, key, &[VERSION]);
    [VERSION, a, b, c, d]
}

/// Empties the buffer and writes the version byte, so that a body can be appended.
pub(crate) fn begin(buffer: &mut Vec<u8>) {
    buffer.clear();
    buffer.push(VERSION);
}

/// Seals in place: the buffer holds what [`begin`] wrote and the body, and gets its checksum appended.
pub(crate) fn finish(table: Table, key: &[u8], buffer: &mut Vec<u8>) {
    let checksum = checksum(table, key, buffer);
    buffer.extend_from_slice(&checksum);
}

/// The body of a sealed value, if the checksum holds and the version is known.
pub(crate) fn open<'a>(table: Table, key: &[u8], value: &'a [u8]) -> Result<&'a [u8], Malformed> {
    let Some((content, stored)) = value.split_last_chunk::<CHECKSUM_BYTES>() else {
        return Err(Malformed("a value is too short"));
    };
    if checksum(table, key, content) != *stored {
        return Err(Malformed("the checksum does not hold"));
    }
    match content {
        [VERSION, body @ ..] => Ok(body),
        [_, ..] => Err(Malformed("a value of an unknown version")),
        [] => Err(Malformed("a value is too short")),
    }
}

fn checksum(table: Table, key: &[u8], content: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let place = crc32c::crc32c_append(crc32c::crc32c(table.0.as_bytes()), key);
    crc32c::crc32c_append(place, content).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TABLE: Table = Table("journal");

    #[test]
    fn a_sealed_value_has_these_bytes() {
        assert_eq!(seal(TABLE, b"key", b"body")[..5], *b"\x01body");
        assert_eq!(open(TABLE, b"key", &seal(TABLE, b"key", b"")), Ok(&b""[..]));
        assert_eq!(seal(TABLE, b"key", b""), seal_nothing(TABLE, b"key"));
        // The known answer of CRC-32C to the digits 1 to 9.
        assert_eq!(checksum(Table("12"), b"345", b"6789"), 0xe306_9283u32.to_le_bytes());
    }

    #[test]
    fn a_buffer_sealed_in_place_is_the_same_value() {
        let mut buffer = b"left from before".to_vec();
        begin(&mut buffer);
        buffer.extend_from_slice(b"body");
        finish(TABLE, b"key", &mut buffer);
        assert_eq!(buffer, seal(TABLE, b"key", b"body"));
    }

    #[test]
    fn an_unknown_version_is_refused() {
        let mut buffer = vec![VERSION + 1, b'x'];
        finish(TABLE, b"key", &mut buffer);
        assert_eq!(open(TABLE, b"key", &buffer), Err(Malformed("a value of an unknown version")));
    }

    proptest! {
        #[test]
        fn every_flipped_bit_and_every_wrong_place_is_noticed(
            key in proptest::collection::vec(any::<u8>(), 0..20),
            other in proptest::collection::vec(any::<u8>(), 0..20),
            body in proptest::collection::vec(any::<u8>(), 0..60),
        ) {
            let value = seal(TABLE, &key, &body);
            prop_assert_eq!(open(TABLE, &key, &value), Ok(&body[..]));
            for at in 0..value.len() {
                prop_assert!(open(TABLE, &key, &value[..at]).is_err());
                for bit in 0..8 {
                    let mut flipped = value.clone();
                    flipped[at] ^= 1 << bit;
                    prop_assert!(open(TABLE, &key, &flipped).is_err());
                }
            }
            prop_assert!(open(Table("rows"), &key, &value).is_err());
            prop_assert!(key == other || open(TABLE, &other, &value).is_err());
        }

        #[test]
        fn random_values_are_refused(value in proptest::collection::vec(any::<u8>(), 0..60)) {
            prop_assert!(open(TABLE, b"key", &value).is_err());
        }
    }
}
