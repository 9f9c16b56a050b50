//! Any commands against a ledger in memory: none panics, the books balance, and the replay finds nothing.

use arbitrary::{Arbitrary, Unstructured};
use pacioli::prelude::*;

/// Identifiers that mostly exist: bytes stand for small numbers.
type Small = u8;

/// A sum in minor units: small ones, and the ends of the range.
#[derive(Arbitrary, Clone, Copy, Debug)]
enum Sum {
    Few(u16),
    Any(i128),
    Most,
}

#[derive(Arbitrary, Debug)]
enum Step {
    OpenBook {
        name: String,
        scale: u8,
        quota: u8,
        key: Option<String>,
    },
    RegisterClient {
        country: String,
        name: String,
        code: Option<String>,
        key: Option<String>,
    },
    OpenAccount {
        client: Small,
        book: Small,
        kind: Small,
        floor: u16,
        overdraft: Option<Option<u16>>,
        key: Option<String>,
    },
    CloseAccount {
        account: Small,
        status: Small,
    },
    DefineService {
        client: Small,
        book: Small,
        code: Small,
        fixed: Option<u16>,
        percent: Option<u8>,
        taxed: bool,
        by_payee: bool,
        across: bool,
        pool: Option<Small>,
        keeping_fees: bool,
    },
    Credit {
        account: Small,
        service: Small,
        sum: Sum,
        key: Small,
        from: Option<Small>,
        kind: Small,
    },
    Debit {
        account: Small,
        service: Small,
        sum: Sum,
        key: Small,
        to: Option<Small>,
    },
    Transfer {
        source: Small,
        destination: Small,
        service: Small,
        sum: Sum,
        key: Small,
        narrative: Option<String>,
    },
    Post {
        legs: Vec<(Small, bool, Sum)>,
        key: Small,
        forced: bool,
    },
    Reverse {
        entry: Small,
        part: Option<Sum>,
        key: Option<Small>,
        service: Option<Small>,
        forced: bool,
    },
    Batch {
        all: bool,
        transfers: Vec<(Small, Small, Small, Sum, Small)>,
    },
    Simulate {
        account: Small,
        service: Small,
        sum: Sum,
    },
    Abandon {
        account: Small,
        service: Small,
        sum: Sum,
    },
}

impl Sum {
    fn money(self, ledger: &Ledger, account: Small) -> Option<Money> {
        let account = ledger.view().ok()?.account(AccountId(account.into()));
        let currency = account.map_or(Currency::KES, |account| account.currency);
        match self {
            Self::Few(minor) => currency.minor(minor.into()).ok(),
            Self::Any(minor) => currency.minor(minor).ok(),
            Self::Most => Some(currency.amount(Amount::MAX)),
        }
    }
}

fn minor(units: u16) -> Amount {
    Amount::minor(units.into()).unwrap_or_default()
}

fn account(id: Small) -> AccountId {
    AccountId(id.into())
}

fn service(id: Small) -> ServiceId {
    ServiceId(id.into())
}

fn key(number: Small) -> String {
    format!("K{number}")
}

const TYPES: [AccountType; 5] = [
    AccountType::WORKING,
    AccountType::SETTLEMENT,
    AccountType::FLOAT_ACCOUNT,
    AccountType::ROLLING_RESERVE,
    AccountType::COMMISSION_ACCOUNT,
];
const STATUSES: [AccountStatus; 3] = [AccountStatus::Active, AccountStatus::Inactive, AccountStatus::Closed];
const KINDS: [EntryKind; 4] = [EntryKind::Credit, EntryKind::Sale, EntryKind::Refund, EntryKind::Payout];

fn one_of<T: Clone>(of: &[T], place: Small) -> T {
    of[usize::from(place) % of.len()].clone()
}

