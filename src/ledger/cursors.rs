//! Setting cursors of event consumers.

use super::Ledger;
use super::error::Error;
use super::receipt::Receipt;
use crate::model::{Acknowledge, EventId, Rewind};

/// Cursors of event consumers.
impl Ledger {
    /// Says that the consumer `cursor` has dealt with everything up to `event`: an event, a page's
    /// [`through`](crate::EventPage::through), or an entry's sequence. Once this returns, a consumer that begins after
    /// its cursor is never given those again.
    ///
    /// Each acknowledgement is an entry of the journal and a commit, so acknowledge once for each page. It is no event.
    /// A consumer that keeps what it does in the host's own tables can give [`Acknowledge`] to the
    /// [`transaction`](Ledger::transaction) that writes them: then each event is dealt with exactly once.
    ///
    /// Where the cursor stands there already, nothing is written and the first receipt is given.
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
    /// let page = ledger.view()?.events().after_cursor("webhooks").page()?;
    /// // … each event is sent, and then:
    /// ledger.acknowledge("webhooks", page.through)?;
    /// let stands = ledger.view()?.cursor("webhooks")?.map(|cursor| cursor.at);
    /// assert_eq!(stands, Some(page.through));
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Rejection::EventNotFound`](crate::Rejection::EventNotFound) for what has not happened yet,
    /// [`Rejection::CursorPassed`](crate::Rejection::CursorPassed) for what was acknowledged before, and as
    /// [`Ledger::execute`].
    pub fn acknowledge(&self, cursor: &str, event: impl Into<EventId>) -> Result<Receipt, Error> {
        self.execute(Acknowledge::new(cursor, event))
    }

    /// Sets a cursor back, so that its consumer is given everything after `to` again; recorded like every change.
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
    /// ledger.acknowledge("webhooks", ledger.view()?.sequence())?;
    /// assert!(ledger.view()?.events().after_cursor("webhooks").page()?.items.is_empty());
    /// // The receiver has lost its data: everything again.
    /// ledger.rewind("webhooks", EventId::START)?;
    /// assert_eq!(ledger.view()?.events().after_cursor("webhooks").page()?.items.len(), 4);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Rejection::CursorNotFound`](crate::Rejection::CursorNotFound) and
    /// [`Rejection::CursorNotReached`](crate::Rejection::CursorNotReached), and as [`Ledger::execute`].
    pub fn rewind(&self, cursor: &str, to: impl Into<EventId>) -> Result<Receipt, Error> {
        self.execute(Rewind::new(cursor, to))
    }
}
