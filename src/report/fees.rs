//! What was charged in a period, and what was given back: fees and tax, by service.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::period::Period;
use super::walk::movements;
use crate::ledger::{Error, View};
use crate::model::{
    AccountId, AccountNumber, AccountType, Book, BookId, ClientId, Posted, Role, Sequence, ServiceId, Side, Timestamp,
};
use crate::money::{Currency, Money};

/// What a charge is made of.
///
/// ```
/// use pacioli::report::ChargeKind;
///
/// assert_ne!(ChargeKind::Fee.text(), ChargeKind::Tax.text()); // a column of a table
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChargeKind {
    /// The fee, which is earned.
    Fee,
    /// The tax on it, which is owed.
    Tax,
}

impl ChargeKind {
    /// What people read.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Fee => "Fee",
            Self::Tax => "Tax",
        }
    }
}

/// What was charged in a period in a book, and what was given back.
///
/// A charge counts when it is posted: of a hold when it is captured, of a payout when its item is paid. What a reversal, a
/// return or a credit that is given back takes off a charge counts for the service under which it was charged.
///
/// Invariants: `services` and `accounts` add up to the same sums, `fees` and `taxes`; an account's `net` is what its lines
/// of the role [`Fee`](Role::Fee) or [`Tax`](Role::Tax) changed its balance by in the period.
///
/// ```
/// use pacioli::prelude::*;
/// use pacioli::report::{Fees, Period};
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
/// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
/// # let fee = Fee::fixed(book.amount("10")?);
/// # let priced = NewService::new(client, book.id, "SALES").fee(fee).taxed("16%".parse::<Rate>()?);
/// # let priced = ledger.define_service(priced)?.id;
/// # ledger.credit(Credit::new(wallet, priced, book.money("100")?, "sale-1"))?;
/// let fees = Fees::of(&ledger.view()?, book.id, &Period::all())?;
/// assert_eq!((fees.fees.net, fees.taxes.net), (book.money("10")?, book.money("1.60")?));
/// assert_eq!(fees.services[0].service, Some(priced));
/// assert_eq!(fees.accounts[0].account, book.system(SystemAccount::FeeIncome));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Fees {
    /// The book.
    pub book: BookId,
    /// Its name.
    pub name: String,
    /// Its currency.
    pub currency: Currency,
    /// The last entry that the view knew of.
    pub at: Sequence,
    /// When that was recorded.
    pub recorded_at: Timestamp,
    /// The period.
    pub period: Period,
    /// By service and kind, in the order of services.
    pub services: Vec<ServiceCharges>,
    /// By the account that earns or owes, and kind, in the order of accounts.
    pub accounts: Vec<AccountCharges>,
    /// All fees.
    pub fees: Charged,
    /// All tax.
    pub taxes: Charged,
    /// How many fraction digits the book shows figures with.
    pub text_scale: u8,
}

/// How often was charged, and how much, and what of it was given back.
///
/// ```
/// use pacioli::prelude::*;
/// use pacioli::report::{Fees, Period};
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
/// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
/// # let priced = NewService::new(client, book.id, "SALES").fee(Fee::fixed(book.amount("10")?));
/// # let priced = ledger.define_service(priced)?.id;
/// let sale = ledger.credit(Credit::new(wallet, priced, book.money("100")?, "sale-1"))?; // with a fee of 10.00
/// ledger.credit(Credit::new(wallet, priced, book.money("100")?, "sale-2"))?;
/// ledger.reverse(&sale)?;
/// let sums = Fees::of(&ledger.view()?, book.id, &Period::all())?.fees;
/// assert_eq!((sums.charges, sums.charged), (2, book.money("20")?));
/// assert_eq!((sums.refunds, sums.refunded, sums.net), (1, book.money("10")?, book.money("10")?));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Charged {
    /// How many charges there were.
    pub charges: u64,
    /// Their sum.
    pub charged: Money,
    /// How often something was given back.
    pub refunds: u64,
    /// The sum of that.
    pub refunded: Money,
    /// `charged` less `refunded`.
    pub net: Money,
}

