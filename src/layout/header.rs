//! The ledger's header: what the file is, which format it has, and the identity that it was created with.
//!
//! One row, written when the ledger is created and never again.

use super::keys::HEADER;
use super::sealed;
use super::wire::{Malformed, Reader, Wire};
use super::{LayoutError, corrupt};
use crate::model::Timestamp;
use crate::store::{Batch, Snapshot};

const KEY: &[u8] = b"ledger";
const MAGIC: &[u8; 8] = b"pacioli\0";
/// The format that this version writes. Of another major version nothing can be read. Of a greater minor one all that is
/// known here can be read, but whoever writes would leave out the rest: a ledger is opened to be written, so it is refused.
const MAJOR: u32 = 1;
const MINOR: u32 = 0;
const KNOWN: &str = "1.0";
/// Features without which the file cannot be read rightly; none yet.
const REQUIRED_FEATURES: u64 = 0;

/// What the header says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// Random, given at creation: tells two ledgers apart.
    pub id: [u8; 16],
    /// Random, given at creation: what keys are hashed under, so that nobody can choose keys that collide.
    pub secret: [u8; 32],
    /// When the ledger was created.
    pub created_at: Timestamp,
}

/// What the header tells people beside: nothing depends on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    /// The format, major and minor.
    pub format: (u32, u32),
    /// The version of the library that created the ledger.
    pub created_by: String,
    /// When the ledger was created.
    pub created_at: Timestamp,
}

impl Header {
    pub(crate) fn write(&self, batch: &mut Batch) {
        self.write_as((MAJOR, MINOR, REQUIRED_FEATURES), batch);
    }

    fn write_as(&self, (major, minor, features): (u32, u32, u64), batch: &mut Batch) {
        let mut body = Vec::with_capacity(128);
        sealed::begin(&mut body);
        body.extend_from_slice(MAGIC);
        major.write(&mut body);
        minor.write(&mut body);
        features.write(&mut body);
        body.extend_from_slice(&self.id);
        body.extend_from_slice(&self.secret);
        self.created_at.write(&mut body);
        "BLAKE3".to_owned().write(&mut body);
        env!("CARGO_PKG_VERSION").to_owned().write(&mut body);
        sealed::finish(HEADER, KEY, &mut body);
        batch.put(HEADER, KEY, body);
    }

    /// The header, or `None` where there is none.
    pub(crate) fn read(snapshot: &dyn Snapshot) -> Result<Option<Self>, LayoutError> {
        Ok(Self::read_whole(snapshot)?.map(|(header, _)| header))
    }

    /// Where the ledger came from, or `None` where there is no header.
    pub(crate) fn origin(snapshot: &dyn Snapshot) -> Result<Option<Origin>, LayoutError> {
        Ok(Self::read_whole(snapshot)?.map(|(_, origin)| origin))
    }

    fn read_whole(snapshot: &dyn Snapshot) -> Result<Option<(Self, Origin)>, LayoutError> {
        let Some(value) = snapshot.get(HEADER, KEY)? else { return Ok(None) };
        let malformed = |malformed| corrupt(HEADER, KEY, malformed);
        let body = sealed::open(HEADER, KEY, &value).map_err(malformed)?;
        let mut reader = Reader::new(body);
        if reader.bytes(8).map_err(malformed)? != MAGIC {
            return Err(LayoutError::Format { what: "the store does not hold a ledger".to_owned() });
        }
        let major = u32::read(&mut reader).map_err(malformed)?;
        let minor = u32::read(&mut reader).map_err(malformed)?;
        let features = u64::read(&mut reader).map_err(malformed)?;
        if major != MAJOR || minor > MINOR || features & !REQUIRED_FEATURES != 0 {
            return Err(LayoutError::Version { major, minor, features, known: KNOWN });
        }
        Self::identity(&mut reader, (major, minor)).map(Some).map_err(malformed)
    }

    fn identity(reader: &mut Reader<'_>, format: (u32, u32)) -> Result<(Self, Origin), Malformed> {
        let id = reader.bytes(16)?.try_into().map_err(|_| Malformed("the ledger's identity"))?;
        let secret = reader.bytes(32)?.try_into().map_err(|_| Malformed("the ledger's secret"))?;
        let created_at = Timestamp::read(reader)?;
        if String::read(reader)? != "BLAKE3" {
            return Err(Malformed("an unknown digest algorithm"));
        }
        let created_by = String::read(reader)?;
        Ok((Self { id, secret, created_at }, Origin { format, created_by, created_at }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{MemoryStore, Store};

    #[test]
    fn other_versions_and_unknown_features_are_refused_and_told() {
        let header = Header { id: [1; 16], secret: [2; 32], created_at: Timestamp(3) };
        let read = |version| {
            let (store, mut batch) = (MemoryStore::new(), Batch::new());
            header.write_as(version, &mut batch);
            store.commit(&batch).unwrap();
            Header::read(&*store.snapshot().unwrap())
        };
        assert_eq!(read((MAJOR, MINOR, 0)).unwrap(), Some(header.clone()));
        let others =
            [(MAJOR + 1, 0, 0), (MAJOR - 1, 9, 0), (MAJOR, MINOR + 1, 0), (MAJOR, MINOR, 1), (MAJOR, 0, 1 << 63)];
        for version in others {
            let Err(LayoutError::Version { major, minor, features, known }) = read(version) else {
                panic!("{version:?} was read")
            };
            assert_eq!((major, minor, features), version);
            assert_eq!(known, format!("{MAJOR}.{MINOR}"));
        }
    }

    #[test]
    fn origin_says_by_what_the_ledger_was_made() {
        let header = Header { id: [1; 16], secret: [2; 32], created_at: Timestamp(3) };
        let (store, mut batch) = (MemoryStore::new(), Batch::new());
        assert!(Header::origin(&*store.snapshot().unwrap()).unwrap().is_none());
        header.write_as((MAJOR, 0, 0), &mut batch);
        store.commit(&batch).unwrap();
        let origin = Header::origin(&*store.snapshot().unwrap()).unwrap().unwrap();
        let (created_by, created_at) = (env!("CARGO_PKG_VERSION"), Timestamp(3));
        assert_eq!((origin.format, &*origin.created_by, origin.created_at), ((MAJOR, 0), created_by, created_at));
    }

    #[test]
    fn header_of_another_digest_is_refused() {
        let header = Header { id: [1; 16], secret: [2; 32], created_at: Timestamp(3) };
        let (store, mut batch) = (MemoryStore::new(), Batch::new());
        header.write_as((MAJOR, MINOR, 0), &mut batch);
        store.commit(&batch).unwrap();
        let value = store.snapshot().unwrap().get(HEADER, KEY).unwrap().unwrap();
        let mut body = sealed::open(HEADER, KEY, &value).unwrap().to_vec();
        let at = body.windows(6).position(|name| name == b"BLAKE3").unwrap();
        body[at + 5] = b'2';
        let mut batch = Batch::new();
        batch.put(HEADER, KEY, sealed::seal(HEADER, KEY, &body));
        store.commit(&batch).unwrap();
        let read = Header::read(&*store.snapshot().unwrap());
        assert!(matches!(read, Err(LayoutError::Corrupt { what: "an unknown digest algorithm", .. })), "{read:?}");
    }
}
