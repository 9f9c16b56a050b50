//! Reads a scenario line by line, gives its commands to a ledger, and compares the answers.

#[path = "payouts.rs"]
mod payouts;

use std::collections::BTreeMap;
use std::sync::Arc;

use pacioli::prelude::*;
use pacioli::{AccountClass, AccountTypeRule, Leg, LimitId, ManualClock, Mode, MonitorId, SetId, Side, SystemAccount};

use crate::parties;

#[path = "limits.rs"]
mod limits;

use super::holds;
use crate::exchange;
#[path = "invoices.rs"]
mod invoices;

/// Runs a scenario; panics naming each line that is answered otherwise than it says.
pub(crate) fn run(name: &str, text: &str) {
    let (mut stage, mut wrong) = (Stage::new(), Vec::new());
    for (at, line) in text.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default().trim();
        if line.is_empty() || line.starts_with("==") {
            continue;
        }
        let whereabouts = format!("{name}.txt, line {}: {line}", at + 1);
        let (command, expected) = line.split_once("->").unwrap_or((line, "ok"));
        let answer = stage.answer(&Words::read(command));
        if told(&answer) != expected.trim() {
            wrong.push(format!("{whereabouts}\n    answered {} ({answer:?})", told(&answer)));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn told(answer: &Result<(), Rejection>) -> String {
    match answer {
        Ok(()) => "ok".to_owned(),
        Err(Rejection::ItemRefused { reason, .. }) => format!("rejected: 313 ItemRefused, {}", reason_of(reason)),
        Err(rejection) => format!("rejected: {}", reason_of(rejection)),
    }
}

fn reason_of(rejection: &Rejection) -> String {
    let (code, name) = Rejection::CODES.iter().find(|(code, _)| *code == rejection.code()).unwrap();
    format!("{code} {name}")
}

/// A line's words: those in order, and those that are named.
pub(crate) struct Words<'a> {
    pub(crate) plain: Vec<&'a str>,
    pub(crate) named: Vec<(&'a str, &'a str)>,
}

impl<'a> Words<'a> {
    fn read(line: &'a str) -> Self {
        let mut words = Self { plain: Vec::new(), named: Vec::new() };
        for word in line.split_whitespace() {
            match word.split_once(':') {
                Some(named) => words.named.push(named),
                None => words.plain.push(word),
            }
        }
        words
    }

    pub(crate) fn at(&self, place: usize) -> &'a str {
        self.plain.get(place).copied().unwrap_or_else(|| panic!("a word is missing: {:?}", self.plain))
    }

    pub(crate) fn has(&self, word: &str) -> bool {
        self.plain.contains(&word)
    }

    pub(crate) fn named(&self, name: &str) -> Option<&'a str> {
        self.named.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }

    /// The values of a name that may come several times.
    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &'a str> {
        self.named.iter().filter(move |(known, _)| *known == name).map(|(_, value)| *value)
    }

    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.named(name).map(text)
    }

    pub(crate) fn key(&self) -> Box<str> {
        text(self.at(1)).into()
    }
}

/// `long` is longer than any text may be, `-` is empty.
pub(crate) fn text(word: &str) -> String {
    match word {
        "long" => "x".repeat(5_000),
        "-" => String::new(),
        word => word.replace('_', " "),
    }
}

fn amount(word: &str) -> Amount {
    Currency::KES.money(word).unwrap().amount().unwrap()
}

/// `1.00` of KES, or `1.00GBP`.
pub(crate) fn sum(word: &str) -> Money {
    let at = word.find(|letter: char| letter.is_ascii_alphabetic()).unwrap_or(word.len());
    let (figure, code) = word.split_at(at);
    match code {
        "" => Currency::KES.money(figure).unwrap(),
        // KES without decimals, and with four.
        "whole" => Currency::KES.with_scale(0).unwrap().money(figure).unwrap(),
        "fine" => Currency::KES.with_scale(4).unwrap().money(figure).unwrap(),
        code => Currency::new(code, 2).unwrap().money(figure).unwrap(),
    }
}

fn kind(word: &str) -> EntryKind {
    serde_json::from_value(word.to_uppercase().into()).unwrap()
}

