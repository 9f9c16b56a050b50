//! Random commands over a small world, so that things collide: most of them sensible, the others wrong in every way.

use std::borrow::Cow;

use pacioli::money::{Amount, Currency, Money, Rate, Rounding};
use pacioli::{
    Account, AccountChange, AccountClass, AccountId, AccountPath, AccountSetChange, AccountStatus, AccountType,
    AccountTypeRule, Band, BookId, Capture, Change, ClientChange, ClientId, ClosePeriod, Command, Contact,
    CounterpartyId, Counts, Credit, Debit, Details, DeviceRequest, Direction, EntryKind, Exchange, ExchangedSide, Fee,
    FeeBearer, Figure, Flows, Held, Leg, LimitChange, LimitId, Member, Metadata, MetadataChange, MonitorId, NewAccount,
    NewAccountSet, NewBook, NewClient, NewLimit, NewMonitor, NewService, Operations, Party, PartyKind, PartyRequest,
    PayoutRequest, Per, Post, PostingId, Reference, Release, Request, Reserve, RetireLimit, RetireMonitor, Reverse,
    Sequence, Service, ServiceChange, ServiceId, SetId, SetQuota, Side, Subject, Tariff, Tax, Timestamp, Transfer,
    Window,
};

use super::exchange;
use super::limits::available;
use super::naive::{Ask, Naive};
use super::random::Random;

const DAY_NS: i64 = 86_400_000_000_000;

/// Where commands come from.
#[derive(Debug)]
pub struct World {
    pub random: Random,
    /// Whether sums near the greatest may succeed: where they do, the accounts are soon full.
    huge: bool,
    /// How many of a hundred commands open or change records.
    records: u64,
    /// How many set or end limits, monitors and quotas.
    limits: u64,
    /// How many tell of payouts.
    payouts: u64,
    fresh: u64,
    asked: Vec<Ask>,
    /// How many device keys have been used.
    pub keys: usize,
    /// The counterparties that movements can name.
    pub known: Vec<CounterpartyId>,
}

impl World {
    pub fn new(mut random: Random) -> Self {
        let huge = random.percent(25);
        let records = random.one(&[4, 16]).unwrap();
        let limits = random.one(&[2, 10, 30]).unwrap();
        let payouts = random.one(&[10, 40, 70]).unwrap();
        let (asked, known) = (Vec::new(), Vec::new());
        Self { random, huge, records, limits, payouts, fresh: 0, asked, keys: 0, known }
    }

    /// What every world begins with: three books, three clients, and some accounts and services of each.
    pub fn beginning(&mut self) -> Vec<Ask> {
        let mut asks = vec![
            Ask::of(NewBook::live("shop.kes.main", Currency::KES)),
            Ask::of(NewBook::test("shop.kes.test", Currency::KES).quota(4)),
            Ask::of(NewBook::live("shop.usd.main", Currency::USD)),
            Ask::of(AccountTypeRule::new("VAULT", AccountClass::Asset)),
        ];
        asks.extend(Self::first_channels());
        asks.extend((0..3).map(|number| Ask::of(client(number))));
        for client in (1..=3).map(ClientId) {
            for book in (1..=3).map(BookId) {
                asks.push(Ask::of(NewAccount::new(client, book, AccountType::WORKING)));
                asks.push(Ask::of(
                    NewAccount::new(client, book, AccountType::FLOAT_ACCOUNT).overdraft(Some(minor(500))),
                ));
                let mut service = NewService::new(client, book, format!("PLAIN_{book}"));
                service.cross_client = client.0 == 2;
                if (client, book) != (ClientId(1), BookId(1)) && self.random.percent(60) {
                    self.charging(&mut service);
                }
                asks.push(Ask::of(service));
            }
        }
        asks.extend(self.first_devices());
        asks
    }

    /// A charge that can be much of the sum, and a share that can be more than the charge leaves.
    fn charging(&mut self, service: &mut NewService) {
        // The books have opened eighteen accounts of their own; each client has two in each book.
        let first = AccountId(19 + 6 * (service.client.0 - 1) + 2 * (service.book.0 - 1));
        let mut account = |cases| self.random.percent(cases).then(|| AccountId(first.0 + self.random.below(2)));
        service.commission_account = account(25);
        let reserve = account(60);
        service.tariff = Tariff::Flat(Fee::percentage(self.rate()));
        service.tax = self.some(50, |world| Tax { rate: world.rate() });
        service.bearer = self.random.one(&[FeeBearer::Payer, FeeBearer::Payee]).unwrap();
        service.reserve = reserve.map(|account| {
            let days = self.random.one(&[None, Some(0), Some(1)]).unwrap();
            Reserve { rate: self.rate(), days, account }
        });
    }

    /// A credit of the first client's first account, about which nothing is wrong.
    pub fn plain_credit(&mut self) -> Ask {
        self.fresh += 1;
        let money = Currency::KES.minor(1 + self.random.below(50) as i128).unwrap();
        // The three books have opened eighteen accounts of their own.
        Ask::of(Credit::new(AccountId(19), ServiceId(1), money, format!("k{}", self.fresh)))
    }

    /// The next command.
    pub fn ask(&mut self, model: &Naive, now: Timestamp) -> Ask {
        if self.random.percent(12)
            && let Some(ask) = self.again()
        {
            return ask;
        }
        self.know(model);
        let (records, limits, payouts) = (self.records, self.limits, self.payouts);
        let weights = [24, 20, 20, 10, 14, 26, records, limits, 4, 10, 1, 24, payouts, 5, 10];
        let ask = match self.random.weighted(&weights) {
            0 => self.credit(model, now),
            1 => self.debit(model, now),
            2 => self.transfer(model, now),
            3 => self.post(model, now),
            4 => self.reverse(model, now),
            5 => self.settle(model, now),
            6 => self.record(model),
            7 => self.limit(model),
            8 => super::cursors::cursor(model, &mut self.random),
            9 => self.exchange(model, now),
            10 => self.closing(model, now),
            11 => self.collect(model, now),
            12 => self.pay(model, now),
            13 => self.device(model),
            _ => self.party(model),
        };
        let mut ask = self.perhaps_held(ask, now);
        ask.command.actor = match self.random.below(30) {
            0..=2 => Some("till 4".into()),
            3 if self.random.percent(30) => Some("a".repeat(257).into()),
            _ => None,
        };
        if self.random.percent(6) {
            ask.command = self.expecting(model, ask.command);
        }
        self.asked.push(ask.clone());
        ask
    }

