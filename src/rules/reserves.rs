//! The law of reserves: a share of each credit that is retained as security until time, or the operator, gives it back.

use super::desk::{Desk, Refusal};
use super::draft::Moment;
use super::lines::{Line, in_book, in_business};
use crate::model::{AccountId, Effect, EntryKind, Few, HoldKind, Operation, Role, Service};
use crate::money::Amount;

/// Adds the lines of what is retained of a credit to `payee`, if the service retains anything.
///
/// `principal` is what the share is taken of, `left` what the charge leaves of it.
pub(super) fn retain(
    desk: &Desk,
    service: &Service,
    payee: AccountId,
    (principal, left): (Amount, i128),
    moment: Moment,
    lines: &mut impl Extend<Line>,
    effects: &mut Few<Effect>,
) -> Result<(), Refusal> {
    let Some(reserve) = service.terms.reserve else { return Ok(()) };
    let left = Amount::minor(left).unwrap_or_default();
    let amount = reserve.rate.of(principal, service.terms.rounding).min(left);
    // A reserve account's own credits are not retained in itself.
    if amount.is_zero() || reserve.account == payee {
        return Ok(());
    }
    let row = desk.row(reserve.account)?;
    in_book(desk, &row.terms, service.terms.book)?;
    in_business(reserve.account, &row.terms)?;
    lines.extend([Line::debit(payee, Role::Reserve, amount), Line::credit(reserve.account, Role::Reserve, amount)]);
    effects.push(Effect::HoldPlaced {
        kind: HoldKind::Reserve,
        of: (Operation::Credit, EntryKind::Transfer),
        principal: amount,
        due_at: reserve.due_at(moment.recorded_at),
        may_overdraw: false,
    });
    Ok(())
}
