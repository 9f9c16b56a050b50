//! How the naive ledger judges movements: the service, the accounts, the sum, the texts and times, the service's
//! limits, the charge, and last what the accounts have.

use pacioli::money::{Amount, Money};
use pacioli::{
    Account, AccountId, AccountStatus, Book, Credit, Debit, Details, Effect, EntryKind, Event, Exchange, FeeBearer,
    HoldKind, Operation, Post, Posted, Posting, Rejection, Role, Service, ServiceId, Side, Stage, SystemAccount,
    Timestamp, TransactionSource, Transfer,
};

use super::holds::placed;
use super::invoices::{charge, within};
use super::limits::Moved;
use super::naive::{Judged, Keep, Line, Naive, Next, positive};
use super::{exchange, texts};

const DAY_NS: i64 = 24 * 60 * 60 * 1_000_000_000;

/// What becomes of a movement about which nothing is wrong.
#[derive(Clone, Copy, Debug)]
pub enum Way {
    Happens,
    /// It happens, and is available when it is released or when that time comes.
    Clears(Option<Timestamp>),
    IsHeld {
        until: Option<Timestamp>,
        may_overdraw: bool,
    },
}

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
    way: Way,
    exchange: Option<&'a Exchange>,
    agreed: Option<(i128, i128)>,
}

pub type Written = Judged<(Event, Vec<Posting>)>;

impl Naive {
    pub fn credit(&self, given: &Credit, way: Way, next: Next) -> Written {
        self.credit_charging(given, None, way, next)
    }

