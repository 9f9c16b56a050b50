//! A line of an account's history, with what became of it since.

use std::ops::Deref;

use serde::{Deserialize, Serialize};

use super::reader::{Reader, broken};
use super::trail::Spot;
use crate::layout::load;
use crate::ledger::error::Error;
use crate::ledger::receipt::Activity;
use crate::ledger::view::View;
use crate::model::words;
use crate::model::{AccountId, EntryKind, HoldId, HoldKind, HoldState, Operation, PayoutEvent, Role, Sequence, Stage};
use crate::rules::Place;

/// What has become of a line, up to the view: a projection over later entries, which never rewrite it.
///
/// ```
/// use pacioli::prelude::*;
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
/// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
/// # ledger.credit(Credit::new(wallet, moves, book.money("100")?, "top-up-1"))?;
/// let sale = ledger.credit(Credit::new(wallet, moves, book.money("20")?, "sale-1"))?;
/// ledger.reverse(Reverse::part(&sale, book.money("5")?, "refund-1"))?;
/// ledger.hold(Debit::new(wallet, moves, book.money("30")?, "room-7"))?;
///
/// let view = ledger.view()?;
/// let lines = view.activities(wallet).oldest_first().page()?;
/// let became: Vec<_> = lines.items.iter().map(|line| line.status.to_string()).collect();
/// assert_eq!(became, ["AVAILABLE", "PARTIALLY-REFUNDED", "AVAILABLE", "ON-HOLD"]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING-KEBAB-CASE")]
#[non_exhaustive]
pub enum LineStatus {
    /// It counts, and nothing has changed that.
    Available,
    /// It counts in the current balance only, until it has cleared.
    Clearing,
    /// It is held.
    OnHold,
    /// The hold was released or has expired, or what was clearing was returned.
    Cancelled,
    /// All of it was reversed.
    Refunded,
    /// Part of it was reversed.
    PartiallyRefunded,
    /// It is a correction, whatever has become of it.
    Adjustment,
}

words! {
    /// As serde writes it: `ON-HOLD`.
    LineStatus, "status of a line":
    Available => "AVAILABLE",
    Clearing => "CLEARING",
    OnHold => "ON-HOLD",
    Cancelled => "CANCELLED",
    Refunded => "REFUNDED",
    PartiallyRefunded => "PARTIALLY-REFUNDED",
    Adjustment => "ADJUSTMENT",
}

/// A line of an account's history, with what became of it since.
///
/// ```
/// use pacioli::prelude::*;
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
/// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
/// # ledger.credit(Credit::new(wallet, moves, book.money("100")?, "top-up-1"))?;
/// let held = ledger.hold(Debit::new(wallet, moves, book.money("30")?, "room-7"))?;
/// ledger.release(&held)?;
/// // The line reads as an `Activity`; what became of it stands beside it.
/// let line = ledger.view()?.activity(wallet, 2)?.ok_or("the hold's line")?;
/// assert_eq!((line.amount, line.status), (book.money("30")?, LineStatus::Cancelled));
/// assert_eq!(line.status_by, Some(held.sequence().next()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ActivityLine {
    /// The line.
    #[serde(flatten)]
    pub activity: Activity,
    /// What has become of it.
    pub status: LineStatus,
    /// The latest entry that changed what has become of it.
    pub status_by: Option<Sequence>,
}

impl Deref for ActivityLine {
    type Target = Activity;

    fn deref(&self) -> &Activity {
        &self.activity
    }
}

/// Single activities.
impl View {
    /// An account's activity by its number, if it has come to it.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
    /// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
    /// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
    /// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
    /// # ledger.credit(Credit::new(wallet, moves, book.money("100")?, "top-up-1"))?;
    /// let view = ledger.view()?;
    /// let first = view.activity(wallet, 1)?.ok_or("the first line")?;
    /// assert_eq!(first.current_balance, book.money("100")?);
    /// assert_eq!(view.activity(wallet, 2)?, None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`AccountNotFound`](crate::Rejection::AccountNotFound) when there is no such account.
    pub fn activity(&self, account: AccountId, number: u64) -> Result<Option<ActivityLine>, Error> {
        let mut reader = self.reader();
        reader.account(account)?;
        let (trail, _) = reader.trail(account)?;
        match trail.numbered(&mut reader, number)? {
            Some(spot) => reader.line(&spot).map(Some),
            None => Ok(None),
        }
    }
}

