//! What a payout's events make of its records: the payout, and one record for each item.

use std::sync::Arc;

use super::super::desk::{Desk, Place, Record};
use crate::model::{
    Approval, Charge, Entry, InitiatedPayout, Payout, PayoutChange, PayoutEvent, PayoutId, PayoutItem,
    PayoutItemChange, PayoutItemId, PayoutItemState, PayoutState,
};
use crate::money::Amount;

pub(in crate::rules) fn apply(desk: &mut Desk, event: &PayoutEvent, entry: &Entry) {
    match event {
        PayoutEvent::Initiated(initiated) => {
            desk.counters.payout = desk.counters.payout.max(initiated.payout.0);
            for item in items(initiated, entry) {
                lay_item(desk, item);
            }
            lay(desk, payout(initiated, entry));
        }
        PayoutEvent::Approved { payout, device, key_version, signature, complete } => {
            let Some(mut record) = payout_on(desk, *payout) else { return };
            record.approvals.push(Approval {
                device: *device,
                key_version: *key_version,
                signature: *signature,
                approved_at: entry.recorded_at,
                approved_in: entry.sequence,
            });
            if *complete {
                record.state = PayoutState::Approved;
            }
            lay(desk, touched(record, entry));
        }
        PayoutEvent::Item { given, charge, leaves } => step(desk, given, *charge, *leaves, entry),
        PayoutEvent::Changed { given } => change(desk, given, entry),
    }
}

fn payout_on(desk: &Desk, payout: PayoutId) -> Option<Payout> {
    match desk.record(&Place::Payout(payout)) {
        Some(Record::Payout(record)) => Some((**record).clone()),
        _ => None,
    }
}

fn item_on(desk: &Desk, item: PayoutItemId) -> Option<PayoutItem> {
    match desk.record(&Place::PayoutItem(item)) {
        Some(Record::PayoutItem(record)) => Some((**record).clone()),
        _ => None,
    }
}

fn lay(desk: &mut Desk, payout: Payout) {
    desk.change(Place::Payout(payout.id), Record::Payout(Arc::new(payout)));
}

fn lay_item(desk: &mut Desk, item: PayoutItem) {
    desk.change(Place::PayoutItem(item.id), Record::PayoutItem(Arc::new(item)));
}

fn touched(payout: Payout, entry: &Entry) -> Payout {
    Payout { changed_at: entry.recorded_at, changed_in: entry.sequence, ..payout }
}

fn touched_item(item: PayoutItem, entry: &Entry) -> PayoutItem {
    PayoutItem { changed_at: entry.recorded_at, changed_in: entry.sequence, ..item }
}

/// Together never more than the payout's total, which `decide` has counted.
fn grown(total: Amount, by: Amount) -> Amount {
    total.plus(by).unwrap_or(Amount::MAX)
}

fn step(desk: &mut Desk, given: &PayoutItemChange, charge: Charge, leaves: PayoutState, entry: &Entry) {
    let (Some(mut payout), Some(mut item)) = (payout_on(desk, given.item.payout), item_on(desk, given.item)) else {
        return;
    };
    let to = given.step.to();
    let costs = charge.total().unwrap_or_default();
    match to {
        PayoutItemState::Successful => {
            payout.paid_total = grown(payout.paid_total, item.amount);
            payout.actual_charges = grown(payout.actual_charges, costs);
            item.actual_charge = Some(charge);
            item.settled_in = Some(entry.sequence);
        }
        PayoutItemState::Failed => payout.failed_total = grown(payout.failed_total, item.amount),
        PayoutItemState::Cancelled => payout.cancelled_total = grown(payout.cancelled_total, item.amount),
        PayoutItemState::Returned => {
            payout.returned_total = grown(payout.returned_total, item.amount);
            payout.actual_charges = payout.actual_charges.minus(costs).unwrap_or_default();
        }
        PayoutItemState::Pending | PayoutItemState::Processing | PayoutItemState::Unknown => {}
    }
    if item.state.is_open() && !to.is_open() {
        payout.open_items = payout.open_items.saturating_sub(1);
    }
    payout.state = leaves;
    item.state = to;
    item.code = given.code.clone().or(item.code);
    item.reason = given.reason.clone().or(item.reason);
    lay_item(desk, touched_item(item, entry));
    lay(desk, touched(payout, entry));
}

fn change(desk: &mut Desk, given: &PayoutChange, entry: &Entry) {
    let Some(mut payout) = payout_on(desk, given.payout) else { return };
    for id in payout.item_ids() {
        if let Some(item) = item_on(desk, id) {
            lay_item(desk, touched_item(PayoutItem { state: PayoutItemState::Cancelled, ..item }, entry));
        }
    }
    payout.cancelled_total = payout.total;
    payout.open_items = 0;
    payout.reason = given.reason.clone();
    payout.state = given.step.to();
    lay(desk, touched(payout, entry));
}

fn payout(initiated: &InitiatedPayout, entry: &Entry) -> Payout {
    let given = &initiated.given;
    // Bounded far below 2^16.
    let items = u16::try_from(initiated.items.len()).unwrap_or(u16::MAX);
    Payout {
        id: initiated.payout,
        tracking_id: initiated.tracking_id,
        client: initiated.client,
        device: given.device,
        service: (given.service, initiated.service_version),
        source: given.source,
        book: initiated.book,
        currency: initiated.currency,
        provider: given.provider.clone(),
        approvers: given.signers(),
        reserved: given.reserve_on_initiate,
        nonce: initiated.nonce,
        expires_at: initiated.expires_at,
        metadata: given.metadata.clone(),
        items,
        open_items: items,
        total: initiated.total,
        charge_estimate: initiated.charge_estimate,
        state: PayoutState::PreviewAndApprove,
        approvals: Vec::new(),
        paid_total: Amount::ZERO,
        failed_total: Amount::ZERO,
        cancelled_total: Amount::ZERO,
        returned_total: Amount::ZERO,
        actual_charges: Amount::ZERO,
        reason: None,
        initiated_at: entry.recorded_at,
        initiated_in: entry.sequence,
        changed_at: entry.recorded_at,
        changed_in: entry.sequence,
    }
}

fn items<'a>(initiated: &'a InitiatedPayout, entry: &'a Entry) -> impl Iterator<Item = PayoutItem> + 'a {
    let pairs = initiated.given.items.iter().zip(&initiated.items).zip(1..);
    pairs.map(|((given, priced), number)| PayoutItem {
        id: PayoutItemId::new(initiated.payout, number),
        request_reference_id: priced.request_reference_id,
        beneficiary: given.beneficiary.clone(),
        name: given.name.clone(),
        amount: priced.amount,
        narrative: given.narrative.clone(),
        reference: given.reference.clone(),
        charge: priced.charge,
        state: PayoutItemState::Pending,
        actual_charge: None,
        code: None,
        reason: None,
        settled_in: None,
        changed_at: entry.recorded_at,
        changed_in: entry.sequence,
    })
}
