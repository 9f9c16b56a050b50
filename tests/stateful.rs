//! Short histories of a ledger beside the naive one, which shrink to the shortest that still fails.
//!
//! Where `tests/model.rs` draws long histories from a seed, each step here is a value of its own that proptest can leave
//! out or make smaller, and every step means something in every state, so that what is left of a history is one too. A
//! failing one is printed as the steps that it takes, and kept by proptest beside this file.
//!
//! `PACIOLI_TORTURE=nightly cargo test --release --test stateful` tries 2,000 histories of 50 steps.

// The helpers are tests too, which clippy cannot see.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, unreachable_pub)]

// Of which this needs a part.
#[allow(clippy::field_reassign_with_default, dead_code)]
#[path = "model/mod.rs"]
mod model;

use model::drive::{Engine, Pair};
use model::holds;
use model::naive::Ask;
use model::random::Random;
use pacioli::money::{Currency, Money};
use pacioli::store::MemoryStore;
use pacioli::{
    AccountId, Atomicity, Capture, Credit, Debit, HoldId, PlaceHold, Release, Reverse, Sequence, ServiceId, Timestamp,
    Transfer,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

const HOUR: i64 = 3_600_000_000_000;

/// Accounts in one book: two of the first client, of which the second may be overdrawn, and two of the second client,
/// whose service may move money between clients.
const ACCOUNTS: [AccountId; 4] = [AccountId(19), AccountId(20), AccountId(25), AccountId(26)];

#[derive(Clone, Copy, Debug)]
enum Way {
    In,
    Out,
    Over { other: usize },
}

/// A movement under one of few keys.
#[derive(Clone, Copy, Debug)]
struct Movement {
    way: Way,
    account: usize,
    sum: i128,
    key: u8,
    /// Whether it is held first, and for how many hours.
    held: Option<Option<i64>>,
}

#[derive(Clone, Debug)]
enum Step {
    Move(Movement),
    /// Captures or releases one of the holds that there are, whole or in part.
    Settle {
        hold: usize,
        captures: bool,
        part: Option<i128>,
        key: u8,
    },
    Reverse {
        entry: u64,
        part: Option<i128>,
        key: u8,
    },
    Batch {
        all: bool,
        movements: Vec<Movement>,
    },
    /// Whatever the random commands of the model are for this number: any kind of command.
    Any(u64),
    /// Time goes on, or back.
    Wait {
        hours: i64,
    },
    SettleDue,
    Reopen {
        close: bool,
    },
}

fn movement() -> impl Strategy<Value = Movement> {
    let way = prop_oneof![
        3 => Just(Way::In),
        2 => Just(Way::Out),
        3 => (0..ACCOUNTS.len()).prop_map(|other| Way::Over { other }),
    ];
    let held = option::weighted(0.25, option::of(0..48_i64));
    (way, 0..ACCOUNTS.len(), 0..1_000_i128, 0..40_u8, held).prop_map(|(way, account, sum, key, held)| Movement {
        way,
        account,
        sum,
        key,
        held,
    })
}

fn step() -> impl Strategy<Value = Step> {
    let part = || option::of(0..600_i128);
    prop_oneof![
        12 => movement().prop_map(Step::Move),
        4 => (0..8_usize, any::<bool>(), part(), 0..40_u8)
            .prop_map(|(hold, captures, part, key)| Step::Settle { hold, captures, part, key }),
        3 => (0..40_u64, part(), 0..40_u8).prop_map(|(entry, part, key)| Step::Reverse { entry, part, key }),
        3 => (any::<bool>(), vec(movement(), 0..5)).prop_map(|(all, movements)| Step::Batch { all, movements }),
        16 => any::<u64>().prop_map(Step::Any),
        2 => (-30..60_i64).prop_map(|hours| Step::Wait { hours }),
        1 => Just(Step::SettleDue),
        1 => any::<bool>().prop_map(|close| Step::Reopen { close }),
    ]
}

fn kes(minor: i128) -> Money {
    Currency::KES.minor(minor).unwrap()
}

/// The two ledgers side by side.
struct Histories {
    pair: Pair,
    /// Entries of the beginning, which reversals do not name.
    begun: u64,
}

impl Histories {
    fn begin() -> Self {
        let pair = Pair::new(1, Engine::Store(MemoryStore::new()));
        Self { begun: pair.model.entries.len() as u64, pair }
    }

    fn ask(&self, movement: Movement) -> Ask {
        let Movement { way, account, sum, key, held } = movement;
        let (account, service) = (ACCOUNTS[account], if account < 2 { ServiceId(1) } else { ServiceId(4) });
        let (money, key) = (kes(sum), format!("step {key}"));
        let place = |hold: PlaceHold| match held.flatten() {
            Some(hours) => hold.until(Timestamp(self.pair.now.0 + hours * HOUR)),
            None => hold,
        };
        let held = held.is_some();
        match way {
            Way::In => given(Credit::new(account, service, money, key), held, place),
            Way::Out => given(Debit::new(account, service, money, key), held, place),
            Way::Over { other } => {
                given(Transfer::new(account, ACCOUNTS[other], service, money, key).narrated("till"), held, place)
            }
        }
    }

    fn hold(&self, number: usize) -> HoldId {
        holds::all(&self.pair.model.entries).get(number).map_or(HoldId(Sequence(7)), |hold| hold.id)
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Move(movement) => {
                let ask = self.ask(movement);
                self.pair.execute(&ask);
            }
            Step::Settle { hold, captures, part, key } => {
                let (hold, part, key) = (self.hold(hold), part.map(kes), Some(format!("step {key}").into()));
                let ask = if captures {
                    Ask::of(Capture { part, key, ..Capture::whole(hold) })
                } else {
                    Ask::of(Release { part, key, ..Release::whole(hold) })
                };
                self.pair.execute(&ask);
            }
            Step::Reverse { entry, part, key } => {
                let (part, key) = (part.map(kes), Some(format!("step {key}").into()));
                let whole = Reverse::whole(Sequence(self.begun + entry));
                self.pair.execute(&Ask::of(Reverse { part, key, ..whole }));
            }
            Step::Batch { all, movements } => {
                let asks = movements.into_iter().map(|movement| self.ask(movement)).collect();
                self.pair.give_batch(asks, if all { Atomicity::All } else { Atomicity::Each });
            }
            Step::Any(number) => {
                self.pair.world.random = Random::seeded(number);
                let ask = self.pair.world.ask(&self.pair.model, self.pair.now);
                self.pair.execute(&ask);
            }
            Step::Wait { hours } => self.pair.set_clock(Timestamp(self.pair.now.0 + hours * HOUR)),
            Step::SettleDue => self.pair.settle_due(),
            Step::Reopen { close } => self.pair.reopen(close),
        }
    }
}

fn given<M: Into<PlaceHold> + Into<pacioli::Command>>(
    movement: M,
    held: bool,
    place: impl FnOnce(PlaceHold) -> PlaceHold,
) -> Ask {
    if held { Ask::of(place(movement.into())) } else { Ask::of(movement) }
}

/// How many histories.
fn histories() -> u32 {
    match std::env::var("PACIOLI_TORTURE").as_deref() {
        Ok("nightly") => 2_000,
        Ok("soak") => 200_000,
        _ if cfg!(debug_assertions) => 24,
        _ => 200,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 4_000, ..ProptestConfig::with_cases(histories()) })]
    #[test]
    fn every_history_is_that_of_the_naive_ledger(steps in vec(step(), 1..=50)) {
        let mut histories = Histories::begin();
        for step in steps {
            histories.take(step);
        }
        histories.pair.look_at_everything();
        histories.pair.reopen(true);
    }
}
