//! Explanations: what a refusal or failure means and what to do about it, for those who read logs.

use serde::Serialize;

use super::rejection::{MEANINGS, Meaning, Rejection, TRANSIENT};
use super::remedies::remedy;

/// What a refusal or failure means, which figures it carries, and what to do about it.
///
/// Texts may change; codes and names stay.
///
/// ```
/// use pacioli::prelude::*;
///
/// // A table of all that can be refused, for a help page.
/// let all: Vec<_> = Rejection::explanations().collect();
/// let funds = all.iter().find(|explained| explained.name == "InsufficientFunds").ok_or("it is there")?;
/// assert_eq!((funds.code, funds.transient), (Some(201), true));
/// assert_eq!(funds.figures[0].0, "account"); // each figure with its meaning
/// println!("{}: {} {}", funds.name, funds.meaning, funds.remedy);
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Explanation {
    /// The stable number of a [`Rejection`]; `None` of what has no number.
    pub code: Option<u16>,
    /// The variant's name.
    pub name: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// Which figures it carries, with what each is.
    pub figures: &'static [(&'static str, &'static str)],
    /// What to do about it.
    pub remedy: &'static str,
    /// Whether the same command may succeed later without anybody changing it.
    pub transient: bool,
}

impl Rejection {
    /// What each rejection means and what to do about it, in the order of the codes.
    ///
    /// ```
    /// use pacioli::Rejection;
    ///
    /// let short = Rejection::explanations().find(|explained| explained.code == Some(201)).unwrap();
    /// assert_eq!((short.name, short.transient), ("InsufficientFunds", true));
    /// assert_eq!(short.figures[1], ("required", "What is needed of it."));
    /// ```
    pub fn explanations() -> impl Iterator<Item = Explanation> {
        let mut meanings: Vec<&Meaning> = MEANINGS.iter().collect();
        meanings.sort_unstable_by_key(|meaning| meaning.code);
        meanings.into_iter().map(explained)
    }

    /// What this rejection means and what to do about it, for a log or a help desk. What is shown to a customer is better
    /// made of the rejection's figures.
    ///
    /// ```
    /// use pacioli::{AccountId, Rejection};
    ///
    /// let no = Rejection::NotSameOwner { source_account: AccountId(7), destination: AccountId(9) };
    /// let explained = no.explanation();
    /// assert_eq!((explained.code, explained.name), (Some(no.code()), "NotSameOwner"));
    /// assert_eq!(explained.remedy, "Use a service that crosses between clients, if this may be paid at all.");
    /// ```
    pub fn explanation(&self) -> Explanation {
        let code = self.code();
        // Every code has a meaning: a test below holds it so.
        let nothing = Meaning { code, name: "", text: "", figures: &[] };
        explained(MEANINGS.iter().find(|meaning| meaning.code == code).unwrap_or(&nothing))
    }
}

fn explained(&Meaning { code, name, text, figures }: &Meaning) -> Explanation {
    Explanation {
        code: Some(code),
        name,
        meaning: text,
        figures,
        remedy: remedy(code),
        transient: TRANSIENT.contains(&name),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::remedies::REMEDIES;
    use super::*;

    #[test]
    fn every_code_is_explained_and_no_other() {
        let codes: Vec<u16> = Rejection::CODES.iter().map(|(code, _)| *code).collect();
        let explained: Vec<Explanation> = Rejection::explanations().collect();
        assert_eq!(explained.len(), codes.len());
        for explained in explained {
            let code = explained.code.unwrap();
            assert!(Rejection::CODES.contains(&(code, explained.name)), "{code}");
            assert!(explained.meaning.ends_with('.'), "{code} has no docs that end in a full stop");
            assert!(!explained.remedy.is_empty(), "{code} has no remedy in remedies.rs");
            assert!(explained.figures.iter().all(|(_, what)| what.ends_with('.')), "{code}");
        }
        let remedied: Vec<u16> = REMEDIES.iter().flat_map(|(codes, _)| codes.iter().copied()).collect();
        let distinct: BTreeSet<u16> = remedied.iter().copied().collect();
        assert_eq!(distinct.len(), remedied.len(), "a code has two remedies");
        assert_eq!(distinct, codes.into_iter().collect(), "a remedy is of no code");
    }

    #[test]
    fn a_wait_is_advised_where_a_rejection_is_transient() {
        let short = Rejection::explanations().find(|explained| explained.code == Some(201)).unwrap();
        assert_eq!(short.meaning, "The account has too little.");
        assert_eq!(short.figures.len(), 4);
        assert!(short.transient && short.remedy.contains("retry"));
        let unknown = Rejection::explanations().find(|explained| explained.name == "AccountNotFound").unwrap();
        assert!(!unknown.transient);
    }
}
