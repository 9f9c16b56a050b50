//! A ledger as a beginner would write it: a list of entries, and every figure a sum over that list.
//!
//! It knows the law and nothing of the engine: no totals are kept, a key is looked for from the first entry on, and
//! going back means having kept a copy. It uses the crate's values and none of its rules.

use std::sync::Arc;

use pacioli::money::{Amount, Currency, Money};
use pacioli::{
    Account, AccountId, AccountSet, AccountTypeRule, Balance, Book, BookId, Client, ClientId, Command, Credit, Debit,
    Entry, Event, Exchange, Flows, Held, HoldId, Limit, Member, Monitor, Post, Posting, Rejection, Request, Role,
    Sequence, Service, ServiceId, SetId, Side, Stage, Timestamp, Transfer,
};

use super::arithmetic::amount;
use super::holds::{self, Asked};
use super::movements::Way;
use super::texts;

/// A command as the test gives it.
#[derive(Clone, Debug)]
pub struct Ask {
    pub command: Command,
    /// The key of a command that is no movement: such a command does not show its key to other crates.
    pub key: Option<String>,
}

impl Ask {
    pub fn of(command: impl Into<Command>) -> Self {
        Self { command: command.into(), key: None }
    }
}

/// What a command is answered with when it is not refused.
#[derive(Clone, Debug)]
pub struct Answer {
    pub entry: Arc<Entry>,
    pub replayed: bool,
}

/// The naive ledger. Records by identifier, counted from 1; the entries, and what was asked to make each.
#[derive(Clone, Debug, Default)]
pub struct Naive {
    pub books: Vec<Book>,
    pub types: Vec<AccountTypeRule>,
    pub clients: Vec<Client>,
    pub accounts: Vec<Account>,
    pub services: Vec<Service>,
    pub limits: Vec<Limit>,
    pub monitors: Vec<Monitor>,
    pub sets: Vec<AccountSet>,
    /// What is in which set.
    pub members: Vec<(SetId, Member)>,
    /// Every list of allowed flows, the latest last.
    pub flows: Vec<Flows>,
    pub entries: Vec<Arc<Entry>>,
    asked: Vec<Arc<Request>>,
}

/// When and where the next entry stands.
#[derive(Clone, Copy, Debug)]
pub struct Next {
    pub sequence: Sequence,
    pub at: Timestamp,
}

/// A line before it is posted.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    pub account: AccountId,
    pub side: Side,
    pub role: Role,
    pub stage: Stage,
    pub minor: i128,
}

impl Line {
    /// A line that moves money at once.
    pub fn posted(account: AccountId, side: Side, role: Role, minor: i128) -> Self {
        Self { account, side, role, stage: Stage::Posted, minor }
    }
}

/// What lines must leave on an account that ends with less available than before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Its floor.
    Floor,
    /// Its floor, and of a client's account at least zero.
    AtLeastZero,
    Nothing,
}

/// An account's four totals: debits posted, credits posted, debits pending, credits pending.
type Totals = [i128; 4];

/// What a line adds to each total.
fn adds(stage: Stage, side: Side, minor: i128) -> Totals {
    let (own, other) = if side == Side::Debit { (0, 1) } else { (1, 0) };
    let mut adds = [0; 4];
    match stage {
        Stage::Posted => adds[own] = minor,
        Stage::Held => adds[2 + own] = minor,
        Stage::Captured => (adds[own], adds[2 + own]) = (minor, -minor),
        Stage::Released => adds[2 + own] = -minor,
        Stage::Clearing => (adds[own], adds[2 + other]) = (minor, minor),
        _ => unreachable!("a stage that the model does not know"),
    }
    adds
}

fn sum(totals: impl Iterator<Item = Totals>) -> Totals {
    totals.fold([0; 4], |sum, adds| std::array::from_fn(|at| sum[at] + adds[at]))
}

/// What may be spent: what is posted, less what is reserved to go.
fn available(totals: Totals, normal: Side) -> i128 {
    match normal {
        Side::Debit => totals[0] - totals[1] - totals[3],
        Side::Credit => totals[1] - totals[0] - totals[2],
    }
}

