//! The law of holds: what is reserved by one entry is settled by others, captured or given up, whole or in part.
//!
//! Lines are never looked up elsewhere: what a hold reserves is what its entry's lines did to the pending totals. So
//! settling is the same for what a caller reserved and for a credit that clears; of a reserve, whose lines did move
//! money, settling moves it back or on.

use std::borrow::Cow;
use std::fmt::Write;

use super::command::{Capture, Expire, Held, PlaceHold, Release, Request};
use super::desk::{Desk, Refusal};
use super::draft::{Draft, Identity, Moment};
use super::lines::{Floors, Line, Lines, in_business, open_for, postings, reachable};
use super::movements::{self, Staging, Was, positive};
use super::periods::timely;
use super::rejection::Rejection;
use super::share::Share;
use super::{parties, reserves, texts};
use crate::model::{
    AccountId, Details, Effect, Entry, EntryKind, Few, Hold, HoldId, HoldKind, HoldState, Operation, Posted, Posting,
    Reverses, Role, Settlement, Side, Stage, Timestamp, TransactionSource,
};
use crate::money::{Amount, Money};

/// A movement, judged as if it happened now, and reserved.
pub(super) fn place(desk: &Desk, given: &PlaceHold, moment: Moment) -> Result<Draft, Refusal> {
    let staging = Staging::Held { until: given.until, may_overdraw: given.may_overdraw };
    match &given.movement {
        Held::Credit(given) => movements::credit(desk, given, staging, moment),
        Held::Debit(given) => movements::debit(desk, given, staging, moment),
        Held::Transfer(given) => movements::transfer(desk, given, staging, moment),
        Held::Post(given) => movements::post(desk, given, staging, moment),
        Held::Exchange(given) => movements::exchange(desk, given, staging, moment),
    }
}

/// Whether a request asks for exactly the hold that an entry placed.
pub(super) fn repeats_placing(
    desk: &Desk,
    given: &PlaceHold,
    posted: &Posted,
    postings: &[Posting],
) -> Result<bool, Refusal> {
    let Some((of, until, may_overdraw)) = posted.reserved() else { return Ok(false) };
    if (until, may_overdraw) != (given.until, given.may_overdraw) {
        return Ok(false);
    }
    let was = Was { desk, of, posted, postings };
    match &given.movement {
        Held::Credit(given) => was.credit(given),
        Held::Debit(given) => was.debit(given),
        Held::Transfer(given) => was.transfer(given),
        Held::Post(given) => was.post(given),
        Held::Exchange(given) => was.exchange(given),
    }
}

/// A settlement as it is asked for.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    hold: HoldId,
    how: Settlement,
    /// The time given, of what time settles.
    at: Option<Timestamp>,
    part: Option<Money>,
    last: bool,
    effective_at: Option<Timestamp>,
    details: Option<&'a Details>,
}

impl<'a> Asked<'a> {
    pub(super) fn capture(given: &'a Capture) -> Self {
        let Capture { hold, part, last, key: _, effective_at, details } = given;
        let (hold, part, last, effective_at) = (*hold, *part, *last, *effective_at);
        Self { hold, how: Settlement::Capture, at: None, part, last, effective_at, details: details.as_deref() }
    }

    pub(super) fn release(given: &'a Release) -> Self {
        let Release { hold, part, key: _, effective_at, details } = given;
        let (hold, part, effective_at) = (*hold, *part, *effective_at);
        Self { hold, how: Settlement::Release, at: None, part, last: false, effective_at, details: details.as_deref() }
    }

    pub(super) fn expire(given: &'a Expire) -> Self {
        let (hold, at) = (given.hold, Some(given.at));
        Self { hold, how: Settlement::Expire, at, part: None, last: false, effective_at: None, details: None }
    }
}

/// The hold that a request settles, and what the settlement is called.
pub(crate) struct Named<'a> {
    pub hold: HoldId,
    prefix: &'static str,
    whole: bool,
    key: Option<&'a str>,
}

