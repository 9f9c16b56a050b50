//! The lines of scenarios that hold money: placing holds, settling them, what clears and what is retained.

use std::sync::Arc;

use pacioli::prelude::*;
use pacioli::{Clock, Expire, Held, ManualClock, Request, Reserve};

use super::runner::{Stage, Words, known, sum};

/// When scenarios begin.
pub(crate) const BEGINNING: &str = "2026-11-22T08:30:00Z";

pub(crate) fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(BEGINNING.parse().unwrap()))
}

/// An instant by its distance from the beginning: `+90m`, `-1h`, `+2d`.
fn instant(word: &str) -> Timestamp {
    let beginning: Timestamp = BEGINNING.parse().unwrap();
    let (figure, unit) = word.split_at(word.len() - 1);
    let unit: i64 = match unit {
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => panic!("{word} is not an instant"),
    };
    Timestamp(beginning.0 + figure.parse::<i64>().unwrap() * unit * 1_000_000_000)
}

/// When a credit clears, if it does not at once: `clears:call` or `clears:+2h`.
pub(crate) fn clearing(words: &Words<'_>) -> Option<Clearing> {
    words.named("clears").map(|when| match when {
        "call" => Clearing::ByCall,
        when => Clearing::At(instant(when)),
    })
}

/// What a service retains: `reserve:10% keeper:ACCOUNT`, and for how many `days:30`.
pub(crate) fn reserve(stage: &Stage, words: &Words<'_>) -> Option<Reserve> {
    let rate = Rate::percent_text(words.named("reserve")?.strip_suffix('%').unwrap()).unwrap();
    let account = stage.account(words.named("keeper").unwrap());
    Some(Reserve { rate, days: words.named("days").map(|days| days.parse().unwrap()), account })
}

/// What a line that is no command sees or does, if it is about what is held.
pub(crate) fn looked(stage: &Stage, words: &Words<'_>) -> Option<Result<(), Rejection>> {
    let view = stage.ledger.view().unwrap();
    match words.at(0) {
        "clock" => stage.clock.set(instant(words.at(1))),
        "due" => {
            let at = words.named("at").map_or(stage.clock.now(), instant);
            match stage.ledger.settle_due(at, 100) {
                Ok(receipts) => assert_eq!(receipts.len().to_string(), words.at(1)),
                Err(Error::Rejected(rejection)) => return Some(Err(rejection)),
                Err(error) => panic!("{error}"),
            }
        }
        "available" => {
            let balance = view.balance(stage.account(words.at(1))).unwrap();
            assert_eq!(balance.available.text(), words.at(2), "available on {}", words.at(1));
        }
        "left" => {
            let hold = view.hold(hold(stage, words.at(1))).unwrap();
            assert_eq!(hold.left.text(), words.at(2), "left of {}", words.at(1));
        }
        _ => return None,
    }
    Some(Ok(()))
}

fn hold(stage: &Stage, name: &str) -> HoldId {
    HoldId(known(&stage.entries, name, Sequence(999)))
}

/// The command that a line is, if it holds or settles.
pub(crate) fn command(stage: &Stage, words: &Words<'_>) -> Option<Command> {
    // What settlements may carry.
    macro_rules! filled {
        ($settlement:expr) => {{
            let mut settlement = $settlement;
            settlement.part = words.named("part").map(sum);
            settlement.key = (words.at(1) != "*").then(|| words.key());
            if let Some(note) = words.text("note") {
                settlement = settlement.narrated(note);
            }
            if words.named("at") == Some("tomorrow+1") {
                settlement = settlement.effective("2026-11-24T08:30:00Z".parse().unwrap());
            }
            match words.text("actor") {
                Some(actor) => Command::from(settlement).by(actor),
                None => settlement.into(),
            }
        }};
    }
    Some(match words.at(0) {
        "hold" => place(stage, words),
        "capture" => {
            let mut capture = Capture::whole(hold(stage, words.at(2)));
            capture.last = words.has("last");
            filled!(capture)
        }
        "release" => filled!(Release::whole(hold(stage, words.at(2)))),
        "expire-hold" => Expire { hold: hold(stage, words.at(2)), at: instant(words.named("at").unwrap()) }.into(),
        "service-keeps" => {
            let change = ServiceChange { reserve: Some(reserve(stage, words)), ..ServiceChange::default() };
            (stage.service(words.at(1)), change).into()
        }
        _ => return None,
    })
}

/// `hold KEY debit ACCOUNT SUM …`: the movement that the same words would be without `hold`.
fn place(stage: &Stage, words: &Words<'_>) -> Command {
    let mut plain = words.plain.clone();
    plain.remove(0);
    plain.swap(0, 1);
    let Command { actor, request, .. } = stage.movement(&Words { plain, named: words.named.clone() });
    let mut hold = PlaceHold::new(match request {
        Request::Credit(given) => Held::Credit(given),
        Request::Debit(given) => Held::Debit(given),
        Request::Transfer(given) => Held::Transfer(given),
        Request::Post(given) => Held::Post(*given),
        Request::Exchange(given) => Held::Exchange(*given),
        other => panic!("{other:?} cannot be held"),
    });
    hold.until = words.named("until").map(instant);
    hold.may_overdraw = words.has("overdraw");
    match actor {
        Some(actor) => Command::from(hold).by(actor),
        None => hold.into(),
    }
}
