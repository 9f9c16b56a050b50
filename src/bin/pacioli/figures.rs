//! The figures that a measurement comes to.

#![expect(clippy::float_arithmetic, reason = "rates and times are for reading, and are no money")]

use std::fmt;
use std::time::Duration;

use serde::Serialize;

use crate::workload::{Read, Workload};

/// What was measured, and how.
#[derive(Debug, Serialize)]
pub(crate) struct Figures {
    pub(crate) workload: Workload,
    pub(crate) engine: &'static str,
    pub(crate) accounts: u64,
    pub(crate) clients: u64,
    pub(crate) transfers: u64,
    /// Transfers that the ledger had before, which were not timed.
    pub(crate) already: u64,
    pub(crate) batch: u64,
    pub(crate) threads: u64,
    pub(crate) in_flight: u64,
    pub(crate) seed: u64,
    pub(crate) setup_seconds: f64,
    pub(crate) seconds: f64,
    pub(crate) transfers_per_second: u64,
    pub(crate) p50_us: f64,
    pub(crate) p99_us: f64,
    pub(crate) max_us: f64,
    pub(crate) bytes_per_transfer: f64,
    /// What was written to the device; 0 where the system does not tell.
    pub(crate) device_bytes_per_transfer: f64,
    pub(crate) file_bytes: u64,
    pub(crate) peak_rss_mib: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) floor_transfers_per_second: Option<u64>,
    #[serde(flatten)]
    pub(crate) read: Option<ReadFigures>,
}

/// What was read while the transfers were being made.
#[derive(Debug, Serialize)]
pub(crate) struct ReadFigures {
    pub(crate) read: Read,
    pub(crate) readers: u64,
    pub(crate) reads_per_second: u64,
    pub(crate) read_p50_us: f64,
    pub(crate) read_p99_us: f64,
    pub(crate) read_max_us: f64,
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut row = |name: &str, figure: &dyn fmt::Display| writeln!(f, "{name:<28}{:>16}", figure.to_string());
        row("workload", &format!("{:?}", self.workload).to_lowercase())?;
        row("engine", &self.engine)?;
        row("accounts", &self.accounts)?;
        row("clients", &self.clients)?;
        row("transfers", &self.transfers)?;
        row("made before", &self.already)?;
        row("batch", &self.batch)?;
        row("threads", &self.threads)?;
        row("batches in flight", &self.in_flight)?;
        row("seed", &self.seed)?;
        row("filling, s", &self.setup_seconds)?;
        row("time, s", &self.seconds)?;
        row("transfers a second", &self.transfers_per_second)?;
        if let Some(floor) = &self.floor_transfers_per_second {
            row("bare appends a second", floor)?;
        }
        row("half within, us", &self.p50_us)?;
        row("99 % within, us", &self.p99_us)?;
        row("longest, us", &self.max_us)?;
        row("file bytes a transfer", &self.bytes_per_transfer)?;
        row("device bytes a transfer", &self.device_bytes_per_transfer)?;
        row("file bytes", &self.file_bytes)?;
        row("peak memory, MiB", &self.peak_rss_mib)?;
        let Some(read) = &self.read else { return Ok(()) };
        row("read meanwhile", &format!("{:?}", read.read).to_lowercase())?;
        row("threads that read", &read.readers)?;
        row("reads a second", &read.reads_per_second)?;
        row("half of them within, us", &read.read_p50_us)?;
        row("99 % of them within, us", &read.read_p99_us)?;
        row("longest of them, us", &read.read_max_us)
    }
}

/// How many a second.
pub(crate) fn rate(count: u64, time: Duration) -> u64 {
    let ns = time.as_nanos().max(1);
    u64::try_from(u128::from(count) * 1_000_000_000 / ns).unwrap_or(u64::MAX)
}

/// The share of each, to a tenth.
pub(crate) fn share(of: u64, each: u64) -> f64 {
    (of as f64 / each.max(1) as f64 * 10.0).round() / 10.0
}

/// One by the other, to a hundredth; 0 where the other is.
pub(crate) fn ratio(one: u64, other: u64) -> f64 {
    if other == 0 { 0.0 } else { (one as f64 / other as f64 * 100.0).round() / 100.0 }
}

/// A time in seconds, to a millionth.
pub(crate) fn seconds(time: Duration) -> f64 {
    time.as_micros() as f64 / 1e6
}

/// Times that something took, each in tenths of a microsecond: four bytes each, so that keeping them costs little.
#[derive(Debug, Default)]
pub(crate) struct Latencies(Vec<u32>);

impl Latencies {
    /// Room for so many.
    pub(crate) fn with_capacity(count: usize) -> Self {
        Self(Vec::with_capacity(count))
    }

