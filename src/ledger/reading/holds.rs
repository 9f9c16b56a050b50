//! Holds: what is reserved, what is clearing, what is retained; and what is due.

use std::collections::BTreeSet;
use std::ops::{Bound, ControlFlow};

use serde::Serialize;

use super::listing::{Cursor, CursorKind, Listing, Page};
use super::reader::Reader;
use crate::layout::journal;
use crate::layout::keys::{DUE, Due, due_key, split_due};
use crate::layout::wire::Malformed;
use crate::layout::{LayoutError, corrupt};
use crate::ledger::core::hold_digest;
use crate::ledger::error::Error;
use crate::ledger::unlisted::DueKey;
use crate::ledger::view::View;
use crate::model::{AccountId, Effect, Hold, HoldId, HoldState, PayoutEvent, Sequence, Side, Stage, Timestamp};
use crate::money::Money;
use crate::rules::{Rejection, outstanding};
use crate::store::Order;

/// A hold, with what is left of each of its lines.
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
/// ledger.capture(Capture::part(&held, book.money("10")?, "night-1"))?;
/// let hold = ledger.view()?.hold(&held)?;
/// assert_eq!((hold.amount, hold.left), (book.money("30")?, book.money("20")?));
/// assert_eq!((hold.state, hold.captured.signed()), (HoldState::Open, 10_00)); // as of a `Hold`
/// assert!(hold.lines.contains(&(wallet, Side::Debit, book.money("20")?)));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct HoldView {
    /// The hold.
    #[serde(flatten)]
    pub hold: Hold,
    /// How much was held, without charges.
    pub amount: Money,
    /// How much of that is left.
    pub left: Money,
    /// What is still reserved, or retained, and on which side of which account; none once it is settled.
    pub lines: Vec<(AccountId, Side, Money)>,
}

impl std::ops::Deref for HoldView {
    type Target = Hold;

    fn deref(&self) -> &Hold {
        &self.hold
    }
}

/// Something that time settles, with its place in the order of time.
pub(in crate::ledger) type DueItem = (DueKey, Due);

