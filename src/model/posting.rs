//! A posting: one line of an entry; and the tally that an account's postings add up to.
//!
//! An account's history is a skip list threaded through the journal: each posting names the entry of the posting
//! before it, and every sixteenth, 256th, … also the one sixteen, 256, … before it. Any line of any account is
//! found in a few dozen steps, and no index has to be kept.

use std::fmt;
use std::ops::Deref;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use smallvec::SmallVec;

use super::words::words;
use super::{AccountId, Balance, BookId, Few, PostingId, Sequence, Side, Stage, Timestamp};
use crate::money::Amount;

/// How many postings the first skip leaps over; each further level leaps this many times further.
pub const SKIP_RADIX: u64 = 16;
/// How many levels of skips there are.
pub const SKIP_LEVELS: usize = 6;

/// Why a posting stands in its entry.
///
/// ```
/// use pacioli::prelude::*;
/// use pacioli::Role;
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
/// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
/// let priced = NewService::new(client, book.id, "SALES").fee(Fee::fixed(book.amount("3")?));
/// let priced = ledger.define_service(priced)?.id;
/// let sale = ledger.credit(Credit::new(wallet, priced, book.money("100")?, "sale-1"))?;
/// let roles: Vec<_> = sale.entry().postings.iter().map(|line| line.role.to_string()).collect();
/// assert_eq!(roles, ["principal", "principal", "charge", "fee"]);
/// assert_eq!("fee".parse(), Ok(Role::Fee));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Role {
    /// The sum that was to be moved.
    Principal,
    /// The charge, where its bearer pays it.
    Charge,
    /// The fee, where it is earned.
    Fee,
    /// The tax on the fee, where it is owed.
    Tax,
    /// The share of a credit that is retained as security, and its way back.
    Reserve,
    /// A book's own half of an exchange, in its FX position account.
    Position,
}

words! {
    /// Its name in small letters, as serde has it.
    Role, "role":
    Principal => "principal",
    Charge => "charge",
    Fee => "fee",
    Tax => "tax",
    Reserve => "reserve",
    Position => "position",
}

/// One line of an entry: account, side, amount, and the account's totals after it.
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
/// let line = &sale.entry().postings[1];
/// assert_eq!((line.account, line.side, line.amount), (wallet, Side::Credit, book.amount("96")?));
/// assert_eq!((line.number, line.after.posted(line.normal)), (1, 96_00));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posting {
    /// The account.
    pub account: AccountId,
    /// The account's book.
    pub book: BookId,
    /// The side posted on.
    pub side: Side,
    /// The side on which the account is positive.
    pub normal: Side,
    /// Why it stands here.
    pub role: Role,
    /// What it does to the totals.
    pub stage: Stage,
    /// How much, in minor units of the book's currency; never zero.
    pub amount: Amount,
    /// The account's totals after it.
    pub after: Balance,
    /// The account's activity number: 1, 2, 3, … without gaps.
    pub number: u64,
    /// The entry of the account's posting before this one; zero for the first.
    pub previous: Sequence,
    /// The entries of the postings 16, 256, … before this one, as far as its number is a multiple of them.
    pub skips: Few<Sequence>,
}

/// The lines of an entry, mostly two, which lie in the entry itself. Read as a slice.
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
/// let postings = &sale.entry().postings; // read as a slice
/// let debits: i128 = postings.iter().filter(|line| line.side == Side::Debit).map(|line| line.amount.signed()).sum();
/// assert_eq!((postings.len(), debits), (2, 96_00));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Postings(SmallVec<[Posting; 2]>);

impl Postings {
    /// None, with room for so many.
    pub(crate) fn with_capacity(count: usize) -> Self {
        Self(SmallVec::with_capacity(count))
    }

    /// Adds one at the end.
    #[inline]
    pub(crate) fn push(&mut self, posting: Posting) {
        self.0.push(posting);
    }
}

impl Deref for Postings {
    type Target = [Posting];

    #[inline]
    fn deref(&self) -> &[Posting] {
        &self.0
    }
}

#[cfg(test)]
impl std::ops::DerefMut for Postings {
    fn deref_mut(&mut self) -> &mut [Posting] {
        &mut self.0
    }
}

impl From<Vec<Posting>> for Postings {
    fn from(postings: Vec<Posting>) -> Self {
        Self(postings.into())
    }
}

impl FromIterator<Posting> for Postings {
    fn from_iter<I: IntoIterator<Item = Posting>>(postings: I) -> Self {
        Self(postings.into_iter().collect())
    }
}

impl<'a> IntoIterator for &'a Postings {
    type Item = &'a Posting;
    type IntoIter = std::slice::Iter<'a, Posting>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Debug for Postings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.deref().fmt(f)
    }
}

