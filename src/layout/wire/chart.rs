//! The chart in bytes: paths, members, sets of accounts, lists of allowed flows, and what happened to them.
//!
//! A change is 0 for kept, 1 and the value for set, 2 for unset. A member is 0 and the account, or 1 and the set. What
//! happened is 0 a set defined, 1 a set changed, 2 flows defined; then its fields in the order of the model.

use std::borrow::Cow;

use super::{Malformed, Reader, UNKNOWN_TAG, Wire, put_text, put_varint, wire_struct};
use crate::model::{
    AccountPath, AccountSet, AccountSetChange, Blocks, Change, ChartEvent, Flows, Member, NewAccountSet, SetId,
};

impl Wire for SetId {
    fn write(&self, out: &mut Vec<u8>) {
        put_varint(out, self.0);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        reader.varint().map(Self)
    }
}

impl Wire for AccountPath {
    fn write(&self, out: &mut Vec<u8>) {
        put_text(out, self.as_str());
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        String::read(reader).map(|text| Self(Cow::Owned(text)))
    }
}

impl<T: Wire> Wire for Change<T> {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Keep => out.push(0),
            Self::Set(value) => {
                out.push(1);
                value.write(out);
            }
            Self::Unset => out.push(2),
        }
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        match reader.u8()? {
            0 => Ok(Self::Keep),
            1 => T::read(reader).map(Self::Set),
            2 => Ok(Self::Unset),
            _ => Err(UNKNOWN_TAG),
        }
    }
}

impl Wire for Member {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Account(account) => {
                out.push(0);
                account.write(out);
            }
            Self::Set(set) => {
                out.push(1);
                set.write(out);
            }
        }
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        match reader.u8()? {
            0 => Wire::read(reader).map(Self::Account),
            1 => Wire::read(reader).map(Self::Set),
            _ => Err(UNKNOWN_TAG),
        }
    }
}

impl Wire for ChartEvent {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::SetDefined { given, set } => {
                out.push(0);
                given.write(out);
                set.write(out);
            }
            Self::SetChanged { given, set } => {
                out.push(1);
                given.write(out);
                set.write(out);
            }
            Self::FlowsDefined { given } => {
                out.push(2);
                given.write(out);
            }
        }
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        match reader.u8()? {
            0 => Ok(Self::SetDefined { given: Wire::read(reader)?, set: Wire::read(reader)? }),
            1 => Ok(Self::SetChanged { given: Wire::read(reader)?, set: Wire::read(reader)? }),
            2 => Ok(Self::FlowsDefined { given: Wire::read(reader)? }),
            _ => Err(UNKNOWN_TAG),
        }
    }
}

wire_struct!(Blocks { debits, credits });
wire_struct!(NewAccountSet { book, name, description, key });
wire_struct!(AccountSetChange { remove, add, key });
wire_struct!(AccountSet { id, book, name, description, sets, accounts, defined_at, changed_at, changed_in });
wire_struct!(Flows { book, allowed, key });

#[cfg(test)]
mod tests {
    use super::super::samples::{Dice, Sample, check_codec, dice};
    use super::*;
    use proptest::prelude::*;

    impl Sample for SetId {
        fn sample(dice: &mut Dice) -> Self {
            Self(u64::sample(dice))
        }
    }

    impl Sample for AccountPath {
        fn sample(dice: &mut Dice) -> Self {
            Self::new(String::sample(dice))
        }
    }

    impl<T: Sample> Sample for Change<T> {
        fn sample(dice: &mut Dice) -> Self {
            match dice.below(3) {
                0 => Self::Keep,
                1 => Self::Set(T::sample(dice)),
                _ => Self::Unset,
            }
        }
    }

    impl Sample for Member {
        fn sample(dice: &mut Dice) -> Self {
            match dice.below(2) {
                0 => Self::Account(Sample::sample(dice)),
                _ => Self::Set(Sample::sample(dice)),
            }
        }
    }

    impl Sample for ChartEvent {
        fn sample(dice: &mut Dice) -> Self {
            match dice.below(3) {
                0 => Self::SetDefined { given: Sample::sample(dice), set: Sample::sample(dice) },
                1 => Self::SetChanged { given: Sample::sample(dice), set: Sample::sample(dice) },
                _ => Self::FlowsDefined { given: Sample::sample(dice) },
            }
        }
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

    proptest! {
        #[test]
        fn chart_events_come_back(mut dice in dice(), random in proptest::collection::vec(any::<u8>(), 0..64)) {
            let event = ChartEvent::sample(&mut dice);
            check_codec(&event, written, whole::<ChartEvent>, &mut dice, &random);
        }

        #[test]
        fn sets_come_back(mut dice in dice(), random in proptest::collection::vec(any::<u8>(), 0..64)) {
            let set = AccountSet::sample(&mut dice);
            check_codec(&set, written, whole::<AccountSet>, &mut dice, &random);
        }
    }
}
