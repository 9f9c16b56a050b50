//! The law of services: which tariffs and limits can be, and how a service changes version by version.

use super::codes::{CodeSource, free_code};
use super::desk::{Desk, Name, Refusal};
use super::draft::Draft;
use super::lines::in_book;
use super::rejection::Rejection;
use super::texts;
use crate::model::{Band, BookId, ClientId, Fee, Limits, NewService, Reserve, ServiceChange, ServiceId, Tariff};
use crate::money::Amount;

pub(super) fn define(desk: &Desk, given: &NewService, codes: &dyn CodeSource) -> Result<Draft, Refusal> {
    let book = desk.book(given.book)?;
    desk.active_client(given.client)?;
    texts::code("service code", &given.service_code)?;
    texts::optional_name("service name", given.name.as_deref())?;
    tariff(&given.tariff)?;
    limits(given.minimum, given.maximum)?;
    for account in [given.commission_account, given.tax_account, given.pool_account].into_iter().flatten() {
        in_book(desk, &desk.row(account)?.terms, book.id)?;
    }
    reserve(desk, given.client, book.id, given.reserve)?;
    if let Some(holder) = desk.holder(Name::Product(given.client, given.service_code.clone()))? {
        return Err(Rejection::ServiceCodeTaken { service: ServiceId(holder) }.into());
    }
    let id = desk.counters.service.checked_add(1).ok_or(Rejection::IdentifiersExhausted)?;
    let name = given.name.as_deref().unwrap_or(&given.service_code);
    let code = free_code(desk, given.code.as_deref(), name, id, Name::ServiceCode, codes)?;
    Ok(Draft::ServiceDefined(ServiceId(id), code))
}

pub(super) fn change(desk: &Desk, service: ServiceId, given: &ServiceChange) -> Result<Draft, Refusal> {
    let record = desk.service(service)?;
    desk.active_client(record.terms.client)?;
    texts::optional_name("service name", given.name.as_deref())?;
    if let Some(given) = &given.tariff {
        tariff(given)?;
    }
    if let Some((minimum, maximum)) = given.limits {
        limits(minimum, maximum)?;
    }
    if let Some(given) = given.reserve {
        reserve(desk, record.terms.client, record.terms.book, given)?;
    }
    let version = record.version.checked_add(1).ok_or(Rejection::IdentifiersExhausted)?;
    Ok(Draft::ServiceChanged(version))
}

/// A reserve is kept in an account of the client's own.
fn reserve(desk: &Desk, client: ClientId, book: BookId, reserve: Option<Reserve>) -> Result<(), Refusal> {
    let Some(Reserve { account, .. }) = reserve else { return Ok(()) };
    let terms = &desk.row(account)?.terms;
    if terms.client != Some(client) {
        return Err(Rejection::ReserveNotOwned { account }.into());
    }
    in_book(desk, terms, book)
}

fn limits(minimum: Option<Amount>, maximum: Option<Amount>) -> Result<(), Rejection> {
    match (minimum, maximum) {
        (Some(minimum), Some(maximum)) if minimum > maximum => {
            Err(Rejection::InvalidLimits { reason: "the minimum is above the maximum" })
        }
        _ => Ok(()),
    }
}

fn tariff(tariff: &Tariff) -> Result<(), Rejection> {
    match tariff {
        Tariff::Free => Ok(()),
        Tariff::Flat(given) => fee(given),
        Tariff::Banded(given) => bands(given),
    }
}

fn fee(fee: &Fee) -> Result<(), Rejection> {
    match fee {
        Fee::Percentage { floor: Some(floor), cap: Some(cap), .. } if floor > cap => {
            Err(Rejection::InvalidFeeDefinition { reason: "the fee's floor is above its cap" })
        }
        Fee::Percentage { flat, cap: Some(cap), .. } if flat > cap => {
            Err(Rejection::InvalidFeeDefinition { reason: "the fee's flat sum is above its cap" })
        }
        Fee::Fixed(_) | Fee::Percentage { .. } => Ok(()),
    }
}

fn bands(bands: &[Band]) -> Result<(), Rejection> {
    texts::at_most("bands", bands.len(), Limits::BANDS)?;
    let Some((last, others)) = bands.split_last() else {
        return Err(Rejection::InvalidFeeDefinition { reason: "a banded tariff needs a band" });
    };
    let mut end = Amount::ZERO;
    for band in others {
        match band.up_to {
            Some(up_to) if up_to > end => end = up_to,
            _ => {
                return Err(Rejection::InvalidFeeDefinition {
                    reason: "bands must ascend, the last alone without an end",
                });
            }
        }
    }
    if last.up_to.is_some_and(|up_to| up_to <= end) {
        return Err(Rejection::InvalidFeeDefinition { reason: "bands must ascend, the last alone without an end" });
    }
    bands.iter().try_for_each(|band| fee(&band.fee))
}
