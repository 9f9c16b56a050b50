//! Lines to be posted, and the postings that they become.

use smallvec::SmallVec;

use super::desk::{Desk, Refusal, Row, Terms};
use super::draft::Moment;
use super::rejection::Rejection;
use crate::model::{AccountId, AccountStatus, BookId, Posting, Postings, Role, Side, Stage, Tally};
use crate::money::Amount;

/// One line to be posted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    pub account: AccountId,
    pub side: Side,
    pub role: Role,
    pub stage: Stage,
    pub amount: Amount,
}

impl Line {
    pub(super) const fn debit(account: AccountId, role: Role, amount: Amount) -> Self {
        Self { account, side: Side::Debit, role, stage: Stage::Posted, amount }
    }

    pub(super) const fn credit(account: AccountId, role: Role, amount: Amount) -> Self {
        Self { account, side: Side::Credit, role, stage: Stage::Posted, amount }
    }
}

/// The lines of an entry, of which most have few: an exchange with fee and tax has seven.
pub(super) type Lines = SmallVec<[Line; 7]>;

/// Which floors lines must keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Floors {
    /// Each account's own.
    Kept,
    /// Each client's account's own, and zero where that is lower: what is held draws no overdraft.
    AboveZero,
    /// None, by privilege.
    SetAside,
}

impl Floors {
    pub(super) const fn unless(forced: bool) -> Self {
        if forced { Self::SetAside } else { Self::Kept }
    }

    /// The lowest available balance that an account may be left with.
    fn of(self, terms: &Terms) -> Option<i128> {
        match self {
            Self::Kept => terms.floor.get(),
            Self::AboveZero if terms.client.is_some() => Some(terms.floor.get().map_or(0, |floor| floor.max(0))),
            Self::AboveZero => terms.floor.get(),
            Self::SetAside => None,
        }
    }
}

/// The postings that lines become: totals, numbers and links after each; and no account below its floor in the end.
pub(super) fn postings(desk: &Desk, lines: &[Line], floors: Floors, moment: Moment) -> Result<Postings, Refusal> {
    let mut postings = Postings::with_capacity(lines.len());
    // Few lines share an account: the tallies within the entry are kept for those alone.
    let mut running: Vec<(AccountId, Tally)> = Vec::new();
    let apart = matches!(lines, [one, other] if one.account != other.account);
    for line in lines {
        let row = desk.row(line.account)?;
        let tally = running.iter().find(|(account, _)| *account == line.account).map_or(&row.tally, |(_, tally)| tally);
        let Some(after) = tally.balance.with(line.stage, line.side, line.amount) else {
            return Err(Rejection::AmountOverflow { account: line.account }.into());
        };
        let number = tally.number.saturating_add(1);
        let posting = Posting {
            account: line.account,
            book: row.terms.book,
            side: line.side,
            normal: row.terms.normal,
            role: line.role,
            stage: line.stage,
            amount: line.amount,
            after,
            number,
            previous: tally.last,
            skips: tally.skips(number),
        };
        let repeated = !apart && lines.iter().filter(|other| other.account == line.account).count() > 1;
        if repeated {
            let mut after = tally.clone();
            after.take(&posting, moment.sequence, moment.recorded_at);
            match running.iter_mut().find(|(account, _)| *account == line.account) {
                Some((_, kept)) => *kept = after,
                None => running.push((line.account, after)),
            }
        }
        postings.push(posting);
    }
    if floors != Floors::SetAside {
        for (at, posting) in postings.iter().enumerate() {
            let goes_on = !apart && postings.iter().skip(at + 1).any(|later| later.account == posting.account);
            if !goes_on {
                above_floor(desk.row(posting.account)?, posting, floors)?;
            }
        }
    }
    Ok(postings)
}

/// An account that ends lower than it began must keep its floor.
fn above_floor(row: &Row, last: &Posting, floors: Floors) -> Result<(), Rejection> {
    let Some(floor) = floors.of(&row.terms) else {
        return Ok(());
    };
    let normal = row.terms.normal;
    let available = row.tally.balance.available(normal);
    let required = available - last.after.available(normal);
    if required > 0 && last.after.available(normal) < floor {
        return Err(Rejection::InsufficientFunds { account: last.account, required, available, floor });
    }
    Ok(())
}

pub(super) fn in_book(desk: &Desk, terms: &Terms, expected: BookId) -> Result<(), Refusal> {
    if terms.book == expected {
        return Ok(());
    }
    let (needed, found) = (desk.book(expected)?.currency, desk.book(terms.book)?.currency);
    Err(if needed == found {
        Rejection::BookMismatch { expected, given: terms.book }
    } else {
        Rejection::CurrencyMismatch { expected: needed, given: found }
    }
    .into())
}

/// New business on this side of the account is not blocked. Reversals, releases and expiries do not ask.
pub(super) fn open_for(account: AccountId, side: Side, terms: &Terms) -> Result<(), Rejection> {
    let blocked = match side {
        Side::Debit => terms.extras.blocked_debits,
        Side::Credit => terms.extras.blocked_credits,
    };
    if blocked { Err(Rejection::AccountBlocked { account, side }) } else { Ok(()) }
}

pub(super) fn in_business(account: AccountId, terms: &Terms) -> Result<(), Rejection> {
    match terms.status {
        AccountStatus::Active => Ok(()),
        AccountStatus::Inactive => Err(Rejection::AccountInactive { account }),
        AccountStatus::Closed => Err(Rejection::AccountClosed { account }),
    }
}

/// Reversals and what settles holds reach inactive accounts, and no closed ones.
pub(super) fn reachable(desk: &Desk, account: AccountId) -> Result<(), Refusal> {
    match desk.row(account)?.terms.status {
        AccountStatus::Active | AccountStatus::Inactive => Ok(()),
        AccountStatus::Closed => Err(Rejection::AccountClosed { account }.into()),
    }
}

/// Makes the lines of a credit those of one that clears: what they settle is reserved on the other side, so that
/// nothing of it is available. The charge that the account credited bears is part of what it is not given yet.
pub(super) fn clearing(lines: &mut [Line]) {
    let payee = lines.iter().find(|line| line.role == Role::Principal && line.side == Side::Credit);
    let Some(payee) = payee.map(|line| line.account) else { return };
    for line in lines {
        let of_payee = line.account == payee && line.side == Side::Debit;
        line.stage = if of_payee { Stage::Captured } else { Stage::Clearing };
    }
}
