//! How the naive ledger judges movements: the service, the accounts, the sum, the texts and times, the service's
//! limits, the charge, and last what the accounts have.

use pacioli::money::{Amount, Money};
use pacioli::{
    Account, AccountId, AccountStatus, Book, Credit, Debit, Details, EntryKind, Event, FeeBearer, Operation, Post,
    Posted, Posting, Rejection, Role, Service, ServiceId, Side, SystemAccount, Timestamp, TransactionSource, Transfer,
};

use super::arithmetic::{fee, share};
use super::limits::Moved;
use super::naive::{Judged, Line, Naive, Next, positive};
use super::texts;

const DAY_NS: i64 = 24 * 60 * 60 * 1_000_000_000;

/// What the three movements of one sum have in common.
struct Movement<'a> {
    operation: Operation,
    kind: EntryKind,
    service: &'a Service,
    payer: AccountId,
    payee: AccountId,
    /// The account that must be the service's client's.
    own: AccountId,
    /// Whether both accounts were named by the caller.
    inside: bool,
    money: Money,
    effective_at: Option<Timestamp>,
    details: &'a Option<Box<Details>>,
}

type Written = Judged<(Event, Vec<Posting>)>;

impl Naive {
    pub fn credit(&self, given: &Credit, next: Next) -> Written {
        let service = self.usable(given.service, Operation::Credit)?;
        use EntryKind as K;
        let kinds = [K::Credit, K::Sale, K::Deposit, K::Refund, K::Adjustment, K::Opening];
        if !kinds.contains(&given.kind) {
            return Err(Rejection::KindNotAllowed { operation: Operation::Credit });
        }
        self.movement(
            Movement {
                operation: Operation::Credit,
                kind: given.kind,
                service,
                payer: self.counter(service, given.counter)?,
                payee: given.account,
                own: given.account,
                inside: given.counter.is_some(),
                money: given.money,
                effective_at: given.effective_at,
                details: &given.details,
            },
            next,
        )
    }

    pub fn debit(&self, given: &Debit, next: Next) -> Written {
        let service = self.usable(given.service, Operation::Debit)?;
        use EntryKind as K;
        if ![K::Debit, K::Payout, K::Charge, K::Adjustment].contains(&given.kind) {
            return Err(Rejection::KindNotAllowed { operation: Operation::Debit });
        }
        self.movement(
            Movement {
                operation: Operation::Debit,
                kind: given.kind,
                service,
                payer: given.account,
                payee: self.counter(service, given.counter)?,
                own: given.account,
                inside: given.counter.is_some(),
                money: given.money,
                effective_at: given.effective_at,
                details: &given.details,
            },
            next,
        )
    }

    pub fn transfer(&self, given: &Transfer, next: Next) -> Written {
        self.movement(
            Movement {
                operation: Operation::Transfer,
                kind: EntryKind::Transfer,
                service: self.usable(given.service, Operation::Transfer)?,
                payer: given.source,
                payee: given.destination,
                own: given.source,
                inside: true,
                money: given.money,
                effective_at: given.effective_at,
                details: &given.details,
            },
            next,
        )
    }

    pub fn post(&self, given: &Post, next: Next) -> Written {
        texts::few("legs", given.legs.len(), 256)?;
        let Some(first) = given.legs.first() else { return Err(Rejection::EmptyPost) };
        let book = self.book(self.account(first.account)?.book)?;
        let mut lines = Vec::new();
        for leg in &given.legs {
            let account = self.account(leg.account)?;
            self.in_book(account, book)?;
            in_business(account)?;
            if let Some(client) = account.client {
                self.active_client(client)?;
            }
            let minor = positive(leg.money, book.currency)?;
            lines.push(Line { account: leg.account, side: leg.side, role: Role::Principal, minor });
        }
        let sum = |side| lines.iter().filter(|line| line.side == side).map(|line| line.minor).sum::<i128>();
        let (debits, credits) = (sum(Side::Debit), sum(Side::Credit));
        if debits == 0 || credits == 0 {
            return Err(Rejection::EmptyPost);
        }
        if debits != credits {
            return Err(Rejection::Unbalanced { debits, credits });
        }
        if [EntryKind::Reversal, EntryKind::Exchange].contains(&given.kind) {
            return Err(Rejection::KindNotAllowed { operation: Operation::Post });
        }
        texts::details(&given.details)?;
        not_in_future(given.effective_at, next)?;
        let posted = Posted {
            operation: Operation::Post,
            kind: given.kind,
            source: TransactionSource::Internal,
            service: None,
            effective_at: given.effective_at,
            forced: given.forced,
            reverses: None,
            effects: Vec::new(),
            details: given.details.clone(),
            crossed: Vec::new(),
        };
        Ok((Event::Posted(posted), self.posted(&lines, given.forced, next)?))
    }

