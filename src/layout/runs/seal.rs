//! The version before, and the checksum behind, every stored value.

use crate::layout::runs::error::RunsError;
use crate::store::Table;

/// The first byte of every value that is written now.
const VERSION: u8 = 1;

/// Bytes of the checksum.
pub(super) const CHECKSUM_BYTES: usize = 4;

/// An empty value: its version, with room for `capacity` bytes.
pub(super) fn begin(capacity: usize) -> Vec<u8> {
    let mut value = Vec::with_capacity(capacity);
    value.push(VERSION);
    value
}

/// Ends a value with the checksum of itself and of the key that it stands under.
pub(super) fn end(key: &[u8], mut value: Vec<u8>) -> Vec<u8> {
    let sum = checksum(key, &value);
    value.extend_from_slice(&sum.to_le_bytes());
    value
}

/// What stands between the version and the checksum, both of which are looked at.
pub(super) fn open<'v>(table: Table, key: &[u8], value: &'v [u8]) -> Result<&'v [u8], RunsError> {
    let corrupt = |what| RunsError::corrupt(table, what);
    let (value, sum) = value.split_last_chunk::<CHECKSUM_BYTES>().ok_or(corrupt("a value is too short"))?;
    if checksum(key, value) != u32::from_le_bytes(*sum) {
        return Err(corrupt("a checksum is wrong"));
    }
    match value.split_first() {
        Some((&VERSION, body)) => Ok(body),
        Some(_) => Err(corrupt("a value has an unknown version")),
        None => Err(corrupt("a value is empty")),
    }
}

/// Takes `N` bytes from the front of what is left of a value.
pub(super) fn take<const N: usize>(table: Table, rest: &mut &[u8]) -> Result<[u8; N], RunsError> {
    let (taken, left) = rest.split_first_chunk::<N>().ok_or(RunsError::corrupt(table, "a value ends early"))?;
    *rest = left;
    Ok(*taken)
}

fn checksum(key: &[u8], value: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(value), key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn value_under_another_key_is_refused() {
        let table = Table("runs");
        let value = end(b"here", begin(0));
        assert!(open(table, b"here", &value).is_ok());
        assert!(open(table, b"there", &value).is_err());
    }
}
