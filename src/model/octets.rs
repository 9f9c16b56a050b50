//! Octets of a fixed number with a name: public keys, signatures, nonces and digests, written in hexadecimal digits.

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
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{self}")
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
}

/// The text is not so many bytes in hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the hexadecimal digits of so many bytes")]
pub struct InvalidHex;

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
    fn hexadecimal_digits_come_back() {
        let nonce: Nonce = "00ff10a0000000000000000000000007".parse().unwrap();
        assert_eq!(nonce.0[..4], [0, 0xff, 0x10, 0xa0]);
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
