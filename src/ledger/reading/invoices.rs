//! Channels and invoices, as they stood at the view's sequence.

use std::ops::{ControlFlow, Deref};

use serde::Serialize;

use super::listing::{Cursor, CursorKind, ListOrder, Listing, Page};
use super::reader::Reader;
use crate::layout::keys::{ACCOUNT_INVOICES, CHANNELS, CLIENT_INVOICES};
use crate::layout::load;
use crate::ledger::core::{reference_digest, references};
use crate::ledger::error::Error;
use crate::ledger::view::View;
use crate::model::{
    AccountId, Channel, ChannelId, ClientId, Effect, Entry, Event, Invoice, InvoiceEvent, InvoiceId, InvoiceState,
    Reference, Sequence,
};
use crate::money::{Amount, Money};
use crate::rules::{Name, Place, Record, Rejection};
use crate::store::{Order, Table};

/// An invoice with its figures.
///
/// Invariant: `value` is `net_amount` and `charges` together, in every state. Before the invoice is complete, charges
/// and net amount are what they would be by the tariff of the day it was issued.
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
/// # let fee = Fee::percentage("3%".parse()?);
/// # let sales = ledger.define_service(NewService::new(client, book.id, "SALES").fee(fee))?.id;
/// # let payer = Party::msisdn("+254722000001");
/// let order = NewInvoice::new(sales, "M-PESA", book.money("100")?, payer, "order-77").into_account(wallet);
/// let invoice = ledger.issue_invoice(order)?; // under a service with a fee of 3 %
/// assert_eq!((invoice.value, invoice.charges), (book.money("100")?, book.money("3")?));
/// assert_eq!(invoice.net_amount, book.money("97")?);
/// assert_eq!((invoice.state, invoice.account), (InvoiceState::Pending, wallet)); // as of an `Invoice`
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct InvoiceView {
    /// The invoice.
    #[serde(flatten)]
    pub invoice: Invoice,
    /// What the payer pays.
    pub value: Money,
    /// What collecting it costs: fee and tax together.
    pub charges: Money,
    /// What the account nets.
    pub net_amount: Money,
    /// How much of the credit has been reversed since: charges that came on top are not in it.
    pub refunded: Money,
}

impl Deref for InvoiceView {
    type Target = Invoice;

    fn deref(&self) -> &Invoice {
        &self.invoice
    }
}

/// Which invoices are wanted.
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
/// let view = ledger.view()?;
/// let count = |filter| Ok::<_, Error>(view.invoices(filter, Listing::default())?.items.len());
/// assert_eq!(count(InvoiceFilter::of_account(wallet))?, 1);
/// assert_eq!(count(InvoiceFilter::of_client(client).in_state(InvoiceState::Pending))?, 1);
/// assert_eq!(count(InvoiceFilter::of_client(client).in_state(InvoiceState::Complete))?, 0);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvoiceFilter {
    whose: Whose,
    state: Option<InvoiceState>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    Client(ClientId),
    Account(AccountId),
}

impl InvoiceFilter {
    /// The invoices that a client issued, to all its accounts.
    pub const fn of_client(client: ClientId) -> Self {
        Self { whose: Whose::Client(client), state: None }
    }

    /// The invoices whose money goes to an account.
    pub const fn of_account(account: AccountId) -> Self {
        Self { whose: Whose::Account(account), state: None }
    }

    /// Of them, those in this state.
    #[must_use]
    pub const fn in_state(mut self, state: InvoiceState) -> Self {
        self.state = Some(state);
        self
    }

    /// The table that lists them, and the list that cursors belong to.
    const fn scope(self) -> (Table, CursorKind, u64) {
        match self.whose {
            Whose::Client(client) => (CLIENT_INVOICES, CursorKind::InvoicesOfClient, client.0),
            Whose::Account(account) => (ACCOUNT_INVOICES, CursorKind::InvoicesOfAccount, account.0),
        }
    }
}

/// How many invoices one page looks at, at most: where few are in the state asked for, a page ends with a cursor
/// before it is full.
const LOOKED_AT: usize = 10_000;

/// Channels and invoices.
impl View {
    /// The channel with a code.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// let ledger = Ledger::in_memory()?;
    /// ledger.define_channel(NewChannel::new("M-PESA", [Currency::KES]))?;
    /// let channel = ledger.view()?.channel("M-PESA")?;
    /// assert!(channel.active && channel.takes(Currency::KES) && !channel.takes(Currency::USD));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Rejection::ChannelNotFound`] when there is none.
    pub fn channel(&self, code: &str) -> Result<Channel, Error> {
        let mut reader = self.reader();
        let found = match reader.holder(Name::Channel(code.to_owned()))? {
            Some(id) => reader.channel(ChannelId(Sequence(id)))?,
            None => None,
        };
        found.ok_or_else(|| Rejection::ChannelNotFound { channel: code.to_owned() }.into())
    }