/// The ledger, and what the names of a scenario stand for.
pub(crate) struct Stage {
    pub(crate) ledger: Ledger,
    pub(crate) clock: Arc<ManualClock>,
    books: BTreeMap<String, BookId>,
    pub(crate) clients: BTreeMap<String, ClientId>,
    pub(crate) parties: BTreeMap<String, CounterpartyId>,
    accounts: BTreeMap<String, AccountId>,
    services: BTreeMap<String, ServiceId>,
    devices: BTreeMap<String, DeviceId>,
    payouts: BTreeMap<String, PayoutId>,
    pub(crate) entries: BTreeMap<String, Sequence>,
    limits: BTreeMap<String, LimitId>,
    monitors: BTreeMap<String, MonitorId>,
    pub(crate) sets: BTreeMap<String, SetId>,
}

/// What a name stands for, if it was given; else something that does not exist.
pub(crate) fn known<T: Copy>(names: &BTreeMap<String, T>, name: &str, nothing: T) -> T {
    names.get(name).copied().unwrap_or(nothing)
}

impl Stage {
    fn new() -> Self {
        let clock = holds::clock();
        Self {
            ledger: Ledger::builder().clock(Arc::clone(&clock)).in_memory().unwrap(),
            clock,
            books: BTreeMap::new(),
            clients: BTreeMap::new(),
            parties: BTreeMap::new(),
            accounts: BTreeMap::new(),
            services: BTreeMap::new(),
            entries: BTreeMap::new(),
            devices: BTreeMap::new(),
            payouts: BTreeMap::new(),
            limits: BTreeMap::new(),
            monitors: BTreeMap::new(),
            sets: BTreeMap::new(),
        }
    }

    pub(crate) fn book(&self, words: &Words<'_>) -> BookId {
        known(&self.books, words.named("book").unwrap_or("nothing"), BookId(999))
    }

    pub(crate) fn client(&self, words: &Words<'_>) -> ClientId {
        known(&self.clients, words.named("client").unwrap_or("nothing"), ClientId(999))
    }

    pub(crate) fn account(&self, name: &str) -> AccountId {
        known(&self.accounts, name, AccountId(999))
    }

    /// `none` for no service at all.
    pub(crate) fn service(&self, name: &str) -> ServiceId {
        if name == "none" { ServiceId(0) } else { known(&self.services, name, ServiceId(999)) }
    }

    /// Carries a line out.
    fn answer(&mut self, words: &Words<'_>) -> Result<(), Rejection> {
        if words.at(0) == "balance" {
            let balance = self.ledger.view().unwrap().balance(self.account(words.at(1))).unwrap();
            assert_eq!(balance.current.text(), words.at(2), "of {}", words.at(1));
            return Ok(());
        }
        if let Some(answer) = holds::looked(self, words) {
            return answer;
        }
        let before = self.ledger.view().unwrap().sequence();
        let receipt = match self.ledger.execute(self.expecting(self.command(words), words)) {
            Ok(receipt) => receipt,
            Err(Error::Rejected(rejection)) => {
                assert_eq!(self.ledger.view().unwrap().sequence(), before, "a refusal has written");
                return Err(rejection);
            }
            Err(error) => panic!("{error}"),
        };
        self.remember(words, &receipt);
        let name = words.at(1).to_owned();
        if payouts::remember(self, &name, &receipt) {
            self.entries.insert(words.plain.join("."), receipt.sequence());
            return Ok(());
        }
        if let Some(set) = receipt.set() {
            self.sets.insert(name, set);
        } else if let Some(book) = receipt.opened_book() {
            let record = self.ledger.view().unwrap().book(book).unwrap();
            self.accounts.insert(format!("{name}.external"), record.system(SystemAccount::External));
            self.accounts.insert(format!("{name}.fees"), record.system(SystemAccount::FeeIncome));
            self.books.insert(name, book);
        } else if let Some(party) = receipt.counterparty() {
            self.parties.insert(name, party);
        } else if let Some(client) = receipt.client() {
            self.clients.insert(name, client);
        } else if let Some(account) = receipt.account() {
            self.entries.insert(name.clone(), receipt.sequence());
            self.accounts.insert(name, account);
        } else if let Some(service) = receipt.service() {
            self.services.insert(name, service);
        } else {
            self.entries.insert(name, receipt.sequence());
        }
        Ok(())
    }

