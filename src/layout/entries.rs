//! The journal's codec: an entry to bytes and back. The journal's block gives its sequence and time.
//!
//! An entry's body, with the forms of `wire`:
//!
//! | part | bytes |
//! |---|---|
//! | tag | what happened: 1 posted, 2 book opened, 3 account type defined, 4 client registered, 5 client changed, 6 account opened, 7 account changed, 8 service defined, 9 service changed, 21 a limit, monitor or quota set, changed or ended, 22 a cursor set, 23 a counterparty recorded or changed, or texts erased, 24 what happened to a chart, 25 to a device, 26 to a payout, 27 a period closed, 28 what happened to a channel or an invoice |
//! | flags | bit 0 an actor follows, 1 a client, 2 a key; of a posted entry also 3 a service, 4 an effective time, 5 what it reverses, 6 details, 7 it was forced |
//! | actor, client, key | text, varint, text; as flagged |
//! | event | below |
//! | count | of the postings, varint, at most 1 024 |
//! | postings | below |
//!
//! A posted event: a byte with the operation in bits 0 to 3 and the source in bit 4; a byte for the kind; then, as
//! flagged, service and version; the effective time less the recorded time, in wrapping 64 bits, as zigzag; what it
//! reverses; details; the effects if bit 5 of the first byte is set, at least one; the crossings if bit 6 is, at least one.
//! What it reverses: a byte with bit 0 for a part and bit 1 for the whole; the original; the part if flagged; the total.
//! The other events are their fields in the order of the model; of limits, monitors and quotas, what `wire::limits` says.
//!
//! A posting:
//!
//! | part | bytes |
//! |---|---|
//! | flags | bit 0 side, 1 normal side, 2 to 4 role (7: the next byte says), 5 the amount is that of the line before, 6 the book is not that of the line before, 7 there are pending totals |
//! | stage | if role is 7: bits 0 to 3 role, 4 to 7 stage, which is not that of a plain posting |
//! | account | varint |
//! | book | varint, if flagged; before the first line stands book 0 |
//! | amount | varint, unless it is that of the line before; before the first line stands 0 |
//! | posted totals | debits, credits: varints; without the amount they were totals too |
//! | pending totals | debits, credits: varints, if flagged; not both zero |
//! | number | varint |
//! | previous | varint: the entry's sequence less it |
//! | skips | each as previous is; one for each of 16, 256, … 16^6 that divides the number and is less than it |

use super::wire::{Malformed, Reader, Tagged, Wire, put_signed, put_text, put_varint};
use crate::model::{
    AccountId, Balance, BookId, Crossing, Effect, Entry, EntryKind, Event, Few, Operation, Posted, Posting, Postings,
    Reverses, Role, SKIP_LEVELS, SKIP_RADIX, Sequence, Side, Stage, Timestamp, TransactionSource,
};
use crate::money::Amount;

/// The most postings of one entry: the caller's, and what charges add to them.
pub(crate) const POSTINGS_MAX: usize = 1_024;

/// The fewest bytes of one posting.
const POSTING_BYTES_MIN: usize = 6;

mod tag {
    pub(super) const POSTED: u8 = 1;
    pub(super) const BOOK_OPENED: u8 = 2;
    pub(super) const ACCOUNT_TYPE_DEFINED: u8 = 3;
    pub(super) const CLIENT_REGISTERED: u8 = 4;
    pub(super) const CLIENT_CHANGED: u8 = 5;
    pub(super) const ACCOUNT_OPENED: u8 = 6;
    pub(super) const ACCOUNT_CHANGED: u8 = 7;
    pub(super) const SERVICE_DEFINED: u8 = 8;
    pub(super) const SERVICE_CHANGED: u8 = 9;
    pub(super) const DEVICE: u8 = 25;
    pub(super) const PAYOUT: u8 = 26;
    pub(super) const INVOICE: u8 = 28;
    pub(super) const LIMITS: u8 = 21;
    pub(super) const CURSOR: u8 = 22;
    pub(super) const PERIOD_CLOSED: u8 = 27;
    pub(super) const CHART: u8 = 24;
    pub(super) const PARTIES: u8 = 23;
}

mod flag {
    pub(super) const ACTOR: u8 = 1;
    pub(super) const CLIENT: u8 = 1 << 1;
    pub(super) const KEY: u8 = 1 << 2;
    pub(super) const SERVICE: u8 = 1 << 3;
    pub(super) const EFFECTIVE: u8 = 1 << 4;
    pub(super) const REVERSES: u8 = 1 << 5;
    pub(super) const DETAILS: u8 = 1 << 6;
    pub(super) const FORCED: u8 = 1 << 7;
    /// The flags of every entry.
    pub(super) const COMMON: u8 = ACTOR | CLIENT | KEY;

