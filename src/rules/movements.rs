//! The law of credits, debits, transfers, exchanges and postings of many lines.
//!
//! A movement is judged in this order: the service, the accounts, the sum, the texts and times, the service's limits,
//! the charge, the limits over time, and last what the accounts have.

use super::command::{Credit, Debit, Exchange, Post, Request, Transfer};
use super::desk::{Desk, Refusal, Row};
use super::draft::{Draft, Moment};
use super::lines::{Floors, Line, Lines, clearing, in_book, in_business, open_for, postings};
use super::periods::timely;
use super::rejection::Rejection;
use super::velocity::{self, Moved};
use super::{exchange, flows, parties, reserves, tariffs, texts};
use crate::model::{
    AccountId, BookId, Charge, Details, Effect, EntryKind, Exchanged, ExchangedSide, FeeBearer, HoldKind, Limits,
    Operation, Posted, Posting, Role, Service, ServiceId, Side, Stage, SystemAccount, Timestamp, TransactionSource,
};
use crate::money::{Amount, Currency, Money, MoneyError};

/// What becomes of a movement that is judged well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Staging {
    /// It happens.
    Now,
    /// It happens, and becomes available later.
    Clearing(Option<Timestamp>),
    /// It is reserved.
    Held { until: Option<Timestamp>, may_overdraw: bool },
}

/// Money into an account.
pub(super) fn credit(desk: &Desk, given: &Credit, staging: Staging, moment: Moment) -> Result<Draft, Refusal> {
    credit_charging(desk, given, None, staging, moment)
}

/// Money into an account; with a charge that was agreed before, its payer bears that on top, wherever he is.
pub(super) fn credit_charging(
    desk: &Desk,
    given: &Credit,
    agreed: Option<Charge>,
    staging: Staging,
    moment: Moment,
) -> Result<Draft, Refusal> {
    let staging = match (staging, given.clearing) {
        (Staging::Now, Some(clearing)) => Staging::Clearing(clearing.due_at()),
        (Staging::Held { .. }, Some(_)) => return Err(Rejection::HeldCreditClears.into()),
        (staging, None) | (staging @ Staging::Clearing(_), Some(_)) => staging,
    };
    let service = usable(desk, given.service, Operation::Credit)?;
    let other = counter(desk, service, given.counter)?;
    let payee = given.account;
    let movement = Movement {
        operation: Operation::Credit,
        kind: kind_within(given.kind, Operation::Credit, CREDIT_KINDS)?,
        from: other,
        to: payee,
        owned: Side::Credit,
        crosses: given.counter.is_some(),
        bearer: match (agreed, service.terms.bearer) {
            (Some(_), _) => other,
            // From outside there is no payer to charge.
            (None, FeeBearer::Payer) => given.counter.unwrap_or(payee),
            (None, FeeBearer::Payee) => payee,
        },
        source: if given.counter.is_some() { TransactionSource::Internal } else { TransactionSource::External },
        money: given.money,
        effective_at: given.effective_at,
        details: given.details.as_deref(),
        staging,
        exchange: None,
    };
    movement.judge_charging(desk, service, agreed, moment)
}

/// Money out of an account.
pub(super) fn debit(desk: &Desk, given: &Debit, staging: Staging, moment: Moment) -> Result<Draft, Refusal> {
    let service = usable(desk, given.service, Operation::Debit)?;
    let other = counter(desk, service, given.counter)?;
    let payer = given.account;
    let movement = Movement {
        operation: Operation::Debit,
        kind: kind_within(given.kind, Operation::Debit, DEBIT_KINDS)?,
        from: payer,
        to: other,
        owned: Side::Debit,
        crosses: given.counter.is_some(),
        // Outside there is no payee to charge.
        bearer: if service.terms.bearer == FeeBearer::Payee { given.counter.unwrap_or(payer) } else { payer },
        source: if given.counter.is_some() { TransactionSource::Internal } else { TransactionSource::External },
        money: given.money,
        effective_at: given.effective_at,
        details: given.details.as_deref(),
        staging,
        exchange: None,
    };
    movement.judge(desk, service, moment)
}

/// Money from one account to another.
pub(super) fn transfer(desk: &Desk, given: &Transfer, staging: Staging, moment: Moment) -> Result<Draft, Refusal> {
    let service = usable(desk, given.service, Operation::Transfer)?;
    let movement = Movement {
        operation: Operation::Transfer,
        kind: EntryKind::Transfer,
        from: given.source,
        to: given.destination,
        owned: Side::Debit,
        crosses: true,
        bearer: if service.terms.bearer == FeeBearer::Payer { given.source } else { given.destination },
        source: TransactionSource::Internal,
        money: given.money,
        effective_at: given.effective_at,
        details: given.details.as_deref(),
        staging,
        exchange: None,
    };
    movement.judge(desk, service, moment)
}

