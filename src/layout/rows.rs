//! Pages of rows: what deciding must know of up to 48 accounts, in the order of their identifiers.
//!
//! A page: the count of its rows, one byte; then each row. Differences are to the row before (to zero in the first
//! row), in wrapping 64 bits, as zigzag varints; so neighbours that moved at about the same time cost little.
//!
//! | part of a row | bytes |
//! |---|---|
//! | flags | bit 0 a client follows, 1 normal side, 2 and 3 status, 4 money may leave the ledger, 5 and 6 floor (0 none, 1 zero, 2 written, 3 the next byte says), 7 a tally follows |
//! | extras | if floor is 3: bit 0 debits blocked, 1 credits blocked, 2 limited, 3 monitored, one of them set; 4 and 5 floor |
//! | client | varint, if flagged |
//! | book | difference |
//! | floor | zigzag varint, if written; within ± 2^96 - 1, not zero |
//! | tally | absent when all of it is zero |
//!
//! | part of a tally | bytes |
//! |---|---|
//! | flags | bit 0 there are pending totals; bits 1 to 3: 0 without marks, else 1 more than the count of marks up to the last that is not zero |
//! | posted totals | debits, credits: varints |
//! | pending totals | debits, credits: varints, if flagged; not both zero |
//! | number | varint |
//! | last | difference |
//! | time of last | difference |
//! | marks | each as varint: last less the mark, in wrapping 64 bits |
//!
//! The tally before that of the first row, and of a row after one without a tally, is what it was: rows without a
//! tally do not change what later ones are compared with.

use super::wire::{Malformed, Reader, Tagged, Wire, put_signed, put_signed128, put_varint};
use crate::model::{AccountStatus, Balance, BookId, Extras, Marks, SKIP_LEVELS, Sequence, Side, Tally, Timestamp};
use crate::money::Amount;
use crate::rules::{PAGE_ROWS, Row, Terms};

mod flag {
    pub(super) const CLIENT: u8 = 1;
    pub(super) const CREDIT_NORMAL: u8 = 1 << 1;
    pub(super) const STATUS_SHIFT: u8 = 2;
    pub(super) const DISBURSES: u8 = 1 << 4;
    pub(super) const FLOOR_SHIFT: u8 = 5;
    pub(super) const TALLY: u8 = 1 << 7;
    pub(super) const TWO_BITS: u8 = 0b11;

    pub(super) const BLOCKED_DEBITS: u8 = 1;
    pub(super) const BLOCKED_CREDITS: u8 = 1 << 1;
    pub(super) const LIMITED: u8 = 1 << 2;
    pub(super) const MONITORED: u8 = 1 << 3;
    pub(super) const FLOOR_IN_EXTRAS_SHIFT: u8 = 4;

    pub(super) const PENDING: u8 = 1;
    pub(super) const MARKS_SHIFT: u8 = 1;
}

mod floor {
    pub(super) const NONE: u8 = 0;
    pub(super) const ZERO: u8 = 1;
    pub(super) const WRITTEN: u8 = 2;
    pub(super) const IN_EXTRAS: u8 = 3;
}

const UNKNOWN_FLAGS: Malformed = Malformed("a row has unknown flags");

/// What the differences of the next row are taken to.
#[derive(Clone, Copy, Default)]
struct Before {
    book: u64,
    last: u64,
    last_at: i64,
}

/// The bytes of a page of at most [`PAGE_ROWS`] rows; rows beyond are not written.
pub(crate) fn encode_rows(rows: &[Row]) -> Vec<u8> {
    let count = rows.len().min(PAGE_ROWS as usize);
    let mut out = Vec::with_capacity(count.saturating_mul(40).saturating_add(16));
    put_varint(&mut out, count as u64);
    let mut before = Before::default();
    for row in rows.iter().take(count) {
        write_row(row, &mut before, &mut out);
    }
    out
}

