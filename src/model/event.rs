//! Events: what an entry changed, told to those who follow the ledger.
//!
//! An event is never stored: `rules::changes` derives an entry's events from the entry alone, each time in the same
//! order, so the journal is their outbox and nothing can be lost between the two.

use serde::{Deserialize, Serialize};

use super::{
    AccountId, AccountStatus, AccountType, BookId, ChannelId, Charge, ClientId, ClientKind, CounterpartyId, DeviceId,
    EntryKind, EventId, HoldId, HoldKind, HoldState, InvoiceFailure, InvoiceId, InvoiceState, LimitId, Member, Mode,
    MonitorId, Operation, PayoutId, PayoutItemId, PayoutItemState, PayoutState, PostingId, Role, Sequence, ServiceId,
    SetId, Settlement, Side, Stage, Subject, Timestamp, TrackingId, TransactionSource,
};
use crate::money::{Amount, Currency, ExchangeRate};

/// One event of the ledger's stream: a change of state, and the entry that made it.
///
/// Its JSON is stable: names and meanings stay, fields and types of events may be added.
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
/// let event = &ledger.view()?.events().after(Sequence(4)).page()?.items[0];
/// assert_eq!((event.id.sequence, event.key.as_deref()), (sale.sequence(), Some("sale-1")));
/// match &event.change {
///     StateChange::MoneyMoved { lines, .. } => assert_eq!(lines.len(), 2),
///     other => panic!("{other:?}"),
/// }
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LedgerEvent {
    /// Its place in the stream; strictly rising.
    pub id: EventId,
    /// When its entry was recorded.
    pub recorded_at: Timestamp,
    /// When it counts.
    pub effective_at: Timestamp,
    /// Who asked, if the host said so.
    pub actor: Option<String>,
    /// The client among whose keys the key is unique; `None` for the operator's commands.
    pub client: Option<ClientId>,
    /// The caller's name for the command.
    pub key: Option<String>,
    /// What changed.
    pub change: StateChange,
}

