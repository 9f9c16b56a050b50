//! Octets of a fixed number with a name: public keys, signatures, nonces, digests and commitments, written in
//! hexadecimal digits.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! octets {
    ($($(#[$doc:meta])* $name:ident: $length:literal),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; $length]);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&hex(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{self}")
            }
        }

        impl From<[u8; $length]> for $name {
            fn from(bytes: [u8; $length]) -> Self {
                Self(bytes)
            }
        }

        impl FromStr for $name {
            type Err = InvalidHex;
            fn from_str(text: &str) -> Result<Self, InvalidHex> {
                octets_of(text)?.try_into().map(Self).map_err(|_| InvalidHex)
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

octets! {
    /// An approver's Ed25519 public key, compressed as RFC 8032 says: 32 bytes.
    PublicKey: 32,
    /// An Ed25519 signature, as RFC 8032 says: R, then S; 64 bytes.
    Signature: 64,
    /// A number used once: 16 bytes that nobody could foresee.
    Nonce: 16,
    /// What an approver signs: 32 bytes that stand for a whole payout.
    ApprovalDigest: 32,
    /// A digest of 32 bytes, of an entry, one of its lines, or the journal up to a commit.
    Hash: 32,
    /// What the journal holds in place of personal texts: a salted digest of 32 bytes.
    ///
    /// Equal texts have different commitments, since each has a salt of its own.
    #[derive(Default)]
    Commitment: 32,
    /// The BLAKE3 digest of a sealed trial balance: 32 bytes.
    ///
    /// It is derived with the context `pacioli sealed trial balance v1`, from the book and the period's end, 8 bytes each,
    /// and of each account in the order of their identifiers: identifier, 8 bytes, posted debits, posted credits, 16 bytes
    /// each. All numbers stand with their lowest byte first.
    #[derive(Default)]
    SealDigest: 32,
}

/// The text is not so many bytes in hexadecimal digits.
///
/// ```
/// use pacioli::{Hash, InvalidHex, PublicKey};
///
/// let digits = "07".repeat(32);
/// assert_eq!(digits.parse::<Hash>().map(|hash| hash.to_string()), Ok(digits));
/// assert_eq!("07".parse::<PublicKey>(), Err(InvalidHex)); // 32 bytes are needed
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the hexadecimal digits of so many bytes")]
pub struct InvalidHex;

/// Bytes in hexadecimal digits, two for each, small.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| DIGITS.get(usize::from(nibble)).copied().map_or('0', char::from);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// The bytes of hexadecimal digits, two for each, capital or small.
pub(crate) fn octets_of(text: &str) -> Result<Vec<u8>, InvalidHex> {
    if !text.len().is_multiple_of(2) {
        return Err(InvalidHex);
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pairs = text.as_bytes().chunks_exact(2);
    let byte = |pair: &[u8]| match pair {
        [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    };
    pairs.map(|pair| byte(pair).ok_or(InvalidHex)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_bytes_go_out_and_come_back() {
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(octets_of(&hex(&all)), Ok(all.clone()));
        assert_eq!(octets_of(&hex(&all).to_uppercase()), Ok(all));
        assert_eq!(
            (octets_of("0"), octets_of("0G"), octets_of("é")),
            (Err(InvalidHex), Err(InvalidHex), Err(InvalidHex))
        );
    }

    #[test]
    fn hexadecimal_digits_come_back() {
        let nonce: Nonce = "00ff10a0000000000000000000000007".parse().unwrap();
        assert_eq!(nonce.0[..4], [0, 0xff, 0x10, 0xa0]);
        assert_eq!(Nonce::from(nonce.0), nonce);
        assert_eq!(nonce.to_string(), "00ff10a0000000000000000000000007");
        for wrong in [
            "",
            "0",
            "00ff10a00000000000000000000000",
            "0xff10a0000000000000000000000007",
            "é0ff10a000000000000000000000007",
        ] {
            assert_eq!(wrong.parse::<Nonce>(), Err(InvalidHex), "{wrong}");
        }
    }
}
