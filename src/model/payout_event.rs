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
///
/// ```
/// use pacioli::prelude::*;
/// use pacioli::PayoutEvent;
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
/// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
/// # ledger.credit(Credit::new(wallet, moves, book.money("100")?, "top-up-1"))?;
/// # use ed25519_dalek::{Signer, SigningKey};
/// # let key = SigningKey::from_bytes(&[7; 32]);
/// # let public_key = PublicKey(key.verifying_key().to_bytes());
/// # let phone = ledger.register_device(NewDevice::new(client, public_key, "Njeri's phone"))?.id;
/// # let amina = Party::shown(PartyKind::Msisdn, "254722000111");
/// # let payout = NewPayout::new(phone, moves, wallet, Provider::MPESA_B2C, Currency::KES)
/// #     .item(NewPayoutItem::new(amina, book.money("60")?));
/// # let preview = ledger.initiate_payout(payout)?;
/// let entry = ledger.view()?.entry(ledger.view()?.sequence())?;
/// let Some(PayoutEvent::Initiated(initiated)) = entry.payout() else { panic!("it was initiated") };
/// assert_eq!((initiated.total, initiated.nonce), (book.amount("60")?, preview.nonce));
/// assert_eq!(initiated.given.items.len(), initiated.items.len()); // as asked, and what the ledger added
/// # Ok::<(), Error>(())
/// ```
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
///
/// ```
/// use pacioli::prelude::*;
/// use pacioli::PayoutEvent;
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
/// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
/// # ledger.credit(Credit::new(wallet, moves, book.money("100")?, "top-up-1"))?;
/// # use ed25519_dalek::{Signer, SigningKey};
/// # let key = SigningKey::from_bytes(&[7; 32]);
/// # let public_key = PublicKey(key.verifying_key().to_bytes());
/// # let phone = ledger.register_device(NewDevice::new(client, public_key, "Njeri's phone"))?.id;
/// # let amina = Party::shown(PartyKind::Msisdn, "254722000111");
/// # let payout = NewPayout::new(phone, moves, wallet, Provider::MPESA_B2C, Currency::KES)
/// #     .item(NewPayoutItem::new(amina, book.money("60")?));
/// # let preview = ledger.initiate_payout(payout)?;
/// let signature = key.sign(&preview.digest(phone).0).to_bytes();
/// let approved = ledger.approve_payout(SignedApproval::new(preview.payout, signature))?;
/// // Some move money and some do not, so the entry is asked.
/// let event = approved.entry().payout().ok_or("it is of a payout")?;
/// assert_eq!(event.payout(), preview.payout);
/// assert!(matches!(event, PayoutEvent::Approved { complete: true, .. }));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
