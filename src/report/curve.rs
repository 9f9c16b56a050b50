//! A balance over time: the points at which it changed.

use serde::Serialize;

use super::period::Period;
use crate::ledger::{Axis, Error, Statement, View, Zone};
use crate::model::{AccountId, Side, Timestamp};
use crate::money::Money;

/// The balance of an account over a period: a line of steps.
///
/// Invariants: the points are in the order of time, at most one for each instant; the balance is `opening` before the
/// first and that of the last after it, which is `closing`; all lie between `least` and `most`.
///
/// ```
/// use pacioli::prelude::*;
/// use pacioli::report::{Curve, Period};
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// # let wallet = ledger.open_account(NewAccount::new(client, book.id, AccountType::WORKING))?.id;
/// # let moves = ledger.define_service(NewService::new(client, book.id, "MOVES"))?.id;
/// # ledger.credit(Credit::new(wallet, moves, book.money("100")?, "top-up-1"))?;
/// ledger.debit(Debit::new(wallet, moves, book.money("30")?, "pay-1"))?;
/// let curve = Curve::of(&ledger.view()?, wallet, &Period::all())?;
/// assert_eq!((curve.least, curve.most), (book.money("0")?, book.money("100")?));
/// assert_eq!(curve.points.last().map(|step| step.balance), Some(book.money("70")?));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Curve {
    /// What it shows, for those who cannot see it.
    pub name: String,
    /// The zone in which its days are counted.
    pub zone: Zone,
    /// Where it begins.
    pub from: Timestamp,
    /// Where it ends.
    pub to: Timestamp,
    /// Until when the balance is known: the view's last entry, where that lies before the end.
    pub known_to: Timestamp,
    /// The balance at its beginning.
    pub opening: Money,
    /// The balance at its end.
    pub closing: Money,
    /// The least balance.
    pub least: Money,
    /// The greatest balance.
    pub most: Money,
    /// When the balance changed, and what it was from then on.
    pub points: Vec<Step>,
    /// How many fraction digits the book shows figures with.
    pub text_scale: u8,
}

/// A change of a balance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// When it changed.
    pub at: Timestamp,
    /// What it was from then on.
    pub balance: Money,
}

impl Curve {
    /// The posted balance of an account over a period, from its lines there; by whichever time the period counts.
    ///
    /// Reads what the statement of the period reads, a part of it at a time; keeps a point for each change. Where the
    /// period has no beginning it begins with the first line, and where it has no end it ends with the view's last entry. What
    /// lies after that entry is not drawn.
    ///
    /// ```
    /// use pacioli::report::{Curve, Period};
    /// # use pacioli::{Ledger, NewBook, Post, SystemAccount, money::Currency};
    /// # let ledger = Ledger::in_memory()?;
    /// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
    /// # let (from, wallet) = (book.system(SystemAccount::External), book.system(SystemAccount::Suspense));
    /// ledger.post(Post::new("in").debit(from, book.money("5.00")?).credit(wallet, book.money("5.00")?))?;
    /// let curve = Curve::of(&ledger.view()?, wallet, &Period::all())?;
    /// assert_eq!((curve.opening, curve.closing), (book.money("0")?, book.money("5.00")?));
    /// # Ok::<(), pacioli::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`AccountNotFound`](crate::Rejection::AccountNotFound) when there is no such account.
    pub fn of(view: &View, account: AccountId, period: &Period) -> Result<Self, Error> {
        let query = |after| {
            let query = view.statement(account).after(after);
            let query = if period.axis == Axis::Effective { query.by_effective_time() } else { query };
            // Before the last instant there is everything that can be.
            query.between(period.from.unwrap_or(Timestamp::MIN), period.to.unwrap_or(Timestamp::MAX))
        };
        let mut statement = query(None)?;
        let mut changes = changes(&statement);
        while let Some(more) = statement.more {
            statement = query(Some(more))?;
            changes.extend(self::changes(&statement));
        }
        let name = format!("Balance of account {}", account.number());
        Self::drawn((name, period.zone.clone()), &statement, (period.from, period.to), changes)
    }

    /// The curve of a statement; `None` where it shows only some of its range's lines.
    pub(super) fn of_statement(statement: &Statement) -> Option<Self> {
        if !is_whole(statement) {
            return None;
        }
        let name = format!("Balance of account {}", statement.account.number());
        let ends = (statement.from, statement.to);
        Self::drawn((name, statement.zone.clone()), statement, ends, changes(statement)).ok()
    }

    fn drawn(
        (name, zone): (String, Zone),
        statement: &Statement,
        (from, to): (Option<Timestamp>, Option<Timestamp>),
        mut changes: Vec<(Timestamp, i128)>,
    ) -> Result<Self, Error> {
        let (opening, currency) = (statement.opening, statement.opening.currency());
        // In the order of recording they are in the order of time already.
        changes.sort_by_key(|(at, _)| *at);
        let (mut points, mut balance): (Vec<Step>, Money) = (Vec::with_capacity(changes.len()), opening);
        for (at, value) in changes {
            balance = balance.plus(currency.minor(value)?)?;
            match points.last_mut().filter(|last| last.at == at) {
                Some(last) => last.balance = balance,
                None => points.push(Step { at, balance }),
            }
        }
        let ends = (points.first().map(|step| step.at), points.last().map(|step| step.at));
        let from = from.or(ends.0).or(to).unwrap_or(statement.recorded_at);
        // What happens a little later than it is recorded is known too.
        let known = ends.1.map_or(statement.recorded_at, |last| last.max(statement.recorded_at)).max(from);
        let to = to.unwrap_or(known).max(from);
        let balances = || std::iter::once(opening).chain(points.iter().map(|step| step.balance));
        Ok(Self {
            name,
            zone,
            from,
            to,
            known_to: known.min(to),
            opening,
            closing: balance,
            least: balances().min_by_key(|balance| balance.minor()).unwrap_or(opening),
            most: balances().max_by_key(|balance| balance.minor()).unwrap_or(opening),
            points,
            text_scale: statement.account.balance.text_scale,
        })
    }
}

/// Whether a statement has all lines of its range: then they add up to its sums.
fn is_whole(statement: &Statement) -> bool {
    let sum = |side| -> i128 {
        let lines = statement.lines.iter().filter(|line| line.side == side && line.stage.is_settled());
        lines.map(|line| line.amount.minor()).sum()
    };
    let sums = (statement.debits.minor(), statement.credits.minor());
    statement.more.is_none() && (sum(Side::Debit), sum(Side::Credit)) == sums
}

/// What the lines of a statement change the balance by, in minor units.
fn changes(statement: &Statement) -> Vec<(Timestamp, i128)> {
    let lines = statement.lines.iter().filter(|line| !line.value.is_zero());
    let changes = lines.map(|line| match statement.axis {
        Axis::Recorded => (line.recorded_at, line.value.minor()),
        Axis::Effective => (line.effective_at, line.value.minor()),
    });
    changes.collect()
}
