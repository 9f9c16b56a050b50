//! Tables and keys: where everything lies. Every value is sealed (`sealed`).
//!
//! Numbers in keys are 8 bytes, the highest first, so that keys are in the order of the numbers.
//!
//! | table | key | value |
//! |---|---|---|
//! | `runs`, `filters`, `manifest` | see `runs` | the index of names |
//! | `header` | a fixed name | what the ledger is: format, digest, identity |
//! | `journal` | sequence of the block's first entry | a full block of entries (`journal`) |
//! | `open_block` | sequence of the block's first entry | the journal's last block, the only row: alone in its table, so that a small commit writes one page |
//! | `rows` | number of the page | the rows of up to 48 accounts (`rows`) |
//! | `books` | book ‖ sequence of the entry that made this version | the book (`records`) |
//! | `clients` | client ‖ sequence of the entry that made this version | the client |
//! | `services` | service ‖ sequence of the entry that made this version | the service |
//! | `accounts` | account ‖ sequence of the entry that made this version | the account, without its totals |
//! | `portfolios` | client | what the client has |
//! | `types` | code of the account type | the rule of a host's own type |
//! | `reversed` | original ‖ sequence of the reversal | how much of the original is reversed with it |
//! | `names` | tag ‖ text: 1 book's name, 2 client's code, 3 service's code, 5 account's external identifier, 22 cursor of events, 25 device's public key, 28 channel's code; 4 ‖ client ‖ product; 24 ‖ book ‖ set's name | the identifier of who has the name |
//! | `client_accounts` | client ‖ account | nothing: the accounts of a client |
//! | `book_accounts` | book ‖ account | nothing: the accounts of a book |
//! | `due` | when, as an instant less the earliest one, or the last for never ‖ tag: 1 a hold, 26 a payout that waits for approval, 28 an invoice ‖ identifier | nothing: what is open, in the order in which time settles it; a hold when it has been open for a while |
//! | `devices` | device ‖ sequence of the entry that made this version | the device |
//! | `payouts` | payout ‖ sequence of the entry that made this version | the payout, without its items |
//! | `items_of_payouts` | payout · 2^12 + number of the item ‖ sequence of the entry that made this version | the item |
//! | `client_devices` | client ‖ device | nothing: the devices of a client |
//! | `client_payouts` | client ‖ payout | nothing: the payouts of a client |
//! | `channels` | channel ‖ sequence of the entry that made this version | the channel |
//! | `invoices` | invoice ‖ sequence of the entry that made this version | the invoice |
//! | `client_invoices` | client ‖ invoice | nothing: the invoices of a client |
//! | `account_invoices` | account ‖ invoice | nothing: the invoices of an account |
//! | `limits` | limit ‖ sequence of the entry that made this version | the limit |
//! | `limited` | subject: four times its identifier, plus 0 an account, 1 a client, 2 a service ‖ sequence of the entry that made this version | its limits that have not ended |
//! | `usage` | limit ‖ account, or 0 for all together ‖ sequence of the entry counted last | what the limit has counted |
//! | `monitors` | monitor ‖ sequence of the entry that made this version | the monitor |
//! | `monitored` | account ‖ sequence of the entry that made this version | its monitors that have not ended |
//! | `cursors` | entry that began the cursor ‖ sequence of the entry that set it | the cursor of a consumer of events |
//! | `counterparties` | counterparty ‖ sequence of the entry that made this version | the counterparty, without its personal texts |
//! | `client_counterparties` | client ‖ counterparty | nothing: the counterparties of a client |
//! | `personal` | owner (0 client, 1 counterparty; 8 bytes) ‖ sequence of the entry that commits to them | personal texts and their salt: **beside the journal**, gone when erased |
//! | `payers` | client ‖ keyed digest of kind and value, or of the host's reference: 16 bytes | the counterparty: beside the journal, gone when erased |
//! | `state` | a fixed name | how far the derived tables reach |
//! | `sets` | set ‖ sequence of the entry that made this version | the set of accounts, without its accounts |
//! | `set_members` | set ‖ account ‖ sequence of the entry that let it in or out | whether the account is a member |
//! | `memberships` | 0 and an account, or 1 and a set ‖ set | nothing: the sets that have had it as a member |
//! | `flows` | book ‖ sequence of the entry that made this version | the book's list of allowed flows |
//! | `account_paths` | book ‖ path, its separators written as 1 ‖ 0 ‖ account | nothing: the accounts that have stood there |
//! | `facts` | digest of a fact or word ‖ account or client | nothing: whoever has had it (`indices`) |

