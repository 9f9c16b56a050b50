//! The keys of the tests' devices, and what devices sign: made here byte by byte as the crate's documentation says.

use std::sync::LazyLock;

use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use pacioli::{Beneficiary, DeviceId, Nonce, Payout, PayoutId, PayoutItem, PublicKey, TrackingId};

/// How many keys there are; a world that needs more comes upon keys that are taken.
pub const KEYS: usize = 300;

static PAIRS: LazyLock<Vec<(PublicKey, SigningKey)>> = LazyLock::new(|| {
    let secret =
        |number: usize| SigningKey::from_bytes(&[(number >> 8) as u8 + 1, number as u8].repeat(16).try_into().unwrap());
    let pair = |secret: SigningKey| (PublicKey(secret.verifying_key().to_bytes()), secret);
    (0..KEYS).map(|number| pair(secret(number))).collect()
});

pub fn public(number: usize) -> PublicKey {
    PAIRS[number % KEYS].0
}

/// What no device may have for a key, and why.
pub static BAD_KEYS: LazyLock<Vec<(PublicKey, &'static str)>> = LazyLock::new(|| {
    let low = |byte| {
        let mut key = [0; 32];
        key[0] = byte;
        key
    };
    let no_point = (2..).map(low).find(|key| VerifyingKey::from_bytes(key).is_err()).unwrap();
    let mut second_form = [0xff; 32];
    second_form[31] = 0x7f;
    vec![
        (PublicKey(second_form), "the key is not in canonical form"),
        (PublicKey(no_point), "the key is not a point of the curve"),
        (PublicKey(low(0)), "the key is of small order"),
        (PublicKey(low(1)), "the key is of small order"),
    ]
});

/// The one signature of a digest that the holder of a key makes.
pub fn sign(key: &PublicKey, digest: &[u8; 32]) -> Option<[u8; 64]> {
    let (_, secret) = PAIRS.iter().find(|(public, _)| public == key)?;
    Some(secret.sign(digest).to_bytes())
}

/// The same signature in another form, whose S is greater by the order of the base point.
pub fn malleated(mut signature: [u8; 64]) -> [u8; 64] {
    const ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let mut carry = 0;
    for (byte, order) in signature[32..].iter_mut().zip(ORDER) {
        let sum = u16::from(*byte) + u16::from(order) + carry;
        (*byte, carry) = (sum as u8, sum >> 8);
    }
    signature
}

/// What a device signs of a payout.
pub fn digest(ledger: [u8; 16], payout: &Payout, items: &[PayoutItem], approver: DeviceId) -> [u8; 32] {
    blake3::derive_key("pacioli payout approval v1", &message(ledger, payout, items, approver))
}

fn message(ledger: [u8; 16], payout: &Payout, items: &[PayoutItem], approver: DeviceId) -> Vec<u8> {
    let text = |text: &str| [&(text.len() as u32).to_be_bytes()[..], text.as_bytes()].concat();
    let option = |given: &Option<String>| match given {
        Some(given) => [&[1][..], &text(given)].concat(),
        None => vec![0],
    };
    let amount = |minor: i128| minor.to_be_bytes();
    let mut message = [
        &ledger[..],
        &payout.tracking_id.0,
        &payout.id.0.to_be_bytes(),
        &payout.nonce.0,
        &payout.device.0.to_be_bytes(),
        &payout.client.0.to_be_bytes(),
        &payout.service.0.0.to_be_bytes(),
        &payout.service.1.to_be_bytes(),
        &payout.source.0.to_be_bytes(),
        &payout.book.0.to_be_bytes(),
        &text(payout.currency.code()),
        &[payout.currency.scale()],
        &text(payout.provider.code()),
        &payout.approvers.needed.to_be_bytes(),
        &(payout.approvers.devices.len() as u16).to_be_bytes(),
    ]
    .concat();
    for device in &payout.approvers.devices {
        message.extend(device.0.to_be_bytes());
    }
    message.extend(payout.expires_at.0.to_be_bytes());
    message.push(payout.reserved.into());
    message.extend((payout.metadata.len() as u32).to_be_bytes());
    for (key, value) in &payout.metadata {
        message.extend([text(key), text(value)].concat());
    }
    message.extend((items.len() as u32).to_be_bytes());
    for (item, number) in items.iter().zip(1u16..) {
        message.extend(number.to_be_bytes());
        message.extend(item.request_reference_id.0);
        match &item.beneficiary {
            Beneficiary::External(party) => {
                message.push(0);
                message.extend([text(party.kind.code()), text(&party.display)].concat());
            }
            Beneficiary::Account(account) => {
                message.push(1);
                message.extend(account.0.to_be_bytes());
            }
        }
        message.extend(option(&item.name));
        message.extend(amount(item.amount.signed()));
        message.extend([option(&item.narrative), option(&item.reference)].concat());
        message.extend(amount(item.charge.fee.signed()));
        message.extend(amount(item.charge.tax.signed()));
    }
    let total: i128 = items.iter().map(|item| item.amount.signed()).sum();
    let charges: i128 = items.iter().map(|item| item.charge.fee.signed() + item.charge.tax.signed()).sum();
    [total, charges, total + charges].map(amount).iter().for_each(|sum| message.extend(sum));
    message.extend(approver.0.to_be_bytes());
    message
}

/// What the world outside calls a payout (item 0) or an item.
pub fn tracking(ledger: [u8; 16], payout: PayoutId, item: u16, nonce: Nonce) -> TrackingId {
    let named = [&ledger[..], &payout.0.to_be_bytes(), &item.to_be_bytes(), &nonce.0].concat();
    let digest = blake3::derive_key("pacioli payout tracking v1", &named);
    let mut id = [0; 16];
    id[..6].copy_from_slice(&payout.0.to_be_bytes()[2..]);
    id[6..8].copy_from_slice(&(0x8000 | item).to_be_bytes());
    // Two bits less than eight bytes of the digest, after the mark of the variant.
    let tail = u64::from_be_bytes(digest[..8].try_into().unwrap());
    id[8..].copy_from_slice(&(1 << 63 | tail >> 2).to_be_bytes());
    TrackingId(id)
}
