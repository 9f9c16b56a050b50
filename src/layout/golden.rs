//! The vectors of `tests/golden`, read and written again by the codecs of this version: to the byte, or the format has
//! changed.

use std::sync::Arc;

use super::entries::{decode_entry, encode_entry};
use super::journal::{Chain, Item, Tail};
use super::records::{decode_record, encode_record};
use super::wire::{Reader, Wire};
use super::{rows, sealed};
use crate::model::{
    AccountId, AccountType, BookId, ChannelId, ClientId, CounterpartyId, DeviceId, Hash, InvoiceId, LimitId, MonitorId,
    Owner, PayoutId, PayoutItemId, Sequence, ServiceId, SetId, Subject, Timestamp, octets_of,
};
use crate::money::{Amount, Currency, ExchangeRate, Money, Rate};
use crate::rules::Place;
use crate::store::{Batch, Table};

fn vectors() -> serde_json::Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/vectors.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn octets(value: &serde_json::Value) -> Vec<u8> {
    octets_of(value.as_str().unwrap()).unwrap()
}

fn array<const N: usize>(value: &serde_json::Value) -> [u8; N] {
    octets(value).try_into().unwrap()
}

#[test]
fn golden_commits_are_written_again_with_their_digests() {
    let vectors = vectors();
    let commits = vectors["commits"].as_array().unwrap();
    assert!(commits.len() > 12);
    for commit in commits {
        let first = Sequence(commit["first"].as_u64().unwrap());
        let mut entries = Vec::new();
        let mut sequence = first;
        for entry in commit["entries"].as_array().unwrap() {
            let (body, at) = (octets(&entry["body"]), Timestamp(entry["recorded_at"].as_i64().unwrap()));
            let decoded = decode_entry(&body, sequence, at).unwrap();
            let mut again = Vec::new();
            encode_entry(&decoded, &mut again);
            assert_eq!(again, body, "entry {sequence}");
            entries.push(Arc::new(decoded));
            sequence = sequence.next();
        }
        let mut tail = Tail::default();
        (tail.last, tail.digest) = (Sequence(first.0 - 1), array(&commit["before"]));
        tail.extend(&entries, &mut Batch::new());
        assert_eq!(Hash(tail.digest), Hash(array(&commit["digest"])), "the commit of entry {first}");
        // The chain is followed from the start only, so only the first commit's is.
        if first == Sequence(1) {
            let mut chain = Chain::new();
            for (entry, given) in entries.iter().zip(commit["entries"].as_array().unwrap()) {
                let body = octets(&given["body"]);
                let (sequence, recorded_at) = (entry.sequence, entry.recorded_at);
                chain.follow(&Item::Entry { sequence, recorded_at, body: &body }).unwrap();
            }
            chain.follow(&Item::Seal(array(&commit["digest"]))).unwrap();
        }
    }
}