    fn command(&self, words: &Words<'_>) -> Command {
        if let Some(command) = self.limits(words) {
            return command;
        }
        match words.at(0) {
            "book" => {
                let currency = Currency::new(words.at(2), 2).unwrap();
                let mut book = NewBook::live(text(words.at(1)), currency);
                book.mode = if words.named("mode") == Some("test") { Mode::Test } else { Mode::Live };
                book.accounts_max = words.named("quota").map_or(0, |quota| quota.parse().unwrap());
                book.text_scale = words.named("digits").map_or(2, |digits| digits.parse().unwrap());
                book.into()
            }
            "client" => {
                let contact = Contact::new("Jane", words.text("email").unwrap_or("jane@shop.ke".into()), "0722");
                let pin = words.text("pin").unwrap_or("P05".into());
                let mut client = NewClient::business(text(words.at(1)), "Kenya", pin, contact);
                client.code = words.named("code").map(str::to_owned);
                client.into()
            }
            "type" => {
                let class: AccountClass = serde_json::from_value(words.at(2).into()).unwrap();
                AccountTypeRule::new(words.at(1), class).into()
            }
            "account" => self.new_account(words).into(),
            "service" => self.new_service(words).into(),
            "client-is" => {
                let active = Some(words.at(2) == "active");
                (self.clients[words.at(1)], ClientChange { active, ..ClientChange::default() }).into()
            }
            "account-is" => {
                let status = match words.at(2) {
                    "active" => AccountStatus::Active,
                    "inactive" => AccountStatus::Inactive,
                    _ => AccountStatus::Closed,
                };
                (self.account(words.at(1)), AccountChange::status(status, words.at(2))).into()
            }
            "service-is" => {
                let active = Some(words.at(2) == "active");
                (self.service(words.at(1)), ServiceChange { active, ..ServiceChange::default() }).into()
            }
            "close" => {
                let book = known(&self.books, words.at(2), BookId(999));
                exchange::close(words, book, text(words.at(1))).into()
            }
            "payer" | "payer-is" | "erase" | "erase-client" | "mail-is" => parties::command(self, words),
            _ => {
                let command = super::events::command(words).or_else(|| self.invoices(words));
                let command = command.or_else(|| payouts::command(self, words));
                let command = command.or_else(|| holds::command(self, words));
                let command = command.or_else(|| super::chart::command(self, words));
                command.unwrap_or_else(|| self.movement(words))
            }
        }
    }

    fn new_account(&self, words: &Words<'_>) -> NewAccount {
        let account_type = AccountType::new(words.named("type").unwrap_or("WORKING"));
        let mut account = NewAccount::new(self.client(words), self.book(words), account_type);
        account.name = words.text("name");
        account.path = words.named("path").map(Into::into);
        account.external_id = words.text("id");
        account.provisioned = words.has("provisioned");
        account.minimum_balance = words.named("floor").map_or(Amount::ZERO, amount);
        account.overdraft_limit = words.named("limit").map(amount);
        if let Some(overdraft) = words.named("overdraft") {
            account.can_overdraw = true;
            account.overdraft_limit = (overdraft != "any").then(|| amount(overdraft));
        }
        account
    }

