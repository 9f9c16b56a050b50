//! The law of cursors: a consumer's mark goes forward, and back only when that is asked for by name.

use std::borrow::Cow;
use std::sync::Arc;

use super::changes::changes;
use super::desk::{Desk, Name, Place, Record, Refusal};
use super::draft::{Draft, Identity, Moment};
use super::rejection::Rejection;
use super::texts;
use crate::model::{
    Acknowledge, CursorEvent, CursorMove, CursorRequest, Entry, Event, EventCursor, EventId, Limits, Rewind, Sequence,
};

/// Names a request after the cursor and how often it will have been set; where the cursor stands already, after the
/// entry that brought it there, so that this is its repetition.
pub(super) fn identify(desk: &Desk, request: &CursorRequest) -> Result<Identity<'static>, Refusal> {
    let (name, asked) = asked(request);
    texts::filled("cursor name", name)?;
    texts::within("cursor name", name, Limits::CURSOR_NAME_BYTES)?;
    let at = position(desk, asked)?;
    let moves = match desk.cursor(name)? {
        Some(cursor) if cursor.at == at => cursor.moves,
        Some(cursor) => cursor.moves.saturating_add(1),
        None => 1,
    };
    Ok(Identity { client: None, key: Some(Cow::Owned(format!("CURSOR{moves}:{name}"))) })
}

pub(super) fn decide(desk: &Desk, request: &CursorRequest, moment: Moment) -> Result<Draft, Refusal> {
    let (name, asked) = asked(request);
    let at = position(desk, asked)?;
    let cursor = desk.cursor(name)?;
    let (id, moves) = match cursor {
        Some(cursor) => (cursor.id, cursor.moves.checked_add(1).ok_or(Rejection::IdentifiersExhausted)?),
        None => (moment.sequence, 1),
    };
    let set = CursorMove { id, name: name.to_owned(), moves, at };
    let event = match (request, cursor) {
        (CursorRequest::Acknowledge(_), Some(cursor)) if at < cursor.at => {
            return Err(Rejection::CursorPassed { at: cursor.at, given: at }.into());
        }
        (CursorRequest::Acknowledge(_), _) => CursorEvent::Acknowledged(set),
        (CursorRequest::Rewind(_), None) => return Err(Rejection::CursorNotFound.into()),
        (CursorRequest::Rewind(_), Some(cursor)) if at > cursor.at => {
            return Err(Rejection::CursorNotReached { at: cursor.at, given: at }.into());
        }
        (CursorRequest::Rewind(_), Some(_)) => CursorEvent::Rewound(set),
    };
    Ok(Draft::recorded(Event::Cursor(Box::new(event))))
}

/// Whether an entry brought the cursor where the request wants it.
pub(super) fn repeats(desk: &Desk, request: &CursorRequest, event: &CursorEvent) -> Result<bool, Refusal> {
    let (name, asked) = asked(request);
    let set = set(event);
    Ok(set.name == name && set.at == position(desk, asked)?)
}

pub(super) fn apply(desk: &mut Desk, event: &CursorEvent, entry: &Entry) {
    let CursorMove { id, name, moves, at } = set(event).clone();
    if id == entry.sequence {
        desk.change(Place::Name(Name::Cursor(name.clone())), Record::Name(id.0));
    }
    let (moved_at, moved_in) = (entry.recorded_at, entry.sequence);
    let record = EventCursor { id, name, at, moves, moved_at, moved_in };
    desk.change(Place::Cursor(id), Record::Cursor(Arc::new(record)));
}

const fn set(event: &CursorEvent) -> &CursorMove {
    match event {
        CursorEvent::Acknowledged(set) | CursorEvent::Rewound(set) => set,
    }
}

fn asked(request: &CursorRequest) -> (&str, EventId) {
    match request {
        CursorRequest::Acknowledge(Acknowledge { cursor, event }) => (cursor, *event),
        CursorRequest::Rewind(Rewind { cursor, to }) => (cursor, *to),
    }
}

/// The position asked for, with the number of events in the place of all of them.
fn position(desk: &Desk, asked: EventId) -> Result<EventId, Refusal> {
    let unknown = Refusal::Rejected(Rejection::EventNotFound { event: asked });
    let count = if asked.sequence == Sequence::ZERO {
        0
    } else {
        let entry = desk.entry(asked.sequence).map_err(|refusal| match refusal {
            Refusal::Rejected(_) => unknown.clone(),
            Refusal::Missing(need) => Refusal::Missing(need),
        })?;
        u16::try_from(changes(entry).len()).unwrap_or(EventId::ALL)
    };
    match asked.place {
        EventId::ALL => Ok(EventId { place: count, ..asked }),
        place if place <= count => Ok(asked),
        _ => Err(unknown),
    }
}
