//! Counterparties, and the erasure of personal texts.

use super::Ledger;
use super::error::Error;
use super::receipt::Receipt;
use crate::model::{ClientId, Counterparty, CounterpartyChange, CounterpartyId, Erase, NewCounterparty, PartyRequest};

/// Counterparties, and the erasure of personal texts.
impl Ledger {
    /// Records a counterparty; one that the client has of the same kind and value is brought up to date: what is given is
    /// put in place of what was known, the rest stays.
    ///
    /// Without a key, and if all that is given is known already, nothing is written.
    ///
    /// ```
    /// use pacioli::{Contact, Ledger, NewClient, NewCounterparty, PartyKind};
    ///
    /// let ledger = Ledger::in_memory()?;
    /// let shop = Contact::new("Njeri", "njeri@shop.example", "+254700000001");
    /// let client = ledger.register_client(NewClient::business("Njeri's", "KE", "P051234567X", shop))?;
    ///
    /// let payer = NewCounterparty::new(client.id, PartyKind::Msisdn, "+254722000001").named("Jane Wanjiku");
    /// let jane = ledger.record_counterparty(payer.clone())?;
    /// assert_eq!(jane.party.display, "+2547******01");
    /// assert_eq!(ledger.record_counterparty(payer)?.id, jane.id);
    ///
    /// // Movements show `jane.party.clone()`: the masked display, and the way to this record while it has texts.
    /// let erased = ledger.erase_counterparty(jane.id)?;
    /// assert_eq!((erased.is_erased(), erased.value, erased.party.display), (true, None, jane.party.display));
    /// assert!(ledger.verify_all()?.is_sound());
    /// # Ok::<(), pacioli::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Ledger::execute`].
    pub fn record_counterparty(&self, given: NewCounterparty) -> Result<Counterparty, Error> {
        if given.key.is_none()
            && let Some(known) = self.view()?.counterparty_of(given.client, given.kind, &given.value)?
            && known.knows(&given)
        {
            return Ok(known);
        }
        let receipt = self.execute(given)?;
        self.view()?.counterparty(receipt.counterparty().unwrap_or_default())
    }

    /// Changes a counterparty: its display and its personal texts, not its kind and value.
    ///
    /// # Errors
    /// As [`Ledger::execute`].
    pub fn change_counterparty(
        &self,
        counterparty: CounterpartyId,
        given: CounterpartyChange,
    ) -> Result<Counterparty, Error> {
        self.execute(PartyRequest::Change(counterparty, given))?;
        self.view()?.counterparty(counterparty)
    }

    /// Erases all that was recorded of a counterparty but its kind, its display and its place in the journal: for ever, and
    /// for views of the past too. Postings, digests, numbers and balances stay exactly as they are. Done again, it is
    /// answered with the same.
    ///
    /// Afterwards no table holds a text, a salt or a digest of them. The journal keeps the commitments, from which nothing
    /// can be learned without the salts. What a storage engine leaves in freed pages of its file until they are written
    /// over, and what copies of the file hold, is beyond the ledger's reach: compact the file, and let old backups go.
    ///
    /// To say who asks, give the command itself: `ledger.execute(Command::from(Erase::Counterparty(id)).by("officer"))`.
    ///
    /// # Errors
    /// As [`Ledger::execute`].
    pub fn erase_counterparty(&self, counterparty: CounterpartyId) -> Result<Counterparty, Error> {
        self.execute(Erase::Counterparty(counterparty))?;
        self.view()?.counterparty(counterparty)
    }

    /// Erases a client's personal texts: mail, telephone, person to talk to, tax identifier, street address, and the name of
    /// an individual. As [`Ledger::erase_counterparty`] otherwise. The client's code stays, its accounts and services go on,
    /// and no personal text is accepted for it again; its counterparties are erased by themselves.
    ///
    /// ```
    /// use pacioli::{Contact, Ledger, NewClient};
    ///
    /// let ledger = Ledger::in_memory()?;
    /// let jane = Contact::new("Jane Wanjiku", "jane@emali.example", "+254722000001");
    /// let client = ledger.register_client(NewClient::individual("KE", jane))?;
    /// let before = ledger.view()?;
    /// ledger.erase_client(client.id)?;
    /// let erased = before.client(client.id)?;
    /// assert_eq!((erased.is_erased(), &*erased.name, &*erased.email), (true, "", ""));
    /// assert_eq!(erased.code, client.code);
    /// # Ok::<(), pacioli::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Ledger::execute`].
    pub fn erase_client(&self, client: ClientId) -> Result<Receipt, Error> {
        self.execute(Erase::Client(client))
    }
}
