//! A client: the individual or business that owns accounts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{BookId, Change, ClientId, Metadata, MetadataChange, Sequence, Timestamp};

/// What a client is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientKind {
    /// A person. The tax identifier is optional.
    Individual,
    /// A business. The tax identifier is required.
    Business,
}

/// How somebody can be reached. Telephone numbers are text: leading zeros and plus signs stay.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Who answers.
    pub name: String,
    /// An address for electronic mail.
    pub email: String,
    /// A telephone number.
    pub phone: String,
}

impl Contact {
    /// A contact with all three.
    pub fn new(name: impl Into<String>, email: impl Into<String>, phone: impl Into<String>) -> Self {
        Self { name: name.into(), email: email.into(), phone: phone.into() }
    }
}

/// A client to be registered. All texts but those marked optional must be filled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewClient {
    /// Individual or business.
    pub kind: ClientKind,
    /// The client's name.
    pub name: String,
    /// The client's own address for electronic mail.
    pub email: String,
    /// The client's own telephone number.
    pub phone: String,
    /// The person to talk to.
    pub contact: Contact,
    /// The tax identifier (a business PIN): required of a business.
    pub tax_id: Option<String>,
    /// The country, as text.
    pub country: String,
    /// Whether business may begin at once.
    pub active: bool,
    /// Optional: a street address.
    pub physical_address: Option<String>,
    /// Optional: where the logo is found.
    pub logo: Option<String>,
    /// Optional: what the client does.
    pub description: Option<String>,
    /// Optional: the caller's own code, `[A-Z0-9_]{3,32}`; one is generated without it.
    pub code: Option<String>,
    /// Optional: how many accounts this client may have in each book, instead of the book's own quota; 0 for no limit.
    pub accounts_max: Option<u32>,
    /// Optional: the caller's facts.
    pub metadata: Metadata,
    /// The caller's name for the command: giving it again under the same name replays it.
    pub key: Option<String>,
}

impl NewClient {
    /// A business: name, country, tax identifier and the person to talk to, whose mail and telephone also serve as the client's own.
    pub fn business(
        name: impl Into<String>,
        country: impl Into<String>,
        tax_id: impl Into<String>,
        contact: Contact,
    ) -> Self {
        Self::of(ClientKind::Business, name.into(), country.into(), Some(tax_id.into()), contact)
    }

    /// An individual, who is also the person to talk to.
    pub fn individual(country: impl Into<String>, contact: Contact) -> Self {
        Self::of(ClientKind::Individual, contact.name.clone(), country.into(), None, contact)
    }

    fn of(kind: ClientKind, name: String, country: String, tax_id: Option<String>, contact: Contact) -> Self {
        Self {
            kind,
            name,
            email: contact.email.clone(),
            phone: contact.phone.clone(),
            contact,
            tax_id,
            country,
            active: true,
            physical_address: None,
            logo: None,
            description: None,
            code: None,
            accounts_max: None,
            metadata: Metadata::new(),
            key: None,
        }
    }

    /// Uses the caller's own code instead of a generated one.
    #[must_use]
    pub fn coded(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// Gives the client mail and telephone of its own.
    #[must_use]
    pub fn reached_at(mut self, email: impl Into<String>, phone: impl Into<String>) -> Self {
        self.email = email.into();
        self.phone = phone.into();
        self
    }

    /// Adds one of the caller's facts, by which the client can be found.
    #[must_use]
    pub fn with(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.metadata.insert(key.into(), value.into());
        self
    }

    /// Names the command, so that giving it again replays it.
    #[must_use]
    pub fn keyed(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }
}

/// What to change of a client; what is `None` or kept stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientChange {
    /// A new name.
    pub name: Option<String>,
    /// A new address for electronic mail.
    pub email: Option<String>,
    /// A new telephone number.
    pub phone: Option<String>,
    /// A new person to talk to.
    pub contact: Option<Contact>,
    /// Whether the client may do business.
    pub active: Option<bool>,
    /// A new quota of accounts in each book, 0 for no limit; or none of its own, so that the book's own counts.
    pub accounts_max: Change<u32>,
    /// Facts to be set or taken away.
    pub metadata: MetadataChange,
    /// The caller's name for the command: giving it again under the same name replays it.
    pub key: Option<String>,
}

impl ClientChange {
    /// Sets one of the caller's facts; the others stay.
    #[must_use]
    pub fn with(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.metadata.insert(key.into(), Some(value.into()));
        self
    }

    /// Takes one of the caller's facts away; the others stay.
    #[must_use]
    pub fn without(mut self, key: impl Into<String>) -> Self {
        self.metadata.insert(key.into(), None);
        self
    }

    /// Names the command, so that giving it again replays it.
    #[must_use]
    pub fn keyed(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }
}

/// A registered client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Client {
    /// Its identifier.
    pub id: ClientId,
    /// Its code, unique in the ledger.
    pub code: String,
    /// Individual or business.
    pub kind: ClientKind,
    /// Its name.
    pub name: String,
    /// Its address for electronic mail.
    pub email: String,
    /// Its telephone number.
    pub phone: String,
    /// The person to talk to.
    pub contact: Contact,
    /// The tax identifier.
    pub tax_id: Option<String>,
    /// The country.
    pub country: String,
    /// Whether it may do business: an inactive client gets no new accounts, services or postings; reading goes on.
    pub active: bool,
    /// A street address.
    pub physical_address: Option<String>,
    /// Where the logo is found.
    pub logo: Option<String>,
    /// What the client does.
    pub description: Option<String>,
    /// Its own quota of accounts in each book; 0 for no limit.
    pub accounts_max: Option<u32>,
    /// Its quotas of accounts in single books, before the quota above; 0 for no limit.
    pub quotas: BTreeMap<BookId, u32>,
    /// Whether limits over time apply to it: derived from them.
    pub limited: bool,
    /// The caller's facts.
    pub metadata: Metadata,
    /// When it was registered.
    pub registered_at: Timestamp,
    /// When it was last changed.
    pub changed_at: Timestamp,
    /// The entry that last changed it.
    pub changed_in: Sequence,
}