/// The command that a step is, or none where its sum cannot be built.
fn command(ledger: &Ledger, step: &Step) -> Option<Command> {
    Some(match step {
        Step::OpenBook { name, scale, quota, key } => {
            let book = NewBook::live(name, Currency::KES.with_scale(*scale).ok()?).quota((*quota).into());
            key.iter().fold(book, |book, key| book.keyed(key)).into()
        }
        Step::RegisterClient { country, name, code, key } => {
            let client = NewClient::individual(country, Contact::new(name, "n@example.com", "+254700000001"));
            let client = code.iter().fold(client, |client, code| client.coded(code));
            key.iter().fold(client, |client, key| client.keyed(key)).into()
        }
        Step::OpenAccount { client, book, kind, floor, overdraft, key } => {
            let (client, book) = (ClientId((*client).into()), BookId((*book).into()));
            let mut given = NewAccount::new(client, book, one_of(&TYPES, *kind)).floor(minor(*floor)).provisioned();
            if let Some(limit) = overdraft {
                given = given.overdraft(limit.map(minor));
            }
            key.iter().fold(given, |given, key| given.keyed(key)).into()
        }
        Step::CloseAccount { account: id, status } => {
            (account(*id), AccountChange::status(one_of(&STATUSES, *status), "so")).into()
        }
        Step::DefineService { client, book, code, fixed, percent, taxed, by_payee, across, pool, keeping_fees } => {
            let mut given = NewService::new(ClientId((*client).into()), BookId((*book).into()), format!("CODE_{code}"));
            if let Some(units) = fixed {
                given = given.fee(Fee::Fixed(minor(*units)));
            }
            if let Some(percent) = percent {
                given = given.fee(Fee::percentage(Rate::percent(Decimal::from(*percent)).ok()?));
            }
            if *taxed {
                given = given.taxed(Tax { rate: Rate::percent_text("16").ok()? });
            }
            if *by_payee {
                given = given.borne_by(FeeBearer::Payee);
            }
            if *across {
                given = given.across_clients();
            }
            if let Some(pool) = pool {
                given = given.pooled_in(account(*pool));
            }
            if *keeping_fees {
                given = given.keeping_fees();
            }
            given.narrative_required(false).into()
        }
        Step::Credit { account: id, service: under, sum, key: name, from, kind } => {
            let money = sum.money(ledger, *id)?;
            let credit = Credit::new(account(*id), service(*under), money, key(*name)).kind(one_of(&KINDS, *kind));
            from.iter().fold(credit, |credit, from| credit.from_account(account(*from))).into()
        }
        Step::Debit { account: id, service: under, sum, key: name, to } => {
            let debit = Debit::new(account(*id), service(*under), sum.money(ledger, *id)?, key(*name));
            to.iter().fold(debit, |debit, to| debit.to_account(account(*to))).into()
        }
        Step::Transfer { source, destination, service: under, sum, key: name, narrative } => {
            let money = sum.money(ledger, *source)?;
            let transfer = Transfer::new(account(*source), account(*destination), service(*under), money, key(*name));
            narrative.iter().fold(transfer, |transfer, narrative| transfer.narrated(narrative)).into()
        }
        Step::Post { legs, key: name, forced } => {
            let mut post = Post::new(key(*name));
            for (id, debit, sum) in legs {
                let money = sum.money(ledger, *id)?;
                post = if *debit { post.debit(account(*id), money) } else { post.credit(account(*id), money) };
            }
            if *forced { post.forced().into() } else { post.into() }
        }
        Step::Reverse { entry, part, key: name, service: under, forced } => {
            let original = Sequence((*entry).into());
            let mut reverse = match part {
                Some(part) => Reverse::part(original, part.money(ledger, 7)?, key(name.unwrap_or(*entry))),
                None => name.iter().fold(Reverse::whole(original), |reverse, name| reverse.keyed(key(*name))),
            };
            if let Some(under) = under {
                reverse = reverse.under(service(*under));
            }
            if *forced { reverse.forced().into() } else { reverse.into() }
        }
        Step::Batch { .. } | Step::Simulate { .. } | Step::Abandon { .. } => return None,
    })
}

fn carry_out(ledger: &Ledger, step: &Step) {
    let outcome = match step {
        Step::Batch { all, transfers } => {
            let transfers = transfers.iter().filter_map(|(from, to, under, sum, name)| {
                let money = sum.money(ledger, *from)?;
                Some(Transfer::new(account(*from), account(*to), service(*under), money, key(*name)).into())
            });
            let atomicity = if *all { Atomicity::All } else { Atomicity::Each };
            ledger.submit_batch(transfers.collect(), atomicity).map(drop)
        }
        Step::Simulate { account: id, service: under, sum } => {
            let Some(money) = sum.money(ledger, *id) else { return };
            let credit = Credit::new(account(*id), service(*under), money, "simulated");
            ledger.simulate(|transaction| transaction.execute(credit).map(drop))
        }
        Step::Abandon { account: id, service: under, sum } => {
            let Some(money) = sum.money(ledger, *id) else { return };
            let credit = Credit::new(account(*id), service(*under), money, "abandoned");
            let ended: Result<(), Error> = ledger.transaction(|transaction| {
                transaction.execute(credit)?;
                Err(Error::Closed)
            });
            assert!(ended.is_err());
            return;
        }
        _ => {
            let Some(command) = command(ledger, step) else { return };
            let before = ledger.view().map(|view| view.sequence());
            match ledger.execute(command.clone()) {
                Ok(receipt) => {
                    // The same command again is the same receipt, if it has a key; else it is another command.
                    if receipt.entry().key.is_some() {
                        let again = ledger.execute(command).expect("a command that was carried out is repeated");
                        assert!(again.is_replayed() && again.sequence() == receipt.sequence());
                    }
                    Ok(())
                }
                Err(error) => {
                    assert_eq!(
                        before.ok(),
                        ledger.view().map(|view| view.sequence()).ok(),
                        "a refusal wrote something"
                    );
                    Err(error)
                }
            }
        }
    };
    if let Err(error) = outcome {
        assert!(matches!(error, Error::Rejected(_)), "memory does not fail: {error}");
    }
}

fn set_up() -> Result<Ledger, Error> {
    let ledger = Ledger::in_memory()?;
    let book = ledger.open_book(NewBook::live("fuzz.kes", Currency::KES))?;
    let owner = Contact::new("Njeri Mwangi", "njeri@example.com", "+254700000001");
    let client = ledger.register_client(NewClient::individual("KE", owner))?;
    for _ in 0..3 {
        ledger.open_account(NewAccount::new(client.id, book.id, AccountType::WORKING))?;
    }
    ledger.define_service(NewService::new(client.id, book.id, "ALL").narrative_required(false))?;
    Ok(ledger)
}

/// Gives the commands that the bytes stand for.
pub fn run(data: &[u8]) {
    let Ok(steps) = Vec::<Step>::arbitrary_take_rest(Unstructured::new(data)) else { return };
    let ledger = set_up().expect("the set-up is sound");
    for step in &steps {
        carry_out(&ledger, step);
    }
    let view = ledger.view().expect("an open ledger has a view");
    for book in view.books().expect("memory does not fail") {
        match view.trial_balance(book.id) {
            Ok(trial_balance) => assert!(trial_balance.is_balanced(), "{trial_balance}"),
            // Accounts may hold the most each, and so more than that together.
            Err(error) => assert!(matches!(error, Error::Money(_)), "{error}"),
        }
    }
    let proof = ledger.verify_all().expect("memory does not fail");
    assert_eq!(proof.finding, None);
}