impl<'a> Named<'a> {
    /// The caller's key; a settlement of all that is left has one of its own.
    pub(crate) fn key(&self) -> Option<Cow<'a, str>> {
        match self.key {
            Some(key) => Some(Cow::Borrowed(key)),
            None if self.whole => Some(Cow::Owned(own_key(self.prefix, self.hold))),
            None => None,
        }
    }
}

/// The prefix and the hold's number, in a text of just that length: it is kept as it is.
fn own_key(prefix: &str, hold: HoldId) -> String {
    let digits = hold.0.0.checked_ilog10().unwrap_or(0) as usize + 1;
    let mut key = String::with_capacity(prefix.len() + digits);
    key.push_str(prefix);
    // Writing to a string does not fail.
    let _ = write!(key, "{hold}");
    key
}

/// What a request settles, if it settles a hold.
pub(crate) fn settlement(request: &Request) -> Option<Named<'_>> {
    let named = |prefix, hold, part: Option<Money>, key| Named { hold, prefix, whole: part.is_none(), key };
    match request {
        Request::Capture(given) => Some(named("CPT", given.hold, given.part, given.key.as_deref())),
        Request::Release(given) => Some(named("RLS", given.hold, given.part, given.key.as_deref())),
        Request::Expire(given) => Some(named("EXP", given.hold, None, None)),
        _ => None,
    }
}

/// A settlement's key is one of the keys of the hold's client.
pub(super) fn identify<'a>(desk: &Desk, request: &'a Request) -> Result<Identity<'a>, Refusal> {
    let named = settlement(request).ok_or(Rejection::IdempotencyKeyRequired)?;
    let client = desk.hold(named.hold)?.client;
    Ok(Identity { client, key: Some(named.key().ok_or(Rejection::IdempotencyKeyRequired)?) })
}

/// Settles a hold: the same share of each of its lines.
pub(super) fn settle(desk: &Desk, asked: Asked<'_>, moment: Moment) -> Result<Draft, Refusal> {
    let hold = desk.hold(asked.hold)?;
    if !hold.is_open() {
        return Err(Rejection::HoldClosed { hold: hold.id, state: hold.state }.into());
    }
    in_time(hold, asked, moment)?;
    let entry = desk.entry(hold.id.0)?;
    let held = held_lines(entry, hold.kind);
    if (hold.kind, asked.how) == (HoldKind::Hold, Settlement::Capture) {
        // What was reserved happens now, which is business.
        for line in &held {
            in_business(line.account, &desk.row(line.account)?.terms)?;
        }
        for line in &held {
            open_for(line.account, line.side, &desk.row(line.account)?.terms)?;
        }
    } else {
        // Of a reserve, the account that keeps it and the one that it goes to.
        let posted_to = match (hold.kind, asked.how) {
            (HoldKind::Reserve, Settlement::Capture) => &taken(entry, &held, Amount::ZERO),
            (HoldKind::Reserve, Settlement::Release | Settlement::Expire) => &returned(&held, Amount::ZERO),
            (HoldKind::Hold | HoldKind::Clearing, _) => &held,
        };
        posted_to.iter().try_for_each(|line| reachable(desk, line.account))?;
    }
    let share = share(desk, hold, &held, asked.part)?;
    texts::details(asked.details)?;
    parties::named(desk, hold.client, asked.details)?;
    timely(desk, held.iter().map(|line| line.account), asked.effective_at, moment)?;

    let mut lines = match asked.how {
        Settlement::Capture => captured(entry, hold.kind, &held, share),
        Settlement::Release | Settlement::Expire => released(hold.kind, &held, share),
    };
    let mut totals = Totals::after(hold, asked.how, share);
    if asked.last && !share.is_rest() {
        lines.extend(released(hold.kind, &held, share.rest()));
        totals.rest_released(hold);
    }
    let mut effects = Few::one(Effect::HoldSettled {
        hold: hold.id,
        kind: hold.kind,
        how: asked.how,
        part: asked.part.is_some().then_some(share.taken()),
        last: asked.last,
        captured: totals.captured,
        released: totals.released,
        state: totals.state,
    });
    retained(desk, entry, hold, asked.how, share, moment, &mut lines, &mut effects)?;
    let postings = postings(desk, &lines, Floors::Kept, moment)?;
    let posted = Posted { effects, effective_at: asked.effective_at, ..settling(entry, hold, asked.how, share) };
    Ok(Draft::moved(posted, postings, moment))
}

