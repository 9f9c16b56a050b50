//! The law of credits, debits, transfers and postings of many lines.
//!
//! A movement is judged in this order: the service, the accounts, the sum, the texts and times, the service's limits,
//! the charge, and last what the accounts have.

use super::command::{Credit, Debit, Post, Request, Transfer};
use super::desk::{Desk, Refusal, Row};
use super::draft::{Draft, Moment, Outcome};
use super::lines::{Line, in_book, in_business, postings};
use super::rejection::Rejection;
use super::{parties, tariffs, texts};
use crate::model::{
    AccountId, Details, EntryKind, FeeBearer, Limits, Operation, Posted, Posting, Role, Service, ServiceId, Side,
    SystemAccount, Timestamp, TransactionSource,
};
use crate::money::{Amount, Currency, Money, MoneyError};

/// How far in the future a movement may be said to have happened: one day, in nanoseconds. Clocks of other systems differ.
const EFFECTIVE_SKEW_NS: i64 = 86_400_000_000_000;

/// Money into an account.
pub(super) fn credit(desk: &Desk, given: &Credit, moment: Moment) -> Result<Draft, Refusal> {
    let service = usable(desk, given.service, Operation::Credit)?;
    let other = counter(desk, service, given.counter)?;
    let payee = given.account;
    let movement = Movement {
        operation: Operation::Credit,
        kind: kind_within(given.kind, Operation::Credit, CREDIT_KINDS)?,
        from: other,
        to: payee,
        owned: &[payee],
        crosses: given.counter.map(|counter| (counter, payee)),
        // From outside there is no payer to charge.
        bearer: if service.terms.bearer == FeeBearer::Payer { given.counter.unwrap_or(payee) } else { payee },
        source: if given.counter.is_some() { TransactionSource::Internal } else { TransactionSource::External },
        money: given.money,
        effective_at: given.effective_at,
        details: given.details.as_deref(),
    };
    movement.judge(desk, service, moment)
}

/// Money out of an account.
pub(super) fn debit(desk: &Desk, given: &Debit, moment: Moment) -> Result<Draft, Refusal> {
    let service = usable(desk, given.service, Operation::Debit)?;
    let other = counter(desk, service, given.counter)?;
    let payer = given.account;
    let movement = Movement {
        operation: Operation::Debit,
        kind: kind_within(given.kind, Operation::Debit, DEBIT_KINDS)?,
        from: payer,
        to: other,
        owned: &[payer],
        crosses: given.counter.map(|counter| (payer, counter)),
        // Outside there is no payee to charge.
        bearer: if service.terms.bearer == FeeBearer::Payee { given.counter.unwrap_or(payer) } else { payer },
        source: if given.counter.is_some() { TransactionSource::Internal } else { TransactionSource::External },
        money: given.money,
        effective_at: given.effective_at,
        details: given.details.as_deref(),
    };
    movement.judge(desk, service, moment)
}

/// Money from one account to another.
pub(super) fn transfer(desk: &Desk, given: &Transfer, moment: Moment) -> Result<Draft, Refusal> {
    let service = usable(desk, given.service, Operation::Transfer)?;
    let movement = Movement {
        operation: Operation::Transfer,
        kind: EntryKind::Transfer,
        from: given.source,
        to: given.destination,
        owned: &[given.source],
        crosses: Some((given.source, given.destination)),
        bearer: if service.terms.bearer == FeeBearer::Payer { given.source } else { given.destination },
        source: TransactionSource::Internal,
        money: given.money,
        effective_at: given.effective_at,
        details: given.details.as_deref(),
    };
    movement.judge(desk, service, moment)
}

