//! The forms of holds.
//!
//! An effect is a byte, 1 a hold placed, 2 a hold settled, 3 an exchange, 26 what happened to a payout, 28 an invoice
//! completed, and its fields in the order of the model.

use super::{Malformed, Reader, Wire, wire_enum, wire_struct, wire_variants};
use crate::model::{Effect, Extras, HoldId, HoldKind, HoldState, Sequence, Settlement};

wire_enum!(HoldKind { Hold = 0, Clearing = 1, Reserve = 2 });
wire_enum!(HoldState { Open = 0, Captured = 1, Released = 2, Expired = 3 });
wire_enum!(Settlement { Capture = 0, Release = 1, Expire = 2 });
wire_struct!(Extras { blocked_debits, blocked_credits, limited, monitored });

wire_variants!(Effect {
    HoldPlaced { kind, of, principal, due_at, may_overdraw } = 1,
    HoldSettled { hold, kind, how, part, last, captured, released, state } = 2,
    Payout { event } = 26,
    Exchanged(exchanged) = 3,
    InvoiceCompleted { invoice, amount, charge } = 28,
});

impl Wire for HoldId {
    fn write(&self, out: &mut Vec<u8>) {
        self.0.write(out);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        Sequence::read(reader).map(Self)
    }
}

#[cfg(test)]
impl super::samples::Sample for HoldId {
    fn sample(dice: &mut super::samples::Dice) -> Self {
        Self(super::samples::Sample::sample(dice))
    }
}
