//! What the measured ledgers are filled with, and the transfers that they are given.
//!
//! The same seed gives the same transfers. Making one costs little beside carrying it out: two random numbers, and a
//! key that is put together by hand.

use pacioli::money::{Amount, Currency, MoneyError, Rate};
use pacioli::{
    AccountId, AccountType, Atomicity, ClientId, Command, Contact, EntryKind, Error, Fee, Ledger, Limits, NewAccount,
    NewBook, NewClient, NewService, PlaceHold, ServiceId, SystemAccount, Tax, Transfer,
};
use serde::Serialize;

use crate::failure::Failure;
use crate::output::Progress;

/// What sort of transfers a ledger is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Workload {
    /// Between accounts chosen at random.
    Uniform,
    /// Nine in ten out of one of ten accounts.
    Hot,
    /// At random, each reserved by one entry and captured by a later one: a pair counts as one.
    TwoPhase,
    /// At random, with a fee of 1.5 % and a tax of 16 % on it, which the payer bears: five postings.
    Fees,
}

/// What is read of an account, beside or after transfers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Read {
    /// What an account holds.
    Balance,
    /// The last 50 lines of an account.
    Page,
}

/// How many accounts pay for most transfers of [`Workload::Hot`].
pub(crate) const HOT_ACCOUNTS: u64 = 10;

/// The least and the greatest transfer, in minor units: from 10.00 on, a fee of 1.5 % and its tax are never nothing.
const AMOUNTS: std::ops::RangeInclusive<u64> = 1_000..=10_000;
/// More than any transfer costs its payer, charges included, in minor units.
const COST_MAX: i128 = 11_000;
/// What every account has at the least when the measuring begins, in minor units: a million.
const FUNDS_MIN: i128 = 100_000_000;

/// Commands of one batch while the ledger is being filled, and of one that funds accounts, whose entries are long.
const FILLING_BATCH: u64 = 4_096;
const FUNDING_BATCH: u64 = 16;
/// Accounts that one entry funds; its debit is one more line.
const FUNDED_AT_ONCE: u64 = Limits::LEGS as u64 - 1;

/// What is transferred.
const CURRENCY: Currency = Currency::KES;

/// A ledger with accounts to transfer between.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) accounts: u64,
    first: AccountId,
    services: Vec<ServiceId>,
    currency: Currency,
}

/// What a [`World`] is made for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) workload: Workload,
    pub(crate) accounts: u64,
    pub(crate) clients: u64,
    /// How many transfers the accounts must have funds for.
    pub(crate) transfers: u64,
}

impl World {
    /// Opens a book, clients with a service each, and their accounts, and puts money into these.
    pub(crate) fn fill(ledger: &Ledger, plan: &Plan) -> Result<Self, Failure> {
        let currency = CURRENCY;
        let book = ledger.open_book(NewBook::live("bench.kes.main", currency))?;
        let mut clients: Vec<ClientId> = Vec::new();
        let registering = Job { what: "registering clients", count: plan.clients, batch: FILLING_BATCH };
        registering.run(ledger, |_| Ok(client().into()), |receipt| clients.extend(receipt.client()))?;
        let owner = |at: u64| owned(&clients, at);
        let mut services: Vec<ServiceId> = Vec::new();
        let terms = |at| Ok(service(plan.workload, NewService::new(owner(at), book.id, "TRANSFERS"))?.into());
        let defining = Job { what: "defining services", count: plan.clients, batch: FILLING_BATCH };
        defining.run(ledger, terms, |receipt| services.extend(receipt.service()))?;
        let mut first = None;
        let account = |at| Ok(NewAccount::new(owner(at), book.id, AccountType::WORKING).into());
        let opening = Job { what: "opening accounts", count: plan.accounts, batch: FILLING_BATCH };
        opening.run(ledger, account, |receipt| first = first.or(receipt.account()))?;
        let world = Self { accounts: plan.accounts, first: first.unwrap_or_default(), services, currency };
        world.fund(ledger, plan, book.system(SystemAccount::External))?;
        Ok(world)
    }

