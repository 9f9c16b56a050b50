//! The desk: the records that commands can touch, in memory.
//!
//! It holds what has been laid on it and remembers what was changed since, so that the layer above can write that back.
//! What is not on it is unknown, which is not the same as known to be absent.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::rejection::Rejection;
use crate::model::{
    Account, AccountId, AccountSet, AccountStatus, AccountType, AccountTypeRule, Book, BookId, Channel, ChannelId,
    Client, ClientId, Counterparty, CounterpartyId, Device, DeviceId, Entry, EventCursor, Extras, Flows, Hold, HoldId,
    Invoice, InvoiceId, Limit, LimitId, Monitor, MonitorId, Owner, Payout, PayoutId, PayoutItem, PayoutItemId,
    Personal, SealedTrialBalance, Sequence, Service, ServiceId, SetId, Side, Subject, Tally, Timestamp, Window,
};
use crate::money::Amount;

/// How many accounts' rows lie together: the unit of loading, dropping and writing back.
pub(crate) const PAGE_ROWS: u64 = 48;

/// The page that an account's row lies on.
pub(crate) const fn page_of(account: AccountId) -> u64 {
    account.0 / PAGE_ROWS
}

/// The account whose row lies first on a page.
pub(crate) const fn first_of_page(page: u64) -> AccountId {
    // Account zero does not exist.
    if page == 0 { AccountId(1) } else { AccountId(page.saturating_mul(PAGE_ROWS)) }
}

/// An account's row among the rows of its page.
pub(crate) fn row_on_page(rows: &[Row], account: AccountId) -> Option<&Row> {
    rows.get(place_on_page(account).checked_sub(first_on_page(account))?)
}

const fn place_on_page(account: AccountId) -> usize {
    (account.0 % PAGE_ROWS) as usize
}

/// What deciding must know of an account: the terms it is kept on, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub terms: Terms,
    pub tally: Tally,
}

/// The terms that an account is kept on, as far as movements ask for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Terms {
    /// The owner; `None` for a system account.
    pub client: Option<ClientId>,
    pub book: BookId,
    pub normal: Side,
    pub status: AccountStatus,
    pub can_disburse: bool,
    /// The lowest available balance that a debit or hold may leave.
    pub floor: Floor,
    pub extras: Extras,
}

/// A floor, or none, in no more room than the number takes: there are as many rows in memory as there is room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Floor(i128);

impl Floor {
    /// What is far below any floor, which is an amount or less by an amount, stands for none.
    const NONE: i128 = i128::MIN;

    pub(crate) const fn get(self) -> Option<i128> {
        if self.0 == Self::NONE { None } else { Some(self.0) }
    }
}

impl From<Option<i128>> for Floor {
    fn from(floor: Option<i128>) -> Self {
        Self(floor.unwrap_or(Self::NONE))
    }
}

impl Terms {
    pub(crate) fn of(account: &Account) -> Self {
        Self {
            client: account.client,
            book: account.book,
            normal: account.normal_side,
            status: account.status,
            can_disburse: account.can_disburse,
            floor: account.floor().into(),
            extras: account.extras,
        }
    }
}

/// Where a record lies.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    Book(BookId),
    Client(ClientId),
    Service(ServiceId),
    /// A service as it was in an earlier version.
    ServiceVersion(ServiceId, u32),
    Account(AccountId),
    Portfolio(ClientId),
    Type(AccountType),
    Reversed(Sequence),
    Name(Name),
    /// An entry of the journal, read but never changed.
    Entry(Sequence),
    Hold(HoldId),
    Device(DeviceId),
    Payout(PayoutId),
    PayoutItem(PayoutItemId),
    Channel(ChannelId),
    Invoice(InvoiceId),
    Limit(LimitId),
    /// The limits of an account, client or service that have not ended.
    Limits(Subject),
    /// What a limit has counted: of one account, or of all together under account 0.
    Usage(LimitId, AccountId),
    Monitor(MonitorId),
    /// The monitors of an account that have not ended.
    Monitors(AccountId),
    /// A cursor of events, by the entry that began it.
    Cursor(Sequence),
    /// A set of accounts.
    Set(SetId),
    /// Whether an account is a member of a set itself.
    Member(SetId, AccountId),
    /// A book's list of allowed flows.
    Flows(BookId),
    Counterparty(CounterpartyId),
    /// Personal texts that an entry committed to. Beside the journal: nothing there follows from it.
    Personal(Owner, Sequence),
    /// A digest that a client's counterparty is found by. Beside the journal, too.
    Payer(ClientId, [u8; 16]),
}

/// The records that have a dense identifier, each kind on a shelf of its own.
#[derive(Clone, Copy, Debug)]
enum Dense {
    Books,
    Clients,
    Services,
    Accounts,
    Portfolios,
    Limits,
    Monitors,
    /// Every movement asks for its book's, so they are found as books are.
    Flows,
}

impl Dense {
    const COUNT: usize = Self::Flows as usize + 1;
}

/// The records that have a number with large gaps, each kind in an order of its own.
#[derive(Clone, Copy, Debug)]
enum Numbered {
    Reversed,
    Entries,
    Holds,
    Invoices,
    Payouts,
    PayoutItems,
}

impl Numbered {
    const COUNT: usize = Self::PayoutItems as usize + 1;
}

/// How a place is found on the desk.
#[derive(Clone, Copy, Debug)]
enum Found {
    Dense(Dense, u64),
    Numbered(Numbered, u64),
    Sparse,
}

