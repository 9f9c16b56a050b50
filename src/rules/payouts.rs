//! The law of payouts: what can be initiated, whose signatures approve it, what is held, and how each item ends.
//!
//! A payout is judged as a whole twice. When it is initiated, everything but the money: the device, the service, the
//! source, who must sign and until when, then the items one by one. When it is approved, the signature first, then the
//! standing of all accounts again, and last what the source has. After that no item can fail for want of money, and
//! what was held for an item is captured or released by the entry that ends it.

use std::borrow::Cow;

use super::codes::Sources;
use super::command::PayoutRequest;
use super::desk::{Desk, Refusal};
use super::devices;
use super::draft::{Draft, Identity, Moment, Outcome};
use super::lines::{Floors, Line, in_book, in_business, postings};
use super::movements::{not_in_future, positive, usable, within_limits};
use super::rejection::Rejection;
use super::reversals::reachable;
use super::{tariffs, texts};
use crate::model::{
    AccountId, Beneficiary, Book, Charge, ClientId, Details, DeviceId, Effect, EntryKind, Event, Expiry,
    InitiatedPayout, Limits, NewPayout, NewPayoutItem, Nonce, Operation, Payout, PayoutChange, PayoutEvent, PayoutId,
    PayoutItem, PayoutItemChange, PayoutItemState, PayoutItemStep, PayoutPreview, PayoutState, PayoutStep, Posted,
    PricedItem, Reference, Reverses, Role, Service, SignedApproval, Stage, SystemAccount, Timestamp, TrackingId,
    TransactionSource,
};
use crate::money::{Amount, allocate};

/// Whatever becomes of a payout or an item becomes of it once, so each step has a name of its own among the client's
/// keys: told again, it is answered with its first receipt.
pub(super) fn identify<'a>(desk: &Desk, request: &'a PayoutRequest) -> Result<Identity<'a>, Refusal> {
    let own = |client, key| Ok(Identity { client: Some(client), key: Some(Cow::Owned(key)) });
    match request {
        PayoutRequest::Initiate(given) => {
            if given.reserve_on_initiate && given.key.as_deref().unwrap_or_default().is_empty() {
                return Err(Rejection::IdempotencyKeyRequired.into());
            }
            let client = desk.service(given.service)?.terms.client;
            Ok(Identity { client: Some(client), key: given.key.as_deref().map(Cow::Borrowed) })
        }
        PayoutRequest::Approve(given) => {
            let payout = desk.payout(given.payout)?;
            let device = given.device.unwrap_or(payout.device);
            // Another signature is another approval, and is judged.
            let signature = blake3::hash(&given.signature).to_hex();
            let signature = signature.as_str().get(..32).unwrap_or_default();
            own(payout.client, format!("{}:approve:{device}:{signature}", payout.tracking_id))
        }
        PayoutRequest::Item(given) => {
            let payout = desk.payout(given.item.payout)?;
            let item = desk.payout_item(given.item)?;
            let step = match given.step {
                PayoutItemStep::Start => "start",
                PayoutItemStep::Settle { .. } => "settle",
                PayoutItemStep::Fail => "fail",
                PayoutItemStep::Unknown => "unknown",
                PayoutItemStep::Cancel => "cancel",
                PayoutItemStep::Return => "return",
            };
            own(payout.client, format!("{}:{step}", item.request_reference_id))
        }
        PayoutRequest::Change(given) => {
            let payout = desk.payout(given.payout)?;
            let step = match given.step {
                PayoutStep::Cancel => "cancel",
                PayoutStep::End => "end",
                PayoutStep::Expire => "expire",
            };
            own(payout.client, format!("{}:{step}", payout.tracking_id))
        }
    }
}

pub(super) fn decide(
    desk: &Desk,
    request: &PayoutRequest,
    moment: Moment,
    sources: Sources<'_>,
) -> Result<Draft, Refusal> {
    match request {
        PayoutRequest::Initiate(given) => initiate(desk, given, moment, sources),
        PayoutRequest::Approve(given) => approve(desk, given, moment, sources),
        PayoutRequest::Item(given) => step(desk, given, moment),
        PayoutRequest::Change(given) => change(desk, given, moment),
    }
}