    fn movement(&self, asked: Movement<'_>, next: Next) -> Written {
        let terms = &asked.service.terms;
        let book = self.book(terms.book)?;
        let (payer, payee) = (self.account(asked.payer)?, self.account(asked.payee)?);
        if payer.id == payee.id {
            return Err(Rejection::SameAccount { account: payer.id });
        }
        if self.account(asked.own)?.client != Some(terms.client) {
            return Err(Rejection::ServiceClientMismatch { service: asked.service.id, account: asked.own });
        }
        if asked.inside && payer.client != payee.client {
            if !terms.cross_client || payer.client.is_none() || payee.client.is_none() {
                return Err(Rejection::NotSameOwner { source_account: payer.id, destination: payee.id });
            }
            for client in payer.client.iter().chain(&payee.client) {
                self.active_client(*client)?;
            }
        }
        self.in_book(payer, book)?;
        self.in_book(payee, book)?;
        in_business(payer)?;
        in_business(payee)?;
        if asked.operation == Operation::Debit && !asked.inside && !payer.can_disburse {
            return Err(Rejection::DisbursementNotAllowed { account: payer.id });
        }
        let minor = positive(asked.money, book.currency)?;
        let narrated = asked.details.as_ref().and_then(|details| details.narrative.as_ref());
        let narrated = narrated.is_some_and(|narrative| !narrative.trim().is_empty());
        let needed = terms.narrative_required.unwrap_or(payer.client == payee.client);
        if asked.operation == Operation::Transfer && needed && !narrated {
            return Err(Rejection::NarrativeRequired);
        }
        texts::details(asked.details)?;
        not_in_future(asked.effective_at, next)?;
        if let Some(minimum) = terms.minimum.map(Amount::signed)
            && minor < minimum
        {
            return Err(Rejection::AmountBelowServiceMinimum { given: minor, minimum });
        }
        if let Some(maximum) = terms.maximum.map(Amount::signed)
            && minor > maximum
        {
            return Err(Rejection::AmountAboveServiceMaximum { given: minor, maximum });
        }
        let mut lines = vec![
            Line { account: payer.id, side: Side::Debit, role: Role::Principal, minor },
            Line { account: payee.id, side: Side::Credit, role: Role::Principal, minor },
        ];
        // Nobody outside can be charged: there, the account inside bears it.
        let bearer = match (asked.operation, asked.inside, terms.bearer) {
            (Operation::Credit, false, _) => payee.id,
            (Operation::Debit, false, _) => payer.id,
            (_, _, FeeBearer::Payer) => payer.id,
            (_, _, FeeBearer::Payee) => payee.id,
        };
        self.charge(asked.service, book, (bearer, bearer == payee.id), minor, &mut lines)?;
        let moved = Moved { operation: asked.operation, account: asked.own, book: book.id, minor };
        self.within_limits(asked.service, moved, next)?;
        let posted = Posted {
            operation: asked.operation,
            kind: asked.kind,
            source: if asked.inside { TransactionSource::Internal } else { TransactionSource::External },
            service: Some((asked.service.id, asked.service.version)),
            effective_at: asked.effective_at,
            forced: false,
            reverses: None,
            effects: Vec::new(),
            details: asked.details.clone(),
            crossed: Vec::new(),
        };
        Ok((Event::Posted(posted), self.posted(&lines, false, next)?))
    }

