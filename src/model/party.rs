//! Counterparties: those whom a client's money comes from or goes to, as far as the host wants to know them again.
//!
//! The journal knows a counterparty by its identifier and its masked display. Everything else is personal and lies
//! beside the journal, where it can be erased without touching a posting, a digest or a number.

use serde::{Deserialize, Serialize};

use super::personal::Texts;
use super::{ClientId, Commitment, Committed, CounterpartyId, Limits, Metadata, Party, PartyKind, Sequence, Timestamp};

/// A counterparty to be recorded; one that is known by kind and value is brought up to date instead.
///
/// The value is opaque and compared byte for byte: bring telephone numbers and addresses into one form before.
///
/// ```
/// use pacioli::prelude::*;
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// let jane = NewCounterparty::new(client, PartyKind::Msisdn, "+254722000001")
///     .named("Jane Wanjiku")
///     .referred_as("crm-4711")
///     .reached_at("jane@emali.example", "+254722000001")
///     .living_at("KE", &["Moi Avenue 7", "Mombasa"])
///     .keyed("crm-4711");
/// let jane = ledger.record_counterparty(jane)?;
/// assert_eq!((jane.address.len(), jane.party.display.as_str()), (2, "+2547******01"));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewCounterparty {
    /// Whose counterparty it is.
    pub client: ClientId,
    /// What sort of name the value is.
    pub kind: PartyKind,
    /// The value in full: the telephone number, the address, the account.
    pub value: String,
    /// What statements show. **This stays in the journal for ever.** Without it, what [`Party::veiled`] leaves of the value.
    pub display: Option<String>,
    /// Optional: the host's own name for it, unique among the client's counterparties.
    pub reference: Option<String>,
    /// Optional: a person's or a firm's name.
    pub name: Option<String>,
    /// Optional: an address for electronic mail.
    pub email: Option<String>,
    /// Optional: a telephone number.
    pub phone: Option<String>,
    /// Optional: the country.
    pub country: Option<String>,
    /// Optional: the lines of a postal address, at most [`Limits::ADDRESS_LINES`].
    pub address: Vec<String>,
    /// Optional: the host's facts. They are personal texts too.
    pub metadata: Metadata,
    /// The caller's name for the command: giving it again under the same name replays it.
    pub key: Option<String>,
}

impl NewCounterparty {
    /// A client's counterparty with nothing but its value.
    pub fn new(client: ClientId, kind: PartyKind, value: impl Into<String>) -> Self {
        Self {
            client,
            kind,
            value: value.into(),
            display: None,
            reference: None,
            name: None,
            email: None,
            phone: None,
            country: None,
            address: Vec::new(),
            metadata: Metadata::new(),
            key: None,
        }
    }

    /// Says what statements show, for ever.
    #[must_use]
    pub fn displayed(mut self, display: impl Into<String>) -> Self {
        self.display = Some(display.into());
        self
    }

    /// Gives it the host's own name.
    #[must_use]
    pub fn referred_as(mut self, reference: impl Into<String>) -> Self {
        self.reference = Some(reference.into());
        self
    }

    /// Gives it a name.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Says how it can be reached.
    #[must_use]
    pub fn reached_at(mut self, email: impl Into<String>, phone: impl Into<String>) -> Self {
        (self.email, self.phone) = (Some(email.into()), Some(phone.into()));
        self
    }

    /// Says where it lives.
    #[must_use]
    pub fn living_at(mut self, country: impl Into<String>, address: &[&str]) -> Self {
        self.country = Some(country.into());
        self.address = address.iter().map(|line| (*line).to_owned()).collect();
        self
    }

    /// Attaches the host's facts.
    #[must_use]
    pub fn with(mut self, metadata: Metadata) -> Self {
        self.metadata = metadata;
        self
    }

