//! Commands of every kind, and what a ledger that was given only the first so many of them looks like.
//!
//! Everything is determined: the clock stands where the step says, and codes, salts and nonces are the same each time. So
//! the digest of the journal's head says whether two ledgers have had the same commands, and `verify` that everything
//! beside the journal follows from it.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher};
use std::sync::{Arc, OnceLock};

use ed25519_dalek::{Signer, SigningKey};
use pacioli::prelude::*;
use pacioli::store::CommitMode;
use pacioli::store::faults::{Keep, SimDisk};
use pacioli::{
    Acknowledge, AdvanceInvoice, ClosePeriod, Counts, Flows, Hash, LedgerBuilder, LimitChange, LimitId, ManualClock,
    MonitorId, NewAccountSet, PartyRequest, PayoutChange, PublicKey, Request, RetireLimit, RetireMonitor, Rewind,
    RotateDevice, SetQuota, Verification,
};
use redb::{Database, ReadableTable, TableDefinition, TableHandle};

const START: i64 = 1_795_000_000_000_000_000;
const HOUR_NS: i64 = 3_600_000_000_000;

/// The host's own table: a row for each transaction of the workload.
const ORDERS: TableDefinition<'static, u64, u64> = TableDefinition::new("orders");

/// How a ledger lies on its disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Home {
    /// In a file of its own.
    Own(CommitMode),
    /// In the host's database.
    Within(CommitMode),
}

pub const HOMES: [Home; 4] = [
    Home::Own(CommitMode::OnePhase),
    Home::Own(CommitMode::QuickRepair),
    Home::Within(CommitMode::OnePhase),
    Home::Within(CommitMode::QuickRepair),
];

/// What is given at once, and committed in one piece.
#[derive(Clone, Debug)]
pub enum Act {
    One(Command),
    /// Each for itself.
    Batch(Vec<Command>),
    /// All or none.
    All(Vec<Command>),
    /// By tickets that are waited for.
    Enqueue(Vec<Command>),
    /// With a row of the host's own.
    Transaction(Vec<Command>),
    /// Holds and clearings whose time has come.
    SettleDue,
}

#[derive(Clone, Debug)]
pub struct Step {
    /// What the clock shows.
    pub at: Timestamp,
    pub act: Act,
    /// Whether the same again is answered with the same receipts.
    pub repeats: bool,
}

/// What a ledger looks like after a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    pub sequence: Sequence,
    pub head: Hash,
    pub orders: u64,
}

/// Every so many steps, what a ledger shows is compared too: `verify` has proved before that it follows from the journal.
const PICTURED: usize = 7;

#[derive(Debug)]
pub struct Workload {
    /// An empty ledger, closed.
    pub empty: Vec<u8>,
    pub steps: Vec<Step>,
    /// Before the first step, and after each.
    pub marks: Vec<Mark>,
    /// What is shown then, for some of them.
    pub pictures: Vec<Option<Picture>>,
    pub known: Known,
}

/// What there is to ask about when all is done.
#[derive(Clone, Debug, Default)]
pub struct Known {
    pub accounts: u64,
    pub entries: u64,
    pub clients: u64,
    pub keys: Vec<(Option<ClientId>, String)>,
    pub payouts: Vec<PayoutId>,
    pub invoices: Vec<InvoiceId>,
    pub holds: Vec<HoldId>,
    pub limits: u64,
    pub monitors: u64,
    pub sets: u64,
    pub services: u64,
    pub counterparties: Vec<CounterpartyId>,
}

/// A ledger that is open.
#[derive(Debug)]
pub struct Opened {
    pub ledger: Ledger,
    pub clock: Arc<ManualClock>,
    /// The host's, in which the ledger is.
    database: Option<Arc<Database>>,
}

fn builder(mode: CommitMode, clock: &Arc<ManualClock>) -> LedgerBuilder {
    let code = |_: &str, id: u64, attempt: u32| format!("CODE_{id}_{attempt}");
    Ledger::builder().tight().commit_mode(mode).clock(Arc::clone(clock)).codes(code).nonces(|| [7; 16])
}

pub fn open(home: Home, disk: &SimDisk) -> Result<Opened, Error> {
    open_with(home, disk, |builder| builder)
}

