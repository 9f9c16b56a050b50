//! What a contestant must do, and the two ways to share one writer among threads: a lock, and grouped commits.

use std::error::Error;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

use crate::workload::Transfer;

/// Why something failed.
pub type Problem = Box<dyn Error + Send + Sync>;

/// What became of a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is carried out, and durable.
    Carried,
    /// It had been carried out before, under the same key.
    Repeated,
    /// The payer has too little; nothing has changed.
    Refused,
}

/// What the books come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Totals {
    /// Transfers carried out since the accounts were funded.
    pub transfers: u64,
    /// The sum of all balances, the outside world's included, in minor units.
    pub sum: i128,
    /// Whether what can be checked besides agrees: every line is there, and adds up to the balances.
    pub sound: bool,
}

/// Books that one writer at a time can write in.
pub trait Books: Send {
    /// Carries out transfers in their order, all of them durable when it returns; a refused one keeps no other back.
    fn carry_out(&mut self, transfers: Vec<Transfer>) -> Result<Vec<Answer>, Problem>;
    /// Reads everything.
    fn totals(&mut self) -> Result<Totals, Problem>;
}

/// What takes transfers from many threads.
pub trait Contestant: Sync {
    /// Carries out one batch; durable when it returns.
    fn give(&self, batch: Vec<Transfer>) -> Result<Vec<Answer>, Problem>;
    /// Reads everything.
    fn totals(&self) -> Result<Totals, Problem>;

    /// Gives the batches of one thread, one after the other, until they or the time are at an end; how many transfers.
    fn lane(&self, batches: Vec<Vec<Transfer>>, until: Instant) -> Result<u64, Problem> {
        let mut carried = 0;
        for batch in batches {
            carried += all_carried(&self.give(batch)?)?;
            if Instant::now() >= until {
                break;
            }
        }
        Ok(carried)
    }
}

/// How many there are, all of which must have been carried out.
pub fn all_carried(answers: &[Answer]) -> Result<u64, Problem> {
    match answers.iter().find(|answer| **answer != Answer::Carried) {
        None => Ok(answers.len() as u64),
        Some(answer) => Err(format!("a transfer of the workload was {answer:?}").into()),
    }
}

/// Books behind a lock: each batch is a transaction of its own.
pub struct Locked<B>(Mutex<B>);

impl<B: Books> Locked<B> {
    pub fn new(books: B) -> Self {
        Self(Mutex::new(books))
    }
}

impl<B: Books> Contestant for Locked<B> {
    fn give(&self, batch: Vec<Transfer>) -> Result<Vec<Answer>, Problem> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).carry_out(batch)
    }

    fn totals(&self) -> Result<Totals, Problem> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).totals()
    }
}

/// The most transfers that are committed together, unless one batch has more.
const GROUP_MAX: usize = 8_192;

/// Books that a thread of their own writes in: all batches that wait are carried out in one transaction.
pub struct Grouped {
    jobs: Option<Sender<Job>>,
    writer: Option<JoinHandle<()>>,
}

enum Job {
    Batch(Vec<Transfer>, SyncSender<Result<Vec<Answer>, String>>),
    Totals(SyncSender<Result<Totals, String>>),
}

impl Grouped {
    pub fn new<B: Books + 'static>(mut books: B) -> Self {
        let (jobs, queue) = channel();
        let writer = std::thread::spawn(move || write(&mut books, &queue));
        Self { jobs: Some(jobs), writer: Some(writer) }
    }

    fn ask<T>(&self, job: impl FnOnce(SyncSender<Result<T, String>>) -> Job) -> Result<T, Problem> {
        let (reply, answer) = sync_channel(1);
        self.jobs.as_ref().ok_or("closed")?.send(job(reply))?;
        Ok(answer.recv()??)
    }
}

impl Contestant for Grouped {
    fn give(&self, batch: Vec<Transfer>) -> Result<Vec<Answer>, Problem> {
        self.ask(|reply| Job::Batch(batch, reply))
    }

    fn totals(&self) -> Result<Totals, Problem> {
        self.ask(Job::Totals)
    }
}

impl Drop for Grouped {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(writer) = self.writer.take() {
            // A panic of the writer has already been seen by whoever waited for it.
            drop(writer.join());
        }
    }
}

/// Takes in what waits, carries it out at once, and answers; until nobody can ask any more.
fn write(books: &mut impl Books, queue: &Receiver<Job>) {
    while let Ok(first) = queue.recv() {
        let (mut all, mut callers) = (Vec::new(), Vec::new());
        let mut next = Some(first);
        let mut asked = None;
        while let Some(job) = next {
            match job {
                Job::Batch(batch, reply) => {
                    callers.push((batch.len(), reply));
                    all.extend(batch);
                }
                Job::Totals(reply) => asked = Some(reply),
            }
            next = if all.len() < GROUP_MAX { queue.try_recv().ok() } else { None };
        }
        // A caller that is gone needs no answer.
        if !callers.is_empty() {
            let mut answers = books.carry_out(all).map(Vec::into_iter).map_err(|problem| problem.to_string());
            for (count, reply) in callers {
                let own = answers.as_mut().map(|answers| answers.take(count).collect()).map_err(|text| text.clone());
                drop(reply.send(own));
            }
        }
        if let Some(reply) = asked {
            drop(reply.send(books.totals().map_err(|problem| problem.to_string())));
        }
    }
}
