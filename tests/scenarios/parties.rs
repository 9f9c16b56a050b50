//! The runner's words for counterparties and erasure.

use pacioli::PartyRequest;
use pacioli::prelude::*;

use crate::runner::{Stage, Words, known, text};

/// The counterparty of a name, or one that does not exist.
pub(crate) fn known_party(stage: &Stage, name: &str) -> CounterpartyId {
    known(&stage.parties, name, CounterpartyId(999))
}

pub(crate) fn command(stage: &Stage, words: &Words<'_>) -> Command {
    let (name, party) = (words.at(1), known_party(stage, words.at(1)));
    let client = known(&stage.clients, name, ClientId(999));
    match words.at(0) {
        "payer" => payer(stage, words).into(),
        "payer-is" => {
            let (display, reference) = (words.text("shown"), words.text("calls"));
            let change = CounterpartyChange { display, reference, name: words.text("name"), ..Default::default() };
            PartyRequest::Change(party, change).into()
        }
        "erase" => Erase::Counterparty(party).into(),
        "erase-client" => Erase::Client(client).into(),
        "mail-is" => {
            let email = Some(text(words.at(2)));
            (client, ClientChange { email, ..ClientChange::default() }).into()
        }
        other => panic!("{other} is not a command"),
    }
}

fn payer(stage: &Stage, words: &Words<'_>) -> NewCounterparty {
    let value = words.text("value").unwrap_or_default();
    let mut payer = NewCounterparty::new(stage.client(words), PartyKind::Msisdn, value);
    payer.display = words.text("shown");
    payer.reference = words.text("calls");
    payer.name = words.text("name");
    payer.address = words.text("line").into_iter().collect();
    payer
}