pub fn open_with(
    home: Home,
    disk: &SimDisk,
    settings: impl FnOnce(LedgerBuilder) -> LedgerBuilder,
) -> Result<Opened, Error> {
    let clock = Arc::new(ManualClock::at(Timestamp(START)));
    let (ledger, database) = match home {
        Home::Own(mode) => (settings(builder(mode, &clock)).on_backend(disk.clone())?, None),
        Home::Within(mode) => {
            let mut host = Database::builder();
            host.set_cache_size(1 << 20);
            let database = host.create_with_backend(disk.clone()).map_err(|error| Error::Host(error.to_string()))?;
            let database = Arc::new(database);
            (settings(builder(mode, &clock)).within(Arc::clone(&database))?, Some(database))
        }
    };
    Ok(Opened { ledger, clock, database })
}

pub fn verified(ledger: &Ledger) -> Result<Verification, Error> {
    ledger.verify_all()
}

impl Opened {
    /// Carries out a step: the receipts, or why there is none.
    pub fn give(&self, step: &Step) -> Result<Vec<Receipt>, Error> {
        self.clock.set(step.at);
        let ledger = &self.ledger;
        let told = |results: Vec<Result<Receipt, Rejection>>| {
            results.into_iter().map(|result| result.map_err(Error::from)).collect()
        };
        match &step.act {
            Act::One(command) => ledger.execute(command.clone()).map(|receipt| vec![receipt]),
            Act::Batch(commands) => ledger.submit_batch(commands.clone(), Atomicity::Each).and_then(told),
            Act::All(commands) => ledger.submit_batch(commands.clone(), Atomicity::All).and_then(told),
            Act::Enqueue(commands) => {
                let ticket = ledger.enqueue(commands.clone(), Atomicity::Each)?;
                ticket.wait().and_then(told)
            }
            Act::Transaction(commands) => ledger.transaction(|transaction| {
                let mut receipts = Vec::new();
                for command in commands {
                    receipts.push(transaction.execute(command.clone())?);
                }
                if receipts.iter().any(|receipt| !receipt.is_replayed()) {
                    let order = receipts.last().map_or(0, |receipt| receipt.sequence().0);
                    transaction.tables()?.open_table(ORDERS)?.insert(order, order)?;
                }
                Ok::<_, Error>(receipts)
            }),
            Act::SettleDue => ledger.settle_due(step.at, 100),
        }
    }

    pub fn sequence(&self) -> Sequence {
        self.ledger.view().expect("the ledger is open").sequence()
    }

    /// How many rows the host's own table has.
    pub fn orders(&self) -> u64 {
        let count = |transaction: &mut pacioli::Transaction<'_>| {
            let table = transaction.tables()?.open_table(ORDERS)?;
            Ok::<_, Error>(table.range::<u64>(..)?.count() as u64)
        };
        self.ledger.simulate(count).expect("the host's table can be read")
    }

    /// A digest of every row of every table, ours and the host's: whether two files hold the same.
    pub fn contents(&self) -> u64 {
        self.digest(true)
    }

    /// A digest of every row of the ledger's own tables.
    pub fn rows(&self) -> u64 {
        self.digest(false)
    }

    fn digest(&self, hosts: bool) -> u64 {
        let digest = |transaction: &mut pacioli::Transaction<'_>| {
            let (tables, mut hasher) = (transaction.tables()?, DefaultHasher::new());
            let mut names: Vec<String> = tables.list_tables()?.map(|table| table.name().to_owned()).collect();
            names.sort_unstable();
            for name in names.iter().filter(|name| **name != ORDERS.name()) {
                let rows = tables.open_table(TableDefinition::<&[u8], &[u8]>::new(name))?;
                for row in rows.range::<&[u8]>(..)? {
                    let (key, value) = row?;
                    // A table without rows is none.
                    (name, key.value(), value.value()).hash(&mut hasher);
                }
            }
            if hosts {
                for row in tables.open_table(ORDERS)?.range::<u64>(..)? {
                    row?.1.value().hash(&mut hasher);
                }
            }
            Ok::<_, Error>(hasher.finish())
        };
        self.ledger.simulate(digest).expect("every table can be read")
    }

    /// Proves the ledger, and says what it looks like.
    pub fn mark(&self) -> Mark {
        let verification = verified(&self.ledger).expect("the ledger can be verified");
        assert_eq!(verification.finding, None);
        Mark { sequence: Sequence(verification.entries), head: verification.head, orders: self.orders() }
    }

    pub fn close(self) -> Result<(), Error> {
        let closed = self.ledger.close();
        drop(self.database);
        closed
    }
}