    pub(super) const PART: u8 = 1;
    pub(super) const WHOLE: u8 = 1 << 1;

    pub(super) const CREDIT: u8 = 1;
    pub(super) const CREDIT_NORMAL: u8 = 1 << 1;
    pub(super) const ROLE_SHIFT: u8 = 2;
    pub(super) const ROLE_MASK: u8 = 0b111;
    pub(super) const STAGED: u8 = 7;
    pub(super) const STAGE_SHIFT: u8 = 4;
    pub(super) const STAGED_ROLE_MASK: u8 = 0b1111;
    pub(super) const SAME_AMOUNT: u8 = 1 << 5;
    pub(super) const OTHER_BOOK: u8 = 1 << 6;
    pub(super) const PENDING: u8 = 1 << 7;
}

const SOURCE_SHIFT: u8 = 4;
const SOURCE_MASK: u8 = 1;
const EFFECTS: u8 = 1 << 5;
const CROSSED: u8 = 1 << 6;
const OPERATION_MASK: u8 = 0b1111;

/// The most effects of one entry.
const EFFECTS_MAX: usize = 16;

const LATER: Malformed = Malformed("an entry names a later one");

const fn when(set: bool, flag: u8) -> u8 {
    if set { flag } else { 0 }
}

/// Appends the body of an entry: all but its sequence and time, which the journal's block gives.
///
/// What `rules::decide` drafts always decodes to the same entry. An entry that breaks the model's invariants (more
/// postings than an entry may have, skips that do not follow from the number, a previous entry later than itself)
/// gives bytes that decoding refuses.
pub(crate) fn encode_entry(entry: &Entry, out: &mut Vec<u8>) {
    let Entry { sequence, recorded_at, actor, client, key, event, postings } = entry;
    let common =
        when(actor.is_some(), flag::ACTOR) | when(client.is_some(), flag::CLIENT) | when(key.is_some(), flag::KEY);
    out.extend_from_slice(&[event_tag(event), common | event_flags(event)]);
    if let Some(actor) = actor {
        put_text(out, actor);
    }
    if let Some(client) = client {
        put_varint(out, client.0);
    }
    if let Some(key) = key {
        put_text(out, key);
    }
    write_event(event, *recorded_at, out);
    put_varint(out, postings.len() as u64);
    let mut before = (BookId(0), Amount::ZERO);
    for posting in postings {
        write_posting(posting, *sequence, before, out);
        before = (posting.book, posting.amount);
    }
}

/// The entry that [`encode_entry`] made these bytes of.
pub(crate) fn decode_entry(body: &[u8], sequence: Sequence, recorded_at: Timestamp) -> Result<Entry, Malformed> {
    let mut reader = Reader::new(body);
    let tag = reader.u8()?;
    let flags = reader.u8()?;
    if tag != tag::POSTED && flags & !flag::COMMON != 0 {
        return Err(Malformed("an event has flags of another"));
    }
    let actor = if flags & flag::ACTOR != 0 { Some(Wire::read(&mut reader)?) } else { None };
    let client = if flags & flag::CLIENT != 0 { Some(Wire::read(&mut reader)?) } else { None };
    let key = if flags & flag::KEY != 0 { Some(Wire::read(&mut reader)?) } else { None };
    let event = read_event(tag, flags, recorded_at, &mut reader)?;
    let count = reader.count(POSTING_BYTES_MIN, POSTINGS_MAX)?;
    let mut postings = Postings::with_capacity(count);
    let mut before = (BookId(0), Amount::ZERO);
    for _ in 0..count {
        let posting = read_posting(sequence, before, &mut reader)?;
        before = (posting.book, posting.amount);
        postings.push(posting);
    }
    reader.finish()?;
    Ok(Entry { sequence, recorded_at, actor, client, key, event, postings })
}

fn event_tag(event: &Event) -> u8 {
    match event {
        Event::Posted(_) => tag::POSTED,
        Event::BookOpened { .. } => tag::BOOK_OPENED,
        Event::AccountTypeDefined { .. } => tag::ACCOUNT_TYPE_DEFINED,
        Event::ClientRegistered { .. } => tag::CLIENT_REGISTERED,
        Event::ClientChanged { .. } => tag::CLIENT_CHANGED,
        Event::AccountOpened { .. } => tag::ACCOUNT_OPENED,
        Event::AccountChanged { .. } => tag::ACCOUNT_CHANGED,
        Event::ServiceDefined { .. } => tag::SERVICE_DEFINED,
        Event::ServiceChanged { .. } => tag::SERVICE_CHANGED,
        Event::Device(_) => tag::DEVICE,
        Event::Payout(_) => tag::PAYOUT,
        Event::Invoice(_) => tag::INVOICE,
        Event::Limits(_) => tag::LIMITS,
        Event::Cursor(_) => tag::CURSOR,
        Event::PeriodClosed(_) => tag::PERIOD_CLOSED,
        Event::Chart(_) => tag::CHART,
        Event::Parties(_) => tag::PARTIES,
    }
}

