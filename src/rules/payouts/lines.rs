//! What a payout's entries are made of: the lines that hold, capture, release or take back, and the event.

use super::super::desk::{Desk, Refusal};
use super::super::draft::{Draft, Moment};
use super::super::lines::{Line, in_book, in_business, open_for};
use super::super::rejection::Rejection;
use super::super::velocity::{self, Moved};
use crate::model::{
    AccountId, Beneficiary, Book, Charge, Effect, EntryKind, Event, Few, Operation, Payout, PayoutEvent, PayoutItem,
    Posted, Reference, Role, Service, Stage, SystemAccount, TrackingId, TransactionSource,
};
use crate::money::Amount;

pub(super) fn items<'a>(desk: &'a Desk, payout: &Payout) -> Result<Vec<&'a PayoutItem>, Refusal> {
    payout.item_ids().map(|id| desk.payout_item(id)).collect()
}

/// The lines that hold what a payout needs, all their accounts being in business and open for it.
pub(super) fn held<'a>(
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
        open_for(line.account, line.side, terms)?;
        line.stage = Stage::Held;
    }
    Ok(lines)
}

/// Demands that a payout's total stays within limits over time. It counts as one debit, when it is held.
pub(super) fn within_limits_over_time(
    desk: &Desk,
    service: &Service,
    (account, amount): (AccountId, Amount),
    moment: Moment,
) -> Result<(), Refusal> {
    let moved = Moved { operation: Operation::Debit, account, book: service.terms.book, amount };
    velocity::within_limits(desk, service, moved, moment.recorded_at)
}

/// One item's lines, at a stage.
pub(super) fn share(
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

/// The account that stands for the world outside: the service's pool, else the book's own.
pub(super) fn outside(service: &Service, book: &Book) -> AccountId {
    service.terms.pool_account.unwrap_or_else(|| book.system(SystemAccount::External))
}

/// What the source pays for items, and who gets it: one line for each account and role. The charge always comes on top,
/// whoever else the service would have bear it: what a beneficiary gets is what was signed.
pub(super) fn shares_of<'a>(
    service: &Service,
    book: &Book,
    source: AccountId,
    shares: impl Iterator<Item = (&'a Beneficiary, Amount, Charge)>,
) -> Result<Vec<Line>, Refusal> {
    let beyond = Rejection::AmountOverflow { account: source };
    let outside = outside(service, book);
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

pub(super) fn sum(mut amounts: impl Iterator<Item = Amount>) -> Option<Amount> {
    amounts.try_fold(Amount::ZERO, Amount::plus)
}

pub(super) fn charges(mut charges: impl Iterator<Item = Charge>) -> Option<Charge> {
    charges.try_fold(Charge::default(), |sum, charge| {
        Some(Charge { fee: sum.fee.plus(charge.fee)?, tax: sum.tax.plus(charge.tax)? })
    })
}

/// Whether money crosses the ledger's edge.
pub(super) fn crossing<'a>(mut beneficiaries: impl Iterator<Item = &'a Beneficiary>) -> TransactionSource {
    if beneficiaries.any(|beneficiary| matches!(beneficiary, Beneficiary::External(_))) {
        TransactionSource::External
    } else {
        TransactionSource::Internal
    }
}

/// The name under which all entries that hold or move a payout's money are found.
pub(super) fn named(payout: TrackingId) -> Reference {
    Reference::new("payout", payout.to_string())
}

/// An entry that moves no money.
pub(super) fn told(event: PayoutEvent) -> Draft {
    Draft::recorded(Event::Payout(Box::new(event)))
}

pub(super) fn movement(operation: Operation, event: PayoutEvent) -> Posted {
    let effects = Few::one(Effect::Payout { event: Box::new(event) });
    Posted { effects, ..Posted::of(operation, EntryKind::Payout, TransactionSource::Internal) }
}
