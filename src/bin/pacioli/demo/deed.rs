//! What somebody does, and what follows from it later.

use pacioli::money::Money;
use pacioli::{HoldId, InvoiceId, PayoutId, Sequence, Timestamp};

/// Something that is done at its time. People, sellers and pupils go by their place in the town's lists.
#[derive(Clone, Debug)]
pub(super) enum Deed {
    /// A person puts money in.
    TopUp(usize),
    /// A person puts money in by card, which clears two days later.
    TopUpByCard(usize),
    /// A card payment is cleared before its time.
    Clear(HoldId),
    /// A card payment is given back.
    GiveBack(HoldId),
    /// A person sends another money.
    Send(usize),
    /// A person takes money out.
    TakeOut(usize),
    /// A person orders a ride: the most that it can cost is held.
    Ride(usize),
    /// The ride has cost this much; the rest is given back. All of it, if nothing is said.
    Arrive(HoldId, Option<Money>),
    /// The ride does not happen.
    CallOff(HoldId),
    /// A person buys dollars.
    BuyDollars(usize),
    /// A person sells dollars.
    SellDollars(usize),
    /// A person buys Ugandan shillings.
    BuyUgandan(usize),
    /// Somebody outside buys from a seller, by card.
    Sale(usize),
    /// A person buys from a seller, out of the wallet.
    Order(usize),
    /// An entry is taken back: whole, or this much.
    Refund(Sequence, Option<Money>),
    /// The school bills a pupil's parent, for the so-manieth time.
    Bill(usize, u32),
    /// The parent begins to pay.
    BeginToPay(InvoiceId),
    /// The parent has paid.
    Pay(InvoiceId),
    /// The payment fails, and a new bill follows.
    FailToPay(InvoiceId, usize, u32),
    /// The school takes the bill back.
    TakeBack(InvoiceId),
    /// The employer pays its people, for the so-manieth time.
    Payroll(u32),
    /// A device of the employer's signs.
    Sign(PayoutId, usize),
    /// The provider tells what became of a payout, for the so-manieth time.
    Report(PayoutId, u32),
    /// An item that was paid comes back.
    Return(PayoutId),
    /// A payout is given up, or ended.
    GiveUp(PayoutId),
    /// Time settles what is due.
    Sweep,
    /// The operator keeps the books, for the so-manieth day.
    KeepBooks(u32),
    /// Somebody plays in the sandbox.
    Play,
    /// The operator closes the period that ends before this instant.
    Close(Timestamp),
    /// What is left open on the last day.
    LeaveOpen,
}

/// What follows, and when.
pub(super) type Later = Vec<(Timestamp, Deed)>;
