//! The law of counterparties and of erasure.
//!
//! A counterparty is judged in this order: the client, the texts in the order of the model, then whether the host's own
//! name for it is free. Erasing is allowed always; doing it again is answered with the first receipt.

use std::borrow::Cow;
use std::sync::Arc;

use super::codes::Sources;
use super::command::{Command, Held, InvoiceRequest, PayoutRequest, Request};
use super::desk::{Beside, Desk, Place, Record, Refusal};
use super::draft::{Draft, Identity, Moment};
use super::personal::{self, reference_digest, value_digest};
use super::rejection::Rejection;
use super::texts;
use crate::model::{
    Beneficiary, Client, ClientId, Commitment, Committed, Counterparty, CounterpartyChange, CounterpartyId, Details,
    Entry, Erase, Event, Limits, Metadata, NewCounterparty, Owner, Party, PartyEvent, PartyRequest, Personal, Sequence,
    Texts, amended,
};

impl From<PartyRequest> for Command {
    fn from(request: PartyRequest) -> Self {
        Self::of(Request::Parties(Box::new(request)))
    }
}

impl From<NewCounterparty> for Command {
    fn from(given: NewCounterparty) -> Self {
        PartyRequest::Record(given).into()
    }
}

impl From<(CounterpartyId, CounterpartyChange)> for Command {
    fn from((counterparty, given): (CounterpartyId, CounterpartyChange)) -> Self {
        PartyRequest::Change(counterparty, given).into()
    }
}

impl From<Erase> for Command {
    fn from(erase: Erase) -> Self {
        PartyRequest::Erase(erase).into()
    }
}

/// Every key here is one of the client's; an erasure has one of its own, so that it happens once.
pub(super) fn identify<'a>(desk: &Desk, request: &'a PartyRequest) -> Result<Identity<'a>, Refusal> {
    let of = |client, key: Option<Cow<'a, str>>| Identity { client: Some(client), key };
    Ok(match request {
        PartyRequest::Record(given) => of(given.client, given.key.as_deref().map(Cow::Borrowed)),
        PartyRequest::Change(counterparty, given) => {
            of(desk.counterparty(*counterparty)?.client, given.key.as_deref().map(Cow::Borrowed))
        }
        PartyRequest::Erase(Erase::Counterparty(counterparty)) => {
            let key = format!("ERS.counterparty.{counterparty}");
            of(desk.counterparty(*counterparty)?.client, Some(Cow::Owned(key)))
        }
        PartyRequest::Erase(Erase::Client(client)) => of(desk.client(*client)?.id, Some(Cow::Borrowed("ERS.client"))),
    })
}

pub(super) fn decide(
    desk: &Desk,
    request: &PartyRequest,
    moment: Moment,
    sources: Sources<'_>,
) -> Result<Draft, Refusal> {
    let (event, beside) = match request {
        PartyRequest::Record(given) => record(desk, given, moment, sources)?,
        PartyRequest::Change(counterparty, given) => change(desk, *counterparty, given, moment, sources)?,
        PartyRequest::Erase(Erase::Counterparty(counterparty)) => erase(desk, *counterparty, sources)?,
        PartyRequest::Erase(Erase::Client(client)) => {
            let mut beside = Beside::new();
            let committed = desk.client(*client)?.personal;
            personal::take_away(desk, Owner::Client(*client), committed.committed_in, &mut beside)?;
            (PartyEvent::ClientErased { client: *client }, beside)
        }
    };
    Ok(Draft::Beside(Box::new(Event::Parties(Box::new(event))), beside))
}

fn record(
    desk: &Desk,
    given: &NewCounterparty,
    moment: Moment,
    sources: Sources<'_>,
) -> Result<(PartyEvent, Beside), Refusal> {
    let client = desk.active_client(given.client)?.id;
    texts::filled("counterparty value", &given.value)?;
    texts::within("counterparty value", &given.value, Limits::REFERENCE_BYTES)?;
    display(given.display.as_deref())?;
    for (field, text) in [
        ("counterparty reference", &given.reference),
        ("counterparty name", &given.name),
        ("counterparty email", &given.email),
        ("counterparty phone", &given.phone),
        ("country", &given.country),
    ] {
        texts::optional_name(field, text.as_deref())?;
    }
    address(&given.address)?;
    texts::metadata(&given.metadata)?;

    let value = value_digest(sources.secret, client, given.kind, &given.value);
    let known = desk.payer(client, value)?.map(|counterparty| desk.counterparty(counterparty)).transpose()?;
    let id = known.map_or(CounterpartyId(moment.sequence.0), |known| known.id);
    let mut stripped = given.clone();
    let taken = stripped.take_texts();
    let mut beside = Beside::new();
    if known.is_none() {
        beside.push((Place::Payer(client, value), Some(Record::Name(id.0))));
    }
    let committed = known.map(|known| known.personal).unwrap_or_default();
    let commitment = amend(desk, (client, id), committed, &taken, moment, sources, &mut beside)?;
    let party = match (&given.display, known) {
        (Some(display), _) => Party::shown(given.kind, display.clone()),
        (None, Some(known)) => known.party.clone(),
        (None, None) => Party::shown(given.kind, Party::veiled(given.kind, &given.value).display),
    };
    let party = party.of(id);
    Ok((PartyEvent::CounterpartyRecorded { given: stripped, counterparty: id, party, commitment }, beside))
}

