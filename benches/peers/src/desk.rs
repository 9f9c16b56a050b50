//! What accounts hold, in the program's memory, for stores that decide nothing themselves.

use crate::workload::{EXTERNAL, Transfer};

/// What one account holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Minor units.
    pub balance: i64,
    /// The number of its latest line.
    pub activity: i64,
    /// The place of that line; 0 before the first.
    pub latest: i64,
}

/// One account's line of a transfer.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    /// Its place among all lines: those of transfer `n` are `2n - 1` and `2n`.
    pub id: i64,
    pub account: u32,
    pub activity: i64,
    pub sequence: i64,
    /// The place of the account's line before; 0 for the first.
    pub previous: i64,
    /// Below zero for what is paid.
    pub amount: i64,
    pub balance: i64,
}

/// What all accounts hold.
#[derive(Debug)]
pub struct Desk {
    external: Standing,
    accounts: Vec<Standing>,
}

impl Desk {
    pub fn new(accounts: u32) -> Self {
        Self { external: Standing::default(), accounts: vec![Standing::default(); accounts as usize] }
    }

    pub fn standing(&self, account: u32) -> Standing {
        if account == EXTERNAL { self.external } else { self.accounts[account as usize] }
    }

    /// Whether the payer stays at zero or above; the outside world need not.
    pub fn affords(&self, transfer: &Transfer) -> bool {
        transfer.source == EXTERNAL || self.standing(transfer.source).balance >= transfer.amount
    }

    /// Moves the money, and gives the lines that say so.
    pub fn moved(&mut self, transfer: &Transfer, sequence: i64) -> [Line; 2] {
        let paid = self.changed(transfer.source, -transfer.amount, sequence, 2 * sequence - 1);
        [paid, self.changed(transfer.destination, transfer.amount, sequence, 2 * sequence)]
    }

    fn changed(&mut self, account: u32, amount: i64, sequence: i64, id: i64) -> Line {
        let standing = if account == EXTERNAL { &mut self.external } else { &mut self.accounts[account as usize] };
        standing.balance += amount;
        standing.activity += 1;
        let previous = std::mem::replace(&mut standing.latest, id);
        Line { id, account, activity: standing.activity, sequence, previous, amount, balance: standing.balance }
    }
}
