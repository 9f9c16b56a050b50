//! How the naive ledger keeps counterparties and forgets them: their texts are those of the commands that gave them,
//! unless a later entry erased them.

use std::sync::Arc;

use pacioli::{
    ClientId, Commitment, Committed, Contact, Counterparty, CounterpartyChange, CounterpartyId, Details, Entry, Erase,
    Event, Metadata, NewCounterparty, Party, PartyEvent, PartyKind, PartyRequest, Rejection, Request, Sequence,
    Timestamp,
};

use super::naive::{Judged, Naive, Next};
use super::records::recorded_client;
use super::texts;

fn event(entry: &Entry) -> Option<&PartyEvent> {
    match &entry.event {
        Event::Parties(event) => Some(event),
        _ => None,
    }
}

/// When a counterparty was erased, if one of the entries did it.
fn erased_at(entries: &[Arc<Entry>], of: CounterpartyId) -> Option<Timestamp> {
    let erases = |entry: &&Arc<Entry>| matches!(event(entry), Some(PartyEvent::CounterpartyErased { counterparty, .. }) if *counterparty == of);
    entries.iter().find(erases).map(|entry| entry.recorded_at)
}

/// When a client was erased, if one of the entries did it.
pub fn client_erased_at(entries: &[Arc<Entry>], of: ClientId) -> Option<Timestamp> {
    let erases =
        |entry: &&Arc<Entry>| matches!(event(entry), Some(PartyEvent::ClientErased { client }) if *client == of);
    entries.iter().find(erases).map(|entry| entry.recorded_at)
}

/// The counterparties after the last of the entries, of which `asked` are the commands, in the order in which they were
/// first recorded; without the texts that have been erased by the end of `ever`.
pub fn all(entries: &[Arc<Entry>], asked: &[Arc<Request>], ever: &[Arc<Entry>]) -> Vec<Counterparty> {
    let mut all: Vec<Counterparty> = Vec::new();
    for (entry, asked) in entries.iter().zip(asked) {
        let (at, sequence) = (entry.recorded_at, entry.sequence);
        let (Some(event), Request::Parties(request)) = (event(entry), &**asked) else { continue };
        match (event, &**request) {
            (PartyEvent::CounterpartyRecorded { counterparty, party, .. }, PartyRequest::Record(given)) => {
                if all.iter().all(|record| record.id != *counterparty) {
                    all.push(new(*counterparty, given.client, at));
                }
                let record = find(&mut all, *counterparty);
                *record = told(record, given);
                record.party = party.clone();
                record.personal.committed_in = sequence;
                (record.changed_at, record.changed_in) = (at, sequence);
            }
            (PartyEvent::CounterpartyChanged { counterparty, commitment, .. }, PartyRequest::Change(_, given)) => {
                let record = find(&mut all, *counterparty);
                *record = changed(record, given);
                if let Some(display) = &given.display {
                    record.party.display.clone_from(display);
                }
                if commitment.is_some() {
                    record.personal.committed_in = sequence;
                }
                (record.changed_at, record.changed_in) = (at, sequence);
            }
            (PartyEvent::CounterpartyErased { counterparty, .. }, _) => {
                let record = find(&mut all, *counterparty);
                (record.changed_at, record.changed_in) = (at, sequence);
            }
            _ => {}
        }
    }
    for record in &mut all {
        if let Some(erased_at) = erased_at(ever, record.id) {
            *record = forgotten(record, erased_at);
        }
    }
    all
}

fn find(all: &mut [Counterparty], id: CounterpartyId) -> &mut Counterparty {
    all.iter_mut().find(|record| record.id == id).expect("it was recorded")
}

fn new(id: CounterpartyId, client: ClientId, at: Timestamp) -> Counterparty {
    Counterparty {
        id,
        client,
        party: Party::shown(PartyKind::Name, ""),
        value: None,
        reference: None,
        name: None,
        email: None,
        phone: None,
        country: None,
        address: Vec::new(),
        metadata: Metadata::new(),
        personal: Committed::default(),
        recorded_at: at,
        changed_at: at,
        changed_in: Sequence(id.0),
    }
}

