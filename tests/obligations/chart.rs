//! The chart: paths with rolled-up balances, sets of accounts, allowed flows, blocked sides, look-up by facts, and money
//! whose currency the compiler knows.

use std::ops::{Bound, ControlFlow};
use std::sync::Arc;

use pacioli::money::{Of, code};
use pacioli::prelude::*;
use pacioli::store::{Batch, MemoryStore, Order, Store, Table};
use pacioli::{
    Account, AccountPath, AccountSet, AccountSetChange, AccountTypeRule, Blocks, Capture, Change, Flows, Member,
    MetadataChange, NewAccountSet, PlaceHold, Release, RollupNode, SetId, SetPath, Side, SystemAccount, Totals,
};
use proptest::prelude::*;

use crate::world::{Shop, World, business, kes, kes4, no};

fn sound(ledger: &Ledger) {
    let verification = ledger.verify_all().unwrap();
    assert!(verification.is_sound(), "{:?}", verification.finding);
}

/// A wallet of the shop's at a path, with this much in it.
fn placed(world: &World, shop: &Shop, path: &str, sum: &str) -> AccountId {
    let account = NewAccount::new(shop.client.id, shop.book.id, AccountType::WORKING).at_path(path);
    let account = world.ledger.open_account(account).unwrap().id;
    if sum != "0" {
        world.credit(shop, account, sum);
    }
    account
}

fn rollup(view: &View, book: BookId, path: &str) -> RollupNode {
    view.rollup(book, path).unwrap().root
}

/// Accounts, and the sums on both sides.
fn figures(totals: &Totals) -> (u64, String, String) {
    (totals.accounts, totals.debit_balance.text(), totals.credit_balance.text())
}

fn three(accounts: u64, debits: &str, credits: &str) -> (u64, String, String) {
    (accounts, debits.to_owned(), credits.to_owned())
}

fn set(world: &World, shop: &Shop, name: &str) -> AccountSet {
    world.ledger.define_set(NewAccountSet::new(shop.book.id, name)).unwrap()
}

fn listed(view: &View, filter: AccountFilter) -> Vec<AccountId> {
    view.accounts(filter, Listing::default()).unwrap().items.iter().map(|shown| shown.account.id).collect()
}

/// The same, in pages of one, from the other end.
fn listed_backwards(view: &View, filter: &AccountFilter) -> Vec<AccountId> {
    let (mut listing, mut ids) = (Listing::first(1).newest_first(), Vec::new());
    loop {
        let page = view.accounts(filter.clone(), listing.clone()).unwrap();
        ids.extend(page.items.iter().map(|shown| shown.account.id));
        let Some(next) = page.next else { return ids };
        listing = listing.after(next);
    }
}

// Paths.

#[test]
fn req_000_35_campaigns_are_rolled_up_by_path() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    placed(&world, &shop, "campaigns:flood:coast", "70.00");
    placed(&world, &shop, "campaigns:flood:coast", "5.00");
    placed(&world, &shop, "campaigns:flood", "20.00");
    placed(&world, &shop, "campaigns:school", "0");
    placed(&world, &shop, "campaigns-old", "1.00");
    world.funded(&shop, "3.00");

    let view = world.ledger.view().unwrap();
    let campaigns = rollup(&view, shop.book.id, "campaigns");
    assert_eq!(campaigns.path, Some(AccountPath::from("campaigns")));
    assert_eq!(figures(&campaigns.own), three(0, "0.00", "0.00"));
    assert_eq!(figures(&campaigns.total), three(4, "0.00", "95.00"));
    assert_eq!(campaigns.total.balance(Side::Credit), kes("95.00"));
    assert_eq!(campaigns.total.balance(Side::Debit), kes("-95.00"));
    let names: Vec<_> = campaigns.children.iter().map(|child| child.path.as_ref().unwrap().as_str()).collect();
    assert_eq!(names, ["campaigns:flood", "campaigns:school"]);
    let flood = campaigns.find("campaigns:flood").unwrap();
    assert_eq!(figures(&flood.own), three(1, "0.00", "20.00"));
    assert_eq!(figures(&flood.total), three(3, "0.00", "95.00"));
    assert_eq!(figures(&flood.find("campaigns:flood:coast").unwrap().total), three(2, "0.00", "75.00"));
    assert_eq!(rollup(&view, shop.book.id, "nobody:stands:here").total.accounts, 0);

    let whole = rollup(&view, shop.book.id, "");
    let trial_balance = view.trial_balance(shop.book.id).unwrap();
    assert_eq!(whole.total.debit_balance, trial_balance.debits);
    assert_eq!(whole.total.credit_balance, trial_balance.credits);
    assert_eq!(whole.total.debits, whole.total.credits);
    // Six accounts of the book's own and the float have no path.
    assert_eq!(figures(&whole.own), three(7, "99.00", "3.00"));
    assert_eq!(figures(&whole.total), three(12, "99.00", "99.00"));
    let text = view.rollup(shop.book.id, "").unwrap().to_string();
    let coast = |line: &str| line.split_whitespace().eq(["coast", "2", "0.00", "75.00"]) && line.starts_with("      c");
    assert!(text.lines().any(coast), "{text}");

    let world = world.reopened();
    assert_eq!(rollup(&world.ledger.view().unwrap(), shop.book.id, "campaigns"), campaigns);
    sound(&world.ledger);
}

#[test]
fn an_account_moves_in_the_chart_and_views_look_back() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let till = placed(&world, &shop, "tills:town", "10.00");
    let before = world.ledger.view().unwrap();
    for path in ["tills:beach", "tills:town", "closed:town"] {
        world.ledger.change_account(till, AccountChange::to_path(path)).unwrap();
    }
    world.credit(&shop, till, "5.00");
    let now = world.ledger.view().unwrap();
    assert_eq!(figures(&rollup(&before, shop.book.id, "tills:town").total), three(1, "0.00", "10.00"));
    assert_eq!(figures(&rollup(&now, shop.book.id, "tills").total), three(0, "0.00", "0.00"));
    assert_eq!(figures(&rollup(&now, shop.book.id, "closed").total), three(1, "0.00", "15.00"));
    assert_eq!(rollup(&before, shop.book.id, "closed").total.accounts, 0);
    let at_tills = || AccountFilter::AtPath(shop.book.id, "tills".into());
    assert_eq!((listed(&before, at_tills()), listed(&now, at_tills())), (vec![till], vec![]));

    let away = AccountChange { path: Change::Unset, ..AccountChange::default() };
    assert_eq!(world.ledger.change_account(till, away).unwrap().path, None);
    assert_eq!(rollup(&world.ledger.view().unwrap(), shop.book.id, "closed").total.accounts, 0);
    sound(&world.ledger);
}