/// The rows that [`encode_rows`] made these bytes of.
pub(crate) fn decode_rows(bytes: &[u8]) -> Result<Vec<Row>, Malformed> {
    let mut reader = Reader::new(bytes);
    let count = reader.count(2, PAGE_ROWS as usize)?;
    let mut rows = Vec::with_capacity(count);
    let mut before = Before::default();
    for _ in 0..count {
        rows.push(read_row(&mut before, &mut reader)?);
    }
    reader.finish()?;
    Ok(rows)
}

const fn when(set: bool, flag: u8) -> u8 {
    if set { flag } else { 0 }
}

fn write_row(row: &Row, before: &mut Before, out: &mut Vec<u8>) {
    let Row { terms, tally } = row;
    let Terms { client, book, normal, status, can_disburse, floor, extras } = terms;
    let floor = floor.get();
    let floor_flag = match floor {
        None => floor::NONE,
        Some(0) => floor::ZERO,
        Some(_) => floor::WRITTEN,
    };
    let has_tally = *tally != Tally::default();
    out.push(
        when(client.is_some(), flag::CLIENT)
            | when(matches!(normal, Side::Credit), flag::CREDIT_NORMAL)
            | status.tag() << flag::STATUS_SHIFT
            | when(*can_disburse, flag::DISBURSES)
            | (if extras.is_none() { floor_flag } else { floor::IN_EXTRAS }) << flag::FLOOR_SHIFT
            | when(has_tally, flag::TALLY),
    );
    if !extras.is_none() {
        out.push(write_extras(*extras) | floor_flag << flag::FLOOR_IN_EXTRAS_SHIFT);
    }
    if let Some(client) = client {
        client.write(out);
    }
    put_signed(out, book.0.wrapping_sub(before.book) as i64);
    before.book = book.0;
    if let Some(floor) = floor.filter(|floor| *floor != 0) {
        put_signed128(out, floor);
    }
    if has_tally {
        write_tally(tally, before, out);
    }
}

fn read_row(before: &mut Before, reader: &mut Reader<'_>) -> Result<Row, Malformed> {
    let flags = reader.u8()?;
    let (extras, floor_flag) = match flags >> flag::FLOOR_SHIFT & flag::TWO_BITS {
        floor::IN_EXTRAS => read_extras(reader.u8()?)?,
        floor_flag => (Extras::NONE, floor_flag),
    };
    let client = if flags & flag::CLIENT != 0 { Some(Wire::read(reader)?) } else { None };
    let normal = if flags & flag::CREDIT_NORMAL != 0 { Side::Credit } else { Side::Debit };
    let status = AccountStatus::of_tag(flags >> flag::STATUS_SHIFT & flag::TWO_BITS)?;
    before.book = before.book.wrapping_add(reader.signed()? as u64);
    let floor = match floor_flag {
        floor::NONE => None,
        floor::ZERO => Some(0),
        floor::WRITTEN => Some(read_floor(reader)?),
        _ => return Err(UNKNOWN_FLAGS),
    };
    let can_disburse = flags & flag::DISBURSES != 0;
    let (book, floor) = (BookId(before.book), floor.into());
    let terms = Terms { client, book, normal, status, can_disburse, floor, extras };
    let tally = if flags & flag::TALLY != 0 { read_tally(before, reader)? } else { Tally::default() };
    Ok(Row { terms, tally })
}

const fn write_extras(extras: Extras) -> u8 {
    let Extras { blocked_debits, blocked_credits, limited, monitored } = extras;
    when(blocked_debits, flag::BLOCKED_DEBITS)
        | when(blocked_credits, flag::BLOCKED_CREDITS)
        | when(limited, flag::LIMITED)
        | when(monitored, flag::MONITORED)
}

