//! `entry`: one record of the journal, whole.

use std::fmt;

use pacioli::{ActivityLine, Entry, EventId, Hash, LedgerEvent, Party, PostingId, Sequence, View, Zone};
use serde::Serialize;

use crate::activity;
use crate::failure::Failure;
use crate::input::{ClientName, Seen};
use crate::output::{Facts, word};

/// Shows one entry: what was asked, what came of it, its lines, and what it is linked with.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
An entry is named by its sequence, by one of its lines, or by the key of its command; keys are unique among those of a
client, and among the operator's.

Examples:
  pacioli entry shop.redb 7611
  pacioli entry shop.redb 7611.2
  pacioli entry shop.redb --client 12 --key order-4711 --json
  pacioli entry shop.redb --key close-2026-10")]
pub(crate) struct EntryOf {
    #[command(flatten)]
    seen: Seen,
    /// The entry's sequence, or one of its lines: 7611, 7611.2.
    #[arg(value_name = "ENTRY", value_parser = sequence, required_unless_present = "key", conflicts_with = "key")]
    entry: Option<Sequence>,
    /// The key of the command that the entry became.
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// The client among whose keys that is, by its identifier or code; without it, the operator.
    #[arg(long, value_name = "CLIENT", requires = "key")]
    client: Option<ClientName>,
}

fn sequence(text: &str) -> Result<Sequence, pacioli::InvalidId> {
    text.parse::<PostingId>().map(Sequence::from).or_else(|_| text.parse())
}

/// An entry, and what the ledger says of it.
#[derive(Debug, Serialize)]
pub(crate) struct Shown {
    /// The last entry that this knows of.
    at: Sequence,
    digest: Hash,
    entry: Entry,
    lines: Vec<ActivityLine>,
    /// The entries that took it back, whole or in part.
    reversed_by: Vec<Sequence>,
    /// What it changed, as those who follow the ledger are told.
    changes: Vec<LedgerEvent>,
}

impl EntryOf {
    pub(crate) fn run(&self) -> Result<Shown, Failure> {
        let view = self.seen.view()?;
        let entry = self.find(&view)?;
        let lines = entry.postings.iter().map(|line| view.activity(line.account, line.number));
        let lines = lines.filter_map(Result::transpose).collect::<Result<_, _>>()?;
        let sequence = entry.sequence;
        let before = EventId::from(Sequence(sequence.0.saturating_sub(1)));
        let mut changes = view.events().after(before).limit(pacioli::Listing::MOST).page()?.items;
        changes.retain(|change| change.id.sequence == sequence);
        Ok(Shown {
            at: view.sequence(),
            digest: view.entry_digest(sequence)?,
            lines,
            reversed_by: view.reversals(sequence)?,
            changes,
            entry,
        })
    }

    fn find(&self, view: &View) -> Result<Entry, Failure> {
        let Some(key) = &self.key else {
            return Ok(view.entry(self.entry.unwrap_or_default())?);
        };
        let client = self.client.as_ref().map(|client| client.find(view)).transpose()?.map(|client| client.id);
        let found = view.entry_keyed(client, key)?;
        found.ok_or_else(|| match client {
            Some(client) => Failure::Found(format!("client {client} has no entry with the key {key:?}")),
            None => Failure::Found(format!("the operator has no entry with the key {key:?}; name a client?")),
        })
    }
}

fn party(party: Option<&Party>) -> String {
    party.map(|party| format!("{} {}", word(&party.kind), party.display)).unwrap_or_default()
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (entry, zone) = (&self.entry, Zone::default());
        let mut facts = Facts::new()
            .with("Entry", entry.sequence.to_string())
            .with("Recorded", entry.recorded_at.to_string())
            .with("Client", entry.client.map(|client| client.to_string()).unwrap_or_default())
            .with("Key", entry.key.as_deref().unwrap_or_default())
            .with("Actor", entry.actor.as_deref().unwrap_or_default());
        if let Some(posted) = entry.posted() {
            let details = posted.details.as_deref();
            let references = details.iter().flat_map(|details| &details.references);
            let references = references.map(|named| format!("{} {}", named.kind, named.id)).collect::<Vec<_>>();
            let own = details.iter().flat_map(|details| &details.metadata);
            let own = own.map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>();
            let service = posted.service.map(|(service, version)| format!("{service}, version {version}"));
            facts = facts
                .with("Operation", format!("{}, {}", word(&posted.operation), posted.kind))
                .with("Effective", posted.effective_at.map(|at| at.to_string()).unwrap_or_default())
                .with("Service", service.unwrap_or_default())
                .with("Forced", if posted.forced { "floors were set aside by privilege" } else { "" })
                .with("Narrative", details.and_then(|details| details.narrative.as_deref()).unwrap_or_default())
                .with("References", references.join(", "))
                .with("Facts", own.join(", "))
                .with("From", party(details.and_then(|details| details.from.as_ref())))
                .with("To", party(details.and_then(|details| details.to.as_ref())))
                .with("Reverses", posted.reverses.map(|of| of.original.to_string()).unwrap_or_default());
        }
        let reversed = self.reversed_by.iter().map(Sequence::to_string).collect::<Vec<_>>();
        facts = facts.with("Reversed by", reversed.join(", ")).with("Digest", self.digest.to_string());
        for change in &self.changes {
            facts = facts.with("Change", format!("{} {}", change.id, crate::events::told(&change.change)));
        }
        write!(f, "{facts}")?;
        if !self.lines.is_empty() {
            write!(f, "\n{}", activity::table(&zone, &self.lines))?;
        }
        Ok(())
    }
}
