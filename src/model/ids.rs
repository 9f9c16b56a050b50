//! Identifiers: whole numbers that the ledger gives out in order and never uses again.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! identifiers {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                text.parse().map(Self).map_err(|_| InvalidId)
            }
        }
    )*};
}

identifiers! {
    /// A book's identifier: 1, 2, 3, … in the order of opening, never reused.
    BookId,
    /// A client's identifier: 1, 2, 3, … in the order of registration, never reused.
    ClientId,
    /// An account's identifier: 1, 2, 3, … in the order of opening, over all books, never reused.
    ///
    /// A number, for the host's own tables and texts.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// let account = AccountId(7);
    /// assert_eq!((account.0, account.to_string(), "7".parse()), (7, "7".to_owned(), Ok(account)));
    /// // What people call it.
    /// assert_eq!((account.number().to_string(), AccountNumber(10_000_007).account()), ("10000007".to_owned(), Some(account)));
    /// # Ok::<(), pacioli::InvalidId>(())
    /// ```
    AccountId,
    /// A client service's identifier: 1, 2, 3, … in the order of definition, never reused.
    ServiceId,
    /// A device's identifier: 1, 2, 3, … in the order of registration, never reused.
    DeviceId,
    /// A payout's identifier: 1, 2, 3, … in the order of initiation, never reused.
    PayoutId,
    /// A limit's identifier: 1, 2, 3, … in the order of definition, never reused.
    LimitId,
    /// A balance monitor's identifier: 1, 2, 3, … in the order of definition, never reused.
    MonitorId,
    /// A set of accounts' identifier: 1, 2, 3, … in the order of definition, over all books, never reused.
    SetId,
    /// An entry's place in the journal: 1, 2, 3, … without gaps. Zero stands for *before the first entry*.
    Sequence,
    /// A counterparty's identifier: the sequence of the entry that first recorded it, never reused.
    CounterpartyId,
}

/// The text is not an identifier.
///
/// ```
/// use pacioli::{AccountId, InvalidId, PostingId, Sequence};
///
/// assert_eq!("seven".parse::<AccountId>(), Err(InvalidId));
/// assert_eq!("7611.2".parse(), Ok(PostingId { entry: Sequence(7611), leg: 2 }));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an identifier")]
pub struct InvalidId;

impl Sequence {
    /// Before the first entry.
    pub const ZERO: Self = Self(0);

    /// The place after this one. Saturates, which no journal lives to see.
    ///
    /// ```
    /// use pacioli::Sequence;
    ///
    /// assert_eq!(Sequence::ZERO.next(), Sequence(1)); // the first entry of a journal
    /// ```
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// What people call an account: eight digits, given out in order over the whole ledger, never reused.
///
/// It is the account's identifier counted from 10 000 000, so that either can be had from the other;
/// after the ninety-millionth account it has nine digits.
///
/// ```
/// use pacioli::{AccountId, AccountNumber};
///
/// let number: AccountNumber = "10000007".parse()?;
/// assert_eq!((number.account(), AccountId(7).number()), (Some(AccountId(7)), number));
/// assert_eq!(AccountNumber(7).account(), None);
/// # Ok::<(), pacioli::InvalidId>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccountNumber(pub u64);

const FIRST_NUMBER: u64 = 10_000_000;

impl AccountNumber {
    /// The account that has this number, if the number can be one's.
    pub const fn account(self) -> Option<AccountId> {
        match self.0.checked_sub(FIRST_NUMBER) {
            Some(id) if id > 0 => Some(AccountId(id)),
            _ => None,
        }
    }
}

impl AccountId {
    /// The number that people call this account by.
    pub const fn number(self) -> AccountNumber {
        AccountNumber(self.0.saturating_add(FIRST_NUMBER))
    }
}

impl fmt::Display for AccountNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08}", self.0)
    }
}

impl FromStr for AccountNumber {
    type Err = InvalidId;
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        text.parse().map(Self).map_err(|_| InvalidId)
    }
}

