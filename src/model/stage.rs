//! The stages of an amount: settled, reserved, or on the way from one to the other.

use serde::{Deserialize, Serialize};

use super::Side;
use super::words::words;

/// What a posting does to its account's totals.
///
/// ```
/// use pacioli::prelude::*;
/// use pacioli::Stage;
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
/// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
/// # ledger.credit(Credit::new(wallet, moves, book.money("100")?, "top-up-1"))?;
/// let room = ledger.hold(Debit::new(wallet, moves, book.money("30")?, "room-7"))?;
/// let paid = ledger.capture(&room)?;
/// let stages = [room, paid].map(|receipt| receipt.activity().map(|line| line.stage));
/// assert_eq!(stages, [Some(Stage::Held), Some(Stage::Captured)]);
/// assert!(Stage::Captured.is_settled() && !Stage::Held.is_settled());
/// assert_eq!(Stage::Held.reserves(Side::Debit), Some((Side::Debit, true))); // that much more is pending
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Stage {
    /// The amount is settled: it goes to the posted total of the posting's side.
    #[default]
    Posted,
    /// The amount is reserved: it goes to the pending total of the posting's side.
    Held,
    /// What was reserved on the posting's side is settled: from its pending to its posted total.
    Captured,
    /// What was reserved on the posting's side is given up: it leaves its pending total.
    Released,
    /// The amount is settled but does not count as available yet: it goes to the posted total of the posting's side, and
    /// as much is reserved on the other.
    Clearing,
}

impl Stage {
    /// Whether the posted balance changes.
    pub const fn is_settled(self) -> bool {
        matches!(self, Self::Posted | Self::Captured | Self::Clearing)
    }

    /// What the pending totals change by: on which side, and whether they grow.
    pub const fn reserves(self, side: Side) -> Option<(Side, bool)> {
        match self {
            Self::Posted => None,
            Self::Held => Some((side, true)),
            Self::Captured | Self::Released => Some((side, false)),
            Self::Clearing => Some((side.opposite(), true)),
        }
    }
}

words! {
    /// Its name in small letters, as serde has it.
    Stage, "stage":
    Posted => "posted",
    Held => "held",
    Captured => "captured",
    Released => "released",
    Clearing => "clearing",
}
