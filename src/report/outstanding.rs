//! What is reserved, clearing or retained, and for how long already.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::export::Accounts;
use crate::ledger::{Error, HoldView, Listing, PayoutFilter, View, Zone};
use crate::model::{
    Account, AccountId, AccountNumber, Book, BookId, ClientId, HoldId, HoldKind, Payout, PayoutId, Sequence, Side,
    Timestamp,
};
use crate::money::{Amount, Currency, Money};

/// What is outstanding.
///
/// ```
/// use pacioli::prelude::*;
/// use pacioli::report::{Outstanding, OutstandingKind};
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
/// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
/// ledger.credit(Credit::new(wallet, moves, book.money("30")?, "cheque-1").clearing(Clearing::ByCall))?;
/// let view = ledger.view()?;
/// let outstanding = Outstanding::of(&view, book.id, view.recorded_at(), &Zone::utc())?;
/// assert_eq!(outstanding.totals[0].kind, OutstandingKind::Clearing);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OutstandingKind {
    /// A movement that a caller reserved.
    Hold,
    /// A credit that is posted but not available yet.
    Clearing,
    /// A share of a credit that is retained as security.
    Reserve,
    /// The items of a payout that have not come to their end.
    Payout,
}

/// How long something has been outstanding, in days of 24 hours.
///
/// ```
/// use pacioli::report::Age;
///
/// let (since, now) = ("2026-11-01T00:00:00Z".parse()?, "2026-11-09T00:00:00Z".parse()?);
/// assert_eq!((Age::of(since, now), Age::Week.text()), (Age::Month, "1-7 days"));
/// # Ok::<(), pacioli::InvalidTime>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Age {
    /// Less than a day.
    Day,
    /// From a day on, less than seven.
    Week,
    /// From seven days on, less than thirty.
    Month,
    /// Thirty days or more.
    Longer,
}

/// What is outstanding in a book at one moment, the oldest first.
///
/// Invariants: `buckets` and `totals` add up to `sum`, as `items` do; the debits that holds, clearing credits and payouts
/// have reserved here are all that the book's accounts have pending as debits, and the same of credits. What is retained
/// as security has been posted, and is pending nowhere.
///
/// ```
/// use pacioli::prelude::*;
/// use pacioli::report::{Outstanding, OutstandingKind};
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
/// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
/// # ledger.credit(Credit::new(wallet, moves, book.money("100")?, "top-up-1"))?;
/// ledger.hold(Debit::new(wallet, moves, book.money("30")?, "room-7"))?;
/// let view = ledger.view()?;
/// let outstanding = Outstanding::of(&view, book.id, view.recorded_at(), &Zone::utc())?;
/// assert_eq!((outstanding.items.len(), outstanding.sum), (1, book.money("30")?));
/// assert_eq!(outstanding.totals[0].kind, OutstandingKind::Hold);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Outstanding {
    /// The book.
    pub book: BookId,
    /// Its name.
    pub name: String,
    /// Its currency.
    pub currency: Currency,
    /// The last entry that the view knew of.
    pub at: Sequence,
    /// The instant that ages are counted to.
    pub as_of: Timestamp,
    /// The zone in which times are shown.
    pub zone: Zone,
    /// What is outstanding, the oldest first.
    pub items: Vec<OutstandingItem>,
    /// Sums by kind and age, of those that there are, in this order.
    pub buckets: Vec<AgeBucket>,
    /// Sums by kind, of those that there are.
    pub totals: Vec<KindTotal>,
    /// The sum of all.
    pub sum: Money,
    /// How many fraction digits the book shows figures with.
    pub text_scale: u8,
}

/// Something that is outstanding.
///
/// ```
/// use pacioli::prelude::*;
/// use pacioli::report::Outstanding;
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
/// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
/// # ledger.credit(Credit::new(wallet, moves, book.money("100")?, "top-up-1"))?;
/// let room = ledger.hold(Debit::new(wallet, moves, book.money("30")?, "room-7"))?;
/// let view = ledger.view()?;
/// let item = Outstanding::of(&view, book.id, view.recorded_at(), &Zone::utc())?.items.remove(0);
/// assert_eq!((item.hold, item.left, item.days), (room.hold(), book.money("30")?, 0));
/// assert!(item.lines.iter().any(|line| line.account == wallet && line.side == Side::Debit));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct OutstandingItem {
    /// What it is.
    pub kind: OutstandingKind,
    /// The hold, if it is one; its number is that of the entry that placed it.
    pub hold: Option<HoldId>,
    /// The payout, if it is one.
    pub payout: Option<PayoutId>,
    /// The client among whose keys its settlements have theirs.
    pub client: Option<ClientId>,
    /// Since when it is outstanding.
    pub since: Timestamp,
    /// When time settles it; `None` for never.
    pub due_at: Option<Timestamp>,
    /// Whether that time has come, so that the next sweep settles it.
    pub is_due: bool,
    /// For how many whole days of 24 hours it has been outstanding.
    pub days: u64,
    /// Which bucket that is.
    pub age: Age,
    /// What is left of it in the book, charges included: its debits, which are its credits too.
    pub left: Money,
    /// What is left of each line in the book.
    pub lines: Vec<OutstandingLine>,
}

