//! Why the books say no: one enum for every command.

use serde::Serialize;

use crate::model::{
    AccountId, AccountType, BookId, ChannelId, ClientId, CounterpartyId, DeviceId, EventId, HoldId, HoldState,
    InvoiceId, InvoiceState, LimitId, Member, MonitorId, Operation, PayoutId, PayoutItemId, PayoutState, Sequence,
    ServiceId, SetId, SetPath, Side, Timestamp,
};
use crate::money::Currency;

/// What the docs of a rejection say of it and of its figures.
pub(super) struct Meaning {
    pub code: u16,
    pub name: &'static str,
    pub text: &'static str,
    pub figures: &'static [(&'static str, &'static str)],
}

macro_rules! rejections {
    ($(
        $(#[doc = $doc:literal])*
        $name:ident $({ $($(#[doc = $field_doc:literal])* $field:ident: $kind:ty),* $(,)? })?
            = $code:literal, $message:literal $(, $arg:expr)*;
    )*) => {
        /// Why a well-formed command was refused. Nothing was written, and its key is free.
        ///
        /// The first reason that applies is the answer; the variants stand in the order in which most commands meet
        /// them, and `rules` has the order for each. Each has a stable number ([`Rejection::code`]) and carries the
        /// figures used; amounts are minor units. Variants and codes stay; messages may change.
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
        /// let error = ledger.debit(Debit::new(wallet, moves, book.money("900")?, "pay-1")).unwrap_err();
        /// let Some(rejection) = error.rejection() else { return Err(error) };
        /// // Matched by its variant, never by its text.
        /// assert!(matches!(rejection, Rejection::InsufficientFunds { available: 100_00, required: 900_00, .. }));
        /// assert_eq!((rejection.code(), rejection.is_transient()), (201, true));
        /// assert_eq!(rejection.explanation().name, "InsufficientFunds"); // with what it means, and what to do
        /// assert_eq!(rejection.to_string(), "account 7 has 10000 available, 90000 needed above a floor of 0");
        /// # Ok::<(), Error>(())
        /// ```
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
        #[serde(tag = "rejection", rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum Rejection {
            $($(#[doc = $doc])* #[error($message $(, $arg)*)]
            $name $({ $($(#[doc = $field_doc])* $field: $kind),* })?,)*
        }

        impl Rejection {
            /// The reason's stable number.
            pub const fn code(&self) -> u16 {
                match self {
                    $(Self::$name $({ $($field: _),* })? => $code,)*
                }
            }

            /// Every code with its reason's name.
            pub const CODES: &'static [(u16, &'static str)] = &[$(($code, stringify!($name))),*];
        }

        /// What the docs of each rejection say.
        pub(super) const MEANINGS: &[Meaning] = &[$(Meaning {
            code: $code,
            name: stringify!($name),
            text: concat!($($doc),*).trim_ascii(),
            figures: &[$($((stringify!($field), concat!($($field_doc),*).trim_ascii())),*)?],
        }),*];
    };
}

rejections! {
    // The command itself.
    /// The command needs an idempotency key.
    IdempotencyKeyRequired = 100, "an idempotency key is required";
    /// A text that must be filled is empty.
    TextRequired {
        /// Which text.
        field: &'static str,
    } = 101, "{field} must not be empty";
    /// A text is longer than allowed.
    TextTooLong {
        /// Which text.
        field: &'static str,
        /// The longest it may be, in bytes.
        limit: usize,
        /// How long it is, in bytes.
        given: usize,
    } = 102, "{field} has {given} bytes, {limit} allowed";
    /// A collection has more members than allowed.
    TooMany {
        /// Which collection.
        field: &'static str,
        /// The most it may have.
        limit: usize,
        /// How many it has.
        given: usize,
    } = 103, "{given} {field}, {limit} allowed";
    /// A code is not of the form `[A-Z0-9_]{3,32}`.
    MalformedCode {
        /// Which code.
        field: &'static str,
    } = 104, "{field} must be 3 to 32 of A-Z, 0-9 and _";
    /// Two references of one kind.
    DuplicateReference = 105, "two references of one kind";

    // The service, and the key among its client's keys.
    /// Credits, debits and transfers run under a service.
    ServiceRequired = 110, "a service is required";
    /// There is no such service.
    ServiceNotFound {
        /// The service named.
        service: ServiceId,
    } = 111, "service {service} does not exist";
    /// There is no such entry.
    EntryNotFound {
        /// The entry named.
        entry: Sequence,
    } = 112, "entry {entry} does not exist";
    /// The key belongs to another command.
    IdempotencyConflict {
        /// The entry that has the key.
        original: Sequence,
    } = 113, "the key belongs to entry {original}, whose content differs";

    // Books and clients.
    /// There is no such book.
    BookNotFound {
        /// The book named.
        book: BookId,
    } = 120, "book {book} does not exist";
    /// A book of that name is open.
    BookNameTaken {
        /// The book that has it.
        book: BookId,
    } = 121, "the name belongs to book {book}";
    /// The figures of a book cannot be shown with so many digits.
    InvalidTextScale {
        /// The digits asked for.
        given: u8,
        /// The most there can be.
        limit: u8,
    } = 122, "{given} fraction digits asked for, {limit} allowed";
    /// There is no such client.
    ClientNotFound {
        /// The client named.
        client: ClientId,
    } = 123, "client {client} does not exist";
    /// The client is inactive.
    ClientInactive {
        /// The client.
        client: ClientId,
    } = 124, "client {client} is inactive";
    /// A client or service of that code exists.
    CodeTaken {
        /// The identifier of what has it.
        holder: u64,
    } = 125, "the code belongs to {holder}";
    /// The operator's commands cannot change a book's own accounts.
    SystemAccountFixed {
        /// The account.
        account: AccountId,
    } = 126, "account {account} belongs to its book and cannot be changed";

    // Opening accounts.
    /// There is no such account type.
    AccountTypeUnknown {
        /// The type named.
        account_type: AccountType,
    } = 130, "account type {account_type} does not exist";
    /// The account type exists.
    AccountTypeTaken {
        /// The type.
        account_type: AccountType,
    } = 131, "account type {account_type} exists";
    /// Only the operator opens accounts of this type.
    AccountTypeNotOpenable {
        /// The type.
        account_type: AccountType,
    } = 132, "accounts of type {account_type} are provisioned by the operator";
    /// The client has its one account of this type in the book.
    SettlementAccountExists {
        /// The account.
        account: AccountId,
    } = 133, "account {account} is the one of its type for this client and book";
    /// The client has as many accounts in the book as it may.
    MaxAccountsReached {
        /// The book.
        book: BookId,
        /// How many it may have.
        limit: u32,
    } = 134, "book {book} allows the client {limit} accounts";
    /// An account with that identifier exists.
    ExternalIdTaken {
        /// The account.
        account: AccountId,
    } = 135, "the identifier belongs to account {account}";
    /// A floor above zero and an overdraft exclude each other; a limit needs an overdraft.
    InvalidLimits {
        /// What is wrong.
        reason: &'static str,
    } = 136, "{reason}";

    // Defining services.
    /// The client has a service of this product.
    ServiceCodeTaken {
        /// The service.
        service: ServiceId,
    } = 140, "service {service} is this client's service of that product";
    /// The tariff cannot be.
    InvalidFeeDefinition {
        /// What is wrong.
        reason: &'static str,
    } = 141, "{reason}";
    /// The service is inactive.
    ServiceInactive {
        /// The service.
        service: ServiceId,
    } = 142, "service {service} is inactive";
    /// The service does not allow the operation.
    OperationNotAllowedByService {
        /// The service.
        service: ServiceId,
        /// The operation.
        operation: Operation,
    } = 143, "service {service} does not allow {operation:?}";

    // Accounts of a movement.
    /// There is no such account.
    AccountNotFound {
        /// The account named.
        account: AccountId,
    } = 150, "account {account} does not exist";
    /// Money cannot move from an account to itself.
    SameAccount {
        /// The account.
        account: AccountId,
    } = 151, "account {account} stands on both sides";
    /// An account belongs to another client than the service.
    ServiceClientMismatch {
        /// The service.
        service: ServiceId,
        /// The account.
        account: AccountId,
    } = 152, "service {service} and account {account} belong to different clients";
    /// The accounts belong to different clients, and the service does not cross.
    NotSameOwner {
        /// The account debited.
        source_account: AccountId,
        /// The account credited.
        destination: AccountId,
    } = 153, "accounts {source_account} and {destination} have different owners, and the service does not cross";
    /// The sum is in another currency than the account.
    CurrencyMismatch {
        /// The currency needed.
        expected: Currency,
        /// The currency given.
        given: Currency,
    } = 154, "{given} given, {expected} needed";
    /// The accounts stand in different books.
    BookMismatch {
        /// The book needed.
        expected: BookId,
        /// The book found.
        given: BookId,
    } = 155, "book {given} found, book {expected} needed";
    /// The account is closed.
    AccountClosed {
        /// The account.
        account: AccountId,
    } = 156, "account {account} is closed";
    /// The account is inactive.
    AccountInactive {
        /// The account.
        account: AccountId,
    } = 157, "account {account} is inactive";
    /// An account cannot close with money in it.
    AccountNotEmpty {
        /// The account.
        account: AccountId,
        /// Its posted balance.
        balance: i128,
    } = 158, "account {account} has {balance}, only an empty account can close";
    /// An account that something relies on cannot close.
    AccountInUse {
        /// The account.
        account: AccountId,
    } = 159, "account {account} is in use";
    /// Money may not leave the ledger from this account.
    DisbursementNotAllowed {
        /// The account.
        account: AccountId,
    } = 160, "account {account} may not disburse";

    // Amounts and texts of a movement.
    /// The sum has more fraction digits than the currency.
    AmountPrecision {
        /// The digits that the currency has.
        scale: u8,
    } = 170, "more than {scale} fraction digits";
    /// The sum is zero or negative.
    AmountNotPositive {
        /// The sum.
        given: i128,
    } = 171, "{given} is not above zero";
    /// The sum passes the greatest amount when it is written at the book's scale.
    AmountTooLarge = 181, "the sum passes the greatest amount";
    /// A movement needs at least one line on each side.
    EmptyPost = 172, "a posting needs lines on both sides";
    /// The debits do not equal the credits.
    Unbalanced {
        /// The sum of the debits.
        debits: i128,
        /// The sum of the credits.
        credits: i128,
    } = 173, "debits of {debits} against credits of {credits}";
    /// The operation cannot be called this.
    KindNotAllowed {
        /// The operation.
        operation: Operation,
    } = 174, "{operation:?} cannot be of that kind";
    /// Transfers between accounts of one owner need a narrative.
    NarrativeRequired = 175, "a narrative is required, as between accounts of one owner unless the service asks for none";
    /// The movement would happen in the future.
    FutureEffectiveTime {
        /// When it would happen.
        effective_at: Timestamp,
        /// The latest it may.
        latest: Timestamp,
    } = 176, "effective at {effective_at}, later than {latest}";
    /// The principal is less than the service allows.
    AmountBelowServiceMinimum {
        /// The principal.
        given: i128,
        /// The least allowed.
        minimum: i128,
    } = 177, "{given} given, at least {minimum} needed";
    /// The principal is more than the service allows.
    AmountAboveServiceMaximum {
        /// The principal.
        given: i128,
        /// The most allowed.
        maximum: i128,
    } = 178, "{given} given, at most {maximum} allowed";
    /// The tariff has no band for the principal.
    AmountBeyondTariff {
        /// The principal.
        given: i128,
    } = 179, "no band of the tariff covers {given}";
    /// The charge would eat more than the whole sum.
    ChargeExceedsAmount {
        /// The charge.
        charge: i128,
        /// The sum that it comes out of.
        amount: i128,
    } = 180, "a charge of {charge} out of {amount}";

    // Reversals.
    /// Only movements of money can be reversed.
    NotReversible {
        /// The entry.
        entry: Sequence,
    } = 190, "entry {entry} moved no money";
    /// A reversal cannot be reversed.
    CannotReverseReversal {
        /// The entry.
        entry: Sequence,
    } = 191, "entry {entry} is itself a reversal";
    /// Nothing of the entry is left to reverse.
    AlreadyReversed {
        /// The entry that reversed it last.
        by: Sequence,
    } = 192, "already reversed by entry {by}";
    /// More than is left of the entry.
    ReversalExceedsRemainder {
        /// The sum asked for.
        given: i128,
        /// What is left.
        remainder: i128,
    } = 193, "{given} asked for, {remainder} left to reverse";
    /// An entry of many lines is reversed whole or not at all.
    PartialReversalOfPost {
        /// The entry.
        entry: Sequence,
    } = 194, "entry {entry} has many lines and can be reversed only whole";

    // Holds, and what else is held: credits that clear, reserves.
    /// There is no such hold.
    HoldNotFound {
        /// The hold named.
        hold: HoldId,
    } = 230, "hold {hold} does not exist";
    /// Nothing of the hold is left.
    HoldClosed {
        /// The hold.
        hold: HoldId,
        /// How it ended.
        state: HoldState,
    } = 231, "hold {hold} is closed: {state:?}";
    /// More than is left of the hold.
    CaptureExceedsHold {
        /// The sum asked for.
        given: i128,
        /// What is left.
        remainder: i128,
    } = 232, "{given} asked for, {remainder} left of the hold";
    /// A hold of many lines is settled as a unit.
    PartialSettlement {
        /// The hold.
        hold: HoldId,
    } = 233, "hold {hold} has many lines and can be settled only whole";
    /// The hold's time has come: it can only expire or be released.
    HoldExpired {
        /// The hold.
        hold: HoldId,
        /// When it was to be captured at the latest.
        due_at: Timestamp,
    } = 234, "hold {hold} could be captured until {due_at}";
    /// Time does not settle the hold yet, if ever.
    HoldNotDue {
        /// The hold.
        hold: HoldId,
        /// When it is due.
        due_at: Option<Timestamp>,
        /// The time given.
        at: Timestamp,
    } = 235, "hold {hold} is not due at {at}";
    /// The movement is still held: clear it or give it back.
    HoldOpen {
        /// The hold.
        hold: HoldId,
    } = 236, "hold {hold} is open: settle it instead";
    /// A hold or clearing cannot be due before it begins.
    DueInThePast {
        /// When it would be due.
        due_at: Timestamp,
        /// When it begins.
        begins: Timestamp,
    } = 237, "due at {due_at}, not after {begins}";
    /// A reserve is kept in an account of the service's client.
    ReserveNotOwned {
        /// The account.
        account: AccountId,
    } = 238, "account {account} is not the client's: it cannot keep its reserve";
    /// A credit that is reserved cannot also be clearing.
    HeldCreditClears = 239, "a credit is either held or clearing";

    // Devices.
    /// There is no such device.
    DeviceNotFound {
        /// The device named.
        device: DeviceId,
    } = 300, "device {device} does not exist";
    /// The device approves nothing more.
    DeviceRevoked {
        /// The device.
        device: DeviceId,
    } = 301, "device {device} is revoked";
    /// The device is another client's.
    DeviceNotOwnedByClient {
        /// The device.
        device: DeviceId,
        /// The client.
        client: ClientId,
    } = 302, "device {device} is not client {client}'s";
    /// The public key cannot be one.
    InvalidDeviceKey {
        /// What is wrong.
        reason: &'static str,
    } = 303, "{reason}";
    /// The public key is, or was, a device's.
    DeviceKeyTaken {
        /// The device.
        device: DeviceId,
    } = 304, "the key is device {device}'s";

    // Initiating payouts.
    /// The approvers named cannot approve.
    InvalidApprovers {
        /// What is wrong.
        reason: &'static str,
    } = 310, "{reason}";
    /// A payout can be approved from now on, and for thirty days at most.
    InvalidExpiry {
        /// When it would expire.
        expires_at: Timestamp,
        /// When it would be initiated.
        now: Timestamp,
        /// The latest that it may expire.
        latest: Timestamp,
    } = 311, "expires at {expires_at}, not after {now} and up to {latest}";
    /// A payout needs an item.
    EmptyBatch = 312, "a payout needs an item";
    /// An item cannot be paid; so the payout is refused as a whole.
    ItemRefused {
        /// The item's number, from 1.
        item: u16,
        /// Why.
        reason: Box<Rejection>,
    } = 313, "item {item}: {reason}";
    /// The provider reaches accounts of the ledger alone.
    BeneficiaryNotInternal = 314, "the provider pays accounts of the ledger alone";

    // Approving payouts.
    /// There is no such payout.
    BatchNotFound {
        /// The payout named.
        payout: PayoutId,
    } = 320, "payout {payout} does not exist";
    /// The device is none of those that may approve the payout.
    WrongDevice {
        /// The payout.
        payout: PayoutId,
        /// The device.
        device: DeviceId,
    } = 321, "device {device} may not approve payout {payout}";
    /// The payout is approved, or has this device's signature.
    AlreadyApproved {
        /// The payout.
        payout: PayoutId,
        /// The entry that records the signature.
        by: Sequence,
    } = 322, "payout {payout} was approved by entry {by}";
    /// The payout has ended without being approved.
    BatchNotApprovable {
        /// The payout.
        payout: PayoutId,
        /// Where it stands.
        state: PayoutState,
    } = 323, "payout {payout} cannot be approved: {state}";
    /// The payout could be approved until then.
    ApprovalExpired {
        /// The payout.
        payout: PayoutId,
        /// Until when.
        expired_at: Timestamp,
    } = 324, "payout {payout} expired at {expired_at}";
    /// What was sent back is not what is stored.
    PayloadMismatch {
        /// The payout.
        payout: PayoutId,
        /// The item's number, from 1; zero for the payout itself.
        item: u16,
        /// What differs.
        field: &'static str,
    } = 325, "payout {payout}, item {item}: {field} is not what is stored";
    /// The signature is not the device's of this payout.
    BadSignature {
        /// The device.
        device: DeviceId,
    } = 326, "not a signature of device {device}";

    // What becomes of payouts.
    /// There is no such item.
    ItemNotFound {
        /// The item named.
        item: PayoutItemId,
    } = 330, "payout item {item} does not exist";
    /// This state of a payout or an item does not follow that one.
    InvalidPayoutTransition {
        /// Where it stands.
        from: &'static str,
        /// Where it would go.
        to: &'static str,
    } = 331, "{from} cannot become {to}";
    /// An item cannot cost more than was held for it.
    ChargeExceedsEstimate {
        /// The charge told.
        given: i128,
        /// What was held.
        estimate: i128,
    } = 332, "a charge of {given}, {estimate} held";
    /// The payout can still be approved.
    NotExpired {
        /// The payout.
        payout: PayoutId,
        /// Until when.
        expires_at: Timestamp,
    } = 333, "payout {payout} expires at {expires_at}";
    /// An entry of a payout is taken back by returning its item.
    EntryOfPayout {
        /// The entry.
        entry: Sequence,
        /// The payout.
        payout: PayoutId,
    } = 334, "entry {entry} belongs to payout {payout}, whose items are returned one by one";
    // Exchanges.
    /// An exchange needs a rate; so does a revaluation, of each currency in which there is a position.
    RateRequired {
        /// The currency that is given.
        from: Currency,
        /// The currency that is had for it.
        to: Currency,
    } = 250, "a rate from {from} to {to} is required";
    /// Within one book money is transferred, not exchanged.
    ExchangeWithinBook {
        /// The book.
        book: BookId,
    } = 251, "both accounts are in book {book}";
    /// Live and test money never meet.
    ModeMismatch {
        /// The book of the account debited.
        one: BookId,
        /// The book of the account credited.
        other: BookId,
    } = 252, "of books {one} and {other}, one is live and one is for tests";
    /// What would be had or given for the sum named is less than a minor unit, as it is rounded.
    NothingExchanged {
        /// The sum named.
        given: i128,
    } = 253, "{given} exchanges for nothing";

    // Periods.
    /// The movement would happen in a closed period.
    PeriodClosed {
        /// The book.
        book: BookId,
        /// The end of its last closed period.
        through: Timestamp,
        /// When it would happen.
        effective_at: Timestamp,
    } = 254, "effective at {effective_at}, book {book} is closed through {through}";
    /// Only a period that is over can be closed.
    PeriodNotOver {
        /// The end of the period.
        through: Timestamp,
        /// The latest that it may be.
        latest: Timestamp,
    } = 255, "the period ends at {through}, later than {latest}";
    /// A period that is closed stays closed, and cannot be closed again.
    PeriodAlreadyClosed {
        /// The book.
        book: BookId,
        /// The end of its last closed period.
        closed_through: Timestamp,
        /// The end of the period that was to be closed.
        through: Timestamp,
    } = 256, "book {book} is closed through {closed_through}, not before {through}";

    // Totals.
    /// A total would pass the greatest amount.
    AmountOverflow {
        /// The account.
        account: AccountId,
    } = 200, "a total of account {account} would pass the greatest amount";
    /// The account has too little.
    InsufficientFunds {
        /// The account.
        account: AccountId,
        /// What is needed of it.
        required: i128,
        /// What it has available.
        available: i128,
        /// What must stay in it.
        floor: i128,
    } = 201, "account {account} has {available} available, {required} needed above a floor of {floor}";
    /// The clock has passed the last instant that an entry can record.
    ClockExhausted = 210, "no later time can be recorded";
    /// Every identifier of its kind has been given out.
    IdentifiersExhausted = 211, "no identifier is left";
    /// Another command of the same all-or-nothing batch was refused.
    BatchRefused {
        /// The place of the command that was refused, counted from 0.
        at: usize,
    } = 220, "command {at} of the batch was refused, so none was carried out";
    /// Too many commands in one batch.
    BatchTooLarge {
        /// The commands given.
        given: usize,
        /// The most allowed.
        limit: usize,
    } = 221, "{given} commands, {limit} allowed";

    // The chart: paths, sets, flows, and sides that are blocked.
    /// A path is not 1 to 8 segments of `[a-z0-9_-]{1,32}`, separated by `:`.
    MalformedPath = 380, "a path must be 1 to 8 segments of 1 to 32 of a-z, 0-9, _ and -, separated by :";
    /// There is no such set of accounts.
    SetNotFound {
        /// The set named.
        set: SetId,
    } = 381, "set {set} does not exist";
    /// A set of that name exists in the book.
    SetNameTaken {
        /// The set that has it.
        set: SetId,
    } = 382, "the name belongs to set {set}";
    /// What is to leave a set is not in it.
    NotAMember {
        /// The set.
        set: SetId,
        /// What is to leave.
        member: Member,
    } = 383, "{member} is not a member of set {set}";
    /// What is to come into a set is in it.
    AlreadyAMember {
        /// The set.
        set: SetId,
        /// What is to come.
        member: Member,
    } = 384, "{member} is a member of set {set}";
    /// A set would be a member of itself, by way of others.
    SetCycle {
        /// The set.
        set: SetId,
        /// The way from the set that is to come to the set that it would come into.
        path: SetPath,
    } = 385, "set {set} would be a member of itself: {set} > {path}";
    /// The book's list does not let accounts of one type pay accounts of the other.
    FlowNotAllowed {
        /// The type debited.
        from: AccountType,
        /// The type credited.
        to: AccountType,
    } = 386, "{from} may not pay {to}";
    /// New business on this side of the account is blocked.
    AccountBlocked {
        /// The account.
        account: AccountId,
        /// The side.
        side: Side,
    } = 387, "account {account} is blocked on its {side:?} side";
    /// Entries are found by facts whose key begins with `#` alone.
    FactNotIndexed = 388, "entries are found by metadata whose key begins with # alone";
    // Counterparties and personal texts.
    /// There is no such counterparty.
    CounterpartyNotFound {
        /// The counterparty named.
        counterparty: CounterpartyId,
    } = 370, "counterparty {counterparty} does not exist";
    /// The counterparty belongs to another client than the movement.
    CounterpartyOfAnotherClient {
        /// The counterparty named.
        counterparty: CounterpartyId,
        /// Whose it is.
        client: ClientId,
    } = 371, "counterparty {counterparty} belongs to client {client}";
    /// The counterparty's personal texts are erased: it is neither changed nor named again.
    CounterpartyErased {
        /// The counterparty named.
        counterparty: CounterpartyId,
    } = 372, "counterparty {counterparty} is erased";
    /// Another of the client's counterparties is called so by the host.
    CounterpartyReferenceTaken {
        /// The counterparty that has the reference.
        counterparty: CounterpartyId,
    } = 373, "the reference belongs to counterparty {counterparty}";
    /// The host's validator refuses a party.
    PartyRefused {
        /// What it says.
        reason: String,
    } = 374, "the party is refused: {reason}";
    /// The client's personal texts are erased, and no others are recorded.
    ClientErased {
        /// The client named.
        client: ClientId,
    } = 375, "client {client} is erased";
    // Channels and invoices.
    /// There is no such invoice.
    InvoiceNotFound {
        /// The invoice named.
        invoice: InvoiceId,
    } = 340, "invoice {invoice} does not exist";
    /// The invoice cannot pass from the state it is in to the one asked for.
    InvalidTransition {
        /// The invoice.
        invoice: InvoiceId,
        /// The state that it is in.
        from: InvoiceState,
        /// The state asked for.
        to: InvoiceState,
    } = 341, "invoice {invoice} is {from:?} and cannot become {to:?}";
    /// There is no such channel.
    ChannelNotFound {
        /// The channel named.
        channel: String,
    } = 342, "channel {channel} does not exist";
    /// The channel is inactive.
    ChannelInactive {
        /// The channel.
        channel: String,
    } = 343, "channel {channel} is inactive";
    /// The channel does not take the currency.
    ChannelCurrencyUnsupported {
        /// The channel.
        channel: String,
        /// The currency.
        currency: Currency,
    } = 344, "channel {channel} does not take {currency}";
    /// A channel of that code exists.
    ChannelCodeTaken {
        /// The channel.
        channel: ChannelId,
    } = 345, "the code belongs to channel {channel}";
    /// The invoice names no account, and the client has no SETTLEMENT account to send the money to.
    SettlementAccountMissing {
        /// The client.
        client: ClientId,
        /// The book in which it has none.
        book: BookId,
    } = 346, "client {client} has no settlement account in book {book}";
    /// The invoice could be paid until an instant before.
    InvoiceExpired {
        /// The invoice.
        invoice: InvoiceId,
        /// The last instant at which it could be paid.
        expires_at: Timestamp,
        /// When it was paid.
        paid_at: Timestamp,
    } = 347, "invoice {invoice} could be paid until {expires_at}, paid at {paid_at}";
    /// The invoice's time is not over, if it ever is.
    InvoiceNotDue {
        /// The invoice.
        invoice: InvoiceId,
        /// The last instant at which it can be paid.
        expires_at: Option<Timestamp>,
        /// The time given.
        at: Timestamp,
    } = 348, "invoice {invoice} has not expired at {at}";
    // Limits over time, monitors, and what commands expect.
    /// One movement more than a limit allows in its window.
    VelocityCountExceeded {
        /// The limit.
        limit: LimitId,
        /// Since when it counts.
        from: Timestamp,
        /// When the first of what it counts no longer does: the window's end, or of a sliding one as it slides on.
        until: Timestamp,
        /// How many movements it counts.
        counted: u64,
        /// The most it allows.
        max: u64,
    } = 265, "limit {limit} counts {counted} since {from}, {max} allowed";
    /// More than a limit allows in its window.
    VelocitySumExceeded {
        /// The limit.
        limit: LimitId,
        /// Since when it counts.
        from: Timestamp,
        /// When the first of what it counts no longer does: the window's end, or of a sliding one as it slides on.
        until: Timestamp,
        /// What has been used of it.
        used: i128,
        /// The principal.
        given: i128,
        /// The most it allows.
        max: i128,
    } = 266, "limit {limit} has {used} used since {from}, {given} given, {max} allowed";
    /// There is no such limit.
    LimitNotFound {
        /// The limit named.
        limit: LimitId,
    } = 267, "limit {limit} does not exist";
    /// The limit has ended.
    LimitRetired {
        /// The limit.
        limit: LimitId,
    } = 268, "limit {limit} has ended";
    /// The limit cannot be.
    InvalidLimit {
        /// What is wrong.
        reason: &'static str,
    } = 269, "{reason}";
    /// There is no such monitor.
    MonitorNotFound {
        /// The monitor named.
        monitor: MonitorId,
    } = 270, "monitor {monitor} does not exist";
    /// The monitor has ended.
    MonitorRetired {
        /// The monitor.
        monitor: MonitorId,
    } = 271, "monitor {monitor} has ended";
    /// Something was posted on the account since the caller looked, or not yet what the caller waits for.
    ExpectedNumber {
        /// The account.
        account: AccountId,
        /// The number that its latest activity should have.
        expected: u64,
        /// The number that it has.
        found: u64,
    } = 272, "account {account} is at activity {found}, {expected} expected";
    /// The account has less available than the caller expects.
    ExpectedAvailable {
        /// The account.
        account: AccountId,
        /// The least that should be available.
        expected: i128,
        /// What is available.
        found: i128,
    } = 273, "account {account} has {found} available, {expected} expected";
    // Cursors of events, and the host's own invariants.
    /// There is no such event.
    EventNotFound {
        /// The event named.
        event: EventId,
    } = 290, "event {event} does not exist";
    /// The cursor has passed the event; it goes back only when it is rewound.
    CursorPassed {
        /// Where the cursor stands.
        at: EventId,
        /// Where it was to be set.
        given: EventId,
    } = 291, "the cursor stands at event {at}, beyond {given}";
    /// Nothing was ever acknowledged under that name.
    CursorNotFound = 292, "there is no cursor of that name";
    /// A cursor cannot be rewound to where it has not been.
    CursorNotReached {
        /// Where the cursor stands.
        at: EventId,
        /// Where it was to be set.
        given: EventId,
    } = 293, "the cursor stands at event {at}, before {given}";
    /// An invariant of the host's own does not hold after the entry.
    InvariantBroken {
        /// The invariant.
        name: String,
        /// What it says.
        reason: String,
    } = 294, "the host's invariant {name} is broken: {reason}";
}

macro_rules! transient {
    ($($name:ident),* $(,)?) => {
        impl Rejection {
            /// Whether the same command may succeed later without anybody changing it: only what depends on balances,
            /// quotas, statuses and the clock.
            ///
            /// [`Rejection::ExpectedNumber`] is not among it: whoever expected a number must look again.
            pub const fn is_transient(&self) -> bool {
                matches!(self, $(Self::$name { .. })|*)
            }
        }

        /// The names of those.
        pub(super) const TRANSIENT: &[&str] = &[$(stringify!($name)),*];
    };
}

transient! {
    InsufficientFunds,
    ClientInactive,
    AccountInactive,
    ServiceInactive,
    MaxAccountsReached,
    AccountNotEmpty,
    AccountBlocked,
    FutureEffectiveTime,
    HoldNotDue,
    PeriodNotOver,
    ChannelInactive,
    InvoiceNotDue,
    BatchRefused,
    NotExpired,
    VelocityCountExceeded,
    VelocitySumExceeded,
    ExpectedAvailable,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique() {
        let mut codes: Vec<u16> = Rejection::CODES.iter().map(|(code, _)| *code).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), Rejection::CODES.len());
    }

    #[test]
    fn messages_carry_the_figures() {
        let no = Rejection::InsufficientFunds { account: AccountId(7), required: 71, available: 70, floor: 0 };
        assert_eq!(no.to_string(), "account 7 has 70 available, 71 needed above a floor of 0");
        assert_eq!(no.code(), 201);
        assert!(no.is_transient());
    }
}
