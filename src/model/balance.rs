//! What one account holds: four running totals, and the figures read from them.
//!
//! The totals are stored; a signed balance never is, so the two cannot disagree.

use serde::{Deserialize, Serialize};

use super::{Side, Stage};
use crate::money::Amount;

/// Running totals of one account, in minor units of its currency.
///
/// Invariants, kept by `rules::decide` and proved by `verify`: each total is the exact sum of its column over the
/// account's postings; posted plus pending on one side never exceeds [`Amount::MAX`].
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
/// let totals = ledger.view()?.balance(wallet)?.totals;
/// assert_eq!((totals.credits_posted, totals.debits_pending), (book.amount("100")?, book.amount("30")?));
/// // A client's account is positive on the credit side.
/// assert_eq!((totals.posted(Side::Credit), totals.available(Side::Credit)), (100_00, 70_00));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balance {
    /// Settled debits.
    pub debits_posted: Amount,
    /// Settled credits.
    pub credits_posted: Amount,
    /// Debits reserved by open holds.
    pub debits_pending: Amount,
    /// Credits reserved by open holds.
    pub credits_pending: Amount,
}

impl Balance {
    /// The posted balance in minor units, positive on the account's normal side.
    pub const fn posted(&self, normal: Side) -> i128 {
        let debits_less_credits = self.debits_posted.signed() - self.credits_posted.signed();
        match normal {
            Side::Debit => debits_less_credits,
            Side::Credit => -debits_less_credits,
        }
    }

    /// What may be spent now, in minor units, before the floor: posted, less the holds that would lower it.
    ///
    /// Our choice, for caution: a hold that would raise the balance counts only once captured.
    pub const fn available(&self, normal: Side) -> i128 {
        let outgoing = match normal {
            Side::Debit => self.credits_pending,
            Side::Credit => self.debits_pending,
        };
        // Cannot overflow: each total is below 2^96.
        self.posted(normal) - outgoing.signed()
    }