#[test]
fn what_is_no_path_is_refused() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let till = world.funded(&shop, "1.00").id;
    let (deep, long) = (["a"; 9].join(":"), "a".repeat(33));
    for path in ["", "Tills", "tills:", "a b", &deep, &long] {
        let account = NewAccount::new(shop.client.id, shop.book.id, AccountType::WORKING).at_path(path);
        assert_eq!(world.refused(account), Rejection::MalformedPath, "{path}");
        assert_eq!(world.refused((till, AccountChange::to_path(path))), Rejection::MalformedPath, "{path}");
        if !path.is_empty() {
            let view = world.ledger.view().unwrap();
            assert_eq!(no(view.rollup(shop.book.id, path)), Rejection::MalformedPath, "{path}");
            let filter = AccountFilter::AtPath(shop.book.id, path.into());
            assert_eq!(no(view.accounts(filter, Listing::default())), Rejection::MalformedPath, "{path}");
        }
    }
    let view = world.ledger.view().unwrap();
    assert_eq!(no(view.rollup(BookId(9), "")), Rejection::BookNotFound { book: BookId(9) });
    assert_eq!(Rejection::MalformedPath.code(), 380);
}

#[test]
fn a_books_own_accounts_can_be_grouped_and_nothing_else() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    world.funded(&shop, "10.00");
    let outside = shop.book.system(SystemAccount::External);
    let grouped = AccountChange::to_path("assets:outside").tagged(["edge"]).with("bank", "mpesa");
    let account = world.ledger.change_account(outside, grouped.clone()).unwrap();
    assert_eq!((account.tags.as_slice(), &account.metadata["bank"]), (&["edge".to_owned()][..], &"mpesa".to_owned()));
    let view = world.ledger.view().unwrap();
    assert_eq!(figures(&rollup(&view, shop.book.id, "assets").total), three(1, "10.00", "0.00"));
    for more in [
        AccountChange { name: Some("Edge".to_owned()), ..grouped.clone() },
        AccountChange { status: Some(AccountStatus::Inactive), ..grouped },
        AccountChange::block(Side::Debit, "no"),
    ] {
        assert_eq!(world.refused((outside, more)), Rejection::SystemAccountFixed { account: outside });
    }
    sound(&world.reopened().ledger);
}

// Sets.

#[test]
fn a_set_counts_each_account_once() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let tills: Vec<AccountId> = ["1.00", "20.00", "300.00"].map(|sum| world.funded(&shop, sum).id).into();
    let (coast, town, all) = (set(&world, &shop, "coast"), set(&world, &shop, "town"), set(&world, &shop, "all"));
    assert_eq!((coast.id, town.id, all.id), (SetId(1), SetId(2), SetId(3)));
    world.ledger.change_set(coast.id, AccountSetChange::add([tills[0], tills[1]])).unwrap();
    world.ledger.change_set(town.id, AccountSetChange::add([tills[1], tills[2]])).unwrap();
    let outside = shop.book.system(SystemAccount::External);
    let members = [Member::Set(coast.id), Member::Set(town.id), Member::Account(tills[2]), Member::Account(outside)];
    let all = world.ledger.change_set(all.id, AccountSetChange::add(members)).unwrap();
    assert_eq!((all.accounts, all.sets.as_slice()), (2, &[coast.id, town.id][..]));

    let world = world.reopened();
    let view = world.ledger.view().unwrap();
    let holds = |set| figures(&view.set_balance(set).unwrap().totals);
    assert_eq!(holds(coast.id), three(2, "0.00", "21.00"));
    assert_eq!(holds(town.id), three(2, "0.00", "320.00"));
    assert_eq!(holds(all.id), three(4, "321.00", "321.00"));
    assert_eq!(view.set_balance(all.id).unwrap().totals.balance(Side::Debit), kes("0"));
    let in_all = [outside, tills[0], tills[1], tills[2]];
    assert_eq!(listed(&view, AccountFilter::InSet(all.id)), in_all);
    let mut backwards = listed_backwards(&view, &AccountFilter::InSet(all.id));
    backwards.reverse();
    assert_eq!(backwards, in_all);

    let names = |sets: Vec<AccountSet>| sets.into_iter().map(|set| set.name).collect::<Vec<_>>();
    assert_eq!(names(view.sets_of(tills[1]).unwrap()), ["coast", "town"]);
    assert_eq!(names(view.sets_of(tills[2]).unwrap()), ["town", "all"]);
    assert_eq!(names(view.all_sets_of(tills[0]).unwrap()), ["coast", "all"]);
    assert_eq!(names(view.sets(shop.book.id, Listing::default()).unwrap().items), ["coast", "town", "all"]);
    assert_eq!(view.set_named(shop.book.id, "town").unwrap().unwrap().id, town.id);
    assert_eq!(view.set_named(shop.book.id, "village").unwrap(), None);
    sound(&world.ledger);
}