/// The workload; made once.
pub fn workload() -> &'static Workload {
    static MADE: OnceLock<Workload> = OnceLock::new();
    MADE.get_or_init(|| {
        let mut workload = Planner::begin().plan();
        // The same again gives the same, or nothing below means anything.
        let disk = SimDisk::from_image(workload.empty.clone());
        let again = open(Home::Own(CommitMode::QuickRepair), &disk).expect("the ledger opens");
        for (at, mark) in workload.marks.iter().enumerate() {
            if let Some(step) = at.checked_sub(1) {
                again.give(&workload.steps[step]).expect("the step is carried out");
            }
            assert_eq!(again.mark(), *mark, "after {at} steps");
            let pictured = at % PICTURED == 0 || at == workload.steps.len();
            let view = again.ledger.view().expect("the ledger is open");
            workload.pictures.push(pictured.then(|| picture(&view, &workload.known)));
        }
        workload
    })
}

/// A disk that holds what the ledger looks like after so many steps; the ledger was closed if `closed`.
pub fn image_after(steps: usize, home: Home, closed: bool) -> Vec<u8> {
    let workload = workload();
    let disk = SimDisk::from_image(workload.empty.clone());
    let opened = open(home, &disk).expect("the ledger opens");
    for step in &workload.steps[..steps] {
        opened.give(step).expect("the step is carried out");
    }
    if closed {
        opened.close().expect("the ledger closes");
        return disk.image(Keep::All);
    }
    disk.image(Keep::Nothing)
}

struct Planner {
    opened: Opened,
    disk_empty: Vec<u8>,
    steps: Vec<Step>,
    marks: Vec<Mark>,
    known: Known,
    now: Timestamp,
    keys: u32,
}

fn kes(minor: i128) -> Money {
    Currency::KES.minor(minor).unwrap()
}

fn phone(number: u32) -> Party {
    Party::shown(PartyKind::Msisdn, format!("2547{number:08}"))
}

impl Planner {
    fn begin() -> Self {
        let home = Home::Own(CommitMode::OnePhase);
        let disk = SimDisk::new();
        open(home, &disk).unwrap().close().unwrap();
        let empty = disk.image(Keep::All);
        let opened = open(home, &SimDisk::from_image(empty.clone())).unwrap();
        let marks = vec![opened.mark()];
        let (known, now) = (Known::default(), Timestamp(START));
        Self { opened, disk_empty: empty, steps: Vec::new(), marks, known, now, keys: 0 }
    }

    fn key(&mut self) -> String {
        self.keys += 1;
        format!("key {}", self.keys)
    }

    /// Adds a step, which the ledger must carry out.
    fn act(&mut self, act: Act) -> Vec<Receipt> {
        // The clock stands still, goes on, and goes back.
        self.now.0 += [1_000_000, 0, 7_000_000_000, -3_000_000][self.steps.len() % 4];
        let step = Step { at: self.now, act, repeats: false };
        let receipts = self.opened.give(&step).unwrap_or_else(|error| panic!("{error}: {step:?}"));
        for receipt in &receipts {
            let entry = receipt.entry();
            self.known.keys.extend(entry.key.as_deref().map(|key| (entry.client, key.to_owned())));
            self.known.payouts.extend(receipt.payout());
            self.known.invoices.extend(receipt.invoice());
            self.known.holds.extend(receipt.hold());
            self.known.counterparties.extend(receipt.counterparty());
            self.known.limits = self.known.limits.max(receipt.limit().map_or(0, |id| id.0));
            self.known.monitors = self.known.monitors.max(receipt.monitor().map_or(0, |id| id.0));
            self.known.sets = self.known.sets.max(receipt.set().map_or(0, |id| id.0));
            self.known.services = self.known.services.max(receipt.service().map_or(0, |id| id.0));
            self.known.clients = self.known.clients.max(receipt.client().map_or(0, |id| id.0));
            self.known.accounts = self.known.accounts.max(receipt.account().map_or(0, |id| id.0));
        }
        let mark = self.opened.mark();
        assert!(self.marks.last().is_some_and(|last| last.sequence < mark.sequence), "{step:?} does nothing");
        self.marks.push(mark);
        self.known.entries = self.marks.last().map_or(0, |mark| mark.sequence.0);
        self.steps.push(step);
        receipts
    }

