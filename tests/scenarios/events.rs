//! What scenarios say about cursors: `acknowledge NAME EVENT` and `rewind NAME EVENT`.

use pacioli::prelude::*;
use pacioli::{Acknowledge, Rewind};

use super::runner::{Words, text};

/// The command of a line, if it is about cursors.
pub(crate) fn command(words: &Words<'_>) -> Option<Command> {
    let event = || words.at(2).parse::<EventId>().unwrap();
    let command: Command = match words.at(0) {
        "acknowledge" => Acknowledge::new(text(words.at(1)), event()).into(),
        "rewind" => Rewind::new(text(words.at(1)), event()).into(),
        _ => return None,
    };
    Some(match words.text("actor") {
        Some(actor) => command.by(actor),
        None => command,
    })
}