#[test]
fn members_come_and_go_and_views_look_back() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let (one, other) = (world.funded(&shop, "1.00").id, world.funded(&shop, "2.00").id);
    let (tills, inner) = (set(&world, &shop, "tills"), set(&world, &shop, "inner"));
    let empty = world.ledger.view().unwrap();
    world.ledger.change_set(tills.id, AccountSetChange::add([one, other])).unwrap();
    world.ledger.change_set(tills.id, AccountSetChange::add([inner.id])).unwrap();
    let full = world.ledger.view().unwrap();
    world.ledger.change_set(tills.id, AccountSetChange::remove([Member::from(one), Member::from(inner.id)])).unwrap();
    let swap = AccountSetChange { remove: vec![other.into()], add: vec![one.into(), other.into()], key: None };
    let after = world.ledger.change_set(tills.id, swap).unwrap();
    assert_eq!((after.accounts, after.sets.len()), (2, 0));
    world.ledger.change_set(tills.id, AccountSetChange::remove([one])).unwrap();

    let world = world.reopened();
    let now = world.ledger.view().unwrap();
    let (empty, full) =
        (world.ledger.view_at(empty.sequence()).unwrap(), world.ledger.view_at(full.sequence()).unwrap());
    let members = |view: &View| view.members(tills.id, Listing::default()).unwrap().items;
    assert_eq!(members(&empty), []);
    assert_eq!(members(&full), [one.into(), other.into(), Member::Set(inner.id)]);
    assert_eq!(members(&now), [Member::Account(other)]);
    assert_eq!(figures(&full.set_balance(tills.id).unwrap().totals), three(2, "0.00", "3.00"));
    assert_eq!(figures(&now.set_balance(tills.id).unwrap().totals), three(1, "0.00", "2.00"));
    assert_eq!((full.sets_of(one).unwrap().len(), now.sets_of(one).unwrap().len()), (1, 0));
    assert_eq!(full.all_sets_of(one).unwrap().len(), 1);

    // In pages, from either end.
    let page = full.members(tills.id, Listing::first(2)).unwrap();
    let rest = full.members(tills.id, Listing::first(2).after(page.next.unwrap())).unwrap();
    assert_eq!((page.items.len(), rest.items.as_slice(), rest.next), (2, &[Member::Set(inner.id)][..], None));
    let page = full.members(tills.id, Listing::first(1).newest_first()).unwrap();
    let rest = full.members(tills.id, Listing::first(9).newest_first().after(page.next.unwrap())).unwrap();
    assert_eq!((page.items, rest.items), (vec![inner.id.into()], vec![other.into(), one.into()]));
    let strange = full.sets(shop.book.id, Listing::first(1)).unwrap().next.unwrap();
    assert!(full.members(tills.id, Listing::first(1).after(strange)).is_err());
    sound(&world.ledger);
}

#[test]
fn a_set_that_would_have_itself_is_refused_with_the_way() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let sets: Vec<SetId> = ["a", "b", "c", "d"].map(|name| set(&world, &shop, name).id).into();
    for pair in sets.windows(2) {
        world.ledger.change_set(pair[0], AccountSetChange::add([pair[1]])).unwrap();
    }
    world.ledger.change_set(sets[0], AccountSetChange::add([sets[3]])).unwrap();
    let cycle = |set: SetId, path: &[SetId]| Rejection::SetCycle { set, path: SetPath(path.to_vec()) };
    let refused = world.refused((sets[3], AccountSetChange::add([sets[1]])));
    assert_eq!(refused, cycle(sets[3], &[sets[1], sets[2], sets[3]]));
    assert_eq!(refused.to_string(), "set 4 would be a member of itself: 4 > 2 > 3 > 4");
    assert_eq!(world.refused((sets[1], AccountSetChange::add([sets[1]]))), cycle(sets[1], &[sets[1]]));
    let both = AccountSetChange { remove: vec![sets[3].into()], add: vec![sets[0].into()], key: None };
    assert_eq!(world.refused((sets[2], both)), cycle(sets[2], &[sets[0], sets[1], sets[2]]));
}

#[test]
fn a_sets_changes_are_refused_and_replayed() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let abroad = world.book(Currency::GBP);
    let play = world.ledger.open_book(NewBook::test("play", Currency::KES)).unwrap();
    let till = world.funded(&shop, "1.00").id;
    let pounds = world.account(&shop.client, &abroad).id;
    let tills = set(&world, &shop, "tills").id;
    let elsewhere = world.ledger.define_set(NewAccountSet::new(play.id, "tills")).unwrap().id;

    let named = |name: &str| NewAccountSet::new(shop.book.id, name);
    assert_eq!(world.refused(NewAccountSet::new(BookId(9), "")), Rejection::BookNotFound { book: BookId(9) });
    assert_eq!(world.refused(named("")), Rejection::TextRequired { field: "set name" });
    assert_eq!(world.refused(named("tills")), Rejection::SetNameTaken { set: tills });
    let missing = SetId(9);
    assert_eq!(world.refused((missing, AccountSetChange::add([till]))), Rejection::SetNotFound { set: missing });
    assert_eq!(world.refused((tills, AccountSetChange::add([missing]))), Rejection::SetNotFound { set: missing });
    let nobody = AccountId(999);
    assert_eq!(world.refused((tills, AccountSetChange::add([nobody]))), Rejection::AccountNotFound { account: nobody });
    let mismatch = Rejection::CurrencyMismatch { expected: Currency::KES, given: Currency::GBP };
    assert_eq!(world.refused((tills, AccountSetChange::add([pounds]))), mismatch);
    let mismatch = Rejection::BookMismatch { expected: shop.book.id, given: play.id };
    assert_eq!(world.refused((tills, AccountSetChange::add([elsewhere]))), mismatch);
    let member = Member::Account(till);
    assert_eq!(world.refused((tills, AccountSetChange::remove([till]))), Rejection::NotAMember { set: tills, member });
    assert_eq!(
        world.refused((tills, AccountSetChange::add([till, till]))),
        Rejection::AlreadyAMember { set: tills, member }
    );
    let many = AccountSetChange::add(vec![till; 1_025]);
    assert_eq!(world.refused((tills, many)), Rejection::TooMany { field: "members", limit: 1_024, given: 1_025 });

    let command = AccountSetChange::add([till]).keyed("in");
    let first = world.ledger.execute((tills, command.clone())).unwrap();
    let again = world.ledger.execute((tills, command.clone())).unwrap();
    assert!(!first.is_replayed() && again.is_replayed() && first.sequence() == again.sequence());
    assert_eq!(first.set(), Some(tills));
    assert_eq!(world.refused((elsewhere, command)), Rejection::IdempotencyConflict { original: first.sequence() });
    let new = named("more").described("More tills").keyed("define");
    let first = world.ledger.execute(new.clone()).unwrap();
    assert_eq!(world.ledger.execute(new).unwrap().sequence(), first.sequence());
    assert_eq!(world.refused(named("other").keyed("define")).code(), 113);
    let view = world.ledger.view().unwrap();
    assert_eq!(view.set(first.set().unwrap()).unwrap().description.as_deref(), Some("More tills"));
    assert_eq!(no(view.set(missing)), Rejection::SetNotFound { set: missing });
    assert_eq!(no(view.members(missing, Listing::default())), Rejection::SetNotFound { set: missing });
    assert_eq!(no(view.set_balance(missing)), Rejection::SetNotFound { set: missing });
    let filter = AccountFilter::InSet(missing);
    assert_eq!(no(view.accounts(filter, Listing::default())), Rejection::SetNotFound { set: missing });

    // Taken back with its transaction: nothing of it is left on the desk.
    let given_up = world.ledger.transaction(|tx| {
        tx.execute((tills, AccountSetChange::remove([till])))?;
        tx.execute(named("passing"))?;
        Err::<(), Error>(Rejection::EmptyPost.into())
    });
    assert_eq!(no(given_up), Rejection::EmptyPost);
    assert_eq!(world.refused((tills, AccountSetChange::add([till]))).code(), 384);
    let passing = world.ledger.define_set(named("passing")).unwrap();
    assert_eq!(passing.id.0, first.set().unwrap().0 + 1);
    sound(&world.ledger);
}