    fn new_service(&self, words: &Words<'_>) -> NewService {
        let product = words.named("product").unwrap_or(words.at(1));
        let mut service = NewService::new(self.client(words), self.book(words), product);
        service.name = words.text("name");
        service.code = words.named("code").map(str::to_owned);
        service.tariff = match words.named("fee") {
            None => Tariff::Free,
            Some("nothing") => Tariff::Banded(Vec::new()),
            Some("crossed") => Tariff::Flat(Fee::percentage(Rate::ZERO).at_least(amount("2")).at_most(amount("1"))),
            Some(fee) => Tariff::Flat(match fee.strip_suffix('%') {
                Some(percent) => Fee::percentage(Rate::percent_text(percent).unwrap()),
                None => Fee::Fixed(amount(fee)),
            }),
        };
        // Covers sums up to an end.
        if let (Some(end), Tariff::Flat(fee)) = (words.named("upto"), service.tariff.clone()) {
            service.tariff = Tariff::Banded(vec![pacioli::Band { up_to: Some(amount(end)), fee }]);
        }
        service.minimum = words.named("min").map(amount);
        service.maximum = words.named("max").map(amount);
        service.cross_client = words.has("crosses");
        service.narrative_required = words.has("narrated").then_some(true);
        service.bearer = if words.has("payee") { FeeBearer::Payee } else { FeeBearer::Payer };
        service.reserve = holds::reserve(self, words);
        service.pool_account = words.named("pool").map(|pool| self.account(pool));
        service.commission_account = words.named("commission").map(|account| self.account(account));
        if let Some(only) = words.named("only") {
            let is = |operation| only == operation;
            service.operations = Operations {
                credit: is("credit"),
                debit: is("debit"),
                transfer: is("transfer"),
                reversal: is("reversal"),
                exchange: is("exchange"),
            };
        }
        service
    }

    pub(crate) fn movement(&self, words: &Words<'_>) -> Command {
        let key = words.key();
        let service = self.service(words.named("under").unwrap_or("nothing"));
        // What every movement may carry, for each of their types.
        macro_rules! filled {
            ($movement:expr) => {{
                let mut movement = $movement;
                if let Some(note) = words.text("note") {
                    movement = movement.narrated(note);
                }
                for (_, reference) in words.named.iter().filter(|(name, _)| *name == "ref") {
                    let (kind, id) = reference.split_once('=').unwrap();
                    movement = movement.referring(text(kind), text(id));
                }
                if let Some(at) = words.named("at") {
                    movement = movement.effective(exchange::instant(at));
                }
                if let Some(payer) = words.named("payer") {
                    movement = movement.paid_by(Party::name("Jane").of(parties::known_party(self, payer)));
                }
                let command = Command::from(movement);
                match words.text("actor") {
                    Some(actor) => command.by(actor),
                    None => command,
                }
            }};
        }
        match words.at(0) {
            "credit" => {
                let mut credit = Credit::new(self.account(words.at(2)), service, sum(words.at(3)), key);
                credit.counter = words.named("from").map(|account| self.account(account));
                credit.kind = words.named("kind").map_or(EntryKind::Credit, kind);
                credit.clearing = holds::clearing(words);
                filled!(credit)
            }
            "debit" => {
                let mut debit = Debit::new(self.account(words.at(2)), service, sum(words.at(3)), key);
                debit.counter = words.named("to").map(|account| self.account(account));
                debit.kind = words.named("kind").map_or(EntryKind::Debit, kind);
                filled!(debit)
            }
            "transfer" => {
                let (from, to) = (self.account(words.at(2)), self.account(words.at(3)));
                filled!(Transfer::new(from, to, service, sum(words.at(4)), key))
            }
            "post" => {
                let mut post = Post::new(key);
                post.kind = words.named("kind").map_or(EntryKind::Adjustment, kind);
                post.forced = words.has("forced");
                for (at, word) in words.plain.iter().enumerate().skip(2) {
                    let side = match *word {
                        "dr" => Side::Debit,
                        "cr" => Side::Credit,
                        _ => continue,
                    };
                    let (account, money) = (self.account(words.at(at + 1)), sum(words.at(at + 2)));
                    post.legs.push(Leg { account, side, money });
                }
                if words.has("crowd") {
                    post.legs = vec![post.legs[0]; 257];
                }
                filled!(post)
            }
            "reverse" => {
                let original = known(&self.entries, words.at(2), Sequence(999));
                let mut reverse = Reverse::whole(original);
                reverse.key = (words.at(1) != "*").then_some(key);
                reverse.part = words.named("part").map(sum);
                reverse.service = words.named("under").map(|service| self.service(service));
                reverse.forced = words.has("forced");
                filled!(reverse)
            }
            "exchange" => {
                let accounts = (self.account(words.at(2)), self.account(words.at(3)));
                filled!(exchange::exchange(words, accounts, service, sum(words.at(4)), key))
            }
            other => panic!("{other} is not a command"),
        }
    }
}