fn change(
    desk: &Desk,
    counterparty: CounterpartyId,
    given: &CounterpartyChange,
    moment: Moment,
    sources: Sources<'_>,
) -> Result<(PartyEvent, Beside), Refusal> {
    let record = desk.counterparty(counterparty)?;
    desk.active_client(record.client)?;
    if record.is_erased() {
        return Err(Rejection::CounterpartyErased { counterparty }.into());
    }
    display(given.display.as_deref())?;
    for (field, text) in [
        ("counterparty reference", &given.reference),
        ("counterparty name", &given.name),
        ("counterparty email", &given.email),
        ("counterparty phone", &given.phone),
        ("country", &given.country),
    ] {
        texts::within(field, text.as_deref().unwrap_or_default(), Limits::NAME_BYTES)?;
    }
    address(given.address.as_deref().unwrap_or_default())?;
    texts::metadata(&given.metadata)?;

    let mut stripped = given.clone();
    let taken = stripped.take_texts();
    let mut beside = Beside::new();
    let commitment = if taken.is_empty() {
        None
    } else {
        let owner = (record.client, counterparty);
        Some(amend(desk, owner, record.personal, &taken, moment, sources, &mut beside)?)
    };
    let client = record.client;
    Ok((PartyEvent::CounterpartyChanged { given: stripped, counterparty, client, commitment }, beside))
}

/// Lays a counterparty's texts by as they are with what is given instead, and moves the host's own name for it.
fn amend(
    desk: &Desk,
    (client, counterparty): (ClientId, CounterpartyId),
    committed: Committed,
    taken: &Texts,
    moment: Moment,
    sources: Sources<'_>,
    beside: &mut Beside,
) -> Result<Commitment, Refusal> {
    let owner = Owner::Counterparty(counterparty);
    let before = personal::texts(desk, owner, committed)?;
    let texts = amended(&before, taken);
    texts::metadata_of(&texts)?;
    let place = |reference: &String| Place::Payer(client, reference_digest(sources.secret, client, reference));
    if before.get("reference") != texts.get("reference") {
        beside.extend(before.get("reference").map(|reference| (place(reference), None)));
        if let Some(reference) = texts.get("reference") {
            if let Some(holder) = desk.payer(client, reference_digest(sources.secret, client, reference))? {
                return Err(Rejection::CounterpartyReferenceTaken { counterparty: holder }.into());
            }
            beside.push((place(reference), Some(Record::Name(counterparty.0))));
        }
    }
    Ok(personal::lay_by(owner, moment.sequence, (committed.committed_in, &before), taken, sources, beside))
}

fn erase(desk: &Desk, counterparty: CounterpartyId, sources: Sources<'_>) -> Result<(PartyEvent, Beside), Refusal> {
    let record = desk.counterparty(counterparty)?;
    let (owner, client) = (Owner::Counterparty(counterparty), record.client);
    let texts = personal::texts(desk, owner, record.personal)?;
    let mut beside = Beside::new();
    let value = texts.get("value").map(|value| value_digest(sources.secret, client, record.party.kind, value));
    let reference = texts.get("reference").map(|reference| reference_digest(sources.secret, client, reference));
    beside.extend(value.into_iter().chain(reference).map(|digest| (Place::Payer(client, digest), None)));
    personal::take_away(desk, owner, record.personal.committed_in, &mut beside)?;
    Ok((PartyEvent::CounterpartyErased { counterparty, client }, beside))
}

fn display(display: Option<&str>) -> Result<(), Rejection> {
    let Some(display) = display else { return Ok(()) };
    texts::filled("party", display)?;
    texts::within("party", display, Limits::REFERENCE_BYTES)
}

fn address(lines: &[String]) -> Result<(), Rejection> {
    texts::at_most("address lines", lines.len(), Limits::ADDRESS_LINES)?;
    lines.iter().try_for_each(|line| texts::name("address line", line))
}

/// The counterparties that a movement names: they are the client's, if the movement has one, and not erased.
pub(super) fn named(desk: &Desk, client: Option<ClientId>, details: Option<&Details>) -> Result<(), Refusal> {
    let Some(details) = details else { return Ok(()) };
    for counterparty in [&details.from, &details.to].into_iter().flatten().filter_map(|party| party.counterparty) {
        of_client(desk, counterparty, client)?;
    }
    Ok(())
}

