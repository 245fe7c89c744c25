//! The file as it grows: clusters in order, each L2 table behind what it maps, all else at the end.

use std::io::{self, Seek, SeekFrom, Write};

use crate::Compression;
use crate::cluster::{Batch, CLUSTER, CLUSTER_BITS, Kind};
use crate::header::{Tables, header};

/// Entries of 8 bytes in an L2 table, which fills a cluster.
const L2_ENTRIES: u64 = CLUSTER as u64 / 8;

/// Bytes of the disk that one L2 table maps: 512 MiB.
pub(crate) const L2_SPAN: u64 = L2_ENTRIES << CLUSTER_BITS;

/// Counts of 2 bytes in a refcount block, which fills a cluster.
const BLOCK_COUNTS: u64 = CLUSTER as u64 / 2;

/// Refers to a cluster whose reference count is exactly one.
const COPIED: u64 = 1 << 63;

/// The cluster is compressed.
const COMPRESSED: u64 = 1 << 62;

/// Where a compressed cluster's entry has its sectors: bit 62 - (cluster_bits - 8).
const SECTORS_SHIFT: u32 = 62 - (CLUSTER_BITS - 8);

/// Unit of a compressed cluster's length.
const SECTOR: u64 = 512;

pub(crate) struct Qcow2<W> {
    output: W,
    /// Bytes written; where the next ones go.
    at: u64,
    l1: Vec<u64>,
    /// Number of the L2 table being filled; none before the first.
    number: Option<usize>,
    /// Its entries.
    l2: Vec<u64>,
    /// How often each cluster of the file is referred to.
    refcounts: Vec<u16>,
}

impl<W: Write + Seek> Qcow2<W> {
    /// For a disk of `disk_len` bytes. The header's place is left free.
    pub(crate) fn new(output: W, disk_len: u64) -> io::Result<Self> {
        let l1 = vec![0; disk_len.div_ceil(L2_SPAN) as usize];
        let mut file = Self { output, at: 0, l1, number: None, l2: Vec::new(), refcounts: vec![1] };
        file.output.seek(SeekFrom::Start(0))?;
        file.write(&[0; CLUSTER])?;
        Ok(file)
    }

    /// Appends a batch, which lies behind all earlier ones on the disk.
    pub(crate) fn append(&mut self, batch: &Batch) -> io::Result<()> {
        if batch.kinds.iter().all(|&kind| kind == Kind::Zero) {
            return Ok(());
        }
        // Before any place is reckoned: an earlier table may have to be written.
        self.select_table((batch.first / L2_ENTRIES) as usize)?;
        let slot = (batch.first % L2_ENTRIES) as usize;
        let mut rest = &batch.bytes[..];
        // Compressed clusters that are not written yet.
        let mut pending = 0;
        for (&kind, slot) in batch.kinds.iter().zip(slot..) {
            let entry = match kind {
                Kind::Zero => continue,
                Kind::Compressed(len) => {
                    let start = self.at + pending as u64;
                    let last = start + len as u64 - 1;
                    for cluster in start >> CLUSTER_BITS..=last >> CLUSTER_BITS {
                        self.refer(cluster);
                    }
                    pending += len;
                    COMPRESSED | (last / SECTOR - start / SECTOR) << SECTORS_SHIFT | start
                }
                Kind::Plain => {
                    let (compressed, others) = rest.split_at(pending);
                    let (plain, others) = others.split_at(CLUSTER);
                    (rest, pending) = (others, 0);
                    self.write(compressed)?;
                    self.whole_cluster(plain)? | COPIED
                }
            };
            self.l2[slot] = entry;
        }
        self.write(rest)
    }

    /// Writes what is left, and the header; all bytes of the file.
    pub(crate) fn finish(mut self, disk_len: u64, compression: Compression) -> io::Result<u64> {
        self.finish_table()?;
        let l1 = std::mem::take(&mut self.l1);
        let l1_offset = self.whole_clusters(&l1)?;
        self.pad()?;
        // The refcount blocks and their table count themselves.
        let others = self.at >> CLUSTER_BITS;
        let (mut blocks, mut tables) = (0, 0);
        while (others + blocks + tables).div_ceil(BLOCK_COUNTS) > blocks {
            blocks = (others + blocks + tables).div_ceil(BLOCK_COUNTS);
            tables = blocks.div_ceil(L2_ENTRIES);
        }
        self.refcounts.resize((others + blocks + tables) as usize, 1);
        let counts = std::mem::take(&mut self.refcounts);
        let mut addresses = Vec::new();
        for block in counts.chunks(BLOCK_COUNTS as usize) {
            addresses.push(self.at);
            let bytes: Vec<u8> = block.iter().flat_map(|count| count.to_be_bytes()).collect();
            self.write(&bytes)?;
            self.pad()?;
        }
        let refcount_offset = self.whole_clusters(&addresses)?;
        let tables = Tables {
            l1_offset,
            l1_entries: l1.len() as u32,
            refcount_offset,
            refcount_clusters: tables as u32,
        };
        self.output.seek(SeekFrom::Start(0))?;
        self.output.write_all(&header(disk_len, compression, tables))?;
        self.output.flush()?;
        Ok(self.at)
    }

    /// Begins L2 table `number`, unless it is the current one, which is written.
    fn select_table(&mut self, number: usize) -> io::Result<()> {
        if self.number != Some(number) {
            self.finish_table()?;
            self.number = Some(number);
            self.l2 = vec![0; L2_ENTRIES as usize];
        }
        Ok(())
    }

    /// Writes the current L2 table.
    fn finish_table(&mut self) -> io::Result<()> {
        if let Some(number) = self.number.take() {
            let entries = std::mem::take(&mut self.l2);
            self.l1[number] = self.whole_clusters(&entries)? | COPIED;
        }
        Ok(())
    }

    /// Writes entries into clusters of their own, each referred to once; where that is.
    fn whole_clusters(&mut self, entries: &[u64]) -> io::Result<u64> {
        let bytes: Vec<u8> = entries.iter().flat_map(|entry| entry.to_be_bytes()).collect();
        self.whole_cluster(&bytes)
    }

    /// The same for bytes.
    fn whole_cluster(&mut self, bytes: &[u8]) -> io::Result<u64> {
        self.pad()?;
        let start = self.at;
        self.write(bytes)?;
        self.pad()?;
        for cluster in start >> CLUSTER_BITS..self.at >> CLUSTER_BITS {
            self.refer(cluster);
        }
        Ok(start)
    }

    /// Counts one more reference to a cluster of the file.
    fn refer(&mut self, cluster: u64) {
        let cluster = cluster as usize;
        if self.refcounts.len() <= cluster {
            self.refcounts.resize(cluster + 1, 0);
        }
        // At most 65,536 bytes begin in a cluster, and every one compressed has several.
        self.refcounts[cluster] += 1;
    }

    /// Fills the file's last cluster with zeros.
    fn pad(&mut self) -> io::Result<()> {
        let len = self.at.next_multiple_of(CLUSTER as u64) - self.at;
        self.write(&[0; CLUSTER][..len as usize])
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.output.write_all(bytes)?;
        self.at += bytes.len() as u64;
        Ok(())
    }
}