    /// An earlier command, perhaps by somebody else, or with the sum written in another way or changed.
    fn again(&mut self) -> Option<Ask> {
        let recent = self.asked.len().saturating_sub(60);
        let mut ask = self.random.one(&self.asked[recent..])?;
        let money = match &mut ask.command.request {
            Request::Credit(given) => Some(&mut given.money),
            Request::Debit(given) => Some(&mut given.money),
            Request::Transfer(given) => Some(&mut given.money),
            Request::Exchange(given) => Some(&mut given.money),
            Request::Post(given) => given.legs.first_mut().map(|leg| &mut leg.money),
            Request::Reverse(given) => given.part.as_mut(),
            Request::Capture(given) => given.part.as_mut(),
            Request::Release(given) => given.part.as_mut(),
            Request::PlaceHold(given) => match &mut given.movement {
                Held::Credit(given) => Some(&mut given.money),
                Held::Debit(given) => Some(&mut given.money),
                Held::Transfer(given) => Some(&mut given.money),
                Held::Post(given) => given.legs.first_mut().map(|leg| &mut leg.money),
                _ => None,
            },
            _ => None,
        };
        match self.random.below(10) {
            0 => ask.command.actor = Some("somebody else".into()),
            1 | 2 => {
                if let Some(money) = money {
                    *money = rewritten(*money, 4);
                }
            }
            3 => {
                if let Some(money) = money {
                    *money = money.currency().minor(money.minor() / 2 + 1).unwrap();
                }
            }
            4 => {
                let part = Some(Currency::KES.minor(self.random.below(3) as i128).unwrap());
                match &mut ask.command.request {
                    Request::Reverse(given) => given.part = part,
                    Request::Capture(given) => given.part = part,
                    Request::Release(given) => given.part = part,
                    _ => {}
                }
            }
            5 => self.another_of_its_key(&mut ask),
            6 => self.other_texts(&mut ask),
            _ => {}
        }
        Some(ask)
    }

    /// The same command with other texts.
    fn other_texts(&mut self, ask: &mut Ask) {
        let other = Some("other".to_owned());
        match &mut ask.command.request {
            Request::RegisterClient(given) => given.email = "other@shop.ke".to_owned(),
            Request::ChangeClient(_, given) if given.contact.is_some() => {
                given.contact = Some(Contact::new("Other", "a@b.ke", "07"));
            }
            Request::Parties(given) => match &mut **given {
                PartyRequest::Record(given) => given.name = given.name.as_ref().and(other),
                PartyRequest::Change(_, given) => given.email = given.email.as_ref().and(other),
                _ => {}
            },
            Request::Payout(given) => match &mut **given {
                PayoutRequest::Item(given) => given.reason = other,
                PayoutRequest::Change(given) => given.reason = other,
                PayoutRequest::Approve(given) => given.echo = None,
                _ => {}
            },
            Request::Device(given) => {
                if let DeviceRequest::Revoke(given) = &mut **given {
                    given.reason = other;
                }
            }
            _ => {}
        }
    }

    /// Another command of the same key.
    fn another_of_its_key(&mut self, ask: &mut Ask) {
        let request = match ask.command.request.clone() {
            Request::Capture(mut given) if self.random.percent(40) => {
                given.last = !given.last;
                Request::Capture(given)
            }
            Request::Capture(given) if self.random.percent(50) => {
                let Capture { hold, part, key, effective_at, details, .. } = *given;
                Request::Release(Box::new(Release { hold, part, key, effective_at, details }))
            }
            Request::Capture(given) => {
                let Capture { hold, part, key, effective_at, details, .. } = *given;
                let service = Some(ServiceId(1 + self.random.below(4)));
                let whole = Reverse::whole(hold.0);
                Request::Reverse(Box::new(Reverse { part, key, service, effective_at, details, ..whole }))
            }
            Request::PlaceHold(mut given) => match given.movement {
                Held::Credit(given) => Request::Credit(given),
                Held::Debit(given) => Request::Debit(given),
                movement => {
                    given.movement = movement;
                    given.may_overdraw = !given.may_overdraw;
                    Request::PlaceHold(given)
                }
            },
            Request::Debit(given) => Request::PlaceHold(Box::new(given.into())),
            request => request,
        };
        ask.command.request = request;
    }
}

/// Movements.
impl World {
    fn credit(&mut self, model: &Naive, now: Timestamp) -> Ask {
        let (service, account) = self.service_and_account(model);
        let mut given = Credit::new(account, service, self.money_for(model, service), self.key(model));
        if self.random.percent(20) {
            given.counter = Some(self.account_near(model, service));
        }
        use EntryKind as K;
        given.kind = match self.random.below(30) {
            0 => K::Sale,
            1 => K::Opening,
            2 => self.random.one(&[K::Payout, K::Transfer, K::Refund, K::Deposit, K::Reversal]).unwrap(),
            _ => K::Credit,
        };
        given.clearing = self.random.percent(20).then(|| self.clearing(now));
        (given.effective_at, given.details) = (self.effective(now), self.details(25));
        Ask::of(given)
    }

    fn debit(&mut self, model: &Naive, now: Timestamp) -> Ask {
        let (service, account) = self.service_and_account(model);
        let mut given = Debit::new(account, service, self.money_for(model, service), self.key(model));
        if self.random.percent(20) {
            given.counter = Some(self.account_near(model, service));
        }
        use EntryKind as K;
        given.kind = match self.random.below(30) {
            0 => K::Payout,
            1 => K::Charge,
            2 => self.random.one(&[K::Sale, K::Exchange, K::Adjustment]).unwrap(),
            _ => K::Debit,
        };
        (given.effective_at, given.details) = (self.effective(now), self.details(25));
        Ask::of(given)
    }