/// A counterparty that may be named for a client.
pub(super) fn of_client(desk: &Desk, counterparty: CounterpartyId, client: Option<ClientId>) -> Result<(), Refusal> {
    let record = desk.counterparty(counterparty)?;
    if client.is_some_and(|client| client != record.client) {
        return Err(Rejection::CounterpartyOfAnotherClient { counterparty, client: record.client }.into());
    }
    if record.is_erased() {
        return Err(Rejection::CounterpartyErased { counterparty }.into());
    }
    Ok(())
}

/// The parties that a request names, for the host's validator: as given, in full where that is known.
pub(crate) fn parties(request: &Request) -> Vec<Cow<'_, Party>> {
    let details = match request {
        Request::Credit(given) => &given.details,
        Request::Debit(given) => &given.details,
        Request::Transfer(given) => &given.details,
        Request::Post(given) => &given.details,
        Request::Reverse(given) => &given.details,
        Request::PlaceHold(given) => match &given.movement {
            Held::Credit(given) => &given.details,
            Held::Debit(given) => &given.details,
            Held::Transfer(given) => &given.details,
            Held::Post(given) => &given.details,
            Held::Exchange(given) => &given.details,
        },
        Request::Exchange(given) => &given.details,
        Request::Capture(given) => &given.details,
        Request::Release(given) => &given.details,
        Request::Invoice(given) => match &**given {
            InvoiceRequest::Issue(given) => return vec![Cow::Borrowed(&given.payer)],
            InvoiceRequest::Complete(given) => &given.details,
            _ => &None,
        },
        Request::Payout(given) => {
            let PayoutRequest::Initiate(given) = &**given else { return Vec::new() };
            let outside = given.items.iter().filter_map(|item| match &item.beneficiary {
                Beneficiary::External(party) => Some(Cow::Borrowed(party)),
                Beneficiary::Account(_) => None,
            });
            return outside.collect();
        }
        Request::Parties(given) => {
            return match &**given {
                PartyRequest::Record(given) => vec![Cow::Owned(Party::veiled(given.kind, &given.value))],
                PartyRequest::Change(..) | PartyRequest::Erase(_) => Vec::new(),
            };
        }
        _ => &None,
    };
    let parties = details.iter().flat_map(|details| [&details.from, &details.to]).flatten();
    parties.map(Cow::Borrowed).collect()
}

/// Whether a request asks for exactly what an entry records, as far as its texts are still known.
pub(super) fn repeats(
    desk: &Desk,
    request: &PartyRequest,
    event: &PartyEvent,
    sequence: Sequence,
) -> Result<bool, Refusal> {
    match (request, event) {
        (PartyRequest::Record(given), PartyEvent::CounterpartyRecorded { given: kept, counterparty, .. }) => {
            let mut given = given.clone();
            let texts = given.take_texts();
            let owner = Owner::Counterparty(*counterparty);
            Ok(given == *kept && personal::same_texts(desk, owner, sequence, &texts)?)
        }
        (
            PartyRequest::Change(asked, given),
            PartyEvent::CounterpartyChanged { given: kept, counterparty, client: _, commitment },
        ) => {
            let mut given = given.clone();
            let taken = given.take_texts();
            let (owner, at) = (Owner::Counterparty(*counterparty), (sequence, commitment.is_some()));
            Ok(asked == counterparty && given == *kept && personal::same_change(desk, owner, at, &taken)?)
        }
        (PartyRequest::Erase(Erase::Counterparty(asked)), PartyEvent::CounterpartyErased { counterparty, .. }) => {
            Ok(asked == counterparty)
        }
        (PartyRequest::Erase(Erase::Client(asked)), PartyEvent::ClientErased { client }) => Ok(asked == client),
        _ => Ok(false),
    }
}

