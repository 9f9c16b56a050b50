//! A small ledger's file with any bytes changed: opening, reading and verifying it give typed errors or right answers.
//!
//! The file lies in memory, in a backend of redb's. redb itself may panic on altered pages; the ledger must turn that
//! into an error, and only a panic that reaches the caller counts.

use std::sync::{Arc, LazyLock, Mutex};

use arbitrary::{Arbitrary, Unstructured};
use pacioli::prelude::*;
use redb::StorageBackend;

/// A file in memory that outlives its database.
#[derive(Clone, Debug, Default)]
struct Memory(Arc<Mutex<Vec<u8>>>);

impl Memory {
    fn bytes(&self) -> std::sync::MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

fn beyond() -> std::io::Error {
    std::io::ErrorKind::UnexpectedEof.into()
}

impl StorageBackend for Memory {
    fn len(&self) -> std::io::Result<u64> {
        Ok(self.bytes().len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> std::io::Result<()> {
        let bytes = self.bytes();
        let from = usize::try_from(offset).map_err(|_| beyond())?;
        let end = from.checked_add(out.len()).ok_or_else(beyond)?;
        out.copy_from_slice(bytes.get(from..end).ok_or_else(beyond)?);
        Ok(())
    }

    fn set_len(&self, length: u64) -> std::io::Result<()> {
        // An altered header may ask for more than there is memory.
        if length > 64 << 20 {
            return Err(std::io::ErrorKind::StorageFull.into());
        }
        self.bytes().resize(length as usize, 0);
        Ok(())
    }

    fn sync_data(&self) -> std::io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> std::io::Result<()> {
        let mut bytes = self.bytes();
        let from = usize::try_from(offset).map_err(|_| beyond())?;
        let end = from.checked_add(data.len()).ok_or_else(beyond)?;
        bytes.get_mut(from..end).ok_or_else(beyond)?.copy_from_slice(data);
        Ok(())
    }
}

/// What happens to the file: places are shares of its length, so that they stay in it.
#[derive(Arbitrary, Debug)]
enum Change {
    Flip { at: u32, bit: u8 },
    Set { at: u32, to: u8 },
    Overwrite { at: u32, bytes: Vec<u8> },
    Copy { page: u16, over: u16 },
    Zero { page: u16 },
    Truncate { at: u32 },
    Extend { by: u16 },
}

const PAGE: usize = 4_096;

fn place(at: u32, length: usize) -> usize {
    ((u64::from(at) * length as u64) >> 32) as usize
}

fn change(bytes: &mut Vec<u8>, change: &Change) {
    let length = bytes.len();
    if length < PAGE {
        return;
    }
    let page = |number: &u16| usize::from(*number) % (length / PAGE) * PAGE;
    match change {
        Change::Flip { at, bit } => bytes[place(*at, length)] ^= 1 << (bit % 8),
        Change::Set { at, to } => bytes[place(*at, length)] = *to,
        Change::Overwrite { at, bytes: new } => {
            let from = place(*at, length);
            for (old, new) in bytes[from..].iter_mut().zip(new) {
                *old = *new;
            }
        }
        Change::Copy { page: from, over } => {
            let from = page(from);
            bytes.copy_within(from..from + PAGE, page(over));
        }
        Change::Zero { page: number } => bytes[page(number)..][..PAGE].fill(0),
        Change::Truncate { at } => bytes.truncate(place(*at, length)),
        Change::Extend { by } => bytes.resize(length + usize::from(*by), 0xa5),
    }
}

type Balances = Vec<(AccountId, Money)>;

/// A small ledger's file, and the balances of its accounts.
static ORIGINAL: LazyLock<(Vec<u8>, Balances)> = LazyLock::new(|| write().expect("a sound file can be written"));

fn write() -> Result<(Vec<u8>, Balances), Error> {
    let file = Memory::default();
    let ledger = Ledger::builder().memory(8 << 20).on_backend(file.clone())?;
    let book = ledger.open_book(NewBook::live("fuzz.kes", Currency::KES))?;
    let owner = Contact::new("Njeri Mwangi", "njeri@example.com", "+254700000001");
    let client = ledger.register_client(NewClient::individual("KE", owner))?;
    let mut accounts = Vec::new();
    for _ in 0..4 {
        accounts.push(ledger.open_account(NewAccount::new(client.id, book.id, AccountType::WORKING))?.id);
    }
    let service = ledger.define_service(NewService::new(client.id, book.id, "ALL").narrative_required(false))?.id;
    for (at, account) in accounts.iter().enumerate() {
        ledger.credit(Credit::new(*account, service, book.money("1000")?, format!("credit {at}")))?;
    }
    for at in 0..40 {
        let (from, to) = (accounts[at % 4], accounts[(at + 1) % 4]);
        ledger.transfer(Transfer::new(from, to, service, book.money("1.25")?, format!("transfer {at}")))?;
    }
    let view = ledger.view()?;
    let balances = accounts.iter().map(|account| Ok((*account, view.balance(*account)?.current)));
    let balances = balances.collect::<Result<_, Error>>()?;
    ledger.close()?;
    let bytes = file.bytes().clone();
    Ok((bytes, balances))
}

fn look(bytes: Vec<u8>, balances: &[(AccountId, Money)]) -> Result<(), Error> {
    let ledger = Ledger::builder().memory(8 << 20).on_backend(Memory(Arc::new(Mutex::new(bytes))))?;
    let proof = ledger.verify_all()?;
    if proof.finding.is_some() || proof.entries == 0 {
        // Damage was found, or the ledger was emptied and begun anew.
        return Ok(());
    }
    let view = ledger.view()?;
    for (account, balance) in balances {
        assert_eq!(view.balance(*account)?.current, *balance, "an altered balance was served as sound");
    }
    for book in view.books()? {
        assert!(view.trial_balance(book.id)?.is_balanced());
    }
    ledger.close()
}

/// Changes the file as the bytes say, and looks at it.
pub fn run(data: &[u8]) {
    let Ok(changes) = Vec::<Change>::arbitrary_take_rest(Unstructured::new(data)) else { return };
    let (original, balances) = &*ORIGINAL;
    let mut bytes = original.clone();
    for one in &changes {
        change(&mut bytes, one);
    }
    // Any typed error is an answer.
    drop(look(bytes, balances));
}
