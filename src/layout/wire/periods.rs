//! The forms of closed periods. A digest is its 32 bytes.

use super::{Malformed, Reader, Wire, wire_struct};
use crate::model::{PeriodClosed, SealDigest, SealedGroup, SealedTrialBalance};

wire_struct!(PeriodClosed { book, through, after, sealed });
wire_struct!(SealedTrialBalance { accounts, groups, debits, credits, digest });
wire_struct!(SealedGroup { account_type, class, normal_side, accounts, debits, credits });

impl Wire for SealDigest {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let bytes = reader.bytes(32)?;
        bytes.try_into().map(Self).map_err(|_| Malformed("a digest's length"))
    }
}

#[cfg(test)]
impl super::samples::Sample for SealDigest {
    fn sample(dice: &mut super::samples::Dice) -> Self {
        Self(std::array::from_fn(|_| dice.throw() as u8))
    }
}
