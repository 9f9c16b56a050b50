//! The law of books and accounts: what can be opened, changed and closed.

use super::desk::{Desk, Name, Need, Refusal, page_of};
use super::draft::Draft;
use super::rejection::Rejection;
use super::texts;
use crate::model::{
    AccountChange, AccountId, AccountPath, AccountStatus, AccountTypeRule, BookId, Limits, NewAccount, NewBook,
    SYSTEM_ACCOUNTS,
};
use crate::money::Amount;

/// The most fraction digits that figures are shown with.
const TEXT_SCALE_MAX: u8 = 18;

pub(super) fn open_book(desk: &Desk, given: &NewBook) -> Result<Draft, Refusal> {
    texts::name("book name", &given.name)?;
    if given.text_scale > TEXT_SCALE_MAX {
        return Err(Rejection::InvalidTextScale { given: given.text_scale, limit: TEXT_SCALE_MAX }.into());
    }
    if let Some(holder) = desk.holder(Name::Book(given.name.clone()))? {
        return Err(Rejection::BookNameTaken { book: BookId(holder) }.into());
    }
    let book = desk.counters.book.checked_add(1).ok_or(Rejection::IdentifiersExhausted)?;
    let first = next_account(desk)?;
    let last = first.0.checked_add(SYSTEM_ACCOUNTS.len() as u64).ok_or(Rejection::IdentifiersExhausted)?;
    room_for_rows(desk, first, AccountId(last))?;
    Ok(Draft::BookOpened(BookId(book), first))
}

pub(super) fn define_type(desk: &Desk, given: &AccountTypeRule) -> Result<Draft, Refusal> {
    texts::code("account type", given.account_type.code())?;
    let system = SYSTEM_ACCOUNTS.iter().any(|account| account.account_type() == given.account_type);
    if system || desk.account_type(&given.account_type)?.is_some() {
        return Err(Rejection::AccountTypeTaken { account_type: given.account_type.clone() }.into());
    }
    Ok(Draft::TypeDefined)
}

pub(super) fn open(desk: &Desk, given: &NewAccount) -> Result<Draft, Refusal> {
    let book = desk.book(given.book)?;
    let client = desk.active_client(given.client)?;
    let account_type = &given.account_type;
    let unknown = || Rejection::AccountTypeUnknown { account_type: account_type.clone() };
    if account_type.code().len() > Limits::NAME_BYTES {
        return Err(Rejection::MalformedCode { field: "account type" }.into());
    }
    let rule = desk.account_type(account_type)?.ok_or_else(unknown)?;
    if rule.operator_only && !given.provisioned {
        return Err(Rejection::AccountTypeNotOpenable { account_type: account_type.clone() }.into());
    }
    texts::optional_name("account name", given.name.as_deref())?;
    texts::optional_name("label", given.label.as_deref())?;
    texts::optional_name("external identifier", given.external_id.as_deref())?;
    texts::optional_description("status description", given.status_description.as_deref())?;
    tags(&given.tags)?;
    texts::metadata(&given.metadata)?;
    given.path.as_ref().map_or(Ok(()), path)?;
    limits(given.minimum_balance, given.can_overdraw, given.overdraft_limit)?;

    let portfolio = desk.portfolio(given.client)?;
    if rule.single
        && let Some(account) = portfolio.singles.get(&(book.id, account_type.clone()))
    {
        return Err(Rejection::SettlementAccountExists { account: *account }.into());
    }
    let limit = client.quotas.get(&book.id).copied().or(client.accounts_max).unwrap_or(book.accounts_max);
    if limit > 0 && portfolio.open.get(&book.id).copied().unwrap_or(0) >= limit {
        return Err(Rejection::MaxAccountsReached { book: book.id, limit }.into());
    }
    if let Some(external_id) = &given.external_id
        && let Some(holder) = desk.holder(Name::ExternalId(external_id.clone()))?
    {
        return Err(Rejection::ExternalIdTaken { account: AccountId(holder) }.into());
    }
    let account = next_account(desk)?;
    room_for_rows(desk, account, account)?;
    let label = given.label.clone().or_else(|| (portfolio.opened == 0).then(|| "default".to_owned()));
    Ok(Draft::AccountOpened(account, Box::new(rule), label))
}

