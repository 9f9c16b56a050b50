//! Texts and collections: at each limit, and one beyond.

use pacioli::prelude::*;
use pacioli::{AccountClass, AccountTypeRule, Band, Limits};

use crate::{Bench, business, kes, minor};

fn long(bytes: usize) -> String {
    "x".repeat(bytes)
}

/// Makes a command with a text in it.
type Making<'a> = Box<dyn Fn(&str) -> Command + 'a>;

/// A field, its limit, and a command with so many bytes in it.
struct Field<'a> {
    name: &'static str,
    limit: usize,
    command: Making<'a>,
}

fn fields<'a>(bench: &'a Bench) -> Vec<Field<'a>> {
    const NAME: usize = Limits::NAME_BYTES;
    const TEXT: usize = Limits::DESCRIPTION_BYTES;
    const REFERENCE: usize = Limits::REFERENCE_BYTES;
    let mut fields = Vec::new();
    let mut field = |name, limit, command: Making<'a>| fields.push(Field { name, limit, command });
    field("book name", NAME, Box::new(|text| NewBook::live(text, Currency::KES).into()));

    let client = |change: fn(&mut NewClient, String)| -> Making<'a> {
        Box::new(move |text| {
            let mut client = business("Emali");
            change(&mut client, text.to_owned());
            client.into()
        })
    };
    field("client name", NAME, client(|client, text| client.name = text));
    field("client email", NAME, client(|client, text| client.email = text));
    field("client phone", NAME, client(|client, text| client.phone = text));
    field("contact name", NAME, client(|client, text| client.contact.name = text));
    field("contact email", NAME, client(|client, text| client.contact.email = text));
    field("contact phone", NAME, client(|client, text| client.contact.phone = text));
    field("country", NAME, client(|client, text| client.country = text));
    field("tax identifier", NAME, client(|client, text| client.tax_id = Some(text)));
    field("physical address", TEXT, client(|client, text| client.physical_address = Some(text)));
    field("logo", TEXT, client(|client, text| client.logo = Some(text)));
    field("description", TEXT, client(|client, text| client.description = Some(text)));
    field("key", Limits::KEY_BYTES, client(|client, text| client.key = Some(text)));

    let changed = |change: fn(&mut ClientChange, String)| -> Making<'a> {
        let id = bench.client.id;
        Box::new(move |text| {
            let mut given = ClientChange::default();
            change(&mut given, text.to_owned());
            (id, given).into()
        })
    };
    field("client name", NAME, changed(|change, text| change.name = Some(text)));
    field("client email", NAME, changed(|change, text| change.email = Some(text)));
    field("client phone", NAME, changed(|change, text| change.phone = Some(text)));
    field("contact name", NAME, changed(|change, text| change.contact = Some(Contact::new(text, "e", "p"))));
    field("key", Limits::KEY_BYTES, changed(|change, text| change.key = Some(text)));

    let account = |change: fn(&mut NewAccount, String)| -> Making<'a> {
        let (client, book) = (bench.client.id, bench.book.id);
        Box::new(move |text| {
            let mut account = NewAccount::new(client, book, AccountType::WORKING);
            change(&mut account, text.to_owned());
            account.into()
        })
    };
    field("account name", NAME, account(|account, text| account.name = Some(text)));
    field("label", NAME, account(|account, text| account.label = Some(text)));
    field("external identifier", NAME, account(|account, text| account.external_id = Some(text)));
    field("status description", TEXT, account(|account, text| account.status_description = Some(text)));
    field("tag", NAME, account(|account, text| account.tags = vec![text]));
    field("key", Limits::KEY_BYTES, account(|account, text| account.key = Some(text)));

    let changed = |change: fn(&mut AccountChange, String)| -> Making<'a> {
        let id = bench.account.id;
        Box::new(move |text| {
            let mut given = AccountChange::default();
            change(&mut given, text.to_owned());
            (id, given).into()
        })
    };
    field("account name", NAME, changed(|change, text| change.name = Some(text)));
    field("label", NAME, changed(|change, text| change.label = text.into()));
    field("status description", TEXT, changed(|change, text| change.status_description = Some(text)));
    field("key", Limits::KEY_BYTES, changed(|change, text| change.key = Some(text)));

    field("tag", NAME, changed(|change, text| change.tags = Some(vec![text])));
    field("reason of a block", TEXT, changed(|change, text| change.debits_blocked = text.into()));
    field("reason of a block", TEXT, changed(|change, text| change.credits_blocked = text.into()));

    let set = |change: fn(&mut NewAccountSet, String)| -> Making<'a> {
        let book = bench.book.id;
        Box::new(move |text| {
            let mut set = NewAccountSet::new(book, "campaigns");
            change(&mut set, text.to_owned());
            set.into()
        })
    };
    field("set name", NAME, set(|set, text| set.name = text));
    field("description", TEXT, set(|set, text| set.description = Some(text)));
    field("key", Limits::KEY_BYTES, set(|set, text| set.key = Some(text)));

    let service = |change: fn(&mut NewService, String)| -> Making<'a> {
        let (client, book) = (bench.client.id, bench.book.id);
        Box::new(move |text| {
            let mut service = NewService::new(client, book, "ANOTHER");
            change(&mut service, text.to_owned());
            service.into()
        })
    };
    field("service name", NAME, service(|service, text| service.name = Some(text)));
    field("key", Limits::KEY_BYTES, service(|service, text| service.key = Some(text)));
    let id = bench.service.id;
    let renamed = move |text: &str| (id, ServiceChange { name: Some(text.to_owned()), ..Default::default() }).into();
    field("service name", NAME, Box::new(renamed));

    // What every movement carries.
    let sum = kes("1.00");
    field("key", Limits::KEY_BYTES, Box::new(move |text| Credit { key: text.into(), ..bench.credit(sum) }.into()));
    field("key", Limits::KEY_BYTES, Box::new(move |text| Debit { key: text.into(), ..bench.debit(sum) }.into()));
    field("key", Limits::KEY_BYTES, Box::new(move |text| Transfer { key: text.into(), ..bench.transfer(sum) }.into()));
    field("key", Limits::KEY_BYTES, Box::new(move |text| Post { key: text.into(), ..bench.post(sum) }.into()));
    field("actor", NAME, Box::new(move |text| Command::from(bench.credit(sum)).by(text)));
    field("narrative", Limits::NARRATIVE_BYTES, Box::new(move |text| bench.credit(sum).narrated(text).into()));
    field("narrative", Limits::NARRATIVE_BYTES, Box::new(move |text| bench.debit(sum).narrated(text).into()));
    field("narrative", Limits::NARRATIVE_BYTES, Box::new(move |text| bench.transfer(sum).narrated(text).into()));
    field("narrative", Limits::NARRATIVE_BYTES, Box::new(move |text| bench.post(sum).narrated(text).into()));
    field("reference kind", REFERENCE, Box::new(move |text| bench.credit(sum).referring(text, "1").into()));
    field("reference", REFERENCE, Box::new(move |text| bench.credit(sum).referring("api_ref", text).into()));
    let party = |text: &str| Party::shown(PartyKind::Name, text);
    field("party", REFERENCE, Box::new(move |text| bench.credit(sum).paid_by(party(text)).into()));
    field("party", REFERENCE, Box::new(move |text| bench.debit(sum).paid_to(party(text)).into()));
    let metadata = |text: &str| Metadata::from([(String::new(), text.to_owned())]);
    field("metadata", Limits::METADATA_BYTES, Box::new(move |text| bench.credit(sum).with(metadata(text)).into()));
    fields
}