use crate::layout::runs::{self, Digest};
use crate::model::{
    AccountId, AccountPath, BookId, ClientId, CounterpartyId, HoldId, InvoiceId, Member, Owner, PayoutId, PayoutState,
    Sequence, SetId, Subject, Timestamp,
};
use crate::rules::{Name, Place, Record};
use crate::store::Table;

/// What the ledger is.
pub(crate) const HEADER: Table = Table("header");
/// The blocks of the journal, by their first entry.
pub(crate) const JOURNAL: Table = Table("journal");
/// The journal's last block, which is not full.
pub(crate) const OPEN_BLOCK: Table = Table("open_block");
/// Pages of rows.
pub(crate) const ROWS: Table = Table("rows");
/// Books, in every version.
pub(crate) const BOOKS: Table = Table("books");
/// Clients, in every version.
pub(crate) const CLIENTS: Table = Table("clients");
/// Services, in every version.
pub(crate) const SERVICES: Table = Table("services");
/// Accounts, in every version.
pub(crate) const ACCOUNTS: Table = Table("accounts");
/// What each client has.
pub(crate) const PORTFOLIOS: Table = Table("portfolios");
/// The host's own account types.
pub(crate) const TYPES: Table = Table("types");
/// How much of an entry was reversed, after each reversal of it.
pub(crate) const REVERSED: Table = Table("reversed");
/// Names that only one may have.
pub(crate) const NAMES: Table = Table("names");
/// The accounts of each client.
pub(crate) const CLIENT_ACCOUNTS: Table = Table("client_accounts");
/// The accounts of each book.
pub(crate) const BOOK_ACCOUNTS: Table = Table("book_accounts");
/// What is open, by when time settles it.
pub(crate) const DUE: Table = Table("due");
/// Devices, in every version.
pub(crate) const DEVICES: Table = Table("devices");
/// Payouts, in every version.
pub(crate) const PAYOUTS: Table = Table("payouts");
/// Items of payouts, in every version.
pub(crate) const PAYOUT_ITEMS: Table = Table("items_of_payouts");
/// The devices of each client.
pub(crate) const CLIENT_DEVICES: Table = Table("client_devices");
/// The payouts of each client.
pub(crate) const CLIENT_PAYOUTS: Table = Table("client_payouts");
/// Channels, in every version.
pub(crate) const CHANNELS: Table = Table("channels");
/// Invoices, in every version.
pub(crate) const INVOICES: Table = Table("invoices");
/// The invoices of each client.
pub(crate) const CLIENT_INVOICES: Table = Table("client_invoices");
/// The invoices of each account.
pub(crate) const ACCOUNT_INVOICES: Table = Table("account_invoices");
/// Limits over time, in every version.
pub(crate) const LIMITS: Table = Table("limits");
/// The limits of each subject, in every version.
pub(crate) const LIMITED: Table = Table("limited");
/// What limits have counted, after each movement.
pub(crate) const USAGE: Table = Table("usage");
/// Balance monitors, in every version.
pub(crate) const MONITORS: Table = Table("monitors");
/// The monitors of each account, in every version.
pub(crate) const MONITORED: Table = Table("monitored");
/// Cursors of consumers of events, in every version.
pub(crate) const CURSORS: Table = Table("cursors");
/// Counterparties, in every version.
pub(crate) const COUNTERPARTIES: Table = Table("counterparties");
/// The counterparties of each client.
pub(crate) const CLIENT_COUNTERPARTIES: Table = Table("client_counterparties");
/// Personal texts, beside the journal.
pub(crate) const PERSONAL: Table = Table("personal");
/// What counterparties are found by, beside the journal.
pub(crate) const PAYERS: Table = Table("payers");
/// How far the derived tables reach.
pub(crate) const STATE: Table = Table("state");

