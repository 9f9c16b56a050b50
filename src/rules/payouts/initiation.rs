//! Initiating: what can be asked, by whom, for how long, and what each item costs.

use super::super::codes::Sources;
use super::super::desk::{Desk, Refusal};
use super::super::devices;
use super::super::draft::{Draft, Moment};
use super::super::flows;
use super::super::lines::{Floors, in_book, in_business, open_for, postings};
use super::super::movements::{positive, usable, within_limits};
use super::super::rejection::Rejection;
use super::super::{parties, tariffs, texts};
use super::lines::{charges, crossing, held, movement, named, outside, sum, told, within_limits_over_time};
use crate::model::{
    AccountId, Beneficiary, Book, Charge, ClientId, Details, Expiry, InitiatedPayout, Limits, NewPayout, NewPayoutItem,
    Nonce, Operation, PayoutEvent, PayoutId, Posted, PricedItem, Service, Side, Timestamp, TrackingId,
};
use crate::money::Amount;

pub(super) fn initiate(desk: &Desk, given: &NewPayout, moment: Moment, sources: Sources<'_>) -> Result<Draft, Refusal> {
    devices::active(desk, given.device)?;
    let service = usable(desk, given.service, Operation::Debit)?;
    let client = service.terms.client;
    devices::active_of(desk, given.device, client)?;
    let book = desk.book(service.terms.book)?;
    source(desk, service, given.source, book)?;
    if given.currency.code() != book.currency.code() {
        return Err(Rejection::CurrencyMismatch { expected: book.currency, given: given.currency }.into());
    }
    texts::name("provider", given.provider.code())?;
    approvers(desk, given, client)?;
    let expires_at = expiry(given.expiry, moment)?;
    texts::metadata(&given.metadata)?;
    if given.items.is_empty() {
        return Err(Rejection::EmptyBatch.into());
    }
    texts::at_most("payout items", given.items.len(), Limits::PAYOUT_ITEMS)?;

    let next = desk.counters.payout.checked_add(1).filter(|next| *next <= TrackingId::PAYOUT_MAX.0);
    let payout = PayoutId(next.ok_or(Rejection::IdentifiersExhausted)?);
    let mut priced = Vec::with_capacity(given.items.len());
    for (item, number) in given.items.iter().zip(1..) {
        let found = priced_item(desk, given, service, book, item).map_err(|refusal| match refusal {
            Refusal::Rejected(reason) => Rejection::ItemRefused { item: number, reason: Box::new(reason) }.into(),
            missing @ Refusal::Missing(_) => missing,
        })?;
        priced.push(found);
    }
    let beyond = Rejection::AmountOverflow { account: given.source };
    let total = sum(priced.iter().map(|(amount, _)| *amount)).ok_or(beyond.clone())?;
    let whole = charges(priced.iter().map(|(_, charge)| *charge)).ok_or(beyond.clone())?;
    let charge_estimate = whole.total().ok_or(beyond.clone())?;
    total.plus(charge_estimate).ok_or(beyond)?;

    let lines = if given.reserve_on_initiate {
        within_limits_over_time(desk, service, (given.source, total), moment)?;
        let shares =
            given.items.iter().zip(&priced).map(|(item, (amount, charge))| (&item.beneficiary, *amount, *charge));
        held(desk, service, book, given.source, shares)?
    } else {
        Vec::new()
    };
    let postings = postings(desk, &lines, Floors::Kept, moment)?;
    // Asked last, so that none is spent on what is refused.
    let nonce = Nonce(sources.nonces.nonce());
    let tracked = |item| TrackingId::make(&sources.ledger, payout, item, &nonce);
    let tracking_id = tracked(0);
    let items = priced.into_iter().zip(1..).map(|((amount, charge), number)| PricedItem {
        amount,
        charge,
        request_reference_id: tracked(number),
    });
    let initiated = PayoutEvent::Initiated(Box::new(InitiatedPayout {
        given: given.clone(),
        payout,
        tracking_id,
        nonce,
        client,
        book: book.id,
        currency: book.currency,
        service_version: service.version,
        expires_at,
        items: items.collect(),
        total,
        charge_estimate,
    }));
    if postings.is_empty() {
        return Ok(told(initiated));
    }
    let posted = Posted {
        source: crossing(given.items.iter().map(|item| &item.beneficiary)),
        service: Some((service.id, service.version)),
        details: Some(Box::new(Details { references: vec![named(tracking_id)], ..Details::default() })),
        ..movement(Operation::Hold, initiated)
    };
    Ok(Draft::moved(posted, postings, moment))
}