    pub(crate) fn add(&mut self, time: Duration) {
        self.0.push(u32::try_from(time.as_nanos() / 100).unwrap_or(u32::MAX));
    }

    pub(crate) fn join(&mut self, mut other: Self) {
        self.0.append(&mut other.0);
    }

    pub(crate) fn sort(&mut self) {
        self.0.sort_unstable();
    }

    /// The time that `percent` of all did not exceed, in microseconds; they must have been sorted.
    pub(crate) fn percentile(&self, percent: usize) -> f64 {
        let rank = (self.0.len() * percent).div_ceil(100).max(1);
        f64::from(self.0.get(rank - 1).copied().unwrap_or_default()) / 10.0
    }
}

/// Times in classes that are a sixty-fourth of themselves wide: for so many that keeping each would cost too much.
#[derive(Debug)]
pub(crate) struct Histogram {
    /// By the time in nanoseconds: the place of its highest bit, then the six bits below it.
    counts: Vec<u64>,
    longest: Duration,
}

impl Histogram {
    pub(crate) fn new() -> Self {
        Self { counts: vec![0; 64 * 64], longest: Duration::ZERO }
    }

    pub(crate) fn add(&mut self, time: Duration) {
        let ns = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX).max(64);
        let exponent = 63 - ns.leading_zeros();
        let class = u64::from(exponent) * 64 + (ns >> (exponent - 6)) % 64;
        if let Some(count) = usize::try_from(class).ok().and_then(|class| self.counts.get_mut(class)) {
            *count += 1;
        }
        self.longest = self.longest.max(time);
    }

    pub(crate) fn join(&mut self, other: &Self) {
        self.counts.iter_mut().zip(&other.counts).for_each(|(count, more)| *count += more);
        self.longest = self.longest.max(other.longest);
    }

    pub(crate) fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The time that `percent` of all did not exceed, in microseconds: the end of its class.
    pub(crate) fn percentile(&self, percent: u64) -> f64 {
        let rank = (self.count() * percent).div_ceil(100).max(1);
        let mut seen = 0;
        let found = self.counts.iter().position(|count| {
            seen += count;
            seen >= rank
        });
        let end = found.map_or(0, |class| (64 + class as u64 % 64 + 1) << (class / 64).saturating_sub(6));
        micros(Duration::from_nanos(end).min(self.longest))
    }

    /// In microseconds.
    pub(crate) fn longest(&self) -> f64 {
        micros(self.longest)
    }
}

/// A time in microseconds, to a hundredth.
fn micros(time: Duration) -> f64 {
    (time.as_nanos() as f64 / 10.0).round() / 100.0
}

/// The memory that the process has now, in MiB; 0 where the system does not tell.
pub(crate) fn rss_mib() -> u64 {
    told("/proc/self/status", "VmRSS:").div_ceil(1024)
}

/// The most memory that the process ever had, in MiB; 0 where the system does not tell.
pub(crate) fn peak_rss_mib() -> u64 {
    told("/proc/self/status", "VmHWM:").div_ceil(1024)
}

/// What the process has had written to devices, in bytes; 0 where the system does not tell.
pub(crate) fn device_bytes() -> u64 {
    told("/proc/self/io", "write_bytes:")
}

/// The number that stands behind `name` in a file that the system writes.
fn told(file: &str, name: &str) -> u64 {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_times_that_were_measured() {
        let mut latencies = Latencies::default();
        (1..=100).rev().for_each(|us| latencies.add(Duration::from_micros(us)));
        latencies.sort();
        assert_eq!([50, 99, 100].map(|percent| latencies.percentile(percent)), [50.0, 99.0, 100.0]);
        assert_eq!(Latencies::default().percentile(50), 0.0);
    }

    #[test]
    fn classes_are_narrow_and_never_longer_than_the_longest() {
        let mut histogram = Histogram::new();
        (1..=100).for_each(|us| histogram.add(Duration::from_micros(us)));
        let mut other = Histogram::new();
        other.join(&histogram);
        assert_eq!((other.count(), other.longest(), other.percentile(100)), (100, 100.0, 100.0));
        for percent in [1, 50, 99] {
            let exact = percent as f64;
            assert!((exact..exact * 1.02).contains(&other.percentile(percent)), "{}", other.percentile(percent));
        }
        histogram.add(Duration::ZERO);
        histogram.add(Duration::from_secs(20_000_000_000));
        assert_eq!(histogram.count(), 102);
        assert_eq!(Histogram::new().percentile(50), 0.0);
    }

    #[test]
    fn rates_of_short_times_are_finite() {
        assert_eq!(rate(3, Duration::from_millis(1500)), 2);
        assert_eq!(rate(3, Duration::ZERO), 3_000_000_000);
    }
}
