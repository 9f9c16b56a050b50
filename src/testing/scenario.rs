//! Sequences of valid commands, for property tests.
//!
//! A scenario is found by trying: wishes of chance are turned into commands by what a ledger in memory holds at that
//! moment, and what it refuses is left out. So whatever the law is, what is given is valid, and what fails shrinks to few
//! commands.

use std::ops::RangeInclusive;

use proptest::collection::SizeRange;
use proptest::prelude::{Strategy, any, prop_oneof};

use super::ledger::TestLedger;
use crate::ledger::{AccountFilter, Error, Ledger, Listing, Receipt};
use crate::model::{
    AccountId, AccountType, BookId, ClientId, Contact, EntryKind, Fee, HoldId, NewAccount, NewBook, NewClient,
    NewService, Sequence, ServiceId,
};
use crate::money::{Currency, Money, MoneyError, Rate};
use crate::rules::{Capture, Command, Credit, Debit, Held, PlaceHold, Release, Reverse, Transfer};

/// Commands that an empty ledger carries out, one after the other: a little world is opened, and business done in it.
///
/// The world is a book, two clients, two accounts and two services of each: a free one, and one that charges 1.5 %. There
/// are credits, debits, transfers within and between clients, holds of them, captures whole and in part, releases, and
/// reversals whole and in part. Identifiers are those of a ledger in which nothing was done before.
///
/// ```
/// use pacioli::assert_balanced;
/// use pacioli::testing::{TestLedger, scenarios};
/// use proptest::prelude::*;
///
/// proptest!(ProptestConfig::with_cases(2), |(scenario in scenarios(0..10))| {
///     let ledger = TestLedger::new().unwrap();
///     for command in scenario.opening().iter().chain(scenario.commands()) {
///         ledger.execute(command.clone()).unwrap();
///     }
///     assert_balanced!(ledger);
/// });
/// ```
#[derive(Clone, Debug)]
pub struct Scenario {
    commands: Vec<Command>,
    opening: usize,
}

impl Scenario {
    /// The commands that open the world.
    pub fn opening(&self) -> &[Command] {
        self.commands.split_at(self.opening).0
    }

    /// The commands that move money in it, or reserve it; each has a key.
    pub fn commands(&self) -> &[Command] {
        self.commands.split_at(self.opening).1
    }

    /// Gives all of them, the opening first, one by one.
    ///
    /// # Errors
    /// As [`Ledger::execute`]. A rejection means that something was done in the ledger before, or that it has rules of
    /// its own.
    pub fn run(&self, ledger: &Ledger) -> Result<Vec<Receipt>, Error> {
        self.commands.iter().map(|command| ledger.execute(command.clone())).collect()
    }
}

/// What chance wishes: places in lists are taken modulo their lengths, sums as shares of what there is.
#[derive(Clone, Copy, Debug)]
enum Wish {
    Credit { to: u8, units: u32, charged: bool },
    Debit { from: u8, share: u8, charged: bool },
    Transfer { from: u8, to: u8, share: u8, charged: bool },
    HoldDebit { from: u8, share: u8 },
    HoldTransfer { from: u8, to: u8, share: u8 },
    Capture { hold: u8, share: Option<u8>, last: bool },
    Release { hold: u8, share: Option<u8> },
    Reverse { entry: u8, share: Option<u8> },
}

fn wishes() -> impl Strategy<Value = Wish> {
    let share = || proptest::option::of(any::<u8>());
    prop_oneof![
        4 => (any::<u8>(), 1..1_000_000_u32, any::<bool>())
            .prop_map(|(to, units, charged)| Wish::Credit { to, units, charged }),
        2 => (any::<u8>(), any::<u8>(), any::<bool>())
            .prop_map(|(from, share, charged)| Wish::Debit { from, share, charged }),
        3 => (any::<u8>(), any::<u8>(), any::<u8>(), any::<bool>())
            .prop_map(|(from, to, share, charged)| Wish::Transfer { from, to, share, charged }),
        1 => (any::<u8>(), any::<u8>()).prop_map(|(from, share)| Wish::HoldDebit { from, share }),
        1 => (any::<u8>(), any::<u8>(), any::<u8>())
            .prop_map(|(from, to, share)| Wish::HoldTransfer { from, to, share }),
        2 => (any::<u8>(), share(), any::<bool>()).prop_map(|(hold, share, last)| Wish::Capture { hold, share, last }),
        1 => (any::<u8>(), share()).prop_map(|(hold, share)| Wish::Release { hold, share }),
        1 => (any::<u8>(), share()).prop_map(|(entry, share)| Wish::Reverse { entry, share }),
    ]
}

