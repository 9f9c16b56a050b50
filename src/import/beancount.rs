//! Beancount files: the part of them that changes balances.

use std::io::BufRead;

use super::amount;
use super::error::ImportError;
use super::item::Asserted;
use super::journal::{Draft, Journal, Sorted, behind, day};
use super::lines::lines;

/// Directives that change no balance.
const PASSED_OVER: &[&str] = &["open", "close", "commodity", "note", "document", "event", "query", "custom", "price"];

/// Directives without a day that change none.
const UNDATED: &[&str] = &["option", "plugin", "pushtag", "poptag", "pushmeta", "popmeta"];

pub(super) fn read(input: impl BufRead) -> Result<Sorted, ImportError> {
    let (mut journal, mut open) = (Journal::default(), None::<Draft>);
    lines(input, &mut |number, line| {
        let line = uncommented(line);
        if line.starts_with([' ', '\t']) {
            if let Some(draft) = &mut open {
                posting(draft, number, line.trim());
            }
            return;
        }
        if let Some(draft) = open.take() {
            journal.transaction(draft);
        }
        if line.is_empty() || line.starts_with('*') {
            return;
        }
        if !line.starts_with(|c: char| c.is_ascii_digit()) {
            let word = line.split_whitespace().next().unwrap_or_default();
            if !UNDATED.contains(&word) {
                journal.wrong(number, format!("{word} is not known to imports"));
            }
            return;
        }
        match dated(&mut journal, number, line) {
            Ok(draft) => open = draft,
            Err(reason) => journal.wrong(number, reason),
        }
    })?;
    if let Some(draft) = open.take() {
        journal.transaction(draft);
    }
    Ok(journal.sorted())
}

/// The line without its comment; a semicolon in quotes begins none.
fn uncommented(line: &str) -> &str {
    let (mut quoted, mut escaped) = (false, false);
    for (at, character) in line.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ';' if !quoted => return line.get(..at).unwrap_or_default().trim_end(),
            _ => {}
        }
    }
    line
}

/// A transaction's beginning, if the line is one; balances go into the journal.
fn dated(journal: &mut Journal, number: u64, line: &str) -> Result<Option<Draft>, String> {
    let (date, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let date = day(date)?;
    let rest = rest.trim_start();
    let (word, rest) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    match word {
        "*" | "!" | "txn" => Ok(Some(Draft::new(number, date, narrative(rest)?))),
        "balance" => {
            let rest = rest.trim_start();
            let (account, amount) = rest.split_once(char::is_whitespace).ok_or("a balance has no amount")?;
            // A tolerance between the number and the currency.
            let amount = match amount.split_once('~') {
                Some((number, rest)) => {
                    let code = rest.split_whitespace().nth(1).unwrap_or_default();
                    format!("{number} {code}")
                }
                None => amount.to_owned(),
            };
            let (sum, rest) = amount::sum(&amount)?;
            if !rest.is_empty() {
                return Err("something stands behind an amount".to_owned());
            }
            journal.balance(number, date, account.to_owned(), Asserted { sum, below: true });
            Ok(None)
        }
        word if PASSED_OVER.contains(&word) => Ok(None),
        word => Err(format!("{word} is not known to imports")),
    }
}

/// The texts in quotes, payee and narration.
fn narrative(text: &str) -> Result<Option<String>, String> {
    let (mut texts, mut text) = (Vec::new(), text.trim_start());
    while let Some(quoted) = text.strip_prefix('"') {
        let (mut kept, mut escaped, mut end) = (String::new(), false, None);
        for (at, character) in quoted.char_indices() {
            match character {
                other if escaped => {
                    kept.push(other);
                    escaped = false;
                }
                '\\' => escaped = true,
                '"' => {
                    end = Some(at);
                    break;
                }
                other => kept.push(other),
            }
        }
        let end = end.ok_or("a quote is not closed")?;
        text = quoted.get(end.saturating_add(1)..).unwrap_or_default().trim_start();
        texts.push(kept);
    }
    texts.retain(|text| !text.is_empty());
    Ok((!texts.is_empty()).then(|| texts.join(" | ")))
}

/// `! Assets:Cash  10 KES @ 2 USD`, or a fact of the transaction or line before, which is passed over.
fn posting(draft: &mut Draft, number: u64, line: &str) {
    let fact = line.starts_with(|c: char| c.is_ascii_lowercase()) && line.contains(':');
    if line.is_empty() || fact || line.starts_with(['#', '^']) {
        return;
    }
    let line = line.strip_prefix(['*', '!']).unwrap_or(line).trim_start();
    let (account, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    draft.take(number, behind(account.to_owned(), rest));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_in_quotes_are_read_with_their_escapes() {
        assert_eq!(narrative(r#""Caf\"e" "a \\ b" ^link #tag"#), Ok(Some(r#"Caf"e | a \ b"#.to_owned())));
        assert_eq!(narrative("\"\""), Ok(None));
        assert!(narrative("\"open").is_err());
        assert_eq!(uncommented("a \"b;c\\\";\" ; d"), "a \"b;c\\\";\"");
    }
}
