//! The transfers that every contestant is given: the same seed makes the same ones, under the same keys.

use std::ops::RangeInclusive;

/// How transfers choose who pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Workload {
    /// Any account.
    Uniform,
    /// Nine times in ten one of ten accounts.
    Hot,
}

/// How many accounts pay for most transfers of [`Workload::Hot`].
pub const HOT_ACCOUNTS: u32 = 10;

/// The least and the greatest transfer, in minor units.
const AMOUNTS: RangeInclusive<u64> = 1_000..=10_000;
/// What every account has at least at first, in minor units.
const FUNDS_MIN: i64 = 100_000_000;

/// Money from one account to another, under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// Who pays, among the accounts of the workload; [`EXTERNAL`] is the outside world.
    pub source: u32,
    /// Who is paid.
    pub destination: u32,
    /// Minor units.
    pub amount: i64,
    /// Unlike every other; 16 to 20 characters.
    pub key: Box<str>,
}

/// Where money comes from: the one account that may be overdrawn.
pub const EXTERNAL: u32 = u32::MAX;

/// What is transferred, and between how many accounts.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub workload: Workload,
    pub accounts: u32,
    pub seed: u64,
    /// Transfers of all rounds together, which the accounts must have funds for.
    pub transfers: u64,
}

impl Plan {
    /// What account `at` has at first, in minor units: more than it will be asked for.
    pub fn funds(&self, at: u32) -> i64 {
        let all = i64::try_from(self.transfers).unwrap_or(i64::MAX).saturating_mul(*AMOUNTS.end() as i64);
        let usual = FUNDS_MIN.max(all / i64::from(self.accounts) * 4);
        if self.workload == Workload::Hot && at < HOT_ACCOUNTS { usual.max(all) } else { usual }
    }

    /// Transfers that give every account its funds.
    pub fn funding(&self) -> Vec<Transfer> {
        (0..self.accounts)
            .map(|at| Transfer {
                source: EXTERNAL,
                destination: at,
                amount: self.funds(at),
                key: format!("OPENING-{at}").into(),
            })
            .collect()
    }

    /// The transfers of one thread in one round, in batches.
    pub fn batches(&self, round: u32, thread: u32, transfers: u64, batch: usize) -> Vec<Vec<Transfer>> {
        let lane = u64::from(round) << 16 | u64::from(thread);
        let mut maker = Maker { plan: *self, next_key: lane << 32, state: mixed(self.seed ^ mixed(lane + 1)) };
        let mut left = usize::try_from(transfers).unwrap_or(usize::MAX);
        let mut batches = Vec::new();
        while left > 0 {
            let size = left.min(batch);
            batches.push((0..size).map(|_| maker.transfer()).collect());
            left -= size;
        }
        batches
    }
}

struct Maker {
    plan: Plan,
    next_key: u64,
    state: u64,
}

impl Maker {
    fn transfer(&mut self) -> Transfer {
        let (first, second) = (self.random(), self.random());
        let accounts = self.plan.accounts;
        let hot = self.plan.workload == Workload::Hot && below(second >> 32, 10) > 0;
        let source = below(first >> 32, if hot { HOT_ACCOUNTS } else { accounts });
        // One of the others: whoever would be the payer is the last account instead.
        let other = below(first & 0xffff_ffff, accounts - 1);
        let destination = if other == source { accounts - 1 } else { other };
        let span = (AMOUNTS.end() - AMOUNTS.start() + 1) as u32;
        let amount = *AMOUNTS.start() as i64 + i64::from(below(second & 0xffff_ffff, span));
        Transfer { source, destination, amount, key: self.key() }
    }

    /// A number of its own, mixed so that it looks like chance.
    fn key(&mut self) -> Box<str> {
        let number = mixed(self.next_key);
        self.next_key += 1;
        let prefix = ["", "T", "TX", "PAY", "INV-"][(number % 5) as usize];
        format!("{prefix}{number:016X}").into()
    }

    /// The next number of a splitmix64 generator.
    fn random(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed(self.state)
    }
}

/// The mixing step of splitmix64: every number has another, and no two have the same.
const fn mixed(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// A 32-bit random number brought below `end`.
const fn below(random: u64, end: u32) -> u32 {
    ((random * end as u64) >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_transfers_and_no_two_keys_are_alike() {
        let plan = Plan { workload: Workload::Hot, accounts: 20, seed: 1, transfers: 4_000 };
        let made = |round, thread| plan.batches(round, thread, 1_000, 300).concat();
        assert_eq!(made(0, 0), made(0, 0));
        let all = [made(0, 0), made(0, 1), made(1, 0), made(1, 1)].concat();
        let keys: std::collections::BTreeSet<_> = all.iter().map(|transfer| &transfer.key).collect();
        assert_eq!((all.len(), keys.len()), (4_000, 4_000));
        assert!(all.iter().all(|transfer| transfer.source != transfer.destination && transfer.destination < 20));
        let hot = all.iter().filter(|transfer| transfer.source < HOT_ACCOUNTS).count();
        assert!((3_600..4_000).contains(&hot), "{hot}");
    }
}
