//! The wire: how values become bytes and bytes become values again.
//!
//! Every value has exactly one form, so whatever decodes encodes to the same bytes again; and bytes are never
//! trusted: each length is measured against the bytes left before anything is made for it, and nothing recurses.
//!
//! | value | bytes |
//! |---|---|
//! | `u8` | itself |
//! | `bool` | 0 or 1 |
//! | `u32`, `u64`, identifier, sequence | varint: groups of 7 bits, the lowest first, bit 7 set on all but the last (LEB128); never longer than needed |
//! | amount | varint of its minor units, at most 2^96 - 1 |
//! | `i64`, `i128`, timestamp | varint of its zigzag: 0, -1, 1, -2, … are 0, 1, 2, 3, … |
//! | text | length in bytes as varint, then UTF-8 |
//! | option | 0, or 1 and the value |
//! | list | count as varint (at most 65 536), then the values |
//! | map | count as varint (at most 65 536), then each key and value, the keys strictly ascending |
//! | pair | first, then second |
//! | struct | its fields in the order written in this folder, nothing between |
//! | enum | its tag, one byte, as written in this folder; then what the variant holds |
//! | currency | code as text, scale as a byte |
//! | rate | varint of its parts of 10^10 |

mod chart;
mod cursors;
mod exchange;
mod holds;
mod invoices;
mod limits;
mod parties;
mod payouts;
mod periods;

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::model::{
    Account, AccountChange, AccountClass, AccountId, AccountStatus, AccountType, AccountTypeRule, Band, Book, BookId,
    ClientId, ClientKind, CounterpartyId, Details, EntryKind, Fee, FeeBearer, Few, LimitId, Mode, MonitorId,
    NewAccount, NewBook, NewService, Operation, Operations, PartyKind, Reference, Reserve, Role, Sequence, Service,
    ServiceChange, ServiceId, Side, Stage, Tariff, Tax, Timestamp, TransactionSource,
};
use crate::money::{Amount, Currency, Rate, Rounding};

/// The bytes are not what they should be; the text says what is wrong with them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Malformed(pub &'static str);

const SHORT: Malformed = Malformed("the bytes end too early");
const TOO_GREAT: Malformed = Malformed("a number is out of range");
const NOT_MINIMAL: Malformed = Malformed("a number is longer than needed");
const TOO_MANY: Malformed = Malformed("a count is too great");
pub(crate) const UNKNOWN_TAG: Malformed = Malformed("an unknown tag");

/// The most values of one list or map.
pub(crate) const COUNT_MAX: usize = 65_536;

/// A value that has one form in bytes.
pub(crate) trait Wire: Sized {
    /// Appends the value's bytes.
    fn write(&self, out: &mut Vec<u8>);
    /// Takes a value off the front of the bytes.
    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed>;
}

/// An enum without contents, whose variants have fixed tags.
pub(crate) trait Tagged: Sized {
    /// Its tag.
    fn tag(self) -> u8;
    /// The variant of a tag.
    fn of_tag(tag: u8) -> Result<Self, Malformed>;
}

/// Bytes that are taken off from the front.
#[derive(Clone, Debug)]
pub(crate) struct Reader<'a> {
    left: &'a [u8],
}

/// A varint read byte by byte into the unsigned type named.
macro_rules! long_varint {
    ($reader:expr, $unsigned:ident) => {{
        let mut value: $unsigned = 0;
        let mut shift = 0;
        loop {
            let byte = $reader.u8()?;
            let bits = $unsigned::from(byte & 0x7f);
            if shift >= $unsigned::BITS || (bits << shift) >> shift != bits {
                return Err(TOO_GREAT);
            }
            value |= bits << shift;
            if byte == 0 && shift > 0 {
                return Err(NOT_MINIMAL);
            }
            if byte < 0x80 {
                return Ok(value);
            }
            shift += 7;
        }
    }};
}