/// Money of one book for money of another.
pub(super) fn exchange(desk: &Desk, given: &Exchange, staging: Staging, moment: Moment) -> Result<Draft, Refusal> {
    let service = usable(desk, given.service, Operation::Exchange)?;
    let movement = Movement {
        operation: Operation::Exchange,
        kind: EntryKind::Exchange,
        from: given.source,
        to: given.destination,
        owned: Side::Debit,
        crosses: true,
        // The charge is in the currency of the service's book, in which only the source is kept.
        bearer: given.source,
        source: TransactionSource::Internal,
        money: given.money,
        effective_at: given.effective_at,
        details: given.details.as_deref(),
        staging,
        exchange: Some(given),
    };
    movement.judge(desk, service, moment)
}

/// Any balanced set of lines in one book.
pub(super) fn post(desk: &Desk, given: &Post, staging: Staging, moment: Moment) -> Result<Draft, Refusal> {
    texts::at_most("legs", given.legs.len(), Limits::LEGS)?;
    let first = given.legs.first().ok_or(Rejection::EmptyPost)?;
    let book = desk.book(desk.row(first.account)?.terms.book)?;
    let mut lines = Vec::with_capacity(given.legs.len());
    let mut sums = (0i128, 0i128);
    for leg in &given.legs {
        let row = desk.row(leg.account)?;
        in_book(desk, &row.terms, book.id)?;
        in_business(leg.account, &row.terms)?;
        open_for(leg.account, leg.side, &row.terms)?;
        if let Some(client) = row.terms.client {
            desk.active_client(client)?;
        }
        let amount = positive(leg.money, book.currency)?;
        // Cannot overflow: there are few legs, each below 2^96.
        match leg.side {
            Side::Debit => sums.0 += amount.signed(),
            Side::Credit => sums.1 += amount.signed(),
        }
        lines.push(Line { account: leg.account, side: leg.side, role: Role::Principal, stage: Stage::Posted, amount });
    }
    let (debits, credits) = sums;
    if debits == 0 || credits == 0 {
        return Err(Rejection::EmptyPost.into());
    }
    if debits != credits {
        return Err(Rejection::Unbalanced { debits, credits }.into());
    }
    let on = |side| given.legs.iter().filter(move |leg| leg.side == side).map(|leg| leg.account);
    flows::all_allowed(desk, book.id, on(Side::Debit), on(Side::Credit))?;
    if matches!(given.kind, EntryKind::Reversal | EntryKind::Exchange) {
        return Err(Rejection::KindNotAllowed { operation: Operation::Post }.into());
    }
    texts::details(given.details.as_deref())?;
    parties::named(desk, None, given.details.as_deref())?;
    timely(desk, [first.account], given.effective_at, moment)?;
    // Equal to the credits. Legs are few but may be large: beyond the greatest amount, it cannot be held.
    let principal = Amount::minor(debits).unwrap_or(Amount::MAX);
    let posted = Posted {
        effective_at: given.effective_at,
        forced: given.forced,
        ..Posted::of(Operation::Post, given.kind, TransactionSource::Internal)
    };
    staged(desk, &mut lines, posted, principal, staging, moment)
}

/// The entry of lines that were judged well.
fn staged(
    desk: &Desk,
    lines: &mut [Line],
    mut posted: Posted,
    principal: Amount,
    staging: Staging,
    moment: Moment,
) -> Result<Draft, Refusal> {
    let mut floors = Floors::unless(posted.forced);
    let of = (posted.operation, posted.kind);
    match staging {
        Staging::Now => {}
        Staging::Clearing(due_at) => {
            let kind = HoldKind::Clearing;
            posted.effects.push(placed(kind, of, principal, due_at, false, moment)?);
            clearing(lines);
        }
        Staging::Held { until, may_overdraw } => {
            (posted.operation, posted.kind) = (Operation::Hold, EntryKind::Hold);
            posted.effects.push(placed(HoldKind::Hold, of, principal, until, may_overdraw, moment)?);
            lines.iter_mut().for_each(|line| line.stage = Stage::Held);
            if !may_overdraw && !posted.forced {
                floors = Floors::AboveZero;
            }
        }
    }
    let postings = postings(desk, lines, floors, moment)?;
    Ok(Draft::moved(posted, postings, moment))
}

