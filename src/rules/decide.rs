//! Judging one command: the order of the questions, and the entry that a yes becomes.

use std::borrow::Cow;
use std::sync::Arc;

use super::codes::Sources;
use super::command::{Command, Held, Request};
use super::desk::{Desk, Refusal};
use super::draft::{Draft, Identity, Moment};
use super::holds::Asked;
use super::movements::Staging;
use super::rejection::Rejection;
use super::{
    accounts, chart, clients, conditions, cursors, devices, holds, invoices, limits, monitors, movements, parties,
    payouts, periods, reversals, services, texts,
};
use crate::model::{Entry, Event, ServiceId};

/// What is to be done about a command.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// Write the entry that this draft becomes.
    Write(Draft),
    /// It has been done, by the original that was shown.
    Replay,
}

/// Names a command, for finding the original of which it may be the repetition.
pub(crate) fn identify<'a>(desk: &Desk, command: &'a Command) -> Result<Identity<'a>, Refusal> {
    let operator = |key: &'a Option<String>| Identity { client: None, key: key.as_deref().map(Cow::Borrowed) };
    let of = |client, key: &'a Option<String>| Identity { client: Some(client), ..operator(key) };
    let identity = match &command.request {
        Request::OpenBook(given) => operator(&given.key),
        Request::DefineAccountType(_) => Identity { client: None, key: None },
        Request::RegisterClient(given) => operator(&given.key),
        Request::ChangeClient(client, given) => of(*client, &given.key),
        Request::OpenAccount(given) => of(given.client, &given.key),
        Request::ChangeAccount(account, given) => {
            Identity { client: desk.row(*account)?.terms.client, ..operator(&given.key) }
        }
        Request::DefineService(given) => of(given.client, &given.key),
        Request::ChangeService(service, given) => of(desk.service(*service)?.terms.client, &given.key),
        Request::Credit(given) => movement(desk, given.service, &given.key)?,
        Request::Debit(given) => movement(desk, given.service, &given.key)?,
        Request::Transfer(given) => movement(desk, given.service, &given.key)?,
        Request::Post(given) => Identity { client: None, key: Some(Cow::Borrowed(required(&given.key)?)) },
        Request::Reverse(given) => reversals::identify(desk, given)?,
        Request::PlaceHold(given) => match &given.movement {
            Held::Credit(given) => movement(desk, given.service, &given.key)?,
            Held::Debit(given) => movement(desk, given.service, &given.key)?,
            Held::Transfer(given) => movement(desk, given.service, &given.key)?,
            Held::Post(given) => Identity { client: None, key: Some(Cow::Borrowed(required(&given.key)?)) },
            Held::Exchange(given) => movement(desk, given.service, &given.key)?,
        },
        Request::Capture(_) | Request::Release(_) | Request::Expire(_) => holds::identify(desk, &command.request)?,
        Request::Device(given) => devices::identify(desk, given)?,
        Request::Payout(given) => payouts::identify(desk, given)?,
        Request::Invoice(given) => invoices::identify(desk, given)?,
        Request::Limits(given) => limits::identify(desk, given)?,
        Request::Cursor(given) => cursors::identify(desk, given)?,
        Request::Exchange(given) => movement(desk, given.service, &given.key)?,
        Request::ClosePeriod(given) => periods::identify(given)?,
        Request::Chart(given) => chart::identify(given),
        Request::Parties(given) => parties::identify(desk, given)?,
    };
    if let Some(key) = &identity.key {
        texts::filled("key", key)?;
        texts::within("key", key, crate::model::Limits::KEY_BYTES)?;
    }
    Ok(identity)
}

fn movement<'a>(desk: &Desk, service: ServiceId, key: &'a str) -> Result<Identity<'a>, Refusal> {
    let key = Some(Cow::Borrowed(required(key)?));
    Ok(Identity { client: Some(desk.service(service)?.terms.client), key })
}

fn required(key: &str) -> Result<&str, Rejection> {
    if key.is_empty() { Err(Rejection::IdempotencyKeyRequired) } else { Ok(key) }
}