/// Holds.
impl View {
    /// A hold, a clearing credit or a reserve, by the entry that placed it.
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
    /// let id = held.hold().ok_or("a hold was placed")?;
    /// assert_eq!(ledger.view()?.hold(id)?.left, book.money("30")?); // by its identifier
    /// assert_eq!(ledger.view()?.hold(&held)?.id, id); // or by the receipt
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Rejection::HoldNotFound`] when that entry placed none.
    pub fn hold(&self, hold: impl Into<HoldId>) -> Result<HoldView, Error> {
        let (mut reader, hold) = (self.reader(), hold.into());
        let record = reader.hold(hold)?.ok_or(Rejection::HoldNotFound { hold })?;
        reader.shown_hold(record)
    }

    /// What is open of all holds, clearing credits and reserves, in the order in which time settles it; what it does
    /// not settle comes last.
    ///
    /// A view that looks back reads the journal from there to its end.
    ///
    /// ```
    /// use std::time::Duration;
    /// use pacioli::prelude::*;
    ///
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
    /// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
    /// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
    /// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
    /// # ledger.credit(Credit::new(wallet, moves, book.money("100")?, "top-up-1"))?;
    /// let tomorrow = ledger.now().plus(Duration::from_secs(86_400));
    /// ledger.hold(Debit::new(wallet, moves, book.money("30")?, "room-7"))?;
    /// ledger.hold(PlaceHold::new(Debit::new(wallet, moves, book.money("5")?, "spa-1")).until(tomorrow))?;
    /// // What comes due first stands first; what never does, last.
    /// let open = ledger.view()?.open_holds(Listing::default())?.items;
    /// let left: Vec<_> = open.iter().map(|hold| hold.left.text()).collect();
    /// assert_eq!(left, ["5.00", "30.00"]);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidCursor`] when the cursor is of another list.
    pub fn open_holds(&self, listing: Listing) -> Result<Page<HoldView>, Error> {
        let mut reader = self.reader();
        let after = listing.place(CursorKind::OpenHolds, 0)?;
        let after = after.map(|(at, id)| due_key(instant(at), Due::Hold(HoldId(Sequence(id)))));
        let unlisted = reader.unlisted(after, None);
        // What has been closed since the view is no longer listed.
        let mut keys = reader.closed_since()?;
        keys.retain(|key| after.is_none_or(|after| *key > after));
        let mut open = Vec::new();
        let wanted = listing.limit.saturating_add(1);
        reader.scan_due((after, None), unlisted, &mut |reader, key, due| {
            keys.remove(&key);
            // Those closed since that come before this one.
            while let Some(first) = keys.first().copied().filter(|first| *first < key) {
                keys.remove(&first);
                if let Some((_, due)) = split_due(&first) {
                    reader.push_open(due, &mut open)?;
                }
            }
            reader.push_open(due, &mut open)?;
            Ok(if open.len() < wanted { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
        })?;
        for key in keys {
            if open.len() >= wanted {
                break;
            }
            if let Some((_, due)) = split_due(&key) {
                reader.push_open(due, &mut open)?;
            }
        }
        open.truncate(wanted);
        let place = |hold: &Hold| (hold.due_at.map_or(u64::MAX, shifted), hold.id.0.0);
        let page = Page::cut(open, listing.limit, |hold: &Hold| Cursor::new(CursorKind::OpenHolds, 0, place(hold)));
        page.try_map(|hold| reader.shown_hold(hold))
    }

    /// What is open of an account's holds and clearing credits, the latest first: all that keeps its available balance
    /// below its current one, and what stands to come in, but for what payouts hold. A reserve has left the account;
    /// [`View::open_holds`] has it.
    ///
    /// Reads the account's activities back until all that it has pending is found.
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
    /// ledger.hold(Debit::new(wallet, moves, book.money("30")?, "room-7"))?;
    /// let view = ledger.view()?;
    /// let balance = view.balance(wallet)?;
    /// // Why is the available balance below the current one?
    /// let held: Vec<_> = view.holds(wallet)?.iter().map(|hold| hold.left).collect();
    /// assert_eq!(held, [balance.current.minus(balance.available)?]);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`AccountNotFound`](crate::Rejection::AccountNotFound) when there is no such account.
    pub fn holds(&self, account: AccountId) -> Result<Vec<HoldView>, Error> {
        let mut reader = self.reader();
        reader.account(account)?;
        let (trail, standing) = reader.trail(account)?;
        let balance = standing.balance;
        let mut left = balance.debits_pending.signed() + balance.credits_pending.signed();
        let (mut spot, mut found) = (trail.latest(&mut reader)?, BTreeSet::new());
        let mut holds = Vec::new();
        while let Some(place) = spot.filter(|_| left > 0) {
            let id = HoldId(place.entry.sequence);
            // What payouts hold is theirs to show.
            if let Some(payout) = place.entry.payout().map(PayoutEvent::payout)
                && place.posting()?.stage == Stage::Held
                && found.insert(id)
                && let Some(payout) = reader.payout(payout)?.filter(|payout| payout.source == account)
            {
                left -= reader.held_on_source(&payout)?;
            }
            if matches!(place.posting()?.stage, Stage::Held | Stage::Clearing)
                && found.insert(id)
                && let Some(record) = reader.hold(id)?.filter(Hold::is_open)
            {
                let lines = outstanding(&place.entry, &record);
                let own = lines.iter().filter(|(whose, ..)| *whose == account);
                let own: i128 = own.map(|(_, _, amount)| amount.signed()).sum();
                // A charge may have left nothing of a credit that clears.
                if own > 0 {
                    left -= own;
                    holds.push(reader.shown_hold(record)?);
                }
            }
            spot = place.previous(&mut reader)?;
        }
        Ok(holds)
    }

    /// What is due at an instant, after a place in the order of time.
    pub(in crate::ledger) fn due(
        &self,
        at: Timestamp,
        after: Option<DueItem>,
        limit: usize,
    ) -> Result<Vec<DueItem>, Error> {
        let (mut reader, after, mut items) = (self.reader(), after.map(|(key, _)| key), Vec::new());
        let unlisted = reader.unlisted(after, Some(at));
        reader.scan_due((after, Some(at)), unlisted, &mut |_, key, due| {
            items.push((key, due));
            Ok(if items.len() < limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
        })?;
        Ok(items)
    }
}

type Visit<'v, 'r> = dyn FnMut(&mut Reader<'r>, DueKey, Due) -> Result<ControlFlow<()>, Error> + 'v;

/// How many due items are read at a time.
const DUE_READ: usize = 256;

impl<'r> Reader<'r> {
    /// A hold as it stood at the view's sequence: as its entry placed it, or as it was after the last that settled some
    /// of it.
    pub(super) fn hold(&mut self, hold: HoldId) -> Result<Option<Hold>, Error> {
        if hold.0 == Sequence::ZERO || hold.0 > self.at {
            return Ok(None);
        }
        let Some(placed) = self.entry(hold.0)?.placed_hold() else { return Ok(None) };
        for sequence in self.find(hold_digest(&self.shared.given.secret, hold))?.into_iter().rev() {
            // Two holds may share a digest: only what the entry says counts.
            if let Some(settled) = self.entry(sequence)?.settled_hold(&placed) {
                return Ok(Some(settled));
            }
        }
        Ok(Some(placed))
    }

    fn push_open(&mut self, due: Due, open: &mut Vec<Hold>) -> Result<(), Error> {
        if let Due::Hold(id) = due {
            open.extend(self.hold(id)?.filter(Hold::is_open));
        }
        Ok(())
    }

    fn shown_hold(&mut self, hold: Hold) -> Result<HoldView, Error> {
        let entry = self.entry(hold.id.0)?;
        let book = entry.postings.first().map(|posting| posting.book).unwrap_or_default();
        let currency = self.book(book)?.currency;
        let mut lines = Vec::new();
        for (account, side, amount) in outstanding(&entry, &hold) {
            // An exchange holds in two books.
            let own = entry.postings.iter().find(|posting| posting.account == account).map(|posting| posting.book);
            let currency = own.map_or(Ok(currency), |own| self.book(own).map(|book| book.currency))?;
            lines.push((account, side, currency.amount(amount)));
        }
        Ok(HoldView { amount: currency.amount(hold.principal), left: currency.amount(hold.remainder()), lines, hold })
    }

    /// The places of what was open at the view's sequence and has been closed since.
    fn closed_since(&mut self) -> Result<BTreeSet<DueKey>, Error> {
        let (at, mut closed) = (self.at, Vec::new());
        journal::entries(self.snapshot()?, at.next(), &mut |entry| {
            let effects = entry.posted().map_or(&[][..], |posted| &posted.effects);
            for effect in effects {
                if let Effect::HoldSettled { hold, state, .. } = effect
                    && *state != HoldState::Open
                    && hold.0 <= at
                {
                    closed.push(*hold);
                }
            }
            Ok(ControlFlow::Continue(()))
        })?;
        let mut keys = BTreeSet::new();
        for id in closed {
            if let Some(hold) = self.hold(id)?.filter(Hold::is_open) {
                keys.insert(due_key(hold.due_at, Due::Hold(id)));
            }
        }
        Ok(keys)
    }

    /// What is open and may not be listed yet, in the order of time, after `after` and not due later than `until`; asked
    /// before the snapshot is taken that has what is listed.
    fn unlisted(&self, after: Option<DueKey>, until: Option<Timestamp>) -> Vec<DueKey> {
        self.shared.open_holds.between(after, until)
    }

    /// Shows what is open now, in the order of time, after `after` and not due later than `until`.
    fn scan_due(
        &mut self,
        (mut after, until): (Option<DueKey>, Option<Timestamp>),
        unlisted: Vec<DueKey>,
        visit: &mut Visit<'_, 'r>,
    ) -> Result<(), Error> {
        let mut unlisted = unlisted.into_iter().filter_map(|key| Some((key, split_due(&key)?.1))).peekable();
        loop {
            let (mut items, mut failed) = (Vec::with_capacity(DUE_READ), None);
            let from = after.as_ref().map_or(Bound::Unbounded, |after| Bound::Excluded(after.as_slice()));
            self.snapshot()?
                .scan(DUE, from, Bound::Unbounded, Order::Ascending, &mut |key, _| {
                    let item = <[u8; 17]>::try_from(key).ok().and_then(|whole| Some((whole, split_due(key)?)));
                    match item {
                        Some((_, (at, _))) if until.is_some_and(|until| at.is_none_or(|at| at > until)) => {
                            ControlFlow::Break(())
                        }
                        Some((whole, (_, due))) => {
                            items.push((whole, due));
                            if items.len() < DUE_READ { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
                        }
                        None => {
                            failed = Some(corrupt(DUE, key, Malformed("not a key of what is due")));
                            ControlFlow::Break(())
                        }
                    }
                })
                .map_err(LayoutError::from)?;
            if let Some(failed) = failed {
                return Err(failed.into());
            }
            let more = items.len() == DUE_READ;
            for (key, due) in items {
                after = Some(key);
                while let Some((before, due)) = unlisted.next_if(|(next, _)| *next <= key) {
                    // One that was listed since is shown as that.
                    if before < key && visit(self, before, due)?.is_break() {
                        return Ok(());
                    }
                }
                if visit(self, key, due)?.is_break() {
                    return Ok(());
                }
            }
            if !more {
                break;
            }
        }
        for (key, due) in unlisted {
            if visit(self, key, due)?.is_break() {
                break;
            }
        }
        Ok(())
    }
}

/// An instant as a number in the order of time.
fn shifted(at: Timestamp) -> u64 {
    at.0.wrapping_sub(i64::MIN) as u64
}

fn instant(shifted: u64) -> Option<Timestamp> {
    (shifted != u64::MAX).then_some(Timestamp((shifted as i64).wrapping_add(i64::MIN)))
}
