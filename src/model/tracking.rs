//! How payouts and their items are named outside: by identifiers in the form of a UUID.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::octets::octets_of;
use super::{InvalidId, Limits, Nonce, PayoutId};

/// One item of a payout: the payout's identifier and the item's number in it, from 1; written `7.2`.
///
/// ```
/// use pacioli::{PayoutId, PayoutItemId};
///
/// let second = PayoutItemId::new(PayoutId(7), 2);
/// assert_eq!((second.to_string(), "7.2".parse()), ("7.2".to_owned(), Ok(second)));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PayoutItemId {
    /// The payout.
    pub payout: PayoutId,
    /// The number in the payout, from 1.
    pub number: u16,
}

impl PayoutItemId {
    /// Item `number`, from 1, of a payout.
    pub const fn new(payout: PayoutId, number: u16) -> Self {
        Self { payout, number }
    }

    /// Whether a payout can have it: beyond that, [`PayoutItemId::packed`] would lead to another's.
    pub(crate) const fn can_exist(self) -> bool {
        self.number >= 1 && self.number as usize <= Limits::PAYOUT_ITEMS && self.payout.0 <= TrackingId::PAYOUT_MAX.0
    }

    /// One number for both: there are less than 4,096 items of a payout, and less than 2^48 payouts.
    pub(crate) const fn packed(self) -> u64 {
        self.payout.0 << 12 | self.number as u64 & 0xfff
    }
}

impl fmt::Display for PayoutItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.payout, self.number)
    }
}

impl FromStr for PayoutItemId {
    type Err = InvalidId;
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let (payout, number) = text.split_once('.').ok_or(InvalidId)?;
        Ok(Self { payout: payout.parse()?, number: number.parse().map_err(|_| InvalidId)? })
    }
}

impl Serialize for PayoutItemId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PayoutItemId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// What the world outside calls a payout, or one of its items: a UUID of version 8, `8-4-4-4-12` digits.
///
/// Its first 48 bits are the payout's identifier and the 12 bits after the version the item's number, zero for the
/// payout itself, so that either is found without an index. The last 62 bits are taken from a BLAKE3 digest of the
/// ledger's identity, both of these and the payout's nonce, so that nobody can foresee the whole.
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
/// let text = preview.tracking_id.to_string(); // 8-4-4-4-12 hexadecimal digits
/// let read: TrackingId = text.parse()?;
/// assert_eq!((read.payout(), read.item()), (preview.payout, None));
/// assert_eq!(preview.items[0].request_reference_id.item(), Some(preview.items[0].id));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TrackingId(pub [u8; 16]);

impl TrackingId {
    /// The greatest identifier of a payout that has room in it.
    pub const PAYOUT_MAX: PayoutId = PayoutId((1 << 48) - 1);

    /// The name of a payout (`item` zero) or of one of its items.
    pub(crate) fn make(ledger: &[u8; 16], payout: PayoutId, item: u16, nonce: &Nonce) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key("pacioli payout tracking v1");
        hasher.update(ledger).update(&payout.0.to_be_bytes()).update(&item.to_be_bytes()).update(&nonce.0);
        let digest = hasher.finalize();
        let mut tail = [0; 8];
        tail.copy_from_slice(digest.as_bytes().split_at(8).0);
        let head = payout.0 << 16 | 0x8000 | u64::from(item & 0xfff);
        let tail = u64::from_be_bytes(tail) >> 2 | 1 << 63;
        Self((u128::from(head) << 64 | u128::from(tail)).to_be_bytes())
    }

    /// The payout that it names.
    pub const fn payout(self) -> PayoutId {
        PayoutId((u128::from_be_bytes(self.0) >> 80) as u64)
    }

    /// The item that it names, if not the payout itself.
    pub const fn item(self) -> Option<PayoutItemId> {
        match (u128::from_be_bytes(self.0) >> 64) as u16 & 0xfff {
            0 => None,
            number => Some(PayoutItemId::new(self.payout(), number)),
        }
    }
}

impl fmt::Display for TrackingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, byte) in self.0.iter().enumerate() {
            if matches!(at, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for TrackingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for TrackingId {
    type Err = InvalidId;
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let dashed = text.bytes().enumerate().all(|(at, byte)| (byte == b'-') == matches!(at, 8 | 13 | 18 | 23));
        if text.len() != 36 || !dashed {
            return Err(InvalidId);
        }
        let digits: String = text.chars().filter(|digit| *digit != '-').collect();
        let octets = octets_of(&digits).map_err(|_| InvalidId)?;
        octets.try_into().map(Self).map_err(|_| InvalidId)
    }
}

impl Serialize for TrackingId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TrackingId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tracking_id_leads_to_what_it_names() {
        let nonce = Nonce([7; 16]);
        for (payout, item) in [(1, 0), (300, 1), (TrackingId::PAYOUT_MAX.0, 500)] {
            let id = TrackingId::make(&[9; 16], PayoutId(payout), item, &nonce);
            assert_eq!(id.payout(), PayoutId(payout));
            assert_eq!(id.item(), (item > 0).then_some(PayoutItemId::new(PayoutId(payout), item)));
            let text = id.to_string();
            assert_eq!((text.len(), &text[14..15]), (36, "8"));
            assert!(matches!(&text[19..20], "8" | "9" | "a" | "b"), "{text}");
            assert_eq!(text.parse(), Ok(id));
        }
        let one = TrackingId::make(&[9; 16], PayoutId(1), 0, &nonce);
        assert_ne!(one, TrackingId::make(&[8; 16], PayoutId(1), 0, &nonce));
        assert_ne!(one, TrackingId::make(&[9; 16], PayoutId(1), 0, &Nonce([8; 16])));
        for wrong in ["", "00000000-0000-8000-8000-00000000000", "00000000-0000-8000-8000-00000000000g"] {
            assert_eq!(wrong.parse::<TrackingId>(), Err(InvalidId), "{wrong}");
        }
    }

    #[test]
    fn items_are_packed_apart() {
        let item = |payout, number| PayoutItemId::new(PayoutId(payout), number).packed();
        assert!(item(1, 500) < item(2, 1));
        assert_ne!(item(1, 1), item(1, 2));
        assert_eq!("7.2".parse(), Ok(PayoutItemId::new(PayoutId(7), 2)));
        assert!("7".parse::<PayoutItemId>().is_err());
    }
}