    /// Gives every account more than it will be asked for.
    fn fund(&self, ledger: &Ledger, plan: &Plan, external: AccountId) -> Result<(), Failure> {
        let every = i128::from(plan.transfers) * COST_MAX;
        // Chance does not choose an account four times as often as the average, beyond the few that the least covers.
        let usual = FUNDS_MIN.max(every / i128::from(self.accounts.max(1)) * 4);
        let hot = usual.max(every);
        let funds = |at: u64| if plan.workload == Workload::Hot && at < HOT_ACCOUNTS { hot } else { usual };
        let entry = |number: u64| {
            let begin = number * FUNDED_AT_ONCE;
            let end = self.accounts.min(begin + FUNDED_AT_ONCE);
            let total = (begin..end).map(funds).sum();
            let mut post = pacioli::Post::new(format!("OPENING-{number}")).kind(EntryKind::Opening);
            post = post.debit(external, self.currency.minor(total)?);
            for at in begin..end {
                post = post.credit(self.account(at), self.currency.minor(funds(at))?);
            }
            Ok(post.into())
        };
        let count = self.accounts.div_ceil(FUNDED_AT_ONCE);
        Job { what: "funding accounts", count, batch: FUNDING_BATCH }.run(ledger, entry, |_| ())
    }

    /// A world that another process has filled: identifiers are given out in order.
    pub(crate) fn filled(known: &Known) -> Self {
        let services = (known.first_service..).map(ServiceId);
        Self {
            accounts: known.accounts,
            first: AccountId(known.first_account),
            services: services.take(usize::try_from(known.services).unwrap_or_default()).collect(),
            currency: CURRENCY,
        }
    }

    /// What another process must know to go on.
    pub(crate) fn known(&self) -> Known {
        Known {
            accounts: self.accounts,
            first_account: self.first.0,
            first_service: self.services.first().map(|service| service.0).unwrap_or_default(),
            services: self.services.len() as u64,
        }
    }

    /// An account that chance chooses.
    pub(crate) fn any_account(&self, chance: &mut Chance) -> AccountId {
        self.account(below(chance.next() >> 32, self.accounts))
    }

    const fn account(&self, at: u64) -> AccountId {
        AccountId(self.first.0 + at)
    }
}

/// Where a world's accounts and services are.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Known {
    #[arg(long)]
    pub(crate) accounts: u64,
    #[arg(long)]
    pub(crate) first_account: u64,
    #[arg(long)]
    pub(crate) first_service: u64,
    #[arg(long)]
    pub(crate) services: u64,
}

fn client() -> NewClient {
    NewClient::individual("KE", Contact::new("Wanjiru Njeri", "wanjiru@example.com", "+254700000000"))
}

/// The rules that transfers run under.
fn service(workload: Workload, service: NewService) -> Result<NewService, MoneyError> {
    let service = service.across_clients().narrative_required(false);
    Ok(if workload == Workload::Fees {
        service.fee(Fee::percentage(Rate::percent_text("1.5")?)).taxed(Tax { rate: Rate::percent_text("16")? })
    } else {
        service
    })
}

/// Whose account number `at` is: the clients take turns.
fn owned<T: Copy + Default>(owners: &[T], at: u64) -> T {
    let turn = at % (owners.len() as u64).max(1);
    usize::try_from(turn).ok().and_then(|turn| owners.get(turn)).copied().unwrap_or_default()
}

/// Commands that a ledger is filled by.
struct Job {
    what: &'static str,
    count: u64,
    batch: u64,
}

impl Job {
    /// Gives the commands in batches; all must be carried out.
    fn run(
        self,
        ledger: &Ledger,
        make: impl Fn(u64) -> Result<Command, MoneyError>,
        mut take: impl FnMut(&pacioli::Receipt),
    ) -> Result<(), Failure> {
        let mut progress = Progress::new(self.what, self.count);
        let mut done = 0;
        while done < self.count {
            let end = self.count.min(done + self.batch);
            let commands = (done..end).map(&make).collect::<Result<_, _>>().map_err(Error::from)?;
            for outcome in ledger.submit_batch(commands, Atomicity::All)? {
                take(&outcome?);
            }
            done = end;
            progress.at(done);
        }
        Ok(())
    }
}

/// Makes the transfers of one thread.
#[derive(Debug)]
pub(crate) struct Maker<'w> {
    world: &'w World,
    workload: Workload,
    /// Where its keys stand among those of all makers.
    next_key: u64,
    chance: Chance,
}

