//! A dump whose lines were changed in any way: refused by a line, and no file is left; or the ledger of the dump, sound.

use std::sync::LazyLock;

use pacioli::prelude::*;
use pacioli::{LoadError, ManualClock};

#[path = "../../tests/golden/world.rs"]
mod world;

static DUMP: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let clock = std::sync::Arc::new(ManualClock::at(Timestamp(1_795_000_000_000_000_000)));
    let ledger = Ledger::builder().clock(std::sync::Arc::clone(&clock)).nonces(|| [7; 16]);
    let ledger = ledger.in_memory().expect("memory does not fail");
    world::carry_out(&ledger, &clock);
    let mut dump = Vec::new();
    ledger.dump(&mut dump, &mut |_| ()).expect("memory does not fail");
    dump.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect()
});

/// One byte names a line, two where in it; one says what is done there, and one with what.
fn changed(lines: &mut Vec<Vec<u8>>, change: [u8; 5]) {
    let [line, high, low, how, with] = change;
    if lines.is_empty() {
        return;
    }
    let line = usize::from(line) % lines.len();
    let other = usize::from(with) % lines.len();
    let at = usize::from(u16::from_be_bytes([high, low])) % lines[line].len().max(1);
    match how % 7 {
        0 if !lines[line].is_empty() => lines[line][at] = with,
        1 => lines[line].insert(at, with),
        2 if !lines[line].is_empty() => drop(lines[line].remove(at)),
        3 => drop(lines.remove(line)),
        4 => lines.swap(line, other),
        5 => lines.insert(other, lines[line].clone()),
        _ => lines.truncate(line),
    }
}

/// Changes the dump as the bytes say, five for each change, and loads it.
pub fn run(data: &[u8]) {
    let mut lines = DUMP.clone();
    for change in data.chunks_exact(5).take(16) {
        changed(&mut lines, [change[0], change[1], change[2], change[3], change[4]]);
    }
    let dump = lines.concat();
    let directory = std::env::temp_dir().join(format!("pacioli-fuzz-dumps-{}", std::process::id()));
    std::fs::create_dir_all(&directory).expect("the temporary directory can be written to");
    let path = directory.join(format!("{:?}.redb", std::thread::current().id()));
    match Ledger::builder().memory(8 << 20).load(&path, dump.as_slice(), &mut |_| ()) {
        Ok(ledger) => {
            let mut again = Vec::new();
            ledger.dump(&mut again, &mut |_| ()).expect("what was loaded can be dumped");
            ledger.close().expect("what was loaded can be closed");
            drop(std::fs::remove_file(&path));
            // White space between the parts of a line, and capitals in digits, are all that a dump may have of its own.
            let plain = |bytes: &[u8]| {
                let dense = bytes.iter().filter(|byte| !byte.is_ascii_whitespace());
                dense.map(u8::to_ascii_lowercase).collect::<Vec<_>>()
            };
            assert!(plain(&again) == plain(&dump), "what was loaded is not what was given");
        }
        Err(LoadError::Refused { line, .. }) => assert!(line as usize <= lines.len() + 17, "line {line}"),
        Err(error) => panic!("{error}"),
    }
    assert!(!path.exists());
    drop(std::fs::remove_dir(&directory));
}
