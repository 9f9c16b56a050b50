//! The law of clients: who can be registered, and what of them can change.

use super::codes::{CodeSource, free_code};
use super::desk::{Desk, Name, Refusal};
use super::draft::Outcome;
use super::rejection::Rejection;
use super::texts;
use crate::model::{ClientChange, ClientId, ClientKind, Contact, NewClient};

pub(super) fn register(desk: &Desk, given: &NewClient, codes: &dyn CodeSource) -> Result<Outcome, Refusal> {
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
    let code = free_code(desk, given.code.as_deref(), &given.name, id, Name::ClientCode, codes)?;
    Ok(Outcome::ClientRegistered(ClientId(id), code))
}

pub(super) fn change(desk: &Desk, client: ClientId, given: &ClientChange) -> Result<Outcome, Refusal> {
    let record = desk.client(client)?;
    texts::optional_name("client name", given.name.as_deref())?;
    texts::optional_name("client email", given.email.as_deref())?;
    texts::optional_name("client phone", given.phone.as_deref())?;
    if let Some(given) = &given.contact {
        contact(given)?;
    }
    texts::metadata_change(&record.metadata, &given.metadata)?;
    Ok(Outcome::ClientChanged)
}

fn contact(given: &Contact) -> Result<(), Rejection> {
    texts::name("contact name", &given.name)?;
    texts::name("contact email", &given.email)?;
    texts::name("contact phone", &given.phone)
}