/// Sets of accounts, in every version.
pub(crate) const SETS: Table = Table("sets");
/// The accounts that sets have, with every coming and leaving.
pub(crate) const SET_MEMBERS: Table = Table("set_members");
/// The sets that have had an account or a set as a member.
pub(crate) const MEMBERSHIPS: Table = Table("memberships");
/// Lists of allowed flows, in every version.
pub(crate) const FLOWS: Table = Table("flows");
/// The accounts that have stood at each path of a book.
pub(crate) const ACCOUNT_PATHS: Table = Table("account_paths");
/// Whoever has had a fact, or a word to be grouped by.
pub(crate) const FACTS: Table = Table("facts");

/// The tables of records that follow from the journal: as many rows in each as its entries make.
pub(crate) const DERIVED: &[Table] = &[
    BOOKS,
    CLIENTS,
    SERVICES,
    ACCOUNTS,
    PORTFOLIOS,
    TYPES,
    REVERSED,
    NAMES,
    CLIENT_ACCOUNTS,
    BOOK_ACCOUNTS,
    COUNTERPARTIES,
    DUE,
    DEVICES,
    PAYOUTS,
    PAYOUT_ITEMS,
    CLIENT_DEVICES,
    CLIENT_PAYOUTS,
    CHANNELS,
    INVOICES,
    CLIENT_INVOICES,
    ACCOUNT_INVOICES,
    LIMITS,
    LIMITED,
    USAGE,
    MONITORS,
    MONITORED,
    PAYERS,
    PERSONAL,
    CLIENT_COUNTERPARTIES,
    ACCOUNT_PATHS,
    CURSORS,
    FACTS,
    FLOWS,
    MEMBERSHIPS,
    SETS,
    SET_MEMBERS,
];

/// Every table that a ledger has, in the order in which they are copied.
pub(crate) fn tables() -> impl Iterator<Item = Table> {
    // The journal first and the header last: a copy that was cut off is not taken for an empty ledger or a whole one.
    [JOURNAL, OPEN_BLOCK, ROWS]
        .into_iter()
        .chain(DERIVED.iter().copied())
        .chain([STATE])
        .chain(runs::TABLES)
        .chain([HEADER])
}

/// The key of the journal's block that begins with this entry.
pub(crate) const fn journal_key(first: Sequence) -> [u8; 8] {
    first.0.to_be_bytes()
}

/// The sequence that a key of 8 bytes is.
pub(crate) fn sequence_of(key: &[u8]) -> Option<Sequence> {
    key.try_into().ok().map(u64::from_be_bytes).map(Sequence)
}

/// The key of a page of rows.
pub(crate) const fn page_key(number: u64) -> [u8; 8] {
    number.to_be_bytes()
}

/// The key of two numbers, ordered by the first, then the second.
pub(crate) fn pair_key(first: u64, second: u64) -> [u8; 16] {
    // A number of 128 bits, the highest byte first, is its two halves.
    (u128::from(first) << 64 | u128::from(second)).to_be_bytes()
}

/// The two numbers of a key of 16 bytes.
pub(crate) fn split_pair(key: &[u8]) -> Option<(u64, u64)> {
    let both = u128::from_be_bytes(key.try_into().ok()?);
    Some(((both >> 64) as u64, both as u64))
}

/// Whether a place keeps every version of its record, each under the sequence of the entry that made it.
pub(crate) const fn is_versioned(place: &Place) -> bool {
    match place {
        Place::Book(_)
        | Place::Client(_)
        | Place::Service(_)
        | Place::Account(_)
        | Place::Reversed(_)
        | Place::Device(_)
        | Place::Payout(_)
        | Place::PayoutItem(_)
        | Place::Channel(_)
        | Place::Invoice(_)
        | Place::Limit(_)
        | Place::Limits(_)
        | Place::Usage(..)
        | Place::Monitor(_)
        | Place::Monitors(_)
        | Place::Cursor(_)
        | Place::Set(_)
        | Place::Member(..)
        | Place::Flows(_) => true,
        Place::ServiceVersion(..) | Place::Portfolio(_) | Place::Type(_) | Place::Name(_) => false,
        // Nothing but the journal has them.
        Place::Entry(_) | Place::Hold(_) => false,
        Place::Counterparty(_) => true,
        Place::Personal(..) | Place::Payer(..) => false,
    }
}