impl Serialize for Postings {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.deref().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Postings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self::from)
    }
}

impl Posting {
    /// The account's totals before it.
    pub fn before(&self) -> Balance {
        // A posting's amount is part of its total, so the difference exists; decoding checks it.
        self.after.without(self.stage, self.side, self.amount).unwrap_or_default()
    }

    /// What it changes the account's posted balance by, in minor units: positive on the account's normal side, and zero
    /// where the amount is only reserved or released.
    pub fn value(&self) -> i128 {
        if !self.stage.is_settled() {
            return 0;
        }
        if self.side == self.normal { self.amount.signed() } else { -self.amount.signed() }
    }

    /// Its identifier, as the `place`th of its entry, counted from 0.
    pub fn id(entry: Sequence, place: usize) -> PostingId {
        PostingId { entry, leg: u16::try_from(place.saturating_add(1)).unwrap_or(u16::MAX) }
    }
}

/// Where an account stands after its latest posting.
///
/// Invariants, kept by `rules` and proved by `verify`: `number` postings have been made; `last` is the entry of the
/// latest; `marks[k]` is the entry of the latest posting whose number is a multiple of 16 to the power k + 1.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// The four totals.
    pub balance: Balance,
    /// The latest activity number; zero before the first posting.
    pub number: u64,
    /// The entry of the latest posting; zero before the first.
    pub last: Sequence,
    /// When that entry was recorded.
    pub last_at: Timestamp,
    /// Where the next skips will lead.
    pub(crate) marks: Marks,
}

/// The entries that an account's next skips lead to, by level; zero where there is none yet.
///
/// The first, which an account has from its sixteenth posting on, lies in place; the others, of those that have 256, apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Marks {
    first: Sequence,
    /// If there is one that is not zero.
    later: Option<Box<[Sequence; SKIP_LEVELS - 1]>>,
}

impl Marks {
    /// Those of the first levels, at least all that are not zero.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Sequence> {
        let later = self.later.as_deref().map_or(&[][..], |later| later);
        std::iter::once(self.first).chain(later.iter().copied())
    }

    /// Puts an entry, which is not zero, at a level; beyond the last level, nowhere.
    pub(crate) fn set(&mut self, level: usize, entry: Sequence) {
        let Some(later) = level.checked_sub(1) else {
            self.first = entry;
            return;
        };
        if let Some(mark) = self.later.get_or_insert_default().get_mut(later) {
            *mark = entry;
        }
    }
}

impl Tally {
    /// The skips that posting number `number` carries, given the tally before it.
    pub fn skips(&self, number: u64) -> Few<Sequence> {
        if !number.is_multiple_of(SKIP_RADIX) {
            return Few::NONE;
        }
        let marks = self.marks.iter().zip(levels(number));
        marks.map_while(|(mark, _)| (mark != Sequence::ZERO).then_some(mark)).collect()
    }

    /// Takes over what a posting of `entry` says.
    pub fn take(&mut self, posting: &Posting, entry: Sequence, recorded_at: Timestamp) {
        self.balance = posting.after;
        self.number = posting.number;
        self.last = entry;
        self.last_at = recorded_at;
        if posting.number.is_multiple_of(SKIP_RADIX) {
            for (level, _) in levels(posting.number).enumerate() {
                self.marks.set(level, entry);
            }
        }
    }
}

/// The levels of skips whose span divides `number`: 16, 256, ….
fn levels(number: u64) -> impl Iterator<Item = u64> {
    std::iter::successors(Some(SKIP_RADIX), |span| span.checked_mul(SKIP_RADIX))
        .take(SKIP_LEVELS)
        .take_while(move |span| number.is_multiple_of(*span))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skips_lead_back_by_powers_of_sixteen() {
        let mut tally = Tally::default();
        for number in 1..=1024u64 {
            let skips = tally.skips(number);
            let expected: Few<Sequence> = [16u64, 256]
                .into_iter()
                .take_while(|span| number.is_multiple_of(*span) && number > *span)
                .map(|span| Sequence(10 * (number - span)))
                .collect();
            assert_eq!(skips, expected, "posting {number}");
            let posting = Posting {
                account: AccountId(1),
                book: BookId(1),
                side: Side::Debit,
                normal: Side::Debit,
                role: Role::Principal,
                stage: Stage::Posted,
                amount: Amount::minor(1).unwrap(),
                after: Balance::default(),
                number,
                previous: tally.last,
                skips,
            };
            tally.take(&posting, Sequence(10 * number), Timestamp(0));
        }
    }
}
