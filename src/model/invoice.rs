//! An invoice: money that is expected from somebody outside. It moves nothing before it is complete.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::words::words;
use super::{
    AccountId, Charge, ClientId, FeeBearer, InvalidId, Metadata, Party, Reference, Sequence, ServiceId, Timestamp,
};
use crate::money::{Amount, Currency};

/// An invoice's identifier: the sequence of the entry that issued it.
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
/// // To a text of the host's and back.
/// let id: InvoiceId = invoice.id.to_string().parse()?;
/// ledger.complete_invoice(id)?;
/// assert_eq!(ledger.view()?.invoice(id)?.state, InvoiceState::Complete);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InvoiceId(pub Sequence);

impl fmt::Display for InvoiceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for InvoiceId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl From<Sequence> for InvoiceId {
    fn from(issued: Sequence) -> Self {
        Self(issued)
    }
}

/// How far a collection has come.
///
/// `Pending → Processing → Complete | Failed | Cancelled | Expired`; `Processing` may be left out, and the four at the
/// end are final.
///
/// ```
/// use pacioli::prelude::*;
///
/// assert!(InvoiceState::Processing.is_open() && !InvoiceState::Complete.is_open());
/// assert!(InvoiceState::Pending.leads_to(InvoiceState::Complete)); // without a word of its beginning
/// assert!(!InvoiceState::Complete.leads_to(InvoiceState::Failed));
/// assert_eq!("Expired".parse(), Ok(InvoiceState::Expired));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum InvoiceState {
    /// Issued; nobody has begun to pay.
    Pending,
    /// A payment has begun, and the channel has not said how it ended.
    Processing,
    /// Paid: the money is posted, once.
    Complete,
    /// The payment failed: nothing was posted.
    Failed,
    /// Called off.
    Cancelled,
    /// Not paid in time.
    Expired,
}

impl InvoiceState {
    /// Whether the collection may still end in one way or another.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Pending | Self::Processing)
    }

    /// Whether an invoice can pass from this state to another.
    pub const fn leads_to(self, to: Self) -> bool {
        match (self, to) {
            (Self::Pending, Self::Processing) => true,
            (_, Self::Pending | Self::Processing) => false,
            (from, Self::Complete | Self::Failed | Self::Cancelled | Self::Expired) => from.is_open(),
        }
    }
}

words! {
    /// What people read.
    InvoiceState, "state of an invoice":
    Pending => "Pending",
    Processing => "Processing",
    Complete => "Complete",
    Failed => "Failed",
    Cancelled => "Cancelled",
    Expired => "Expired",
}

/// Why a payment failed, in the channel's words.
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
/// let failure = InvoiceFailure::new("the customer gave no PIN")
///     .coded("1037")
///     .explained_at("https://example.org/codes#1037");
/// let invoice = ledger.fail_invoice(invoice.id, failure)?;
/// assert_eq!(invoice.failure.as_ref().and_then(|failure| failure.code.as_deref()), Some("1037"));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceFailure {
    /// What happened.
    pub reason: String,
    /// The channel's code for it.
    pub code: Option<String>,
    /// Where the code is explained.
    pub code_link: Option<String>,
}

impl InvoiceFailure {
    /// A failure for this reason.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), code: None, code_link: None }
    }

    /// Adds the channel's code.
    #[must_use]
    pub fn coded(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// Adds where the code is explained.
    #[must_use]
    pub fn explained_at(mut self, link: impl Into<String>) -> Self {
        self.code_link = Some(link.into());
        self
    }
}

/// An invoice as it stands after its last step. Amounts are minor units of its currency.
///
/// Invariants, kept by `rules` and proved by `verify`: `value` is what the account nets and the charge together, at
/// every moment, since what the account nets is told from the two; there is a failure exactly in state `Failed`, and an
/// entry that completed it exactly in state `Complete`.
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
/// // Less came than was asked for, and is taken.
/// let less = CompleteInvoice::new(invoice.id).received(book.money("60")?);
/// let receipt = ledger.complete_invoice(less)?;
/// let invoice = ledger.view()?.invoice(invoice.id)?;
/// assert_eq!((invoice.asked, invoice.amount), (book.amount("100")?, book.amount("60")?));
/// assert_eq!((invoice.net(), invoice.completed_in), (book.amount("60")?, Some(receipt.sequence())));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invoice {
    /// Its identifier.
    pub id: InvoiceId,
    /// How far the collection has come.
    pub state: InvoiceState,
    /// The client who collects.
    pub client: ClientId,
    /// The account that the money goes to.
    pub account: AccountId,
    /// The service whose tariff and limits it is collected under.
    pub service: ServiceId,
    /// The channel that it is collected by.
    pub channel: String,
    /// Who runs the channel, if that was said.
    pub provider: Option<String>,
    /// The currency, which is the account's.
    pub currency: Currency,
    /// What the payer was asked for.
    pub asked: Amount,
    /// What the payer pays: what was asked for, or what came instead.
    pub amount: Amount,
    /// What collecting it costs: before it is complete, what it would cost by the tariff of the day it was issued.
    pub charge: Charge,
    /// Who bears the charge.
    pub bearer: FeeBearer,
    /// Whom the money is expected from.
    pub payer: Party,
    /// What statements will say of it.
    pub narrative: Option<String>,
    /// The caller's names for things outside.
    pub references: Vec<Reference>,
    /// The caller's facts.
    pub metadata: Metadata,
    /// Why the payment failed.
    pub failure: Option<InvoiceFailure>,
    /// Why it was called off, if that was said.
    pub cancel_reason: Option<String>,
    /// Until when it can be paid, inclusive; `None` for ever.
    pub expires_at: Option<Timestamp>,
    /// When it was issued.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// The entry that last changed it.
    pub updated_in: Sequence,
    /// The entry that moved the money: reverse it to refund.
    pub completed_in: Option<Sequence>,
}

impl Invoice {
    /// What the account nets, in minor units: the amount, less the charge.
    pub fn net(&self) -> Amount {
        // A charge never passes the amount: whoever bears it, the payer pays for it.
        self.charge.total().and_then(|charge| self.amount.minus(charge)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_ended_leads_nowhere() {
        use InvoiceState::*;
        let all = [Pending, Processing, Complete, Failed, Cancelled, Expired];
        let ways = |from: InvoiceState| all.into_iter().filter(|to| from.leads_to(*to)).collect::<Vec<_>>();
        assert_eq!(ways(Pending), [Processing, Complete, Failed, Cancelled, Expired]);
        assert_eq!(ways(Processing), [Complete, Failed, Cancelled, Expired]);
        for end in [Complete, Failed, Cancelled, Expired] {
            assert!(ways(end).is_empty() && !end.is_open(), "{end:?}");
        }
    }
}
