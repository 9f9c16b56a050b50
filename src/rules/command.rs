//! What callers ask for: the operations that move money, and the command that carries any request.

use crate::model::{
    AccountChange, AccountId, AccountSetChange, AccountTypeRule, Acknowledge, AdvanceInvoice, ChannelChange, Clearing,
    ClientChange, ClientId, ClosePeriod, CursorRequest, Details, EntryKind, ExchangedSide, Few, Flows, HoldId,
    InvoiceId, LimitChange, LimitsRequest, Metadata, NewAccount, NewAccountSet, NewBook, NewChannel, NewClient,
    NewDevice, NewInvoice, NewLimit, NewMonitor, NewPayout, NewService, Party, PartyRequest, PayoutChange,
    PayoutItemChange, PostingId, Reference, RetireLimit, RetireMonitor, RevokeDevice, Rewind, RotateDevice, Sequence,
    ServiceChange, ServiceId, SetId, SetQuota, Side, SignedApproval, Timestamp,
};
use crate::money::{ExchangeRate, Money, Rounding};

/// A request to the ledger, of any kind; with the label of whoever asks, if the host gives one.
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
/// # ledger.credit(Credit::new(wallet, moves, book.money("100")?, "top-up-1"))?;
/// // Any request, with who asks and what must hold.
/// let command = Command::from(Debit::new(wallet, moves, book.money("30")?, "pay-1"))
///     .by("cashier-7")
///     .expecting_available(wallet, book.money("100")?);
/// let receipt = ledger.execute(command)?;
/// assert_eq!(receipt.entry().actor.as_deref(), Some("cashier-7"));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// Who asks; kept in the entry.
    pub actor: Option<Box<str>>,
    /// What must hold, or else the command is refused; not kept in the entry.
    pub conditions: Few<Condition>,
    /// What is asked.
    pub request: Request,
}

impl Command {
    pub(super) const fn of(request: Request) -> Self {
        Self { actor: None, conditions: Few::NONE, request }
    }

    /// Names who asks.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
    /// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
    /// let erase = Command::from(Erase::Client(client)).by("privacy-officer");
    /// assert_eq!(ledger.execute(erase)?.entry().actor.as_deref(), Some("privacy-officer"));
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn by(mut self, actor: impl Into<Box<str>>) -> Self {
        self.actor = Some(actor.into());
        self
    }

    /// Carries the command out only if the account's latest activity has this number, 0 for none: if nothing was posted
    /// on it since the caller looked.
    ///
    /// ```
    /// # use pacioli::prelude::*;
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// # let njeri = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
    /// # let client = ledger.register_client(NewClient::individual("KE", njeri))?;
    /// # let wallet = ledger.open_account(NewAccount::new(client.id, book.id, AccountType::WORKING))?;
    /// # let sales = ledger.define_service(NewService::new(client.id, book.id, "SALES"))?;
    /// let seen = ledger.view()?.balance(wallet.id)?.activity_number;
    /// let credit = Credit::new(wallet.id, sales.id, book.money("96.00")?, "SJK4H7XYZ1");
    /// ledger.execute(Command::from(credit).expecting_number(wallet.id, seen))?;
    /// # Ok::<(), pacioli::Error>(())
    /// ```
    #[must_use]
    pub fn expecting_number(mut self, account: AccountId, number: u64) -> Self {
        self.conditions.push(Condition::ActivityNumber { account, number });
        self
    }

    /// Carries the command out only if the account has at least this much available: what is posted, less the holds
    /// that would lower it. The floor counts as available.
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
    /// # ledger.credit(Credit::new(wallet, moves, book.money("100")?, "top-up-1"))?;
    /// // Pay, and leave at least 50.00 for the rent.
    /// let pay = |sum: &str| -> Result<Command, Error> {
    ///     let money = book.money(sum)?;
    ///     let debit = Debit::new(wallet, moves, money, format!("pay-{sum}"));
    ///     Ok(Command::from(debit).expecting_available(wallet, money.plus(book.money("50")?)?))
    /// };
    /// assert!(ledger.execute(pay("60")?).is_err());
    /// assert!(ledger.execute(pay("40")?).is_ok());
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn expecting_available(mut self, account: AccountId, at_least: Money) -> Self {
        self.conditions.push(Condition::Available { account, at_least });
        self
    }
}

/// What a command expects of the ledger. All conditions of a command must hold when it is judged; they are judged before
/// anything else, but not when the command has been carried out already.
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
/// # ledger.credit(Credit::new(wallet, moves, book.money("100")?, "top-up-1"))?;
/// let debit = Debit::new(wallet, moves, book.money("30")?, "pay-1");
/// // Decided by what was seen; refused if anything has been posted since.
/// let seen = Command::from(debit).expecting_number(wallet, 1);
/// ledger.credit(Credit::new(wallet, moves, book.money("1")?, "top-up-2"))?;
/// let refused = ledger.execute(seen).unwrap_err();
/// assert!(matches!(refused.rejection(), Some(Rejection::ExpectedNumber { .. })));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Condition {
    /// The account's latest activity has this number; 0 for none.
    ActivityNumber {
        /// The account.
        account: AccountId,
        /// The number.
        number: u64,
    },
    /// The account has at least this much available.
    Available {
        /// The account.
        account: AccountId,
        /// The least, in the account's currency; it may be below zero.
        at_least: Money,
    },
}

