//! Folding an entry into the desk. Applying only copies: whatever could go wrong was asked in `decide`.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::desk::{Desk, Name, Place, Portfolio, Record, Reversed, Row, Terms};
use super::texts::merged;
use super::{chart, cursors, devices, invoices, limits, parties, payouts, velocity};
use crate::model::{
    Account, AccountChange, AccountClass, AccountId, AccountStatus, AccountType, AccountTypeRule, Blocks, Book, Client,
    ClientChange, ClientId, Commitment, Committed, Effect, Entry, Event, Extras, Metadata, NewAccount, NewBook,
    NewClient, NewService, Posted, SYSTEM_ACCOUNTS, Sequence, Service, ServiceChange, ServiceId, SystemAccount, Tally,
    Timestamp,
};
use crate::money::Amount;

/// Folds an entry into the desk.
///
/// Everything in an entry is absolute, so applying entries again, in order, from any earlier point ends in the same
/// state; what a row or record does not have on the desk is left alone.
pub(crate) fn apply(desk: &mut Desk, entry: &Entry) {
    match &entry.event {
        Event::Posted(posted) => {
            for posting in &entry.postings {
                desk.change_row(posting.account, |row| row.tally.take(posting, entry.sequence, entry.recorded_at));
            }
            reversed(desk, entry, posted);
            for effect in &posted.effects {
                affected(desk, entry, effect);
            }
            velocity::count(desk, entry, posted);
        }
        Event::BookOpened { given, book, system_first } => {
            let record = self::book(given, *book, *system_first, entry);
            desk.counters.book = desk.counters.book.max(book.0);
            for system in SYSTEM_ACCOUNTS {
                add_account(desk, system_account(&record, system));
            }
            desk.change(Place::Name(Name::Book(record.name.clone())), Record::Name(book.0));
            desk.change(Place::Book(*book), Record::Book(Arc::new(record)));
        }
        Event::AccountTypeDefined { given } => {
            desk.change(Place::Type(given.account_type.clone()), Record::Type(Arc::new((**given).clone())));
        }
        Event::ClientRegistered { given, client, code, commitment } => {
            desk.counters.client = desk.counters.client.max(client.0);
            desk.change(Place::Name(Name::ClientCode(code.clone())), Record::Name(client.0));
            let record = self::client(given, *client, code, *commitment, entry);
            desk.change(Place::Client(*client), Record::Client(Arc::new(record)));
        }
        Event::ClientChanged { given, client, commitment } => {
            if let Some(Record::Client(before)) = desk.record(&Place::Client(*client)) {
                let record = changed_client(before, given, *commitment, entry);
                desk.change(Place::Client(*client), Record::Client(Arc::new(record)));
            }
        }
        Event::AccountOpened { given, account, rule, label } => {
            if let Some(Record::Book(book)) = desk.record(&Place::Book(given.book)) {
                let record = opened_account(given, *account, rule, label.clone(), book, entry);
                in_portfolio(desk, given.client, |portfolio| open_in(portfolio, &record, rule));
                if let Some(external_id) = &record.external_id {
                    desk.change(Place::Name(Name::ExternalId(external_id.clone())), Record::Name(account.0));
                }
                add_account(desk, record);
            }
        }
        Event::AccountChanged { given, account } => {
            if let Some(Record::Account(before)) = desk.record(&Place::Account(*account)) {
                let record = changed_account(before, given, entry);
                if let Some(client) = record.client.filter(|_| record.status == AccountStatus::Closed) {
                    in_portfolio(desk, client, |portfolio| close_in(portfolio, &record));
                }
                desk.change_row(*account, |row| row.terms = Terms::of(&record));
                desk.change(Place::Account(*account), Record::Account(Arc::new(record)));
            }
        }
        Event::ServiceDefined { given, service, code } => {
            desk.counters.service = desk.counters.service.max(service.0);
            let product = Name::Product(given.client, given.service_code.clone());
            desk.change(Place::Name(product), Record::Name(service.0));
            desk.change(Place::Name(Name::ServiceCode(code.clone())), Record::Name(service.0));
            let record = self::service(given, *service, code, entry);
            desk.change(Place::Service(*service), Record::Service(Arc::new(record)));
        }
        Event::ServiceChanged { given, service, version } => {
            if let Some(Record::Service(before)) = desk.record(&Place::Service(*service)) {
                let record = changed_service(before, given, *version, entry);
                // Reversals of what ran under the version before ask for it.
                let before = Arc::clone(before);
                desk.change(Place::ServiceVersion(*service, before.version), Record::Service(before));
                desk.change(Place::Service(*service), Record::Service(Arc::new(record)));
            }
        }
        Event::Device(event) => devices::apply(desk, event, entry),
        Event::Payout(event) => payouts::apply(desk, event, entry),
        Event::Invoice(event) => invoices::apply(desk, event, entry),
        Event::Limits(event) => limits::apply(desk, event, entry),
        Event::Cursor(event) => cursors::apply(desk, event, entry),
        Event::PeriodClosed(closed) => {
            if let Some(Record::Book(before)) = desk.record(&Place::Book(closed.book)) {
                let record = Book { closed_through: Some(closed.through), ..(**before).clone() };
                desk.change(Place::Book(closed.book), Record::Book(Arc::new(record)));
            }
        }
        Event::Chart(event) => chart::apply(desk, event, entry),
        Event::Parties(event) => parties::apply(desk, event, entry),
    }
}