/// The effect of placing a hold, which cannot be due before it begins.
fn placed(
    kind: HoldKind,
    of: (Operation, EntryKind),
    principal: Amount,
    due_at: Option<Timestamp>,
    may_overdraw: bool,
    moment: Moment,
) -> Result<Effect, Rejection> {
    let begins = moment.recorded_at;
    match due_at {
        Some(due_at) if due_at <= begins => Err(Rejection::DueInThePast { due_at, begins }),
        _ => Ok(Effect::HoldPlaced { kind, of, principal, due_at, may_overdraw }),
    }
}

/// A movement of one sum from one account to another, under a service.
struct Movement<'a> {
    operation: Operation,
    kind: EntryKind,
    from: AccountId,
    to: AccountId,
    /// The side whose account must be the service's client's.
    owned: Side,
    /// Whether payer and payee are both inside: of one owner then, unless the service crosses.
    crosses: bool,
    bearer: AccountId,
    source: TransactionSource,
    money: Money,
    effective_at: Option<Timestamp>,
    details: Option<&'a Details>,
    staging: Staging,
    /// The exchange that it is, if it is one: `to` is of another book then.
    exchange: Option<&'a Exchange>,
}

impl Movement<'_> {
    fn judge(self, desk: &Desk, service: &Service, moment: Moment) -> Result<Draft, Refusal> {
        self.judge_charging(desk, service, None, moment)
    }

    /// Judges it; the charge is the one agreed before, or what the tariff says now.
    fn judge_charging(
        self,
        desk: &Desk,
        service: &Service,
        agreed: Option<Charge>,
        moment: Moment,
    ) -> Result<Draft, Refusal> {
        let terms = &service.terms;
        let book = desk.book(terms.book)?;
        let (from, to) = (desk.row(self.from)?, desk.row(self.to)?);
        if self.from == self.to {
            return Err(Rejection::SameAccount { account: self.from }.into());
        }
        self.owners(desk, service, from, to)?;
        in_book(desk, &from.terms, book.id)?;
        let other = match self.exchange {
            Some(_) => exchange::other_book(desk, book, &to.terms)?,
            None => {
                in_book(desk, &to.terms, book.id)?;
                book
            }
        };
        in_business(self.from, &from.terms)?;
        in_business(self.to, &to.terms)?;
        open_for(self.from, Side::Debit, &from.terms)?;
        open_for(self.to, Side::Credit, &to.terms)?;
        if self.operation == Operation::Debit && self.source == TransactionSource::External && !from.terms.can_disburse
        {
            return Err(Rejection::DisbursementNotAllowed { account: self.from }.into());
        }
        match self.exchange {
            // In each book, one side is the book's position.
            Some(_) => {
                flows::allowed(desk, book.id, self.from, book.system(SystemAccount::FxPosition))?;
                flows::allowed(desk, other.id, other.system(SystemAccount::FxPosition), self.to)?;
            }
            None => flows::allowed(desk, book.id, self.from, self.to)?,
        }
        let (amount, exchanged) = match self.exchange {
            Some(given) => {
                let exchanged = self.exchanged(given, book.currency, other.currency)?;
                (exchanged.sold, Some(exchanged))
            }
            None => (positive(self.money, book.currency)?, None),
        };
        self.narrative(from, to, terms.narrative_required)?;
        texts::details(self.details)?;
        parties::named(desk, Some(terms.client), self.details)?;
        timely(desk, [self.from, self.to], self.effective_at, moment)?;
        within_limits(amount, terms.minimum, terms.maximum)?;

        let charge = agreed.map_or_else(|| tariffs::charge(service, amount), Ok)?;
        // Cannot overflow: fee and tax are below 2^96 each.
        let total = charge.fee.signed() + charge.tax.signed();
        if self.bearer == self.to && total > amount.signed() {
            return Err(Rejection::ChargeExceedsAmount { charge: total, amount: amount.signed() }.into());
        }
        let mut lines = Lines::new();
        match &exchanged {
            Some(exchanged) => lines.extend(exchange::lines((self.from, self.to), (book, other), exchanged)),
            None => {
                lines.push(Line::debit(self.from, Role::Principal, amount));
                lines.push(Line::credit(self.to, Role::Principal, amount));
            }
        }
        tariffs::lines(desk, book, service, self.bearer, charge, &mut lines)?;
        velocity::within_limits(desk, service, self.moved(book.id, amount), moment.recorded_at)?;
        for line in lines.iter().skip(2) {
            open_for(line.account, line.side, &desk.row(line.account)?.terms)?;
        }
        let mut posted = Posted {
            service: Some((service.id, service.version)),
            effective_at: self.effective_at,
            effects: exchanged.map(Effect::Exchanged).into_iter().collect(),
            ..Posted::of(self.operation, self.kind, self.source)
        };
        if self.operation == Operation::Credit && self.staging == Staging::Now {
            let left = if self.bearer == self.to { amount.signed() - total } else { amount.signed() };
            reserves::retain(desk, service, self.to, (amount, left), moment, &mut lines, &mut posted.effects)?;
        }
        staged(desk, &mut lines, posted, amount, self.staging, moment)
    }

    /// As limits over time see it.
    fn moved(&self, book: BookId, amount: Amount) -> Moved {
        let account = if self.operation == Operation::Credit { self.to } else { self.from };
        Moved { operation: self.operation, account, book, amount }
    }

    /// Whose the accounts are, and whether their owners may do business.
    fn owners(&self, desk: &Desk, service: &Service, from: &Row, to: &Row) -> Result<(), Refusal> {
        let (payer, payee) = (from.terms.client, to.terms.client);
        let (owner, account) = match self.owned {
            Side::Debit => (payer, self.from),
            Side::Credit => (payee, self.to),
        };
        if owner != Some(service.terms.client) {
            return Err(Rejection::ServiceClientMismatch { service: service.id, account }.into());
        }
        if !self.crosses || payer == payee {
            return Ok(());
        }
        // A book's own accounts have no owner to cross to: money reaches them by leaving the ledger, or by `Post`.
        if !service.terms.cross_client || payer.is_none() || payee.is_none() {
            return Err(Rejection::NotSameOwner { source_account: self.from, destination: self.to }.into());
        }
        // The service's own client is active, or the service could not be used.
        let other = if payer == owner { payee } else { payer };
        other.map_or(Ok(()), |client| desk.active_client(client).map(drop))
    }

    /// Both sums of an exchange; a rate must be given, and the sum named in the currency of its own account.
    fn exchanged(&self, given: &Exchange, from: Currency, to: Currency) -> Result<Exchanged, Rejection> {
        let rate = given.rate.ok_or(Rejection::RateRequired { from, to })?;
        let named = match given.named {
            ExchangedSide::Sold => positive(self.money, from)?,
            ExchangedSide::Bought => positive(self.money, to)?,
        };
        exchange::sums(given, rate, named, (from, to))
    }

    fn narrative(&self, from: &Row, to: &Row, required: Option<bool>) -> Result<(), Rejection> {
        let same_owner = self.operation == Operation::Transfer && from.terms.client == to.terms.client;
        let may_need = matches!(self.operation, Operation::Transfer | Operation::Exchange);
        let narrative = self.details.and_then(|details| details.narrative.as_deref()).unwrap_or_default();
        let required = required.map_or(same_owner, |required| required && may_need);
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
        Operation::Exchange => operations.exchange,
        Operation::Post | Operation::Hold | Operation::Capture | Operation::Release => false,
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

/// The sum as one of `currency`: the same code at another scale is converted if no digit is lost.
pub(super) fn in_currency(money: Money, currency: Currency) -> Result<Money, Rejection> {
    if money.currency() == currency {
        Ok(money)
    } else if money.currency().code() == currency.code() {
        currency.decimal(money.to_decimal()).map_err(|error| match error {
            MoneyError::TooManyDigits { scale, .. } => Rejection::AmountPrecision { scale },
            _ => Rejection::AmountTooLarge,
        })
    } else {
        Err(Rejection::CurrencyMismatch { expected: currency, given: money.currency() })
    }
}

/// The sum in minor units of `currency`, above zero.
pub(super) fn positive(money: Money, currency: Currency) -> Result<Amount, Rejection> {
    let money = in_currency(money, currency)?;
    match money.amount() {
        Ok(amount) if !amount.is_zero() => Ok(amount),
        _ => Err(Rejection::AmountNotPositive { given: money.minor() }),
    }
}

pub(super) fn within_limits(amount: Amount, minimum: Option<Amount>, maximum: Option<Amount>) -> Result<(), Rejection> {
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
    // A hold that was placed is no movement yet, and the money of an invoice is asked for by its completion.
    let collected = posted.effects.iter().any(|effect| matches!(effect, Effect::InvoiceCompleted { .. }));
    if collected || posted.reserved().is_some() {
        return Ok(false);
    }
    let was = Was { desk, of: (posted.operation, posted.kind), posted, postings };
    match request {
        Request::Credit(given) => was.credit(given),
        Request::Debit(given) => was.debit(given),
        Request::Transfer(given) => was.transfer(given),
        Request::Post(given) => was.post(given),
        Request::Exchange(given) => was.exchange(given),
        _ => Ok(false),
    }
}

/// A movement that an entry records, to be compared with one that is asked for.
pub(super) struct Was<'a> {
    pub desk: &'a Desk,
    /// The operation and kind that were asked for.
    pub of: (Operation, EntryKind),
    pub posted: &'a Posted,
    pub postings: &'a [Posting],
}