impl Place {
    const fn found(&self) -> Found {
        match self {
            Self::Book(id) => Found::Dense(Dense::Books, id.0),
            Self::Client(id) => Found::Dense(Dense::Clients, id.0),
            Self::Service(id) => Found::Dense(Dense::Services, id.0),
            Self::Account(id) => Found::Dense(Dense::Accounts, id.0),
            Self::Portfolio(id) => Found::Dense(Dense::Portfolios, id.0),
            Self::Limit(id) => Found::Dense(Dense::Limits, id.0),
            Self::Monitor(id) => Found::Dense(Dense::Monitors, id.0),
            Self::Flows(id) => Found::Dense(Dense::Flows, id.0),
            Self::Reversed(original) => Found::Numbered(Numbered::Reversed, original.0),
            Self::Entry(sequence) => Found::Numbered(Numbered::Entries, sequence.0),
            Self::Hold(id) => Found::Numbered(Numbered::Holds, id.0.0),
            Self::Invoice(id) => Found::Numbered(Numbered::Invoices, id.0.0),
            Self::Payout(id) => Found::Numbered(Numbered::Payouts, id.0),
            Self::PayoutItem(id) => Found::Numbered(Numbered::PayoutItems, id.packed()),
            Self::ServiceVersion(..)
            | Self::Type(_)
            | Self::Name(_)
            | Self::Device(_)
            | Self::Channel(_)
            | Self::Limits(_)
            | Self::Usage(..)
            | Self::Monitors(_)
            | Self::Cursor(_)
            | Self::Set(_)
            | Self::Member(..)
            | Self::Counterparty(_)
            | Self::Personal(..)
            | Self::Payer(..) => Found::Sparse,
        }
    }

    /// Whether what lies there does not follow from the journal, and can be taken away.
    pub(crate) const fn is_beside(&self) -> bool {
        matches!(self, Self::Personal(..) | Self::Payer(..))
    }
}

/// A name that only one may have.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Name {
    Book(String),
    ClientCode(String),
    ServiceCode(String),
    /// A product among a client's services.
    Product(ClientId, String),
    ExternalId(String),
    /// A public key that is, or was, a device's; in hexadecimal digits.
    DeviceKey(String),
    Cursor(String),
    Channel(String),
    /// A set of accounts among those of its book.
    Set(BookId, String),
}

/// What lies in a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Record {
    Book(Arc<Book>),
    Client(Arc<Client>),
    Service(Arc<Service>),
    Account(Arc<Account>),
    Portfolio(Arc<Portfolio>),
    Type(Arc<AccountTypeRule>),
    Reversed(Reversed),
    /// The identifier of who has the name.
    Name(u64),
    Entry(Arc<Entry>),
    Hold(Arc<Hold>),
    Device(Arc<Device>),
    Payout(Arc<Payout>),
    PayoutItem(Arc<PayoutItem>),
    Channel(Arc<Channel>),
    Invoice(Arc<Invoice>),
    Limit(Arc<Limit>),
    Limits(Arc<Vec<LimitId>>),
    Usage(Arc<Used>),
    Monitor(Arc<Monitor>),
    Monitors(Arc<Vec<MonitorId>>),
    Cursor(Arc<EventCursor>),
    Set(Arc<AccountSet>),
    Member(bool),
    Flows(Arc<Flows>),
    Counterparty(Arc<Counterparty>),
    Personal(Arc<Personal>),
}

/// What changes beside the journal together with an entry: what lies in a place from then on, nothing when it is taken
/// away.
pub(crate) type Beside = Vec<(Place, Option<Record>)>;

/// What a client has, as far as quotas and labels ask for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Portfolio {
    /// Accounts ever opened.
    pub opened: u64,
    /// Of each book: accounts that are not closed.
    pub open: BTreeMap<BookId, u32>,
    /// Of each book and type of which there may be one: that one.
    pub singles: BTreeMap<(BookId, AccountType), AccountId>,
}

/// How much of an entry has been reversed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reversed {
    /// Of its principal, in minor units.
    pub total: Amount,
    /// Whether nothing is left.
    pub whole: bool,
    /// The latest reversal.
    pub by: Sequence,
}

/// What a limit has counted, by the steps of its window.
///
/// Invariants: the steps ascend, and at most 61 are kept; of those that no longer count, some may still stand here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Used {
    /// The entry counted last.
    pub changed_in: Sequence,
    pub steps: Vec<UsedStep>,
}

/// What a limit has counted in one step of its window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct UsedStep {
    pub step: i64,
    pub count: u64,
    /// Of principals, in minor units, at most the greatest amount; zero where currencies would mix.
    pub sum: Amount,
}

impl Used {
    /// What counts at an instant: how many movements, and their sum.
    pub(crate) fn at(&self, window: Window, at: Timestamp) -> (u64, Amount) {
        let counted = self.steps_at(window, at);
        counted.fold((0, Amount::ZERO), |(count, sum), step| {
            // More than the greatest amount is more than any limit allows.
            (step.count.saturating_add(count), sum.plus(step.sum).unwrap_or(Amount::MAX))
        })
    }

    /// When what counts at an instant began, and when the first of it no longer does.
    pub(crate) fn span(&self, window: Window, at: Timestamp) -> (Timestamp, Timestamp) {
        let first = self.steps_at(window, at).next().map_or_else(|| window.step(at), |step| step.step);
        (window.begins(window.oldest_step(at)), window.leaves(first))
    }

    /// This, and one movement more.
    pub(crate) fn with(&self, window: Window, at: Timestamp, sum: Amount, changed_in: Sequence) -> Self {
        let mut steps: Vec<UsedStep> = self.steps_at(window, at).copied().collect();
        let now = window.step(at);
        match steps.last_mut().filter(|last| last.step == now) {
            Some(last) => {
                last.count = last.count.saturating_add(1);
                last.sum = last.sum.plus(sum).unwrap_or(Amount::MAX);
            }
            None => steps.push(UsedStep { step: now, count: 1, sum }),
        }
        Self { changed_in, steps }
    }

    fn steps_at(&self, window: Window, at: Timestamp) -> impl Iterator<Item = &UsedStep> {
        let oldest = window.oldest_step(at);
        self.steps.iter().filter(move |step| step.step >= oldest)
    }
}

