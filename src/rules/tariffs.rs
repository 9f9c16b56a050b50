//! The law of charges: what an operation costs, and the lines that the charge becomes.

use super::desk::{Desk, Refusal};
use super::lines::{Line, in_book, in_business};
use super::rejection::Rejection;
use crate::model::{AccountId, Book, Charge, Role, Service, SystemAccount};
use crate::money::Amount;

/// What a principal costs under a service.
pub(super) fn charge(service: &Service, principal: Amount) -> Result<Charge, Rejection> {
    let terms = &service.terms;
    let beyond = || Rejection::AmountBeyondTariff { given: principal.signed() };
    let fee = terms.tariff.fee(principal, terms.rounding).ok_or_else(beyond)?;
    let tax = terms.tax.map_or(Amount::ZERO, |tax| tax.rate.of(fee, terms.rounding));
    Ok(Charge { fee, tax })
}

/// The lines of a charge: one debit of its bearer, a credit of the fee and one of the tax.
pub(super) fn lines(
    desk: &Desk,
    book: &Book,
    service: &Service,
    bearer: AccountId,
    charge: Charge,
    lines: &mut impl Extend<Line>,
) -> Result<(), Refusal> {
    let Some(total) = charge.total() else { return Err(Rejection::AmountOverflow { account: bearer }.into()) };
    if total.is_zero() {
        return Ok(());
    }
    let terms = &service.terms;
    lines.extend([Line::debit(bearer, Role::Charge, total)]);
    let shares = [
        (terms.commission_account, SystemAccount::FeeIncome, Role::Fee, charge.fee),
        (terms.tax_account, SystemAccount::Tax, Role::Tax, charge.tax),
    ];
    for (named, system, role, amount) in shares {
        if amount.is_zero() {
            continue;
        }
        let account = named.unwrap_or_else(|| book.system(system));
        let row = desk.row(account)?;
        in_book(desk, &row.terms, book.id)?;
        in_business(account, &row.terms)?;
        lines.extend([Line::credit(account, role, amount)]);
    }
    Ok(())
}
