//! The cold records as bytes: what lies under the keys of `keys::record_key`.
//!
//! Books, clients, services, accounts, type rules and cursors are their structs in the forms of `wire`. A portfolio is the
//! count of accounts opened, the map of open accounts by book, and the map of single accounts by book and type. How
//! much of an entry is reversed is the total, whether it is the whole, and the latest reversal. A name is the
//! identifier of its holder. Membership is whether it lasts. Clients and counterparties are written without their
//! personal texts, which are a record of their own: the sequence of those before, the salt, all texts, and which of them were given.
//!
//! A limit and a monitor are their structs; those of a subject or account are the list of their identifiers, ascending.
//! What a limit has counted is the entry counted last and the list of steps: step, count and sum.
//!
//! Entries and holds are not among them: they lie in the journal alone.

use std::sync::Arc;

use super::wire::{Malformed, Reader, Wire, wire_struct};
use crate::model::{
    Account, AccountSet, AccountTypeRule, Book, Channel, Client, Counterparty, Device, EventCursor, Flows, Invoice,
    Limit, Monitor, Payout, PayoutItem, Personal, Service,
};
use crate::rules::{Place, Portfolio, Record, Reversed, Used, UsedStep};

wire_struct!(Portfolio { opened, open, singles });
wire_struct!(Reversed { total, whole, by });
wire_struct!(Used { changed_in, steps });
wire_struct!(UsedStep { step, count, sum });

const MISPLACED: Malformed = Malformed("a record lies in the place of another");

/// The bytes of a record; none of an entry or a hold, which lie in the journal.
pub(crate) fn encode_record(record: &Record) -> Vec<u8> {
    let mut out = Vec::new();
    match record {
        Record::Book(book) => book.write(&mut out),
        Record::Client(client) => client.write(&mut out),
        Record::Service(service) => service.write(&mut out),
        Record::Account(account) => account.write(&mut out),
        Record::Portfolio(portfolio) => portfolio.write(&mut out),
        Record::Type(rule) => rule.write(&mut out),
        Record::Reversed(reversed) => reversed.write(&mut out),
        Record::Name(holder) => holder.write(&mut out),
        Record::Entry(_) | Record::Hold(_) => {}
        Record::Set(set) => set.write(&mut out),
        Record::Member(member) => member.write(&mut out),
        Record::Flows(flows) => flows.write(&mut out),
        Record::Device(device) => device.write(&mut out),
        Record::Payout(payout) => payout.write(&mut out),
        Record::PayoutItem(item) => item.write(&mut out),
        Record::Channel(channel) => channel.write(&mut out),
        Record::Invoice(invoice) => invoice.write(&mut out),
        Record::Limit(limit) => limit.write(&mut out),
        Record::Limits(limits) => limits.write(&mut out),
        Record::Usage(used) => used.write(&mut out),
        Record::Monitor(monitor) => monitor.write(&mut out),
        Record::Monitors(monitors) => monitors.write(&mut out),
        Record::Cursor(cursor) => cursor.write(&mut out),
        Record::Counterparty(counterparty) => counterparty.write(&mut out),
        Record::Personal(personal) => personal.write(&mut out),
    }
    out
}

