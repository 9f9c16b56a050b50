//! A client: the individual or business that owns accounts.
//!
//! Personal texts are mail and telephone, the person to talk to, tax identifier and street address, and the name of an
//! individual. They lie beside the journal and can be erased. Everything else stays: keep nothing personal in a code, a
//! description, a logo's address or the caller's facts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{BookId, Change, ClientId, Committed, Metadata, MetadataChange, Sequence, Texts, Timestamp};

/// What a client is.
///
/// ```
/// use pacioli::prelude::*;
/// use pacioli::ClientKind;
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let njeri = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// let shop = ledger.register_client(NewClient::business("Mama Njeri Shop", "KE", "P059876543B", njeri))?;
/// assert_eq!((shop.kind, shop.tax_id.as_deref()), (ClientKind::Business, Some("P059876543B")));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientKind {
    /// A person. The tax identifier is optional.
    Individual,
    /// A business. The tax identifier is required.
    Business,
}

/// How somebody can be reached. Telephone numbers are text: leading zeros and plus signs stay.
///
/// ```
/// use pacioli::prelude::*;
///
/// let ledger = Ledger::in_memory()?;
/// let njeri = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// // A business that is reached elsewhere than the person to talk to.
/// let shop = NewClient::business("Mama Njeri Shop", "KE", "P059876543B", njeri)
///     .reached_at("office@shop.co.ke", "+254700000000");
/// let shop = ledger.register_client(shop)?;
/// assert_eq!((shop.email.as_str(), shop.contact.email.as_str()), ("office@shop.co.ke", "njeri@shop.co.ke"));
/// # Ok::<(), Error>(())
/// ```
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

    fn into_texts(self) -> impl Iterator<Item = (&'static str, String)> {
        [("contact.name", self.name), ("contact.email", self.email), ("contact.phone", self.phone)].into_iter()
    }
}

/// A client to be registered. All texts but those marked optional must be filled. What they say is the host's to
/// check: a country, an address or a number is kept as it is given.
///
/// ```
/// use pacioli::prelude::*;
///
/// let ledger = Ledger::in_memory()?;
/// let njeri = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// let shop = NewClient::business("Mama Njeri Shop", "KE", "P059876543B", njeri)
///     .coded("MAMA_NJERI")
///     .with("crm", "4711")
///     .keyed("crm-4711");
/// let shop = ledger.register_client(NewClient { accounts_max: Some(5), ..shop })?;
/// assert_eq!((shop.code.as_str(), shop.accounts_max), ("MAMA_NJERI", Some(5)));
/// # Ok::<(), Error>(())
/// ```
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

    /// Takes the personal texts out.
    pub(crate) fn take_texts(&mut self) -> Texts {
        let mut texts = Texts::new();
        let mut put = |field: &str, text: String| drop(texts.insert(field.to_owned(), text));
        if self.kind == ClientKind::Individual {
            put("name", std::mem::take(&mut self.name));
        }
        put("email", std::mem::take(&mut self.email));
        put("phone", std::mem::take(&mut self.phone));
        for (field, text) in std::mem::take(&mut self.contact).into_texts() {
            put(field, text);
        }
        let optional = [("tax_id", &mut self.tax_id), ("physical_address", &mut self.physical_address)];
        for (field, text) in optional.into_iter().filter_map(|(field, text)| Some((field, text.take()?))) {
            put(field, text);
        }
        texts
    }
}

/// What to change of a client; what is `None` or kept stays.
///
/// ```
/// use pacioli::prelude::*;
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// let change = ClientChange { active: Some(false), accounts_max: Change::Set(3), ..ClientChange::default() };
/// let changed = ledger.change_client(client, change.with("tier", "gold").keyed("review-2026"))?;
/// assert_eq!((changed.active, changed.accounts_max), (false, Some(3)));
/// // One fact goes, and the book's own quota counts again.
/// let change = ClientChange { accounts_max: Change::Unset, ..ClientChange::default() };
/// let changed = ledger.change_client(client, change.without("tier"))?;
/// assert!(changed.metadata.is_empty() && changed.accounts_max.is_none());
/// # Ok::<(), Error>(())
/// ```
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

    /// Takes the personal texts of a client of this kind out; what is left only shows which were given.
    pub(crate) fn take_texts(&mut self, kind: ClientKind) -> Texts {
        let mut texts = Texts::new();
        let name = self.name.as_mut().filter(|_| kind == ClientKind::Individual);
        for (field, text) in [("name", name), ("email", self.email.as_mut()), ("phone", self.phone.as_mut())] {
            if let Some(text) = text {
                texts.insert(field.to_owned(), std::mem::take(text));
            }
        }
        if let Some(contact) = &mut self.contact {
            let fields = std::mem::take(contact).into_texts();
            texts.extend(fields.map(|(field, text)| (field.to_owned(), text)));
        }
        texts
    }
}

/// A registered client.
///
/// Its personal texts are there until they are erased ([`Client::is_erased`]); then they are empty, in views of the time
/// before too.
///
/// ```
/// use pacioli::prelude::*;
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// let njeri = ledger.view()?.client(client)?;
/// assert_eq!((njeri.name.as_str(), njeri.country.as_str(), njeri.active), ("Njeri Mwangi", "KE", true));
/// assert_eq!(njeri.registered_at, njeri.changed_at);
/// assert!(!njeri.is_erased());
/// # Ok::<(), Error>(())
/// ```
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
    /// What the journal knows of its personal texts.
    pub personal: Committed,
}

impl Client {
    /// Whether its personal texts have been erased.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
    /// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
    /// ledger.erase_client(client)?;
    /// let njeri = ledger.view()?.client(client)?;
    /// assert!(njeri.is_erased() && njeri.name.is_empty() && !njeri.code.is_empty());
    /// # Ok::<(), Error>(())
    /// ```
    pub const fn is_erased(&self) -> bool {
        self.personal.erased_at.is_some()
    }

    /// Puts the texts in.
    pub(crate) fn fill(&mut self, texts: &Texts) {
        let text = |field: &str| texts.get(field).cloned();
        let filled = |field: &str| text(field).unwrap_or_default();
        if self.kind == ClientKind::Individual {
            self.name = filled("name");
        }
        (self.email, self.phone) = (filled("email"), filled("phone"));
        self.contact = Contact::new(filled("contact.name"), filled("contact.email"), filled("contact.phone"));
        (self.tax_id, self.physical_address) = (text("tax_id"), text("physical_address"));
    }
}