/// What can be asked.
///
/// ```
/// use pacioli::prelude::*;
/// use pacioli::Request;
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
/// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
/// # ledger.credit(Credit::new(wallet, moves, book.money("100")?, "top-up-1"))?;
/// // What a queue of commands is sorted by before they are given.
/// let command: Command = Debit::new(wallet, moves, book.money("30")?, "pay-1").into();
/// let moved = match &command.request {
///     Request::Credit(credit) => Some(credit.money),
///     Request::Debit(debit) => Some(debit.money),
///     _ => None,
/// };
/// assert_eq!(moved, Some(book.money("30")?));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Request {
    /// Open a book.
    OpenBook(Box<NewBook>),
    /// Define an account type.
    DefineAccountType(Box<AccountTypeRule>),
    /// Register a client.
    RegisterClient(Box<NewClient>),
    /// Change a client.
    ChangeClient(ClientId, Box<ClientChange>),
    /// Open an account.
    OpenAccount(Box<NewAccount>),
    /// Change an account.
    ChangeAccount(AccountId, Box<AccountChange>),
    /// Define a service.
    DefineService(Box<NewService>),
    /// Change a service.
    ChangeService(ServiceId, Box<ServiceChange>),
    /// Money into an account.
    Credit(Credit),
    /// Money out of an account.
    Debit(Debit),
    /// Money from one account to another.
    Transfer(Transfer),
    /// Any balanced set of lines.
    Post(Box<Post>),
    /// The inverse of an earlier entry.
    Reverse(Box<Reverse>),
    /// A movement, reserved.
    PlaceHold(Box<PlaceHold>),
    /// What is held, settled for good.
    Capture(Box<Capture>),
    /// What is held, given up.
    Release(Box<Release>),
    /// What is held, given up because its time has come.
    Expire(Expire),
    /// Something about a device.
    Device(Box<DeviceRequest>),
    /// Something about a payout.
    Payout(Box<PayoutRequest>),
    /// Anything about channels and invoices.
    Invoice(Box<InvoiceRequest>),
    /// Set, change or end a limit, monitor or quota.
    Limits(Box<LimitsRequest>),
    /// A consumer's cursor, forward or back.
    Cursor(Box<CursorRequest>),
    /// Money of one book for money of another.
    Exchange(Box<Exchange>),
    /// Close a book's period.
    ClosePeriod(Box<ClosePeriod>),
    /// A set of accounts, or a list of allowed flows.
    Chart(Box<ChartRequest>),
    /// Record or change a counterparty, or erase personal texts.
    Parties(Box<PartyRequest>),
}

/// What can be asked of a book's chart.
///
/// ```
/// use pacioli::prelude::*;
/// use pacioli::{ChartRequest, Request};
///
/// let command = Command::from(NewAccountSet::new(BookId(1), "tills"));
/// let Request::Chart(request) = command.request else { panic!("of the chart") };
/// assert!(matches!(*request, ChartRequest::DefineSet(given) if given.name == "tills"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChartRequest {
    /// Define a set of accounts.
    DefineSet(NewAccountSet),
    /// Change the members of a set.
    ChangeSet(SetId, AccountSetChange),
    /// Replace a book's list of allowed flows.
    DefineFlows(Flows),
}

impl From<ChartRequest> for Command {
    fn from(request: ChartRequest) -> Self {
        Self { actor: None, request: Request::Chart(Box::new(request)), conditions: Few::NONE }
    }
}

impl From<NewAccountSet> for Command {
    fn from(given: NewAccountSet) -> Self {
        ChartRequest::DefineSet(given).into()
    }
}

impl From<(SetId, AccountSetChange)> for Command {
    fn from((set, change): (SetId, AccountSetChange)) -> Self {
        ChartRequest::ChangeSet(set, change).into()
    }
}

impl From<Flows> for Command {
    fn from(given: Flows) -> Self {
        ChartRequest::DefineFlows(given).into()
    }
}

/// What can be asked about devices.
///
/// ```
/// use pacioli::prelude::*;
/// use pacioli::{DeviceRequest, Request};
///
/// let command = Command::from(RevokeDevice::new(DeviceId(7)));
/// let Request::Device(request) = command.request else { panic!("of a device") };
/// assert!(matches!(*request, DeviceRequest::Revoke(given) if given.device == DeviceId(7)));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeviceRequest {
    /// Register a device.
    Register(NewDevice),
    /// Give a device a new key.
    Rotate(RotateDevice),
    /// End a device.
    Revoke(RevokeDevice),
}

/// What can be asked about payouts.
///
/// ```
/// use pacioli::prelude::*;
/// use pacioli::{PayoutRequest, Request};
///
/// let command = Command::from(PayoutChange::cancel(PayoutId(7)));
/// let Request::Payout(request) = command.request else { panic!("of a payout") };
/// assert!(matches!(*request, PayoutRequest::Change(given) if given.payout == PayoutId(7)));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PayoutRequest {
    /// Initiate a payout.
    Initiate(NewPayout),
    /// Sign a payout.
    Approve(SignedApproval),
    /// Tell what becomes of an item.
    Item(PayoutItemChange),
    /// Cancel, end or expire a payout.
    Change(PayoutChange),
}

macro_rules! families {
    ($($kind:ty => $family:ident($request:ident::$variant:ident)),* $(,)?) => {$(
        impl From<$kind> for Command {
            fn from(given: $kind) -> Self {
                Self::of(Request::$family(Box::new($request::$variant(given))))
            }
        }
    )*};
}

families! {
    NewDevice => Device(DeviceRequest::Register), RotateDevice => Device(DeviceRequest::Rotate),
    RevokeDevice => Device(DeviceRequest::Revoke), NewPayout => Payout(PayoutRequest::Initiate),
    SignedApproval => Payout(PayoutRequest::Approve), PayoutItemChange => Payout(PayoutRequest::Item),
    PayoutChange => Payout(PayoutRequest::Change),
}

macro_rules! requests {
    ($($kind:ty => $variant:ident $(($boxed:ident))?),* $(,)?) => {$(
        impl From<$kind> for Command {
            fn from(request: $kind) -> Self {
                Self::of(Request::$variant($($boxed::new)?(request)))
            }
        }
    )*};
}

