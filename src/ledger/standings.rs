//! Where accounts stand, as of what is durable: read by every thread while the writer goes on.
//!
//! Rows that the sweep has not yet written back are kept here; for the others the store is asked. A standing is put
//! here only once the commit that made it is durable, so nothing else can be read.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use parking_lot::RwLock;

use crate::model::{AccountId, Balance, Sequence, Timestamp};

/// Where one account stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Standing {
    pub balance: Balance,
    /// The latest activity number.
    pub number: u64,
    /// The entry of the latest posting.
    pub last: Sequence,
    pub last_at: Timestamp,
}

/// Account identifiers are given out by the ledger, so nobody can choose ones that collide.
#[derive(Default)]
pub(crate) struct DenseHasher(u64);

impl Hasher for DenseHasher {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, id: u64) {
        self.0 = (self.0 ^ id).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.0 ^= self.0 >> 32;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

type Shard = RwLock<HashMap<u64, Standing, BuildHasherDefault<DenseHasher>>>;

const SHARDS: u64 = 64;

/// The standings that the store does not have yet, and some that it has.
#[derive(Debug)]
pub(crate) struct Standings {
    shards: Vec<Shard>,
    /// How many each shard may hold that the store has too.
    shard_max: usize,
}

impl Standings {
    /// Bytes that one standing takes, with its share of the table.
    const BYTES: usize = 160;

    pub(crate) fn new(budget_bytes: usize) -> Self {
        let shards = (0..SHARDS).map(|_| Shard::default()).collect();
        Self { shards, shard_max: budget_bytes / Self::BYTES / SHARDS as usize }
    }

    pub(crate) fn get(&self, account: AccountId) -> Option<Standing> {
        self.shard(account)?.read().get(&account.0).copied()
    }

    /// Puts standings in, later ones over earlier; beyond the budget, drops those that the store has: all whose latest
    /// posting is not after `swept`.
    pub(crate) fn put(&self, standings: &[(AccountId, Standing)], swept: Sequence) {
        for (account, standing) in standings {
            let Some(shard) = self.shard(*account) else { continue };
            let mut shard = shard.write();
            if shard.len() > self.shard_max && shard.len() == shard.capacity() {
                shard.retain(|_, kept| kept.last > swept);
            }
            shard.insert(account.0, *standing);
        }
    }

    fn shard(&self, account: AccountId) -> Option<&Shard> {
        self.shards.get((account.0 % SHARDS) as usize)
    }
}
