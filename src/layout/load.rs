//! Finding records: from what the law names to what the store holds.

use std::ops::{Bound, ControlFlow};
use std::sync::Arc;

use super::keys::{
    ACCOUNTS, BOOKS, CLIENTS, LIMITS, MONITORS, PERSONAL, ROWS, SERVICES, is_versioned, page_key, personal_key,
    record_key, split_pair, split_personal,
};
use super::records::decode_record;
use super::wire::Malformed;
use super::{LayoutError, corrupt, journal, rows, sealed};
use crate::model::{ClientId, Owner, Sequence, ServiceId, Timestamp};
use crate::rules::{Counters, Desk, Name, Need, Place, Record, Row};
use crate::store::{Order, Snapshot, Table};

/// Lays what is needed on the desk.
pub(crate) fn load(desk: &mut Desk, need: &Need, snapshot: &dyn Snapshot) -> Result<(), LayoutError> {
    match need {
        Need::Page(number) => {
            let rows = page(snapshot, *number)?;
            let key = page_key(*number);
            let rows = rows.ok_or_else(|| corrupt(ROWS, &key, Malformed("the page is missing")))?;
            desk.lay_page(*number, rows);
        }
        Need::Record(place) => {
            let record = record(snapshot, place, Sequence(u64::MAX))?;
            desk.lay(place.clone(), record);
        }
        Need::Sealed(..) => {
            // It lies nowhere: whoever asks makes it.
            return Err(LayoutError::Format { what: "a trial balance is not stored".to_owned() });
        }
        Need::Texts(owner, latest) => {
            for (sequence, record) in texts(snapshot, *owner, *latest)? {
                desk.lay(Place::Personal(*owner, sequence), Some(record));
            }
            // If the latest was not among them, it is known to be absent now.
            desk.lay(Place::Personal(*owner, *latest), None);
        }
    }
    Ok(())
}

/// The personal texts of an owner, up to those of the entry `latest`.
fn texts(snapshot: &dyn Snapshot, owner: Owner, latest: Sequence) -> Result<Vec<(Sequence, Record)>, LayoutError> {
    let (first, last) = (personal_key(owner, Sequence::ZERO), personal_key(owner, latest));
    let (mut texts, mut failed) = (Vec::new(), None);
    let bounds = (Bound::Included(first.as_slice()), Bound::Included(last.as_slice()));
    snapshot.scan(PERSONAL, bounds.0, bounds.1, Order::Ascending, &mut |key, value| {
        let place = split_personal(key).ok_or_else(|| corrupt(PERSONAL, key, Malformed("not a key of texts")));
        let record = place.and_then(|(owner, sequence)| {
            Ok((sequence, decode(PERSONAL, key, value, &Place::Personal(owner, sequence))?))
        });
        match record {
            Ok(record) => {
                texts.push(record);
                ControlFlow::Continue(())
            }
            Err(error) => {
                failed = Some(error);
                ControlFlow::Break(())
            }
        }
    })?;
    failed.map_or(Ok(texts), Err)
}

/// A page of rows, if it is stored.
pub(crate) fn page(snapshot: &dyn Snapshot, number: u64) -> Result<Option<Vec<Row>>, LayoutError> {
    let key = page_key(number);
    let Some(value) = snapshot.get(ROWS, &key)? else { return Ok(None) };
    let decoded = sealed::open(ROWS, &key, &value).and_then(rows::decode_rows);
    decoded.map(Some).map_err(|malformed| corrupt(ROWS, &key, malformed))
}

/// What lay in a place when the journal ended at `at`.
pub(crate) fn record(snapshot: &dyn Snapshot, place: &Place, at: Sequence) -> Result<Option<Record>, LayoutError> {
    if let Place::Entry(sequence) = place {
        let entry = if *sequence <= at { journal::entry(snapshot, *sequence)? } else { None };
        return Ok(entry.map(|entry| Record::Entry(Arc::new(entry))));
    }
    if let Place::ServiceVersion(service, version) = place {
        let versions = versions(snapshot, &Place::Service(*service), at)?;
        let wanted = |record: &Record| matches!(record, Record::Service(service) if service.version == *version);
        return Ok(versions.into_iter().map(|(_, record)| record).find(wanted));
    }
    let (table, key) = record_key(place, at);
    let found = if is_versioned(place) {
        snapshot.at_or_before(table, &key)?.filter(|(found, _)| is_version_of(found, &key))
    } else {
        snapshot.get(table, &key)?.map(|value| (key.into(), value))
    };
    let Some((key, value)) = found else { return Ok(None) };
    decode(table, &key, &value, place).map(Some)
}

/// Whether two keys differ in their last 8 bytes alone: the sequence of the version.
fn is_version_of(found: &[u8], key: &[u8]) -> bool {
    let place = key.len().saturating_sub(8);
    found.len() == key.len() && found.get(..place) == key.get(..place)
}

