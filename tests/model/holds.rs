//! How the naive ledger holds: it keeps no record of a hold, but looks for all that has settled it and adds that up.

use std::sync::Arc;

use pacioli::money::{Money, Rounding};
use pacioli::{
    AccountId, AccountStatus, AdvanceInvoice, Book, Capture, Command, Details, Effect, Entry, EntryKind, Event, Expire,
    Held, Hold, HoldId, HoldKind, HoldState, InvoiceId, Operation, PlaceHold, Posted, Posting, Rejection, Release,
    Reserve, Reverses, Role, Sequence, Settlement, Side, Stage, Timestamp, TransactionSource,
};

use super::arithmetic::{amount, multiplied_and_divided, share};
use super::invoices;
use super::movements::{Way, Written, in_business, open_for};
use super::naive::{Judged, Keep, Line, Naive, Next, positive};
use super::texts;

const DAY_NS: i64 = 24 * 60 * 60 * 1_000_000_000;

/// The effect of a hold that is placed; it cannot be due when it begins.
pub fn placed(
    kind: HoldKind,
    of: (Operation, EntryKind),
    principal: i128,
    due_at: Option<Timestamp>,
    may_overdraw: bool,
    next: Next,
) -> Judged<Effect> {
    match due_at {
        Some(due_at) if due_at <= next.at => Err(Rejection::DueInThePast { due_at, begins: next.at }),
        _ => Ok(Effect::HoldPlaced { kind, of, principal: amount(principal), due_at, may_overdraw }),
    }
}

fn effects(entry: &Entry) -> &[Effect] {
    entry.posted().map_or(&[], |posted| &posted.effects)
}

/// A hold as it stands after the last of the entries, if one of them placed it.
pub fn hold(entries: &[Arc<Entry>], id: HoldId) -> Option<Hold> {
    let mut hold: Option<Hold> = None;
    for entry in entries {
        let (at, sequence) = (entry.recorded_at, entry.sequence);
        for effect in effects(entry) {
            match (effect, &mut hold) {
                (Effect::HoldPlaced { kind, of, principal, due_at, .. }, None) if sequence == id.0 => {
                    hold = Some(Hold {
                        id,
                        kind: *kind,
                        of: *of,
                        client: entry.client,
                        principal: *principal,
                        captured: amount(0),
                        released: amount(0),
                        due_at: *due_at,
                        state: HoldState::Open,
                        placed_at: at,
                        changed_at: at,
                        changed_in: sequence,
                    });
                }
                (Effect::HoldSettled { hold: of, how, part, last, .. }, Some(hold)) if *of == id => {
                    let left = left(hold);
                    let taken = part.map_or(left, |part| part.signed());
                    let add = |total: &mut pacioli::money::Amount, more| *total = amount(total.signed() + more);
                    let state = match how {
                        Settlement::Capture => HoldState::Captured,
                        Settlement::Release => HoldState::Released,
                        Settlement::Expire => HoldState::Expired,
                    };
                    match how {
                        Settlement::Capture => add(&mut hold.captured, taken),
                        Settlement::Release | Settlement::Expire => add(&mut hold.released, taken),
                    }
                    if *last {
                        add(&mut hold.released, left - taken);
                    }
                    if self::left(hold) == 0 {
                        hold.state = state;
                    }
                    (hold.changed_at, hold.changed_in) = (at, sequence);
                }
                _ => {}
            }
        }
    }
    hold
}

/// How much of its principal is left.
pub fn left(hold: &Hold) -> i128 {
    hold.principal.signed() - hold.captured.signed() - hold.released.signed()
}

/// The holds placed by these entries, in their order.
pub fn all(entries: &[Arc<Entry>]) -> Vec<Hold> {
    let placing = entries.iter().filter(|entry| {
        let places = |effect: &Effect| matches!(effect, Effect::HoldPlaced { .. });
        effects(entry).iter().any(places)
    });
    placing.filter_map(|entry| hold(entries, HoldId(entry.sequence))).collect()
}

/// The lines that settle all of a hold; of a reserve, those that retained it.
fn lines(entry: &Entry, kind: HoldKind) -> Vec<Line> {
    let line = |posting: &Posting, side| Line::posted(posting.account, side, posting.role, posting.amount.signed());
    let of_stage = |stage| entry.postings.iter().filter(move |posting| posting.stage == stage);
    match kind {
        HoldKind::Hold => of_stage(Stage::Held).map(|posting| line(posting, posting.side)).collect(),
        HoldKind::Reserve => {
            let retained = of_stage(Stage::Posted).filter(|posting| posting.role == Role::Reserve);
            retained.map(|posting| line(posting, posting.side)).collect()
        }
        // As much as came to each account is kept back there; of the payee's, what the charge has left.
        HoldKind::Clearing => {
            let clearing = of_stage(Stage::Clearing).map(|posting| line(posting, posting.side.opposite()));
            let mut lines: Vec<Line> = clearing.collect();
            for charge in of_stage(Stage::Captured) {
                lines[1].minor -= charge.amount.signed();
            }
            lines.retain(|line| line.minor > 0);
            lines
        }
        _ => unreachable!("a kind of hold that the model does not know"),
    }
}

