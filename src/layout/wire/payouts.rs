//! The forms of devices and payouts.
//!
//! Octets of a fixed number are themselves. Of a beneficiary the tag is 0 outside, 1 inside; of an expiry 0 after, 1 at;
//! of an item's step that of the state it leads to: 1 start, 2 unknown, 3 settle, 4 fail, 5 cancel, 6 return. A device's
//! event is 1 registered, 2 rotated, 3 revoked; a payout's 1 initiated, 2 approved, 3 an item's, 4 the whole's.

use std::borrow::Cow;

use super::{Malformed, Reader, TOO_GREAT, Tagged, UNKNOWN_TAG, Wire, put_text, put_varint, wire_enum, wire_struct};
use crate::model::{
    Approval, Approvers, Beneficiary, Device, DeviceEvent, DeviceId, DeviceKey, DeviceState, Expiry, InitiatedPayout,
    KeyAlgorithm, NewDevice, NewPayout, NewPayoutItem, Nonce, Payout, PayoutChange, PayoutEvent, PayoutId, PayoutItem,
    PayoutItemChange, PayoutItemId, PayoutItemState, PayoutItemStep, PayoutState, PayoutStep, PricedItem, Provider,
    PublicKey, RevokeDevice, RotateDevice, Signature, TrackingId,
};

macro_rules! wire_octets {
    ($($type:ident: $length:literal),* $(,)?) => {$(
        impl Wire for $type {
            fn write(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.0);
            }

            fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
                let mut octets = [0; $length];
                octets.copy_from_slice(reader.bytes($length)?);
                Ok(Self(octets))
            }
        }

        #[cfg(test)]
        impl super::samples::Sample for $type {
            fn sample(dice: &mut super::samples::Dice) -> Self {
                let mut octets = [0; $length];
                octets.fill_with(|| dice.throw() as u8);
                Self(octets)
            }
        }
    )*};
}

wire_octets!(PublicKey: 32, Signature: 64, Nonce: 16, TrackingId: 16);

impl Wire for u16 {
    fn write(&self, out: &mut Vec<u8>) {
        put_varint(out, u64::from(*self));
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        Self::try_from(reader.varint()?).map_err(|_| TOO_GREAT)
    }
}

impl Wire for DeviceId {
    fn write(&self, out: &mut Vec<u8>) {
        put_varint(out, self.0);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        reader.varint().map(Self)
    }
}

impl Wire for PayoutId {
    fn write(&self, out: &mut Vec<u8>) {
        put_varint(out, self.0);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        reader.varint().map(Self)
    }
}

impl Wire for Provider {
    fn write(&self, out: &mut Vec<u8>) {
        put_text(out, self.code());
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        String::read(reader).map(|code| Self(Cow::Owned(code)))
    }
}

impl Wire for Beneficiary {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::External(party) => {
                out.push(0);
                party.write(out);
            }
            Self::Account(account) => {
                out.push(1);
                account.write(out);
            }
        }
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        match reader.u8()? {
            0 => Ok(Self::External(Wire::read(reader)?)),
            1 => Ok(Self::Account(Wire::read(reader)?)),
            _ => Err(UNKNOWN_TAG),
        }
    }
}

impl Wire for Expiry {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::After(ns) => {
                out.push(0);
                ns.write(out);
            }
            Self::At(at) => {
                out.push(1);
                at.write(out);
            }
        }
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        match reader.u8()? {
            0 => Ok(Self::After(Wire::read(reader)?)),
            1 => Ok(Self::At(Wire::read(reader)?)),
            _ => Err(UNKNOWN_TAG),
        }
    }
}

impl Wire for PayoutItemStep {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(self.to().tag());
        if let Self::Settle { charge } = self {
            charge.write(out);
        }
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(match PayoutItemState::of_tag(reader.u8()?)? {
            PayoutItemState::Processing => Self::Start,
            PayoutItemState::Unknown => Self::Unknown,
            PayoutItemState::Successful => Self::Settle { charge: Wire::read(reader)? },
            PayoutItemState::Failed => Self::Fail,
            PayoutItemState::Cancelled => Self::Cancel,
            PayoutItemState::Returned => Self::Return,
            PayoutItemState::Pending => return Err(UNKNOWN_TAG),
        })
    }
}