    /// Names the command, so that giving it again replays it.
    #[must_use]
    pub fn keyed(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Takes the personal texts out; what is left only shows which were given.
    pub(crate) fn take_texts(&mut self) -> Texts {
        let mut texts = Texts::new();
        texts.insert("value".to_owned(), std::mem::take(&mut self.value));
        for (field, text) in [
            ("reference", &mut self.reference),
            ("name", &mut self.name),
            ("email", &mut self.email),
            ("phone", &mut self.phone),
            ("country", &mut self.country),
        ] {
            take(&mut texts, field, text);
        }
        if !self.address.is_empty() {
            take_address(&mut texts, &mut self.address);
        }
        take_metadata(&mut texts, &mut self.metadata);
        texts
    }
}

/// What to change of a counterparty; what is `None` stays, and an empty text takes one away.
///
/// Its kind and value stay: another value is another counterparty.
///
/// ```
/// use pacioli::prelude::*;
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// # let jane = NewCounterparty::new(client, PartyKind::Msisdn, "+254722000001").named("Jane Wanjiku");
/// let jane = ledger.record_counterparty(jane.reached_at("jane@emali.example", "+254722000001"))?;
/// let change = CounterpartyChange {
///     name: Some("Jane Otieno".to_owned()),
///     email: Some(String::new()), // takes it away
///     ..CounterpartyChange::default()
/// };
/// let jane = ledger.change_counterparty(jane.id, change.keyed("wedding"))?;
/// assert_eq!((jane.name.as_deref(), jane.email, jane.phone.is_some()), (Some("Jane Otieno"), None, true));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CounterpartyChange {
    /// What statements show from here on. It stays in the journal for ever.
    pub display: Option<String>,
    /// Another name of the host's own.
    pub reference: Option<String>,
    /// Another name.
    pub name: Option<String>,
    /// Another address for electronic mail.
    pub email: Option<String>,
    /// Another telephone number.
    pub phone: Option<String>,
    /// Another country.
    pub country: Option<String>,
    /// Another postal address, all its lines.
    pub address: Option<Vec<String>>,
    /// Facts added, or put in place of those of the same keys; an empty one takes a fact away.
    pub metadata: Metadata,
    /// The caller's name for the command: giving it again under the same name replays it.
    pub key: Option<String>,
}

impl CounterpartyChange {
    /// Names the command, so that giving it again replays it.
    #[must_use]
    pub fn keyed(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Takes the personal texts out; what is left only shows which were given.
    pub(crate) fn take_texts(&mut self) -> Texts {
        let mut texts = Texts::new();
        for (field, text) in [
            ("reference", &mut self.reference),
            ("name", &mut self.name),
            ("email", &mut self.email),
            ("phone", &mut self.phone),
            ("country", &mut self.country),
        ] {
            take(&mut texts, field, text);
        }
        if let Some(lines) = &mut self.address {
            take_address(&mut texts, lines);
        }
        take_metadata(&mut texts, &mut self.metadata);
        texts
    }
}

fn take(texts: &mut Texts, field: &str, text: &mut Option<String>) {
    if let Some(text) = text {
        texts.insert(field.to_owned(), std::mem::take(text));
    }
}

/// Every line that an address can have, so that a shorter address takes the lines of a longer one away.
fn take_address(texts: &mut Texts, lines: &mut Vec<String>) {
    let mut lines = std::mem::take(lines).into_iter();
    for place in 0..Limits::ADDRESS_LINES {
        texts.insert(format!("{ADDRESS}{place}"), lines.next().unwrap_or_default());
    }
}

fn take_metadata(texts: &mut Texts, metadata: &mut Metadata) {
    texts.extend(std::mem::take(metadata).into_iter().map(|(key, fact)| (format!("{FACT}{key}"), fact)));
}

const ADDRESS: &str = "address.";
const FACT: &str = "metadata.";

/// Whom a client's money comes from or goes to.
///
/// `party` is what the journal has. The other texts are there until they are erased ([`Counterparty::is_erased`]); then
/// they are absent, in views of the time before too.
///
/// ```
/// use pacioli::prelude::*;
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// let jane = NewCounterparty::new(client, PartyKind::Bank, "12-4000-100001-00").displayed("Jane's savings");
/// let jane = ledger.record_counterparty(jane)?;
/// assert_eq!(jane.value.as_deref(), Some("12-4000-100001-00")); // beside the journal, until it is erased
/// assert_eq!(jane.party.display, "Jane's savings"); // what the journal keeps for ever
/// assert_eq!(jane.party.counterparty, Some(jane.id));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counterparty {
    /// Its identifier: the sequence of the entry that first recorded it.
    pub id: CounterpartyId,
    /// Whose counterparty it is.
    pub client: ClientId,
    /// How movements show it: the masked display, with the way back to this record.
    pub party: Party,
    /// The value in full; `None` once it is erased, as are the texts that follow.
    pub value: Option<String>,
    /// The host's own name for it.
    pub reference: Option<String>,
    /// A person's or a firm's name.
    pub name: Option<String>,
    /// An address for electronic mail.
    pub email: Option<String>,
    /// A telephone number.
    pub phone: Option<String>,
    /// The country.
    pub country: Option<String>,
    /// The lines of a postal address.
    pub address: Vec<String>,
    /// The host's facts.
    pub metadata: Metadata,
    /// What the journal knows of these texts.
    pub personal: Committed,
    /// When it was first recorded.
    pub recorded_at: Timestamp,
    /// When it was last changed.
    pub changed_at: Timestamp,
    /// The entry that last changed it.
    pub changed_in: Sequence,
}

