//! The file read back by its specification: every cluster, and every reference counted.

use std::fs::File;
use std::io::Cursor;
use std::num::NonZeroUsize;
use std::os::unix::fs::FileExt;

use zlib_rs::{Inflate, InflateFlush, Status};

use crate::{Compression, Error, Options, write};

const CLUSTER: usize = 65536;
const ZLIB: Compression = Compression::Zlib { level: 6 };
const ZSTD: Compression = Compression::Zstd { level: 3 };

/// Bytes that no compressor makes smaller.
fn noise(len: usize) -> Vec<u8> {
    let mut state = 1u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 56) as u8
    };
    (0..len).map(|_| next()).collect()
}

/// Bytes that every compressor makes smaller, each cluster's other ones.
fn text(len: usize) -> Vec<u8> {
    (0..).flat_map(|line: u32| format!("line {line}\n").into_bytes()).take(len).collect()
}

/// A disk of 700 MiB, thus of two L2 tables: text, noise, stored zeros and holes.
fn disk() -> File {
    let file = tempfile::tempfile().unwrap();
    file.set_len(700 << 20).unwrap();
    file.write_all_at(&text(5 * CLUSTER), 0).unwrap();
    file.write_all_at(&noise(2 * CLUSTER), 5 * CLUSTER as u64).unwrap();
    file.write_all_at(&text(100_000), 7 * CLUSTER as u64).unwrap();
    file.write_all_at(&[0; 3 * CLUSTER], 10 * CLUSTER as u64).unwrap();
    file.write_all_at(&text(300_000), (512 << 20) - 100_000).unwrap();
    file.write_all_at(&text(400_000), 513 << 20).unwrap();
    file.write_all_at(b"the end", (700 << 20) - 7).unwrap();
    file
}

fn qcow2(image: &File, compression: Compression, threads: usize) -> Vec<u8> {
    let mut output = Cursor::new(Vec::new());
    let options = Options { compression, threads: NonZeroUsize::new(threads).unwrap() };
    let len = write(image, &mut output, &options).unwrap();
    assert_eq!(len, output.get_ref().len() as u64);
    output.into_inner()
}

/// A reader that knows what this crate writes.
struct Reader<'a> {
    file: &'a [u8],
    /// References to each cluster of the file.
    references: Vec<u16>,
    /// Clusters of each kind: absent, as they are, compressed.
    kinds: [usize; 3],
}

impl<'a> Reader<'a> {
    fn new(file: &'a [u8]) -> Self {
        assert_eq!(file.len() % CLUSTER, 0);
        let mut references = vec![0; file.len() / CLUSTER];
        references[0] = 1;
        Self { file, references, kinds: [0; 3] }
    }

    fn u32(&self, at: usize) -> u32 {
        u32::from_be_bytes(self.file[at..at + 4].try_into().unwrap())
    }

    fn u64(&self, at: usize) -> u64 {
        u64::from_be_bytes(self.file[at..at + 8].try_into().unwrap())
    }

    /// Counts a reference to all of the clusters of these bytes.
    fn refer(&mut self, at: usize, len: usize) {
        for cluster in at / CLUSTER..=(at + len - 1) / CLUSTER {
            self.references[cluster] += 1;
        }
    }

    /// The place that an entry has for a table or a cluster that is referred to once.
    fn whole(&mut self, entry: u64) -> usize {
        assert_eq!(entry >> 63, 1, "copied");
        let at = (entry & !(1 << 63)) as usize;
        assert_eq!(at % CLUSTER, 0);
        self.refer(at, CLUSTER);
        at
    }

    /// The cluster of an L2 entry; none, where it is zeros.
    fn cluster(&mut self, entry: u64) -> Option<Vec<u8>> {
        if entry == 0 {
            self.kinds[0] += 1;
            return None;
        }
        if entry & 1 << 62 == 0 {
            self.kinds[1] += 1;
            let at = self.whole(entry);
            return Some(self.file[at..at + CLUSTER].to_vec());
        }
        self.kinds[2] += 1;
        assert_eq!(entry >> 63, 0, "not copied");
        let at = (entry & ((1 << 54) - 1)) as usize;
        let end = (at / 512 + 1 + (entry >> 54 & 0xff) as usize) * 512;
        self.refer(at, end - at);
        let bytes = &self.file[at..end];
        let mut cluster = vec![0; CLUSTER];
        match self.u64(72) {
            0 => {
                let mut inflate = Inflate::new(false, 12);
                let status = inflate.decompress(bytes, &mut cluster, InflateFlush::Finish).unwrap();
                assert_eq!((status, inflate.total_out()), (Status::StreamEnd, CLUSTER as u64));
            }
            8 => {
                let frame = zstd::zstd_safe::find_frame_compressed_size(bytes).unwrap();
                cluster = zstd::bulk::decompress(&bytes[..frame], CLUSTER).unwrap();
                assert_eq!(cluster.len(), CLUSTER);
            }
            other => panic!("features {other:#x}"),
        }
        Some(cluster)
    }