impl<'a> Reader<'a> {
    /// A reader of all these bytes.
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { left: bytes }
    }

    /// The next byte.
    #[inline]
    pub(crate) fn u8(&mut self) -> Result<u8, Malformed> {
        let (first, rest) = self.left.split_first().ok_or(SHORT)?;
        self.left = rest;
        Ok(*first)
    }

    /// 0 or 1.
    pub(crate) fn bool(&mut self) -> Result<bool, Malformed> {
        match self.u8()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Malformed("a truth value is neither 0 nor 1")),
        }
    }

    /// A varint of at most 64 bits.
    #[inline]
    pub(crate) fn varint(&mut self) -> Result<u64, Malformed> {
        match self.short_varint() {
            Some(value) => Ok(value),
            None => self.long_varint(),
        }
    }

    /// A varint of at most 128 bits.
    #[inline]
    pub(crate) fn varint128(&mut self) -> Result<u128, Malformed> {
        match self.short_varint() {
            Some(value) => Ok(u128::from(value)),
            None => self.long_varint128(),
        }
    }

    /// A varint of one to three bytes, in its shortest form; anything else is left for the long way.
    #[inline]
    fn short_varint(&mut self) -> Option<u64> {
        match *self.left {
            [a, ref rest @ ..] if a < 0x80 => {
                self.left = rest;
                Some(u64::from(a))
            }
            [a, b @ 1..0x80, ref rest @ ..] => {
                self.left = rest;
                Some(u64::from(a & 0x7f) | u64::from(b) << 7)
            }
            [a, b, c @ 1..0x80, ref rest @ ..] if b >= 0x80 => {
                self.left = rest;
                Some(u64::from(a & 0x7f) | u64::from(b & 0x7f) << 7 | u64::from(c) << 14)
            }
            _ => None,
        }
    }

    fn long_varint(&mut self) -> Result<u64, Malformed> {
        long_varint!(self, u64)
    }

    fn long_varint128(&mut self) -> Result<u128, Malformed> {
        long_varint!(self, u128)
    }

    /// The number of a zigzag varint of at most 128 bits.
    pub(crate) fn signed128(&mut self) -> Result<i128, Malformed> {
        let zigzag = self.varint128()?;
        Ok((zigzag >> 1) as i128 ^ -((zigzag & 1) as i128))
    }

    /// The number of a zigzag varint of at most 64 bits.
    pub(crate) fn signed(&mut self) -> Result<i64, Malformed> {
        let zigzag = self.varint()?;
        Ok((zigzag >> 1) as i64 ^ -((zigzag & 1) as i64))
    }

    /// The next `n` bytes.
    pub(crate) fn bytes(&mut self, n: usize) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self.left.split_at_checked(n).ok_or(SHORT)?;
        self.left = rest;
        Ok(taken)
    }

    /// A text: its length as varint, then UTF-8.
    pub(crate) fn text(&mut self) -> Result<&'a str, Malformed> {
        let length = usize::try_from(self.varint()?).map_err(|_| SHORT)?;
        std::str::from_utf8(self.bytes(length)?).map_err(|_| Malformed("a text is not UTF-8"))
    }

    /// The count of values that follow, of which each takes at least `bytes_each` bytes and there are at most `most`.
    pub(crate) fn count(&mut self, bytes_each: usize, most: usize) -> Result<usize, Malformed> {
        let count = usize::try_from(self.varint()?).map_err(|_| TOO_MANY)?;
        if count > most {
            return Err(TOO_MANY);
        }
        // Cannot overflow in practice and saturates otherwise: `most` is small.
        if count.saturating_mul(bytes_each) > self.left.len() {
            return Err(SHORT);
        }
        Ok(count)
    }

    /// Whether no byte is left.
    pub(crate) const fn is_empty(&self) -> bool {
        self.left.is_empty()
    }

    /// Demands that no byte is left.
    pub(crate) fn finish(self) -> Result<(), Malformed> {
        if self.is_empty() { Ok(()) } else { Err(Malformed("bytes are left over")) }
    }
}

/// Appends a varint.
#[inline]
pub(crate) fn put_varint(out: &mut Vec<u8>, value: u64) {
    if value < 1 << 7 {
        out.push(value as u8);
    } else if value < 1 << 14 {
        out.extend_from_slice(&[value as u8 | 0x80, (value >> 7) as u8]);
    } else if value < 1 << 21 {
        out.extend_from_slice(&[value as u8 | 0x80, (value >> 7) as u8 | 0x80, (value >> 14) as u8]);
    } else {
        put_long(out, value);
    }
}