impl Counterparty {
    /// Whether its personal texts have been erased.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
    /// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
    /// let jane = ledger.record_counterparty(NewCounterparty::new(client, PartyKind::Msisdn, "+254722000001"))?;
    /// assert!(!jane.is_erased() && ledger.erase_counterparty(jane.id)?.is_erased());
    /// # Ok::<(), Error>(())
    /// ```
    pub const fn is_erased(&self) -> bool {
        self.personal.erased_at.is_some()
    }

    /// Whether all that is given is known of it already.
    pub(crate) fn knows(&self, given: &NewCounterparty) -> bool {
        let text = |given: &Option<String>, known: &Option<String>| given.is_none() || given == known;
        given.client == self.client
            && given.kind == self.party.kind
            && self.value.as_ref() == Some(&given.value)
            && given.display.as_ref().is_none_or(|display| *display == self.party.display)
            && text(&given.reference, &self.reference)
            && text(&given.name, &self.name)
            && text(&given.email, &self.email)
            && text(&given.phone, &self.phone)
            && text(&given.country, &self.country)
            && (given.address.is_empty() || given.address == self.address)
            && given.metadata.iter().all(|(key, fact)| self.metadata.get(key) == Some(fact))
    }

    /// Puts the texts in.
    pub(crate) fn fill(&mut self, texts: &Texts) {
        let text = |field: &str| texts.get(field).cloned();
        self.value = text("value");
        self.reference = text("reference");
        self.name = text("name");
        self.email = text("email");
        self.phone = text("phone");
        self.country = text("country");
        self.address = (0..Limits::ADDRESS_LINES).filter_map(|place| text(&format!("{ADDRESS}{place}"))).collect();
        let facts = texts.iter().filter_map(|(field, fact)| Some((field.strip_prefix(FACT)?.to_owned(), fact.clone())));
        self.metadata = facts.collect();
    }
}

