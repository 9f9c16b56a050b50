//! Items to commands: tried out in a simulation, or carried out some thousands at a time.

use std::collections::BTreeMap;

use super::error::{ImportError, ImportProgress, ImportReport};
use super::give::{Given, Giver};
use super::item::{Asserted, Found, Item, Items, Part};
use super::places::{Places, key, numbered};
use crate::ledger::{Ledger, Transaction, Zone};
use crate::model::{AccountId, Book, EntryKind, Sequence, Side, SystemAccount, Timestamp};
use crate::money::{Currency, Money};
use crate::rules::{Leg, Post};

/// How many items are committed at once.
const COMMITTED: usize = 4_096;

/// How many items pass between two reports of progress.
const REPORTED: u64 = 1_024;

/// Told how far an import has come.
pub(super) type Progress<'a> = Option<Box<dyn FnMut(ImportProgress) + 'a>>;

/// Why an item is not carried out, or why nothing more is.
enum No {
    /// The item is rejected.
    Line(String),
    /// Nothing more can be done.
    Failed(ImportError),
}

impl From<ImportError> for No {
    fn from(error: ImportError) -> Self {
        Self::Failed(error)
    }
}

impl From<String> for No {
    fn from(reason: String) -> Self {
        Self::Line(reason)
    }
}

/// Lines of one currency of a transaction, on their way into one entry.
struct Half {
    code: String,
    book: Book,
    legs: Vec<Leg>,
    /// Debits less credits.
    left: i128,
}

pub(super) struct Carrier<'a> {
    ledger: &'a Ledger,
    under: &'a str,
    zone: &'a Zone,
    places: Places<'a>,
    report: ImportReport,
    seen: u64,
    /// How many transactions of the same day, text and lines there were.
    alike: BTreeMap<[u8; 16], u32>,
    /// What accounts have by the entries of this import so far, in minor units, debits above zero.
    held: BTreeMap<(String, String), i128>,
    /// The latest entry that an earlier run had recorded.
    behind: Option<Sequence>,
}

impl<'a> Carrier<'a> {
    pub(super) fn new(
        ledger: &'a Ledger,
        under: &'a str,
        zone: &'a Zone,
        currencies: &'a BTreeMap<String, Currency>,
    ) -> Self {
        let (alike, held) = (BTreeMap::new(), BTreeMap::new());
        let (places, report) = (Places::new(under, currencies), ImportReport::default());
        Self { ledger, under, zone, places, report, seen: 0, alike, held, behind: None }
    }

    /// Tries all items out, and names every one that is rejected.
    pub(super) fn dry_run(
        &mut self,
        items: &mut dyn Items,
        progress: &mut Progress<'_>,
    ) -> Result<ImportReport, ImportError> {
        let ledger = self.ledger;
        ledger.simulate(|transaction| {
            while let Some(found) = items.next()? {
                if let Err((line, reason)) = self.carry(transaction, found)? {
                    self.report.reject(line, reason);
                }
                self.tell(progress, true);
            }
            Ok(std::mem::take(&mut self.report))
        })
    }

    /// Carries all items out, up to the first that is rejected.
    pub(super) fn run(
        &mut self,
        items: &mut dyn Items,
        progress: &mut Progress<'_>,
    ) -> Result<ImportReport, ImportError> {
        let ledger = self.ledger;
        let mut more = true;
        while more {
            let mut together = Vec::with_capacity(COMMITTED);
            while together.len() < COMMITTED {
                match items.next()? {
                    Some(found) => together.push(found),
                    None => {
                        more = false;
                        break;
                    }
                }
            }
            ledger.transaction(|transaction| {
                for found in together {
                    if let Err((line, reason)) = self.carry(transaction, found)? {
                        return Err(ImportError::Changed { line, reason });
                    }
                    self.tell(progress, false);
                }
                Ok(())
            })?;
        }
        Ok(std::mem::take(&mut self.report))
    }

    fn tell(&mut self, progress: &mut Progress<'_>, trying: bool) {
        self.seen = self.seen.saturating_add(1);
        if let Some(told) = progress.as_mut().filter(|_| self.seen.is_multiple_of(REPORTED)) {
            told(ImportProgress { trying, items: self.seen });
        }
    }