/// The extras, and the floor's code beside them.
fn read_extras(byte: u8) -> Result<(Extras, u8), Malformed> {
    let extras = Extras {
        blocked_debits: byte & flag::BLOCKED_DEBITS != 0,
        blocked_credits: byte & flag::BLOCKED_CREDITS != 0,
        limited: byte & flag::LIMITED != 0,
        monitored: byte & flag::MONITORED != 0,
    };
    let floor_flag = byte >> flag::FLOOR_IN_EXTRAS_SHIFT;
    if extras.is_none() || floor_flag > floor::WRITTEN { Err(UNKNOWN_FLAGS) } else { Ok((extras, floor_flag)) }
}

fn read_floor(reader: &mut Reader<'_>) -> Result<i128, Malformed> {
    let floor = reader.signed128()?;
    if floor == 0 || floor.unsigned_abs() > Amount::MAX.signed().unsigned_abs() {
        return Err(Malformed("a floor is out of range"));
    }
    Ok(floor)
}

fn write_tally(tally: &Tally, before: &mut Before, out: &mut Vec<u8>) {
    let Tally { balance, number, last, last_at, marks } = tally;
    let Balance { debits_posted, credits_posted, debits_pending, credits_pending } = balance;
    let pending = !(debits_pending.is_zero() && credits_pending.is_zero());
    let marked = marks.iter().enumerate().filter(|(_, mark)| *mark != Sequence::ZERO);
    let marked = marked.last().map_or(0, |(level, _)| level + 1);
    // At most 7: there are 6 marks.
    let marks_flag = if marked == 0 { 0 } else { marked as u8 + 1 };
    out.push(when(pending, flag::PENDING) | marks_flag << flag::MARKS_SHIFT);
    debits_posted.write(out);
    credits_posted.write(out);
    if pending {
        debits_pending.write(out);
        credits_pending.write(out);
    }
    put_varint(out, *number);
    put_signed(out, last.0.wrapping_sub(before.last) as i64);
    put_signed(out, last_at.0.wrapping_sub(before.last_at));
    (before.last, before.last_at) = (last.0, last_at.0);
    for mark in marks.iter().take(marked) {
        put_varint(out, last.0.wrapping_sub(mark.0));
    }
}

fn read_tally(before: &mut Before, reader: &mut Reader<'_>) -> Result<Tally, Malformed> {
    let flags = reader.u8()?;
    let marks_flag = flags >> flag::MARKS_SHIFT;
    if marks_flag == 1 || usize::from(marks_flag) > SKIP_LEVELS + 1 {
        return Err(UNKNOWN_FLAGS);
    }
    let mut balance = Balance {
        debits_posted: Amount::read(reader)?,
        credits_posted: Amount::read(reader)?,
        debits_pending: Amount::ZERO,
        credits_pending: Amount::ZERO,
    };
    if flags & flag::PENDING != 0 {
        balance.debits_pending = Amount::read(reader)?;
        balance.credits_pending = Amount::read(reader)?;
        if balance.debits_pending.is_zero() && balance.credits_pending.is_zero() {
            return Err(Malformed("pending totals are written though zero"));
        }
    }
    let number = reader.varint()?;
    before.last = before.last.wrapping_add(reader.signed()? as u64);
    before.last_at = before.last_at.wrapping_add(reader.signed()?);
    let marks = read_marks(usize::from(marks_flag.saturating_sub(1)), before.last, reader)?;
    let tally = Tally { balance, number, last: Sequence(before.last), last_at: Timestamp(before.last_at), marks };
    if tally == Tally::default() {
        return Err(Malformed("a tally is written though zero"));
    }
    Ok(tally)
}

fn read_marks(count: usize, last: u64, reader: &mut Reader<'_>) -> Result<Marks, Malformed> {
    let (mut marks, mut latest) = (Marks::default(), None);
    for level in 0..count {
        let mark = Sequence(last.wrapping_sub(reader.varint()?));
        marks.set(level, mark);
        latest = Some(mark);
    }
    if latest == Some(Sequence::ZERO) {
        return Err(Malformed("a mark is written though zero"));
    }
    Ok(marks)
}