fn balance(totals: Totals) -> Balance {
    let [debits_posted, credits_posted, debits_pending, credits_pending] = totals.map(amount);
    Balance { debits_posted, credits_posted, debits_pending, credits_pending }
}

pub type Judged<T> = Result<T, Rejection>;

impl Naive {
    /// Carries out one command at the time `now`.
    pub fn give(&mut self, ask: &Ask, now: Timestamp) -> Judged<Answer> {
        let (client, key) = self.name(ask)?;
        if let Some(key) = &key {
            texts::filled("key", key)?;
            texts::within("key", key, 128)?;
            let known = |entry: &Arc<Entry>| entry.client == client && entry.key.as_deref() == Some(key);
            if let Some(place) = self.entries.iter().position(known) {
                let entry = Arc::clone(&self.entries[place]);
                return if self.same(&ask.command.request, &self.asked[place])? {
                    Ok(Answer { entry, replayed: true })
                } else {
                    Err(Rejection::IdempotencyConflict { original: entry.sequence })
                };
            }
        }
        self.conditions(&ask.command.conditions)?;
        if let Some(actor) = &ask.command.actor {
            texts::within("actor", actor, 256)?;
        }
        let next = Next {
            sequence: Sequence(self.entries.len() as u64 + 1),
            at: self.entries.last().map_or(now, |last| now.max(Timestamp(last.recorded_at.0 + 1))),
        };
        let (mut event, postings) = self.judge(&ask.command.request, next)?;
        if let Event::Posted(posted) = &mut event {
            posted.crossed = self.crossed(&postings).into();
        }
        let entry = Arc::new(Entry {
            sequence: next.sequence,
            recorded_at: next.at,
            actor: ask.command.actor.clone(),
            client,
            key: key.map(String::into_boxed_str),
            event,
            postings: postings.into(),
        });
        self.entries.push(Arc::clone(&entry));
        self.asked.push(Arc::new(ask.command.request.clone()));
        Ok(Answer { entry, replayed: false })
    }

    /// Whether two commands under one key ask for the same.
    fn same(&self, now: &Request, then: &Request) -> Judged<bool> {
        match (now, then) {
            (Request::Invoice(now), Request::Invoice(then)) => self.same_of_invoices(now, then),
            _ => Ok(content(now) == content(then)),
        }
    }

