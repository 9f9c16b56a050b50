//! Centrapay, "Wallets": ledgers (our books), quotas, and the activities of a wallet.

use pacioli::prelude::*;
use pacioli::{AccountFilter, Change, Listing, Mode};

use crate::world::{Shop, World, no};

fn nzd(text: &str) -> Money {
    Currency::NZD.money(text).unwrap()
}

/// A client's wallet of 100.00 in the main ledger of New Zealand, and another client's wallet.
fn wallets(world: &World) -> (Shop, AccountId, AccountId) {
    let book = world.ledger.open_book(NewBook::live("centrapay.nzd.main", Currency::NZD)).unwrap();
    let client = world.client("Kiwi Cafe");
    let service = NewService::new(client.id, book.id, "WALLET").across_clients();
    let service = world.ledger.define_service(service).unwrap();
    let shop = Shop { book, client, service };
    let (mine, other) = (world.funded(&shop, "100.00").id, world.client("Tui Stores"));
    let theirs = world.account(&other, &shop.book).id;
    (shop, mine, theirs)
}

#[test]
fn req_003_01_wallet_keeps_one_balance_and_every_transaction() {
    let world = World::new();
    let (shop, wallet, _) = wallets(&world);
    for _ in 0..40 {
        world.credit(&shop, wallet, "1.00");
    }
    let world = world.reopened();
    let lines = world.lines(wallet);
    assert_eq!(lines.len(), 41);
    let sum: i128 = lines.iter().map(|line| line.value.minor()).sum();
    assert_eq!((sum, &*world.shows(wallet)), (140_00, "140.00"));
    // A wallet is never deleted: closed, it keeps its history.
    world.ledger.debit(Debit::new(wallet, shop.service.id, nzd("140.00"), "all")).unwrap();
    world.ledger.change_account(wallet, AccountChange::status(AccountStatus::Closed, "left")).unwrap();
    assert_eq!(world.lines(wallet).len(), 42);
    let refusal = world.refused((wallet, AccountChange::status(AccountStatus::Active, "back")));
    assert_eq!(refusal, Rejection::AccountClosed { account: wallet });
}

#[test]
fn req_003_02_wallet_needs_an_owner_and_a_ledger() {
    let world = World::new();
    let (shop, ..) = wallets(&world);
    let open = |client, book| NewAccount::new(client, book, AccountType::WORKING);
    let (nobody, nowhere) = (ClientId(9), BookId(9));
    assert_eq!(world.refused(open(nobody, shop.book.id)), Rejection::ClientNotFound { client: nobody });
    assert_eq!(world.refused(open(shop.client.id, nowhere)), Rejection::BookNotFound { book: nowhere });
}

#[test]
fn req_003_03_ledger_is_named_and_fixes_currency_and_environment() {
    let world = World::new();
    let (shop, wallet, _) = wallets(&world);
    assert_eq!((shop.book.currency, shop.book.mode), (Currency::NZD, Mode::Live));
    let account = world.ledger.view().unwrap().account(wallet).unwrap();
    assert_eq!(account.currency, Currency::NZD);
    let again = NewBook::live("centrapay.nzd.main", Currency::AUD);
    assert_eq!(world.refused(again), Rejection::BookNameTaken { book: shop.book.id });
    assert_eq!(world.refused(NewBook::live(" ", Currency::NZD)), Rejection::TextRequired { field: "book name" });
    let view = world.ledger.view().unwrap();
    assert_eq!(view.book_named("centrapay.nzd.main").unwrap(), Some(shop.book.clone()));
    assert_eq!(view.book_named("centrapay.nzd.test").unwrap(), None);
    assert_eq!(view.books().unwrap(), [shop.book]);
}