/// What was charged under a service.
///
/// ```
/// use pacioli::prelude::*;
/// use pacioli::report::{ChargeKind, Fees, Period};
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
/// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
/// # let priced = NewService::new(client, book.id, "SALES").fee(Fee::fixed(book.amount("10")?));
/// # let priced = ledger.define_service(priced)?.id;
/// # ledger.credit(Credit::new(wallet, priced, book.money("100")?, "sale-1"))?;
/// let sales = Fees::of(&ledger.view()?, book.id, &Period::all())?.services.remove(0);
/// assert_eq!((sales.service, sales.kind), (Some(priced), ChargeKind::Fee));
/// assert_eq!((sales.name.as_str(), sales.sums.net), ("SALES", book.money("10")?));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ServiceCharges {
    /// The service, in whatever version; `None` where an entry with a charge names none.
    pub service: Option<ServiceId>,
    /// Its code.
    pub code: String,
    /// Its name, at the view.
    pub name: String,
    /// The client whose operations it rules.
    pub client: Option<ClientId>,
    /// Fee or tax.
    pub kind: ChargeKind,
    /// The sums.
    #[serde(flatten)]
    pub sums: Charged,
}

/// What an account earned, or owes, by charges.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct AccountCharges {
    /// The account.
    pub account: AccountId,
    /// The number that people call it by.
    pub number: AccountNumber,
    /// Its name, at the view.
    pub name: String,
    /// Its type.
    pub account_type: AccountType,
    /// Fee or tax.
    pub kind: ChargeKind,
    /// The sums.
    #[serde(flatten)]
    pub sums: Charged,
}

/// Sums in the making, in minor units.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    charges: u64,
    charged: i128,
    refunds: u64,
    refunded: i128,
}

impl Sums {
    /// Cannot overflow: amounts are below 2^96, and there are fewer than 2^31 of them.
    fn add(&mut self, side: Side, minor: i128) {
        match side {
            Side::Credit => {
                self.charges += 1;
                self.charged += minor;
            }
            Side::Debit => {
                self.refunds += 1;
                self.refunded += minor;
            }
        }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            charges: self.charges + other.charges,
            charged: self.charged + other.charged,
            refunds: self.refunds + other.refunds,
            refunded: self.refunded + other.refunded,
        }
    }

    fn of(self, currency: Currency) -> Result<Charged, Error> {
        Ok(Charged {
            charges: self.charges,
            charged: currency.minor(self.charged)?,
            refunds: self.refunds,
            refunded: currency.minor(self.refunded)?,
            net: currency.minor(self.charged - self.refunded)?,
        })
    }
}

/// Both ways in which a period's charges are added up.
#[derive(Default)]
struct Found {
    services: BTreeMap<(Option<ServiceId>, ChargeKind), Sums>,
    accounts: BTreeMap<(AccountId, ChargeKind), Sums>,
}

