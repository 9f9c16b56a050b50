//! Giving transfers: lanes of batches, one for each thread, with the time that each batch takes.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use pacioli::{Atomicity, BatchTicket, Capture, Command, HoldId, Ledger, Receipt};

use crate::failure::Failure;
use crate::figures::Latencies;
use crate::output::Progress;
use crate::workload::{Maker, Workload, World};

/// How many batches each thread has on their way, unless told otherwise: two for a single thread, else one.
pub(crate) fn in_flight(told: Option<u64>, batch: u64, threads: u64) -> u64 {
    match told {
        _ if batch == 1 => 1,
        Some(in_flight) => in_flight,
        None => {
            if threads == 1 {
                2
            } else {
                1
            }
        }
    }
}

/// How transfers are given.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    pub(crate) workload: Workload,
    pub(crate) seed: u64,
    /// How many transfers are given at once.
    pub(crate) batch: u64,
    /// How many batches each thread has on their way.
    pub(crate) in_flight: u64,
    pub(crate) threads: u64,
    /// The lane of the first thread; the others' follow.
    pub(crate) first_lane: u64,
    pub(crate) what: &'static str,
}

impl Run {
    /// Gives so many transfers, divided among the threads.
    pub(crate) fn give(&self, ledger: &Ledger, world: &World, transfers: u64) -> Result<Latencies, Failure> {
        let shared = Shared::default();
        std::thread::scope(|scope| {
            let lanes: Vec<_> = (0..self.threads)
                .map(|thread| {
                    let maker = Maker::new(world, self.workload, self.seed, self.first_lane + thread);
                    let share = transfers / self.threads + u64::from(thread < transfers % self.threads);
                    let progress = (thread == 0).then(|| Progress::new(self.what, transfers));
                    let lane = Lane { ledger, maker, run: self, shared: &shared, progress };
                    scope.spawn(move || lane.give(share))
                })
                .collect();
            let mut all = Latencies::default();
            for lane in lanes {
                match lane.join() {
                    Ok(latencies) => all.join(latencies?),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            Ok(all)
        })
    }
}

/// What the threads of a run have in common.
#[derive(Debug, Default)]
struct Shared {
    done: AtomicU64,
    failed: AtomicBool,
}

/// One thread's part of a run.
struct Lane<'a> {
    ledger: &'a Ledger,
    maker: Maker<'a>,
    run: &'a Run,
    shared: &'a Shared,
    progress: Option<Progress>,
}

impl Lane<'_> {
    fn give(mut self, transfers: u64) -> Result<Latencies, Failure> {
        let given = if self.run.batch == 1 { self.singly(transfers) } else { self.in_batches(transfers) };
        if given.is_err() {
            self.shared.failed.store(true, Ordering::Relaxed);
        }
        given
    }

    /// Each transfer by itself.
    fn singly(&mut self, transfers: u64) -> Result<Latencies, Failure> {
        let mut latencies = Latencies::with_capacity(usize::try_from(transfers).unwrap_or_default());
        for _ in 0..transfers {
            let command = self.maker.command();
            let started = Instant::now();
            let receipt = self.ledger.execute(command)?;
            if let Some(hold) = receipt.hold() {
                self.ledger.capture(hold)?;
            }
            latencies.add(started.elapsed());
            if self.stopped(1) {
                break;
            }
        }
        Ok(latencies)
    }

    /// In batches, the next of which is decided while the one before is being committed.
    fn in_batches(&mut self, transfers: u64) -> Result<Latencies, Failure> {
        let batches = transfers.div_ceil(self.run.batch);
        let mut latencies = Latencies::with_capacity(usize::try_from(batches).unwrap_or_default());
        let mut on_their_way: VecDeque<Flight> = VecDeque::new();
        let mut left = transfers;
        while left > 0 || !on_their_way.is_empty() {
            while left > 0 && (on_their_way.len() as u64) < self.run.in_flight {
                let size = left.min(self.run.batch);
                let commands: Vec<Command> = (0..size).map(|_| self.maker.command()).collect();
                left -= size;
                on_their_way.push_back(Flight::begin(self.ledger, Instant::now(), commands)?);
            }
            let Some(flight) = on_their_way.pop_front() else { continue };
            let started = flight.started;
            let receipts = flight.landed()?;
            let holds: Vec<HoldId> = receipts.iter().filter_map(Receipt::hold).collect();
            if !holds.is_empty() {
                let captures = holds.into_iter().map(|hold| Capture::whole(hold).into()).collect();
                on_their_way.push_back(Flight::begin(self.ledger, started, captures)?);
                continue;
            }
            latencies.add(started.elapsed());
            if self.stopped(receipts.len() as u64) {
                break;
            }
        }
        Ok(latencies)
    }

    /// Counts what is done; whether another thread has failed, so that going on is of no use.
    fn stopped(&mut self, done: u64) -> bool {
        let done = self.shared.done.fetch_add(done, Ordering::Relaxed) + done;
        if let Some(progress) = &mut self.progress {
            progress.at(done);
        }
        self.shared.failed.load(Ordering::Relaxed)
    }
}

/// A batch on its way.
struct Flight {
    /// When it, or the holds that it captures, set out.
    started: Instant,
    ticket: BatchTicket,
}

impl Flight {
    fn begin(ledger: &Ledger, started: Instant, commands: Vec<Command>) -> Result<Self, Failure> {
        Ok(Self { started, ticket: ledger.enqueue(commands, Atomicity::Each)? })
    }

    /// Waits until the batch is durable; every command of it must have been carried out.
    fn landed(self) -> Result<Vec<Receipt>, Failure> {
        self.ticket.wait()?.into_iter().map(|outcome| outcome.map_err(Failure::from)).collect()
    }
}