fn event_flags(event: &Event) -> u8 {
    match event {
        Event::Posted(posted) => {
            when(posted.service.is_some(), flag::SERVICE)
                | when(posted.effective_at.is_some(), flag::EFFECTIVE)
                | when(posted.reverses.is_some(), flag::REVERSES)
                | when(posted.details.is_some(), flag::DETAILS)
                | when(posted.forced, flag::FORCED)
        }
        Event::BookOpened { .. }
        | Event::AccountTypeDefined { .. }
        | Event::ClientRegistered { .. }
        | Event::ClientChanged { .. }
        | Event::AccountOpened { .. }
        | Event::AccountChanged { .. }
        | Event::ServiceDefined { .. }
        | Event::ServiceChanged { .. }
        | Event::Device(_)
        | Event::Payout(_)
        | Event::Limits(_)
        | Event::Cursor(_)
        | Event::PeriodClosed(_)
        | Event::Invoice(_)
        | Event::Chart(_)
        | Event::Parties(_) => 0,
    }
}

fn write_event(event: &Event, recorded_at: Timestamp, out: &mut Vec<u8>) {
    match event {
        Event::Posted(posted) => write_posted(posted, recorded_at, out),
        Event::BookOpened { given, book, system_first } => {
            given.write(out);
            book.write(out);
            system_first.write(out);
        }
        Event::AccountTypeDefined { given } => given.write(out),
        Event::ClientRegistered { given, client, code, commitment } => {
            given.write(out);
            client.write(out);
            code.write(out);
            commitment.write(out);
        }
        Event::ClientChanged { given, client, commitment } => {
            given.write(out);
            client.write(out);
            commitment.write(out);
        }
        Event::AccountOpened { given, account, rule, label } => {
            given.write(out);
            account.write(out);
            rule.write(out);
            label.write(out);
        }
        Event::AccountChanged { given, account } => {
            given.write(out);
            account.write(out);
        }
        Event::ServiceDefined { given, service, code } => {
            given.write(out);
            service.write(out);
            code.write(out);
        }
        Event::ServiceChanged { given, service, version } => {
            given.write(out);
            service.write(out);
            version.write(out);
        }
        Event::Device(event) => event.write(out),
        Event::Payout(event) => event.write(out),
        Event::Invoice(event) => event.write(out),
        Event::Limits(event) => event.write(out),
        Event::Cursor(event) => event.write(out),
        Event::PeriodClosed(closed) => closed.write(out),
        Event::Chart(event) => event.write(out),
        Event::Parties(event) => event.write(out),
    }
}

fn read_event(tag: u8, flags: u8, recorded_at: Timestamp, reader: &mut Reader<'_>) -> Result<Event, Malformed> {
    // The fields of each variant are read in the order written.
    Ok(match tag {
        tag::POSTED => Event::Posted(read_posted(flags, recorded_at, reader)?),
        tag::BOOK_OPENED => Event::BookOpened {
            given: Wire::read(reader)?,
            book: Wire::read(reader)?,
            system_first: Wire::read(reader)?,
        },
        tag::ACCOUNT_TYPE_DEFINED => Event::AccountTypeDefined { given: Wire::read(reader)? },
        tag::CLIENT_REGISTERED => Event::ClientRegistered {
            given: Wire::read(reader)?,
            client: Wire::read(reader)?,
            code: Wire::read(reader)?,
            commitment: Wire::read(reader)?,
        },
        tag::CLIENT_CHANGED => Event::ClientChanged {
            given: Wire::read(reader)?,
            client: Wire::read(reader)?,
            commitment: Wire::read(reader)?,
        },
        tag::ACCOUNT_OPENED => Event::AccountOpened {
            given: Wire::read(reader)?,
            account: Wire::read(reader)?,
            rule: Wire::read(reader)?,
            label: Wire::read(reader)?,
        },
        tag::ACCOUNT_CHANGED => Event::AccountChanged { given: Wire::read(reader)?, account: Wire::read(reader)? },
        tag::SERVICE_DEFINED => Event::ServiceDefined {
            given: Wire::read(reader)?,
            service: Wire::read(reader)?,
            code: Wire::read(reader)?,
        },
        tag::SERVICE_CHANGED => Event::ServiceChanged {
            given: Wire::read(reader)?,
            service: Wire::read(reader)?,
            version: Wire::read(reader)?,
        },
        tag::DEVICE => Event::Device(Wire::read(reader)?),
        tag::PAYOUT => Event::Payout(Wire::read(reader)?),
        tag::INVOICE => Event::Invoice(Wire::read(reader)?),
        tag::LIMITS => Event::Limits(Wire::read(reader)?),
        tag::CURSOR => Event::Cursor(Wire::read(reader)?),
        tag::PERIOD_CLOSED => Event::PeriodClosed(Wire::read(reader)?),
        tag::CHART => Event::Chart(Wire::read(reader)?),
        tag::PARTIES => Event::Parties(Wire::read(reader)?),
        _ => return Err(Malformed("an unknown event")),
    })
}