requests! {
    NewBook => OpenBook(Box), AccountTypeRule => DefineAccountType(Box), NewClient => RegisterClient(Box),
    NewAccount => OpenAccount(Box), NewService => DefineService(Box),
    Credit => Credit, Debit => Debit, Transfer => Transfer, Post => Post(Box), Reverse => Reverse(Box),
    PlaceHold => PlaceHold(Box), Capture => Capture(Box), Release => Release(Box), Expire => Expire,
    Exchange => Exchange(Box), ClosePeriod => ClosePeriod(Box),
}

impl From<CursorRequest> for Command {
    fn from(request: CursorRequest) -> Self {
        Self::of(Request::Cursor(Box::new(request)))
    }
}

impl From<Acknowledge> for Command {
    fn from(request: Acknowledge) -> Self {
        CursorRequest::Acknowledge(request).into()
    }
}

impl From<Rewind> for Command {
    fn from(request: Rewind) -> Self {
        CursorRequest::Rewind(request).into()
    }
}

macro_rules! changes {
    ($($id:ty, $change:ty => $variant:ident),* $(,)?) => {$(
        impl From<($id, $change)> for Command {
            fn from((id, change): ($id, $change)) -> Self {
                Self::of(Request::$variant(id, Box::new(change)))
            }
        }
    )*};
}

changes! {
    ClientId, ClientChange => ChangeClient, AccountId, AccountChange => ChangeAccount,
    ServiceId, ServiceChange => ChangeService,
}

macro_rules! limits {
    ($($kind:ty => $variant:ident),* $(,)?) => {$(
        impl From<$kind> for Command {
            fn from(given: $kind) -> Self {
                Self::of(Request::Limits(Box::new(LimitsRequest::$variant(given))))
            }
        }
    )*};
}

limits! {
    NewLimit => Define, LimitChange => Change, RetireLimit => Retire, NewMonitor => DefineMonitor,
    RetireMonitor => RetireMonitor, SetQuota => SetQuota,
}

/// What every movement may carry beside its figures.
macro_rules! details {
    ($kind:ident) => {
        impl $kind {
            /// Says what statements show.
            #[must_use]
            pub fn narrated(mut self, narrative: impl Into<String>) -> Self {
                self.details_mut().narrative = Some(narrative.into());
                self
            }

            /// Attaches the caller's facts.
            #[must_use]
            pub fn with(mut self, metadata: Metadata) -> Self {
                self.details_mut().metadata = metadata;
                self
            }

            /// Attaches the caller's name for something outside, by which the entry can be found.
            #[must_use]
            pub fn referring(mut self, kind: impl Into<String>, id: impl Into<String>) -> Self {
                self.details_mut().references.push(Reference::new(kind, id));
                self
            }

            /// Shows whom the money came from.
            #[must_use]
            pub fn paid_by(mut self, party: Party) -> Self {
                self.details_mut().from = Some(party);
                self
            }

            /// Shows whom the money went to.
            #[must_use]
            pub fn paid_to(mut self, party: Party) -> Self {
                self.details_mut().to = Some(party);
                self
            }

            /// Says when it happened, if not now; not more than a day after it is recorded.
            #[must_use]
            pub fn effective(mut self, at: Timestamp) -> Self {
                self.effective_at = Some(at);
                self
            }

            fn details_mut(&mut self) -> &mut Details {
                self.details.get_or_insert_default()
            }
        }
    };
}

/// Money into an account: from outside by default, else from another account.
///
/// The account's credit side grows when it is a client's. The other side is the service's pool account, or the
/// book's external account.
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
/// let sale = Credit::new(wallet, moves, book.money("96")?, "SJK4H7XYZ1")
///     .kind(EntryKind::Sale)
///     .narrated("Two bags of flour")
///     .paid_by(Party::msisdn("+254722000111"))
///     .referring("order", "77")
///     .effective(ledger.now().plus_ns(-3_600_000_000_000)); // an hour ago
/// let line = ledger.credit(sale)?.activity().ok_or("a credit leaves a line")?;
/// assert_eq!((line.kind, line.current_balance), (EntryKind::Sale, book.money("96")?));
/// assert!(line.effective_at < line.recorded_at);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credit {
    /// The account credited.
    pub account: AccountId,
    /// The service that it runs under.
    pub service: ServiceId,
    /// How much; above zero.
    pub money: Money,
    /// The caller's name for the command.
    pub key: Box<str>,
    /// The account that the money comes from; `None` for the world outside.
    pub counter: Option<AccountId>,
    /// What statements call it: `Credit`, `Sale`, `Deposit`, `Refund`, `Adjustment` or `Opening`.
    pub kind: EntryKind,
    /// When it becomes available, if not at once.
    pub clearing: Option<Clearing>,
    /// When it happened, if not now.
    pub effective_at: Option<Timestamp>,
    /// Texts and references.
    pub details: Option<Box<Details>>,
}

/// Money out of an account: to the outside by default, else to another account.
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
/// # ledger.credit(Credit::new(wallet, moves, book.money("100")?, "top-up-1"))?;
/// let rent = Debit::new(wallet, moves, book.money("60")?, "rent-7")
///     .kind(EntryKind::Payout)
///     .narrated("Rent of July")
///     .paid_to(Party::bank("12-4000-100001-00"));
/// assert_eq!(ledger.debit(rent)?.activity().map(|line| line.current_balance), Some(book.money("40")?));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Debit {
    /// The account debited.
    pub account: AccountId,
    /// The service that it runs under.
    pub service: ServiceId,
    /// How much; above zero.
    pub money: Money,
    /// The caller's name for the command.
    pub key: Box<str>,
    /// The account that the money goes to; `None` for the world outside.
    pub counter: Option<AccountId>,
    /// What statements call it: `Debit`, `Payout`, `Charge` or `Adjustment`.
    pub kind: EntryKind,
    /// When it happened, if not now.
    pub effective_at: Option<Timestamp>,
    /// Texts and references.
    pub details: Option<Box<Details>>,
}

