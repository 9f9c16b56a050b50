//! A client service: the rules under which a client's operations run, in versions.

use serde::{Deserialize, Serialize};

use super::{AccountId, BookId, ClientId, Fee, Sequence, ServiceId, Tariff, Tax, Timestamp};
use crate::money::{Amount, Rate, Rounding};

/// Who pays the charge.
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
/// let fee = NewService::new(client, book.id, "SALES").fee(Fee::fixed(book.amount("3")?));
/// let payee = ledger.define_service(fee.clone().borne_by(FeeBearer::Payee))?.id;
/// ledger.credit(Credit::new(wallet, payee, book.money("100")?, "sale-1"))?;
/// assert_eq!(ledger.view()?.balance(wallet)?.current, book.money("97")?); // out of what came
///
/// let payer = NewService { service_code: "PAY".to_owned(), ..fee }.borne_by(FeeBearer::Payer);
/// let payer = ledger.define_service(payer)?.id;
/// ledger.debit(Debit::new(wallet, payer, book.money("50")?, "pay-1"))?;
/// assert_eq!(ledger.view()?.balance(wallet)?.current, book.money("44")?); // on top of what went
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeeBearer {
    /// Whoever sends: on top of the principal. Of a credit from outside it is the account credited, there being no other.
    Payer,
    /// Whoever receives: out of the principal. Of a debit to outside it is the account debited.
    Payee,
}

/// Which operations a service allows.
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
/// let only_reversals = Operations { reversal: true, ..Operations::NONE };
/// let refunds = ledger.define_service(NewService::new(client, book.id, "REFUNDS").allowing(only_reversals))?.id;
/// let refused = ledger.credit(Credit::new(wallet, refunds, book.money("10")?, "sale-1"));
/// assert!(matches!(refused, Err(Error::Rejected(Rejection::OperationNotAllowedByService { .. }))));
/// let sale = ledger.credit(Credit::new(wallet, moves, book.money("10")?, "sale-1"))?;
/// ledger.reverse(Reverse::whole(&sale).under(refunds))?;
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Operations {
    /// Credits.
    pub credit: bool,
    /// Debits.
    pub debit: bool,
    /// Transfers.
    pub transfer: bool,
    /// Reversals.
    pub reversal: bool,
    /// Exchanges with other books.
    pub exchange: bool,
}

impl Operations {
    /// Every operation.
    pub const ALL: Self = Self { credit: true, debit: true, transfer: true, reversal: true, exchange: true };
    /// No operation; for building on.
    pub const NONE: Self = Self { credit: false, debit: false, transfer: false, reversal: false, exchange: false };
}

/// A share of each credit, retained in an account as security for what may be asked back.
///
/// It is taken when the credit becomes available, from the account credited, and rounded as the service rounds; never
/// more than the charge leaves of the credit. Reversing the credit leaves it where it is.
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
/// let security = ledger.open_account(NewAccount::new(client, book.id, AccountType::ROLLING_RESERVE))?.id;
/// let reserve = Reserve { rate: "10%".parse()?, days: Some(90), account: security };
/// ledger.change_service(moves, ServiceChange { reserve: Some(Some(reserve)), ..ServiceChange::default() })?;
/// ledger.credit(Credit::new(wallet, moves, book.money("100")?, "sale-1"))?;
/// let view = ledger.view()?;
/// assert_eq!(view.balance(wallet)?.current, book.money("90")?);
/// assert_eq!(view.balance(security)?.current, book.money("10")?); // comes back after 90 days
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reserve {
    /// The share of the principal.
    pub rate: Rate,
    /// After how many days of 24 hours the sweep releases it; `None` for by call alone.
    pub days: Option<u32>,
    /// Where it is retained: an account of the service's client, in the service's book.
    pub account: AccountId,
}

impl Reserve {
    /// When a share taken at `at` is released.
    pub fn due_at(&self, at: Timestamp) -> Option<Timestamp> {
        // Saturates at the last instant, which is for ever.
        self.days.map(|days| at.plus_ns(i64::from(days).saturating_mul(86_400_000_000_000)))
    }
}