macro_rules! state_changes {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty),* $(,)? })*) => {
        /// What one event says has changed. Amounts are minor units of the book's currency.
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
        /// ledger.hold(Debit::new(wallet, moves, book.money("30")?, "room-7"))?;
        /// let mut told = Vec::new();
        /// for event in ledger.view()?.events().after(Sequence(4)).page()? {
        ///     match event.change {
        ///         StateChange::MoneyMoved { kind, .. } => told.push(kind.to_string()),
        ///         StateChange::HoldPlaced { principal, .. } => told.push(format!("hold of {principal}")),
        ///         _ => {} // there may be others some day
        ///     }
        /// }
        /// assert_eq!(told, ["CREDIT", "hold of 3000"]);
        /// # Ok::<(), Error>(())
        /// ```
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(tag = "type", rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum StateChange {
            $($(#[$doc])* $name { $($(#[$field_doc])* $field: $type),* },)*
        }

        /// The kinds of changes, to ask for some of them; in JSON, the `type` of a [`StateChange`].
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
        /// assert!(ChangeKind::EVERY.contains(&ChangeKind::MoneyMoved));
        /// // Asked for, so that a consumer is told of nothing else.
        /// let page = ledger.view()?.events().kinds(&[ChangeKind::AccountOpened, ChangeKind::BookOpened]).page()?;
        /// let kinds: Vec<_> = page.items.iter().map(|event| event.change.kind()).collect();
        /// assert_eq!(kinds, [ChangeKind::BookOpened, ChangeKind::AccountOpened]);
        /// # Ok::<(), Error>(())
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum ChangeKind {
            $($(#[$doc])* $name,)*
        }

        impl StateChange {
            /// Which kind of change it is.
            pub const fn kind(&self) -> ChangeKind {
                match self {
                    $(Self::$name { .. } => ChangeKind::$name,)*
                }
            }
        }

        impl ChangeKind {
            /// Every kind.
            pub const EVERY: &'static [Self] = &[$(Self::$name),*];
        }
    };
}

state_changes! {
    /// A book was opened, with its system accounts.
    BookOpened {
        /// The book.
        book: BookId,
        /// Its name.
        name: String,
        /// Its currency.
        currency: Currency,
        /// Real or play money.
        mode: Mode,
        /// Its system accounts, which have no events of their own opening.
        system_accounts: Vec<AccountId>,
    }
    /// A host's own account type was defined.
    AccountTypeDefined {
        /// The type.
        account_type: AccountType,
    }
    /// A client was registered.
    ClientRegistered {
        /// The client.
        client: ClientId,
        /// Its code.
        code: String,
        /// Individual or business.
        kind: ClientKind,
        /// Whether business may begin.
        active: bool,
    }
    /// A client was changed.
    ClientChanged {
        /// The client.
        client: ClientId,
        /// Whether it is active, if that was said.
        active: Option<bool>,
    }
    /// An account was opened.
    AccountOpened {
        /// The account.
        account: AccountId,
        /// Its owner.
        client: ClientId,
        /// Its book.
        book: BookId,
        /// Its type.
        account_type: AccountType,
        /// Its status.
        status: AccountStatus,
    }
    /// An account was changed, its status perhaps.
    AccountChanged {
        /// The account.
        account: AccountId,
        /// Its status, if that was said.
        status: Option<AccountStatus>,
        /// Why, if that was said.
        reason: Option<String>,
    }
    /// A service was defined.
    ServiceDefined {
        /// The service.
        service: ServiceId,
        /// The client whose operations it rules.
        client: ClientId,
        /// The book in which it rules.
        book: BookId,
        /// Its code.
        code: String,
        /// The product.
        product: String,
        /// Whether operations may run under it.
        active: bool,
    }
    /// A service was changed.
    ServiceChanged {
        /// The service.
        service: ServiceId,
        /// Its version from here on.
        version: u32,
        /// Whether operations may run under it, if that was said.
        active: Option<bool>,
    }
    /// Money moved: a posted balance changed, and what is reserved perhaps with it.
    MoneyMoved {
        /// Which operation it was.
        operation: Operation,
        /// What statements call it.
        kind: EntryKind,
        /// Whether money crossed the ledger's edge.
        source: TransactionSource,
        /// The service that it ran under.
        service: Option<ServiceId>,
        /// Whether floors were set aside by privilege.
        forced: bool,
        /// The lines, in the entry's order.
        lines: Vec<MovedLine>,
    }
    /// What is reserved changed, and no posted balance.
    ReservationChanged {
        /// Which operation it was.
        operation: Operation,
        /// What statements call it.
        kind: EntryKind,
        /// The service that it ran under.
        service: Option<ServiceId>,
        /// Whether floors were set aside by privilege.
        forced: bool,
        /// The lines, in the entry's order.
        lines: Vec<MovedLine>,
    }
    /// An earlier entry was reversed, whole or in part, by the movement told just before.
    Reversed {
        /// The entry reversed.
        original: Sequence,
        /// How much of its principal was asked for; `None` for all that was left.
        part: Option<Amount>,
        /// How much of its principal has been reversed with this.
        total: Amount,
        /// Whether nothing of it is left.
        whole: bool,
    }
    /// A hold was placed: a movement reserved, a credit to be cleared, or a share retained.
    HoldPlaced {
        /// The hold.
        hold: HoldId,
        /// What is held.
        held: HoldKind,
        /// The operation that was reserved.
        operation: Operation,
        /// What statements will call it.
        kind: EntryKind,
        /// How much, without charges.
        principal: Amount,
        /// When time settles it.
        due_at: Option<Timestamp>,
    }
    /// A hold was settled, or part of one. Captured: the movement happened, the credit was given back, the share taken.
    /// Released or expired: the movement did not happen, the credit was cleared, the share came back.
    HoldSettled {
        /// The hold.
        hold: HoldId,
        /// What is held.
        held: HoldKind,
        /// How.
        how: Settlement,
        /// The part of its principal that was asked for; `None` for all that was left.
        part: Option<Amount>,
        /// How much of its principal has been captured with this.
        captured: Amount,
        /// How much of its principal has been released with this.
        released: Amount,
        /// How far it is settled with this.
        state: HoldState,
    }
    /// A limit over time was defined.
    LimitDefined {
        /// The limit.
        limit: LimitId,
        /// Whose movements it counts.
        subject: Subject,
    }
    /// A limit's figures were changed.
    LimitChanged {
        /// The limit.
        limit: LimitId,
    }
    /// A limit ended.
    LimitRetired {
        /// The limit.
        limit: LimitId,
        /// Whose movements it counted.
        subject: Subject,
    }
    /// An account's balance is watched.
    MonitorDefined {
        /// The monitor.
        monitor: MonitorId,
        /// The account.
        account: AccountId,
        /// The threshold, in minor units of the account's currency.
        #[serde(with = "digits")]
        threshold: i128,
    }
    /// A monitor ended.
    MonitorRetired {
        /// The monitor.
        monitor: MonitorId,
        /// The account that it watched.
        account: AccountId,
    }
    /// A client's quota of accounts in a book was set.
    QuotaSet {
        /// The client.
        client: ClientId,
        /// The book.
        book: BookId,
        /// How many accounts, 0 for no limit; `None` for the client's or book's own quota.
        accounts_max: Option<u32>,
    }
    /// A device that may approve payouts was registered.
    DeviceRegistered {
        /// The device.
        device: DeviceId,
        /// Whose it is.
        client: ClientId,
        /// What people call it.
        label: String,
    }
    /// A device was given a new key.
    DeviceRotated {
        /// The device.
        device: DeviceId,
    }
    /// A device approves nothing more.
    DeviceRevoked {
        /// The device.
        device: DeviceId,
        /// Why, if that was said.
        reason: Option<String>,
    }
    /// A payout was initiated and waits for its signatures.
    PayoutInitiated {
        /// The payout.
        payout: PayoutId,
        /// What the world outside calls it.
        tracking_id: TrackingId,
        /// Whose money it is.
        client: ClientId,
        /// How many items it has.
        items: usize,
        /// What the beneficiaries get.
        total: Amount,
        /// What the items cost by the tariff.
        charge_estimate: Amount,
        /// From when on it can no longer be approved.
        expires_at: Timestamp,
    }
    /// A device signed a payout.
    PayoutSigned {
        /// The payout.
        payout: PayoutId,
        /// The device.
        device: DeviceId,
        /// Whether no more signatures are needed: it is approved.
        complete: bool,
    }
    /// Something became of an item of a payout.
    PayoutItemChanged {
        /// The item.
        item: PayoutItemId,
        /// Where it stands.
        state: PayoutItemState,
        /// What it has cost if it was paid; what was given back if it came back.
        charge: Amount,
        /// The provider's code, if it was said.
        code: Option<String>,
        /// Why, if that was said.
        reason: Option<String>,
        /// Where that leaves the payout.
        payout_state: PayoutState,
    }
    /// A payout was cancelled, ended early, or has expired.
    PayoutEnded {
        /// The payout.
        payout: PayoutId,
        /// Where it stands.
        state: PayoutState,
        /// Why, if that was said.
        reason: Option<String>,
    }
    /// A book's period was closed, and its trial balance sealed.
    PeriodClosed {
        /// The book.
        book: BookId,
        /// The period's last instant.
        through: Timestamp,
        /// The sum of all accounts that stood on the debit side, which is that of the credit side.
        total: Amount,
    }
    /// Money was exchanged.
    Exchanged {
        /// What left the source, without the charge, in minor units of its currency.
        sold: Amount,
        /// What reached the destination, in minor units of its currency.
        bought: Amount,
        /// Units of the destination's currency for one unit of the source's.
        rate: ExchangeRate,
    }
    /// A watched balance crossed its threshold.
    BalanceCrossed {
        /// The monitor.
        monitor: MonitorId,
        /// The account.
        account: AccountId,
        /// The figure before the movement, in minor units of the account's currency.
        #[serde(with = "digits")]
        before: i128,
        /// The figure after it.
        #[serde(with = "digits")]
        after: i128,
    }
    /// A set of accounts was defined.
    SetDefined {
        /// The set.
        set: SetId,
        /// Its book.
        book: BookId,
        /// Its name.
        name: String,
    }
    /// A set's members changed.
    SetChanged {
        /// The set.
        set: SetId,
        /// Members that left.
        removed: Vec<Member>,
        /// Members that came in after that.
        added: Vec<Member>,
    }
    /// A book's list of allowed flows was replaced.
    FlowsDefined {
        /// The book.
        book: BookId,
        /// The pairs allowed, who pays and who is paid; none for everything.
        allowed: Vec<(AccountType, AccountType)>,
    }
    /// A counterparty was recorded, or brought up to date because it was known.
    CounterpartyRecorded {
        /// The counterparty.
        counterparty: CounterpartyId,
        /// Whose it is.
        client: ClientId,
    }
    /// A counterparty was changed.
    CounterpartyChanged {
        /// The counterparty.
        counterparty: CounterpartyId,
        /// Whose it is.
        client: ClientId,
    }
    /// A counterparty's personal texts were erased.
    CounterpartyErased {
        /// The counterparty.
        counterparty: CounterpartyId,
        /// Whose it is.
        client: ClientId,
    }
    /// A client's personal texts were erased.
    ClientErased {
        /// The client.
        client: ClientId,
    }
    /// A channel was defined.
    ChannelDefined {
        /// The channel.
        channel: ChannelId,
        /// What it is called.
        code: String,
        /// Whether it may be used.
        active: bool,
    }
    /// A channel was changed.
    ChannelChanged {
        /// The channel.
        channel: ChannelId,
        /// Whether it may be used, if that was said.
        active: Option<bool>,
    }
    /// An invoice was issued.
    InvoiceIssued {
        /// The invoice.
        invoice: InvoiceId,
        /// The account that the money goes to.
        account: AccountId,
        /// The service that it is collected under.
        service: ServiceId,
        /// The channel, by its code.
        channel: String,
        /// The currency.
        currency: Currency,
        /// What the payer is asked for.
        asked: Amount,
        /// Until when it can be paid.
        expires_at: Option<Timestamp>,
    }
    /// An invoice came to another state without money.
    InvoiceAdvanced {
        /// The invoice.
        invoice: InvoiceId,
        /// The state.
        state: InvoiceState,
        /// Why its payment failed, if it did.
        failure: Option<InvoiceFailure>,
    }
    /// An invoice was completed by the movement told before.
    InvoiceCompleted {
        /// The invoice.
        invoice: InvoiceId,
        /// What the payer paid, charge and all.
        amount: Amount,
        /// What collecting it cost.
        charge: Charge,
    }
}

/// Figures that may be below zero, written in digits as amounts are: numbers of JSON are not that long, and what is told
/// apart by its type cannot have them.
mod digits {
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(figure: &i128, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(figure)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i128, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(|_| D::Error::custom("not a whole number"))
    }
}

/// One line of a movement.
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
/// let StateChange::MoneyMoved { lines, .. } = &sale.events()[0].change else { panic!("money moved") };
/// assert_eq!((lines[1].account, lines[1].side, lines[1].amount), (wallet, Side::Credit, book.amount("96")?));
/// assert_eq!((lines[1].number, lines[1].posting.to_string()), (1, "5.2".to_owned()));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MovedLine {
    /// The posting.
    pub posting: PostingId,
    /// The account.
    pub account: AccountId,
    /// The account's book.
    pub book: BookId,
    /// The side posted on.
    pub side: Side,
    /// Why it stands in its entry.
    pub role: Role,
    /// What it does to the account's totals.
    pub stage: Stage,
    /// How much, in minor units.
    pub amount: Amount,
    /// The account's activity number.
    pub number: u64,
}

impl MovedLine {
    /// The line of a posting.
    pub(crate) const fn of(posting: PostingId, line: &super::Posting) -> Self {
        Self {
            posting,
            account: line.account,
            book: line.book,
            side: line.side,
            role: line.role,
            stage: line.stage,
            amount: line.amount,
            number: line.number,
        }
    }
}

impl StateChange {
    /// The client that it names, if it names one.
    pub const fn client(&self) -> Option<ClientId> {
        match self {
            Self::ClientRegistered { client, .. }
            | Self::ClientChanged { client, .. }
            | Self::AccountOpened { client, .. }
            | Self::ServiceDefined { client, .. }
            | Self::DeviceRegistered { client, .. }
            | Self::PayoutInitiated { client, .. }
            | Self::QuotaSet { client, .. }
            | Self::CounterpartyRecorded { client, .. }
            | Self::CounterpartyChanged { client, .. }
            | Self::CounterpartyErased { client, .. }
            | Self::ClientErased { client } => Some(*client),
            Self::LimitDefined { subject, .. } | Self::LimitRetired { subject, .. } => match subject {
                Subject::Client(client) => Some(*client),
                Subject::Account(_) | Subject::Service(_) => None,
            },
            Self::BookOpened { .. }
            | Self::AccountTypeDefined { .. }
            | Self::AccountChanged { .. }
            | Self::ServiceChanged { .. }
            | Self::MoneyMoved { .. }
            | Self::ReservationChanged { .. }
            | Self::Reversed { .. }
            | Self::HoldPlaced { .. }
            | Self::HoldSettled { .. }
            | Self::LimitChanged { .. }
            | Self::MonitorDefined { .. }
            | Self::MonitorRetired { .. }
            | Self::DeviceRotated { .. }
            | Self::DeviceRevoked { .. }
            | Self::PayoutSigned { .. }
            | Self::PayoutItemChanged { .. }
            | Self::PayoutEnded { .. }
            | Self::BalanceCrossed { .. }
            | Self::PeriodClosed { .. }
            | Self::Exchanged { .. }
            | Self::ChannelDefined { .. }
            | Self::ChannelChanged { .. }
            | Self::InvoiceIssued { .. }
            | Self::InvoiceAdvanced { .. }
            | Self::InvoiceCompleted { .. }
            | Self::SetDefined { .. }
            | Self::SetChanged { .. }
            | Self::FlowsDefined { .. } => None,
        }
    }

    /// The accounts that it names, in its order; an account on two lines is named twice.
    pub fn accounts(&self) -> Vec<AccountId> {
        match self {
            Self::AccountOpened { account, .. }
            | Self::AccountChanged { account, .. }
            | Self::MonitorDefined { account, .. }
            | Self::MonitorRetired { account, .. }
            | Self::BalanceCrossed { account, .. }
            | Self::InvoiceIssued { account, .. }
            | Self::LimitDefined { subject: Subject::Account(account), .. }
            | Self::LimitRetired { subject: Subject::Account(account), .. } => vec![*account],
            Self::BookOpened { system_accounts, .. } => system_accounts.clone(),
            Self::MoneyMoved { lines, .. } | Self::ReservationChanged { lines, .. } => {
                lines.iter().map(|line| line.account).collect()
            }
            Self::SetChanged { removed, added, .. } => {
                let account = |member: &Member| match member {
                    Member::Account(account) => Some(*account),
                    Member::Set(_) => None,
                };
                removed.iter().chain(added).filter_map(account).collect()
            }
            Self::SetDefined { .. }
            | Self::FlowsDefined { .. }
            | Self::AccountTypeDefined { .. }
            | Self::ClientRegistered { .. }
            | Self::ClientChanged { .. }
            | Self::ServiceDefined { .. }
            | Self::ServiceChanged { .. }
            | Self::Reversed { .. }
            | Self::HoldPlaced { .. }
            | Self::HoldSettled { .. }
            | Self::LimitDefined { .. }
            | Self::LimitRetired { .. }
            | Self::LimitChanged { .. }
            | Self::QuotaSet { .. }
            | Self::DeviceRegistered { .. }
            | Self::DeviceRotated { .. }
            | Self::DeviceRevoked { .. }
            | Self::PayoutInitiated { .. }
            | Self::PayoutSigned { .. }
            | Self::PayoutItemChanged { .. }
            | Self::PayoutEnded { .. }
            | Self::PeriodClosed { .. }
            | Self::Exchanged { .. }
            | Self::ChannelDefined { .. }
            | Self::ChannelChanged { .. }
            | Self::InvoiceAdvanced { .. }
            | Self::InvoiceCompleted { .. }
            | Self::CounterpartyRecorded { .. }
            | Self::CounterpartyChanged { .. }
            | Self::CounterpartyErased { .. }
            | Self::ClientErased { .. } => Vec::new(),
        }
    }
}