fn write_posted(posted: &Posted, recorded_at: Timestamp, out: &mut Vec<u8>) {
    // Forced is a flag of the entry.
    let Posted { operation, kind, source, service, effective_at, forced: _, reverses, effects, details, crossed } =
        posted;
    let more = when(!effects.is_empty(), EFFECTS) | when(!crossed.is_empty(), CROSSED);
    let first = operation.tag() | source.tag() << SOURCE_SHIFT | more;
    out.extend_from_slice(&[first, kind.tag()]);
    if let Some((service, version)) = service {
        put_varint(out, service.0);
        put_varint(out, u64::from(*version));
    }
    if let Some(effective_at) = effective_at {
        // Wrapping, there and back: any two instants have a difference, and only one.
        put_signed(out, effective_at.0.wrapping_sub(recorded_at.0));
    }
    if let Some(Reverses { original, part, total, whole }) = reverses {
        out.push(when(part.is_some(), flag::PART) | when(*whole, flag::WHOLE));
        original.write(out);
        if let Some(part) = part {
            part.write(out);
        }
        total.write(out);
    }
    if let Some(details) = details {
        details.write(out);
    }
    if !effects.is_empty() {
        put_varint(out, effects.len() as u64);
        effects.iter().for_each(|effect| effect.write(out));
    }
    if !crossed.is_empty() {
        crossed.write(out);
    }
}

fn read_posted(flags: u8, recorded_at: Timestamp, reader: &mut Reader<'_>) -> Result<Posted, Malformed> {
    let byte = reader.u8()?;
    let operation = Operation::of_tag(byte & OPERATION_MASK)?;
    let source = TransactionSource::of_tag(byte >> SOURCE_SHIFT & SOURCE_MASK)?;
    if byte & !(OPERATION_MASK | SOURCE_MASK << SOURCE_SHIFT | EFFECTS | CROSSED) != 0 {
        return Err(Malformed("a movement has unknown flags"));
    }
    let kind = EntryKind::of_tag(reader.u8()?)?;
    let service = if flags & flag::SERVICE != 0 { Some(Wire::read(reader)?) } else { None };
    let effective_at =
        if flags & flag::EFFECTIVE != 0 { Some(Timestamp(recorded_at.0.wrapping_add(reader.signed()?))) } else { None };
    let reverses = if flags & flag::REVERSES != 0 { Some(read_reverses(reader)?) } else { None };
    let details = if flags & flag::DETAILS != 0 { Some(Wire::read(reader)?) } else { None };
    let effects = if byte & EFFECTS != 0 { read_effects(reader)? } else { Few::NONE };
    let crossed = if byte & CROSSED != 0 { read_crossed(reader)? } else { Few::NONE };
    let forced = flags & flag::FORCED != 0;
    Ok(Posted { operation, kind, source, service, effective_at, forced, reverses, effects, details, crossed })
}

fn read_effects(reader: &mut Reader<'_>) -> Result<Few<Effect>, Malformed> {
    let count = reader.count(2, EFFECTS_MAX)?;
    if count == 0 {
        return Err(Malformed("effects are written though there are none"));
    }
    (0..count).map(|_| Effect::read(reader)).collect()
}

fn read_crossed(reader: &mut Reader<'_>) -> Result<Few<Crossing>, Malformed> {
    let crossed: Few<Crossing> = Wire::read(reader)?;
    if crossed.is_empty() { Err(Malformed("crossings are written though there are none")) } else { Ok(crossed) }
}

fn read_reverses(reader: &mut Reader<'_>) -> Result<Reverses, Malformed> {
    let flags = reader.u8()?;
    if flags & !(flag::PART | flag::WHOLE) != 0 {
        return Err(Malformed("a reversal has unknown flags"));
    }
    let original = Wire::read(reader)?;
    let part = if flags & flag::PART != 0 { Some(Wire::read(reader)?) } else { None };
    Ok(Reverses { original, part, total: Wire::read(reader)?, whole: flags & flag::WHOLE != 0 })
}