// Flows.

fn outside() -> AccountType {
    SystemAccount::External.account_type()
}

fn typed(world: &World, shop: &Shop, account_type: AccountType) -> Account {
    world.ledger.open_account(NewAccount::new(shop.client.id, shop.book.id, account_type)).unwrap()
}

#[test]
fn rule_c06_money_comes_from_outside_only_into_collections() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let collections = typed(&world, &shop, AccountType::AVAILABLE_COLLECTIONS).id;
    let float = typed(&world, &shop, AccountType::FLOAT_ACCOUNT).id;
    let early = world.credit(&shop, float, "1.00").sequence();
    let flows = Flows::of(shop.book.id)
        .allow(outside(), AccountType::AVAILABLE_COLLECTIONS)
        .allow(AccountType::AVAILABLE_COLLECTIONS, AccountType::FLOAT_ACCOUNT)
        .allow(AccountType::FLOAT_ACCOUNT, outside());
    world.ledger.define_flows(flows.clone()).unwrap();
    let world = world.reopened();

    let refused = |from: AccountType, to: AccountType| Rejection::FlowNotAllowed { from, to };
    let (money, service) = (kes("1.00"), shop.service.id);
    let credit = Credit::new(float, service, money, "credit");
    assert_eq!(world.refused(credit.clone()), refused(outside(), AccountType::FLOAT_ACCOUNT));
    assert_eq!(world.refused(PlaceHold::new(credit.clone())), refused(outside(), AccountType::FLOAT_ACCOUNT));
    world.credit(&shop, collections, "10.00");
    let own = |from, to, key: &str| Transfer::new(from, to, service, money, key).narrated("Own");
    world.ledger.transfer(own(collections, float, "there")).unwrap();
    let back = refused(AccountType::FLOAT_ACCOUNT, AccountType::AVAILABLE_COLLECTIONS);
    assert_eq!(world.refused(own(float, collections, "back")), back);
    world.ledger.debit(Debit::new(float, service, money, "out")).unwrap();
    let out = Debit::new(collections, service, money, "out-2");
    assert_eq!(world.refused(out), refused(AccountType::AVAILABLE_COLLECTIONS, outside()));
    let aside = Credit::new(collections, service, money, "aside").from_account(float);
    assert_eq!(world.refused(aside), back);

    // Reversals are not judged: this takes money from collections to the outside, and that from the float.
    let sale = world.credit(&shop, collections, "2.00").sequence();
    world.ledger.reverse(Reverse::whole(sale)).unwrap();
    world.ledger.reverse(Reverse::whole(early)).unwrap();

    // An empty list allows everything again, and what was said before can be looked up.
    let view = world.ledger.view().unwrap();
    assert_eq!(view.flows(shop.book.id).unwrap(), Some(flows));
    world.ledger.define_flows(Flows::of(shop.book.id).keyed("open")).unwrap();
    assert!(world.ledger.define_flows(Flows::of(shop.book.id).keyed("open")).unwrap().is_replayed());
    world.ledger.credit(credit).unwrap();
    let now = world.ledger.view().unwrap();
    assert_eq!(now.flows(shop.book.id).unwrap().map(|flows| flows.allowed.len()), Some(0));
    assert_eq!(view.flows(shop.book.id).unwrap().map(|flows| flows.allowed.len()), Some(3));
    assert_eq!(now.flows(BookId(1)).unwrap().is_some(), shop.book.id == BookId(1));
    sound(&world.ledger);
}

#[test]
fn of_many_lines_every_type_debited_is_held_against_every_type_credited() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let [collections, float, working] =
        [AccountType::AVAILABLE_COLLECTIONS, AccountType::FLOAT_ACCOUNT, AccountType::WORKING]
            .map(|account_type| typed(&world, &shop, account_type).id);
    let external = shop.book.system(SystemAccount::External);
    let list = Flows::of(shop.book.id).allow(outside(), AccountType::FLOAT_ACCOUNT);
    let list = list.allow(outside(), AccountType::WORKING).allow(AccountType::WORKING, AccountType::WORKING);
    world.ledger.define_flows(list).unwrap();
    let split = |first: AccountId, second: AccountId| {
        Post::new("split").debit(external, kes("3.00")).credit(first, kes("1.00")).credit(second, kes("2.00"))
    };
    let refused = Rejection::FlowNotAllowed { from: outside(), to: AccountType::AVAILABLE_COLLECTIONS };
    assert_eq!(world.refused(split(float, collections)), refused);
    // What is unbalanced is told first.
    assert_eq!(world.refused(split(float, collections).credit(working, kes("1.00"))).code(), 173);
    world.ledger.post(split(float, working)).unwrap();
    let mixed = Post::new("mixed").debit(external, kes("1.00")).debit(working, kes("1.00"));
    let mixed = mixed.credit(float, kes("2.00"));
    let refused = Rejection::FlowNotAllowed { from: AccountType::WORKING, to: AccountType::FLOAT_ACCOUNT };
    assert_eq!(world.refused(mixed), refused);
    assert_eq!(refused.code(), 386);
}

