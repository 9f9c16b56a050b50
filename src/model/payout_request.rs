//! What is asked about payouts: initiating one, and telling what becomes of it and its items.

use serde::{Deserialize, Serialize};

use super::{
    AccountId, Approvers, Beneficiary, DeviceId, Metadata, PayoutId, PayoutItemId, PayoutItemState, PayoutState,
    Provider, ServiceId, Timestamp,
};
use crate::money::{Currency, Money};

/// One item of a payout that is asked for.
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
/// let amina = Party::shown(PartyKind::Msisdn, "254722000111");
/// let item = NewPayoutItem::new(amina, book.money("60")?)
///     .named("Amina Yusuf")
///     .narrated("Wages of July")
///     .referring("wages-7-amina");
/// let payout = NewPayout::new(phone, moves, wallet, Provider::MPESA_B2C, Currency::KES).item(item);
/// let preview = ledger.initiate_payout(payout)?;
/// assert_eq!(preview.items[0].name.as_deref(), Some("Amina Yusuf"));
/// # Ok::<(), Error>(())
/// ```
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
/// let payout = NewPayout::new(phone, moves, wallet, Provider::MPESA_B2C, Currency::KES)
///     .item(NewPayoutItem::new(amina, book.money("60")?))
///     .expiring(Expiry::After(3_600 * 1_000_000_000)); // an hour; a day if nothing is said
/// let preview = ledger.initiate_payout(payout)?;
/// assert_eq!(preview.expires_at.since(preview.created_at).as_secs(), 3_600);
/// # Ok::<(), Error>(())
/// ```
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
/// let to = |number, sum| -> Result<NewPayoutItem, Error> {
///     Ok(NewPayoutItem::new(Party::shown(PartyKind::Msisdn, number), book.money(sum)?))
/// };
/// let wages = NewPayout::new(phone, moves, wallet, Provider::MPESA_B2C, Currency::KES)
///     .item(to("254722000111", "60")?)
///     .item(to("254722000112", "30")?)
///     .reserved() // held at once, not only when it is approved
///     .keyed("wages-7");
/// let preview = ledger.initiate_payout(wages)?;
/// assert!(preview.to_string().starts_with("payout 1 of KES 90.00 in 2 items by MPESA-B2C, from account 10000007"));
/// assert_eq!(ledger.view()?.balance(wallet)?.available, book.money("10")?);
/// # Ok::<(), Error>(())
/// ```
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
    /// # let laptop_key = SigningKey::from_bytes(&[8; 32]);
    /// # let laptop = PublicKey(laptop_key.verifying_key().to_bytes());
    /// # let laptop = ledger.register_device(NewDevice::new(client, laptop, "Laptop"))?.id;
    /// # let amina = Party::shown(PartyKind::Msisdn, "254722000111");
    /// let payout = NewPayout::new(phone, moves, wallet, Provider::MPESA_B2C, Currency::KES)
    ///     .item(NewPayoutItem::new(amina, book.money("60")?))
    ///     .approved_by(2, [phone, laptop]);
    /// let preview = ledger.initiate_payout(payout)?;
    /// let state = || Ok::<_, Error>(ledger.view()?.payout(preview.payout)?.payout.state);
    /// // Each device signs a digest of its own.
    /// let sign = |key: &SigningKey, device| key.sign(&preview.digest(device).0).to_bytes();
    /// ledger.approve_payout(SignedApproval::new(preview.payout, sign(&key, phone)))?;
    /// assert_eq!(state()?, PayoutState::PreviewAndApprove); // one of two
    /// ledger.approve_payout(SignedApproval::new(preview.payout, sign(&laptop_key, laptop)).by(laptop))?;
    /// assert_eq!(state()?, PayoutState::Approved);
    /// # Ok::<(), Error>(())
    /// ```
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
///
/// An item is started, or cancelled before; then it settles, fails or is cancelled, perhaps after it was unknown. What
/// has settled may be returned. No other step is taken.
///
/// ```
/// use pacioli::{PayoutItemState, PayoutItemStep};
///
/// assert_eq!(PayoutItemStep::Return.to(), PayoutItemState::Returned);
/// ```
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
/// ledger.change_payout_item(PayoutItemChange::unknown(item).because("time-out"))?;
/// ledger.change_payout_item(PayoutItemChange::settle(item).coded("SJK4H7XYZ1"))?;
/// // The beneficiary's line was dead: the money comes back.
/// ledger.change_payout_item(PayoutItemChange::returned(item))?;
/// assert_eq!(ledger.view()?.payout_item(item)?.state, PayoutItemState::Returned);
/// assert_eq!(ledger.view()?.balance(wallet)?.available, book.money("100")?);
/// # Ok::<(), Error>(())
/// ```
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
    /// # let fee = Fee::fixed(book.amount("3")?);
    /// # let send = ledger.define_service(NewService::new(client, book.id, "SEND").fee(fee))?.id;
    /// # let amina = Party::shown(PartyKind::Msisdn, "254722000111");
    /// # let payout = NewPayout::new(phone, send, wallet, Provider::MPESA_B2C, Currency::KES);
    /// let preview = ledger.initiate_payout(payout.item(NewPayoutItem::new(amina, book.money("60")?)))?;
    /// # let signature = key.sign(&preview.digest(phone).0).to_bytes();
    /// # ledger.approve_payout(SignedApproval::new(preview.payout, signature))?;
    /// let item = preview.items[0].id;
    /// ledger.change_payout_item(PayoutItemChange::start(item))?;
    /// // Estimated at 3.00, and the provider took 2.00: the rest of what was held is given back.
    /// ledger.change_payout_item(PayoutItemChange::settle_charged(item, book.money("2")?))?;
    /// assert_eq!(ledger.view()?.balance(wallet)?.available, book.money("38")?);
    /// # Ok::<(), Error>(())
    /// ```
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
///
/// ```
/// use pacioli::{PayoutState, PayoutStep};
///
/// assert_eq!(PayoutStep::End.to(), PayoutState::Failed); // after it was approved; before, `Cancel`
/// ```
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
/// ledger.change_payout(PayoutChange::cancel(preview.payout).because("wrong day"))?;
/// let payout = ledger.view()?.payout(preview.payout)?.payout;
/// assert_eq!((payout.state, payout.reason.as_deref()), (PayoutState::Cancelled, Some("wrong day")));
/// # Ok::<(), Error>(())
/// ```
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