/// A service to be defined. Amounts are minor units of the book's currency.
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
/// let tills = NewService::new(client, book.id, "TILLS")
///     .named("Sales in the shop")
///     .coded("TILLS_KE")
///     .allowing(Operations { credit: true, reversal: true, ..Operations::NONE })
///     .fee(Fee::percentage("1.5%".parse()?))
///     .taxed("16%".parse::<Rate>()?)
///     .borne_by(FeeBearer::Payee)
///     .limits(book.amount("1")?, book.amount("70000")?)
///     .keyed("tills");
/// let tills = ledger.define_service(tills)?;
/// let sale = ledger.credit(Credit::new(wallet, tills.id, book.money("200")?, "sale-1"))?;
/// assert_eq!(sale.charged(), Some(book.money("3.48")?)); // a fee of 3.00 and its tax of 0.48
/// assert_eq!(ledger.view()?.balance(wallet)?.current, book.money("196.52")?);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewService {
    /// The client whose operations it rules.
    pub client: ClientId,
    /// The book in which it rules.
    pub book: BookId,
    /// The product, such as `CUSTOM_SERVICE`; unique among the client's services.
    pub service_code: String,
    /// Its name; the product's code without one.
    pub name: Option<String>,
    /// The caller's own code for it, `[A-Z0-9_]{3,32}`, unique in the ledger; one is generated without it.
    pub code: Option<String>,
    /// Which operations it allows.
    pub operations: Operations,
    /// What it charges.
    pub tariff: Tariff,
    /// Tax on the fee.
    pub tax: Option<Tax>,
    /// Who pays the charge.
    pub bearer: FeeBearer,
    /// How shares are rounded to minor units.
    pub rounding: Rounding,
    /// The least principal, inclusive.
    pub minimum: Option<Amount>,
    /// The greatest principal, inclusive.
    pub maximum: Option<Amount>,
    /// Whether transfers and exchanges may cross from one client to another.
    pub cross_client: bool,
    /// Whether transfers and exchanges need a narrative; `None` for the rule: transfers between accounts of one owner do.
    pub narrative_required: Option<bool>,
    /// Whether a reversal gives the charge back.
    pub refund_fee_on_reversal: bool,
    /// Where fees go; the book's fee income without.
    pub commission_account: Option<AccountId>,
    /// Where tax goes; the book's tax account without.
    pub tax_account: Option<AccountId>,
    /// The other side of external credits and debits: a prefunded pool with a floor of its own, instead of the book's external account.
    pub pool_account: Option<AccountId>,
    /// What is retained of credits.
    pub reserve: Option<Reserve>,
    /// Whether it may be used at once.
    pub active: bool,
    /// The caller's name for the command: giving it again under the same name replays it.
    pub key: Option<String>,
}

impl NewService {
    /// An active, free service without limits for all operations.
    pub fn new(client: ClientId, book: BookId, service_code: impl Into<String>) -> Self {
        Self {
            client,
            book,
            service_code: service_code.into(),
            name: None,
            code: None,
            operations: Operations::ALL,
            tariff: Tariff::Free,
            tax: None,
            bearer: FeeBearer::Payer,
            rounding: Rounding::HalfEven,
            minimum: None,
            maximum: None,
            cross_client: false,
            narrative_required: None,
            refund_fee_on_reversal: true,
            commission_account: None,
            tax_account: None,
            pool_account: None,
            reserve: None,
            active: true,
            key: None,
        }
    }

