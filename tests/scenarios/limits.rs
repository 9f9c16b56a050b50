//! What scenarios say about limits over time, monitors, quotas and conditions.

use pacioli::prelude::*;
use pacioli::{
    Counts, LimitChange, LimitId, MonitorId, NewLimit, NewMonitor, RetireLimit, RetireMonitor, SetQuota, Window,
};

use super::{Stage, Words, amount, known, sum, text};

impl Stage {
    /// The command of a line about limits, monitors or quotas.
    pub(super) fn limits(&self, words: &Words<'_>) -> Option<Command> {
        let limit = || known(&self.limits, words.at(1), LimitId(999));
        let monitor = || known(&self.monitors, words.at(1), MonitorId(999));
        let key = words.text("key");
        Some(match words.at(0) {
            "limit" => NewLimit { key, ..self.new_limit(words) }.into(),
            "limit-is" => {
                let count_max = words.named("count").map(|count| count.parse().ok());
                let sum_max = words.named("sum").map(|sum| (sum != "any").then(|| amount(sum)));
                LimitChange { limit: limit(), count_max, sum_max, key }.into()
            }
            "limit-ends" => RetireLimit { limit: limit(), key }.into(),
            "monitor" => NewMonitor { key, ..NewMonitor::new(self.account(words.at(2)), sum(words.at(3))) }.into(),
            "monitor-ends" => RetireMonitor { monitor: monitor(), key }.into(),
            "quota" => {
                let accounts_max = words.at(2).parse().ok();
                SetQuota { client: self.client(words), book: self.book(words), accounts_max, key }.into()
            }
            _ => return None,
        })
    }

    fn new_limit(&self, words: &Words<'_>) -> NewLimit {
        let (kind, name) = words.named("of").and_then(|of| of.split_once('=')).unwrap();
        let window = match words.named("window").unwrap_or("day") {
            "day" => Window::DAY,
            "week" => Window::WEEK,
            "month" => Window::MONTH,
            hours => Window::last_hours(hours.parse().unwrap()),
        };
        let mut limit = match kind {
            "account" => NewLimit::new(self.account(name), window),
            "client" => NewLimit::new(known(&self.clients, name, ClientId(999)), window),
            _ => NewLimit::new(self.service(name), window),
        };
        limit.book = words.named("within").map(|book| known(&self.books, book, BookId(999)));
        limit.count_max = words.named("count").map(|count| count.parse().unwrap());
        limit.sum_max = words.named("sum").map(amount);
        match words.named("counts") {
            Some("nothing") => limit.counts = Counts { credits: false, debits: false, transfers: false },
            Some("credits") => limit.counts = Counts::INCOMING,
            _ => {}
        }
        if words.has("each") { limit.per_account() } else { limit }
    }

    /// The command, with what it expects: `number:ACCOUNT=N` and `has:ACCOUNT=SUM`.
    pub(super) fn expecting(&self, mut command: Command, words: &Words<'_>) -> Command {
        for (name, expected) in &words.named {
            let parts = || expected.split_once('=').unwrap();
            match *name {
                "number" => {
                    let (account, number) = parts();
                    command = command.expecting_number(self.account(account), number.parse().unwrap());
                }
                "has" => {
                    let (account, least) = parts();
                    command = command.expecting_available(self.account(account), sum(least));
                }
                _ => {}
            }
        }
        command
    }

    /// Remembers the limit or monitor that a command made.
    pub(super) fn remember(&mut self, words: &Words<'_>, receipt: &Receipt) {
        let name = text(words.at(1));
        if let Some(limit) = receipt.limit() {
            self.limits.insert(name.clone(), limit);
        }
        if let Some(monitor) = receipt.monitor() {
            self.monitors.insert(name, monitor);
        }
    }
}
