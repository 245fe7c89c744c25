//! Files that hold the same bytes.

use std::collections::HashMap;
use std::io::Read;
use std::num::NonZeroUsize;

use bringup_tree::Content;
use sha2::{Digest, Sha256};

use crate::Error;

/// Files whose digests one thread makes at a time: most are small, and handing one over costs more.
const TOGETHER: usize = 64;
/// Bytes read at once.
const BUFFER: usize = 1 << 16;

/// For each content the index of the first one with the same bytes.
///
/// Only files of one length are read; SHA-256 stands for the bytes.
///
/// # Errors
/// A file cannot be read.
pub(crate) fn first_of_each(contents: &[&Content], threads: NonZeroUsize) -> Result<Vec<usize>, Error> {
    let mut of_length: HashMap<u64, u32> = HashMap::new();
    for content in contents {
        *of_length.entry(content.len()).or_default() += 1;
    }
    let candidates: Vec<usize> = (0..contents.len())
        .filter(|&at| !contents[at].is_empty() && of_length[&contents[at].len()] > 1)
        .collect();
    let mut first: Vec<usize> = (0..contents.len()).collect();
    let mut seen: HashMap<(u64, [u8; 32]), usize> = HashMap::new();
    bringup_parallel::ordered(
        threads,
        candidates.chunks(TOGETHER),
        || vec![0; BUFFER],
        |buffer, indices| {
            indices
                .iter()
                .map(|&at| Ok((at, digest(contents[at], buffer)?)))
                .collect::<Result<Vec<_>, Error>>()
        },
        |digests| {
            for (at, digest) in digests? {
                first[at] = *seen.entry((contents[at].len(), digest)).or_insert(at);
            }
            Ok::<(), Error>(())
        },
    )?;
    Ok(first)
}

fn digest(content: &Content, buffer: &mut [u8]) -> Result<[u8; 32], Error> {
    let mut digest = Sha256::new();
    let mut reader = content.reader();
    loop {
        match reader.read(buffer).map_err(Error::read(content.path()))? {
            0 => return Ok(digest.finalize().into()),
            len => digest.update(&buffer[..len]),
        }
    }
}