#[cfg(test)]
mod tests {
    use super::super::wire::samples::{Dice, Sample, check_codec, dice};
    use super::*;
    use crate::model::ClientId;
    use proptest::prelude::*;

    impl Sample for Row {
        fn sample(dice: &mut Dice) -> Self {
            let limit = Amount::sample(dice).signed();
            let terms = Terms {
                client: Sample::sample(dice),
                book: Sample::sample(dice),
                normal: Sample::sample(dice),
                status: Sample::sample(dice),
                can_disburse: Sample::sample(dice),
                floor: dice.one_of(&[None, Some(0), Some(limit), Some(-limit)]).to_owned().into(),
                extras: Sample::sample(dice),
            };
            if bool::sample(dice) {
                return Self { terms, tally: Tally::default() };
            }
            let balance = Balance {
                debits_posted: Sample::sample(dice),
                credits_posted: Sample::sample(dice),
                debits_pending: if bool::sample(dice) { Amount::ZERO } else { Sample::sample(dice) },
                credits_pending: if bool::sample(dice) { Amount::ZERO } else { Sample::sample(dice) },
            };
            let marked = dice.below(SKIP_LEVELS as u64 + 1) as usize;
            let mut marks = Marks::default();
            (0..marked).for_each(|level| marks.set(level, Sequence(1 + dice.below(1 << 40))));
            let (number, last, last_at) = (Sample::sample(dice), Sample::sample(dice), Sample::sample(dice));
            Self { terms, tally: Tally { balance, number, last, last_at, marks } }
        }
    }

    fn plain() -> Row {
        let terms = Terms {
            client: Some(ClientId(7)),
            book: BookId(1),
            normal: Side::Credit,
            status: AccountStatus::Active,
            can_disburse: true,
            floor: Some(0).into(),
            extras: Extras::NONE,
        };
        Row { terms, tally: Tally::default() }
    }

    #[test]
    fn a_row_without_postings_takes_three_bytes() {
        assert_eq!(encode_rows(&[plain()]), [1, 0b0011_0011, 7, 2]);
        assert_eq!(encode_rows(&vec![plain(); 48]).len(), 1 + 48 * 3);
    }

    #[test]
    fn a_page_holds_so_many_rows_and_no_more() {
        let rows = vec![plain(); 49];
        assert_eq!(decode_rows(&encode_rows(&rows)), Ok(rows[..48].to_vec()));
        let mut bytes = encode_rows(&rows[..48]);
        bytes[0] = 49;
        bytes.extend([0b0011_0011, 7, 0]);
        assert_eq!(decode_rows(&bytes), Err(Malformed("a count is too great")));
        assert_eq!(decode_rows(&encode_rows(&[])), Ok(Vec::new()));
    }

    #[test]
    fn the_greatest_rows_come_back() {
        let balance = Balance {
            debits_posted: Amount::MAX,
            credits_posted: Amount::MAX,
            debits_pending: Amount::MAX,
            credits_pending: Amount::MAX,
        };
        let mut all = Marks::default();
        (0..SKIP_LEVELS).for_each(|level| all.set(level, Sequence(u64::MAX)));
        let row = |last, last_at| Row {
            terms: Terms { book: BookId(last), floor: Some(-Amount::MAX.signed()).into(), ..plain().terms },
            tally: Tally { balance, number: u64::MAX, last: Sequence(last), last_at, marks: all.clone() },
        };
        let rows: Vec<Row> = (0..24).flat_map(|_| [row(u64::MAX, Timestamp::MAX), row(0, Timestamp::MIN)]).collect();
        assert_eq!(decode_rows(&encode_rows(&rows)), Ok(rows));
    }

