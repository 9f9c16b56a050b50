//! Personal texts: what is said of people. They lie beside the journal, which holds a commitment alone, and can be erased.
//!
//! A commitment is the digest of a salt and the texts. While salt and texts are there, it proves that they are what was
//! recorded; once both are gone, it says nothing of them: the salt is 16 bytes that nobody can foresee.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ClientId, Commitment, CounterpartyId, Sequence, Timestamp};

/// What the journal knows of a record's personal texts.
///
/// ```
/// use pacioli::prelude::*;
///
/// # let ledger = Ledger::in_memory()?;
/// # let book = ledger.open_book(NewBook::live("shop.kes", Currency::KES))?;
/// # let owner = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// # let client = ledger.register_client(NewClient::individual("KE", owner))?.id;
/// let njeri = ledger.view()?.client(client)?;
/// assert_eq!((njeri.personal.committed_in, njeri.personal.erased_at), (Sequence(2), None));
/// let erased = ledger.erase_client(client)?;
/// let after = ledger.view()?.client(client)?.personal;
/// assert_eq!((after.commitment, after.erased_at), (njeri.personal.commitment, Some(erased.recorded_at())));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Committed {
    /// The commitment to the texts, all of them together, as they are in this version of the record.
    pub commitment: Commitment,
    /// The entry that the commitment stands in.
    pub committed_in: Sequence,
    /// When the texts were erased, if they were. Versions from before show it too: their texts are gone as well.
    pub erased_at: Option<Timestamp>,
}

/// Texts by what they are: `email`, `contact.name`, `address.0`.
///
/// What amends others may have empty ones, which take theirs away.
pub(crate) type Texts = BTreeMap<String, String>;

/// The texts `before`, with what `given` says instead.
pub(crate) fn amended(before: &Texts, given: &Texts) -> Texts {
    let mut texts = before.clone();
    for (field, text) in given {
        if text.is_empty() {
            texts.remove(field);
        } else {
            texts.insert(field.clone(), text.clone());
        }
    }
    texts
}

/// Whose texts they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Owner {
    Client(ClientId),
    Counterparty(CounterpartyId),
}

/// Texts as they lie beside the journal, with their salt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Personal {
    /// The entry that committed to the owner's texts before these; zero for the first.
    pub previous: Sequence,
    pub salt: [u8; 16],
    /// All texts, as they are from this entry on.
    pub texts: Texts,
    /// Which of them the entry's request gave, in ascending order.
    pub given: Vec<String>,
}

impl Personal {
    /// What the journal holds in their place.
    pub(crate) fn commitment(&self) -> Commitment {
        let mut hasher = blake3::Hasher::new_derive_key("pacioli personal texts v1");
        hasher.update(&self.salt);
        hasher.update(&(self.texts.len() as u64).to_le_bytes());
        for text in self.texts.iter().flat_map(|(field, text)| [field, text]).chain(&self.given) {
            // The length keeps a text apart from the next.
            hasher.update(&(text.len() as u64).to_le_bytes()).update(text.as_bytes());
        }
        Commitment(*hasher.finalize().as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn personal(salt: u8, texts: &[(&str, &str)]) -> Personal {
        let texts = texts.iter().map(|(field, text)| ((*field).to_owned(), (*text).to_owned())).collect();
        Personal { previous: Sequence::ZERO, salt: [salt; 16], texts, given: Vec::new() }
    }

    #[test]
    fn commitments_hide_equal_texts_and_keep_fields_apart() {
        let one = personal(1, &[("email", "jane@emali.example")]);
        assert_eq!(one.commitment(), one.clone().commitment());
        assert_ne!(one.commitment(), personal(2, &[("email", "jane@emali.example")]).commitment());
        assert_ne!(personal(1, &[("a", "bc")]).commitment(), personal(1, &[("ab", "c")]).commitment());
        assert_ne!(personal(1, &[("a", "")]).commitment(), personal(1, &[]).commitment());
    }

    #[test]
    fn a_commitment_is_written_and_read_in_digits() {
        let commitment = personal(1, &[]).commitment();
        assert_eq!(commitment.to_string().parse(), Ok(commitment));
        for wrong in ["", "0", &commitment.to_string()[1..], &format!("{commitment}0"), &"x".repeat(64)] {
            assert_eq!(wrong.parse::<Commitment>(), Err(crate::model::InvalidHex), "{wrong}");
        }
    }

    #[test]
    fn an_empty_text_takes_one_away() {
        let texts = |given: &[(&str, &str)]| personal(0, given).texts;
        let before = texts(&[("email", "a"), ("phone", "1")]);
        assert_eq!(amended(&before, &texts(&[("email", ""), ("name", "n")])), texts(&[("name", "n"), ("phone", "1")]));
    }
}
