//! Random commands about counterparties and erasure: few names, so that the same people come again.

use pacioli::{
    ClientChange, ClientId, CounterpartyChange, CounterpartyId, Erase, Event, Metadata, NewCounterparty, Party,
    PartyEvent, PartyKind, Sequence,
};

use super::commands::World;
use super::naive::{Ask, Naive};

const VALUES: [(PartyKind, &str); 10] = [
    (PartyKind::Msisdn, "+254722000111"),
    (PartyKind::Msisdn, "+254722000112"),
    (PartyKind::Msisdn, "0722"),
    (PartyKind::Email, "jane@emali.example"),
    (PartyKind::Email, "nobody"),
    (PartyKind::Bank, "12-4000-100001-00"),
    (PartyKind::Handle, "@jane"),
    (PartyKind::Handle, "é"),
    (PartyKind::Name, "Jane Njeri wa Thiong'o"),
    (PartyKind::Name, "0722"),
];

impl World {
    pub fn party(&mut self, model: &Naive) -> Ask {
        match self.random.weighted(&[45, 30, 9, 2, 6]) {
            0 => self.record_party(model),
            1 => self.change_party(model),
            2 => Ask::of(Erase::Counterparty(self.counterparty(model))),
            3 => Ask::of(Erase::Client(self.client(model))),
            _ => {
                let erased = model.clients.iter().filter(|client| client.personal.erased_at.is_some());
                let erased: Vec<ClientId> = erased.map(|client| client.id).collect();
                let client = self.random.one(&erased).unwrap_or_else(|| self.client(model));
                let change = ClientChange { phone: Some("07".to_owned()), ..ClientChange::default() };
                Ask::of((client, change))
            }
        }
    }

    /// Those that were recorded, erased since or not: whom movements name.
    pub fn know(&mut self, model: &Naive) {
        self.known = recorded(model);
    }

    /// A party, perhaps by way of a counterparty's record.
    pub fn perhaps_known(&mut self, party: Party, cases: u64) -> Party {
        if !self.random.percent(cases) {
            return party;
        }
        let known = self.random.one(&self.known).filter(|_| self.random.percent(93));
        party.of(known.unwrap_or(CounterpartyId(self.random.below(400))))
    }

    fn counterparty(&mut self, model: &Naive) -> CounterpartyId {
        let latest = self.known.len().saturating_sub(12);
        let one = self.random.one(&self.known[latest..]).filter(|_| self.random.percent(94));
        one.unwrap_or(CounterpartyId(self.random.below(model.entries.len() as u64 + 3)))
    }

    fn text(&mut self, cases: u64, of: &[&str]) -> Option<String> {
        let text = self.random.one(of).unwrap_or_default().to_owned();
        let text = if self.random.percent(1) { "x".repeat(257) } else { text };
        self.some(cases, |_| text)
    }

    fn record_party(&mut self, model: &Naive) -> Ask {
        let (kind, value) = self.random.one(&VALUES).unwrap();
        let value = match self.random.below(60) {
            0 => " ".to_owned(),
            1 => "7".repeat(129),
            _ => value.to_owned(),
        };
        let mut given = NewCounterparty::new(self.client(model), kind, value);
        given.display = self.text(15, &["J***", "J***", "shop", ""]);
        given.reference = self.text(35, &["c1", "c1", "c1", "c2", "c2", "c2", "c3", "c3", "c4", "c5", " "]);
        given.name = self.text(30, &["Jane", "Joan", "Joanna"]);
        given.email = self.text(20, &["jane@emali.example", "joan@emali.example"]);
        given.phone = self.text(20, &["0722", "0733"]);
        given.country = self.text(20, &["KE", "UG", "Kenya", "KE", "UG", "Kenya", ""]);
        given.address = self.address();
        given.metadata = self.party_facts();
        given.key = self.record_key(model);
        Ask::of(given)
    }

    fn change_party(&mut self, model: &Naive) -> Ask {
        let counterparty = self.counterparty(model);
        let mut given = CounterpartyChange::default();
        given.display = self.text(15, &["J***", "J***", "shop", ""]);
        given.reference = self.text(35, &["c1", "c1", "c2", "c3", "c4", "c5", ""]);
        given.name = self.text(30, &["Jane", "Joan", "Joanna", ""]);
        given.email = self.text(20, &["jane@emali.example", ""]);
        given.phone = self.text(20, &["0722", ""]);
        given.country = self.text(20, &["KE", "UG", ""]);
        given.address = self.some(25, Self::address);
        given.metadata = self.party_facts();
        given.key = self.record_key(model);
        Ask::of((counterparty, given))
    }

    fn address(&mut self) -> Vec<String> {
        let lines = self.random.one(&[0, 0, 0, 1, 2, 3, 8]).unwrap();
        let lines = if self.random.percent(2) { 9 } else { lines };
        let blank = self.random.percent(3);
        (0..lines).map(|line| if blank { " ".to_owned() } else { format!("Moi Avenue {line}") }).collect()
    }

    fn party_facts(&mut self) -> Metadata {
        match self.random.below(40) {
            0 => (0..65).map(|at| (format!("fact{at}"), "7".to_owned())).collect(),
            // Twice of these are too many.
            1 => (0..40).map(|at| (format!("a{at}"), "7".to_owned())).collect(),
            2 => (0..40).map(|at| (format!("b{at}"), "7".to_owned())).collect(),
            3 => [("note".to_owned(), "n".repeat(4_090))].into(),
            4..=12 => {
                let fact = |world: &mut Self| world.random.one(&["7", "8", ""]).unwrap().to_owned();
                [("provider".to_owned(), fact(self)), ("note".to_owned(), fact(self))].into()
            }
            _ => Metadata::new(),
        }
    }
}

fn recorded(model: &Naive) -> Vec<CounterpartyId> {
    let first = |event: &PartyEvent, sequence: Sequence| match event {
        PartyEvent::CounterpartyRecorded { counterparty, .. } if counterparty.0 == sequence.0 => Some(*counterparty),
        _ => None,
    };
    let of = |event: &Event, sequence| match event {
        Event::Parties(event) => first(event, sequence),
        _ => None,
    };
    model.entries.iter().filter_map(|entry| of(&entry.event, entry.sequence)).collect()
}