/// Any balanced set of lines in one book.
pub(super) fn post(desk: &Desk, given: &Post, moment: Moment) -> Result<Draft, Refusal> {
    texts::at_most("legs", given.legs.len(), Limits::LEGS)?;
    let first = given.legs.first().ok_or(Rejection::EmptyPost)?;
    let book = desk.book(desk.row(first.account)?.terms.book)?;
    let mut lines = Vec::with_capacity(given.legs.len());
    let mut sums = (0i128, 0i128);
    for leg in &given.legs {
        let row = desk.row(leg.account)?;
        in_book(desk, &row.terms, book.id)?;
        in_business(leg.account, &row.terms)?;
        if let Some(client) = row.terms.client {
            desk.active_client(client)?;
        }
        let amount = positive(leg.money, book.currency)?;
        // Cannot overflow: there are few legs, each below 2^96.
        match leg.side {
            Side::Debit => sums.0 += amount.signed(),
            Side::Credit => sums.1 += amount.signed(),
        }
        lines.push(Line { account: leg.account, side: leg.side, role: Role::Principal, amount });
    }
    let (debits, credits) = sums;
    if debits == 0 || credits == 0 {
        return Err(Rejection::EmptyPost.into());
    }
    if debits != credits {
        return Err(Rejection::Unbalanced { debits, credits }.into());
    }
    if matches!(given.kind, EntryKind::Reversal | EntryKind::Exchange) {
        return Err(Rejection::KindNotAllowed { operation: Operation::Post }.into());
    }
    texts::details(given.details.as_deref())?;
    parties::named(desk, None, given.details.as_deref())?;
    not_in_future(given.effective_at, moment)?;
    let postings = postings(desk, &lines, given.forced, moment)?;
    let posted = Posted {
        operation: Operation::Post,
        kind: given.kind,
        source: TransactionSource::Internal,
        service: None,
        effective_at: given.effective_at,
        forced: given.forced,
        reverses: None,
        details: None,
    };
    Ok(Draft { outcome: Outcome::Posted(posted), postings })
}

/// A movement of one sum from one account to another, under a service.
struct Movement<'a> {
    operation: Operation,
    kind: EntryKind,
    from: AccountId,
    to: AccountId,
    /// The accounts that must be the service's client's.
    owned: &'a [AccountId],
    /// The payer and payee, where both are inside: of one owner unless the service crosses.
    crosses: Option<(AccountId, AccountId)>,
    bearer: AccountId,
    source: TransactionSource,
    money: Money,
    effective_at: Option<Timestamp>,
    details: Option<&'a Details>,
}