/// Appends a varint of up to 128 bits.
#[inline]
pub(crate) fn put_varint128(out: &mut Vec<u8>, value: u128) {
    match u64::try_from(value) {
        Ok(small) => put_varint(out, small),
        Err(_) => put_long128(out, value),
    }
}

fn put_long(out: &mut Vec<u8>, mut value: u64) {
    let mut bytes = [0; 10];
    let mut length = 0;
    for byte in &mut bytes {
        length += 1;
        *byte = value as u8 | 0x80;
        value >>= 7;
        if value == 0 {
            *byte &= 0x7f;
            break;
        }
    }
    out.extend_from_slice(bytes.get(..length).unwrap_or_default());
}

fn put_long128(out: &mut Vec<u8>, mut value: u128) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Appends the zigzag varint of a signed number.
#[inline]
pub(crate) fn put_signed(out: &mut Vec<u8>, value: i64) {
    put_varint(out, (value << 1 ^ value >> 63) as u64);
}

/// Appends the zigzag varint of a signed number of up to 128 bits.
pub(crate) fn put_signed128(out: &mut Vec<u8>, value: i128) {
    put_varint128(out, (value << 1 ^ value >> 127) as u128);
}

/// Appends a text: its length as varint, then UTF-8.
#[inline]
pub(crate) fn put_text(out: &mut Vec<u8>, text: &str) {
    put_varint(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

/// Encodes a struct as its fields in the order named; a field left out does not compile.
macro_rules! wire_struct {
    ($type:ident { $($field:ident),* $(,)? }) => {
        impl $crate::layout::wire::Wire for $type {
            fn write(&self, out: &mut Vec<u8>) {
                let Self { $($field),* } = self;
                $($crate::layout::wire::Wire::write($field, out);)*
            }

            fn read(reader: &mut $crate::layout::wire::Reader<'_>) -> Result<Self, $crate::layout::wire::Malformed> {
                // The fields of a struct expression are read in the order written.
                Ok(Self { $($field: $crate::layout::wire::Wire::read(reader)?),* })
            }
        }

        #[cfg(test)]
        impl $crate::layout::wire::samples::Sample for $type {
            fn sample(dice: &mut $crate::layout::wire::samples::Dice) -> Self {
                Self { $($field: $crate::layout::wire::samples::Sample::sample(dice)),* }
            }
        }
    };
}
pub(crate) use wire_struct;

/// Encodes an enum without contents as one byte; a variant left out does not compile.
macro_rules! wire_enum {
    ($type:ident { $($variant:ident = $tag:literal),* $(,)? }) => {
        impl $crate::layout::wire::Tagged for $type {
            #[inline]
            fn tag(self) -> u8 {
                match self {
                    $(Self::$variant => $tag,)*
                }
            }

            #[inline]
            fn of_tag(tag: u8) -> Result<Self, $crate::layout::wire::Malformed> {
                match tag {
                    $($tag => Ok(Self::$variant),)*
                    _ => Err($crate::layout::wire::UNKNOWN_TAG),
                }
            }
        }

        impl $crate::layout::wire::Wire for $type {
            fn write(&self, out: &mut Vec<u8>) {
                out.push($crate::layout::wire::Tagged::tag(*self));
            }

            fn read(reader: &mut $crate::layout::wire::Reader<'_>) -> Result<Self, $crate::layout::wire::Malformed> {
                $crate::layout::wire::Tagged::of_tag(reader.u8()?)
            }
        }

        #[cfg(test)]
        impl $crate::layout::wire::samples::Sample for $type {
            fn sample(dice: &mut $crate::layout::wire::samples::Dice) -> Self {
                *dice.one_of(&[$(Self::$variant),*])
            }
        }
    };
}
pub(crate) use wire_enum;

/// Encodes an enum as one byte and the fields of its variant in the order named, or the one thing that the variant
/// holds; what is left out does not compile.
macro_rules! wire_variants {
    ($type:ident { $($variant:ident $({ $($field:ident),* $(,)? })? $(($only:ident))? = $tag:literal),* $(,)? }) => {
        impl $crate::layout::wire::Wire for $type {
            fn write(&self, out: &mut Vec<u8>) {
                match self {
                    $(Self::$variant $({ $($field),* })? $(($only))? => {
                        out.push($tag);
                        $($($crate::layout::wire::Wire::write($field, out);)*)?
                        $($crate::layout::wire::Wire::write($only, out);)?
                    })*
                }
            }

            fn read(reader: &mut $crate::layout::wire::Reader<'_>) -> Result<Self, $crate::layout::wire::Malformed> {
                Ok(match reader.u8()? {
                    $($tag => Self::$variant $({ $($field: $crate::layout::wire::Wire::read(reader)?),* })? $(({
                        let $only = $crate::layout::wire::Wire::read(reader)?;
                        $only
                    }))?,)*
                    _ => return Err($crate::layout::wire::UNKNOWN_TAG),
                })
            }
        }

        #[cfg(test)]
        impl $crate::layout::wire::samples::Sample for $type {
            fn sample(dice: &mut $crate::layout::wire::samples::Dice) -> Self {
                match *dice.one_of(&[$($tag),*]) {
                    $($tag => Self::$variant $({
                        $($field: $crate::layout::wire::samples::Sample::sample(dice)),*
                    })? $(({
                        let $only = $crate::layout::wire::samples::Sample::sample(dice);
                        $only
                    }))?,)*
                    _ => panic!("a tag that is not in the list"),
                }
            }
        }
    };
}
pub(crate) use wire_variants;

macro_rules! wire_ids {
    ($($id:ident),* $(,)?) => {$(
        impl Wire for $id {
            fn write(&self, out: &mut Vec<u8>) {
                put_varint(out, self.0);
            }

            fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
                reader.varint().map(Self)
            }
        }
    )*};
}

impl Wire for u8 {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(*self);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        reader.u8()
    }
}