/// Of each line as much as lies between two marks of the principal; a unit that this rounds off comes with a later part.
/// A charge is what its fee and its tax add up to.
fn between(lines: &[Line], principal: i128, (before, after): (i128, i128), stage: Stage) -> Vec<Line> {
    let due = |minor, of_principal| multiplied_and_divided(minor, of_principal, principal).0;
    let mut parts: Vec<Line> = lines.to_vec();
    for part in &mut parts {
        (part.minor, part.stage) = (due(part.minor, after) - due(part.minor, before), stage);
    }
    let shared = parts.iter().filter(|line| [Role::Fee, Role::Tax].contains(&line.role)).map(|line| line.minor).sum();
    for charge in parts.iter_mut().filter(|line| line.role == Role::Charge) {
        charge.minor = shared;
    }
    parts.retain(|line| line.minor > 0);
    parts
}

/// What is still reserved or retained by an entry's hold.
pub fn outstanding(entry: &Entry, hold: &Hold) -> Vec<(AccountId, Side, i128)> {
    let principal = hold.principal.signed();
    let rest = between(&lines(entry, hold.kind), principal, (principal - left(hold), principal), Stage::Released);
    rest.iter().map(|line| (line.account, line.side, line.minor)).collect()
}

/// A settlement that is asked for.
#[derive(Debug)]
pub struct Asked<'a> {
    hold: HoldId,
    how: Settlement,
    /// The time that is said to have come.
    come: Option<Timestamp>,
    part: Option<Money>,
    last: bool,
    effective_at: Option<Timestamp>,
    details: &'a Option<Box<Details>>,
}

impl<'a> Asked<'a> {
    pub fn capture(given: &'a Capture) -> Self {
        let (how, part, effective_at) = (Settlement::Capture, given.part, given.effective_at);
        Self { hold: given.hold, how, come: None, part, last: given.last, effective_at, details: &given.details }
    }

    pub fn release(given: &'a Release) -> Self {
        let (how, part, effective_at) = (Settlement::Release, given.part, given.effective_at);
        Self { hold: given.hold, how, come: None, part, last: false, effective_at, details: &given.details }
    }

    pub fn expire(given: &'a Expire) -> Self {
        let (how, come) = (Settlement::Expire, Some(given.at));
        Self { hold: given.hold, how, come, part: None, last: false, effective_at: None, details: &None }
    }
}

impl Naive {
    pub fn place(&self, given: &PlaceHold, next: Next) -> Written {
        let way = Way::IsHeld { until: given.until, may_overdraw: given.may_overdraw };
        match &given.movement {
            Held::Credit(given) => self.credit(given, way, next),
            Held::Debit(given) => self.debit(given, way, next),
            Held::Transfer(given) => self.transfer(given, way, next),
            Held::Post(given) => self.post(given, way, next),
            Held::Exchange(given) => self.exchange(given, way, next),
            _ => unreachable!("a movement that the model does not know"),
        }
    }

    pub fn settle(&self, asked: &Asked<'_>, next: Next) -> Written {
        let hold = hold(&self.entries, asked.hold).ok_or(Rejection::HoldNotFound { hold: asked.hold })?;
        if left(&hold) == 0 {
            return Err(Rejection::HoldClosed { hold: hold.id, state: hold.state });
        }
        in_time(&hold, asked, next)?;
        let entry = self.entry(hold.id.0)?;
        let held = lines(entry, hold.kind);
        let captured = asked.how == Settlement::Capture;
        let business = hold.kind == HoldKind::Hold && captured;
        for account in touched(entry, &hold, &held, captured) {
            let record = self.account(account)?;
            if business {
                in_business(record)?;
            } else if record.status == AccountStatus::Closed {
                return Err(Rejection::AccountClosed { account });
            }
        }
        if business {
            for line in &held {
                open_for(self.account(line.account)?, line.side)?;
            }
        }
        let taken = self.part(asked.part, &hold, &held)?;
        texts::details(asked.details)?;
        self.timely(held.iter().map(|line| line.account), asked.effective_at, next)?;

        let principal = hold.principal.signed();
        let before = principal - left(&hold);
        let after = before + taken;
        let parts = |marks, stage| between(&held, principal, marks, stage);
        let mut posted = named(entry, &hold, asked, taken);
        let mut lines = match (hold.kind, captured) {
            (HoldKind::Reserve, _) => moved_on(entry, &held, captured, taken),
            (_, true) => parts((before, after), Stage::Captured),
            (_, false) => parts((before, after), Stage::Released),
        };
        if asked.last && after < principal {
            let rest = principal - after;
            lines.extend(match hold.kind {
                HoldKind::Reserve => moved_on(entry, &held, false, rest),
                _ => parts((after, principal), Stage::Released),
            });
        }
        posted.effects.push(settled(&hold, asked, taken));
        self.retained_late(entry, &hold, (captured, before, taken), next, &mut lines, &mut posted)?;
        let postings = self.posted(&lines, Keep::Floor, next)?;
        Ok((Event::Posted(posted), postings))
    }