impl Movement<'_> {
    fn judge(self, desk: &Desk, service: &Service, moment: Moment) -> Result<Draft, Refusal> {
        let terms = &service.terms;
        let book = desk.book(terms.book)?;
        let (from, to) = (desk.row(self.from)?, desk.row(self.to)?);
        if self.from == self.to {
            return Err(Rejection::SameAccount { account: self.from }.into());
        }
        self.owners(desk, service)?;
        for row in [from, to] {
            in_book(desk, &row.terms, book.id)?;
        }
        in_business(self.from, &from.terms)?;
        in_business(self.to, &to.terms)?;
        if self.operation == Operation::Debit && self.source == TransactionSource::External && !from.terms.can_disburse
        {
            return Err(Rejection::DisbursementNotAllowed { account: self.from }.into());
        }
        let amount = positive(self.money, book.currency)?;
        self.narrative(from, to, terms.narrative_required)?;
        texts::details(self.details)?;
        parties::named(desk, Some(terms.client), self.details)?;
        not_in_future(self.effective_at, moment)?;
        within_limits(amount, terms.minimum, terms.maximum)?;

        let charge = tariffs::charge(service, amount)?;
        // Cannot overflow: fee and tax are below 2^96 each.
        let total = charge.fee.signed() + charge.tax.signed();
        if self.bearer == self.to && total > amount.signed() {
            return Err(Rejection::ChargeExceedsAmount { charge: total, amount: amount.signed() }.into());
        }
        let mut lines = Vec::with_capacity(5);
        lines.push(Line::debit(self.from, Role::Principal, amount));
        lines.push(Line::credit(self.to, Role::Principal, amount));
        tariffs::lines(desk, book, service, self.bearer, charge, &mut lines)?;
        let postings = postings(desk, &lines, false, moment)?;
        let posted = Posted {
            operation: self.operation,
            kind: self.kind,
            source: self.source,
            service: Some((service.id, service.version)),
            effective_at: self.effective_at,
            forced: false,
            reverses: None,
            details: None,
        };
        Ok(Draft { outcome: Outcome::Posted(posted), postings })
    }

    /// Whose the accounts are, and whether their owners may do business.
    fn owners(&self, desk: &Desk, service: &Service) -> Result<(), Refusal> {
        for account in self.owned {
            if desk.row(*account)?.terms.client != Some(service.terms.client) {
                return Err(Rejection::ServiceClientMismatch { service: service.id, account: *account }.into());
            }
        }
        let Some((source_account, destination)) = self.crosses else {
            return Ok(());
        };
        let (payer, payee) = (desk.row(source_account)?.terms.client, desk.row(destination)?.terms.client);
        if payer == payee {
            return Ok(());
        }
        // A book's own accounts have no owner to cross to: money reaches them by leaving the ledger, or by `Post`.
        if !service.terms.cross_client || payer.is_none() || payee.is_none() {
            return Err(Rejection::NotSameOwner { source_account, destination }.into());
        }
        for client in [payer, payee].into_iter().flatten() {
            desk.active_client(client)?;
        }
        Ok(())
    }

    fn narrative(&self, from: &Row, to: &Row, required: Option<bool>) -> Result<(), Rejection> {
        let same_owner = self.operation == Operation::Transfer && from.terms.client == to.terms.client;
        let narrative = self.details.and_then(|details| details.narrative.as_deref()).unwrap_or_default();
        let required = required.map_or(same_owner, |required| required && self.operation == Operation::Transfer);
        if required && narrative.trim().is_empty() { Err(Rejection::NarrativeRequired) } else { Ok(()) }
    }
}

const CREDIT_KINDS: &[EntryKind] = &[
    EntryKind::Credit,
    EntryKind::Sale,
    EntryKind::Deposit,
    EntryKind::Refund,
    EntryKind::Adjustment,
    EntryKind::Opening,
];
const DEBIT_KINDS: &[EntryKind] = &[EntryKind::Debit, EntryKind::Payout, EntryKind::Charge, EntryKind::Adjustment];

fn kind_within(kind: EntryKind, operation: Operation, kinds: &[EntryKind]) -> Result<EntryKind, Rejection> {
    if kinds.contains(&kind) { Ok(kind) } else { Err(Rejection::KindNotAllowed { operation }) }
}

/// The service, if it and its client are active and it allows the operation.
pub(super) fn usable(desk: &Desk, service: ServiceId, operation: Operation) -> Result<&Service, Refusal> {
    let record = desk.service(service)?;
    desk.active_client(record.terms.client)?;
    if !record.terms.active {
        return Err(Rejection::ServiceInactive { service }.into());
    }
    let operations = record.terms.operations;
    let allowed = match operation {
        Operation::Credit => operations.credit,
        Operation::Debit => operations.debit,
        Operation::Transfer => operations.transfer,
        Operation::Reverse => operations.reversal,
        Operation::Post => false,
    };
    if allowed { Ok(record) } else { Err(Rejection::OperationNotAllowedByService { service, operation }.into()) }
}

/// The other side of a credit or debit: the account named, else the service's pool, else the world outside.
fn counter(desk: &Desk, service: &Service, named: Option<AccountId>) -> Result<AccountId, Refusal> {
    match named.or(service.terms.pool_account) {
        Some(account) => Ok(account),
        None => Ok(desk.book(service.terms.book)?.system(SystemAccount::External)),
    }
}