/// Where a record is stored; `version`, the sequence of the entry that made it, counts if the place [`is_versioned`].
///
/// Of an entry, and of the hold that it placed, it is the key that a block beginning with the entry would have.
pub(crate) fn record_key(place: &Place, version: Sequence) -> (Table, Vec<u8>) {
    let versioned = |id: u64| pair_key(id, version.0).to_vec();
    match place {
        Place::Book(id) => (BOOKS, versioned(id.0)),
        Place::Client(id) => (CLIENTS, versioned(id.0)),
        Place::Service(id) => (SERVICES, versioned(id.0)),
        // Stored among the service's versions, under a sequence that the version's number does not tell.
        Place::ServiceVersion(id, _) => (SERVICES, versioned(id.0)),
        Place::Account(id) => (ACCOUNTS, versioned(id.0)),
        Place::Reversed(original) => (REVERSED, versioned(original.0)),
        Place::Portfolio(client) => (PORTFOLIOS, client.0.to_be_bytes().to_vec()),
        Place::Type(code) => (TYPES, code.code().as_bytes().to_vec()),
        Place::Name(name) => (NAMES, name_key(name)),
        Place::Cursor(id) => (CURSORS, versioned(id.0)),
        Place::Entry(sequence) | Place::Hold(HoldId(sequence)) => (JOURNAL, journal_key(*sequence).to_vec()),
        Place::Set(id) => (SETS, versioned(id.0)),
        Place::Member(set, account) => {
            (SET_MEMBERS, [&pair_key(set.0, account.0)[..], &version.0.to_be_bytes()].concat())
        }
        Place::Flows(book) => (FLOWS, versioned(book.0)),
        Place::Device(device) => (DEVICES, versioned(device.0)),
        Place::Payout(payout) => (PAYOUTS, versioned(payout.0)),
        Place::PayoutItem(item) => (PAYOUT_ITEMS, versioned(item.packed())),
        Place::Channel(channel) => (CHANNELS, versioned(channel.0.0)),
        Place::Invoice(invoice) => (INVOICES, versioned(invoice.0.0)),
        Place::Limit(limit) => (LIMITS, versioned(limit.0)),
        Place::Limits(subject) => (LIMITED, versioned(subject_number(*subject))),
        Place::Usage(limit, account) => {
            (USAGE, [pair_key(limit.0, account.0).as_slice(), &version.0.to_be_bytes()].concat())
        }
        Place::Monitor(monitor) => (MONITORS, versioned(monitor.0)),
        Place::Monitors(account) => (MONITORED, versioned(account.0)),
        Place::Counterparty(id) => (COUNTERPARTIES, versioned(id.0)),
        Place::Personal(owner, sequence) => (PERSONAL, personal_key(*owner, *sequence)),
        Place::Payer(client, digest) => (PAYERS, [&client.0.to_be_bytes(), digest.as_slice()].concat()),
    }
}

/// Subjects as numbers. Identifiers are given out in order, so none is as large as a fourth of the greatest number.
const fn subject_number(subject: Subject) -> u64 {
    match subject {
        Subject::Account(account) => account.0 << 2,
        Subject::Client(client) => client.0 << 2 | 1,
        Subject::Service(service) => service.0 << 2 | 2,
    }
}

/// What time settles, unless it is settled before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Due {
    Hold(HoldId),
    Payout(PayoutId),
    Invoice(InvoiceId),
}

