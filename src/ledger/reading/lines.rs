//! Streams of postings: of one account or merged from several, either way round.

use std::collections::{BTreeSet, VecDeque};

use super::listing::ListOrder;
use super::range::TimeRange;
use super::reader::Reader;
use super::trail::{Position, Spot, Trail};
use crate::ledger::error::Error;
use crate::model::{EntryKind, Sequence};

/// Which lines are wanted; whatever is not said is not asked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted {
    pub kinds: Vec<EntryKind>,
    pub recorded: TimeRange,
    pub effective: TimeRange,
}

impl Wanted {
    /// Whether a line is of a wanted kind and counts at a wanted time. When it was recorded is asked elsewhere.
    pub(super) fn holds(&self, spot: &Spot) -> bool {
        self.holds_kind(spot) && self.effective.holds(spot.entry.effective_at())
    }

    pub(super) fn holds_kind(&self, spot: &Spot) -> bool {
        self.kinds.is_empty() || spot.kind().is_some_and(|kind| self.kinds.contains(&kind))
    }

    /// Whether every line between two sequences is wanted.
    fn is_all(&self) -> bool {
        self.kinds.is_empty() && self.effective == TimeRange::default()
    }

    /// The entries among which all lines recorded in time lie: after the first, up to the second.
    pub(super) fn entries(&self, reader: &mut Reader<'_>) -> Result<(Sequence, Sequence), Error> {
        let after = self.recorded.from.map(|from| reader.last_before(from)).transpose()?.unwrap_or(Sequence::ZERO);
        let last = self.recorded.to.map(|to| reader.last_before(to)).transpose()?.unwrap_or(reader.at);
        Ok((after, last))
    }
}

/// The most postings that are read ahead when going forward, which can only be found going back.
const AHEAD_MAX: usize = 1_024;
/// The fewest.
const AHEAD_MIN: usize = 16;

/// One account's postings between two of its numbers, in one order.
struct Stream {
    trail: Trail,
    /// The postings still to come: numbers after the first, up to the second.
    left: (u64, u64),
    order: ListOrder,
    ahead: VecDeque<Spot>,
    ahead_max: usize,
}

impl Stream {
    /// The next posting, without taking it.
    fn peek(&mut self, reader: &mut Reader<'_>) -> Result<Option<&Spot>, Error> {
        if self.ahead.is_empty() && self.left.0 < self.left.1 {
            match self.order {
                ListOrder::NewestFirst => self.ahead.extend(self.trail.numbered(reader, self.left.1)?),
                ListOrder::OldestFirst => self.read_ahead(reader)?,
            }
        }
        Ok(self.ahead.front())
    }

    fn read_ahead(&mut self, reader: &mut Reader<'_>) -> Result<(), Error> {
        let end = self.left.0.saturating_add(self.ahead_max as u64).min(self.left.1);
        let mut spot = self.trail.numbered(reader, end)?;
        while let Some(found) = spot.take().filter(|found| found.number > self.left.0) {
            spot = if found.number > self.left.0.saturating_add(1) { found.previous(reader)? } else { None };
            self.ahead.push_front(found);
        }
        Ok(())
    }

    /// Takes the posting that [`Stream::peek`] shows.
    fn take(&mut self, reader: &mut Reader<'_>) -> Result<Option<Spot>, Error> {
        let Some(spot) = self.ahead.pop_front() else { return Ok(None) };
        match self.order {
            ListOrder::OldestFirst => self.left.0 = spot.number,
            ListOrder::NewestFirst => {
                self.left.1 = spot.number.saturating_sub(1);
                if self.left.0 < self.left.1 {
                    self.ahead.extend(spot.previous(reader)?);
                }
            }
        }
        Ok(Some(spot))
    }
}

/// The wanted postings of one account or of several, in one order of entry and place.
pub(super) struct Lines {
    streams: Vec<Stream>,
    /// The next posting of each stream, and the stream's place.
    heads: BTreeSet<(Position, usize)>,
    order: ListOrder,
    wanted: Wanted,
}

impl Lines {
    /// The wanted postings on these trails that come after `cursor`; about `expected` will be taken.
    pub(super) fn new(
        reader: &mut Reader<'_>,
        trails: &[Trail],
        wanted: &Wanted,
        order: ListOrder,
        cursor: Option<Position>,
        expected: usize,
    ) -> Result<Self, Error> {
        let (after, last) = wanted.entries(reader)?;
        let (mut from, mut to): (Position, Position) = ((after.0, u64::MAX), (last.0, u64::MAX));
        match (order, cursor) {
            (ListOrder::OldestFirst, Some(cursor)) => from = from.max(cursor),
            (ListOrder::NewestFirst, Some((entry, leg))) => to = to.min((entry, leg.saturating_sub(1))),
            (_, None) => {}
        }
        let share = expected / trails.len().max(1);
        let ahead_max = if wanted.is_all() { share.saturating_add(1) } else { share.max(256) };
        let (mut streams, mut heads) = (Vec::with_capacity(trails.len()), BTreeSet::new());
        for trail in trails {
            let Some(last) = trail.at_or_before(reader, to)? else { continue };
            let before = if from.0 == 0 { None } else { trail.at_or_before(reader, from)? };
            let (least, most) = (before.map_or(0, |spot| spot.number), last.number);
            if least < most {
                let ahead_max = ahead_max.clamp(AHEAD_MIN, AHEAD_MAX);
                let mut stream =
                    Stream { trail: *trail, left: (least, most), order, ahead: VecDeque::new(), ahead_max };
                if order == ListOrder::NewestFirst {
                    stream.ahead.push_back(last);
                }
                if let Some(head) = stream.peek(reader)? {
                    heads.insert((head.position(), streams.len()));
                }
                streams.push(stream);
            }
        }
        Ok(Self { streams, heads, order, wanted: wanted.clone() })
    }

    /// The next wanted posting.
    pub(super) fn next(&mut self, reader: &mut Reader<'_>) -> Result<Option<Spot>, Error> {
        while let Some(spot) = self.any(reader)? {
            if self.wanted.holds(&spot) {
                return Ok(Some(spot));
            }
        }
        Ok(None)
    }

    /// At most `count` of the next wanted postings.
    pub(super) fn take(&mut self, reader: &mut Reader<'_>, count: usize) -> Result<Vec<Spot>, Error> {
        let mut spots = Vec::new();
        while spots.len() < count
            && let Some(spot) = self.next(reader)?
        {
            spots.push(spot);
        }
        Ok(spots)
    }

    /// The next posting of all streams.
    fn any(&mut self, reader: &mut Reader<'_>) -> Result<Option<Spot>, Error> {
        let first = match self.order {
            ListOrder::OldestFirst => self.heads.pop_first(),
            ListOrder::NewestFirst => self.heads.pop_last(),
        };
        let Some((_, place)) = first else { return Ok(None) };
        let Some(stream) = self.streams.get_mut(place) else { return Ok(None) };
        let spot = stream.take(reader)?;
        if let Some(next) = stream.peek(reader)? {
            self.heads.insert((next.position(), place));
        }
        Ok(spot)
    }
}