/// Brings the rows on the desk up to an entry whose other records are already in storage.
///
/// `terms` gives the terms that an account is kept on today.
pub(crate) fn catch_up(desk: &mut Desk, entry: &Entry, terms: &mut dyn FnMut(AccountId) -> Option<Terms>) {
    let mut restore = |account: AccountId| {
        if let Some(terms) = terms(account) {
            desk.restore_row(account, terms);
        }
    };
    match &entry.event {
        Event::Posted(_) => {
            for posting in &entry.postings {
                desk.change_row(posting.account, |row| row.tally.take(posting, entry.sequence, entry.recorded_at));
            }
        }
        Event::BookOpened { system_first, .. } => {
            for system in SYSTEM_ACCOUNTS {
                restore(AccountId(system_first.0.saturating_add(system.place())));
            }
        }
        Event::AccountOpened { account, .. } | Event::AccountChanged { account, .. } => restore(*account),
        Event::Limits(event) => {
            if let Some(account) = event.account() {
                restore(account);
            }
        }
        Event::AccountTypeDefined { .. }
        | Event::ClientRegistered { .. }
        | Event::ClientChanged { .. }
        | Event::ServiceDefined { .. }
        | Event::ServiceChanged { .. }
        | Event::Device(_)
        | Event::Payout(_)
        | Event::Cursor(_)
        | Event::PeriodClosed(_)
        | Event::Invoice(_)
        | Event::Chart(_)
        | Event::Parties(_) => {}
    }
}

/// How much of the original a reversal leaves.
fn reversed(desk: &mut Desk, entry: &Entry, posted: &Posted) {
    if let Some(reverses) = posted.reverses {
        let record = Reversed { total: reverses.total, whole: reverses.whole, by: entry.sequence };
        desk.change(Place::Reversed(reverses.original), Record::Reversed(record));
    }
}

/// What a movement did beside moving money.
fn affected(desk: &mut Desk, entry: &Entry, effect: &Effect) {
    match effect {
        Effect::HoldPlaced { .. } => {
            if let Some(record) = entry.placed_hold() {
                desk.change(Place::Hold(record.id), Record::Hold(Arc::new(record)));
            }
        }
        // The lines say all of it.
        Effect::Exchanged(_) => {}
        Effect::HoldSettled { hold, .. } => {
            if let Some(Record::Hold(before)) = desk.record(&Place::Hold(*hold))
                && let Some(record) = entry.settled_hold(before)
            {
                desk.change(Place::Hold(*hold), Record::Hold(Arc::new(record)));
            }
        }
        Effect::Payout { event } => payouts::apply(desk, event, entry),
        Effect::InvoiceCompleted { invoice, amount, charge } => {
            invoices::completed(desk, *invoice, *amount, *charge, entry);
        }
    }
}

fn add_account(desk: &mut Desk, record: Account) {
    desk.counters.account = desk.counters.account.max(record.id.0);
    desk.add_row(record.id, Row { terms: Terms::of(&record), tally: Tally::default() });
    desk.change(Place::Account(record.id), Record::Account(Arc::new(record)));
}

