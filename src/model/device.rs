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
