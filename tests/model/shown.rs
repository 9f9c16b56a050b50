//! What views show, now or looking back, by the list of entries: holds, balances, and what became of each line.

use std::sync::Arc;

use pacioli::{
    Account, AccountId, Entry, EntryKind, Hold, HoldId, HoldKind, HoldView, LineStatus, Listing, PayoutId, Posting,
    Rejection, Role, Sequence, Side, Stage, View,
};

use super::holds::{self, outstanding};
use super::invoices;
use super::naive::Naive;
use super::payouts;
use super::random::Random;
use super::reversals::{principal, reverses};
use super::views;

/// What is wrong with what a view shows.
pub type Compared = Result<(), String>;

pub fn same<T: PartialEq + std::fmt::Debug>(what: &str, expected: T, got: T) -> Compared {
    if expected == got { Ok(()) } else { Err(format!("{what}: expected {expected:#?}\n\ngot {got:#?}")) }
}

/// Looks at some of what a view shows.
pub fn look(view: &View, model: &Naive, random: &mut Random) -> Compared {
    let mut then = model.clone();
    then.entries.truncate(view.sequence().0 as usize);
    let holds = holds::all(&then.entries);
    single_holds(view, &then, &holds, random)?;
    open_holds(view, &then, &holds, random)?;
    collected(view, &then, random)?;
    views::look(view, model, &then, random)?;
    let accounts: Vec<Account> =
        then.accounts.iter().filter(|account| account.opened_in <= view.sequence()).cloned().collect();
    for _ in 0..4 {
        if let Some(account) = random.one(&accounts) {
            of_account(view, &then, &holds, &account)?;
        }
    }
    Ok(())
}

/// A hold as it is shown: with what is left of its principal and of each line, in minor units.
type Shown = (Hold, i128, i128, Vec<(AccountId, Side, i128)>);

fn expected(model: &Naive, hold: &Hold) -> Shown {
    let entry = model.entry(hold.id.0).expect("an entry placed the hold");
    let left = holds::left(hold);
    let lines = if left > 0 { outstanding(entry, hold) } else { Vec::new() };
    (hold.clone(), hold.principal.signed(), left, lines)
}

fn shown(view: HoldView) -> Shown {
    let lines = view.lines.iter().map(|(account, side, money)| (*account, *side, money.minor())).collect();
    (view.hold, view.amount.minor(), view.left.minor(), lines)
}

fn single_holds(view: &View, model: &Naive, holds: &[Hold], random: &mut Random) -> Compared {
    for _ in 0..6 {
        if let Some(hold) = random.one(holds) {
            let got = view.hold(hold.id).map(shown).map_err(|no| format!("hold {}: {no}", hold.id))?;
            same("a hold", expected(model, &hold), got)?;
        }
    }
    let other = HoldId(Sequence(random.below(model.entries.len() as u64 + 3)));
    if holds.iter().all(|hold| hold.id != other) {
        let no = view.hold(other).err();
        let no = no.and_then(|no| no.rejection().cloned());
        same("no hold", Some(Rejection::HoldNotFound { hold: other }), no)?;
    }
    Ok(())
}

/// By when time settles them, and last those that it does not.
fn open_holds(view: &View, model: &Naive, holds: &[Hold], random: &mut Random) -> Compared {
    let mut open: Vec<Hold> = holds.iter().filter(|hold| holds::left(hold) > 0).cloned().collect();
    open.sort_by_key(|hold| (hold.due_at.map_or(i64::MAX, |due_at| due_at.0), hold.id));
    let open: Vec<Shown> = open.iter().map(|hold| expected(model, hold)).collect();
    let mut listing = Listing::first(1 + random.below(40) as usize);
    let mut got = Vec::new();
    loop {
        let page = view.open_holds(listing.clone()).map_err(|no| no.to_string())?;
        got.extend(page.items.into_iter().map(shown));
        let Some(next) = page.next else { break };
        listing = listing.after(next);
    }
    same("open holds", open, got)
}

fn collected(view: &View, model: &Naive, random: &mut Random) -> Compared {
    same("channels", invoices::channels(&model.entries), view.channels().map_err(|no| no.to_string())?)?;
    let invoices = invoices::all(&model.entries);
    for _ in 0..6 {
        if let Some(expected) = random.one(&invoices) {
            let got = view.invoice(expected.id).map_err(|no| format!("invoice {}: {no}", expected.id))?;
            let charges = expected.charge.fee.signed() + expected.charge.tax.signed();
            let value = expected.amount.signed();
            let figures = (got.value.minor(), got.charges.minor(), got.net_amount.minor());
            same("an invoice's figures", (value, charges, value - charges), figures)?;
            same("an invoice", expected, got.invoice)?;
        }
    }
    Ok(())
}

