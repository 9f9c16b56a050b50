//! A ledger as a beginner would write it: a list of entries, and every figure a sum over that list.
//!
//! It knows the law and nothing of the engine: no totals are kept, a key is looked for from the first entry on, and
//! going back means having kept a copy. It uses the crate's values and none of its rules.

use std::sync::Arc;

use pacioli::money::{Amount, Currency, Money};
use pacioli::{
    Account, AccountId, AccountTypeRule, Balance, Book, BookId, Client, ClientId, Command, Entry, Event, Limit,
    Monitor, Posting, Rejection, Request, Role, Sequence, Service, ServiceId, Side, Timestamp,
};

use super::arithmetic::amount;
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
    pub minor: i128,
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
                return if content(&self.asked[place]) == content(&ask.command.request) {
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
            posted.crossed = self.crossed(&postings);
        }
        let entry = Arc::new(Entry {
            sequence: next.sequence,
            recorded_at: next.at,
            actor: ask.command.actor.clone(),
            client,
            key: key.map(String::into_boxed_str),
            event,
            postings,
        });
        self.entries.push(Arc::clone(&entry));
        self.asked.push(Arc::new(ask.command.request.clone()));
        Ok(Answer { entry, replayed: false })
    }

    /// Whose keys the command's key is one of, and the key.
    fn name(&self, ask: &Ask) -> Judged<(Option<ClientId>, Option<String>)> {
        let movement = |service, key: &str| {
            if key.is_empty() {
                return Err(Rejection::IdempotencyKeyRequired);
            }
            Ok((Some(self.service(service)?.terms.client), Some(key.to_owned())))
        };
        match &ask.command.request {
            Request::OpenBook(_) | Request::RegisterClient(_) => Ok((None, ask.key.clone())),
            Request::DefineAccountType(_) => Ok((None, None)),
            Request::ChangeClient(client, _) => Ok((Some(*client), ask.key.clone())),
            Request::OpenAccount(given) => Ok((Some(given.client), ask.key.clone())),
            Request::ChangeAccount(account, _) => Ok((self.account(*account)?.client, ask.key.clone())),
            Request::DefineService(given) => Ok((Some(given.client), ask.key.clone())),
            Request::ChangeService(service, _) => Ok((Some(self.service(*service)?.terms.client), ask.key.clone())),
            Request::Credit(given) => movement(given.service, &given.key),
            Request::Debit(given) => movement(given.service, &given.key),
            Request::Transfer(given) => movement(given.service, &given.key),
            Request::Post(given) if given.key.is_empty() => Err(Rejection::IdempotencyKeyRequired),
            Request::Post(given) => Ok((None, Some(given.key.to_string()))),
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
            Request::Credit(given) => return self.credit(given, next),
            Request::Debit(given) => return self.debit(given, next),
            Request::Transfer(given) => return self.transfer(given, next),
            Request::Post(given) => return self.post(given, next),
            Request::Reverse(given) => return self.reverse(given, next),
            Request::Limits(given) => self.set_limits(given, next)?,
            Request::Cursor(given) => self.set_cursor(given, next)?,
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
        let (mut debits, mut credits) = (0, 0);
        for (_, posting) in self.postings(account) {
            match posting.side {
                Side::Debit => debits += posting.amount.signed(),
                Side::Credit => credits += posting.amount.signed(),
            }
        }
        Balance { debits_posted: amount(debits), credits_posted: amount(credits), ..Balance::default() }
    }

    /// What the account has, positive on its normal side.
    pub fn held(&self, account: &Account) -> i128 {
        let balance = self.balance(account.id);
        let (debits, credits) = (balance.debits_posted.signed(), balance.credits_posted.signed());
        if account.normal_side == Side::Debit { debits - credits } else { credits - debits }
    }

    /// Posts the lines: the totals after each, unless a total grows too great or an account falls below its floor.
    pub fn posted(&self, lines: &[Line], forced: bool, next: Next) -> Judged<Vec<Posting>> {
        let mut postings: Vec<Posting> = Vec::new();
        for line in lines {
            let record = self.account(line.account)?;
            let mut history: Vec<(Sequence, Side, i128)> = self
                .postings(line.account)
                .map(|(sequence, posting)| (sequence, posting.side, posting.amount.signed()))
                .collect();
            let own = postings.iter().filter(|posting| posting.account == line.account);
            history.extend(own.map(|posting| (next.sequence, posting.side, posting.amount.signed())));
            let total = |side| {
                let earlier: i128 = history.iter().filter(|(_, of, _)| *of == side).map(|(_, _, minor)| minor).sum();
                let total = earlier + if line.side == side { line.minor } else { 0 };
                Amount::minor(total).map_err(|_| Rejection::AmountOverflow { account: line.account })
            };
            let number = history.len() + 1;
            let spans = (1..=6).map(|level| 16usize.pow(level)).take_while(|span| number.is_multiple_of(*span));
            postings.push(Posting {
                account: line.account,
                book: record.book,
                side: line.side,
                normal: record.normal_side,
                role: line.role,
                stage: pacioli::Stage::Posted,
                amount: amount(line.minor),
                after: Balance {
                    debits_posted: total(Side::Debit)?,
                    credits_posted: total(Side::Credit)?,
                    ..Balance::default()
                },
                number: number as u64,
                previous: history.last().map_or(Sequence(0), |(sequence, _, _)| *sequence),
                // The posting so many before this one, where there is one.
                skips: spans.filter(|span| number > *span).map(|span| history[number - span - 1].0).collect(),
            });
        }
        if !forced {
            self.floors(lines)?;
        }
        Ok(postings)
    }

    /// Who ends lower than before must keep the floor. Accounts in the order of their last lines.
    fn floors(&self, lines: &[Line]) -> Judged<()> {
        for (place, line) in lines.iter().enumerate() {
            if lines.iter().skip(place + 1).any(|later| later.account == line.account) {
                continue;
            }
            let record = self.account(line.account)?;
            let change: i128 = lines
                .iter()
                .filter(|other| other.account == line.account)
                .map(|other| if other.side == record.normal_side { other.minor } else { -other.minor })
                .sum();
            let available = self.held(record);
            let floor = match (record.can_overdraw, record.overdraft_limit) {
                (true, None) => continue,
                (true, Some(limit)) => -limit.signed(),
                (false, _) => record.minimum_balance.signed(),
            };
            if change < 0 && available + change < floor {
                let account = line.account;
                return Err(Rejection::InsufficientFunds { account, required: -change, available, floor });
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
        Request::Post(given) => {
            given.key = Box::default();
            given.legs.iter_mut().for_each(|leg| leg.money = shortest(leg.money));
        }
        Request::Reverse(given) => (given.part, given.key) = (given.part.map(shortest), None),
        Request::Cursor(given) => return super::cursors::content(given),
        _ => {}
    }
    content
}

fn shortest(money: Money) -> Money {
    let (mut minor, mut currency) = (money.minor(), money.currency());
    while minor % 10 == 0 && currency.scale() > 0 {
        minor /= 10;
        currency = currency.with_scale(currency.scale() - 1).expect("a smaller scale is one");
    }
    currency.minor(minor).expect("a smaller figure is one")
}