/// What happened to counterparties and to personal texts.
///
/// What was given stands here without its personal texts: they are empty where they were given.
///
/// ```
/// use pacioli::prelude::*;
/// use pacioli::{Event, PartyEvent};
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// let jane = NewCounterparty::new(client, PartyKind::Msisdn, "+254722000001").named("Jane Wanjiku");
/// let receipt = ledger.execute(jane)?;
/// let Event::Parties(event) = &receipt.entry().event else { panic!("a counterparty") };
/// match &**event {
///     // The journal has the mask and a commitment; texts are empty where they were given.
///     PartyEvent::CounterpartyRecorded { given, party, .. } => {
///         assert_eq!((party.display.as_str(), given.name.as_deref()), ("+2547******01", Some("")));
///     }
///     other => panic!("{other:?}"),
/// }
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PartyEvent {
    /// A counterparty was recorded, or brought up to date because it was known.
    CounterpartyRecorded {
        /// As given, but for its personal texts.
        given: NewCounterparty,
        /// The counterparty.
        counterparty: CounterpartyId,
        /// How movements show it.
        party: Party,
        /// The commitment to all its texts as they are now.
        commitment: Commitment,
    },
    /// A counterparty was changed.
    CounterpartyChanged {
        /// As given, but for its personal texts.
        given: CounterpartyChange,
        /// The counterparty.
        counterparty: CounterpartyId,
        /// Whose it is.
        client: ClientId,
        /// The commitment to all its texts as they are now, if any was given.
        commitment: Option<Commitment>,
    },
    /// A counterparty's personal texts were erased, in all versions.
    CounterpartyErased {
        /// The counterparty.
        counterparty: CounterpartyId,
        /// Whose it is.
        client: ClientId,
    },
    /// A client's personal texts were erased, in all versions.
    ClientErased {
        /// The client.
        client: ClientId,
    },
}

/// What can be asked about counterparties and personal texts.
///
/// ```
/// use pacioli::prelude::*;
/// use pacioli::{PartyRequest, Request};
///
/// let command = Command::from(Erase::Client(ClientId(7)));
/// let Request::Parties(request) = command.request else { panic!("of parties") };
/// assert!(matches!(*request, PartyRequest::Erase(Erase::Client(ClientId(7)))));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PartyRequest {
    /// Record a counterparty, or bring it up to date if it is known.
    Record(NewCounterparty),
    /// Change a counterparty.
    Change(CounterpartyId, CounterpartyChange),
    /// Erase personal texts.
    Erase(Erase),
}

/// Whose personal texts to erase: for ever, in all versions.
///
/// Postings, digests, numbers and balances stay as they are; so do identifiers, codes and masked displays.
///
/// ```
/// use pacioli::prelude::*;
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// // As a command it can say who asked.
/// let erase = Command::from(Erase::Client(client)).by("privacy-officer");
/// let receipt = ledger.execute(erase)?;
/// assert_eq!(receipt.entry().actor.as_deref(), Some("privacy-officer"));
/// assert!(ledger.view()?.client(client)?.is_erased());
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Erase {
    /// All that was recorded of a counterparty but its kind and display.
    Counterparty(CounterpartyId),
    /// A client's mail, telephone, person to talk to, tax identifier and street address; an individual's name too.
    Client(ClientId),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::personal::amended;

    #[test]
    fn texts_are_taken_out_and_put_in_again() {
        let mut given = NewCounterparty::new(ClientId(1), PartyKind::Msisdn, "+254722000001")
            .named("Jane")
            .living_at("KE", &["Moi Avenue 1", "00100 Nairobi"])
            .with([("provider".to_owned(), "M-PESA".to_owned())].into());
        let texts = amended(&Texts::new(), &given.take_texts());
        assert_eq!((&*given.value, given.name.as_deref(), given.email), ("", Some(""), None));
        assert!(given.address.is_empty() && given.metadata.is_empty());
        let mut record = Counterparty {
            id: CounterpartyId(1),
            client: ClientId(1),
            party: Party::msisdn("+254722000001"),
            value: None,
            reference: None,
            name: None,
            email: None,
            phone: None,
            country: None,
            address: Vec::new(),
            metadata: Metadata::new(),
            personal: Committed::default(),
            recorded_at: Timestamp(0),
            changed_at: Timestamp(0),
            changed_in: Sequence(1),
        };
        record.fill(&texts);
        assert_eq!((record.value.as_deref(), record.name.as_deref()), (Some("+254722000001"), Some("Jane")));
        assert_eq!(record.address, ["Moi Avenue 1", "00100 Nairobi"]);
        assert_eq!(record.metadata["provider"], "M-PESA");
        // A shorter address takes the longer one's lines away.
        let mut change = CounterpartyChange { address: Some(vec!["Lavington".to_owned()]), ..Default::default() };
        record.fill(&amended(&texts, &change.take_texts()));
        assert_eq!(record.address, ["Lavington"]);
    }
}