/// Whether a request asks for exactly what an entry records.
pub(super) fn repeats(desk: &Desk, request: &PayoutRequest, event: &PayoutEvent) -> Result<bool, Refusal> {
    Ok(match (request, event) {
        (PayoutRequest::Initiate(given), PayoutEvent::Initiated(kept)) => *given == kept.given,
        (PayoutRequest::Approve(given), PayoutEvent::Approved { payout, device, signature, .. }) => {
            let record = desk.payout(*payout)?;
            if let Some(echo) = &given.echo {
                // Which ledger this is was proved by the signature.
                compared(echo, &preview(desk, record, echo.ledger.0)?)?;
            }
            given.payout == *payout
                && given.device.unwrap_or(record.device) == *device
                && given.signature == signature.0
        }
        (PayoutRequest::Item(given), PayoutEvent::Item { given: kept, .. }) => given == kept,
        (PayoutRequest::Change(given), PayoutEvent::Changed { given: kept }) => given == kept,
        _ => false,
    })
}

fn initiate(desk: &Desk, given: &NewPayout, moment: Moment, sources: Sources<'_>) -> Result<Draft, Refusal> {
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
        let shares =
            given.items.iter().zip(&priced).map(|(item, (amount, charge))| (&item.beneficiary, *amount, *charge));
        held(desk, service, book, given.source, shares)?
    } else {
        Vec::new()
    };
    let postings = postings(desk, &lines, Floors::Kept, moment)?;
    // Asked last and once: nothing can be missing any more.
    let nonce = Nonce(sources.nonces.nonce());
    let named = |item| TrackingId::make(&sources.ledger, payout, item, &nonce);
    let items = priced.into_iter().zip(1..).map(|((amount, charge), number)| PricedItem {
        amount,
        charge,
        request_reference_id: named(number),
    });
    let initiated = PayoutEvent::Initiated(Box::new(InitiatedPayout {
        given: given.clone(),
        payout,
        tracking_id: named(0),
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
        ..movement(Operation::Hold, initiated)
    };
    Ok(moved(posted, postings))
}

/// The account that pays must be the service's client's, in its book, in business, and one that may disburse: whatever
/// the items are, a payout is a disbursement.
fn source(desk: &Desk, service: &Service, account: AccountId, book: &Book) -> Result<(), Refusal> {
    let terms = &desk.row(account)?.terms;
    if terms.client != Some(service.terms.client) {
        return Err(Rejection::ServiceClientMismatch { service: service.id, account }.into());
    }
    in_book(desk, terms, book.id)?;
    in_business(account, terms)?;
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
fn payee(
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
    Ok(in_business(account, terms)?)
}

fn approve(desk: &Desk, given: &SignedApproval, moment: Moment, sources: Sources<'_>) -> Result<Draft, Refusal> {
    let payout = desk.payout(given.payout)?;
    let by = given.device.unwrap_or(payout.device);
    let device = desk.device(by)?;
    if !payout.approvers.devices.contains(&by) {
        return Err(Rejection::WrongDevice { payout: payout.id, device: by }.into());
    }
    devices::active(desk, by)?;
    approvable(payout, by)?;
    if moment.recorded_at >= payout.expires_at {
        return Err(Rejection::ApprovalExpired { payout: payout.id, expired_at: payout.expires_at }.into());
    }
    let preview = preview(desk, payout, sources.ledger)?;
    if let Some(echo) = &given.echo {
        compared(echo, &preview)?;
    }
    let bad = Rejection::BadSignature { device: by };
    let key = device.key().ok_or(bad.clone())?;
    if !devices::signed(key, &preview.digest(by), &given.signature) {
        return Err(bad.into());
    }
    let signature = <[u8; 64]>::try_from(given.signature.as_slice()).map_err(|_| bad)?;
    let complete = signatures_in_force(desk, payout)?.saturating_add(1) >= usize::from(payout.approvers.needed);
    let approved = PayoutEvent::Approved {
        payout: payout.id,
        device: by,
        key_version: key.version,
        signature: crate::model::Signature(signature),
        complete,
    };
    if !complete {
        return Ok(told(approved));
    }
    let service = in_force(desk, payout)?;
    if payout.reserved {
        return Ok(told(approved));
    }
    let book = desk.book(payout.book)?;
    let items = items(desk, payout)?;
    let shares = items.iter().map(|item| (&item.beneficiary, item.amount, item.charge));
    let lines = held(desk, service, book, payout.source, shares)?;
    let postings = postings(desk, &lines, Floors::Kept, moment)?;
    let posted = Posted {
        source: crossing(items.iter().map(|item| &item.beneficiary)),
        service: Some(payout.service),
        details: Some(Box::new(Details { references: vec![named(payout)], ..Details::default() })),
        ..movement(Operation::Hold, approved)
    };
    Ok(moved(posted, postings))
}

/// Whether a payout waits for the signature of a device.
fn approvable(payout: &Payout, by: DeviceId) -> Result<(), Rejection> {
    let id = payout.id;
    match payout.state {
        PayoutState::PreviewAndApprove => match payout.approvals.iter().find(|approval| approval.device == by) {
            Some(approval) => Err(Rejection::AlreadyApproved { payout: id, by: approval.approved_in }),
            None => Ok(()),
        },
        PayoutState::Approved | PayoutState::Processing | PayoutState::Completed => {
            let by = payout.approvals.last().map_or(payout.initiated_in, |approval| approval.approved_in);
            Err(Rejection::AlreadyApproved { payout: id, by })
        }
        state @ (PayoutState::Failed | PayoutState::Cancelled | PayoutState::Expired) => {
            Err(Rejection::BatchNotApprovable { payout: id, state })
        }
    }
}

/// How many of a payout's signatures are of devices that may still approve.
fn signatures_in_force(desk: &Desk, payout: &Payout) -> Result<usize, Refusal> {
    let mut in_force = 0;
    for approval in &payout.approvals {
        if desk.device(approval.device)?.is_active() {
            in_force += 1;
        }
    }
    Ok(in_force)
}

/// Demands that the standing of all accounts allows the payout still; the service in the version that priced it.
fn in_force<'a>(desk: &'a Desk, payout: &Payout) -> Result<&'a Service, Refusal> {
    let (service, version) = payout.service;
    let latest = usable(desk, service, Operation::Debit)?;
    let book = desk.book(payout.book)?;
    source(desk, latest, payout.source, book)?;
    for item in items(desk, payout)? {
        if let Beneficiary::Account(account) = item.beneficiary {
            payee(desk, latest, payout.source, account, book).map_err(|refusal| match refusal {
                Refusal::Rejected(reason) => {
                    Rejection::ItemRefused { item: item.id.number, reason: Box::new(reason) }.into()
                }
                missing @ Refusal::Missing(_) => missing,
            })?;
        }
    }
    Ok(desk.service_version(service, version)?)
}

