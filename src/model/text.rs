//! Texts that callers attach: metadata, references, parties; and how long each may be.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::CounterpartyId;
use super::words::words;

/// The longest that each text may be, in bytes, and the most of each collection. Longer is refused, never cut.
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
/// let narrative = "x".repeat(Limits::NARRATIVE_BYTES + 1);
/// let refused = ledger.credit(Credit::new(wallet, moves, book.money("5")?, "sale-1").narrated(narrative));
/// assert!(matches!(refused, Err(Error::Rejected(Rejection::TextTooLong { limit: 512, given: 513, .. }))));
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug)]
pub struct Limits;

impl Limits {
    /// An idempotency key.
    pub const KEY_BYTES: usize = 128;
    /// A name, label, code, tag or other short text.
    pub const NAME_BYTES: usize = 256;
    /// A description or a reason.
    pub const DESCRIPTION_BYTES: usize = 2_048;
    /// A narrative.
    pub const NARRATIVE_BYTES: usize = 512;
    /// A reference's kind or identifier, or a party's display text.
    pub const REFERENCE_BYTES: usize = 128;
    /// References of one entry, at most one of each kind.
    pub const REFERENCES: usize = 8;
    /// Metadata pairs of one record.
    pub const METADATA_PAIRS: usize = 64;
    /// All keys and values of one record's metadata together.
    pub const METADATA_BYTES: usize = 4_096;
    /// Tags of one account.
    pub const TAGS: usize = 32;
    /// Postings that a caller may put into one entry.
    pub const LEGS: usize = 256;
    /// Bands of one tariff.
    pub const BANDS: usize = 64;
    /// Currencies of one channel.
    pub const CURRENCIES: usize = 64;
    /// Limits over time of one account, client or service at a time.
    pub const LIMITS: usize = 16;
    /// Balance monitors of one account at a time.
    pub const MONITORS: usize = 16;
    /// Quotas of one client, each for a book of its own.
    pub const QUOTAS: usize = 256;
    /// Conditions of one command.
    pub const CONDITIONS: usize = 16;
    /// The name of a cursor of events.
    pub const CURSOR_NAME_BYTES: usize = 64;
    /// Members that one change of a set lets in or out.
    pub const MEMBERS: usize = 1_024;
    /// Sets that one set has as members itself.
    pub const SETS: usize = 256;
    /// Pairs of account types in a book's list of allowed flows.
    pub const FLOWS: usize = 1_024;
    /// Lines of one postal address.
    pub const ADDRESS_LINES: usize = 8;
    /// Commands of one batch.
    pub const BATCH: usize = 65_536;
    /// Items of one payout: one entry holds them all.
    pub const PAYOUT_ITEMS: usize = 500;
    /// Devices that may sign one payout.
    pub const APPROVERS: usize = 16;
    /// Keys that one device may have had.
    pub const DEVICE_KEYS: usize = 64;
}

/// Facts that the caller keeps with a record, by which it can be found.
///
/// Accounts and clients are found by any of their facts ([`View::accounts_with`](crate::View::accounts_with),
/// [`View::clients_with`](crate::View::clients_with)). Entries are many, so they are found by those facts alone whose
/// key begins with `#` ([`View::entries_with`](crate::View::entries_with)); the `#` is part of the key.
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
/// let facts = Metadata::from([("#order".to_owned(), "77".to_owned())]);
/// let sale = ledger.credit(Credit::new(wallet, moves, book.money("10")?, "sale-1").with(facts))?;
/// let found = ledger.view()?.entries_with("#order", "77", Listing::default())?;
/// assert_eq!(found.items[0].sequence, sale.sequence());
/// # Ok::<(), Error>(())
/// ```
pub type Metadata = BTreeMap<String, String>;

/// What to change of a record's facts: `Some` sets one, `None` takes it away, and those not named stay.
///
/// ```
/// use pacioli::prelude::*;
/// use pacioli::MetadataChange;
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// let metadata = MetadataChange::from([("tier".to_owned(), Some("gold".to_owned())), ("trial".to_owned(), None)]);
/// let changed = ledger.change_client(client, ClientChange { metadata, ..ClientChange::default() })?;
/// assert_eq!(changed.metadata.get("tier").map(String::as_str), Some("gold"));
/// # Ok::<(), Error>(())
/// ```
pub type MetadataChange = BTreeMap<String, Option<String>>;

