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
