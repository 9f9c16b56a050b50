//! Payouts: batches of sums to many beneficiaries, previewed, signed, held as a whole and settled item by item.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{
    AccountId, BookId, Charge, ClientId, DeviceId, Metadata, Nonce, Party, PayoutId, PayoutItemId, Sequence, ServiceId,
    Signature, Timestamp, TrackingId,
};
use crate::money::{Amount, Currency, Money};

/// Who carries out a payout, by code. The list is open: any code of a host's own stands for a provider outside.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Provider(pub Cow<'static, str>);

impl Provider {
    /// The ledger itself: every beneficiary is one of its accounts.
    pub const INTASEND: Self = Self(Cow::Borrowed("INTASEND"));
    /// M-Pesa, from business to customer: beneficiaries outside.
    pub const MPESA_B2C: Self = Self(Cow::Borrowed("MPESA-B2C"));

    /// A provider of the host's own, outside the ledger.
    pub fn new(code: impl Into<String>) -> Self {
        Self(Cow::Owned(code.into()))
    }

    /// Its code.
    pub fn code(&self) -> &str {
        &self.0
    }

    /// Whether it reaches accounts of the ledger alone.
    pub fn is_internal(&self) -> bool {
        *self == Self::INTASEND
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// Whom an item pays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Beneficiary {
    /// Somebody outside, reached by the provider: a telephone number, a bank account. Kept and signed as given.
    External(Party),
    /// An account of the same book.
    Account(AccountId),
}

impl From<Party> for Beneficiary {
    fn from(party: Party) -> Self {
        Self::External(party)
    }
}

impl From<AccountId> for Beneficiary {
    fn from(account: AccountId) -> Self {
        Self::Account(account)
    }
}

/// One item of a payout that is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewPayoutItem {
    /// Whom it pays.
    pub beneficiary: Beneficiary,
    /// The beneficiary's name, if known.
    pub name: Option<String>,
    /// How much the beneficiary gets; above zero. The charge comes on top.
    pub amount: Money,
    /// What statements say of it.
    pub narrative: Option<String>,
    /// The caller's own name for it, by which its entries can be found.
    pub reference: Option<String>,
}

impl NewPayoutItem {
    /// Pays `amount` to `beneficiary`.
    pub fn new(beneficiary: impl Into<Beneficiary>, amount: Money) -> Self {
        Self { beneficiary: beneficiary.into(), name: None, amount, narrative: None, reference: None }
    }

    /// Names the beneficiary.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Says what statements show.
    #[must_use]
    pub fn narrated(mut self, narrative: impl Into<String>) -> Self {
        self.narrative = Some(narrative.into());
        self
    }

    /// Gives it the caller's own name.
    #[must_use]
    pub fn referring(mut self, reference: impl Into<String>) -> Self {
        self.reference = Some(reference.into());
        self
    }
}

/// When a payout that waits for its signatures expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expiry {
    /// So many nanoseconds after it is initiated.
    After(i64),
    /// At this instant.
    At(Timestamp),
}

impl Expiry {
    /// A day.
    pub const DEFAULT: Self = Self::After(86_400_000_000_000);
    /// The longest that a payout may wait: thirty days, in nanoseconds.
    pub const LONGEST_NS: i64 = 30 * 86_400_000_000_000;
}

/// Who must sign: `needed` of `devices`, each at most once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approvers {
    /// How many must sign; from 1 to the number of devices.
    pub needed: u16,
    /// Who may; the initiating device need not be among them.
    pub devices: Vec<DeviceId>,
}

