//! What a caller gets for a command: the entry that it became, and the lines that it left on accounts.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use crate::layout::journal::entry_digest;
use crate::model::{
    AccountId, BookId, ChartEvent, ClientId, CounterpartyId, Crossing, Details, DeviceId, Effect, Entry, EntryKind,
    Event, Exchanged, ExchangedSide, Few, Hash, HoldId, InvoiceEvent, InvoiceId, LedgerEvent, LimitChange, LimitId,
    LimitsEvent, Metadata, MonitorId, Operation, Party, PartyEvent, PayoutEvent, PayoutId, PeriodClosed, Posted,
    Posting, PostingId, Reference, RetireLimit, RetireMonitor, Role, Sequence, ServiceId, SetId, Side, Stage,
    Timestamp, TransactionSource,
};
use crate::money::{Currency, ExchangeRate, Money, Rounding};
use crate::rules::{Capture, Release, Reverse, events};

/// The proof that a command was carried out: durable before the caller has it.
///
/// A reference to it stands for its entry wherever an entry or a hold is named.
///
/// ```
/// use pacioli::prelude::*;
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("hotel.kes", Currency::KES))?;
/// # let ann = Contact::new("Ann", "ann@example.org", "+254700");
/// # let guest = ledger.register_client(NewClient::individual("KE", ann))?.id;
/// # let wallet = ledger.open_account(NewAccount::new(guest, book.id, AccountType::WORKING))?.id;
/// # let stay = ledger.define_service(NewService::new(guest, book.id, "STAY"))?.id;
/// let paid = ledger.credit(Credit::new(wallet, stay, book.money("50.00")?, "topup-1"))?;
/// let line = paid.activity().ok_or("a credit leaves a line")?;
/// assert_eq!((line.previous_balance, line.current_balance), (book.money("0")?, book.money("50.00")?));
/// assert!(paid.charged().is_some_and(Money::is_zero) && !paid.is_replayed());
///
/// let booked = ledger.hold(Debit::new(wallet, stay, book.money("20.00")?, "room-7"))?;
/// ledger.capture(Capture::part(&booked, book.money("15.00")?, "checkout-7").last())?;
/// ledger.reverse(Reverse::part(&paid, book.money("10.00")?, "returned-1"))?;
/// assert_eq!(ledger.view()?.balance(wallet)?.available, book.money("25.00")?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Receipt {
    entry: Arc<Entry>,
    replayed: bool,
    #[serde(flatten)]
    currencies: Currencies,
}

/// The currencies of the books that an entry touches: mostly one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Currencies {
    currency: Option<Currency>,
    #[serde(skip)]
    book: BookId,
    #[serde(skip)]
    others: Few<(BookId, Currency)>,
}

impl Currencies {
    pub(crate) fn add(&mut self, book: BookId, currency: Currency) {
        match self.currency {
            None => (self.book, self.currency) = (book, Some(currency)),
            Some(_) => self.others.push((book, currency)),
        }
    }

    pub(crate) fn of(&self, book: BookId) -> Option<Currency> {
        if self.book == book && self.currency.is_some() {
            return self.currency;
        }
        self.others.iter().find(|(other, _)| *other == book).map(|(_, currency)| *currency)
    }
}

/// What an exchange gave for what.
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
/// let five = Exchange::sell(dollars, shillings, forex, usd.money("5")?, "fx-2").at("130.255".parse()?);
/// let exchanged = ledger.exchange(five)?.exchanged().ok_or("an exchange")?;
/// assert_eq!((exchanged.sold, exchanged.bought), (usd.money("5")?, kes.money("651.28")?)); // 651.275, half to even
/// assert_eq!(exchanged.rounding, Rounding::HalfEven);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ExchangedMoney {
    /// What left the source, without the charge.
    pub sold: Money,
    /// What reached the destination.
    pub bought: Money,
    /// Which of the two the caller named.
    pub named: ExchangedSide,
    /// Units of the destination's currency for one unit of the source's.
    pub rate: ExchangeRate,
    /// How the other was rounded.
    pub rounding: Rounding,
}

/// The entry, for [`Reverse::whole`], [`Capture::part`] and whatever else names one; a hold if the entry placed one, else
/// the command is refused.
impl From<&Receipt> for Sequence {
    fn from(receipt: &Receipt) -> Self {
        receipt.sequence()
    }
}

