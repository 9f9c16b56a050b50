//! A draft: what a command has been judged to become, before it is an entry.

use std::borrow::Cow;
use std::sync::Arc;

use super::command::{Command, Held, Request};
use super::desk::Beside;
use crate::model::{
    AccountId, AccountTypeRule, BookId, ClientId, Details, Entry, EntryKind, Event, Operation, Posted, Posting,
    Postings, Sequence, ServiceId, Timestamp, TransactionSource,
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

/// What a command has been judged to become: what the ledger adds to what was asked.
#[derive(Debug)]
pub(crate) enum Draft {
    BookOpened(BookId, AccountId),
    TypeDefined,
    AccountOpened(AccountId, Box<AccountTypeRule>, Option<String>),
    AccountChanged,
    ServiceDefined(ServiceId, String),
    ServiceChanged(u32),
    /// Money moves: the entry, where it will stay, but for what moves over from the command.
    Moved(Arc<Entry>),
    /// The whole event, content and all.
    Recorded(Box<Event>),
    /// The whole event, and what changes beside the journal with it.
    Beside(Box<Event>, Beside),
}

impl Draft {
    pub(super) fn moved(posted: Posted, postings: Postings, moment: Moment) -> Self {
        let Moment { sequence, recorded_at } = moment;
        let event = Event::Posted(posted);
        Self::Moved(Arc::new(Entry { sequence, recorded_at, actor: None, client: None, key: None, event, postings }))
    }

    pub(super) fn recorded(event: Event) -> Self {
        Self::Recorded(Box::new(event))
    }

    /// The movement, if it is one.
    pub(super) fn posted(&mut self) -> Option<&mut Posted> {
        match self {
            Self::Moved(entry) => match &mut Arc::make_mut(entry).event {
                Event::Posted(posted) => Some(posted),
                _ => None,
            },
            _ => None,
        }
    }

    /// The lines, if it is a movement.
    pub(super) fn postings(&self) -> &[Posting] {
        match self {
            Self::Moved(entry) => &entry.postings,
            _ => &[],
        }
    }

    /// Takes out what changes beside the journal.
    pub(crate) fn take_beside(&mut self) -> Beside {
        match self {
            Self::Beside(_, beside) => std::mem::take(beside),
            _ => Beside::new(),
        }
    }

    /// The entry, with the content that moves over from the command; its key too, unless there is one of its own.
    pub(crate) fn into_entry(
        self,
        mut command: Command,
        client: Option<ClientId>,
        own_key: Option<Box<str>>,
        moment: Moment,
    ) -> Arc<Entry> {
        let actor = command.actor.take();
        let key = own_key.or_else(|| take_key(&mut command.request));
        match self {
            Self::Moved(mut entry) => {
                let moved = Arc::make_mut(&mut entry);
                (moved.actor, moved.client, moved.key) = (actor, client, key);
                if let Event::Posted(posted) = &mut moved.event
                    && let Some(details) = take_details(&mut command.request)
                {
                    posted.details = Some(details);
                }
                entry
            }
            other => {
                let Moment { sequence, recorded_at } = moment;
                let (event, postings) = (other.into_event(command.request), Postings::default());
                Arc::new(Entry { sequence, recorded_at, actor, client, key, event, postings })
            }
        }
    }

    /// The event of what moves no money.
    fn into_event(self, request: Request) -> Event {
        match (self, request) {
            (Self::BookOpened(book, system_first), Request::OpenBook(given)) => {
                Event::BookOpened { given, book, system_first }
            }
            (Self::AccountOpened(account, rule, label), Request::OpenAccount(given)) => {
                Event::AccountOpened { given, account, rule, label }
            }
            (Self::ServiceDefined(service, code), Request::DefineService(given)) => {
                Event::ServiceDefined { given, service, code }
            }
            (Self::ServiceChanged(version), Request::ChangeService(service, given)) => {
                Event::ServiceChanged { given, service, version }
            }
            (Self::Recorded(event) | Self::Beside(event, _), _) => *event,
            (_, Request::DefineAccountType(given)) => Event::AccountTypeDefined { given },
            (_, Request::ChangeAccount(account, given)) => Event::AccountChanged { given, account },
            // `decide` pairs each draft with its request; no other pair is built.
            _ => Event::Posted(Posted::of(Operation::Post, EntryKind::Adjustment, TransactionSource::Internal)),
        }
    }
}

/// A movement's key moves over to the entry without being copied.
fn take_key(request: &mut Request) -> Option<Box<str>> {
    let key = match request {
        Request::Credit(given) => &mut given.key,
        Request::Debit(given) => &mut given.key,
        Request::Transfer(given) => &mut given.key,
        Request::PlaceHold(given) => match &mut given.movement {
            Held::Credit(given) => &mut given.key,
            Held::Debit(given) => &mut given.key,
            Held::Transfer(given) => &mut given.key,
            Held::Post(_) | Held::Exchange(_) => return None,
        },
        _ => return None,
    };
    Some(std::mem::take(key))
}

/// Takes the texts of a movement out of what asks for it.
fn take_details(request: &mut Request) -> Option<Box<Details>> {
    let details = match request {
        Request::Credit(given) => &mut given.details,
        Request::Debit(given) => &mut given.details,
        Request::Transfer(given) => &mut given.details,
        Request::Post(given) => &mut given.details,
        Request::Reverse(given) => &mut given.details,
        Request::PlaceHold(given) => match &mut given.movement {
            Held::Credit(given) => &mut given.details,
            Held::Debit(given) => &mut given.details,
            Held::Transfer(given) => &mut given.details,
            Held::Post(given) => &mut given.details,
            Held::Exchange(given) => &mut given.details,
        },
        Request::Capture(given) => &mut given.details,
        Request::Release(given) => &mut given.details,
        Request::Exchange(given) => &mut given.details,
        // The entry of an invoice has the invoice's texts too, and is drafted with them.
        _ => return None,
    };
    details.take()
}
