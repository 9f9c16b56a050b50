//! Collections, as hosts ask for them: channels, and invoices from issue to end.

use super::Ledger;
use super::error::Error;
use super::reading::InvoiceView;
use super::receipt::Receipt;
use crate::model::{AdvanceInvoice, Channel, ChannelChange, InvoiceFailure, InvoiceId, NewChannel, NewInvoice};
use crate::rules::CompleteInvoice;

/// Collections.
impl Ledger {
    /// Defines a channel by which money can be collected.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// let ledger = Ledger::in_memory()?;
    /// let mpesa = ledger.define_channel(NewChannel::new("M-PESA", [Currency::KES]).keyed("m-pesa"))?;
    /// assert_eq!((mpesa.code.as_str(), mpesa.active), ("M-PESA", true));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Ledger::execute`].
    pub fn define_channel(&self, given: NewChannel) -> Result<Channel, Error> {
        let code = given.code.clone();
        self.execute(given)?;
        self.view()?.channel(&code)
    }

    /// Changes a channel, named by its code: the currencies that it takes, and whether it may be used.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// let ledger = Ledger::in_memory()?;
    /// ledger.define_channel(NewChannel::new("CARD", [Currency::KES]))?;
    /// let card = ledger.change_channel("CARD", ChannelChange::taking([Currency::KES, Currency::USD]))?;
    /// assert!(card.takes(Currency::USD));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Ledger::execute`].
    pub fn change_channel(&self, code: &str, given: ChannelChange) -> Result<Channel, Error> {
        self.execute((code, given))?;
        self.view()?.channel(code)
    }

    /// Issues an invoice: money is expected, and none moves.
    ///
    /// ```
    /// use pacioli::prelude::*;
    /// use pacioli::{CompleteInvoice, InvoiceState, NewChannel, NewInvoice};
    ///
    /// let ledger = Ledger::in_memory()?;
    /// let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// let owner = ledger.register_client(NewClient::individual("KE", Contact::new("Ann", "ann@example.org", "+254700")))?;
    /// let till = ledger.open_account(NewAccount::new(owner.id, book.id, AccountType::WORKING))?;
    /// let fee = Fee::percentage(Rate::percent_text("3")?);
    /// let sales = ledger.define_service(NewService::new(owner.id, book.id, "SALES").fee(fee))?;
    /// ledger.define_channel(NewChannel::new("M-PESA", [Currency::KES]))?;
    ///
    /// let payer = Party::masked(PartyKind::Msisdn, "+254712345678");
    /// let order = NewInvoice::new(sales.id, "M-PESA", book.money("100.00")?, payer, "order-4711").into_account(till.id);
    /// let invoice = ledger.issue_invoice(order)?;
    /// assert_eq!(invoice.state, InvoiceState::Pending);
    /// assert_eq!(invoice.net_amount, book.money("97.00")?);
    ///
    /// ledger.process_invoice(invoice.id)?;
    /// let receipt = ledger.complete_invoice(CompleteInvoice::new(invoice.id).referring("mpesa", "SJK4H7XYZ1"))?;
    /// assert_eq!(receipt.charged(), Some(book.money("3.00")?));
    /// assert_eq!(ledger.view()?.balance(till.id)?.current, book.money("97.00")?);
    /// // Told twice, posted once.
    /// assert!(ledger.complete_invoice(CompleteInvoice::new(invoice.id).referring("mpesa", "SJK4H7XYZ1"))?.is_replayed());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Ledger::execute`].
    pub fn issue_invoice(&self, given: NewInvoice) -> Result<InvoiceView, Error> {
        let receipt = self.execute(given)?;
        self.view()?.invoice(receipt.invoice().unwrap_or_default())
    }

    /// Notes that a payment of an invoice has begun.
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
    /// # ledger.define_channel(NewChannel::new("M-PESA", [Currency::KES]))?;
    /// # let payer = Party::msisdn("+254722000001");
    /// # let order = NewInvoice::new(moves, "M-PESA", book.money("100")?, payer, "order-77").into_account(wallet);
    /// # let invoice = ledger.issue_invoice(order)?;
    /// // The customer is entering the PIN.
    /// let invoice = ledger.process_invoice(invoice.id)?;
    /// assert_eq!(invoice.state, InvoiceState::Processing);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Ledger::execute`].
    pub fn process_invoice(&self, invoice: impl Into<InvoiceId>) -> Result<InvoiceView, Error> {
        self.advance_invoice(AdvanceInvoice::process(invoice))
    }

