//! Bytes, read by forms. Whatever is not the one spelling of a value is refused, so what is read could be written again.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::grammar::{Form, Grammar, Shape};

/// Reads a body from its first byte to its last.
pub struct Reader<'a> {
    left: &'a [u8],
    grammar: &'a Grammar,
    /// The variants of enums that were met, as `Name tag`.
    pub seen: BTreeSet<String>,
}

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8], grammar: &'a Grammar) -> Self {
        Self { left: bytes, grammar, seen: BTreeSet::new() }
    }

    pub fn is_empty(&self) -> bool {
        self.left.is_empty()
    }

    /// Nothing may be left over.
    pub fn end(&self) {
        assert!(self.left.is_empty(), "{} bytes are left over: {:02x?}", self.left.len(), self.left);
    }

    pub fn bytes(&mut self, count: usize) -> &'a [u8] {
        let (taken, left) = self.left.split_at_checked(count).expect("the body goes on");
        self.left = left;
        taken
    }

    pub fn byte(&mut self) -> u8 {
        self.bytes(1)[0]
    }

    /// A varint of at most so many bits, in its shortest form.
    pub fn unsigned(&mut self, bits: u32) -> u128 {
        let (mut number, mut shift) = (0u128, 0);
        loop {
            let byte = self.byte();
            let part = u128::from(byte & 0x7f);
            assert!(shift < 128 && (part << shift) >> shift == part, "the number is too great");
            number |= part << shift;
            if byte & 0x80 == 0 {
                assert!(byte != 0 || shift == 0, "the number is not in its shortest form");
                break;
            }
            shift += 7;
        }
        assert!(bits == 128 || number < 1 << bits, "{number} has more than {bits} bits");
        number
    }

    pub fn signed(&mut self, bits: u32) -> i128 {
        let folded = self.unsigned(bits);
        (folded >> 1) as i128 ^ -((folded & 1) as i128)
    }

    pub fn amount(&mut self) -> u128 {
        let amount = self.unsigned(128);
        assert!(amount < 1 << 96, "{amount} is no amount");
        amount
    }

    pub fn count(&mut self, most: u128) -> usize {
        let count = self.unsigned(32);
        assert!(count <= most, "{count} are too many");
        count as usize
    }

    pub fn text(&mut self) -> &'a str {
        let length = self.unsigned(32) as usize;
        std::str::from_utf8(self.bytes(length)).expect("text is UTF-8")
    }

    /// The value, as JSON: numbers beyond 53 bits as text, bytes in hexadecimal digits.
    pub fn read(&mut self, form: &Form) -> Value {
        match form {
            Form::Nothing => Value::Null,
            Form::Byte => json!(self.byte()),
            Form::Unsigned(bits) => number(self.unsigned(*bits)),
            Form::Signed(bits) => {
                let signed = self.signed(*bits);
                if signed < 0 { negative(signed) } else { number(signed as u128) }
            }
            Form::Bool => match self.byte() {
                0 => json!(false),
                1 => json!(true),
                other => panic!("{other} is no bool"),
            },
            Form::Amount => json!(self.amount().to_string()),
            Form::Text => json!(self.text()),
            Form::Octets(count) => {
                json!(self.bytes(*count).iter().map(|byte| format!("{byte:02x}")).collect::<String>())
            }
            Form::Currency => self.currency(),
            Form::Money => {
                let minor = self.signed(128);
                assert!(minor.unsigned_abs() < 1 << 96, "{minor} is no sum");
                json!([minor.to_string(), self.currency()])
            }
            Form::Rate => {
                let parts = self.unsigned(64);
                assert!(parts <= 10_000_000_000, "{parts} is no rate");
                number(parts)
            }
            Form::ExchangeRate => {
                let (given, taken) = (self.unsigned(64), self.unsigned(64));
                assert!(given > 0 && taken > 0 && divisor(given, taken) == 1, "{given} for {taken}");
                json!([number(given), number(taken)])
            }
            Form::Option(form) => match self.byte() {
                0 => Value::Null,
                1 => json!([self.read(form)]),
                other => panic!("{other} is no option"),
            },
            Form::Change(form) => match self.byte() {
                0 => json!("kept"),
                1 => json!([self.read(form)]),
                2 => json!("taken away"),
                other => panic!("{other} is no change"),
            },
            Form::List(form) => {
                let count = self.count(65_536);
                (0..count).map(|_| self.read(form)).collect()
            }
            Form::Map(key, value) => self.map(key, value),
            Form::Pair(first, second) => json!([self.read(first), self.read(second)]),
            Form::Named(name) => self.named(name),
        }
    }

    fn map(&mut self, key: &Form, value: &Form) -> Value {
        let (mut pairs, mut before): (Vec<Value>, Option<Vec<u8>>) = (Vec::new(), None);
        for _ in 0..self.count(65_536) {
            let begin = self.left;
            let read = self.read(key);
            let bytes = begin[..begin.len() - self.left.len()].to_vec();
            if let (Form::Text, Value::String(text)) = (key, &read) {
                let ordered = text.as_bytes().to_vec();
                assert!(before.is_none_or(|before| before < ordered), "keys do not ascend: {text}");
                before = Some(ordered);
            } else {
                assert!(before.is_none_or(|before| before != bytes), "a key comes twice");
                before = Some(bytes);
            }
            pairs.push(json!([read, self.read(value)]));
        }
        pairs.into()
    }

    fn currency(&mut self) -> Value {
        let code = self.text();
        let scale = self.byte();
        assert!((2..=15).contains(&code.len()) && scale <= 18, "{code} with {scale} decimals");
        json!([code, scale])
    }

    pub fn named(&mut self, name: &str) -> Value {
        let grammar = self.grammar;
        match grammar.shapes.get(name) {
            None => panic!("the page does not describe {name}"),
            Some(Shape::Struct(fields)) => self.fields(fields),
            Some(Shape::Enum(variants)) => {
                let tag = self.byte();
                let fields = variants.get(&tag).unwrap_or_else(|| panic!("{name} has no tag {tag}"));
                self.seen.insert(format!("{name} {tag}"));
                if fields.is_empty() { json!(tag) } else { json!([tag, self.fields(fields)]) }
            }
        }
    }

    pub fn fields(&mut self, fields: &[(String, Form)]) -> Value {
        let mut read = Map::new();
        for (name, form) in fields {
            read.insert(name.clone(), self.read(form));
        }
        read.into()
    }
}

fn number(number: u128) -> Value {
    u64::try_from(number).ok().filter(|number| *number < 1 << 53).map_or_else(|| json!(number.to_string()), Value::from)
}

fn negative(number: i128) -> Value {
    i64::try_from(number)
        .ok()
        .filter(|number| *number > -(1 << 53))
        .map_or_else(|| json!(number.to_string()), Value::from)
}

fn divisor(one: u128, other: u128) -> u128 {
    if other == 0 { one } else { divisor(other, one % other) }
}