impl Wire for bool {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        reader.bool()
    }
}

impl Wire for u32 {
    fn write(&self, out: &mut Vec<u8>) {
        put_varint(out, u64::from(*self));
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        Self::try_from(reader.varint()?).map_err(|_| TOO_GREAT)
    }
}

impl Wire for u64 {
    fn write(&self, out: &mut Vec<u8>) {
        put_varint(out, *self);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        reader.varint()
    }
}

impl Wire for i64 {
    fn write(&self, out: &mut Vec<u8>) {
        put_signed(out, *self);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        reader.signed()
    }
}

impl Wire for String {
    fn write(&self, out: &mut Vec<u8>) {
        put_text(out, self);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        reader.text().map(str::to_owned)
    }
}

impl Wire for Box<str> {
    fn write(&self, out: &mut Vec<u8>) {
        put_text(out, self);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        reader.text().map(Self::from)
    }
}

impl<T: Wire> Wire for Option<T> {
    fn write(&self, out: &mut Vec<u8>) {
        self.is_some().write(out);
        if let Some(value) = self {
            value.write(out);
        }
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok(if reader.bool()? { Some(T::read(reader)?) } else { None })
    }
}

impl<T: Wire> Wire for Box<T> {
    fn write(&self, out: &mut Vec<u8>) {
        T::write(self, out);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        T::read(reader).map(Self::new)
    }
}

impl<T: Wire> Wire for Vec<T> {
    fn write(&self, out: &mut Vec<u8>) {
        put_varint(out, self.len() as u64);
        for value in self {
            value.write(out);
        }
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let count = reader.count(1, COUNT_MAX)?;
        (0..count).map(|_| T::read(reader)).collect()
    }
}

impl<T: Wire> Wire for Few<T> {
    fn write(&self, out: &mut Vec<u8>) {
        put_varint(out, self.len() as u64);
        self.iter().for_each(|value| value.write(out));
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        Vec::read(reader).map(Self::from)
    }
}

impl<A: Wire, B: Wire> Wire for (A, B) {
    fn write(&self, out: &mut Vec<u8>) {
        self.0.write(out);
        self.1.write(out);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        Ok((A::read(reader)?, B::read(reader)?))
    }
}

impl<K: Wire + Ord, V: Wire> Wire for BTreeMap<K, V> {
    fn write(&self, out: &mut Vec<u8>) {
        put_varint(out, self.len() as u64);
        for (key, value) in self {
            key.write(out);
            value.write(out);
        }
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let count = reader.count(2, COUNT_MAX)?;
        let mut map = Self::new();
        for _ in 0..count {
            let key = K::read(reader)?;
            if map.last_key_value().is_some_and(|(last, _)| *last >= key) {
                return Err(Malformed("the keys of a map do not ascend"));
            }
            map.insert(key, V::read(reader)?);
        }
        Ok(map)
    }
}