/// The account that pays must be the service's client's, in its book, in business, and one that may disburse: whatever
/// the items are, a payout is a disbursement.
pub(super) fn source(desk: &Desk, service: &Service, account: AccountId, book: &Book) -> Result<(), Refusal> {
    let terms = &desk.row(account)?.terms;
    if terms.client != Some(service.terms.client) {
        return Err(Rejection::ServiceClientMismatch { service: service.id, account }.into());
    }
    in_book(desk, terms, book.id)?;
    in_business(account, terms)?;
    open_for(account, Side::Debit, terms)?;
    if terms.can_disburse { Ok(()) } else { Err(Rejection::DisbursementNotAllowed { account }.into()) }
}

/// Who must sign: the initiating device unless others are named, each of them the client's, active, and named once.
fn approvers(desk: &Desk, given: &NewPayout, client: ClientId) -> Result<(), Refusal> {
    let approvers = given.signers();
    let invalid = |reason| Err(Rejection::InvalidApprovers { reason }.into());
    texts::at_most("approvers", approvers.devices.len(), Limits::APPROVERS)?;
    if approvers.needed == 0 {
        return invalid("at least one signature is needed");
    }
    if usize::from(approvers.needed) > approvers.devices.len() {
        return invalid("more signatures are needed than there are devices");
    }
    for (at, device) in approvers.devices.iter().enumerate() {
        if approvers.devices.iter().take(at).any(|earlier| earlier == device) {
            return invalid("a device is named twice");
        }
        devices::active_of(desk, *device, client)?;
    }
    Ok(())
}

fn expiry(expiry: Expiry, moment: Moment) -> Result<Timestamp, Rejection> {
    let now = moment.recorded_at;
    let latest = now.plus_ns(Expiry::LONGEST_NS);
    let expires_at = match expiry {
        Expiry::After(ns) => now.plus_ns(ns),
        Expiry::At(at) => at,
    };
    if expires_at > now && expires_at <= latest {
        Ok(expires_at)
    } else {
        Err(Rejection::InvalidExpiry { expires_at, now, latest })
    }
}

/// What an item comes to, and costs.
fn priced_item(
    desk: &Desk,
    payout: &NewPayout,
    service: &Service,
    book: &Book,
    item: &NewPayoutItem,
) -> Result<(Amount, Charge), Refusal> {
    match &item.beneficiary {
        Beneficiary::Account(account) => payee(desk, service, payout.source, *account, book)?,
        Beneficiary::External(_) if payout.provider.is_internal() => {
            return Err(Rejection::BeneficiaryNotInternal.into());
        }
        Beneficiary::External(party) => {
            texts::filled("beneficiary", &party.display)?;
            texts::within("beneficiary", &party.display, Limits::REFERENCE_BYTES)?;
            if let Some(counterparty) = party.counterparty {
                parties::of_client(desk, counterparty, Some(service.terms.client))?;
            }
            flows::allowed(desk, book.id, payout.source, outside(service, book))?;
        }
    }
    texts::optional_name("name", item.name.as_deref())?;
    if let Some(narrative) = &item.narrative {
        texts::within("narrative", narrative, Limits::NARRATIVE_BYTES)?;
    }
    if let Some(reference) = &item.reference {
        texts::filled("reference", reference)?;
        texts::within("reference", reference, Limits::REFERENCE_BYTES)?;
    }
    let amount = positive(item.amount, book.currency)?;
    within_limits(amount, service.terms.minimum, service.terms.maximum)?;
    Ok((amount, tariffs::charge(service, amount)?))
}

/// A beneficiary inside: a client's account of the same book, of the same owner unless the service crosses.
pub(super) fn payee(
    desk: &Desk,
    service: &Service,
    source_account: AccountId,
    account: AccountId,
    book: &Book,
) -> Result<(), Refusal> {
    let terms = &desk.row(account)?.terms;
    if account == source_account {
        return Err(Rejection::SameAccount { account }.into());
    }
    if terms.client != Some(service.terms.client) {
        let Some(owner) = terms.client.filter(|_| service.terms.cross_client) else {
            return Err(Rejection::NotSameOwner { source_account, destination: account }.into());
        };
        desk.active_client(owner)?;
    }
    in_book(desk, terms, book.id)?;
    in_business(account, terms)?;
    open_for(account, Side::Credit, terms)?;
    flows::allowed(desk, book.id, source_account, account)
}
