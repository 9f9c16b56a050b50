//! What is asked of invoices before money moves, and what the journal records of it.

use serde::{Deserialize, Serialize};

use super::{
    AccountId, ChannelChange, ChannelId, Charge, FeeBearer, InvoiceFailure, InvoiceId, InvoiceState, Metadata,
    NewChannel, Party, Reference, ServiceId, Timestamp,
};
use crate::money::{Amount, Currency, Money};

/// An invoice to be issued under a service of the client who collects. It moves no money.
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
/// let tomorrow = ledger.now().plus_ns(86_400_000_000_000);
/// let order = NewInvoice::new(moves, "M-PESA", book.money("100")?, Party::msisdn("+254712345678"), "order-77")
///     .into_account(wallet) // the client's SETTLEMENT account if nothing is said
///     .referring("order", "77")
///     .narrated("Order 77")
///     .until(tomorrow);
/// let invoice = ledger.issue_invoice(order)?;
/// assert_eq!((invoice.state, invoice.expires_at), (InvoiceState::Pending, Some(tomorrow)));
/// assert!(ledger.view()?.balance(wallet)?.current.is_zero()); // money is expected, and none has moved
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewInvoice {
    /// The service whose tariff and limits it is collected under; its client collects.
    pub service: ServiceId,
    /// The account that the money goes to; `None` for the client's SETTLEMENT account in the service's book.
    pub account: Option<AccountId>,
    /// The channel that it is collected by, by its code.
    pub channel: String,
    /// Who runs the channel.
    pub provider: Option<String>,
    /// How much, above zero: what the payer pays. Where the payer bears the charge, what the account is to net; the
    /// charge comes on top.
    pub money: Money,
    /// Who bears the charge: the payee unless said otherwise, whatever the service says of its other operations.
    pub bearer: FeeBearer,
    /// Whom the money is expected from.
    pub payer: Party,
    /// What statements will say of it.
    pub narrative: Option<String>,
    /// The caller's names for things outside: the invoice, and the entry that completes it, can be found by them.
    pub references: Vec<Reference>,
    /// The caller's facts.
    pub metadata: Metadata,
    /// Until when it can be paid, inclusive; `None` for ever.
    pub expires_at: Option<Timestamp>,
    /// The caller's name for the command.
    pub key: Box<str>,
}

impl NewInvoice {
    /// An invoice to the client's SETTLEMENT account; the payee bears the charge.
    pub fn new(
        service: ServiceId,
        channel: impl Into<String>,
        money: Money,
        payer: Party,
        key: impl Into<Box<str>>,
    ) -> Self {
        Self {
            service,
            account: None,
            channel: channel.into(),
            provider: None,
            money,
            bearer: FeeBearer::Payee,
            payer,
            narrative: None,
            references: Vec::new(),
            metadata: Metadata::new(),
            expires_at: None,
            key: key.into(),
        }
    }

    /// Sends the money to this account.
    #[must_use]
    pub fn into_account(mut self, account: AccountId) -> Self {
        self.account = Some(account);
        self
    }

    /// Says who runs the channel.
    #[must_use]
    pub fn run_by(mut self, provider: impl Into<String>) -> Self {
        self.provider = Some(provider.into());
        self
    }

    /// Says who bears the charge.
    #[must_use]
    pub fn borne_by(mut self, bearer: FeeBearer) -> Self {
        self.bearer = bearer;
        self
    }

    /// Says what statements will show.
    #[must_use]
    pub fn narrated(mut self, narrative: impl Into<String>) -> Self {
        self.narrative = Some(narrative.into());
        self
    }

    /// Attaches the caller's name for something outside, by which the invoice can be found.
    #[must_use]
    pub fn referring(mut self, kind: impl Into<String>, id: impl Into<String>) -> Self {
        self.references.push(Reference::new(kind, id));
        self
    }

    /// Attaches the caller's facts.
    #[must_use]
    pub fn with(mut self, metadata: Metadata) -> Self {
        self.metadata = metadata;
        self
    }

    /// Lets it be paid until this instant.
    #[must_use]
    pub fn until(mut self, expires_at: Timestamp) -> Self {
        self.expires_at = Some(expires_at);
        self
    }
}

