//! The seal of stored values (`layout::sealed`), as this index uses it.

use crate::layout::runs::error::RunsError;
use crate::layout::sealed;
use crate::store::Table;

/// Bytes of the checksum.
pub(super) const CHECKSUM_BYTES: usize = 4;

/// An empty value: its version, with room for `capacity` bytes.
pub(super) fn begin(capacity: usize) -> Vec<u8> {
    let mut value = Vec::with_capacity(capacity);
    sealed::begin(&mut value);
    value
}

/// Ends a value with the checksum of itself and of the place where it stands.
pub(super) fn end(table: Table, key: &[u8], mut value: Vec<u8>) -> Vec<u8> {
    sealed::finish(table, key, &mut value);
    value
}

/// What stands between the version and the checksum, both of which are looked at.
pub(super) fn open<'v>(table: Table, key: &[u8], value: &'v [u8]) -> Result<&'v [u8], RunsError> {
    sealed::open(table, key, value).map_err(|malformed| RunsError::corrupt(table, malformed.0))
}

/// Takes `N` bytes from the front of what is left of a value.
pub(super) fn take<const N: usize>(table: Table, rest: &mut &[u8]) -> Result<[u8; N], RunsError> {
    let (taken, left) = rest.split_first_chunk::<N>().ok_or(RunsError::corrupt(table, "a value ends early"))?;
    *rest = left;
    Ok(*taken)
}
