//! Reading at random: from threads beside those that write, and so many times between.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use pacioli::{AccountId, Ledger};

use crate::failure::Failure;
use crate::figures::{self, Histogram, ReadFigures};
use crate::workload::{Chance, Read, World};

/// The lines of a page.
const PAGE: usize = 50;
/// The lane of the first reader's chance; writers' lanes are below.
const LANE: u64 = 1 << 20;

impl Read {
    /// Reads once, from a view of its own.
    fn once(self, ledger: &Ledger, account: AccountId) -> Result<Duration, Failure> {
        let started = Instant::now();
        let view = ledger.view()?;
        match self {
            Self::Balance => drop(std::hint::black_box(view.balance(account)?)),
            Self::Page => drop(std::hint::black_box(view.activities(account).limit(PAGE).page()?)),
        }
        Ok(started.elapsed())
    }

    /// Reads so many times, one after the other.
    pub(crate) fn times(self, ledger: &Ledger, world: &World, seed: u64, times: u64) -> Result<Histogram, Failure> {
        let (mut chance, mut histogram) = (Chance::new(seed, LANE), Histogram::new());
        for _ in 0..times {
            histogram.add(self.once(ledger, world.any_account(&mut chance))?);
        }
        Ok(histogram)
    }
}

/// Threads that read while others write.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Readers {
    pub(crate) what: Read,
    pub(crate) threads: u64,
    pub(crate) seed: u64,
}

impl Readers {
    /// Does the writing, with the readers beside it if there are any; how they fared.
    pub(crate) fn beside<T>(
        readers: Option<Self>,
        ledger: &Ledger,
        world: &World,
        writing: impl FnOnce() -> Result<T, Failure>,
    ) -> Result<(T, Option<ReadFigures>), Failure> {
        let Some(readers) = readers else { return Ok((writing()?, None)) };
        let done = AtomicBool::new(false);
        let started = Instant::now();
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..readers.threads)
                .map(|thread| {
                    let done = &done;
                    scope.spawn(move || readers.until(done, thread, ledger, world))
                })
                .collect();
            let written = writing();
            done.store(true, Ordering::Relaxed);
            let mut all = Histogram::new();
            for thread in threads {
                match thread.join() {
                    Ok(read) => all.join(&read?),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            Ok((written?, Some(readers.figures(&all, started.elapsed()))))
        })
    }

    /// Reads at least once, and until it is done.
    fn until(self, done: &AtomicBool, thread: u64, ledger: &Ledger, world: &World) -> Result<Histogram, Failure> {
        let (mut chance, mut histogram) = (Chance::new(self.seed, LANE + thread), Histogram::new());
        loop {
            histogram.add(self.what.once(ledger, world.any_account(&mut chance))?);
            if done.load(Ordering::Relaxed) {
                return Ok(histogram);
            }
        }
    }

    fn figures(self, all: &Histogram, time: Duration) -> ReadFigures {
        ReadFigures {
            read: self.what,
            readers: self.threads,
            reads_per_second: figures::rate(all.count(), time),
            read_p50_us: all.percentile(50),
            read_p99_us: all.percentile(99),
            read_max_us: all.longest(),
        }
    }
}