impl Fees {
    /// What was charged in `book` in `period`, as far as the view knows.
    ///
    /// Reads the entries of the period, a page at a time, and for each reversal of a charge the entry reversed; by
    /// effective time the entries from a day before the period to the view's end. Memory grows with the services and the
    /// accounts that fees go to, not with entries.
    ///
    /// ```
    /// use pacioli::prelude::*;
    /// use pacioli::report::{Fees, Period};
    ///
    /// # fn main() -> Result<(), Error> {
    /// let ledger = Ledger::in_memory()?;
    /// let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// let owner = Contact::new("Njeri", "njeri@shop.co.ke", "+254700000001");
    /// let client = ledger.register_client(NewClient::individual("KE", owner))?;
    /// let wallet = ledger.open_account(NewAccount::new(client.id, book.id, AccountType::WORKING))?;
    /// let fee = Fee::percentage(Rate::percent_text("1.5")?);
    /// let sales = ledger.define_service(NewService::new(client.id, book.id, "SALES").fee(fee))?;
    /// let sale = ledger.credit(Credit::new(wallet.id, sales.id, book.money("100.00")?, "till-1"))?;
    /// ledger.credit(Credit::new(wallet.id, sales.id, book.money("10.00")?, "till-2"))?;
    /// ledger.reverse(Reverse::whole(sale.sequence()))?;
    ///
    /// let fees = Fees::of(&ledger.view()?, book.id, &Period::all())?;
    /// assert_eq!((fees.fees.charges, fees.fees.refunds), (2, 1));
    /// assert_eq!(fees.fees.net, book.money("0.15")?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`BookNotFound`](crate::Rejection::BookNotFound) when there is no such book; [`Error::Money`] when a sum is beyond
    /// [`Amount::MAX`](crate::money::Amount::MAX).
    pub fn of(view: &View, book: BookId, period: &Period) -> Result<Self, Error> {
        let book = view.book(book)?;
        let found = found(view, &book, period)?;
        let total = |kind| -> Result<Charged, Error> {
            let sums = found.services.iter().filter(|((_, found), _)| *found == kind).map(|(_, sums)| *sums);
            sums.fold(Sums::default(), Sums::plus).of(book.currency)
        };
        let (fees, taxes) = (total(ChargeKind::Fee)?, total(ChargeKind::Tax)?);
        let services = found.services.into_iter();
        let services = services.map(|((service, kind), sums)| service_charges(view, &book, service, kind, sums));
        let accounts = found.accounts.into_iter();
        let accounts = accounts.map(|((account, kind), sums)| account_charges(view, &book, account, kind, sums));
        Ok(Self {
            book: book.id,
            services: services.collect::<Result<_, _>>()?,
            accounts: accounts.collect::<Result<_, _>>()?,
            fees,
            taxes,
            currency: book.currency,
            at: view.sequence(),
            recorded_at: view.recorded_at(),
            period: period.clone(),
            text_scale: book.text_scale,
            name: book.name,
        })
    }
}

fn found(view: &View, book: &Book, period: &Period) -> Result<Found, Error> {
    let mut found = Found::default();
    movements(view, period, &mut |entry, posted| {
        // Asked for once, and only where there is a charge.
        let mut service = None;
        let settled = entry.postings.iter().filter(|posting| posting.book == book.id && posting.stage.is_settled());
        for posting in settled {
            let kind = match posting.role {
                Role::Fee => ChargeKind::Fee,
                Role::Tax => ChargeKind::Tax,
                Role::Principal | Role::Charge | Role::Reserve | Role::Position => continue,
            };
            let service = match service {
                Some(service) => service,
                None => *service.insert(charging(view, posted)?),
            };
            let minor = posting.amount.signed();
            found.services.entry((service, kind)).or_default().add(posting.side, minor);
            found.accounts.entry((posting.account, kind)).or_default().add(posting.side, minor);
        }
        Ok(())
    })?;
    Ok(found)
}

/// The service under which was charged what an entry charges or gives back.
fn charging(view: &View, posted: &Posted) -> Result<Option<ServiceId>, Error> {
    let Some(reverses) = &posted.reverses else { return Ok(posted.service.map(|(service, _)| service)) };
    // A reversal may run under another service, or under none.
    let original = view.entry(reverses.original)?;
    Ok(original.posted().and_then(|posted| posted.service).map(|(service, _)| service))
}

fn service_charges(
    view: &View,
    book: &Book,
    service: Option<ServiceId>,
    kind: ChargeKind,
    sums: Sums,
) -> Result<ServiceCharges, Error> {
    let record = service.map(|service| view.service(service)).transpose()?;
    let (code, name, client) = match record {
        Some(record) => (record.code, record.name, Some(record.terms.client)),
        None => Default::default(),
    };
    Ok(ServiceCharges { service, code, name, client, kind, sums: sums.of(book.currency)? })
}

fn account_charges(
    view: &View,
    book: &Book,
    account: AccountId,
    kind: ChargeKind,
    sums: Sums,
) -> Result<AccountCharges, Error> {
    let record = view.account(account)?;
    Ok(AccountCharges {
        account,
        number: account.number(),
        name: record.name,
        account_type: record.account_type,
        kind,
        sums: sums.of(book.currency)?,
    })
}