fn in_portfolio(desk: &mut Desk, client: ClientId, change: impl FnOnce(&mut Portfolio)) {
    let mut portfolio = match desk.record(&Place::Portfolio(client)) {
        Some(Record::Portfolio(portfolio)) => (**portfolio).clone(),
        _ => Portfolio::default(),
    };
    change(&mut portfolio);
    desk.change(Place::Portfolio(client), Record::Portfolio(Arc::new(portfolio)));
}

fn open_in(portfolio: &mut Portfolio, account: &Account, rule: &AccountTypeRule) {
    portfolio.opened = portfolio.opened.saturating_add(1);
    let open = portfolio.open.entry(account.book).or_default();
    *open = open.saturating_add(1);
    if rule.single {
        portfolio.singles.insert((account.book, account.account_type.clone()), account.id);
    }
}

fn close_in(portfolio: &mut Portfolio, account: &Account) {
    if let Some(open) = portfolio.open.get_mut(&account.book) {
        *open = open.saturating_sub(1);
    }
    portfolio.singles.retain(|_, single| *single != account.id);
}

fn book(given: &NewBook, id: crate::model::BookId, system_first: AccountId, entry: &Entry) -> Book {
    Book {
        id,
        name: given.name.clone(),
        currency: given.currency,
        mode: given.mode,
        accounts_max: given.accounts_max,
        text_scale: given.text_scale,
        system_first,
        opened_at: entry.recorded_at,
        opened_in: entry.sequence,
        closed_through: None,
    }
}

/// A book's own account: without owner or floor, since it mirrors what happened elsewhere.
fn system_account(book: &Book, system: SystemAccount) -> Account {
    let account_type: AccountType = system.account_type();
    let class: AccountClass = system.class();
    Account {
        id: book.system(system),
        client: None,
        book: book.id,
        currency: book.currency,
        name: account_type.code().to_owned(),
        account_type,
        class,
        normal_side: class.normal_side(),
        label: None,
        external_id: None,
        tags: Vec::new(),
        metadata: Metadata::new(),
        path: None,
        blocks: Blocks::default(),
        minimum_balance: Amount::ZERO,
        can_overdraw: true,
        overdraft_limit: None,
        can_disburse: false,
        status: AccountStatus::Active,
        status_description: None,
        extras: Extras::NONE,
        opened_at: book.opened_at,
        opened_in: book.opened_in,
        changed_at: book.opened_at,
        changed_in: book.opened_in,
    }
}

fn opened_account(
    given: &NewAccount,
    id: AccountId,
    rule: &AccountTypeRule,
    label: Option<String>,
    book: &Book,
    entry: &Entry,
) -> Account {
    let given = given.clone();
    Account {
        id,
        client: Some(given.client),
        book: book.id,
        currency: book.currency,
        name: given.name.unwrap_or_else(|| given.account_type.code().to_owned()),
        account_type: given.account_type,
        class: rule.class,
        normal_side: rule.normal_side,
        label,
        external_id: given.external_id,
        tags: given.tags,
        metadata: given.metadata,
        path: given.path,
        blocks: Blocks::default(),
        minimum_balance: given.minimum_balance,
        can_overdraw: given.can_overdraw,
        overdraft_limit: given.overdraft_limit,
        can_disburse: given.can_disburse.unwrap_or(rule.can_disburse),
        status: if given.active { AccountStatus::Active } else { AccountStatus::Inactive },
        status_description: given.status_description,
        extras: Extras::NONE,
        opened_at: entry.recorded_at,
        opened_in: entry.sequence,
        changed_at: entry.recorded_at,
        changed_in: entry.sequence,
    }
}