    /// All channels, in the order of definition.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// let ledger = Ledger::in_memory()?;
    /// ledger.define_channel(NewChannel::new("M-PESA", [Currency::KES]))?;
    /// ledger.define_channel(NewChannel::new("CARD", [Currency::KES, Currency::USD]))?;
    /// let codes: Vec<_> = ledger.view()?.channels()?.into_iter().map(|channel| channel.code).collect();
    /// assert_eq!(codes, ["M-PESA", "CARD"]);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// When storage cannot be read.
    pub fn channels(&self) -> Result<Vec<Channel>, Error> {
        let mut reader = self.reader();
        let ids = load::firsts(reader.snapshot()?, CHANNELS)?;
        let channels = ids.into_iter().map(|id| reader.channel(ChannelId(Sequence(id)))).filter_map(Result::transpose);
        channels.collect()
    }

    /// An invoice, by the entry that issued it.
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
    /// assert_eq!(ledger.view()?.invoice(invoice.id)?.value, book.money("100")?);
    /// // Who was never issued one is told so.
    /// assert!(ledger.view()?.invoice(Sequence(1)).is_err());
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Rejection::InvoiceNotFound`] when that entry issued none.
    pub fn invoice(&self, invoice: impl Into<InvoiceId>) -> Result<InvoiceView, Error> {
        let (mut reader, invoice) = (self.reader(), invoice.into());
        let record = reader.invoice(invoice)?.ok_or(Rejection::InvoiceNotFound { invoice })?;
        reader.shown_invoice(record)
    }

    /// A client's or an account's invoices, in the order of issue.
    ///
    /// Where a state is asked for, a page may hold fewer than its limit, or none, and still have a next one.
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
    /// let unpaid = InvoiceFilter::of_client(client).in_state(InvoiceState::Pending);
    /// assert_eq!(ledger.view()?.invoices(unpaid.clone(), Listing::default())?.items[0].id, invoice.id);
    /// ledger.complete_invoice(invoice.id)?;
    /// assert!(ledger.view()?.invoices(unpaid, Listing::default())?.items.is_empty());
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidCursor`] when the cursor is of another list; [`Rejection::ClientNotFound`] or
    /// [`Rejection::AccountNotFound`] when there is no such client or account.
    pub fn invoices(&self, filter: InvoiceFilter, listing: Listing) -> Result<Page<InvoiceView>, Error> {
        let mut reader = self.reader();
        match filter.whose {
            Whose::Client(client) => drop(reader.client(client)?),
            Whose::Account(account) => drop(reader.account(account)?),
        }
        let (table, kind, subject) = filter.scope();
        let place = listing.place(kind, subject)?.map(|(invoice, _)| invoice);
        let (mut invoices, mut looked_at, mut place) = (Vec::new(), 0, place);
        let next = loop {
            let ids = reader.listed_invoices(table, subject, place, listing.order)?;
            if ids.is_empty() {
                break None;
            }
            for id in ids {
                if invoices.len() >= listing.limit || looked_at >= LOOKED_AT {
                    break;
                }
                (place, looked_at) = (Some(id), looked_at.saturating_add(1));
                let invoice = reader.invoice(InvoiceId(Sequence(id)))?;
                let wanted = |invoice: &Invoice| filter.state.is_none_or(|state| state == invoice.state);
                if let Some(invoice) = invoice.filter(wanted) {
                    invoices.push(reader.shown_invoice(invoice)?);
                }
            }
            if invoices.len() >= listing.limit || looked_at >= LOOKED_AT {
                let more = !reader.listed_invoices(table, subject, place, listing.order)?.is_empty();
                break place.filter(|_| more);
            }
        };
        Ok(Page { items: invoices, next: next.map(|place| Cursor::new(kind, subject, (place, 0))) })
    }

    /// The invoices that carry a reference, or whose completion does, in the order in which they came to.
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
    /// let order = NewInvoice::new(moves, "M-PESA", book.money("100")?, payer, "order-77").into_account(wallet);
    /// let invoice = ledger.issue_invoice(order.referring("cart", "c-9"))?;
    /// // By the shop's name for it, and by what the channel told later.
    /// ledger.complete_invoice(CompleteInvoice::new(invoice.id).referring("mpesa", "SJK4H7XYZ1"))?;
    /// for (kind, name) in [("cart", "c-9"), ("mpesa", "SJK4H7XYZ1")] {
    ///     assert_eq!(ledger.view()?.invoices_referring(kind, name, Listing::default())?.items[0].id, invoice.id);
    /// }
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidCursor`] when the cursor is of another list.
    pub fn invoices_referring(&self, kind: &str, id: &str, listing: Listing) -> Result<Page<InvoiceView>, Error> {
        let mut reader = self.reader();
        let reference = Reference::new(kind, id);
        let digest = reference_digest(&self.shared().given.secret, &reference);
        let subject = u64::from_be_bytes(digest.0.first_chunk().copied().unwrap_or_default());
        let after = listing.place(CursorKind::InvoicesReferring, subject)?.map(|(entry, _)| entry);
        let mut found = reader.find(digest)?;
        if listing.order == ListOrder::NewestFirst {
            found.reverse();
        }
        found.retain(|entry| {
            after.is_none_or(|after| match listing.order {
                ListOrder::OldestFirst => entry.0 > after,
                ListOrder::NewestFirst => entry.0 < after,
            })
        });
        let mut invoices = Vec::new();
        for sequence in found {
            if invoices.len() > listing.limit {
                break;
            }
            let entry = reader.entry(sequence)?;
            if references(&entry).contains(&reference)
                && let Some(invoice) = reader.referring(&entry, &reference)?
            {
                invoices.push((sequence, invoice));
            }
        }
        let cursor = |(entry, _): &(Sequence, _)| Cursor::new(CursorKind::InvoicesReferring, subject, (entry.0, 0));
        let page = Page::cut(invoices, listing.limit, cursor);
        page.try_map(|(_, invoice)| reader.shown_invoice(invoice))
    }
}

/// How many identifiers of invoices are read at a time.
const READ: usize = 256;

impl Reader<'_> {
    fn channel(&mut self, channel: ChannelId) -> Result<Option<Channel>, Error> {
        match self.record(&Place::Channel(channel))? {
            Some(Record::Channel(record)) => Ok(Some((*record).clone())),
            _ => Ok(None),
        }
    }

    fn invoice(&mut self, invoice: InvoiceId) -> Result<Option<Invoice>, Error> {
        match self.record(&Place::Invoice(invoice))? {
            Some(Record::Invoice(record)) => Ok(Some((*record).clone())),
            _ => Ok(None),
        }
    }

    fn shown_invoice(&mut self, invoice: Invoice) -> Result<InvoiceView, Error> {
        let refunded = match invoice.completed_in {
            Some(entry) => self.reversed(entry)?.map_or(Amount::ZERO, |reversed| reversed.total),
            None => Amount::ZERO,
        };
        let money = |amount| invoice.currency.amount(amount);
        Ok(InvoiceView {
            value: money(invoice.amount),
            charges: money(invoice.charge.total().unwrap_or_default()),
            net_amount: money(invoice.net()),
            refunded: money(refunded),
            invoice,
        })
    }

    /// Some of the invoices listed under `subject`, after a place; none when there are no more. Those issued after the
    /// view stand at the end.
    fn listed_invoices(
        &mut self,
        table: Table,
        subject: u64,
        after: Option<u64>,
        order: ListOrder,
    ) -> Result<Vec<u64>, Error> {
        let last = self.at.0;
        let (way, after) = match order {
            ListOrder::OldestFirst => (Order::Ascending, after),
            ListOrder::NewestFirst => {
                let end = last.saturating_add(1);
                (Order::Descending, Some(after.map_or(end, |after| after.min(end))))
            }
        };
        let mut found = Vec::new();
        load::seconds(self.snapshot()?, table, subject, after, way, &mut |invoice| {
            if invoice > last {
                return ControlFlow::Break(());
            }
            found.push(invoice);
            if found.len() < READ { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        Ok(found)
    }

    /// The invoice that an entry with this reference issued, or completed without the invoice having it already.
    fn referring(&mut self, entry: &Entry, reference: &Reference) -> Result<Option<Invoice>, Error> {
        match &entry.event {
            Event::Invoice(event) if matches!(**event, InvoiceEvent::Issued { .. }) => {
                self.invoice(InvoiceId(entry.sequence))
            }
            Event::Posted(posted) => {
                let completed = posted.effects.iter().find_map(|effect| match effect {
                    Effect::InvoiceCompleted { invoice, .. } => Some(*invoice),
                    _ => None,
                });
                let invoice = completed.map(|invoice| self.invoice(invoice)).transpose()?.flatten();
                Ok(invoice.filter(|invoice| !invoice.references.contains(reference)))
            }
            _ => Ok(None),
        }
    }
}