    /// Compares with the raw image, and the references with their counts.
    fn check(mut self, image: &File) -> [usize; 3] {
        let len = image.metadata().unwrap().len();
        assert_eq!((&self.file[..4], self.u32(4), self.u32(20)), (&b"QFI\xfb"[..], 3, 16));
        assert_eq!(self.u64(24), len);
        let (entries, l1) = (self.u32(36) as usize, self.u64(40) as usize);
        assert_eq!(entries as u64, len.div_ceil(512 << 20));
        if entries > 0 {
            self.refer(l1, entries * 8);
        }
        for table in 0..entries {
            let entry = self.u64(l1 + table * 8);
            let l2 = if entry == 0 { continue } else { self.whole(entry) };
            for slot in 0..CLUSTER / 8 {
                let Some(cluster) = self.cluster(self.u64(l2 + slot * 8)) else { continue };
                let at = ((table * CLUSTER / 8 + slot) * CLUSTER) as u64;
                let mut raw = vec![0; CLUSTER];
                let rest = len.saturating_sub(at).min(CLUSTER as u64) as usize;
                image.read_exact_at(&mut raw[..rest], at).unwrap();
                assert!(raw == cluster && raw.iter().any(|&byte| byte != 0), "cluster at {at:#x}");
            }
        }
        let (table, clusters) = (self.u64(48) as usize, self.u32(56) as usize);
        self.refer(table, clusters * CLUSTER);
        let mut counts = Vec::new();
        for entry in 0..clusters * CLUSTER / 8 {
            let block = self.u64(table + entry * 8) as usize;
            if block != 0 {
                self.refer(block, CLUSTER);
                let pairs = self.file[block..block + CLUSTER].as_chunks::<2>().0;
                counts.extend(pairs.iter().map(|&pair| u16::from_be_bytes(pair)));
            }
        }
        let (counts, behind) = counts.split_at(self.references.len());
        assert_eq!(counts, self.references);
        assert!(behind.iter().all(|&count| count == 0));
        self.kinds
    }
}

#[test]
fn every_compression_holds_the_disk() {
    let image = disk();
    // 5 of text, 2 of noise, 2, 6 across the border of two tables, 7, 1.
    let absent = 2 * 8192 - 23;
    for (compression, plain) in [(Compression::None, 23), (ZLIB, 2), (ZSTD, 2)] {
        let kinds = Reader::new(&qcow2(&image, compression, 2)).check(&image);
        assert_eq!(kinds, [absent, plain, 23 - plain], "{compression:?}");
    }
}

#[test]
fn the_bytes_depend_neither_on_threads_nor_on_holes() {
    let image = disk();
    let filled = tempfile::tempfile().unwrap();
    let mut bytes = vec![0; 20 << 20];
    image.read_exact_at(&mut bytes, 0).unwrap();
    filled.write_all_at(&bytes, 0).unwrap();
    image.set_len(20 << 20).unwrap();
    for compression in [ZLIB, ZSTD] {
        let one = qcow2(&image, compression, 1);
        assert!(one == qcow2(&image, compression, 3));
        assert!(one == qcow2(&filled, compression, 2));
    }
}

#[test]
fn any_number_of_sectors_is_a_disk() {
    for len in [0, 512, 65536, 65536 + 512, 512 << 20, (512 << 20) + 512] {
        let image = tempfile::tempfile().unwrap();
        image.set_len(len).unwrap();
        let file = qcow2(&image, ZLIB, 1);
        assert_eq!(Reader::new(&file).check(&image)[1..], [0, 0]);
        if len > 0 {
            image.write_all_at(b"\xff", len - 1).unwrap();
            assert_eq!(Reader::new(&qcow2(&image, ZSTD, 1)).check(&image)[1..], [0, 1]);
        }
    }
}

fn refused(len: u64, compression: Compression) -> (Error, Vec<u8>) {
    let image = tempfile::tempfile().unwrap();
    image.set_len(len).unwrap();
    let mut output = Cursor::new(Vec::new());
    let options = Options { compression, threads: NonZeroUsize::MIN };
    (write(&image, &mut output, &options).unwrap_err(), output.into_inner())
}

#[test]
fn a_part_of_a_sector_is_refused_before_anything_is_written() {
    let (error, output) = refused(1000, ZLIB);
    assert!(matches!(error, Error::Unaligned { len: 1000 }));
    assert_eq!(
        error.to_string(),
        "the image has 1000 bytes, but a disk is a multiple of 512\nhelp: pad it to 1024 bytes"
    );
    assert_eq!(output, []);
}

#[test]
fn a_level_that_is_not_there_is_refused() {
    let (error, output) = refused(512, Compression::Zlib { level: 10 });
    assert_eq!(error.to_string(), "no level 10 of zlib, which has 1 to 9");
    assert_eq!(output, []);
    let (error, _) = refused(512, Compression::Zstd { level: 0 });
    assert!(matches!(error, Error::Level { compression: "zstd", level: 0, least: 1, most: 19 }));
}

#[test]
fn a_full_output_is_an_error() {
    let image = disk();
    let mut room = vec![0; 3 * CLUSTER];
    let options = Options { compression: Compression::None, threads: NonZeroUsize::MIN };
    let error = write(&image, Cursor::new(&mut room[..]), &options).unwrap_err();
    assert!(matches!(error, Error::Write { .. }), "{error}");
}