/// What must be laid on the desk before a command can be judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// A page of rows.
    Page(u64),
    /// Any other record.
    Record(Place),
    /// A book's trial balance of what is effective up to an instant, made of everything decided so far.
    Sealed(BookId, Timestamp),
    /// All personal texts of an owner, from those of this entry back.
    Texts(Owner, Sequence),
}

/// Why there is no verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The books say no.
    Rejected(Rejection),
    /// A record must be laid on the desk first; then ask again.
    Missing(Need),
}

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

/// The identifiers given out last; zero before the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counters {
    pub book: u64,
    pub client: u64,
    pub service: u64,
    pub account: u64,
    pub device: u64,
    pub payout: u64,
    pub limit: u64,
    pub monitor: u64,
    pub set: u64,
}

/// Records by dense identifier, in pages so that holes cost little.
#[derive(Debug, Default)]
struct Shelf {
    pages: Vec<Option<Box<[Slot; Shelf::PAGE]>>>,
}

/// Unknown, known to be absent, or the record.
type Slot = Option<Option<Record>>;

impl Shelf {
    const PAGE: usize = 64;

    fn split(id: u64) -> (usize, usize) {
        let id = usize::try_from(id).unwrap_or(usize::MAX);
        (id / Self::PAGE, id % Self::PAGE)
    }

    #[inline]
    fn get(&self, id: u64) -> &Slot {
        let (page, place) = Self::split(id);
        self.pages.get(page).and_then(Option::as_ref).and_then(|page| page.get(place)).unwrap_or(&None)
    }

    fn replace(&mut self, id: u64, slot: Slot) -> Slot {
        let (page, place) = Self::split(id);
        if page >= self.pages.len() {
            self.pages.resize_with(page.saturating_add(1), || None);
        }
        let page =
            self.pages.get_mut(page).map(|page| page.get_or_insert_with(|| Box::new([const { None }; Self::PAGE])));
        page.and_then(|page| page.get_mut(place)).and_then(|kept| std::mem::replace(kept, slot))
    }
}

/// One page of rows, and whether it must be written back.
#[derive(Debug, Default)]
struct Page {
    rows: Vec<Row>,
    dirty: bool,
    /// The number of the commit that last wrote it back.
    written_in: u64,
}

/// A change taken back when a batch or transaction is given up.
#[derive(Debug)]
enum Undo {
    Row(AccountId, Row),
    RowAdded(AccountId),
    Record(Place, Slot),
}

/// The working set. See the file's header.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    pub counters: Counters,
    /// Those with a dense identifier, by kind.
    shelves: [Shelf; Dense::COUNT],
    /// Those with another number, by kind.
    numbered: [BTreeMap<u64, Option<Record>>; Numbered::COUNT],
    sparse: BTreeMap<Place, Option<Record>>,
    /// How many places are known.
    records: usize,
    pages: Vec<Option<Page>>,
    resident_pages: usize,
    dirty: Vec<u64>,
    touched: Vec<Place>,
    undo: Option<(Counters, usize, Vec<Undo>)>,
    /// A trial balance, for the command at hand alone.
    sealed: Option<(BookId, Timestamp, Option<Arc<SealedTrialBalance>>)>,
}

/// How a command sees the records: each accessor answers, rejects, or names what is missing.
impl Desk {
    #[inline]
    pub(crate) fn row(&self, account: AccountId) -> Result<&Row, Refusal> {
        if account.0 == 0 || account.0 > self.counters.account {
            return Err(Rejection::AccountNotFound { account }.into());
        }
        self.resident_row(account).ok_or_else(|| Refusal::Missing(Need::Page(page_of(account))))
    }

    /// Reads a little of the rows of accounts, for the sake of having read it; the number means nothing.
    pub(crate) fn touch_rows(&self, accounts: [AccountId; 2]) -> u64 {
        let [one, other] = accounts.map(|account| {
            let row = self.resident_row(account);
            row.map_or(0, |row| row.terms.book.0 ^ row.tally.last.0)
        });
        one ^ other
    }

    /// As [`Desk::touch_rows`], of a service.
    pub(crate) fn touch_service(&self, service: ServiceId) -> u64 {
        self.service(service).map_or(0, |service| service.terms.client.0 ^ service.id.0)
    }

    pub(crate) fn book(&self, book: BookId) -> Result<&Arc<Book>, Refusal> {
        match self.dense(Dense::Books, book.0, || Place::Book(book))? {
            Some(Record::Book(record)) => Ok(record),
            _ => Err(Rejection::BookNotFound { book }.into()),
        }
    }

    pub(crate) fn client(&self, client: ClientId) -> Result<&Arc<Client>, Refusal> {
        match self.dense(Dense::Clients, client.0, || Place::Client(client))? {
            Some(Record::Client(record)) => Ok(record),
            _ => Err(Rejection::ClientNotFound { client }.into()),
        }
    }

    pub(crate) fn active_client(&self, client: ClientId) -> Result<&Arc<Client>, Refusal> {
        let record = self.client(client)?;
        if record.active { Ok(record) } else { Err(Rejection::ClientInactive { client }.into()) }
    }

    pub(crate) fn service(&self, service: ServiceId) -> Result<&Arc<Service>, Refusal> {
        if service == ServiceId(0) {
            return Err(Rejection::ServiceRequired.into());
        }
        match self.dense(Dense::Services, service.0, || Place::Service(service))? {
            Some(Record::Service(record)) => Ok(record),
            _ => Err(Rejection::ServiceNotFound { service }.into()),
        }
    }

    /// A service in the version that an entry ran under.
    pub(crate) fn service_version(&self, service: ServiceId, version: u32) -> Result<&Arc<Service>, Refusal> {
        let latest = self.service(service)?;
        if latest.version == version {
            return Ok(latest);
        }
        match self.known(&Place::ServiceVersion(service, version))? {
            Some(Record::Service(record)) => Ok(record),
            _ => Err(Rejection::ServiceNotFound { service }.into()),
        }
    }