/// A hold is captured before its time is over; what time settles is settled when its time has come.
fn in_time(hold: &Hold, asked: Asked<'_>, moment: Moment) -> Result<(), Rejection> {
    match (asked.how, asked.at, hold.due_at) {
        (Settlement::Capture, _, Some(due_at)) if hold.kind == HoldKind::Hold && moment.recorded_at > due_at => {
            Err(Rejection::HoldExpired { hold: hold.id, due_at })
        }
        (Settlement::Expire, Some(at), Some(due_at)) if due_at <= at => {
            let latest = moment.recorded_at;
            if at > latest { Err(Rejection::FutureEffectiveTime { effective_at: at, latest }) } else { Ok(()) }
        }
        (Settlement::Expire, at, due_at) => {
            Err(Rejection::HoldNotDue { hold: hold.id, due_at, at: at.unwrap_or(moment.recorded_at) })
        }
        (Settlement::Capture | Settlement::Release, ..) => Ok(()),
    }
}

/// What an entry reserved, as lines that settle it; of a reserve, the lines that retained it.
pub(super) fn held_lines(entry: &Entry, kind: HoldKind) -> Lines {
    let line = |posting: &Posting, side| Line {
        account: posting.account,
        side,
        role: posting.role,
        stage: Stage::Posted,
        amount: posting.amount,
    };
    if kind == HoldKind::Reserve {
        let retained = entry.postings.iter().filter(|posting| posting.role == Role::Reserve);
        return retained.map(|posting| line(posting, posting.side)).collect();
    }
    let mut lines = Lines::new();
    for posting in &entry.postings {
        let Some((side, grows)) = posting.stage.reserves(posting.side) else { continue };
        if grows {
            lines.push(line(posting, side));
            continue;
        }
        // Only of a credit that clears: the charge comes out of what the account is not given yet.
        if let Some(less) = lines.iter_mut().find(|less| (less.account, less.side) == (posting.account, side)) {
            less.amount = less.amount.minus(posting.amount).unwrap_or_default();
        }
    }
    lines.retain(|line| !line.amount.is_zero());
    lines
}

/// What is left of a hold's lines: reserved, or retained, and on which side of which account.
pub(crate) fn outstanding(entry: &Entry, hold: &Hold) -> Vec<(AccountId, Side, Amount)> {
    let held = held_lines(entry, hold.kind);
    let rest = Share { principal: hold.principal, before: hold.settled(), after: hold.principal };
    let lines = shares(&held, rest, Stage::Released).into_iter();
    lines.map(|line| (line.account, line.side, line.amount)).collect()
}

/// The part asked for, or all that is left.
fn share(desk: &Desk, hold: &Hold, held: &[Line], part: Option<Money>) -> Result<Share, Refusal> {
    let (principal, before) = (hold.principal, hold.settled());
    let Some(part) = part else {
        return Ok(Share { principal, before, after: principal });
    };
    // Parts of a charge follow from parts of the principal; of many lines no part can be told.
    let charged = |line: &&Line| matches!(line.role, Role::Charge | Role::Fee | Role::Tax);
    let lines = held.len() - if hold.kind == HoldKind::Hold { held.iter().filter(charged).count() } else { 0 };
    if lines > 2 {
        return Err(Rejection::PartialSettlement { hold: hold.id }.into());
    }
    let first = held.first().map(|line| line.account).unwrap_or_default();
    let part = positive(part, desk.book(desk.row(first)?.terms.book)?.currency)?;
    let (given, remainder) = (part.signed(), hold.remainder().signed());
    match before.plus(part) {
        Some(after) if after <= principal => Ok(Share { principal, before, after }),
        _ => Err(Rejection::CaptureExceedsHold { given, remainder }.into()),
    }
}

