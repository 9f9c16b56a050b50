//! What entries say of payouts.

use serde::{Deserialize, Serialize};

use super::{
    BookId, Charge, ClientId, DeviceId, NewPayout, Nonce, PayoutChange, PayoutId, PayoutItemChange, PayoutState,
    Signature, Timestamp, TrackingId,
};
use crate::money::{Amount, Currency};

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
        /// Where it leaves the payout.
        leaves: PayoutState,
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