/// Scenarios of as many commands after the opening as `size` says, or fewer: `0..50`.
///
/// ```
/// use pacioli::testing::{TestLedger, scenarios};
/// use proptest::prelude::*;
///
/// proptest!(ProptestConfig::with_cases(4), |(scenario in scenarios(0..20))| {
///     let ledger = TestLedger::new().unwrap();
///     let receipts = scenario.run(&ledger).unwrap();
///     // Given again under their keys, all are known.
///     let again = scenario.run(&ledger).unwrap();
///     prop_assert!(again.iter().all(|receipt| receipt.is_replayed()));
///     prop_assert_eq!(receipts.len(), scenario.opening().len() + scenario.commands().len());
/// });
/// ```
pub fn scenarios(size: impl Into<SizeRange>) -> impl Strategy<Value = Scenario> {
    let wishes = proptest::collection::vec(wishes(), size);
    wishes.prop_filter_map("the ledger in memory failed", |wishes| Trial::begin().ok()?.out(&wishes).ok())
}

/// Sums of a currency, in minor units: `1..=1_000_000` is up to 10,000.00 in a currency of two decimals.
///
/// ```
/// use pacioli::money::Currency;
/// use pacioli::testing::sums;
/// use proptest::prelude::*;
///
/// proptest!(ProptestConfig::with_cases(4), |(sum in sums(Currency::KES, 1..=1_000_000))| {
///     prop_assert!(sum.is_positive() && sum.minor() <= 1_000_000);
/// });
/// ```
pub fn sums(currency: Currency, minor_units: RangeInclusive<i64>) -> impl Strategy<Value = Money> {
    // All of them are far below the greatest amount.
    minor_units.prop_map(move |units| currency.minor(i128::from(units)).unwrap_or_else(|_| currency.zero()))
}

/// A ledger on which wishes are tried out.
struct Trial {
    ledger: TestLedger,
    currency: Currency,
    accounts: Vec<(AccountId, ClientId)>,
    /// Of each client: the free service, and the one that charges.
    services: Vec<(ClientId, ServiceId, ServiceId)>,
    holds: Vec<HoldId>,
    movements: Vec<Sequence>,
    commands: Vec<Command>,
    opening: usize,
}

impl Trial {
    fn begin() -> Result<Self, Error> {
        let mut trial = Self {
            ledger: TestLedger::new()?,
            currency: Currency::KES,
            accounts: Vec::new(),
            services: Vec::new(),
            holds: Vec::new(),
            movements: Vec::new(),
            commands: Vec::new(),
            opening: 0,
        };
        let book = trial.given(NewBook::live("test.kes", trial.currency).keyed("book"))?;
        let book = book.opened_book().unwrap_or_default();
        for name in ["Amina", "Baraka"] {
            trial.open_client(book, name)?;
        }
        trial.opening = trial.commands.len();
        Ok(trial)
    }

    fn open_client(&mut self, book: BookId, name: &str) -> Result<(), Error> {
        let contact = Contact::new(name, format!("{name}@example.org"), "+254700000001");
        let client = self.given(NewClient::individual("Kenya", contact).keyed(name))?.client().unwrap_or_default();
        for account in ["wallet", "savings"] {
            let new = NewAccount::new(client, book, AccountType::WORKING).named(account);
            self.given(new.keyed(format!("{name}-{account}")))?;
        }
        let page = self.ledger.view()?.accounts(AccountFilter::OfClient(client), Listing::default())?;
        self.accounts.extend(page.into_iter().map(|account| (account.id, client)));
        let new = |product: &str| {
            let new = NewService::new(client, book, product).across_clients().narrative_required(false);
            new.keyed(format!("{name}-{product}"))
        };
        let free = self.given(new("FREE"))?.service().unwrap_or_default();
        let charging = new("CHARGING").fee(Fee::percentage(Rate::percent_text("1.5")?));
        let charging = self.given(charging)?.service().unwrap_or_default();
        self.services.push((client, free, charging));
        Ok(())
    }

    /// Gives a command that must be right, and notes it.
    fn given(&mut self, command: impl Into<Command>) -> Result<Receipt, Error> {
        let command = command.into();
        let receipt = self.ledger.execute(command.clone())?;
        self.commands.push(command);
        Ok(receipt)
    }

