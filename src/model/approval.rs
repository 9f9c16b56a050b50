//! Approvals: the preview of a payout, what a device signs of it, and the signed answer.
//!
//! **What is signed** is 32 bytes: the BLAKE3 digest, in the mode of key derivation under the context
//! `pacioli payout approval v1`, of [`PayoutPreview::message`]. The message is all of the payout in one form, so that
//! nothing of it can be exchanged: its fields one after another, nothing between. Numbers are unsigned, of the width
//! said, the highest byte first; a sum is its minor units in 16 bytes, two's complement; a text is its length in bytes
//! (4 bytes) and UTF-8; an option is 0, or 1 and the value.
//!
//! | field | bytes |
//! |---|---|
//! | the ledger's identity | 16 |
//! | tracking id; payout; nonce | 16; 8; 16 |
//! | initiating device; client | 8; 8 |
//! | service; its version | 8; 4 |
//! | source account; book | 8; 8 |
//! | currency's code; its scale | text; 1 |
//! | provider | text |
//! | signatures needed; count of approvers; each approver | 2; 2; 8 each |
//! | expiry: nanoseconds since 1970, two's complement | 8 |
//! | whether the total is held already | 1 |
//! | count of metadata; each key and value, the keys ascending | 4; text and text |
//! | count of items | 4 |
//! | of each item: number; request reference id | 2; 16 |
//! | … beneficiary outside: 0, kind as `name`, `msisdn`, …; display | 1, text, text |
//! | … beneficiary inside: 1, account | 1, 8 |
//! | … name; amount; narrative; reference | option of text; 16; option of text; option of text |
//! | … fee; tax on it | 16; 16 |
//! | total; charges; both together | 16; 16; 16 |
//! | the approving device | 8 |
//!
//! A signer elsewhere needs nothing but the preview, whose serde form is complete.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::octets::octets_of;
use super::{
    AccountId, ApprovalDigest, Approvers, Beneficiary, BookId, Charge, ClientId, DeviceId, InvalidHex, Metadata, Nonce,
    Payout, PayoutId, PayoutItem, PayoutItemId, PayoutItemState, PayoutState, Provider, ServiceId, Timestamp,
    TrackingId,
};
use crate::money::{Amount, Currency, Money};

/// The context under which approvals are digested.
pub const APPROVAL_CONTEXT: &str = "pacioli payout approval v1";

/// One item as it is previewed and signed.
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
/// let item = &preview.items[0];
/// assert_eq!((item.amount, item.fee, item.tax), (book.money("60")?, book.money("0")?, book.money("0")?));
/// assert_eq!((item.status, item.charge().total()), (PayoutItemState::Pending, Some(Amount::ZERO)));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviewItem {
    /// Its identifier.
    pub id: PayoutItemId,
    /// Where it stands.
    pub status: PayoutItemState,
    /// What the provider calls it.
    pub request_reference_id: TrackingId,
    /// Whom it pays.
    pub beneficiary: Beneficiary,
    /// The beneficiary's name, if known.
    pub name: Option<String>,
    /// How much the beneficiary gets.
    pub amount: Money,
    /// What statements say of it.
    pub narrative: Option<String>,
    /// The caller's own name for it.
    pub reference: Option<String>,
    /// What it costs: the fee.
    pub fee: Money,
    /// What it costs: the tax on the fee.
    pub tax: Money,
}

/// A payout as it is shown for approval: everything that is signed, and where it stands.
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
/// // What is shown to the person who signs, and covered by the signature: all of it.
/// assert_eq!((preview.total, preview.charge_estimate), (book.money("60")?, book.money("0")?));
/// assert_eq!((preview.source, preview.items.len(), preview.reserved), (wallet, 1, false));
/// let signature = key.sign(&preview.digest(phone).0).to_bytes();
/// ledger.approve_payout(SignedApproval::new(preview.payout, signature))?;
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayoutPreview {
    /// The ledger's identity.
    pub ledger: Nonce,
    /// The payout.
    pub payout: PayoutId,
    /// What the world outside calls it.
    pub tracking_id: TrackingId,
    /// Where it stands.
    pub status: PayoutState,
    /// The number used once.
    pub nonce: Nonce,
    /// The device that initiated it.
    pub device: DeviceId,
    /// Whose money it is.
    pub client: ClientId,
    /// The service that it runs under, and its version.
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
    /// From when on it can no longer be approved.
    pub expires_at: Timestamp,
    /// Whether its total is held already.
    pub reserved: bool,
    /// The caller's facts.
    pub metadata: Metadata,
    /// The items, in order.
    pub items: Vec<PreviewItem>,
    /// All amounts together.
    pub total: Money,
    /// All charges together.
    pub charge_estimate: Money,
    /// Amounts and charges: what will be held.
    pub total_amount_estimate: Money,
    /// When it was initiated.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// What a signer reads first: no beneficiary is named.
impl fmt::Display for PayoutPreview {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { payout, total, charge_estimate, provider, status, .. } = self;
        let (items, source) = (self.items.len(), self.source.number());
        let noun = if items == 1 { "item" } else { "items" };
        write!(f, "payout {payout} of {total} in {items} {noun} by {provider}, from account {source}, ")?;
        write!(f, "charges {charge_estimate}: {status}")
    }
}

