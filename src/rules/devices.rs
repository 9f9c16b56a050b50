//! The law of devices: which keys can be registered, and how a device's keys follow one another.
//!
//! Ed25519 is computed by `ed25519-dalek`, which is as pure as the rest of this layer: it reads neither clock nor
//! randomness, since only verification is used.

use std::borrow::Cow;

use ed25519_dalek::VerifyingKey;

use super::command::DeviceRequest;
use super::desk::{Desk, Name, Place, Record, Refusal};
use super::draft::{Draft, Identity};
use super::rejection::Rejection;
use super::texts;
use crate::model::{
    ApprovalDigest, ClientId, Device, DeviceEvent, DeviceId, DeviceKey, DeviceState, Entry, Event, KeyAlgorithm,
    Limits, NewDevice, PublicKey, RevokeDevice, RotateDevice,
};

pub(super) fn identify<'a>(desk: &Desk, request: &'a DeviceRequest) -> Result<Identity<'a>, Refusal> {
    let (client, key) = match request {
        DeviceRequest::Register(given) => (given.client, &given.key),
        DeviceRequest::Rotate(given) => (desk.device(given.device)?.client, &given.key),
        DeviceRequest::Revoke(given) => (desk.device(given.device)?.client, &given.key),
    };
    Ok(Identity { client: Some(client), key: key.as_deref().map(Cow::Borrowed) })
}

pub(super) fn decide(desk: &Desk, request: &DeviceRequest) -> Result<Draft, Refusal> {
    let event = match request {
        DeviceRequest::Register(given) => register(desk, given)?,
        DeviceRequest::Rotate(given) => rotate(desk, given)?,
        DeviceRequest::Revoke(given) => revoke(desk, given)?,
    };
    Ok(Draft::recorded(Event::Device(Box::new(event))))
}

pub(super) fn repeats(request: &DeviceRequest, event: &DeviceEvent) -> bool {
    match (request, event) {
        (DeviceRequest::Register(given), DeviceEvent::Registered { given: kept, .. }) => given == kept,
        (DeviceRequest::Rotate(given), DeviceEvent::Rotated { given: kept }) => given == kept,
        (DeviceRequest::Revoke(given), DeviceEvent::Revoked { given: kept }) => given == kept,
        _ => false,
    }
}

fn register(desk: &Desk, given: &NewDevice) -> Result<DeviceEvent, Refusal> {
    desk.active_client(given.client)?;
    texts::name("device label", &given.label)?;
    usable_key(desk, &given.public_key)?;
    let id = desk.counters.device.checked_add(1).ok_or(Rejection::IdentifiersExhausted)?;
    Ok(DeviceEvent::Registered { given: given.clone(), device: DeviceId(id) })
}

fn rotate(desk: &Desk, given: &RotateDevice) -> Result<DeviceEvent, Refusal> {
    let device = active(desk, given.device)?;
    desk.active_client(device.client)?;
    texts::at_most("device keys", device.keys.len().saturating_add(1), Limits::DEVICE_KEYS)?;
    usable_key(desk, &given.public_key)?;
    Ok(DeviceEvent::Rotated { given: given.clone() })
}

/// A device can be revoked whatever its client's state.
fn revoke(desk: &Desk, given: &RevokeDevice) -> Result<DeviceEvent, Refusal> {
    active(desk, given.device)?;
    texts::optional_description("reason", given.reason.as_deref())?;
    Ok(DeviceEvent::Revoked { given: given.clone() })
}

/// A device that may approve.
pub(super) fn active(desk: &Desk, device: DeviceId) -> Result<&Device, Refusal> {
    let record = desk.device(device)?;
    if record.is_active() { Ok(record) } else { Err(Rejection::DeviceRevoked { device }.into()) }
}

/// A device that may approve, of this client.
pub(super) fn active_of(desk: &Desk, device: DeviceId, client: ClientId) -> Result<&Device, Refusal> {
    let record = desk.device(device)?;
    if record.client != client {
        return Err(Rejection::DeviceNotOwnedByClient { device, client }.into());
    }
    active(desk, device)
}