    /// These totals after one more posting, or `None` when a total would pass [`Amount::MAX`] or fall below zero.
    ///
    /// ```
    /// use pacioli::prelude::*;
    /// use pacioli::Stage;
    ///
    /// let sum = |minor| Amount::minor(minor);
    /// let held = Balance::default().with(Stage::Held, Side::Debit, sum(30)?).ok_or("in range")?;
    /// let captured = held.with(Stage::Captured, Side::Debit, sum(30)?).ok_or("in range")?;
    /// assert_eq!((captured.debits_posted, captured.debits_pending), (sum(30)?, Amount::ZERO));
    /// assert_eq!(captured.with(Stage::Captured, Side::Debit, sum(30)?), None); // nothing is held any more
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline(always)]
    pub const fn with(self, stage: Stage, side: Side, amount: Amount) -> Option<Self> {
        match stage {
            Stage::Posted => self.posted_plus(side, amount),
            Stage::Held => self.pending_plus(side, amount),
            Stage::Released => self.pending_minus(side, amount),
            Stage::Captured => match self.pending_minus(side, amount) {
                Some(totals) => totals.posted_plus(side, amount),
                None => None,
            },
            Stage::Clearing => match self.posted_plus(side, amount) {
                Some(totals) => totals.pending_plus(side.opposite(), amount),
                None => None,
            },
        }
    }

    /// These totals without their last posting: what stood before it. `None` when it is more than the totals.
    ///
    /// ```
    /// use pacioli::prelude::*;
    /// use pacioli::Stage;
    ///
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
    /// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
    /// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
    /// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
    /// let sale = ledger.credit(Credit::new(wallet, moves, book.money("96")?, "sale-1"))?;
    /// let line = &sale.entry().postings[1];
    /// let before = line.after.without(line.stage, line.side, line.amount);
    /// assert_eq!(before, Some(Balance::default()));
    /// # Ok::<(), Error>(())
    /// ```
    #[inline]
    pub const fn without(self, stage: Stage, side: Side, amount: Amount) -> Option<Self> {
        match stage {
            Stage::Posted => self.posted_minus(side, amount),
            Stage::Held => self.pending_minus(side, amount),
            Stage::Released => self.pending_plus(side, amount),
            Stage::Captured => match self.posted_minus(side, amount) {
                Some(totals) => totals.pending_plus(side, amount),
                None => None,
            },
            Stage::Clearing => match self.posted_minus(side, amount) {
                Some(totals) => totals.pending_minus(side.opposite(), amount),
                None => None,
            },
        }
    }

    #[inline]
    const fn posted_plus(mut self, side: Side, amount: Amount) -> Option<Self> {
        let total = match side {
            Side::Debit => &mut self.debits_posted,
            Side::Credit => &mut self.credits_posted,
        };
        match total.plus(amount) {
            Some(sum) => *total = sum,
            None => return None,
        }
        self.bounded(side)
    }

    const fn posted_minus(mut self, side: Side, amount: Amount) -> Option<Self> {
        let total = match side {
            Side::Debit => &mut self.debits_posted,
            Side::Credit => &mut self.credits_posted,
        };
        match total.minus(amount) {
            Some(rest) => *total = rest,
            None => return None,
        }
        Some(self)
    }

    const fn pending_plus(mut self, side: Side, amount: Amount) -> Option<Self> {
        let total = match side {
            Side::Debit => &mut self.debits_pending,
            Side::Credit => &mut self.credits_pending,
        };
        match total.plus(amount) {
            Some(sum) => *total = sum,
            None => return None,
        }
        self.bounded(side)
    }

    const fn pending_minus(mut self, side: Side, amount: Amount) -> Option<Self> {
        let total = match side {
            Side::Debit => &mut self.debits_pending,
            Side::Credit => &mut self.credits_pending,
        };
        match total.minus(amount) {
            Some(rest) => *total = rest,
            None => return None,
        }
        Some(self)
    }

    /// The same, if posted and pending together do not pass the greatest amount: then a capture never does.
    #[inline]
    const fn bounded(self, side: Side) -> Option<Self> {
        let (posted, pending) = match side {
            Side::Debit => (self.debits_posted, self.debits_pending),
            Side::Credit => (self.credits_posted, self.credits_pending),
        };
        match posted.plus(pending) {
            Some(_) => Some(self),
            None => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hold_lowers_available_and_leaves_posted() {
        let cash = Balance {
            debits_posted: Amount::minor(100).unwrap(),
            credits_pending: Amount::minor(30).unwrap(),
            ..Balance::default()
        };
        assert_eq!(cash.posted(Side::Debit), 100);
        assert_eq!(cash.available(Side::Debit), 70);
    }

    #[test]
    fn a_total_never_passes_the_greatest_amount() {
        let full = Balance { credits_posted: Amount::MAX, ..Balance::default() };
        assert_eq!(full.with(Stage::Posted, Side::Credit, Amount::minor(1).unwrap()), None);
        assert_eq!(full.posted(Side::Debit), -Amount::MAX.signed());
    }

    #[test]
    fn every_stage_is_undone_by_its_inverse() {
        let one = Amount::minor(1).unwrap();
        let some = |units| Amount::minor(units).unwrap();
        let start = Balance {
            debits_posted: some(5),
            credits_posted: some(9),
            debits_pending: some(3),
            credits_pending: some(2),
        };
        for stage in [Stage::Posted, Stage::Held, Stage::Captured, Stage::Released, Stage::Clearing] {
            for side in [Side::Debit, Side::Credit] {
                let after = start.with(stage, side, one).unwrap();
                assert_ne!(after, start);
                assert_eq!(after.without(stage, side, one), Some(start), "{stage:?} {side:?}");
            }
        }
    }

    #[test]
    fn clearing_credit_counts_in_the_balance_and_not_in_what_is_available() {
        let wallet = Balance::default().with(Stage::Clearing, Side::Credit, Amount::minor(100).unwrap()).unwrap();
        assert_eq!((wallet.posted(Side::Credit), wallet.available(Side::Credit)), (100, 0));
        let cleared = wallet.with(Stage::Released, Side::Debit, Amount::minor(100).unwrap()).unwrap();
        assert_eq!((cleared.posted(Side::Credit), cleared.available(Side::Credit)), (100, 100));
        let returned = wallet.with(Stage::Captured, Side::Debit, Amount::minor(100).unwrap()).unwrap();
        assert_eq!((returned.posted(Side::Credit), returned.available(Side::Credit)), (0, 0));
    }

    #[test]
    fn more_than_is_reserved_cannot_be_captured_or_released() {
        let held = Balance { debits_pending: Amount::minor(3).unwrap(), ..Balance::default() };
        let four = Amount::minor(4).unwrap();
        assert_eq!(held.with(Stage::Captured, Side::Debit, four), None);
        assert_eq!(held.with(Stage::Released, Side::Debit, four), None);
    }

    #[test]
    fn posted_and_pending_together_never_pass_the_greatest_amount() {
        let full = Balance { debits_pending: Amount::MAX, ..Balance::default() };
        let one = Amount::minor(1).unwrap();
        assert_eq!(full.with(Stage::Posted, Side::Debit, one), None);
        assert_eq!(full.with(Stage::Clearing, Side::Credit, one), None);
    }
}