/// A line of what is outstanding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct OutstandingLine {
    /// The account.
    pub account: AccountId,
    /// The number that people call it by.
    pub number: AccountNumber,
    /// Its name, at the view.
    pub name: String,
    /// Its owner; `None` for the book itself.
    pub client: Option<ClientId>,
    /// The side on which the amount is reserved, or retained.
    pub side: Side,
    /// How much is left.
    pub amount: Money,
}

/// What of one kind has been outstanding for about the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct AgeBucket {
    /// The kind.
    pub kind: OutstandingKind,
    /// For how long.
    pub age: Age,
    /// How many there are.
    pub count: u64,
    /// What is left of them.
    pub sum: Money,
}

/// All of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct KindTotal {
    /// The kind.
    pub kind: OutstandingKind,
    /// How many there are.
    pub count: u64,
    /// What is left of them.
    pub sum: Money,
}

/// Nanoseconds of a day.
const DAY: i64 = 86_400_000_000_000;

impl Age {
    /// The age of what is outstanding since an instant, at another; nothing is younger than new.
    pub const fn of(since: Timestamp, at: Timestamp) -> Self {
        match at.0.saturating_sub(since.0) / DAY {
            ..1 => Self::Day,
            1..7 => Self::Week,
            7..30 => Self::Month,
            30.. => Self::Longer,
        }
    }

    /// What people read: `1-7 days`.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Day => "0-1 days",
            Self::Week => "1-7 days",
            Self::Month => "7-30 days",
            Self::Longer => "30 days and more",
        }
    }
}

impl OutstandingKind {
    /// What people read.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Hold => "Hold",
            Self::Clearing => "Clearing",
            Self::Reserve => "Reserve",
            Self::Payout => "Payout",
        }
    }
}

impl Outstanding {
    /// What is outstanding in `book`, with ages at `as_of`: a time of the host's, or the view's own
    /// ([`View::recorded_at`]). Times are shown in `zone`.
    ///
    /// Reads everything that is open in the ledger, and every payout, its items only while they are held; a view that
    /// looks back reads the journal from there to its end as well. Keeps every item.
    ///
    /// ```
    /// use pacioli::prelude::*;
    /// use pacioli::report::{Age, Outstanding};
    ///
    /// # fn main() -> Result<(), Error> {
    /// let ledger = Ledger::in_memory()?;
    /// let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// let owner = Contact::new("Njeri", "njeri@shop.co.ke", "+254700000001");
    /// let client = ledger.register_client(NewClient::individual("KE", owner))?;
    /// let wallet = ledger.open_account(NewAccount::new(client.id, book.id, AccountType::WORKING))?;
    /// let sales = ledger.define_service(NewService::new(client.id, book.id, "SALES"))?;
    /// ledger.credit(Credit::new(wallet.id, sales.id, book.money("100.00")?, "till-1"))?;
    /// ledger.execute(PlaceHold::new(Debit::new(wallet.id, sales.id, book.money("30.00")?, "order-1")))?;
    ///
    /// let view = ledger.view()?;
    /// let in_ten_days = view.recorded_at().plus_ns(10 * 86_400_000_000_000);
    /// let outstanding = Outstanding::of(&view, book.id, in_ten_days, &Zone::utc())?;
    /// assert_eq!((outstanding.items[0].age, outstanding.items[0].days), (Age::Month, 10));
    /// assert_eq!(outstanding.sum, book.money("30.00")?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`BookNotFound`](crate::Rejection::BookNotFound) when there is no such book; [`Error::Money`] when a sum is beyond
    /// [`Amount::MAX`](crate::money::Amount::MAX).
    pub fn of(view: &View, book: BookId, as_of: Timestamp, zone: &Zone) -> Result<Self, Error> {
        let book = view.book(book)?;
        let mut items = Vec::new();
        holds(view, &book, as_of, &mut items)?;
        payouts(view, &book, as_of, &mut items)?;
        // Those of one instant in the order of their entries.
        items.sort_by_key(|item| (item.since, item.hold, item.payout));
        let (mut ages, mut kinds) = (BTreeMap::new(), BTreeMap::new());
        for item in &items {
            add(&mut ages, (item.kind, item.age), item.left);
            add(&mut kinds, item.kind, item.left);
        }
        let currency = book.currency;
        let buckets = ages
            .into_iter()
            .map(|((kind, age), (count, sum))| Ok(AgeBucket { kind, age, count, sum: currency.minor(sum)? }));
        let sum: i128 = kinds.values().map(|(_, sum)| *sum).sum();
        let totals =
            kinds.into_iter().map(|(kind, (count, sum))| Ok(KindTotal { kind, count, sum: currency.minor(sum)? }));
        Ok(Self {
            book: book.id,
            currency,
            at: view.sequence(),
            as_of,
            zone: zone.clone(),
            buckets: buckets.collect::<Result<_, Error>>()?,
            totals: totals.collect::<Result<_, Error>>()?,
            sum: currency.minor(sum)?,
            items,
            text_scale: book.text_scale,
            name: book.name,
        })
    }
}

