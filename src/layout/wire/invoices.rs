//! The forms of channels and invoices.
//!
//! Structs are their fields and variants a byte and their fields, all in the order of this file.

use super::{Malformed, Reader, Wire, wire_enum, wire_struct, wire_variants};
use crate::model::{
    Channel, ChannelChange, ChannelId, Charge, Invoice, InvoiceEvent, InvoiceFailure, InvoiceId, InvoiceState,
    InvoiceStep, NewChannel, NewInvoice, Sequence,
};

wire_enum!(InvoiceState { Pending = 0, Processing = 1, Complete = 2, Failed = 3, Cancelled = 4, Expired = 5 });
wire_struct!(Charge { fee, tax });
wire_struct!(NewChannel { code, currencies, active, key });
wire_struct!(ChannelChange { currencies, active, key });
wire_struct!(Channel { id, code, currencies, active, defined_at, changed_at, changed_in });
wire_struct!(InvoiceFailure { reason, code, code_link });
wire_struct!(NewInvoice {
    service,
    account,
    channel,
    provider,
    money,
    bearer,
    payer,
    narrative,
    references,
    metadata,
    expires_at,
    key,
});
wire_struct!(Invoice {
    id,
    state,
    client,
    account,
    service,
    channel,
    provider,
    currency,
    asked,
    amount,
    charge,
    bearer,
    payer,
    narrative,
    references,
    metadata,
    failure,
    cancel_reason,
    expires_at,
    created_at,
    updated_at,
    updated_in,
    completed_in,
});

wire_variants!(InvoiceStep {
    Process = 1,
    Fail { failure } = 2,
    Cancel { reason } = 3,
    Expire { at } = 4,
});

wire_variants!(InvoiceEvent {
    ChannelDefined { given } = 1,
    ChannelChanged { channel, given } = 2,
    Issued { given, account, currency, asked, charge } = 3,
    Advanced { invoice, step } = 4,
});

macro_rules! of_entries {
    ($($id:ident),*) => {$(
        impl Wire for $id {
            fn write(&self, out: &mut Vec<u8>) {
                self.0.write(out);
            }

            fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
                Sequence::read(reader).map(Self)
            }
        }

        #[cfg(test)]
        impl super::samples::Sample for $id {
            fn sample(dice: &mut super::samples::Dice) -> Self {
                Self(super::samples::Sample::sample(dice))
            }
        }
    )*};
}

of_entries!(InvoiceId, ChannelId);
