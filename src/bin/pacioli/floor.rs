//! The floor: what the storage gives to whoever appends to a bare file and waits until it is durable.
//!
//! No ledger that keeps its promises is faster, so a rate means little without it.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

/// What a transfer would come to in a bare file, in bytes.
const TRANSFER_BYTES: usize = 128;
/// How long it is measured at the most.
const TIME_MAX: Duration = Duration::from_secs(5);

/// Appends `transfers` in batches to a new file at `path`, making each batch durable, and removes it; gives how many
/// were written, and in what time.
pub(crate) fn measure(path: &Path, transfers: u64, batch: usize) -> std::io::Result<(u64, Duration)> {
    let file = OpenOptions::new().write(true).create_new(true).open(path)?;
    let measured = append(file, transfers, batch);
    std::fs::remove_file(path)?;
    measured
}

fn append(mut file: File, transfers: u64, batch: usize) -> std::io::Result<(u64, Duration)> {
    let bytes = vec![0x5a; batch * TRANSFER_BYTES];
    let started = Instant::now();
    let mut done = 0;
    while done < transfers && started.elapsed() < TIME_MAX {
        file.write_all(&bytes)?;
        file.sync_data()?;
        done += batch as u64;
    }
    Ok((done, started.elapsed()))
}