/// Money from one account to another of the same book: of one owner, unless the service crosses.
///
/// It runs under a service of the source's owner. Between accounts of one owner it needs a narrative, unless the service
/// says otherwise. What is to be charged to the receiver, or kept back as a reserve, is better said as a [`Credit`] with
/// [`Credit::from_account`], which runs under a service of the receiver.
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
/// # ledger.credit(Credit::new(wallet, moves, book.money("100")?, "top-up-1"))?;
/// # let savings = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
/// let save = Transfer::new(wallet, savings, moves, book.money("40")?, "save-1").narrated("For the roof");
/// let receipt = ledger.transfer(save)?;
/// let (from, to) = (receipt.activity(), receipt.counter_activity());
/// assert_eq!(from.map(|line| line.current_balance), Some(book.money("60")?));
/// assert_eq!(to.map(|line| line.current_balance), Some(book.money("40")?));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// The account debited.
    pub source: AccountId,
    /// The account credited.
    pub destination: AccountId,
    /// The service that it runs under.
    pub service: ServiceId,
    /// How much; above zero.
    pub money: Money,
    /// The caller's name for the command.
    pub key: Box<str>,
    /// When it happened, if not now.
    pub effective_at: Option<Timestamp>,
    /// Texts and references.
    pub details: Option<Box<Details>>,
}

/// Any balanced set of lines in one book, by the operator: adjustments, opening balances, splits.
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
/// # ledger.credit(Credit::new(wallet, moves, book.money("100")?, "top-up-1"))?;
/// # let savings = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
/// let [income, outside] = [SystemAccount::FeeIncome, SystemAccount::External].map(|account| book.system(account));
/// let split = Post::new("split-1")
///     .debit(wallet, book.money("100")?)
///     .credit(savings, book.money("70")?)
///     .credit(income, book.money("10")?)
///     .credit(outside, book.money("20")?)
///     .narrated("Shared out");
/// assert_eq!(ledger.post(split)?.activities().len(), 4);
/// assert!(ledger.view()?.trial_balance(book.id)?.is_balanced());
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Post {
    /// The lines.
    pub legs: Vec<Leg>,
    /// The caller's name for the command, among the operator's.
    pub key: Box<str>,
    /// What statements call it; anything but `Reversal` and `Exchange`.
    pub kind: EntryKind,
    /// Whether floors are set aside; recorded.
    pub forced: bool,
    /// When it happened, if not now.
    pub effective_at: Option<Timestamp>,
    /// Texts and references.
    pub details: Option<Box<Details>>,
}

/// One line of a [`Post`].
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
/// # ledger.credit(Credit::new(wallet, moves, book.money("100")?, "top-up-1"))?;
/// # let savings = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
/// // Lines that are worked out, in place of `Post::debit` and `Post::credit`.
/// let half = Leg { account: savings, side: Side::Credit, money: book.money("50")? };
/// let legs = vec![Leg { account: wallet, side: Side::Debit, money: book.money("100")? }, half, half];
/// assert_eq!(ledger.post(Post { legs, ..Post::new("split-1") })?.activities().len(), 3);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leg {
    /// The account.
    pub account: AccountId,
    /// The side.
    pub side: Side,
    /// How much; above zero.
    pub money: Money,
}

/// The inverse of an earlier entry, whole or in part. The original stays untouched.
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
/// let sale = ledger.credit(Credit::new(wallet, moves, book.money("50")?, "sale-1"))?;
/// ledger.reverse(Reverse::part(&sale, book.money("20")?, "refund-1").narrated("One bag was torn"))?;
/// ledger.reverse(Reverse::whole(sale.sequence()))?; // what is left
/// let line = ledger.view()?.activity(wallet, 1)?.ok_or("the sale's line")?;
/// assert_eq!((line.status, line.amount), (LineStatus::Refunded, book.money("50")?)); // itself untouched
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reverse {
    /// The entry reversed.
    pub original: Sequence,
    /// How much of its principal; `None` for all that is left.
    pub part: Option<Money>,
    /// The caller's name for the command; a whole reversal has one of its own (`RVS` and the entry's sequence).
    pub key: Option<Box<str>>,
    /// The service that it runs under, if any: it must allow reversals.
    pub service: Option<ServiceId>,
    /// Whether floors are set aside; recorded.
    pub forced: bool,
    /// When it happened, if not now.
    pub effective_at: Option<Timestamp>,
    /// Texts and references.
    pub details: Option<Box<Details>>,
}

impl Credit {
    /// Money from outside into `account`.
    pub fn new(account: AccountId, service: ServiceId, money: impl Into<Money>, key: impl Into<Box<str>>) -> Self {
        let (kind, money, key) = (EntryKind::Credit, money.into(), key.into());
        Self { account, service, money, key, counter: None, kind, clearing: None, effective_at: None, details: None }
    }

    /// Counts in the balance at once, and as available only from then on, or when it is released by call.
    #[must_use]
    pub fn clearing(mut self, clearing: Clearing) -> Self {
        self.clearing = Some(clearing);
        self
    }

    /// Takes the money from an account of the ledger instead of from outside: of the same client, or of another where
    /// the service crosses ([`NewService::across_clients`](crate::NewService::across_clients)). A book's own accounts
    /// give it by [`Post`] alone.
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
    /// # ledger.credit(Credit::new(wallet, moves, book.money("100")?, "top-up-1"))?;
    /// # let savings = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
    /// // Between accounts, under a service of the receiver's: its charge, limits and reserve are the receiver's.
    /// ledger.credit(Credit::new(savings, moves, book.money("40")?, "save-1").from_account(wallet))?;
    /// assert_eq!(ledger.view()?.balance(wallet)?.current, book.money("60")?);
    /// assert_eq!(ledger.view()?.balance(savings)?.current, book.money("40")?);
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn from_account(mut self, counter: AccountId) -> Self {
        self.counter = Some(counter);
        self
    }