    /// Whose keys the command's key is one of, and the key.
    fn name(&self, ask: &Ask) -> Judged<(Option<ClientId>, Option<String>)> {
        let movement = |service, key: &str| {
            if key.is_empty() {
                return Err(Rejection::IdempotencyKeyRequired);
            }
            Ok((Some(self.service(service)?.terms.client), Some(key.to_owned())))
        };
        let post = |key: &str| {
            if key.is_empty() { Err(Rejection::IdempotencyKeyRequired) } else { Ok((None, Some(key.to_owned()))) }
        };
        let settlement = |prefix, hold: HoldId, key: &Option<Box<str>>, whole| {
            let client = holds::hold(&self.entries, hold).ok_or(Rejection::HoldNotFound { hold })?.client;
            match key {
                Some(key) => Ok((client, Some(key.to_string()))),
                None if whole => Ok((client, Some(format!("{prefix}{}", hold.0.0)))),
                None => Err(Rejection::IdempotencyKeyRequired),
            }
        };
        match &ask.command.request {
            Request::OpenBook(_) | Request::RegisterClient(_) | Request::Chart(_) => Ok((None, ask.key.clone())),
            Request::DefineAccountType(_) => Ok((None, None)),
            Request::ChangeClient(client, _) => Ok((Some(*client), ask.key.clone())),
            Request::OpenAccount(given) => Ok((Some(given.client), ask.key.clone())),
            Request::ChangeAccount(account, _) => Ok((self.account(*account)?.client, ask.key.clone())),
            Request::DefineService(given) => Ok((Some(given.client), ask.key.clone())),
            Request::ChangeService(service, _) => Ok((Some(self.service(*service)?.terms.client), ask.key.clone())),
            Request::Credit(given) => movement(given.service, &given.key),
            Request::Debit(given) => movement(given.service, &given.key),
            Request::Transfer(given) => movement(given.service, &given.key),
            Request::Exchange(given) => movement(given.service, &given.key),
            Request::ClosePeriod(given) => post(&given.key),
            Request::Invoice(given) => self.invoice_name(given),
            Request::Post(given) => post(&given.key),
            Request::PlaceHold(given) => match &given.movement {
                Held::Credit(Credit { service, key, .. })
                | Held::Debit(Debit { service, key, .. })
                | Held::Transfer(Transfer { service, key, .. })
                | Held::Exchange(Exchange { service, key, .. }) => movement(*service, key),
                Held::Post(Post { key, .. }) => post(key),
                _ => unreachable!("a movement that the model does not know"),
            },
            Request::Capture(given) => settlement("CPT", given.hold, &given.key, given.part.is_none()),
            Request::Release(given) => settlement("RLS", given.hold, &given.key, given.part.is_none()),
            Request::Expire(given) => settlement("EXP", given.hold, &None, true),
            Request::Reverse(given) => {
                let client = self.entry(given.original)?.client;
                match &given.key {
                    Some(key) => Ok((client, Some(key.to_string()))),
                    None if given.part.is_none() => Ok((client, Some(format!("RVS{}", given.original.0)))),
                    None => Err(Rejection::IdempotencyKeyRequired),
                }
            }
            Request::Limits(given) => Ok((self.limits_client(given)?, ask.key.clone())),
            Request::Cursor(given) => Ok((None, Some(self.cursor_key(given)?))),
            _ => unreachable!("a request that the model does not know"),
        }
    }

    fn judge(&mut self, request: &Request, next: Next) -> Judged<(Event, Vec<Posting>)> {
        let event = match request {
            Request::OpenBook(given) => self.open_book(given, next)?,
            Request::DefineAccountType(given) => self.define_type(given)?,
            Request::RegisterClient(given) => self.register_client(given, next)?,
            Request::ChangeClient(client, given) => self.change_client(*client, given, next)?,
            Request::OpenAccount(given) => self.open_account(given, next)?,
            Request::ChangeAccount(account, given) => self.change_account(*account, given, next)?,
            Request::DefineService(given) => self.define_service(given, next)?,
            Request::ChangeService(service, given) => self.change_service(*service, given, next)?,
            Request::Credit(given) => return self.credit(given, Way::Happens, next),
            Request::Debit(given) => return self.debit(given, Way::Happens, next),
            Request::Transfer(given) => return self.transfer(given, Way::Happens, next),
            Request::Post(given) => return self.post(given, Way::Happens, next),
            Request::Chart(given) => self.chart(given, next)?,
            Request::Reverse(given) => return self.reverse(given, next),
            Request::PlaceHold(given) => return self.place(given, next),
            Request::Capture(given) => return self.settle(&Asked::capture(given), next),
            Request::Release(given) => return self.settle(&Asked::release(given), next),
            Request::Expire(given) => return self.settle(&Asked::expire(given), next),
            Request::Limits(given) => self.set_limits(given, next)?,
            Request::Cursor(given) => self.set_cursor(given, next)?,
            Request::Exchange(given) => return self.exchange(given, Way::Happens, next),
            Request::ClosePeriod(given) => self.close_period(given, next)?,
            Request::Invoice(given) => return self.collect(given, next),
            _ => unreachable!("a request that the model does not know"),
        };
        Ok((event, Vec::new()))
    }
}

/// Finding records.
impl Naive {
    pub fn book(&self, book: BookId) -> Judged<&Book> {
        self.books.iter().find(|record| record.id == book).ok_or(Rejection::BookNotFound { book })
    }

    pub fn client(&self, client: ClientId) -> Judged<&Client> {
        self.clients.iter().find(|record| record.id == client).ok_or(Rejection::ClientNotFound { client })
    }