/// Cannot overflow: sums are below 2^96, and there are fewer than 2^31 of them.
fn add<K: Ord>(sums: &mut BTreeMap<K, (u64, i128)>, key: K, left: Money) {
    let (count, sum) = sums.entry(key).or_default();
    *count += 1;
    *sum += left.minor();
}

fn holds(view: &View, book: &Book, as_of: Timestamp, items: &mut Vec<OutstandingItem>) -> Result<(), Error> {
    let whole = |account: &Account| account.clone();
    let mut accounts = Accounts::new(view, &whole);
    let mut listing = Listing::first(Listing::MOST);
    loop {
        let page = view.open_holds(listing)?;
        for hold in &page.items {
            let mut lines = Vec::new();
            for (account, side, amount) in &hold.lines {
                let account = accounts.of(*account)?;
                if account.book == book.id {
                    lines.push(line(account, *side, book.currency.minor(amount.minor())?));
                }
            }
            // An exchange has lines in two books.
            if !lines.is_empty() {
                items.push(held(hold, lines, book, as_of)?);
            }
        }
        let Some(next) = page.next else { return Ok(()) };
        listing = Listing::first(Listing::MOST).after(next);
    }
}

fn line(account: &Account, side: Side, amount: Money) -> OutstandingLine {
    let (number, name, client) = (account.number(), account.name.clone(), account.client);
    OutstandingLine { account: account.id, number, name, client, side, amount }
}

fn held(hold: &HoldView, lines: Vec<OutstandingLine>, book: &Book, as_of: Timestamp) -> Result<OutstandingItem, Error> {
    let kind = match hold.kind {
        HoldKind::Hold => OutstandingKind::Hold,
        HoldKind::Clearing => OutstandingKind::Clearing,
        HoldKind::Reserve => OutstandingKind::Reserve,
    };
    let debits = lines.iter().filter(|line| line.side == Side::Debit).map(|line| line.amount.minor());
    let left = book.currency.minor(debits.sum())?;
    let (hold, client, since, due_at) = (Some(hold.id), hold.client, hold.placed_at, hold.due_at);
    let (days, age, is_due) = aged(since, due_at, as_of);
    Ok(OutstandingItem { kind, hold, payout: None, client, since, due_at, is_due, days, age, left, lines })
}

fn aged(since: Timestamp, due_at: Option<Timestamp>, as_of: Timestamp) -> (u64, Age, bool) {
    let days = u64::try_from(as_of.0.saturating_sub(since.0) / DAY).unwrap_or(0);
    (days, Age::of(since, as_of), due_at.is_some_and(|due_at| due_at <= as_of))
}

fn payouts(view: &View, book: &Book, as_of: Timestamp, items: &mut Vec<OutstandingItem>) -> Result<(), Error> {
    let mut listing = Listing::first(Listing::MOST);
    loop {
        let page = view.payouts(PayoutFilter::All, listing)?;
        for payout in page.items.iter().filter(|payout| payout.book == book.id && payout.is_held()) {
            items.push(paying(view, payout, book, as_of)?);
        }
        let Some(next) = page.next else { return Ok(()) };
        listing = Listing::first(Listing::MOST).after(next);
    }
}

/// A payout of which something is held, by the line of its source.
fn paying(view: &View, payout: &Payout, book: &Book, as_of: Timestamp) -> Result<OutstandingItem, Error> {
    let open = view.payout(payout.id)?.items.into_iter().filter(|item| item.state.is_open());
    let left: i128 = open.map(|item| item.amount.signed() + item.charge.total().map_or(0, Amount::signed)).sum();
    let left = book.currency.minor(left)?;
    // It is held from the signature on that completed its approval, if not from the beginning.
    let approved = payout.approvals.last().map(|approval| approval.approved_at);
    let since = approved.filter(|_| !payout.reserved).unwrap_or(payout.initiated_at);
    let waits = payout.state == crate::model::PayoutState::PreviewAndApprove;
    let due_at = waits.then_some(payout.expires_at);
    let (days, age, is_due) = aged(since, due_at, as_of);
    Ok(OutstandingItem {
        kind: OutstandingKind::Payout,
        hold: None,
        payout: Some(payout.id),
        client: Some(payout.client),
        since,
        due_at,
        is_due,
        days,
        age,
        left,
        lines: vec![line(&view.account(payout.source)?, Side::Debit, left)],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_counted_in_whole_days() {
        let at = |days: i64, ns: i64| Age::of(Timestamp(5), Timestamp(5 + days * DAY + ns));
        assert_eq!((at(0, 0), at(1, -1), at(1, 0), at(7, -1)), (Age::Day, Age::Day, Age::Week, Age::Week));
        assert_eq!((at(7, 0), at(30, -1), at(30, 0), at(900, 0)), (Age::Month, Age::Month, Age::Longer, Age::Longer));
        // What was placed later than the instant asked for.
        assert_eq!(at(-3, 0), Age::Day);
        assert_eq!(Age::of(Timestamp::MIN, Timestamp::MAX), Age::Longer);
    }
}