/// A payout to be initiated. No money moves by it, nor is any held, unless asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewPayout {
    /// The device that initiates it, and approves it unless `approvers` says otherwise.
    pub device: DeviceId,
    /// The service that it runs under: it must allow debits. Its limits and tariff apply to each item.
    pub service: ServiceId,
    /// The account that pays: amounts and charges.
    pub source: AccountId,
    /// Who carries it out.
    pub provider: Provider,
    /// The currency of every item, which is the source's.
    pub currency: Currency,
    /// The items, in the order signed; at most [`Limits::PAYOUT_ITEMS`](super::Limits::PAYOUT_ITEMS).
    pub items: Vec<NewPayoutItem>,
    /// Until when it can be approved.
    pub expiry: Expiry,
    /// Who must sign; the initiating device alone without.
    pub approvers: Option<Approvers>,
    /// Whether the total and the charges are held at once instead of when it is approved. Such a command needs a key.
    pub reserve_on_initiate: bool,
    /// The caller's facts; signed too.
    pub metadata: Metadata,
    /// The caller's name for the command: giving it again under the same name replays it.
    pub key: Option<String>,
}

impl NewPayout {
    /// A payout without items yet, for a day, approved by the device that initiates it.
    pub fn new(
        device: DeviceId,
        service: ServiceId,
        source: AccountId,
        provider: Provider,
        currency: Currency,
    ) -> Self {
        Self {
            device,
            service,
            source,
            provider,
            currency,
            items: Vec::new(),
            expiry: Expiry::DEFAULT,
            approvers: None,
            reserve_on_initiate: false,
            metadata: Metadata::new(),
            key: None,
        }
    }

    /// Adds an item.
    #[must_use]
    pub fn item(mut self, item: NewPayoutItem) -> Self {
        self.items.push(item);
        self
    }

    /// Says until when it can be approved.
    #[must_use]
    pub fn expiring(mut self, expiry: Expiry) -> Self {
        self.expiry = expiry;
        self
    }

    /// Asks for the signatures of `needed` of these devices.
    #[must_use]
    pub fn approved_by(mut self, needed: u16, devices: impl IntoIterator<Item = DeviceId>) -> Self {
        self.approvers = Some(Approvers { needed, devices: devices.into_iter().collect() });
        self
    }

    /// Who must sign: those named, or the device that initiates it.
    pub fn signers(&self) -> Approvers {
        self.approvers.clone().unwrap_or_else(|| Approvers { needed: 1, devices: vec![self.device] })
    }

    /// Holds the total and the charges at once.
    #[must_use]
    pub fn reserved(mut self) -> Self {
        self.reserve_on_initiate = true;
        self
    }

    /// Attaches the caller's facts.
    #[must_use]
    pub fn with(mut self, metadata: Metadata) -> Self {
        self.metadata = metadata;
        self
    }

    /// Names the command, so that giving it again replays it.
    #[must_use]
    pub fn keyed(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }
}

/// Where a payout stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum PayoutState {
    /// It waits for its signatures.
    #[serde(rename = "Preview and approve")]
    PreviewAndApprove,
    /// It is signed, and its total is held.
    Approved,
    /// Something has become of an item.
    Processing,
    /// Every item has come to its end.
    Completed,
    /// It was ended after it was approved and before anything became of an item.
    Failed,
    /// It was given up before it was approved.
    Cancelled,
    /// Nobody approved it in time.
    Expired,
}

impl PayoutState {
    /// What people read.
    pub const fn text(self) -> &'static str {
        match self {
            Self::PreviewAndApprove => "Preview and approve",
            Self::Approved => "Approved",
            Self::Processing => "Processing",
            Self::Completed => "Completed",
            Self::Failed => "Failed",
            Self::Cancelled => "Cancelled",
            Self::Expired => "Expired",
        }
    }
}

impl fmt::Display for PayoutState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

/// Where an item of a payout stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum PayoutItemState {
    /// Nothing has become of it.
    Pending,
    /// The provider has it.
    Processing,
    /// What became of it is being looked into; its share stays held.
    Unknown,
    /// The beneficiary has the money.
    Successful,
    /// The provider could not pay it; its share was released.
    Failed,
    /// It was called off; its share was released.
    Cancelled,
    /// It was paid and came back later.
    Returned,
}

