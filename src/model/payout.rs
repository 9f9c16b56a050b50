//! Payouts: batches of sums to many beneficiaries, previewed, signed, held as a whole and settled item by item.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::words::words;
use super::{
    AccountId, BookId, Charge, ClientId, DeviceId, Metadata, Nonce, Party, PayoutId, PayoutItemId, Sequence, ServiceId,
    Signature, Timestamp, TrackingId,
};
use crate::money::{Amount, Currency};

/// Who carries out a payout, by code. The list is open: any code of a host's own stands for a provider outside.
///
/// ```
/// use pacioli::prelude::*;
///
/// assert!(Provider::INTASEND.is_internal()); // accounts of the ledger alone
/// assert_eq!(Provider::new("AIRTEL-B2C").code(), "AIRTEL-B2C");
/// ```
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
        f.pad(self.code())
    }
}

/// Whom an item pays.
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
/// # let savings = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
/// # use ed25519_dalek::{Signer, SigningKey};
/// # let key = SigningKey::from_bytes(&[7; 32]);
/// # let public_key = PublicKey(key.verifying_key().to_bytes());
/// # let phone = ledger.register_device(NewDevice::new(client, public_key, "Njeri's phone"))?.id;
/// // One outside by telephone number would need a provider outside: this payout stays within the book.
/// let payout = NewPayout::new(phone, moves, wallet, Provider::INTASEND, Currency::KES)
///     .item(NewPayoutItem::new(savings, book.money("40")?));
/// let preview = ledger.initiate_payout(payout)?;
/// assert_eq!(preview.items[0].beneficiary, Beneficiary::Account(savings));
/// # Ok::<(), Error>(())
/// ```
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

/// Who must sign: `needed` of `devices`, each at most once.
///
/// ```
/// use pacioli::prelude::*;
/// use pacioli::Approvers;
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
/// # let other = PublicKey(SigningKey::from_bytes(&[8; 32]).verifying_key().to_bytes());
/// # let laptop = ledger.register_device(NewDevice::new(client, other, "Laptop"))?.id;
/// # let amina = Party::shown(PartyKind::Msisdn, "254722000111");
/// let payout = NewPayout::new(phone, moves, wallet, Provider::MPESA_B2C, Currency::KES)
///     .item(NewPayoutItem::new(amina, book.money("60")?))
///     .approved_by(2, [phone, laptop]);
/// let preview = ledger.initiate_payout(payout)?;
/// assert_eq!(preview.approvers, Approvers { needed: 2, devices: vec![phone, laptop] });
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approvers {
    /// How many must sign; from 1 to the number of devices.
    pub needed: u16,
    /// Who may; the initiating device need not be among them.
    pub devices: Vec<DeviceId>,
}

/// Where a payout stands.
///
/// ```
/// use pacioli::prelude::*;
///
/// assert_eq!(PayoutState::PreviewAndApprove.to_string(), "Preview and approve");
/// assert_eq!("Completed".parse(), Ok(PayoutState::Completed));
/// ```
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
        self.word()
    }
}

words! {
    PayoutState, "state of a payout":
    PreviewAndApprove => "Preview and approve",
    Approved => "Approved",
    Processing => "Processing",
    Completed => "Completed",
    Failed => "Failed",
    Cancelled => "Cancelled",
    Expired => "Expired",
}

/// Where an item of a payout stands.
///
/// ```
/// use pacioli::prelude::*;
///
/// assert!(PayoutItemState::Unknown.is_open()); // its share stays held
/// assert!(!PayoutItemState::Returned.is_open());
/// assert_eq!("Successful".parse(), Ok(PayoutItemState::Successful));
/// ```
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
        self.word()
    }

    /// Whether it has not come to its end.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Pending | Self::Processing | Self::Unknown)
    }
}

words! {
    PayoutItemState, "state of a payout's item":
    Pending => "Pending",
    Processing => "Processing",
    Unknown => "Unknown",
    Successful => "Successful",
    Failed => "Failed",
    Cancelled => "Cancelled",
    Returned => "Returned",
}