    /// Says what statements call it.
    #[must_use]
    pub fn kind(mut self, kind: EntryKind) -> Self {
        self.kind = kind;
        self
    }
}

impl Debit {
    /// Money out of `account` to the outside.
    pub fn new(account: AccountId, service: ServiceId, money: impl Into<Money>, key: impl Into<Box<str>>) -> Self {
        let (kind, money, key) = (EntryKind::Debit, money.into(), key.into());
        Self { account, service, money, key, counter: None, kind, effective_at: None, details: None }
    }

    /// Gives the money to an account of the ledger instead of to the outside: of the same client, or of another where
    /// the service crosses ([`NewService::across_clients`](crate::NewService::across_clients)). A book's own accounts
    /// are reached by [`Post`] alone.
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
    /// # ledger.credit(Credit::new(wallet, moves, book.money("100")?, "top-up-1"))?;
    /// # let savings = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
    /// // Between accounts, charged to who sends it, and called what it is.
    /// let bill = Debit::new(wallet, moves, book.money("5")?, "bill-7").to_account(savings).kind(EntryKind::Charge);
    /// let receipt = ledger.debit(bill)?;
    /// assert_eq!(receipt.counter_activity().map(|line| line.current_balance), Some(book.money("5")?));
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn to_account(mut self, counter: AccountId) -> Self {
        self.counter = Some(counter);
        self
    }

    /// Says what statements call it.
    #[must_use]
    pub fn kind(mut self, kind: EntryKind) -> Self {
        self.kind = kind;
        self
    }
}

impl Transfer {
    /// Money from `source` to `destination`.
    pub fn new(
        source: AccountId,
        destination: AccountId,
        service: ServiceId,
        money: impl Into<Money>,
        key: impl Into<Box<str>>,
    ) -> Self {
        let (money, key) = (money.into(), key.into());
        Self { source, destination, service, money, key, effective_at: None, details: None }
    }
}

impl Post {
    /// No lines yet.
    pub fn new(key: impl Into<Box<str>>) -> Self {
        Self {
            legs: Vec::new(),
            key: key.into(),
            kind: EntryKind::Adjustment,
            forced: false,
            effective_at: None,
            details: None,
        }
    }

    /// Adds a debit.
    #[must_use]
    pub fn debit(mut self, account: AccountId, money: impl Into<Money>) -> Self {
        self.legs.push(Leg { account, side: Side::Debit, money: money.into() });
        self
    }

    /// Adds a credit.
    #[must_use]
    pub fn credit(mut self, account: AccountId, money: impl Into<Money>) -> Self {
        self.legs.push(Leg { account, side: Side::Credit, money: money.into() });
        self
    }

    /// Says what statements call it.
    #[must_use]
    pub fn kind(mut self, kind: EntryKind) -> Self {
        self.kind = kind;
        self
    }

    /// Sets floors aside, by privilege; recorded.
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
    /// // A correction that leaves the account below its floor, by privilege; the entry says so.
    /// let correction = Post::new("correction-1")
    ///     .debit(wallet, book.money("5")?)
    ///     .credit(book.system(SystemAccount::Suspense), book.money("5")?);
    /// assert!(ledger.post(correction.clone()).is_err());
    /// let receipt = ledger.post(correction.forced())?;
    /// assert_eq!(receipt.entry().posted().map(|posted| posted.forced), Some(true));
    /// assert_eq!(ledger.view()?.balance(wallet)?.current, book.money("-5")?);
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn forced(mut self) -> Self {
        self.forced = true;
        self
    }
}

impl Reverse {
    /// All that is left of an entry, named by its receipt, its sequence or any of its postings.
    pub fn whole(original: impl Into<Sequence>) -> Self {
        Self {
            original: original.into(),
            part: None,
            key: None,
            service: None,
            forced: false,
            effective_at: None,
            details: None,
        }
    }

    /// Part of an entry's principal, under a key of the caller's.
    pub fn part(original: impl Into<Sequence>, part: impl Into<Money>, key: impl Into<Box<str>>) -> Self {
        Self { part: Some(part.into()), key: Some(key.into()), ..Self::whole(original) }
    }

    /// Runs it under a service, which must allow reversals.
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
    /// let only_refunds = Operations { reversal: true, ..Operations::NONE };
    /// let refunds = ledger.define_service(NewService::new(client, book.id, "REFUNDS").allowing(only_refunds))?.id;
    /// let sale = ledger.credit(Credit::new(wallet, moves, book.money("50")?, "sale-1"))?;
    /// let refund = ledger.reverse(Reverse::whole(&sale).under(refunds).keyed("refund-1"))?;
    /// assert_eq!(refund.activity().and_then(|line| line.service), Some((refunds, 1)));
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn under(mut self, service: ServiceId) -> Self {
        self.service = Some(service);
        self
    }