    fn one(&mut self, command: impl Into<Command>) -> Receipt {
        self.act(Act::One(command.into())).remove(0)
    }

    fn plan(mut self) -> Workload {
        let shop = self.shop();
        for round in 0..4 {
            self.movements(&shop, round);
            self.holds(&shop, round);
            self.records(&shop, round);
            self.payouts(&shop, round);
            self.invoices(&shop, round);
        }
        let through = Timestamp(START - HOUR_NS);
        let key = self.key();
        self.one(ClosePeriod::new(shop.book, through, key));
        let Self { disk_empty: empty, mut steps, marks, known, opened, .. } = self;
        for step in &mut steps {
            let commands = match &step.act {
                Act::One(command) => std::slice::from_ref(command),
                Act::Batch(commands) | Act::All(commands) | Act::Enqueue(commands) | Act::Transaction(commands) => {
                    commands
                }
                Act::SettleDue => continue,
            };
            let again = |command: &Command| opened.ledger.simulate(|simulation| simulation.execute(command.clone()));
            step.repeats = commands.iter().all(|command| again(command).is_ok_and(|receipt| receipt.is_replayed()));
        }
        Workload { empty, steps, marks, pictures: Vec::new(), known }
    }

    fn shop(&mut self) -> Shop {
        let key = self.key();
        let book = self.one(NewBook::live("shop.kes", Currency::KES).keyed(key)).opened_book().unwrap();
        let key = self.key();
        let dollars = self.one(NewBook::live("shop.usd", Currency::USD).keyed(key)).opened_book().unwrap();
        let contact = Contact::new("Njeri", "njeri@shop.ke", "+254700000001");
        let key = self.key();
        let client = NewClient::business("Mama Njeri Shop", "KE", "P051", contact).keyed(key);
        let client = self.one(client).client().unwrap();
        let key = self.key();
        let free = NewService::new(client, book, "FREE").narrative_required(false).keyed(key);
        let free = self.one(free).service().unwrap();
        let mut accounts = Vec::new();
        let commands = (0..55).map(|_| {
            let key = self.key();
            NewAccount::new(client, book, AccountType::WORKING).keyed(key).into()
        });
        let commands = commands.collect();
        for receipt in self.act(Act::Batch(commands)) {
            accounts.push(receipt.account().unwrap());
        }
        let service = |planner: &mut Self, change: &dyn Fn(NewService) -> NewService, code: &str, book| {
            let key = planner.key();
            let service = change(NewService::new(client, book, code).narrative_required(false)).keyed(key);
            planner.one(service).service().unwrap()
        };
        let fee = Fee::Fixed(Amount::minor(5).unwrap());
        let charging = service(self, &|service| service.fee(fee.clone()), "CHARGING", book);
        let held = accounts[1];
        let rate = Rate::percent_text("10").unwrap();
        let reserving = service(self, &|service| service.reserving(rate, Some(0), held), "RESERVING", book);
        let selling = service(self, &|service| service, "SELLING", dollars);
        let key = self.key();
        let wallet = NewAccount::new(client, dollars, AccountType::FLOAT_ACCOUNT).keyed(key);
        let wallet = self.one(wallet).account().unwrap();
        let key = self.key();
        self.one(NewChannel::new("M-PESA", [Currency::KES]).keyed(key));
        let key = self.key();
        let public = PublicKey(signing(1).verifying_key().to_bytes());
        let device = self.one(NewDevice::new(client, public, "Till 4").keyed(key)).device().unwrap();
        let key = self.key();
        let money = Currency::USD.minor(1_000_000).unwrap();
        self.one(Credit::new(wallet, selling, money, key));
        Shop { book, dollars, client, free, charging, reserving, selling, wallet, device, accounts }
    }