/// What is signed of a payout, from what is stored of it.
fn preview(desk: &Desk, payout: &Payout, ledger: [u8; 16]) -> Result<PayoutPreview, Refusal> {
    Ok(PayoutPreview::of(ledger, payout, items(desk, payout)?))
}

fn compared(echo: &PayoutPreview, stored: &PayoutPreview) -> Result<(), Rejection> {
    match stored.difference(echo) {
        Some((item, field)) => Err(Rejection::PayloadMismatch { payout: stored.payout, item, field }),
        None => Ok(()),
    }
}

fn items<'a>(desk: &'a Desk, payout: &Payout) -> Result<Vec<&'a PayoutItem>, Refusal> {
    payout.item_ids().map(|id| desk.payout_item(id)).collect()
}

/// Something becomes of an item.
fn step(desk: &Desk, given: &PayoutItemChange, moment: Moment) -> Result<Draft, Refusal> {
    let (payout, item) = (desk.payout(given.item.payout)?, desk.payout_item(given.item)?);
    let to = given.step.to();
    let no = |from: &'static str| Rejection::InvalidTransition { from, to: to.text() };
    match payout.state {
        PayoutState::Approved | PayoutState::Processing => {}
        PayoutState::Completed if to == PayoutItemState::Returned => {}
        state => return Err(no(state.text()).into()),
    }
    if !follows(item.state, to) {
        return Err(no(item.state.text()).into());
    }
    texts::optional_name("code", given.code.as_deref())?;
    texts::optional_description("reason", given.reason.as_deref())?;
    not_in_future(given.effective_at, moment)?;
    match given.step {
        PayoutItemStep::Start | PayoutItemStep::Unknown => {
            Ok(told(PayoutEvent::Item { given: given.clone(), charge: Charge::default() }))
        }
        PayoutItemStep::Settle { .. } => settle(desk, given, payout, item, moment),
        PayoutItemStep::Fail | PayoutItemStep::Cancel => give_up(desk, given, payout, item, moment),
        PayoutItemStep::Return => take_back(desk, given, payout, item, moment),
    }
}

