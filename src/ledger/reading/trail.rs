//! An account's postings, found from the latest back: a skip list threaded through the journal.
//!
//! Each posting names the entry of the one before; those whose number is a multiple of 16, 256, … also the entries of
//! those 16, 256, … before. So any posting is reached in at most some thirty steps for each level, each one a read of
//! a journal block.

use std::sync::Arc;

use super::reader::{Reader, broken};
use crate::ledger::error::Error;
use crate::ledger::receipt::line_kind;
use crate::ledger::standings::Standing;
use crate::model::{AccountId, Entry, EntryKind, Posting, PostingId, SKIP_RADIX, Sequence};

/// One posting of an account, with its entry.
#[derive(Clone, Debug)]
pub(super) struct Spot {
    pub entry: Arc<Entry>,
    /// The posting's place in the entry, from 0.
    pub at: usize,
    account: AccountId,
    pub number: u64,
}

/// The place of a posting in the order of all postings: entry, then place in the entry, from 1.
pub(super) type Position = (u64, u64);

impl Spot {
    pub(super) fn posting(&self) -> Result<&Posting, Error> {
        self.entry.postings.get(self.at).ok_or_else(|| broken(self.entry.sequence, "the posting is missing"))
    }

    pub(super) fn id(&self) -> PostingId {
        Posting::id(self.entry.sequence, self.at)
    }

    pub(super) fn position(&self) -> Position {
        let id = self.id();
        (id.entry.0, u64::from(id.leg))
    }

    /// What statements call it.
    pub(super) fn kind(&self) -> Option<EntryKind> {
        let posted = self.entry.posted()?;
        self.entry.postings.get(self.at).map(|posting| line_kind(posted, posting))
    }

    /// The posting `number` of an account, in the entry where another posting says that it is.
    fn find(reader: &mut Reader<'_>, account: AccountId, number: u64, within: Sequence) -> Result<Self, Error> {
        let entry = reader.entry(within)?;
        let at = entry.postings.iter().position(|posting| posting.account == account && posting.number == number);
        let at = at.ok_or_else(|| broken(within, "the posting that another names is missing"))?;
        Ok(Self { entry, at, account, number })
    }

    /// The account's posting before this one.
    pub(super) fn previous(&self, reader: &mut Reader<'_>) -> Result<Option<Self>, Error> {
        let number = self.number.saturating_sub(1);
        if number == 0 {
            return Ok(None);
        }
        let previous = self.posting()?.previous;
        Self::find(reader, self.account, number, previous).map(Some)
    }

    /// The furthest posting back that one step leads to and that `wanted` says is not too far.
    fn leap(&self, reader: &mut Reader<'_>, wanted: impl Fn(u64, Sequence) -> bool) -> Result<Option<Self>, Error> {
        let posting = self.posting()?;
        let spans = std::iter::successors(Some(SKIP_RADIX), |span| span.checked_mul(SKIP_RADIX));
        let leaps: Vec<_> =
            std::iter::once((1, posting.previous)).chain(spans.zip(posting.skips.iter().copied())).collect();
        let number = self.number;
        let leaps = leaps.into_iter().rev().map(|(span, to)| (number.saturating_sub(span), to));
        for (number, to) in leaps.filter(|(number, _)| *number > 0) {
            if wanted(number, to) {
                return Self::find(reader, self.account, number, to).map(Some);
            }
        }
        Ok(None)
    }
}

/// An account's postings up to the view's sequence.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trail {
    account: AccountId,
    /// The latest posting's number and entry; both zero if there is none.
    pub number: u64,
    last: Sequence,
}

impl Trail {
    /// The trail of an account that stands so, perhaps after the view's sequence; and where it stood then.
    pub(super) fn of(reader: &mut Reader<'_>, account: AccountId, latest: Standing) -> Result<(Self, Standing), Error> {
        let trail = Self { account, number: latest.number, last: latest.last };
        if latest.number == 0 || latest.last <= reader.at {
            return Ok((trail, latest));
        }
        let at = reader.at;
        let Some(spot) = trail.up_to(reader, at)? else {
            return Ok((Self { account, number: 0, last: Sequence::ZERO }, Standing::default()));
        };
        let (number, last) = (spot.number, spot.entry.sequence);
        let balance = spot.posting()?.after;
        let standing = Standing { balance, number, last, last_at: spot.entry.recorded_at };
        Ok((Self { account, number, last }, standing))
    }

    /// The latest posting.
    pub(super) fn latest(&self, reader: &mut Reader<'_>) -> Result<Option<Spot>, Error> {
        if self.number == 0 {
            return Ok(None);
        }
        Spot::find(reader, self.account, self.number, self.last).map(Some)
    }

    /// The last posting of entries up to `sequence`.
    pub(super) fn up_to(&self, reader: &mut Reader<'_>, sequence: Sequence) -> Result<Option<Spot>, Error> {
        let Some(mut spot) = self.latest(reader)? else { return Ok(None) };
        if spot.entry.sequence <= sequence {
            return Ok(Some(spot));
        }
        // As far back as what comes after leads, then one step more.
        while let Some(further) = spot.leap(reader, |_, entry| entry > sequence)? {
            spot = further;
        }
        spot.previous(reader)
    }

    /// The last posting at or before a position.
    pub(super) fn at_or_before(&self, reader: &mut Reader<'_>, position: Position) -> Result<Option<Spot>, Error> {
        let mut spot = self.up_to(reader, Sequence(position.0))?;
        while let Some(late) = spot.as_ref().filter(|spot| spot.position() > position) {
            spot = late.previous(reader)?;
        }
        Ok(spot)
    }

    /// The posting with a number.
    pub(super) fn numbered(&self, reader: &mut Reader<'_>, number: u64) -> Result<Option<Spot>, Error> {
        if number == 0 || number > self.number {
            return Ok(None);
        }
        let Some(mut spot) = self.latest(reader)? else { return Ok(None) };
        while spot.number > number {
            let further = spot.leap(reader, |reached, _| reached >= number)?;
            spot = further.ok_or_else(|| broken(self.last, "the posting that another names is missing"))?;
        }
        Ok(Some(spot))
    }
}

impl Reader<'_> {
    /// Where an account stood at the view's sequence.
    pub(super) fn standing(&mut self, account: AccountId) -> Result<Standing, Error> {
        Ok(self.trail(account)?.1)
    }

    /// Where accounts stood at the view's sequence.
    pub(super) fn standings(&mut self, accounts: &[AccountId]) -> Result<Vec<Standing>, Error> {
        let latest = self.latest(accounts)?;
        let pairs = accounts.iter().zip(latest);
        pairs.map(|(account, latest)| Ok(Trail::of(self, *account, latest)?.1)).collect()
    }

    /// An account's postings, and where it stood at the view's sequence.
    pub(super) fn trail(&mut self, account: AccountId) -> Result<(Trail, Standing), Error> {
        let latest = self.latest(&[account])?.pop().unwrap_or_default();
        Trail::of(self, account, latest)
    }
}
