//! `payouts`: what was to be disbursed, where it stands, and one with its items.

use std::fmt;

use pacioli::{Beneficiary, Cursor, Payout, PayoutFilter, PayoutId, PayoutItem, PayoutState, Sequence, Zone};
use serde::Serialize;

use crate::failure::Failure;
use crate::input::{self, ClientName, Seen};
use crate::listed::Part;
use crate::output::{Align, Facts, Table};

/// Lists payouts, or shows one with its items and signatures.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A payout is named by its identifier or its tracking id. Amounts in JSON are minor units of its currency.

Examples:
  pacioli payouts shop.redb
  pacioli payouts shop.redb --client 12 --state processing
  pacioli payouts shop.redb 3
  pacioli payouts shop.redb 0194f6a2-0000-7000-8000-000000000003 --json")]
pub(crate) struct Payouts {
    #[command(flatten)]
    seen: Seen,
    /// This payout alone, with its items.
    #[arg(value_name = "PAYOUT", conflicts_with_all = ["client", "state", "limit", "after"])]
    payout: Option<String>,
    /// Payouts of this client only, by its identifier or code.
    #[arg(long, value_name = "CLIENT")]
    client: Option<ClientName>,
    /// Payouts that stand so only: preview-and-approve, approved, processing, completed, failed, cancelled, expired.
    #[arg(long, value_name = "STATE", value_parser = input::payout_state)]
    state: Option<PayoutState>,
    #[command(flatten)]
    part: Part,
}

/// Payouts at one moment, or one with its items.
#[derive(Debug, Serialize)]
pub(crate) struct PayoutList {
    /// The last entry that they know of.
    at: Sequence,
    payouts: Vec<Payout>,
    /// The items of the one payout that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    items: Option<Vec<PayoutItem>>,
    /// Where the list goes on.
    next: Option<Cursor>,
}

impl Payouts {
    pub(crate) fn run(&self) -> Result<PayoutList, Failure> {
        let view = self.seen.view()?;
        let at = view.sequence();
        if let Some(name) = &self.payout {
            let found = match name.parse() {
                Ok(id) => view.payout(PayoutId(id))?,
                Err(_) => view.payout_tracked(name)?,
            };
            return Ok(PayoutList { at, payouts: vec![found.payout], items: Some(found.items), next: None });
        }
        let client = self.client.as_ref().map(|client| client.find(&view)).transpose()?.map(|client| client.id);
        let filter = match (client, self.state) {
            (None, None) => PayoutFilter::All,
            (None, Some(state)) => PayoutFilter::InState(state),
            (Some(client), None) => PayoutFilter::OfClient(client),
            (Some(client), Some(state)) => PayoutFilter::OfClientInState(client, state),
        };
        let (payouts, next) = self.part.read(|listing| view.payouts(filter, listing))?;
        Ok(PayoutList { at, payouts, items: None, next })
    }
}

/// One payout, with its signatures and items.
fn one(payout: &Payout, items: &[PayoutItem], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let (zone, sum) = (Zone::default(), |amount| payout.currency.amount(amount));
    let approvers = &payout.approvers;
    let devices = approvers.devices.iter().map(ToString::to_string).collect::<Vec<_>>();
    let mut facts = Facts::new()
        .with("Payout", payout.id.to_string())
        .with("Tracking id", payout.tracking_id.to_string())
        .with("State", payout.state.text())
        .with("Client", payout.client.to_string())
        .with("From account", payout.source.number().to_string())
        .with("Provider", payout.provider.to_string())
        .with("Initiated", format!("{} in entry {}", zone.time_of(payout.initiated_at), payout.initiated_in))
        .with("Approvers", format!("{} of devices {}", approvers.needed, devices.join(", ")));
    for approval in &payout.approvals {
        let (at, entry) = (zone.time_of(approval.approved_at), approval.approved_in);
        facts = facts.with("Signed", format!("{at} by device {} in entry {entry}", approval.device));
    }
    let facts = facts
        .with("Expires", if payout.approvals.is_empty() { zone.time_of(payout.expires_at) } else { String::new() })
        .with("Total", sum(payout.total).to_string())
        .with("Paid", sum(payout.paid_total).to_string())
        .with("Failed", sum(payout.failed_total).to_string())
        .with("Cancelled", sum(payout.cancelled_total).to_string())
        .with("Returned", sum(payout.returned_total).to_string())
        .with("Charges", format!("{} of {} estimated", sum(payout.actual_charges), sum(payout.charge_estimate)))
        .with("Reason", payout.reason.as_deref().unwrap_or_default());
    writeln!(f, "{facts}")?;
    let left = |head| (head, Align::Left);
    let mut table = Table::new([
        left("Item"),
        left("Beneficiary"),
        left("Name"),
        ("Amount", Align::Right),
        ("Charge", Align::Right),
        left("State"),
        left("Why"),
        left("Request reference"),
    ]);
    for item in items {
        let charge = item.actual_charge.unwrap_or(item.charge).total().unwrap_or_default();
        let why = [&item.code, &item.reason].map(|text| text.as_deref().unwrap_or_default());
        table.row([
            item.id.to_string(),
            match &item.beneficiary {
                Beneficiary::External(party) => party.display.clone(),
                Beneficiary::Account(account) => account.number().to_string(),
            },
            item.name.clone().unwrap_or_default(),
            sum(item.amount).text(),
            sum(charge).text(),
            item.state.text().to_owned(),
            why.join(" ").trim().to_owned(),
            item.request_reference_id.to_string(),
        ]);
    }
    write!(f, "{table}")
}

impl fmt::Display for PayoutList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let (Some(items), [payout]) = (&self.items, self.payouts.as_slice()) {
            return one(payout, items, f);
        }
        let left = |head| (head, Align::Left);
        let mut table = Table::new([
            ("Id", Align::Right),
            left("Initiated"),
            left("Client"),
            left("From"),
            left("Provider"),
            ("Items", Align::Right),
            ("Open", Align::Right),
            ("Total", Align::Right),
            ("Paid", Align::Right),
            left(""),
            left("State"),
        ]);
        for payout in &self.payouts {
            let sum = |amount| payout.currency.amount(amount).text();
            table.row([
                payout.id.to_string(),
                Zone::default().time_of(payout.initiated_at),
                payout.client.to_string(),
                payout.source.number().to_string(),
                payout.provider.to_string(),
                payout.items.to_string(),
                payout.open_items.to_string(),
                sum(payout.total),
                sum(payout.paid_total),
                payout.currency.to_string(),
                payout.state.text().to_owned(),
            ]);
        }
        write!(f, "{table}")?;
        if let Some(next) = &self.next {
            writeln!(f, "There are more payouts; go on with --after {next}")?;
        }
        Ok(())
    }
}