/// A record with what is given of it.
fn told(record: &Counterparty, given: &NewCounterparty) -> Counterparty {
    let mut record = record.clone();
    record.value = Some(given.value.clone());
    let texts = [
        (&mut record.reference, &given.reference),
        (&mut record.name, &given.name),
        (&mut record.email, &given.email),
        (&mut record.phone, &given.phone),
        (&mut record.country, &given.country),
    ];
    for (kept, given) in texts {
        if given.is_some() {
            kept.clone_from(given);
        }
    }
    if !given.address.is_empty() {
        record.address.clone_from(&given.address);
    }
    facts(&mut record.metadata, &given.metadata);
    record
}

/// A record with what is to change of it: an empty text takes one away.
fn changed(record: &Counterparty, given: &CounterpartyChange) -> Counterparty {
    let mut record = record.clone();
    let texts = [
        (&mut record.reference, &given.reference),
        (&mut record.name, &given.name),
        (&mut record.email, &given.email),
        (&mut record.phone, &given.phone),
        (&mut record.country, &given.country),
    ];
    for (kept, given) in texts {
        if let Some(given) = given {
            *kept = Some(given.clone()).filter(|given| !given.is_empty());
        }
    }
    if let Some(address) = &given.address {
        record.address.clone_from(address);
    }
    facts(&mut record.metadata, &given.metadata);
    record
}

fn facts(kept: &mut Metadata, given: &Metadata) {
    kept.extend(given.clone());
    kept.retain(|_, fact| !fact.is_empty());
}

fn forgotten(record: &Counterparty, erased_at: Timestamp) -> Counterparty {
    let Counterparty { id, client, party, recorded_at, changed_at, changed_in, .. } = record.clone();
    let personal = Committed { erased_at: Some(erased_at), ..record.personal };
    Counterparty { party, changed_at, changed_in, personal, ..new(id, client, recorded_at) }
}

/// What is left of a value when nobody is to read it: of a telephone number its prefix and its end, of an address for
/// mail its first character and domain, of names the first character of each word, of the rest the first two.
fn veiled(kind: PartyKind, value: &str) -> String {
    match kind {
        PartyKind::Msisdn => covered(value, 5, 2),
        PartyKind::Email => match value.find('@') {
            Some(at) => covered(&value[..at], 1, 0) + &value[at..],
            None => covered(value, 1, 0),
        },
        PartyKind::Name => value.split_whitespace().map(|word| covered(word, 1, 0)).collect::<Vec<_>>().join(" "),
        _ => covered(value, 2, 0),
    }
}

/// Less than three covered characters cover too little: then all but the first are, and of one that one too.
fn covered(text: &str, head: usize, tail: usize) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    let length = letters.len();
    let (head, tail) = if length < head + tail + 3 { (usize::from(length > 1), 0) } else { (head, tail) };
    letters[head..length - tail].fill('*');
    letters.into_iter().collect()
}

impl Naive {
    pub fn counterparties(&self) -> Vec<Counterparty> {
        all(&self.entries, &self.asked, &self.entries)
    }

    fn counterparty(&self, counterparty: CounterpartyId) -> Judged<Counterparty> {
        let found = self.counterparties().into_iter().find(|record| record.id == counterparty);
        found.ok_or(Rejection::CounterpartyNotFound { counterparty })
    }

    /// Demands that a counterparty may be named for a client.
    pub fn named(&self, client: Option<ClientId>, counterparty: Option<CounterpartyId>) -> Judged<()> {
        let Some(counterparty) = counterparty else { return Ok(()) };
        let record = self.counterparty(counterparty)?;
        if client.is_some_and(|client| client != record.client) {
            return Err(Rejection::CounterpartyOfAnotherClient { counterparty, client: record.client });
        }
        if record.personal.erased_at.is_some() {
            return Err(Rejection::CounterpartyErased { counterparty });
        }
        Ok(())
    }

    pub fn details_name(&self, client: Option<ClientId>, details: &Option<Box<Details>>) -> Judged<()> {
        let parties = details.iter().flat_map(|details| details.from.iter().chain(&details.to));
        parties.map(|party| party.counterparty).try_for_each(|counterparty| self.named(client, counterparty))
    }

