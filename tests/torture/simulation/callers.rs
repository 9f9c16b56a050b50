//! Callers: what each of them has on its way, waits for, remembers and must ask again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Wake;

use pacioli::{Atomicity, BatchTicket, Receipt, Rejection, Ticket};

use super::super::model::naive::{Answer, Ask, Judged};
use super::super::random::Random;

/// How many requests a caller remembers, to send them again.
const REMEMBERED: usize = 8;

/// How commands are given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Execute,
    Submit,
    Batch(Atomicity),
    Enqueue(Atomicity),
    Transaction,
    GiveUp,
    Simulate,
}

impl Way {
    /// How somebody gives commands, and how many at once.
    pub fn any(random: &mut Random) -> (Self, usize) {
        let few = 1 + random.index(3);
        match random.weighted(&[40, 25, 8, 6, 6, 4, 7, 2, 2]) {
            0 => (Self::Execute, 1),
            1 => (Self::Submit, 1),
            2 => (Self::Batch(Atomicity::Each), few + random.index(5)),
            3 => (Self::Batch(Atomicity::All), few),
            4 => (Self::Enqueue(Atomicity::Each), few),
            5 => (Self::Enqueue(Atomicity::All), few),
            6 => (Self::Transaction, few),
            7 => (Self::GiveUp, few),
            _ => (Self::Simulate, few),
        }
    }

    /// Whether what was given stays given, so that the same again must be answered alike.
    pub fn lasts(self) -> bool {
        !matches!(self, Self::GiveUp | Self::Simulate)
    }
}

/// Commands that are given together.
#[derive(Clone, Debug)]
pub struct Asked {
    pub asks: Vec<Ask>,
    pub way: Way,
}

/// What `submit` and `enqueue` give.
#[derive(Debug)]
pub enum Slip {
    One(Ticket),
    Batch(BatchTicket),
}

/// What the ledger answers, one result for each command; or how it failed.
pub type Told = Result<Vec<Result<Receipt, Rejection>>, pacioli::Error>;

/// Counts how often it was woken.
#[derive(Debug, Default)]
pub struct Bell(AtomicUsize);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Bell {
    pub fn rang(&self) -> bool {
        self.0.load(Ordering::SeqCst) > 0
    }
}

/// What was decided and not yet told, with what the naive ledger said of it then.
#[derive(Debug)]
pub struct Decided {
    pub asked: Asked,
    pub expected: Vec<Judged<Answer>>,
}

impl Decided {
    /// The first entry that was decided for it, if there is one.
    pub fn first_new(&self) -> Option<u64> {
        let new = |answer: &Judged<Answer>| match answer {
            Ok(answer) if !answer.replayed => Some(answer.entry.sequence.0),
            _ => None,
        };
        self.expected.iter().find_map(new)
    }
}

/// Somebody who waits for a slip.
#[derive(Debug)]
pub struct Waiting {
    pub decided: Decided,
    pub slip: Slip,
    /// Of one who has asked and been told to wait.
    pub bell: Option<Arc<Bell>>,
}

/// One of those who use the ledger.
#[derive(Debug, Default)]
pub struct Caller {
    /// On its way to the ledger; it may arrive in another order, or never.
    pub sent: Vec<Asked>,
    pub waiting: Vec<Waiting>,
    /// Sent before.
    remembered: Vec<Asked>,
    /// Asked, and no answer has come that says what became of it.
    pub unsure: Vec<Asked>,
}

impl Caller {
    pub fn send(&mut self, asked: Asked) {
        if self.remembered.len() == REMEMBERED {
            self.remembered.remove(0);
        }
        self.remembered.push(asked.clone());
        self.sent.push(asked);
    }

    /// Sends once more what it has sent before: it does not wait for the answer, or has forgotten it.
    pub fn repeat(&mut self, random: &mut Random) {
        if let Some(asked) = random.one(&self.remembered) {
            self.sent.push(asked);
        }
    }

    /// Takes any of what is on its way.
    pub fn arriving(&mut self, random: &mut Random) -> Option<Asked> {
        taken(&mut self.sent, random)
    }

    /// Takes any of those who wait.
    pub fn one_who_waits(&mut self, random: &mut Random) -> Option<Waiting> {
        taken(&mut self.waiting, random)
    }
}

fn taken<T>(from: &mut Vec<T>, random: &mut Random) -> Option<T> {
    (!from.is_empty()).then(|| from.swap_remove(random.index(from.len())))
}
