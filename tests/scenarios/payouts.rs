//! The lines of scenarios that are about devices and payouts.

use ed25519_dalek::{Signer, SigningKey};
use pacioli::prelude::*;
use pacioli::{Approvers, Beneficiary, Expiry, PayoutChange, PayoutItemStep, PayoutStep, RevokeDevice, RotateDevice};

use super::{Stage, Words, known, sum, text};
use crate::parties::known_party;

/// The key of a seed; `-` is all zeros, which is no key of large order.
fn public_key(seed: &str) -> PublicKey {
    if seed == "-" { PublicKey([0; 32]) } else { PublicKey(key(seed).verifying_key().to_bytes()) }
}

fn key(seed: &str) -> SigningKey {
    SigningKey::from_bytes(&[seed.parse().unwrap(); 32])
}

/// The command that a line is, if it is about devices or payouts.
pub(super) fn command(stage: &Stage, words: &Words<'_>) -> Option<Command> {
    Some(match words.at(0) {
        "device" => {
            let seed = words.named("key").unwrap_or("1");
            let label = words.text("label").unwrap_or("till".into());
            NewDevice::new(stage.client(words), public_key(seed), label).into()
        }
        "rotate" => RotateDevice::new(device(stage, words.at(1)), public_key(words.named("key").unwrap_or("1"))).into(),
        "revoke" => {
            let mut revoke = RevokeDevice::new(device(stage, words.at(1)));
            revoke.reason = words.text("reason");
            revoke.into()
        }
        "payout" => initiate(stage, words).into(),
        "approve" => approve(stage, words).into(),
        "item" => item(stage, words).into(),
        "payout-is" => {
            let step = match words.at(2) {
                "cancelled" => PayoutStep::Cancel,
                "expired" => PayoutStep::Expire,
                _ => PayoutStep::End,
            };
            PayoutChange { payout: payout(stage, words.at(1)), step, reason: words.text("reason") }.into()
        }
        _ => return None,
    })
}

/// What a name stands for from here on.
pub(super) fn remember(stage: &mut Stage, name: &str, receipt: &Receipt) -> bool {
    match (receipt.device(), receipt.payout()) {
        (Some(device), _) => drop(stage.devices.insert(name.to_owned(), device)),
        (_, Some(payout)) => drop(stage.payouts.insert(name.to_owned(), payout)),
        _ => return false,
    }
    true
}

fn device(stage: &Stage, name: &str) -> DeviceId {
    known(&stage.devices, name, DeviceId(999))
}

fn payout(stage: &Stage, name: &str) -> PayoutId {
    known(&stage.payouts, name, PayoutId(999))
}

fn initiate(stage: &Stage, words: &Words<'_>) -> NewPayout {
    let by = device(stage, words.named("by").unwrap_or("nobody"));
    let service = stage.service(words.named("under").unwrap_or("nothing"));
    let provider = Provider::new(words.text("provider").unwrap_or("MPESA-B2C".into()));
    let currency = Currency::new(words.named("currency").unwrap_or("KES"), 2).unwrap();
    let mut payout = NewPayout::new(by, service, stage.account(words.at(2)), provider, currency);
    for (_, given) in words.named.iter().filter(|(name, _)| *name == "pays") {
        let (amount, to) = given.split_once('=').unwrap();
        let beneficiary = match (to.strip_prefix('@'), to.strip_prefix('%')) {
            (Some(account), _) => Beneficiary::Account(stage.account(account)),
            (_, Some(payee)) => Beneficiary::External(Party::name("Jane").of(known_party(stage, payee))),
            _ => Beneficiary::External(Party::shown(PartyKind::Msisdn, text(to))),
        };
        payout = payout.item(NewPayoutItem::new(beneficiary, sum(amount)));
    }
    if words.has("crowd") {
        payout.items = vec![NewPayoutItem::new(AccountId(1), sum("1.00")); 501];
    }
    if let Some(needed) = words.named("needs") {
        let devices = words.named("among").into_iter().flat_map(|names| names.split(','));
        let devices = devices.map(|name| device(stage, name)).collect();
        payout.approvers = Some(Approvers { needed: needed.parse().unwrap(), devices });
    }
    if let Some(ns) = words.named("for") {
        payout.expiry = Expiry::After(ns.parse().unwrap());
    }
    payout.reserve_on_initiate = words.has("reserved");
    payout.key = words.text("key");
    payout
}

/// Signed by `with:SEED`, for the device named.
fn approve(stage: &Stage, words: &Words<'_>) -> SignedApproval {
    let payout = payout(stage, words.at(1));
    let preview = stage.ledger.view().unwrap().payout(payout).ok().map(|found| found.preview());
    let by = words.named("by").map(|name| device(stage, name));
    let approver = by.or(preview.as_ref().map(|preview| preview.device)).unwrap_or_default();
    let digest = preview.as_ref().map_or([0; 32], |preview| preview.digest(approver).0);
    let mut approval = SignedApproval::new(payout, key(words.named("with").unwrap_or("1")).sign(&digest).to_bytes());
    approval.device = by;
    if words.has("changed")
        && let Some(mut preview) = preview
    {
        preview.nonce.0[0] ^= 1;
        approval = approval.echoing(preview);
    }
    approval
}

fn item(stage: &Stage, words: &Words<'_>) -> PayoutItemChange {
    let item = PayoutItemId::new(payout(stage, words.at(1)), words.at(2).parse().unwrap());
    let step = match words.at(3) {
        "start" => PayoutItemStep::Start,
        "settle" => PayoutItemStep::Settle { charge: words.named("charge").map(sum) },
        "fail" => PayoutItemStep::Fail,
        "unknown" => PayoutItemStep::Unknown,
        "cancel" => PayoutItemStep::Cancel,
        "return" => PayoutItemStep::Return,
        other => panic!("{other} is not a step"),
    };
    let mut change = PayoutItemChange::new(item, step);
    (change.code, change.reason) = (words.text("code"), words.text("reason"));
    if words.named("at") == Some("tomorrow+1") {
        change = change.effective("2026-11-24T08:30:00Z".parse().unwrap());
    }
    change
}