    /// Names the command.
    #[must_use]
    pub fn keyed(mut self, key: impl Into<Box<str>>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Sets floors aside, by privilege; recorded.
    #[must_use]
    pub fn forced(mut self) -> Self {
        self.forced = true;
        self
    }
}

/// A movement to be reserved: judged by the same law as if it happened now, charge and all, and settled later.
///
/// What would go out counts as gone at once; what would come in counts only when it is captured.
///
/// ```
/// use std::time::Duration;
/// use pacioli::prelude::*;
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
/// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
/// # ledger.credit(Credit::new(wallet, moves, book.money("100")?, "top-up-1"))?;
/// let room = Debit::new(wallet, moves, book.money("30")?, "room-7");
/// let until = ledger.now().plus(Duration::from_secs(86_400));
/// let held = ledger.hold(PlaceHold::new(room).until(until))?;
/// let balance = ledger.view()?.balance(wallet)?;
/// assert_eq!((balance.current, balance.available), (book.money("100")?, book.money("70")?));
/// // Whatever moves money can be held by itself, too, for ever.
/// ledger.hold(Debit::new(wallet, moves, book.money("5")?, "spa-1"))?;
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaceHold {
    /// The movement. Its key names the command.
    pub movement: Held,
    /// Until when it can be captured; the sweep gives it back after that. `None` for ever.
    pub until: Option<Timestamp>,
    /// Whether it may use the accounts' overdrafts: without, a hold leaves at least zero.
    pub may_overdraw: bool,
}

/// The movements that can be reserved.
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
/// # ledger.credit(Credit::new(wallet, moves, book.money("100")?, "top-up-1"))?;
/// # let savings = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
/// // Whatever moves money can be held.
/// let save = Transfer::new(wallet, savings, moves, book.money("40")?, "save-1").narrated("For the roof");
/// let held = ledger.hold(PlaceHold { movement: Held::Transfer(save), until: None, may_overdraw: false })?;
/// ledger.capture(&held)?;
/// assert_eq!(ledger.view()?.balance(savings)?.current, book.money("40")?);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Held {
    /// Money into an account.
    Credit(Credit),
    /// Money out of an account.
    Debit(Debit),
    /// Money from one account to another.
    Transfer(Transfer),
    /// Any balanced set of lines, settled as a unit.
    Post(Post),
    /// Money of one book for money of another, at the rate of today; settled as a unit.
    Exchange(Exchange),
}

impl PlaceHold {
    /// Reserves a movement, for ever.
    pub fn new(movement: impl Into<Held>) -> Self {
        Self { movement: movement.into(), until: None, may_overdraw: false }
    }

    /// Lets it expire after this instant: `until(ledger.now().plus(Duration::from_secs(3_600)))` for an hour.
    ///
    /// ```
    /// use std::time::Duration;
    /// use pacioli::prelude::*;
    ///
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
    /// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
    /// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
    /// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
    /// # ledger.credit(Credit::new(wallet, moves, book.money("100")?, "top-up-1"))?;
    /// let hour = ledger.now().plus(Duration::from_secs(3_600));
    /// let room = Debit::new(wallet, moves, book.money("30")?, "room-7");
    /// let held = ledger.hold(PlaceHold::new(room).until(hour))?;
    /// assert_eq!(ledger.view()?.hold(&held)?.due_at, Some(hour));
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn until(mut self, until: Timestamp) -> Self {
        self.until = Some(until);
        self
    }

    /// Lets it use the accounts' overdrafts.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
    /// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
    /// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
    /// let overdrawn = NewAccount::new(client, book.id, AccountType::WORKING).overdraft(Some(book.amount("50")?));
    /// let overdrawn = ledger.open_account(overdrawn)?.id;
    /// let room = PlaceHold::new(Debit::new(overdrawn, moves, book.money("30")?, "room-7"));
    /// assert!(ledger.hold(room.clone()).is_err()); // a hold leaves at least zero
    /// ledger.hold(room.may_overdraw())?;
    /// assert_eq!(ledger.view()?.balance(overdrawn)?.available, book.money("-30")?);
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn may_overdraw(mut self) -> Self {
        self.may_overdraw = true;
        self
    }
}

macro_rules! held {
    ($($kind:ident),*) => {$(
        impl From<$kind> for Held {
            fn from(movement: $kind) -> Self {
                Self::$kind(movement)
            }
        }

        impl From<$kind> for PlaceHold {
            fn from(movement: $kind) -> Self {
                Self::new(movement)
            }
        }
    )*};
}

held!(Credit, Debit, Transfer, Post, Exchange);

/// What is held, settled for good, whole or in part: a hold happens, a clearing credit is given back, a reserve is
/// taken.
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
/// # ledger.credit(Credit::new(wallet, moves, book.money("100")?, "top-up-1"))?;
/// let ride = ledger.hold(Debit::new(wallet, moves, book.money("80")?, "ride-1"))?;
/// ledger.capture(Capture::part(&ride, book.money("30")?, "leg-1"))?; // the rest stays held
/// ledger.capture(Capture::part(&ride, book.money("20")?, "leg-2").last())?; // the rest is given back
/// let balance = ledger.view()?.balance(wallet)?;
/// assert_eq!((balance.current, balance.available), (book.money("50")?, book.money("50")?));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capture {
    /// The hold.
    pub hold: HoldId,
    /// How much of its principal; `None` for all that is left.
    pub part: Option<Money>,
    /// Whether what is left after the part is released.
    pub last: bool,
    /// The caller's name for the command; a whole capture has one of its own (`CPT` and the hold).
    pub key: Option<Box<str>>,
    /// When it happened, if not now.
    pub effective_at: Option<Timestamp>,
    /// Texts and references.
    pub details: Option<Box<Details>>,
}

impl Capture {
    /// All that is left of a hold, named by the receipt of what placed it, its identifier, or its entry.
    pub fn whole(hold: impl Into<HoldId>) -> Self {
        Self { hold: hold.into(), part: None, last: false, key: None, effective_at: None, details: None }
    }

    /// Part of a hold's principal, under a key of the caller's; the rest stays held.
    pub fn part(hold: impl Into<HoldId>, part: impl Into<Money>, key: impl Into<Box<str>>) -> Self {
        Self { part: Some(part.into()), key: Some(key.into()), ..Self::whole(hold) }
    }

    /// Releases what is left after this part.
    #[must_use]
    pub fn last(mut self) -> Self {
        self.last = true;
        self
    }

    /// Names the command.
    #[must_use]
    pub fn keyed(mut self, key: impl Into<Box<str>>) -> Self {
        self.key = Some(key.into());
        self
    }
}