/// How states of an item follow one another.
const fn follows(from: PayoutItemState, to: PayoutItemState) -> bool {
    use PayoutItemState::{Cancelled, Failed, Pending, Processing, Returned, Successful, Unknown};
    matches!(
        (from, to),
        (Pending, Processing | Cancelled)
            | (Processing, Successful | Failed | Cancelled | Unknown)
            | (Unknown, Successful | Failed | Cancelled)
            | (Successful, Returned)
    )
}

fn settle(
    desk: &Desk,
    given: &PayoutItemChange,
    payout: &Payout,
    item: &PayoutItem,
    moment: Moment,
) -> Result<Draft, Refusal> {
    let charge = actual_charge(given, payout, item)?;
    let mut lines = share(desk, payout, item, Stage::Captured, item.amount, charge)?;
    let left = |all: Amount, used: Amount| all.minus(used).unwrap_or_default();
    let rest = Charge { fee: left(item.charge.fee, charge.fee), tax: left(item.charge.tax, charge.tax) };
    lines.extend(share(desk, payout, item, Stage::Released, Amount::ZERO, rest)?);
    let event = PayoutEvent::Item { given: given.clone(), charge };
    item_moved(desk, given, payout, item, &lines, movement(Operation::Capture, event), moment)
}

fn give_up(
    desk: &Desk,
    given: &PayoutItemChange,
    payout: &Payout,
    item: &PayoutItem,
    moment: Moment,
) -> Result<Draft, Refusal> {
    let lines = share(desk, payout, item, Stage::Released, item.amount, item.charge)?;
    let event = PayoutEvent::Item { given: given.clone(), charge: Charge::default() };
    item_moved(desk, given, payout, item, &lines, movement(Operation::Release, event), moment)
}

/// The inverse of what paid an item; its charge comes back if the service's version says so.
fn take_back(
    desk: &Desk,
    given: &PayoutItemChange,
    payout: &Payout,
    item: &PayoutItem,
    moment: Moment,
) -> Result<Draft, Refusal> {
    let (service, version) = payout.service;
    let refunds = desk.service_version(service, version)?.terms.refund_fee_on_reversal;
    let charge = if refunds { item.actual_charge.unwrap_or_default() } else { Charge::default() };
    let mut lines = share(desk, payout, item, Stage::Posted, item.amount, charge)?;
    for line in &mut lines {
        line.side = line.side.opposite();
        reachable(desk, line.account)?;
    }
    lines.sort_by_key(|line| (line.role != Role::Principal, line.side));
    let event = PayoutEvent::Item { given: given.clone(), charge };
    let reverses = item.settled_in.map(|original| Reverses { original, part: None, total: item.amount, whole: true });
    let posted = Posted { kind: EntryKind::Reversal, reverses, ..movement(Operation::Reverse, event) };
    item_moved(desk, given, payout, item, &lines, posted, moment)
}

/// The charge told, divided between fee and tax as the estimate is.
fn actual_charge(given: &PayoutItemChange, payout: &Payout, item: &PayoutItem) -> Result<Charge, Refusal> {
    let PayoutItemStep::Settle { charge: Some(told) } = given.step else {
        return Ok(item.charge);
    };
    let beyond = Rejection::AmountOverflow { account: payout.source };
    let estimate = item.charge.total().ok_or(beyond.clone())?;
    let total = if told.is_zero() { Amount::ZERO } else { positive(told, payout.currency)? };
    if total > estimate {
        let (given, estimate) = (total.signed(), estimate.signed());
        return Err(Rejection::ChargeExceedsEstimate { given, estimate }.into());
    }
    if total.is_zero() {
        return Ok(Charge::default());
    }
    match allocate(total, &[item.charge.fee, item.charge.tax]).as_deref() {
        Ok([fee, tax]) => Ok(Charge { fee: *fee, tax: *tax }),
        _ => Err(beyond.into()),
    }
}

