//! `events`: every change of state, in the journal's order.

use std::fmt;

use pacioli::{ChangeKind, EventId, LedgerEvent, Sequence, StateChange, Zone};
use serde::Serialize;

use crate::failure::Failure;
use crate::input::{self, AccountName, ClientName, Seen};
use crate::output::{Align, Table};

/// Shows every change of state, in the order in which those who follow the ledger are told.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pacioli events shop.redb
  pacioli events shop.redb --after 1200 --limit 50
  pacioli events shop.redb --account 10000007 --kind money-moved --json
  pacioli events shop.redb --client 12 --kind payout-initiated payout-signed")]
pub(crate) struct Events {
    #[command(flatten)]
    seen: Seen,
    /// Begin after this event, or after all events of this entry: 7611.1, 7611.
    #[arg(long, value_name = "EVENT")]
    after: Option<EventId>,
    /// Events that concern this client only, by its identifier or code.
    #[arg(long, value_name = "CLIENT")]
    client: Option<ClientName>,
    /// Events that concern this account only.
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<AccountName>,
    /// Events of these kinds only: money-moved, hold-placed, payout-signed, ….
    #[arg(long, value_name = "KIND", num_args = 1.., value_parser = input::change_kind)]
    kind: Vec<ChangeKind>,
    /// How many at most.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..))]
    limit: u64,
}

/// Events, and how far the stream was read for them.
#[derive(Debug, Serialize)]
pub(crate) struct EventList {
    /// The last entry that this knows of.
    at: Sequence,
    events: Vec<LedgerEvent>,
    /// The last event that was looked at: the list goes on after it.
    through: EventId,
    more: bool,
}

impl Events {
    pub(crate) fn run(&self) -> Result<EventList, Failure> {
        let view = self.seen.view()?;
        let client = self.client.as_ref().map(|client| client.find(&view)).transpose()?;
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let (mut events, mut through) = (Vec::new(), self.after.unwrap_or(EventId::START));
        loop {
            let left = limit.saturating_sub(events.len());
            let mut query = view.events().after(through).limit(left).kinds(&self.kind);
            if let Some(client) = &client {
                query = query.client(client.id);
            }
            if let Some(AccountName(account)) = self.account {
                query = query.account(account);
            }
            let page = query.page()?;
            events.extend(page.items);
            through = page.through;
            if !page.more || events.len() >= limit {
                return Ok(EventList { at: view.sequence(), events, through, more: page.more });
            }
        }
    }
}

/// What a change says, on one line.
pub(crate) fn told(change: &StateChange) -> String {
    let mut fields = match serde_json::to_value(change) {
        Ok(serde_json::Value::Object(fields)) => fields,
        _ => serde_json::Map::new(),
    };
    let kind = fields.remove("type").and_then(|kind| kind.as_str().map(str::to_owned)).unwrap_or_default();
    let lines = fields.remove("lines").and_then(|lines| lines.as_array().map(Vec::len));
    fields.retain(|_, value| !value.is_null() && *value != serde_json::Value::Bool(false));
    let mut told = vec![kind];
    told.extend(fields.iter().map(|(name, value)| match value.as_str() {
        Some(text) => format!("{name} {text}"),
        None => format!("{name} {value}"),
    }));
    told.extend(lines.map(|lines| format!("{lines} lines")));
    told.join(", ")
}

impl fmt::Display for EventList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let left = |head| (head, Align::Left);
        let mut table = Table::new([left("Event"), left("Recorded"), left("Client"), left("Key"), left("Change")]);
        for event in &self.events {
            table.row([
                event.id.to_string(),
                Zone::default().time_of(event.recorded_at),
                event.client.map(|client| client.to_string()).unwrap_or_default(),
                event.key.clone().unwrap_or_default(),
                told(&event.change),
            ]);
        }
        write!(f, "{table}")?;
        if self.more {
            writeln!(f, "There are more events; go on with --after {}", self.through)?;
        }
        Ok(())
    }
}
