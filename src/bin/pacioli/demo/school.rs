//! What the school does: bills by invoice, which are paid, fail, run out or are taken back.

use pacioli::{AdvanceInvoice, CompleteInvoice, InvoiceFailure, InvoiceId, NewInvoice, Party, PartyKind};

use super::deed::{Deed, Later};
use super::stage::{DAY, HOUR, Stage, whole};
use super::town::{CHANNEL, Town};
use crate::failure::Failure;

pub(super) fn bill(stage: &mut Stage, town: &Town, place: usize, turn: u32) -> Result<Later, Failure> {
    let Some(parent) = town.people.get(place) else { return Ok(Later::new()) };
    let (fee, now) = (whole(town.kes.currency, 4_500 + 500 * (place as u64 % 4))?, stage.now());
    let payer = Party::masked(PartyKind::Msisdn, &parent.phone);
    let invoice = NewInvoice::new(town.school.service, CHANNEL, fee, payer, format!("fees-3-{place}-{turn}"))
        .into_account(town.school.account)
        .narrated(format!("Fees, term 3, child of {}", parent.name))
        .referring("pupil", format!("{:04}", 1_000 + place))
        .until(now.plus_ns(14 * DAY));
    let issued = stage.ledger.issue_invoice(invoice);
    let Some(invoice) = stage.seen(issued)?.map(|invoice| invoice.id) else { return Ok(Later::new()) };
    let when = now.plus_ns(DAY + i64::try_from(stage.below(240)).unwrap_or_default() * HOUR);
    Ok(match stage.below(20) {
        0..11 => vec![(when, Deed::BeginToPay(invoice)), (when.plus_ns(60_000_000_000), Deed::Pay(invoice))],
        11..15 => vec![(when, Deed::BeginToPay(invoice)), (when.plus_ns(HOUR), Deed::FailToPay(invoice, place, turn))],
        15..17 => vec![(when, Deed::TakeBack(invoice))],
        // It runs out.
        _ => Later::new(),
    })
}

pub(super) fn begin_to_pay(stage: &mut Stage, invoice: InvoiceId) -> Result<Later, Failure> {
    stage.give(AdvanceInvoice::process(invoice))?;
    Ok(Later::new())
}

pub(super) fn pay(stage: &mut Stage, invoice: InvoiceId) -> Result<Later, Failure> {
    let reference = format!("SK{:08X}", stage.below(1 << 32));
    stage.give(CompleteInvoice::new(invoice).referring("mpesa", reference))?;
    Ok(Later::new())
}

pub(super) fn fail_to_pay(stage: &mut Stage, invoice: InvoiceId, place: usize, turn: u32) -> Result<Later, Failure> {
    let failure = InvoiceFailure::new("The balance is insufficient").coded("1");
    stage.give(AdvanceInvoice::fail(invoice, failure))?;
    Ok(vec![(stage.now().plus_ns(DAY), Deed::Bill(place, turn + 1))])
}

pub(super) fn take_back(stage: &mut Stage, invoice: InvoiceId) -> Result<Later, Failure> {
    stage.give(AdvanceInvoice::cancel(invoice, Some("The pupil has a bursary".to_owned())))?;
    Ok(Later::new())
}