/// A step of an invoice that moves no money. What completes one is [`CompleteInvoice`](crate::CompleteInvoice).
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
/// assert_eq!(InvoiceStep::Process.state(), InvoiceState::Processing);
/// let cancel = AdvanceInvoice::new(invoice.id, InvoiceStep::Cancel { reason: None });
/// assert_eq!(ledger.advance_invoice(cancel)?.state, InvoiceState::Cancelled);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InvoiceStep {
    /// A payment has begun.
    Process,
    /// The payment failed.
    Fail {
        /// Why.
        failure: InvoiceFailure,
    },
    /// It is called off.
    Cancel {
        /// Why, if that is to be said.
        reason: Option<String>,
    },
    /// Its time is over.
    Expire {
        /// The time gone by: not before the invoice expires, and not after the ledger's clock.
        at: Timestamp,
    },
}

impl InvoiceStep {
    /// The state that it leads to.
    pub const fn state(&self) -> InvoiceState {
        match self {
            Self::Process => InvoiceState::Processing,
            Self::Fail { .. } => InvoiceState::Failed,
            Self::Cancel { .. } => InvoiceState::Cancelled,
            Self::Expire { .. } => InvoiceState::Expired,
        }
    }
}

/// A step of an invoice to be taken.
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
/// // What `Ledger::process_invoice` and its like give; in a transaction or a batch it is given by itself.
/// let steps = vec![AdvanceInvoice::process(invoice.id).into(), CompleteInvoice::new(invoice.id).into()];
/// assert!(ledger.submit_batch(steps, Atomicity::All)?.iter().all(Result::is_ok));
/// assert_eq!(ledger.view()?.invoice(invoice.id)?.state, InvoiceState::Complete);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdvanceInvoice {
    /// The invoice.
    pub invoice: InvoiceId,
    /// The step.
    pub step: InvoiceStep,
    /// The caller's name for the command; without one it has a name of its own, made of the step and the invoice.
    pub key: Option<Box<str>>,
}

impl AdvanceInvoice {
    /// Takes a step of an invoice.
    pub fn new(invoice: impl Into<InvoiceId>, step: InvoiceStep) -> Self {
        Self { invoice: invoice.into(), step, key: None }
    }

    /// A payment of it has begun.
    pub fn process(invoice: impl Into<InvoiceId>) -> Self {
        Self::new(invoice, InvoiceStep::Process)
    }

    /// Its payment failed.
    pub fn fail(invoice: impl Into<InvoiceId>, failure: InvoiceFailure) -> Self {
        Self::new(invoice, InvoiceStep::Fail { failure })
    }

    /// It is called off.
    pub fn cancel(invoice: impl Into<InvoiceId>, reason: Option<String>) -> Self {
        Self::new(invoice, InvoiceStep::Cancel { reason })
    }

    /// Its time is over. `Ledger::settle_due` gives this command for all that is due.
    pub fn expire(invoice: impl Into<InvoiceId>, at: Timestamp) -> Self {
        Self::new(invoice, InvoiceStep::Expire { at })
    }

    /// Names the command.
    #[must_use]
    pub fn keyed(mut self, key: impl Into<Box<str>>) -> Self {
        self.key = Some(key.into());
        self
    }
}

/// What happened to channels and invoices without moving money.
///
/// ```
/// use pacioli::prelude::*;
/// use pacioli::{Event, InvoiceEvent};
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
/// let issued = ledger.view()?.entry(invoice.id.0)?;
/// let Event::Invoice(event) = &issued.event else { panic!("an invoice") };
/// match &**event {
///     InvoiceEvent::Issued { account, asked, .. } => assert_eq!((*account, *asked), (wallet, book.amount("100")?)),
///     other => panic!("{other:?}"),
/// }
/// # Ok::<(), Error>(())
/// ```
// Entries keep it in a box.
#[allow(clippy::large_enum_variant)]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum InvoiceEvent {
    /// A channel was defined: its identifier is the entry's sequence.
    ChannelDefined {
        /// As given.
        given: NewChannel,
    },
    /// A channel was changed.
    ChannelChanged {
        /// The channel.
        channel: ChannelId,
        /// As given.
        given: ChannelChange,
    },
    /// An invoice was issued: its identifier is the entry's sequence.
    Issued {
        /// As given.
        given: NewInvoice,
        /// The account that the money goes to, given or found.
        account: AccountId,
        /// The currency, which is the account's.
        currency: Currency,
        /// What the payer is asked for, in minor units of the currency.
        asked: Amount,
        /// What collecting it would cost by the tariff of the day.
        charge: Charge,
    },
    /// An invoice took a step.
    Advanced {
        /// The invoice.
        invoice: InvoiceId,
        /// The step, as given.
        step: InvoiceStep,
    },
}