wire_ids!(BookId, ClientId, AccountId, ServiceId, LimitId, MonitorId, CounterpartyId, Sequence);

impl Wire for Timestamp {
    fn write(&self, out: &mut Vec<u8>) {
        put_signed(out, self.0);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        reader.signed().map(Self)
    }
}

impl Wire for Amount {
    #[inline]
    fn write(&self, out: &mut Vec<u8>) {
        // Never negative.
        put_varint128(out, self.signed() as u128);
    }

    #[inline]
    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let minor = i128::try_from(reader.varint128()?).map_err(|_| TOO_GREAT)?;
        Self::minor(minor).map_err(|_| TOO_GREAT)
    }
}

impl Wire for Currency {
    fn write(&self, out: &mut Vec<u8>) {
        put_text(out, self.code());
        out.push(self.scale());
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let code = reader.text()?;
        Self::new(code, reader.u8()?).map_err(|_| Malformed("not a currency"))
    }
}

impl Wire for Rate {
    fn write(&self, out: &mut Vec<u8>) {
        // Never negative.
        put_varint(out, self.parts() as u64);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let parts = i64::try_from(reader.varint()?).map_err(|_| TOO_GREAT)?;
        Self::from_parts(parts).map_err(|_| TOO_GREAT)
    }
}

wire_enum!(Side { Debit = 0, Credit = 1 });
wire_enum!(Mode { Live = 0, Test = 1 });
wire_enum!(Role { Principal = 0, Charge = 1, Fee = 2, Tax = 3, Reserve = 4, Position = 5 });
wire_enum!(Stage { Posted = 0, Held = 1, Captured = 2, Released = 3, Clearing = 4 });
wire_enum!(Operation {
    Credit = 0,
    Debit = 1,
    Transfer = 2,
    Post = 3,
    Reverse = 4,
    Hold = 5,
    Capture = 6,
    Release = 7,
    Exchange = 8,
});
wire_enum!(TransactionSource { External = 0, Internal = 1 });
wire_enum!(EntryKind {
    Sale = 0,
    Payout = 1,
    Exchange = 2,
    Charge = 3,
    Adjustment = 4,
    Deposit = 5,
    Credit = 6,
    Debit = 7,
    Transfer = 8,
    Reversal = 9,
    Refund = 10,
    Opening = 11,
    Hold = 12,
    Release = 13,
    Capture = 14,
});
wire_enum!(ClientKind { Individual = 0, Business = 1 });
wire_enum!(AccountClass { Asset = 0, Liability = 1, Income = 2, Expense = 3, Equity = 4 });
wire_enum!(AccountStatus { Active = 0, Inactive = 1, Closed = 2 });
wire_enum!(FeeBearer { Payer = 0, Payee = 1 });
wire_enum!(Rounding { HalfEven = 0, HalfUp = 1, HalfDown = 2, Up = 3, Down = 4 });
wire_enum!(PartyKind { Name = 0, Msisdn = 1, Email = 2, Bank = 3, Handle = 4 });

impl Wire for AccountType {
    fn write(&self, out: &mut Vec<u8>) {
        put_text(out, self.code());
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        String::read(reader).map(|code| Self(Cow::Owned(code)))
    }
}

impl Wire for Fee {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Fixed(fee) => {
                out.push(0);
                fee.write(out);
            }
            Self::Percentage { rate, flat, floor, cap } => {
                out.push(1);
                rate.write(out);
                flat.write(out);
                floor.write(out);
                cap.write(out);
            }
        }
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        match reader.u8()? {
            0 => Ok(Self::Fixed(Wire::read(reader)?)),
            1 => Ok(Self::Percentage {
                rate: Wire::read(reader)?,
                flat: Wire::read(reader)?,
                floor: Wire::read(reader)?,
                cap: Wire::read(reader)?,
            }),
            _ => Err(UNKNOWN_TAG),
        }
    }
}

impl Wire for Tariff {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Free => out.push(0),
            Self::Flat(fee) => {
                out.push(1);
                fee.write(out);
            }
            Self::Banded(bands) => {
                out.push(2);
                bands.write(out);
            }
        }
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        match reader.u8()? {
            0 => Ok(Self::Free),
            1 => Ok(Self::Flat(Wire::read(reader)?)),
            2 => Ok(Self::Banded(Wire::read(reader)?)),
            _ => Err(UNKNOWN_TAG),
        }
    }
}

