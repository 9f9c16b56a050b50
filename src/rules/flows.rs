//! The law of allowed flows: what a list may say, and whether a movement is on it.

use std::collections::BTreeSet;

use super::desk::{Desk, Refusal};
use super::rejection::Rejection;
use super::texts;
use crate::model::{AccountId, AccountType, BookId, Flows, Limits, SYSTEM_ACCOUNTS};

/// Any list of known types can be a book's list.
pub(super) fn define(desk: &Desk, given: &Flows) -> Result<(), Refusal> {
    desk.book(given.book)?;
    texts::at_most("allowed flows", given.allowed.len(), Limits::FLOWS)?;
    for (from, to) in &given.allowed {
        known(desk, from)?;
        known(desk, to)?;
    }
    Ok(())
}

fn known(desk: &Desk, account_type: &AccountType) -> Result<(), Refusal> {
    texts::code("account type", account_type.code())?;
    let system = SYSTEM_ACCOUNTS.iter().any(|account| account.account_type() == *account_type);
    if system || desk.account_type(account_type)?.is_some() {
        return Ok(());
    }
    Err(Rejection::AccountTypeUnknown { account_type: account_type.clone() }.into())
}

/// One account pays another: the pair of their types must be on the book's list, if it has one.
pub(super) fn allowed(desk: &Desk, book: BookId, from: AccountId, to: AccountId) -> Result<(), Refusal> {
    match desk.flows(book)? {
        None => Ok(()),
        Some(flows) => on_list(flows, &desk.account(from)?.account_type, &desk.account(to)?.account_type),
    }
}

/// Many accounts pay many: each type that pays is held against each type that is paid.
pub(super) fn all_allowed(
    desk: &Desk,
    book: BookId,
    from: impl Iterator<Item = AccountId>,
    to: impl Iterator<Item = AccountId>,
) -> Result<(), Refusal> {
    let Some(flows) = desk.flows(book)? else {
        return Ok(());
    };
    let (payers, payees) = (types(desk, from)?, types(desk, to)?);
    payers.iter().try_for_each(|payer| payees.iter().try_for_each(|payee| on_list(flows, payer, payee)))
}

fn types(desk: &Desk, accounts: impl Iterator<Item = AccountId>) -> Result<BTreeSet<AccountType>, Refusal> {
    accounts.map(|account| Ok(desk.account(account)?.account_type.clone())).collect()
}

fn on_list(flows: &Flows, from: &AccountType, to: &AccountType) -> Result<(), Refusal> {
    if flows.allows(from, to) {
        return Ok(());
    }
    Err(Rejection::FlowNotAllowed { from: from.clone(), to: to.clone() }.into())
}
