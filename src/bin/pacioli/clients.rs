//! `clients`: whose money it is.

use std::fmt;

use pacioli::{Client, Cursor, Device, Sequence, Service, Zone};
use serde::Serialize;

use crate::failure::Failure;
use crate::input::{self, ClientName, Seen};
use crate::listed::Part;
use crate::output::{Align, Facts, Table, word};

/// Lists clients, or shows one with its services and devices.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Personal texts that were erased are empty, in looks at the time before too.

Examples:
  pacioli clients shop.redb
  pacioli clients shop.redb 12
  pacioli clients shop.redb MAM2X7K0QD --json
  pacioli clients shop.redb --with branch=Mombasa")]
pub(crate) struct Clients {
    #[command(flatten)]
    seen: Seen,
    /// This client alone, by its identifier or code, with its services and devices.
    #[arg(value_name = "CLIENT")]
    client: Option<ClientName>,
    /// Clients with this fact among their metadata only.
    #[arg(long = "with", value_name = "KEY=VALUE", conflicts_with = "client", value_parser = input::fact)]
    fact: Option<(String, String)>,
    #[command(flatten)]
    part: Part,
}

/// Clients at one moment.
#[derive(Debug, Serialize)]
pub(crate) struct ClientList {
    /// The last entry that they know of.
    at: Sequence,
    clients: Vec<Client>,
    /// Where the list goes on.
    next: Option<Cursor>,
    /// What the one client that was asked for has.
    #[serde(flatten)]
    one: Option<One>,
}

#[derive(Debug, Serialize)]
struct One {
    services: Vec<Service>,
    devices: Vec<Device>,
}

impl Clients {
    pub(crate) fn run(&self) -> Result<ClientList, Failure> {
        let view = self.seen.view()?;
        let at = view.sequence();
        if let Some(name) = &self.client {
            let client = name.find(&view)?;
            let one = One { services: view.services(client.id)?, devices: view.devices(client.id)? };
            return Ok(ClientList { at, clients: vec![client], next: None, one: Some(one) });
        }
        let (clients, next) = self.part.read(|listing| match &self.fact {
            Some((key, value)) => view.clients_with(key, value, listing),
            None => view.clients(listing),
        })?;
        Ok(ClientList { at, clients, next, one: None })
    }
}

fn status(active: bool) -> String {
    if active { "active" } else { "inactive" }.to_owned()
}

impl One {
    fn show(&self, client: &Client, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let zone = Zone::default();
        let facts = client.metadata.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>();
        let contact = &client.contact;
        let person = [&contact.name, &contact.email, &contact.phone].map(String::as_str);
        let facts = Facts::new()
            .with("Client", format!("{} {}", client.id, client.name))
            .with("Code", &client.code)
            .with("Kind", word(&client.kind))
            .with("Status", status(client.active))
            .with("Country", &client.country)
            .with("Mail", &client.email)
            .with("Telephone", &client.phone)
            .with("Contact", person.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", "))
            .with("Tax identifier", client.tax_id.as_deref().unwrap_or_default())
            .with("Address", client.physical_address.as_deref().unwrap_or_default())
            .with("Facts", facts.join(", "))
            .with("Registered", zone.time_of(client.registered_at))
            .with("Erased", client.personal.erased_at.map(|at| zone.time_of(at)).unwrap_or_default());
        writeln!(f, "{facts}")?;
        let left = |head| (head, Align::Left);
        let mut table = Table::new([
            ("Service", Align::Right),
            left("Code"),
            left("Product"),
            ("Book", Align::Right),
            ("Version", Align::Right),
            left("Status"),
        ]);
        for service in &self.services {
            table.row([
                service.id.to_string(),
                service.code.clone(),
                service.terms.service_code.clone(),
                service.terms.book.to_string(),
                service.version.to_string(),
                status(service.terms.active),
            ]);
        }
        write!(f, "{table}")?;
        if self.devices.is_empty() {
            return Ok(());
        }
        let mut table = Table::new([
            ("Device", Align::Right),
            left("Label"),
            left("Status"),
            ("Keys", Align::Right),
            left("Registered"),
        ]);
        for device in &self.devices {
            table.row([
                device.id.to_string(),
                device.label.clone(),
                word(&device.state),
                device.keys.len().to_string(),
                zone.time_of(device.registered_at),
            ]);
        }
        write!(f, "\n{table}")
    }
}

impl fmt::Display for ClientList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let (Some(one), [client]) = (&self.one, self.clients.as_slice()) {
            return one.show(client, f);
        }
        let left = |head| (head, Align::Left);
        let mut table = Table::new([
            ("Id", Align::Right),
            left("Code"),
            left("Kind"),
            left("Name"),
            left("Country"),
            left("Status"),
            left("Registered"),
        ]);
        for client in &self.clients {
            table.row([
                client.id.to_string(),
                client.code.clone(),
                word(&client.kind),
                if client.is_erased() { "(erased)".to_owned() } else { client.name.clone() },
                client.country.clone(),
                status(client.active),
                Zone::default().time_of(client.registered_at),
            ]);
        }
        write!(f, "{table}")?;
        if let Some(next) = &self.next {
            writeln!(f, "There are more clients; go on with --after {next}")?;
        }
        Ok(())
    }
}