macro_rules! whole {
    ($($command:ty),*) => {$(
        /// All that is left of what the receipt is for.
        impl From<&Receipt> for $command {
            fn from(receipt: &Receipt) -> Self {
                Self::whole(receipt)
            }
        }
    )*};
}

whole!(Capture, Release, Reverse);

/// A sentence for people and logs: the entry, what it did, and how it left the account asked for. Nothing that was given
/// as text is in it: no key, party or narrative.
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
/// let sale = Credit::new(wallet, moves, book.money("96")?, "SJK4H7").kind(EntryKind::Sale);
/// let shown = ledger.credit(sale.clone())?.to_string();
/// assert_eq!(shown, "entry 5: SALE of KES 96.00, account 10000007 from KES 0.00 to KES 96.00");
/// assert_eq!(ledger.credit(sale)?.to_string(), shown + " (given again)");
/// let blocked = ledger.execute((wallet, AccountChange::block(Side::Debit, "lost card")))?;
/// assert_eq!(blocked.to_string(), "entry 6: account changed");
/// # Ok::<(), Error>(())
/// ```
impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "entry {}", self.entry.sequence)?;
        if let Some(line) = self.activity() {
            let Activity { kind, amount, account, previous_balance, current_balance, .. } = line;
            let number = account.number();
            write!(f, ": {kind} of {amount}, account {number} from {previous_balance} to {current_balance}")?;
        } else if let Some(event) = self.events().first() {
            // The name of the change, as a sentence has it: `AccountChanged` is `account changed`.
            let name = format!("{:?}", event.change.kind());
            f.write_str(":")?;
            for letter in name.chars() {
                let space = if letter.is_uppercase() { " " } else { "" };
                write!(f, "{space}{}", letter.to_lowercase())?;
            }
        }
        if self.replayed { f.write_str(" (given again)") } else { Ok(()) }
    }
}

impl Receipt {
    pub(crate) const fn new(entry: Arc<Entry>, replayed: bool, currencies: Currencies) -> Self {
        Self { entry, replayed, currencies }
    }

    /// The entry's place in the journal.
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
    /// assert_eq!(ledger.view()?.entry(sale.sequence())?, *sale.entry());
    /// # Ok::<(), Error>(())
    /// ```
    pub fn sequence(&self) -> Sequence {
        self.entry.sequence
    }

    /// When it was recorded.
    pub fn recorded_at(&self) -> Timestamp {
        self.entry.recorded_at
    }

    /// Whether the command had been carried out before, and this is the first receipt again.
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
    /// let sale = Credit::new(wallet, moves, book.money("96")?, "sale-1");
    /// assert!(!ledger.credit(sale.clone())?.is_replayed());
    /// assert!(ledger.credit(sale)?.is_replayed()); // known by its key: nothing was posted
    /// # Ok::<(), Error>(())
    /// ```
    pub const fn is_replayed(&self) -> bool {
        self.replayed
    }

    /// The entry.
    pub fn entry(&self) -> &Entry {
        &self.entry
    }