/// `before` is the book and amount of the line before.
#[inline]
fn write_posting(posting: &Posting, sequence: Sequence, before: (BookId, Amount), out: &mut Vec<u8>) {
    let Posting { account, book, side, normal, role, stage, amount, after, number, previous, skips } = posting;
    let Balance { debits_posted, credits_posted, debits_pending, credits_pending } = after;
    let other_book = *book != before.0;
    let same_amount = *amount == before.1;
    let pending = !(debits_pending.is_zero() && credits_pending.is_zero());
    let staged = !matches!(stage, Stage::Posted);
    out.push(
        when(matches!(side, Side::Credit), flag::CREDIT)
            | when(matches!(normal, Side::Credit), flag::CREDIT_NORMAL)
            | (if staged { flag::STAGED } else { role.tag() }) << flag::ROLE_SHIFT
            | when(same_amount, flag::SAME_AMOUNT)
            | when(other_book, flag::OTHER_BOOK)
            | when(pending, flag::PENDING),
    );
    if staged {
        out.push(role.tag() | stage.tag() << flag::STAGE_SHIFT);
    }
    put_varint(out, account.0);
    if other_book {
        put_varint(out, book.0);
    }
    if !same_amount {
        amount.write(out);
    }
    debits_posted.write(out);
    credits_posted.write(out);
    if pending {
        debits_pending.write(out);
        credits_pending.write(out);
    }
    put_varint(out, *number);
    // An entry earlier than this one gives a difference that fits; another gives one that decoding refuses.
    put_varint(out, sequence.0.wrapping_sub(previous.0));
    for skip in skips {
        put_varint(out, sequence.0.wrapping_sub(skip.0));
    }
}

fn read_posting(sequence: Sequence, before: (BookId, Amount), reader: &mut Reader<'_>) -> Result<Posting, Malformed> {
    let flags = reader.u8()?;
    let side = if flags & flag::CREDIT != 0 { Side::Credit } else { Side::Debit };
    let normal = if flags & flag::CREDIT_NORMAL != 0 { Side::Credit } else { Side::Debit };
    let (role, stage) = match flags >> flag::ROLE_SHIFT & flag::ROLE_MASK {
        flag::STAGED => read_stage(reader.u8()?)?,
        role => (Role::of_tag(role)?, Stage::Posted),
    };
    let account = AccountId(reader.varint()?);
    let book = if flags & flag::OTHER_BOOK != 0 { BookId(reader.varint()?) } else { before.0 };
    let amount = if flags & flag::SAME_AMOUNT != 0 { before.1 } else { Amount::read(reader)? };
    if (flags & flag::OTHER_BOOK != 0 && book == before.0) || (flags & flag::SAME_AMOUNT == 0 && amount == before.1) {
        return Err(Malformed("a posting repeats the line before"));
    }
    let mut after = Balance {
        debits_posted: Amount::read(reader)?,
        credits_posted: Amount::read(reader)?,
        debits_pending: Amount::ZERO,
        credits_pending: Amount::ZERO,
    };
    if flags & flag::PENDING != 0 {
        after.debits_pending = Amount::read(reader)?;
        after.credits_pending = Amount::read(reader)?;
        if after.debits_pending.is_zero() && after.credits_pending.is_zero() {
            return Err(Malformed("pending totals are written though zero"));
        }
    }
    if after.without(stage, side, amount).is_none() {
        return Err(Malformed("a posting does not fit its totals"));
    }
    let number = reader.varint()?;
    let previous = read_earlier(sequence, reader)?;
    let skips = (0..skips_of(number)).map(|_| read_earlier(sequence, reader)).collect::<Result<_, _>>()?;
    Ok(Posting { account, book, side, normal, role, stage, amount, after, number, previous, skips })
}

fn read_stage(byte: u8) -> Result<(Role, Stage), Malformed> {
    match Stage::of_tag(byte >> flag::STAGE_SHIFT)? {
        Stage::Posted => Err(Malformed("a stage is written though plain")),
        stage => Ok((Role::of_tag(byte & flag::STAGED_ROLE_MASK)?, stage)),
    }
}

/// An entry no later than this one, written as the difference.
fn read_earlier(sequence: Sequence, reader: &mut Reader<'_>) -> Result<Sequence, Malformed> {
    sequence.0.checked_sub(reader.varint()?).map(Sequence).ok_or(LATER)
}

/// How many skips a posting of this number carries: see `Tally::skips`.
fn skips_of(number: u64) -> usize {
    if !number.is_multiple_of(SKIP_RADIX) {
        return 0;
    }
    std::iter::successors(Some(SKIP_RADIX), |span| span.checked_mul(SKIP_RADIX))
        .take(SKIP_LEVELS)
        .take_while(|span| number.is_multiple_of(*span) && number > *span)
        .count()
}

