//! The law of payouts: what can be initiated, whose signatures approve it, what is held, and how each item ends.
//!
//! A payout is judged as a whole twice. When it is initiated, everything but the money: the device, the service, the
//! source, who must sign and until when, then the items one by one. When it is approved, the signature first, then the
//! standing of all accounts again, and last what the source has. After that no item can fail for want of money, and
//! what was held for an item is captured or released by the entry that ends it.
//!
//! Files in reading order: `lines`, `initiation`, `approval`, `steps`, `records`.

mod approval;
mod initiation;
mod lines;
mod records;
mod steps;

use std::borrow::Cow;

use super::codes::Sources;
use super::command::PayoutRequest;
use super::desk::{Desk, Refusal};
use super::draft::{Draft, Identity, Moment};
use super::rejection::Rejection;
use crate::model::{PayoutEvent, PayoutItemStep, PayoutStep};

pub(super) use records::apply;

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
        PayoutRequest::Initiate(given) => initiation::initiate(desk, given, moment, sources),
        PayoutRequest::Approve(given) => approval::approve(desk, given, moment, sources),
        PayoutRequest::Item(given) => steps::step(desk, given, moment),
        PayoutRequest::Change(given) => steps::change(desk, given, moment),
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
                approval::compared(echo, &approval::preview(desk, record, echo.ledger.0)?)?;
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