/// What is held, given up, whole or in part: a hold is cancelled, a credit clears, a reserve comes back.
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
/// # ledger.credit(Credit::new(wallet, moves, book.money("100")?, "top-up-1"))?;
/// let room = ledger.hold(Debit::new(wallet, moves, book.money("80")?, "room-7"))?;
/// ledger.release(Release::part(&room, book.money("30")?, "shorter-stay"))?;
/// assert_eq!(ledger.view()?.balance(wallet)?.available, book.money("50")?);
/// ledger.release(Release::whole(&room).narrated("Called off"))?;
/// assert_eq!(ledger.view()?.hold(&room)?.state, HoldState::Released);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// The hold.
    pub hold: HoldId,
    /// How much of its principal; `None` for all that is left.
    pub part: Option<Money>,
    /// The caller's name for the command; a whole release has one of its own (`RLS` and the hold).
    pub key: Option<Box<str>>,
    /// When it happened, if not now.
    pub effective_at: Option<Timestamp>,
    /// Texts and references.
    pub details: Option<Box<Details>>,
}

impl Release {
    /// All that is left of a hold, named by the receipt of what placed it, its identifier, or its entry.
    pub fn whole(hold: impl Into<HoldId>) -> Self {
        Self { hold: hold.into(), part: None, key: None, effective_at: None, details: None }
    }

    /// Part of a hold's principal, under a key of the caller's.
    pub fn part(hold: impl Into<HoldId>, part: impl Into<Money>, key: impl Into<Box<str>>) -> Self {
        Self { part: Some(part.into()), key: Some(key.into()), ..Self::whole(hold) }
    }

    /// Names the command.
    #[must_use]
    pub fn keyed(mut self, key: impl Into<Box<str>>) -> Self {
        self.key = Some(key.into());
        self
    }
}

/// What is held, given up because its time has come. `Ledger::settle_due` gives this command for all that is due.
///
/// ```
/// use std::sync::Arc;
/// use pacioli::Expire;
/// use pacioli::prelude::*;
///
/// # let clock = Arc::new(ManualClock::at("2026-11-20T12:00:00Z".parse()?));
/// # let ledger = Ledger::builder().clock(Arc::clone(&clock)).in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
/// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
/// # ledger.credit(Credit::new(wallet, moves, book.money("100")?, "top-up-1"))?;
/// let friday: Timestamp = "2026-11-27T18:00:00Z".parse()?;
/// let room = PlaceHold::new(Debit::new(wallet, moves, book.money("80")?, "room-7")).until(friday);
/// let hold = ledger.hold(room)?.hold().ok_or("a hold was placed")?;
/// clock.set(friday.plus_ns(1));
/// ledger.execute(Expire { hold, at: ledger.now() })?;
/// assert_eq!(ledger.view()?.hold(hold)?.state, HoldState::Expired);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expire {
    /// The hold.
    pub hold: HoldId,
    /// The time: not before the hold is due, and not after the ledger's clock.
    pub at: Timestamp,
}

macro_rules! whole {
    ($($command:ty),*) => {$(
        impl From<HoldId> for $command {
            /// All that is left of the hold.
            fn from(hold: HoldId) -> Self {
                Self::whole(hold)
            }
        }
    )*};
}

whole!(Capture, Release);

impl From<PostingId> for Reverse {
    fn from(posting: PostingId) -> Self {
        Self::whole(posting)
    }
}

details!(Credit);
details!(Debit);
details!(Transfer);
details!(Post);
details!(Reverse);
details!(Capture);
details!(Release);
details!(Exchange);

/// Money of one book for money of another, at a rate: one sum is named, the other follows.
///
/// Both books are of one mode. The service is one of the source's book: it must allow exchanges, limits what is given,
/// and charges the source in that book's currency, on top. Either sum may be named; the other is rounded to minor units
/// as said, half to even if nothing is.
///
/// ```
/// use pacioli::prelude::*;
///
/// # let ledger = Ledger::in_memory()?;
/// # let usd = ledger.open_book(NewBook::live("shop.usd", Currency::USD))?;
/// # let kes = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// # let dollars = ledger.open_account(NewAccount::new(client, usd.id, AccountType::WORKING))?.id;
/// # let shillings = ledger.open_account(NewAccount::new(client, kes.id, AccountType::WORKING))?.id;
/// # let forex = ledger.define_service(NewService::new(client, usd.id, "FOREX"))?.id;
/// # ledger.credit(Credit::new(dollars, forex, usd.money("50")?, "in-1"))?;
/// # let ten = Exchange::sell(dollars, shillings, forex, usd.money("10")?, "fx-1").at("129.50".parse()?);
/// # ledger.exchange(ten)?;
/// // Five dollars, for shillings at 129.50 each.
/// let five = Exchange::sell(dollars, shillings, forex, usd.money("5")?, "fx-2").at("129.50".parse()?);
/// let receipt = ledger.exchange(five)?;
/// assert_eq!(receipt.exchanged().map(|exchanged| exchanged.bought), Some(kes.money("647.50")?));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// The account debited.
    pub source: AccountId,
    /// The account credited; of another book.
    pub destination: AccountId,
    /// The service that it runs under.
    pub service: ServiceId,
    /// Which sum is named.
    pub named: ExchangedSide,
    /// That sum, in its account's currency; above zero.
    pub money: Money,
    /// Units of the destination's currency for one unit of the source's. It must be given.
    pub rate: Option<ExchangeRate>,
    /// How the other sum is rounded.
    pub rounding: Rounding,
    /// The caller's name for the command.
    pub key: Box<str>,
    /// When it happened, if not now.
    pub effective_at: Option<Timestamp>,
    /// Texts and references.
    pub details: Option<Box<Details>>,
}

impl Exchange {
    /// Gives this much of the source's currency, for what the rate says.
    pub fn sell(
        source: AccountId,
        destination: AccountId,
        service: ServiceId,
        money: Money,
        key: impl Into<Box<str>>,
    ) -> Self {
        let (named, rounding) = (ExchangedSide::Sold, Rounding::HalfEven);
        let key = key.into();
        Self {
            source,
            destination,
            service,
            named,
            money,
            rate: None,
            rounding,
            key,
            effective_at: None,
            details: None,
        }
    }