#[cfg(test)]
mod tests {
    use super::super::wire::samples::{Dice, Sample, check_codec, dice};
    use super::*;
    use crate::model::{ClientId, ServiceId};
    use proptest::prelude::*;

    /// An entry no later than this one.
    fn earlier(sequence: Sequence, dice: &mut Dice) -> Sequence {
        Sequence(sequence.0.saturating_sub(u64::sample(dice)))
    }

    fn posting(sequence: Sequence, dice: &mut Dice) -> Posting {
        let side = Side::sample(dice);
        let stage = Stage::sample(dice);
        let (amount, after) = if stage == Stage::Posted { plain(side, dice) } else { staged(stage, side, dice) };
        let any = u64::sample(dice);
        let number = *dice.one_of(&[1, 2, 16, 32, 256, 512, 1 << 24, 1 << 28, u64::MAX, u64::MAX << 24, any]);
        Posting {
            account: Sample::sample(dice),
            book: BookId(dice.below(3)),
            side,
            normal: Sample::sample(dice),
            role: Sample::sample(dice),
            stage,
            amount,
            after,
            number,
            previous: earlier(sequence, dice),
            skips: (0..skips_of(number)).map(|_| earlier(sequence, dice)).collect(),
        }
    }

    fn plain(side: Side, dice: &mut Dice) -> (Amount, Balance) {
        let (one, other) = (Amount::sample(dice), Amount::sample(dice));
        let (amount, total) = (one.min(other), one.max(other));
        let untouched = Balance {
            debits_posted: Sample::sample(dice),
            credits_posted: Sample::sample(dice),
            debits_pending: if bool::sample(dice) { Amount::ZERO } else { Sample::sample(dice) },
            credits_pending: if bool::sample(dice) { Amount::ZERO } else { Sample::sample(dice) },
        };
        let after = match side {
            Side::Debit => Balance { debits_posted: total, ..untouched },
            Side::Credit => Balance { credits_posted: total, ..untouched },
        };
        (amount, after)
    }

    /// An amount, and totals that had room for it.
    fn staged(stage: Stage, side: Side, dice: &mut Dice) -> (Amount, Balance) {
        let amount = minor(Amount::sample(dice).signed() >> 3);
        let total = |dice: &mut Dice| minor(amount.signed() + (Amount::sample(dice).signed() >> 3));
        let before = Balance {
            debits_posted: total(dice),
            credits_posted: total(dice),
            debits_pending: total(dice),
            credits_pending: total(dice),
        };
        (amount, before.with(stage, side, amount).unwrap())
    }

    impl Sample for Event {
        fn sample(dice: &mut Dice) -> Self {
            match dice.below(24) {
                0 => Self::BookOpened {
                    given: Sample::sample(dice),
                    book: Sample::sample(dice),
                    system_first: Sample::sample(dice),
                },
                1 => Self::AccountTypeDefined { given: Sample::sample(dice) },
                2 => Self::ClientRegistered {
                    given: Sample::sample(dice),
                    client: Sample::sample(dice),
                    code: Sample::sample(dice),
                    commitment: Sample::sample(dice),
                },
                3 => Self::ClientChanged {
                    given: Sample::sample(dice),
                    client: Sample::sample(dice),
                    commitment: Sample::sample(dice),
                },
                4 => Self::AccountOpened {
                    given: Sample::sample(dice),
                    account: Sample::sample(dice),
                    rule: Sample::sample(dice),
                    label: Sample::sample(dice),
                },
                5 => Self::AccountChanged { given: Sample::sample(dice), account: Sample::sample(dice) },
                6 => Self::ServiceDefined {
                    given: Sample::sample(dice),
                    service: Sample::sample(dice),
                    code: Sample::sample(dice),
                },
                7 => Self::ServiceChanged {
                    given: Sample::sample(dice),
                    service: Sample::sample(dice),
                    version: Sample::sample(dice),
                },
                8 => Self::Device(Sample::sample(dice)),
                9 => Self::Payout(Sample::sample(dice)),
                10 => Self::Limits(Sample::sample(dice)),
                11 => Self::Cursor(Sample::sample(dice)),
                12 => Self::PeriodClosed(Sample::sample(dice)),
                13 => Self::Invoice(Sample::sample(dice)),
                14 => Self::Chart(Sample::sample(dice)),
                15 => Self::Limits(Sample::sample(dice)),
                16 => Self::Cursor(Sample::sample(dice)),
                17 => Self::PeriodClosed(Sample::sample(dice)),
                18 => Self::Invoice(Sample::sample(dice)),
                19 => Self::Parties(Sample::sample(dice)),
                _ => Self::Posted(Posted {
                    operation: Sample::sample(dice),
                    kind: Sample::sample(dice),
                    source: Sample::sample(dice),
                    service: Sample::sample(dice),
                    effective_at: Sample::sample(dice),
                    forced: Sample::sample(dice),
                    reverses: bool::sample(dice).then(|| Reverses {
                        original: Sample::sample(dice),
                        part: Sample::sample(dice),
                        total: Sample::sample(dice),
                        whole: Sample::sample(dice),
                    }),
                    effects: Sample::sample(dice),
                    details: Sample::sample(dice),
                    crossed: Sample::sample(dice),
                }),
            }
        }
    }