    pub(crate) fn account(&self, account: AccountId) -> Result<&Arc<Account>, Refusal> {
        match self.dense(Dense::Accounts, account.0, || Place::Account(account))? {
            Some(Record::Account(record)) => Ok(record),
            _ => Err(Rejection::AccountNotFound { account }.into()),
        }
    }

    pub(crate) fn portfolio(&self, client: ClientId) -> Result<Arc<Portfolio>, Refusal> {
        match self.dense(Dense::Portfolios, client.0, || Place::Portfolio(client))? {
            Some(Record::Portfolio(record)) => Ok(Arc::clone(record)),
            _ => Ok(Arc::default()),
        }
    }

    pub(crate) fn account_type(&self, account_type: &AccountType) -> Result<Option<AccountTypeRule>, Refusal> {
        if let Some(rule) = account_type.built_in() {
            return Ok(Some(rule));
        }
        match self.known(&Place::Type(account_type.clone()))? {
            Some(Record::Type(rule)) => Ok(Some((**rule).clone())),
            _ => Ok(None),
        }
    }

    pub(crate) fn reversed(&self, original: Sequence) -> Result<Option<Reversed>, Refusal> {
        match self.known(&Place::Reversed(original))? {
            Some(Record::Reversed(reversed)) => Ok(Some(*reversed)),
            _ => Ok(None),
        }
    }

    pub(crate) fn holder(&self, name: Name) -> Result<Option<u64>, Refusal> {
        match self.known(&Place::Name(name))? {
            Some(Record::Name(holder)) => Ok(Some(*holder)),
            _ => Ok(None),
        }
    }

    pub(crate) fn entry(&self, entry: Sequence) -> Result<&Arc<Entry>, Refusal> {
        match self.known(&Place::Entry(entry))? {
            Some(Record::Entry(record)) => Ok(record),
            _ => Err(Rejection::EntryNotFound { entry }.into()),
        }
    }

    /// The cursor of that name, if it was ever set.
    pub(crate) fn cursor(&self, name: &str) -> Result<Option<&Arc<EventCursor>>, Refusal> {
        let Some(id) = self.holder(Name::Cursor(name.to_owned()))? else { return Ok(None) };
        match self.known(&Place::Cursor(Sequence(id)))? {
            Some(Record::Cursor(record)) => Ok(Some(record)),
            _ => Ok(None),
        }
    }

    pub(crate) fn set(&self, set: SetId) -> Result<&Arc<AccountSet>, Refusal> {
        if set.0 == 0 || set.0 > self.counters.set {
            return Err(Rejection::SetNotFound { set }.into());
        }
        match self.known(&Place::Set(set))? {
            Some(Record::Set(record)) => Ok(record),
            _ => Err(Rejection::SetNotFound { set }.into()),
        }
    }

    pub(crate) fn is_member(&self, set: SetId, account: AccountId) -> Result<bool, Refusal> {
        Ok(matches!(self.known(&Place::Member(set, account))?, Some(Record::Member(true))))
    }

    /// A book's list of allowed flows, if there is one that does not allow everything.
    pub(crate) fn flows(&self, book: BookId) -> Result<Option<&Arc<Flows>>, Refusal> {
        match self.dense(Dense::Flows, book.0, || Place::Flows(book))? {
            Some(Record::Flows(record)) if !record.allowed.is_empty() => Ok(Some(record)),
            _ => Ok(None),
        }
    }

    pub(crate) fn hold(&self, hold: HoldId) -> Result<&Arc<Hold>, Refusal> {
        match self.known(&Place::Hold(hold))? {
            Some(Record::Hold(record)) => Ok(record),
            _ => Err(Rejection::HoldNotFound { hold }.into()),
        }
    }

    /// The hold that an entry placed, if it placed one.
    pub(crate) fn hold_of(&self, entry: Sequence) -> Result<Option<&Arc<Hold>>, Refusal> {
        match self.known(&Place::Hold(HoldId(entry)))? {
            Some(Record::Hold(record)) => Ok(Some(record)),
            _ => Ok(None),
        }
    }

    pub(crate) fn device(&self, device: DeviceId) -> Result<&Arc<Device>, Refusal> {
        match self.known(&Place::Device(device))? {
            Some(Record::Device(record)) => Ok(record),
            _ => Err(Rejection::DeviceNotFound { device }.into()),
        }
    }

    pub(crate) fn payout(&self, payout: PayoutId) -> Result<&Arc<Payout>, Refusal> {
        match self.known(&Place::Payout(payout))? {
            Some(Record::Payout(record)) => Ok(record),
            _ => Err(Rejection::BatchNotFound { payout }.into()),
        }
    }

    pub(crate) fn payout_item(&self, item: PayoutItemId) -> Result<&PayoutItem, Refusal> {
        if !item.can_exist() {
            return Err(Rejection::ItemNotFound { item }.into());
        }
        match self.known(&Place::PayoutItem(item))? {
            Some(Record::PayoutItem(record)) => Ok(record),
            _ => Err(Rejection::ItemNotFound { item }.into()),
        }
    }

    /// The channel with a code.
    pub(crate) fn channel(&self, code: &str) -> Result<&Arc<Channel>, Refusal> {
        let missing = || Refusal::from(Rejection::ChannelNotFound { channel: code.to_owned() });
        let id = self.holder(Name::Channel(code.to_owned()))?.ok_or_else(missing)?;
        match self.known(&Place::Channel(ChannelId(Sequence(id))))? {
            Some(Record::Channel(record)) => Ok(record),
            _ => Err(missing()),
        }
    }

    pub(crate) fn invoice(&self, invoice: InvoiceId) -> Result<&Arc<Invoice>, Refusal> {
        match self.known(&Place::Invoice(invoice))? {
            Some(Record::Invoice(record)) => Ok(record),
            _ => Err(Rejection::InvoiceNotFound { invoice }.into()),
        }
    }

