//! `invoices`: what is expected from payers, and how far each collection has come.

use std::fmt::{self, Display};
use std::str::FromStr;

use pacioli::{
    ClientId, Cursor, Error, InvoiceFilter, InvoiceId, InvoiceState, InvoiceView, Listing, Page, Sequence, Timestamp,
    View, Zone,
};
use serde::{Serialize, Serializer};

use crate::failure::Failure;
use crate::input::{self, AccountName, ClientName, Seen};
use crate::listed;
use crate::output::{Align, Facts, Table};

/// Lists invoices, client by client, or shows one.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Before an invoice is complete, charge and net amount are what they would be.

Examples:
  pacioli invoices shop.redb --state pending
  pacioli invoices shop.redb --client 12
  pacioli invoices shop.redb --account 10000007 --state complete --json
  pacioli invoices shop.redb 311")]
pub(crate) struct Invoices {
    #[command(flatten)]
    seen: Seen,
    /// This invoice alone: the entry that issued it.
    #[arg(value_name = "INVOICE", conflicts_with_all = ["client", "account", "state", "limit", "after"])]
    invoice: Option<InvoiceId>,
    /// Invoices of this client only, by its identifier or code.
    #[arg(long, value_name = "CLIENT")]
    client: Option<ClientName>,
    /// Invoices whose money goes to this account only.
    #[arg(long, value_name = "ACCOUNT", conflicts_with = "client")]
    account: Option<AccountName>,
    /// Invoices that stand so only: pending, processing, complete, failed, cancelled, expired.
    #[arg(long, value_name = "STATE", value_parser = input::invoice_state)]
    state: Option<InvoiceState>,
    /// How many at most.
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(1..))]
    limit: u64,
    /// Go on where an earlier list stopped.
    #[arg(long, value_name = "CURSOR")]
    after: Option<Place>,
}

/// Where a list goes on: with the invoices of which client, and after what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place(ClientId, Option<Cursor>);

impl FromStr for Place {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let place = || {
            let (client, after) = text.split_once('.')?;
            let after = if after.is_empty() { None } else { Some(after.parse().ok()?) };
            Some(Self(ClientId(client.parse().ok()?), after))
        };
        place().ok_or("the cursor does not belong to this list")
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.", self.0)?;
        self.1.map_or(Ok(()), |after| write!(f, "{after}"))
    }
}

fn as_text<S: Serializer>(place: &Option<Place>, to: S) -> Result<S::Ok, S::Error> {
    place.map(|place| place.to_string()).serialize(to)
}

/// Invoices at one moment.
#[derive(Debug, Serialize)]
pub(crate) struct InvoiceList {
    /// The last entry that they know of.
    at: Sequence,
    invoices: Vec<InvoiceView>,
    /// Where the list goes on.
    #[serde(serialize_with = "as_text")]
    next: Option<Place>,
    #[serde(skip)]
    alone: bool,
}

impl Invoices {
    pub(crate) fn run(&self) -> Result<InvoiceList, Failure> {
        let view = self.seen.view()?;
        let mut list = InvoiceList { at: view.sequence(), invoices: Vec::new(), next: None, alone: false };
        if let Some(invoice) = self.invoice {
            list.invoices.push(view.invoice(invoice)?);
            list.alone = true;
            return Ok(list);
        }
        for (client, filter) in self.filters(&view)? {
            let filter = self.state.map_or(filter, |state| filter.in_state(state));
            let after = self.after.filter(|place| place.0 == client).and_then(|place| place.1);
            let next = self.part(after, &mut list.invoices, |listing| view.invoices(filter, listing))?;
            list.next = next.map(|after| Place(client, after));
            if list.next.is_some() {
                break;
            }
        }
        Ok(list)
    }

    /// Of whom invoices are listed, in order, from where the list goes on.
    fn filters(&self, view: &View) -> Result<Vec<(ClientId, InvoiceFilter)>, Failure> {
        if let Some(AccountName(account)) = self.account {
            return Ok(vec![(view.account(account)?.client.unwrap_or_default(), InvoiceFilter::of_account(account))]);
        }
        if let Some(client) = &self.client {
            let client = client.find(view)?.id;
            return Ok(vec![(client, InvoiceFilter::of_client(client))]);
        }
        let (mut filters, from) = (Vec::new(), self.after.map(|place| place.0).unwrap_or_default());
        listed::whole(
            |listing| view.clients(listing),
            |client| filters.extend((client.id >= from).then(|| (client.id, InvoiceFilter::of_client(client.id)))),
        )?;
        Ok(filters)
    }

