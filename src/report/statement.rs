//! A statement as text.

use std::fmt;

use super::table::{Align, Table, plain};
use crate::ledger::{Axis, Statement};
use crate::model::Side;
use crate::money::Money;

/// A heading and a table: one row for each line, with the balance carried forward and the balance at the end. Times are
/// those of the statement's zone.
impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let account = &self.account.account;
        let code = account.currency.code();
        writeln!(f, "Statement of account {} {} ({code})", account.number(), plain(&account.name))?;
        writeln!(f, "{}, {}", self.period(), self.zone)?;
        let show = |money: Money| money.text_at_scale(self.account.balance.text_scale);
        let nothing = String::new;
        let left = |head| (head, Align::Left);
        let right = |head| (head, Align::Right);
        let time = match self.axis {
            Axis::Recorded => "Recorded",
            Axis::Effective => "Effective",
        };
        let mut table = Table::new([
            right("No."),
            left(time),
            left("Kind"),
            left("Narrative"),
            right("Debit"),
            right("Credit"),
            right("Balance"),
        ]);
        let carried =
            |text: &str, money| [nothing(), nothing(), nothing(), text.to_owned(), nothing(), nothing(), show(money)];
        table.row(carried("Opening balance", self.opening));
        for line in &self.lines {
            let at = match self.axis {
                Axis::Recorded => line.recorded_at,
                Axis::Effective => line.effective_at,
            };
            let (debit, credit) = match line.side {
                Side::Debit => (show(line.amount), nothing()),
                Side::Credit => (nothing(), show(line.amount)),
            };
            let balance = match self.axis {
                Axis::Recorded => show(line.current_balance),
                // In this order the balances of the lines do not follow from one another.
                Axis::Effective => nothing(),
            };
            let narrative = line.narrative.clone().unwrap_or_default();
            let kind = format!("{:?}", line.kind).to_uppercase();
            table.row([line.number.to_string(), self.zone.time_of(at), kind, narrative, debit, credit, balance]);
        }
        table.rule();
        let mut total = carried("Closing balance", self.closing);
        total[4] = show(self.debits);
        total[5] = show(self.credits);
        table.row(total);
        write!(f, "{table}")?;
        if self.filtered {
            writeln!(f, "Some kinds only; the balances and totals are those of all lines.")?;
        }
        if self.more.is_some() {
            writeln!(f, "There are more lines.")?;
        }
        Ok(())
    }
}

impl Statement {
    fn period(&self) -> String {
        if let Some((from, to)) = &self.days {
            return format!("{from} to {to}");
        }
        let time = |at| self.zone.time_of(at);
        match (self.from, self.to) {
            (None, None) => "Everything".to_owned(),
            (Some(from), None) => format!("From {}", time(from)),
            (None, Some(to)) => format!("Before {}", time(to)),
            (Some(from), Some(to)) => format!("From {} to before {}", time(from), time(to)),
        }
    }
}