    proptest! {
        #[test]
        fn rows_come_back(mut dice in dice(), random in proptest::collection::vec(any::<u8>(), 0..80)) {
            let rows: Vec<Row> = dice.several(7, Row::sample);
            check_codec(&rows, |rows| encode_rows(rows), decode_rows, &mut dice, &random);
        }

        #[test]
        fn random_rows_are_refused_or_come_back(random in proptest::collection::vec(0..4u8, 0..60), flags: u8) {
            let bytes = [&[1, flags], &random[..]].concat();
            if let Ok(rows) = decode_rows(&bytes) {
                prop_assert_eq!(encode_rows(&rows), bytes);
            }
        }
    }

    #[test]
    fn flags_are_those_that_the_table_above_says() {
        use flag::*;
        assert_eq!(
            [CLIENT, CREDIT_NORMAL, 1 << STATUS_SHIFT, DISBURSES, 1 << FLOOR_SHIFT, TALLY],
            [1, 2, 4, 16, 32, 128]
        );
        let extras = [BLOCKED_DEBITS, BLOCKED_CREDITS, LIMITED, MONITORED, 1 << FLOOR_IN_EXTRAS_SHIFT];
        assert_eq!(extras, [1, 2, 4, 8, 16]);
        assert_eq!([PENDING, 1 << MARKS_SHIFT], [1, 2]);
    }

    #[test]
    fn extras_and_floors_that_nobody_writes_are_refused() {
        // Flags that say "the next byte says", that byte, the client, the book's difference, and a floor if there is one.
        let read = |extras: u8, floor: &[u8]| decode_rows(&[&[1, 0b0111_0011, extras, 7, 2], floor].concat());
        assert_eq!(read(0b0100, &[]).map(|rows| rows.len()), Ok(1));
        assert_eq!(read(0b1_0001, &[]).map(|rows| rows[0].terms.floor.get()), Ok(Some(0)));
        assert_eq!(read(0, &[]), Err(UNKNOWN_FLAGS));
        assert_eq!(read(0b1_0000, &[]), Err(UNKNOWN_FLAGS));
        assert_eq!(read(0b11_0100, &[]), Err(UNKNOWN_FLAGS));
        assert_eq!(read(0b100_0100, &[]), Err(UNKNOWN_FLAGS));
        let floor = |minor: i128| {
            let mut bytes = Vec::new();
            put_signed128(&mut bytes, minor);
            read(0b10_0100, &bytes).map(|rows| rows[0].terms.floor.get())
        };
        let most = Amount::MAX.signed();
        for minor in [1, -1, most, -most] {
            assert_eq!(floor(minor), Ok(Some(minor)));
        }
        for minor in [0, most + 1, -most - 1, i128::MAX, i128::MIN] {
            assert_eq!(floor(minor), Err(Malformed("a floor is out of range")), "{minor}");
        }
    }

    #[test]
    fn tallies_that_nobody_writes_are_refused() {
        // Flags, the client, the book's difference, and the tally: flags, totals, number, last, its time, marks.
        let read =
            |tally: &[u8]| decode_rows(&[&[1, 0b1011_0011, 7, 2], tally].concat()).map(|rows| rows[0].tally.clone());
        assert_eq!(read(&[0, 3, 3, 1, 10, 2]).map(|tally| (tally.number, tally.last)), Ok((1, Sequence(5))));
        assert_eq!(read(&[0, 0, 0, 0, 0, 0]), Err(Malformed("a tally is written though zero")));
        assert_eq!(read(&[1, 3, 3, 0, 0, 1, 10, 2]), Err(Malformed("pending totals are written though zero")));
        assert_eq!(read(&[4, 3, 3, 1, 10, 2, 4]).map(|tally| tally.marks.iter().next()), Ok(Some(Sequence(1))));
        assert_eq!(read(&[4, 3, 3, 1, 10, 2, 5]), Err(Malformed("a mark is written though zero")));
        assert_eq!(read(&[16, 3, 3, 1, 10, 2]), Err(UNKNOWN_FLAGS));
        assert_eq!(read(&[2, 3, 3, 1, 10, 2]), Err(UNKNOWN_FLAGS));
    }
}
