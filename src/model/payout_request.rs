//! What is asked about payouts: initiating one, and telling what becomes of it and its items.

use serde::{Deserialize, Serialize};

use super::{
    AccountId, Approvers, Beneficiary, DeviceId, Metadata, PayoutId, PayoutItemId, PayoutItemState, PayoutState,
    Provider, ServiceId, Timestamp,
};
use crate::money::{Currency, Money};

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
    ///
    /// Somebody outside is kept as the party is shown, and the provider is told no more: so show it in full.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// let sum = Currency::KES.money("300")?;
    /// let outside = NewPayoutItem::new(Party::shown(PartyKind::Msisdn, "254722000111"), sum).named("Amina");
    /// // An account of the same book.
    /// let inside = NewPayoutItem::new(AccountId(7), sum).referring("order-77");
    /// # Ok::<(), MoneyError>(())
    /// ```
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

/// What is told of one item. Each step of an item happens once: told again alike, it is answered with its first
/// receipt.
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

/// What is to become of a whole payout. Each step happens once: asked again alike, it is answered with its first
/// receipt.
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