    pub fn party_name(&self, request: &PartyRequest) -> Judged<(Option<ClientId>, Option<String>)> {
        Ok(match request {
            PartyRequest::Record(given) => (Some(given.client), given.key.clone()),
            PartyRequest::Change(counterparty, given) => {
                (Some(self.counterparty(*counterparty)?.client), given.key.clone())
            }
            PartyRequest::Erase(Erase::Counterparty(counterparty)) => {
                let client = self.counterparty(*counterparty)?.client;
                (Some(client), Some(format!("ERS.counterparty.{}", counterparty.0)))
            }
            PartyRequest::Erase(Erase::Client(client)) => {
                (Some(self.client(*client)?.id), Some("ERS.client".to_owned()))
            }
            _ => unreachable!("a request that the model does not know"),
        })
    }

    pub fn keep_party(&mut self, request: &PartyRequest, next: Next) -> Judged<Event> {
        let event = match request {
            PartyRequest::Record(given) => self.record_party(given, next)?,
            PartyRequest::Change(counterparty, given) => self.change_party(*counterparty, given)?,
            PartyRequest::Erase(Erase::Counterparty(counterparty)) => {
                let client = self.counterparty(*counterparty)?.client;
                PartyEvent::CounterpartyErased { counterparty: *counterparty, client }
            }
            PartyRequest::Erase(Erase::Client(client)) => {
                for record in self.clients.iter_mut().filter(|record| record.id == *client) {
                    if record.kind == pacioli::ClientKind::Individual {
                        record.name.clear();
                    }
                    record.email.clear();
                    record.phone.clear();
                    record.contact = Contact::default();
                    (record.tax_id, record.physical_address) = (None, None);
                    record.personal.erased_at = Some(next.at);
                    (record.changed_at, record.changed_in) = (next.at, next.sequence);
                }
                PartyEvent::ClientErased { client: *client }
            }
            _ => unreachable!("a request that the model does not know"),
        };
        Ok(Event::Parties(Box::new(event)))
    }

    fn record_party(&self, given: &NewCounterparty, next: Next) -> Judged<PartyEvent> {
        self.active_client(given.client)?;
        texts::filled("counterparty value", &given.value)?;
        texts::within("counterparty value", &given.value, 128)?;
        display(&given.display)?;
        texts::name_if_any("counterparty reference", &given.reference)?;
        texts::name_if_any("counterparty name", &given.name)?;
        texts::name_if_any("counterparty email", &given.email)?;
        texts::name_if_any("counterparty phone", &given.phone)?;
        texts::name_if_any("country", &given.country)?;
        address(&given.address)?;
        texts::metadata(&given.metadata)?;
        let known = self.counterparties().into_iter().find(|record| {
            (record.client, record.party.kind, &record.value) == (given.client, given.kind, &Some(given.value.clone()))
        });
        let id = known.as_ref().map_or(CounterpartyId(next.sequence.0), |known| known.id);
        let before = known.clone().unwrap_or_else(|| new(id, given.client, next.at));
        self.fits(&before, &told(&before, given))?;
        let shown = match (&given.display, known) {
            (Some(display), _) => display.clone(),
            (None, Some(known)) => known.party.display,
            (None, None) => veiled(given.kind, &given.value),
        };
        Ok(PartyEvent::CounterpartyRecorded {
            given: without_texts(given),
            counterparty: id,
            party: Party::shown(given.kind, shown).of(id),
            commitment: Commitment::default(),
        })
    }

    fn change_party(&self, counterparty: CounterpartyId, given: &CounterpartyChange) -> Judged<PartyEvent> {
        let record = self.counterparty(counterparty)?;
        self.active_client(record.client)?;
        if record.personal.erased_at.is_some() {
            return Err(Rejection::CounterpartyErased { counterparty });
        }
        display(&given.display)?;
        let short = |field, text: &Option<String>| texts::within(field, text.as_deref().unwrap_or(""), 256);
        short("counterparty reference", &given.reference)?;
        short("counterparty name", &given.name)?;
        short("counterparty email", &given.email)?;
        short("counterparty phone", &given.phone)?;
        short("country", &given.country)?;
        address(given.address.as_deref().unwrap_or(&[]))?;
        texts::metadata(&given.metadata)?;
        let single = [&given.reference, &given.name, &given.email, &given.phone, &given.country];
        let personal =
            single.iter().any(|text| text.is_some()) || given.address.is_some() || !given.metadata.is_empty();
        if personal {
            self.fits(&record, &changed(&record, given))?;
        }
        Ok(PartyEvent::CounterpartyChanged {
            given: change_without_texts(given),
            counterparty,
            client: record.client,
            commitment: personal.then(Commitment::default),
        })
    }