    /// What it changed, as those who follow the ledger are told.
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
    /// let kinds: Vec<_> = sale.events().iter().map(|event| event.change.kind()).collect();
    /// assert_eq!(kinds, [ChangeKind::MoneyMoved]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn events(&self) -> Vec<LedgerEvent> {
        events(&self.entry)
    }

    /// The lines that it left on accounts, in the entry's order.
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
    /// let lines: Vec<_> = sale.activities().iter().map(|line| (line.side, line.amount.text())).collect();
    /// assert_eq!(lines, [(Side::Debit, "96.00".to_owned()), (Side::Credit, "96.00".to_owned())]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn activities(&self) -> Vec<Activity> {
        (0..self.entry.postings.len()).filter_map(|place| self.line(place)).collect()
    }

    /// The line that the caller asked for: the account credited by a credit, debited by a debit or transfer, and the
    /// first line of anything else. `None` for entries that moved no money.
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
    /// let line = sale.activity().ok_or("a credit leaves a line")?;
    /// assert_eq!((line.account, line.current_balance), (wallet, book.money("96")?));
    /// let blocked = ledger.execute((wallet, AccountChange::block(Side::Debit, "lost card")))?;
    /// assert_eq!(blocked.activity(), None); // no money moved
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn activity(&self) -> Option<Activity> {
        let credit = self.entry.posted().is_some_and(|posted| posted.operation == Operation::Credit);
        let side = if credit { Side::Credit } else { Side::Debit };
        self.line(self.principal(side)?)
    }

    /// The other side of [`Receipt::activity`].
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
    /// let outside = sale.counter_activity().map(|line| line.account);
    /// assert_eq!(outside, Some(book.system(SystemAccount::External)));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn counter_activity(&self) -> Option<Activity> {
        let credit = self.entry.posted().is_some_and(|posted| posted.operation == Operation::Credit);
        let side = if credit { Side::Debit } else { Side::Credit };
        self.line(self.principal(side)?)
    }

    fn line(&self, place: usize) -> Option<Activity> {
        let posting = self.entry.postings.get(place)?;
        Activity::of(&self.entry, place, self.currencies.of(posting.book)?)
    }

    /// What an exchange gave for what; `None` of anything else.
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
    /// // How many dollars for 1,000.00 shillings?
    /// let buy = Exchange::buy(dollars, shillings, forex, kes.money("1000")?, "fx-2").at("125".parse()?);
    /// assert_eq!(ledger.exchange(buy)?.exchanged().map(|exchanged| exchanged.sold), Some(usd.money("8")?));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn exchanged(&self) -> Option<ExchangedMoney> {
        let exchanged = self.entry.posted()?.effects.iter().find_map(|effect| match effect {
            Effect::Exchanged(exchanged) => Some(exchanged),
            _ => None,
        })?;
        let currency = |side| {
            let posting = self.entry.postings.get(self.principal(side)?)?;
            self.currencies.of(posting.book)
        };
        let Exchanged { sold, bought, named, rate, rounding } = *exchanged;
        let (sold, bought) = (currency(Side::Debit)?.amount(sold), currency(Side::Credit)?.amount(bought));
        Some(ExchangedMoney { sold, bought, named, rate, rounding })
    }

    /// The period that the command closed, if it closed one.
    pub fn closed_period(&self) -> Option<&PeriodClosed> {
        match &self.entry.event {
            Event::PeriodClosed(closed) => Some(closed),
            _ => None,
        }
    }

    /// What the operation cost: fee and tax together; zero where there was no charge.
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
    /// let priced = NewService::new(client, book.id, "SALES").fee(Fee::percentage("1.5%".parse()?));
    /// let priced = ledger.define_service(priced)?.id;
    /// let sale = ledger.credit(Credit::new(wallet, priced, book.money("200")?, "sale-1"))?;
    /// assert_eq!(sale.charged(), Some(book.money("3")?));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn charged(&self) -> Option<Money> {
        let charge = self.entry.postings.iter().find(|posting| posting.role == Role::Charge);
        let Some(charge) = charge else { return Some(self.currencies.currency?.zero()) };
        Some(self.currencies.of(charge.book)?.amount(charge.amount))
    }

    /// The hold that the movement placed, if it placed one: what was reserved, is clearing, or is retained.
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
    /// let room = ledger.hold(Debit::new(wallet, moves, book.money("30")?, "room-7"))?;
    /// let id = room.hold().ok_or("a hold was placed")?;
    /// ledger.capture(id)?;
    /// assert_eq!(ledger.view()?.balance(wallet)?.current, book.money("70")?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn hold(&self) -> Option<HoldId> {
        let placed = |effect: &Effect| matches!(effect, Effect::HoldPlaced { .. });
        self.entry.posted()?.effects.iter().any(placed).then_some(HoldId(self.entry.sequence))
    }

    /// The hold that the command settled, whole or in part, if it settled one: captured, released, or expired by
    /// [`Ledger::settle_due`](crate::Ledger::settle_due).
    ///
    /// ```
    /// # use pacioli::prelude::*;
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("hotel.kes", Currency::KES))?;
    /// # let ann = Contact::new("Ann", "ann@example.org", "+254700");
    /// # let guest = ledger.register_client(NewClient::individual("KE", ann))?.id;
    /// # let wallet = ledger.open_account(NewAccount::new(guest, book.id, AccountType::WORKING))?.id;
    /// # let stay = ledger.define_service(NewService::new(guest, book.id, "STAY"))?.id;
    /// # ledger.credit(Credit::new(wallet, stay, book.money("50.00")?, "topup-1"))?;
    /// let booked = ledger.hold(Debit::new(wallet, stay, book.money("20.00")?, "room-7"))?;
    /// assert_eq!((booked.hold(), booked.settled_hold()), (Some(HoldId::from(&booked)), None));
    /// assert_eq!(ledger.release(&booked)?.settled_hold(), booked.hold());
    /// # Ok::<(), Error>(())
    /// ```
    pub fn settled_hold(&self) -> Option<HoldId> {
        self.entry.posted()?.effects.iter().find_map(|effect| match effect {
            Effect::HoldSettled { hold, .. } => Some(*hold),
            _ => None,
        })
    }

    /// The book that the command opened, if it opened one.
    pub fn opened_book(&self) -> Option<BookId> {
        match &self.entry.event {
            Event::BookOpened { book, .. } => Some(*book),
            _ => None,
        }
    }

    /// The client that the command registered or changed, if it did.
    pub fn client(&self) -> Option<ClientId> {
        match &self.entry.event {
            Event::ClientRegistered { client, .. } | Event::ClientChanged { client, .. } => Some(*client),
            _ => None,
        }
    }

    /// The counterparty that the command recorded, changed or erased, if it did.
    pub fn counterparty(&self) -> Option<CounterpartyId> {
        let Event::Parties(event) = &self.entry.event else { return None };
        match &**event {
            PartyEvent::CounterpartyRecorded { counterparty, .. }
            | PartyEvent::CounterpartyChanged { counterparty, .. }
            | PartyEvent::CounterpartyErased { counterparty, .. } => Some(*counterparty),
            PartyEvent::ClientErased { .. } => None,
        }
    }

    /// The account that the command opened or changed, if it did.
    ///
    /// Identifiers of what a command made are on the receipt, for those who gave it to a transaction or in a batch: of
    /// books, clients, services, devices, invoices, payouts, limits, monitors and sets too.
    ///
    /// ```
    /// use pacioli::prelude::*;
    ///
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
    /// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
    /// let receipt = ledger.execute(NewAccount::new(client, book.id, AccountType::WORKING))?;
    /// assert_eq!(receipt.account(), Some(AccountId(7)));
    /// assert_eq!(receipt.client(), None); // of commands about a client alone
    /// # Ok::<(), Error>(())
    /// ```
    pub fn account(&self) -> Option<AccountId> {
        match &self.entry.event {
            Event::AccountOpened { account, .. } | Event::AccountChanged { account, .. } => Some(*account),
            _ => None,
        }
    }

    /// The service that the command defined or changed, if it did.
    pub fn service(&self) -> Option<ServiceId> {
        match &self.entry.event {
            Event::ServiceDefined { service, .. } | Event::ServiceChanged { service, .. } => Some(*service),
            _ => None,
        }
    }

    /// The device that the command registered or changed, if it did.
    pub fn device(&self) -> Option<DeviceId> {
        match &self.entry.event {
            Event::Device(event) => Some(event.device()),
            _ => None,
        }
    }

    /// The invoice that the command issued, or that it took a step of, if it did.
    pub fn invoice(&self) -> Option<InvoiceId> {
        match &self.entry.event {
            Event::Invoice(event) => match &**event {
                InvoiceEvent::Issued { .. } => Some(InvoiceId(self.entry.sequence)),
                InvoiceEvent::Advanced { invoice, .. } => Some(*invoice),
                _ => None,
            },
            Event::Posted(posted) => posted.effects.iter().find_map(|effect| match effect {
                Effect::InvoiceCompleted { invoice, .. } => Some(*invoice),
                _ => None,
            }),
            _ => None,
        }
    }

    /// The payout that the command was about, if it was.
    pub fn payout(&self) -> Option<PayoutId> {
        self.entry.payout().map(PayoutEvent::payout)
    }

    /// The limit that the command defined, changed or ended, if it did.
    pub fn limit(&self) -> Option<LimitId> {
        let Event::Limits(event) = &self.entry.event else { return None };
        match &**event {
            LimitsEvent::Defined { limit, .. }
            | LimitsEvent::Changed { given: LimitChange { limit, .. } }
            | LimitsEvent::Retired { given: RetireLimit { limit, .. }, .. } => Some(*limit),
            _ => None,
        }
    }

    /// The balance monitor that the command defined or ended, if it did.
    pub fn monitor(&self) -> Option<MonitorId> {
        let Event::Limits(event) = &self.entry.event else { return None };
        match &**event {
            LimitsEvent::MonitorDefined { monitor, .. }
            | LimitsEvent::MonitorRetired { given: RetireMonitor { monitor, .. }, .. } => Some(*monitor),
            _ => None,
        }
    }

    /// The watched figures that the movement made cross their thresholds.
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
    /// let low = ledger.define_monitor(NewMonitor::new(wallet, book.money("50")?).direction(Direction::Falling))?;
    /// let paid = ledger.debit(Debit::new(wallet, moves, book.money("60")?, "pay-1"))?;
    /// assert_eq!(paid.crossings().iter().map(|crossing| crossing.monitor).collect::<Vec<_>>(), [low.id]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn crossings(&self) -> &[Crossing] {
        self.entry.posted().map_or(&[], |posted| &posted.crossed)
    }

    /// The set of accounts that the command defined or changed, if it did.
    pub fn set(&self) -> Option<SetId> {
        match &self.entry.event {
            Event::Chart(event) => match &**event {
                ChartEvent::SetDefined { set, .. } | ChartEvent::SetChanged { set, .. } => Some(*set),
                ChartEvent::FlowsDefined { .. } => None,
            },
            _ => None,
        }
    }

    fn principal(&self, side: Side) -> Option<usize> {
        self.entry.postings.iter().position(|posting| posting.role == Role::Principal && posting.side == side)
    }
}

