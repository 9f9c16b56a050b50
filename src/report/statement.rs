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
        let carried = |text: &str, money| {
            [nothing(), nothing(), nothing(), text.to_owned(), nothing(), nothing(), show(money), nothing()]
        };
        let mut rows = vec![carried("Opening balance", self.opening)];
        for line in &self.lines {
            let at = match self.axis {
                Axis::Recorded => line.recorded_at,
                Axis::Effective => line.effective_at,
            };
            let (debit, credit) = match line.side {
                // What is reserved or given up moves nothing: it shows in what is available.
                _ if !line.stage.is_settled() => (nothing(), nothing()),
                Side::Debit => (show(line.amount), nothing()),
                Side::Credit => (nothing(), show(line.amount)),
            };
            let (balance, available) = match self.axis {
                Axis::Recorded => (show(line.current_balance), show(line.available_balance)),
                // In this order the balances of the lines do not follow from one another.
                Axis::Effective => (nothing(), nothing()),
            };
            let narrative = line.narrative.clone().unwrap_or_default();
            let kind = line.kind.to_string();
            let time = self.zone.time_of(at);
            rows.push([line.number.to_string(), time, kind, narrative, debit, credit, balance, available]);
        }
        let mut total = carried("Closing balance", self.closing);
        (total[4], total[5]) = (show(self.debits), show(self.credits));
        // Most accounts have all of their balance available, always.
        let parts =
            self.axis == Axis::Recorded && self.lines.iter().any(|line| line.available_balance != line.current_balance);
        if parts {
            self.print(f, self.columns(), rows, total)?;
        } else {
            let all_but_last = |[a, b, c, d, e, f, g, _]: [String; 8]| [a, b, c, d, e, f, g];
            let [a, b, c, d, e, f2, g, _] = self.columns();
            let rows = rows.into_iter().map(all_but_last).collect();
            self.print(f, [a, b, c, d, e, f2, g], rows, all_but_last(total))?;
        }
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
    fn columns(&self) -> [(&'static str, Align); 8] {
        let time = match self.axis {
            Axis::Recorded => "Recorded",
            Axis::Effective => "Effective",
        };
        let left = |head| (head, Align::Left);
        let right = |head| (head, Align::Right);
        [
            right("No."),
            left(time),
            left("Kind"),
            left("Narrative"),
            right("Debit"),
            right("Credit"),
            right("Balance"),
            right("Available"),
        ]
    }

    fn print<const N: usize>(
        &self,
        f: &mut fmt::Formatter<'_>,
        columns: [(&'static str, Align); N],
        rows: Vec<[String; N]>,
        total: [String; N],
    ) -> fmt::Result {
        let mut table = Table::new(columns);
        rows.into_iter().for_each(|row| table.row(row));
        table.rule();
        table.row(total);
        write!(f, "{table}")
    }

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