/// One signature that a payout has.
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
/// # use ed25519_dalek::{Signer, SigningKey};
/// # let key = SigningKey::from_bytes(&[7; 32]);
/// # let public_key = PublicKey(key.verifying_key().to_bytes());
/// # let phone = ledger.register_device(NewDevice::new(client, public_key, "Njeri's phone"))?.id;
/// # let amina = Party::shown(PartyKind::Msisdn, "254722000111");
/// # let payout = NewPayout::new(phone, moves, wallet, Provider::MPESA_B2C, Currency::KES)
/// #     .item(NewPayoutItem::new(amina, book.money("60")?));
/// # let preview = ledger.initiate_payout(payout)?;
/// let signature = key.sign(&preview.digest(phone).0).to_bytes();
/// ledger.approve_payout(SignedApproval::new(preview.payout, signature))?;
/// let approval = ledger.view()?.payout(preview.payout)?.payout.approvals.remove(0);
/// assert_eq!((approval.device, approval.key_version, approval.signature.0), (phone, 1, signature));
/// # Ok::<(), Error>(())
/// ```
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
/// # use ed25519_dalek::{Signer, SigningKey};
/// # let key = SigningKey::from_bytes(&[7; 32]);
/// # let public_key = PublicKey(key.verifying_key().to_bytes());
/// # let phone = ledger.register_device(NewDevice::new(client, public_key, "Njeri's phone"))?.id;
/// # let amina = Party::shown(PartyKind::Msisdn, "254722000111");
/// # let payout = NewPayout::new(phone, moves, wallet, Provider::MPESA_B2C, Currency::KES)
/// #     .item(NewPayoutItem::new(amina, book.money("60")?));
/// # let preview = ledger.initiate_payout(payout)?;
/// # let signature = key.sign(&preview.digest(phone).0).to_bytes();
/// # ledger.approve_payout(SignedApproval::new(preview.payout, signature))?;
/// let item = preview.items[0].id;
/// ledger.change_payout_item(PayoutItemChange::start(item))?;
/// ledger.change_payout_item(PayoutItemChange::settle(item))?;
/// let payout = ledger.view()?.payout(preview.payout)?.payout;
/// assert_eq!((payout.state, payout.open_items), (PayoutState::Completed, 0));
/// assert_eq!((payout.total, payout.paid_total), (book.amount("60")?, book.amount("60")?));
/// assert!(payout.pending_total().is_zero() && !payout.is_held());
/// assert_eq!(payout.item_ids().collect::<Vec<_>>(), [item]);
/// # Ok::<(), Error>(())
/// ```
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
/// # use ed25519_dalek::{Signer, SigningKey};
/// # let key = SigningKey::from_bytes(&[7; 32]);
/// # let public_key = PublicKey(key.verifying_key().to_bytes());
/// # let phone = ledger.register_device(NewDevice::new(client, public_key, "Njeri's phone"))?.id;
/// # let amina = Party::shown(PartyKind::Msisdn, "254722000111");
/// # let payout = NewPayout::new(phone, moves, wallet, Provider::MPESA_B2C, Currency::KES)
/// #     .item(NewPayoutItem::new(amina, book.money("60")?));
/// # let preview = ledger.initiate_payout(payout)?;
/// # let signature = key.sign(&preview.digest(phone).0).to_bytes();
/// # ledger.approve_payout(SignedApproval::new(preview.payout, signature))?;
/// let item = preview.items[0].id;
/// ledger.change_payout_item(PayoutItemChange::start(item))?;
/// ledger.change_payout_item(PayoutItemChange::fail(item).coded("2001").because("no such number"))?;
/// let item = ledger.view()?.payout_item(item)?;
/// assert_eq!((item.state, item.code.as_deref()), (PayoutItemState::Failed, Some("2001")));
/// assert_eq!((item.amount, item.settled_in), (book.amount("60")?, None));
/// # Ok::<(), Error>(())
/// ```
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