/// One posting's identifier: its entry's sequence and its place in the entry, from 1; written `7611.2`.
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
/// let sale = ledger.credit(Credit::new(wallet, moves, book.money("96")?, "sale-1"))?;
/// let line = sale.activity().ok_or("a credit leaves a line")?;
/// // Stands for its entry wherever one is named.
/// let posting: PostingId = line.id.to_string().parse()?;
/// ledger.reverse(posting)?;
/// assert_eq!((posting.entry, posting.leg), (sale.sequence(), 2)); // the first line is the world's outside
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PostingId {
    /// The entry.
    pub entry: Sequence,
    /// The place in the entry, from 1.
    pub leg: u16,
}

impl fmt::Display for PostingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.entry, self.leg)
    }
}

impl FromStr for PostingId {
    type Err = InvalidId;
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let (entry, leg) = text.split_once('.').ok_or(InvalidId)?;
        Ok(Self { entry: entry.parse()?, leg: leg.parse().map_err(|_| InvalidId)? })
    }
}

impl Serialize for PostingId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PostingId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A place in the stream of events: an entry's sequence and the event's place among those of the entry, from 1;
/// written `7611.1`. Ordered as the events are.
///
/// As a position it stands for *after this event*. A [`Sequence`] turns into the position after all events of its entry,
/// written `7611`.
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
/// let sale = ledger.credit(Credit::new(wallet, moves, book.money("96")?, "sale-1"))?;
/// let event = &sale.events()[0];
/// assert_eq!(event.id.to_string(), "5.1"); // the first event of entry 5
/// let after = ledger.view()?.events().after("4".parse::<EventId>()?).page()?; // after all of entry 4
/// assert_eq!(after.items[0].id, event.id);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId {
    /// The entry.
    pub sequence: Sequence,
    /// The event's place among those of its entry, from 1; 0 for before the first, [`EventId::ALL`] for after the last.
    pub place: u16,
}

impl EventId {
    /// Before the first event of all.
    pub const START: Self = Self { sequence: Sequence::ZERO, place: 0 };
    /// The place that stands for all events of an entry, however many they are.
    pub const ALL: u16 = u16::MAX;
}

/// After all events of an entry.
impl From<Sequence> for EventId {
    fn from(sequence: Sequence) -> Self {
        Self { sequence, place: Self::ALL }
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.place == Self::ALL { self.sequence.fmt(f) } else { write!(f, "{}.{}", self.sequence, self.place) }
    }
}

impl FromStr for EventId {
    type Err = InvalidId;
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        match text.split_once('.') {
            Some((sequence, place)) => {
                let place = place.parse().ok().filter(|place| *place != Self::ALL).ok_or(InvalidId)?;
                Ok(Self { sequence: sequence.parse()?, place })
            }
            None => text.parse::<Sequence>().map(Self::from),
        }
    }
}

impl Serialize for EventId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for EventId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A posting stands for its entry wherever an entry is asked for: reversing one leg reverses the pair.
impl From<PostingId> for Sequence {
    fn from(posting: PostingId) -> Self {
        posting.entry
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_and_identifier_name_the_same_account() {
        assert_eq!(AccountId(110).number().to_string(), "10000110");
        assert_eq!(AccountNumber(10_000_110).account(), Some(AccountId(110)));
        assert_eq!(AccountNumber(10_000_000).account(), None);
        assert_eq!(AccountNumber(7).account(), None);
    }

    #[test]
    fn event_is_written_as_entry_and_place_and_all_of_an_entry_as_the_entry() {
        let event = EventId { sequence: Sequence(7611), place: 2 };
        assert_eq!(event.to_string(), "7611.2");
        for id in [event, EventId::START, EventId::from(Sequence(7611))] {
            assert_eq!(id.to_string().parse::<EventId>(), Ok(id));
        }
        assert!(event < EventId::from(event.sequence));
        for wrong in ["", "7611.", "7611.65535", "7611.65536", ".1"] {
            assert!(wrong.parse::<EventId>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn posting_is_written_as_entry_and_place() {
        let posting: PostingId = "7611.2".parse().unwrap();
        assert_eq!(posting, PostingId { entry: Sequence(7611), leg: 2 });
        assert_eq!(posting.to_string(), "7611.2");
        assert!("7611".parse::<PostingId>().is_err());
    }
}