    impl Sample for Entry {
        fn sample(dice: &mut Dice) -> Self {
            let sequence = Sequence::sample(dice);
            let recorded_at = Sample::sample(dice);
            let (actor, client, key) = (Sample::sample(dice), Sample::sample(dice), Sample::sample(dice));
            let event = Event::sample(dice);
            let postings = match &event {
                Event::Posted(_) => dice.several(7, |dice| posting(sequence, dice)),
                _ => Vec::new(),
            };
            Self { sequence, recorded_at, actor, client, key, event, postings: postings.into() }
        }
    }

    fn encoded(entry: &Entry) -> Vec<u8> {
        let mut out = Vec::new();
        encode_entry(entry, &mut out);
        out
    }

    fn minor(units: i128) -> Amount {
        Amount::minor(units).unwrap()
    }

    fn line(account: u64, side: Side, number: u64, previous: u64) -> Posting {
        let (debits_posted, credits_posted) = (minor(2_500_000), minor(3_000_000));
        Posting {
            account: AccountId(account),
            book: BookId(1),
            side,
            normal: Side::Credit,
            role: Role::Principal,
            stage: Stage::Posted,
            amount: minor(12_345),
            after: Balance { debits_posted, credits_posted, ..Balance::default() },
            number,
            previous: Sequence(previous),
            skips: Few::NONE,
        }
    }

    fn transfer() -> Entry {
        Entry {
            sequence: Sequence(100_000),
            recorded_at: Timestamp(1_700_000_000_000_000_000),
            actor: None,
            client: Some(ClientId(300)),
            key: Some("0123456789abcdef".into()),
            event: Event::Posted(Posted {
                operation: Operation::Transfer,
                kind: EntryKind::Transfer,
                source: TransactionSource::Internal,
                service: Some((ServiceId(40), 1)),
                effective_at: None,
                forced: false,
                reverses: None,
                effects: Few::NONE,
                details: None,
                crossed: Few::NONE,
            }),
            postings: vec![line(1_000, Side::Debit, 201, 99_000), line(2_000, Side::Credit, 333, 98_000)].into(),
        }
    }

