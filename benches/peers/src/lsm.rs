//! fjall: the tables that pacioli derives from its journal, in one atomic and durable batch for each call.

use std::collections::BTreeMap;
use std::path::Path;

use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode};

use crate::books::{Answer, Books, Problem, Totals};
use crate::desk::{Desk, Line};
use crate::workload::{EXTERNAL, Plan, Transfer};

/// Transfers of one batch while accounts are being funded.
const FUNDING_BATCH: usize = 8_000;

/// A ledger in fjall.
pub struct Lsm {
    database: Database,
    /// Sequence to transfer.
    journal: Keyspace,
    /// Idempotency key to sequence.
    keys: Keyspace,
    /// Account and activity number to line.
    lines: Keyspace,
    /// Account to balance and activity number.
    accounts: Keyspace,
    desk: Desk,
    last: u64,
    before: u64,
}

impl Lsm {
    /// Makes a database with funded accounts.
    pub fn new(folder: &Path, plan: &Plan, memory_mib: u64) -> Result<Self, Problem> {
        let database = Database::builder(folder.join("ledger.fjall")).cache_size(memory_mib << 20).open()?;
        let keyspace = |name| database.keyspace(name, KeyspaceCreateOptions::default);
        let (journal, lines, accounts) = (keyspace("journal")?, keyspace("lines")?, keyspace("accounts")?);
        // Almost every key that is looked for is not there, so every level wants its filter.
        let filtered = || KeyspaceCreateOptions::default().expect_point_read_hits(false);
        let keys = database.keyspace("keys", filtered)?;
        let desk = Desk::new(plan.accounts);
        let mut books = Self { database, journal, keys, lines, accounts, desk, last: 0, before: 0 };
        for batch in plan.funding().chunks(FUNDING_BATCH) {
            books.before += crate::books::all_carried(&books.carry_out(batch.to_vec())?)?;
        }
        Ok(books)
    }
}

impl Books for Lsm {
    fn carry_out(&mut self, transfers: Vec<Transfer>) -> Result<Vec<Answer>, Problem> {
        let mut batch = self.database.batch().durability(Some(PersistMode::SyncAll));
        let mut answers = Vec::with_capacity(transfers.len());
        // Keys of this batch cannot be read from the database yet.
        let (mut fresh, mut changed) = (std::collections::HashSet::new(), BTreeMap::new());
        for transfer in &transfers {
            if fresh.contains(&transfer.key) || self.keys.contains_key(transfer.key.as_bytes())? {
                answers.push(Answer::Repeated);
                continue;
            }
            if !self.desk.affords(transfer) {
                answers.push(Answer::Refused);
                continue;
            }
            self.last += 1;
            let sequence = self.last.to_be_bytes();
            batch.insert(&self.journal, sequence, journal_row(transfer));
            batch.insert(&self.keys, transfer.key.as_bytes(), sequence);
            for line in self.desk.moved(transfer, i64::try_from(self.last)?) {
                batch.insert(&self.lines, line_key(&line), line_row(&line));
                changed.insert(line.account, self.desk.standing(line.account));
            }
            fresh.insert(&transfer.key);
            answers.push(Answer::Carried);
        }
        for (account, standing) in changed {
            batch.insert(&self.accounts, account.to_be_bytes(), two(standing.balance, standing.activity));
        }
        batch.commit()?;
        Ok(answers)
    }

    fn totals(&mut self) -> Result<Totals, Problem> {
        let (mut sum, mut sound) = (0, true);
        for row in self.accounts.iter() {
            let (account, row) = row.into_inner()?;
            let account = u32::from_be_bytes(account.as_ref().try_into()?);
            let standing = self.desk.standing(account);
            sound &= *row == two(standing.balance, standing.activity);
            sum += i128::from(standing.balance);
        }
        let mut by_account: BTreeMap<u32, (i64, i64)> = BTreeMap::new();
        for row in self.lines.iter() {
            let (key, row) = row.into_inner()?;
            let account = u32::from_be_bytes(key[..4].try_into()?);
            let (balance, lines) = by_account.entry(account).or_default();
            *balance += i64::from_le_bytes(row[8..16].try_into()?);
            *lines += 1;
        }
        sound &= by_account.iter().all(|(account, (balance, lines))| {
            let standing = self.desk.standing(*account);
            standing.balance == *balance && standing.activity == *lines
        });
        let (transfers, keys) = (self.journal.len()? as u64, self.keys.len()? as u64);
        sound &= keys == transfers && by_account.contains_key(&EXTERNAL);
        Ok(Totals { transfers: transfers - self.before, sum, sound })
    }
}

fn journal_row(transfer: &Transfer) -> Vec<u8> {
    let mut row = Vec::with_capacity(16 + transfer.key.len());
    row.extend(transfer.source.to_le_bytes());
    row.extend(transfer.destination.to_le_bytes());
    row.extend(transfer.amount.to_le_bytes());
    row.extend(transfer.key.as_bytes());
    row
}

fn line_key(line: &Line) -> [u8; 12] {
    let mut key = [0; 12];
    key[..4].copy_from_slice(&line.account.to_be_bytes());
    key[4..].copy_from_slice(&line.activity.to_be_bytes());
    key
}

fn line_row(line: &Line) -> [u8; 24] {
    let mut row = [0; 24];
    row[..8].copy_from_slice(&line.sequence.to_le_bytes());
    row[8..].copy_from_slice(&two(line.amount, line.balance));
    row
}

fn two(first: i64, second: i64) -> [u8; 16] {
    let mut row = [0; 16];
    row[..8].copy_from_slice(&first.to_le_bytes());
    row[8..].copy_from_slice(&second.to_le_bytes());
    row
}