/// The record in `place` that [`encode_record`] made these bytes of; it must name the place as its own.
pub(crate) fn decode_record(place: &Place, bytes: &[u8]) -> Result<Record, Malformed> {
    let mut reader = Reader::new(bytes);
    let reader_ref = &mut reader;
    let (record, at_home) = match place {
        Place::Book(id) => {
            let book = Book::read(reader_ref)?;
            let at_home = book.id == *id;
            (Record::Book(Arc::new(book)), at_home)
        }
        Place::Client(id) => {
            let client = Client::read(reader_ref)?;
            let at_home = client.id == *id;
            (Record::Client(Arc::new(client)), at_home)
        }
        Place::Service(id) => {
            let service = Service::read(reader_ref)?;
            let at_home = service.id == *id;
            (Record::Service(Arc::new(service)), at_home)
        }
        Place::Account(id) => {
            let account = Account::read(reader_ref)?;
            let at_home = account.id == *id;
            (Record::Account(Arc::new(account)), at_home)
        }
        Place::Type(code) => {
            let rule = AccountTypeRule::read(reader_ref)?;
            let at_home = rule.account_type == *code;
            (Record::Type(Arc::new(rule)), at_home)
        }
        Place::Portfolio(_) => (Record::Portfolio(Arc::new(Portfolio::read(reader_ref)?)), true),
        Place::Reversed(_) => (Record::Reversed(Reversed::read(reader_ref)?), true),
        Place::Name(_) => (Record::Name(u64::read(reader_ref)?), true),
        Place::Limit(id) => {
            let limit = Limit::read(reader_ref)?;
            let at_home = limit.id == *id;
            (Record::Limit(Arc::new(limit)), at_home)
        }
        Place::Limits(_) => (Record::Limits(Arc::new(Wire::read(reader_ref)?)), true),
        Place::Usage(..) => (Record::Usage(Arc::new(Used::read(reader_ref)?)), true),
        Place::Monitor(id) => {
            let monitor = Monitor::read(reader_ref)?;
            let at_home = monitor.id == *id;
            (Record::Monitor(Arc::new(monitor)), at_home)
        }
        Place::Monitors(_) => (Record::Monitors(Arc::new(Wire::read(reader_ref)?)), true),
        Place::Cursor(id) => {
            let cursor = EventCursor::read(reader_ref)?;
            let at_home = cursor.id == *id;
            (Record::Cursor(Arc::new(cursor)), at_home)
        }
        Place::Counterparty(id) => {
            let counterparty = Counterparty::read(reader_ref)?;
            let at_home = counterparty.id == *id;
            (Record::Counterparty(Arc::new(counterparty)), at_home)
        }
        Place::Personal(..) => (Record::Personal(Arc::new(Personal::read(reader_ref)?)), true),
        Place::Payer(..) => (Record::Name(u64::read(reader_ref)?), true),
        Place::ServiceVersion(..) => return Err(Malformed("a version lies among the versions of its service")),
        Place::Device(id) => {
            let device = Device::read(reader_ref)?;
            let at_home = device.id == *id;
            (Record::Device(Arc::new(device)), at_home)
        }
        Place::Payout(id) => {
            let payout = Payout::read(reader_ref)?;
            let at_home = payout.id == *id;
            (Record::Payout(Arc::new(payout)), at_home)
        }
        Place::PayoutItem(id) => {
            let item = PayoutItem::read(reader_ref)?;
            let at_home = item.id == *id;
            (Record::PayoutItem(Arc::new(item)), at_home)
        }
        Place::Channel(id) => {
            let channel = Channel::read(reader_ref)?;
            let at_home = channel.id == *id;
            (Record::Channel(Arc::new(channel)), at_home)
        }
        Place::Invoice(id) => {
            let invoice = Invoice::read(reader_ref)?;
            let at_home = invoice.id == *id;
            (Record::Invoice(Arc::new(invoice)), at_home)
        }
        Place::Entry(_) | Place::Hold(_) => return Err(Malformed("entries and their holds lie in the journal alone")),
        Place::Set(id) => {
            let set = AccountSet::read(reader_ref)?;
            let at_home = set.id == *id;
            (Record::Set(Arc::new(set)), at_home)
        }
        Place::Member(..) => (Record::Member(bool::read(reader_ref)?), true),
        Place::Flows(book) => {
            let flows = Flows::read(reader_ref)?;
            let at_home = flows.book == *book;
            (Record::Flows(Arc::new(flows)), at_home)
        }
    };
    reader.finish()?;
    if at_home { Ok(record) } else { Err(MISPLACED) }
}

#[cfg(test)]
mod tests {
    use super::super::wire::samples::{Dice, Sample, check_codec, dice};
    use super::*;
    use crate::model::{BookId, ClientId, Entry, Event, Owner, Sequence, Timestamp};
    use crate::rules::Name;
    use proptest::prelude::*;

