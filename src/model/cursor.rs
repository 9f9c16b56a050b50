//! A cursor: how far a consumer of events has come, kept by the ledger under a name.

use serde::{Deserialize, Serialize};

use super::{EventId, Sequence, Timestamp};

/// A request to set a cursor forward: everything up to an event has been dealt with.
///
/// The first acknowledgement under a name makes the cursor. Acknowledging where the cursor stands already is answered
/// with the receipt of the entry that brought it there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledge {
    /// The cursor's name: the consumer's, such as `webhooks`; at most 64 bytes.
    pub cursor: String,
    /// The last event dealt with, or a whole entry.
    pub event: EventId,
}

/// A request to set a cursor back, so that its consumer is given events again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rewind {
    /// The cursor's name.
    pub cursor: String,
    /// Where it stands from then on; [`EventId::START`] for before the first event.
    pub to: EventId,
}

impl Acknowledge {
    /// Everything up to `event` has been dealt with by the consumer `cursor`.
    pub fn new(cursor: impl Into<String>, event: impl Into<EventId>) -> Self {
        Self { cursor: cursor.into(), event: event.into() }
    }
}

impl Rewind {
    /// The consumer `cursor` wants everything after `to` again.
    pub fn new(cursor: impl Into<String>, to: impl Into<EventId>) -> Self {
        Self { cursor: cursor.into(), to: to.into() }
    }
}

/// What can be asked about cursors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CursorRequest {
    /// Set it forward.
    Acknowledge(Acknowledge),
    /// Set it back.
    Rewind(Rewind),
}

/// What an entry records of a cursor. It is no event of the stream: else each acknowledgement would ask for another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CursorEvent {
    /// It was set forward.
    Acknowledged(CursorMove),
    /// It was set back.
    Rewound(CursorMove),
}

/// Where a cursor was set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CursorMove {
    /// The entry that began the cursor, by which its record is found.
    pub id: Sequence,
    /// Its name.
    pub name: String,
    /// How often it has been set, with this.
    pub moves: u64,
    /// Where it stands.
    pub at: EventId,
}

/// How far a consumer of events has come.
///
/// Invariants: `at` names an event, or a place between two, that the journal had before entry `moved_in`; it goes back
/// only in an entry that says so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventCursor {
    /// The entry that began it.
    pub id: Sequence,
    /// Its name.
    pub name: String,
    /// The last event dealt with.
    pub at: EventId,
    /// How often it has been set.
    pub moves: u64,
    /// When it was last set.
    pub moved_at: Timestamp,
    /// The entry that last set it.
    pub moved_in: Sequence,
}
