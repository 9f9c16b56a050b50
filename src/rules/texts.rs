//! The law of texts: what must be filled, how long it may be, and the form of codes.

use super::rejection::Rejection;
use crate::model::{Details, Limits, Metadata, MetadataChange, is_code};

pub(super) fn filled(field: &'static str, text: &str) -> Result<(), Rejection> {
    if text.chars().all(char::is_whitespace) { Err(Rejection::TextRequired { field }) } else { Ok(()) }
}

pub(super) fn within(field: &'static str, text: &str, limit: usize) -> Result<(), Rejection> {
    if text.len() > limit { Err(Rejection::TextTooLong { field, limit, given: text.len() }) } else { Ok(()) }
}

/// A name that must be there and is not too long.
pub(super) fn name(field: &'static str, text: &str) -> Result<(), Rejection> {
    filled(field, text)?;
    within(field, text, Limits::NAME_BYTES)
}

/// A name that may be absent, but not empty.
pub(super) fn optional_name(field: &'static str, text: Option<&str>) -> Result<(), Rejection> {
    text.map_or(Ok(()), |text| name(field, text))
}

pub(super) fn optional_description(field: &'static str, text: Option<&str>) -> Result<(), Rejection> {
    text.map_or(Ok(()), |text| within(field, text, Limits::DESCRIPTION_BYTES))
}

pub(super) fn at_most(field: &'static str, given: usize, limit: usize) -> Result<(), Rejection> {
    if given > limit { Err(Rejection::TooMany { field, limit, given }) } else { Ok(()) }
}

/// A code in the one form that codes have.
pub(super) fn code(field: &'static str, text: &str) -> Result<(), Rejection> {
    if is_code(text) { Ok(()) } else { Err(Rejection::MalformedCode { field }) }
}

pub(super) fn actor(actor: Option<&str>) -> Result<(), Rejection> {
    actor.map_or(Ok(()), |actor| within("actor", actor, Limits::NAME_BYTES))
}

pub(super) fn metadata(metadata: &Metadata) -> Result<(), Rejection> {
    at_most("metadata pairs", metadata.len(), Limits::METADATA_PAIRS)?;
    let given = metadata.iter().map(|(key, value)| key.len().saturating_add(value.len())).sum();
    let limit = Limits::METADATA_BYTES;
    if given > limit { Err(Rejection::TextTooLong { field: "metadata", limit, given }) } else { Ok(()) }
}

/// What a record's facts become: the names given are set or taken away, the others stay.
pub(super) fn merged(before: &Metadata, change: &MetadataChange) -> Metadata {
    let mut merged = before.clone();
    for (key, value) in change {
        match value {
            Some(value) => drop(merged.insert(key.clone(), value.clone())),
            None => drop(merged.remove(key)),
        }
    }
    merged
}

/// A change of facts must be within the bounds of facts itself, and leave facts that are.
pub(super) fn metadata_change(before: &Metadata, change: &MetadataChange) -> Result<(), Rejection> {
    if change.is_empty() {
        return Ok(());
    }
    at_most("metadata pairs", change.len(), Limits::METADATA_PAIRS)?;
    let bytes =
        |(key, value): (&String, &Option<String>)| key.len().saturating_add(value.as_deref().map_or(0, str::len));
    let given = change.iter().map(bytes).fold(0usize, usize::saturating_add);
    let limit = Limits::METADATA_BYTES;
    if given > limit {
        return Err(Rejection::TextTooLong { field: "metadata", limit, given });
    }
    metadata(&merged(before, change))
}

/// The facts among personal texts, as [`metadata`].
pub(super) fn metadata_of(texts: &crate::model::Texts) -> Result<(), Rejection> {
    let facts =
        texts.iter().filter_map(|(field, fact)| Some((field.strip_prefix("metadata.")?.to_owned(), fact.clone())));
    metadata(&facts.collect())
}

/// The texts and references of a movement.
pub(super) fn details(details: Option<&Details>) -> Result<(), Rejection> {
    let Some(details) = details else {
        return Ok(());
    };
    if let Some(narrative) = &details.narrative {
        within("narrative", narrative, Limits::NARRATIVE_BYTES)?;
    }
    metadata(&details.metadata)?;
    at_most("references", details.references.len(), Limits::REFERENCES)?;
    for (at, reference) in details.references.iter().enumerate() {
        for (field, text) in [("reference kind", &reference.kind), ("reference", &reference.id)] {
            filled(field, text)?;
            within(field, text, Limits::REFERENCE_BYTES)?;
        }
        if details.references.iter().take(at).any(|earlier| earlier.kind == reference.kind) {
            return Err(Rejection::DuplicateReference);
        }
    }
    for party in [&details.from, &details.to].into_iter().flatten() {
        filled("party", &party.display)?;
        within("party", &party.display, Limits::REFERENCE_BYTES)?;
    }
    Ok(())
}