/// When the newest version of an owner says that its personal texts were erased.
pub(crate) fn erased_at(snapshot: &dyn Snapshot, owner: Owner) -> Result<Option<Timestamp>, LayoutError> {
    let place = match owner {
        Owner::Client(client) => Place::Client(client),
        Owner::Counterparty(counterparty) => Place::Counterparty(counterparty),
    };
    Ok(match record(snapshot, &place, Sequence(u64::MAX))? {
        Some(Record::Client(record)) => record.personal.erased_at,
        Some(Record::Counterparty(record)) => record.personal.erased_at,
        _ => None,
    })
}

fn decode(table: Table, key: &[u8], value: &[u8], place: &Place) -> Result<Record, LayoutError> {
    let body = sealed::open(table, key, value);
    body.and_then(|body| decode_record(place, body)).map_err(|malformed| corrupt(table, key, malformed))
}

/// Every version of a place's record up to `at`, from the first, with the entry that made it.
pub(crate) fn versions(
    snapshot: &dyn Snapshot,
    place: &Place,
    at: Sequence,
) -> Result<Vec<(Sequence, Record)>, LayoutError> {
    let (table, last) = record_key(place, at);
    let (_, first) = record_key(place, Sequence::ZERO);
    let mut versions = Vec::new();
    let mut failed = None;
    let bounds = (Bound::Included(first.as_slice()), Bound::Included(last.as_slice()));
    snapshot.scan(table, bounds.0, bounds.1, Order::Ascending, &mut |key, value| {
        let version = split_pair(key).ok_or_else(|| corrupt(table, key, Malformed("not a versioned key")));
        match version.and_then(|(_, version)| Ok((Sequence(version), decode(table, key, value, place)?))) {
            Ok(version) => {
                versions.push(version);
                ControlFlow::Continue(())
            }
            Err(error) => {
                failed = Some(error);
                ControlFlow::Break(())
            }
        }
    })?;
    failed.map_or(Ok(versions), Err)
}

/// The identifiers given out last, as the tables show them.
pub(crate) fn counters(snapshot: &dyn Snapshot) -> Result<Counters, LayoutError> {
    let last = |table: Table| -> Result<u64, LayoutError> {
        match snapshot.at_or_before(table, &[u8::MAX; 16])? {
            Some((key, _)) => {
                let pair = split_pair(&key).ok_or_else(|| corrupt(table, &key, Malformed("not a versioned key")))?;
                Ok(pair.0)
            }
            None => Ok(0),
        }
    };
    Ok(Counters {
        book: last(BOOKS)?,
        client: last(CLIENTS)?,
        service: last(SERVICES)?,
        account: last(ACCOUNTS)?,
        limit: last(LIMITS)?,
        monitor: last(MONITORS)?,
    })
}

/// The services of a client that have ever been defined, in the order of their products' codes.
pub(crate) fn services(snapshot: &dyn Snapshot, client: ClientId) -> Result<Vec<ServiceId>, LayoutError> {
    let product =
        |client: u64| record_key(&Place::Name(Name::Product(ClientId(client), String::new())), Sequence::ZERO);
    let ((table, first), (_, end)) = (product(client.0), product(client.0.saturating_add(1)));
    let (mut services, mut failed) = (Vec::new(), None);
    let bounds = (Bound::Included(first.as_slice()), Bound::Excluded(end.as_slice()));
    snapshot.scan(table, bounds.0, bounds.1, Order::Ascending, &mut |key, value| {
        // What the name is does not matter: every name is decoded alike.
        match decode(table, key, value, &Place::Name(Name::Product(client, String::new()))) {
            Ok(Record::Name(service)) => services.push(ServiceId(service)),
            Ok(_) => {}
            Err(error) => {
                failed = Some(error);
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    })?;
    failed.map_or(Ok(services), Err)
}

/// The first halves of a table's pairs, each once, in order.
pub(crate) fn firsts(snapshot: &dyn Snapshot, table: Table) -> Result<Vec<u64>, LayoutError> {
    let mut firsts = Vec::new();
    snapshot.scan(table, Bound::Unbounded, Bound::Unbounded, Order::Ascending, &mut |key, _| {
        if let Some((first, _)) = split_pair(key)
            && firsts.last() != Some(&first)
        {
            firsts.push(first);
        }
        ControlFlow::Continue(())
    })?;
    Ok(firsts)
}

/// Shows the second halves of the pairs that begin with `first`, after `after`, in `order`, until `visit` breaks.
pub(crate) fn seconds(
    snapshot: &dyn Snapshot,
    table: Table,
    first: u64,
    after: Option<u64>,
    order: Order,
    visit: &mut dyn FnMut(u64) -> ControlFlow<()>,
) -> Result<(), LayoutError> {
    use super::keys::pair_key;
    let (least, most) = (pair_key(first, 0), pair_key(first, u64::MAX));
    let cursor = after.map(|after| pair_key(first, after));
    let (mut from, mut to) = (Bound::Included(least.as_slice()), Bound::Included(most.as_slice()));
    if let Some(cursor) = &cursor {
        match order {
            Order::Ascending => from = Bound::Excluded(cursor.as_slice()),
            Order::Descending => to = Bound::Excluded(cursor.as_slice()),
        }
    }
    snapshot.scan(table, from, to, order, &mut |key, _| match split_pair(key) {
        Some((_, second)) => visit(second),
        None => ControlFlow::Continue(()),
    })?;
    Ok(())
}
