//! A cursor: how far a consumer of events has come, kept by the ledger under a name.

use serde::{Deserialize, Serialize};

use super::{EventId, Sequence, Timestamp};

/// A request to set a cursor forward: everything up to an event has been dealt with.
///
/// The first acknowledgement under a name makes the cursor. Acknowledging where the cursor stands already is answered
/// with the receipt of the entry that brought it there.
///
/// ```
/// use pacioli::prelude::*;
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
/// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
/// // What a consumer keeps, and how far it has come, in one commit: each event is dealt with exactly once.
/// let page = ledger.view()?.events().after_cursor("mirror").page()?;
/// ledger.transaction(|transaction| -> Result<(), Error> {
///     // `transaction.tables()` takes what the consumer keeps; then:
///     transaction.execute(Command::from(Acknowledge::new("mirror", page.through)))?;
///     Ok(())
/// })?;
/// assert!(ledger.view()?.events().after_cursor("mirror").page()?.items.is_empty());
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledge {
    /// The cursor's name: the consumer's, such as `webhooks`; at most 64 bytes.
    pub cursor: String,
    /// The last event dealt with, or a whole entry.
    pub event: EventId,
}

/// A request to set a cursor back, so that its consumer is given events again.
///
/// ```
/// use pacioli::prelude::*;
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
/// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
/// ledger.acknowledge("webhooks", Sequence(4))?;
/// ledger.execute(Command::from(Rewind::new("webhooks", Sequence(2))).by("support"))?;
/// assert_eq!(ledger.view()?.events().after_cursor("webhooks").page()?.items.len(), 2);
/// # Ok::<(), Error>(())
/// ```
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
///
/// ```
/// use pacioli::prelude::*;
/// use pacioli::{CursorRequest, Request};
///
/// let command = Command::from(Acknowledge::new("webhooks", Sequence(4)));
/// let Request::Cursor(request) = command.request else { panic!("of a cursor") };
/// assert!(matches!(*request, CursorRequest::Acknowledge(given) if given.cursor == "webhooks"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CursorRequest {
    /// Set it forward.
    Acknowledge(Acknowledge),
    /// Set it back.
    Rewind(Rewind),
}

/// What an entry records of a cursor. It is no event of the stream: else each acknowledgement would ask for another.
///
/// ```
/// use pacioli::prelude::*;
/// use pacioli::{CursorEvent, Event};
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
/// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
/// let receipt = ledger.acknowledge("webhooks", Sequence(4))?;
/// let Event::Cursor(event) = &receipt.entry().event else { panic!("a cursor") };
/// assert!(matches!(&**event, CursorEvent::Acknowledged(moved) if moved.name == "webhooks"));
/// # Ok::<(), Error>(())
/// ```
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
///
/// ```
/// use pacioli::prelude::*;
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
/// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
/// ledger.acknowledge("webhooks", Sequence(2))?;
/// ledger.acknowledge("webhooks", Sequence(4))?;
/// let cursor = ledger.view()?.cursor("webhooks")?.ok_or("it was set")?;
/// assert_eq!((cursor.at.sequence, cursor.moves), (Sequence(4), 2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