impl Reader<'_> {
    /// The line that a posting is, as it is shown.
    pub(super) fn line(&mut self, spot: &Spot) -> Result<ActivityLine, Error> {
        let currency = self.book(spot.posting()?.book)?.currency;
        let activity = Activity::of(&spot.entry, spot.at, currency);
        let activity = activity.ok_or_else(|| broken(spot.entry.sequence, "the posting is missing"))?;
        let (status, status_by) = self.status(&activity)?;
        Ok(ActivityLine { activity, status, status_by })
    }

    fn status(&mut self, line: &Activity) -> Result<(LineStatus, Option<Sequence>), Error> {
        if let Some(held) = self.held(line)? {
            return Ok(held);
        }
        let reversal = self.reversal_of(line)?;
        let status = match reversal {
            _ if line.kind == EntryKind::Adjustment => LineStatus::Adjustment,
            None => LineStatus::Available,
            Some((_, true)) => LineStatus::Refunded,
            Some((_, false)) => LineStatus::PartiallyRefunded,
        };
        Ok((status, reversal.map(|(by, _)| by)))
    }

    /// What has become of a line that was reserved, is clearing or was retained; `None` when it counts like any other.
    fn held(&mut self, line: &Activity) -> Result<Option<(LineStatus, Option<Sequence>)>, Error> {
        // The charge of a credit that clears is taken out of what the account is not given yet.
        let charge = line.stage == Stage::Captured && line.role == Role::Charge && line.operation == Operation::Credit;
        let retained = line.role == Role::Reserve && line.stage == Stage::Posted;
        if !(matches!(line.stage, Stage::Held | Stage::Clearing) || charge || retained) {
            return Ok(None);
        }
        let Some(hold) = self.hold(HoldId(line.id.entry))? else { return self.held_for_payout(line) };
        let status = match (hold.kind, hold.state) {
            (HoldKind::Clearing, HoldState::Open) => LineStatus::Clearing,
            (HoldKind::Clearing, _) if hold.captured == hold.principal => LineStatus::Cancelled,
            (HoldKind::Clearing, _) => return Ok(None),
            // A credit that was retained from clears or happens for itself.
            (HoldKind::Reserve, _) if !retained => return Ok(None),
            (HoldKind::Hold | HoldKind::Reserve, HoldState::Open) => LineStatus::OnHold,
            (HoldKind::Hold, _) if hold.captured.is_zero() => LineStatus::Cancelled,
            (HoldKind::Hold | HoldKind::Reserve, _) => LineStatus::Available,
        };
        Ok(Some((status, (hold.changed_in != hold.id.0).then_some(hold.changed_in))))
    }

    /// What has become of a line that holds what a payout needs.
    fn held_for_payout(&mut self, line: &Activity) -> Result<Option<(LineStatus, Option<Sequence>)>, Error> {
        let payout = self.entry(line.id.entry)?.payout().map(PayoutEvent::payout);
        let Some(payout) = payout.map(|payout| self.payout(payout)).transpose()?.flatten() else { return Ok(None) };
        let status = match payout.is_held() {
            true => LineStatus::OnHold,
            false if payout.paid_total.is_zero() => LineStatus::Cancelled,
            false => LineStatus::Available,
        };
        Ok(Some((status, (payout.changed_in != line.id.entry).then_some(payout.changed_in))))
    }

    /// The latest reversal that gave something of a line back, and whether nothing of its entry is left.
    fn reversal_of(&mut self, line: &Activity) -> Result<Option<(Sequence, bool)>, Error> {
        let original = line.id.entry;
        // What was given up of a hold moved nothing that could be given back.
        if line.stage == Stage::Released {
            return Ok(None);
        }
        let Some(reversed) = self.reversed(original)? else { return Ok(None) };
        if line.role == Role::Principal {
            return Ok(Some((reversed.by, reversed.whole)));
        }
        // A service may keep its charge, so that reversals leave those lines alone.
        let at = self.at;
        let versions = load::versions(self.snapshot()?, &Place::Reversed(original), at)?;
        for (by, _) in versions.into_iter().rev() {
            if self.entry(by)?.postings.iter().any(|posting| posting.role == line.role) {
                return Ok(Some((by, reversed.whole)));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AccountStatus, InvoiceState, PartyKind, PayoutState};

    #[test]
    fn line_statuses_are_shown_as_serde_writes_them() {
        for status in [
            LineStatus::Available,
            LineStatus::Clearing,
            LineStatus::OnHold,
            LineStatus::Cancelled,
            LineStatus::Refunded,
            LineStatus::PartiallyRefunded,
            LineStatus::Adjustment,
        ] {
            assert_eq!(serde_json::to_string(&status).unwrap(), format!("\"{status}\""));
            assert_eq!(status.to_string().parse(), Ok(status));
        }
    }

    #[test]
    fn states_are_shown_in_columns() {
        assert_eq!(format!("{:<9}|", HoldState::Open), "Open     |");
        assert_eq!(format!("{:<9}|", AccountStatus::Active), "Active   |");
        assert_eq!(format!("{:>9}|", InvoiceState::Pending), "  Pending|");
        assert_eq!(format!("{:<9}|", PayoutState::Approved), "Approved |");
        assert_eq!(format!("{:<6}|", PartyKind::Bank), "bank  |");
    }
}