    /// With a fee and a tax that were agreed before, its payer bears them, wherever he is.
    pub fn credit_charging(&self, given: &Credit, agreed: Option<(i128, i128)>, way: Way, next: Next) -> Written {
        let way = match (given.clearing, way) {
            (None, way) => way,
            (Some(clearing), Way::Happens) => Way::Clears(clearing.due_at()),
            (Some(_), _) => return Err(Rejection::HeldCreditClears),
        };
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
                way,
                exchange: None,
                agreed,
            },
            next,
        )
    }

    pub fn debit(&self, given: &Debit, way: Way, next: Next) -> Written {
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
                way,
                exchange: None,
                agreed: None,
            },
            next,
        )
    }

    pub fn transfer(&self, given: &Transfer, way: Way, next: Next) -> Written {
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
                way,
                exchange: None,
                agreed: None,
            },
            next,
        )
    }

    pub fn exchange(&self, given: &Exchange, way: Way, next: Next) -> Written {
        self.movement(
            Movement {
                operation: Operation::Exchange,
                kind: EntryKind::Exchange,
                service: self.usable(given.service, Operation::Exchange)?,
                payer: given.source,
                payee: given.destination,
                own: given.source,
                inside: true,
                money: given.money,
                effective_at: given.effective_at,
                details: &given.details,
                way,
                exchange: Some(given),
                agreed: None,
            },
            next,
        )
    }

    pub fn post(&self, given: &Post, way: Way, next: Next) -> Written {
        texts::few("legs", given.legs.len(), 256)?;
        let Some(first) = given.legs.first() else { return Err(Rejection::EmptyPost) };
        let book = self.book(self.account(first.account)?.book)?;
        let mut lines = Vec::new();
        for leg in &given.legs {
            let account = self.account(leg.account)?;
            self.in_book(account, book)?;
            in_business(account)?;
            open_for(account, leg.side)?;
            if let Some(client) = account.client {
                self.active_client(client)?;
            }
            let minor = positive(leg.money, book.currency)?;
            lines.push(Line::posted(leg.account, leg.side, Role::Principal, minor));
        }
        let sum = |side| lines.iter().filter(|line| line.side == side).map(|line| line.minor).sum::<i128>();
        let (debits, credits) = (sum(Side::Debit), sum(Side::Credit));
        if debits == 0 || credits == 0 {
            return Err(Rejection::EmptyPost);
        }
        if debits != credits {
            return Err(Rejection::Unbalanced { debits, credits });
        }
        let on = |side| {
            let lines = lines.iter().filter(move |line| line.side == side);
            lines.map(|line| self.account(line.account)).collect::<Judged<Vec<_>>>()
        };
        self.flow(book, on(Side::Debit)?.into_iter(), on(Side::Credit)?.into_iter())?;
        if [EntryKind::Reversal, EntryKind::Exchange].contains(&given.kind) {
            return Err(Rejection::KindNotAllowed { operation: Operation::Post });
        }
        texts::details(&given.details)?;
        self.timely([first.account], given.effective_at, next)?;
        let posted = Posted {
            operation: Operation::Post,
            kind: given.kind,
            source: TransactionSource::Internal,
            service: None,
            effective_at: given.effective_at,
            forced: given.forced,
            reverses: None,
            effects: pacioli::Few::NONE,
            details: given.details.clone(),
            crossed: pacioli::Few::NONE,
        };
        self.goes(lines, posted, debits.min(Amount::MAX.signed()), way, next)
    }

    /// The entry of lines about which nothing is wrong, but perhaps what they leave on the accounts.
    fn goes(&self, mut lines: Vec<Line>, mut posted: Posted, principal: i128, way: Way, next: Next) -> Written {
        let mut keep = if posted.forced { Keep::Nothing } else { Keep::Floor };
        let of = (posted.operation, posted.kind);
        match way {
            Way::Happens => {}
            Way::Clears(due_at) => {
                posted.effects.push(placed(HoldKind::Clearing, of, principal, due_at, false, next)?);
                let payee = lines[1].account;
                for line in &mut lines {
                    // The payee's charge comes out of what the payee is not given yet.
                    let out_of_it = line.account == payee && line.role == Role::Charge;
                    line.stage = if out_of_it { Stage::Captured } else { Stage::Clearing };
                }
            }
            Way::IsHeld { until, may_overdraw } => {
                posted.effects.push(placed(HoldKind::Hold, of, principal, until, may_overdraw, next)?);
                (posted.operation, posted.kind) = (Operation::Hold, EntryKind::Hold);
                lines.iter_mut().for_each(|line| line.stage = Stage::Held);
                if !may_overdraw && !posted.forced {
                    keep = Keep::AtLeastZero;
                }
            }
        }
        let postings = self.posted(&lines, keep, next)?;
        Ok((Event::Posted(posted), postings))
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
        let other = match asked.exchange {
            Some(_) => self.other_book(book, payee)?,
            None => {
                self.in_book(payee, book)?;
                book
            }
        };
        in_business(payer)?;
        in_business(payee)?;
        open_for(payer, Side::Debit)?;
        open_for(payee, Side::Credit)?;
        if asked.operation == Operation::Debit && !asked.inside && !payer.can_disburse {
            return Err(Rejection::DisbursementNotAllowed { account: payer.id });
        }
        match asked.exchange {
            // Each half flows in its own book, to and from the book's position.
            Some(_) => {
                let position = |book| self.account(system(book, SystemAccount::FxPosition));
                self.flow(book, [payer].into_iter(), [position(book)?].into_iter())?;
                self.flow(other, [position(other)?].into_iter(), [payee].into_iter())?;
            }
            None => self.flow(book, [payer].into_iter(), [payee].into_iter())?,
        }
        let exchanged = asked.exchange.map(|given| exchange::sums(given, book.currency, other.currency)).transpose()?;
        let minor = match &exchanged {
            Some(exchanged) => exchanged.sold.signed(),
            None => positive(asked.money, book.currency)?,
        };
        let narrated = asked.details.as_ref().and_then(|details| details.narrative.as_ref());
        let narrated = narrated.is_some_and(|narrative| !narrative.trim().is_empty());
        let needed = match asked.operation {
            Operation::Transfer => terms.narrative_required.unwrap_or(payer.client == payee.client),
            Operation::Exchange => terms.narrative_required == Some(true),
            _ => false,
        };
        if needed && !narrated {
            return Err(Rejection::NarrativeRequired);
        }
        texts::details(asked.details)?;
        self.timely([payer.id, payee.id], asked.effective_at, next)?;
        within(asked.service, minor)?;
        let mut lines = match &exchanged {
            Some(exchanged) => exchange::lines(payer, payee, (book, other), exchanged),
            None => vec![
                Line::posted(payer.id, Side::Debit, Role::Principal, minor),
                Line::posted(payee.id, Side::Credit, Role::Principal, minor),
            ],
        };
        // Nobody outside can be charged: there, the account inside bears it.
        let bearer = match (asked.operation, asked.inside, terms.bearer) {
            _ if asked.agreed.is_some() => payer.id,
            (Operation::Credit, false, _) => payee.id,
            (Operation::Debit, false, _) | (Operation::Exchange, _, _) => payer.id,
            (_, _, FeeBearer::Payer) => payer.id,
            (_, _, FeeBearer::Payee) => payee.id,
        };
        let fee_and_tax = asked.agreed.map_or_else(|| charge(asked.service, minor), Ok)?;
        let charge = self.charge(asked.service, fee_and_tax, (bearer, bearer == payee.id), minor, &mut lines)?;
        let moved = Moved { operation: asked.operation, account: asked.own, book: book.id, minor };
        self.within_limits(asked.service, moved, next)?;
        for line in &lines {
            open_for(self.account(line.account)?, line.side)?;
        }
        let mut posted = Posted {
            operation: asked.operation,
            kind: asked.kind,
            source: if asked.inside { TransactionSource::Internal } else { TransactionSource::External },
            service: Some((asked.service.id, asked.service.version)),
            effective_at: asked.effective_at,
            forced: false,
            reverses: None,
            effects: exchanged.map(Effect::Exchanged).into_iter().collect(),
            details: asked.details.clone(),
            crossed: pacioli::Few::NONE,
        };
        if asked.operation == Operation::Credit && matches!(asked.way, Way::Happens) {
            let left = if bearer == payee.id { minor - charge } else { minor };
            let rule = (terms.reserve, terms.rounding, book);
            self.retained(rule, payee.id, (minor, left), next, &mut lines, &mut posted.effects)?;
        }
        self.goes(lines, posted, minor, asked.way, next)
    }

    /// The lines of fee and tax; `payee` if they come out of the sum.
    fn charge(
        &self,
        service: &Service,
        (fee, tax): (i128, i128),
        (bearer, payee): (AccountId, bool),
        principal: i128,
        lines: &mut Vec<Line>,
    ) -> Judged<i128> {
        let terms = &service.terms;
        let book = self.book(terms.book)?;
        let charge = fee + tax;
        if payee && charge > principal {
            return Err(Rejection::ChargeExceedsAmount { charge, amount: principal });
        }
        if charge > Amount::MAX.signed() {
            return Err(Rejection::AmountOverflow { account: bearer });
        }
        if charge > 0 {
            lines.push(Line::posted(bearer, Side::Debit, Role::Charge, charge));
        }
        let income = terms.commission_account.unwrap_or(system(book, SystemAccount::FeeIncome));
        let owed = terms.tax_account.unwrap_or(system(book, SystemAccount::Tax));
        for (account, role, minor) in [(income, Role::Fee, fee), (owed, Role::Tax, tax)] {
            if minor > 0 {
                let record = self.account(account)?;
                self.in_book(record, book)?;
                in_business(record)?;
                lines.push(Line::posted(account, Side::Credit, role, minor));
            }
        }
        Ok(charge)
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
            Operation::Exchange => service.terms.operations.exchange,
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
pub fn system(book: &Book, which: SystemAccount) -> AccountId {
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

pub fn in_business(account: &Account) -> Judged<()> {
    match account.status {
        AccountStatus::Active => Ok(()),
        AccountStatus::Inactive => Err(Rejection::AccountInactive { account: account.id }),
        AccountStatus::Closed => Err(Rejection::AccountClosed { account: account.id }),
    }
}

pub fn open_for(account: &Account, side: Side) -> Judged<()> {
    if account.blocks.reason(side).is_some() {
        return Err(Rejection::AccountBlocked { account: account.id, side });
    }
    Ok(())
}

/// A day ahead of the time of recording is the most.
pub fn not_in_future(effective_at: Option<Timestamp>, next: Next) -> Judged<()> {
    let latest = Timestamp(next.at.0.saturating_add(DAY_NS));
    match effective_at {
        Some(effective_at) if effective_at > latest => Err(Rejection::FutureEffectiveTime { effective_at, latest }),
        _ => Ok(()),
    }
}
