//! The words of small enums: each stands once, is what people and statements see, and is read again.

use std::fmt;

/// The text is none of the words that were asked for.
///
/// ```
/// use pacioli::prelude::*;
///
/// assert_eq!("SALE".parse(), Ok(EntryKind::Sale));
/// let unknown = "SOLD".parse::<EntryKind>().unwrap_err();
/// assert_eq!((unknown.word(), unknown.words()[0]), ("SOLD", "SALE"));
/// assert!(unknown.to_string().starts_with(r#""SOLD" is no entry kind: SALE, PAYOUT, "#));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownWord {
    kind: &'static str,
    words: &'static [&'static str],
    word: Box<str>,
}

impl UnknownWord {
    /// The most characters of a word that are kept.
    const CHARACTERS: usize = 64;

    pub(crate) fn new(kind: &'static str, words: &'static [&'static str], word: &str) -> Self {
        Self { kind, words, word: word.chars().take(Self::CHARACTERS).collect() }
    }

    /// What was given; of a long text the first 64 characters.
    pub fn word(&self) -> &str {
        &self.word
    }

    /// The words that there are; none where the list is open and the text has not the form of a code.
    pub const fn words(&self) -> &'static [&'static str] {
        self.words
    }
}

impl fmt::Display for UnknownWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is no {}", &*self.word, self.kind)?;
        if self.words.is_empty() { Ok(()) } else { write!(f, ": {}", self.words.join(", ")) }
    }
}

impl std::error::Error for UnknownWord {}

/// Writes `Display` and `FromStr` of an enum from one list of its words.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $kind:literal: $($variant:ident => $word:literal,)+) => {
        impl $name {
            const fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }

        $(#[$doc])*
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.word())
            }
        }

        /// Reads the words that it is shown by, in capitals or small letters.
        impl std::str::FromStr for $name {
            type Err = $crate::model::UnknownWord;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let every = [$(Self::$variant,)+];
                let named = every.into_iter().find(|one| one.word().eq_ignore_ascii_case(text));
                named.ok_or_else(|| $crate::model::UnknownWord::new($kind, &[$($word,)+], text))
            }
        }
    };
}

pub(crate) use words;

/// The form of codes that the host may choose: `[A-Z0-9_]{3,32}`.
pub(crate) fn is_code(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    (3..=32).contains(&text.len()) && text.bytes().all(fits)
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use super::super::{
        AccountStatus, AccountType, EntryKind, HoldState, InvoiceState, Operation, PartyKind, PayoutItemState,
        PayoutState, Role, Side, Stage,
    };
    use super::*;

    /// Every word is read as what shows it; anything else is refused by its name.
    fn round<T: FromStr<Err = UnknownWord> + fmt::Display + fmt::Debug + PartialEq>(kind: &str) {
        let read = |text: &str| text.parse::<T>();
        let unknown = read("").unwrap_err();
        assert!(!unknown.words().is_empty());
        for word in unknown.words() {
            let one = read(word).unwrap();
            assert_eq!(one.to_string(), *word);
            assert_eq!((read(&word.to_uppercase()), read(&word.to_lowercase())), (Ok(one), read(word)));
            let longer = format!("{word} ");
            assert_eq!(read(&longer).unwrap_err().to_string().find(&format!("{longer:?} is no {kind}: ")), Some(0));
        }
    }

    #[test]
    fn words_are_read_as_they_are_shown() {
        round::<AccountStatus>("account status");
        round::<EntryKind>("entry kind");
        round::<HoldState>("state of a hold");
        round::<InvoiceState>("state of an invoice");
        round::<Operation>("operation");
        round::<PartyKind>("kind of party");
        round::<PayoutItemState>("state of a payout's item");
        round::<PayoutState>("state of a payout");
        round::<Role>("role");
        round::<Side>("side");
        round::<Stage>("stage");
        assert_eq!("\"ON-HOLD\" is no side: debit, credit", "ON-HOLD".parse::<Side>().unwrap_err().to_string());
    }

    #[test]
    fn long_words_are_cut_in_the_error() {
        let unknown = "é".repeat(1_000).parse::<Side>().unwrap_err();
        assert_eq!(unknown.word(), "é".repeat(64));
    }

    #[test]
    fn account_types_are_read_by_their_form() {
        for code in ["WORKING", "ESCROW_2", "ABC"] {
            assert_eq!(code.parse(), Ok(AccountType::new(code)));
        }
        for code in ["", "AB", "escrow", "ESC ROW", &"A".repeat(33)] {
            let unknown = code.parse::<AccountType>().unwrap_err();
            assert_eq!(unknown.to_string(), format!("{code:?} is no account type"));
        }
    }
}