#[test]
fn req_003_04_test_money_never_meets_live_money() {
    let world = World::new();
    let (shop, live, _) = wallets(&world);
    let test = world.ledger.open_book(NewBook::test("centrapay.nzd.test", Currency::NZD)).unwrap();
    assert_eq!(test.mode, Mode::Test);
    let play = world.account(&shop.client, &test).id;
    let mismatch = Rejection::BookMismatch { expected: shop.book.id, given: test.id };
    let sum = nzd("1.00");
    let out = Transfer::new(live, play, shop.service.id, sum, "k").narrated("play");
    assert_eq!(world.refused(out), mismatch);
    let back = Transfer::new(play, live, shop.service.id, sum, "k").narrated("win");
    assert_eq!(world.refused(back), mismatch);
    assert_eq!(world.refused(Credit::new(play, shop.service.id, sum, "k")), mismatch);
    assert_eq!(world.refused(Post::new("k").debit(live, sum).credit(play, sum)), mismatch);
    // The books are balanced and summed each for itself.
    let service = NewService::new(shop.client.id, test.id, "PLAY");
    let service = world.ledger.define_service(service).unwrap().id;
    world.ledger.credit(Credit::new(play, service, nzd("7.00"), "play")).unwrap();
    let view = world.ledger.view().unwrap();
    for (book, sum) in [(shop.book.id, "100.00"), (test.id, "7.00")] {
        let trial = view.trial_balance(book).unwrap();
        assert!(trial.is_balanced());
        assert_eq!((&*trial.debits.text(), &*trial.credits.text()), (sum, sum));
    }
}

#[test]
fn req_003_05_client_has_at_most_so_many_wallets_in_a_ledger() {
    let world = World::new();
    let book = world.ledger.open_book(NewBook::live("centrapay.nzd.main", Currency::NZD).quota(2)).unwrap();
    let client = world.client("Kiwi Cafe");
    let open = |client: ClientId, book| NewAccount::new(client, book, AccountType::WORKING);
    world.account(&client, &book);
    world.account(&client, &book);
    let refusal = Rejection::MaxAccountsReached { book: book.id, limit: 2 };
    assert_eq!(world.refused(open(client.id, book.id)), refusal);
    // The quota is each client's, in each book.
    world.account(&world.client("Tui Stores"), &book);
    world.account(&client, &world.book(Currency::KES));
    // A client may have a quota of its own.
    let own = |accounts_max| ClientChange { accounts_max: Change::Set(accounts_max), ..ClientChange::default() };
    world.ledger.change_client(client.id, own(3)).unwrap();
    world.account(&client, &book);
    let refusal = Rejection::MaxAccountsReached { book: book.id, limit: 3 };
    assert_eq!(world.refused(open(client.id, book.id)), refusal);
    world.ledger.change_client(client.id, own(0)).unwrap();
    world.account(&client, &book);
}

#[test]
fn req_003_06_balances_are_whole_minor_units() {
    let world = World::new();
    let (shop, _, theirs) = wallets(&world);
    world.ledger.transfer(Transfer::new(AccountId(7), theirs, shop.service.id, nzd("20.00"), "t")).unwrap();
    assert_eq!(world.current(theirs), 2000);
    let json = serde_json::to_value(world.ledger.view().unwrap().balance(theirs).unwrap().totals).unwrap();
    assert_eq!(json["credits_posted"], "2000");
}

#[test]
fn req_003_07_lists_show_what_the_host_names_across_ledgers() {
    let world = World::new();
    let (shop, mine, theirs) = wallets(&world);
    let pounds = world.book(Currency::GBP);
    let abroad = world.account(&shop.client, &pounds).id;
    let view = world.ledger.view().unwrap();
    let listed = |filter: AccountFilter| {
        let page = view.accounts(filter.clone(), Listing::default()).unwrap();
        page.items.iter().map(|shown| shown.account.id).collect::<Vec<_>>()
    };
    assert_eq!(listed(AccountFilter::OfClient(shop.client.id)), [mine, abroad]);
    assert_eq!(listed(AccountFilter::OfClientInBook(shop.client.id, shop.book.id)), [mine]);
    assert_eq!(listed(AccountFilter::Among(vec![abroad, theirs, AccountId(999)])), [theirs, abroad]);
    assert_eq!(
        no(view.accounts(AccountFilter::OfClient(ClientId(99)), Listing::default())),
        Rejection::ClientNotFound { client: ClientId(99) }
    );
}