    fn transfer(&mut self, model: &Naive, now: Timestamp) -> Ask {
        let (service, source) = self.service_and_account(model);
        let mut destination = source;
        for _ in 0..self.random.below(12) {
            if destination == source {
                destination = self.account_near(model, service);
            }
        }
        let mut given = Transfer::new(source, destination, service, self.money_for(model, service), self.key(model));
        (given.effective_at, given.details) = (self.effective(now), self.details(88));
        Ask::of(given)
    }

    /// Mostly between two books in which the client has accounts.
    fn exchange(&mut self, model: &Naive, now: Timestamp) -> Ask {
        let (service, source) = self.service_and_account(model);
        let (client, book) = model.account(source).map_or((None, BookId(1)), |account| (account.client, account.book));
        let mode = |book| model.book(book).map(|book| book.mode).ok();
        let abroad = model.accounts.iter().filter(|account| account.client == client && account.book != book);
        let (alike, other): (Vec<&Account>, Vec<&Account>) =
            abroad.partition(|account| mode(account.book) == mode(book));
        let abroad = if self.random.percent(90) { alike } else { other };
        let abroad: Vec<AccountId> = abroad.iter().map(|account| account.id).collect();
        let abroad = if self.random.percent(90) { self.random.one(&abroad) } else { None };
        let destination = abroad.unwrap_or_else(|| self.account(model));
        let money = self.money_for(model, service);
        let mut given = Exchange::sell(source, destination, service, money, self.key(model));
        if self.random.percent(40) {
            let currency = model.account(destination).map_or(Currency::USD, |account| account.currency);
            (given.named, given.money) = (ExchangedSide::Bought, self.money(currency));
        }
        let rate = self.random.one(&exchange::RATES).unwrap();
        given.rate = self.random.percent(97).then(|| exchange::rate(rate));
        given.rounding = self.rounding();
        (given.effective_at, given.details) = (self.effective(now), self.details(50));
        Ask::of(given)
    }

    fn closing(&mut self, model: &Naive, now: Timestamp) -> Ask {
        let back = self.random.below(3_000_000_000_000_000) as i64;
        let through = Timestamp(now.0 - if self.random.percent(80) { back } else { back % 40 - 20 });
        Ask::of(ClosePeriod::new(self.book(model), through, self.key(model)))
    }

    fn post(&mut self, model: &Naive, now: Timestamp) -> Ask {
        let mut given = Post::new(self.key(model));
        let book = self.book(model);
        let currency = model.book(book).map_or(Currency::KES, |book| book.currency);
        let size = match self.random.below(60) {
            0 => 0,
            1 => 257,
            2 => 40,
            3 => 1,
            _ => 2 + self.random.below(4),
        };
        let mut open = 0i128;
        for at in 0..size {
            let account = if self.random.percent(96) { self.account_in(model, book) } else { self.account(model) };
            let last = at + 1 == size && self.random.percent(95);
            let money = if last && open != 0 && open.abs() <= Amount::MAX.signed() {
                currency.minor(open.abs()).unwrap()
            } else {
                self.money(currency)
            };
            let side = if last && open > 0 || !last && self.random.percent(50) { Side::Credit } else { Side::Debit };
            open += if side == Side::Debit { money.minor() } else { -money.minor() };
            given.legs.push(Leg { account, side, money });
        }
        use EntryKind as K;
        given.kind = self.random.one(&[K::Adjustment, K::Adjustment, K::Opening, K::Exchange, K::Sale]).unwrap();
        given.forced = self.random.percent(30);
        (given.effective_at, given.details) = (self.effective(now), self.details(25));
        Ask::of(given)
    }

    fn reverse(&mut self, model: &Naive, now: Timestamp) -> Ask {
        let last = model.entries.len() as u64;
        let original = match self.random.below(20) {
            // Entries that are still to come.
            0 | 1 => last + self.random.below(6),
            2 => self.random.below(last + 1),
            3 => last.saturating_sub(self.random.below(40)),
            _ => self.movement(model),
        };
        let original = Sequence(original);
        let leg = PostingId { entry: original, leg: 1 + self.random.below(3) as u16 };
        let by_leg = self.random.percent(30);
        let mut given = if by_leg { Reverse::from(leg) } else { Reverse::whole(original) };
        if self.random.percent(50) {
            let entry = model.entry(original).ok();
            let principal = entry.and_then(|entry| entry.postings.first());
            let currency = principal.and_then(|posting| model.book(posting.book).ok());
            let currency = currency.map_or(Currency::USD, |book| book.currency);
            let principal = principal.map_or(10, |posting| posting.amount.signed());
            given.part = Some(match self.random.below(12) {
                0 => self.money(Currency::USD),
                1 => currency.minor(principal).unwrap(),
                2 => currency.minor(0).unwrap(),
                _ => currency.minor(1 + principal / (1 + self.random.below(4) as i128)).unwrap_or(currency.zero()),
            });
            given.key = self.random.percent(97).then(|| self.key(model));
        } else if self.random.percent(30) {
            given.key = Some(self.key(model));
        }
        if self.random.percent(20) {
            given.service = Some(self.service(model));
        }
        given.forced = self.random.percent(15);
        (given.effective_at, given.details) = (self.effective(now), self.details(25));
        Ask::of(given)
    }