    fn record(dice: &mut Dice) -> (Place, Record) {
        match dice.below(25) {
            0 => {
                let book = Book::sample(dice);
                (Place::Book(book.id), Record::Book(Arc::new(book)))
            }
            1 => {
                let client = Client::sample(dice);
                (Place::Client(client.id), Record::Client(Arc::new(client)))
            }
            2 => {
                let service = Service::sample(dice);
                (Place::Service(service.id), Record::Service(Arc::new(service)))
            }
            3 => {
                let account = Account::sample(dice);
                (Place::Account(account.id), Record::Account(Arc::new(account)))
            }
            4 => {
                let rule = AccountTypeRule::sample(dice);
                (Place::Type(rule.account_type.clone()), Record::Type(Arc::new(rule)))
            }
            5 => (Place::Reversed(Sample::sample(dice)), Record::Reversed(Reversed::sample(dice))),
            6 => {
                let device = Device::sample(dice);
                (Place::Device(device.id), Record::Device(Arc::new(device)))
            }
            7 => {
                let payout = Payout::sample(dice);
                (Place::Payout(payout.id), Record::Payout(Arc::new(payout)))
            }
            8 => {
                let item = PayoutItem::sample(dice);
                (Place::PayoutItem(item.id), Record::PayoutItem(Arc::new(item)))
            }
            9 => (Place::Portfolio(Sample::sample(dice)), Record::Portfolio(Sample::sample(dice))),
            10 => {
                let channel = Channel::sample(dice);
                (Place::Channel(channel.id), Record::Channel(Arc::new(channel)))
            }
            11 => {
                let invoice = Invoice::sample(dice);
                (Place::Invoice(invoice.id), Record::Invoice(Arc::new(invoice)))
            }
            12 => (Place::Reversed(Sample::sample(dice)), Record::Reversed(Sample::sample(dice))),
            13 => {
                let cursor = EventCursor::sample(dice);
                (Place::Cursor(cursor.id), Record::Cursor(Arc::new(cursor)))
            }
            14 => {
                let limit = Limit::sample(dice);
                (Place::Limit(limit.id), Record::Limit(Arc::new(limit)))
            }
            15 => (Place::Limits(Sample::sample(dice)), Record::Limits(Arc::new(Sample::sample(dice)))),
            16 => {
                let place = Place::Usage(Sample::sample(dice), Sample::sample(dice));
                (place, Record::Usage(Arc::new(Sample::sample(dice))))
            }
            17 => {
                let monitor = Monitor::sample(dice);
                (Place::Monitor(monitor.id), Record::Monitor(Arc::new(monitor)))
            }
            18 => (Place::Monitors(Sample::sample(dice)), Record::Monitors(Arc::new(Sample::sample(dice)))),
            19 => {
                let set = AccountSet::sample(dice);
                (Place::Set(set.id), Record::Set(Arc::new(set)))
            }
            20 => {
                let place = Place::Member(Sample::sample(dice), Sample::sample(dice));
                (place, Record::Member(Sample::sample(dice)))
            }
            21 => {
                let flows = Flows::sample(dice);
                (Place::Flows(flows.book), Record::Flows(Arc::new(flows)))
            }
            22 => {
                let counterparty = Counterparty::sample(dice);
                (Place::Counterparty(counterparty.id), Record::Counterparty(Arc::new(counterparty)))
            }
            23 => {
                let place = Place::Personal(Owner::Client(Sample::sample(dice)), Sample::sample(dice));
                (place, Record::Personal(Arc::new(Sample::sample(dice))))
            }
            _ => {
                let name = Name::Product(Sample::sample(dice), Sample::sample(dice));
                (Place::Name(name), Record::Name(Sample::sample(dice)))
            }
        }
    }

    impl Sample for Arc<Portfolio> {
        fn sample(dice: &mut Dice) -> Self {
            Self::new(Sample::sample(dice))
        }
    }

    #[test]
    fn entries_have_no_place_among_records() {
        let given = Box::new(AccountTypeRule::new("POINTS", crate::model::AccountClass::Equity));
        let entry = Entry {
            sequence: Sequence(1),
            recorded_at: Timestamp(1),
            actor: None,
            client: None,
            key: None,
            event: Event::AccountTypeDefined { given },
            postings: crate::model::Postings::default(),
        };
        assert!(encode_record(&Record::Entry(Arc::new(entry))).is_empty());
        assert!(decode_record(&Place::Entry(Sequence(1)), &[]).is_err());
    }

    proptest! {
        #[test]
        fn records_come_back(mut dice in dice(), random in proptest::collection::vec(any::<u8>(), 0..80)) {
            let (place, record) = record(&mut dice);
            check_codec(&record, encode_record, |bytes| decode_record(&place, bytes), &mut dice, &random);
        }

        #[test]
        fn a_record_in_the_place_of_another_is_refused(mut dice in dice()) {
            let client = Client::sample(&mut dice);
            let other = Place::Client(ClientId(client.id.0 ^ 1));
            prop_assert_eq!(decode_record(&other, &encode_record(&Record::Client(Arc::new(client)))), Err(MISPLACED));
            let book = Book::sample(&mut dice);
            let other = Place::Book(BookId(book.id.0 ^ 1));
            prop_assert_eq!(decode_record(&other, &encode_record(&Record::Book(Arc::new(book)))), Err(MISPLACED));
        }
    }
}
