//! A statement as ISO 20022 camt.053.001.08: what a bank tells its customer.

use std::io::{BufWriter, Write};

use super::{Export, ExportError};
use crate::ledger::{ActivityLine, Statement, Zone};
use crate::model::{AccountId, EntryKind, Side, Timestamp};
use crate::money::Money;

/// How many lines are read at once.
const LINES: usize = 1_000;
/// What an amount has at most: digits in all, and digits after the point.
const DIGITS: (usize, usize) = (18, 5);
/// The most characters of an identifier.
const ID_CHARS: usize = 35;
/// The most characters of a remittance text.
const TEXT_CHARS: usize = 140;
/// The most characters of additional information.
const MORE_CHARS: usize = 500;

pub(super) fn write(
    mut export: Export<'_>,
    account: AccountId,
    (from, to): (&str, &str),
    out: impl Write,
) -> Result<u64, ExportError> {
    let mut out = BufWriter::new(out);
    let range = export.zone.days(from, to)?;
    let mut part = export.view.statement(account).limit(LINES).days(from, to, &export.zone)?;
    if !is_code(part.account.currency.code()) {
        return Err(ExportError::NotInMessage { what: "a currency whose code is not three letters" });
    }
    head(&mut out, &part, &range, &export)?;
    let mut entries = 0;
    loop {
        for line in part.lines.iter().filter(|line| line.stage.is_settled()) {
            entry(&mut out, line, &export.zone)?;
            entries += 1;
        }
        if let (Some(told), Some(last)) = (&mut export.progress, part.lines.last()) {
            told(last.id.entry.0);
        }
        let Some(more) = part.more else { break };
        part = export.view.statement(account).limit(LINES).after(more).days(from, to, &export.zone)?;
    }
    writeln!(out, "    </Stmt>\n  </BkToCstmrStmt>\n</Document>")?;
    out.flush()?;
    Ok(entries)
}

fn is_code(code: &str) -> bool {
    code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase())
}

fn head(
    out: &mut impl Write,
    statement: &Statement,
    range: &std::ops::Range<Timestamp>,
    export: &Export<'_>,
) -> Result<(), ExportError> {
    let zone = &export.zone;
    let (account, number) = (&statement.account, statement.account.number());
    // Made of what is shown, so that the same statement has the same name.
    let id = format!("{number}-{}-{}", zone.day_of(range.start).replace('-', ""), statement.at);
    // The view's own time: this layer has no clock.
    let created = export.view.recorded_at();
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(out, "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.08\">\n  <BkToCstmrStmt>")?;
    writeln!(out, "    <GrpHdr><MsgId>{}</MsgId><CreDtTm>{created}</CreDtTm></GrpHdr>", cut(&id, ID_CHARS))?;
    writeln!(out, "    <Stmt>\n      <Id>{}</Id>\n      <CreDtTm>{created}</CreDtTm>", cut(&id, ID_CHARS))?;
    // The last instant of the period; the range ends with the first one after it.
    let last = range.end.plus_ns(-1);
    writeln!(out, "      <FrToDt><FrDtTm>{}</FrDtTm><ToDtTm>{last}</ToDtTm></FrToDt>", range.start)?;
    writeln!(out, "      <Acct><Id><Othr><Id>{number}</Id></Othr></Id><Ccy>{}</Ccy>", account.currency.code())?;
    writeln!(out, "        <Nm>{}</Nm></Acct>", cut(&account.name, 70))?;
    let (first_day, last_day) = (zone.day_of(range.start), zone.day_of(last));
    balance(out, "OPBD", statement.opening, account.normal_side, &first_day)?;
    balance(out, "CLBD", statement.closing, account.normal_side, &last_day)
}

fn balance(out: &mut impl Write, code: &str, money: Money, normal: Side, day: &str) -> Result<(), ExportError> {
    let credit = (normal == Side::Credit) != money.is_negative();
    let magnitude = if money.is_negative() { money.negated() } else { money };
    writeln!(out, "      <Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>{}", amount(magnitude)?)?;
    let indicator = if credit || money.is_zero() { "CRDT" } else { "DBIT" };
    Ok(writeln!(out, "        <CdtDbtInd>{indicator}</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>")?)
}

fn amount(money: Money) -> Result<String, ExportError> {
    let text = money.text();
    let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
    // Zeros at the end say nothing; other digits are never cut.
    let kept = decimals.trim_end_matches('0').len().max(decimals.len().min(DIGITS.1));
    let text =
        if kept == 0 { whole.to_owned() } else { format!("{whole}.{}", decimals.get(..kept).unwrap_or_default()) };
    if kept > DIGITS.1 || whole.len() + kept > DIGITS.0 {
        return Err(ExportError::NotInMessage { what: "an amount of more than 18 digits, or of more than 5 decimals" });
    }
    Ok(format!("<Amt Ccy=\"{}\">{text}</Amt>", money.currency().code()))
}