fn of_account(view: &View, model: &Naive, holds: &[Hold], account: &Account) -> Compared {
    let id = account.id;
    let balance = model.balance(id);
    let got = view.balance(id).map_err(|no| no.to_string())?;
    let (debits, credits) = (balance.debits_posted.signed(), balance.credits_posted.signed());
    let figures = match account.normal_side {
        Side::Debit => (debits - credits, debits - credits - balance.credits_pending.signed()),
        Side::Credit => (credits - debits, credits - debits - balance.debits_pending.signed()),
    };
    same(&format!("balance of {id}"), figures, (got.current.minor(), got.available.minor()))?;

    let mut own: Vec<Shown> = holds.iter().rev().map(|hold| expected(model, hold)).collect();
    own.retain(|(hold, _, _, lines)| hold.kind != HoldKind::Reserve && lines.iter().any(|(whose, ..)| *whose == id));
    let got = view.holds(id).map_err(|no| no.to_string())?;
    same(&format!("holds of {id}"), own, got.into_iter().map(shown).collect())?;

    let latest =
        model.entries.iter().rev().flat_map(|entry| entry.postings.iter().rev().map(move |line| (entry, line)));
    let latest = latest.filter(|(_, line)| line.account == id).take(40);
    let latest: Vec<_> = latest.collect();
    let statuses: Vec<_> =
        latest.iter().map(|(entry, line)| (line.number, status(&model.entries, entry, line))).collect();
    let page = view.activities(id).newest_first().limit(40).page().map_err(|no| no.to_string())?;
    let got: Vec<_> = page.items.iter().map(|line| (line.number, (line.status, line.status_by))).collect();
    let differs = statuses.iter().zip(&got).zip(&latest).find(|((expected, got), _)| expected != got);
    let line = differs.map(|(_, (entry, line))| (entry, line));
    same(&format!("what became of the lines of {id}, first of {line:#?}"), statuses, got)
}

/// What has become of a line, and by which entry.
fn status(entries: &[Arc<Entry>], entry: &Entry, line: &Posting) -> (LineStatus, Option<Sequence>) {
    if let Some(hold) = holds::hold(entries, HoldId(entry.sequence))
        && let Some(status) = held(&hold, line)
    {
        return (status, (hold.changed_in != entry.sequence).then_some(hold.changed_in));
    }
    if line.stage == Stage::Held
        && let Some(event) = payouts::told(entry)
    {
        return for_payout(entries, entry, event.payout());
    }
    // What was given up of a hold moved nothing that could be given back.
    if line.stage == Stage::Released {
        return (LineStatus::Available, None);
    }
    let reversals = || entries.iter().filter(|later| reverses(later, entry.sequence));
    // A charge that is kept is not touched by a reversal.
    let touching = reversals().rfind(|reversal| reversal.postings.iter().any(|other| other.role == line.role));
    let given_back: i128 = reversals().map(|reversal| principal(reversal)).sum();
    let charge = line.role == Role::Charge;
    let status = match (touching, entry.posted()) {
        (_, Some(posted)) if posted.kind == EntryKind::Adjustment && !charge => LineStatus::Adjustment,
        (None, _) => LineStatus::Available,
        (Some(_), _) if given_back == principal(entry) => LineStatus::Refunded,
        (Some(_), _) => LineStatus::PartiallyRefunded,
    };
    (status, touching.map(|reversal| reversal.sequence))
}

/// Of a line that holds what a payout needs.
fn for_payout(entries: &[Arc<Entry>], entry: &Entry, payout: PayoutId) -> (LineStatus, Option<Sequence>) {
    let payouts = payouts::all(entries);
    let payout = &payouts.iter().find(|batch| batch.payout.id == payout).expect("it was initiated").payout;
    let status = match (payouts::is_held(payout), payout.paid_total.is_zero()) {
        (true, _) => LineStatus::OnHold,
        (false, true) => LineStatus::Cancelled,
        (false, false) => LineStatus::Available,
    };
    (status, (payout.changed_in != entry.sequence).then_some(payout.changed_in))
}

/// Of a line that was reserved, is clearing or was retained.
fn held(hold: &Hold, line: &Posting) -> Option<LineStatus> {
    let open = holds::left(hold) > 0;
    match hold.kind {
        HoldKind::Hold if line.stage == Stage::Held => Some(match (open, hold.captured.is_zero()) {
            (true, _) => LineStatus::OnHold,
            (false, true) => LineStatus::Cancelled,
            (false, false) => LineStatus::Available,
        }),
        // All lines of the credit clear together, the charge with them.
        HoldKind::Clearing if open => Some(LineStatus::Clearing),
        HoldKind::Clearing if hold.captured == hold.principal => Some(LineStatus::Cancelled),
        HoldKind::Reserve if line.role == Role::Reserve && open => Some(LineStatus::OnHold),
        HoldKind::Reserve if line.role == Role::Reserve => Some(LineStatus::Available),
        _ => None,
    }
}