    /// Carries one item out; what is rejected is told with its line.
    fn carry(
        &mut self,
        transaction: &mut Transaction<'_>,
        found: Found,
    ) -> Result<Result<(), (u64, String)>, ImportError> {
        let mut report = std::mem::take(&mut self.report);
        let mut given = Given { transaction, report: &mut report };
        let carried = match found.item {
            Ok(item) => self.item(&mut given, item),
            Err(reason) => Err(No::Line(reason)),
        };
        self.report = report;
        match carried {
            Ok((transactions, assertions)) => {
                self.report.transactions = self.report.transactions.saturating_add(transactions);
                self.report.assertions = self.report.assertions.saturating_add(assertions);
                Ok(Ok(()))
            }
            Err(No::Line(reason)) => Ok(Err((found.line, reason))),
            Err(No::Failed(error)) => Err(error),
        }
    }

    /// How many transactions and assertions the item was.
    fn item(&mut self, give: &mut dyn Giver, item: Item) -> Result<(u64, u64), No> {
        match item {
            Item::Balance { account, asserted } => {
                self.check(give, &account, &asserted)?;
                Ok((0, 1))
            }
            Item::Transaction { key: own, date, narrative, parts, opening } => {
                let at = self.instant(&date)?;
                let key = match own {
                    Some(own) => key(self.under, &own),
                    None => self.made_key(&date, narrative.as_deref(), &parts),
                };
                let halves = self.halves(give, &parts)?;
                let several = halves.len() > 1;
                let mut entries: BTreeMap<String, std::collections::VecDeque<i128>> = BTreeMap::new();
                for half in halves.into_iter().filter(|half| !half.legs.is_empty()) {
                    let key = if several { self::key(&key, &half.code) } else { key.clone() };
                    let mut post = Post::new(key).effective(at);
                    post.legs = half.legs;
                    if opening {
                        post = post.kind(EntryKind::Opening);
                    }
                    if let Some(narrative) = &narrative {
                        post = post.narrated(narrative.as_str());
                    }
                    let receipt = give.give(post.into())?.map_err(|rejection| rejection.to_string())?;
                    if receipt.is_replayed() {
                        self.behind = self.behind.max(Some(receipt.sequence()));
                    }
                    let after = receipt.entry().postings.iter().map(|line| line.after.posted(Side::Debit));
                    entries.insert(half.code, after.collect());
                }
                let mut assertions = 0;
                for part in &parts {
                    if !part.sum.amount.is_zero()
                        && let Some(after) = entries.get_mut(&part.sum.code).and_then(|lines| lines.pop_front())
                    {
                        self.held.insert((part.sum.code.clone(), part.account.clone()), after);
                    }
                    if let Some(asserted) = &part.asserted {
                        self.check(give, &part.account, asserted)?;
                        assertions += 1;
                    }
                }
                Ok((1, assertions))
            }
        }
    }

    /// The beginning of a day, or the instant that is named.
    fn instant(&self, date: &str) -> Result<Timestamp, No> {
        let wrong = || No::Line(format!("{date:?} is not a day"));
        match self.zone.days(date, date) {
            Ok(range) => Ok(range.start),
            Err(_) => date.parse().map_err(|_| wrong()),
        }
    }

    /// A key for a transaction without one: the same for the same transaction, another for one like it after it.
    fn made_key(&mut self, date: &str, narrative: Option<&str>, parts: &[Part]) -> String {
        let mut hasher = blake3::Hasher::new_derive_key("pacioli import v1");
        let mut add = |text: &str| {
            // The length keeps a text apart from the next.
            hasher.update(&(text.len() as u64).to_le_bytes()).update(text.as_bytes());
        };
        add(date);
        add(narrative.unwrap_or_default());
        for part in parts {
            add(&part.account);
            add(&part.sum.amount.normalize().to_string());
            add(&part.sum.code);
        }
        let digest = hasher.finalize();
        let short: [u8; 16] = digest.as_bytes().first_chunk().copied().unwrap_or_default();
        let count = self.alike.entry(short).or_default();
        *count = count.saturating_add(1);
        let digits = digest.to_hex();
        key(self.under, &format!("{}:{count}", digits.get(..32).unwrap_or_default()))
    }

