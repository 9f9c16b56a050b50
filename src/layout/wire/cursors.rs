//! Cursors of event consumers, and what entries record of them.
//!
//! | value | bytes |
//! |---|---|
//! | event | sequence, then place as varint |
//! | cursor event | 0 acknowledged, 1 rewound; then where the cursor was set |

use super::{Malformed, Reader, TOO_GREAT, UNKNOWN_TAG, Wire, put_varint, wire_struct};
use crate::model::{CursorEvent, CursorMove, EventCursor, EventId};

impl Wire for EventId {
    fn write(&self, out: &mut Vec<u8>) {
        self.sequence.write(out);
        put_varint(out, u64::from(self.place));
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let sequence = Wire::read(reader)?;
        let place = u16::try_from(reader.varint()?).map_err(|_| TOO_GREAT)?;
        Ok(Self { sequence, place })
    }
}

wire_struct!(CursorMove { id, name, moves, at });
wire_struct!(EventCursor { id, name, at, moves, moved_at, moved_in });

impl Wire for CursorEvent {
    fn write(&self, out: &mut Vec<u8>) {
        let (tag, set) = match self {
            Self::Acknowledged(set) => (0, set),
            Self::Rewound(set) => (1, set),
        };
        out.push(tag);
        set.write(out);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        match reader.u8()? {
            0 => Wire::read(reader).map(Self::Acknowledged),
            1 => Wire::read(reader).map(Self::Rewound),
            _ => Err(UNKNOWN_TAG),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{Dice, Sample, check_codec, dice};
    use super::*;
    use proptest::prelude::*;

    impl Sample for EventId {
        fn sample(dice: &mut Dice) -> Self {
            let place = *dice.one_of(&[0, 1, 127, 128, Self::ALL]);
            Self { sequence: Sample::sample(dice), place }
        }
    }

    impl Sample for CursorEvent {
        fn sample(dice: &mut Dice) -> Self {
            let set = Sample::sample(dice);
            if bool::sample(dice) { Self::Acknowledged(set) } else { Self::Rewound(set) }
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
        fn cursors_come_back(mut dice in dice(), random in proptest::collection::vec(any::<u8>(), 0..40)) {
            let cursor = EventCursor::sample(&mut dice);
            check_codec(&cursor, written, whole::<EventCursor>, &mut dice, &random);
            let event = CursorEvent::sample(&mut dice);
            check_codec(&event, written, whole::<CursorEvent>, &mut dice, &random);
        }
    }
}