#[test]
fn a_list_names_only_types_that_are_known() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let rule = AccountTypeRule::new("ESCROW", pacioli::AccountClass::Liability);
    let list = || Flows::of(shop.book.id).allow(outside(), AccountType::new("ESCROW"));
    let unknown = Rejection::AccountTypeUnknown { account_type: AccountType::new("ESCROW") };
    assert_eq!(world.refused(list()), unknown);
    world.ledger.define_account_type(rule).unwrap();
    world.ledger.define_flows(list()).unwrap();
    assert_eq!(world.refused(Flows::of(BookId(9))), Rejection::BookNotFound { book: BookId(9) });
    let wrong = list().allow(outside(), AccountType::new("no code"));
    assert_eq!(world.refused(wrong), Rejection::MalformedCode { field: "account type" });
    let mut many = list();
    many.allowed = vec![(outside(), outside()); 1_025];
    assert_eq!(world.refused(many), Rejection::TooMany { field: "allowed flows", limit: 1_024, given: 1_025 });
}

// Blocked sides.

#[test]
fn a_blocked_side_refuses_business_and_lets_money_back() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let (till, other) = (world.account(&shop.client, &shop.book).id, world.funded(&shop, "9.00").id);
    let sale = world.credit(&shop, till, "10.00").sequence();
    let (money, service) = (kes("1.00"), shop.service.id);
    let out = |key: &str| Debit::new(till, service, money, key);
    let held = world.ledger.execute(PlaceHold::new(out("held"))).unwrap().sequence();
    let given_up = world.ledger.execute(PlaceHold::new(out("given-up"))).unwrap().sequence();

    let blocked = world.ledger.change_account(till, AccountChange::block(Side::Debit, "Court order 12")).unwrap();
    assert_eq!(blocked.blocks.reason(Side::Debit), Some("Court order 12"));
    assert_eq!(blocked.blocks.reason(Side::Credit), None);
    let world = world.reopened();
    let refused = Rejection::AccountBlocked { account: till, side: Side::Debit };
    assert_eq!((refused.code(), refused.is_transient()), (387, true));
    assert_eq!(refused.to_string(), format!("account {till} is blocked on its Debit side"));
    let transfer = Transfer::new(till, other, service, money, "t").narrated("Own");
    let post = Post::new("p").debit(till, money).credit(other, money).forced();
    for command in [
        Command::from(out("out")),
        transfer.into(),
        post.into(),
        PlaceHold::new(out("hold")).into(),
        Credit::new(other, service, money, "from").from_account(till).into(),
        Capture::whole(held).into(),
    ] {
        assert_eq!(world.refused(command), refused);
    }
    // The other side is open, and what gives money back goes through.
    world.credit(&shop, till, "1.00");
    world.ledger.execute(Release::whole(given_up)).unwrap();
    world.ledger.reverse(Reverse::part(sale, kes("2.00"), "back")).unwrap();
    assert_eq!(world.shows(till), "9.00");

    world.ledger.change_account(till, AccountChange::block(Side::Credit, "Under review")).unwrap();
    let refused = Rejection::AccountBlocked { account: till, side: Side::Credit };
    assert_eq!(world.refused(Credit::new(till, service, money, "in")), refused);
    let both = Blocks { debits: Some("Court order 12".into()), credits: Some("Under review".into()) };
    assert_eq!(world.ledger.view().unwrap().account(till).unwrap().blocks, both);

    world.ledger.change_account(till, AccountChange::unblock(Side::Debit)).unwrap();
    world.ledger.debit(out("out")).unwrap();
    world.ledger.execute(Capture::whole(held)).unwrap();
    assert_eq!(world.refused(Credit::new(till, service, money, "in")), refused);
    world.ledger.change_account(till, AccountChange::unblock(Side::Credit)).unwrap();
    world.credit(&shop, till, "1.00");
    assert_eq!(world.shows(till), "8.00");
    let history = world.ledger.view().unwrap().account_history(till).unwrap();
    let reasons: Vec<_> = history.iter().map(|version| version.blocks.reason(Side::Debit).is_some()).collect();
    assert_eq!(reasons, [false, true, true, false, false]);
    sound(&world.ledger);
}

#[test]
fn a_charge_is_business_on_its_side_too() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let till = world.funded(&shop, "10.00").id;
    let fee = Fee::Fixed(kes("0.50").amount().unwrap());
    let service = NewService::new(shop.client.id, shop.book.id, "CHARGED").fee(fee).borne_by(FeeBearer::Payee);
    let service = world.ledger.define_service(service).unwrap().id;
    world.ledger.change_account(till, AccountChange::block(Side::Debit, "Court order 12")).unwrap();
    world.credit(&shop, till, "1.00");
    let refused = Rejection::AccountBlocked { account: till, side: Side::Debit };
    assert_eq!(world.refused(Credit::new(till, service, kes("1.00"), "charged")), refused);
}

// Facts.