    /// Posts the money of an invoice: once, however often it is told.
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
    /// # ledger.define_channel(NewChannel::new("M-PESA", [Currency::KES]))?;
    /// # let payer = Party::msisdn("+254722000001");
    /// # let order = NewInvoice::new(moves, "M-PESA", book.money("100")?, payer, "order-77").into_account(wallet);
    /// # let invoice = ledger.issue_invoice(order)?;
    /// let paid = CompleteInvoice::new(invoice.id).referring("mpesa", "SJK4H7XYZ1");
    /// let receipt = ledger.complete_invoice(paid.clone())?;
    /// // The channel's call-back comes twice: posted once.
    /// assert_eq!(ledger.complete_invoice(paid)?.sequence(), receipt.sequence());
    /// assert_eq!(ledger.view()?.balance(wallet)?.current, book.money("100")?);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Ledger::execute`].
    pub fn complete_invoice(&self, given: impl Into<CompleteInvoice>) -> Result<Receipt, Error> {
        self.execute(given.into())
    }

    /// Notes that the payment of an invoice failed, and why. Nothing is posted.
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
    /// # ledger.define_channel(NewChannel::new("M-PESA", [Currency::KES]))?;
    /// # let payer = Party::msisdn("+254722000001");
    /// # let order = NewInvoice::new(moves, "M-PESA", book.money("100")?, payer, "order-77").into_account(wallet);
    /// # let invoice = ledger.issue_invoice(order)?;
    /// let failure = InvoiceFailure::new("the customer has not enough money").coded("1");
    /// let invoice = ledger.fail_invoice(invoice.id, failure)?;
    /// assert_eq!(invoice.state, InvoiceState::Failed);
    /// assert!(ledger.view()?.balance(wallet)?.current.is_zero());
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Ledger::execute`].
    pub fn fail_invoice(&self, invoice: impl Into<InvoiceId>, failure: InvoiceFailure) -> Result<InvoiceView, Error> {
        self.advance_invoice(AdvanceInvoice::fail(invoice, failure))
    }

    /// Calls an invoice off.
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
    /// # ledger.define_channel(NewChannel::new("M-PESA", [Currency::KES]))?;
    /// # let payer = Party::msisdn("+254722000001");
    /// # let order = NewInvoice::new(moves, "M-PESA", book.money("100")?, payer, "order-77").into_account(wallet);
    /// # let invoice = ledger.issue_invoice(order)?;
    /// let invoice = ledger.cancel_invoice(invoice.id, Some("the cart was emptied".to_owned()))?;
    /// assert_eq!(invoice.cancel_reason.as_deref(), Some("the cart was emptied"));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Ledger::execute`].
    pub fn cancel_invoice(&self, invoice: impl Into<InvoiceId>, reason: Option<String>) -> Result<InvoiceView, Error> {
        self.advance_invoice(AdvanceInvoice::cancel(invoice, reason))
    }

    /// Takes any step of an invoice that moves no money.
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
    /// # ledger.define_channel(NewChannel::new("M-PESA", [Currency::KES]))?;
    /// # let payer = Party::msisdn("+254722000001");
    /// # let order = NewInvoice::new(moves, "M-PESA", book.money("100")?, payer, "order-77").into_account(wallet);
    /// # let invoice = ledger.issue_invoice(order)?;
    /// let step = AdvanceInvoice::new(invoice.id, InvoiceStep::Process).keyed("callback-9");
    /// assert_eq!(ledger.advance_invoice(step)?.state, InvoiceState::Processing);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Ledger::execute`].
    pub fn advance_invoice(&self, given: AdvanceInvoice) -> Result<InvoiceView, Error> {
        let invoice = given.invoice;
        self.execute(given)?;
        self.view()?.invoice(invoice)
    }
}