#[test]
fn text_at_its_limit_is_taken_and_one_byte_more_is_refused() {
    let bench = Bench::funded();
    for Field { name, limit, command } in fields(&bench) {
        let refusal = bench.refused(command(&long(limit + 1)));
        assert_eq!(refusal, Rejection::TextTooLong { field: name, limit, given: limit + 1 });
        let far = bench.refused(command(&long(1 << 20)));
        assert!(matches!(far, Rejection::TextTooLong { .. }), "{name}");
        let taken = bench.ledger.simulate(|ledger| ledger.execute(command(&long(limit))));
        assert!(taken.is_ok(), "{name}: {taken:?}");
    }
}

#[test]
fn bytes_are_counted_and_not_letters() {
    let bench = Bench::funded();
    // Two bytes each, so that half of them fit.
    let fits = "é".repeat(Limits::NARRATIVE_BYTES / 2);
    bench.ledger.credit(bench.credit(kes("1.00")).narrated(fits.clone())).unwrap();
    let given = Limits::NARRATIVE_BYTES + 2;
    let refusal = bench.refused(Credit { key: "k".into(), ..bench.credit(kes("1.00")) }.narrated(fits + "é"));
    assert_eq!(refusal, Rejection::TextTooLong { field: "narrative", limit: Limits::NARRATIVE_BYTES, given });
}