/// One account's view of a posting: a line of its history.
///
/// Invariants: `current_balance` is `previous_balance` plus `value`; the next line's `previous_balance` is this line's
/// `current_balance`; `|value|` is `amount`; `number` counts 1, 2, 3, … without gaps.
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
/// let rent = Debit::new(wallet, moves, book.money("60")?, "rent-7").narrated("Rent of July");
/// let line = ledger.debit(rent)?.activity().ok_or("a debit leaves a line")?;
/// assert_eq!((line.number, line.side, line.amount), (2, Side::Debit, book.money("60")?));
/// assert_eq!((line.value, line.current_balance), (book.money("-60")?, book.money("40")?));
/// assert_eq!((line.narrative.as_deref(), line.key.as_deref()), (Some("Rent of July"), Some("rent-7")));
/// assert_eq!(line.other_account, Some(book.system(SystemAccount::External)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Activity {
    /// The posting's identifier: its entry's sequence and its place there.
    pub id: PostingId,
    /// The account.
    pub account: AccountId,
    /// The account's activity number.
    pub number: u64,
    /// The account's book.
    pub book: BookId,
    /// Which operation made it.
    pub operation: Operation,
    /// What statements call it: the entry's kind, or `Charge` for the charge of an operation.
    pub kind: EntryKind,
    /// Why it stands in its entry.
    pub role: Role,
    /// What it did to the account's totals.
    pub stage: Stage,
    /// The side posted on.
    pub side: Side,
    /// How much, never negative.
    pub amount: Money,
    /// What it changed the balance by: negative for what lowered it.
    pub value: Money,
    /// The balance before.
    pub previous_balance: Money,
    /// The balance after.
    pub current_balance: Money,
    /// What the account had available after it.
    pub available_balance: Money,
    /// The account on the other side, where one can be named.
    pub other_account: Option<AccountId>,
    /// The posting on the other side, where one can be named.
    pub other_posting: Option<PostingId>,
    /// Whether money crossed the ledger's edge.
    pub source: TransactionSource,
    /// The service that it ran under, and its version then.
    pub service: Option<(ServiceId, u32)>,
    /// The client among whose keys the key is unique.
    pub client: Option<ClientId>,
    /// The caller's name for the command.
    pub key: Option<String>,
    /// Who asked, if the host said so.
    pub actor: Option<String>,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// When it counts.
    pub effective_at: Timestamp,
    /// What statements say of it.
    pub narrative: Option<String>,
    /// The caller's facts.
    pub metadata: Metadata,
    /// The caller's names for things outside.
    pub references: Vec<Reference>,
    /// Whom the money came from.
    pub from: Option<Party>,
    /// Whom the money went to.
    pub to: Option<Party>,
    /// The entry that it reverses.
    pub reverses: Option<Sequence>,
    /// The line's own digest: 32 bytes.
    pub hash: Hash,
    /// The digest of the line on the other side.
    pub other_hash: Option<Hash>,
}