    /// How much of the principal: the part, or all that is left.
    fn part(&self, part: Option<Money>, hold: &Hold, held: &[Line]) -> Judged<i128> {
        let Some(part) = part else { return Ok(left(hold)) };
        let charges = [Role::Charge, Role::Fee, Role::Tax];
        let counted = |line: &&Line| hold.kind != HoldKind::Hold || !charges.contains(&line.role);
        if held.iter().filter(counted).count() > 2 {
            return Err(Rejection::PartialSettlement { hold: hold.id });
        }
        let book = self.book(self.account(held[0].account)?.book)?;
        let given = positive(part, book.currency)?;
        let remainder = left(hold);
        if given > remainder { Err(Rejection::CaptureExceedsHold { given, remainder }) } else { Ok(given) }
    }

    /// Retains a share of a credit to `payee`: a share of `principal`, and no more than is left after the charge.
    pub fn retained(
        &self,
        (reserve, rounding, book): (Option<Reserve>, Rounding, &Book),
        payee: AccountId,
        (principal, left): (i128, i128),
        next: Next,
        lines: &mut Vec<Line>,
        effects: &mut pacioli::Few<Effect>,
    ) -> Judged<()> {
        let Some(Reserve { rate, days, account, .. }) = reserve else { return Ok(()) };
        // Of a part, rounding can make the charge a unit more than the part.
        let minor = share(rate, principal, rounding).min(left.max(0));
        if minor == 0 || account == payee {
            return Ok(());
        }
        let record = self.account(account)?;
        self.in_book(record, book)?;
        in_business(record)?;
        lines.push(Line::posted(payee, Side::Debit, Role::Reserve, minor));
        lines.push(Line::posted(account, Side::Credit, Role::Reserve, minor));
        effects.push(Effect::HoldPlaced {
            kind: HoldKind::Reserve,
            of: (Operation::Credit, EntryKind::Transfer),
            principal: amount(minor),
            due_at: days.map(|days| Timestamp(next.at.0.saturating_add(DAY_NS.saturating_mul(days.into())))),
            may_overdraw: false,
        });
        Ok(())
    }

    /// A credit that was reserved and happens, or that cleared, is one that something is retained of.
    fn retained_late(
        &self,
        entry: &Entry,
        hold: &Hold,
        (captured, before, taken): (bool, i128, i128),
        next: Next,
        lines: &mut Vec<Line>,
        posted: &mut Posted,
    ) -> Judged<()> {
        let available = match hold.kind {
            HoldKind::Hold => captured && hold.of.0 == Operation::Credit,
            HoldKind::Clearing => !captured,
            _ => false,
        };
        let Some(version) = posted.service.filter(|_| available) else { return Ok(()) };
        let terms = self.terms_of(version);
        let payee = entry.postings[1].account;
        let charged = entry.postings.iter().any(|line| line.role == Role::Charge && line.account == payee);
        // Of a charge as much as of the principal, fee and tax each for itself.
        let shares = entry.postings.iter().filter(|line| charged && [Role::Fee, Role::Tax].contains(&line.role));
        let due = |minor, mark| multiplied_and_divided(minor, mark, hold.principal.signed()).0;
        let share = |minor| due(minor, before + taken) - due(minor, before);
        let charge: i128 = shares.map(|line| share(line.amount.signed())).sum();
        let rule = (terms.reserve, terms.rounding, self.book(terms.book)?);
        self.retained(rule, payee, (taken, taken - charge), next, lines, &mut posted.effects)
    }
}