impl Wire for DeviceEvent {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Registered { given, device } => {
                out.push(1);
                given.write(out);
                device.write(out);
            }
            Self::Rotated { given } => {
                out.push(2);
                given.write(out);
            }
            Self::Revoked { given } => {
                out.push(3);
                given.write(out);
            }
        }
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        match reader.u8()? {
            1 => Ok(Self::Registered { given: Wire::read(reader)?, device: Wire::read(reader)? }),
            2 => Ok(Self::Rotated { given: Wire::read(reader)? }),
            3 => Ok(Self::Revoked { given: Wire::read(reader)? }),
            _ => Err(UNKNOWN_TAG),
        }
    }
}

impl Wire for PayoutEvent {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Initiated(initiated) => {
                out.push(1);
                initiated.write(out);
            }
            Self::Approved { payout, device, key_version, signature, complete } => {
                out.push(2);
                payout.write(out);
                device.write(out);
                key_version.write(out);
                signature.write(out);
                complete.write(out);
            }
            Self::Item { given, charge, leaves } => {
                out.push(3);
                given.write(out);
                charge.write(out);
                leaves.write(out);
            }
            Self::Changed { given } => {
                out.push(4);
                given.write(out);
            }
        }
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        match reader.u8()? {
            1 => Ok(Self::Initiated(Wire::read(reader)?)),
            2 => Ok(Self::Approved {
                payout: Wire::read(reader)?,
                device: Wire::read(reader)?,
                key_version: Wire::read(reader)?,
                signature: Wire::read(reader)?,
                complete: Wire::read(reader)?,
            }),
            3 => {
                Ok(Self::Item { given: Wire::read(reader)?, charge: Wire::read(reader)?, leaves: Wire::read(reader)? })
            }
            4 => Ok(Self::Changed { given: Wire::read(reader)? }),
            _ => Err(UNKNOWN_TAG),
        }
    }
}

wire_enum!(KeyAlgorithm { Ed25519 = 0 });
wire_enum!(DeviceState { Active = 0, Revoked = 1 });
wire_struct!(DeviceKey { version, public_key, since, until });
wire_struct!(Device {
    id,
    client,
    label,
    algorithm,
    state,
    keys,
    reason,
    registered_at,
    registered_in,
    changed_at,
    changed_in
});
wire_struct!(NewDevice { client, public_key, label, key });
wire_struct!(RotateDevice { device, public_key, key });
wire_struct!(RevokeDevice { device, reason, key });

wire_enum!(PayoutState {
    PreviewAndApprove = 0,
    Approved = 1,
    Processing = 2,
    Completed = 3,
    Failed = 4,
    Cancelled = 5,
    Expired = 6,
});
wire_enum!(PayoutItemState {
    Pending = 0,
    Processing = 1,
    Unknown = 2,
    Successful = 3,
    Failed = 4,
    Cancelled = 5,
    Returned = 6,
});
wire_enum!(PayoutStep { Cancel = 0, End = 1, Expire = 2 });
wire_struct!(PayoutItemId { payout, number });
wire_struct!(Approvers { needed, devices });
wire_struct!(Approval { device, key_version, signature, approved_at, approved_in });
wire_struct!(NewPayoutItem { beneficiary, name, amount, narrative, reference });
wire_struct!(NewPayout {
    device,
    service,
    source,
    provider,
    currency,
    items,
    expiry,
    approvers,
    reserve_on_initiate,
    metadata,
    key,
});
wire_struct!(PricedItem { amount, charge, request_reference_id });
wire_struct!(InitiatedPayout {
    given,
    payout,
    tracking_id,
    nonce,
    client,
    book,
    currency,
    service_version,
    expires_at,
    items,
    total,
    charge_estimate,
});
wire_struct!(PayoutItemChange { item, step, code, reason, effective_at });
wire_struct!(PayoutChange { payout, step, reason });
wire_struct!(Payout {
    id,
    tracking_id,
    client,
    device,
    service,
    source,
    book,
    currency,
    provider,
    approvers,
    reserved,
    nonce,
    expires_at,
    metadata,
    items,
    open_items,
    total,
    charge_estimate,
    state,
    approvals,
    paid_total,
    failed_total,
    cancelled_total,
    returned_total,
    actual_charges,
    reason,
    initiated_at,
    initiated_in,
    changed_at,
    changed_in,
});
wire_struct!(PayoutItem {
    id,
    request_reference_id,
    beneficiary,
    name,
    amount,
    narrative,
    reference,
    charge,
    state,
    actual_charge,
    code,
    reason,
    settled_in,
    changed_at,
    changed_in,
});

