//! `limits`: limits over time with what is used of them, and balances that are watched.

use std::fmt;

use pacioli::money::Money;
use pacioli::{
    Account, Client, Limit, LimitId, LimitUsage, Monitor, MonitorId, Per, Sequence, ServiceId, Subject, View, Window,
    Zone,
};
use serde::Serialize;

use crate::failure::Failure;
use crate::input::{AccountName, ClientName, Seen};
use crate::output::{Align, Table, word};

/// Lists limits over time with what is used of them, and watched balances.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Used is what counts at the time of the last entry. Of a limit that holds for each account by itself, what is used is shown
with --account.

Examples:
  pacioli limits shop.redb
  pacioli limits shop.redb --account 10000007
  pacioli limits shop.redb --client 12 --ended --json")]
pub(crate) struct Limits {
    #[command(flatten)]
    seen: Seen,
    /// The limits that movements of this account meet, and its watched balances.
    #[arg(long, value_name = "ACCOUNT", conflicts_with_all = ["client", "service"])]
    account: Option<AccountName>,
    /// The limits of this client, by its identifier or code.
    #[arg(long, value_name = "CLIENT", conflicts_with = "service")]
    client: Option<ClientName>,
    /// The limits of this service.
    #[arg(long, value_name = "SERVICE")]
    service: Option<ServiceId>,
    /// Those too that have ended.
    #[arg(long)]
    ended: bool,
}

/// Limits and monitors at one moment.
#[derive(Debug, Serialize)]
pub(crate) struct LimitList {
    /// The last entry that they know of.
    at: Sequence,
    limits: Vec<Used>,
    monitors: Vec<Watched>,
}

/// A limit with what is used of it, if that is one figure.
#[derive(Debug, Serialize)]
struct Used {
    #[serde(flatten)]
    limit: Limit,
    usage: Option<LimitUsage>,
}

/// A watched balance, in text.
#[derive(Debug, Serialize)]
struct Watched {
    #[serde(flatten)]
    monitor: Monitor,
    /// The threshold at the currency's scale.
    #[serde(skip)]
    threshold: String,
}

/// Whose limits are wanted.
enum Whose {
    Account(Box<Account>),
    Client(Box<Client>),
    Service(ServiceId),
    Everybody,
}

impl Limits {
    pub(crate) fn run(&self) -> Result<LimitList, Failure> {
        let view = self.seen.view()?;
        let (whose, counts) = (self.whose(&view)?, view.counts()?);
        let mut list = LimitList { at: view.sequence(), limits: Vec::new(), monitors: Vec::new() };
        // Identifiers have no gaps.
        for id in 1..=counts.limits {
            let limit = view.limit(LimitId(id))?;
            if whose.meets(&view, &limit)? && (self.ended || limit.retired_at.is_none()) {
                let usage = whose.usage(&view, &limit)?;
                list.limits.push(Used { limit, usage });
            }
        }
        for id in 1..=counts.monitors {
            let monitor = view.monitor(MonitorId(id))?;
            let account = view.account(monitor.account)?;
            if whose.owns(&account) && (self.ended || monitor.retired_at.is_none()) {
                let threshold = account.currency.minor(monitor.threshold)?.to_string();
                list.monitors.push(Watched { monitor, threshold });
            }
        }
        Ok(list)
    }

    fn whose(&self, view: &View) -> Result<Whose, Failure> {
        Ok(match (self.account, &self.client, self.service) {
            (Some(AccountName(account)), ..) => Whose::Account(Box::new(view.account(account)?)),
            (_, Some(client), _) => Whose::Client(Box::new(client.find(view)?)),
            (_, _, Some(service)) => Whose::Service(view.service(service)?.id),
            (None, None, None) => Whose::Everybody,
        })
    }
}

impl Whose {
    fn meets(&self, view: &View, limit: &Limit) -> Result<bool, Failure> {
        Ok(match (self, limit.subject) {
            (Self::Everybody, _) => true,
            (Self::Service(service), subject) => subject == Subject::Service(*service),
            (Self::Account(account), Subject::Client(client)) => {
                account.client == Some(client) && limit.book.is_none_or(|book| book == account.book)
            }
            (Self::Account(account), subject) => subject == Subject::Account(account.id),
            (Self::Client(client), Subject::Client(subject)) => subject == client.id,
            (Self::Client(client), Subject::Account(account)) => view.account(account)?.client == Some(client.id),
            (Self::Client(client), Subject::Service(service)) => view.service(service)?.terms.client == client.id,
        })
    }