    pub fn key(&mut self, model: &Naive) -> Box<str> {
        match self.random.below(100) {
            0 => "".into(),
            1 => " \t".into(),
            2 => "k".repeat(127 + self.random.below(3) as usize).into(),
            3..=8 => format!("k{}", self.random.below(self.fresh + 1)).into(),
            9 => {
                // Any that has been used, those that the ledger makes among them.
                let used = self.random.one(&model.entries).and_then(|entry| entry.key.clone());
                used.unwrap_or_else(|| "k1".into())
            }
            10 => {
                let prefix = self.random.one(&["RVS", "RVS", "CPT", "RLS", "EXP"]).unwrap();
                format!("{prefix}{}", self.random.below(model.entries.len() as u64 + 2)).into()
            }
            _ => {
                self.fresh += 1;
                format!("k{}", self.fresh).into()
            }
        }
    }

    pub fn money_for(&mut self, model: &Naive, service: ServiceId) -> Money {
        let book = model.service(service).map(|service| service.terms.book).unwrap_or(BookId(1));
        self.money(model.book(book).map_or(Currency::KES, |book| book.currency))
    }

    pub fn money(&mut self, currency: Currency) -> Money {
        let most = Amount::MAX.signed();
        let small = self.random.below(200) as i128 + 1;
        let units = match self.random.below(80) {
            0 => 0,
            1 => -small,
            2 if self.huge => most - small,
            3 if self.huge => most / 2,
            4 if self.huge => most,
            5..=12 => small * 100,
            _ => small,
        };
        let money = currency.minor(units).unwrap();
        match self.random.below(150) {
            0 => Currency::USD.minor(units).unwrap(),
            1 => Currency::UGX.minor(units).unwrap(),
            2 => rewritten(money, 4),
            3 => currency.with_scale(4).unwrap().minor(units).unwrap(),
            4 => currency.with_scale(0).unwrap().minor(units).unwrap(),
            _ => money,
        }
    }

    pub fn effective(&mut self, now: Timestamp) -> Option<Timestamp> {
        match self.random.below(20) {
            0 | 1 => Some(Timestamp(now.0 - self.random.below(1_000_000_000_000_000) as i64)),
            // About the latest that is allowed: the entry may be recorded a little after now.
            2 => Some(Timestamp(now.0 + DAY_NS + self.random.below(3) as i64)),
            3 if self.random.percent(30) => Some(Timestamp(now.0 + 3 * DAY_NS)),
            3 if self.random.percent(20) => Some(Timestamp::MAX),
            _ => None,
        }
    }

    pub fn details(&mut self, narrated: u64) -> Option<Box<Details>> {
        let mut details = Details::default();
        if self.random.percent(narrated) {
            details.narrative = Some(match self.random.below(40) {
                0 => "n".repeat(511 + self.random.below(3) as usize),
                1 => "  ".to_owned(),
                _ => format!("till {}", self.random.below(4)),
            });
        }
        if self.random.percent(8) {
            let pairs = self.random.one(&[1, 1, 1, 2, 2, 2, 64, 65]).unwrap();
            details.metadata = metadata(pairs, self.random.one(&[1, 1, 1, 1, 1, 1, 60, 4097]).unwrap());
        }
        if self.random.percent(15) {
            let count = self.random.one(&[1, 1, 1, 1, 2, 2, 2, 3, 3, 9]).unwrap();
            details.references = (0..count).map(|at| self.reference(at)).collect();
        }
        if self.random.percent(8) {
            let display = self.random.one(&["Njeri", "Njeri", "Njeri", "Njeri", "", "+2547*****01"]).unwrap();
            details.from = Some(self.perhaps_known(Party::shown(PartyKind::Name, display), 45));
        }
        if self.random.percent(8) {
            let display = "P".repeat(self.random.one(&[3, 3, 3, 128, 129]).unwrap());
            details.to = Some(self.perhaps_known(Party::shown(PartyKind::Handle, display), 45));
        }
        let empty = details == Details::default();
        (!empty || self.random.percent(5)).then(|| Box::new(details))
    }

    fn reference(&mut self, at: usize) -> Reference {
        match self.random.below(40) {
            0 => Reference::new("", "x"),
            1 => Reference::new("topup", " "),
            2 => Reference::new("topup", "x".repeat(129)),
            3..=6 => Reference::new("topup", "7"),
            _ => Reference::new(format!("kind{at}"), format!("{}", self.random.below(9))),
        }
    }
}

/// Which records are named.
impl World {
    /// An entry that moved money, one of the latest.
    fn movement(&mut self, model: &Naive) -> u64 {
        let latest =
            model.entries.iter().rev().filter(|entry| entry.posted().is_some_and(|posted| posted.reverses.is_none()));
        let latest: Vec<u64> = latest.take(25).map(|entry| entry.sequence.0).collect();
        self.random.one(&latest).unwrap_or_default()
    }

    /// A service, and more often than not an account that it can be used for.
    pub fn service_and_account(&mut self, model: &Naive) -> (ServiceId, AccountId) {
        let service = self.service(model);
        let account = if self.random.percent(96) { self.own_account(model, service) } else { None };
        (service, account.unwrap_or_else(|| self.account(model)))
    }

    pub fn own_account(&mut self, model: &Naive, service: ServiceId) -> Option<AccountId> {
        let Service { terms, .. } = model.service(service).ok()?;
        let own = model.accounts.iter().filter(|account| account.client == Some(terms.client));
        let own: Vec<AccountId> = own.filter(|account| account.book == terms.book).map(|account| account.id).collect();
        self.random.one(&own)
    }

    /// For the other side: mostly an account of the service's client, or of its book.
    pub fn account_near(&mut self, model: &Naive, service: ServiceId) -> AccountId {
        let book = model.service(service).map(|service| service.terms.book).unwrap_or_default();
        match self.random.below(10) {
            0..=5 => self.own_account(model, service).unwrap_or(AccountId(0)),
            6..=8 => self.account_in(model, book),
            _ => self.account(model),
        }
    }

    fn account_in(&mut self, model: &Naive, book: BookId) -> AccountId {
        let all = model.accounts.iter().filter(|account| account.book == book);
        let clients: Vec<AccountId> =
            all.clone().filter(|account| account.client.is_some()).map(|account| account.id).collect();
        let all: Vec<AccountId> = all.map(|account| account.id).collect();
        let of = if self.random.percent(80) { clients } else { all };
        self.random.one(&of).unwrap_or(AccountId(0))
    }