    /// The lines by currency, each balanced by its book's FX position.
    fn halves(&mut self, give: &mut dyn Giver, parts: &[Part]) -> Result<Vec<Half>, No> {
        let mut halves: Vec<Half> = Vec::new();
        for part in parts {
            let code = &part.sum.code;
            if part.account.is_empty() {
                return Err("a line has no account".to_owned().into());
            }
            let at = match halves.iter().position(|half| half.code == *code) {
                Some(at) => at,
                None => {
                    let book = self.book(give, code, parts)?;
                    halves.push(Half { code: code.clone(), book, legs: Vec::new(), left: 0 });
                    halves.len() - 1
                }
            };
            let Some(half) = halves.get_mut(at) else { continue };
            let account = match numbered(&part.account) {
                Some(account) => account,
                None => self.places.account(give, &part.account, half.book.id)??,
            };
            let money = half.book.currency.decimal(part.sum.amount).map_err(|error| error.to_string())?;
            if let Some(leg) = leg(account, money) {
                half.left = half.left.checked_add(money.minor()).ok_or("a sum is too large".to_owned())?;
                half.legs.push(leg);
            }
        }
        let unbalanced = halves.iter().filter(|half| half.left != 0).count();
        if unbalanced == 1 {
            return Err("it does not balance".to_owned().into());
        }
        for half in halves.iter_mut().filter(|half| half.left != 0) {
            let rest = half.book.currency.minor(-half.left).map_err(|error| error.to_string())?;
            half.legs.extend(leg(half.book.system(SystemAccount::FxPosition), rest));
        }
        Ok(halves)
    }

    /// The book of a currency's lines: that of the ledger's own accounts among them, or else the import's own.
    fn book(&mut self, give: &mut dyn Giver, code: &str, parts: &[Part]) -> Result<Book, No> {
        let own = parts.iter().filter(|part| part.sum.code == code).find_map(|part| numbered(&part.account));
        let Some(own) = own else { return Ok(self.places.book(give, code)??) };
        let account = give.account(own)?.map_err(|rejection| rejection.to_string())?;
        if account.currency.code() != code {
            return Err(format!("account {} is kept in {}", own.number(), account.currency).into());
        }
        Ok(give.book(account.book)?)
    }

    /// Whether an account has what it is said to have.
    fn check(&mut self, give: &mut dyn Giver, name: &str, asserted: &Asserted) -> Result<(), No> {
        let code = &asserted.sum.code;
        let currency = match numbered(name) {
            Some(own) => give.account(own)?.map_err(|rejection| rejection.to_string())?.currency,
            None => self.places.book(give, code)??.currency,
        };
        let stated = currency.decimal(asserted.sum.amount).map_err(|error| error.to_string())?;
        let mut held = match self.held.get(&(code.clone(), name.to_owned())) {
            Some(held) => *held,
            None => self.before(give, name, code)?,
        };
        if asserted.below {
            let from = (code.clone(), format!("{name}:"));
            let below = self
                .held
                .range(from.clone()..)
                .take_while(|((of, account), _)| *of == from.0 && account.starts_with(from.1.as_str()));
            held = below.map(|(_, held)| *held).sum::<i128>().saturating_add(held);
        }
        if held == stated.minor() {
            return Ok(());
        }
        let held = currency.minor(held).map_or_else(|_| "more than can be told".to_owned(), Money::text);
        Err(format!("{name} has {held} {code}, {} {code} is asserted", stated.text()).into())
    }

    /// What an account had before this import's first line of it.
    fn before(&mut self, give: &mut dyn Giver, name: &str, code: &str) -> Result<i128, No> {
        let view = self.ledger.view().map_err(ImportError::from)?;
        let account = match numbered(name) {
            Some(own) => Some(own),
            None => {
                let book = self.places.book(give, code)??.id;
                let found = view.account_identified(&self.places.identified(name, book)).map_err(ImportError::from)?;
                found.map(|account| account.id)
            }
        };
        let Some(account) = account else { return Ok(0) };
        // Of an import that is given again, later lines are in the ledger already.
        let balance = match self.behind {
            Some(behind) => {
                let view = self.ledger.view_at(behind).map_err(ImportError::from)?;
                view.balance(account).map_err(ImportError::from)?.totals
            }
            None => give.balance(account)?,
        };
        Ok(balance.posted(Side::Debit))
    }
}

/// A line of an entry, unless it moves nothing.
fn leg(account: AccountId, money: Money) -> Option<Leg> {
    if money.is_zero() {
        return None;
    }
    let side = if money.is_positive() { Side::Debit } else { Side::Credit };
    let money = if money.is_positive() { money } else { money.negated() };
    Some(Leg { account, side, money })
}