/// The caller's name for something outside the ledger: a kind (`topup`, `withdrawal`, `api_ref`) and an identifier.
///
/// An entry carries at most one of each kind; they need not be unique, and entries can be found by them.
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
/// let sale = ledger.credit(Credit::new(wallet, moves, book.money("5")?, "sale-1").referring("order", "77"))?;
/// let references = sale.activity().map(|line| line.references);
/// assert_eq!(references, Some(vec![Reference::new("order", "77")]));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Reference {
    /// What sort of thing is named.
    pub kind: String,
    /// Its identifier there.
    pub id: String,
}

impl Reference {
    /// A reference to `id` among things of `kind`.
    pub fn new(kind: impl Into<String>, id: impl Into<String>) -> Self {
        Self { kind: kind.into(), id: id.into() }
    }
}

/// What sort of name a party is shown by.
///
/// ```
/// use pacioli::prelude::*;
///
/// assert_eq!("msisdn".parse(), Ok(PartyKind::Msisdn));
/// assert_eq!(Party::shown(PartyKind::Name, "Jane Njeri").kind.to_string(), "name");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PartyKind {
    /// A person's or a merchant's name.
    Name,
    /// A telephone number with its country prefix.
    Msisdn,
    /// An address for electronic mail.
    Email,
    /// A bank account.
    Bank,
    /// A user's handle.
    Handle,
}

impl PartyKind {
    /// The kind as text, as in serde.
    pub const fn code(self) -> &'static str {
        self.word()
    }
}

words! {
    PartyKind, "kind of party":
    Name => "name",
    Msisdn => "msisdn",
    Email => "email",
    Bank => "bank",
    Handle => "handle",
}

/// Whom the money came from or went to, as shown on statements.
///
/// The journal keeps the display, which is masked if it was made by [`Party::masked`] or one of its short forms. The
/// value in full comes only as far as the host's validator
/// ([`LedgerBuilder::validate_parties`](crate::LedgerBuilder::validate_parties)): it is neither stored nor serialized nor
/// printed. To keep it, erasably, record a [counterparty](crate::Counterparty) and name that.
///
/// Two parties are equal if the journal would keep the same of them.
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
/// let sale = Credit::new(wallet, moves, book.money("5")?, "sale-1").paid_by(Party::msisdn("+254722000001"));
/// let line = ledger.credit(sale)?.activity().ok_or("a credit leaves a line")?;
/// // The journal has the mask, and nothing else.
/// assert_eq!(line.from.map(|party| party.display).as_deref(), Some("+2547******01"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Party {
    /// What sort of name it is.
    pub kind: PartyKind,
    /// What statements show.
    pub display: String,
    /// The record that has the value in full, if there is one.
    #[serde(default)]
    pub counterparty: Option<CounterpartyId>,
    #[serde(skip)]
    whole: Whole,
}

impl Party {
    /// A party shown exactly as given.
    pub fn shown(kind: PartyKind, display: impl Into<String>) -> Self {
        Self { kind, display: display.into(), counterparty: None, whole: Whole(None) }
    }

    /// A party whose middle is replaced by `*`: of a telephone number the first five and last two characters stay
    /// (`+6422*****36`), of an address for mail the first character and the domain; the other kinds are shown as given.
    ///
    /// ```
    /// use pacioli::{Party, PartyKind};
    /// assert_eq!(Party::masked(PartyKind::Msisdn, "+64221234536").display, "+6422*****36");
    /// assert_eq!(Party::masked(PartyKind::Email, "njeri@shop.ke").display, "n****@shop.ke");
    /// ```
    pub fn masked(kind: PartyKind, value: &str) -> Self {
        let display = match kind {
            PartyKind::Msisdn => mask(value, 5, 2),
            PartyKind::Email => masked_email(value),
            PartyKind::Name | PartyKind::Bank | PartyKind::Handle => value.to_owned(),
        };
        Self::of_value(kind, value, display)
    }

    /// A party of which a trace is shown, whatever its kind: of a name the first character of each word, of a bank
    /// account or handle the first two characters; the others are masked as [`Party::masked`] does.
    ///
    /// ```
    /// use pacioli::{Party, PartyKind};
    /// assert_eq!(Party::veiled(PartyKind::Name, "Jane Njeri").display, "J*** N****");
    /// assert_eq!(Party::veiled(PartyKind::Bank, "12-4000-100001-00").display, "12***************");
    /// ```
    pub fn veiled(kind: PartyKind, value: &str) -> Self {
        let display = match kind {
            PartyKind::Msisdn => mask(value, 5, 2),
            PartyKind::Email => masked_email(value),
            PartyKind::Name => value.split_whitespace().map(|word| mask(word, 1, 0)).collect::<Vec<_>>().join(" "),
            PartyKind::Bank | PartyKind::Handle => mask(value, 2, 0),
        };
        Self::of_value(kind, value, display)
    }

