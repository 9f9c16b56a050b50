//! What scenarios say about charts: `set`, `members`, `flows`, `block`, `unblock` and `place`.

use pacioli::prelude::*;
use pacioli::{AccountSetChange, Flows, Member, NewAccountSet, SetId, Side};

use super::runner::{Stage, Words, text};

/// The command of a line, if it is about a chart.
pub(crate) fn command(stage: &Stage, words: &Words<'_>) -> Option<Command> {
    let account = || stage.account(words.at(1));
    let side = || if words.at(2) == "debit" { Side::Debit } else { Side::Credit };
    Some(match words.at(0) {
        "set" => {
            let mut set = NewAccountSet::new(stage.book(words), text(words.at(1)));
            set.description = words.text("for");
            set.key = words.text("key");
            set.into()
        }
        "members" => {
            let named = |name: &str| -> Vec<Member> {
                let members = words.all(name);
                members.map(|member| member_of(stage, member)).collect()
            };
            let key = Some(text(words.at(1)));
            (set(stage, words.at(2)), AccountSetChange { remove: named("out"), add: named("in"), key }).into()
        }
        "flows" => {
            let mut flows = Flows::of(stage.book(words)).keyed(text(words.at(1)));
            for pair in words.all("allow") {
                let (from, to) = pair.split_once('>').unwrap();
                flows = flows.allow(AccountType::new(from), AccountType::new(to));
            }
            flows.into()
        }
        "block" => (account(), AccountChange::block(side(), words.text("why").unwrap_or("why".into()))).into(),
        "unblock" => (account(), AccountChange::unblock(side())).into(),
        "place" => {
            let mut change = AccountChange::to_path(words.named("path").unwrap());
            change.name = words.text("name");
            change.label = words.text("label").map_or_else(Default::default, Into::into);
            change.tags = words.text("tag").map(|tag| vec![tag]);
            change.metadata.extend(words.text("fact").map(|fact| (fact, None)));
            (account(), change).into()
        }
        _ => return None,
    })
}

/// A set by its name, `@` before it.
fn member_of(stage: &Stage, word: &str) -> Member {
    match word.strip_prefix('@') {
        Some(name) => Member::Set(set(stage, name)),
        None => Member::Account(stage.account(word)),
    }
}

fn set(stage: &Stage, name: &str) -> SetId {
    stage.sets.get(name).copied().unwrap_or(SetId(999))
}
