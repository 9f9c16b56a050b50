//! hledger journals: the part of them that changes balances.

use std::io::BufRead;

use super::error::ImportError;
use super::journal::{Draft, Journal, Sorted, Written, behind, day};
use super::lines::lines;

/// Directives that change no balance.
const PASSED_OVER: &[&str] = &["account", "commodity", "payee", "tag", "P", "D"];

pub(super) fn read(input: impl BufRead) -> Result<Sorted, ImportError> {
    let (mut journal, mut open, mut commented) = (Journal::default(), None::<Draft>, false);
    lines(input, &mut |number, line| {
        if commented {
            commented = line != "end comment";
            return;
        }
        if line.starts_with([' ', '\t']) {
            let line = line.trim_start();
            if let Some(draft) = &mut open
                && !line.is_empty()
                && !line.starts_with(';')
            {
                draft.take(number, posting(line));
            }
            return;
        }
        if let Some(draft) = open.take() {
            journal.transaction(draft);
        }
        if line.is_empty() || line.starts_with([';', '#', '*', '%']) {
            return;
        }
        if line.starts_with(|c: char| c.is_ascii_digit()) {
            match heading(line) {
                Ok((day, narrative)) => open = Some(Draft::new(number, day, narrative)),
                Err(reason) => journal.wrong(number, reason),
            }
            return;
        }
        let word = line.split_whitespace().next().unwrap_or_default();
        commented = word == "comment";
        let dots = word == "decimal-mark" && line.ends_with('.');
        if !(commented || dots || PASSED_OVER.contains(&word)) {
            journal.wrong(number, format!("{word} is not known to imports"));
        }
    })?;
    if let Some(draft) = open.take() {
        journal.transaction(draft);
    }
    Ok(journal.sorted())
}

/// The day and the description of `2026-01-02=2026-01-03 * (code) description ; comment`.
fn heading(line: &str) -> Result<(String, Option<String>), String> {
    let line = line.split(';').next().unwrap_or_default().trim_end();
    let (date, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let date = day(date.split('=').next().unwrap_or_default())?;
    let rest = rest.trim_start();
    let mut rest = rest.strip_prefix(['*', '!']).unwrap_or(rest).trim_start();
    if let Some((_, after)) = rest.strip_prefix('(').and_then(|rest| rest.split_once(')')) {
        rest = after.trim_start();
    }
    Ok((date, (!rest.is_empty()).then(|| rest.to_owned())))
}

/// `* account  10 KES @ 2 USD = 30 KES ; comment`.
fn posting(line: &str) -> Result<Written, String> {
    let line = line.strip_prefix(['*', '!']).unwrap_or(line).trim_start();
    if line.starts_with(['(', '[']) {
        return Err("a virtual line does not balance".to_owned());
    }
    let end = line.find("  ").into_iter().chain(line.find('\t')).min().unwrap_or(line.len());
    let (account, rest) = line.split_at(end);
    behind(account.trim_end().to_owned(), rest.split(';').next().unwrap_or_default().trim())
}
