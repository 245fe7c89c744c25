//! The newer ID block, plain and with hashes.

use sha2::{Digest, Sha256, Sha512};

use super::{IdBlock, WHAT, check_len, range};
use crate::Error;
use crate::bytes::Reader;
use crate::hex::hex;
use bringup_spec::Bytes;

/// The table of up to four images.
const IMAGES_AT: u64 = 120;
const IMAGE_LEN: u64 = 88;
const MAX_IMAGES: u32 = 4;

/// Where an image's hash is in its entry.
const IMAGE_HASH_AT: u64 = 24;

/// Where the hash of all before it is.
const HASH_AT: u64 = 1536;

pub(super) fn parse(reader: Reader<'_>, max_init: Bytes) -> Result<IdBlock, Error> {
    let count = reader.u32_le(8)? >> 16;
    if !(1..=MAX_IMAGES).contains(&count) {
        let rule = "be 1 to 4";
        return Err(Error::BadField { what: WHAT, field: "number of images", value: count.into(), rule });
    }
    let algorithm = reader.u32_le(12)? & 0xF;
    if algorithm > 2 {
        return Err(Error::Unsupported { what: WHAT, field: "hash type", value: algorithm.into() });
    }
    check(algorithm, reader, HASH_AT, "the header", reader.get(0, HASH_AT)?)?;
    let mut ranges = Vec::new();
    for (index, name) in (0..u64::from(count)).zip(["init", "boot", "image 3", "image 4"]) {
        let entry = IMAGES_AT + index * IMAGE_LEN;
        let place = reader.u32_le(entry)?;
        // The second entry is there even if the second program is not.
        if place >> 16 == 0 && index > 0 {
            continue;
        }
        let found = range(reader, "image offset", place as u16, "image size", (place >> 16) as u16)?;
        let image = reader.get(found.start, found.end - found.start)?;
        check(algorithm, reader, entry + IMAGE_HASH_AT, name, image)?;
        ranges.push(found);
    }
    let mut ranges = ranges.into_iter();
    let init = ranges.next().ok_or(Error::Missing { what: WHAT, part: "first program".to_owned() })?;
    check_len(&init, max_init)?;
    Ok(IdBlock {
        version: 2,
        tag: None,
        is_scrambled: false,
        init,
        boot: ranges.next(),
        is_hashed: algorithm != 0,
    })
}

fn check(algorithm: u32, reader: Reader<'_>, at: u64, part: &str, bytes: &[u8]) -> Result<(), Error> {
    let (name, computed) = match algorithm {
        0 => return Ok(()),
        1 => ("sha256", Sha256::digest(bytes).to_vec()),
        _ => ("sha512", Sha512::digest(bytes).to_vec()),
    };
    let stored = reader.get(at, computed.len() as u64)?;
    if stored == computed {
        return Ok(());
    }
    Err(Error::BadHash {
        what: WHAT,
        part: part.to_owned(),
        algorithm: name.to_owned(),
        stored: hex(stored),
        computed: hex(&computed),
    })
}
