//! Finding records: from what the law names to what the store holds.

use std::ops::{Bound, ControlFlow};
use std::sync::Arc;

use super::keys::{
    ACCOUNT_PATHS, ACCOUNTS, BOOKS, CLIENTS, DEVICES, FACTS, LIMITS, MEMBERSHIPS, MONITORS, PAYOUTS, PERSONAL,
    REVERSED, ROWS, SERVICES, SET_MEMBERS, SETS, fact_key, is_versioned, last_id, member_key, membership_key, page_key,
    pair_key, path_prefix, personal_key, record_key, split_member, split_pair, split_personal,
};
use super::records::decode_record;
use super::runs::Digest;
use super::wire::Malformed;
use super::{LayoutError, corrupt, journal, rows, sealed};
use crate::model::{AccountId, AccountPath, BookId, ClientId, Member, Owner, Sequence, ServiceId, SetId, Timestamp};
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

/// The entries nearest to this one of which something was reversed: the last up to it, zero if there is none, and the
/// first after it, the greatest sequence if there is none.
pub(crate) fn reversed_around(
    snapshot: &dyn Snapshot,
    original: Sequence,
) -> Result<(Sequence, Sequence), LayoutError> {
    let original_in = |key: &[u8]| match key.first_chunk() {
        Some(original) => Ok(Sequence(u64::from_be_bytes(*original))),
        None => Err(corrupt(REVERSED, key, Malformed("not a key of a reversal"))),
    };
    let key = pair_key(original.0, u64::MAX);
    let before = match snapshot.at_or_before(REVERSED, &key)? {
        Some((key, _)) => original_in(&key)?,
        None => Sequence::ZERO,
    };
    let mut after = Ok(Sequence(u64::MAX));
    snapshot.scan(REVERSED, Bound::Excluded(&key), Bound::Unbounded, Order::Ascending, &mut |key, _| {
        after = original_in(key);
        ControlFlow::Break(())
    })?;
    Ok((before, after?))
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
        device: last(DEVICES)?,
        payout: last(PAYOUTS)?,
        limit: last(LIMITS)?,
        monitor: last(MONITORS)?,
        set: last(SETS)?,
    })
}

/// The services of a client that have ever been defined, in the order of their products' codes.
pub(crate) fn services(snapshot: &dyn Snapshot, client: ClientId) -> Result<Vec<ServiceId>, LayoutError> {
    let (first, end) =
        (Name::Product(client, String::new()), Name::Product(ClientId(client.0.saturating_add(1)), String::new()));
    Ok(holders(snapshot, first, end)?.into_iter().map(ServiceId).collect())
}

/// The sets of a book that have ever been defined, in the order of their names.
pub(crate) fn sets(snapshot: &dyn Snapshot, book: BookId) -> Result<Vec<SetId>, LayoutError> {
    let (first, end) = (Name::Set(book, String::new()), Name::Set(BookId(book.0.saturating_add(1)), String::new()));
    Ok(holders(snapshot, first, end)?.into_iter().map(SetId).collect())
}