/// A hold is captured until its time has passed; what time settles is settled from its time on.
fn in_time(hold: &Hold, asked: &Asked<'_>, next: Next) -> Judged<()> {
    if asked.how == Settlement::Capture && hold.kind == HoldKind::Hold {
        return match hold.due_at {
            Some(due_at) if next.at > due_at => Err(Rejection::HoldExpired { hold: hold.id, due_at }),
            _ => Ok(()),
        };
    }
    let Some(at) = asked.come else { return Ok(()) };
    if hold.due_at.is_none_or(|due_at| due_at > at) {
        return Err(Rejection::HoldNotDue { hold: hold.id, due_at: hold.due_at, at });
    }
    if at > next.at {
        return Err(Rejection::FutureEffectiveTime { effective_at: at, latest: next.at });
    }
    Ok(())
}

/// The accounts that settling a hold would post to.
fn touched(entry: &Entry, hold: &Hold, held: &[Line], captured: bool) -> Vec<AccountId> {
    if hold.kind == HoldKind::Reserve {
        moved_on(entry, held, captured, 1).iter().map(|line| line.account).collect()
    } else {
        held.iter().map(|line| line.account).collect()
    }
}

/// What was retained goes back to the account that it was taken from, or on to where the credit came from.
fn moved_on(entry: &Entry, retained: &[Line], taken: bool, minor: i128) -> Vec<Line> {
    let (payee, keeper) = (retained[0].account, retained[1].account);
    let came_from = || entry.postings.iter().find(|line| line.role == Role::Principal && line.account != payee);
    let to = if taken { came_from().map_or(payee, |line| line.account) } else { payee };
    vec![Line::posted(keeper, Side::Debit, Role::Reserve, minor), Line::posted(to, Side::Credit, Role::Reserve, minor)]
}

fn settled(hold: &Hold, asked: &Asked<'_>, taken: i128) -> Effect {
    let (mut captured, mut released) = (hold.captured.signed(), hold.released.signed());
    let closed = match asked.how {
        Settlement::Capture => {
            captured += taken;
            HoldState::Captured
        }
        Settlement::Release => {
            released += taken;
            HoldState::Released
        }
        Settlement::Expire => {
            released += taken;
            HoldState::Expired
        }
    };
    if asked.last {
        released = hold.principal.signed() - captured;
    }
    Effect::HoldSettled {
        hold: hold.id,
        kind: hold.kind,
        how: asked.how,
        part: asked.part.is_some().then(|| amount(taken)),
        last: asked.last,
        captured: amount(captured),
        released: amount(released),
        state: if captured + released == hold.principal.signed() { closed } else { HoldState::Open },
    }
}

/// What a settlement is called.
fn named(entry: &Entry, hold: &Hold, asked: &Asked<'_>, taken: i128) -> Posted {
    let posted = entry.posted();
    let captured = asked.how == Settlement::Capture;
    let kind = match hold.kind {
        _ if !captured => EntryKind::Release,
        HoldKind::Hold => hold.of.1,
        HoldKind::Clearing => EntryKind::Reversal,
        _ => EntryKind::Adjustment,
    };
    let total = hold.captured.signed() + taken;
    let given_back = captured && hold.kind == HoldKind::Clearing;
    Posted {
        operation: if captured { Operation::Capture } else { Operation::Release },
        kind,
        source: posted.map_or(TransactionSource::Internal, |posted| posted.source),
        service: posted.and_then(|posted| posted.service),
        effective_at: asked.effective_at,
        forced: false,
        reverses: given_back.then(|| Reverses {
            original: entry.sequence,
            part: (taken < hold.principal.signed()).then(|| amount(taken)),
            total: amount(total),
            whole: total == hold.principal.signed(),
        }),
        effects: pacioli::Few::NONE,
        details: asked.details.clone(),
        crossed: pacioli::Few::NONE,
    }
}

/// The next that is due at a time, after a place in the order of time: its place, and the command that settles it.
pub fn due(entries: &[Arc<Entry>], at: Timestamp, after: Option<Place>) -> Option<(Place, Command)> {
    let holds = all(entries).into_iter().filter(|hold| left(hold) > 0);
    let holds = holds.filter_map(|hold| Some(((hold.due_at?, 1, hold.id.0), Expire { hold: hold.id, at }.into())));
    let invoices = invoices::all(entries).into_iter().filter(|invoice| invoice.state.is_open());
    let expiring = |id| AdvanceInvoice::expire(InvoiceId(id), at).into();
    let invoices =
        invoices.filter_map(|invoice| Some(((invoice.expires_at?, 28, invoice.id.0), expiring(invoice.id.0))));
    let due = holds.chain(invoices).filter(|(place, _)| place.0 <= at && after.is_none_or(|after| *place > after));
    due.min_by_key(|(place, _)| *place)
}

/// By when time settles something, what it is, and the entry that it began with.
pub type Place = (Timestamp, u8, Sequence);