/// A splitmix64 generator.
#[derive(Debug)]
pub(crate) struct Chance(u64);

impl Chance {
    /// The generator of lane `lane`; those of different lanes give different numbers.
    pub(crate) const fn new(seed: u64, lane: u64) -> Self {
        Self(mixed(seed ^ mixed(lane)))
    }

    /// The next number.
    pub(crate) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed(self.0)
    }
}

impl<'w> Maker<'w> {
    /// The maker of lane `lane`, below 2^16; makers of different lanes make different transfers under different keys.
    pub(crate) fn new(world: &'w World, workload: Workload, seed: u64, lane: u64) -> Self {
        Self { world, workload, next_key: lane << 48, chance: Chance::new(seed, lane) }
    }

    /// The next transfer, as a command; of [`Workload::TwoPhase`], the hold that reserves it.
    pub(crate) fn command(&mut self) -> Command {
        let transfer = self.transfer();
        if self.workload == Workload::TwoPhase { PlaceHold::new(transfer).into() } else { transfer.into() }
    }

    /// The next transfer.
    pub(crate) fn transfer(&mut self) -> Transfer {
        let (first, second) = (self.chance.next(), self.chance.next());
        let accounts = self.world.accounts;
        let source = if self.workload == Workload::Hot && below(second >> 32, 10) > 0 {
            below(first >> 32, HOT_ACCOUNTS)
        } else {
            below(first >> 32, accounts)
        };
        // One of the others: whoever would be the payer is the last account instead.
        let other = below(first & 0xffff_ffff, accounts - 1);
        let destination = if other == source { accounts - 1 } else { other };
        let amount = AMOUNTS.start() + below(second & 0xffff_ffff, AMOUNTS.end() - AMOUNTS.start() + 1);
        let money = self.world.currency.amount(Amount::minor(i128::from(amount)).unwrap_or_default());
        let service = owned(&self.world.services, source);
        Transfer::new(self.world.account(source), self.world.account(destination), service, money, self.key())
    }

    /// A key of 16 to 20 characters, unlike any other: a number of its own, mixed so that it looks like chance.
    fn key(&mut self) -> Box<str> {
        let number = mixed(self.next_key);
        self.next_key += 1;
        let mut key = String::with_capacity(20);
        key.push_str(match number % 5 {
            0 => "",
            1 => "T",
            2 => "TX",
            3 => "PAY",
            _ => "INV-",
        });
        for place in (0..16).rev() {
            key.push(char::from(b"0123456789ABCDEF"[(number >> (place * 4)) as usize & 15]));
        }
        key.into_boxed_str()
    }
}

/// The mixing step of splitmix64: every number has another, and no two have the same.
const fn mixed(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// A 32-bit random number brought below `end`, which is at most 2^32.
const fn below(random: u64, end: u64) -> u64 {
    (random * end) >> 32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn world() -> World {
        World { accounts: 20, first: AccountId(7), services: vec![ServiceId(1)], currency: Currency::KES }
    }

    #[test]
    fn keys_are_unlike_each_other_and_of_the_length_of_real_ones() {
        let world = world();
        let mut keys = std::collections::BTreeSet::new();
        for lane in 0..4 {
            let mut maker = Maker::new(&world, Workload::Uniform, 1, lane);
            keys.extend((0..1000).map(|_| maker.transfer().key));
        }
        assert_eq!(keys.len(), 4000);
        assert!(keys.iter().all(|key| (16..=20).contains(&key.len())));
    }

    #[test]
    fn a_seed_gives_the_same_transfers_and_nobody_pays_himself() {
        let world = world();
        let made = |seed| {
            let mut maker = Maker::new(&world, Workload::Hot, seed, 0);
            (0..1000).map(|_| maker.transfer()).collect::<Vec<_>>()
        };
        assert_eq!(made(1), made(1));
        assert_ne!(made(1), made(2));
        assert!(made(1).iter().all(|transfer| transfer.source != transfer.destination));
        let hot = made(1).iter().filter(|transfer| transfer.source.0 < 7 + HOT_ACCOUNTS).count();
        assert!((900..1000).contains(&hot), "{hot}");
    }
}