/// The table of that name, and the place of a record in it.
fn place(table: &str, key: &[u8]) -> Option<Place> {
    let number = |at: usize| key.get(at..at + 8).map_or(0, |bytes| u64::from_be_bytes(bytes.try_into().unwrap()));
    let (first, second) = (number(0), number(8));
    Some(match table {
        "books" => Place::Book(BookId(first)),
        "clients" => Place::Client(ClientId(first)),
        "services" => Place::Service(ServiceId(first)),
        "accounts" => Place::Account(AccountId(first)),
        "portfolios" => Place::Portfolio(ClientId(first)),
        "types" => Place::Type(AccountType::new(String::from_utf8(key.to_vec()).unwrap())),
        "reversed" => Place::Reversed(Sequence(first)),
        "devices" => Place::Device(DeviceId(first)),
        "payouts" => Place::Payout(PayoutId(first)),
        "items_of_payouts" => {
            let (payout, number) = (PayoutId(first >> 12), (first & 0xfff) as u16);
            Place::PayoutItem(PayoutItemId { payout, number })
        }
        "channels" => Place::Channel(ChannelId(Sequence(first))),
        "invoices" => Place::Invoice(InvoiceId(Sequence(first))),
        "limits" => Place::Limit(LimitId(first)),
        "limited" => Place::Limits(match first % 4 {
            0 => Subject::Account(AccountId(first / 4)),
            1 => Subject::Client(ClientId(first / 4)),
            _ => Subject::Service(ServiceId(first / 4)),
        }),
        "usage" => Place::Usage(LimitId(first), AccountId(second)),
        "monitors" => Place::Monitor(MonitorId(first)),
        "monitored" => Place::Monitors(AccountId(first)),
        "cursors" => Place::Cursor(Sequence(first)),
        "sets" => Place::Set(SetId(first)),
        "set_members" => Place::Member(SetId(first), AccountId(second)),
        "flows" => Place::Flows(BookId(first)),
        "counterparties" => Place::Counterparty(CounterpartyId(first)),
        "personal" => Place::Personal(
            if key.first() == Some(&0) { Owner::Client(ClientId(number(1))) } else { return None },
            Sequence(number(9)),
        ),
        "payers" => Place::Payer(ClientId(first), key.get(8..24)?.try_into().ok()?),
        _ => return None,
    })
}

#[test]
fn golden_rows_are_written_again() {
    let vectors = vectors();
    let (mut records, mut names) = (0, Vec::new());
    for row in vectors["rows"].as_array().unwrap() {
        // A table's name lives as long as the program, and so do these few.
        let name: &'static str = Box::leak(row["table"].as_str().unwrap().to_owned().into_boxed_str());
        let (key, value) = (octets(&row["key"]), octets(&row["value"]));
        let body = sealed::open(Table(name), &key, &value).unwrap();
        assert_eq!(sealed::seal(Table(name), &key, body), value, "{name}");
        if let Some(place) = place(name, &key) {
            let record = decode_record(&place, body).unwrap();
            assert_eq!(encode_record(&record), body, "{name}");
            records += 1;
        }
        if name == "rows" {
            assert_eq!(rows::encode_rows(&rows::decode_rows(body).unwrap()), body);
        }
        names.push(name);
    }
    let beside_the_journal =
        super::keys::tables().filter(|table| !["header", "journal", "open_block"].contains(&table.0));
    for table in beside_the_journal {
        assert!(names.contains(&table.0), "there is no row of {}", table.0);
    }
    assert_eq!(records, 24);
}

#[test]
fn golden_forms_are_written_again() {
    fn check<T: Wire>(bytes: &[u8]) {
        let mut reader = Reader::new(bytes);
        let value = T::read(&mut reader).unwrap();
        reader.finish().unwrap();
        let mut again = Vec::new();
        value.write(&mut again);
        assert_eq!(again, bytes);
    }
    let vectors = vectors();
    for form in vectors["forms"].as_array().unwrap() {
        let bytes = octets(&form["bytes"]);
        match form["form"].as_str().unwrap() {
            "u8" => check::<u8>(&bytes),
            "u64" => check::<u64>(&bytes),
            "i16" => check::<i16>(&bytes),
            "i64" => check::<i64>(&bytes),
            "i128" => check::<i128>(&bytes),
            "bool" => check::<bool>(&bytes),
            "amount" => check::<Amount>(&bytes),
            "timestamp" => check::<Timestamp>(&bytes),
            "text" => check::<String>(&bytes),
            "option of text" => check::<Option<String>>(&bytes),
            "change of text" => check::<crate::model::Change<String>>(&bytes),
            "list of u64" => check::<Vec<u64>>(&bytes),
            "map of text to text" => check::<std::collections::BTreeMap<String, String>>(&bytes),
            "pair of bool and option of amount" => check::<(bool, Option<Amount>)>(&bytes),
            "currency" => check::<Currency>(&bytes),
            "money" => check::<Money>(&bytes),
            "rate" => check::<Rate>(&bytes),
            "exchange rate" => check::<ExchangeRate>(&bytes),
            other => panic!("{other} is not written by any codec here"),
        }
    }
}