impl Was<'_> {
    pub(super) fn credit(&self, given: &Credit) -> Result<bool, Refusal> {
        let cleared = self.posted.effects.iter().find_map(|effect| match effect {
            Effect::HoldPlaced { kind: HoldKind::Clearing, due_at, .. } => Some(*due_at),
            _ => None,
        });
        Ok(self.same((Operation::Credit, given.kind), Some(given.service), given.effective_at, &given.details)
            && cleared == given.clearing.map(|clearing| clearing.due_at())
            && self.sum((given.counter, Some(given.account)), given.counter, given.money)?)
    }

    pub(super) fn debit(&self, given: &Debit) -> Result<bool, Refusal> {
        Ok(self.same((Operation::Debit, given.kind), Some(given.service), given.effective_at, &given.details)
            && self.sum((Some(given.account), given.counter), given.counter, given.money)?)
    }

    pub(super) fn transfer(&self, given: &Transfer) -> Result<bool, Refusal> {
        let of = (Operation::Transfer, EntryKind::Transfer);
        let accounts = (Some(given.source), Some(given.destination));
        Ok(self.same(of, Some(given.service), given.effective_at, &given.details)
            && self.sum(accounts, accounts.1, given.money)?)
    }

    pub(super) fn exchange(&self, given: &Exchange) -> Result<bool, Refusal> {
        let exchanged = self.posted.effects.iter().find_map(|effect| match effect {
            Effect::Exchanged(exchanged) => Some(exchanged),
            _ => None,
        });
        let (Some(exchanged), Some(source), Some(destination)) =
            (exchanged, self.principal(Side::Debit), self.principal(Side::Credit))
        else {
            return Ok(false);
        };
        let (named, of) = match exchanged.named {
            ExchangedSide::Sold => (exchanged.sold, source.book),
            ExchangedSide::Bought => (exchanged.bought, destination.book),
        };
        let currency = self.desk.book(of)?.currency;
        let kind = (Operation::Exchange, EntryKind::Exchange);
        Ok(self.same(kind, Some(given.service), given.effective_at, &given.details)
            && (given.source, given.destination) == (source.account, destination.account)
            && (given.named, given.rate, given.rounding) == (exchanged.named, Some(exchanged.rate), exchanged.rounding)
            && positive(given.money, currency) == Ok(named))
    }

    pub(super) fn post(&self, given: &Post) -> Result<bool, Refusal> {
        let Some(first) = self.postings.first() else { return Ok(false) };
        let currency = self.desk.book(first.book)?.currency;
        Ok(self.same((Operation::Post, given.kind), None, given.effective_at, &given.details)
            && self.posted.forced == given.forced
            && given.legs.len() == self.postings.len()
            && given.legs.iter().zip(self.postings).all(|(leg, posting)| {
                (leg.account, leg.side) == (posting.account, posting.side)
                    && positive(leg.money, currency) == Ok(posting.amount)
            }))
    }

    fn same(
        &self,
        of: (Operation, EntryKind),
        service: Option<ServiceId>,
        effective_at: Option<Timestamp>,
        details: &Option<Box<Details>>,
    ) -> bool {
        let posted = self.posted;
        self.of == of
            && posted.service.map(|(service, _)| service) == service
            && posted.effective_at == effective_at
            && posted.details == *details
    }

    fn principal(&self, side: Side) -> Option<&Posting> {
        self.postings.iter().find(|posting| posting.role == Role::Principal && posting.side == side)
    }

    /// Whether the principal went from and to the accounts named, inside the ledger if `counter` is named.
    fn sum(
        &self,
        (from, to): (Option<AccountId>, Option<AccountId>),
        counter: Option<AccountId>,
        money: Money,
    ) -> Result<bool, Refusal> {
        let (Some(debit), Some(credit)) = (self.principal(Side::Debit), self.principal(Side::Credit)) else {
            return Ok(false);
        };
        let source = if counter.is_some() { TransactionSource::Internal } else { TransactionSource::External };
        let currency = self.desk.book(debit.book)?.currency;
        Ok(self.posted.source == source
            && from.is_none_or(|from| from == debit.account)
            && to.is_none_or(|to| to == credit.account)
            && positive(money, currency) == Ok(debit.amount))
    }
}