    pub fn account(&mut self, model: &Naive) -> AccountId {
        let known = model.accounts.len() as u64;
        match self.random.below(20) {
            0 => AccountId(known + self.random.below(3)),
            1 => AccountId(self.random.one(&[0, u64::MAX, 1 << 40]).unwrap()),
            _ => AccountId(1 + self.random.below(known)),
        }
    }

    /// One of the accounts that can be closed.
    fn empty_account(&mut self, model: &Naive) -> AccountId {
        let own = model.accounts.iter().filter(|account| account.client.is_some());
        let open = own.filter(|account| account.status != AccountStatus::Closed);
        let empty: Vec<AccountId> = open.filter(|account| model.held(account) == 0).map(|account| account.id).collect();
        self.random.one(&empty).unwrap_or_default()
    }

    fn service(&mut self, model: &Naive) -> ServiceId {
        let known = model.services.len() as u64;
        match self.random.below(120) {
            0 => ServiceId(0),
            1 => ServiceId(known + self.random.below(3)),
            2 => ServiceId(u64::MAX),
            // The first are used the most, so that some accounts have long histories.
            _ => ServiceId(1 + self.random.below(known).min(self.random.below(known))),
        }
    }

    pub fn client(&mut self, model: &Naive) -> ClientId {
        let known = model.clients.len() as u64;
        if self.random.percent(95) {
            ClientId(1 + self.random.below(known))
        } else {
            ClientId(self.random.below(known + 4))
        }
    }

    fn book(&mut self, model: &Naive) -> BookId {
        let known = model.books.len() as u64;
        if self.random.percent(95) {
            BookId(1 + self.random.below(known))
        } else {
            BookId(self.random.below(known + 4))
        }
    }
}

/// Records opened and changed.
impl World {
    /// The key of a command that is no movement, if it has one.
    pub fn record_key(&mut self, model: &Naive) -> Option<String> {
        match self.random.below(10) {
            0..=2 => Some(format!("r{}", self.random.below(40))),
            3 => Some(self.key(model).into()),
            _ => None,
        }
    }

    fn record(&mut self, model: &Naive) -> Ask {
        let key = self.record_key(model);
        macro_rules! ask {
            ($given:expr) => {{
                let given = $given;
                Ask {
                    command: match &key {
                        Some(key) => given.keyed(key.clone()),
                        None => given,
                    }
                    .into(),
                    key,
                }
            }};
            ($id:expr, $given:expr) => {{
                let given = $given;
                Ask {
                    command: (
                        $id,
                        match &key {
                            Some(key) => given.keyed(key.clone()),
                            None => given,
                        },
                    )
                        .into(),
                    key,
                }
            }};
        }
        match self.random.weighted(&[1, 2, 3, 6, 30, 22, 14, 18, 10, 4, 14, 2]) {
            0 => ask!(self.new_book(model)),
            1 => Ask { command: Command::from(self.new_type()), key: None },
            2 => ask!(self.new_client()),
            3 => ask!(self.client(model), self.client_change()),
            4 => ask!(self.new_account(model)),
            5 => ask!(self.account(model), self.account_change()),
            6 => ask!(self.new_service(model)),
            7 => {
                let service = self.service(model);
                ask!(service, self.service_change(model, service))
            }
            8 => ask!(self.empty_account(model), AccountChange::status(AccountStatus::Closed, "empty")),
            9 => ask!(self.new_set(model)),
            10 => ask!(self.set(model), self.set_change(model)),
            _ => ask!(self.flows(model)),
        }
    }

    fn limit(&mut self, model: &Naive) -> Ask {
        let key = self.record_key(model);
        macro_rules! ask {
            ($given:expr) => {{
                let mut given = $given;
                given.key = key.clone();
                Ask { command: given.into(), key }
            }};
        }
        match self.random.weighted(&[20, 8, 12, 12, 6, 3]) {
            0 => ask!(self.new_limit(model)),
            1 => ask!(self.limit_change(model)),
            2 => ask!(RetireLimit::of(LimitId(self.id(model.limits.len())))),
            3 => ask!(self.new_monitor(model)),
            4 => ask!(RetireMonitor::of(MonitorId(self.id(model.monitors.len())))),
            _ => ask!(self.quota(model)),
        }
    }

    /// One of so many, or one too many.
    fn id(&mut self, known: usize) -> u64 {
        1 + self.random.below(known as u64 + 1)
    }

    fn new_limit(&mut self, model: &Naive) -> NewLimit {
        let subject = match self.random.below(3) {
            0 => Subject::Account(self.watched(model)),
            1 => Subject::Client(self.client(model)),
            _ => Subject::Service(self.service(model)),
        };
        let minutes = if self.random.percent(97) { self.random.one(&[0, 180, -570, 1_080]).unwrap() } else { 1_081 };
        let window = match self.random.below(7) {
            0 => Window::DAY.at_offset(minutes),
            1 => Window::WEEK.at_offset(minutes),
            2 => Window::MONTH.at_offset(minutes),
            3 => Window::Sliding { nanoseconds: self.random.one(&[1_000_000_000, 7_777_777_777]).unwrap() },
            _ if self.random.percent(4) => Window::last_hours(self.random.one(&[0, 24 * 401]).unwrap()),
            _ => Window::last_hours(self.random.one(&[1, 5, 24, 24 * 30]).unwrap()),
        };
        let mut given = NewLimit::new(subject, window);
        given.book = self.some(if matches!(subject, Subject::Client(_)) { 90 } else { 3 }, |world| world.book(model));
        let mut yes = || self.random.percent(75);
        given.counts = Counts { credits: yes(), debits: yes(), transfers: yes() };
        given.per = if self.random.percent(30) { Per::Account } else { Per::Subject };
        given.count_max = self.some(65, Self::count_max);
        given.sum_max = self.some(80, Self::sum_max);
        given
    }