#[test]
fn req_003_08_lists_come_in_pages() {
    let world = World::new();
    let (shop, wallet, _) = wallets(&world);
    for _ in 0..24 {
        world.credit(&shop, wallet, "1.00");
    }
    let view = world.ledger.view().unwrap();
    let (mut numbers, mut cursor, mut pages) = (Vec::new(), None, 0);
    loop {
        let page = view.activities(wallet).oldest_first().limit(10).after(cursor).page().unwrap();
        // New lines do not move the pages.
        world.credit(&shop, wallet, "1.00");
        numbers.extend(page.items.iter().map(|line| line.number));
        pages += 1;
        // A cursor travels as text.
        cursor = page.next.map(|next| next.to_string().parse().unwrap());
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!((numbers, pages), ((1..=25).collect(), 3));
}

#[test]
fn req_003_09_activities_are_numbered_from_one_without_gaps() {
    let world = World::new();
    let (shop, mine, theirs) = wallets(&world);
    for round in 0..5 {
        world.ledger.transfer(Transfer::new(mine, theirs, shop.service.id, nzd("1.00"), world.key())).unwrap();
        // What is refused takes no number.
        let too_much = Debit::new(mine, shop.service.id, nzd("1000.00"), world.key());
        world.refused(too_much);
        let line = world.credit(&shop, mine, "1.00").activity().unwrap();
        assert_eq!(line.number, 3 + 2 * round);
    }
    let world = world.reopened();
    for (account, count) in [(mine, 11), (theirs, 5)] {
        let numbers: Vec<u64> = world.lines(account).iter().map(|line| line.number).collect();
        assert_eq!(numbers, (1..=count).collect::<Vec<_>>());
        let view = world.ledger.view().unwrap();
        assert_eq!(view.activity(account, count).unwrap().unwrap().number, count);
        assert!(view.activity(account, count + 1).unwrap().is_none() && view.activity(account, 0).unwrap().is_none());
    }
}

#[test]
fn req_003_10_line_has_an_absolute_amount_and_a_signed_value() {
    let world = World::new();
    let (shop, mine, theirs) = wallets(&world);
    let paid = world.ledger.transfer(Transfer::new(mine, theirs, shop.service.id, nzd("20.00"), "t")).unwrap();
    let (out, into) = (paid.activity().unwrap(), paid.counter_activity().unwrap());
    assert_eq!((out.amount.minor(), out.value.minor()), (2000, -2000));
    assert_eq!((into.amount.minor(), into.value.minor()), (2000, 2000));
    for line in world.lines(mine) {
        assert_eq!(line.value.minor().abs(), line.amount.minor());
        assert_eq!(line.previous_balance.plus(line.value).unwrap(), line.current_balance);
    }
}

#[test]
fn req_003_11_line_tells_when_it_was_made() {
    let world = World::new();
    let (shop, mine, _) = wallets(&world);
    world.minutes_later(7);
    let line = world.credit(&shop, mine, "1.00").activity().unwrap();
    assert_eq!(line.recorded_at.to_string(), "2026-11-22T08:37:00Z");
    assert_eq!(serde_json::to_value(&line).unwrap()["recorded_at"], "2026-11-22T08:37:00Z");
}

#[test]
fn req_003_12_returned_transfer_is_a_new_credit_linked_to_the_same_transfer() {
    let world = World::new();
    let (shop, mine, _) = wallets(&world);
    let sent = Debit::new(mine, shop.service.id, nzd("20.00"), "sent").referring("assetTransferId", "LJ74GhZEYE");
    world.ledger.debit(sent).unwrap();
    let returned = Credit::new(mine, shop.service.id, nzd("20.00"), "returned")
        .kind(EntryKind::Refund)
        .referring("assetTransferId", "LJ74GhZEYE");
    let line = world.ledger.credit(returned).unwrap().activity().unwrap();
    assert_eq!((line.kind, line.value), (EntryKind::Refund, nzd("20.00")));
    let view = world.ledger.view().unwrap();
    let found = view.entries_referring("assetTransferId", "LJ74GhZEYE", Listing::default()).unwrap().items;
    assert_eq!(found.len(), 2);
    assert_eq!(world.shows(mine), "100.00");
}

#[test]
fn req_003_13_line_names_the_wallet_on_the_other_side_if_there_is_one() {
    let world = World::new();
    let (shop, mine, theirs) = wallets(&world);
    let paid = world.ledger.transfer(Transfer::new(mine, theirs, shop.service.id, nzd("20.00"), "t")).unwrap();
    assert_eq!(paid.activity().unwrap().other_account, Some(theirs));
    assert_eq!(paid.counter_activity().unwrap().other_account, Some(mine));
    // From outside there is only the book's own account, which no client has.
    let topped_up = world.credit(&shop, mine, "1.00").activity().unwrap();
    let view = world.ledger.view().unwrap();
    assert_eq!(view.account(topped_up.other_account.unwrap()).unwrap().client, None);
    assert_eq!(topped_up.source, pacioli::TransactionSource::External);
}

#[test]
fn req_003_14_parties_are_shown_masked() {
    let world = World::new();
    let (shop, mine, _) = wallets(&world);
    for (party, display) in [
        (Party::shown(PartyKind::Name, "Kiwi Cafe"), "Kiwi Cafe"),
        (Party::shown(PartyKind::Handle, "@tui"), "@tui"),
        (Party::masked(PartyKind::Email, "tui@stores.nz"), "t**@stores.nz"),
        (Party::masked(PartyKind::Msisdn, "+64221234536"), "+6422*****36"),
        (Party::shown(PartyKind::Bank, "12-4000-100001-00"), "12-4000-100001-00"),
    ] {
        let credit = Credit::new(mine, shop.service.id, nzd("1.00"), world.key()).paid_by(party.clone());
        let line = world.ledger.credit(credit).unwrap().activity().unwrap();
        assert_eq!((line.from.as_ref().map(|from| &*from.display), line.to), (Some(display), None));
        let debit = Debit::new(mine, shop.service.id, nzd("1.00"), world.key()).paid_to(party.clone());
        let line = world.ledger.debit(debit).unwrap().activity().unwrap();
        assert_eq!((line.from, line.to), (None, Some(party)));
    }
}

#[test]
fn req_003_15_entry_has_at_most_one_reference_of_each_kind_and_is_found_by_it() {
    let world = World::new();
    let (shop, mine, _) = wallets(&world);
    let kinds = ["paymentRequestId", "topupId", "assetTransferId", "withdrawalId"];
    let credit = |key: &str| Credit::new(mine, shop.service.id, nzd("1.00"), key);
    let full = kinds.iter().fold(credit("full"), |credit, kind| credit.referring(*kind, format!("{kind}-1")));
    let full = world.ledger.credit(full).unwrap();
    let twice = credit("twice").referring("topupId", "1").referring("topupId", "2");
    assert_eq!(world.refused(twice), Rejection::DuplicateReference);
    let world = world.reopened();
    let view = world.ledger.view().unwrap();
    let found = |kind: &str, id: &str| view.entries_referring(kind, id, Listing::default()).unwrap().items;
    for kind in kinds {
        assert_eq!(found(kind, &format!("{kind}-1")), [full.entry().clone()]);
        assert_eq!(found(kind, "unheard of"), []);
    }
    assert_eq!(found("topupId", "withdrawalId-1"), []);
}

/// One of the six shapes that the document shows.
struct Shape {
    value: i128,
    from: Option<&'static str>,
    to: Option<&'static str>,
    reference: &'static str,
    kind: EntryKind,
}

#[test]
fn req_003_16_six_shapes_of_activity() {
    let world = World::new();
    let (shop, mine, theirs) = wallets(&world);
    let service = shop.service.id;
    let (name, bank) = (PartyKind::Name, PartyKind::Bank);
    let shown = Party::shown;
    let commands: [Command; 6] = [
        Transfer::new(mine, theirs, service, nzd("10.00"), "payment")
            .paid_to(shown(name, "Tui Stores"))
            .referring("paymentRequestId", "p1")
            .into(),
        Credit::new(mine, service, nzd("20.00"), "topup")
            .kind(EntryKind::Deposit)
            .paid_by(shown(bank, "12-4000-100001-00"))
            .referring("topupId", "u1")
            .into(),
        Debit::new(mine, service, nzd("5.00"), "sent")
            .paid_to(shown(name, "Moa"))
            .referring("assetTransferId", "a1")
            .into(),
        Credit::new(mine, service, nzd("6.00"), "received")
            .paid_by(shown(name, "Moa"))
            .referring("assetTransferId", "a2")
            .into(),
        Credit::new(mine, service, nzd("5.00"), "returned")
            .kind(EntryKind::Refund)
            .referring("assetTransferId", "a1")
            .into(),
        Debit::new(mine, service, nzd("25.00"), "withdrawal")
            .kind(EntryKind::Payout)
            .paid_to(shown(bank, "12-4000-100001-00"))
            .referring("withdrawalId", "w1")
            .into(),
    ];
    let shape = |value, from, to, reference, kind| Shape { value, from, to, reference, kind };
    let bank = Some("12-4000-100001-00");
    let shapes = [
        shape(-1000, None, Some("Tui Stores"), "paymentRequestId", EntryKind::Transfer),
        shape(2000, bank, None, "topupId", EntryKind::Deposit),
        shape(-500, None, Some("Moa"), "assetTransferId", EntryKind::Debit),
        shape(600, Some("Moa"), None, "assetTransferId", EntryKind::Credit),
        shape(500, None, None, "assetTransferId", EntryKind::Refund),
        shape(-2500, None, bank, "withdrawalId", EntryKind::Payout),
    ];
    for (command, shape) in commands.into_iter().zip(&shapes) {
        let line = world.ledger.execute(command).unwrap().activity().unwrap();
        assert_eq!((line.account, line.value.minor(), line.kind), (mine, shape.value, shape.kind));
        assert_eq!(line.from.as_ref().map(|party| &*party.display), shape.from);
        assert_eq!(line.to.as_ref().map(|party| &*party.display), shape.to);
        let references: Vec<&str> = line.references.iter().map(|reference| &*reference.kind).collect();
        assert_eq!(references, [shape.reference]);
    }
    // The merchant's side of the payment.
    let received = world.lines(theirs).remove(0);
    assert_eq!((received.value.minor(), received.other_account), (1000, Some(mine)));
}

#[test]
fn req_003_17_withdrawal_lowers_the_balance() {
    let world = World::new();
    let (shop, mine, _) = wallets(&world);
    let withdrawal = Debit::new(mine, shop.service.id, nzd("25.00"), "w").kind(EntryKind::Payout);
    let line = world.ledger.debit(withdrawal).unwrap().activity().unwrap();
    assert_eq!(line.value.minor(), -2500);
    assert_eq!(world.shows(mine), "75.00");
}

#[test]
fn req_003_18_newest_activity_comes_first_and_either_order_can_be_had() {
    let world = World::new();
    let (shop, wallet, _) = wallets(&world);
    for _ in 0..4 {
        world.credit(&shop, wallet, "1.00");
    }
    let view = world.ledger.view().unwrap();
    let numbers =
        |page: pacioli::Page<pacioli::ActivityLine>| page.items.iter().map(|line| line.number).collect::<Vec<_>>();
    assert_eq!(numbers(view.activities(wallet).page().unwrap()), [5, 4, 3, 2, 1]);
    assert_eq!(numbers(view.activities(wallet).newest_first().page().unwrap()), [5, 4, 3, 2, 1]);
    assert_eq!(numbers(view.activities(wallet).oldest_first().page().unwrap()), [1, 2, 3, 4, 5]);
    let first = view.activities(wallet).limit(2).page().unwrap();
    let cursor = first.next;
    assert_eq!(numbers(first), [5, 4]);
    assert_eq!(numbers(view.activities(wallet).limit(2).after(cursor).page().unwrap()), [3, 2]);
    // A cursor belongs to its own account's list.
    let elsewhere = view.activities(AccountId(1)).after(cursor).page();
    assert!(matches!(elsewhere, Err(Error::InvalidCursor)));
}