#[cfg(test)]
mod tests {
    use super::super::samples::{Dice, Sample, check_codec, dice};
    use super::*;
    use proptest::prelude::*;

    macro_rules! sample {
        ($($type:ty: $dice:ident => $value:expr),* $(,)?) => {$(
            impl Sample for $type {
                fn sample($dice: &mut Dice) -> Self {
                    $value
                }
            }
        )*};
    }

    sample! {
        u16: dice => *dice.one_of(&[0, 1, 127, 128, 500, u16::MAX]),
        DeviceId: dice => Self(u64::sample(dice)),
        PayoutId: dice => Self(u64::sample(dice)),
        Provider: dice => Self(Cow::Owned(String::sample(dice))),
        Beneficiary: dice => match dice.below(2) {
            0 => Self::External(Sample::sample(dice)),
            _ => Self::Account(Sample::sample(dice)),
        },
        Expiry: dice => match dice.below(2) {
            0 => Self::After(Sample::sample(dice)),
            _ => Self::At(Sample::sample(dice)),
        },
        PayoutItemStep: dice => match dice.below(6) {
            0 => Self::Start,
            1 => Self::Settle { charge: Sample::sample(dice) },
            2 => Self::Fail,
            3 => Self::Unknown,
            4 => Self::Cancel,
            _ => Self::Return,
        },
        DeviceEvent: dice => match dice.below(3) {
            0 => Self::Registered { given: Sample::sample(dice), device: Sample::sample(dice) },
            1 => Self::Rotated { given: Sample::sample(dice) },
            _ => Self::Revoked { given: Sample::sample(dice) },
        },
        PayoutEvent: dice => match dice.below(4) {
            0 => Self::Initiated(Sample::sample(dice)),
            1 => Self::Approved {
                payout: Sample::sample(dice),
                device: Sample::sample(dice),
                key_version: Sample::sample(dice),
                signature: Sample::sample(dice),
                complete: Sample::sample(dice),
            },
            2 => Self::Item {
                given: Sample::sample(dice),
                charge: Sample::sample(dice),
                leaves: Sample::sample(dice),
            },
            _ => Self::Changed { given: Sample::sample(dice) },
        },
    }

    fn written(value: &impl Wire) -> Vec<u8> {
        let mut out = Vec::new();
        value.write(&mut out);
        out
    }

    fn whole<T: Wire>(bytes: &[u8]) -> Result<T, Malformed> {
        let mut reader = Reader::new(bytes);
        let value = T::read(&mut reader)?;
        reader.finish()?;
        Ok(value)
    }

    macro_rules! codecs {
        ($($name:ident: $type:ty),* $(,)?) => {
            proptest! {$(
                #[test]
                fn $name(mut dice in dice(), random in proptest::collection::vec(any::<u8>(), 0..64)) {
                    let value = <$type>::sample(&mut dice);
                    check_codec(&value, |value| written(value), whole::<$type>, &mut dice, &random);
                }
            )*}
        };
    }

    codecs! {
        devices_come_back: Device,
        device_events_come_back: DeviceEvent,
        payouts_come_back: Payout,
        payout_items_come_back: PayoutItem,
        payout_events_come_back: PayoutEvent,
    }
}