    fn limit_change(&mut self, model: &Naive) -> LimitChange {
        let mut given = LimitChange::of(LimitId(self.id(model.limits.len())));
        given.count_max = self.some(50, |world| world.some(80, Self::count_max));
        given.sum_max = self.some(50, |world| world.some(80, Self::sum_max));
        given
    }

    fn count_max(&mut self) -> u64 {
        self.random.one(&[0, 2, 5, 20, u64::MAX]).unwrap()
    }

    fn sum_max(&mut self) -> Amount {
        self.random.one(&[minor(0), minor(100), minor(2_000), minor(50_000), Amount::MAX]).unwrap()
    }

    /// An account on which something happens: mostly one that a service can be used for.
    fn watched(&mut self, model: &Naive) -> AccountId {
        let service = ServiceId(1 + self.random.below(model.services.len() as u64));
        let own = if self.random.percent(85) { self.own_account(model, service) } else { None };
        own.unwrap_or_else(|| self.account(model))
    }

    fn new_monitor(&mut self, model: &Naive) -> NewMonitor {
        let account = self.watched(model);
        let record = model.account(account);
        let currency = record.as_ref().map_or(Currency::KES, |record| record.currency);
        // Soon reached, or never.
        let near = record.map_or(0, |record| model.held(record)).saturating_add(self.random.below(60) as i128 - 30);
        let threshold = self.random.one(&[near, near, near, -50, 0, 1, 1_000]).unwrap();
        let threshold = currency.minor(threshold).unwrap_or(currency.zero());
        let threshold = match self.random.below(20) {
            0 => rewritten(threshold, 4),
            1 => Currency::KES.with_scale(3).unwrap().minor(1).unwrap(),
            _ => threshold,
        };
        use Direction as D;
        NewMonitor::new(account, threshold)
            .direction(self.random.one(&[D::Rising, D::Falling, D::Both]).unwrap())
            .figure(self.random.one(&[Figure::Current, Figure::Available]).unwrap())
    }

    fn quota(&mut self, model: &Naive) -> SetQuota {
        let mut given = SetQuota::lifted(self.client(model), self.book(model));
        given.accounts_max = self.some(70, |world| world.random.one(&[0, 2, 5, 9]).unwrap());
        given
    }

    fn expecting(&mut self, model: &Naive, mut command: Command) -> Command {
        let conditions = if self.random.percent(98) { 1 + self.random.below(2) } else { 17 };
        for _ in 0..conditions {
            let account = self.account(model);
            let record = model.account(account);
            if self.random.percent(50) {
                let number = model.postings(account).count() as u64;
                let number = number + if self.random.percent(80) { 0 } else { 1 };
                command = command.expecting_number(account, number);
            } else {
                let figure = |record: &Account| available(model.balance(account), record.normal_side);
                let available = record.as_ref().map_or(0, |record| figure(record));
                let currency = record.map_or(Currency::KES, |record| record.currency);
                let least = available.saturating_sub(self.random.below(20) as i128 - 3);
                let least = currency.minor(least).unwrap_or(currency.zero());
                let least = if self.random.percent(10) { rewritten(least, 4) } else { least };
                command = command.expecting_available(account, least);
            }
        }
        command
    }

    fn new_set(&mut self, model: &Naive) -> NewAccountSet {
        let book = if self.random.percent(70) { BookId(1) } else { self.book(model) };
        let mut given = NewAccountSet::new(book, self.name());
        given.description = self.some(10, |world| "d".repeat(world.random.one(&[9, 2049]).unwrap()));
        given
    }

    fn set(&mut self, model: &Naive) -> SetId {
        let known = model.sets.len() as u64;
        if self.random.percent(95) && known > 0 { SetId(1 + self.random.below(known)) } else { SetId(known + 1) }
    }

    fn set_change(&mut self, model: &Naive) -> AccountSetChange {
        let mut given = AccountSetChange::default();
        for _ in 0..self.random.below(3) {
            let kept = self.random.one(&model.members).map(|(_, member)| member);
            given.remove.extend(kept.filter(|_| self.random.percent(30)));
        }
        for _ in 0..self.random.below(4) {
            let member = match self.random.percent(40) {
                true => Member::Set(self.set(model)),
                false => Member::Account(self.account_in(model, BookId(1))),
            };
            given.add.push(member);
        }
        given
    }

    /// Mostly of the first book, and so that most movements are on it; or an empty one.
    fn flows(&mut self, model: &Naive) -> Flows {
        let book = if self.random.percent(70) { BookId(1) } else { self.book(model) };
        let mut given = Flows::of(book);
        if self.random.percent(50) {
            return given;
        }
        let codes = ["WORKING", "SETTLEMENT", "EXTERNAL", "FLOAT_ACCOUNT", "ROLLING_RESERVE", "VAULT"];
        for (from, to) in codes.iter().flat_map(|from| codes.map(|to| (*from, to))) {
            if self.random.percent(85) && (from != "VAULT" || self.random.percent(20)) {
                given = given.allow(AccountType::new(from), AccountType::new(to));
            }
        }
        given
    }

    fn name(&mut self) -> String {
        match self.random.below(80) {
            0 => String::new(),
            1 => "\u{2003}".to_owned(),
            2 => "é".repeat(128) + &"n".repeat(self.random.below(2) as usize),
            3 => "no code!".to_owned(),
            _ => format!("Name {}", self.random.below(9)),
        }
    }

    fn change<T>(&mut self, cases: u64, make: impl FnOnce(&mut Self) -> T) -> Change<T> {
        match self.random.percent(cases) {
            true if self.random.percent(40) => Change::Unset,
            true => Change::Set(make(self)),
            false => Change::Keep,
        }
    }

    fn path(&mut self) -> AccountPath {
        AccountPath::from(
            self.random.one(&["assets", "assets:bank", "assets:bank:mpesa", "tills", "Not a path"]).unwrap(),
        )
    }

