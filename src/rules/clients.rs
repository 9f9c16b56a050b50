//! The law of clients: who can be registered, and what of them can change.

use super::codes::{Sources, free_code};
use super::desk::{Beside, Desk, Name, Refusal};
use super::draft::{Draft, Moment};
use super::rejection::Rejection;
use super::{personal, texts};
use crate::model::{ClientChange, ClientId, ClientKind, Contact, Event, NewClient, Owner, Sequence, Texts};

pub(super) fn register(desk: &Desk, given: &NewClient, moment: Moment, sources: Sources<'_>) -> Result<Draft, Refusal> {
    texts::name("client name", &given.name)?;
    texts::name("client email", &given.email)?;
    texts::name("client phone", &given.phone)?;
    contact(&given.contact)?;
    texts::name("country", &given.country)?;
    match given.kind {
        ClientKind::Business => texts::name("tax identifier", given.tax_id.as_deref().unwrap_or_default())?,
        ClientKind::Individual => texts::optional_name("tax identifier", given.tax_id.as_deref())?,
    }
    texts::optional_description("physical address", given.physical_address.as_deref())?;
    texts::optional_description("logo", given.logo.as_deref())?;
    texts::optional_description("description", given.description.as_deref())?;
    texts::metadata(&given.metadata)?;
    let id = desk.counters.client.checked_add(1).ok_or(Rejection::IdentifiersExhausted)?;
    let code = free_code(desk, given.code.as_deref(), &given.name, id, Name::ClientCode, sources.codes)?;
    let client = ClientId(id);
    let (mut given, mut beside) = (Box::new(given.clone()), Beside::new());
    let taken = given.take_texts();
    let (owner, nothing) = (Owner::Client(client), (Sequence::ZERO, &Texts::new()));
    let commitment = personal::lay_by(owner, moment.sequence, nothing, &taken, sources, &mut beside);
    Ok(Draft::Beside(Box::new(Event::ClientRegistered { given, client, code, commitment }), beside))
}

pub(super) fn change(
    desk: &Desk,
    client: ClientId,
    given: &ClientChange,
    moment: Moment,
    sources: Sources<'_>,
) -> Result<Draft, Refusal> {
    let record = desk.client(client)?;
    texts::optional_name("client name", given.name.as_deref())?;
    texts::optional_name("client email", given.email.as_deref())?;
    texts::optional_name("client phone", given.phone.as_deref())?;
    if let Some(given) = &given.contact {
        contact(given)?;
    }
    texts::metadata_change(&record.metadata, &given.metadata)?;
    let (mut given, mut beside) = (Box::new(given.clone()), Beside::new());
    let taken = given.take_texts(record.kind);
    let commitment = if taken.is_empty() {
        None
    } else if record.is_erased() {
        return Err(Rejection::ClientErased { client }.into());
    } else {
        let (owner, previous) = (Owner::Client(client), record.personal.committed_in);
        let before = personal::texts(desk, owner, record.personal)?;
        Some(personal::lay_by(owner, moment.sequence, (previous, &before), &taken, sources, &mut beside))
    };
    Ok(Draft::Beside(Box::new(Event::ClientChanged { given, client, commitment }), beside))
}

/// Whether a registration is the one that the entry at `sequence` records.
pub(super) fn repeats_registration(
    desk: &Desk,
    given: &NewClient,
    kept: &NewClient,
    client: ClientId,
    sequence: Sequence,
) -> Result<bool, Refusal> {
    let mut given = given.clone();
    let taken = given.take_texts();
    Ok(given == *kept && personal::same_texts(desk, Owner::Client(client), sequence, &taken)?)
}

/// Whether a change is the one that the entry at `sequence` records, which `commits` to texts or not.
pub(super) fn repeats_change(
    desk: &Desk,
    given: &ClientChange,
    kept: &ClientChange,
    client: ClientId,
    (sequence, commits): (Sequence, bool),
) -> Result<bool, Refusal> {
    let mut given = given.clone();
    let taken = given.take_texts(desk.client(client)?.kind);
    Ok(given == *kept && personal::same_change(desk, Owner::Client(client), (sequence, commits), &taken)?)
}

fn contact(given: &Contact) -> Result<(), Rejection> {
    texts::name("contact name", &given.name)?;
    texts::name("contact email", &given.email)?;
    texts::name("contact phone", &given.phone)
}
