//! Accounts and commodities under the names that each tool permits.
//!
//! Whatever the names are made of, two accounts never share one: the account's number is always in it.

use crate::model::{Account, AccountClass, Book};

const fn root(class: AccountClass) -> &'static str {
    match class {
        AccountClass::Asset => "Assets",
        AccountClass::Liability => "Liabilities",
        AccountClass::Income => "Income",
        AccountClass::Expense => "Expenses",
        AccountClass::Equity => "Equity",
    }
}

/// `Liabilities:shop.kes:tills:town:10000007 Till`.
pub(super) fn hledger_account(account: &Account, book: Option<&Book>) -> String {
    let mut name = root(account.class).to_owned();
    let book = book.map_or_else(|| account.book.to_string(), |book| plain(&book.name));
    let path = account.path.iter().flat_map(|path| path.segments().map(str::to_owned));
    let leaf = format!("{} {}", account.number(), plain(&account.name));
    for segment in std::iter::once(book).chain(path).chain([leaf]) {
        name.push(':');
        name.push_str(segment.trim());
    }
    name
}

/// A text without what would end an account's name: colons, semicolons, controls, and spaces beside spaces.
fn plain(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let words: Vec<String> = words.map(|word| word.replace(':', ".").replace(';', ",")).collect();
    words.join(" ")
}

/// `KES`, `"USDT.TRC20"`.
pub(super) fn hledger_commodity(code: &str) -> String {
    if code.bytes().all(|byte| byte.is_ascii_uppercase()) { code.to_owned() } else { format!("\"{code}\"") }
}

/// `Liabilities:1-shop-kes:Tills:Town:10000007-Till`.
pub(super) fn beancount_account(account: &Account, book: Option<&Book>) -> String {
    let mut name = root(account.class).to_owned();
    let book = book.map(|book| book.name.as_str()).unwrap_or_default();
    let path = account.path.iter().flat_map(|path| path.segments());
    let leaf = format!("{}-{}", account.number(), account.name);
    for segment in std::iter::once(format!("{}-{book}", account.book)).chain(path.map(str::to_owned)).chain([leaf]) {
        name.push(':');
        name.push_str(&component(&segment));
    }
    name
}

/// Letters, digits and dashes, a capital letter or a digit first.
fn component(text: &str) -> String {
    let kept: String = text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let kept = kept.trim_end_matches('-');
    let mut characters = kept.chars();
    match characters.next() {
        Some(first) if first.is_ascii_alphanumeric() => {
            format!("{}{}", first.to_ascii_uppercase(), characters.as_str())
        }
        _ => format!("X{kept}"),
    }
}

/// `KES`, `POINTS-'0`: a letter or a digit last, and none of beancount's own words. The apostrophe stands in no code.
pub(super) fn beancount_commodity(code: &str) -> String {
    let ends_well = code.ends_with(|last: char| last.is_ascii_alphanumeric());
    if ends_well && !matches!(code, "TRUE" | "FALSE" | "NULL") { code.to_owned() } else { format!("{code}'0") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_lose_what_would_end_a_name() {
        assert_eq!(plain("  Till\t2\u{1b}[2J;  a:b\n"), "Till 2 [2J, a.b");
        assert_eq!(component("tills"), "Tills");
        assert_eq!(component("10000007-Till\u{e9} (old)"), "10000007-Till---old");
        assert_eq!(component("_"), "X");
        assert_eq!(component("-a"), "X-a");
    }

    #[test]
    fn commodities_are_quoted_or_ended() {
        assert_eq!(hledger_commodity("KES"), "KES");
        assert_eq!(hledger_commodity("USDT.TRC20"), "\"USDT.TRC20\"");
        assert_eq!(beancount_commodity("USDT.TRC20"), "USDT.TRC20");
        assert_eq!(beancount_commodity("POINTS-"), "POINTS-'0");
        assert_eq!(beancount_commodity("TRUE"), "TRUE'0");
    }
}