    pub(crate) fn limit(&self, limit: LimitId) -> Result<&Arc<Limit>, Refusal> {
        match self.dense(Dense::Limits, limit.0, || Place::Limit(limit))? {
            Some(Record::Limit(record)) => Ok(record),
            _ => Err(Rejection::LimitNotFound { limit }.into()),
        }
    }

    /// The limits of a subject that have not ended, in the order of definition.
    pub(crate) fn limits(&self, subject: Subject) -> Result<Arc<Vec<LimitId>>, Refusal> {
        match self.known(&Place::Limits(subject))? {
            Some(Record::Limits(record)) => Ok(Arc::clone(record)),
            _ => Ok(Arc::default()),
        }
    }

    pub(crate) fn used(&self, place: &Place) -> Result<Option<&Arc<Used>>, Refusal> {
        match self.known(place)? {
            Some(Record::Usage(record)) => Ok(Some(record)),
            _ => Ok(None),
        }
    }

    pub(crate) fn monitor(&self, monitor: MonitorId) -> Result<&Arc<Monitor>, Refusal> {
        match self.dense(Dense::Monitors, monitor.0, || Place::Monitor(monitor))? {
            Some(Record::Monitor(record)) => Ok(record),
            _ => Err(Rejection::MonitorNotFound { monitor }.into()),
        }
    }

    /// The monitors of an account that have not ended, in the order of definition.
    pub(crate) fn monitors(&self, account: AccountId) -> Result<Arc<Vec<MonitorId>>, Refusal> {
        match self.known(&Place::Monitors(account))? {
            Some(Record::Monitors(record)) => Ok(Arc::clone(record)),
            _ => Ok(Arc::default()),
        }
    }

    /// A book's trial balance of what is effective up to an instant.
    pub(crate) fn sealed(&self, book: BookId, through: Timestamp) -> Result<&Arc<SealedTrialBalance>, Refusal> {
        match &self.sealed {
            Some((of, at, sealed)) if (*of, *at) == (book, through) => {
                sealed.as_ref().ok_or(Rejection::AmountTooLarge.into())
            }
            _ => Err(Refusal::Missing(Need::Sealed(book, through))),
        }
    }

    pub(crate) fn counterparty(&self, counterparty: CounterpartyId) -> Result<&Arc<Counterparty>, Refusal> {
        match self.known(&Place::Counterparty(counterparty))? {
            Some(Record::Counterparty(record)) => Ok(record),
            _ => Err(Rejection::CounterpartyNotFound { counterparty }.into()),
        }
    }

    /// The personal texts that an entry committed to, unless they were erased.
    pub(crate) fn personal(&self, owner: Owner, sequence: Sequence) -> Result<Option<&Arc<Personal>>, Refusal> {
        match self.known(&Place::Personal(owner, sequence))? {
            Some(Record::Personal(record)) => Ok(Some(record)),
            _ => Ok(None),
        }
    }

    /// As [`Desk::personal`], for going on to those before: what is missing is asked for together with them.
    pub(crate) fn personal_back(&self, owner: Owner, sequence: Sequence) -> Result<Option<&Arc<Personal>>, Refusal> {
        self.personal(owner, sequence).map_err(|refusal| match refusal {
            Refusal::Missing(_) => Refusal::Missing(Need::Texts(owner, sequence)),
            refusal @ Refusal::Rejected(_) => refusal,
        })
    }

    /// The client's counterparty that is found by a digest.
    pub(crate) fn payer(&self, client: ClientId, digest: [u8; 16]) -> Result<Option<CounterpartyId>, Refusal> {
        match self.known(&Place::Payer(client, digest))? {
            Some(Record::Name(holder)) => Ok(Some(CounterpartyId(*holder))),
            _ => Ok(None),
        }
    }

    /// What lies in a place of a dense kind: the record, nothing, or what to lay there first.
    #[inline]
    fn dense(&self, kind: Dense, id: u64, place: impl FnOnce() -> Place) -> Result<Option<&Record>, Refusal> {
        let counters = &self.counters;
        let last = match kind {
            Dense::Books | Dense::Flows => counters.book,
            Dense::Clients | Dense::Portfolios => counters.client,
            Dense::Services => counters.service,
            Dense::Accounts => counters.account,
            Dense::Limits => counters.limit,
            Dense::Monitors => counters.monitor,
        };
        if id == 0 || id > last {
            return Ok(None);
        }
        match self.shelf(kind).get(id) {
            Some(known) => Ok(known.as_ref()),
            None => Err(Refusal::Missing(Need::Record(place()))),
        }
    }

    #[inline]
    const fn shelf(&self, kind: Dense) -> &Shelf {
        &self.shelves[kind as usize]
    }

    fn known(&self, place: &Place) -> Result<Option<&Record>, Refusal> {
        let known = match place.found() {
            Found::Dense(kind, id) => return self.dense(kind, id, || place.clone()),
            Found::Numbered(kind, number) => self.numbered[kind as usize].get(&number),
            Found::Sparse => self.sparse.get(place),
        };
        match known {
            Some(known) => Ok(known.as_ref()),
            None => Err(Refusal::Missing(Need::Record(place.clone()))),
        }
    }
}

/// How the layer above lays records on the desk and takes them off.
impl Desk {
    /// Lays down what storage says of a place, unless something lies there.
    pub(crate) fn lay(&mut self, place: Place, record: Option<Record>) {
        let unknown = match place.found() {
            Found::Dense(kind, id) => self.shelf(kind).get(id).is_none(),
            Found::Numbered(kind, number) => !self.numbered[kind as usize].contains_key(&number),
            Found::Sparse => !self.sparse.contains_key(&place),
        };
        if unknown {
            self.replace(place, Some(record));
        }
    }