/// Something becomes of the whole.
fn change(desk: &Desk, given: &PayoutChange, moment: Moment) -> Result<Draft, Refusal> {
    let payout = desk.payout(given.payout)?;
    let from = match given.step {
        PayoutStep::Cancel | PayoutStep::Expire => PayoutState::PreviewAndApprove,
        PayoutStep::End => PayoutState::Approved,
    };
    if payout.state != from {
        let (from, to) = (payout.state.text(), given.step.to().text());
        return Err(Rejection::InvalidTransition { from, to }.into());
    }
    if given.step == PayoutStep::Expire && moment.recorded_at < payout.expires_at {
        return Err(Rejection::NotExpired { payout: payout.id, expires_at: payout.expires_at }.into());
    }
    texts::optional_description("reason", given.reason.as_deref())?;
    let items = items(desk, payout)?;
    let event = PayoutEvent::Changed { given: given.clone() };
    if !payout.is_held() {
        return Ok(told(event));
    }
    let (service, version) = payout.service;
    let (service, book) = (desk.service_version(service, version)?, desk.book(payout.book)?);
    let shares = items.iter().map(|item| (&item.beneficiary, item.amount, item.charge));
    let mut lines = shares_of(service, book, payout.source, shares)?;
    lines.iter_mut().for_each(|line| line.stage = Stage::Released);
    let postings = postings(desk, &lines, Floors::SetAside, moment)?;
    let details = Details { references: vec![named(payout)], narrative: given.reason.clone(), ..Details::default() };
    let posted = Posted {
        source: crossing(items.iter().map(|item| &item.beneficiary)),
        service: Some(payout.service),
        details: Some(Box::new(details)),
        ..movement(Operation::Release, event)
    };
    Ok(moved(posted, postings))
}

/// The lines that hold what a payout needs, its charges' accounts being in business.
fn held<'a>(
    desk: &Desk,
    service: &Service,
    book: &Book,
    source: AccountId,
    shares: impl Iterator<Item = (&'a Beneficiary, Amount, Charge)>,
) -> Result<Vec<Line>, Refusal> {
    let mut lines = shares_of(service, book, source, shares)?;
    for line in lines.iter_mut() {
        let terms = &desk.row(line.account)?.terms;
        in_book(desk, terms, book.id)?;
        in_business(line.account, terms)?;
        line.stage = Stage::Held;
    }
    Ok(lines)
}

/// One item's lines, at a stage.
fn share(
    desk: &Desk,
    payout: &Payout,
    item: &PayoutItem,
    stage: Stage,
    amount: Amount,
    charge: Charge,
) -> Result<Vec<Line>, Refusal> {
    let (service, version) = payout.service;
    let (service, book) = (desk.service_version(service, version)?, desk.book(payout.book)?);
    let mut lines = shares_of(service, book, payout.source, std::iter::once((&item.beneficiary, amount, charge)))?;
    lines.iter_mut().for_each(|line| line.stage = stage);
    Ok(lines)
}