    /// Tries all wishes.
    fn out(mut self, wishes: &[Wish]) -> Result<Scenario, Error> {
        for wish in wishes {
            let Some(command) = self.command(*wish)? else { continue };
            match self.given(command) {
                Ok(receipt) => self.noted(&receipt),
                Err(Error::Rejected(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Scenario { commands: self.commands, opening: self.opening })
    }

    fn noted(&mut self, receipt: &Receipt) {
        match receipt.hold() {
            Some(hold) => self.holds.push(hold),
            None => self.movements.push(receipt.sequence()),
        }
    }

    fn account(&self, place: u8) -> (AccountId, ClientId) {
        chosen(&self.accounts, place).unwrap_or_default()
    }

    fn service(&self, client: ClientId, charging: bool) -> ServiceId {
        let service = self.services.iter().find(|(owner, ..)| *owner == client);
        service.map(|(_, free, charges)| if charging { *charges } else { *free }).unwrap_or_default()
    }

    /// A share of what an account has available, in 256ths; at least a minor unit.
    fn share(&self, account: AccountId, share: u8) -> Result<Money, Error> {
        Ok(part(self.ledger.view()?.balance(account)?.available, share)?)
    }

    fn key(&self) -> String {
        format!("step-{}", self.commands.len())
    }

    /// The command that a wish comes to; none where there is nothing that it could be about.
    fn command(&self, wish: Wish) -> Result<Option<Command>, Error> {
        let key = self.key();
        Ok(match wish {
            Wish::Credit { to, units, charged } => {
                let (account, client) = self.account(to);
                let (sum, service) = (self.currency.minor(i128::from(units))?, self.service(client, charged));
                Some(Credit::new(account, service, sum, key).kind(EntryKind::Deposit).into())
            }
            Wish::Debit { from, share, charged } => Some(self.debit(from, share, charged, key)?.into()),
            Wish::Transfer { from, to, share, charged } => Some(self.transfer(from, to, share, charged, key)?.into()),
            Wish::HoldDebit { from, share } => {
                Some(PlaceHold::new(Held::Debit(self.debit(from, share, false, key)?)).into())
            }
            Wish::HoldTransfer { from, to, share } => {
                Some(PlaceHold::new(Held::Transfer(self.transfer(from, to, share, false, key)?)).into())
            }
            Wish::Capture { hold, share, last } => self.settled(hold, share)?.map(|(hold, part)| match part {
                Some(part) if last => Capture::part(hold, part, key).last().into(),
                Some(part) => Capture::part(hold, part, key).into(),
                None => Capture::whole(hold).keyed(key).into(),
            }),
            Wish::Release { hold, share } => self.settled(hold, share)?.map(|(hold, part)| match part {
                Some(part) => Release::part(hold, part, key).into(),
                None => Release::whole(hold).keyed(key).into(),
            }),
            Wish::Reverse { entry, share } => self.reversed(entry, share, key)?,
        })
    }

    fn debit(&self, from: u8, share: u8, charged: bool, key: String) -> Result<Debit, Error> {
        let (account, client) = self.account(from);
        Ok(Debit::new(account, self.service(client, charged), self.share(account, share)?, key))
    }

    fn transfer(&self, from: u8, to: u8, share: u8, charged: bool, key: String) -> Result<Transfer, Error> {
        let ((source, client), (destination, _)) = (self.account(from), self.account(to));
        Ok(Transfer::new(source, destination, self.service(client, charged), self.share(source, share)?, key))
    }

    /// A hold that is still open, and how much of it.
    fn settled(&self, hold: u8, share: Option<u8>) -> Result<Option<(HoldId, Option<Money>)>, Error> {
        let view = self.ledger.view()?;
        let mut open = Vec::new();
        for hold in &self.holds {
            let hold = view.hold(*hold)?;
            open.extend(hold.is_open().then_some((hold.id, hold.left)));
        }
        let Some((hold, left)) = chosen(&open, hold) else { return Ok(None) };
        Ok(Some((hold, share.map(|share| part(left, share)).transpose()?)))
    }

    fn reversed(&self, entry: u8, share: Option<u8>, key: String) -> Result<Option<Command>, Error> {
        let Some(entry) = chosen(&self.movements, entry) else { return Ok(None) };
        let Some(share) = share else { return Ok(Some(Reverse::whole(entry).keyed(key).into())) };
        let principal = self.ledger.view()?.entry(entry)?.postings.first().map(|line| line.amount).unwrap_or_default();
        Ok(Some(Reverse::part(entry, part(self.currency.amount(principal), share)?, key).into()))
    }
}

fn chosen<T: Copy>(list: &[T], place: u8) -> Option<T> {
    usize::from(place).checked_rem(list.len()).and_then(|place| list.get(place)).copied()
}

/// So many 256ths of a sum; at least a minor unit.
fn part(whole: Money, share: u8) -> Result<Money, MoneyError> {
    let units = whole.minor().saturating_mul(i128::from(share) + 1) / 256;
    whole.currency().minor(units.max(1))
}