    /// Lays down a page of rows as storage has it, unless one lies there.
    pub(crate) fn lay_page(&mut self, number: u64, rows: Vec<Row>) {
        let at = usize::try_from(number).unwrap_or(usize::MAX);
        if at >= self.pages.len() {
            self.pages.resize_with(at.saturating_add(1), || None);
        }
        if let Some(kept) = self.pages.get_mut(at).filter(|kept| kept.is_none()) {
            *kept = Some(Page { rows, dirty: false, written_in: 0 });
            self.resident_pages = self.resident_pages.saturating_add(1);
        }
    }

    pub(crate) fn has_page(&self, number: u64) -> bool {
        self.page(number).is_some()
    }

    /// The rows of a page, if it lies on the desk.
    pub(crate) fn page_rows(&self, number: u64) -> Option<&[Row]> {
        self.page(number).map(|page| page.rows.as_slice())
    }

    /// The numbers of the pages changed since they were last taken for writing back; the list starts anew.
    pub(crate) fn take_dirty(&mut self) -> Vec<u64> {
        std::mem::take(&mut self.dirty)
    }

    /// Notes that a page is written back by commit number `commit` as it lies there now.
    pub(crate) fn written_back(&mut self, number: u64, commit: u64) {
        if let Some(page) = self.page_mut(number) {
            page.dirty = false;
            page.written_in = commit;
        }
    }

    pub(crate) fn resident_pages(&self) -> usize {
        self.resident_pages
    }

    /// Drops clean pages whose last writing is durable until at most `keep` lie on the desk, from place `*hand` onwards.
    pub(crate) fn drop_clean_pages(&mut self, keep: usize, durable_commit: u64, hand: &mut usize) {
        let mut looked = 0;
        while self.resident_pages > keep && looked < self.pages.len() {
            *hand = if *hand >= self.pages.len() { 0 } else { *hand };
            if let Some(kept) = self.pages.get_mut(*hand)
                && kept.as_ref().is_some_and(|page| !page.dirty && page.written_in <= durable_commit)
            {
                *kept = None;
                self.resident_pages = self.resident_pages.saturating_sub(1);
            }
            *hand = hand.saturating_add(1);
            looked = looked.saturating_add(1);
        }
    }

    /// Takes away what lies in a place that is filled from the journal alone.
    pub(crate) fn forget(&mut self, place: Place) {
        self.replace(place, None);
    }

    /// Lays down a trial balance that was made for the command at hand; none if its sums pass the greatest amount.
    pub(crate) fn lay_sealed(&mut self, book: BookId, through: Timestamp, sealed: Option<SealedTrialBalance>) {
        self.sealed = Some((book, through, sealed.map(Arc::new)));
    }

    /// Takes the trial balance away: the next command may change what it says.
    pub(crate) fn forget_sealed(&mut self) {
        self.sealed = None;
    }

    /// Drops every record but the rows; only when all changes are durable.
    pub(crate) fn drop_records(&mut self) {
        self.shelves = Default::default();
        self.numbered = Default::default();
        self.sparse.clear();
        self.records = 0;
    }

    /// How many records lie on the desk, rows apart; what is known to be absent counts, too.
    pub(crate) const fn records(&self) -> usize {
        self.records
    }

    /// The places changed since they were last taken, each once.
    pub(crate) fn take_touched(&mut self) -> Vec<Place> {
        if self.touched.is_empty() {
            return Vec::new();
        }
        let mut touched = std::mem::take(&mut self.touched);
        touched.sort_unstable();
        touched.dedup();
        touched
    }

    /// What lies in a place, if anything is known of it.
    pub(crate) fn record(&self, place: &Place) -> Option<&Record> {
        self.known(place).ok().flatten()
    }

    #[inline]
    pub(crate) fn resident_row(&self, account: AccountId) -> Option<&Row> {
        row_on_page(&self.page(page_of(account))?.rows, account)
    }

    /// Every record on the desk that is not stored in versions: portfolios, account types and names.
    pub(crate) fn unversioned(&self) -> impl Iterator<Item = (Place, &Record)> {
        let portfolios = (1..=self.counters.client).map(|id| Place::Portfolio(ClientId(id)));
        let portfolios = portfolios.filter_map(|place| self.record(&place).map(|record| (place.clone(), record)));
        let sparse = self.sparse.iter().filter_map(|(place, record)| Some((place.clone(), record.as_ref()?)));
        portfolios.chain(sparse.filter(|(place, _)| matches!(place, Place::Type(_) | Place::Name(_))))
    }

    /// Every record on the desk that has no dense identifier.
    pub(crate) fn sparse_records(&self) -> impl Iterator<Item = &Record> {
        let numbered = self.numbered.iter().flat_map(BTreeMap::values);
        numbered.chain(self.sparse.values()).filter_map(Option::as_ref)
    }

    fn page(&self, number: u64) -> Option<&Page> {
        self.pages.get(usize::try_from(number).ok()?)?.as_ref()
    }

    fn page_mut(&mut self, number: u64) -> Option<&mut Page> {
        self.pages.get_mut(usize::try_from(number).ok()?)?.as_mut()
    }
}

/// The first page has no row for account zero, which does not exist.
const fn first_on_page(account: AccountId) -> usize {
    if page_of(account) == 0 { 1 } else { 0 }
}

/// How entries change the desk; used by `apply` alone.
impl Desk {
    pub(super) fn change_row(&mut self, account: AccountId, change: impl FnOnce(&mut Row)) {
        let number = page_of(account);
        let Some(page) = usize::try_from(number).ok().and_then(|at| self.pages.get_mut(at)).and_then(Option::as_mut)
        else {
            return;
        };
        let place = place_on_page(account).saturating_sub(first_on_page(account));
        let Some(row) = page.rows.get_mut(place) else {
            return;
        };
        if let Some((_, _, undo)) = &mut self.undo {
            undo.push(Undo::Row(account, row.clone()));
        }
        if !page.dirty {
            page.dirty = true;
            self.dirty.push(number);
        }
        change(row);
    }