#[test]
fn accounts_and_clients_are_found_by_their_facts() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let open = |campaign: &str| {
        let account = NewAccount::new(shop.client.id, shop.book.id, AccountType::WORKING);
        world.ledger.open_account(account.with("campaign", campaign).tagged("campaign").tagged(campaign)).unwrap().id
    };
    let (flood, school, more) = (open("flood-2026"), open("school"), open("flood-2026"));
    let client = world.ledger.register_client(business("Coast Relief").with("region", "coast")).unwrap().id;
    let before = world.ledger.view().unwrap();
    world.ledger.change_account(flood, AccountChange::default().with("campaign", "flood-2027")).unwrap();
    world.ledger.change_account(more, AccountChange::default().without("campaign").tagged(["old"])).unwrap();
    world.ledger.change_account(more, AccountChange::default().with("campaign", "flood-2026")).unwrap();
    world.ledger.change_client(client, ClientChange::default().with("region", "hills")).unwrap();

    let world = world.reopened();
    let (now, before) = (world.ledger.view().unwrap(), world.ledger.view_at(before.sequence()).unwrap());
    let with = |view: &View, value: &str| {
        let page = view.accounts_with("campaign", value, Listing::default()).unwrap();
        page.items.iter().map(|shown| shown.account.id).collect::<Vec<_>>()
    };
    assert_eq!((with(&before, "flood-2026"), with(&now, "flood-2026")), (vec![flood, more], vec![more]));
    assert_eq!((with(&before, "flood-2027"), with(&now, "flood-2027")), (vec![], vec![flood]));
    assert_eq!((with(&now, "school"), with(&now, "nothing")), (vec![school], vec![]));
    let tagged = |view: &View, word: &str| listed(view, AccountFilter::Tagged(word.to_owned()));
    assert_eq!(
        (tagged(&before, "campaign"), tagged(&now, "campaign")),
        (vec![flood, school, more], vec![flood, school])
    );
    assert_eq!((tagged(&before, "old"), tagged(&now, "old")), (vec![], vec![more]));
    let filter = AccountFilter::With("campaign".to_owned(), "flood-2026".to_owned());
    assert_eq!(listed_backwards(&before, &filter), [more, flood]);
    let cursor = before.accounts(filter, Listing::first(1)).unwrap().next.unwrap();
    let other = AccountFilter::With("campaign".to_owned(), "school".to_owned());
    assert!(before.accounts(other, Listing::first(1).after(cursor)).is_err());

    let clients =
        |view: &View, region: &str| view.clients_with("region", region, Listing::default()).unwrap().items.len();
    assert_eq!((clients(&before, "coast"), clients(&now, "coast")), (1, 0));
    assert_eq!((clients(&before, "hills"), clients(&now, "hills")), (0, 1));
    sound(&world.ledger);
}

#[test]
fn many_accounts_with_one_fact_are_listed_in_pages() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let account = || NewAccount::new(shop.client.id, shop.book.id, AccountType::WORKING).with("k", "v").at_path("a:b");
    world.ledger.submit_batch((0..600).map(|_| account().into()).collect(), Atomicity::All).unwrap();
    let every_other: Vec<_> = (0..600).filter(|n| n % 2 == 0).map(|n| AccountId(7 + n)).collect();
    for account in &every_other {
        let moved = AccountChange::to_path("c").without("k");
        drop(world.ledger.submit((*account, moved)).unwrap());
    }
    world.credit(&shop, AccountId(8), "1.00");
    let view = world.ledger.view().unwrap();
    for filter in [AccountFilter::With("k".into(), "v".into()), AccountFilter::AtPath(shop.book.id, "a".into())] {
        let (mut listing, mut ids) = (Listing::first(7), Vec::new());
        loop {
            let page = view.accounts(filter.clone(), listing.clone()).unwrap();
            ids.extend(page.items.iter().map(|shown| shown.account.id.0));
            let Some(next) = page.next else { break };
            listing = listing.after(next);
        }
        let expected: Vec<u64> = (8..607).step_by(2).collect();
        assert_eq!(ids, expected, "{filter:?}");
    }
}

#[test]
fn many_clients_with_one_fact_are_listed_in_pages_in_either_order() {
    let world = World::new();
    let client = |n: u64| business(&format!("Shop {n}")).with("region", "coast").into();
    world.ledger.submit_batch((0..600).map(client).collect(), Atomicity::All).unwrap();
    let before = world.ledger.view().unwrap();
    for n in (1..=600).filter(|n| n % 3 == 0) {
        world.ledger.change_client(ClientId(n), ClientChange::default().with("region", "hills")).unwrap();
    }
    let now = world.ledger.view().unwrap();
    for (view, left) in [(&before, 600), (&now, 400)] {
        let expected: Vec<u64> = (1..=600).filter(|n| left == 600 || n % 3 != 0).collect();
        for (newest, limit) in [(false, 7), (true, 7), (false, 300), (true, 300)] {
            let (mut after, mut found) = (None, Vec::new());
            loop {
                let listing = Listing::first(limit);
                let listing = if newest { listing.newest_first() } else { listing.oldest_first() };
                let listing = after.map_or(listing.clone(), |after| listing.after(after));
                let page = view.clients_with("region", "coast", listing).unwrap();
                assert!(page.items.len() <= limit);
                found.extend(page.items.iter().map(|client| client.id.0));
                after = page.next;
                let Some(next) = after else { break };
                let other = view.clients_with("region", "hills", Listing::first(1).after(next));
                assert!(matches!(other, Err(Error::InvalidCursor)), "{other:?}");
            }
            if newest {
                found.reverse();
            }
            assert_eq!(found, expected, "{limit} at a time");
        }
    }
}

#[test]
fn entries_are_found_by_facts_that_are_marked() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let till = world.funded(&shop, "1.00").id;
    let paid = |order: &str, note: &str| {
        let facts = Metadata::from([("#order".to_owned(), order.to_owned()), ("note".to_owned(), note.to_owned())]);
        let credit = Credit::new(till, shop.service.id, kes("1.00"), world.key()).with(facts);
        world.ledger.credit(credit).unwrap().sequence()
    };
    let (first, other, second) = (paid("4711", "a"), paid("4712", "b"), paid("4711", "c"));
    let world = world.reopened();
    let view = world.ledger.view().unwrap();
    let found = |view: &View, order: &str, listing: Listing| {
        let page = view.entries_with("#order", order, listing).unwrap();
        (page.items.iter().map(|entry| entry.sequence).collect::<Vec<_>>(), page.next)
    };
    assert_eq!(found(&view, "4711", Listing::default()).0, [first, second]);
    assert_eq!(found(&view, "4712", Listing::default()).0, [other]);
    assert_eq!(found(&view, "4713", Listing::default()).0, []);
    let (newest, next) = found(&view, "4711", Listing::first(1).newest_first());
    assert_eq!(newest, [second]);
    assert_eq!(found(&view, "4711", Listing::first(1).newest_first().after(next.unwrap())), (vec![first], None));
    assert!(view.entries_with("#order", "4712", Listing::first(1).after(next.unwrap())).is_err());
    assert_eq!(found(&world.ledger.view_at(other).unwrap(), "4711", Listing::default()).0, [first]);
    assert_eq!(no(view.entries_with("note", "a", Listing::default())), Rejection::FactNotIndexed);
    sound(&world.ledger);
}

