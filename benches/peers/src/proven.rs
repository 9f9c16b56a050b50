//! doubleentry: a ledger with a Merkle log, over SQLite.

use std::path::Path;

use doubleentry::store::{SqlStore, Sqlite};
use doubleentry::{
    AccountHandle, AccountKind, AccountSpec, Amount, BalanceLimit, BalanceQuery, Currency, Entry, Error, Ledger,
    LedgerId, Rejection, date,
};
use tokio::runtime::Runtime;

use crate::books::{Answer, Books, Problem, Totals};
use crate::workload::{EXTERNAL, Plan, Transfer};

/// Transfers of one batch while accounts are being funded.
const FUNDING_BATCH: usize = 8_000;

/// A ledger of doubleentry.
pub struct Proven {
    runtime: Runtime,
    ledger: Ledger<SqlStore<Sqlite>>,
    currency: Currency,
    external: AccountHandle,
    accounts: Vec<AccountHandle>,
    before: u64,
}

impl Proven {
    /// Makes a file with funded accounts. Each is opened in a transaction of its own: there is no other way.
    pub fn new(folder: &Path, plan: &Plan) -> Result<Self, Problem> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let url = format!("sqlite://{}?mode=rwc", folder.join("ledger.db").display());
        let (currency, start) = (Currency::new("KES")?, date!("2026-01-01"));
        let (ledger, external, accounts) = runtime.block_on(async {
            let ledger = Ledger::new(SqlStore::sqlite(&url).await?, LedgerId::new("example.com/peers")?).await?;
            ledger.declare_currency(currency, 2, start).await?;
            ledger.define_months(2026, 1..=12).await?;
            let external = ledger.open("Assets:External", AccountKind::Asset, start).await?;
            let mut accounts = Vec::new();
            for at in 0..plan.accounts {
                let account = AccountSpec::new(format!("Liabilities:Wallets:{at}"), AccountKind::Liability, start);
                accounts.push(ledger.register(account.limit(BalanceLimit::NoDebitBalance)).await?);
            }
            Ok::<_, Problem>((ledger, external, accounts))
        })?;
        let mut books = Self { runtime, ledger, currency, external, accounts, before: 0 };
        for batch in plan.funding().chunks(FUNDING_BATCH) {
            crate::books::all_carried(&books.carry_out(batch.to_vec())?)?;
        }
        books.before = books.size()?;
        Ok(books)
    }

    /// How many records the log has.
    fn size(&self) -> Result<u64, Problem> {
        Ok(self.runtime.block_on(self.ledger.head())?.size)
    }

    fn account(&self, at: u32) -> AccountHandle {
        if at == EXTERNAL { self.external } else { self.accounts[at as usize] }
    }

    /// The outside world is an asset, wallets are liabilities: a debit lowers them.
    fn entry(&self, transfer: &Transfer) -> Result<Entry, Problem> {
        let amount = Amount::from_minor(transfer.amount.into())?;
        let entry = Entry::new(&*transfer.key, date!("2026-06-15"));
        let entry = entry.debit(self.account(transfer.source), amount, self.currency);
        Ok(entry.credit(self.account(transfer.destination), amount, self.currency))
    }

    fn singly(&self, transfer: &Transfer) -> Result<Answer, Problem> {
        match self.runtime.block_on(self.ledger.record(self.entry(transfer)?)) {
            Ok(recorded) if recorded.replayed => Ok(Answer::Repeated),
            Ok(_) => Ok(Answer::Carried),
            Err(Error::Rejected(Rejection::LimitExceeded { .. })) => Ok(Answer::Refused),
            Err(error) => Err(error.into()),
        }
    }
}

impl Books for Proven {
    fn carry_out(&mut self, transfers: Vec<Transfer>) -> Result<Vec<Answer>, Problem> {
        if let [transfer] = &transfers[..] {
            return Ok(vec![self.singly(transfer)?]);
        }
        let entries = transfers.iter().map(|transfer| self.entry(transfer)).collect::<Result<Vec<_>, _>>()?;
        match self.runtime.block_on(self.ledger.record_batch(entries)) {
            Ok(recorded) => {
                let answer = |replayed| if replayed { Answer::Repeated } else { Answer::Carried };
                Ok(recorded.iter().map(|recorded| answer(recorded.replayed)).collect())
            }
            // A batch is recorded whole or not at all.
            Err(Error::BatchRejected { .. }) => transfers.iter().map(|transfer| self.singly(transfer)).collect(),
            Err(error) => Err(error.into()),
        }
    }

    fn totals(&mut self) -> Result<Totals, Problem> {
        let transfers = self.size()? - self.before;
        let all = BalanceQuery::all();
        let balances = self.runtime.block_on(self.ledger.trial_balance(&all))?;
        let sum = balances.rows().iter().map(|row| row.balance.net().to_minor()).sum();
        Ok(Totals { transfers, sum, sound: balances.is_balanced() })
    }
}