pub(super) fn change(desk: &Desk, account: AccountId, given: &AccountChange) -> Result<Draft, Refusal> {
    let record = desk.account(account)?;
    if record.status == AccountStatus::Closed {
        return Err(Rejection::AccountClosed { account }.into());
    }
    // A book's own accounts can be grouped, and nothing else.
    if record.client.is_none() && !given.only_groups() {
        return Err(Rejection::SystemAccountFixed { account }.into());
    }
    texts::optional_name("account name", given.name.as_deref())?;
    texts::optional_name("label", given.label.set().map(String::as_str))?;
    tags(given.tags.as_deref().unwrap_or_default())?;
    texts::metadata_change(&record.metadata, &given.metadata)?;
    given.path.set().map_or(Ok(()), path)?;
    for reason in [&given.debits_blocked, &given.credits_blocked] {
        texts::optional_description("reason of a block", reason.set().map(String::as_str))?;
    }
    texts::optional_description("status description", given.status_description.as_deref())?;
    let (can_overdraw, overdraft_limit) = given.overdraft.unwrap_or((record.can_overdraw, record.overdraft_limit));
    limits(given.minimum_balance.unwrap_or(record.minimum_balance), can_overdraw, overdraft_limit)?;
    let row = desk.row(account)?;
    if given.status == Some(AccountStatus::Closed) {
        let balance = row.tally.balance;
        if balance.posted(row.terms.normal) != 0 {
            return Err(Rejection::AccountNotEmpty { account, balance: balance.posted(row.terms.normal) }.into());
        }
        if !balance.debits_pending.is_zero() || !balance.credits_pending.is_zero() {
            return Err(Rejection::AccountInUse { account }.into());
        }
        // Closing changes what the client has: that record must lie here.
        record.client.map(|client| desk.portfolio(client)).transpose()?;
    }
    Ok(Draft::AccountChanged)
}

fn tags(tags: &[String]) -> Result<(), Rejection> {
    texts::at_most("tags", tags.len(), Limits::TAGS)?;
    tags.iter().try_for_each(|tag| texts::name("tag", tag))
}

fn path(path: &AccountPath) -> Result<(), Rejection> {
    if path.is_well_formed() { Ok(()) } else { Err(Rejection::MalformedPath) }
}

fn limits(minimum_balance: Amount, can_overdraw: bool, overdraft_limit: Option<Amount>) -> Result<(), Rejection> {
    if can_overdraw && !minimum_balance.is_zero() {
        return Err(Rejection::InvalidLimits { reason: "a floor above zero excludes an overdraft" });
    }
    if !can_overdraw && overdraft_limit.is_some() {
        return Err(Rejection::InvalidLimits { reason: "an overdraft limit needs an overdraft" });
    }
    Ok(())
}

fn next_account(desk: &Desk) -> Result<AccountId, Rejection> {
    desk.counters.account.checked_add(1).map(AccountId).ok_or(Rejection::IdentifiersExhausted)
}

/// The pages that new rows are added to must lie on the desk, unless a row begins its page.
fn room_for_rows(desk: &Desk, first: AccountId, _last: AccountId) -> Result<(), Refusal> {
    let before = AccountId(first.0.saturating_sub(1));
    let begun = before.0 > 0 && page_of(before) == page_of(first);
    if begun && !desk.has_page(page_of(first)) {
        return Err(Refusal::Missing(Need::Page(page_of(first))));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::desk::PAGE_ROWS;

    #[test]
    fn a_new_row_needs_the_page_that_it_is_added_to() {
        let mut desk = Desk::default();
        let asked = |desk: &Desk, first: u64| room_for_rows(desk, AccountId(first), AccountId(first + 5));
        for begins in [1, PAGE_ROWS, 3 * PAGE_ROWS] {
            assert!(asked(&desk, begins).is_ok(), "{begins}");
        }
        for (within, page) in [(2, 0), (PAGE_ROWS - 1, 0), (PAGE_ROWS + 1, 1), (2 * PAGE_ROWS - 1, 1)] {
            let missing = asked(&desk, within);
            assert!(matches!(missing, Err(Refusal::Missing(Need::Page(of))) if of == page), "{within}");
        }
        desk.lay_page(1, Vec::new());
        assert!(asked(&desk, PAGE_ROWS + 1).is_ok());
    }
}