/// A key is a point of the curve, in its one form, of large order, and has never been any device's.
fn usable_key(desk: &Desk, key: &PublicKey) -> Result<(), Refusal> {
    let invalid = |reason| Rejection::InvalidDeviceKey { reason };
    if !is_reduced(&key.0) {
        return Err(invalid("the key is not in canonical form").into());
    }
    let point = VerifyingKey::from_bytes(&key.0).map_err(|_| invalid("the key is not a point of the curve"))?;
    if point.is_weak() {
        return Err(invalid("the key is of small order").into());
    }
    match desk.holder(Name::DeviceKey(key.to_string()))? {
        Some(holder) => Err(Rejection::DeviceKeyTaken { device: DeviceId(holder) }.into()),
        None => Ok(()),
    }
}

/// Whether the 255 bits of a coordinate are below 2^255 - 19, so that the point has no second form.
fn is_reduced(key: &[u8; 32]) -> bool {
    let [first, middle @ .., last] = key;
    *last & 0x7f != 0x7f || middle.iter().any(|byte| *byte != 0xff) || *first < 0xed
}

/// Whether a signature is a device's of a digest. Strictly: not malleable, and neither key nor R of small order.
pub(super) fn signed(key: &DeviceKey, digest: &ApprovalDigest, signature: &[u8]) -> bool {
    let point = VerifyingKey::from_bytes(&key.public_key.0);
    let signature = ed25519_dalek::Signature::from_slice(signature);
    matches!((point, signature), (Ok(point), Ok(signature)) if point.verify_strict(&digest.0, &signature).is_ok())
}

pub(super) fn apply(desk: &mut Desk, event: &DeviceEvent, entry: &Entry) {
    let (at, changed_in) = (entry.recorded_at, entry.sequence);
    let record = match event {
        DeviceEvent::Registered { given, device } => {
            desk.counters.device = desk.counters.device.max(device.0);
            desk.change(Place::Name(Name::DeviceKey(given.public_key.to_string())), Record::Name(device.0));
            Device {
                id: *device,
                client: given.client,
                label: given.label.clone(),
                algorithm: KeyAlgorithm::Ed25519,
                state: DeviceState::Active,
                keys: vec![DeviceKey { version: 1, public_key: given.public_key, since: at, until: None }],
                reason: None,
                registered_at: at,
                registered_in: changed_in,
                changed_at: at,
                changed_in,
            }
        }
        DeviceEvent::Rotated { given } => {
            let Some(Record::Device(before)) = desk.record(&Place::Device(given.device)) else { return };
            let mut keys = ended(&before.keys, entry);
            let version = keys.last().map_or(1, |last| last.version.saturating_add(1));
            keys.push(DeviceKey { version, public_key: given.public_key, since: at, until: None });
            let record = Device { keys, changed_at: at, changed_in, ..(**before).clone() };
            desk.change(Place::Name(Name::DeviceKey(given.public_key.to_string())), Record::Name(given.device.0));
            record
        }
        DeviceEvent::Revoked { given } => {
            let Some(Record::Device(before)) = desk.record(&Place::Device(given.device)) else { return };
            let (keys, reason) = (ended(&before.keys, entry), given.reason.clone());
            Device { state: DeviceState::Revoked, keys, reason, changed_at: at, changed_in, ..(**before).clone() }
        }
    };
    desk.change(Place::Device(record.id), Record::Device(std::sync::Arc::new(record)));
}

/// Keys of which none is in force any more.
fn ended(keys: &[DeviceKey], entry: &Entry) -> Vec<DeviceKey> {
    keys.iter().map(|key| DeviceKey { until: key.until.or(Some(entry.recorded_at)), ..*key }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coordinate_is_below_the_prime() {
        let mut key = [0xff; 32];
        key[31] = 0x7f;
        for (first, reduced) in [(0xec, true), (0xed, false), (0xee, false), (0xff, false)] {
            key[0] = first;
            assert_eq!(is_reduced(&key), reduced, "{first:x}");
            key[31] ^= 0x80;
            assert_eq!(is_reduced(&key), reduced, "{first:x} with the sign");
            key[31] ^= 0x80;
        }
        key[30] = 0xfe;
        assert!(is_reduced(&key));
    }
}