impl PayoutPreview {
    pub(crate) fn of<'a>(ledger: [u8; 16], payout: &Payout, items: impl IntoIterator<Item = &'a PayoutItem>) -> Self {
        let money = |amount| payout.currency.amount(amount);
        let item = |item: &PayoutItem| PreviewItem {
            id: item.id,
            status: item.state,
            request_reference_id: item.request_reference_id,
            beneficiary: item.beneficiary.clone(),
            name: item.name.clone(),
            amount: money(item.amount),
            narrative: item.narrative.clone(),
            reference: item.reference.clone(),
            fee: money(item.charge.fee),
            tax: money(item.charge.tax),
        };
        Self {
            ledger: Nonce(ledger),
            payout: payout.id,
            tracking_id: payout.tracking_id,
            status: payout.state,
            nonce: payout.nonce,
            device: payout.device,
            client: payout.client,
            service: payout.service,
            source: payout.source,
            book: payout.book,
            currency: payout.currency,
            provider: payout.provider.clone(),
            approvers: payout.approvers.clone(),
            expires_at: payout.expires_at,
            reserved: payout.reserved,
            metadata: payout.metadata.clone(),
            items: items.into_iter().map(item).collect(),
            total: money(payout.total),
            charge_estimate: money(payout.charge_estimate),
            total_amount_estimate: money(payout.total_estimate()),
            created_at: payout.initiated_at,
            updated_at: payout.changed_at,
        }
    }

    /// The canonical bytes of which `approver` signs the digest, byte by byte as this file's header says.
    ///
    /// ```
    /// use pacioli::prelude::*;
    /// use pacioli::APPROVAL_CONTEXT;
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
    /// // What a device in another language builds by itself: docs/format.md has it byte by byte.
    /// let digest = blake3::derive_key(APPROVAL_CONTEXT, &preview.message(phone));
    /// assert_eq!(digest, preview.digest(phone).0);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn message(&self, approver: DeviceId) -> Vec<u8> {
        let mut out = Vec::with_capacity(256 + 160 * self.items.len());
        out.extend_from_slice(&self.ledger.0);
        out.extend_from_slice(&self.tracking_id.0);
        number(&mut out, self.payout.0);
        out.extend_from_slice(&self.nonce.0);
        number(&mut out, self.device.0);
        number(&mut out, self.client.0);
        number(&mut out, self.service.0.0);
        out.extend_from_slice(&self.service.1.to_be_bytes());
        number(&mut out, self.source.0);
        number(&mut out, self.book.0);
        text(&mut out, self.currency.code());
        out.push(self.currency.scale());
        text(&mut out, self.provider.code());
        out.extend_from_slice(&self.approvers.needed.to_be_bytes());
        out.extend_from_slice(&(self.approvers.devices.len() as u16).to_be_bytes());
        self.approvers.devices.iter().for_each(|device| number(&mut out, device.0));
        out.extend_from_slice(&self.expires_at.0.to_be_bytes());
        out.push(u8::from(self.reserved));
        count(&mut out, self.metadata.len());
        for (key, value) in &self.metadata {
            text(&mut out, key);
            text(&mut out, value);
        }
        count(&mut out, self.items.len());
        self.items.iter().for_each(|one| item(&mut out, one));
        for sum in [self.total, self.charge_estimate, self.total_amount_estimate] {
            money(&mut out, sum);
        }
        number(&mut out, approver.0);
        out
    }

    /// What `approver` signs: the digest of [`PayoutPreview::message`].
    ///
    /// ```
    /// # use pacioli::{DeviceId, PayoutPreview, Signature};
    /// # use ed25519_dalek::{Signer, SigningKey};
    /// fn sign(preview: &PayoutPreview, device: DeviceId, key: &SigningKey) -> Signature {
    ///     Signature(key.sign(&preview.digest(device).0).to_bytes())
    /// }
    /// ```
    pub fn digest(&self, approver: DeviceId) -> ApprovalDigest {
        ApprovalDigest(blake3::derive_key(APPROVAL_CONTEXT, &self.message(approver)))
    }

    /// The first thing, of all that is signed, in which `other` differs: the item's number, zero for the payout itself,
    /// and the field.
    pub(crate) fn difference(&self, other: &Self) -> Option<(u16, &'static str)> {
        let fields = [
            ("ledger", self.ledger == other.ledger),
            ("payout", self.payout == other.payout),
            ("tracking_id", self.tracking_id == other.tracking_id),
            ("nonce", self.nonce == other.nonce),
            ("device", self.device == other.device),
            ("client", self.client == other.client),
            ("service", self.service == other.service),
            ("source", self.source == other.source),
            ("book", self.book == other.book),
            ("currency", self.currency == other.currency),
            ("provider", self.provider == other.provider),
            ("approvers", self.approvers == other.approvers),
            ("expires_at", self.expires_at == other.expires_at),
            ("reserved", self.reserved == other.reserved),
            ("metadata", self.metadata == other.metadata),
            ("items", self.items.len() == other.items.len()),
        ];
        if let Some((field, _)) = fields.iter().find(|(_, same)| !same) {
            return Some((0, field));
        }
        for (item, other) in self.items.iter().zip(&other.items) {
            let fields = [
                ("id", item.id == other.id),
                ("request_reference_id", item.request_reference_id == other.request_reference_id),
                ("beneficiary", item.beneficiary == other.beneficiary),
                ("name", item.name == other.name),
                ("amount", item.amount == other.amount),
                ("narrative", item.narrative == other.narrative),
                ("reference", item.reference == other.reference),
                ("fee", item.fee == other.fee),
                ("tax", item.tax == other.tax),
            ];
            if let Some((field, _)) = fields.iter().find(|(_, same)| !same) {
                return Some((item.id.number, field));
            }
        }
        let fields = [
            ("total", self.total == other.total),
            ("charge_estimate", self.charge_estimate == other.charge_estimate),
            ("total_amount_estimate", self.total_amount_estimate == other.total_amount_estimate),
        ];
        fields.iter().find(|(_, same)| !same).map(|(field, _)| (0, *field))
    }
}