impl PayoutItemState {
    /// What people read.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Processing => "Processing",
            Self::Unknown => "Unknown",
            Self::Successful => "Successful",
            Self::Failed => "Failed",
            Self::Cancelled => "Cancelled",
            Self::Returned => "Returned",
        }
    }

    /// Whether it has not come to its end.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Pending | Self::Processing | Self::Unknown)
    }
}

impl fmt::Display for PayoutItemState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

/// One signature that a payout has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Whose.
    pub device: DeviceId,
    /// Which of the device's keys.
    pub key_version: u32,
    /// The signature.
    pub signature: Signature,
    /// When it was given.
    pub approved_at: Timestamp,
    /// The entry that records it.
    pub approved_in: Sequence,
}

/// A payout, without its items. Amounts are minor units of its currency.
///
/// Invariant, kept by `rules` and rebuilt by `verify`: at every moment
/// `paid_total + failed_total + cancelled_total + pending_total() = total`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payout {
    /// Its identifier.
    pub id: PayoutId,
    /// What the world outside calls it.
    pub tracking_id: TrackingId,
    /// Whose money it is.
    pub client: ClientId,
    /// The device that initiated it.
    pub device: DeviceId,
    /// The service that it runs under, in the version that priced it.
    pub service: (ServiceId, u32),
    /// The account that pays.
    pub source: AccountId,
    /// Its book.
    pub book: BookId,
    /// Its currency.
    pub currency: Currency,
    /// Who carries it out.
    pub provider: Provider,
    /// Who must sign.
    pub approvers: Approvers,
    /// Whether its total was held when it was initiated.
    pub reserved: bool,
    /// The number used once that its signatures cover.
    pub nonce: Nonce,
    /// From when on it can no longer be approved.
    pub expires_at: Timestamp,
    /// The caller's facts.
    pub metadata: Metadata,
    /// How many items it has; they are numbered from 1.
    pub items: u16,
    /// How many of them have not come to their end.
    pub open_items: u16,
    /// What the beneficiaries get, all items together.
    pub total: Amount,
    /// What the items cost by the tariff: held, and the most that they can cost.
    pub charge_estimate: Amount,
    /// Where it stands.
    pub state: PayoutState,
    /// The signatures that it has.
    pub approvals: Vec<Approval>,
    /// What beneficiaries were paid, returned since or not.
    pub paid_total: Amount,
    /// What could not be paid.
    pub failed_total: Amount,
    /// What was called off.
    pub cancelled_total: Amount,
    /// What of the paid total came back.
    pub returned_total: Amount,
    /// What the items paid have cost, less what was given back with returned ones.
    pub actual_charges: Amount,
    /// Why it was cancelled or ended, if that was said.
    pub reason: Option<String>,
    /// When it was initiated.
    pub initiated_at: Timestamp,
    /// The entry that initiated it.
    pub initiated_in: Sequence,
    /// When it was last changed.
    pub changed_at: Timestamp,
    /// The entry that last changed it.
    pub changed_in: Sequence,
}

impl Payout {
    /// What has neither been paid, nor failed, nor been called off.
    pub fn pending_total(&self) -> Amount {
        let ended = [self.paid_total, self.failed_total, self.cancelled_total];
        ended.into_iter().fold(self.total, |left, ended| left.minus(ended).unwrap_or_default())
    }

    /// The total and the charges: what is held.
    pub fn total_estimate(&self) -> Amount {
        // Bounded when it was initiated.
        self.total.plus(self.charge_estimate).unwrap_or(Amount::MAX)
    }

    /// Whether its total is, or what is left of it, held.
    pub const fn is_held(&self) -> bool {
        match self.state {
            PayoutState::PreviewAndApprove => self.reserved,
            PayoutState::Approved | PayoutState::Processing => true,
            PayoutState::Completed | PayoutState::Failed | PayoutState::Cancelled | PayoutState::Expired => false,
        }
    }

    /// The identifiers of its items, in order.
    pub fn item_ids(&self) -> impl Iterator<Item = PayoutItemId> + use<> {
        let payout = self.id;
        (1..=self.items).map(move |number| PayoutItemId::new(payout, number))
    }
}

