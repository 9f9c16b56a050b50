//! What the naive ledger asks of texts.

use pacioli::{AccountPath, Details, Metadata, MetadataChange, Rejection};

type Judged = Result<(), Rejection>;

pub fn filled(field: &'static str, text: &str) -> Judged {
    if text.chars().all(char::is_whitespace) { Err(Rejection::TextRequired { field }) } else { Ok(()) }
}

pub fn within(field: &'static str, text: &str, limit: usize) -> Judged {
    let given = text.len();
    if given <= limit { Ok(()) } else { Err(Rejection::TextTooLong { field, limit, given }) }
}

pub fn name(field: &'static str, text: &str) -> Judged {
    filled(field, text).and_then(|()| within(field, text, 256))
}

pub fn name_if_any(field: &'static str, text: &Option<String>) -> Judged {
    if let Some(text) = text { name(field, text) } else { Ok(()) }
}

pub fn description_if_any(field: &'static str, text: &Option<String>) -> Judged {
    if let Some(text) = text { within(field, text, 2048) } else { Ok(()) }
}

pub fn few(field: &'static str, given: usize, limit: usize) -> Judged {
    if given <= limit { Ok(()) } else { Err(Rejection::TooMany { field, limit, given }) }
}

pub fn code(field: &'static str, text: &str) -> Judged {
    let good =
        text.len() >= 3 && text.len() <= 32 && text.chars().all(|letter| matches!(letter, 'A'..='Z' | '0'..='9' | '_'));
    if good { Ok(()) } else { Err(Rejection::MalformedCode { field }) }
}

pub fn metadata(metadata: &Metadata) -> Judged {
    few("metadata pairs", metadata.len(), 64)?;
    let all: String = metadata.iter().flat_map(|(key, value)| [key.as_str(), value.as_str()]).collect();
    within("metadata", &all, 4096)
}

/// What metadata becomes by a change, if that and the change are small enough.
pub fn changed(mut kept: Metadata, change: &MetadataChange) -> Result<Metadata, Rejection> {
    if change.is_empty() {
        return Ok(kept);
    }
    metadata(&change.iter().map(|(key, value)| (key.clone(), value.clone().unwrap_or_default())).collect())?;
    for (key, value) in change {
        kept.remove(key);
        kept.extend(value.clone().map(|value| (key.clone(), value)));
    }
    metadata(&kept)?;
    Ok(kept)
}

pub fn path(path: &Option<AccountPath>) -> Judged {
    let Some(path) = path else { return Ok(()) };
    let segments: Vec<&str> = path.as_str().split(':').collect();
    let good = |segment: &&str| {
        let letters = segment.chars().all(|letter| matches!(letter, 'a'..='z' | '0'..='9' | '_' | '-'));
        letters && !segment.is_empty() && segment.len() <= 32
    };
    if segments.len() <= 8 && segments.iter().all(good) { Ok(()) } else { Err(Rejection::MalformedPath) }
}

pub fn details(details: &Option<Box<Details>>) -> Judged {
    let Some(details) = details else { return Ok(()) };
    if let Some(narrative) = &details.narrative {
        within("narrative", narrative, 512)?;
    }
    metadata(&details.metadata)?;
    few("references", details.references.len(), 8)?;
    let mut kinds = Vec::new();
    for reference in &details.references {
        filled("reference kind", &reference.kind)?;
        within("reference kind", &reference.kind, 128)?;
        filled("reference", &reference.id)?;
        within("reference", &reference.id, 128)?;
        if kinds.contains(&&reference.kind) {
            return Err(Rejection::DuplicateReference);
        }
        kinds.push(&reference.kind);
    }
    for party in details.from.iter().chain(&details.to) {
        filled("party", &party.display)?;
        within("party", &party.display, 128)?;
    }
    Ok(())
}
