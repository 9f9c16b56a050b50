//! Devices: whose signature approves payouts. The ledger keeps public keys; the private ones stay where they were made.

use serde::{Deserialize, Serialize};

use super::{ClientId, DeviceId, PublicKey, Sequence, Timestamp};

/// How a device signs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum KeyAlgorithm {
    /// Ed25519 as in RFC 8032, verified strictly: no malleable signature, no key or point of small order.
    #[default]
    Ed25519,
}

/// Whether a device may approve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceState {
    /// It may.
    Active,
    /// It may not, ever again.
    Revoked,
}

/// One of a device's keys.
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
/// let key = ledger.view()?.device(phone)?.keys.remove(0);
/// assert_eq!((key.version, key.public_key, key.until), (1, public_key, None));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceKey {
    /// 1, 2, 3, …: raised by every rotation.
    pub version: u32,
    /// The key.
    pub public_key: PublicKey,
    /// From when it is in force.
    pub since: Timestamp,
    /// Until when it was in force; `None` as long as it is.
    pub until: Option<Timestamp>,
}

/// What a client approves payouts with: something that keeps a private key, known here by its public key.
///
/// Invariants, kept by `rules`: there is at least one key and at most
/// [`Limits::DEVICE_KEYS`](super::Limits::DEVICE_KEYS); the versions are 1, 2, 3, …; only the last may be in force, and
/// is unless the device is revoked; no two devices of a ledger ever have the same key, so that one signer never counts
/// as two.
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
/// let device = ledger.view()?.device(phone)?;
/// assert_eq!((device.label.as_str(), device.is_active()), ("Njeri's phone", true));
/// assert_eq!(device.key().map(|key| key.public_key), Some(public_key));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Its identifier.
    pub id: DeviceId,
    /// Whose payouts it approves.
    pub client: ClientId,
    /// What people call it.
    pub label: String,
    /// How it signs.
    pub algorithm: KeyAlgorithm,
    /// Whether it may approve.
    pub state: DeviceState,
    /// Its keys, the first one first.
    pub keys: Vec<DeviceKey>,
    /// Why it was revoked, if that was said.
    pub reason: Option<String>,
    /// When it was registered.
    pub registered_at: Timestamp,
    /// The entry that registered it.
    pub registered_in: Sequence,
    /// When it was last changed.
    pub changed_at: Timestamp,
    /// The entry that last changed it.
    pub changed_in: Sequence,
}

impl Device {
    /// Whether it may approve.
    pub fn is_active(&self) -> bool {
        self.state == DeviceState::Active
    }

    /// The key that it signs with now; of a revoked device the last one.
    pub fn key(&self) -> Option<&DeviceKey> {
        self.keys.last()
    }
}

/// A device to be registered.
///
/// ```
/// use ed25519_dalek::SigningKey;
/// use pacioli::prelude::*;
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// // Only the public key comes here; the private one never leaves the device.
/// let public_key = PublicKey(SigningKey::from_bytes(&[7; 32]).verifying_key().to_bytes());
/// let laptop = NewDevice::new(client, public_key, "Laptop in the office").keyed("laptop");
/// let laptop = ledger.register_device(laptop)?.id;
/// // No two devices have one key, so that one signer never counts as two.
/// assert!(ledger.register_device(NewDevice::new(client, public_key, "Another")).is_err());
/// assert_eq!(ledger.view()?.devices(client)?[0].id, laptop);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewDevice {
    /// Whose payouts it will approve.
    pub client: ClientId,
    /// Its public key: a canonical point of large order that no device of the ledger has had.
    pub public_key: PublicKey,
    /// What people call it.
    pub label: String,
    /// The caller's name for the command: giving it again under the same name replays it.
    pub key: Option<String>,
}

impl NewDevice {
    /// A device with an Ed25519 key.
    pub fn new(client: ClientId, public_key: PublicKey, label: impl Into<String>) -> Self {
        Self { client, public_key, label: label.into(), key: None }
    }

    /// Names the command, so that giving it again replays it.
    #[must_use]
    pub fn keyed(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }
}

/// A new key for a device: from here on, the old one approves nothing.
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
/// let next = PublicKey(SigningKey::from_bytes(&[8; 32]).verifying_key().to_bytes());
/// let device = ledger.rotate_device(RotateDevice::new(phone, next).keyed("new-phone"))?;
/// assert_eq!((device.keys.len(), device.key().map(|key| key.public_key)), (2, Some(next)));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RotateDevice {
    /// The device.
    pub device: DeviceId,
    /// Its next public key.
    pub public_key: PublicKey,
    /// The caller's name for the command: giving it again under the same name replays it.
    pub key: Option<String>,
}

impl RotateDevice {
    /// Gives `device` a new key.
    pub fn new(device: DeviceId, public_key: PublicKey) -> Self {
        Self { device, public_key, key: None }
    }

    /// Names the command, so that giving it again replays it.
    #[must_use]
    pub fn keyed(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }
}

/// The end of a device: it approves nothing more, and what it has approved alone no longer counts towards others'.
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
/// let device = ledger.revoke_device(RevokeDevice::new(phone).because("stolen").keyed("stolen-1"))?;
/// assert_eq!((device.is_active(), device.reason.as_deref()), (false, Some("stolen")));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevokeDevice {
    /// The device.
    pub device: DeviceId,
    /// Why, if that is said.
    pub reason: Option<String>,
    /// The caller's name for the command: giving it again under the same name replays it.
    pub key: Option<String>,
}

impl RevokeDevice {
    /// Ends `device`.
    pub fn new(device: DeviceId) -> Self {
        Self { device, reason: None, key: None }
    }

    /// Says why.
    #[must_use]
    pub fn because(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }

    /// Names the command, so that giving it again replays it.
    #[must_use]
    pub fn keyed(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }
}

/// What happened to a device: as it was asked.
///
/// ```
/// use pacioli::prelude::*;
/// use pacioli::{DeviceEvent, Event};
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
/// let revoked = ledger.execute(RevokeDevice::new(phone).because("stolen"))?;
/// let Event::Device(event) = &revoked.entry().event else { panic!("a device") };
/// assert_eq!(event.device(), phone);
/// assert!(matches!(&**event, DeviceEvent::Revoked { given } if given.reason.as_deref() == Some("stolen")));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DeviceEvent {
    /// It was registered.
    Registered {
        /// As given.
        given: NewDevice,
        /// The device.
        device: DeviceId,
    },
    /// It was given a new key.
    Rotated {
        /// As given.
        given: RotateDevice,
    },
    /// It was revoked.
    Revoked {
        /// As given.
        given: RevokeDevice,
    },
}

impl DeviceEvent {
    /// The device.
    pub const fn device(&self) -> DeviceId {
        match self {
            Self::Registered { device, .. } => *device,
            Self::Rotated { given } => given.device,
            Self::Revoked { given } => given.device,
        }
    }
}