    #[test]
    fn a_plain_transfer_has_these_bytes() {
        let bytes = encoded(&transfer());
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            hex,
            "010eac02103031323334353637383961626364656612082801\
             02\
             42e80701b960a0cb9801c08db701c901e807\
             23d00fa0cb9801c08db701cd02d00f"
        );
        assert_eq!(decode_entry(&bytes, Sequence(100_000), transfer().recorded_at), Ok(transfer()));
    }

    #[test]
    fn the_greatest_entry_comes_back() {
        let mut entry = transfer();
        entry.sequence = Sequence(u64::MAX);
        for (recorded_at, effective_at) in [(Timestamp::MIN, Timestamp::MAX), (Timestamp::MAX, Timestamp::MIN)] {
            entry.recorded_at = recorded_at;
            if let Event::Posted(posted) = &mut entry.event {
                posted.effective_at = Some(effective_at);
            }
            let full = Balance {
                debits_posted: Amount::MAX,
                credits_posted: Amount::MAX,
                debits_pending: Amount::MAX,
                credits_pending: Amount::MAX,
            };
            entry.postings = (0..256)
                .map(|place| Posting {
                    account: AccountId(u64::MAX - place),
                    book: BookId(u64::MAX - place),
                    amount: if place % 2 == 0 { Amount::MAX } else { minor(1) },
                    after: full,
                    number: u64::MAX << 24,
                    previous: Sequence(place),
                    skips: vec![Sequence::ZERO; SKIP_LEVELS].into(),
                    ..line(0, Side::Debit, 0, 0)
                })
                .collect();
            let bytes = encoded(&entry);
            assert_eq!(decode_entry(&bytes, entry.sequence, entry.recorded_at), Ok(entry.clone()));
        }
    }

    #[test]
    fn what_the_model_rules_out_is_refused() {
        let refused = |change: fn(&mut Posting)| {
            let mut entry = transfer();
            change(&mut entry.postings[1]);
            decode_entry(&encoded(&entry), entry.sequence, entry.recorded_at).unwrap_err().0
        };
        assert_eq!(refused(|posting| posting.after.credits_posted = minor(1)), "a posting does not fit its totals");
        assert_eq!(refused(|posting| posting.previous = Sequence(100_001)), "an entry names a later one");
        assert_eq!(refused(|posting| posting.skips = vec![Sequence(1)].into()), "bytes are left over");
        assert_eq!(refused(|posting| posting.number = 32), "the bytes end too early");

        let mut entry = transfer();
        entry.postings = vec![line(1, Side::Debit, 1, 0); POSTINGS_MAX + 1].into();
        assert!(decode_entry(&encoded(&entry), entry.sequence, entry.recorded_at).is_err());
        entry.postings = vec![line(1, Side::Debit, 1, 0); POSTINGS_MAX].into();
        assert!(decode_entry(&encoded(&entry), entry.sequence, entry.recorded_at).is_ok());
    }

    #[test]
    fn a_posting_carries_the_skips_of_its_tally() {
        let mut tally = crate::model::Tally::default();
        for number in 1..=70_000 {
            let skips = tally.skips(number);
            assert_eq!(skips.len(), skips_of(number), "posting {number}");
            let posting = Posting { skips, ..line(1, Side::Debit, number, number - 1) };
            tally.take(&posting, Sequence(number), Timestamp(0));
        }
    }

    proptest! {
        #[test]
        fn entries_come_back(mut dice in dice(), random in proptest::collection::vec(any::<u8>(), 0..80)) {
            let entry = Entry::sample(&mut dice);
            let (sequence, recorded_at) = (entry.sequence, entry.recorded_at);
            let decode = |bytes: &[u8]| decode_entry(bytes, sequence, recorded_at);
            check_codec(&entry, encoded, decode, &mut dice, &random);
        }

        #[test]
        fn random_transfers_are_refused_or_come_back(random in proptest::collection::vec(0..4u8, 0..60)) {
            let bytes = [&[1, 0, 0, 8], &random[..]].concat();
            if let Ok(entry) = decode_entry(&bytes, Sequence(7), Timestamp(9)) {
                prop_assert_eq!(encoded(&entry), bytes);
            }
        }
    }

    #[test]
    fn flags_are_those_that_the_table_above_says() {
        use flag::*;
        assert_eq!([ACTOR, CLIENT, KEY, SERVICE, EFFECTIVE, REVERSES, DETAILS, FORCED], [1, 2, 4, 8, 16, 32, 64, 128]);
        assert_eq!((COMMON, [PART, WHOLE]), (7, [1, 2]));
        assert_eq!([CREDIT, CREDIT_NORMAL, 1 << ROLE_SHIFT, SAME_AMOUNT, OTHER_BOOK, PENDING], [1, 2, 4, 32, 64, 128]);
        assert_eq!([1 << SOURCE_SHIFT, EFFECTS, CROSSED, 1 << STAGE_SHIFT], [16, 32, 64, 16]);
    }

    #[test]
    fn what_is_never_written_is_refused() {
        let plain = encoded(&transfer());
        let refused = |change: &dyn Fn(&mut Vec<u8>)| {
            let mut bytes = plain.clone();
            change(&mut bytes);
            decode_entry(&bytes, Sequence(100_000), transfer().recorded_at).unwrap_err().0
        };
        // The movement's flags stand behind tag, flags, client and key; its parts behind kind and service.
        let (movement, parts, line, pending) = (21, 25, 26, 40);
        assert_eq!((plain[movement], plain[line]), (0x12, 0x42));
        let more = |flag: u8| {
            refused(&|bytes| {
                bytes[movement] |= flag;
                bytes.insert(parts, 0);
            })
        };
        assert_eq!(more(0x80), "a movement has unknown flags");
        assert_eq!(more(EFFECTS), "effects are written though there are none");
        assert_eq!(more(CROSSED), "crossings are written though there are none");
        let reversing = |bytes: &mut Vec<u8>| {
            bytes[1] |= flag::REVERSES;
            bytes.insert(parts, 4);
        };
        assert_eq!(refused(&reversing), "a reversal has unknown flags");
        let nothing_pending = |bytes: &mut Vec<u8>| {
            bytes[line] |= flag::PENDING;
            bytes.splice(pending..pending, [0, 0]);
        };
        assert_eq!(refused(&nothing_pending), "pending totals are written though zero");
        let staged = |bytes: &mut Vec<u8>| {
            bytes[line] |= flag::STAGED << flag::ROLE_SHIFT;
            bytes.insert(line + 1, 0);
        };
        assert_eq!(refused(&staged), "a stage is written though plain");
        let repeated = |bytes: &mut Vec<u8>| bytes[line + 3] = 0;
        assert_eq!(refused(&repeated), "a posting repeats the line before");
    }
}
