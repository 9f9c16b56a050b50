//! SQLite, in two ways: the usual one, with the decisions in SQL and the lines of an account side by side; and one after
//! pacioli's own layout, with the accounts in the program's memory, and lines that are only ever appended, each with the
//! place of its account's line before, so that a statement is read backwards along them.

use std::collections::BTreeSet;
use std::path::Path;

use rusqlite::{Connection, OptionalExtension, Statement, Transaction, TransactionBehavior, params};

use crate::books::{Answer, Books, Problem, Totals};
use crate::desk::{Desk, Line};
use crate::workload::{EXTERNAL, Plan, Transfer};

/// Row 1 of the accounts is the outside world; account `at` of the workload is row `at + 2`.
const TRANSFERS: &str = "
    CREATE TABLE transfers (
        sequence    INTEGER PRIMARY KEY,
        key         TEXT NOT NULL UNIQUE,
        source      INTEGER NOT NULL,
        destination INTEGER NOT NULL,
        amount      INTEGER NOT NULL CHECK (amount > 0),
        recorded_at INTEGER NOT NULL
    ) STRICT;
";
const CLUSTERED: &str = "
    CREATE TABLE accounts (
        id       INTEGER PRIMARY KEY,
        floor    INTEGER,
        balance  INTEGER NOT NULL,
        activity INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE postings (
        account  INTEGER NOT NULL,
        activity INTEGER NOT NULL,
        sequence INTEGER NOT NULL,
        amount   INTEGER NOT NULL,
        balance  INTEGER NOT NULL,
        PRIMARY KEY (account, activity)
    ) STRICT, WITHOUT ROWID;
";
/// The two lines of transfer `n` are postings `2n - 1` and `2n`; `previous` and `latest` are 0 where there is none.
const LINKED: &str = "
    CREATE TABLE accounts (
        id       INTEGER PRIMARY KEY,
        floor    INTEGER,
        balance  INTEGER NOT NULL,
        activity INTEGER NOT NULL,
        latest   INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE TABLE postings (
        id       INTEGER PRIMARY KEY,
        account  INTEGER NOT NULL,
        activity INTEGER NOT NULL,
        previous INTEGER NOT NULL,
        amount   INTEGER NOT NULL,
        balance  INTEGER NOT NULL
    ) STRICT;
";

const KEYED: &str = "
    INSERT INTO transfers (sequence, key, source, destination, amount, recorded_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (key) DO NOTHING";
const TAKE: &str = "
    UPDATE accounts SET balance = balance - ?2, activity = activity + 1
    WHERE id = ?1 AND (floor IS NULL OR balance - ?2 >= floor) RETURNING balance, activity";
const GIVE: &str = "
    UPDATE accounts SET balance = balance + ?2, activity = activity + 1 WHERE id = ?1 RETURNING balance, activity";
const POSTING: &str = "
    INSERT INTO postings (account, activity, sequence, amount, balance) VALUES (?1, ?2, ?3, ?4, ?5)";
const LINK: &str = "
    INSERT INTO postings (id, account, activity, previous, amount, balance) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
const ROW: &str = "UPDATE accounts SET balance = ?2, activity = ?3, latest = ?4 WHERE id = ?1";
const ODD: &str = "
    SELECT count(*) FROM accounts LEFT JOIN (
        SELECT account, sum(amount) AS total, count(*) AS lines FROM postings GROUP BY account
    ) ON account = id WHERE balance <> coalesce(total, 0) OR activity <> coalesce(lines, 0)";
const ODD_LINKS: &str = "
    SELECT count(*) FROM (
        SELECT previous, lag(id, 1, 0) OVER (PARTITION BY account ORDER BY id) AS before FROM postings
    ) WHERE previous <> before";
const UNDO: &str = "DELETE FROM transfers WHERE sequence = ?1";

/// Transfers of one transaction while accounts are being funded.
const FUNDING_BATCH: usize = 8_000;
/// Pages in the write-ahead log before they are brought into the file: 64 MiB, so that a page is brought in once for
/// many commits.
const CHECKPOINT_PAGES: u32 = 16_384;

/// A ledger in SQLite.
pub struct Sqlite {
    connection: Connection,
    /// What accounts hold, where the program decides.
    desk: Option<Desk>,
    last: i64,
    before: u64,
}

impl Sqlite {
    /// Makes a file with funded accounts; `resident` keeps what they hold in memory as well.
    pub fn new(folder: &Path, plan: &Plan, memory_mib: u64, resident: bool) -> Result<Self, Problem> {
        let connection = Connection::open(folder.join("ledger.sqlite"))?;
        let mode: String = connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
        if mode != "wal" {
            return Err(format!("SQLite stayed in the mode {mode}").into());
        }
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
        connection.pragma_update(None, "cache_size", -i64::try_from(memory_mib << 10)?)?;
        connection.pragma_update(None, "temp_store", "MEMORY")?;
        connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
        connection.set_prepared_statement_cache_capacity(32);
        connection.execute_batch(TRANSFERS)?;
        connection.execute_batch(if resident { LINKED } else { CLUSTERED })?;
        let desk = resident.then(|| Desk::new(plan.accounts));
        let mut books = Self { connection, desk, last: 0, before: 0 };
        books.open_accounts(plan.accounts)?;
        for batch in plan.funding().chunks(FUNDING_BATCH) {
            books.before += crate::books::all_carried(&books.carry_out(batch.to_vec())?)?;
        }
        Ok(books)
    }

    fn open_accounts(&mut self, accounts: u32) -> Result<(), Problem> {
        let transaction = self.connection.transaction()?;
        let mut insert =
            transaction.prepare("INSERT INTO accounts (id, floor, balance, activity) VALUES (?1, ?2, 0, 0)")?;
        insert.execute(params![row(EXTERNAL), None::<i64>])?;
        for at in 0..accounts {
            insert.execute(params![row(at), 0])?;
        }
        drop(insert);
        Ok(transaction.commit()?)
    }
}

/// The row of an account.
const fn row(account: u32) -> i64 {
    if account == EXTERNAL { 1 } else { account as i64 + 2 }
}

impl Books for Sqlite {
    fn carry_out(&mut self, transfers: Vec<Transfer>) -> Result<Vec<Answer>, Problem> {
        let transaction = Transaction::new(&mut self.connection, TransactionBehavior::Immediate)?;
        let mut writing = Writing { transaction: &transaction, keyed: transaction.prepare_cached(KEYED)?, now: now() };
        let mut last = self.last;
        let answers = match &mut self.desk {
            None => writing.in_sql(transfers, &mut last)?,
            Some(desk) => writing.by_desk(transfers, desk, &mut last)?,
        };
        drop(writing);
        transaction.commit()?;
        self.last = last;
        Ok(answers)
    }

    fn totals(&mut self) -> Result<Totals, Problem> {
        let one = |sql: &str| self.connection.query_row(sql, [], |row| row.get::<_, i64>(0));
        let sum = one("SELECT sum(balance) FROM accounts")?;
        let transfers = u64::try_from(one("SELECT count(*) FROM transfers")?)?;
        let odd = one(ODD)? + if self.desk.is_some() { one(ODD_LINKS)? } else { 0 };
        let lines = u64::try_from(one("SELECT count(*) FROM postings")?)?;
        Ok(Totals { transfers: transfers - self.before, sum: sum.into(), sound: odd == 0 && lines == 2 * transfers })
    }
}

/// One transaction.
struct Writing<'c> {
    transaction: &'c Transaction<'c>,
    keyed: rusqlite::CachedStatement<'c>,
    now: i64,
}

impl Writing<'_> {
    /// Every rule is kept by a statement.
    fn in_sql(&mut self, transfers: Vec<Transfer>, last: &mut i64) -> Result<Vec<Answer>, Problem> {
        let mut take = self.transaction.prepare_cached(TAKE)?;
        let mut give = self.transaction.prepare_cached(GIVE)?;
        let mut posting = self.transaction.prepare_cached(POSTING)?;
        let mut answers = Vec::with_capacity(transfers.len());
        for transfer in transfers {
            let sequence = *last + 1;
            if !self.key(&transfer, sequence)? {
                answers.push(Answer::Repeated);
                continue;
            }
            let Some((balance, activity)) = moved(&mut take, transfer.source, transfer.amount)? else {
                self.transaction.prepare_cached(UNDO)?.execute([sequence])?;
                answers.push(Answer::Refused);
                continue;
            };
            posting.execute(params![row(transfer.source), activity, sequence, -transfer.amount, balance])?;
            let paid = moved(&mut give, transfer.destination, transfer.amount)?;
            let (balance, activity) = paid.ok_or("there is no such account")?;
            posting.execute(params![row(transfer.destination), activity, sequence, transfer.amount, balance])?;
            *last = sequence;
            answers.push(Answer::Carried);
        }
        Ok(answers)
    }

    /// The program decides, and each account that has changed is written once.
    fn by_desk(&mut self, transfers: Vec<Transfer>, desk: &mut Desk, last: &mut i64) -> Result<Vec<Answer>, Problem> {
        let mut answers = Vec::with_capacity(transfers.len());
        let mut posting = self.transaction.prepare_cached(LINK)?;
        let mut changed = BTreeSet::new();
        for transfer in transfers {
            let sequence = *last + 1;
            let answer = if !desk.affords(&transfer) {
                // A repetition comes before a refusal.
                let known = "SELECT 1 FROM transfers WHERE key = ?1";
                let known = self.transaction.prepare_cached(known)?.exists([&*transfer.key])?;
                if known { Answer::Repeated } else { Answer::Refused }
            } else if self.key(&transfer, sequence)? {
                *last = sequence;
                for line in desk.moved(&transfer, sequence) {
                    let Line { id, account, activity, previous, amount, balance, .. } = line;
                    posting.execute(params![id, row(account), activity, previous, amount, balance])?;
                    changed.insert(account);
                }
                Answer::Carried
            } else {
                Answer::Repeated
            };
            answers.push(answer);
        }
        let mut update = self.transaction.prepare_cached(ROW)?;
        for account in changed {
            let standing = desk.standing(account);
            update.execute(params![row(account), standing.balance, standing.activity, standing.latest])?;
        }
        Ok(answers)
    }

    /// Enters the transfer under its key, unless there is one already.
    fn key(&mut self, transfer: &Transfer, sequence: i64) -> Result<bool, Problem> {
        let (source, destination) = (row(transfer.source), row(transfer.destination));
        let entered =
            self.keyed.execute(params![sequence, &*transfer.key, source, destination, transfer.amount, self.now])?;
        Ok(entered == 1)
    }
}

/// Moves money out of or into an account: its balance and activity number after; `None` where the floor forbids it.
fn moved(statement: &mut Statement<'_>, account: u32, amount: i64) -> Result<Option<(i64, i64)>, Problem> {
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
    Ok(statement.query_row(params![row(account), amount], read).optional()?)
}

/// Nanoseconds since 1970.
fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}