fn entry(out: &mut impl Write, line: &ActivityLine, zone: &Zone) -> Result<(), ExportError> {
    let indicator = if line.side == Side::Credit { "CRDT" } else { "DBIT" };
    writeln!(out, "      <Ntry>\n        <NtryRef>{}</NtryRef>{}", line.number, amount(line.amount)?)?;
    write!(out, "        <CdtDbtInd>{indicator}</CdtDbtInd>")?;
    if line.kind == EntryKind::Reversal {
        write!(out, "<RvslInd>true</RvslInd>")?;
    }
    writeln!(out, "<Sts><Cd>BOOK</Cd></Sts>")?;
    writeln!(out, "        <BookgDt><Dt>{}</Dt></BookgDt>", zone.day_of(line.recorded_at))?;
    writeln!(out, "        <ValDt><Dt>{}</Dt></ValDt>", zone.day_of(line.effective_at))?;
    writeln!(out, "        <AcctSvcrRef>{}</AcctSvcrRef>", line.id)?;
    let kind = line.kind.to_string();
    writeln!(out, "        <BkTxCd><Prtry><Cd>{kind}</Cd><Issr>pacioli</Issr></Prtry></BkTxCd>")?;
    writeln!(out, "        <NtryDtls><TxDtls>")?;
    let key = line.key.as_deref().filter(|key| !key.trim().is_empty());
    let fits = key.filter(|key| key.chars().count() <= ID_CHARS);
    write!(out, "          <Refs><AcctSvcrRef>{}</AcctSvcrRef>", line.id)?;
    if let Some(key) = fits {
        write!(out, "<EndToEndId>{}</EndToEndId>", escaped(key))?;
    }
    writeln!(out, "</Refs>\n          {}<CdtDbtInd>{indicator}</CdtDbtInd>", amount(line.amount)?)?;
    parties(out, line)?;
    if let Some(narrative) = line.narrative.as_deref().filter(|text| !text.trim().is_empty()) {
        write!(out, "          <RmtInf>")?;
        for part in parts(narrative, TEXT_CHARS) {
            write!(out, "<Ustrd>{}</Ustrd>", escaped(&part))?;
        }
        writeln!(out, "</RmtInf>")?;
    }
    // A key that has no room where keys stand is told here.
    if let Some(key) = key.filter(|_| fits.is_none()) {
        writeln!(out, "          <AddtlTxInf>{}</AddtlTxInf>", cut(&format!("key {key}"), MORE_CHARS))?;
    }
    Ok(writeln!(out, "        </TxDtls></NtryDtls>\n      </Ntry>")?)
}

/// Whom the money came from and went to, as far as that was said.
fn parties(out: &mut impl Write, line: &ActivityLine) -> Result<(), ExportError> {
    if line.from.is_none() && line.to.is_none() {
        return Ok(());
    }
    write!(out, "          <RltdPties>")?;
    for (element, party) in [("Dbtr", &line.from), ("Cdtr", &line.to)] {
        if let Some(party) = party {
            write!(out, "<{element}><Pty><Nm>{}</Nm></Pty></{element}>", cut(&party.display, TEXT_CHARS))?;
        }
    }
    Ok(writeln!(out, "</RltdPties>")?)
}

/// The text in parts of at most so many characters.
fn parts(text: &str, most: usize) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    characters.chunks(most).map(|part| part.iter().collect()).collect()
}

/// At most so many characters of a text, escaped.
fn cut(text: &str, most: usize) -> String {
    escaped(&text.chars().take(most).collect::<String>())
}

/// A text as XML 1.0 may hold it.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&apos;"),
            '\u{fffe}' | '\u{ffff}' => safe.push('\u{fffd}'),
            // Controls have no place in XML, written or escaped; lines of a text become one.
            other if other.is_control() => safe.push(' '),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Currency;

    #[test]
    fn texts_are_escaped_and_cut_by_characters() {
        assert_eq!(escaped("a<b>&\"c'\u{0}\u{ffff}"), "a&lt;b&gt;&amp;&quot;c&apos; \u{fffd}");
        assert_eq!(cut("é<é", 2), "é&lt;");
        assert_eq!(parts("abcde", 2), ["ab", "cd", "e"]);
    }

    #[test]
    fn amounts_lose_no_digit() {
        let money = |text: &str, scale| amount(Currency::KES.with_scale(scale).unwrap().money(text).unwrap());
        assert_eq!(money("1.50", 2).unwrap(), "<Amt Ccy=\"KES\">1.50</Amt>");
        assert_eq!(money("7", 0).unwrap(), "<Amt Ccy=\"KES\">7</Amt>");
        assert_eq!(money("0.10", 18).unwrap(), "<Amt Ccy=\"KES\">0.10000</Amt>");
        assert!(money("0.000001", 18).is_err());
        assert!(money("12345678901234567.89", 2).is_err());
    }
}
