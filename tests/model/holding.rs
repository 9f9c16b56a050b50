//! Random commands that reserve movements, and that settle what is held.

use pacioli::money::{Currency, Money};
use pacioli::{
    BookId, Capture, Clearing, ClientId, Effect, Expire, Held, Hold, HoldId, PlaceHold, Release, Request, Reserve,
    Sequence, Timestamp,
};

use super::commands::World;
use super::holds;
use super::naive::{Ask, Naive};

const HOUR_NS: i64 = 3_600_000_000_000;

impl World {
    /// The movement of a command, perhaps reserved instead.
    pub fn perhaps_held(&mut self, ask: Ask, now: Timestamp) -> Ask {
        if !self.random.percent(30) {
            return ask;
        }
        let movement = match ask.command.request {
            Request::Credit(given) => Held::Credit(given),
            Request::Debit(given) => Held::Debit(given),
            Request::Transfer(given) => Held::Transfer(given),
            Request::Post(given) => Held::Post(*given),
            Request::Exchange(given) => Held::Exchange(*given),
            _ => return ask,
        };
        let mut given = PlaceHold::new(movement);
        given.until = self.due(now);
        given.may_overdraw = self.random.percent(40);
        Ask::of(given)
    }

    /// When something is settled by time: mostly soon.
    pub fn due(&mut self, now: Timestamp) -> Option<Timestamp> {
        let after = match self.random.below(20) {
            0..=5 => return None,
            6 => return Some(Timestamp::MAX),
            7 => self.random.below(40) as i64 - 20,
            8..=14 => self.random.below(8_000_000) as i64,
            _ => self.random.below(5) as i64 * HOUR_NS + 1,
        };
        Some(Timestamp(now.0 + after))
    }

    pub fn clearing(&mut self, now: Timestamp) -> Clearing {
        self.due(now).map_or(Clearing::ByCall, Clearing::At)
    }

    pub fn reserve(&mut self, model: &Naive, client: ClientId, book: BookId) -> Reserve {
        let own = model.accounts.iter().filter(|account| account.client == Some(client) && account.book == book);
        let own: Vec<_> = own.map(|account| account.id).collect();
        let account = if self.random.percent(90) { self.random.one(&own) } else { None };
        Reserve {
            rate: self.rate(),
            days: self.random.one(&[None, Some(0), Some(1), Some(30), Some(u32::MAX)]).unwrap(),
            account: account.unwrap_or_else(|| self.account(model)),
        }
    }

    /// Settles a hold, one of the latest and most often an open one.
    pub fn settle(&mut self, model: &Naive, now: Timestamp) -> Ask {
        let hold = self.hold(model);
        let id = match &hold {
            Some(hold) if self.random.percent(97) => hold.id,
            _ => HoldId(Sequence(self.random.below(model.entries.len() as u64 + 3))),
        };
        let part = if self.random.percent(45) { Some(self.part_of(model, hold.as_ref())) } else { None };
        let keyed = if part.is_some() { self.random.percent(97) } else { self.random.percent(30) };
        let key = keyed.then(|| self.key(model));
        match self.random.below(10) {
            0..=4 => {
                let mut given = Capture::whole(id);
                (given.part, given.key, given.last) = (part, key, self.random.percent(40));
                (given.effective_at, given.details) = (self.effective(now), self.details(25));
                Ask::of(given)
            }
            5..=7 => {
                let mut given = Release::whole(id);
                (given.part, given.key) = (part, key);
                (given.effective_at, given.details) = (self.effective(now), self.details(25));
                Ask::of(given)
            }
            _ => {
                let due_at = hold.and_then(|hold| hold.due_at).unwrap_or(now);
                let at = match self.random.below(6) {
                    0 => Timestamp(due_at.0.saturating_sub(1)),
                    1 => due_at,
                    2 => Timestamp(now.0 + self.random.below(20) as i64),
                    _ => now,
                };
                Ask::of(Expire { hold: id, at })
            }
        }
    }

    fn hold(&mut self, model: &Naive) -> Option<Hold> {
        let placing = model.entries.iter().rev().filter(|entry| {
            let effects = entry.posted().map_or(&[][..], |posted| &posted.effects);
            effects.iter().any(|effect| matches!(effect, Effect::HoldPlaced { .. }))
        });
        let ids: Vec<HoldId> = placing.take(12).map(|entry| HoldId(entry.sequence)).collect();
        let latest: Vec<Hold> = ids.iter().filter_map(|id| holds::hold(&model.entries, *id)).collect();
        let open: Vec<Hold> = latest.iter().filter(|hold| hold.is_open()).cloned().collect();
        let of = if open.is_empty() || self.random.percent(10) { latest } else { open };
        self.random.one(&of)
    }

    fn part_of(&mut self, model: &Naive, hold: Option<&Hold>) -> Money {
        let entry = hold.and_then(|hold| model.entry(hold.id.0).ok());
        let book = entry.and_then(|entry| model.book(entry.postings[0].book).ok());
        let (Some(book), Some(hold)) = (book, hold) else { return self.money(Currency::KES) };
        let left = holds::left(hold);
        let units = match self.random.below(20) {
            0 => return self.money(book.currency),
            1 => 0,
            2 => left + 1,
            3 | 4 => left,
            5 => left - 1,
            _ => 1 + left / (2 + self.random.below(4) as i128),
        };
        book.currency.minor(units).unwrap_or(book.currency.zero())
    }
}