fn changed_account(before: &Account, given: &AccountChange, entry: &Entry) -> Account {
    let before = before.clone();
    let (can_overdraw, overdraft_limit) = given.overdraft.unwrap_or((before.can_overdraw, before.overdraft_limit));
    let status_description = match given.status {
        Some(_) => given.status_description.clone(),
        None => given.status_description.clone().or(before.status_description),
    };
    let blocks = Blocks {
        debits: given.debits_blocked.clone().applied(before.blocks.debits),
        credits: given.credits_blocked.clone().applied(before.blocks.credits),
    };
    Account {
        name: given.name.clone().unwrap_or(before.name),
        label: given.label.clone().applied(before.label),
        tags: given.tags.clone().unwrap_or(before.tags),
        metadata: merged(&before.metadata, &given.metadata),
        path: given.path.clone().applied(before.path),
        extras: Extras {
            blocked_debits: blocks.debits.is_some(),
            blocked_credits: blocks.credits.is_some(),
            ..before.extras
        },
        blocks,
        status: given.status.unwrap_or(before.status),
        status_description,
        minimum_balance: given.minimum_balance.unwrap_or(before.minimum_balance),
        can_overdraw,
        overdraft_limit,
        can_disburse: given.can_disburse.unwrap_or(before.can_disburse),
        changed_at: entry.recorded_at,
        changed_in: entry.sequence,
        ..before
    }
}

fn client(given: &NewClient, id: ClientId, code: &str, commitment: Commitment, entry: &Entry) -> Client {
    let given = given.clone();
    Client {
        id,
        code: code.to_owned(),
        kind: given.kind,
        name: given.name,
        email: given.email,
        phone: given.phone,
        contact: given.contact,
        tax_id: given.tax_id,
        country: given.country,
        active: given.active,
        physical_address: given.physical_address,
        logo: given.logo,
        description: given.description,
        accounts_max: given.accounts_max,
        quotas: BTreeMap::new(),
        limited: false,
        metadata: given.metadata,
        registered_at: entry.recorded_at,
        changed_at: entry.recorded_at,
        changed_in: entry.sequence,
        personal: Committed { commitment, committed_in: entry.sequence, erased_at: None },
    }
}

/// Personal texts are not among what an entry says, but for the commitment to all of them.
fn changed_client(before: &Client, given: &ClientChange, commitment: Option<Commitment>, entry: &Entry) -> Client {
    let before = before.clone();
    let personal = match commitment {
        Some(commitment) => Committed { commitment, committed_in: entry.sequence, ..before.personal },
        None => before.personal,
    };
    Client {
        name: given.name.clone().unwrap_or(before.name),
        personal,
        active: given.active.unwrap_or(before.active),
        accounts_max: given.accounts_max.applied(before.accounts_max),
        metadata: merged(&before.metadata, &given.metadata),
        changed_at: entry.recorded_at,
        changed_in: entry.sequence,
        ..before
    }
}

fn service(given: &NewService, id: ServiceId, code: &str, entry: &Entry) -> Service {
    let (at, sequence): (Timestamp, Sequence) = (entry.recorded_at, entry.sequence);
    Service {
        id,
        version: 1,
        code: code.to_owned(),
        name: given.name.clone().unwrap_or_else(|| given.service_code.clone()),
        terms: NewService { key: None, ..given.clone() },
        limited: false,
        defined_at: at,
        changed_at: at,
        changed_in: sequence,
    }
}

fn changed_service(before: &Service, given: &ServiceChange, version: u32, entry: &Entry) -> Service {
    let Service { terms, .. } = before.clone();
    let (minimum, maximum) = given.limits.unwrap_or((terms.minimum, terms.maximum));
    Service {
        version,
        name: given.name.clone().unwrap_or_else(|| before.name.clone()),
        terms: NewService {
            operations: given.operations.unwrap_or(terms.operations),
            tariff: given.tariff.clone().unwrap_or(terms.tariff),
            tax: given.tax.unwrap_or(terms.tax),
            bearer: given.bearer.unwrap_or(terms.bearer),
            rounding: given.rounding.unwrap_or(terms.rounding),
            minimum,
            maximum,
            cross_client: given.cross_client.unwrap_or(terms.cross_client),
            refund_fee_on_reversal: given.refund_fee_on_reversal.unwrap_or(terms.refund_fee_on_reversal),
            reserve: given.reserve.unwrap_or(terms.reserve),
            active: given.active.unwrap_or(terms.active),
            ..terms
        },
        changed_at: entry.recorded_at,
        changed_in: entry.sequence,
        ..before.clone()
    }
}
