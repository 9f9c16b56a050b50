//! What an entry changed, as those who follow the ledger are told: derived from the entry alone.
//!
//! An entry's events, and their order, never change once released: cursors count on their places.

use crate::model::{
    AccountId, AccountStatus, ChannelId, ChartEvent, DeviceEvent, Effect, Entry, Event, EventId, InvoiceEvent,
    InvoiceId, InvoiceStep, LedgerEvent, LimitsEvent, MovedLine, PartyEvent, PayoutEvent, Posted, Posting,
    SYSTEM_ACCOUNTS, Sequence, StateChange,
};

/// The events of an entry, in order.
pub(crate) fn events(entry: &Entry) -> Vec<LedgerEvent> {
    let told = |(place, change)| LedgerEvent {
        id: EventId { sequence: entry.sequence, place },
        recorded_at: entry.recorded_at,
        effective_at: entry.effective_at(),
        actor: entry.actor.as_deref().map(str::to_owned),
        client: entry.client,
        key: entry.key.as_deref().map(str::to_owned),
        change,
    };
    (1..).zip(changes(entry)).map(told).collect()
}

/// What an entry changed, in the order in which it is told.
pub(crate) fn changes(entry: &Entry) -> Vec<StateChange> {
    match &entry.event {
        Event::Posted(posted) => moved(entry, posted),
        Event::BookOpened { given, book, system_first } => {
            let account = |place: u64| AccountId(system_first.0.saturating_add(place));
            vec![StateChange::BookOpened {
                book: *book,
                name: given.name.clone(),
                currency: given.currency,
                mode: given.mode,
                system_accounts: SYSTEM_ACCOUNTS.iter().map(|system| account(system.place())).collect(),
            }]
        }
        Event::AccountTypeDefined { given } => {
            vec![StateChange::AccountTypeDefined { account_type: given.account_type.clone() }]
        }
        Event::ClientRegistered { given, client, code, commitment: _ } => vec![StateChange::ClientRegistered {
            client: *client,
            code: code.clone(),
            kind: given.kind,
            active: given.active,
        }],
        Event::ClientChanged { given, client, commitment: _ } => {
            vec![StateChange::ClientChanged { client: *client, active: given.active }]
        }
        Event::AccountOpened { given, account, rule: _, label: _ } => vec![StateChange::AccountOpened {
            account: *account,
            client: given.client,
            book: given.book,
            account_type: given.account_type.clone(),
            status: if given.active { AccountStatus::Active } else { AccountStatus::Inactive },
        }],
        Event::AccountChanged { given, account } => vec![StateChange::AccountChanged {
            account: *account,
            status: given.status,
            reason: given.status_description.clone(),
        }],
        Event::ServiceDefined { given, service, code } => vec![StateChange::ServiceDefined {
            service: *service,
            client: given.client,
            book: given.book,
            code: code.clone(),
            product: given.service_code.clone(),
            active: given.active,
        }],
        Event::ServiceChanged { given, service, version } => {
            vec![StateChange::ServiceChanged { service: *service, version: *version, active: given.active }]
        }
        Event::Limits(event) => vec![limits(event)],
        Event::Device(event) => vec![device(event)],
        Event::Payout(event) => vec![payout(event)],
        Event::PeriodClosed(closed) => {
            vec![StateChange::PeriodClosed { book: closed.book, through: closed.through, total: closed.sealed.debits }]
        }
        Event::Invoice(event) => vec![collections(entry.sequence, event)],
        Event::Chart(event) => vec![chart(event)],
        // A consumer would be woken by its own acknowledgement, and acknowledge that.
        Event::Cursor(_) => Vec::new(),
        Event::Parties(event) => vec![parties(event)],
    }
}

fn moved(entry: &Entry, posted: &Posted) -> Vec<StateChange> {
    // Every field, so that a new one asks what it changes.
    let Posted { operation, kind, source, service, effective_at: _, forced, reverses, effects, details: _, crossed } =
        posted;
    let line = |(place, posting)| MovedLine::of(Posting::id(entry.sequence, place), posting);
    let lines = entry.postings.iter().enumerate().map(line).collect();
    let (operation, kind, forced) = (*operation, *kind, *forced);
    let service = service.map(|(service, _)| service);
    let settled = entry.postings.iter().any(|posting| posting.stage.is_settled());
    let movement = if settled {
        StateChange::MoneyMoved { operation, kind, source: *source, service, forced, lines }
    } else {
        StateChange::ReservationChanged { operation, kind, service, forced, lines }
    };
    let reversal = reverses.map(|reverses| StateChange::Reversed {
        original: reverses.original,
        part: reverses.part,
        total: reverses.total,
        whole: reverses.whole,
    });
    let effects = effects.iter().map(|effect| told(entry.sequence, effect));
    let crossed = crossed.iter().map(|crossing| StateChange::BalanceCrossed {
        monitor: crossing.monitor,
        account: crossing.account,
        before: crossing.before,
        after: crossing.after,
    });
    [movement].into_iter().chain(reversal).chain(effects).chain(crossed).collect()
}

fn chart(event: &ChartEvent) -> StateChange {
    match event {
        ChartEvent::SetDefined { given, set } => {
            StateChange::SetDefined { set: *set, book: given.book, name: given.name.clone() }
        }
        ChartEvent::SetChanged { given, set } => {
            StateChange::SetChanged { set: *set, removed: given.remove.clone(), added: given.add.clone() }
        }
        ChartEvent::FlowsDefined { given } => {
            StateChange::FlowsDefined { book: given.book, allowed: given.allowed.clone() }
        }
    }
}

