//! The forms of limits, monitors and quotas.
//!
//! An event is a byte, 1 a limit defined, 2 changed, 3 ended, 4 a monitor defined, 5 ended, 6 a quota set, and its fields
//! in the order of the model. A subject is 0 an account, 1 a client, 2 a service, and its identifier. A window is 0 a
//! day, 1 a week, 2 a month, each with its minutes, or 3 a sliding one with its nanoseconds. Money is its minor units as
//! zigzag, then its currency.

use super::{Malformed, Reader, TOO_GREAT, UNKNOWN_TAG, Wire, put_signed128, wire_enum, wire_struct, wire_variants};
use crate::model::{
    Counts, Crossing, Direction, Figure, Limit, LimitChange, LimitsEvent, Monitor, NewLimit, NewMonitor, Per,
    RetireLimit, RetireMonitor, SetQuota, Subject, Window,
};
use crate::money::{Currency, Money};

wire_enum!(Per { Subject = 0, Account = 1 });
wire_enum!(Figure { Current = 0, Available = 1 });
wire_enum!(Direction { Rising = 0, Falling = 1, Both = 2 });

wire_struct!(Counts { credits, debits, transfers });
wire_struct!(NewLimit { subject, book, window, counts, per, count_max, sum_max, key });
wire_struct!(LimitChange { limit, count_max, sum_max, key });
wire_struct!(RetireLimit { limit, key });
wire_struct!(Limit {
    id,
    subject,
    book,
    window,
    counts,
    per,
    count_max,
    sum_max,
    defined_at,
    changed_at,
    changed_in,
    retired_at,
});
wire_struct!(SetQuota { client, book, accounts_max, key });
wire_struct!(NewMonitor { account, threshold, figure, direction, key });
wire_struct!(RetireMonitor { monitor, key });
wire_struct!(Monitor { id, account, threshold, figure, direction, defined_at, changed_in, retired_at });
wire_struct!(Crossing { monitor, account, before, after });

wire_variants!(Window {
    Day { offset_minutes } = 0,
    Week { offset_minutes } = 1,
    Month { offset_minutes } = 2,
    Sliding { nanoseconds } = 3,
});
wire_variants!(LimitsEvent {
    Defined { given, limit, book } = 1,
    Changed { given } = 2,
    Retired { given, subject } = 3,
    MonitorDefined { given, monitor, threshold } = 4,
    MonitorRetired { given, account } = 5,
    QuotaSet { given } = 6,
});

impl Wire for Subject {
    fn write(&self, out: &mut Vec<u8>) {
        let (tag, id) = match self {
            Self::Account(account) => (0, account.0),
            Self::Client(client) => (1, client.0),
            Self::Service(service) => (2, service.0),
        };
        out.push(tag);
        id.write(out);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        match reader.u8()? {
            0 => Wire::read(reader).map(Self::Account),
            1 => Wire::read(reader).map(Self::Client),
            2 => Wire::read(reader).map(Self::Service),
            _ => Err(UNKNOWN_TAG),
        }
    }
}

impl Wire for i16 {
    fn write(&self, out: &mut Vec<u8>) {
        i64::from(*self).write(out);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        Self::try_from(reader.signed()?).map_err(|_| TOO_GREAT)
    }
}

impl Wire for i128 {
    fn write(&self, out: &mut Vec<u8>) {
        put_signed128(out, *self);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        reader.signed128()
    }
}

impl Wire for Money {
    fn write(&self, out: &mut Vec<u8>) {
        self.minor().write(out);
        self.currency().write(out);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let minor = i128::read(reader)?;
        Currency::read(reader)?.minor(minor).map_err(|_| TOO_GREAT)
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{Dice, Sample, check_codec, dice};
    use super::*;
    use proptest::prelude::*;

    impl Sample for i16 {
        fn sample(dice: &mut Dice) -> Self {
            *dice.one_of(&[0, 180, -720, Self::MAX, Self::MIN])
        }
    }

    impl Sample for i128 {
        fn sample(dice: &mut Dice) -> Self {
            *dice.one_of(&[0, -1, 1, 70_000, Self::MIN, Self::MAX])
        }
    }

    impl Sample for Money {
        fn sample(dice: &mut Dice) -> Self {
            let (currency, amount) = (Currency::sample(dice), crate::money::Amount::sample(dice));
            let money = currency.amount(amount);
            if bool::sample(dice) { money } else { money.negated() }
        }
    }

    impl Sample for Subject {
        fn sample(dice: &mut Dice) -> Self {
            match dice.below(3) {
                0 => Self::Account(Sample::sample(dice)),
                1 => Self::Client(Sample::sample(dice)),
                _ => Self::Service(Sample::sample(dice)),
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
        fn limits_come_back(mut dice in dice(), random in proptest::collection::vec(any::<u8>(), 0..64)) {
            check_codec(&LimitsEvent::sample(&mut dice), written, whole::<LimitsEvent>, &mut dice, &random);
            check_codec(&Limit::sample(&mut dice), written, whole::<Limit>, &mut dice, &random);
            check_codec(&Monitor::sample(&mut dice), written, whole::<Monitor>, &mut dice, &random);
            check_codec(&Crossing::sample(&mut dice), written, whole::<Crossing>, &mut dice, &random);
        }
    }

    #[test]
    fn a_limit_defined_has_these_bytes() {
        let given = NewLimit::new(crate::model::AccountId(7), Window::MONTH.at_offset(180)).count(3);
        let event = LimitsEvent::Defined { given, limit: crate::model::LimitId(1), book: None };
        assert_eq!(written(&event), [1, 0, 7, 0, 2, 0xe8, 2, 0, 1, 1, 0, 1, 3, 0, 0, 1, 0]);
    }
}