/// Who has the names from one up to another.
fn holders(snapshot: &dyn Snapshot, first: Name, end: Name) -> Result<Vec<u64>, LayoutError> {
    let place = Place::Name(first);
    let ((table, first), (_, end)) =
        (record_key(&place, Sequence::ZERO), record_key(&Place::Name(end), Sequence::ZERO));
    let (mut holders, mut failed) = (Vec::new(), None);
    let bounds = (Bound::Included(first.as_slice()), Bound::Excluded(end.as_slice()));
    snapshot.scan(table, bounds.0, bounds.1, Order::Ascending, &mut |key, value| {
        // What the name is does not matter: every name is decoded alike.
        match decode(table, key, value, &place) {
            Ok(Record::Name(holder)) => holders.push(holder),
            Ok(_) => {}
            Err(error) => {
                failed = Some(error);
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    })?;
    failed.map_or(Ok(holders), Err)
}

/// At most `count` accounts, after `after` in `order`, that were members of a set when the journal ended at `at`.
pub(crate) fn members(
    snapshot: &dyn Snapshot,
    set: SetId,
    at: Sequence,
    after: Option<AccountId>,
    order: Order,
    count: usize,
) -> Result<Vec<AccountId>, LayoutError> {
    let (first, last) = (pair_key(set.0, 0), member_key(set, AccountId(u64::MAX)));
    // Behind all versions of the account, or before them.
    let (behind, before) = (after.map(|after| member_key(set, after)), after.map(|after| pair_key(set.0, after.0)));
    let (mut from, mut to) = (Bound::Included(first.as_slice()), Bound::Included(last.as_slice()));
    match (order, &behind, &before) {
        (Order::Ascending, Some(behind), _) => from = Bound::Excluded(behind.as_slice()),
        (Order::Descending, _, Some(before)) => to = Bound::Excluded(before.as_slice()),
        _ => {}
    }
    let mut found: Vec<(AccountId, bool)> = Vec::new();
    let (mut members, mut failed) = (0usize, None);
    snapshot.scan(SET_MEMBERS, from, to, order, &mut |key, value| {
        let read = || {
            let whose = split_member(key).ok_or_else(|| corrupt(SET_MEMBERS, key, Malformed("not a member's key")))?;
            let place = Place::Member(set, whose.0);
            Ok((whose, matches!(decode(SET_MEMBERS, key, value, &place)?, Record::Member(true))))
        };
        let ((account, version), has) = match read() {
            Ok(read) => read,
            Err(error) => {
                failed = Some(error);
                return ControlFlow::Break(());
            }
        };
        if version > at {
            return ControlFlow::Continue(());
        }
        match found.last_mut().filter(|(last, _)| *last == account) {
            // Its versions stand together: the latest counts.
            Some((_, kept)) if order == Order::Ascending => *kept = has,
            Some(_) => {}
            None => {
                members = members.saturating_add(found.last().map_or(0, |(_, kept)| usize::from(*kept)));
                if members >= count {
                    return ControlFlow::Break(());
                }
                found.push((account, has));
            }
        }
        ControlFlow::Continue(())
    })?;
    let members = found.into_iter().filter(|(_, has)| *has).map(|(account, _)| account).take(count).collect();
    failed.map_or(Ok(members), Err)
}

/// The sets that have ever had a member, by identifier.
pub(crate) fn memberships(snapshot: &dyn Snapshot, member: Member) -> Result<Vec<SetId>, LayoutError> {
    let (first, last) = (membership_key(member, SetId(0)), membership_key(member, SetId(u64::MAX)));
    let bounds = (Bound::Included(first.as_slice()), Bound::Included(last.as_slice()));
    Ok(last_ids(snapshot, MEMBERSHIPS, bounds, Order::Ascending, usize::MAX)?.into_iter().map(SetId).collect())
}

/// The accounts of a book that have ever stood at a path or below it, some perhaps more than once.
pub(crate) fn within(snapshot: &dyn Snapshot, book: BookId, path: &AccountPath) -> Result<Vec<AccountId>, LayoutError> {
    let prefix = path_prefix(book, path);
    let (first, end) = ([&prefix[..], &[0]].concat(), [&prefix[..], &[2]].concat());
    let bounds = (Bound::Included(first.as_slice()), Bound::Excluded(end.as_slice()));
    Ok(last_ids(snapshot, ACCOUNT_PATHS, bounds, Order::Ascending, usize::MAX)?.into_iter().map(AccountId).collect())
}

/// At most `count` identifiers, after `after` in `order`, that have ever had a fact.
pub(crate) fn having(
    snapshot: &dyn Snapshot,
    fact: Digest,
    after: Option<u64>,
    order: Order,
    count: usize,
) -> Result<Vec<u64>, LayoutError> {
    let (first, last) = (fact_key(fact, 0), fact_key(fact, u64::MAX));
    let cursor = after.map(|after| fact_key(fact, after));
    let (mut from, mut to) = (Bound::Included(first.as_slice()), Bound::Included(last.as_slice()));
    if let Some(cursor) = &cursor {
        match order {
            Order::Ascending => from = Bound::Excluded(cursor.as_slice()),
            Order::Descending => to = Bound::Excluded(cursor.as_slice()),
        }
    }
    last_ids(snapshot, FACTS, (from, to), order, count)
}

/// The identifiers that at most `count` keys end with.
fn last_ids(
    snapshot: &dyn Snapshot,
    table: Table,
    bounds: (Bound<&[u8]>, Bound<&[u8]>),
    order: Order,
    count: usize,
) -> Result<Vec<u64>, LayoutError> {
    let mut ids = Vec::new();
    snapshot.scan(table, bounds.0, bounds.1, order, &mut |key, _| {
        ids.extend(last_id(key));
        if ids.len() < count { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    Ok(ids)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        AccountType, Contact, DeviceId, Entry, NewAccount, NewAccountSet, NewBook, NewClient, NewDevice, NewLimit,
        NewMonitor, NewPayout, NewPayoutItem, NewService, Party, Provider, PublicKey, Service, ServiceChange, Subject,
        TrackingId, Window,
    };
    use crate::money::Currency;
    use crate::rules::{
        Command, Moment, Refusal, Rejection, Sources, Verdict, apply, decide, generated_code, identify,
    };
    use crate::store::{MemoryStore, Store};

    /// A desk over an empty store, which is asked about all that was not decided on the desk itself.
    #[derive(Default)]
    struct Books {
        desk: Desk,
        store: MemoryStore,
        last: Sequence,
    }

    impl Books {
        fn give(&mut self, command: impl Into<Command>) -> Result<Arc<Entry>, Rejection> {
            let command = command.into();
            let sequence = self.last.next();
            let moment = Moment { sequence, recorded_at: Timestamp(sequence.0 as i64) };
            let mut draft = loop {
                match self.judged(&command, moment) {
                    Ok(Verdict::Write(draft)) => break draft,
                    Ok(Verdict::Replay) => unreachable!("nothing has a key"),
                    Err(Refusal::Rejected(rejection)) => return Err(rejection),
                    Err(Refusal::Missing(need)) => {
                        load(&mut self.desk, &need, &*self.store.snapshot().unwrap()).unwrap()
                    }
                }
            };
            let beside = draft.take_beside();
            let entry = draft.into_entry(command, None, None, moment);
            apply(&mut self.desk, &entry);
            self.desk.change_beside(beside);
            self.last = sequence;
            Ok(entry)
        }

        fn judged(&self, command: &Command, moment: Moment) -> Result<Verdict, Refusal> {
            identify(&self.desk, command)?;
            let (codes, nonces) = (&generated_code, &|| [7; 16]);
            decide(&self.desk, command, None, moment, Sources { ledger: [0; 16], secret: &[0; 32], codes, nonces })
        }
    }

    /// Which identifiers are counted, and a command that is given the next of them.
    type Counter = fn(&mut Counters) -> &mut u64;
    type Ask = Box<dyn Fn(u8) -> Command>;

    fn public_key(seed: u8) -> PublicKey {
        PublicKey(ed25519_dalek::SigningKey::from_bytes(&[seed; 32]).verifying_key().to_bytes())
    }

    #[test]
    fn nothing_is_given_an_identifier_when_the_last_is_spent() {
        let mut books = Books::default();
        let (client, book, service, account) = (ClientId(1), BookId(1), ServiceId(1), AccountId(7));
        let contact = || Contact::new("Jane", "jane@emali.example", "0722000001");
        let money = Currency::KES.minor(1_00).unwrap();
        let asks: [(Counter, Ask); 9] = [
            (|counters| &mut counters.book, Box::new(|n| NewBook::live(format!("book {n}"), Currency::KES).into())),
            (|counters| &mut counters.client, Box::new(move |_| NewClient::individual("KE", contact()).into())),
            (
                |counters| &mut counters.account,
                Box::new(move |_| NewAccount::new(client, book, AccountType::WORKING).into()),
            ),
            (
                |counters| &mut counters.service,
                Box::new(move |n| NewService::new(client, book, format!("PRODUCT_{n}")).into()),
            ),
            (|counters| &mut counters.device, Box::new(move |n| NewDevice::new(client, public_key(n), "till").into())),
            (
                |counters| &mut counters.payout,
                Box::new(move |_| {
                    let payout = NewPayout::new(DeviceId(1), service, account, Provider::MPESA_B2C, Currency::KES);
                    payout.item(NewPayoutItem::new(Party::msisdn("+254722000111"), money)).into()
                }),
            ),
            (
                |counters| &mut counters.limit,
                Box::new(move |_| {
                    NewLimit { count_max: Some(1), ..NewLimit::new(Subject::Service(service), Window::DAY) }.into()
                }),
            ),
            (|counters| &mut counters.monitor, Box::new(move |_| NewMonitor::new(account, money).into())),
            (|counters| &mut counters.set, Box::new(move |n| NewAccountSet::new(book, format!("set {n}")).into())),
        ];
        for (_, ask) in &asks {
            books.give(ask(1)).unwrap();
        }
        for (counter, ask) in &asks {
            let spent = *counter(&mut books.desk.counters);
            assert!(spent > 0);
            *counter(&mut books.desk.counters) = u64::MAX;
            assert_eq!(books.give(ask(2)).err(), Some(Rejection::IdentifiersExhausted));
            *counter(&mut books.desk.counters) = spent;
            books.give(ask(2)).unwrap();
        }
        // A book opens accounts of its own, and needs an identifier for each.
        books.desk.counters.account = u64::MAX - 5;
        assert_eq!(books.give(asks[0].1(3)).err(), Some(Rejection::IdentifiersExhausted));
        // A payout's identifier has less room.
        books.desk.counters.payout = TrackingId::PAYOUT_MAX.0;
        assert_eq!(books.give(asks[5].1(3)).err(), Some(Rejection::IdentifiersExhausted));

        let Some(Record::Service(record)) = books.desk.record(&Place::Service(service)).cloned() else {
            unreachable!()
        };
        let oldest = Service { version: u32::MAX, ..(*record).clone() };
        books.desk.change_beside(vec![(Place::Service(service), Some(Record::Service(oldest.into())))]);
        let change = (service, ServiceChange::default());
        assert_eq!(books.give(change).err(), Some(Rejection::IdentifiersExhausted));
    }

    /// A store where accounts 1 to 9 became members of two sets, and ceased to be, again and again.
    fn memberships_by_chance() -> (MemoryStore, Vec<(SetId, AccountId, Sequence, bool)>) {
        let (store, mut batch, mut history, mut seed) =
            (MemoryStore::new(), crate::store::Batch::new(), Vec::new(), 7u64);
        for sequence in (1..120).map(Sequence) {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let (set, account, has) =
                (SetId(1 + (seed >> 60) % 2), AccountId(1 + (seed >> 40) % 9), seed >> 33 & 1 == 1);
            let (table, key) = record_key(&Place::Member(set, account), sequence);
            let value = sealed::seal(table, &key, &crate::layout::records::encode_record(&Record::Member(has)));
            batch.put(table, key, value);
            history.push((set, account, sequence, has));
        }
        store.commit(&batch).unwrap();
        (store, history)
    }

    #[test]
    fn members_are_those_that_were_in_either_order_and_from_any_place() {
        let (store, history) = memberships_by_chance();
        let snapshot = store.snapshot().unwrap();
        for (set, at) in [SetId(1), SetId(2)].into_iter().flat_map(|set| (0..121).step_by(5).map(move |at| (set, at))) {
            let was = |account: &AccountId| {
                let mut versions =
                    history.iter().filter(|(of, member, made, _)| (*of, *member) == (set, *account) && made.0 <= at);
                versions.next_back().is_some_and(|(.., has)| *has)
            };
            let all: Vec<AccountId> = (1..=9).map(AccountId).filter(was).collect();
            for (after, count) in (0..=10)
                .map(|after| (after > 0).then_some(AccountId(after)))
                .flat_map(|after| (1..=4).map(move |count| (after, count)))
            {
                let up: Vec<_> =
                    all.iter().copied().filter(|id| after.is_none_or(|after| *id > after)).take(count).collect();
                let down: Vec<_> =
                    all.iter().rev().copied().filter(|id| after.is_none_or(|after| *id < after)).take(count).collect();
                let asked = |order| members(&*snapshot, set, Sequence(at), after, order, count).unwrap();
                assert_eq!(asked(Order::Ascending), up, "{set:?} at {at} after {after:?}");
                assert_eq!(asked(Order::Descending), down, "{set:?} at {at} before {after:?}");
            }
        }
    }

    #[test]
    fn as_many_are_listed_as_were_asked_for() {
        let (store, mut batch, fact) = (MemoryStore::new(), crate::store::Batch::new(), [7; 16]);
        for id in 1..=9 {
            let key = fact_key(Digest(fact), id);
            batch.put(FACTS, &key, sealed::seal_nothing(FACTS, &key));
        }
        store.commit(&batch).unwrap();
        let snapshot = store.snapshot().unwrap();
        for count in 1..=10 {
            let asked = |after, order| having(&*snapshot, Digest(fact), after, order, count).unwrap();
            assert_eq!(asked(Some(2), Order::Ascending), (3..=9).take(count).collect::<Vec<_>>());
            assert_eq!(asked(Some(8), Order::Descending), (1..=7).rev().take(count).collect::<Vec<_>>());
            assert_eq!(asked(None, Order::Ascending), (1..=9).take(count).collect::<Vec<_>>());
        }
    }
}