#[test]
fn text_that_must_be_filled_is_refused_when_it_is_blank() {
    let bench = Bench::funded();
    // These may be left out or empty.
    let optional = [
        "physical address",
        "logo",
        "description",
        "status description",
        "reason of a block",
        "actor",
        "narrative",
        "metadata",
        "key",
    ];
    for Field { name, command, .. } in fields(&bench) {
        if optional.contains(&name) {
            continue;
        }
        for blank in ["", " ", "\t\r\n", "\u{a0}\u{2003}"] {
            assert_eq!(bench.refused(command(blank)), Rejection::TextRequired { field: name }, "{blank:?}");
        }
    }
    for command in [
        Credit { key: "".into(), ..bench.credit(kes("1.00")) }.into(),
        Debit { key: "".into(), ..bench.debit(kes("1.00")) }.into(),
        Transfer { key: "".into(), ..bench.transfer(kes("1.00")) }.into(),
        Command::from(Post { key: "".into(), ..bench.post(kes("1.00")) }),
    ] {
        assert_eq!(bench.refused(command), Rejection::IdempotencyKeyRequired);
    }
    let blank = Credit { key: "  ".into(), ..bench.credit(kes("1.00")) };
    assert_eq!(bench.refused(blank), Rejection::TextRequired { field: "key" });
    assert_eq!(bench.refused(business("Emali").keyed("")), Rejection::TextRequired { field: "key" });
}

#[test]
fn strange_texts_are_kept_as_they_are() {
    let bench = Bench::funded();
    for (at, text) in ["\0", "\u{202e}desrever", "🦁", "'; DROP TABLE --", "a\nb", "\u{feff}"].into_iter().enumerate()
    {
        let credit = Credit { key: format!("{text}{at}").into(), ..bench.credit(kes("1.00")) };
        let credit = credit.narrated(text).referring(format!("k{text}"), format!("i{text}"));
        let receipt = bench.ledger.credit(credit.clone()).unwrap();
        let view = bench.ledger.view().unwrap();
        assert_eq!(view.entry(receipt.sequence()).unwrap().narrative(), Some(text));
        let found = view.entries_referring(&format!("k{text}"), &format!("i{text}"), Default::default()).unwrap();
        assert_eq!(found.items.len(), 1);
        assert!(bench.ledger.credit(credit).unwrap().is_replayed());
    }
}

#[test]
fn codes_have_one_form() {
    let bench = Bench::new();
    let malformed = |field| Rejection::MalformedCode { field };
    for wrong in ["", "AB", "ab_cd", "A-B-C", "A B", "ÀBC", "ABC\0", &long(33), &"A".repeat(33), &"A".repeat(100_000)]
    {
        assert_eq!(bench.refused(business("Emali").coded(wrong)), malformed("code"), "{wrong}");
        let service = || NewService::new(bench.client.id, bench.book.id, "ANOTHER");
        assert_eq!(bench.refused(service().coded(wrong)), malformed("code"));
        let service = NewService { service_code: wrong.to_owned(), ..service() };
        assert_eq!(bench.refused(service), malformed("service code"));
        let rule = AccountTypeRule::new(wrong, AccountClass::Liability);
        assert_eq!(bench.refused(rule), malformed("account type"));
    }
    for right in ["A_1".to_owned(), "A".repeat(32)] {
        bench.ledger.register_client(business("Emali").coded(right.clone())).unwrap();
        bench.ledger.define_account_type(AccountTypeRule::new(right, AccountClass::Liability)).unwrap();
    }
    // An account type that cannot exist is not looked for.
    let account = |code: String| NewAccount::new(bench.client.id, bench.book.id, AccountType::new(code));
    assert!(matches!(bench.refused(account("no such".to_owned())), Rejection::AccountTypeUnknown { .. }));
    assert_eq!(bench.refused(account(long(100_000))), malformed("account type"));
}