/// The lines that settle a share for good.
fn captured(entry: &Entry, kind: HoldKind, held: &[Line], share: Share) -> Lines {
    match kind {
        HoldKind::Reserve => taken(entry, held, share.taken()),
        HoldKind::Hold | HoldKind::Clearing => shares(held, share, Stage::Captured),
    }
}

/// The lines that give a share up.
fn released(kind: HoldKind, held: &[Line], share: Share) -> Lines {
    match kind {
        HoldKind::Reserve => returned(held, share.taken()),
        HoldKind::Hold | HoldKind::Clearing => shares(held, share, Stage::Released),
    }
}

/// A reserve that is taken goes where the credit came from.
fn taken(entry: &Entry, held: &[Line], amount: Amount) -> Lines {
    let (payee, reserve) = (retained_on(held, Side::Debit), retained_on(held, Side::Credit));
    let principal = |posting: &&Posting| posting.role == Role::Principal && posting.account != payee;
    let origin = entry.postings.iter().find(principal).map(|posting| posting.account).unwrap_or(payee);
    transfer(reserve, origin, amount)
}

/// A reserve that is released comes back.
fn returned(held: &[Line], amount: Amount) -> Lines {
    transfer(retained_on(held, Side::Credit), retained_on(held, Side::Debit), amount)
}

fn retained_on(held: &[Line], side: Side) -> AccountId {
    held.iter().find(|line| line.side == side).map(|line| line.account).unwrap_or_default()
}

fn transfer(from: AccountId, to: AccountId, amount: Amount) -> Lines {
    [Line::debit(from, Role::Reserve, amount), Line::credit(to, Role::Reserve, amount)].into_iter().collect()
}

/// The same share of every line. A charge's is the sum of its parts', so that the entry balances to the unit.
fn shares(held: &[Line], share: Share, stage: Stage) -> Lines {
    let of = |line: &Line| share.of(line.amount);
    let parts = held.iter().filter(|line| matches!(line.role, Role::Fee | Role::Tax));
    let charge = parts.fold(Amount::ZERO, |sum, line| sum.plus(of(line)).unwrap_or(sum));
    let lines = held.iter().map(|line| {
        let amount = if line.role == Role::Charge { charge } else { of(line) };
        Line { stage, amount, ..*line }
    });
    lines.filter(|line| !line.amount.is_zero()).collect()
}

/// How far a hold is settled.
struct Totals {
    captured: Amount,
    released: Amount,
    state: HoldState,
}

impl Totals {
    fn after(hold: &Hold, how: Settlement, share: Share) -> Self {
        let more = |total: Amount| total.plus(share.taken()).unwrap_or(total);
        let (captured, released, closed) = match how {
            Settlement::Capture => (more(hold.captured), hold.released, HoldState::Captured),
            Settlement::Release => (hold.captured, more(hold.released), HoldState::Released),
            Settlement::Expire => (hold.captured, more(hold.released), HoldState::Expired),
        };
        Self { captured, released, state: if share.is_rest() { closed } else { HoldState::Open } }
    }

    fn rest_released(&mut self, hold: &Hold) {
        self.released = hold.principal.minus(self.captured).unwrap_or_default();
        self.state = HoldState::Captured;
    }
}