fn item(out: &mut Vec<u8>, item: &PreviewItem) {
    out.extend_from_slice(&item.id.number.to_be_bytes());
    out.extend_from_slice(&item.request_reference_id.0);
    match &item.beneficiary {
        Beneficiary::External(party) => {
            out.push(0);
            text(out, party.kind.code());
            text(out, &party.display);
        }
        Beneficiary::Account(account) => {
            out.push(1);
            number(out, account.0);
        }
    }
    optional(out, item.name.as_deref());
    money(out, item.amount);
    optional(out, item.narrative.as_deref());
    optional(out, item.reference.as_deref());
    money(out, item.fee);
    money(out, item.tax);
}

fn number(out: &mut Vec<u8>, value: u64) {
    out.extend_from_slice(&value.to_be_bytes());
}

/// Minor units, which are never negative in what the ledger makes; the sign of anything else is kept by the width.
fn money(out: &mut Vec<u8>, value: Money) {
    out.extend_from_slice(&value.minor().to_be_bytes());
}

/// No text or list that the ledger accepts comes near 2^32.
fn count(out: &mut Vec<u8>, value: usize) {
    out.extend_from_slice(&(value as u32).to_be_bytes());
}

fn text(out: &mut Vec<u8>, value: &str) {
    count(out, value.len());
    out.extend_from_slice(value.as_bytes());
}

fn optional(out: &mut Vec<u8>, value: Option<&str>) {
    out.push(u8::from(value.is_some()));
    if let Some(value) = value {
        text(out, value);
    }
}

/// The answer to a preview: a signature of its digest, and perhaps the preview itself, to be compared.
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
/// // The preview is sent back as it was seen, so that one that was changed on its way is refused by what differs.
/// let mut forged = preview.clone();
/// forged.items[0].amount = book.money("6")?;
/// let approval = SignedApproval::new(preview.payout, signature).by(phone);
/// assert!(ledger.approve_payout(approval.clone().echoing(forged)).is_err());
/// ledger.approve_payout(approval.echoing(preview))?;
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedApproval {
    /// The payout.
    pub payout: PayoutId,
    /// The device that signed; the one that initiated the payout without.
    pub device: Option<DeviceId>,
    /// The signature, as it came: anything but 64 bytes is refused.
    pub signature: Vec<u8>,
    /// The preview as the signer saw it, if it was sent back: refused if anything signed differs from what is stored.
    pub echo: Option<Box<PayoutPreview>>,
}

impl SignedApproval {
    /// A signature of the device that initiated the payout.
    pub fn new(payout: PayoutId, signature: impl AsRef<[u8]>) -> Self {
        Self { payout, device: None, signature: signature.as_ref().to_vec(), echo: None }
    }

    /// The same, from hexadecimal digits.
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
    /// let digits = Signature(key.sign(&preview.digest(phone).0).to_bytes()).to_string();
    /// ledger.approve_payout(SignedApproval::hex(preview.payout, &digits)?)?;
    /// assert_eq!(ledger.view()?.payout(preview.payout)?.payout.state, PayoutState::Approved);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When the text is not pairs of hexadecimal digits.
    pub fn hex(payout: PayoutId, signature: &str) -> Result<Self, InvalidHex> {
        octets_of(signature).map(|signature| Self::new(payout, signature))
    }

    /// Says which device signed.
    #[must_use]
    pub fn by(mut self, device: DeviceId) -> Self {
        self.device = Some(device);
        self
    }

    /// Sends the preview back, to be compared.
    #[must_use]
    pub fn echoing(mut self, preview: PayoutPreview) -> Self {
        self.echo = Some(Box::new(preview));
        self
    }
}

impl PreviewItem {
    /// What it costs: fee and tax.
    pub fn charge(&self) -> Charge {
        let amount = |money: Money| money.amount().unwrap_or(Amount::ZERO);
        Charge { fee: amount(self.fee), tax: amount(self.tax) }
    }
}