#[test]
fn codes_of_a_generator_are_held_to_the_same_form() {
    let ledger = Ledger::builder().codes(|_: &str, _: u64, _: u32| "not a code".to_owned()).in_memory().unwrap();
    let refusal = crate::no(ledger.register_client(business("Emali")));
    assert_eq!(refusal, Rejection::MalformedCode { field: "code" });
    assert_eq!(ledger.view().unwrap().sequence(), Sequence::ZERO);
}

#[test]
fn collections_at_their_limits_are_taken_and_one_more_is_refused() {
    let bench = Bench::funded();
    let too_many = |field, limit| Rejection::TooMany { field, limit, given: limit + 1 };
    let taken = |command: Command| {
        let answer = bench.ledger.simulate(|ledger| ledger.execute(command));
        assert!(answer.is_ok(), "{answer:?}");
    };
    let sum = kes("0.01");

    let referring = |count: usize| -> Command {
        (0..count).fold(bench.credit(sum), |credit, at| credit.referring(format!("kind {at}"), "1")).into()
    };
    assert_eq!(bench.refused(referring(Limits::REFERENCES + 1)), too_many("references", Limits::REFERENCES));
    taken(referring(Limits::REFERENCES));

    let pairs = |count: usize| -> Metadata { (0..count).map(|at| (at.to_string(), String::new())).collect() };
    let refusal = bench.refused(bench.credit(sum).with(pairs(Limits::METADATA_PAIRS + 1)));
    assert_eq!(refusal, too_many("metadata pairs", Limits::METADATA_PAIRS));
    taken(bench.credit(sum).with(pairs(Limits::METADATA_PAIRS)).into());

    let tagged = |count: usize| -> Command {
        let account = NewAccount::new(bench.client.id, bench.book.id, AccountType::WORKING);
        (0..count).fold(account, |account, at| account.tagged(format!("tag {at}"))).into()
    };
    assert_eq!(bench.refused(tagged(Limits::TAGS + 1)), too_many("tags", Limits::TAGS));
    taken(tagged(Limits::TAGS));

    let banded = |count: usize| -> Command {
        let band = |at| Band { up_to: Some(minor(at as i128 + 1)), fee: Fee::Fixed(minor(1)) };
        let tariff = Tariff::Banded((0..count).map(band).collect());
        NewService::new(bench.client.id, bench.book.id, "BANDED").tariff(tariff).into()
    };
    assert_eq!(bench.refused(banded(Limits::BANDS + 1)), too_many("bands", Limits::BANDS));
    taken(banded(Limits::BANDS));

    let posted = |pairs: usize, more: usize| -> Command {
        let post =
            (0..pairs).fold(Post::new("k"), |post, _| post.debit(bench.account.id, sum).credit(bench.other.id, sum));
        (0..more).fold(post, |post, _| post.debit(bench.account.id, sum)).into()
    };
    assert_eq!(bench.refused(posted(Limits::LEGS / 2, 1)), too_many("legs", Limits::LEGS));
    taken(posted(Limits::LEGS / 2, 0));
}

#[test]
fn batch_beyond_its_limit_is_refused_whole() {
    let bench = Bench::funded();
    let before = bench.state();
    let commands = |count: usize| vec![Command::from(bench.credit(kes("0.01"))); count];
    for atomicity in [Atomicity::Each, Atomicity::All] {
        let given = Limits::BATCH + 1;
        let refusal = crate::no(bench.ledger.submit_batch(commands(given), atomicity));
        assert_eq!(refusal, Rejection::BatchTooLarge { given, limit: Limits::BATCH });
        assert_eq!(bench.ledger.submit_batch(Vec::new(), atomicity).unwrap(), []);
    }
    assert_eq!(bench.state(), before);
    // At the limit: one is carried out, and all others are its repetitions.
    let answers = bench.ledger.submit_batch(commands(Limits::BATCH), Atomicity::All).unwrap();
    assert_eq!(answers.iter().filter(|answer| !answer.as_ref().unwrap().is_replayed()).count(), 1);
}

#[test]
fn duplicate_kinds_of_reference_are_refused() {
    let bench = Bench::funded();
    let credit = bench.credit(kes("1.00")).referring("api_ref", "1").referring("api_ref", "1");
    assert_eq!(bench.refused(credit), Rejection::DuplicateReference);
    bench.key_is_free();
}