/// Judges one command. `original` is the entry that already has its key, if there is one.
pub(crate) fn decide(
    desk: &Desk,
    command: &Command,
    original: Option<&Arc<Entry>>,
    moment: Moment,
    sources: Sources<'_>,
) -> Result<Verdict, Refusal> {
    if let Some(original) = original {
        return if repeats(desk, command, original)? {
            Ok(Verdict::Replay)
        } else {
            Err(Rejection::IdempotencyConflict { original: original.sequence }.into())
        };
    }
    conditions::met(desk, &command.conditions)?;
    texts::actor(command.actor.as_deref())?;
    let mut draft = match &command.request {
        Request::OpenBook(given) => accounts::open_book(desk, given)?,
        Request::DefineAccountType(given) => accounts::define_type(desk, given)?,
        Request::RegisterClient(given) => clients::register(desk, given, moment, sources)?,
        Request::ChangeClient(client, given) => clients::change(desk, *client, given, moment, sources)?,
        Request::OpenAccount(given) => accounts::open(desk, given)?,
        Request::ChangeAccount(account, given) => accounts::change(desk, *account, given)?,
        Request::DefineService(given) => services::define(desk, given, sources.codes)?,
        Request::ChangeService(service, given) => services::change(desk, *service, given)?,
        Request::Credit(given) => movements::credit(desk, given, Staging::Now, moment)?,
        Request::Debit(given) => movements::debit(desk, given, Staging::Now, moment)?,
        Request::Transfer(given) => movements::transfer(desk, given, Staging::Now, moment)?,
        Request::Post(given) => movements::post(desk, given, Staging::Now, moment)?,
        Request::Reverse(given) => reversals::reverse(desk, given, moment)?,
        Request::PlaceHold(given) => holds::place(desk, given, moment)?,
        Request::Capture(given) => holds::settle(desk, Asked::capture(given), moment)?,
        Request::Release(given) => holds::settle(desk, Asked::release(given), moment)?,
        Request::Expire(given) => holds::settle(desk, Asked::expire(given), moment)?,
        Request::Device(given) => devices::decide(desk, given)?,
        Request::Payout(given) => payouts::decide(desk, given, moment, sources)?,
        Request::Invoice(given) => invoices::decide(desk, given, moment)?,
        Request::Limits(given) => limits::decide(desk, given)?,
        Request::Cursor(given) => cursors::decide(desk, given, moment)?,
        Request::Exchange(given) => movements::exchange(desk, given, Staging::Now, moment)?,
        Request::ClosePeriod(given) => periods::close(desk, given, moment)?,
        Request::Chart(given) => chart::decide(desk, given)?,
        Request::Parties(given) => parties::decide(desk, given, moment, sources)?,
    };
    let crossed = monitors::crossings(desk, draft.postings())?;
    if !crossed.is_empty()
        && let Some(posted) = draft.posted()
    {
        posted.crossed = crossed;
    }
    Ok(Verdict::Write(draft))
}

/// Whether a command asks for exactly what an entry records.
fn repeats(desk: &Desk, command: &Command, original: &Entry) -> Result<bool, Refusal> {
    Ok(match (&command.request, &original.event) {
        (Request::OpenBook(given), Event::BookOpened { given: kept, .. }) => given == kept,
        (Request::RegisterClient(given), Event::ClientRegistered { given: kept, client, .. }) => {
            clients::repeats_registration(desk, given, kept, *client, original.sequence)?
        }
        (Request::ChangeClient(client, given), Event::ClientChanged { given: kept, client: whose, commitment }) => {
            let at = (original.sequence, commitment.is_some());
            client == whose && clients::repeats_change(desk, given, kept, *client, at)?
        }
        (Request::OpenAccount(given), Event::AccountOpened { given: kept, .. }) => given == kept,
        (Request::ChangeAccount(account, given), Event::AccountChanged { given: kept, account: whose }) => {
            given == kept && account == whose
        }
        (Request::DefineService(given), Event::ServiceDefined { given: kept, .. }) => given == kept,
        (Request::ChangeService(service, given), Event::ServiceChanged { given: kept, service: whose, .. }) => {
            given == kept && service == whose
        }
        (Request::Reverse(given), Event::Posted(posted)) => {
            reversals::repeats(desk, given, posted, &original.postings)?
        }
        (Request::PlaceHold(given), Event::Posted(posted)) => {
            holds::repeats_placing(desk, given, posted, &original.postings)?
        }
        (Request::Capture(given), Event::Posted(_)) => holds::repeats(desk, Asked::capture(given), original)?,
        (Request::Release(given), Event::Posted(_)) => holds::repeats(desk, Asked::release(given), original)?,
        (Request::Expire(given), Event::Posted(_)) => holds::repeats(desk, Asked::expire(given), original)?,
        (Request::Device(given), Event::Device(event)) => devices::repeats(given, event),
        (Request::Payout(given), _) => match original.payout() {
            Some(event) => payouts::repeats(desk, given, event)?,
            None => false,
        },
        (Request::Invoice(given), _) => invoices::repeats(desk, given, original)?,
        (Request::Limits(given), Event::Limits(kept)) => limits::repeats(given, kept),
        (Request::Cursor(given), Event::Cursor(kept)) => cursors::repeats(desk, given, kept)?,
        (Request::ClosePeriod(given), Event::PeriodClosed(closed)) => periods::repeats(given, closed),
        (Request::Chart(given), Event::Chart(kept)) => chart::repeats(given, kept),
        (Request::Parties(given), Event::Parties(kept)) => parties::repeats(desk, given, kept, original.sequence)?,
        (request, Event::Posted(posted)) => movements::repeats(desk, request, posted, &original.postings)?,
        _ => false,
    })
}
