//! How the naive ledger reverses: it looks for all earlier reversals of the entry and adds them up.

use pacioli::money::Amount;
use pacioli::{
    AccountId, AccountStatus, Entry, EntryKind, Event, Operation, Posted, Posting, Rejection, Reverse, Reverses, Role,
    Sequence, ServiceId, Side, TransactionSource,
};

use super::arithmetic::{amount, multiplied_and_divided};
use super::movements::not_in_future;
use super::naive::{Judged, Line, Naive, Next, positive};
use super::texts;

impl Naive {
    /// Whether reversals gave charges back under a service when an entry was made.
    fn refunded(&self, service: ServiceId, before: Sequence) -> bool {
        let mut refunded = true;
        for entry in self.entries.iter().filter(|entry| entry.sequence < before) {
            match &entry.event {
                Event::ServiceDefined { given, service: defined, .. } if *defined == service => {
                    refunded = given.refund_fee_on_reversal;
                }
                Event::ServiceChanged { given, service: changed, .. } if *changed == service => {
                    refunded = given.refund_fee_on_reversal.unwrap_or(refunded);
                }
                _ => {}
            }
        }
        refunded
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
        let reversals = || self.entries.iter().filter(move |later| reverses(later, entry));
        let principal = principal(original);
        let before: i128 = reversals().map(|reversal| self::principal(reversal)).sum();
        if before == principal
            && let Some(last) = reversals().next_back()
        {
            return Err(Rejection::AlreadyReversed { by: last.sequence });
        }
        for posting in &original.postings {
            if self.account(posting.account)?.status == AccountStatus::Closed {
                return Err(Rejection::AccountClosed { account: posting.account });
            }
        }
        let part = match given.part {
            None => principal - before,
            Some(part) => {
                if original.postings.iter().filter(|posting| posting.role == Role::Principal).count() > 2 {
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
        not_in_future(given.effective_at, next)?;
        let refunded = match posted.service {
            Some((service, _)) => self.refunded(service, entry),
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
            effects: Vec::new(),
            details: given.details.clone(),
            crossed: Vec::new(),
        });
        Ok((event, self.posted(&lines, given.forced, next)?))
    }
}

fn reverses(later: &Entry, original: pacioli::Sequence) -> bool {
    match &later.event {
        Event::Posted(posted) => posted.reverses.is_some_and(|reverses| reverses.original == original),
        _ => false,
    }
}

/// How much was moved; of a reversal, how much was moved back.
fn principal(entry: &Entry) -> i128 {
    let lines = entry.postings.iter().filter(|line| line.role == Role::Principal && line.side == Side::Debit);
    lines.map(|line| line.amount.signed()).sum()
}

/// Principal first, then the charge if it is given back; in each, debits first.
fn inverse(original: &Entry, refunded: bool, share: impl Fn(i128) -> i128) -> Vec<Line> {
    let line = |posting: &Posting, minor| Line {
        account: posting.account,
        side: if posting.side == Side::Debit { Side::Credit } else { Side::Debit },
        role: posting.role,
        minor,
    };
    let of_role = |roles: &'static [Role], side| {
        original.postings.iter().filter(move |posting| roles.contains(&posting.role) && posting.side == side)
    };
    let shared = |posting: &Posting| line(posting, share(posting.amount.signed()));
    let mut lines: Vec<Line> = of_role(&[Role::Principal], Side::Credit).map(shared).collect();
    lines.extend(of_role(&[Role::Principal], Side::Debit).map(shared));
    if refunded {
        let taken: Vec<Line> = of_role(&[Role::Fee, Role::Tax], Side::Credit).map(shared).collect();
        let given_back = taken.iter().map(|line| line.minor).sum();
        lines.extend(taken);
        lines.extend(of_role(&[Role::Charge], Side::Debit).map(|posting| line(posting, given_back)));
    }
    lines.retain(|line| line.minor > 0);
    lines
}
