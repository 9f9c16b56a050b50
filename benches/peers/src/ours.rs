//! pacioli, through its public API and with its own settings.

use std::collections::VecDeque;
use std::path::Path;
use std::time::Instant;

use pacioli::prelude::*;
use pacioli::{BatchTicket, Book, Limits, Rejection, SystemAccount};

use crate::books::{Answer, Contestant, Problem, Totals, all_carried};
use crate::workload::{Plan, Transfer as Wanted};

/// A ledger of pacioli.
pub struct Ours {
    ledger: Ledger,
    book: Book,
    service: ServiceId,
    first: AccountId,
    before: Sequence,
    /// How many batches a thread has on their way at once.
    in_flight: usize,
}

/// Commands of one batch while accounts are being opened.
const OPENING_BATCH: usize = 4_096;

impl Ours {
    /// Makes a file with funded accounts.
    pub fn new(folder: &Path, plan: &Plan, memory_mib: u64, in_flight: usize) -> Result<Self, Problem> {
        let memory = usize::try_from(memory_mib << 20)?;
        let ledger = Ledger::builder().memory(memory).open(folder.join("ledger.redb"))?;
        let book = ledger.open_book(NewBook::live("peers.kes", Currency::KES))?;
        let contact = Contact::new("Wanjiru Njeri", "wanjiru@example.com", "+254700000000");
        let client = ledger.register_client(NewClient::individual("KE", contact))?.id;
        let service = NewService::new(client, book.id, "TRANSFERS").narrative_required(false);
        let service = ledger.define_service(service)?.id;
        let accounts: Vec<u32> = (0..plan.accounts).collect();
        let mut first = None;
        for some in accounts.chunks(OPENING_BATCH) {
            let open = some.iter().map(|_| NewAccount::new(client, book.id, AccountType::WORKING).into()).collect();
            for receipt in ledger.submit_batch(open, Atomicity::All)? {
                first = first.or(receipt?.account());
            }
        }
        let first = first.ok_or("no account was opened")?;
        let external = book.system(SystemAccount::External);
        for (number, some) in accounts.chunks(Limits::LEGS - 1).enumerate() {
            let all = some.iter().map(|at| i128::from(plan.funds(*at))).sum();
            let mut post = Post::new(format!("OPENING-{number}")).kind(EntryKind::Opening);
            post = post.debit(external, book.currency.minor(all)?);
            for at in some {
                let account = AccountId(first.0 + u64::from(*at));
                post = post.credit(account, book.currency.minor(i128::from(plan.funds(*at)))?);
            }
            ledger.post(post)?;
        }
        let before = ledger.view()?.sequence();
        Ok(Self { ledger, book, service, first, before, in_flight })
    }

    fn command(&self, wanted: Wanted) -> Result<Command, Problem> {
        let account = |at: u32| AccountId(self.first.0 + u64::from(at));
        let money = self.book.currency.minor(i128::from(wanted.amount))?;
        let (source, destination) = (account(wanted.source), account(wanted.destination));
        Ok(Transfer::new(source, destination, self.service, money, wanted.key).into())
    }

    fn commands(&self, batch: Vec<Wanted>) -> Result<Vec<Command>, Problem> {
        batch.into_iter().map(|wanted| self.command(wanted)).collect()
    }
}

impl Contestant for Ours {
    fn give(&self, batch: Vec<Wanted>) -> Result<Vec<Answer>, Problem> {
        let mut commands = self.commands(batch)?;
        if commands.len() > 1 {
            let outcomes = self.ledger.submit_batch(commands, Atomicity::Each)?;
            return outcomes.into_iter().map(answer).collect();
        }
        match commands.pop().map(|command| self.ledger.execute(command)) {
            None => Ok(Vec::new()),
            Some(Ok(receipt)) => Ok(vec![answer(Ok(receipt))?]),
            Some(Err(Error::Rejected(rejection))) => Ok(vec![answer(Err(rejection))?]),
            Some(Err(error)) => Err(error.into()),
        }
    }

    fn totals(&self) -> Result<Totals, Problem> {
        let view = self.ledger.view()?;
        let balance = view.trial_balance(self.book.id)?;
        let transfers = view.sequence().0 - self.before.0;
        Ok(Totals { transfers, sum: balance.difference.minor(), sound: balance.is_balanced() })
    }

    fn lane(&self, batches: Vec<Vec<Wanted>>, until: Instant) -> Result<u64, Problem> {
        let (mut carried, mut waiting) = (0, batches.into_iter());
        let mut on_their_way: VecDeque<BatchTicket> = VecDeque::new();
        let mut open = true;
        if self.in_flight == 1 {
            for batch in waiting {
                carried += all_carried(&self.give(batch)?)?;
                if Instant::now() >= until {
                    break;
                }
            }
            return Ok(carried);
        }
        loop {
            while open && on_their_way.len() < self.in_flight {
                match waiting.next() {
                    Some(batch) => {
                        on_their_way.push_back(self.ledger.enqueue(self.commands(batch)?, Atomicity::Each)?);
                    }
                    None => open = false,
                }
            }
            let Some(ticket) = on_their_way.pop_front() else { return Ok(carried) };
            let answers: Vec<Answer> = ticket.wait()?.into_iter().map(answer).collect::<Result<_, _>>()?;
            carried += all_carried(&answers)?;
            open = open && Instant::now() < until;
        }
    }
}

/// What a receipt or a rejection says.
fn answer(outcome: Result<Receipt, Rejection>) -> Result<Answer, Problem> {
    match outcome {
        Ok(receipt) if receipt.is_replayed() => Ok(Answer::Repeated),
        Ok(_) => Ok(Answer::Carried),
        Err(Rejection::InsufficientFunds { .. }) => Ok(Answer::Refused),
        Err(other) => Err(other.into()),
    }
}