    fn movements(&mut self, shop: &Shop, round: usize) {
        let mut credits: Vec<Command> = Vec::new();
        for (at, account) in shop.accounts.iter().enumerate() {
            let key = self.key();
            let credit = Credit::new(*account, shop.free, kes(10_000 + at as i128), key);
            credits.push(credit.referring("topup", format!("{round}")).into());
        }
        let rest = credits.split_off(40);
        self.act(Act::Batch(credits));
        self.act(Act::All(rest));
        let account = |at: usize| shop.accounts[(at * 7 + round * 11) % shop.accounts.len()];
        let key = self.key();
        let charged = self.one(Debit::new(account(1), shop.charging, kes(100), key));
        let key = self.key();
        self.one(Transfer::new(account(2), account(3), shop.charging, kes(200), key).narrated("rent"));
        let key = self.key();
        let post = Post::new(key).debit(account(4), kes(70)).credit(account(5), kes(30)).credit(account(6), kes(40));
        self.one(post);
        let key = self.key();
        self.one(Credit::new(account(7), shop.reserving, kes(1_000), key).paid_by(phone(round as u32)));
        let key = self.key();
        self.one(Reverse::part(charged.sequence(), kes(10), key));
        self.one(Reverse::whole(charged.sequence()));
        let key = self.key();
        let money = Currency::USD.minor(1_000).unwrap();
        let sale = Exchange::sell(shop.wallet, account(8), shop.selling, money, key);
        self.one(sale.at("129.5".parse().unwrap()));
        let mut transfers = Vec::new();
        for at in 0..12 {
            let key = self.key();
            transfers.push(Transfer::new(account(at), account(at + 1), shop.free, kes(5), key).into());
        }
        let in_transaction = transfers.split_off(6);
        self.act(Act::Enqueue(transfers));
        self.act(Act::Transaction(in_transaction));
    }

    fn holds(&mut self, shop: &Shop, round: usize) {
        let account = |at: usize| shop.accounts[(at * 5 + round * 3) % shop.accounts.len()];
        let place = |planner: &mut Self, at: usize, until: Option<Timestamp>| {
            let key = planner.key();
            let hold = PlaceHold::new(Transfer::new(account(at), account(at + 1), shop.free, kes(50), key));
            let hold = until.map_or(hold.clone(), |until| hold.until(until));
            planner.one(hold).hold().unwrap()
        };
        let captured = place(self, 0, None);
        let released = place(self, 2, None);
        place(self, 4, Some(Timestamp(self.now.0 + HOUR_NS)));
        let key = self.key();
        self.one(Capture::part(captured, kes(20), key));
        self.one(Capture::whole(captured));
        self.one(Release::whole(released));
        let key = self.key();
        let clearing = Clearing::At(Timestamp(self.now.0 + HOUR_NS));
        self.one(Credit::new(account(6), shop.free, kes(70), key).clearing(clearing));
        self.now.0 += 2 * HOUR_NS;
        self.act(Act::SettleDue);
    }

    fn records(&mut self, shop: &Shop, round: usize) {
        let account = shop.accounts[3 + round];
        let key = self.key();
        let limit = NewLimit::new(account, Window::last_hours(1)).count(1_000).keyed(key);
        let first = self.one(limit).limit().unwrap();
        let key = self.key();
        let limit = NewLimit::new(shop.free, Window::MONTH).per_account().count(1_000).counting(Counts::ALL);
        self.one(limit.keyed(key));
        let key = self.key();
        self.one(LimitChange::of(first).count(Some(900)).keyed(key));
        let key = self.key();
        let monitor = NewMonitor::new(account, kes(90_000)).keyed(key);
        let monitor = self.one(monitor).monitor().unwrap();
        if round % 2 == 1 {
            let key = self.key();
            self.one(RetireLimit::of(LimitId(first.0)).keyed(key));
            let key = self.key();
            self.one(RetireMonitor::of(MonitorId(monitor.0)).keyed(key));
        }
        let key = self.key();
        self.one(SetQuota::new(shop.client, shop.book, 200 + round as u32).keyed(key));
        let key = self.key();
        let change = AccountChange::default().with("colour", format!("{round}")).keyed(key);
        self.one((account, change));
        let key = self.key();
        let set = self.one(NewAccountSet::new(shop.book, format!("set {round}")).keyed(key)).set().unwrap();
        let key = self.key();
        self.one((set, AccountSetChange::add([account, shop.accounts[0]]).keyed(key)));
        let key = self.key();
        self.one((set, AccountSetChange::remove([shop.accounts[0]]).keyed(key)));
        self.one(Flows::of(shop.dollars).allow(AccountType::FLOAT_ACCOUNT, AccountType::new("FX_POSITION")));
        let key = self.key();
        let value = format!("+25472298765{round}");
        let jane = NewCounterparty::new(shop.client, PartyKind::Msisdn, value).named("Jane").keyed(key);
        let jane = self.one(jane).counterparty().unwrap();
        if round.is_multiple_of(2) {
            // What is erased goes from the file: rows are removed.
            self.one(Command::from(PartyRequest::Erase(Erase::Counterparty(jane))));
        }
        let event = self.opened.ledger.view().unwrap().events().limit(5).page().unwrap().items[round].id;
        self.one(Acknowledge::new("mailer", event));
        if round == 3 {
            self.one(Rewind::new("mailer", EventId::default()));
        }
        let key = self.key();
        let public = PublicKey(signing(20 + round as u8).verifying_key().to_bytes());
        let spare = self.one(NewDevice::new(shop.client, public, format!("Spare {round}")).keyed(key));
        let key = self.key();
        let public = PublicKey(signing(40 + round as u8).verifying_key().to_bytes());
        self.one(RotateDevice::new(spare.device().unwrap(), public).keyed(key));
    }