/// Copies what an entry says of counterparties and erasures.
pub(super) fn apply(desk: &mut Desk, event: &PartyEvent, entry: &Entry) {
    match event {
        PartyEvent::CounterpartyRecorded { given, counterparty, party, commitment } => {
            let before = match desk.record(&Place::Counterparty(*counterparty)) {
                Some(Record::Counterparty(before)) => Some(before.recorded_at),
                _ => None,
            };
            let personal = Committed { commitment: *commitment, committed_in: entry.sequence, erased_at: None };
            let record = Counterparty {
                id: *counterparty,
                client: given.client,
                party: party.clone(),
                value: None,
                reference: None,
                name: None,
                email: None,
                phone: None,
                country: None,
                address: Vec::new(),
                metadata: Metadata::new(),
                personal,
                recorded_at: before.unwrap_or(entry.recorded_at),
                changed_at: entry.recorded_at,
                changed_in: entry.sequence,
            };
            desk.change(Place::Counterparty(*counterparty), Record::Counterparty(Arc::new(record)));
        }
        PartyEvent::CounterpartyChanged { given, counterparty, client: _, commitment } => {
            change_record(desk, *counterparty, entry, |record| {
                if let Some(display) = &given.display {
                    record.party = Party::shown(record.party.kind, display.clone()).of(record.id);
                }
                if let Some(commitment) = commitment {
                    (record.personal.commitment, record.personal.committed_in) = (*commitment, entry.sequence);
                }
            });
        }
        PartyEvent::CounterpartyErased { counterparty, client: _ } => {
            change_record(desk, *counterparty, entry, |record| record.personal.erased_at = Some(entry.recorded_at));
        }
        PartyEvent::ClientErased { client } => {
            if let Some(Record::Client(before)) = desk.record(&Place::Client(*client)) {
                let erased = Committed { erased_at: Some(entry.recorded_at), ..before.personal };
                let (changed_at, changed_in) = (entry.recorded_at, entry.sequence);
                let record = Client { personal: erased, changed_at, changed_in, ..(**before).clone() };
                desk.change(Place::Client(*client), Record::Client(Arc::new(record)));
            }
        }
    }
}

fn change_record(desk: &mut Desk, id: CounterpartyId, entry: &Entry, change: impl FnOnce(&mut Counterparty)) {
    if let Some(Record::Counterparty(before)) = desk.record(&Place::Counterparty(id)) {
        let mut record = (**before).clone();
        (record.changed_at, record.changed_in) = (entry.recorded_at, entry.sequence);
        change(&mut record);
        desk.change(Place::Counterparty(id), Record::Counterparty(Arc::new(record)));
    }
}

/// Whose personal texts an entry commits to, if it does.
pub(crate) fn committed(event: &Event) -> Option<(Owner, Commitment)> {
    match event {
        Event::ClientRegistered { client, commitment, .. } => Some((Owner::Client(*client), *commitment)),
        Event::ClientChanged { client, commitment, .. } => Some((Owner::Client(*client), (*commitment)?)),
        Event::Parties(event) => match &**event {
            PartyEvent::CounterpartyRecorded { counterparty, commitment, .. } => {
                Some((Owner::Counterparty(*counterparty), *commitment))
            }
            PartyEvent::CounterpartyChanged { counterparty, commitment, .. } => {
                Some((Owner::Counterparty(*counterparty), (*commitment)?))
            }
            PartyEvent::CounterpartyErased { .. } | PartyEvent::ClientErased { .. } => None,
        },
        _ => None,
    }
}

/// Whose personal texts an entry erases, if it does.
pub(crate) fn erased(event: &Event) -> Option<Owner> {
    let Event::Parties(event) = event else { return None };
    match &**event {
        PartyEvent::CounterpartyErased { counterparty, client: _ } => Some(Owner::Counterparty(*counterparty)),
        PartyEvent::ClientErased { client } => Some(Owner::Client(*client)),
        PartyEvent::CounterpartyRecorded { .. } | PartyEvent::CounterpartyChanged { .. } => None,
    }
}

/// What lies beside an entry of another ledger's journal that is followed again, with the texts that it committed to.
pub(crate) fn restored(
    desk: &Desk,
    event: &Event,
    sequence: Sequence,
    texts: Arc<Personal>,
    secret: &[u8; 32],
) -> Beside {
    let Some((owner, _)) = committed(event) else { return Beside::new() };
    let mut beside = Beside::new();
    if let Event::Parties(event) = event {
        let (counterparty, client, kind) = match &**event {
            PartyEvent::CounterpartyRecorded { given, counterparty, .. } => (*counterparty, given.client, given.kind),
            PartyEvent::CounterpartyChanged { counterparty, client, .. } => match desk.counterparty(*counterparty) {
                Ok(record) => (*counterparty, *client, record.party.kind),
                Err(_) => return beside,
            },
            PartyEvent::CounterpartyErased { .. } | PartyEvent::ClientErased { .. } => return beside,
        };
        let before = desk.personal(owner, texts.previous).ok().flatten();
        let called = |texts: &Texts| {
            let reference = texts.get("reference")?;
            Some(Place::Payer(client, reference_digest(secret, client, reference)))
        };
        let value = texts.texts.get("value").map(|value| value_digest(secret, client, kind, value));
        let value = value.map(|digest| Place::Payer(client, digest));
        beside.extend(before.and_then(|before| called(&before.texts)).map(|place| (place, None)));
        let names = value.into_iter().chain(called(&texts.texts));
        beside.extend(names.map(|place| (place, Some(Record::Name(counterparty.0)))));
    }
    beside.push((Place::Personal(owner, sequence), Some(Record::Personal(texts))));
    beside
}
