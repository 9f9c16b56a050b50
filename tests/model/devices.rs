//! How the naive ledger keeps devices: a device is what the list of entries says of it.

use std::sync::Arc;

use pacioli::{
    ClientId, Device, DeviceEvent, DeviceId, DeviceKey, DeviceRequest, DeviceState, Entry, Event, KeyAlgorithm,
    PublicKey, Rejection,
};

use super::naive::{Judged, Naive};
use super::{signing, texts};

/// The devices after the last of the entries, in the order in which they were registered.
pub fn all(entries: &[Arc<Entry>]) -> Vec<Device> {
    let mut devices: Vec<Device> = Vec::new();
    for entry in entries {
        let Event::Device(event) = &entry.event else { continue };
        let (at, sequence) = (entry.recorded_at, entry.sequence);
        if let DeviceEvent::Registered { given, device } = &**event {
            devices.push(Device {
                id: *device,
                client: given.client,
                label: given.label.clone(),
                algorithm: KeyAlgorithm::Ed25519,
                state: DeviceState::Active,
                keys: Vec::new(),
                reason: None,
                registered_at: at,
                registered_in: sequence,
                changed_at: at,
                changed_in: sequence,
            });
        }
        let Some(device) = devices.iter_mut().find(|device| device.id == event.device()) else { continue };
        (device.changed_at, device.changed_in) = (at, sequence);
        for key in device.keys.iter_mut().filter(|key| key.until.is_none()) {
            key.until = Some(at);
        }
        let key = match &**event {
            DeviceEvent::Registered { given, .. } => given.public_key,
            DeviceEvent::Rotated { given } => given.public_key,
            DeviceEvent::Revoked { given } => {
                (device.state, device.reason) = (DeviceState::Revoked, given.reason.clone());
                continue;
            }
            _ => unreachable!("an event that the model does not know"),
        };
        let version = device.keys.len() as u32 + 1;
        device.keys.push(DeviceKey { version, public_key: key, since: at, until: None });
    }
    devices
}

impl Naive {
    pub fn device(&self, device: DeviceId) -> Judged<Device> {
        let found = all(&self.entries).into_iter().find(|record| record.id == device);
        found.ok_or(Rejection::DeviceNotFound { device })
    }

    /// A device that may approve.
    pub fn active_device(&self, device: DeviceId) -> Judged<Device> {
        let record = self.device(device)?;
        if record.state == DeviceState::Active { Ok(record) } else { Err(Rejection::DeviceRevoked { device }) }
    }

    /// A device of the client's that may approve.
    pub fn own_device(&self, device: DeviceId, client: ClientId) -> Judged<Device> {
        if self.device(device)?.client != client {
            return Err(Rejection::DeviceNotOwnedByClient { device, client });
        }
        self.active_device(device)
    }

    pub fn device_name(&self, request: &DeviceRequest) -> Judged<(Option<ClientId>, Option<String>)> {
        Ok(match request {
            DeviceRequest::Register(given) => (Some(given.client), given.key.clone()),
            DeviceRequest::Rotate(given) => (Some(self.device(given.device)?.client), given.key.clone()),
            DeviceRequest::Revoke(given) => (Some(self.device(given.device)?.client), given.key.clone()),
            _ => unreachable!("a request that the model does not know"),
        })
    }

    pub fn keep_device(&self, request: &DeviceRequest) -> Judged<Event> {
        let event = match request {
            DeviceRequest::Register(given) => {
                self.active_client(given.client)?;
                texts::name("device label", &given.label)?;
                self.new_key(&given.public_key)?;
                let device = DeviceId(all(&self.entries).len() as u64 + 1);
                DeviceEvent::Registered { given: given.clone(), device }
            }
            DeviceRequest::Rotate(given) => {
                let device = self.active_device(given.device)?;
                self.active_client(device.client)?;
                texts::few("device keys", device.keys.len() + 1, 64)?;
                self.new_key(&given.public_key)?;
                DeviceEvent::Rotated { given: given.clone() }
            }
            // Even of a client that may do no business.
            DeviceRequest::Revoke(given) => {
                self.active_device(given.device)?;
                texts::description_if_any("reason", &given.reason)?;
                DeviceEvent::Revoked { given: given.clone() }
            }
            _ => unreachable!("a request that the model does not know"),
        };
        Ok(Event::Device(Box::new(event)))
    }

    /// A key that can be one, and that no device has or had.
    fn new_key(&self, key: &PublicKey) -> Judged<()> {
        if let Some((_, reason)) = signing::BAD_KEYS.iter().find(|(bad, _)| bad == key) {
            return Err(Rejection::InvalidDeviceKey { reason });
        }
        let had = |device: &Device| device.keys.iter().any(|other| other.public_key == *key);
        match all(&self.entries).into_iter().find(had) {
            Some(device) => Err(Rejection::DeviceKeyTaken { device: device.id }),
            None => Ok(()),
        }
    }
}