wire_struct!(Band { up_to, fee });
wire_struct!(Tax { rate });
wire_struct!(Operations { credit, debit, transfer, reversal, exchange });
wire_struct!(Reference { kind, id });
wire_struct!(Details { narrative, metadata, references, from, to });
wire_struct!(AccountTypeRule { account_type, class, normal_side, operator_only, can_disburse, single });

wire_struct!(NewBook { name, currency, mode, accounts_max, text_scale, key });
wire_struct!(Book {
    id,
    name,
    currency,
    mode,
    accounts_max,
    text_scale,
    system_first,
    opened_at,
    opened_in,
    closed_through
});

wire_struct!(NewAccount {
    client,
    book,
    account_type,
    name,
    label,
    external_id,
    tags,
    metadata,
    path,
    minimum_balance,
    can_overdraw,
    overdraft_limit,
    can_disburse,
    active,
    status_description,
    provisioned,
    key,
});
wire_struct!(AccountChange {
    name,
    label,
    status,
    status_description,
    minimum_balance,
    overdraft,
    can_disburse,
    tags,
    metadata,
    path,
    debits_blocked,
    credits_blocked,
    key,
});
wire_struct!(Account {
    id,
    client,
    book,
    currency,
    account_type,
    class,
    normal_side,
    name,
    label,
    external_id,
    tags,
    metadata,
    path,
    blocks,
    minimum_balance,
    can_overdraw,
    overdraft_limit,
    can_disburse,
    status,
    status_description,
    extras,
    opened_at,
    opened_in,
    changed_at,
    changed_in,
});

wire_struct!(NewService {
    client,
    book,
    service_code,
    name,
    code,
    operations,
    tariff,
    tax,
    bearer,
    rounding,
    minimum,
    maximum,
    cross_client,
    narrative_required,
    refund_fee_on_reversal,
    commission_account,
    tax_account,
    pool_account,
    reserve,
    active,
    key,
});
wire_struct!(ServiceChange {
    name,
    operations,
    tariff,
    tax,
    bearer,
    rounding,
    limits,
    cross_client,
    refund_fee_on_reversal,
    reserve,
    active,
    key,
});
wire_struct!(Service { id, version, code, name, terms, limited, defined_at, changed_at, changed_in });
wire_struct!(Reserve { rate, days, account });

/// Samples of everything that has a form in bytes, for the tests of this folder.
#[cfg(test)]
pub(crate) mod samples {
    use super::*;
    use proptest::prelude::*;

    /// Where samples take their choices from: numbers that proptest made up, and zeros when those are used up.
    #[derive(Clone, Debug)]
    pub(crate) struct Dice(std::vec::IntoIter<u64>);

    impl Dice {
        pub(crate) fn throw(&mut self) -> u64 {
            self.0.next().unwrap_or(0)
        }

        pub(crate) fn below(&mut self, end: u64) -> u64 {
            self.throw() % end
        }

        pub(crate) fn one_of<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
            &choices[self.below(choices.len() as u64) as usize]
        }