/// What is retained of a credit that has become available: one that was reserved and happens, or one that clears.
#[allow(clippy::too_many_arguments)]
fn retained(
    desk: &Desk,
    entry: &Entry,
    hold: &Hold,
    how: Settlement,
    share: Share,
    moment: Moment,
    lines: &mut Lines,
    effects: &mut Few<Effect>,
) -> Result<(), Refusal> {
    let available = match (hold.kind, how) {
        (HoldKind::Hold, Settlement::Capture) => hold.of.0 == Operation::Credit,
        (HoldKind::Clearing, Settlement::Release | Settlement::Expire) => true,
        _ => false,
    };
    let Some((service, version)) = entry.posted().and_then(|posted| posted.service).filter(|_| available) else {
        return Ok(());
    };
    let service = desk.service_version(service, version)?;
    let principal = |posting: &&Posting| posting.role == Role::Principal && posting.side == Side::Credit;
    let Some(payee) = entry.postings.iter().find(principal).map(|posting| posting.account) else { return Ok(()) };
    // What the charge has left of it: the lines that clear a credit stand on its other side. What the account earns of
    // the charge is no part of it, and neither is what is given up after a last part.
    let stage = if hold.kind == HoldKind::Clearing { Stage::Released } else { Stage::Captured };
    let own = |line: &&Line| line.account == payee && matches!(line.role, Role::Principal | Role::Charge);
    let sum = |side| -> i128 {
        let lines = lines.iter().filter(own).filter(|line| line.stage == stage && line.side == side);
        lines.map(|line| line.amount.signed()).sum()
    };
    let left = match hold.kind {
        HoldKind::Clearing => sum(Side::Debit),
        HoldKind::Hold | HoldKind::Reserve => sum(Side::Credit) - sum(Side::Debit),
    };
    reserves::retain(desk, service, payee, (share.taken(), left), moment, lines, effects)
}

/// What the entry of a settlement is called.
fn settling(entry: &Entry, hold: &Hold, how: Settlement, share: Share) -> Posted {
    let (source, service) =
        entry.posted().map_or((TransactionSource::Internal, None), |posted| (posted.source, posted.service));
    let (operation, kind) = match (how, hold.kind) {
        (Settlement::Release | Settlement::Expire, _) => (Operation::Release, EntryKind::Release),
        (Settlement::Capture, HoldKind::Hold) => (Operation::Capture, hold.of.1),
        (Settlement::Capture, HoldKind::Clearing) => (Operation::Capture, EntryKind::Reversal),
        (Settlement::Capture, HoldKind::Reserve) => (Operation::Capture, EntryKind::Adjustment),
    };
    // A credit that is given back has been reversed as far as that.
    let given_back = hold.kind == HoldKind::Clearing && how == Settlement::Capture;
    let total = hold.captured.plus(share.taken()).unwrap_or(hold.principal);
    let reverses = given_back.then(|| Reverses {
        original: entry.sequence,
        part: (share.taken() != hold.principal).then_some(share.taken()),
        total,
        whole: total == hold.principal,
    });
    Posted { service, reverses, ..Posted::of(operation, kind, source) }
}

/// Whether a settlement asks for exactly what an entry records.
pub(super) fn repeats(desk: &Desk, asked: Asked<'_>, original: &Entry) -> Result<bool, Refusal> {
    let Some(posted) = original.posted() else { return Ok(false) };
    let settled = posted.effects.iter().find_map(|effect| match effect {
        Effect::HoldSettled { hold, how, part, last, .. } => Some((*hold, *how, *part, *last)),
        _ => None,
    });
    let (Some(settled), Some(first)) = (settled, original.postings.first()) else { return Ok(false) };
    let currency = desk.book(first.book)?.currency;
    let Ok(part) = asked.part.map(|part| positive(part, currency)).transpose() else { return Ok(false) };
    Ok(settled == (asked.hold, asked.how, part, asked.last)
        && posted.effective_at == asked.effective_at
        && posted.details.as_deref() == asked.details)
}