    pub fn active_client(&self, client: ClientId) -> Judged<&Client> {
        let record = self.client(client)?;
        if record.active { Ok(record) } else { Err(Rejection::ClientInactive { client }) }
    }

    pub fn account(&self, account: AccountId) -> Judged<&Account> {
        self.accounts.iter().find(|record| record.id == account).ok_or(Rejection::AccountNotFound { account })
    }

    pub fn service(&self, service: ServiceId) -> Judged<&Service> {
        let none = if service.0 == 0 { Rejection::ServiceRequired } else { Rejection::ServiceNotFound { service } };
        self.services.iter().find(|record| record.id == service).ok_or(none)
    }

    pub fn entry(&self, entry: Sequence) -> Judged<&Arc<Entry>> {
        self.entries.iter().find(|record| record.sequence == entry).ok_or(Rejection::EntryNotFound { entry })
    }
}

/// Sums over the list.
impl Naive {
    /// Every posting of the account, oldest first, with its entry.
    pub fn postings(&self, account: AccountId) -> impl Iterator<Item = (Sequence, &Posting)> {
        self.entries
            .iter()
            .flat_map(|entry| entry.postings.iter().map(|posting| (entry.sequence, posting)))
            .filter(move |(_, posting)| posting.account == account)
    }

    pub fn balance(&self, account: AccountId) -> Balance {
        balance(self.totals(account))
    }

    fn totals(&self, account: AccountId) -> Totals {
        sum(self.postings(account).map(|(_, line)| adds(line.stage, line.side, line.amount.signed())))
    }

    /// What the account has, positive on its normal side.
    pub fn held(&self, account: &Account) -> i128 {
        let [debits, credits, ..] = self.totals(account.id);
        if account.normal_side == Side::Debit { debits - credits } else { credits - debits }
    }

    /// Posts the lines: the totals after each, unless a total grows too great or an account falls below its floor.
    pub fn posted(&self, lines: &[Line], keep: Keep, next: Next) -> Judged<Vec<Posting>> {
        let mut postings: Vec<Posting> = Vec::new();
        for line in lines {
            let record = self.account(line.account)?;
            let before = self.postings(line.account);
            let own = postings.iter().filter(|posting| posting.account == line.account);
            let history: Vec<(Sequence, Totals)> = before
                .chain(own.map(|posting| (next.sequence, posting)))
                .map(|(entry, posting)| (entry, adds(posting.stage, posting.side, posting.amount.signed())))
                .collect();
            let this = adds(line.stage, line.side, line.minor);
            let totals = sum(history.iter().map(|(_, adds)| *adds).chain([this]));
            assert!(totals.iter().all(|total| *total >= 0), "more is settled than was reserved: {line:?}");
            // What is reserved can always be captured.
            if totals[0] + totals[2] > Amount::MAX.signed() || totals[1] + totals[3] > Amount::MAX.signed() {
                return Err(Rejection::AmountOverflow { account: line.account });
            }
            let number = history.len() + 1;
            let spans = (1..=6).map(|level| 16usize.pow(level)).take_while(|span| number.is_multiple_of(*span));
            postings.push(Posting {
                account: line.account,
                book: record.book,
                side: line.side,
                normal: record.normal_side,
                role: line.role,
                stage: line.stage,
                amount: amount(line.minor),
                after: balance(totals),
                number: number as u64,
                previous: history.last().map_or(Sequence(0), |(sequence, _)| *sequence),
                // The posting so many before this one, where there is one.
                skips: spans.filter(|span| number > *span).map(|span| history[number - span - 1].0).collect(),
            });
        }
        if keep != Keep::Nothing {
            self.floors(lines, keep)?;
        }
        Ok(postings)
    }

