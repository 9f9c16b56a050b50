//! A draft: what a command has been judged to become, before it is an entry.

use std::borrow::Cow;

use super::command::{Command, Held, Request};
use super::desk::Beside;
use crate::model::{
    AccountId, AccountTypeRule, BookId, ClientId, Details, Entry, EntryKind, Event, Operation, Posted, Postings,
    Sequence, ServiceId, Timestamp, TransactionSource,
};

/// Where and when the next entry will stand. Time is an argument: the law reads no clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub sequence: Sequence,
    pub recorded_at: Timestamp,
}

/// A command's name: whose keys it is unique among, and the key.
#[derive(Debug)]
pub(crate) struct Identity<'a> {
    pub client: Option<ClientId>,
    pub key: Option<Cow<'a, str>>,
}

/// An entry, but for what moves over from the command.
#[derive(Debug)]
pub(crate) struct Draft {
    pub outcome: Outcome,
    pub postings: Postings,
}

/// What the ledger adds to what was asked.
#[derive(Debug)]
pub(crate) enum Outcome {
    BookOpened(BookId, AccountId),
    TypeDefined,
    AccountOpened(AccountId, Box<AccountTypeRule>, Option<String>),
    AccountChanged,
    ServiceDefined(ServiceId, String),
    ServiceChanged(u32),
    Posted(Posted),
    /// The whole event, content and all.
    Recorded(Box<Event>),
    /// The whole event, and what changes beside the journal with it.
    Beside(Box<Event>, Beside),
}

impl From<Outcome> for Draft {
    fn from(outcome: Outcome) -> Self {
        Self { outcome, postings: Postings::default() }
    }
}

impl Outcome {
    /// The movement that it will be, if it will be one.
    pub(super) fn posted(&mut self) -> Option<&mut Posted> {
        match self {
            Self::Posted(posted) => Some(posted),
            Self::Recorded(event) => match &mut **event {
                Event::Posted(posted) => Some(posted),
                _ => None,
            },
            _ => None,
        }
    }
}

impl Draft {
    /// Takes out what changes beside the journal.
    pub(crate) fn take_beside(&mut self) -> Beside {
        match &mut self.outcome {
            Outcome::Beside(_, beside) => std::mem::take(beside),
            _ => Beside::new(),
        }
    }

    /// The entry, with the content that moves over from the command.
    pub(crate) fn into_entry(
        self,
        command: Command,
        client: Option<ClientId>,
        key: Option<Box<str>>,
        moment: Moment,
    ) -> Entry {
        let event = match (self.outcome, command.request) {
            (Outcome::BookOpened(book, system_first), Request::OpenBook(given)) => {
                Event::BookOpened { given, book, system_first }
            }
            (Outcome::AccountOpened(account, rule, label), Request::OpenAccount(given)) => {
                Event::AccountOpened { given, account, rule, label }
            }
            (Outcome::ServiceDefined(service, code), Request::DefineService(given)) => {
                Event::ServiceDefined { given, service, code }
            }
            (Outcome::ServiceChanged(version), Request::ChangeService(service, given)) => {
                Event::ServiceChanged { given, service, version }
            }
            (_, Request::DefineAccountType(given)) => Event::AccountTypeDefined { given },
            (_, Request::ChangeAccount(account, given)) => Event::AccountChanged { given, account },
            (Outcome::Recorded(event) | Outcome::Beside(event, _), _) => *event,
            // What completes an invoice has the invoice's texts too.
            (Outcome::Posted(posted), Request::Invoice(_)) => Event::Posted(posted),
            (Outcome::Posted(mut posted), request) => {
                posted.details = details(request);
                Event::Posted(posted)
            }
            // `decide` pairs each outcome with its request; no other pair is built.
            (_, request) => {
                let nothing = Posted::of(Operation::Post, EntryKind::Adjustment, TransactionSource::Internal);
                Event::Posted(Posted { details: details(request), ..nothing })
            }
        };
        let Moment { sequence, recorded_at } = moment;
        let postings = self.postings;
        Entry { sequence, recorded_at, actor: command.actor, client, key, event, postings }
    }
}

fn details(request: Request) -> Option<Box<Details>> {
    match request {
        Request::Credit(given) => given.details,
        Request::Debit(given) => given.details,
        Request::Transfer(given) => given.details,
        Request::Post(given) => given.details,
        Request::Reverse(given) => given.details,
        Request::PlaceHold(given) => match given.movement {
            Held::Credit(given) => given.details,
            Held::Debit(given) => given.details,
            Held::Transfer(given) => given.details,
            Held::Post(given) => given.details,
            Held::Exchange(given) => given.details,
        },
        Request::Capture(given) => given.details,
        Request::Release(given) => given.details,
        Request::Exchange(given) => given.details,
        _ => None,
    }
}