/// One item of a payout. Amounts are minor units of the payout's currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayoutItem {
    /// Its identifier.
    pub id: PayoutItemId,
    /// What the provider calls it: unique, and the name under which each of its steps happens once.
    pub request_reference_id: TrackingId,
    /// Whom it pays.
    pub beneficiary: Beneficiary,
    /// The beneficiary's name, if known.
    pub name: Option<String>,
    /// How much the beneficiary gets.
    pub amount: Amount,
    /// What statements say of it.
    pub narrative: Option<String>,
    /// The caller's own name for it.
    pub reference: Option<String>,
    /// What it costs by the tariff.
    pub charge: Charge,
    /// Where it stands.
    pub state: PayoutItemState,
    /// What it has cost, once it is paid.
    pub actual_charge: Option<Charge>,
    /// The provider's code for what became of it.
    pub code: Option<String>,
    /// Why it failed, was called off or came back, if that was said.
    pub reason: Option<String>,
    /// The entry that paid it.
    pub settled_in: Option<Sequence>,
    /// When it was last changed.
    pub changed_at: Timestamp,
    /// The entry that last changed it.
    pub changed_in: Sequence,
}

/// What becomes of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PayoutItemStep {
    /// The provider has it.
    Start,
    /// The beneficiary has the money; `charge` is what it has cost, if less than the estimate.
    Settle {
        /// What it has cost, fee and tax together.
        charge: Option<Money>,
    },
    /// The provider could not pay it.
    Fail,
    /// Nobody can say what became of it yet.
    Unknown,
    /// It is called off.
    Cancel,
    /// It was paid and has come back.
    Return,
}

impl PayoutItemStep {
    /// The state that it leads to.
    pub const fn to(self) -> PayoutItemState {
        match self {
            Self::Start => PayoutItemState::Processing,
            Self::Settle { .. } => PayoutItemState::Successful,
            Self::Fail => PayoutItemState::Failed,
            Self::Unknown => PayoutItemState::Unknown,
            Self::Cancel => PayoutItemState::Cancelled,
            Self::Return => PayoutItemState::Returned,
        }
    }
}

/// What is told of one item. Each step of an item happens once: told again alike, it is answered with its first receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayoutItemChange {
    /// The item.
    pub item: PayoutItemId,
    /// What becomes of it.
    pub step: PayoutItemStep,
    /// The provider's code for it.
    pub code: Option<String>,
    /// Why, if that is said.
    pub reason: Option<String>,
    /// When it happened, if not now.
    pub effective_at: Option<Timestamp>,
}

impl PayoutItemChange {
    /// Tells a step of an item.
    pub fn new(item: PayoutItemId, step: PayoutItemStep) -> Self {
        Self { item, step, code: None, reason: None, effective_at: None }
    }

    /// The provider has it.
    pub fn start(item: PayoutItemId) -> Self {
        Self::new(item, PayoutItemStep::Start)
    }

    /// The beneficiary has the money, and it has cost what was estimated.
    pub fn settle(item: PayoutItemId) -> Self {
        Self::new(item, PayoutItemStep::Settle { charge: None })
    }

    /// The beneficiary has the money, and it has cost `charge`, fee and tax together; not more than was estimated.
    pub fn settle_charged(item: PayoutItemId, charge: Money) -> Self {
        Self::new(item, PayoutItemStep::Settle { charge: Some(charge) })
    }

    /// The provider could not pay it.
    pub fn fail(item: PayoutItemId) -> Self {
        Self::new(item, PayoutItemStep::Fail)
    }

    /// Nobody can say what became of it yet.
    pub fn unknown(item: PayoutItemId) -> Self {
        Self::new(item, PayoutItemStep::Unknown)
    }

    /// Calls it off.
    pub fn cancel(item: PayoutItemId) -> Self {
        Self::new(item, PayoutItemStep::Cancel)
    }

    /// It was paid and has come back.
    pub fn returned(item: PayoutItemId) -> Self {
        Self::new(item, PayoutItemStep::Return)
    }