    /// Who ends with less available than before must keep the floor. Accounts in the order of their last lines.
    fn floors(&self, lines: &[Line], keep: Keep) -> Judged<()> {
        for (place, line) in lines.iter().enumerate() {
            if lines.iter().skip(place + 1).any(|later| later.account == line.account) {
                continue;
            }
            let record = self.account(line.account)?;
            let own = lines.iter().filter(|other| other.account == line.account);
            let before = self.totals(line.account);
            let after = sum(own.map(|line| adds(line.stage, line.side, line.minor)).chain([before]));
            let [available, left] = [before, after].map(|totals| available(totals, record.normal_side));
            let zero = keep == Keep::AtLeastZero && record.client.is_some();
            let floor = match (record.can_overdraw, record.overdraft_limit) {
                (true, _) if zero => 0,
                (true, None) => continue,
                (true, Some(limit)) => -limit.signed(),
                (false, _) => record.minimum_balance.signed(),
            };
            if left < available && left < floor {
                let (account, required) = (line.account, available - left);
                return Err(Rejection::InsufficientFunds { account, required, available, floor });
            }
        }
        Ok(())
    }
}

/// A sum in minor units of a currency, above zero.
pub fn positive(money: Money, expected: Currency) -> Judged<i128> {
    let minor = in_currency(money, expected)?;
    if minor > 0 { Ok(minor) } else { Err(Rejection::AmountNotPositive { given: minor }) }
}

/// A sum in minor units of a currency.
pub fn in_currency(money: Money, expected: Currency) -> Judged<i128> {
    let given = money.currency();
    if given.code() != expected.code() {
        return Err(Rejection::CurrencyMismatch { expected, given });
    }
    let precision = Rejection::AmountPrecision { scale: expected.scale() };
    let mut minor = money.minor();
    for _ in expected.scale()..given.scale() {
        if minor % 10 != 0 {
            return Err(precision);
        }
        minor /= 10;
    }
    for _ in given.scale()..expected.scale() {
        minor *= 10;
        if minor.abs() > Amount::MAX.signed() {
            return Err(Rejection::AmountTooLarge);
        }
    }
    Ok(minor)
}

/// What a command asks for, whoever gives it under whatever key, with every sum written in the shortest way.
fn content(request: &Request) -> Request {
    let mut content = request.clone();
    match &mut content {
        Request::Credit(given) => (given.money, given.key) = (shortest(given.money), Box::default()),
        Request::Debit(given) => (given.money, given.key) = (shortest(given.money), Box::default()),
        Request::Transfer(given) => (given.money, given.key) = (shortest(given.money), Box::default()),
        Request::Post(given) => nameless(given),
        Request::Reverse(given) => (given.part, given.key) = (given.part.map(shortest), None),
        Request::PlaceHold(given) => match &mut given.movement {
            Held::Credit(given) => (given.money, given.key) = (shortest(given.money), Box::default()),
            Held::Debit(given) => (given.money, given.key) = (shortest(given.money), Box::default()),
            Held::Transfer(given) => (given.money, given.key) = (shortest(given.money), Box::default()),
            Held::Post(given) => nameless(given),
            Held::Exchange(given) => (given.money, given.key) = (shortest(given.money), Box::default()),
            _ => {}
        },
        Request::Exchange(given) => (given.money, given.key) = (shortest(given.money), Box::default()),
        Request::ClosePeriod(given) => given.key = Box::default(),
        Request::Capture(given) => (given.part, given.key) = (given.part.map(shortest), None),
        Request::Release(given) => (given.part, given.key) = (given.part.map(shortest), None),
        // A hold expires once, whenever that is noticed.
        Request::Expire(given) => given.at = Timestamp::default(),
        Request::Cursor(given) => return super::cursors::content(given),
        _ => {}
    }
    content
}

fn nameless(given: &mut Post) {
    given.key = Box::default();
    given.legs.iter_mut().for_each(|leg| leg.money = shortest(leg.money));
}

fn shortest(money: Money) -> Money {
    let (mut minor, mut currency) = (money.minor(), money.currency());
    while minor % 10 == 0 && currency.scale() > 0 {
        minor /= 10;
        currency = currency.with_scale(currency.scale() - 1).expect("a smaller scale is one");
    }
    currency.minor(minor).expect("a smaller figure is one")
}
