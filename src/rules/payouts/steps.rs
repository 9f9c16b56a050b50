//! What becomes of items, one by one, and of the whole before that.

use super::super::desk::{Desk, Refusal};
use super::super::draft::{Draft, Moment};
use super::super::lines::reachable;
use super::super::lines::{Floors, Line, postings};
use super::super::movements::in_currency;
use super::super::periods::timely;
use super::super::rejection::Rejection;
use super::super::texts;
use super::lines::{crossing, items, movement, named, share, shares_of, told};
use crate::model::{
    Beneficiary, Charge, Details, EntryKind, Operation, Payout, PayoutChange, PayoutEvent, PayoutItem,
    PayoutItemChange, PayoutItemState, PayoutItemStep, PayoutState, PayoutStep, Posted, Reference, Reverses, Role,
    Stage,
};
use crate::money::{Amount, allocate};

/// Something becomes of an item.
pub(super) fn step(desk: &Desk, given: &PayoutItemChange, moment: Moment) -> Result<Draft, Refusal> {
    let (payout, item) = (desk.payout(given.item.payout)?, desk.payout_item(given.item)?);
    let to = given.step.to();
    let no = |from: &'static str| Rejection::InvalidPayoutTransition { from, to: to.text() };
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
    timely(desk, [payout.source], given.effective_at, moment)?;
    match given.step {
        PayoutItemStep::Start | PayoutItemStep::Unknown => Ok(told(event(given, payout, item, Charge::default()))),
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

/// What is told of an item's step; the payout is complete with the end of its last open item.
fn event(given: &PayoutItemChange, payout: &Payout, item: &PayoutItem, charge: Charge) -> PayoutEvent {
    let ends = item.state.is_open() && !given.step.to().is_open();
    let left = payout.open_items.saturating_sub(u16::from(ends));
    let leaves = if left == 0 { PayoutState::Completed } else { PayoutState::Processing };
    PayoutEvent::Item { given: given.clone(), charge, leaves }
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
    let event = event(given, payout, item, charge);
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
    let event = event(given, payout, item, Charge::default());
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
    let event = event(given, payout, item, charge);
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
    let told = in_currency(told, payout.currency)?;
    let total = told.amount().map_err(|_| Rejection::AmountNotPositive { given: told.minor() })?;
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
pub(super) fn change(desk: &Desk, given: &PayoutChange, moment: Moment) -> Result<Draft, Refusal> {
    let payout = desk.payout(given.payout)?;
    let from = match given.step {
        PayoutStep::Cancel | PayoutStep::Expire => PayoutState::PreviewAndApprove,
        PayoutStep::End => PayoutState::Approved,
    };
    if payout.state != from {
        let (from, to) = (payout.state.text(), given.step.to().text());
        return Err(Rejection::InvalidPayoutTransition { from, to }.into());
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
    let details =
        Details { references: vec![named(payout.tracking_id)], narrative: given.reason.clone(), ..Details::default() };
    let posted = Posted {
        source: crossing(items.iter().map(|item| &item.beneficiary)),
        service: Some(payout.service),
        details: Some(Box::new(details)),
        ..movement(Operation::Release, event)
    };
    Ok(Draft::moved(posted, postings, moment))
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
    let mut references =
        vec![named(payout.tracking_id), Reference::new("payout_item", item.request_reference_id.to_string())];
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
    Ok(Draft::moved(posted, postings, moment))
}
