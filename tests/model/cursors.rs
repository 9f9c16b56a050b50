//! Cursors of event consumers as a beginner would keep them: looked for in the list of entries, from the last on.

use pacioli::{
    Acknowledge, CursorEvent, CursorMove, CursorRequest, Event, EventId, Rejection, Request, Rewind, Sequence,
};

use super::naive::{Ask, Judged, Naive, Next};
use super::random::Random;
use super::texts;

/// A cursor forward or back, mostly near where it stands.
pub fn cursor(model: &Naive, random: &mut Random) -> Ask {
    let mut name = random.one(&["webhooks", "mails", "books"]).unwrap().to_owned();
    match random.below(60) {
        0 => name = "x".repeat(65),
        1 => name = " ".to_owned(),
        _ => {}
    }
    let last = model.entries.len() as u64;
    let near = last.saturating_sub(random.below(12)) + random.below(3);
    let sequence = Sequence(if random.percent(80) { near } else { random.below(last + 2) });
    let event = if random.percent(40) {
        sequence.into()
    } else {
        let place = random.one(&[0, 1, 1, 1, 2, 2, 3]).unwrap();
        EventId { sequence, place }
    };
    match latest(model, &name) {
        // Where it stands already.
        Some(set) if random.percent(15) => Ask::of(Acknowledge::new(name, set.at)),
        _ if random.percent(25) => Ask::of(Rewind::new(name, event)),
        _ => Ask::of(Acknowledge::new(name, event)),
    }
}

fn parts(request: &CursorRequest) -> (&str, EventId) {
    match request {
        CursorRequest::Acknowledge(given) => (&given.cursor, given.event),
        CursorRequest::Rewind(given) => (&given.cursor, given.to),
    }
}

fn latest<'a>(model: &'a Naive, name: &str) -> Option<&'a CursorMove> {
    model.entries.iter().rev().find_map(|entry| match &entry.event {
        Event::Cursor(event) => {
            let (CursorEvent::Acknowledged(set) | CursorEvent::Rewound(set)) = &**event;
            (set.name == name).then_some(set)
        }
        _ => None,
    })
}

/// The place asked for: there are so many events of its entry at least.
fn position(model: &Naive, event: EventId) -> Judged<EventId> {
    let not_found = Rejection::EventNotFound { event };
    let count = match model.entries.get((event.sequence.0 as usize).wrapping_sub(1)).map(|entry| &entry.event) {
        None if event.sequence.0 == 0 => 0,
        None => return Err(not_found),
        Some(Event::Cursor(_)) => 0,
        Some(Event::Posted(posted)) if posted.reverses.is_some() => 2,
        Some(_) => 1,
    };
    match event.place {
        EventId::ALL => Ok(EventId { place: count, ..event }),
        place if place > count => Err(not_found),
        _ => Ok(event),
    }
}

impl Naive {
    /// The key that the ledger makes for it.
    pub fn cursor_key(&self, request: &CursorRequest) -> Judged<String> {
        let (name, event) = parts(request);
        texts::filled("cursor name", name)?;
        texts::within("cursor name", name, 64)?;
        let at = position(self, event)?;
        let moves = latest(self, name).map_or(1, |set| if set.at == at { set.moves } else { set.moves + 1 });
        Ok(format!("CURSOR{moves}:{name}"))
    }

    pub fn set_cursor(&self, request: &CursorRequest, next: Next) -> Judged<Event> {
        let (name, event) = parts(request);
        let given = position(self, event)?;
        let before = latest(self, name);
        let (id, moves) = before.map_or((next.sequence, 1), |set| (set.id, set.moves + 1));
        let set = CursorMove { id, name: name.to_owned(), moves, at: given };
        let event = match (request, before) {
            (CursorRequest::Acknowledge(_), Some(set)) if given < set.at => {
                return Err(Rejection::CursorPassed { at: set.at, given });
            }
            (CursorRequest::Acknowledge(_), _) => CursorEvent::Acknowledged(set),
            (CursorRequest::Rewind(_), None) => return Err(Rejection::CursorNotFound),
            (CursorRequest::Rewind(_), Some(set)) if given > set.at => {
                return Err(Rejection::CursorNotReached { at: set.at, given });
            }
            (CursorRequest::Rewind(_), Some(_)) => CursorEvent::Rewound(set),
        };
        Ok(Event::Cursor(Box::new(event)))
    }
}

/// What is asked for, but for where: of two under one key, both ask for the same place.
pub fn content(given: &CursorRequest) -> Request {
    Request::Cursor(Box::new(CursorRequest::Acknowledge(Acknowledge::new(parts(given).0, EventId::START))))
}