    /// Adds the row of a new account; its page must lie on the desk unless the row is the page's first.
    pub(super) fn add_row(&mut self, account: AccountId, row: Row) {
        let number = page_of(account);
        if place_on_page(account) == first_on_page(account) {
            self.lay_page(number, Vec::with_capacity(PAGE_ROWS as usize));
        }
        let place = place_on_page(account).saturating_sub(first_on_page(account));
        let Some(page) = self.page_mut(number) else {
            return;
        };
        if page.rows.len() != place {
            return;
        }
        page.rows.push(row);
        let was_dirty = std::mem::replace(&mut page.dirty, true);
        if !was_dirty {
            self.dirty.push(number);
        }
        if let Some((_, _, undo)) = &mut self.undo {
            undo.push(Undo::RowAdded(account));
        }
    }

    /// Gives an account these terms, on a row of its own if it has none yet.
    pub(super) fn restore_row(&mut self, account: AccountId, terms: Terms) {
        if self.resident_row(account).is_some() {
            self.change_row(account, |row| row.terms = terms);
        } else {
            self.add_row(account, Row { terms, tally: Tally::default() });
        }
    }

    /// Says what movements must look up before they use an account.
    pub(super) fn mark_account(&mut self, account: AccountId, entry: &Entry, mark: impl FnOnce(&mut Extras)) {
        let Some(Record::Account(before)) = self.record(&Place::Account(account)) else {
            return;
        };
        let mut extras = before.extras;
        mark(&mut extras);
        if extras != before.extras {
            let (changed_at, changed_in) = (entry.recorded_at, entry.sequence);
            let record = Account { extras, changed_at, changed_in, ..(**before).clone() };
            self.change_row(account, |row| row.terms = Terms::of(&record));
            self.change(Place::Account(account), Record::Account(Arc::new(record)));
        }
    }

    pub(super) fn change(&mut self, place: Place, record: Record) {
        self.change_to(place, Some(record));
    }

    /// Changes what lies beside the journal.
    pub(crate) fn change_beside(&mut self, beside: Beside) {
        for (place, record) in beside {
            self.change_to(place, record);
        }
    }

    fn change_to(&mut self, place: Place, record: Option<Record>) {
        let before = self.replace(place.clone(), Some(record));
        if let Some((_, _, undo)) = &mut self.undo {
            undo.push(Undo::Record(place.clone(), before));
        }
        self.touched.push(place);
    }

    fn replace(&mut self, place: Place, slot: Slot) -> Slot {
        let is_known = slot.is_some();
        let before = match (place.found(), slot) {
            (Found::Dense(kind, id), slot) => self.shelves[kind as usize].replace(id, slot),
            (Found::Numbered(kind, number), Some(known)) => self.numbered[kind as usize].insert(number, known),
            (Found::Numbered(kind, number), None) => self.numbered[kind as usize].remove(&number),
            (Found::Sparse, Some(known)) => self.sparse.insert(place, known),
            (Found::Sparse, None) => self.sparse.remove(&place),
        };
        let others = self.records.saturating_sub(usize::from(before.is_some()));
        self.records = others.saturating_add(usize::from(is_known));
        before
    }
}

/// How changes are taken back.
impl Desk {
    /// From here on, remembers what changes replace.
    pub(crate) fn begin(&mut self) {
        self.undo = Some((self.counters, self.touched.len(), Vec::new()));
    }

    /// Keeps the changes since [`Desk::begin`].
    pub(crate) fn keep(&mut self) {
        self.undo = None;
    }

