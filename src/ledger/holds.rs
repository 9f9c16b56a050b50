//! Holds, as hosts ask for them: placing, capturing, releasing, and settling what time has made due.

use super::error::Error;
use super::receipt::Receipt;
use super::{Atomicity, Ledger};
use crate::layout::keys::Due;
use crate::model::{AdvanceInvoice, PayoutChange, Timestamp};
use crate::rules::{Capture, Command, Expire, PlaceHold, Rejection, Release};

/// Holds.
impl Ledger {
    /// Reserves a movement: what would go out of an account is not available from now on.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// let ledger = Ledger::in_memory()?;
    /// let book = ledger.open_book(NewBook::live("hotel.kes", Currency::KES))?;
    /// let guest = ledger.register_client(NewClient::individual("KE", Contact::new("Ann", "ann@example.org", "+254700")))?;
    /// let wallet = ledger.open_account(NewAccount::new(guest.id, book.id, AccountType::WORKING))?;
    /// let stay = ledger.define_service(NewService::new(guest.id, book.id, "STAY"))?;
    /// ledger.credit(Credit::new(wallet.id, stay.id, book.money("5000.00")?, "topup-1"))?;
    ///
    /// let hold = ledger.hold(Debit::new(wallet.id, stay.id, book.money("4000.00")?, "room-7"))?;
    /// assert_eq!(ledger.view()?.balance(wallet.id)?.available, book.money("1000.00")?);
    /// // One night less than booked: the rest is given back.
    /// let id = hold.hold().expect("a hold was placed");
    /// ledger.capture(Capture::part(id, book.money("3000.00")?, "checkout-7").last())?;
    /// assert_eq!(ledger.view()?.balance(wallet.id)?.available, book.money("2000.00")?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Ledger::execute`].
    pub fn hold(&self, given: impl Into<PlaceHold>) -> Result<Receipt, Error> {
        self.execute(given.into())
    }

    /// Settles what is held for good: a hold happens, a clearing credit is given back, a reserve is taken.
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
    /// let ride = ledger.hold(Debit::new(wallet, moves, book.money("80")?, "ride-1"))?;
    /// ledger.capture(Capture::part(&ride, book.money("65")?, "fare-1").last())?; // the rest is given back
    /// assert_eq!(ledger.view()?.balance(wallet)?.available, book.money("35")?);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Ledger::execute`].
    pub fn capture(&self, given: impl Into<Capture>) -> Result<Receipt, Error> {
        self.execute(given.into())
    }

    /// Gives up what is held: a hold is cancelled, a clearing credit becomes available, a reserve comes back.
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
    /// let ride = ledger.hold(Debit::new(wallet, moves, book.money("80")?, "ride-1"))?;
    /// ledger.release(&ride)?;
    /// // A credit that is clearing becomes available by the same call.
    /// let cheque = Credit::new(wallet, moves, book.money("500")?, "cheque-1").clearing(Clearing::ByCall);
    /// let cheque = ledger.credit(cheque)?;
    /// ledger.release(&cheque)?;
    /// assert_eq!(ledger.view()?.balance(wallet)?.available, book.money("600")?);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Ledger::execute`].
    pub fn release(&self, given: impl Into<Release>) -> Result<Receipt, Error> {
        self.execute(given.into())
    }

    /// Settles everything that is due at `at`, at most `limit` of it, in the order in which it was due: holds expire,
    /// credits clear, reserves come back, invoices and payouts that nobody approved expire. A receipt for each; fewer than
    /// `limit` when nothing due is left.
    ///
    /// Nothing is settled by the clock alone: the host calls this, as often as it likes, with the time that it goes by.
    /// Calling it again changes nothing. What was settled by somebody else meanwhile is left out, and so is what the
    /// books refuse, such as a reserve that would come back to a closed account; that stays due.
    ///
    /// # Errors
    /// [`Rejection::FutureEffectiveTime`](crate::Rejection::FutureEffectiveTime) when `at` is later than the ledger's
    /// clock; else as [`Ledger::execute`].
    pub fn settle_due(&self, at: Timestamp, limit: usize) -> Result<Vec<Receipt>, Error> {
        // What has been decided may not be durable yet, and so not in a view: something due may be among it.
        let (last_at, decided) = {
            let core = self.shared.core()?;
            (core.last_at, core.needed())
        };
        let latest = self.shared.clock.now().max(last_at);
        if at > latest {
            return Err(Rejection::FutureEffectiveTime { effective_at: at, latest }.into());
        }
        self.shared.settle(decided)?;
        let (mut receipts, mut after) = (Vec::new(), None);
        while receipts.len() < limit {
            let wanted = (limit - receipts.len()).min(crate::model::Limits::BATCH);
            let due = self.view()?.due(at, after, wanted)?;
            let Some(last) = due.last() else { break };
            after = Some(*last);
            let commands = due.iter().map(|(_, due)| settling(*due, at)).collect();
            let settled = self.submit_batch(commands, Atomicity::Each)?.into_iter().flatten();
            receipts.extend(settled.filter(|receipt| !receipt.is_replayed()));
        }
        Ok(receipts)
    }
}

fn settling(due: Due, at: Timestamp) -> Command {
    match due {
        Due::Hold(hold) => Expire { hold, at }.into(),
        Due::Payout(payout) => PayoutChange::expire(payout).into(),
        Due::Invoice(invoice) => AdvanceInvoice::expire(invoice, at).into(),
    }
}