#[test]
fn labels_quotas_tags_and_facts_are_taken_away_again() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let account = NewAccount::new(shop.client.id, shop.book.id, AccountType::WORKING).labelled("till").with("a", "1");
    let account = world.ledger.open_account(account.with("b", "2").tagged("old")).unwrap().id;
    let change = AccountChange { label: Change::Unset, ..AccountChange::default() }.with("b", "3").without("a");
    let changed = world.ledger.change_account(account, change.tagged(["new", "newer"])).unwrap();
    assert_eq!((changed.label, changed.tags), (None, vec!["new".to_owned(), "newer".to_owned()]));
    assert_eq!(changed.metadata, Metadata::from([("b".to_owned(), "3".to_owned())]));
    let kept = world.ledger.change_account(account, AccountChange::default().tagged([""; 0])).unwrap();
    assert_eq!((kept.metadata.len(), kept.tags.len()), (1, 0));

    let quota = |accounts_max| ClientChange { accounts_max, ..ClientChange::default() };
    let client = world.ledger.change_client(shop.client.id, quota(Change::Set(1))).unwrap();
    assert_eq!(client.accounts_max, Some(1));
    let another = NewAccount::new(shop.client.id, shop.book.id, AccountType::WORKING);
    assert_eq!(world.refused(another.clone()), Rejection::MaxAccountsReached { book: shop.book.id, limit: 1 });
    let client = world.ledger.change_client(shop.client.id, quota(Change::Unset)).unwrap();
    assert_eq!(client.accounts_max, None);
    world.ledger.open_account(another).unwrap();

    let long = AccountChange::default().with("k", "v".repeat(4_096));
    assert_eq!(
        world.refused((account, long)),
        Rejection::TextTooLong { field: "metadata", limit: 4_096, given: 4_097 }
    );
    let many: MetadataChange = (0..65).map(|n| (format!("k{n}"), None)).collect();
    let many = AccountChange { metadata: many, ..AccountChange::default() };
    assert_eq!(world.refused((account, many)), Rejection::TooMany { field: "metadata pairs", limit: 64, given: 65 });
    let much = ClientChange::default().with("k", "v".repeat(4_096));
    assert_eq!(world.refused((shop.client.id, much)).code(), 102);
    let words = AccountChange::default().tagged(vec!["x"; 33]);
    assert_eq!(world.refused((account, words)), Rejection::TooMany { field: "tags", limit: 32, given: 33 });
    let history = world.ledger.view().unwrap().account_history(account).unwrap();
    assert_eq!(history[0].label.as_deref(), Some("till"));
    sound(&world.reopened().ledger);
}

// Money whose currency the compiler knows.

#[test]
fn commands_take_money_whose_currency_the_compiler_knows() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let (till, bank) = (world.account(&shop.client, &shop.book).id, world.account(&shop.client, &shop.book).id);
    let price = Of::<code::KES>::from_text("96.00").unwrap();
    let sale = world.ledger.credit(Credit::new(till, shop.service.id, price, "sale")).unwrap();
    assert_eq!(Of::try_from(sale.activity().unwrap().amount), Ok(price));
    let half = Of::<code::KES>::from_text("48.00").unwrap();
    world.ledger.transfer(Transfer::new(till, bank, shop.service.id, half, "own").narrated("Own")).unwrap();
    world.ledger.post(Post::new("post").debit(bank, half).credit(till, half)).unwrap();
    world.ledger.reverse(Reverse::part(sale.sequence(), half, "half")).unwrap();
    world.ledger.debit(Debit::new(till, shop.service.id, half, "out")).unwrap();
    assert_eq!(world.shows(till), "0.00");
    let pounds = Of::<code::GBP>::from_text("1.00").unwrap();
    let mismatch = Rejection::CurrencyMismatch { expected: Currency::KES, given: Currency::GBP };
    assert_eq!(world.refused(Credit::new(till, shop.service.id, pounds, "pounds")), mismatch);
    assert!(Of::<code::KES>::try_from(kes4().money("1").unwrap()).is_err());
}

// What stands beside the journal.

