//! The forms of exchanges.
//!
//! An exchange rate is two varints: units given, and for how many; both above zero and without a common divisor.

use super::{Malformed, Reader, Wire, put_varint, wire_enum, wire_struct};
use crate::model::{Exchanged, ExchangedSide};
use crate::money::ExchangeRate;

wire_enum!(ExchangedSide { Sold = 0, Bought = 1 });
wire_struct!(Exchanged { sold, bought, named, rate, rounding });

impl Wire for ExchangeRate {
    fn write(&self, out: &mut Vec<u8>) {
        let (units, per) = self.as_ratio();
        put_varint(out, units);
        put_varint(out, per);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let ratio = (reader.varint()?, reader.varint()?);
        let rate = Self::ratio(ratio.0, ratio.1).map_err(|_| Malformed("not an exchange rate"))?;
        if rate.as_ratio() == ratio { Ok(rate) } else { Err(Malformed("an exchange rate is not in lowest terms")) }
    }
}

#[cfg(test)]
impl super::samples::Sample for ExchangeRate {
    fn sample(dice: &mut super::samples::Dice) -> Self {
        let mut number = || u64::sample(dice).max(1);
        Self::ratio(number(), number()).unwrap()
    }
}
