//! `activity`: the lines of an account, of all accounts of a client, or of the whole ledger.

use std::fmt;

use pacioli::{
    AccountId, ActivityLine, ClientId, Cursor, Entry, EntryKind, Listing, Page, Sequence, Timestamp, View, Zone,
};
use serde::Serialize;

use crate::failure::Failure;
use crate::input::{self, AccountName, ClientName, Days, Seen};
use crate::output::{Align, Progress, Table, word};

/// Shows lines of accounts, the latest first, with what has become of each.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Without --account and --client the lines are those of all accounts, the books' own among them. A statement shows the same
lines with an opening and a closing balance.

Examples:
  pacioli activity shop.redb
  pacioli activity shop.redb --account 10000007 --limit 50
  pacioli activity shop.redb --client 12 --kind sale refund --oldest-first
  pacioli activity shop.redb --account 7 --from 2026-11-01 --to 2026-11-30 --zone Africa/Nairobi --json")]
pub(crate) struct Activity {
    #[command(flatten)]
    seen: Seen,
    /// The lines of this account: its number of eight digits, or its identifier.
    #[arg(long, value_name = "ACCOUNT", conflicts_with = "client")]
    account: Option<AccountName>,
    /// The lines of all accounts of this client, by its identifier or code.
    #[arg(long, value_name = "CLIENT")]
    client: Option<ClientName>,
    /// Lines of these kinds only: sale, payout, charge, deposit, transfer, ….
    #[arg(long, value_name = "KIND", num_args = 1.., value_parser = input::kind)]
    kind: Vec<EntryKind>,
    #[command(flatten)]
    days: Days,
    /// Take the days for those on which things happened, not for those on which they were recorded.
    #[arg(long)]
    effective: bool,
    /// Begin with the first line instead of the last.
    #[arg(long)]
    oldest_first: bool,
    /// How many at most.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..))]
    limit: u64,
    /// Go on where an earlier list stopped.
    #[arg(long, value_name = "CURSOR")]
    after: Option<String>,
}

/// Lines at one moment.
#[derive(Debug, Serialize)]
pub(crate) struct Lines {
    /// The last entry that they know of.
    at: Sequence,
    lines: Vec<ActivityLine>,
    /// Where the list goes on.
    next: Option<String>,
    #[serde(skip)]
    zone: Zone,
}

/// Whose lines.
#[derive(Clone, Copy, Debug)]
enum Whose {
    Account(AccountId),
    Client(ClientId),
    Everybody,
}

/// The times that are wanted: from the one on, before the other.
#[derive(Clone, Copy, Debug)]
struct Range(Timestamp, Timestamp);

impl Activity {
    pub(crate) fn run(&self) -> Result<Lines, Failure> {
        let view = self.seen.view()?;
        let whose = match (self.account, &self.client) {
            (Some(AccountName(account)), _) => Whose::Account(account),
            (None, Some(client)) => Whose::Client(client.find(&view)?.id),
            (None, None) => Whose::Everybody,
        };
        let range = self.range()?;
        let (lines, next) = match whose {
            Whose::Everybody => self.all(&view, range)?,
            whose => self.some(&view, whose, range)?,
        };
        Ok(Lines { at: view.sequence(), lines, next, zone: self.days.zone.clone() })
    }

    fn limit(&self) -> usize {
        usize::try_from(self.limit).unwrap_or(usize::MAX)
    }

    fn range(&self) -> Result<Range, Failure> {
        let day = |day: &str| self.days.zone.days(day, day);
        if let (Some(from), Some(to)) = (&self.days.from, &self.days.to) {
            let days = self.days.zone.days(from, to)?;
            return Ok(Range(days.start, days.end));
        }
        let from = self.days.from.as_deref().map(day).transpose()?.map_or(Timestamp::MIN, |day| day.start);
        let to = self.days.to.as_deref().map(day).transpose()?.map_or(Timestamp::MAX, |day| day.end);
        Ok(Range(from, to))
    }

    /// The lines of an account or a client.
    fn some(&self, view: &View, whose: Whose, range: Range) -> Result<(Vec<ActivityLine>, Option<String>), Failure> {
        let after = self.after.as_deref().map(str::parse::<Cursor>).transpose()?;
        let (mut lines, mut next) = (Vec::new(), after);
        loop {
            let limit = self.limit().saturating_sub(lines.len()).min(Listing::MOST);
            // Both kinds of query have the same methods, and no trait for them.
            macro_rules! page {
                ($query:expr) => {{
                    let query = $query.kinds(&self.kind).after(next).limit(limit);
                    let query = if self.oldest_first { query.oldest_first() } else { query };
                    let (from, to) = (range.0, range.1);
                    if self.effective { query.effective(from..to).page()? } else { query.recorded(from..to).page()? }
                }};
            }
            let page: Page<ActivityLine> = match whose {
                Whose::Account(account) => page!(view.activities(account)),
                Whose::Client(client) => page!(view.client_activities(client)),
                Whose::Everybody => Page { items: Vec::new(), next: None },
            };
            lines.extend(page.items);
            next = page.next;
            if next.is_none() || lines.len() >= self.limit() {
                return Ok((lines, next.map(|next| next.to_string())));
            }
        }
    }

