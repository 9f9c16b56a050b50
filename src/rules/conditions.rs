//! The law of conditions: what a command expects of the ledger before it is judged.

use super::command::Condition;
use super::desk::{Desk, Refusal};
use super::movements::in_currency;
use super::rejection::Rejection;
use super::texts;
use crate::model::Limits;

/// Refuses a command of which a condition does not hold: the first that does not.
pub(super) fn met(desk: &Desk, conditions: &[Condition]) -> Result<(), Refusal> {
    texts::at_most("conditions", conditions.len(), Limits::CONDITIONS)?;
    conditions.iter().try_for_each(|condition| holds(desk, *condition))
}

fn holds(desk: &Desk, condition: Condition) -> Result<(), Refusal> {
    match condition {
        Condition::ActivityNumber { account, number: expected } => {
            let found = desk.row(account)?.tally.number;
            if found == expected { Ok(()) } else { Err(Rejection::ExpectedNumber { account, expected, found }.into()) }
        }
        Condition::Available { account, at_least } => {
            let row = desk.row(account)?;
            let expected = in_currency(at_least, desk.book(row.terms.book)?.currency)?.minor();
            let found = row.tally.balance.available(row.terms.normal);
            if found >= expected {
                Ok(())
            } else {
                Err(Rejection::ExpectedAvailable { account, expected, found }.into())
            }
        }
    }
}
