//! What the employer does: money in, and payouts that two of three devices sign.

use ed25519_dalek::Signer;
use pacioli::{
    Credit, EntryKind, NewPayout, NewPayoutItem, Party, PartyKind, PayoutChange, PayoutId, PayoutItemChange,
    PayoutItemState, PayoutPreview, PayoutState, Provider, SignedApproval,
};

use super::deed::{Deed, Later};
use super::stage::{DAY, HOUR, Stage, whole};
use super::town::Town;
use crate::failure::Failure;

/// How many people work there.
const STAFF: usize = 8;

/// Pays the staff. What becomes of it differs from week to week: most are paid; the second week's payout is given up and
/// made again; the third week's is ended after it was signed; the fourth week's is not signed in time.
pub(super) fn initiate(stage: &mut Stage, town: &Town, week: u32) -> Result<Later, Failure> {
    let employer = &town.employer;
    let (funds, key) = (whole(town.kes.currency, 90_000)?, stage.key("funds"));
    let funds = Credit::new(employer.account, employer.float, funds, key).kind(EntryKind::Deposit);
    stage.give(funds.narrated("From the bank").referring("bank", format!("EFT-{week}")))?;
    let Some(payout) = new(stage, town, &format!("Week {}", week + 1))? else { return Ok(Later::new()) };
    let now = stage.now();
    let sign = |device: usize| (now.plus_ns((1 + device as i64) * HOUR), Deed::Sign(payout, device));
    let report = |turn: u32| (now.plus_ns((5 + i64::from(turn)) * HOUR), Deed::Report(payout, turn));
    Ok(match week % 4 {
        1 => vec![sign(0), (now.plus_ns(3 * HOUR), Deed::GiveUp(payout)), (now.plus_ns(DAY), Deed::Payroll(week + 3))],
        2 => vec![sign(1), sign(2), (now.plus_ns(6 * HOUR), Deed::GiveUp(payout))],
        // The second signature does not come, and the sweep notes that it has expired.
        3 => vec![sign(2)],
        _ => vec![sign(0), sign(1), report(0), report(1), (now.plus_ns(3 * DAY), Deed::Return(payout))],
    })
}

/// Initiates a payout to the staff: by telephone, and into wallets of the ledger.
pub(super) fn new(stage: &mut Stage, town: &Town, what: &str) -> Result<Option<PayoutId>, Failure> {
    let (employer, currency) = (&town.employer, town.kes.currency);
    let [first, ..] = town.devices.as_slice() else { return Ok(None) };
    let mut payout = NewPayout::new(*first, employer.service, employer.account, Provider::MPESA_B2C, currency)
        .approved_by(2, town.devices.iter().copied())
        .keyed(stage.key("payroll"));
    for (place, person) in town.people.iter().take(STAFF).enumerate() {
        let pay = stage.sum(currency, 4_000, 9_000)?;
        let item = match place % 3 {
            0 => NewPayoutItem::new(person.wallet, pay),
            _ => NewPayoutItem::new(Party::masked(PartyKind::Msisdn, &person.phone), pay),
        };
        let item = item.named(&person.name).narrated(format!("Pay, {what}")).referring(format!("EMP-{:03}", place + 1));
        payout = payout.item(item);
    }
    let initiated = stage.ledger.initiate_payout(payout);
    Ok(stage.seen(initiated)?.map(|preview| preview.payout))
}

fn preview(stage: &Stage, payout: PayoutId) -> Result<PayoutPreview, Failure> {
    Ok(stage.ledger.view()?.payout(payout)?.preview())
}

pub(super) fn sign(stage: &mut Stage, town: &Town, payout: PayoutId, device: usize) -> Result<Later, Failure> {
    let Some(signer) = town.devices.get(device).copied() else { return Ok(Later::new()) };
    let digest = preview(stage, payout)?.digest(signer);
    let signature = stage.signing_key(device as u64 + 1).sign(&digest.0).to_bytes();
    stage.give(SignedApproval::new(payout, signature).by(signer))?;
    Ok(Later::new())
}

/// The provider takes all items first; later it tells what became of each: one fails, one is called off.
pub(super) fn report(stage: &mut Stage, payout: PayoutId, turn: u32) -> Result<Later, Failure> {
    let found = stage.ledger.view()?.payout(payout)?;
    if !found.payout.is_held() {
        return Ok(Later::new());
    }
    for (place, item) in found.items.iter().enumerate() {
        let change = match (turn, place) {
            (0, _) => PayoutItemChange::start(item.id),
            (_, 4) => PayoutItemChange::fail(item.id).coded("2040").because("The number is not registered"),
            (_, 5) => PayoutItemChange::cancel(item.id).because("On unpaid leave"),
            _ => PayoutItemChange::settle(item.id),
        };
        stage.give(change)?;
    }
    Ok(Later::new())
}

/// The last item that was paid outside comes back.
pub(super) fn come_back(stage: &mut Stage, payout: PayoutId) -> Result<Later, Failure> {
    let found = stage.ledger.view()?.payout(payout)?;
    let paid = found.items.iter().rev().find(|item| item.state == PayoutItemState::Successful);
    if let Some(item) = paid {
        stage.give(PayoutItemChange::returned(item.id).because("The account is dormant"))?;
    }
    Ok(Later::new())
}

pub(super) fn give_up(stage: &mut Stage, payout: PayoutId) -> Result<Later, Failure> {
    let state = stage.ledger.view()?.payout(payout)?.payout.state;
    stage.give(match state {
        PayoutState::PreviewAndApprove => PayoutChange::cancel(payout).because("An amount was wrong"),
        _ => PayoutChange::end(payout).because("The provider is closed today"),
    })?;
    Ok(Later::new())
}