    /// The lines of all accounts, entry by entry. Goes on after, or before, the entry that the cursor names; an entry's
    /// lines are never parted.
    fn all(&self, view: &View, range: Range) -> Result<(Vec<ActivityLine>, Option<String>), Failure> {
        let after = self.after.as_deref().map(str::parse::<Sequence>).transpose();
        let after = after.map_err(|_| Failure::Usage("the cursor does not belong to this list".to_owned()))?;
        let last = view.sequence();
        let mut progress = Progress::new("reading", last.0);
        let mut lines = Vec::new();
        let (mut low, mut high) = if self.oldest_first {
            (after.unwrap_or(Sequence::ZERO).0, last.0)
        } else {
            (0, after.map_or(last.0, |after| after.0.saturating_sub(1).min(last.0)))
        };
        while low < high {
            let (from, count) = self.window(low, high);
            let mut entries = view.entries(Some(Sequence(from)), count)?.items;
            if !self.oldest_first {
                entries.reverse();
            }
            for entry in entries {
                if self.wants(&entry, range) {
                    self.lines_of(view, &entry, &mut lines)?;
                }
                let done = if self.oldest_first { entry.sequence == last } else { entry.sequence.0 == 1 };
                if lines.len() >= self.limit() && !done {
                    return Ok((lines, Some(entry.sequence.to_string())));
                }
            }
            if self.oldest_first {
                low = from.saturating_add(count as u64)
            } else {
                high = from
            }
            progress.at(if self.oldest_first { low } else { last.0 - high });
        }
        Ok((lines, None))
    }

    /// The next entries to be read: after which, and how many.
    fn window(&self, low: u64, high: u64) -> (u64, usize) {
        let count = (high - low).min(Listing::MOST as u64);
        let from = if self.oldest_first { low } else { high - count };
        (from, usize::try_from(count).unwrap_or(Listing::MOST))
    }

    fn wants(&self, entry: &Entry, Range(from, to): Range) -> bool {
        let at = if self.effective { entry.effective_at() } else { entry.recorded_at };
        from <= at && at < to
    }

    fn lines_of(&self, view: &View, entry: &Entry, lines: &mut Vec<ActivityLine>) -> Result<(), Failure> {
        for posting in entry.postings.iter() {
            let line = view.activity(posting.account, posting.number)?;
            lines.extend(line.filter(|line| self.kind.is_empty() || self.kind.contains(&line.kind)));
        }
        Ok(())
    }
}

/// Columns of lines, for whoever shows some.
pub(crate) fn table<'a>(zone: &Zone, lines: impl IntoIterator<Item = &'a ActivityLine>) -> impl fmt::Display {
    let mut table = Table::new([
        ("Line", Align::Left),
        ("Recorded", Align::Left),
        ("Account", Align::Left),
        ("Kind", Align::Left),
        ("Status", Align::Left),
        ("Value", Align::Right),
        ("Balance", Align::Right),
        ("", Align::Left),
        ("Narrative", Align::Left),
    ]);
    for line in lines {
        // What is reserved or given up changes no balance.
        let value = if line.stage.is_settled() { line.value.text() } else { format!("({})", line.amount.text()) };
        table.row([
            line.id.to_string(),
            zone.time_of(line.recorded_at),
            line.account.number().to_string(),
            line.kind.to_string(),
            word(&line.status),
            value,
            line.current_balance.text(),
            line.amount.currency().to_string(),
            line.narrative.clone().or_else(|| line.key.as_deref().map(short)).unwrap_or_default(),
        ]);
    }
    table
}

/// A key that stands for a narrative: some of ours are long.
fn short(key: &str) -> String {
    const MOST: usize = 32;
    match key.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", key.split_at(end).0),
        None => key.to_owned(),
    }
}

impl fmt::Display for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", table(&self.zone, &self.lines))?;
        if let Some(next) = &self.next {
            writeln!(f, "There are more lines; go on with --after {next}")?;
        }
        Ok(())
    }
}