        pub(crate) fn several<T>(&mut self, end: u64, mut one: impl FnMut(&mut Self) -> T) -> Vec<T> {
            (0..self.below(end)).map(|_| one(self)).collect()
        }
    }

    /// Dice with many throws.
    pub(crate) fn dice() -> impl Strategy<Value = Dice> + Clone {
        proptest::collection::vec(any::<u64>(), 0..300).prop_map(|throws| Dice(throws.into_iter()))
    }

    /// A type of which any value can be made up.
    pub(crate) trait Sample {
        fn sample(dice: &mut Dice) -> Self;
    }

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
        u8: dice => dice.throw() as u8,
        u32: dice => *dice.one_of(&[0, 1, 127, 128, 70_000, u32::MAX]),
        u64: dice => {
            let shift = dice.below(64);
            *dice.one_of(&[0, 1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152, u64::MAX, u64::MAX >> shift])
        },
        i64: dice => {
            let any = dice.throw() as i64;
            *dice.one_of(&[0, -1, 1, i64::MIN, i64::MAX, any])
        },
        bool: dice => dice.below(2) == 1,
        String: dice => dice.several(12, |dice| *dice.one_of(&['a', 'Z', '_', '\0', '\u{e9}', '\u{1f600}'])).into_iter().collect(),
        Box<str>: dice => String::sample(dice).into(),
        BookId: dice => Self(u64::sample(dice)),
        ClientId: dice => Self(u64::sample(dice)),
        AccountId: dice => Self(u64::sample(dice)),
        ServiceId: dice => Self(u64::sample(dice)),
        LimitId: dice => Self(u64::sample(dice)),
        MonitorId: dice => Self(u64::sample(dice)),
        Sequence: dice => Self(u64::sample(dice)),
        CounterpartyId: dice => Self(u64::sample(dice)),
        Timestamp: dice => Self(i64::sample(dice)),
        AccountType: dice => Self(Cow::Owned(String::sample(dice))),
        Amount: dice => {
            let any = (i128::from(dice.throw()) << 32 | i128::from(dice.throw() as u32)) >> dice.below(96);
            let most = Self::MAX.signed();
            Self::minor(*dice.one_of(&[0, 1, 128, 10_000, most, most - 1, any])).unwrap()
        },
        Currency: dice => {
            let host = Self::new("A23456789_.-XYZ", 18).unwrap();
            *dice.one_of(&[Self::KES, Self::JPY, host])
        },
        Rate: dice => Self::from_parts((dice.throw() % 10_000_000_001) as i64).unwrap(),
        Fee: dice => match dice.below(2) {
            0 => Self::Fixed(Sample::sample(dice)),
            _ => Self::Percentage {
                rate: Sample::sample(dice),
                flat: Sample::sample(dice),
                floor: Sample::sample(dice),
                cap: Sample::sample(dice),
            },
        },
        Tariff: dice => match dice.below(3) {
            0 => Self::Free,
            1 => Self::Flat(Sample::sample(dice)),
            _ => Self::Banded(Sample::sample(dice)),
        },
    }

    impl<T: Sample> Sample for Option<T> {
        fn sample(dice: &mut Dice) -> Self {
            bool::sample(dice).then(|| T::sample(dice))
        }
    }

    impl<T: Sample> Sample for Box<T> {
        fn sample(dice: &mut Dice) -> Self {
            Self::new(T::sample(dice))
        }
    }

    impl<T: Sample> Sample for Few<T> {
        fn sample(dice: &mut Dice) -> Self {
            Vec::sample(dice).into()
        }
    }

    impl<T: Sample> Sample for Vec<T> {
        fn sample(dice: &mut Dice) -> Self {
            dice.several(4, T::sample)
        }
    }

    impl<A: Sample, B: Sample> Sample for (A, B) {
        fn sample(dice: &mut Dice) -> Self {
            (A::sample(dice), B::sample(dice))
        }
    }

    impl<K: Sample + Ord, V: Sample> Sample for BTreeMap<K, V> {
        fn sample(dice: &mut Dice) -> Self {
            dice.several(4, <(K, V)>::sample).into_iter().collect()
        }
    }

    /// Bytes that resemble encoded ones in parts: those given, with some changed, cut off or added.
    pub(crate) fn damaged(mut bytes: Vec<u8>, dice: &mut Dice) -> Vec<u8> {
        for _ in 0..=dice.below(3) {
            let at = dice.below(bytes.len() as u64 + 1) as usize;
            match dice.below(4) {
                0 => bytes.truncate(at),
                1 => bytes.insert(at, dice.throw() as u8),
                _ => {
                    if let Some(byte) = bytes.get_mut(at) {
                        *byte ^= 1 << dice.below(8);
                    }
                }
            }
        }
        bytes
    }

    /// Checks a codec: what was encoded decodes to the same; cut short it is refused; and whatever it accepts, of
    /// damaged or random bytes, it encodes to the same bytes again.
    pub(crate) fn check_codec<T: PartialEq + std::fmt::Debug>(
        value: &T,
        encode: impl Fn(&T) -> Vec<u8>,
        decode: impl Fn(&[u8]) -> Result<T, Malformed>,
        dice: &mut Dice,
        random: &[u8],
    ) {
        let bytes = encode(value);
        assert_eq!(decode(&bytes).as_ref(), Ok(value));
        for end in 0..bytes.len() {
            assert!(decode(&bytes[..end]).is_err(), "cut at {end} of {}", bytes.len());
        }
        for bytes in [damaged(bytes, dice), random.to_vec()] {
            if let Ok(value) = decode(&bytes) {
                assert_eq!(encode(&value), bytes);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::samples::{Sample, check_codec, dice};
    use super::*;
    use proptest::prelude::*;

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

    #[test]
    fn a_varint_has_one_form() {
        for bytes in [&[0x80, 0][..], &[0x81, 0x80, 0], &[0x80, 0x80, 0x80, 0], &[0x80]] {
            assert!(whole::<u64>(bytes).is_err(), "{bytes:x?}");
        }
        let most = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1];
        assert_eq!(whole::<u64>(&most), Ok(u64::MAX));
        assert_eq!(whole::<u64>(&[&most[..9], &[2]].concat()), Err(TOO_GREAT));
        assert_eq!(whole::<u64>(&[&[0xff; 10][..], &[1]].concat()), Err(TOO_GREAT));
        assert_eq!(whole::<u32>(&[0x80, 0x80, 0x80, 0x80, 0x10]), Err(TOO_GREAT));
    }

    #[test]
    fn numbers_at_the_ends_come_back() {
        for value in [0, 1, u128::from(u64::MAX), u128::from(u64::MAX) + 1, u128::MAX] {
            let mut out = Vec::new();
            put_varint128(&mut out, value);
            assert_eq!(Reader::new(&out).varint128(), Ok(value));
        }
        for value in [0, -1, 1, i128::MIN, i128::MAX] {
            let mut out = Vec::new();
            put_signed128(&mut out, value);
            assert_eq!(Reader::new(&out).signed128(), Ok(value));
        }
        assert_eq!(Reader::new(&[0xff; 30]).varint128(), Err(TOO_GREAT));
        assert_eq!(written(&Amount::MAX).len(), 14);
        let mut above = written(&Amount::MAX);
        *above.last_mut().unwrap() += 1;
        assert_eq!(whole::<Amount>(&above), Err(TOO_GREAT));
    }

    #[test]
    fn claimed_counts_and_lengths_are_measured_first() {
        let claim = written(&u64::MAX);
        assert_eq!(whole::<String>(&claim), Err(SHORT));
        assert_eq!(whole::<Vec<u8>>(&claim), Err(TOO_MANY));
        assert_eq!(whole::<Vec<u8>>(&[9, 1]), Err(SHORT));
        let many = [written(&65_537u64), vec![0; 65_537]].concat();
        assert_eq!(whole::<Vec<u8>>(&many), Err(TOO_MANY));
        // Before a value is read: reading them would end as early, but with room made for all.
        for (claimed, left, fits) in [(3, 6, true), (3, 5, false), (9, 0, false), (0, 0, true)] {
            let bytes = [written(&(claimed as u64)), vec![0; left]].concat();
            let expected = if fits { Ok(claimed) } else { Err(SHORT) };
            assert_eq!(Reader::new(&bytes).count(2, 9), expected, "{claimed} in {left}");
        }
        assert_eq!(Reader::new(&[10, 0, 0]).count(0, 9), Err(TOO_MANY));
    }

    #[test]
    fn maps_with_keys_out_of_order_are_refused() {
        type Map = BTreeMap<String, String>;
        let pairs = |keys: [&str; 2]| written(&keys.map(|key| (key.to_owned(), String::new())).to_vec());
        assert!(whole::<Map>(&pairs(["a", "b"])).is_ok());
        assert!(whole::<Map>(&pairs(["b", "a"])).is_err());
        assert!(whole::<Map>(&pairs(["a", "a"])).is_err());
    }

    #[test]
    fn bytes_left_over_are_refused() {
        assert!(whole::<u8>(&[1, 2]).is_err());
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
        numbers_come_back: (u64, (u32, (i64, Amount))),
        texts_come_back: (String, Box<str>),
        currencies_and_rates_come_back: (Currency, Rate),
        details_come_back: Details,
        tariffs_come_back: Tariff,
        services_come_back: Service,
        service_changes_come_back: ServiceChange,
        accounts_come_back: Account,
        account_changes_come_back: AccountChange,
        books_come_back: Book,
    }
}