    /// A telephone number with its country prefix, masked.
    ///
    /// ```
    /// assert_eq!(pacioli::Party::msisdn("+254722000001").display, "+2547******01");
    /// ```
    pub fn msisdn(number: &str) -> Self {
        Self::masked(PartyKind::Msisdn, number)
    }

    /// An address for electronic mail, masked.
    ///
    /// ```
    /// assert_eq!(pacioli::Party::email("jane@emali.example").display, "j***@emali.example");
    /// ```
    pub fn email(address: &str) -> Self {
        Self::masked(PartyKind::Email, address)
    }

    /// A bank account, shown whole.
    pub fn bank(account: &str) -> Self {
        Self::masked(PartyKind::Bank, account)
    }

    /// A user's handle, shown whole.
    pub fn handle(handle: &str) -> Self {
        Self::masked(PartyKind::Handle, handle)
    }

    /// A person's or a merchant's name, shown whole.
    pub fn name(name: &str) -> Self {
        Self::masked(PartyKind::Name, name)
    }

    /// Names the record that has the value in full.
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
    /// let jane = ledger.record_counterparty(NewCounterparty::new(client, PartyKind::Msisdn, "+254722000001"))?;
    /// // Shown by name here, and still a movement of hers.
    /// let sale = Credit::new(wallet, moves, book.money("5")?, "sale-1").paid_by(Party::name("Jane").of(jane.id));
    /// ledger.credit(sale)?;
    /// assert_eq!(ledger.view()?.entries_naming(jane.id, Listing::default())?.items.len(), 1);
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn of(mut self, counterparty: CounterpartyId) -> Self {
        self.counterparty = Some(counterparty);
        self
    }

    /// The value in full while it is here, on its way to the host's validator; afterwards what is shown.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// let caller = Party::msisdn("+254722000001");
    /// // In full on its way to the validator, masked where it is kept.
    /// assert_eq!((caller.value(), caller.display.as_str()), ("+254722000001", "+2547******01"));
    /// ```
    pub fn value(&self) -> &str {
        self.whole.0.as_deref().unwrap_or(&self.display)
    }

    fn of_value(kind: PartyKind, value: &str, display: String) -> Self {
        Self { kind, display, counterparty: None, whole: Whole(Some(value.into())) }
    }
}

/// A value in full, which the journal never sees and which makes no difference to what a party is.
#[derive(Clone, Default)]
struct Whole(Option<Box<str>>);

impl std::fmt::Debug for Whole {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_some() { "(not shown)" } else { "(none)" })
    }
}

impl PartialEq for Whole {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Whole {}

impl PartialOrd for Whole {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Whole {
    fn cmp(&self, _: &Self) -> std::cmp::Ordering {
        std::cmp::Ordering::Equal
    }
}

impl std::hash::Hash for Whole {
    fn hash<H: std::hash::Hasher>(&self, _: &mut H) {}
}

fn masked_email(value: &str) -> String {
    match value.split_once('@') {
        Some((user, domain)) => format!("{}@{domain}", mask(user, 1, 0)),
        None => mask(value, 1, 0),
    }
}

/// Keeps `head` characters at the front and `tail` at the end; of a text that would then hide less than three characters,
/// the first only, and of a single character nothing.
fn mask(text: &str, head: usize, tail: usize) -> String {
    const HIDDEN_MIN: usize = 3;
    let length = text.chars().count();
    let (head, tail) = match length {
        1 => (0, 0),
        length if length >= head + tail + HIDDEN_MIN => (head, tail),
        _ => (1, 0),
    };
    text.chars().enumerate().map(|(at, c)| if at < head || at + tail >= length { c } else { '*' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_texts_are_masked_too() {
        assert_eq!(mask("1234", 5, 2), "1***");
        assert_eq!(mask("123456789", 5, 2), "1********");
        assert_eq!(mask("1234567890", 5, 2), "12345***90");
        assert_eq!(mask("", 5, 2), "");
        assert_eq!(mask("n", 1, 0), "*");
    }

    #[test]
    fn a_value_in_full_is_neither_printed_nor_serialized_nor_compared() {
        let party = Party::msisdn("+254722000001");
        assert_eq!(party.value(), "+254722000001");
        assert!(!format!("{party:?}").contains("722000"));
        let text = serde_json::to_string(&party).unwrap();
        assert!(!text.contains("722000"), "{text}");
        let read: Party = serde_json::from_str(&text).unwrap();
        assert_eq!((&read, read.value()), (&party, "+2547******01"));
    }
}