    /// Adds a client's invoices until as many are there as are wanted; where the list goes on, if there are more.
    fn part(
        &self,
        mut after: Option<Cursor>,
        invoices: &mut Vec<InvoiceView>,
        page: impl Fn(Listing) -> Result<Page<InvoiceView>, Error>,
    ) -> Result<Option<Option<Cursor>>, Failure> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        loop {
            let wanted = limit.saturating_sub(invoices.len());
            let listing = Listing::first(wanted.max(1));
            let part = page(match after {
                Some(after) => listing.after(after),
                None => listing,
            })?;
            if wanted == 0 {
                // Those before have filled the list: it goes on here if there is anything.
                let more = part.next.is_some() || !part.items.is_empty();
                return Ok(more.then_some(after));
            }
            invoices.extend(part.items);
            after = part.next;
            match after {
                None => return Ok(None),
                Some(_) if invoices.len() >= limit => return Ok(Some(after)),
                Some(_) => {}
            }
        }
    }
}

/// One invoice, with all that is known of it.
fn one(invoice: &InvoiceView, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let (zone, time) =
        (Zone::default(), |at: Option<Timestamp>| at.map(|at| Zone::default().time_of(at)).unwrap_or_default());
    let failure = invoice.failure.as_ref();
    let facts = Facts::new()
        .with("Invoice", invoice.id.to_string())
        .with("State", invoice.state.to_string())
        .with("Client", invoice.client.to_string())
        .with("To account", invoice.account.number().to_string())
        .with("Service", invoice.service.to_string())
        .with("Channel", &invoice.channel)
        .with("Provider", invoice.provider.as_deref().unwrap_or_default())
        .with("Payer", &invoice.payer.display)
        .with("Asked for", invoice.currency.amount(invoice.asked).to_string())
        .with("Value", invoice.value.to_string())
        .with("Charges", invoice.charges.to_string())
        .with("Net amount", invoice.net_amount.to_string())
        .with("Refunded", if invoice.refunded.is_zero() { String::new() } else { invoice.refunded.to_string() })
        .with("Narrative", invoice.narrative.as_deref().unwrap_or_default())
        .with("Issued", zone.time_of(invoice.created_at))
        .with("Expires", time(invoice.expires_at))
        .with("Changed", format!("{} in entry {}", zone.time_of(invoice.updated_at), invoice.updated_in))
        .with("Completed in", invoice.completed_in.map(|entry| entry.to_string()).unwrap_or_default())
        .with("Failed since", failure.map(|failure| failure.reason.as_str()).unwrap_or_default())
        .with("Code", failure.and_then(|failure| failure.code.as_deref()).unwrap_or_default())
        .with("Called off", invoice.cancel_reason.as_deref().unwrap_or_default());
    facts.fmt(f)
}

impl fmt::Display for InvoiceList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let ([invoice], true) = (&self.invoices[..], self.alone) {
            return one(invoice, f);
        }
        let zone = Zone::default();
        let left = |head| (head, Align::Left);
        let right = |head| (head, Align::Right);
        let mut table = Table::new([
            right("Invoice"),
            left("State"),
            right("Client"),
            left("Account"),
            left("Channel"),
            left("Payer"),
            right("Value"),
            right("Charges"),
            right("Net"),
            left(""),
            left("Issued"),
            left("Expires"),
        ]);
        for invoice in &self.invoices {
            table.row([
                invoice.id.to_string(),
                invoice.state.to_string().to_lowercase(),
                invoice.client.to_string(),
                invoice.account.number().to_string(),
                invoice.channel.clone(),
                invoice.payer.display.clone(),
                invoice.value.text(),
                invoice.charges.text(),
                invoice.net_amount.text(),
                invoice.currency.to_string(),
                zone.time_of(invoice.created_at),
                invoice.expires_at.map(|at| zone.time_of(at)).unwrap_or_default(),
            ]);
        }
        write!(f, "{table}")?;
        if let Some(next) = &self.next {
            writeln!(f, "There are more invoices; go on with --after {next}")?;
        }
        Ok(())
    }
}