    fn owns(&self, account: &Account) -> bool {
        match self {
            Self::Everybody => true,
            Self::Account(whose) => whose.id == account.id,
            Self::Client(whose) => account.client == Some(whose.id),
            Self::Service(_) => false,
        }
    }

    /// What is used of a limit: of one that holds for each account, by the account that is asked for.
    fn usage(&self, view: &View, limit: &Limit) -> Result<Option<LimitUsage>, Failure> {
        Ok(match (limit.per, self) {
            (Per::Subject, _) => Some(view.usage(limit.id)?),
            (Per::Account, Self::Account(account)) => Some(view.usage((limit.id, account.id))?),
            (Per::Account, _) => None,
        })
    }
}

fn window(window: Window) -> String {
    let (name, offset) = match window {
        Window::Day { offset_minutes } => ("day", offset_minutes),
        Window::Week { offset_minutes } => ("week", offset_minutes),
        Window::Month { offset_minutes } => ("month", offset_minutes),
        Window::Sliding { nanoseconds } => return format!("{} s", nanoseconds / 1_000_000_000),
    };
    let minutes = offset.unsigned_abs();
    let sign = if offset < 0 { '-' } else { '+' };
    format!("{name}, UTC{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

fn subject(limit: &Limit) -> String {
    let whose = match limit.subject {
        Subject::Account(account) => format!("account {}", account.number()),
        Subject::Client(client) => format!("client {client}"),
        Subject::Service(service) => format!("service {service}"),
    };
    if limit.per == Per::Account { format!("each account of {whose}") } else { whose }
}

impl Used {
    fn row(&self) -> [String; 8] {
        let (limit, usage) = (&self.limit, self.usage.as_ref());
        let counted =
            [(limit.counts.credits, "credits"), (limit.counts.debits, "debits"), (limit.counts.transfers, "transfers")];
        let counted = counted.iter().filter(|counted| counted.0).map(|counted| counted.1).collect::<Vec<_>>();
        let money = |sum: Option<Money>| sum.map(|sum| sum.to_string()).unwrap_or_default();
        let count = match (usage, limit.count_max) {
            (Some(usage), Some(max)) => format!("{} of {max}", usage.count),
            (_, max) => max.map(|max| max.to_string()).unwrap_or_default(),
        };
        let sum = match usage {
            Some(usage) if limit.sum_max.is_some() => format!("{}, {} left", money(usage.sum), money(usage.sum_left)),
            _ => limit.sum_max.map(|max| format!("{max} minor units")).unwrap_or_default(),
        };
        [
            limit.id.to_string(),
            subject(limit),
            window(limit.window),
            counted.join(", "),
            count,
            sum,
            usage.map(|usage| Zone::default().time_of(usage.until)).unwrap_or_default(),
            limit.retired_at.map(|at| Zone::default().time_of(at)).unwrap_or_default(),
        ]
    }
}

impl fmt::Display for LimitList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let left = |head| (head, Align::Left);
        let right = |head| (head, Align::Right);
        let mut limits = Table::new([
            right("Limit"),
            left("Of"),
            left("In a"),
            left("Counts"),
            right("Movements"),
            right("Sum"),
            left("Until"),
            left("Ended"),
        ]);
        self.limits.iter().for_each(|used| limits.row(used.row()));
        writeln!(f, "{limits}")?;
        let mut monitors = Table::new([
            right("Monitor"),
            left("Account"),
            left("Figure"),
            left("Told when"),
            right("Threshold"),
            left("Ended"),
        ]);
        for Watched { monitor, threshold } in &self.monitors {
            monitors.row([
                monitor.id.to_string(),
                monitor.account.number().to_string(),
                word(&monitor.figure),
                word(&monitor.direction),
                threshold.clone(),
                monitor.retired_at.map(|at| Zone::default().time_of(at)).unwrap_or_default(),
            ]);
        }
        write!(f, "{monitors}")
    }
}