    fn facts(&mut self) -> MetadataChange {
        let pairs = if self.random.percent(10) { self.random.below(3) } else { 0 };
        let fact = |world: &mut Self| {
            let key = world.random.one(&["campaign", "#order", "region"]).unwrap().to_owned();
            (key, world.some(60, Self::name))
        };
        (0..pairs).map(|_| fact(self)).collect()
    }

    pub fn some<T>(&mut self, cases: u64, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.random.percent(cases).then(|| make(self))
    }

    fn amount(&mut self) -> Amount {
        let units = self.random.one(&[0, 1, 2, 10, 50, 100, 1_000, 20_000]).unwrap();
        if self.random.percent(2) { Amount::MAX } else { minor(units) }
    }

    fn new_book(&mut self, model: &Naive) -> NewBook {
        // More than a few books would leave little to happen in each.
        let name = if model.books.len() > 5 { "shop.kes.main".to_owned() } else { self.name() };
        let currency = self.random.one(&[Currency::KES, Currency::USD, Currency::UGX]).unwrap();
        NewBook::test(name, currency).shown_with(self.random.one(&[0, 2, 18, 19]).unwrap())
    }

    fn new_type(&mut self) -> AccountTypeRule {
        let code = self.random.one(&["VAULT", "POOL", "ESCROW", "WORKING", "EXTERNAL", "no", "ONE_EACH"]).unwrap();
        let class = self.random.one(&[AccountClass::Asset, AccountClass::Equity, AccountClass::Expense]).unwrap();
        let mut rule = AccountTypeRule::new(code, class);
        rule.single = code == "ONE_EACH";
        rule.operator_only = self.random.percent(20);
        rule.can_disburse = self.random.percent(70);
        rule
    }

    fn new_client(&mut self) -> NewClient {
        let number = self.random.below(30);
        let mut given = client(number);
        if self.random.percent(30) {
            given.name = self.name();
        }
        given.code = self.some(40, |world| world.random.one(&["ONE", "TWO", "three", "GEN_5"]).unwrap().to_owned());
        given.tax_id = if self.random.percent(80) { given.tax_id } else { None };
        given.email = if self.random.percent(95) { given.email } else { String::new() };
        given.physical_address = self.some(15, |world| world.random.one(&["Moi Avenue", ""]).unwrap().to_owned());
        given.contact.phone = if self.random.percent(95) { given.contact.phone } else { "0".repeat(257) };
        given.description = self.some(10, |world| "d".repeat(world.random.one(&[0, 2048, 2049]).unwrap()));
        given.accounts_max = self.some(20, |world| world.random.below(4) as u32);
        given.active = self.random.percent(90);
        given
    }

    fn client_change(&mut self) -> ClientChange {
        let mut given = ClientChange::default();
        given.name = self.some(20, Self::name);
        given.email = self.some(10, Self::name);
        given.phone = self.some(10, |_| "07".to_owned());
        given.contact = self.some(10, |world| Contact::new(world.name(), "a@b.ke", "07"));
        // Back to business sooner than out of it.
        given.active = self.some(70, |world| world.random.percent(93));
        given.accounts_max = self.change(20, |world| world.random.one(&[0, 2, 4, 8, 20]).unwrap());
        given.metadata = self.facts();
        given
    }

    fn new_account(&mut self, model: &Naive) -> NewAccount {
        use AccountType as T;
        let types = [
            T::WORKING,
            T::FLOAT_ACCOUNT,
            T::ROLLING_RESERVE,
            T::COMMISSION_ACCOUNT,
            T::COMMISSION_TAX_ACCOUNT,
            T::new("VAULT"),
            T::new("POOL"),
            T::new("ONE_EACH"),
            T::new("EXTERNAL"),
            T(Cow::Borrowed("UNHEARD_OF")),
            T::new("L".repeat(257)),
        ];
        let account_type = match self.random.below(10) {
            0..=3 => T::WORKING,
            4..=6 => T::SETTLEMENT,
            _ => self.random.one(&types).unwrap(),
        };
        // Often in the book in which clients may have but few.
        let book = if self.random.percent(30) { BookId(2) } else { self.book(model) };
        let mut given = NewAccount::new(self.client(model), book, account_type);
        given.name = self.some(30, Self::name);
        given.label = self.some(20, Self::name);
        given.external_id = self.some(20, |world| format!("wlt_{}", world.random.below(12)));
        given.tags = vec!["till".to_owned(); if self.random.percent(97) { self.random.below(3) as usize } else { 33 }];
        given.metadata = if self.random.percent(5) { metadata(3, 1) } else { Metadata::new() };
        given.path = self.some(30, Self::path);
        given.minimum_balance = self.some(15, Self::amount).unwrap_or_default();
        given.can_overdraw = self.random.percent(25);
        given.overdraft_limit = if given.can_overdraw { self.some(60, Self::amount) } else { None };
        given.can_disburse = self.some(20, |world| world.random.percent(50));
        given.active = self.random.percent(90);
        given.status_description = self.some(10, |world| "s".repeat(world.random.one(&[9, 2049]).unwrap()));
        given.provisioned = self.random.percent(75);
        given
    }

    fn account_change(&mut self) -> AccountChange {
        use AccountStatus as S;
        let mut given = AccountChange::default();
        given.name = self.some(15, Self::name);
        given.label = self.change(15, Self::name);
        given.tags = self.some(5, |world| vec![world.name(); world.random.below(3) as usize]);
        given.metadata = self.facts();
        given.path = self.change(10, Self::path);
        // Unblocked sooner than blocked.
        given.debits_blocked = self.change(12, |world| "why".repeat(world.random.one(&[1, 1, 1, 700]).unwrap()));
        given.credits_blocked = self.change(12, |_| "why".to_owned());
        if self.random.percent(60) {
            (given.debits_blocked, given.credits_blocked) = (Change::Unset, Change::Unset);
        }
        if self.random.percent(10) {
            let AccountChange { path, tags, metadata, .. } = given;
            return AccountChange { path, tags, metadata, ..AccountChange::default() };
        }
        given.status = self.some(60, |world| {
            world.random.one(&[S::Active, S::Active, S::Active, S::Active, S::Inactive, S::Closed]).unwrap()
        });
        given.status_description = self.some(40, |world| "why".repeat(world.random.one(&[1, 1, 1, 700]).unwrap()));
        given.minimum_balance = self.some(15, Self::amount);
        given.overdraft = self.some(15, |world| (world.random.percent(60), world.some(60, Self::amount)));
        given.can_disburse = self.some(15, |world| world.random.percent(60));
        given
    }

