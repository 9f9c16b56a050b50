//! The tables of `docs/format.md` as forms.

use std::collections::BTreeMap;

/// How a value is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form {
    /// Unsigned, of so many bits, as varint.
    Unsigned(u32),
    /// Signed, of so many bits, as zigzag.
    Signed(u32),
    Byte,
    Bool,
    Amount,
    Text,
    Octets(usize),
    Currency,
    Money,
    Rate,
    ExchangeRate,
    Nothing,
    Option(Box<Form>),
    Change(Box<Form>),
    List(Box<Form>),
    Map(Box<Form>, Box<Form>),
    Pair(Box<Form>, Box<Form>),
    /// A struct or an enum, by its name.
    Named(String),
}

impl Form {
    /// The form that a text says, with what is said beside it cut off.
    pub fn parse(text: &str) -> Self {
        let text = text.split([':', ';']).next().unwrap();
        let text = text.split(", without").next().unwrap();
        // What stands in brackets explains.
        let text: String = text.split(['(', ')']).step_by(2).collect();
        let words: Vec<&str> = text.split_whitespace().collect();
        let (form, rest) = Self::of(&words);
        assert!(rest.is_empty(), "{text}: what is {rest:?}?");
        form
    }

    fn of<'w>(words: &'w [&'w str]) -> (Self, &'w [&'w str]) {
        let boxed = |words| {
            let (form, rest) = Self::of(words);
            (Box::new(form), rest)
        };
        let two = |words, between: &str| {
            let (first, rest) = boxed(words);
            let Some((word, rest)) = rest.split_first() else { panic!("{words:?} ends") };
            assert_eq!(*word, between, "{words:?}");
            let (second, rest) = boxed(rest);
            (first, second, rest)
        };
        match words {
            ["option", "of", rest @ ..] => {
                let (form, rest) = boxed(rest);
                (Self::Option(form), rest)
            }
            ["change", "of", rest @ ..] => {
                let (form, rest) = boxed(rest);
                (Self::Change(form), rest)
            }
            ["list", "of", rest @ ..] => {
                let (form, rest) = boxed(rest);
                (Self::List(form), rest)
            }
            ["map", "of", rest @ ..] => {
                let (key, value, rest) = two(rest, "to");
                (Self::Map(key, value), rest)
            }
            ["pair", "of", rest @ ..] => {
                let (first, second, rest) = two(rest, "and");
                (Self::Pair(first, second), rest)
            }
            ["exchange", "rate", rest @ ..] => (Self::ExchangeRate, rest),
            [count @ ("16" | "32" | "64"), "bytes", rest @ ..] => (Self::Octets(count.parse().unwrap()), rest),
            [_, "id", rest @ ..] => (Self::Unsigned(64), rest),
            [word, rest @ ..] => (Self::word(word), rest),
            [] => panic!("no form"),
        }
    }

    fn word(word: &str) -> Self {
        match word {
            "u8" => Self::Byte,
            "u16" => Self::Unsigned(16),
            "u32" => Self::Unsigned(32),
            "u64" | "sequence" => Self::Unsigned(64),
            "i16" => Self::Signed(16),
            "i64" | "timestamp" => Self::Signed(64),
            "i128" => Self::Signed(128),
            "bool" => Self::Bool,
            "amount" => Self::Amount,
            "text" => Self::Text,
            "commitment" => Self::Octets(32),
            "currency" => Self::Currency,
            "money" => Self::Money,
            "rate" => Self::Rate,
            "nothing" => Self::Nothing,
            name => match name.strip_prefix('`').and_then(|name| name.strip_suffix('`')) {
                Some(name) => Self::Named(name.to_owned()),
                None => panic!("{name} is no form"),
            },
        }
    }
}

/// What a name stands for.
#[derive(Clone, Debug)]
pub enum Shape {
    /// Fields with their names.
    Struct(Vec<(String, Form)>),
    /// Tags with what follows them.
    Enum(BTreeMap<u8, Vec<(String, Form)>>),
}

/// All that the page's tables say.
#[derive(Clone, Debug, Default)]
pub struct Grammar {
    pub shapes: BTreeMap<String, Shape>,
    /// What follows the common parts of an entry, by its tag; nothing of a posted one, which has a form of its own.
    pub events: BTreeMap<u8, Vec<(String, Form)>>,
    /// What the body of a table's value is, as the page says it.
    pub tables: BTreeMap<String, String>,
}

/// The cells of a row of a table.
fn cells(line: &str) -> Option<Vec<String>> {
    let line = line.strip_prefix('|')?.strip_suffix('|')?;
    Some(line.split('|').map(|cell| cell.trim().to_owned()).collect())
}

/// `name` form, `name` form, …; or forms alone, or "word as form".
fn fields(text: &str) -> Vec<(String, Form)> {
    if text == "none" {
        return Vec::new();
    }
    let field = |text: &str| {
        let said = text.split(':').next().unwrap().trim();
        let (name, form) = match said.split_once(' ') {
            Some((name, form)) if name.starts_with('`') => (name.trim_matches('`'), form),
            _ => match said.split_once(" as ") {
                Some((name, form)) => (name, form),
                None => (said, said),
            },
        };
        (name.trim_matches('`').to_owned(), Form::parse(form))
    };
    text.split(", ").map(field).collect()
}

impl Grammar {
    pub fn of(page: &str) -> Self {
        let mut grammar = Self::default();
        // The name in bold above a table, and the heading row that the table began with.
        let (mut name, mut heads): (Option<String>, Vec<String>) = (None, Vec::new());
        for line in page.lines() {
            if let Some(bold) = line.strip_prefix("**`").and_then(|line| line.split_once("`**")) {
                (name, heads) = (Some(bold.0.to_owned()), Vec::new());
                continue;
            }
            let Some(row) = cells(line) else {
                if !line.is_empty() {
                    name = None;
                }
                heads.clear();
                continue;
            };
            if heads.is_empty() {
                heads = row;
            } else if !row[0].starts_with("---") {
                grammar.row(name.as_deref(), &heads, &row);
            }
        }
        assert!(grammar.shapes.len() > 60 && grammar.events.len() > 10 && grammar.tables.len() > 40, "{grammar:?}");
        grammar
    }

