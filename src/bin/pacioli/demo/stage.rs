//! Clock, chance and the carrying out of commands.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ed25519_dalek::SigningKey;
use pacioli::money::{Currency, Money, MoneyError};
use pacioli::{Command, Error, Ledger, ManualClock, Receipt, Timestamp};

use crate::failure::Failure;
use crate::workload::Chance;

/// The first day: 2026-10-01T00:00:00Z, in nanoseconds.
const FIRST_DAY: i64 = 1_790_812_800_000_000_000;
pub(super) const HOUR: i64 = 3_600_000_000_000;
pub(super) const DAY: i64 = 24 * HOUR;

/// A ledger that is being made, and all that its making follows from.
pub(super) struct Stage {
    pub(super) ledger: Ledger,
    clock: Arc<ManualClock>,
    chance: Chance,
    seed: u64,
    keys: u64,
    refused: BTreeMap<&'static str, u64>,
}

/// Bytes that follow from the arguments, different for each purpose.
fn bytes(purpose: &str, numbers: &[u64]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_derive_key("pacioli demo v1");
    hasher.update(purpose.as_bytes());
    for number in numbers {
        hasher.update(&number.to_le_bytes());
    }
    *hasher.finalize().as_bytes()
}

fn sixteen(bytes: [u8; 32]) -> [u8; 16] {
    let mut half = [0; 16];
    half.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
    half
}

impl Stage {
    /// Creates the ledger; its identity follows from the arguments, as in one that was loaded from a dump of nothing.
    pub(super) fn create(path: &Path, seed: u64, days: u32, clients: u32) -> Result<Self, Failure> {
        if path.symlink_metadata().is_ok() {
            return Err(Failure::Usage(format!("there is something at {} already", path.display())));
        }
        let clock = Arc::new(ManualClock::at(Timestamp(FIRST_DAY)));
        let nonces = AtomicU64::new(0);
        let builder = Ledger::builder().clock(Arc::clone(&clock)).nonces(move || {
            let number = nonces.fetch_add(1, Ordering::Relaxed);
            sixteen(bytes("nonce", &[seed, number]))
        });
        let identity = sixteen(bytes("identity", &[seed, u64::from(days), u64::from(clients)]));
        let identity: String = identity.iter().map(|byte| format!("{byte:02x}")).collect();
        let (first, zeros) = (Timestamp(FIRST_DAY), "0".repeat(64));
        let nothing = format!(
            "{{\"pacioli\":\"dump\",\"version\":1,\"identity\":\"{identity}\",\"created_at\":\"{first}\",\"entries\":0}}\n\
             {{\"end\":0,\"head\":\"{zeros}\"}}\n"
        );
        let ledger = builder.load(path, Cursor::new(nothing), &mut |_| {})?;
        Ok(Self { ledger, clock, chance: Chance::new(seed, 0), seed, keys: 0, refused: BTreeMap::new() })
    }

    /// Closes the file; how many commands were refused, and why.
    pub(super) fn close(self) -> Result<BTreeMap<&'static str, u64>, Failure> {
        self.ledger.close()?;
        Ok(self.refused)
    }

    pub(super) fn now(&self) -> Timestamp {
        pacioli::Clock::now(&*self.clock)
    }

    /// Moves the clock on; it never goes back.
    pub(super) fn pass_to(&self, time: Timestamp) {
        self.clock.set(time.max(self.now()));
    }

    /// The beginning of day `day`, from 0.
    pub(super) const fn day(day: u32) -> Timestamp {
        Timestamp(FIRST_DAY + day as i64 * DAY)
    }

    /// Carries a command out; a refusal is counted, and nothing is answered then.
    pub(super) fn give(&mut self, command: impl Into<Command>) -> Result<Option<Receipt>, Failure> {
        let given = self.ledger.execute(command);
        self.seen(given)
    }

    /// Takes refusals out of what the ledger answers.
    pub(super) fn seen<T>(&mut self, answer: Result<T, Error>) -> Result<Option<T>, Failure> {
        match answer {
            Ok(done) => Ok(Some(done)),
            Err(Error::Rejected(rejection)) => {
                let code = rejection.code();
                let name = pacioli::Rejection::CODES.iter().find(|(known, _)| *known == code);
                *self.refused.entry(name.map_or("", |(_, name)| name)).or_default() += 1;
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// A key of its own for a command: `topup-17`.
    pub(super) fn key(&mut self, what: &str) -> String {
        self.keys += 1;
        format!("{what}-{}", self.keys)
    }

    /// A number below `bound`, which is not 0.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        (self.chance.next() >> 32) % bound.max(1)
    }

    /// Whether something that happens so many times in a hundred happens.
    pub(super) fn in_a_hundred(&mut self, times: u64) -> bool {
        self.below(100) < times
    }

    /// A sum from `least` to `most` whole units, in steps of ten.
    pub(super) fn sum(&mut self, currency: Currency, least: u64, most: u64) -> Result<Money, MoneyError> {
        let units = least + self.below((most - least) / 10 + 1) * 10;
        whole(currency, units)
    }

    /// The key pair of a device. Whoever knows the seed has it: it is for play.
    pub(super) fn signing_key(&self, device: u64) -> SigningKey {
        SigningKey::from_bytes(&bytes("device", &[self.seed, device]))
    }
}

/// So many whole units of a currency.
pub(super) fn whole(currency: Currency, units: u64) -> Result<Money, MoneyError> {
    let scale = 10_i128.pow(u32::from(currency.scale()));
    currency.minor(i128::from(units) * scale)
}