#[test]
fn every_row_of_the_chart_is_proved() {
    let store = Arc::new(MemoryStore::new());
    let over = || Ledger::builder().over(Arc::clone(&store) as Arc<dyn Store>).unwrap();
    let ledger = over();
    let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES)).unwrap();
    let client = ledger.register_client(business("Mama Njeri Shop").with("region", "coast")).unwrap();
    let account = NewAccount::new(client.id, book.id, AccountType::WORKING).at_path("tills:town").tagged("till");
    let account = ledger.open_account(account).unwrap();
    let sets = ["a", "b"].map(|name| ledger.define_set(NewAccountSet::new(book.id, name)).unwrap().id);
    ledger.change_set(sets[0], AccountSetChange::add([Member::from(account.id), Member::from(sets[1])])).unwrap();
    ledger.define_flows(Flows::of(book.id).allow(outside(), AccountType::WORKING)).unwrap();
    sound(&ledger);
    ledger.close().unwrap();
    for table in ["sets", "set_members", "memberships", "flows", "account_paths", "facts"] {
        let table = Table(table);
        let (mut rows, bounds) = (Vec::new(), (Bound::Unbounded, Bound::Unbounded));
        let snapshot = store.snapshot().unwrap();
        snapshot
            .scan(table, bounds.0, bounds.1, Order::Ascending, &mut |key, value| {
                rows.push((key.to_vec(), value.to_vec()));
                ControlFlow::Continue(())
            })
            .unwrap();
        assert!(!rows.is_empty(), "{table:?}");
        for (key, value) in rows {
            let found = |change: &dyn Fn(&mut Batch)| {
                let mut batch = Batch::new();
                change(&mut batch);
                store.commit(&batch).unwrap();
                let finding = over().verify_all().unwrap().finding;
                assert_eq!(finding.unwrap().table, table.0);
            };
            found(&|batch| batch.remove(table, key.clone()));
            let mut more = key.clone();
            *more.last_mut().unwrap() ^= 0x80;
            found(&|batch| {
                batch.put(table, key.clone(), value.clone());
                batch.put(table, more.clone(), value.clone());
            });
            let mut batch = Batch::new();
            batch.remove(table, more);
            store.commit(&batch).unwrap();
            sound(&over());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever moves where, the whole book's roll-up is its trial balance, each path holds what its parts do, and
    /// sets hold what their accounts do.
    #[test]
    fn the_root_of_a_roll_up_is_the_trial_balance(
        accounts in prop::collection::vec((0..6usize, any::<u8>()), 1..12),
        moves in prop::collection::vec((0..12usize, 0..12usize, 1..1_000i128, 0..5u8), 1..30),
    ) {
        let ledger = Ledger::in_memory().unwrap();
        let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES)).unwrap();
        let client = ledger.register_client(business("Mama Njeri Shop")).unwrap();
        let paths = ["a", "a:b", "a:b:c", "a-b", "z:9", ""];
        let sets = ["x", "y", "xy"].map(|name| ledger.define_set(NewAccountSet::new(book.id, name)).unwrap().id);
        ledger.change_set(sets[2], AccountSetChange::add([sets[0], sets[1]])).unwrap();
        let mut ids = vec![book.system(SystemAccount::External)];
        for (path, bits) in accounts {
            let mut account = NewAccount::new(client.id, book.id, AccountType::WORKING).overdraft(None);
            account.path = (!paths[path].is_empty()).then(|| paths[path].into());
            let id = ledger.open_account(account).unwrap().id;
            for (_, set) in sets.iter().enumerate().filter(|(at, _)| bits >> at & 1 == 1) {
                ledger.change_set(*set, AccountSetChange::add([id])).unwrap();
            }
            ids.push(id);
        }
        let mut views = Vec::new();
        for (at, (from, to, sum, path)) in moves.into_iter().enumerate() {
            let (from, to) = (ids[from % ids.len()], ids[to % ids.len()]);
            let money = book.currency.minor(sum).unwrap();
            ledger.post(Post::new(at.to_string()).debit(from, money).credit(to, money)).unwrap();
            let path = paths[usize::from(path)];
            let path = if path.is_empty() { Change::Unset } else { Change::Set(path.into()) };
            let change = AccountChange { path, ..AccountChange::default() };
            ledger.change_account(to, change).unwrap();
            if at % 7 == 0 {
                views.push(ledger.view().unwrap());
            }
        }
        views.push(ledger.view().unwrap());
        for view in views {
            let (root, trial) = (rollup(&view, book.id, ""), view.trial_balance(book.id).unwrap());
            prop_assert_eq!(root.total.debit_balance, trial.debits);
            prop_assert_eq!(root.total.credit_balance, trial.credits);
            prop_assert_eq!(root.total.debits, root.total.credits);
            prop_assert_eq!(root.total.accounts, 6 + ids.len() as u64 - 1);
            whole(&view, book.id, &root);
            let [x, y, xy] = sets.map(|set| listed(&view, AccountFilter::InSet(set)));
            let mut together: Vec<_> = x.iter().chain(&y).chain(&xy).copied().collect();
            together.sort_unstable();
            together.dedup();
            prop_assert_eq!(&xy, &together);
            for (set, members) in [(sets[0], &x), (sets[2], &xy)] {
                let totals = view.set_balance(set).unwrap().totals;
                let sum: i128 = members.iter().map(|id| view.balance(*id).unwrap().totals.posted(Side::Credit)).sum();
                prop_assert_eq!(totals.balance(Side::Credit).minor(), sum);
                prop_assert_eq!(totals.accounts, members.len() as u64);
            }
        }
        sound(&ledger);
    }
}

/// A path's total is its own and its children's, and is what is told when it is asked for itself.
fn whole(view: &View, book: BookId, node: &RollupNode) {
    let parts = || node.children.iter().map(|child| &child.total).chain([&node.own]);
    assert_eq!(node.total.accounts, parts().map(|totals| totals.accounts).sum::<u64>());
    for of in [|totals: &Totals| totals.debit_balance.minor(), |totals: &Totals| totals.credits.minor()] {
        assert_eq!(of(&node.total), parts().map(of).sum::<i128>());
    }
    for child in &node.children {
        assert_eq!(&rollup(view, book, child.path.as_ref().unwrap().as_str()), child);
        whole(view, book, child);
    }
}

#[test]
fn a_set_may_leave_and_come_again_in_one_change() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let (tills, all) = (set(&world, &shop, "tills").id, set(&world, &shop, "all").id);
    world.ledger.change_set(all, AccountSetChange::add([tills])).unwrap();
    let anew = AccountSetChange { remove: vec![tills.into()], add: vec![tills.into()], key: None };
    assert_eq!(world.ledger.change_set(all, anew).unwrap().sets, [tills]);
    sound(&world.ledger);
}

#[test]
fn the_way_by_which_a_set_would_have_itself_is_the_shortest() {
    let world = World::new();
    let shop = world.shop(Currency::KES);
    let [outer, middle, inner] = ["outer", "middle", "inner"].map(|name| set(&world, &shop, name).id);
    world.ledger.change_set(outer, AccountSetChange::add([middle, inner])).unwrap();
    world.ledger.change_set(middle, AccountSetChange::add([inner])).unwrap();
    let refused = world.refused((inner, AccountSetChange::add([outer])));
    assert_eq!(refused, Rejection::SetCycle { set: inner, path: SetPath(vec![outer, inner]) });
}