impl Activity {
    /// The line that posting number `place`, from 0, of an entry left.
    pub(crate) fn of(entry: &Entry, place: usize, currency: Currency) -> Option<Self> {
        let posting = entry.postings.get(place)?;
        let posted = entry.posted()?;
        let other = other_side(entry, place);
        let sum = |minor: i128| currency.minor(minor).unwrap_or_else(|_| currency.zero());
        let empty = Details::default();
        let details = posted.details.as_deref().unwrap_or(&empty);
        let entry_hash = hash_of(entry);
        Some(Self {
            id: Posting::id(entry.sequence, place),
            account: posting.account,
            number: posting.number,
            book: posting.book,
            operation: posted.operation,
            kind: line_kind(posted, posting),
            role: posting.role,
            stage: posting.stage,
            side: posting.side,
            amount: currency.amount(posting.amount),
            value: sum(posting.value()),
            previous_balance: sum(posting.before().posted(posting.normal)),
            current_balance: sum(posting.after.posted(posting.normal)),
            available_balance: sum(posting.after.available(posting.normal)),
            other_account: other.and_then(|place| entry.postings.get(place)).map(|other| other.account),
            other_posting: other.map(|place| Posting::id(entry.sequence, place)),
            source: posted.source,
            service: posted.service,
            client: entry.client,
            key: entry.key.as_deref().map(str::to_owned),
            actor: entry.actor.as_deref().map(str::to_owned),
            recorded_at: entry.recorded_at,
            effective_at: entry.effective_at(),
            narrative: details.narrative.clone(),
            metadata: details.metadata.clone(),
            references: details.references.clone(),
            from: details.from.clone(),
            to: details.to.clone(),
            reverses: posted.reverses.map(|reverses| reverses.original),
            hash: line_hash(&entry_hash, place),
            other_hash: other.map(|place| line_hash(&entry_hash, place)),
        })
    }