/// The key of something open that is due then; `None` for never.
pub(crate) fn due_key(at: Option<Timestamp>, due: Due) -> [u8; 17] {
    // Shifted so that the earliest instant is zero: the order of the bytes is that of time.
    let at = at.map_or(u64::MAX, |at| at.0.wrapping_sub(i64::MIN) as u64);
    let (tag, id) = match due {
        Due::Hold(hold) => (1u8, hold.0.0),
        Due::Payout(payout) => (26, payout.0),
        Due::Invoice(invoice) => (28u8, invoice.0.0),
    };
    let mut key = [0; 17];
    key.split_at_mut(8).0.copy_from_slice(&at.to_be_bytes());
    key.split_at_mut(9).1.copy_from_slice(&id.to_be_bytes());
    if let Some(place) = key.get_mut(8) {
        *place = tag;
    }
    key
}

/// What a key of [`due_key`] says.
pub(crate) fn split_due(key: &[u8]) -> Option<(Option<Timestamp>, Due)> {
    let (at, rest) = key.split_first_chunk::<8>()?;
    let (tag, id) = rest.split_first()?;
    let id = u64::from_be_bytes(id.try_into().ok()?);
    let due = match tag {
        1 => Due::Hold(HoldId(Sequence(id))),
        26 => Due::Payout(PayoutId(id)),
        28 => Due::Invoice(InvoiceId(Sequence(id))),
        _ => return None,
    };
    let at = u64::from_be_bytes(*at);
    Some(((at != u64::MAX).then_some(Timestamp((at as i64).wrapping_add(i64::MIN))), due))
}

/// Where an open record is listed among what is due; `open` is whether it still is.
pub(crate) fn listed_due(record: &Record) -> Option<([u8; 17], bool)> {
    match record {
        Record::Hold(hold) => Some((due_key(hold.due_at, Due::Hold(hold.id)), hold.is_open())),
        Record::Invoice(invoice) => {
            Some((due_key(invoice.expires_at, Due::Invoice(invoice.id)), invoice.state.is_open()))
        }
        Record::Payout(payout) => {
            let waits = payout.state == PayoutState::PreviewAndApprove;
            Some((due_key(Some(payout.expires_at), Due::Payout(payout.id)), waits))
        }
        Record::Book(_)
        | Record::Client(_)
        | Record::Service(_)
        | Record::Account(_)
        | Record::Portfolio(_)
        | Record::Type(_)
        | Record::Reversed(_)
        | Record::Name(_)
        | Record::Entry(_)
        | Record::Channel(_)
        | Record::Limit(_)
        | Record::Limits(_)
        | Record::Usage(_)
        | Record::Monitor(_)
        | Record::Monitors(_)
        | Record::Cursor(_)
        | Record::Device(_)
        | Record::PayoutItem(_)
        | Record::Set(_)
        | Record::Member(_)
        | Record::Flows(_)
        | Record::Counterparty(_)
        | Record::Personal(_) => None,
    }
}

/// Where a record is listed under what it belongs to, by the entry that made it; nowhere if `version` is a later one.
pub(crate) fn listed(record: &Record, version: Sequence) -> Vec<(Table, [u8; 16])> {
    let (made_in, id, pairs) = match record {
        Record::Account(account) => {
            let of_client = account.client.map(|client| (CLIENT_ACCOUNTS, client.0));
            (account.opened_in, account.id.0, [Some((BOOK_ACCOUNTS, account.book.0)), of_client])
        }
        Record::Invoice(invoice) => {
            let of_account = Some((ACCOUNT_INVOICES, invoice.account.0));
            (invoice.id.0, invoice.id.0.0, [Some((CLIENT_INVOICES, invoice.client.0)), of_account])
        }
        Record::Device(device) => (device.registered_in, device.id.0, [Some((CLIENT_DEVICES, device.client.0)), None]),
        Record::Payout(payout) => (payout.initiated_in, payout.id.0, [Some((CLIENT_PAYOUTS, payout.client.0)), None]),
        Record::Book(_)
        | Record::Client(_)
        | Record::Service(_)
        | Record::Portfolio(_)
        | Record::Type(_)
        | Record::Reversed(_)
        | Record::Name(_)
        | Record::Entry(_)
        | Record::Hold(_)
        | Record::Channel(_)
        | Record::Limit(_)
        | Record::Limits(_)
        | Record::Usage(_)
        | Record::Monitor(_)
        | Record::Monitors(_)
        | Record::Cursor(_)
        | Record::PayoutItem(_)
        | Record::Set(_)
        | Record::Member(_)
        | Record::Flows(_) => return Vec::new(),
        Record::Personal(_) => return Vec::new(),
        Record::Counterparty(counterparty) => {
            let of_client = Some((CLIENT_COUNTERPARTIES, counterparty.client.0));
            (Sequence(counterparty.id.0), counterparty.id.0, [of_client, None])
        }
    };
    let pairs = pairs.into_iter().flatten().filter(|_| made_in == version);
    pairs.map(|(table, first)| (table, pair_key(first, id))).collect()
}

