//! Approving: whose signature of what counts, and the hold that the last one needed places.

use super::super::codes::Sources;
use super::super::desk::{Desk, Refusal};
use super::super::devices;
use super::super::draft::{Draft, Moment};
use super::super::flows;
use super::super::lines::{Floors, postings};
use super::super::movements::usable;
use super::super::rejection::Rejection;
use super::initiation::{payee, source};
use super::lines::{crossing, held, items, movement, named, outside, told, within_limits_over_time};
use crate::model::{
    Beneficiary, Details, DeviceId, Operation, Payout, PayoutEvent, PayoutPreview, PayoutState, Posted, Service,
    Signature, SignedApproval,
};

pub(super) fn approve(
    desk: &Desk,
    given: &SignedApproval,
    moment: Moment,
    sources: Sources<'_>,
) -> Result<Draft, Refusal> {
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
        signature: Signature(signature),
        complete,
    };
    if !complete {
        return Ok(told(approved));
    }
    let service = in_force(desk, payout)?;
    if payout.reserved {
        return Ok(told(approved));
    }
    within_limits_over_time(desk, desk.service(payout.service.0)?, (payout.source, payout.total), moment)?;
    let book = desk.book(payout.book)?;
    let items = items(desk, payout)?;
    let shares = items.iter().map(|item| (&item.beneficiary, item.amount, item.charge));
    let lines = held(desk, service, book, payout.source, shares)?;
    let postings = postings(desk, &lines, Floors::Kept, moment)?;
    let posted = Posted {
        source: crossing(items.iter().map(|item| &item.beneficiary)),
        service: Some(payout.service),
        details: Some(Box::new(Details { references: vec![named(payout.tracking_id)], ..Details::default() })),
        ..movement(Operation::Hold, approved)
    };
    Ok(Draft::moved(posted, postings, moment))
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
        let stands = match item.beneficiary {
            Beneficiary::Account(account) => payee(desk, latest, payout.source, account, book),
            Beneficiary::External(_) => flows::allowed(desk, book.id, payout.source, outside(latest, book)),
        };
        stands.map_err(|refusal| match refusal {
            Refusal::Rejected(reason) => {
                Rejection::ItemRefused { item: item.id.number, reason: Box::new(reason) }.into()
            }
            missing @ Refusal::Missing(_) => missing,
        })?;
    }
    Ok(desk.service_version(service, version)?)
}

/// What is signed of a payout, from what is stored of it.
pub(super) fn preview(desk: &Desk, payout: &Payout, ledger: [u8; 16]) -> Result<PayoutPreview, Refusal> {
    Ok(PayoutPreview::of(ledger, payout, items(desk, payout)?))
}

pub(super) fn compared(echo: &PayoutPreview, stored: &PayoutPreview) -> Result<(), Rejection> {
    match stored.difference(echo) {
        Some((item, field)) => Err(Rejection::PayloadMismatch { payout: stored.payout, item, field }),
        None => Ok(()),
    }
}