    /// Adds the provider's code.
    #[must_use]
    pub fn coded(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// Says why.
    #[must_use]
    pub fn because(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }

    /// Says when it happened, if not now; not more than a day after it is recorded.
    #[must_use]
    pub fn effective(mut self, at: Timestamp) -> Self {
        self.effective_at = Some(at);
        self
    }
}

/// What becomes of a whole payout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PayoutStep {
    /// It is given up before it is approved.
    Cancel,
    /// It is ended after it was approved, before anything became of an item; what was held is released.
    End,
    /// Nobody approved it in time.
    Expire,
}

impl PayoutStep {
    /// The state that it leads to.
    pub const fn to(self) -> PayoutState {
        match self {
            Self::Cancel => PayoutState::Cancelled,
            Self::End => PayoutState::Failed,
            Self::Expire => PayoutState::Expired,
        }
    }
}

/// What is to become of a whole payout. Each step happens once: asked again alike, it is answered with its first receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayoutChange {
    /// The payout.
    pub payout: PayoutId,
    /// What becomes of it.
    pub step: PayoutStep,
    /// Why, if that is said.
    pub reason: Option<String>,
}

impl PayoutChange {
    /// Gives it up before it is approved.
    pub fn cancel(payout: PayoutId) -> Self {
        Self { payout, step: PayoutStep::Cancel, reason: None }
    }

    /// Ends it after it was approved, before anything became of an item.
    pub fn end(payout: PayoutId) -> Self {
        Self { payout, step: PayoutStep::End, reason: None }
    }

    /// Notes that nobody approved it in time.
    pub fn expire(payout: PayoutId) -> Self {
        Self { payout, step: PayoutStep::Expire, reason: None }
    }

    /// Says why.
    #[must_use]
    pub fn because(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }
}

/// What the ledger adds to an item when its payout is initiated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PricedItem {
    /// Its amount, in minor units of the payout's currency.
    pub amount: Amount,
    /// What it costs by the tariff.
    pub charge: Charge,
    /// What the provider will call it.
    pub request_reference_id: TrackingId,
}

/// A payout as it was initiated: what was asked, and what the ledger added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InitiatedPayout {
    /// As given.
    pub given: NewPayout,
    /// The payout.
    pub payout: PayoutId,
    /// What the world outside calls it.
    pub tracking_id: TrackingId,
    /// The number used once.
    pub nonce: Nonce,
    /// Whose money it is.
    pub client: ClientId,
    /// The book of the source.
    pub book: BookId,
    /// The book's currency.
    pub currency: Currency,
    /// The service's version that priced it.
    pub service_version: u32,
    /// From when on it can no longer be approved.
    pub expires_at: Timestamp,
    /// What the ledger added to each item, in order.
    pub items: Vec<PricedItem>,
    /// All amounts together.
    pub total: Amount,
    /// All charges together.
    pub charge_estimate: Amount,
}

/// What happened to a payout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PayoutEvent {
    /// It was initiated.
    Initiated(Box<InitiatedPayout>),
    /// A device signed it.
    Approved {
        /// The payout.
        payout: PayoutId,
        /// The device.
        device: DeviceId,
        /// Which of the device's keys.
        key_version: u32,
        /// The signature.
        signature: Signature,
        /// Whether no more signatures are needed.
        complete: bool,
    },
    /// Something became of an item.
    Item {
        /// As given.
        given: PayoutItemChange,
        /// What it has cost if it was paid; what is given back if it came back.
        charge: Charge,
    },
    /// Something became of the whole.
    Changed {
        /// As given.
        given: PayoutChange,
    },
}

impl PayoutEvent {
    /// The payout.
    pub fn payout(&self) -> PayoutId {
        match self {
            Self::Initiated(initiated) => initiated.payout,
            Self::Approved { payout, .. } => *payout,
            Self::Item { given, .. } => given.item.payout,
            Self::Changed { given } => given.payout,
        }
    }
}