/// Where the personal texts lie that an entry committed to.
pub(crate) fn personal_key(owner: Owner, sequence: Sequence) -> Vec<u8> {
    let (tag, id) = match owner {
        Owner::Client(client) => (0, client.0),
        Owner::Counterparty(counterparty) => (1, counterparty.0),
    };
    [[tag].as_slice(), &pair_key(id, sequence.0)].concat()
}

/// The owner and the sequence of a key of the table `personal`.
pub(crate) fn split_personal(key: &[u8]) -> Option<(Owner, Sequence)> {
    let (tag, pair) = key.split_first()?;
    let (id, sequence) = split_pair(pair)?;
    let owner = match tag {
        0 => Owner::Client(ClientId(id)),
        1 => Owner::Counterparty(CounterpartyId(id)),
        _ => return None,
    };
    Some((owner, Sequence(sequence)))
}

fn name_key(name: &Name) -> Vec<u8> {
    match name {
        Name::Book(text) => tagged(1, &[], text),
        Name::ClientCode(text) => tagged(2, &[], text),
        Name::ServiceCode(text) => tagged(3, &[], text),
        Name::Product(client, text) => tagged(4, &client.0.to_be_bytes(), text),
        Name::ExternalId(text) => tagged(5, &[], text),
        Name::DeviceKey(text) => tagged(25, &[], text),
        Name::Cursor(text) => tagged(22, &[], text),
        Name::Channel(text) => tagged(28, &[], text),
        Name::Set(book, text) => tagged(24, &book.0.to_be_bytes(), text),
    }
}

fn tagged(tag: u8, owner: &[u8], text: &str) -> Vec<u8> {
    [&[tag], owner, text.as_bytes()].concat()
}

/// The accounts of a set, as the key of the last version that there can be of `account` among them.
pub(crate) fn member_key(set: SetId, account: AccountId) -> [u8; 24] {
    let mut key = [u8::MAX; 24];
    key.iter_mut().zip(pair_key(set.0, account.0)).for_each(|(kept, byte)| *kept = byte);
    key
}

/// The account and the sequence of a key among the accounts of a set.
pub(crate) fn split_member(key: &[u8]) -> Option<(AccountId, Sequence)> {
    let (account, sequence) = split_pair(key.get(8..)?)?;
    Some((AccountId(account), Sequence(sequence)))
}

/// The key under which a member names a set that has had it.
pub(crate) fn membership_key(member: Member, set: SetId) -> Vec<u8> {
    let (tag, id) = match member {
        Member::Account(account) => (0, account.0),
        Member::Set(set) => (1, set.0),
    };
    [&[tag][..], &pair_key(id, set.0)].concat()
}

/// The key under which an account has stood at a path. The separators sort before all that a segment may have, so that
/// a path and all below it stand together.
pub(crate) fn path_key(book: BookId, path: &AccountPath, account: AccountId) -> Vec<u8> {
    let mut key = path_prefix(book, path);
    key.push(0);
    key.extend_from_slice(&account.0.to_be_bytes());
    key
}

/// What the keys of a path begin with: 0 follows for the path itself, 1 for those below it.
pub(crate) fn path_prefix(book: BookId, path: &AccountPath) -> Vec<u8> {
    let mut prefix = book.0.to_be_bytes().to_vec();
    let separated = |byte| if byte == b':' { 1 } else { byte };
    prefix.extend(path.as_str().bytes().map(separated));
    prefix
}