/// What the source pays for items, and who gets it: one line for each account and role. The charge always comes on top,
/// whoever else the service would have bear it: what a beneficiary gets is what was signed.
fn shares_of<'a>(
    service: &Service,
    book: &Book,
    source: AccountId,
    shares: impl Iterator<Item = (&'a Beneficiary, Amount, Charge)>,
) -> Result<Vec<Line>, Refusal> {
    let beyond = Rejection::AmountOverflow { account: source };
    let outside = service.terms.pool_account.unwrap_or_else(|| book.system(SystemAccount::External));
    let (mut total, mut whole) = (Amount::ZERO, Charge::default());
    let mut payees: Vec<(AccountId, Amount)> = Vec::new();
    for (beneficiary, amount, charge) in shares {
        total = total.plus(amount).ok_or(beyond.clone())?;
        whole = charges([whole, charge].into_iter()).ok_or(beyond.clone())?;
        let account = match beneficiary {
            Beneficiary::External(_) => outside,
            Beneficiary::Account(account) => *account,
        };
        match payees.iter_mut().find(|(payee, _)| *payee == account) {
            // Not more than the total.
            Some((_, due)) => *due = due.plus(amount).ok_or(beyond.clone())?,
            None => payees.push((account, amount)),
        }
    }
    let mut lines = Vec::with_capacity(payees.len().saturating_add(4));
    lines.push(Line::debit(source, Role::Principal, total));
    lines.extend(payees.into_iter().map(|(account, due)| Line::credit(account, Role::Principal, due)));
    lines.push(Line::debit(source, Role::Charge, whole.total().ok_or(beyond)?));
    let fees = service.terms.commission_account.unwrap_or_else(|| book.system(SystemAccount::FeeIncome));
    let taxes = service.terms.tax_account.unwrap_or_else(|| book.system(SystemAccount::Tax));
    lines.push(Line::credit(fees, Role::Fee, whole.fee));
    lines.push(Line::credit(taxes, Role::Tax, whole.tax));
    lines.retain(|line| !line.amount.is_zero());
    Ok(lines)
}

fn sum(mut amounts: impl Iterator<Item = Amount>) -> Option<Amount> {
    amounts.try_fold(Amount::ZERO, Amount::plus)
}

fn charges(mut charges: impl Iterator<Item = Charge>) -> Option<Charge> {
    charges.try_fold(Charge::default(), |sum, charge| {
        Some(Charge { fee: sum.fee.plus(charge.fee)?, tax: sum.tax.plus(charge.tax)? })
    })
}

/// Whether money crosses the ledger's edge.
fn crossing<'a>(mut beneficiaries: impl Iterator<Item = &'a Beneficiary>) -> TransactionSource {
    if beneficiaries.any(|beneficiary| matches!(beneficiary, Beneficiary::External(_))) {
        TransactionSource::External
    } else {
        TransactionSource::Internal
    }
}

/// The name under which all entries of a payout are found.
fn named(payout: &Payout) -> Reference {
    Reference::new("payout", payout.tracking_id.to_string())
}

/// An entry that moves no money.
fn told(event: PayoutEvent) -> Draft {
    Outcome::Recorded(Box::new(Event::Payout(Box::new(event)))).into()
}

fn moved(posted: Posted, postings: Vec<crate::model::Posting>) -> Draft {
    Draft { outcome: Outcome::Recorded(Box::new(Event::Posted(posted))), postings }
}

fn movement(operation: Operation, event: PayoutEvent) -> Posted {
    Posted {
        operation,
        kind: EntryKind::Payout,
        source: TransactionSource::Internal,
        service: None,
        effective_at: None,
        forced: false,
        reverses: None,
        effects: vec![Effect::Payout { event: Box::new(event) }],
        details: None,
    }
}

/// The entry of an item's end. What was held before is not judged again; what comes back must be there.
fn item_moved(
    desk: &Desk,
    given: &PayoutItemChange,
    payout: &Payout,
    item: &PayoutItem,
    lines: &[Line],
    posted: Posted,
    moment: Moment,
) -> Result<Draft, Refusal> {
    let floors = if posted.reverses.is_some() { Floors::Kept } else { Floors::SetAside };
    let postings = postings(desk, lines, floors, moment)?;
    let mut references = vec![named(payout), Reference::new("payout_item", item.request_reference_id.to_string())];
    references.extend(item.reference.as_ref().map(|own| Reference::new("payout_reference", own.clone())));
    let to = match &item.beneficiary {
        Beneficiary::External(party) => Some(party.clone()),
        Beneficiary::Account(_) => None,
    };
    let details = Details { narrative: item.narrative.clone(), references, to, ..Details::default() };
    let posted = Posted {
        source: crossing(std::iter::once(&item.beneficiary)),
        service: Some(payout.service),
        effective_at: given.effective_at,
        details: Some(Box::new(details)),
        ..posted
    };
    Ok(moved(posted, postings))
}