    /// Takes back the changes since [`Desk::begin`]. Pages stay marked as changed, which costs a write and no more.
    pub(crate) fn roll_back(&mut self) {
        let Some((counters, touched, undo)) = self.undo.take() else {
            return;
        };
        for step in undo.into_iter().rev() {
            match step {
                Undo::Row(account, row) => self.change_row(account, |kept| *kept = row),
                Undo::RowAdded(account) => {
                    if let Some(page) = self.page_mut(page_of(account)) {
                        page.rows.pop();
                    }
                }
                Undo::Record(place, slot) => drop(self.replace(place, slot)),
            }
        }
        self.counters = counters;
        self.touched.truncate(touched);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(book: u64) -> Row {
        let terms = Terms {
            client: None,
            book: BookId(book),
            normal: Side::Credit,
            status: AccountStatus::Active,
            can_disburse: true,
            floor: None.into(),
            extras: Extras::default(),
        };
        Row { terms, tally: Tally::default() }
    }

    /// A desk with this many accounts, each in a book of the account's own number.
    fn desk_of(accounts: u64) -> Desk {
        let mut desk = Desk::default();
        for account in 1..=accounts {
            desk.counters.account = account;
            desk.add_row(AccountId(account), row(account));
        }
        desk
    }

    fn member(account: u64) -> Place {
        Place::Member(SetId(1), AccountId(account))
    }

    #[test]
    fn a_row_takes_160_bytes() {
        assert_eq!(size_of::<Row>(), 160);
        assert_eq!([None, Some(0), Some(-5)].map(|floor| Floor::from(floor).get()), [None, Some(0), Some(-5)]);
    }

    #[test]
    fn every_account_has_a_row_of_its_own_across_pages() {
        let mut desk = desk_of(3 * PAGE_ROWS);
        assert_eq!(desk.resident_pages(), 4);
        assert_eq!((first_of_page(0), first_of_page(2)), (AccountId(1), AccountId(2 * PAGE_ROWS)));
        assert_eq!(desk.page_rows(0).map(<[Row]>::len), Some(PAGE_ROWS as usize - 1));
        desk.change_row(AccountId(PAGE_ROWS), |row| row.terms.floor = Some(7).into());
        for account in 1..=3 * PAGE_ROWS {
            let row = desk.row(AccountId(account)).unwrap();
            assert_eq!(row.terms.book.0, account);
            assert_eq!(row.terms.floor.get().is_some(), account == PAGE_ROWS);
        }
        let page_ahead = AccountId(5 * PAGE_ROWS);
        assert!(matches!(desk.row(page_ahead), Err(Refusal::Rejected(_))));
        desk.counters.account = page_ahead.0;
        assert!(matches!(desk.row(page_ahead), Err(Refusal::Missing(Need::Page(5)))));
        assert!(desk.has_page(3) && !desk.has_page(4) && !desk.has_page(5));
    }

    #[test]
    fn pages_are_dropped_when_they_are_written_back_and_durable_and_no_more_than_need_be() {
        let mut desk = desk_of(6 * PAGE_ROWS - 1);
        let on_desk = |desk: &Desk| (0..6).filter(|page| desk.has_page(*page)).collect::<Vec<u64>>();
        let mut hand = 0;
        // None is written back yet.
        desk.drop_clean_pages(0, u64::MAX, &mut hand);
        assert_eq!(on_desk(&desk), [0, 1, 2, 3, 4, 5]);
        assert_eq!(desk.take_dirty(), [0, 1, 2, 3, 4, 5]);
        for page in 0..5 {
            desk.written_back(page, if page == 1 { 9 } else { 8 });
        }
        hand = 0;
        desk.drop_clean_pages(5, 8, &mut hand);
        assert_eq!((on_desk(&desk), hand), (vec![1, 2, 3, 4, 5], 1));
        desk.drop_clean_pages(5, 8, &mut hand);
        assert_eq!((on_desk(&desk), hand), (vec![1, 2, 3, 4, 5], 1));
        // The second page's commit is not durable, the last page is not written back.
        desk.drop_clean_pages(1, 8, &mut hand);
        assert_eq!((on_desk(&desk), desk.resident_pages()), (vec![1, 5], 2));
        desk.drop_clean_pages(1, 9, &mut hand);
        assert_eq!((on_desk(&desk), desk.resident_pages()), (vec![5], 1));
    }

    #[test]
    fn page_changed_after_it_was_written_back_is_written_back_again() {
        let mut desk = desk_of(PAGE_ROWS - 2);
        assert_eq!(desk.take_dirty(), [0]);
        desk.change_row(AccountId(1), |row| row.terms.floor = Some(1).into());
        assert_eq!(desk.take_dirty(), Vec::<u64>::new());
        desk.written_back(0, 1);
        desk.change_row(AccountId(1), |row| row.terms.floor = Some(2).into());
        desk.change_row(AccountId(2), |row| row.terms.floor = Some(2).into());
        assert_eq!(desk.take_dirty(), [0]);
        desk.written_back(0, 2);
        desk.counters.account += 1;
        desk.add_row(AccountId(PAGE_ROWS - 1), row(1));
        assert_eq!(desk.take_dirty(), [0]);
    }

    #[test]
    fn records_lie_in_places_of_their_own_and_are_unknown_when_dropped() {
        assert_eq!((Shelf::split(63), Shelf::split(64), Shelf::split(200)), ((0, 63), (1, 0), (3, 8)));
        let mut desk = Desk::default();
        desk.counters.book = 200;
        desk.lay(Place::Book(BookId(65)), None);
        desk.lay(Place::Reversed(Sequence(9)), None);
        desk.lay(member(1), Some(Record::Member(true)));
        let books =
            |desk: &Desk| (1..=200).filter(|id| desk.known(&Place::Book(BookId(*id))).is_ok()).collect::<Vec<_>>();
        assert_eq!(books(&desk), [65]);
        assert!(desk.known(&Place::Reversed(Sequence(9))).is_ok() && desk.record(&member(1)).is_some());
        // What storage says later does not replace what is known.
        desk.lay(member(1), None);
        assert!(desk.record(&member(1)).is_some());
        desk.drop_records();
        assert_eq!(books(&desk), Vec::<u64>::new());
        assert!(desk.known(&Place::Reversed(Sequence(9))).is_err() && desk.known(&member(1)).is_err());
    }

    #[test]
    fn changes_are_taken_back_until_they_are_kept() {
        let mut desk = desk_of(2);
        desk.change(member(1), Record::Member(true));
        desk.begin();
        desk.change(member(1), Record::Member(false));
        desk.change(member(2), Record::Member(true));
        desk.change_row(AccountId(1), |row| row.terms.floor = Some(1).into());
        desk.counters.account = 3;
        desk.add_row(AccountId(3), row(3));
        desk.roll_back();
        assert!(matches!(desk.record(&member(1)), Some(Record::Member(true))));
        assert!(desk.known(&member(2)).is_err());
        assert_eq!((desk.row(AccountId(1)).unwrap().terms.floor.get(), desk.counters.account), (None, 2));
        assert_eq!(desk.page_rows(0).map(<[Row]>::len), Some(2));
        assert_eq!(desk.take_touched(), [member(1)]);
        desk.begin();
        desk.change(member(1), Record::Member(false));
        desk.change(member(1), Record::Member(true));
        desk.change(member(1), Record::Member(false));
        desk.keep();
        desk.roll_back();
        assert!(matches!(desk.record(&member(1)), Some(Record::Member(false))));
        assert_eq!(desk.take_touched(), [member(1)]);
    }

    #[test]
    fn trial_balance_on_the_desk_is_that_of_one_book_and_one_instant() {
        let mut desk = Desk::default();
        let (book, through) = (BookId(1), Timestamp(50));
        desk.lay_sealed(book, through, Some(SealedTrialBalance::default()));
        assert!(desk.sealed(book, through).is_ok());
        for (other, at) in [(BookId(2), through), (book, Timestamp(51))] {
            assert!(matches!(desk.sealed(other, at), Err(Refusal::Missing(Need::Sealed(..)))));
        }
        desk.lay_sealed(book, through, None);
        assert!(matches!(desk.sealed(book, through), Err(Refusal::Rejected(_))));
        desk.forget_sealed();
        assert!(matches!(desk.sealed(book, through), Err(Refusal::Missing(_))));
    }
}
