//! Exchanging money of one book for money of another.

use super::{Error, Ledger, Receipt};
use crate::rules::Exchange;

impl Ledger {
    /// Gives money of one book for money of another, at the rate that the command names.
    ///
    /// Each half balances in its book, against the book's FX position
    /// ([`SystemAccount::FxPosition`](crate::SystemAccount::FxPosition)); [`View::positions`](crate::View::positions)
    /// shows what has gathered there.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// let ledger = Ledger::in_memory()?;
    /// let usd = ledger.open_book(NewBook::live("shop.usd", Currency::USD))?;
    /// let kes = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// let owner = Contact::new("Njeri", "njeri@shop.co.ke", "+254700000001");
    /// let client = ledger.register_client(NewClient::individual("KE", owner))?;
    /// let dollars = ledger.open_account(NewAccount::new(client.id, usd.id, AccountType::WORKING))?;
    /// let shillings = ledger.open_account(NewAccount::new(client.id, kes.id, AccountType::WORKING))?;
    /// let service = ledger.define_service(NewService::new(client.id, usd.id, "FOREX"))?;
    /// ledger.credit(Credit::new(dollars.id, service.id, usd.money("50.00")?, "in-1"))?;
    ///
    /// let ten = Exchange::sell(dollars.id, shillings.id, service.id, usd.money("10.00")?, "fx-1");
    /// let receipt = ledger.exchange(ten.at("129.50".parse()?))?;
    /// assert_eq!(receipt.exchanged().map(|exchanged| exchanged.bought), Some(kes.money("1295.00")?));
    /// assert_eq!(ledger.view()?.balance(dollars.id)?.current, usd.money("40.00")?);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Ledger::execute`].
    pub fn exchange(&self, given: Exchange) -> Result<Receipt, Error> {
        self.execute(given)
    }
}