    fn new_service(&mut self, model: &Naive) -> NewService {
        let book = self.book(model);
        let code = match self.random.below(12) {
            0 => "lower".to_owned(),
            1 => "AB".to_owned(),
            _ => format!("PRODUCT_{}", self.random.below(12)),
        };
        let mut given = NewService::new(self.client(model), book, code);
        given.name = self.some(20, Self::name);
        given.code = self.some(40, |world| format!("CODE_{}", world.random.below(20)));
        given.operations = self.operations();
        given.tariff = self.tariff();
        given.tax = self.some(40, |world| Tax { rate: world.rate() });
        given.bearer = self.random.one(&[FeeBearer::Payer, FeeBearer::Payee]).unwrap();
        given.rounding = self.rounding();
        given.minimum = self.some(20, Self::amount);
        given.maximum = self.some(20, Self::amount);
        given.cross_client = self.random.percent(40);
        given.narrative_required = self.some(30, |world| world.random.percent(50));
        given.refund_fee_on_reversal = self.random.percent(75);
        let account = |world: &mut Self| {
            if world.random.percent(90) { world.account_in(model, book) } else { world.account(model) }
        };
        given.commission_account = self.some(30, account);
        given.tax_account = self.some(20, account);
        given.pool_account = self.some(30, account);
        let client = given.client;
        given.reserve = self.some(30, |world| world.reserve(model, client, book));
        given.active = self.random.percent(95);
        given
    }

    fn service_change(&mut self, model: &Naive, service: ServiceId) -> ServiceChange {
        let mut given = ServiceChange::default();
        if let Ok(Service { terms, .. }) = model.service(service) {
            let (client, book) = (terms.client, terms.book);
            given.reserve = self.some(25, |world| world.some(70, |world| world.reserve(model, client, book)));
        }
        given.name = self.some(15, Self::name);
        given.operations = self.some(15, Self::operations);
        given.tariff = self.some(40, Self::tariff);
        given.tax = self.some(30, |world| world.some(70, |world| Tax { rate: world.rate() }));
        given.bearer = self.some(20, |world| world.random.one(&[FeeBearer::Payer, FeeBearer::Payee]).unwrap());
        given.rounding = self.some(20, Self::rounding);
        given.limits = self.some(15, |world| (world.some(40, Self::amount), world.some(40, Self::amount)));
        given.cross_client = self.some(20, |world| world.random.percent(50));
        given.refund_fee_on_reversal = self.some(20, |world| world.random.percent(60));
        given.active = self.some(30, |world| world.random.percent(92));
        given
    }

    fn operations(&mut self) -> Operations {
        let mut yes = || self.random.percent(85);
        Operations { credit: yes(), debit: yes(), transfer: yes(), reversal: yes(), exchange: yes() }
    }

    fn rounding(&mut self) -> Rounding {
        use Rounding as R;
        self.random.one(&[R::HalfEven, R::HalfUp, R::HalfDown, R::Up, R::Down]).unwrap()
    }

    pub fn rate(&mut self) -> Rate {
        let parts = match self.random.below(6) {
            0 => 10_000_000_000,
            1 => 0,
            2 => self.random.below(10_000_000_000) as i64,
            // Halves come about with these.
            3 => 5_000_000_000,
            _ => 250_000_000,
        };
        Rate::from_parts(parts).unwrap()
    }

    fn fee(&mut self) -> Fee {
        if self.random.percent(40) {
            return Fee::Fixed(self.amount());
        }
        let flat = self.some(30, Self::amount).unwrap_or(Amount::ZERO);
        Fee::Percentage {
            rate: self.rate(),
            flat,
            floor: self.some(30, Self::amount),
            cap: self.some(30, Self::amount),
        }
    }

    fn tariff(&mut self) -> Tariff {
        match self.random.below(6) {
            0 => Tariff::Free,
            1..=3 => Tariff::Flat(self.fee()),
            _ => {
                let count = self.random.one(&[0, 1, 2, 2, 3, 3, 65]).unwrap();
                let mut end = 0;
                let bands = (0..count).map(|at| {
                    end += self.random.below(100) as i128;
                    let open = self.random.percent(if at + 1 == count { 60 } else { 3 });
                    Band { up_to: (!open).then(|| minor(end)), fee: self.fee() }
                });
                Tariff::Banded(bands.collect())
            }
        }
    }
}

pub fn client(number: u64) -> NewClient {
    let contact = Contact::new(format!("Njeri {number}"), format!("njeri{number}@shop.ke"), "+254700000000");
    if number % 3 == 1 {
        NewClient::individual("KE", contact)
    } else {
        NewClient::business(format!("Shop {number}"), "KE", "P051234567X", contact)
    }
}

fn metadata(pairs: usize, bytes: usize) -> Metadata {
    (0..pairs).map(|at| (format!("fact{at}"), "v".repeat(bytes))).collect()
}

fn minor(units: i128) -> Amount {
    Amount::minor(units).unwrap()
}

/// The same sum with more fraction digits, if it is not too great for them.
pub fn rewritten(money: Money, scale: u8) -> Money {
    let mut minor = money.minor();
    for _ in money.currency().scale()..scale {
        minor *= 10;
    }
    let currency = money.currency().with_scale(money.currency().scale().max(scale)).unwrap();
    currency.minor(minor).unwrap_or(money)
}