    fn payouts(&mut self, shop: &Shop, round: usize) {
        let source = shop.accounts[10 + round];
        let key = self.key();
        let mut asked = NewPayout::new(shop.device, shop.charging, source, Provider::MPESA_B2C, Currency::KES);
        for number in 0..3 {
            asked = asked.item(NewPayoutItem::new(phone(number), kes(100 + i128::from(number))).named("Jane"));
        }
        let payout = self.one(asked.keyed(key)).payout().unwrap();
        if round == 3 {
            self.one(PayoutChange::cancel(payout));
            return;
        }
        let view = self.opened.ledger.view().unwrap().payout(payout).unwrap();
        let signature = signing(1).sign(&view.preview().digest(shop.device).0).to_bytes();
        self.one(SignedApproval::new(payout, signature));
        let items: Vec<PayoutItemId> = view.items.iter().map(|item| item.id).collect();
        for item in &items {
            self.one(PayoutItemChange::start(*item));
        }
        self.one(PayoutItemChange::settle(items[0]));
        self.one(PayoutItemChange::fail(items[1]));
        if round > 0 {
            self.one(PayoutItemChange::settle(items[2]));
            self.one(PayoutItemChange::returned(items[2]));
        }
    }

    fn invoices(&mut self, shop: &Shop, round: usize) {
        let wallet = shop.accounts[20 + round];
        let issue = |planner: &mut Self| {
            let key = planner.key();
            let given = NewInvoice::new(shop.charging, "M-PESA", kes(900), phone(7), key).into_account(wallet);
            planner.one(given).invoice().unwrap()
        };
        let (paid, failed) = (issue(self), issue(self));
        let key = self.key();
        self.one(CompleteInvoice::new(paid).keyed(key));
        let failure = InvoiceFailure::new("the phone was off");
        self.one(AdvanceInvoice::fail(failed, failure));
    }
}

struct Shop {
    book: BookId,
    dollars: BookId,
    client: ClientId,
    free: ServiceId,
    charging: ServiceId,
    reserving: ServiceId,
    selling: ServiceId,
    /// In dollars.
    wallet: AccountId,
    device: DeviceId,
    accounts: Vec<AccountId>,
}

fn signing(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

/// What a view says about everything there is to ask, each for itself.
pub type Picture = BTreeMap<String, Answer>;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// As JSON.
    Shown(String),
    /// The books do not have it, or do not show it.
    Refused(String),
    /// Storage could not tell.
    Failed(String),
}

impl Answer {
    fn of(answer: Result<String, Error>) -> Self {
        match answer {
            Ok(shown) => Self::Shown(shown),
            Err(Error::Failed(error)) => Self::Failed(error.to_string()),
            Err(error) => Self::Refused(error.to_string()),
        }
    }
}

/// Looks at everything.
pub fn picture(view: &View, known: &Known) -> Picture {
    glance(view, known, &mut || true)
}