    /// Wants this much of the destination's currency, for what the rate says.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// # let ledger = Ledger::in_memory()?;
    /// # let usd = ledger.open_book(NewBook::live("shop.usd", Currency::USD))?;
    /// # let kes = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
    /// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
    /// # let dollars = ledger.open_account(NewAccount::new(client, usd.id, AccountType::WORKING))?.id;
    /// # let shillings = ledger.open_account(NewAccount::new(client, kes.id, AccountType::WORKING))?.id;
    /// # let forex = ledger.define_service(NewService::new(client, usd.id, "FOREX"))?.id;
    /// # ledger.credit(Credit::new(dollars, forex, usd.money("50")?, "in-1"))?;
    /// # let ten = Exchange::sell(dollars, shillings, forex, usd.money("10")?, "fx-1").at("129.50".parse()?);
    /// # ledger.exchange(ten)?;
    /// // 1,000.00 shillings are wanted; the dollars follow, rounded up.
    /// let buy = Exchange::buy(dollars, shillings, forex, kes.money("1000")?, "fx-2")
    ///     .at("129.50".parse()?)
    ///     .rounded(Rounding::Up);
    /// assert_eq!(ledger.exchange(buy)?.exchanged().map(|exchanged| exchanged.sold), Some(usd.money("7.73")?));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn buy(
        source: AccountId,
        destination: AccountId,
        service: ServiceId,
        money: Money,
        key: impl Into<Box<str>>,
    ) -> Self {
        Self { named: ExchangedSide::Bought, ..Self::sell(source, destination, service, money, key) }
    }

    /// At this rate: units of the destination's currency for one unit of the source's.
    #[must_use]
    pub fn at(mut self, rate: ExchangeRate) -> Self {
        self.rate = Some(rate);
        self
    }

    /// Says how the sum that follows is rounded.
    #[must_use]
    pub fn rounded(mut self, rounding: Rounding) -> Self {
        self.rounding = rounding;
        self
    }
}

/// What can be asked about channels and invoices.
///
/// ```
/// use pacioli::prelude::*;
/// use pacioli::{InvoiceRequest, Request};
///
/// let command = Command::from(NewChannel::new("M-PESA", [Currency::KES]));
/// let Request::Invoice(request) = command.request else { panic!("of collections") };
/// assert!(matches!(*request, InvoiceRequest::DefineChannel(given) if given.code == "M-PESA"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvoiceRequest {
    /// Define a channel.
    DefineChannel(NewChannel),
    /// Change a channel, named by its code.
    ChangeChannel(Box<str>, ChannelChange),
    /// Issue an invoice.
    Issue(NewInvoice),
    /// Take a step that moves no money.
    Advance(AdvanceInvoice),
    /// Post the money.
    Complete(CompleteInvoice),
}

/// The money of an invoice has come: it is posted, as a credit from outside under the invoice's service.
///
/// The invoice's references, narrative and payer are the entry's too, unless others are given here.
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
/// # ledger.define_channel(NewChannel::new("M-PESA", [Currency::KES]))?;
/// # let payer = Party::msisdn("+254722000001");
/// # let order = NewInvoice::new(moves, "M-PESA", book.money("100")?, payer, "order-77").into_account(wallet);
/// # let invoice = ledger.issue_invoice(order)?;
/// let paid = CompleteInvoice::new(invoice.id)
///     .referring("mpesa", "SJK4H7XYZ1")
///     .effective(ledger.now());
/// let line = ledger.complete_invoice(paid)?.activity().ok_or("a credit leaves a line")?;
/// assert_eq!((line.account, line.amount), (wallet, book.money("100")?));
/// // The invoice's references and the channel's are both on the line.
/// assert_eq!(line.references.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompleteInvoice {
    /// The invoice.
    pub invoice: InvoiceId,
    /// What came, charge and all, where it is not what was asked for; above zero.
    pub received: Option<Money>,
    /// The caller's name for the command; without one it has one of its own (`CMP` and the invoice).
    pub key: Option<Box<str>>,
    /// When it becomes available, if not at once.
    pub clearing: Option<Clearing>,
    /// When it was paid, if not now; an invoice is paid in time if this is not after it expires.
    pub effective_at: Option<Timestamp>,
    /// Texts and references.
    pub details: Option<Box<Details>>,
}

impl CompleteInvoice {
    /// What was asked for has come.
    pub fn new(invoice: impl Into<InvoiceId>) -> Self {
        Self { invoice: invoice.into(), received: None, key: None, clearing: None, effective_at: None, details: None }
    }

    /// This has come, and not what was asked for.
    #[must_use]
    pub fn received(mut self, money: Money) -> Self {
        self.received = Some(money);
        self
    }

    /// Names the command.
    #[must_use]
    pub fn keyed(mut self, key: impl Into<Box<str>>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Counts in the balance at once, and as available only from then on, or when it is released by call.
    #[must_use]
    pub fn clearing(mut self, clearing: Clearing) -> Self {
        self.clearing = Some(clearing);
        self
    }
}

impl From<InvoiceId> for CompleteInvoice {
    fn from(invoice: InvoiceId) -> Self {
        Self::new(invoice)
    }
}

details!(CompleteInvoice);

macro_rules! of_invoices {
    ($($kind:ty => $variant:ident),* $(,)?) => {$(
        impl From<$kind> for Command {
            fn from(request: $kind) -> Self {
                Self::of(Request::Invoice(Box::new(InvoiceRequest::$variant(request))))
            }
        }
    )*};
}

of_invoices! {
    NewChannel => DefineChannel, NewInvoice => Issue, AdvanceInvoice => Advance, CompleteInvoice => Complete,
}

/// A change of the channel with this code.
impl From<(&str, ChannelChange)> for Command {
    fn from((code, change): (&str, ChannelChange)) -> Self {
        let request = InvoiceRequest::ChangeChannel(code.into(), change);
        Self::of(Request::Invoice(Box::new(request)))
    }
}