    /// Whether a record may become another: its facts are not too many, and what it is called is not taken.
    fn fits(&self, before: &Counterparty, after: &Counterparty) -> Judged<()> {
        texts::metadata(&after.metadata)?;
        if after.reference.is_none() || after.reference == before.reference {
            return Ok(());
        }
        let holder = self
            .counterparties()
            .into_iter()
            .find(|other| (other.client, &other.reference) == (after.client, &after.reference));
        match holder {
            Some(holder) => Err(Rejection::CounterpartyReferenceTaken { counterparty: holder.id }),
            None => Ok(()),
        }
    }

    /// Whether two commands that gave personal texts, the later under the earlier's key, ask for the same; `None` for
    /// other commands. Of texts that are erased nothing is known, so that any may be they.
    pub fn same_texts(&self, now: &Request, then: &Request, entry: &Entry) -> Option<bool> {
        let client = |client| client_erased_at(&self.entries, client).is_some();
        let party = |party| erased_at(&self.entries, party).is_some();
        let erased = match &entry.event {
            Event::ClientRegistered { client: of, .. } => client(*of),
            Event::ClientChanged { client: of, commitment: Some(_), .. } => client(*of),
            Event::Parties(event) => match &**event {
                PartyEvent::CounterpartyRecorded { counterparty, .. } => party(*counterparty),
                PartyEvent::CounterpartyChanged { counterparty, commitment: Some(_), .. } => party(*counterparty),
                _ => false,
            },
            _ => false,
        };
        erased.then(|| self.as_recorded(now) == self.as_recorded(then))
    }

    /// A command as the journal has it.
    fn as_recorded(&self, request: &Request) -> Request {
        match request {
            Request::RegisterClient(given) => Request::RegisterClient(Box::new(recorded_client(given))),
            Request::ChangeClient(client, given) => {
                let kind = self.client(*client).map_or(pacioli::ClientKind::Business, |client| client.kind);
                Request::ChangeClient(*client, Box::new(super::records::recorded_change(given, kind).0))
            }
            Request::Parties(request) => Request::Parties(Box::new(match &**request {
                PartyRequest::Record(given) => PartyRequest::Record(without_texts(given)),
                PartyRequest::Change(counterparty, given) => {
                    PartyRequest::Change(*counterparty, change_without_texts(given))
                }
                request => request.clone(),
            })),
            request => request.clone(),
        }
    }
}

fn blank(text: &Option<String>) -> Option<String> {
    text.as_ref().map(|_| String::new())
}

/// What the journal has of a counterparty: everything but the personal texts, of which it has only which were given.
fn without_texts(given: &NewCounterparty) -> NewCounterparty {
    let mut kept = NewCounterparty::new(given.client, given.kind, "");
    (kept.reference, kept.name) = (blank(&given.reference), blank(&given.name));
    (kept.email, kept.phone, kept.country) = (blank(&given.email), blank(&given.phone), blank(&given.country));
    (kept.display, kept.key) = (given.display.clone(), given.key.clone());
    kept
}

fn change_without_texts(given: &CounterpartyChange) -> CounterpartyChange {
    CounterpartyChange {
        display: given.display.clone(),
        reference: blank(&given.reference),
        name: blank(&given.name),
        email: blank(&given.email),
        phone: blank(&given.phone),
        country: blank(&given.country),
        address: given.address.as_ref().map(|_| Vec::new()),
        metadata: Metadata::new(),
        key: given.key.clone(),
    }
}

fn display(display: &Option<String>) -> Judged<()> {
    let Some(display) = display else { return Ok(()) };
    texts::filled("party", display)?;
    texts::within("party", display, 128)
}

fn address(lines: &[String]) -> Judged<()> {
    texts::few("address lines", lines.len(), 8)?;
    lines.iter().try_for_each(|line| texts::name("address line", line))
}