/// The sum in minor units of `currency`: the same code at another scale is converted if no digit is lost.
pub(super) fn positive(money: Money, currency: Currency) -> Result<Amount, Rejection> {
    let money = if money.currency() == currency {
        money
    } else if money.currency().code() == currency.code() {
        currency.decimal(money.to_decimal()).map_err(|error| match error {
            MoneyError::TooManyDigits { scale, .. } => Rejection::AmountPrecision { scale },
            _ => Rejection::AmountTooLarge,
        })?
    } else {
        return Err(Rejection::CurrencyMismatch { expected: currency, given: money.currency() });
    };
    match money.amount() {
        Ok(amount) if !amount.is_zero() => Ok(amount),
        _ => Err(Rejection::AmountNotPositive { given: money.minor() }),
    }
}

pub(super) fn not_in_future(effective_at: Option<Timestamp>, moment: Moment) -> Result<(), Rejection> {
    let latest = moment.recorded_at.plus_ns(EFFECTIVE_SKEW_NS);
    match effective_at {
        Some(effective_at) if effective_at > latest => Err(Rejection::FutureEffectiveTime { effective_at, latest }),
        _ => Ok(()),
    }
}

fn within_limits(amount: Amount, minimum: Option<Amount>, maximum: Option<Amount>) -> Result<(), Rejection> {
    let given = amount.signed();
    if let Some(minimum) = minimum.filter(|minimum| amount < *minimum) {
        return Err(Rejection::AmountBelowServiceMinimum { given, minimum: minimum.signed() });
    }
    if let Some(maximum) = maximum.filter(|maximum| amount > *maximum) {
        return Err(Rejection::AmountAboveServiceMaximum { given, maximum: maximum.signed() });
    }
    Ok(())
}

/// Whether a request asks for exactly the movement that an entry records.
pub(super) fn repeats(desk: &Desk, request: &Request, posted: &Posted, postings: &[Posting]) -> Result<bool, Refusal> {
    let principal = |side| postings.iter().find(|posting| posting.role == Role::Principal && posting.side == side);
    let (Some(from), Some(to)) = (principal(Side::Debit), principal(Side::Credit)) else {
        return Ok(false);
    };
    let currency = desk.book(from.book)?.currency;
    let same = |operation, service: Option<ServiceId>, kind, effective_at, details: &Option<Box<Details>>| {
        posted.operation == operation
            && posted.service.map(|(service, _)| service) == service
            && posted.kind == kind
            && posted.effective_at == effective_at
            && posted.details == *details
    };
    let is = |money: Money, amount: Amount| positive(money, currency) == Ok(amount);
    let sum = |money: Money| is(money, from.amount);
    let source = |counter: Option<AccountId>| match counter {
        Some(_) => TransactionSource::Internal,
        None => TransactionSource::External,
    };
    Ok(match request {
        Request::Credit(given) => {
            same(Operation::Credit, Some(given.service), given.kind, given.effective_at, &given.details)
                && to.account == given.account
                && posted.source == source(given.counter)
                && given.counter.is_none_or(|counter| from.account == counter)
                && sum(given.money)
        }
        Request::Debit(given) => {
            same(Operation::Debit, Some(given.service), given.kind, given.effective_at, &given.details)
                && from.account == given.account
                && posted.source == source(given.counter)
                && given.counter.is_none_or(|counter| to.account == counter)
                && sum(given.money)
        }
        Request::Transfer(given) => {
            same(Operation::Transfer, Some(given.service), EntryKind::Transfer, given.effective_at, &given.details)
                && from.account == given.source
                && to.account == given.destination
                && sum(given.money)
        }
        Request::Post(given) => {
            same(Operation::Post, None, given.kind, given.effective_at, &given.details)
                && posted.forced == given.forced
                && given.legs.len() == postings.len()
                && given.legs.iter().zip(postings).all(|(leg, posting)| {
                    (leg.account, leg.side) == (posting.account, posting.side) && is(leg.money, posting.amount)
                })
        }
        _ => false,
    })
}