fn parties(event: &PartyEvent) -> StateChange {
    match event {
        PartyEvent::CounterpartyRecorded { given, counterparty, party: _, commitment: _ } => {
            StateChange::CounterpartyRecorded { counterparty: *counterparty, client: given.client }
        }
        PartyEvent::CounterpartyChanged { given: _, counterparty, client, commitment: _ } => {
            StateChange::CounterpartyChanged { counterparty: *counterparty, client: *client }
        }
        PartyEvent::CounterpartyErased { counterparty, client } => {
            StateChange::CounterpartyErased { counterparty: *counterparty, client: *client }
        }
        PartyEvent::ClientErased { client } => StateChange::ClientErased { client: *client },
    }
}

fn limits(event: &LimitsEvent) -> StateChange {
    match event {
        LimitsEvent::Defined { given, limit, book: _ } => {
            StateChange::LimitDefined { limit: *limit, subject: given.subject }
        }
        LimitsEvent::Changed { given } => StateChange::LimitChanged { limit: given.limit },
        LimitsEvent::Retired { given, subject } => StateChange::LimitRetired { limit: given.limit, subject: *subject },
        LimitsEvent::MonitorDefined { given, monitor, threshold } => {
            StateChange::MonitorDefined { monitor: *monitor, account: given.account, threshold: *threshold }
        }
        LimitsEvent::MonitorRetired { given, account } => {
            StateChange::MonitorRetired { monitor: given.monitor, account: *account }
        }
        LimitsEvent::QuotaSet { given } => {
            StateChange::QuotaSet { client: given.client, book: given.book, accounts_max: given.accounts_max }
        }
    }
}

fn device(event: &DeviceEvent) -> StateChange {
    match event {
        DeviceEvent::Registered { given, device } => {
            StateChange::DeviceRegistered { device: *device, client: given.client, label: given.label.clone() }
        }
        DeviceEvent::Rotated { given } => StateChange::DeviceRotated { device: given.device },
        DeviceEvent::Revoked { given } => {
            StateChange::DeviceRevoked { device: given.device, reason: given.reason.clone() }
        }
    }
}

fn payout(event: &PayoutEvent) -> StateChange {
    match event {
        PayoutEvent::Initiated(initiated) => StateChange::PayoutInitiated {
            payout: initiated.payout,
            tracking_id: initiated.tracking_id,
            client: initiated.client,
            items: initiated.items.len(),
            total: initiated.total,
            charge_estimate: initiated.charge_estimate,
            expires_at: initiated.expires_at,
        },
        PayoutEvent::Approved { payout, device, key_version: _, signature: _, complete } => {
            StateChange::PayoutSigned { payout: *payout, device: *device, complete: *complete }
        }
        PayoutEvent::Item { given, charge, leaves } => StateChange::PayoutItemChanged {
            item: given.item,
            state: given.step.to(),
            charge: charge.total().unwrap_or_default(),
            code: given.code.clone(),
            reason: given.reason.clone(),
            payout_state: *leaves,
        },
        PayoutEvent::Changed { given } => {
            StateChange::PayoutEnded { payout: given.payout, state: given.step.to(), reason: given.reason.clone() }
        }
    }
}

fn told(entry: Sequence, effect: &Effect) -> StateChange {
    match effect {
        Effect::Payout { event } => payout(event),
        Effect::HoldPlaced { kind: held, of: (operation, kind), principal, due_at, may_overdraw: _ } => {
            let (held, operation, kind) = (*held, *operation, *kind);
            StateChange::HoldPlaced {
                hold: entry.into(),
                held,
                operation,
                kind,
                principal: *principal,
                due_at: *due_at,
            }
        }
        Effect::HoldSettled { hold, kind, how, part, last: _, captured, released, state } => StateChange::HoldSettled {
            hold: *hold,
            held: *kind,
            how: *how,
            part: *part,
            captured: *captured,
            released: *released,
            state: *state,
        },
        Effect::Exchanged(exchanged) => {
            StateChange::Exchanged { sold: exchanged.sold, bought: exchanged.bought, rate: exchanged.rate }
        }
        Effect::InvoiceCompleted { invoice, amount, charge } => {
            StateChange::InvoiceCompleted { invoice: *invoice, amount: *amount, charge: *charge }
        }
    }
}

fn collections(entry: Sequence, event: &InvoiceEvent) -> StateChange {
    match event {
        InvoiceEvent::ChannelDefined { given } => {
            StateChange::ChannelDefined { channel: ChannelId(entry), code: given.code.clone(), active: given.active }
        }
        InvoiceEvent::ChannelChanged { channel, given } => {
            StateChange::ChannelChanged { channel: *channel, active: given.active }
        }
        InvoiceEvent::Issued { given, account, currency, asked, charge: _ } => StateChange::InvoiceIssued {
            invoice: InvoiceId(entry),
            account: *account,
            service: given.service,
            channel: given.channel.clone(),
            currency: *currency,
            asked: *asked,
            expires_at: given.expires_at,
        },
        InvoiceEvent::Advanced { invoice, step } => StateChange::InvoiceAdvanced {
            invoice: *invoice,
            state: step.state(),
            failure: match step {
                InvoiceStep::Fail { failure } => Some(failure.clone()),
                InvoiceStep::Process | InvoiceStep::Cancel { .. } | InvoiceStep::Expire { .. } => None,
            },
        },
    }
}