/// Looks at what is chosen.
pub fn glance(view: &View, known: &Known, chosen: &mut dyn FnMut() -> bool) -> Picture {
    let mut picture = Picture::new();
    let mut put = |what: String, answer: Result<String, Error>| drop(picture.insert(what, Answer::of(answer)));
    macro_rules! ask {
        ($what:expr, $answer:expr) => {
            if chosen() {
                let shown =
                    $answer.map(|answer| serde_json::to_string(&answer).unwrap_or_else(|error| error.to_string()));
                put($what, shown);
            }
        };
    }
    put("end".to_owned(), Ok(format!("{} {}", view.sequence(), view.recorded_at())));
    ask!("books".to_owned(), view.books());
    for book in (1..=2).map(BookId) {
        ask!(format!("book {book}"), view.book(book));
        ask!(format!("trial balance {book}"), view.trial_balance(book));
        ask!(format!("rollup {book}"), view.rollup(book, ""));
        ask!(format!("periods {book}"), view.periods(book));
        ask!(format!("flows {book}"), view.flows(book));
    }
    for account in (1..=known.accounts).map(AccountId) {
        ask!(format!("balance {account}"), view.balance(account));
        ask!(format!("account {account}"), view.account(account));
        ask!(
            format!("lines {account}"),
            view.activities(account).newest_first().limit(5).page().map(|page| page.items)
        );
        ask!(format!("holds {account}"), view.holds(account));
        ask!(format!("sets of {account}"), view.sets_of(account));
    }
    for client in (1..=known.clients).map(ClientId) {
        ask!(format!("client {client}"), view.client(client));
        ask!(format!("services {client}"), view.services(client));
        ask!(format!("devices {client}"), view.devices(client));
        ask!(
            format!("counterparties {client}"),
            view.counterparties(client, Listing::first(20)).map(|page| page.items)
        );
        ask!(
            format!("invoices {client}"),
            view.invoices(InvoiceFilter::of_client(client), Listing::first(20)).map(|page| page.items)
        );
    }
    for service in (1..=known.services).map(ServiceId) {
        ask!(format!("service {service}"), view.service(service));
    }
    for id in 1..=known.limits {
        ask!(format!("limit {id}"), view.limit(LimitId(id)));
    }
    for id in 1..=known.monitors {
        ask!(format!("monitor {id}"), view.monitor(MonitorId(id)));
    }
    for set in (1..=known.sets).map(SetId) {
        ask!(format!("set {set}"), view.set_balance(set));
        ask!(format!("members {set}"), view.members(set, Listing::first(20)).map(|page| page.items));
    }
    for payout in &known.payouts {
        ask!(format!("payout {payout}"), view.payout(*payout));
    }
    for invoice in &known.invoices {
        ask!(format!("invoice {invoice}"), view.invoice(*invoice));
    }
    for hold in &known.holds {
        ask!(format!("hold {hold}"), view.hold(*hold));
    }
    for counterparty in &known.counterparties {
        ask!(format!("counterparty {counterparty}"), view.counterparty(*counterparty));
    }
    for sequence in (1..=known.entries).map(Sequence) {
        ask!(format!("entry {sequence}"), view.entry(sequence));
    }
    for (client, key) in &known.keys {
        ask!(
            format!("key {client:?} {key}"),
            view.entry_keyed(*client, key).map(|entry| entry.map(|entry| entry.sequence))
        );
    }
    for round in 0..4 {
        ask!(
            format!("topup {round}"),
            view.entries_referring("topup", &round.to_string(), Listing::first(100)).map(|page| page.items.len())
        );
    }
    ask!("events".to_owned(), view.events().limit(100).page().map(|page| page.items));
    ask!("open holds".to_owned(), view.open_holds(Listing::first(20)).map(|page| page.items));
    picture
}

/// Every request that the workload has given, by its kind: so that a family that is added is not forgotten here.
pub fn kinds() -> Vec<&'static str> {
    let name = |command: &Command| match &command.request {
        Request::Payout(_) => "payout",
        Request::Invoice(_) => "invoice",
        Request::Device(_) => "device",
        Request::Parties(_) => "parties",
        Request::Chart(_) => "chart",
        Request::Limits(_) => "limits",
        Request::Cursor(_) => "cursor",
        Request::Exchange(_) => "exchange",
        Request::ClosePeriod(_) => "period",
        Request::PlaceHold(_) | Request::Capture(_) | Request::Release(_) => "holds",
        Request::Credit(_) | Request::Debit(_) | Request::Transfer(_) | Request::Post(_) => "movements",
        Request::Reverse(_) => "reversals",
        _ => "records",
    };
    let steps = workload().steps.iter();
    let mut kinds: Vec<_> = steps
        .flat_map(|step| match &step.act {
            Act::One(command) => vec![name(command)],
            Act::Batch(commands) | Act::All(commands) | Act::Enqueue(commands) | Act::Transaction(commands) => {
                commands.iter().map(name).collect()
            }
            Act::SettleDue => vec!["due"],
        })
        .collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}
