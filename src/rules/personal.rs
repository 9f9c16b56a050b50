//! The law of personal texts: how they are committed to, compared and erased.

use super::codes::Sources;
use super::desk::{Beside, Desk, Place, Record, Refusal};
use crate::model::{ClientId, Commitment, Committed, Owner, PartyKind, Personal, Sequence, Texts, amended};

/// Lays texts beside the entry at `sequence`: those before, with what is given instead. Gives the commitment that the entry
/// holds in their place.
pub(super) fn lay_by(
    owner: Owner,
    sequence: Sequence,
    (previous, before): (Sequence, &Texts),
    taken: &Texts,
    sources: Sources<'_>,
    beside: &mut Beside,
) -> Commitment {
    let (salt, given) = (sources.nonces.nonce(), taken.keys().cloned().collect());
    let personal = Personal { previous, salt, texts: amended(before, taken), given };
    let commitment = personal.commitment();
    beside.push((Place::Personal(owner, sequence), Some(Record::Personal(personal.into()))));
    commitment
}

/// A record's texts as they are now; none if they have been erased.
pub(super) fn texts(desk: &Desk, owner: Owner, committed: Committed) -> Result<Texts, Refusal> {
    let kept = desk.personal(owner, committed.committed_in)?;
    Ok(kept.map(|personal| personal.texts.clone()).unwrap_or_default())
}

/// Whether texts given again are those that the entry at `sequence` was given. Of erased ones nothing is known, so anything
/// may be them.
pub(super) fn same_texts(desk: &Desk, owner: Owner, sequence: Sequence, taken: &Texts) -> Result<bool, Refusal> {
    let Some(kept) = desk.personal(owner, sequence)? else { return Ok(true) };
    Ok(kept.given.iter().eq(taken.keys()) && amended(&kept.texts, taken) == kept.texts)
}

/// As [`same_texts`], for a change: it commits to texts if it gives any.
pub(super) fn same_change(
    desk: &Desk,
    owner: Owner,
    (sequence, commits): (Sequence, bool),
    taken: &Texts,
) -> Result<bool, Refusal> {
    match (commits, taken.is_empty()) {
        (true, false) => same_texts(desk, owner, sequence, taken),
        (commits, empty) => Ok(commits != empty),
    }
}

/// Takes all texts of an owner away, from those of the entry `latest` back.
pub(super) fn take_away(desk: &Desk, owner: Owner, latest: Sequence, beside: &mut Beside) -> Result<(), Refusal> {
    let mut next = latest;
    while next != Sequence::ZERO {
        let Some(personal) = desk.personal_back(owner, next)? else { break };
        beside.push((Place::Personal(owner, next), None));
        // Always earlier, so that this ends whatever the store holds.
        next = if personal.previous < next { personal.previous } else { Sequence::ZERO };
    }
    Ok(())
}

/// What a client's counterparty of this kind and value is found by. Keyed with the ledger's secret; it lies beside the
/// journal and goes with the value, of which it would else give away guesses.
pub(crate) fn value_digest(secret: &[u8; 32], client: ClientId, kind: PartyKind, value: &str) -> [u8; 16] {
    let tag = match kind {
        PartyKind::Name => 0,
        PartyKind::Msisdn => 1,
        PartyKind::Email => 2,
        PartyKind::Bank => 3,
        PartyKind::Handle => 4,
    };
    digest(secret, client, tag, value)
}

/// What a client's counterparty is found by when the host calls it so.
pub(crate) fn reference_digest(secret: &[u8; 32], client: ClientId, reference: &str) -> [u8; 16] {
    digest(secret, client, u8::MAX, reference)
}

fn digest(secret: &[u8; 32], client: ClientId, tag: u8, text: &str) -> [u8; 16] {
    // A key of its own: the same secret serves the index of idempotency keys.
    let key = blake3::derive_key("pacioli counterparty v1", secret);
    let mut hasher = blake3::Hasher::new_keyed(&key);
    hasher.update(&client.0.to_le_bytes()).update(&[tag]).update(text.as_bytes());
    let mut digest = [0; 16];
    digest.copy_from_slice(hasher.finalize().as_bytes().split_at(16).0);
    digest
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn texts_are_taken_away_to_the_first_and_damaged_links_end() {
        let owner = Owner::Client(ClientId(1));
        let taken = |links: &[(u64, u64)]| {
            let mut desk = Desk::default();
            for (at, previous) in links {
                let (salt, previous) = ([0; 16], Sequence(*previous));
                let personal = Personal { previous, salt, texts: Texts::new(), given: Vec::new() };
                desk.lay(Place::Personal(owner, Sequence(*at)), Some(Record::Personal(Arc::new(personal))));
            }
            let mut beside = Beside::new();
            take_away(&desk, owner, Sequence(9), &mut beside).unwrap();
            beside.iter().filter(|(_, record)| record.is_none()).count()
        };
        assert_eq!(taken(&[(2, 0), (5, 2), (9, 5)]), 3);
        // To itself, and to a later one.
        assert_eq!(taken(&[(9, 9)]), 1);
        assert_eq!(taken(&[(9, 11), (11, 9)]), 1);
    }
}
