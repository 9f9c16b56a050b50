//! How often commands of each kind were carried out and refused, so that a run shows whether it tried everything.

use std::collections::BTreeMap;

use pacioli::{DeviceRequest, Erase, PartyRequest, PayoutItemStep, PayoutRequest, PayoutStep, Rejection, Request};

use super::naive::{Answer, Ask, Judged};

/// Of each kind of command: carried out, answered again, refused. And how often each reason was told.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    commands: BTreeMap<&'static str, Counts>,
    reasons: BTreeMap<u16, usize>,
}

#[derive(Clone, Debug, Default)]
struct Counts {
    done: usize,
    again: usize,
    /// By the reason's code.
    refused: BTreeMap<u16, usize>,
}

/// What every long run has carried out and refused.
const TRIED: [&str; 19] = [
    "register device",
    "rotate device",
    "revoke device",
    "initiate payout",
    "reserve payout",
    "approve payout",
    "start item",
    "settle item",
    "settle item charged",
    "fail item",
    "lose item",
    "cancel item",
    "return item",
    "cancel payout",
    "end payout",
    "expire payout",
    "record counterparty",
    "change counterparty",
    "erase counterparty",
];

/// What every long run has been told.
const TOLD: [u16; 37] = [
    300, 301, 302, 303, 304, 310, 311, 312, 313, 320, 321, 322, 323, 324, 325, 326, 330, 331, 332, 333, 334, 370, 371,
    372, 373, 375, 113, 142, 143, 150, 152, 154, 157, 171, 200, 201, 254,
];

fn kind(request: &Request) -> Option<&'static str> {
    Some(match request {
        Request::Device(given) => match **given {
            DeviceRequest::Register(_) => "register device",
            DeviceRequest::Rotate(_) => "rotate device",
            _ => "revoke device",
        },
        Request::Payout(given) => match &**given {
            PayoutRequest::Initiate(given) if given.reserve_on_initiate => "reserve payout",
            PayoutRequest::Initiate(_) => "initiate payout",
            PayoutRequest::Approve(_) => "approve payout",
            PayoutRequest::Item(given) => match given.step {
                PayoutItemStep::Start => "start item",
                PayoutItemStep::Settle { charge: None } => "settle item",
                PayoutItemStep::Settle { charge: Some(_) } => "settle item charged",
                PayoutItemStep::Fail => "fail item",
                PayoutItemStep::Unknown => "lose item",
                PayoutItemStep::Cancel => "cancel item",
                PayoutItemStep::Return => "return item",
            },
            PayoutRequest::Change(given) => match given.step {
                PayoutStep::Cancel => "cancel payout",
                PayoutStep::End => "end payout",
                PayoutStep::Expire => "expire payout",
            },
            _ => return None,
        },
        Request::Parties(given) => match **given {
            PartyRequest::Record(_) => "record counterparty",
            PartyRequest::Change(..) => "change counterparty",
            PartyRequest::Erase(Erase::Counterparty(_)) => "erase counterparty",
            _ => "erase client",
        },
        _ => return None,
    })
}

/// Of an item that cannot be paid, why.
fn innermost(rejection: &Rejection) -> &Rejection {
    if let Rejection::ItemRefused { reason, .. } = rejection { reason } else { rejection }
}

impl Tally {
    pub fn count(&mut self, ask: &Ask, answer: &Judged<Answer>) {
        if let Some(kind) = kind(&ask.command.request) {
            let counts = self.commands.entry(kind).or_default();
            match answer {
                Ok(Answer { replayed: false, .. }) => counts.done += 1,
                Ok(_) => counts.again += 1,
                Err(rejection) => *counts.refused.entry(innermost(rejection).code()).or_default() += 1,
            }
        }
        if let Err(rejection) = answer {
            *self.reasons.entry(rejection.code()).or_default() += 1;
            if let Rejection::ItemRefused { reason, .. } = rejection {
                *self.reasons.entry(reason.code()).or_default() += 1;
            }
        }
    }

    pub fn add(&mut self, other: Self) {
        for (kind, counts) in other.commands {
            let sums = self.commands.entry(kind).or_default();
            sums.done += counts.done;
            sums.again += counts.again;
            for (code, count) in counts.refused {
                *sums.refused.entry(code).or_default() += count;
            }
        }
        for (code, count) in other.reasons {
            *self.reasons.entry(code).or_default() += count;
        }
    }

    /// Demands that everything was tried: a test in which it could not happen would show nothing.
    pub fn assert_tried(&self) {
        let tried =
            |kind: &str| self.commands.get(kind).is_some_and(|counts| counts.done > 0 && !counts.refused.is_empty());
        let missing: Vec<_> = TRIED.into_iter().filter(|kind| !tried(kind)).collect();
        let untold: Vec<_> = TOLD.into_iter().filter(|code| !self.reasons.contains_key(code)).collect();
        let replayed = self.commands.values().any(|counts| counts.again > 0);
        assert!(missing.is_empty() && untold.is_empty() && replayed, "never {missing:?} {untold:?}; seen: {self:?}");
    }
}
