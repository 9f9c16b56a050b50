//! How large the parts of the index are.

/// Sizes; any values work, and those that make no sense are moved to the nearest that do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RunsOptions {
    /// Pairs in a memtable, which is also the size of the smallest runs. About 48 bytes each; up to three memtables are alive.
    pub(crate) memtable_keys: usize,
    /// Runs of one level that are merged into one of the next.
    pub(crate) fanout: usize,
    /// Bits for each pair in the filters of large runs. Filters stay in memory.
    pub(crate) filter_bits: usize,
    /// The most bytes in a chunk: such that one fills a leaf page of the storage engine.
    pub(crate) chunk_bytes: usize,
    /// The fewest chunks worth a write; less is left owing.
    pub(crate) slice_chunks: usize,
}

impl Default for RunsOptions {
    fn default() -> Self {
        Self { memtable_keys: 65_536, fanout: 4, filter_bits: 12, chunk_bytes: 4_000, slice_chunks: 16 }
    }
}

impl RunsOptions {
    /// The options within their bounds.
    pub(super) fn bounded(self) -> Self {
        Self {
            memtable_keys: self.memtable_keys.clamp(1, 1 << 26),
            fanout: self.fanout.clamp(2, 64),
            filter_bits: self.filter_bits.clamp(1, 64),
            chunk_bytes: self.chunk_bytes.clamp(128, 60_000),
            slice_chunks: self.slice_chunks.clamp(1, 1 << 16),
        }
    }

    /// The fewest pairs worth a write.
    ///
    /// At most a quarter of a memtable, so that flushing one ends before the next is full.
    pub(super) fn slice_keys(self) -> u64 {
        let slice = self.slice_chunks.saturating_mul(self.chunk_bytes / 21).min(self.memtable_keys / 4);
        slice.max(1) as u64
    }

    /// The filter blocks for a run of `keys` pairs.
    ///
    /// A lookup asks all runs, and most are small: there, more bits cost little memory and save most of the reads in vain.
    pub(super) fn filter_blocks(self, keys: u64) -> u32 {
        let extra = match keys {
            0..0x20_0000 => 8,
            0x20_0000..0x80_0000 => 4,
            0x80_0000.. => 0,
        };
        let bits = keys.saturating_mul(self.filter_bits as u64 + extra);
        u32::try_from(bits.div_ceil(512)).unwrap_or(u32::MAX).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_and_filters_are_as_large_as_said() {
        let options = RunsOptions::default();
        // Sixteen chunks of 4,000 bytes, in which a pair takes 21 or so.
        assert_eq!(options.slice_keys(), 16 * 190);
        let small = RunsOptions { memtable_keys: 400, ..options };
        assert_eq!((small.slice_keys(), RunsOptions { memtable_keys: 1, ..options }.slice_keys()), (100, 1));
        // Blocks of 512 bits: 20 for a pair of a small run, 16, 12 of the largest.
        let blocks = [0, 1, 26, 512, 0x1f_ffff, 0x20_0000, 0x80_0000, u64::MAX].map(|keys| options.filter_blocks(keys));
        assert_eq!(blocks, [1, 1, 2, 20, 81_920, 65_536, 196_608, u32::MAX]);
    }
}