/// The key under which somebody has had a fact.
pub(crate) fn fact_key(fact: Digest, id: u64) -> Vec<u8> {
    [&fact.0[..], &id.to_be_bytes()].concat()
}

/// The identifier that a key ends with.
pub(crate) fn last_id(key: &[u8]) -> Option<u64> {
    key.last_chunk().copied().map(u64::from_be_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::wire::samples::{Sample, dice};
    use crate::model::{
        AccountId, AccountType, BookId, ChannelId, ClientId, Invoice, LimitId, MonitorId, Payout, ServiceId,
    };
    use proptest::prelude::*;

    #[test]
    fn no_name_of_a_table_begins_with_anothers() {
        for one in tables() {
            let begins = tables().filter(|other| other.0.starts_with(one.0)).count();
            assert_eq!(begins, 1, "{}", one.0);
        }
    }

    #[test]
    fn keys_are_in_the_order_of_their_numbers() {
        assert!(journal_key(Sequence(255)) < journal_key(Sequence(256)));
        assert!(pair_key(1, u64::MAX) < pair_key(2, 0));
        assert_eq!(pair_key(1, 2), [0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2]);
        assert_eq!(page_key(258), [0, 0, 0, 0, 0, 0, 1, 2]);
    }

    #[test]
    fn a_path_stands_with_all_below_it() {
        let key = |path: &str, account| path_key(BookId(1), &AccountPath::from(path), AccountId(account));
        let paths = ["a", "a:b", "a:b:c", "a:c", "a-b", "a0", "aa"];
        let keys: Vec<_> = paths.iter().flat_map(|path| [key(path, 1), key(path, 256)]).collect();
        assert!(keys.is_sorted());
        let below = path_prefix(BookId(1), &AccountPath::from("a"));
        let (first, end) = ([&below[..], &[0]].concat(), [&below[..], &[2]].concat());
        assert_eq!(keys.iter().filter(|key| (&first..&end).contains(key)).count(), 8);
        assert!(keys.iter().all(|key| matches!(last_id(key), Some(1 | 256))));
    }

    #[test]
    fn members_of_a_set_stand_by_account_and_then_by_entry() {
        let (_, key) = record_key(&Place::Member(SetId(3), AccountId(7)), Sequence(9));
        assert_eq!(split_member(&key), Some((AccountId(7), Sequence(9))));
        assert!(key.as_slice() < &member_key(SetId(3), AccountId(7))[..]);
        assert!(member_key(SetId(3), AccountId(7)) < member_key(SetId(3), AccountId(8)));
        assert_ne!(
            membership_key(Member::Account(AccountId(7)), SetId(3)),
            membership_key(Member::Set(SetId(7)), SetId(3))
        );
    }

    #[test]
    fn what_is_due_earlier_comes_first_and_what_is_never_due_last() {
        let hold = |id| Due::Hold(HoldId(Sequence(id)));
        let times = [Some(Timestamp::MIN), Some(Timestamp(-1)), Some(Timestamp(0)), Some(Timestamp(1)), None];
        let keys: Vec<_> = times.iter().flat_map(|at| [due_key(*at, hold(1)), due_key(*at, hold(2))]).collect();
        assert!(keys.is_sorted());
        for at in times {
            for due in [hold(7), Due::Invoice(InvoiceId(Sequence(7)))] {
                assert_eq!(split_due(&due_key(at, due)), Some((at, due)));
            }
        }
        assert_eq!(split_due(&[0; 17]), None);
        assert_eq!(split_due(&[0; 16]), None);
    }

    #[test]
    fn keys_are_taken_apart_again() {
        for number in [0, 1, u64::MAX] {
            assert_eq!(sequence_of(&journal_key(Sequence(number))), Some(Sequence(number)));
            assert_eq!(split_pair(&pair_key(number, !number)), Some((number, !number)));
        }
        assert_eq!(sequence_of(&[0; 7]), None);
        assert_eq!(split_pair(&[0; 17]), None);
        for owner in [Owner::Client(ClientId(7)), Owner::Counterparty(CounterpartyId(u64::MAX))] {
            assert_eq!(split_personal(&personal_key(owner, Sequence(9))), Some((owner, Sequence(9))));
        }
        assert_eq!(split_personal(&[2; 17]), None);
        assert_eq!(split_personal(&[]), None);
    }

    #[test]
    fn versioned_places_have_pairs_for_keys_and_others_ignore_the_version() {
        let names = [
            Name::Book("x".into()),
            Name::ClientCode("x".into()),
            Name::ServiceCode("x".into()),
            Name::Product(ClientId(3), "x".into()),
            Name::ExternalId("x".into()),
            Name::DeviceKey("x".into()),
            Name::Cursor("x".into()),
            Name::Channel("x".into()),
            Name::Set(BookId(3), "x".into()),
        ];
        let mut places = vec![
            Place::Book(BookId(3)),
            Place::Client(ClientId(3)),
            Place::Service(ServiceId(3)),
            Place::Account(AccountId(3)),
            Place::Portfolio(ClientId(3)),
            Place::Type(AccountType::new("POINTS")),
            Place::Reversed(Sequence(3)),
            Place::Set(SetId(3)),
            Place::Flows(BookId(3)),
            Place::Device(crate::model::DeviceId(3)),
            Place::Payout(PayoutId(3)),
            Place::Channel(ChannelId(Sequence(3))),
            Place::Invoice(InvoiceId(Sequence(3))),
            Place::Limit(LimitId(3)),
            Place::Monitor(MonitorId(3)),
            Place::Monitors(AccountId(3)),
            Place::Cursor(Sequence(3)),
            Place::Counterparty(CounterpartyId(3)),
            Place::Personal(Owner::Client(ClientId(3)), Sequence(4)),
            Place::Personal(Owner::Counterparty(CounterpartyId(3)), Sequence(4)),
            Place::Payer(ClientId(3), [4; 16]),
        ];
        places.extend(names.map(Place::Name));
        let mut keys = Vec::new();
        for place in &places {
            let (table, key) = record_key(place, Sequence(9));
            assert_eq!(split_pair(&key) == Some((3, 9)), is_versioned(place), "{place:?}");
            assert_eq!(record_key(place, Sequence(8)) != (table, key.clone()), is_versioned(place), "{place:?}");
            keys.push((table, key));
        }
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), places.len());
        let subjects = [Subject::Account(AccountId(3)), Subject::Client(ClientId(3)), Subject::Service(ServiceId(3))];
        let numbers = subjects.map(|subject| split_pair(&record_key(&Place::Limits(subject), Sequence(9)).1));
        assert_eq!(numbers, [Some((12, 9)), Some((13, 9)), Some((14, 9))]);
        let (_, usage) = record_key(&Place::Usage(LimitId(3), AccountId(4)), Sequence(9));
        assert_eq!((split_pair(&usage[..16]), &usage[16..]), (Some((3, 4)), &[0, 0, 0, 0, 0, 0, 0, 9][..]));
        assert_eq!(name_key(&Name::Product(ClientId(3), "x".into())), [4, 0, 0, 0, 0, 0, 0, 0, 3, b'x']);
    }

    proptest! {
        #[test]
        fn what_is_due_is_listed_by_its_time_while_it_waits(mut dice in dice()) {
            let payout: Payout = Sample::sample(&mut dice);
            let invoice: Invoice = Sample::sample(&mut dice);
            let expected = [
                (Some(payout.expires_at), Due::Payout(payout.id), payout.state == PayoutState::PreviewAndApprove),
                (invoice.expires_at, Due::Invoice(invoice.id), invoice.state.is_open()),
            ];
            let records = [Record::Payout(payout.into()), Record::Invoice(invoice.into())];
            for (record, (at, due, waits)) in records.iter().zip(expected) {
                prop_assert_eq!(listed_due(record), Some((due_key(at, due), waits)));
            }
            prop_assert_eq!(listed_due(&Record::Member(true)), None);
        }
    }
}
