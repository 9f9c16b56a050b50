//! How the naive ledger reverses: it looks for all earlier reversals of the entry and adds them up.

use pacioli::money::Amount;
use pacioli::{
    AccountId, AccountStatus, Entry, EntryKind, Event, HoldId, NewService, Operation, Posted, Posting, Rejection,
    Reverse, Reverses, Role, ServiceId, Side, Stage, TransactionSource,
};

use super::arithmetic::{amount, multiplied_and_divided};
use super::holds;
use super::naive::{Judged, Keep, Line, Naive, Next, positive};
use super::texts;

impl Naive {
    /// What a version of a service said.
    pub fn terms_of(&self, (service, version): (ServiceId, u32)) -> NewService {
        let mut terms = None;
        for entry in &self.entries {
            match (&entry.event, &mut terms) {
                (Event::ServiceDefined { given, service: defined, .. }, None) if *defined == service => {
                    terms = Some(NewService::clone(given));
                }
                (Event::ServiceChanged { given, service: changed, version: to }, Some(terms))
                    if *changed == service && *to <= version =>
                {
                    terms.refund_fee_on_reversal = given.refund_fee_on_reversal.unwrap_or(terms.refund_fee_on_reversal);
                    terms.reserve = given.reserve.unwrap_or(terms.reserve);
                    terms.rounding = given.rounding.unwrap_or(terms.rounding);
                }
                _ => {}
            }
        }
        terms.expect("an entry ran under a service that was not defined")
    }

    pub fn reverse(&self, given: &Reverse, next: Next) -> Judged<(Event, Vec<Posting>)> {
        let original = self.entry(given.original)?;
        let entry = original.sequence;
        let service = match given.service {
            Some(service) => Some(self.usable(service, Operation::Reverse)?),
            None => None,
        };
        if let (Some(service), Some(client)) = (service, original.client)
            && service.terms.client != client
        {
            return Err(Rejection::ServiceClientMismatch {
                service: service.id,
                account: original.postings.first().map_or(AccountId(0), |line| line.account),
            });
        }
        let Event::Posted(posted) = &original.event else { return Err(Rejection::NotReversible { entry }) };
        if posted.reverses.is_some() {
            return Err(Rejection::CannotReverseReversal { entry });
        }
        if moved(original).next().is_none() {
            return Err(Rejection::NotReversible { entry });
        }
        let clears = original.postings.iter().any(|posting| posting.stage == Stage::Clearing);
        let hold = holds::hold(&self.entries, HoldId(entry)).filter(|hold| clears && hold.is_open());
        if let Some(hold) = hold {
            return Err(Rejection::HoldOpen { hold: hold.id });
        }
        let reversals = || self.entries.iter().filter(move |later| reverses(later, entry));
        let principal = principal(original);
        let before: i128 = reversals().map(|reversal| self::principal(reversal)).sum();
        if before == principal
            && let Some(last) = reversals().next_back()
        {
            return Err(Rejection::AlreadyReversed { by: last.sequence });
        }
        for posting in moved(original) {
            if self.account(posting.account)?.status == AccountStatus::Closed {
                return Err(Rejection::AccountClosed { account: posting.account });
            }
        }
        let part = match given.part {
            None => principal - before,
            Some(part) => {
                if moved(original).filter(|posting| posting.role == Role::Principal).count() > 2 {
                    return Err(Rejection::PartialReversalOfPost { entry });
                }
                let part = positive(part, self.book(original.postings[0].book)?.currency)?;
                if part > principal - before {
                    return Err(Rejection::ReversalExceedsRemainder { given: part, remainder: principal - before });
                }
                part
            }
        };
        texts::details(&given.details)?;
        self.timely(moved(original).map(|line| line.account), given.effective_at, next)?;
        let refunded = match posted.service {
            Some(version) => self.terms_of(version).refund_fee_on_reversal,
            None => true,
        };
        let whole_at_once = part == principal;
        let lines = inverse(original, refunded, |minor| {
            // Of each line as much as of the principal; a unit that this rounds off comes with a later part.
            let due = |of_principal| multiplied_and_divided(minor, of_principal, principal).0;
            if whole_at_once { minor } else { due(before + part) - due(before) }
        });
        let event = Event::Posted(Posted {
            operation: Operation::Reverse,
            kind: EntryKind::Reversal,
            source: TransactionSource::Internal,
            service: service.map(|service| (service.id, service.version)),
            effective_at: given.effective_at,
            forced: given.forced,
            reverses: Some(Reverses {
                original: entry,
                part: given.part.is_some().then(|| amount(part)),
                total: amount((before + part).min(Amount::MAX.signed())),
                whole: before + part == principal,
            }),
            effects: pacioli::Few::NONE,
            details: given.details.clone(),
            crossed: pacioli::Few::NONE,
        });
        Ok((event, self.posted(&lines, if given.forced { Keep::Nothing } else { Keep::Floor }, next)?))
    }
}

pub fn reverses(later: &Entry, original: pacioli::Sequence) -> bool {
    match &later.event {
        Event::Posted(posted) => posted.reverses.is_some_and(|reverses| reverses.original == original),
        _ => false,
    }
}

/// How much was moved; of a reversal, how much was moved back to where it came from.
pub fn principal(entry: &Entry) -> i128 {
    let back = entry.posted().is_some_and(|posted| posted.reverses.is_some());
    let side = if back { Side::Credit } else { Side::Debit };
    let lines = moved(entry).filter(|line| line.role == Role::Principal && line.side == side);
    lines.map(|line| line.amount.signed()).sum()
}

/// The lines that a reversal takes back. What was retained is given back for itself.
fn moved(entry: &Entry) -> impl Iterator<Item = &Posting> {
    let moves = |line: &&Posting| [Stage::Posted, Stage::Captured, Stage::Clearing].contains(&line.stage);
    entry.postings.iter().filter(moves).filter(|line| line.role != Role::Reserve)
}

/// Principal first, then the charge if it is given back; in each, debits first.
fn inverse(original: &Entry, refunded: bool, share: impl Fn(i128) -> i128) -> Vec<Line> {
    let line = |posting: &Posting, minor| Line {
        account: posting.account,
        side: if posting.side == Side::Debit { Side::Credit } else { Side::Debit },
        role: posting.role,
        stage: Stage::Posted,
        minor,
    };
    let of_role = |roles: &'static [Role], side| {
        moved(original).filter(move |posting| roles.contains(&posting.role) && posting.side == side)
    };
    let shared = |posting: &Posting| line(posting, share(posting.amount.signed()));
    let mut lines: Vec<Line> = of_role(&[Role::Principal], Side::Credit).map(shared).collect();
    lines.extend(of_role(&[Role::Principal], Side::Debit).map(shared));
    lines.extend(of_role(&[Role::Position], Side::Credit).map(shared));
    lines.extend(of_role(&[Role::Position], Side::Debit).map(shared));
    if refunded {
        let taken: Vec<Line> = of_role(&[Role::Fee, Role::Tax], Side::Credit).map(shared).collect();
        let given_back = taken.iter().map(|line| line.minor).sum();
        lines.extend(taken);
        lines.extend(of_role(&[Role::Charge], Side::Debit).map(|posting| line(posting, given_back)));
    }
    lines.retain(|line| line.minor > 0);
    lines
}