    fn row(&mut self, name: Option<&str>, heads: &[String], row: &[String]) {
        let heads: Vec<&str> = heads.iter().map(String::as_str).collect();
        match (heads.as_slice(), name) {
            (["enum", "tags"], _) => {
                let tags = row[1].split(", ").map(|one| {
                    let (tag, _) = one.split_once(' ').unwrap();
                    (tag.parse().unwrap(), Vec::new())
                });
                self.shapes.insert(row[0].trim_matches('`').to_owned(), Shape::Enum(tags.collect()));
            }
            (["field", "form"], Some(name)) => {
                let shape = self.shapes.entry(name.to_owned()).or_insert_with(|| Shape::Struct(Vec::new()));
                let Shape::Struct(fields) = shape else { panic!("{name} is described twice") };
                fields.push((row[0].trim_matches('`').to_owned(), Form::parse(&row[1])));
            }
            (["tag", "variant", "fields after the tag"], Some(name)) => {
                let shape = self.shapes.entry(name.to_owned()).or_insert_with(|| Shape::Enum(BTreeMap::new()));
                let Shape::Enum(variants) = shape else { panic!("{name} is described twice") };
                assert!(variants.insert(row[0].parse().unwrap(), fields(&row[2])).is_none(), "{name} {row:?}");
            }
            (["tag", "event", "its bytes"], _) => {
                let fields = if row[2] == "below" { Vec::new() } else { fields(&row[2]) };
                self.events.insert(row[0].parse().unwrap(), fields);
            }
            (["table", "key", "value", "section"], _) => {
                self.tables.insert(row[0].trim_matches('`').to_owned(), row[2].clone());
            }
            _ => {}
        }
    }

    /// Every event, and every variant of the enums that have contents.
    pub fn variants(&self) -> impl Iterator<Item = String> + '_ {
        let with_contents = self.shapes.iter().filter_map(|(name, shape)| match shape {
            Shape::Enum(variants) if variants.values().any(|fields| !fields.is_empty()) => Some((name, variants)),
            Shape::Enum(_) | Shape::Struct(_) => None,
        });
        let variants =
            with_contents.flat_map(|(name, variants)| variants.keys().map(move |tag| format!("{name} {tag}")));
        variants.chain(self.events.keys().map(|tag| format!("event {tag}")))
    }
}