    /// A reference of the line's own, made of the operation, the line's place and the key: `IFT1…` and `IFT2…` for the
    /// two lines of a transfer, `RVS1…` for a reversal's first.
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
    /// let sale = ledger.credit(Credit::new(wallet, moves, book.money("96")?, "SJK4H7"))?;
    /// assert_eq!(sale.activity().and_then(|line| line.leg_reference()).as_deref(), Some("CRD2SJK4H7"));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn leg_reference(&self) -> Option<String> {
        let prefix = leg_prefix(self.operation);
        self.key.as_ref().map(|key| format!("{prefix}{}{key}", self.id.leg))
    }
}

/// What statements call a line: the entry's kind, but for the charge of an operation, for what is retained of a credit,
/// and for what is given up of a hold whose last part is captured.
pub(crate) fn line_kind(posted: &Posted, posting: &Posting) -> EntryKind {
    match (posting.role, posted.operation) {
        _ if posting.stage == Stage::Released => EntryKind::Release,
        (Role::Charge, Operation::Reverse | Operation::Hold) => posted.kind,
        (Role::Charge, _) => EntryKind::Charge,
        (Role::Reserve, Operation::Credit | Operation::Capture) if posted.kind != EntryKind::Adjustment => {
            EntryKind::Hold
        }
        _ => posted.kind,
    }
}

/// The letters that leg references of an operation begin with.
pub(crate) const fn leg_prefix(operation: Operation) -> &'static str {
    match operation {
        Operation::Credit => "CRD",
        Operation::Debit => "DBT",
        Operation::Transfer => "IFT",
        Operation::Post => "PST",
        Operation::Reverse => "RVS",
        Operation::Hold => "HLD",
        Operation::Capture => "CPT",
        Operation::Release => "RLS",
        Operation::Exchange => "EXC",
    }
}

/// An entry's own digest.
pub(crate) fn hash_of(entry: &Entry) -> Hash {
    Hash(entry_digest(entry))
}

/// A line's own digest: its place (u64 LE, from 0) under BLAKE3 keyed with the entry's digest.
fn line_hash(entry: &Hash, place: usize) -> Hash {
    Hash(*blake3::keyed_hash(&entry.0, &(place as u64).to_le_bytes()).as_bytes())
}

/// The line on the other side: of a principal the other principal; of a charge its first share, and the reverse; of a
/// position the other book's. Where there are several on both sides, none can be named.
fn other_side(entry: &Entry, place: usize) -> Option<usize> {
    let posting = entry.postings.get(place)?;
    let principal = posting.role == Role::Principal;
    // Lines that stand together: the shares of a charge with the charge.
    let kin = |role| match role {
        Role::Charge | Role::Fee | Role::Tax => Role::Charge,
        role => role,
    };
    let mut others = entry
        .postings
        .iter()
        .enumerate()
        .filter(|(_, other)| other.side != posting.side && kin(other.role) == kin(posting.role));
    let (first, _) = others.next()?;
    let alone = others.next().is_none();
    (alone || !principal).then_some(first)
}