    /// The lines of fee and tax; `payee` if they come out of the sum.
    fn charge(
        &self,
        service: &Service,
        book: &Book,
        (bearer, payee): (AccountId, bool),
        principal: i128,
        lines: &mut Vec<Line>,
    ) -> Judged<()> {
        let terms = &service.terms;
        let beyond = Rejection::AmountBeyondTariff { given: principal };
        let fee = fee(&terms.tariff, principal, terms.rounding).ok_or(beyond)?;
        let tax = terms.tax.map_or(0, |tax| share(tax.rate, fee, terms.rounding));
        let charge = fee + tax;
        if payee && charge > principal {
            return Err(Rejection::ChargeExceedsAmount { charge, amount: principal });
        }
        if charge > Amount::MAX.signed() {
            return Err(Rejection::AmountOverflow { account: bearer });
        }
        if charge > 0 {
            lines.push(Line { account: bearer, side: Side::Debit, role: Role::Charge, minor: charge });
        }
        let income = terms.commission_account.unwrap_or(system(book, SystemAccount::FeeIncome));
        let owed = terms.tax_account.unwrap_or(system(book, SystemAccount::Tax));
        for (account, role, minor) in [(income, Role::Fee, fee), (owed, Role::Tax, tax)] {
            if minor > 0 {
                let record = self.account(account)?;
                self.in_book(record, book)?;
                in_business(record)?;
                lines.push(Line { account, side: Side::Credit, role, minor });
            }
        }
        Ok(())
    }

    pub fn usable(&self, id: ServiceId, operation: Operation) -> Judged<&Service> {
        let service = self.service(id)?;
        self.active_client(service.terms.client)?;
        if !service.terms.active {
            return Err(Rejection::ServiceInactive { service: id });
        }
        let allowed = match operation {
            Operation::Credit => service.terms.operations.credit,
            Operation::Debit => service.terms.operations.debit,
            Operation::Transfer => service.terms.operations.transfer,
            Operation::Reverse => service.terms.operations.reversal,
            _ => false,
        };
        if allowed { Ok(service) } else { Err(Rejection::OperationNotAllowedByService { service: id, operation }) }
    }

    fn counter(&self, service: &Service, named: Option<AccountId>) -> Judged<AccountId> {
        let outside = system(self.book(service.terms.book)?, SystemAccount::External);
        Ok(named.unwrap_or(service.terms.pool_account.unwrap_or(outside)))
    }

    pub fn in_book(&self, account: &Account, book: &Book) -> Judged<()> {
        if account.book == book.id {
            Ok(())
        } else if account.currency == book.currency {
            Err(Rejection::BookMismatch { expected: book.id, given: account.book })
        } else {
            Err(Rejection::CurrencyMismatch { expected: book.currency, given: account.currency })
        }
    }
}

/// A book opens six accounts of its own, one after another.
fn system(book: &Book, which: SystemAccount) -> AccountId {
    let place = match which {
        SystemAccount::External => 0,
        SystemAccount::FeeIncome => 1,
        SystemAccount::Tax => 2,
        SystemAccount::FxPosition => 3,
        SystemAccount::Clearing => 4,
        SystemAccount::Suspense => 5,
    };
    AccountId(book.system_first.0 + place)
}

fn in_business(account: &Account) -> Judged<()> {
    match account.status {
        AccountStatus::Active => Ok(()),
        AccountStatus::Inactive => Err(Rejection::AccountInactive { account: account.id }),
        AccountStatus::Closed => Err(Rejection::AccountClosed { account: account.id }),
    }
}

/// A day ahead of the time of recording is the most.
pub fn not_in_future(effective_at: Option<Timestamp>, next: Next) -> Judged<()> {
    let latest = Timestamp(next.at.0.saturating_add(DAY_NS));
    match effective_at {
        Some(effective_at) if effective_at > latest => Err(Rejection::FutureEffectiveTime { effective_at, latest }),
        _ => Ok(()),
    }
}
