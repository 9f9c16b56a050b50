//! What the law cannot compute and is given: codes for clients and services that come without one, and nonces.

use super::desk::{Desk, Name, Refusal};
use super::rejection::Rejection;

/// Makes codes. The host may bring its own; one of ours is used otherwise.
///
/// A code must be of the form `[A-Z0-9_]{3,32}`. The same arguments must give the same code, and further attempts
/// further codes: an attempt whose code is taken is followed by the next.
///
/// ```
/// use pacioli::prelude::*;
///
/// // A function is one.
/// let short = |name: &str, id: u64, attempt: u32| {
///     let letters: String = name.chars().filter(char::is_ascii_alphabetic).take(3).collect();
///     format!("{}_{id}_{attempt}", letters.to_uppercase())
/// };
/// let ledger = Ledger::builder().codes(short).in_memory()?;
/// let njeri = Contact::new("Njeri Mwangi", "njeri@shop.co.ke", "+254712345678");
/// assert_eq!(ledger.register_client(NewClient::individual("KE", njeri))?.code, "NJE_1_0");
/// # Ok::<(), Error>(())
/// ```
pub trait CodeSource: Send + Sync {
    /// A code for something called `name` that gets the identifier `id`.
    fn code(&self, name: &str, id: u64, attempt: u32) -> String;
}

impl<F: Fn(&str, u64, u32) -> String + Send + Sync> CodeSource for F {
    fn code(&self, name: &str, id: u64, attempt: u32) -> String {
        self(name, id, attempt)
    }
}

/// Makes nonces: 16 bytes that nobody can foresee and that never come again.
///
/// ```
/// use pacioli::prelude::*;
/// use pacioli::NonceSource;
///
/// /// Taken from a device of the host's own.
/// struct Hardware;
///
/// impl NonceSource for Hardware {
///     fn nonce(&self) -> [u8; 16] {
///         [7; 16] // what the device says
///     }
/// }
/// let ledger = Ledger::builder().nonces(Hardware).in_memory()?;
/// # Ok::<(), Error>(())
/// ```
pub trait NonceSource: Send + Sync {
    /// The next nonce.
    fn nonce(&self) -> [u8; 16];
}

impl<F: Fn() -> [u8; 16] + Send + Sync> NonceSource for F {
    fn nonce(&self) -> [u8; 16] {
        self()
    }
}

/// The sources that deciding may ask.
#[derive(Clone, Copy)]
pub(crate) struct Sources<'a> {
    /// The ledger's identity, which approvals are bound to.
    pub ledger: [u8; 16],
    /// What names that are found by their digest are hashed under.
    pub secret: &'a [u8; 32],
    pub codes: &'a dyn CodeSource,
    pub nonces: &'a dyn NonceSource,
}

/// The first three letters of the name, upper-cased and filled up with `X`, and seven digits and letters that follow
/// from name, identifier and attempt: `EML67BG6W1`.
pub(crate) fn generated_code(name: &str, id: u64, attempt: u32) -> String {
    const ALPHABET: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let letters = name.chars().filter(char::is_ascii_alphabetic).map(|letter| letter.to_ascii_uppercase());
    let mut code: String = letters.chain(std::iter::repeat('X')).take(3).collect();
    let mut hasher = blake3::Hasher::new_derive_key("pacioli generated code v1");
    hasher.update(&id.to_le_bytes()).update(&attempt.to_le_bytes()).update(name.as_bytes());
    for byte in hasher.finalize().as_bytes().iter().take(7) {
        code.push(char::from(ALPHABET.get(usize::from(byte % 36)).copied().unwrap_or(b'0')));
    }
    code
}

/// How often a generator may be asked for one code.
const ATTEMPTS_MAX: u32 = 64;

/// The code given, if nobody has it; else the first generated one that nobody has.
pub(super) fn free_code(
    desk: &Desk,
    given: Option<&str>,
    name: &str,
    id: u64,
    as_name: fn(String) -> Name,
    codes: &dyn CodeSource,
) -> Result<String, Refusal> {
    if let Some(code) = given {
        super::texts::code("code", code)?;
        return match desk.holder(as_name(code.to_owned()))? {
            Some(holder) => Err(Rejection::CodeTaken { holder }.into()),
            None => Ok(code.to_owned()),
        };
    }
    let mut holder = 0;
    for attempt in 0..ATTEMPTS_MAX {
        let code = codes.code(name, id, attempt);
        super::texts::code("code", &code)?;
        match desk.holder(as_name(code.clone()))? {
            Some(taken_by) => holder = taken_by,
            None => return Ok(code),
        }
    }
    Err(Rejection::CodeTaken { holder }.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_begin_with_the_name_and_differ_by_attempt() {
        let code = generated_code("Emali Traders", 7, 0);
        assert_eq!(code.len(), 10);
        assert!(code.starts_with("EMA"));
        assert_ne!(code, generated_code("Emali Traders", 7, 1));
        assert!(generated_code("7 è", 1, 0).starts_with("XXX"));
    }

    #[test]
    fn codes_use_every_digit_and_letter() {
        let used = (0..200).flat_map(|id| generated_code("", id, 0).chars().skip(3).collect::<Vec<_>>());
        assert_eq!(used.collect::<std::collections::BTreeSet<_>>().len(), 36);
    }
}