    /// Gives it a name.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Uses the caller's own code instead of a generated one.
    #[must_use]
    pub fn coded(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// Allows these operations only.
    #[must_use]
    pub fn allowing(mut self, operations: Operations) -> Self {
        self.operations = operations;
        self
    }

    /// Charges this fee on every principal.
    #[must_use]
    pub fn fee(mut self, fee: Fee) -> Self {
        self.tariff = Tariff::Flat(fee);
        self
    }

    /// Charges by this tariff.
    #[must_use]
    pub fn tariff(mut self, tariff: Tariff) -> Self {
        self.tariff = tariff;
        self
    }

    /// Adds tax to the fee: a [`Tax`], or its rate.
    #[must_use]
    pub fn taxed(mut self, tax: impl Into<Tax>) -> Self {
        self.tax = Some(tax.into());
        self
    }

    /// Says who pays the charge.
    #[must_use]
    pub fn borne_by(mut self, bearer: FeeBearer) -> Self {
        self.bearer = bearer;
        self
    }

    /// Says how shares are rounded.
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
    /// let up = NewService::new(client, book.id, "SALES").fee(Fee::percentage("1.5%".parse()?)).rounding(Rounding::Up);
    /// let up = ledger.define_service(up)?.id;
    /// let sale = ledger.credit(Credit::new(wallet, up, book.money("1.01")?, "sale-1"))?;
    /// assert_eq!(sale.charged(), Some(book.money("0.02")?)); // 0.01515
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn rounding(mut self, rounding: Rounding) -> Self {
        self.rounding = rounding;
        self
    }

    /// Limits the principal, both ends inclusive, in minor units.
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
    /// let small = NewService::new(client, book.id, "TIPS").limits(book.amount("1")?, book.amount("50")?);
    /// let small = ledger.define_service(small)?.id;
    /// assert!(ledger.credit(Credit::new(wallet, small, book.money("50")?, "tip-1")).is_ok()); // inclusive
    /// assert!(ledger.credit(Credit::new(wallet, small, book.money("50.01")?, "tip-2")).is_err());
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn limits(mut self, minimum: Amount, maximum: Amount) -> Self {
        self.minimum = Some(minimum);
        self.maximum = Some(maximum);
        self
    }

    /// Lets movements cross from one client's account to another's.
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
    /// # let amina = Contact::new("Amina Yusuf", "amina@example.org", "+254700000002");
    /// # let amina = ledger.register_client(NewClient::individual("KE", amina))?.id;
    /// # let hers = ledger.open_account(NewAccount::new(amina, book.id, AccountType::WORKING))?.id;
    /// let send = |service, key| ledger.transfer(Transfer::new(wallet, hers, service, book.money("40")?, key));
    /// assert!(send(moves, "send-1").is_err()); // to somebody else
    /// let between = ledger.define_service(NewService::new(client, book.id, "SEND").across_clients())?.id;
    /// send(between, "send-1")?;
    /// assert_eq!(ledger.view()?.balance(hers)?.current, book.money("40")?);
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn across_clients(mut self) -> Self {
        self.cross_client = true;
        self
    }

    /// Says whether transfers need a narrative.
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
    /// let save = |service, key| ledger.transfer(Transfer::new(wallet, savings, service, book.money("10")?, key));
    /// assert!(save(moves, "save-1").is_err()); // between accounts of one owner a reason is asked for
    /// let quiet = NewService::new(client, book.id, "SAVINGS").narrative_required(false);
    /// save(ledger.define_service(quiet)?.id, "save-1")?;
    /// assert_eq!(ledger.view()?.balance(savings)?.current, book.money("10")?);
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn narrative_required(mut self, required: bool) -> Self {
        self.narrative_required = Some(required);
        self
    }

    /// Keeps the charge when an operation is reversed.
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
    /// let fee = Fee::fixed(book.amount("3")?);
    /// let kept = NewService::new(client, book.id, "SALES").fee(fee).borne_by(FeeBearer::Payee).keeping_fees();
    /// let kept = ledger.define_service(kept)?.id;
    /// let sale = ledger.credit(Credit::new(wallet, kept, book.money("100")?, "sale-1"))?;
    /// ledger.credit(Credit::new(wallet, moves, book.money("3")?, "top-up-1"))?; // what the charge took
    /// ledger.reverse(&sale)?;
    /// let earned = ledger.view()?.balance(book.system(SystemAccount::FeeIncome))?;
    /// assert_eq!(earned.current, book.money("3")?); // the customer has 100.00 back, and the charge stays
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn keeping_fees(mut self) -> Self {
        self.refund_fee_on_reversal = false;
        self
    }

    /// Sends fees to this account.
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
    /// let commission = ledger.open_account(NewAccount::new(client, book.id, AccountType::COMMISSION_ACCOUNT))?.id;
    /// let fee = Fee::fixed(book.amount("3")?);
    /// let agency = NewService::new(client, book.id, "AGENCY").fee(fee).commission_to(commission);
    /// let agency = ledger.define_service(agency)?.id;
    /// ledger.credit(Credit::new(wallet, agency, book.money("100")?, "sale-1"))?;
    /// assert_eq!(ledger.view()?.balance(commission)?.current, book.money("3")?);
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn commission_to(mut self, account: AccountId) -> Self {
        self.commission_account = Some(account);
        self
    }

    /// Sends tax to this account.
    #[must_use]
    pub fn tax_to(mut self, account: AccountId) -> Self {
        self.tax_account = Some(account);
        self
    }

    /// Takes external money from, and gives it to, this prefunded pool.
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
    /// // Money that was put with the provider beforehand: what is paid out may not pass it.
    /// let pool = ledger.open_account(NewAccount::new(client, book.id, AccountType::FLOAT_ACCOUNT))?.id;
    /// ledger.credit(Credit::new(pool, moves, book.money("500")?, "prefund-1"))?;
    /// let cards = ledger.define_service(NewService::new(client, book.id, "CARDS").pooled_in(pool))?.id;
    /// ledger.credit(Credit::new(wallet, cards, book.money("400")?, "card-1"))?;
    /// assert_eq!(ledger.view()?.balance(pool)?.current, book.money("100")?);
    /// assert!(ledger.credit(Credit::new(wallet, cards, book.money("101")?, "card-2")).is_err());
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn pooled_in(mut self, account: AccountId) -> Self {
        self.pool_account = Some(account);
        self
    }

    /// Retains a share of each credit, but of no transfer, in this account of the service's client, for so many days;
    /// without days until it is released by call.
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
    /// let security = ledger.open_account(NewAccount::new(client, book.id, AccountType::ROLLING_RESERVE))?.id;
    /// let cards = NewService::new(client, book.id, "CARDS").reserving("10%".parse()?, Some(90), security);
    /// let cards = ledger.define_service(cards)?.id;
    /// ledger.credit(Credit::new(wallet, cards, book.money("100")?, "card-1"))?;
    /// assert_eq!(ledger.view()?.balance(wallet)?.current, book.money("90")?);
    /// let retained = ledger.view()?.open_holds(Listing::default())?.items.remove(0);
    /// assert_eq!(retained.due_at.map(|due| due.since(retained.placed_at).as_secs()), Some(90 * 86_400));
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn reserving(mut self, rate: Rate, days: Option<u32>, account: AccountId) -> Self {
        self.reserve = Some(Reserve { rate, days, account });
        self
    }

    /// Defines it inactive.
    #[must_use]
    pub fn inactive(mut self) -> Self {
        self.active = false;
        self
    }

    /// Names the command, so that giving it again replays it.
    #[must_use]
    pub fn keyed(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }
}

/// What to change of a service; what is `None` stays. The result is the service's next version.
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
/// let dearer = ServiceChange { tariff: Some(Tariff::Flat(Fee::fixed(book.amount("5")?))), ..ServiceChange::default() };
/// assert_eq!(ledger.change_service(moves, dearer)?.version, 2);
/// assert_eq!(ledger.credit(Credit::new(wallet, moves, book.money("10")?, "sale-1"))?.charged(), Some(book.money("5")?));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceChange {
    /// A new name.
    pub name: Option<String>,
    /// Which operations it allows.
    pub operations: Option<Operations>,
    /// What it charges.
    pub tariff: Option<Tariff>,
    /// Tax on the fee; `Some(None)` ends it.
    pub tax: Option<Option<Tax>>,
    /// Who pays the charge.
    pub bearer: Option<FeeBearer>,
    /// How shares are rounded.
    pub rounding: Option<Rounding>,
    /// The least and greatest principal, both inclusive, in minor units; `None` within for no limit.
    pub limits: Option<(Option<Amount>, Option<Amount>)>,
    /// Whether transfers may cross from one client to another.
    pub cross_client: Option<bool>,
    /// Whether a reversal gives the charge back.
    pub refund_fee_on_reversal: Option<bool>,
    /// What is retained of credits; `Some(None)` ends it.
    pub reserve: Option<Option<Reserve>>,
    /// Whether it may be used.
    pub active: Option<bool>,
    /// The caller's name for the command: giving it again under the same name replays it.
    pub key: Option<String>,
}

impl ServiceChange {
    /// Names the command, so that giving it again replays it.
    #[must_use]
    pub fn keyed(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }
}

/// A service as it stands in its latest version. Entries name the version that they ran under.
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
/// let service = ledger.view()?.service(moves)?;
/// assert_eq!((service.version, service.name.as_str()), (1, "MOVES"));
/// assert_eq!((service.terms.tariff, service.terms.bearer), (Tariff::Free, FeeBearer::Payer));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// Its identifier.
    pub id: ServiceId,
    /// 1, 2, 3, …: raised by every change.
    pub version: u32,
    /// Its code, unique in the ledger.
    pub code: String,
    /// Its name.
    pub name: String,
    /// What it was defined with, as changed since.
    pub terms: NewService,
    /// Whether limits over time apply to it: derived from them.
    pub limited: bool,
    /// When it was defined.
    pub defined_at: Timestamp,
    /// When it was last changed.
    pub changed_at: Timestamp,
    /// The entry that last changed it.
    pub changed_in: Sequence,
}
